"""What-if in the small town, with every minute worked out by hand (4 km/h: 0.015 minutes a metre).

The street of `test_service.py`: west to east, 10 m south of the middle of the houses; station T1 in the middle of house
b01; 0.30 minutes to b01, 1.80 to b02, and 1.5 more for each house, 13.80 to b10.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import shapely

from layers.errors import Conflict, InvalidParameter, NotFound
from layers.store.protocol import Query, Store
from layers.usecases.history import revert
from layers.usecases.scenarios import adopt_scenario, scenarios
from tests import town
from tests.layers.test_service import buildings, covered, names, run
from tests.town import line, point


@pytest.fixture
def streets(small_town: Store) -> Store:
    """The town with its street and its station."""
    return town.lay_street(small_town)


@pytest.fixture
def river(streets: Store) -> Store:
    """A river runs between b05 and b06: two streets that end 20 m from each other, 490-510 m east."""
    town.amend(streets, "roads", "S1", valid_to=dt.date(2024, 1, 1))
    town.add(streets, "roads", "W", line((0, 40), (490, 40)), **{"class": "residential"})
    town.add(streets, "roads", "E", line((510, 40), (1000, 40)), **{"class": "residential"})
    return streets


def measure(store: Store, code: str, action: str, shape: shapely.Geometry | None, **properties: object) -> None:
    """Add a measure to scenario 甲."""
    town.add(store, "scenario-measures", code, shape, **{"scenario": "甲", "action": action, **properties})


def told(found: dict) -> dict[str, str]:
    """Return code → why a measure does nothing."""
    return {each["code"]: each["reason"] for each in found["summary"]["scenario"]["without_effect"]}


def minutes(found: dict) -> dict[str, float]:
    return {id: each["minutes"] for id, each in buildings(found).items()}


def with_and_without(store: Store, **inputs: object) -> Iterator[dict]:
    return (run(store, "service-area", **inputs, **given) for given in ({}, {"scenario": "甲"}))


def test_a_bridge_joins_the_two_banks(river: Store) -> None:
    """From b06, 10 + 40 m to the bank at 510, 20 m of bridge, 440 m, 10 m: as if the street had never been cut."""
    measure(river, "B1", "add_bridge", line((490, 40), (510, 40)))
    without, bridged = with_and_without(river)
    assert covered(without) == names(1, 5)
    assert covered(bridged) == names(1, 10)
    assert buildings(bridged)["b06"]["minutes"] == pytest.approx(7.8, abs=0.02)
    expected = {"name": "甲", "measures": 1, "not_in_force": 0, "applied": 1, "without_effect": [], "remarks": []}
    assert bridged["summary"]["scenario"] == expected


def test_a_link_is_led_to_the_roads_that_its_ends_fall_short_of(river: Store) -> None:
    """Drawn from 10 m north of one street's end to 10 m north of the other's: 10 + 20 + 10 m instead of 20."""
    measure(river, "B1", "add_stair", line((490, 50), (510, 50)))
    assert minutes(run(river, "service-area", scenario="甲"))["b06"] == pytest.approx(7.8 + 20 * 0.015, abs=0.02)


def test_a_bridge_crosses_the_road_on_the_bank_without_meeting_it(river: Store) -> None:
    """A path along the eastern bank, and the bridge lands 40 m behind it: nobody steps off the bridge onto the path."""
    town.add(river, "roads", "P", line((505, -310), (505, 90)), **{"class": "path"})  # too long for an island
    town.add(river, "buildings", "pier", town.box(500, 85, 10, 10), use="residential")
    measure(river, "B1", "add_bridge", line((450, 40), (550, 40)))
    found = buildings(run(river, "service-area", scenario="甲", minutes=[60]))
    assert found["b06"]["minutes"] == pytest.approx(7.8, abs=0.02)
    assert found["pier"]["reason"] == "other_component"


def test_a_bridge_may_be_for_walkers_alone(river: Store) -> None:
    measure(river, "B1", "add_bridge", line((490, 40), (510, 40)), drivable=False)
    assert covered(run(river, "service-area", scenario="甲")) == names(1, 10)
    assert covered(run(river, "service-area", scenario="甲", mode="drive")) == names(1, 5)


def test_a_gate_in_the_wall_shortens_the_way(streets: Store) -> None:
    """A back lane 60 m north of the street joins it at the far end only. House `back` stands on the lane at 50 m.

    Without the gate it is 950 m along the lane, 60 m down, 950 m back and 10 m to the station: 1970 m, 29.55 minutes.
    With a gate from street to lane at 150 m it is 100 m, 60 m, 100 m and 10 m: 270 m, 4.05 minutes.
    """
    town.add(streets, "roads", "L", line((0, 100), (1000, 100), (1000, 40)), **{"class": "path"})
    town.add(streets, "buildings", "back", town.box(45, 95, 10, 10), use="residential")
    measure(streets, "G1", "add_gate", line((150, 60), (150, 80)))
    without, opened = with_and_without(streets, minutes=[40])
    assert minutes(without)["back"] == pytest.approx(29.55, abs=0.05)
    assert minutes(opened)["back"] == pytest.approx(4.05, abs=0.05)


def test_closing_a_road_disconnects_what_lies_behind(streets: Store) -> None:
    measure(streets, "C1", "close_road", line((490, 42), (560, 42)))
    found = run(streets, "service-area", scenario="甲")
    assert covered(found) == names(1, 5)  # of b06, at 550 m, the street is closed; it joins what is left at 560 m
    assert {buildings(found)[each]["reason"] for each in names(6, 10)} == {"other_component"}


def test_a_closure_that_is_a_point_cuts_the_street_there(streets: Store) -> None:
    measure(streets, "C1", "close_gate", point(500, 45))
    assert covered(run(streets, "service-area", scenario="甲")) == names(1, 5)


def test_a_closure_may_leave_the_street_open_on_foot(streets: Store) -> None:
    measure(streets, "C1", "close_road", point(500, 45), walkable=True)
    assert covered(run(streets, "service-area", scenario="甲")) == names(1, 10)
    assert covered(run(streets, "service-area", scenario="甲", mode="drive")) == names(1, 5)


def test_a_gate_is_closed_by_a_line_across_the_road(streets: Store) -> None:
    measure(streets, "C1", "close_gate", line((500, 0), (500, 90)))
    assert covered(run(streets, "service-area", scenario="甲")) == names(1, 5)


def test_a_closure_does_not_touch_the_road_that_crosses_it(streets: Store) -> None:
    town.add(streets, "roads", "X", line((500, -100), (500, 140)), **{"class": "residential"})
    town.add(streets, "buildings", "south", town.box(495, -105, 10, 10), use="residential")
    town.add(streets, "stations", "T2", point(500, 140), kind="clinic", status="open")
    measure(streets, "C1", "close_road", line((0, 40), (1000, 40)))
    found = buildings(run(streets, "service-area", scenario="甲", stations=["T2"]))
    assert found["south"]["minutes"] == pytest.approx(240 * 0.015, abs=0.02)


def test_stations_that_open_and_close(streets: Store) -> None:
    """A clinic at b10 and no canteen at b01: every way is the mirror of what it was."""
    measure(streets, "S1", "add_station", point(950, 50), kind="clinic", name="新诊所")
    measure(streets, "S2", "close_station", point(52, 50))
    found = buildings(run(streets, "service-area", scenario="甲"))
    assert (found["b10"]["minutes"], found["b10"]["station_name"]) == (pytest.approx(0.3, abs=0.02), "新诊所")
    assert found["b01"]["minutes"] == pytest.approx(13.8, abs=0.02)
    assert covered(run(streets, "service-area", scenario="甲", kinds=["elder_canteen"])) == []
    assert covered(run(streets, "service-area", kinds=["elder_canteen"])) == names(1, 10)


def test_coverage_before_and_after(river: Store) -> None:
    """15 minutes reach b01-b05; with the bridge all ten; the canteen's closure leaves a clinic at b10 alone."""
    measure(river, "B1", "add_bridge", line((490, 40), (510, 40)))
    found = run(river, "service-coverage", scenario="甲", weight="households")
    figures = {name: found["summary"][name] for name in
               ("covered_before", "covered_after", "newly_covered", "newly_uncovered")}  # fmt: skip
    assert figures == {"covered_before": 50, "covered_after": 100, "newly_covered": 5, "newly_uncovered": 0}
    changed = buildings(found, "changed")
    assert list(changed) == names(6, 10)
    assert {each["change"] for each in changed.values()} == {"newly_covered"}
    assert "scenario" not in run(river, "service-coverage")["summary"]


