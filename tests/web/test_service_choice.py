"""Choosing on the service map: stations in and out, points, gaps, comparisons and scenarios, in the small town.

On foot b01 is 0.3 minutes from the canteen T1 at the west end, every further house 1.5 minutes more; the clinic T2
stands at the east end.
"""

from __future__ import annotations

import re

import pytest

from layers.analyses.registry import analyses, decode, silent
from layers.reach import reached
from layers.store.protocol import Store
from tests import town
from tests.layers.test_service import line, point
from tests.suite import quickly
from tests.town import box
from tests.web.test_maps import question, service
from tests.web.test_service_map import asked, counts
from web.maps.data import page
from web.maps.service.way import way


@pytest.fixture
def streets(small_town: Store) -> Store:
    """The town with its street and a station at either end."""
    town.add(small_town, "roads", "S1", line((0, 40), (1000, 40)), **{"class": "residential"})
    town.add(small_town, "stations", "T1", point(50, 50), name="长者食堂", kind="elder_canteen", status="open")
    town.add(small_town, "stations", "T2", point(950, 50), name="卫生站", kind="clinic", status="open")
    return small_town


def run(store: Store, id: str, **inputs: object) -> dict:
    analysis = analyses()[id]
    return analysis.run(store, decode(analysis, inputs, town.DAY), silent)


def lonlat(x: float, y: float) -> tuple[float, float]:
    place = point(x, y)
    return round(place.x, 6), round(place.y, 6)


@pytest.mark.parametrize(
    "choice",
    quickly([
        {},
        {"kinds": ("clinic",)},
        {"stations": ("T1",)},
        {"points": (lonlat(500, 45),)},
        {"kinds": ("clinic",), "stations": ("T1",), "points": (lonlat(500, 45),)},
        {"kinds": ("clinic",), "direction": "from", "max_access_m": 5.0},
        {"kinds": ("clinic",), "method": "straight"},
        {"kinds": ("clinic",), "method": "detour", "mode": "drive", "speed_kmh": 4.0},
    ], 0, 3, 6),
)  # fmt: skip
def test_every_choice_counts_what_the_analysis_counts(streets, choice):
    inputs = {name: list(value) if isinstance(value, tuple) else value for name, value in choice.items()}
    found = run(streets, "service-coverage", minutes=[5], **inputs)
    made = page(streets, asked(minutes=(5.0,), **choice), 5000)
    covered = sum(each.count for each in made.theme.classes if each.group == "covered")
    summary = found["summary"]
    assert (covered, made.theme.headline.value) == (summary["covered"], f"{100 * summary['share']:.1f}%")
    chosen = sum(each.count for each in made.theme.classes if each.group == "stations")
    assert chosen == summary["stations"]
    names = [name for name, key in zip(made.theme.names, made.theme.class_of, strict=True) if key == "gap"]
    assert names == [f"Gap {n}" for n in found["gaps"]["gap"]]


def test_the_gap_with_the_most_elderly_comes_first_and_says_who_lives_there(streets):
    made = page(streets, asked(minutes=(2.0,)), 5000)
    column = {each.key: list(each.values) for each in made.theme.columns}
    at = [n for n, key in enumerate(made.theme.class_of) if key == "gap"]
    gaps = run(streets, "service-coverage", minutes=[2])["gaps"]
    for key, output in (("elderly_60", "elderly_60"), ("buildings", "buildings"), ("minutes", "nearest_minutes")):
        assert [column[key][n] for n in at] == list(gaps[output])
    assert sorted(gaps["elderly_60"], reverse=True) == list(gaps["elderly_60"])


def test_a_station_taken_out_no_longer_counts_and_is_drawn_as_one_that_does_not(streets):
    made = page(streets, asked(minutes=(5.0,), without=("T2",)), 5000)
    assert counts(made) == counts(page(streets, asked(minutes=(5.0,), stations=("T1",)), 5000))
    assert counts(made)["other:clinic"] == 1
    assert [(chip.sign, chip.label, chip.without) for chip in made.controls.chips] == [
        ("−", "卫生站", {"without": None})
    ]


def test_all_taken_out_is_none_and_not_all(streets):
    made = page(streets, asked(stations=("T1",), without=("T1",)), 5000)
    assert counts(made)["uncovered:no_open_station"] == 10 and "take it in" in made.theme.notice[0]


def test_each_part_of_the_sentence_knows_the_address_without_it(streets):
    near, far = lonlat(500, 45), lonlat(900, 45)
    chips = page(streets, asked(kinds=("clinic",), stations=("T1",), points=(near, far)), 5000).controls.chips
    assert [chip.without for chip in chips] == [
        {"kinds": None},
        {"stations": None},
        {"points": f"{far[0]:.6f},{far[1]:.6f}"},
        {"points": f"{near[0]:.6f},{near[1]:.6f}"},
    ]


