"""The service map in the small town with a street and a station; the minutes are those of tests/layers/test_service.

On foot b01 is 0.3 minutes from the station and every further house 1.5 minutes more: b10 is 13.8 minutes away.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import pytest
from werkzeug.datastructures import MultiDict

from layers.analyses.registry import analyses, decode, silent
from layers.catalogue import catalogue
from layers.errors import InvalidParameter
from layers.store.protocol import Store
from tests import town
from tests.layers.test_service import line, point
from tests.web.test_maps import data_of, question, service
from web.maps.data import page
from web.maps.question import Question, read_question
from web.maps.service.question import Asked
from web.maps.style import band_symbol


@pytest.fixture
def streets(small_town: Store) -> Store:
    """The town with its street and its station."""
    town.add(small_town, "roads", "S1", line((0, 40), (1000, 40)), **{"class": "residential"})
    town.add(small_town, "stations", "T1", point(50, 50), name="长者食堂", kind="elder_canteen", status="open")
    return small_town


def asked(community: str | None = None, **changes: object) -> Question:
    return question("service-area", language="en", community=community, own=(Asked(**changes),))


def counts(made: object) -> dict[str, int]:
    return {each.key: each.count for each in made.theme.classes}


def test_bands_reasons_and_stations_are_counted(streets):
    made = page(streets, asked(minutes=(5.0, 10.0)), 5000)
    assert counts(made) == {
        "band:0": 4, "band:1": 3, "uncovered:beyond_limit": 3, "station:elder_canteen": 1, "gap": 1,
    }  # fmt: skip
    assert {section.group.key: section.count for section in made.sections} == {
        "gaps": 1, "uncovered": 3, "covered": 7, "stations": 1,
    }  # fmt: skip
    assert [each.label for each in made.theme.classes][:2] == ["0–5 minutes", "5–10 minutes"]


def test_the_page_says_what_the_analysis_says(streets):
    made = page(streets, asked(minutes=(10.0,)), 5000)
    analysis = analyses()["service-area"]
    summary = analysis.run(streets, decode(analysis, {"minutes": [10]}, town.DAY), silent)["summary"]
    uncovered = counts(made)["uncovered:beyond_limit"]
    assert (summary["covered"], summary["total"] - summary["covered"]) == (7, uncovered)
    headline = made.theme.headline
    assert (headline.value, headline.denominator) == ("70.0%", "7/10 buildings")
    assert "70.0%, 21 of 30" in headline.remark
    assert "70.0%, 70 of 100" in headline.notes[0]
    picture = re.findall(r"\d+", headline.notes[1])
    assert picture == [str(summary["drawn_not_covered"]), str(summary["covered_not_drawn"])]
    assert [(node.part, node.known) for node in made.tree] == [(7, 10)]


def test_exactly_at_the_limit_is_inside(streets):
    assert counts(page(streets, asked(minutes=(1.8, 3.0)), 5000))["band:0"] == 2


def test_slower_is_less_and_driving_is_more(streets):
    def uncovered(**changes: object) -> int:
        found = counts(page(streets, asked(minutes=(10.0,), **changes), 5000))
        return found.get("uncovered:beyond_limit", 0) + found.get("uncovered:cut_off", 0)

    assert [uncovered(), uncovered(speed_kmh=3.0), uncovered(mode="drive")] == [3, 5, 0]


def test_legend_and_exports_agree(streets):
    client = service(streets).test_client()
    query = "minutes=5,10&lang=en"
    data = data_of(client.get(f"/maps/service-area?{query}").get_data(as_text=True))
    of_group = {each["key"]: 0 for each in data["groups"]}
    for each in data["classes"]:
        of_group[each["group"]] += each["count"]
    assert of_group == {"measures": 0, "gaps": 1, "uncovered": 3, "covered": 7, "stations": 1, "others": 0}
    for group, count in of_group.items():
        answer = client.get(f"/maps/service-area/export?f=geojson&rows={group}&{query}").get_json()
        assert len(answer["features"]) == count
    first = client.get(f"/maps/service-area/export?f=geojson&{query}").get_json()["features"][0]["properties"]
    assert (first["code"], first["minutes"], first["why"]) == ("b08", 10.8, "beyond the limit")
    assert first["reason"] == "10.80 minutes to 长者食堂: beyond the limit"


def test_the_download_shows_the_same(streets):
    client = service(streets).test_client()
    served, file = (
        data_of(client.get(f"/maps/service-area{door}?minutes=5,10").get_data(as_text=True))
        for door in ("", "/download")
    )
    for part in ("classes", "features", "columns", "backdrop"):
        assert served[part] == file[part]
    assert [len(served["backdrop"][name]["shapes"]) for name in ("reach-areas", "reach-streets")] == [2, 2]


def test_without_roads_the_page_says_what_to_do(small_town):
    town.add(small_town, "stations", "T1", point(50, 50), name="长者食堂", kind="elder_canteen")
    text = service(small_town).test_client().get("/maps/service-area?lang=en").get_data(as_text=True)
    assert "python app.py import roads FILE" in text and "python app.py import-osm FILE.osm.pbf" in text
    assert [each["key"] for each in data_of(text)["classes"]] == ["station:elder_canteen"]


def test_a_workspace_that_is_empty_or_has_no_buildings_answers(empty):
    client = service(empty).test_client()
    assert client.get("/maps/service-area").status_code == 200
    town.add(empty, "communities", town.COMMUNITY, town.box(0, 0, 1000, 100), name="和平社区", kind="urban")
    town.add(empty, "roads", "S1", line((0, 40), (1000, 40)), **{"class": "residential"})
    assert "python app.py import buildings FILE" in client.get("/maps/service-area").get_data(as_text=True)


def test_a_building_without_a_place_is_counted(streets):
    town.add(streets, "buildings", "b11", None, use="residential", community_code=town.COMMUNITY)
    uncovered = page(streets, asked(), 5000).sections[0]
    assert (uncovered.group.key, uncovered.count) == ("uncovered", 1)


def test_without_an_open_station_the_page_says_so(streets):
    made = page(streets, asked(kinds=("clinic",)), 5000)
    assert "take it in" in made.theme.notice[0]  # there is another to choose
    assert counts(made) == {"uncovered:no_open_station": 10, "other:elder_canteen": 1, "gap": 1}
    assert made.theme.headline.value == "0.0%"


def test_a_large_workspace_shows_communities_by_their_share(streets):
    made = page(streets, asked(minutes=(10.0,)), 5)
    assert made.theme.overview and list(made.theme.drawn()) == ["reach-areas"]
    share, *others = next(each.values for each in made.theme.columns if each.key == "share")
    assert share == 0.7 and others == [None, None]
    # The gap and the station are few, and stay.
    assert list(made.theme.class_of[1:]) == ["station:elder_canteen", "gap"]
    assert len(made.theme.ids) == len(made.theme.names) == len(made.theme.geometries) == 3


def test_kinds_with_an_open_station_may_be_chosen(streets):
    town.add(streets, "stations", "T2", point(950, 50), kind="clinic", open_from=dt.date(2026, 1, 1))
    controls = page(streets, asked(kinds=("clinic",), speed_kmh=3.5), 5000).controls
    assert [(kind, count, chosen) for kind, _, count, chosen in controls.kinds] == [
        ("elder_canteen", 1, False),
        ("clinic", 0, True),
    ]
    assert [each.without for each in controls.chips] == [{"kinds": None}]
    assert controls.speed == "3.5" and "3.5" in dict(controls.speeds)


def test_codes_of_buildings_and_stations_may_be_the_same(streets):
    town.add(streets, "stations", "b01", point(950, 50), kind="clinic")
    made = page(streets, asked(), 5000)
    assert len(set(made.theme.ids)) == len(made.theme.ids) == 12


def test_all_faults_of_a_query_are_told_at_once():
    query = MultiDict(
        {
            "kinds": "castle",
            "minutes": "5,0",
            "mode": "fly",
            "speed_kmh": "fast",
            "as_of": "x",
            "points": "1;2,91",
            "method": "crow",
            "direction": "up",
            "max_access_m": "-1",
            "compare": "yes",
        }
    )
    with pytest.raises(InvalidParameter) as refused:
        read_question("service-area", query, town.DAY, (300, 500), "zh")
    assert {fault.where["parameter"] for fault in refused.value.faults} == set(query)


@pytest.mark.parametrize(
    "query", ["minutes=nan", "minutes=241", "minutes=,", "minutes=" + ",".join(map(str, range(1, 14))),
              "speed_kmh=0", "speed_kmh=inf", "kinds=clinic,", "mode=walk&mode=drive", "stations=T9", "points=1,2,3",
              "points=nan,0", "max_access_m=5001", "scenario=none", "without=a&without=b"]
)  # fmt: skip
def test_what_makes_no_sense_is_refused(streets, query):
    assert service(streets).test_client().get(f"/maps/service-area?{query}").status_code == 400


def test_minutes_are_put_in_order(streets):
    text = service(streets).test_client().get("/maps/service-area?minutes=10,5,10&kinds=").get_data(as_text=True)
    assert re.search(r'name="minutes"[^>]* value="5,10"', text)


def test_bands_grow_lighter_and_every_kind_has_its_own_sign():
    fills = [band_symbol(step, 5).fill for step in range(5)]
    grey = [sum(int(fill[n : n + 2], 16) for n in (1, 3, 5)) for fill in fills]
    assert all(lighter - darker > 60 for darker, lighter in pairwise(grey))
    kinds = {choice.code for choice in catalogue().layer("stations").field("kind").values}
    marks = catalogue().layer("stations").style.marks
    assert kinds == set(marks) and len(set(marks.values())) == len(marks)


def test_who_gains_where_compounds_are_open_is_told_by_compound(streets):
    """h lives 210 m north of the street, and the alley at x 500 is for residents: round by x 900 it is 700 m more."""
    town.add(streets, "roads", "S2", line((500, 250), (900, 250)), **{"class": "residential"})
    town.add(streets, "roads", "S3", line((900, 250), (900, 40)), **{"class": "residential"})
    town.add(streets, "roads", "A", line((500, 40), (500, 250)), access="residents", **{"class": "service"})
    town.add(streets, "buildings", "h", town.box(595, 255, 10, 10), use="residential", courtyard_code="CA",
             households=7)  # fmt: skip
    (table,) = page(streets, asked(residents_roads="open"), 5000).theme.tables
    saved = (850 + 210 + 300 - 450 - 210 - 100) * 0.015
    assert table.title == "Who gains where compounds are open"
    assert table.rows == (("A院", "1", "1", f"{saved:.1f}", "7"),)
    assert "1 of 11 buildings reach a station sooner; compounds listed: 1 of 1" in table.note
    assert page(streets, asked(), 5000).theme.tables == ()