def test_a_building_left_out_says_what_it_was_before(streets: Store) -> None:
    measure(streets, "C1", "close_gate", point(500, 45))
    found = run(streets, "service-coverage", scenario="甲")
    assert found["summary"]["newly_uncovered"] == 5
    lost = buildings(found, "uncovered")["b06"]
    assert (lost["covered_before"], lost["minutes_before"]) == (True, pytest.approx(7.8, abs=0.02))


def test_the_scenario_outlives_a_new_import_of_the_roads(river: Store) -> None:
    """The same streets with other codes and cut elsewhere, a metre off."""
    measure(river, "B1", "add_bridge", line((490, 40), (510, 40)))
    measure(river, "C1", "close_gate", point(700, 40))
    before = minutes(run(river, "service-area", scenario="甲"))
    for code in ("W", "E"):
        town.amend(river, "roads", code, valid_to=dt.date(2024, 1, 1))
    for code, west, east in (("n1", 0, 230), ("n2", 230, 490), ("n3", 510, 640), ("n4", 640, 1000)):
        town.add(river, "roads", code, line((west, 41), (east, 41)), **{"class": "residential"})
    found = run(river, "service-area", scenario="甲")
    assert told(found) == {}
    assert {id: each for id, each in minutes(found).items() if each is not None} == pytest.approx(
        {id: each for id, each in before.items() if each is not None}, abs=0.1
    )