def test_network_picture_and_circles_stand_side_by_side(streets):
    (table,) = page(streets, asked(minutes=(5.0,), stations=("T1",), compare=True), 5000).theme.tables
    by = {
        label: [int(cell.replace("−", "-")) for cell in (covered, over, under)]
        for label, covered, _, over, under in table.rows
    }
    said = run(streets, "service-area", minutes=[5], stations=["T1"])["summary"]
    covered, over, under = said["covered"], said["drawn_not_covered"], said["covered_not_drawn"]
    assert by["along streets"] == [covered, 0, 0]
    assert by["inside the picture"] == [covered + over - under, over, -under]
    circle = run(streets, "service-area", minutes=[5], stations=["T1"], method="straight")["summary"]["covered"]
    assert by["circle"][0] == circle == covered + by["circle"][1] + by["circle"][2]


def test_what_each_kind_covers_by_itself_is_what_the_analysis_says(streets):
    (table,) = page(streets, asked(minutes=(5.0,)), 5000).theme.tables
    kinds = run(streets, "service-coverage", minutes=[5])["kinds"]
    said = {
        kind: (int(count), int(covered)) for kind, count, covered in kinds[["kind", "stations", "covered"]].to_numpy()
    }
    assert {label: (int(n), int(covered)) for label, n, covered, _ in table.rows} == {
        "elder canteen": said["elder_canteen"],
        "clinic": said["clinic"],
    }


def test_a_scenario_is_shown_with_its_measures_before_and_after(streets):
    town.add(streets, "scenario-measures", "M1", point(500, 50), name="新食堂", scenario="试点",
             action="add_station", kind="elder_canteen")  # fmt: skip
    made = page(streets, asked(minutes=(5.0,), scenario="试点"), 5000)
    assert made.controls.scenarios == ("试点",)
    assert counts(made)["measure:add_station"] == 1 and counts(made)["station:elder_canteen"] == 2
    before = run(streets, "service-coverage", minutes=[5])["summary"]["covered"]
    after = run(streets, "service-coverage", minutes=[5], scenario="试点")["summary"]["covered"]
    buildings = made.theme.tables[0].rows[0]
    assert (int(buildings[1].split(" ")[0]), int(buildings[2].split(" ")[0]), int(buildings[3])) == (
        before, after, after - before,
    )  # fmt: skip


def test_page_download_and_export_compute_the_analysis_once_until_something_changes(streets, monkeypatch):
    computed = []
    usual = reached._OnRoads.reached
    monkeypatch.setattr(reached._OnRoads, "reached", lambda *given: computed.append(1) or usual(*given))
    client = service(streets).test_client()
    for door in ("", "/export?f=csv", "/download", ""):
        name, _, query = door.partition("?")
        assert client.get(f"/maps/service-area{name}?minutes=7&{query}").status_code == 200
    assert len(computed) == 1
    town.add(streets, "stations", "T3", point(500, 50), kind="clinic", status="open")
    assert client.get("/maps/service-area?minutes=7").status_code == 200
    assert len(computed) == 2


@pytest.mark.parametrize(
    "query", ["off=castle", "off=band:0~castle", "f=csv&f=xlsx", "rows=all&rows=gaps", "text=a&text=b"]
)
def test_an_export_refuses_what_the_page_cannot_have_asked(streets, query):
    assert service(streets).test_client().get(f"/maps/service-area/export?{query}").status_code == 400


def test_the_table_opens_on_rows_where_there_are_some(streets):
    every = page(streets, asked(), 5000)
    assert every.theme.opening == "covered"
    assert [each["key"] for each in every.data["groups"] if each["focus"]] == ["covered"]
    assert page(streets, asked(minutes=(1.0,)), 5000).theme.opening == "uncovered"


def test_an_overview_keeps_signs_and_areas(streets):
    theme = page(streets, asked(minutes=(5.0,)), 5).theme
    assert {"station:clinic", "station:elder_canteen"} <= set(theme.class_of)
    assert all(len(each.values) == len(theme.ids) for each in theme.columns)
    # The coverage map has no signs to keep.
    assert len(page(streets, question("coverage"), 5).theme.ids) == 1


