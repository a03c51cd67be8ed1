"""Joint units of villages along a road: every proposal is checked by an independent checker first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from geo.grouping import Found
from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import Conflict, InvalidParameter
from layers.model.feature import Change, Feature
from layers.store.protocol import Draft, Query, Store
from tests import town
from tests.proposals.unit_checker import Records, faults

DISTRICT = "990301"
CRS = "EPSG:4549"


def code(number: int, street: int = 9) -> str:
    return f"990301{street:03}{number:03}"


def lay(store: Store, at_m: list[float], street: Callable[[int], int] = lambda number: 9, **road: object) -> Store:
    """Lay villages along a road of 60 km/h, a kilometre a minute, at so many metres; each vertex of the road is one."""
    changes = []
    for number, x in enumerate(at_m, start=1):
        name = code(number, street(number))
        given = {"code": name, "name": f"{number}村", "kind": "village", "population": 100 * number}
        changes.append(Change("communities", name, None, Feature(name, town.box(x - 50, 20_000, 100, 100), given)))
    line = town.line(*((x, 20_050) for x in [*at_m, max(at_m) + 500]))
    usual = {"class": "tertiary", "speed_kmh": 60, "walkable": True, "drivable": True, "oneway": "no"}
    given = {"code": "V1", **usual, **road}
    changes.append(Change("roads", "V1", None, Feature("V1", line, given)))
    store.commit(Draft("tests", town.NOON, "villages", "import", changes))
    return store


def islands(store: Store) -> None:
    """Lay two villages two kilometres apart, and a third behind a ferry of five kilometres in ten minutes."""
    lay(store, [0, 2_000, 8_000])
    store.commit(Draft("tests", town.NOON, "a bay", "import", [Change("roads", "V1", store.get("roads", "V1"), None)]))
    usual = {"walkable": True, "drivable": True, "oneway": "no"}
    for name, kind, kmh, at_m in (("A", "tertiary", 60, (0, 2_000, 2_500)), ("F", "ferry", 30, (2_500, 7_500)),
                                  ("B", "tertiary", 60, (7_500, 8_000, 8_500))):  # fmt: skip
        line = town.line(*((x, 20_050) for x in at_m))
        town.add(store, "roads", name, line, **{"class": kind, "speed_kmh": kmh, **usual})


def every(n: int, metres: float = 3_000) -> list[float]:
    return [metres * at for at in range(n)]


def propose(store: Store, **wishes: object) -> dict[str, Any]:
    """Ask for units; what is answered is checked by an independent checker first."""
    given: dict[str, object] = {"within": f"districts:{DISTRICT}", "seconds": 5, **wishes}
    analysis = analyses()["joint-units"]
    answer = outputs_json(analysis.answer(store, decode(analysis, given, town.DAY), silent), "en")
    answer["proposal"]["features"] = [
        {**each, "geometry": json.loads(bytes(each["geometry"]))} for each in answer["proposal"]["features"]
    ]
    assert faults(answer, records_of(store, bool(wishes.get("ferries"))), given) == []
    return answer


def records_of(store: Store, ferries: bool = False) -> Records:
    villages = store.read("communities", Query()).to_crs(CRS)
    return Records(villages[villages["kind"] == "village"], _streets(store, ferries))


def _streets(store: Store, ferries: bool) -> gpd.GeoDataFrame:
    roads = store.read("roads", Query()).to_crs(CRS)
    return roads if ferries else roads[roads["class"] != "ferry"]


def way(summary: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next(each for each in summary["relaxations"] if each["way"] == name)


def test_fourteen_villages_are_two_units_of_seven(empty: Store) -> None:
    """Around the fourth and the eleventh: 3 + 6 + 9 minutes on either side of both."""
    answer = propose(lay(empty, every(14)), seconds=60)  # less on a computer with nothing else to do
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["units"]) == ("optimal", True, 2)
    assert summary["objective"] == pytest.approx(72, abs=0.3)
    assert [each["id"] for each in answer["proposal"]["features"]] == [code(4), code(11)]
    row = next(each for each in answer["rows"] if each["member"] == code(1))
    assert (row["centre"], row["minutes"]) == (code(4), pytest.approx(9, abs=0.02))
    assert row["metres"] == pytest.approx(9_000, abs=40)
    assert summary["sentences"][1].startswith("2 units have 14 of 14 villages")


def test_a_one_way_road_reaches_only_those_ahead(empty: Store) -> None:
    """Members drive to the centre: along a one-way to the east it is the last of each unit."""
    answer = propose(lay(empty, every(6, 2_000), oneway="forward"))
    assert [each["id"] for each in answer["proposal"]["features"]] == [code(6)]


def test_a_far_village_is_named_with_its_minutes_and_the_smallest_relaxations_are_proven(empty: Store) -> None:
    summary = propose(lay(empty, [*every(6, 1_000), 22_240]), size_max=8)["summary"]
    assert (summary["status"], summary["proven"], summary["objective"]) == ("infeasible", True, None)
    assert summary["unassigned"][0]["code"] == code(7)
    assert "17.2" in summary["binds"][0] and code(7) in summary["binds"][0]
    assert summary["binds"][1].startswith(f"7村 {code(7)} has no other village to be in a unit with within")
    minutes, sizes = way(summary, "minutes"), way(summary, "sizes")
    assert (minutes["proven"], minutes["inputs"]["limit_minutes"]) == (True, pytest.approx(17.2, abs=0.03))
    assert (sizes["proven"], sizes["size_min"], sizes["size_max"]) == (True, 1, 8)
    assert propose(empty, **minutes["inputs"])["summary"]["status"] == "optimal"
    assert propose(empty, **sizes["inputs"])["summary"]["status"] == "optimal"


def test_five_villages_are_too_few(empty: Store) -> None:
    summary = propose(lay(empty, every(5, 1_000)))["summary"]
    assert (summary["status"], summary["assigned"], summary["proven"]) == ("infeasible", 0, True)
    assert summary["binds"] == ["5 villages make no units of 6 to 8"]
    assert way(summary, "minutes")["inputs"] is None and way(summary, "minutes")["proven"]
    assert way(summary, "sizes")["inputs"] == {"size_min": 5, "size_max": 8}


def test_a_village_in_the_sea_is_told_and_the_others_are_in_a_unit(empty: Store) -> None:
    lay(empty, every(7, 1_000))
    town.add(empty, "communities", code(99), town.box(0, 60_000, 100, 100), name="海村", kind="village")
    summary = propose(empty)["summary"]
    assert (summary["status"], summary["assigned"], summary["units"]) == ("infeasible", 7, 1)
    assert summary["causes"][0]["code"] == code(99) and "has no street within 5,000" in summary["binds"][0]
    said = "Without 1 village that no street is near, all 7 others are in units as asked."
    assert (summary["nearest"], way(summary, "others")["inputs"]) == ([said], None)


def test_wishes_are_kept(empty: Store) -> None:
    """Two streets, two who go together, two who do not, and centres that are given: each by itself."""
    lay(empty, every(14, 500), street=lambda number: 8 + number % 2)
    odd, even = [code(n, 9) for n in range(1, 14, 2)], [code(n, 8) for n in range(2, 15, 2)]
    streets = propose(empty, same_street=True)
    assert {frozenset(each["properties"]["members"]) for each in streets["proposal"]["features"]} == {
        frozenset(odd), frozenset(even),
    }  # fmt: skip
    assert propose(empty, together=[[odd[0], even[-1]]])["summary"]["status"] == "optimal"
    assert propose(empty, apart=[[odd[0], even[0]]])["summary"]["status"] == "optimal"
    fixed = propose(empty, centres=[odd[0], odd[1]])
    assert {each["id"] for each in fixed["proposal"]["features"]} == {odd[0], odd[1]}
    assert propose(empty, balance="population")["summary"]["status"] in ("optimal", "feasible")
    few = propose(empty, centres=[odd[0]])["summary"]
    assert few["status"] == "infeasible" and way(few, "centres")["inputs"] == {"centres": []}


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"together": [[code(1), code(2)]], "apart": [[code(2), code(1)]]}, "in one unit"),
        ({"centres": [town.COMMUNITY]}, "no villages"),
        ({"centres": ["990301009777"]}, "no villages within"),
        ({"size_min": 9}, "upside down"),
        ({"centres": [code(1), code(2)], "together": [[code(1), code(2)]]}, "centre"),
        ({"within": "streets:123456789"}, "no community"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(small_town: Store, wishes: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        propose(lay(small_town, every(7)), **wishes)
    assert said in caught.value.faults[0].text.say("en")


def test_who_may_be_with_too_few_others_is_not_said_to_have_no_way(empty: Store) -> None:
    summary = propose(lay(empty, every(14)), apart=[[code(number) for number in range(1, 15)]])["summary"]
    assert (summary["status"], summary["proven"]) == ("infeasible", True)
    assert {each["reason"] for each in summary["causes"]} == {"wishes"}
    assert "may be with too few others" in summary["binds"][0]
    assert way(summary, "apart")["inputs"] == {"apart": []}


def test_without_streets_the_answer_says_so(empty: Store) -> None:
    lay(empty, every(7), drivable=False)
    with pytest.raises(Conflict) as refused:
        propose(empty)
    assert refused.value.faults[0].text.key == "analyses.no-streets", "there is no method that could be asked instead"


def test_a_second_keeps_the_best_so_far(empty: Store) -> None:
    summary = propose(lay(empty, every(60, 700)), seconds=1)["summary"]
    assert summary["units"] >= 1 and (summary["assigned"] == 60 or not summary["proven"])



def test_what_was_not_found_to_be_impossible_is_not_called_the_smallest_change(
    empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where time was up before anything was proven of the wish, the wish itself may be what can be met."""
    from layers.proposals.units import proposing

    def in_no_time(problem: Any, *more: object) -> Any:
        nobody = np.full(problem.n, -1)
        return Found(nobody, problem.price(nobody), 0.0, None, True)

    monkeypatch.setattr(proposing, "solve", in_no_time)
    summary = propose(lay(empty, every(14)), size_min=7, size_max=7, limit_minutes=9.5)["summary"]
    assert (summary["status"], summary["proven"]) == ("infeasible", False)
    for name in ("minutes", "sizes"):
        told = way(summary, name)
        assert told["inputs"] is not None and not told["proven"]
    assert way(summary, "minutes")["more_than"] <= 9.5