def test_measures_hold_from_their_day_to_their_day(river: Store) -> None:
    measure(river, "B1", "add_bridge", line((490, 40), (510, 40)), valid_from=dt.date(2026, 1, 1))
    found = run(river, "service-area", scenario="甲")
    assert covered(found) == names(1, 5)
    assert (found["summary"]["scenario"]["measures"], found["summary"]["scenario"]["not_in_force"]) == (0, 1)
    assert covered(run(river, "service-area", scenario="甲", as_of="2026-01-01")) == names(1, 10)


def test_new_roads_lead_on_to_each_other(river: Store) -> None:
    """A bridge lands on a new road that leads to the eastern street; neither does without the other."""
    measure(river, "M1", "add_bridge", line((490, 40), (490, 200)))
    measure(river, "M2", "add_road", line((490, 200), (600, 200), (600, 40)))
    found = run(river, "service-area", scenario="甲", minutes=[60])
    assert covered(found) == names(1, 10)
    # b07 at 650: 10 + 50 m to the new road, 160 + 110 + 160 m over it, 440 + 10 m
    assert minutes(found)["b07"] == pytest.approx(940 * 0.015, abs=0.05)


class TestToldNotSilent:
    @pytest.mark.parametrize(
        ("action", "shape", "said"),
        [
            ("add_bridge", line((490, -900), (510, -900)), "no usable road within 30 m of either end"),
            ("add_bridge", line((490, 40), (500, 200)), "one of its ends"),
            ("add_gate", line((100, 40), (110, 45)), "same road"),
            ("add_gate", point(490, 40), "draw it as one line"),
            ("add_road", None, "no place"),
            ("close_road", line((490, -900), (510, -900)), "no road runs there"),
            ("close_road", line((100, 0), (100, 80)), "no road runs there"),
            ("close_gate", point(500, 900), "no road runs there"),
            ("add_station", point(0, -5000), "no usable road within 200 m"),
            ("add_station", line((0, 40), (9, 40)), "one point"),
            ("close_station", point(500, 50), "no open station within 30 m"),
            ("unknown", point(500, 50), "does not say what is done"),
        ],
    )
    def test_a_measure_that_does_nothing(self, river: Store, action: str, shape: object, said: str) -> None:
        measure(river, "X1", action, shape)
        found = run(river, "service-area", scenario="甲")
        assert covered(found) == names(1, 5)
        assert found["summary"]["scenario"]["applied"] == 0
        assert said in told(found)["X1"]

    def test_no_such_station(self, river: Store) -> None:
        measure(river, "X1", "close_station", None, station_code="T9")
        assert "T9" in told(run(river, "service-area", scenario="甲"))["X1"]

    def test_two_measures_that_contradict_each_other_do_nothing(self, river: Store) -> None:
        measure(river, "B1", "add_bridge", line((490, 40), (510, 40)))
        measure(river, "C1", "close_road", line((480, 40), (520, 40)))
        measure(river, "S1", "add_station", point(700, 50))
        measure(river, "S2", "close_station", point(700, 50))
        found = run(river, "service-area", scenario="甲")
        assert covered(found) == names(1, 5)
        pairs = {"B1": "C1", "C1": "B1", "S1": "S2", "S2": "S1"}
        assert {code: other in told(found)[code] for code, other in pairs.items()} == dict.fromkeys(pairs, True)

    def test_without_roads_a_new_station_is_measured_by_the_straight_line(self, small_town: Store) -> None:
        measure(small_town, "S1", "add_station", point(950, 50))
        assert covered(run(small_town, "service-area", scenario="甲", method="straight", minutes=[3])) == names(9, 10)

    def test_the_same_closure_twice(self, streets: Store) -> None:
        measure(streets, "C1", "close_road", line((490, 42), (560, 42)))
        measure(streets, "C2", "close_road", line((490, 42), (560, 42)))
        assert list(told(run(streets, "service-area", scenario="甲"))) == ["C2"]

    def test_a_dead_end_is_remarked(self, streets: Store) -> None:
        measure(streets, "A1", "add_alley", line((100, 40), (100, 300)))
        found = run(streets, "service-area", scenario="甲")["summary"]["scenario"]
        assert (found["applied"], [each["code"] for each in found["remarks"]]) == (1, ["A1"])

    def test_an_unknown_scenario_names_those_known(self, river: Store) -> None:
        with pytest.raises(InvalidParameter, match="none; add measures"):
            run(river, "service-area", scenario="乙")
        measure(river, "B1", "add_bridge", line((490, 40), (510, 40)))
        for name in ("乙", ""):
            with pytest.raises(InvalidParameter, match="known: 甲"):
                run(river, "service-coverage", scenario=name)