class TestCarParks:
    """Beside the house farthest from both stations lies a car park: it brings nobody a service."""

    @pytest.fixture
    def with_car_park(self, streets: Store) -> Store:
        town.add(streets, "stations", "P1", point(500, 50), name="停车场", kind="parking", status="open")
        return streets

    def covered(self, store: Store, **choice: object) -> tuple[int, int]:
        made = page(store, asked(minutes=(5.0,), **choice), 5000)
        classes = [(each.group, each.count) for each in made.theme.classes]
        covered, others = (sum(n for group, n in classes if group == wanted) for wanted in ("covered", "others"))
        return covered, others

    def test_they_count_only_where_they_are_asked_for(self, streets, with_car_park):
        services = self.covered(streets, kinds=("elder_canteen", "clinic"))
        assert self.covered(streets) == services == (8, 1)
        assert self.covered(streets, kinds=("elder_canteen", "clinic", "parking")) == (10, 0)
        assert self.covered(streets, stations=("T1", "T2", "P1")) == (10, 0)

    @pytest.mark.parametrize(
        ("lang", "left_out", "way"),
        [
            ("en", "car parks left out: 1", "every kind but car parks"),
            ("zh", "停车场 1 个未计入", "除停车场外的全部类别"),
        ],
    )
    def test_the_page_says_how_many_it_left_out(self, streets, with_car_park, lang, left_out, way):
        text = service(streets).test_client().get(f"/maps/service-area?lang={lang}").text
        assert left_out in text and way in text
        assert left_out not in service(streets).test_client().get(f"/maps/service-area?lang={lang}&kinds=parking").text

    def test_where_there_is_nothing_else_none_counts_and_that_is_said(self, small_town):
        town.add(small_town, "roads", "S1", line((0, 40), (1000, 40)), **{"class": "residential"})
        town.add(small_town, "stations", "P1", point(500, 50), kind="parking", status="open")
        made = page(small_town, asked(minutes=(5.0,)), 5000)
        assert counts(made)["other:parking"] == 1 and made.theme.notice


@pytest.fixture
def bay(small_town: Store) -> Store:
    """A street in the west, one in the east, and a ferry of 400 m between them that goes at 6 km/h: 4 minutes."""
    for code, from_x, to_x, kind in (("W", 0, 300, "residential"), ("F", 300, 700, "ferry"), ("E", 700, 1000, "path")):
        speed = {"speed_kmh": 6.0} if kind == "ferry" else {}
        town.add(small_town, "roads", code, line((from_x, 40), (to_x, 40)), **{"class": kind, **speed})
    town.add(small_town, "stations", "T1", point(50, 50), kind="elder_canteen", status="open")
    return small_town


def test_who_asks_for_ferries_takes_them(bay):
    """Three houses stand along the western street, three along the eastern one."""
    shares = []
    for ferries in (False, True):
        made = page(bay, asked(minutes=(30.0,), ferries=ferries), 5000)
        covered = sum(each.count for each in made.theme.classes if each.group == "covered")
        summary = run(bay, "service-coverage", minutes=[30], ferries=ferries)["summary"]
        assert covered == summary["covered"]
        shares.append(covered)
    assert shares[0] < shares[1]


@pytest.mark.parametrize(("language", "label"), [("en", "with ferries"), ("zh", "可乘坐轮渡")])
def test_the_form_offers_ferries_and_the_page_says_that_they_are_taken(bay, language, label):
    client = service(bay).test_client()
    usual, asking = (client.get(f"/maps/service-area?lang={language}{more}").get_data(as_text=True)
                     for more in ("", "&ferries=1"))  # fmt: skip
    for text, ticked in ((usual, False), (asking, True)):
        box = re.search(r'<input type="checkbox" name="ferries" value="1"( checked)?><span>(.*?)</span>', text)
        assert (bool(box[1]), box[2]) == (ticked, label)
    assert f"· {label}" in asking and f"· {label}" not in usual
    assert client.get("/maps/service-area?ferries=perhaps").status_code == 400


def test_a_way_that_bends_round_a_building_is_drawn_with_its_bend(streets):
    """From the middle of the house, x 505 and y 75, past the corner of the shed to the street at y 40."""
    town.add(streets, "buildings", "home", box(500, 70, 10, 10), use="residential")
    town.add(streets, "buildings", "shed", box(400, 50, 112, 10), use="other")
    town.add(streets, "buildings", "hall", box(400, 90, 300, 10), use="other")
    found = way(streets, asked(minutes=(15.0,)), "home")
    assert found["leg"] == "clear" and len(found["lines"]["leg"]) == 3
    by = 0.5 / 2**0.5
    there = ((7 + by) ** 2 + (15 - by) ** 2) ** 0.5
    assert found["metres"]["leg"] == pytest.approx(there + 20 + by, abs=0.2)
    assert found["lines"]["leg"][0] != found["lines"]["leg"][1]