# -- over the command line


def test_on_the_command_line(cli: Callable[..., tuple[int, str, str]], empty: Store, tmp_path: Path) -> None:
    lay(empty, every(7, 1_000))
    words = ("--within", f"districts:{DISTRICT}", "--as-of", "2025-02-06", "--together", f"{code(1)},{code(2)}")
    done, _, err = cli("-w", empty.url, "run", "joint-units", *words, "-o", str(tmp_path / "units.json"))
    assert done == 0, err
    told = json.loads((tmp_path / "units.json").read_text("utf-8"))
    assert told["summary"]["status"] == "optimal" and len(told["rows"]) == 7
    assert cli("-w", empty.url, "run", "joint-units", *words, "-o", str(tmp_path / "units.xlsx"))[0] == 0


def test_a_village_behind_a_ferry_is_reached_by_who_asks_for_ferries(empty: Store) -> None:
    """From the middle village half a minute to the quay, ten at sea, half a minute on."""
    islands(empty)
    without = propose(empty, size_min=2, size_max=3, limit_minutes=15)
    assert code(3) in [each["code"] for each in without["summary"]["unassigned"]]
    taken = propose(empty, size_min=2, size_max=3, limit_minutes=15, ferries=True)
    assert (taken["summary"]["assigned"], taken["summary"]["ferries"]) == (3, True)
    row = next(each for each in taken["rows"] if each["member"] == code(3))
    assert (row["centre"], row["minutes"]) == (code(2), pytest.approx(11, abs=0.1))
    assert "ferries too" in taken["summary"]["sentences"][0]