class TestAdoption:
    DAY = town.DAY

    @pytest.fixture
    def planned(self, river: Store) -> Store:
        """A bridge, a cut at 700 m that leaves walkers through, a clinic at b10, and no canteen."""
        measure(river, "B1", "add_bridge", line((490, 40), (510, 40)), name="人行桥", drivable=False)
        measure(river, "C1", "close_road", line((690, 40), (760, 40)), walkable=True)
        measure(river, "S1", "add_station", point(950, 50), kind="clinic")
        measure(river, "S2", "close_station", None, station_code="T1")
        return river

    def test_it_gives_what_the_scenario_gave_and_is_undone(self, planned: Store) -> None:
        asked = [{"mode": "walk"}, {"mode": "drive"}, {"kinds": ["clinic"], "minutes": [5]}]
        before = [minutes(run(planned, "service-area", **each)) for each in asked]
        promised = [minutes(run(planned, "service-area", scenario="甲", **each)) for each in asked]
        assert before != promised
        done = adopt_scenario(planned, "甲", "张三", town.NOON)
        assert dict(done.counts["scenario-measures"])["delete"] == 4
        assert [minutes(run(planned, "service-area", **each)) for each in asked] == promised
        assert scenarios(planned) == []
        eve = (town.DAY - dt.timedelta(days=1)).isoformat()
        assert [minutes(run(planned, "service-area", as_of=eve, **each)) for each in asked] == before
        revert(planned, done.revision, "张三", town.NOON)
        assert [minutes(run(planned, "service-area", **each)) for each in asked] == before
        assert [minutes(run(planned, "service-area", scenario="甲", **each)) for each in asked] == promised

    def test_what_is_written(self, planned: Store) -> None:
        adopt_scenario(planned, "甲", "张三", town.NOON)
        roads = planned.read("roads", Query(as_of=self.DAY)).set_index("code")
        assert sorted(roads.index) == ["B1~1", "B1~2", "B1~3", "E~1", "E~2", "E~3", "W"]
        assert list(roads.loc[["E~1", "E~2", "E~3"], "drivable"].fillna(True)) == [True, False, True]
        assert list(roads.loc[["B1~1", "B1~2", "B1~3"], "level"]) == [0, 1, 0]
        assert (roads.loc["B1~2", "name"], bool(roads.loc["B1~2", "bridge"])) == ("人行桥", True)
        assert "甲" in roads.loc["E~1", "remark"] and "E" in roads.loc["E~1", "remark"]
        assert planned.get("roads", "E").properties["valid_to"] == dt.date(2025, 2, 5)
        closed = planned.get("stations", "T1").properties
        assert (closed["status"], closed["open_to"]) == ("closed", dt.date(2025, 2, 5))
        assert planned.get("stations", "S1").properties["open_from"] == self.DAY

    def test_a_measure_that_does_nothing_stops_it_with_every_fault(self, planned: Store) -> None:
        measure(planned, "X1", "add_bridge", line((490, -900), (510, -900)))
        measure(planned, "X2", "close_road", point(100, 900))
        measure(planned, "X3", "add_alley", line((0, 0), (0, 9)), valid_from=dt.date(2030, 1, 1))
        measure(planned, "X4", "close_gate", point(100, 40), valid_to=dt.date(2030, 1, 1))
        before = planned.revision()
        with pytest.raises(Conflict) as refused:
            adopt_scenario(planned, "甲", "张三", town.NOON)
        assert sorted(fault.where["feature"] for fault in refused.value.faults) == ["X1", "X2", "X3", "X4"]
        assert planned.revision() == before

    def test_codes_that_are_taken_are_not_used_again(self, river: Store) -> None:
        town.add(river, "roads", "B1", line((0, 500), (10, 500)), **{"class": "path"})
        measure(river, "B1", "add_stair", line((490, 40), (510, 40)))
        adopt_scenario(river, "甲", "张三", town.NOON)
        assert river.get("roads", "B1~2").properties["walkable"] is True

    def test_it_cannot_be_adopted_twice(self, planned: Store) -> None:
        adopt_scenario(planned, "甲", "张三", town.NOON)
        with pytest.raises(NotFound):
            adopt_scenario(planned, "甲", "张三", town.NOON)


def test_scenarios_are_listed_with_their_measures(river: Store) -> None:
    measure(river, "B1", "add_bridge", line((490, 40), (510, 40)))
    measure(river, "B2", "add_bridge", line((490, 45), (510, 45)), scenario="乙")
    measure(river, "C1", "close_gate", point(700, 40))
    listed = {each.name: each.actions for each in scenarios(river)}
    assert listed == {"甲": {"add_bridge": 1, "close_gate": 1}, "乙": {"add_bridge": 1}}
