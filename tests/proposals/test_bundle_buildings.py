"""Bundles proposed for the small town: b07 lapsed, b08 and b09 unmanaged, 90 m apart, 600 m² and 10 households each."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import geopandas as gpd
import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import InvalidParameter
from layers.store.protocol import Query, Store
from tests import town
from tests.proposals.bundle_checker import Records, faults

HERE = f"communities:{town.COMMUNITY}"
CRS = "EPSG:4549"


def propose(store: Store, **wishes: object) -> dict[str, Any]:
    """Ask for bundles; what is answered is checked by an independent checker first."""
    given = {"within": HERE, "max_gap_m": 95.0, "seconds": 900, **wishes}  # a busy machine decides nothing
    analysis = analyses()["bundle-buildings"]
    answer = outputs_json(analysis.answer(store, decode(analysis, given, town.DAY), silent), "en")
    for name in ("proposal", "leftovers"):
        answer[name]["features"] = [
            {**each, "geometry": json.loads(bytes(each["geometry"]))} for each in answer[name]["features"]
        ]
    assert faults(answer, records_of(store), given) == []
    return answer


def records_of(store: Store, day: dt.date = town.DAY) -> Records:
    """Read the records; floor area where none is on record is footprint times floors."""
    query = Query(as_of=day)
    frames = {layer: store.read(layer, query).to_crs(CRS) for layer in
              ("buildings", "barriers", "roads", "communities", "managed-areas")}  # fmt: skip
    buildings = frames["buildings"]
    around = frames["communities"][["code", "geometry"]].rename(columns={"code": "at"})
    where = gpd.sjoin(buildings.assign(geometry=buildings.representative_point()), around, how="left")
    where = where[~where.index.duplicated()]
    community = buildings["community_code"].fillna(where["at"])
    area = buildings["floor_area_m2"].astype(float)
    area = area.fillna(buildings.area * buildings["floors"].astype(float).where(buildings.area > 0))
    held = gpd.GeoDataFrame(
        {"code": buildings["code"], "community": community, "households": buildings["households"].astype(float),
         "floor_area_m2": area}, geometry=buildings.geometry, crs=CRS,
    )  # fmt: skip
    terms = store.read("arrangements", query)
    running = terms["end_date"].isna() | (terms["end_date"].dt.date >= day)
    areas = frames["managed-areas"]
    managed = areas[areas["code"].isin(terms["managed_area"][running]) & areas.geometry.notna()]
    return Records(held, frames["barriers"], frames["roads"], managed)


def members(answer: dict[str, Any]) -> list[list[str]]:
    return sorted(each["building_codes"] for each in answer["rows"])


def reasons(answer: dict[str, Any]) -> dict[str, str]:
    return {each["properties"]["code"]: each["properties"]["reason"] for each in answer["leftovers"]["features"]}


def said(answer: dict[str, Any], code: str) -> str:
    told = {each["properties"]["code"]: each["properties"]["reason_text"] for each in answer["leftovers"]["features"]}
    return told[code]


def homes(store: Store, *x_m: float, community: str | None = None, **more: object) -> None:
    """Build surveyed houses that nobody manages, 10 m × 10 m, six floors, 30 m north of the middle of the town."""
    for number, x in enumerate(x_m, start=1):
        given = {"use": "residential", "floors": 6, "households": 10, "survey_status": "surveyed", **more}
        if community is not None:
            given["community_code"] = community
        code = f"h{number}" if community is None else f"k{number}"
        town.add(store, "buildings", code, town.box(x, 80, 10, 10), **given)


def number(said: str) -> int:
    """Read a figure as a sentence has it."""
    return int(said.replace(",", ""))


def test_three_houses_in_a_row_are_one_bundle(small_town: Store) -> None:
    answer = propose(small_town, fee_yuan_m2_month=0.5, cost_yuan_household_month=28)
    assert members(answer) == [["b07", "b08", "b09"]] and reasons(answer) == {}
    (row,) = answer["rows"]
    assert (row["households"], row["links_m"]) == (30, pytest.approx(180, abs=0.2))
    assert row["widest_gap_m"] == pytest.approx(90, abs=0.1)
    assert row["floor_area_m2"] == pytest.approx(1800, abs=6) and row["estimated_floor_area"] == 3
    # 1800 m² at 0.5 bring in 900 yuan, 30 households cost 840
    assert row["viable"] is True and row["balance_yuan_month"] == pytest.approx(60, abs=4)
    assert row["break_even_fee_yuan_m2_month"] == pytest.approx(840 / 1800, abs=0.002)
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["gap"], summary["unknown"]) == ("optimal", True, 0, 1)
    assert summary["objective"] == pytest.approx(2 * 95 + 180, abs=0.3)  # one bundle counts two gaps
    assert summary["sentences"][1].startswith("3 of 3 buildings are bundled into 1 bundle with 30 households")


def test_what_never_had_a_manager_alone(small_town: Store) -> None:
    assert members(propose(small_town, status=["unmanaged"])) == [["b08", "b09"]]


def test_without_both_prices_nothing_is_said_of_viability(small_town: Store) -> None:
    (row,) = propose(small_town, fee_yuan_m2_month=1.0)["rows"]
    assert (row["viable"], row["cost_yuan_month"]) == (None, None) and row["income_yuan_month"] > 0


def test_a_limit_leaves_one_house_and_says_which_bundle_it_would_break(small_town: Store) -> None:
    answer = propose(small_town, max_floor_area_m2=1300)
    assert len(members(answer)) == 1 and list(reasons(answer).values()) == ["would_exceed_limit"]
    (left,) = reasons(answer)
    assert left in ("b07", "b09") and "and a bundle has 1,300 at most" in said(answer, left)
    assert answer["summary"]["status"] == "optimal"


def test_a_band_of_households_instead_of_floor_area(small_town: Store) -> None:
    answer = propose(small_town, households_min=15, households_max=25)
    assert [len(each) for each in members(answer)] == [2]
    assert answer["summary"]["max_floor_area_m2"] is None


@pytest.mark.parametrize(
    ("layer", "fields", "about"),
    [
        ("barriers", {"kind": "wall", "name": "北墙"}, "a barrier (北墙)"),
        ("barriers", {"kind": "railway"}, "a barrier (X1)"),
        ("roads", {"class": "secondary"}, "a main road (X1)"),
    ],
)
def test_nothing_is_bundled_across_a_wall_a_railway_or_a_main_road(
    layer: str, fields: dict[str, str], about: str, small_town: Store
) -> None:
    town.add(small_town, layer, "X1", town.line((700, -500), (700, 500)), **fields)
    answer = propose(small_town)
    assert members(answer) == [["b08", "b09"]] and reasons(answer) == {"b07": "barrier"}
    assert about in said(answer, "b07")


def test_a_side_street_or_a_tunnel_parts_nobody(small_town: Store) -> None:
    town.add(small_town, "roads", "X1", town.line((700, -500), (700, 500)), **{"class": "tertiary"})
    town.add(small_town, "roads", "X2", town.line((700, -500), (700, 500)), **{"class": "primary", "tunnel": True})
    answer = analyses()["bundle-buildings"]
    told = answer.answer(small_town, decode(answer, {"within": HERE, "max_gap_m": 95.0}, town.DAY), silent)
    assert told["summary"]["bundled"] == 3


def test_round_the_end_of_a_wall_along_a_street_within_the_gap(small_town: Store) -> None:
    """h1 and h2 are 12 m apart; a wall stands between them up to 2 m north, where a street runs."""
    homes(small_town, 300, 322)
    town.add(small_town, "barriers", "W", town.line((316, 60), (316, 92)), kind="wall")
    assert reasons(propose(small_town, max_gap_m=40))["h1"] == "barrier"
    town.add(small_town, "roads", "S", town.line((280, 95), (350, 95)), **{"class": "residential"})
    answer = propose(small_town, max_gap_m=40)
    (row,) = answer["rows"]
    assert row["building_codes"] == ["h1", "h2"] and row["links_m"] == pytest.approx(5 + 12 + 5, abs=0.2)
    assert reasons(propose(small_town, max_gap_m=20))["h1"] == "barrier"


def test_a_managed_house_between_is_in_the_way(small_town: Store) -> None:
    """b04 is managed: h1 and h2 stand on both sides of it, 10 m from it each."""
    town.add(small_town, "buildings", "h1", town.box(325, 45, 10, 10), households=5, floors=2, survey_status="surveyed")
    town.add(small_town, "buildings", "h2", town.box(365, 45, 10, 10), households=5, floors=2, survey_status="surveyed")
    answer = propose(small_town, max_gap_m=50)
    assert reasons(answer)["h1"] == reasons(answer)["h2"] == "barrier"
    assert "building 4号楼 b04 stands between" in said(answer, "h1")


def test_areas_keep_out_of_managed_areas_and_other_houses(small_town: Store) -> None:
    """A managed area reaches in from the south between h1 and h3, and an unknown house stands north."""
    homes(small_town, 300, 330, 360)
    town.add(small_town, "managed-areas", "M9", town.box(315, 0, 10, 84), name="物业区")
    town.add(small_town, "arrangements", "R9", None, managed_area="M9", manager="M1", mode="professional",
             stage="formal", start_date=dt.date(2024, 1, 1))  # fmt: skip
    town.add(small_town, "buildings", "h9", town.box(345, 60, 5, 23), use="commercial")
    answer = propose(small_town, max_gap_m=50)
    assert ["h1", "h2", "h3"] in members(answer) or ["h2", "h3"] in members(answer)


def test_bundles_do_not_cross_communities(small_town: Store) -> None:
    homes(small_town, 300)
    town.add(small_town, "communities", "990301001002", town.box(0, 200, 1000, 100), name="北社区", kind="urban")
    homes(small_town, 320, community="990301001002")
    answer = propose(small_town, within="streets:990301001", max_gap_m=50)
    assert reasons(answer)["h1"] == reasons(answer)["k1"] == "other_community"


def test_missing_floor_area_is_told_and_is_not_zero(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b08", floors=None)
    answer = propose(small_town)
    assert reasons(answer)["b08"] == "missing_floor_area" and answer["rows"] == []
    by_households = propose(small_town, households_max=100, fee_yuan_m2_month=1.0, cost_yuan_household_month=1.0)
    (row,) = by_households["rows"]
    assert (row["missing_floor_area"], row["viable"], row["buildings"]) == (1, None, 3)


def test_missing_households_with_a_band(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b09", households=None)
    answer = propose(small_town, households_min=1)
    assert reasons(answer) == {"b09": "missing_households"} and members(answer) == [["b07", "b08"]]


def test_nothing_near_enough_names_the_gap_that_would_do(small_town: Store) -> None:
    answer = propose(small_town, max_gap_m=50)
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["objective"]) == ("infeasible", True, None)
    assert summary["binds"][0].startswith("“Gap on foot, m”: no two") and set(reasons(answer).values()) == {"alone"}
    gap = float(summary["nearest"][0].removeprefix("“Gap on foot, m” of ").removesuffix(" or more"))
    assert gap == pytest.approx(90, abs=0.2)
    assert propose(small_town, max_gap_m=gap)["summary"]["bundles"] == 1


def test_limits_that_no_two_keep_are_named_with_the_nearest(small_town: Store) -> None:
    summary = propose(small_town, max_floor_area_m2=900)["summary"]
    assert summary["status"] == "infeasible" and summary["binds"][0].startswith("“Floor area, m²”")
    most = number(summary["nearest"][0].removeprefix("“Floor area, m²” of ").removesuffix(" or more"))
    assert propose(small_town, max_floor_area_m2=most)["summary"]["bundles"] == 1
    assert propose(small_town, max_floor_area_m2=most - 3)["summary"]["bundles"] == 0


def test_limits_that_contradict_each_other_name_both_ways_out(small_town: Store) -> None:
    """25 households are three houses, which have 1,800 m²."""
    summary = propose(small_town, max_floor_area_m2=1300, households_min=25)["summary"]
    assert summary["status"] == "infeasible"
    assert summary["nearest"][1] == "“Households from” of 20 or less"
    assert summary["nearest"][0].startswith("“Floor area, m²” of 1")
    assert propose(small_town, max_floor_area_m2=1300, households_min=20)["summary"]["bundles"] == 1


def test_where_no_single_limit_suffices_two_are_told_and_only_what_binds_alone_is_named(small_town: Store) -> None:
    """Any two houses have 1,200 m² and 20 households: neither limit can be kept, and neither alone would help."""
    wishes = {"max_floor_area_m2": 100, "households_max": 5}
    summary = propose(small_town, **wishes)["summary"]
    assert (summary["status"], summary["proven"]) == ("infeasible", True)
    assert [each.partition(":")[0] for each in summary["binds"]] == ["“Floor area, m²”", "“Households to”"]
    (nearest,) = summary["nearest"]
    area, households = (number(each) for each in re.findall(r"([\d,]+) or more", nearest))
    assert 1190 <= area <= 1210 and households == 20
    for met, bundles in (((area, 20), 1), ((area, 19), 0), ((area - 3, 20), 0)):
        asked = propose(small_town, max_floor_area_m2=met[0], households_max=met[1])
        assert asked["summary"]["bundles"] == bundles


def test_a_gap_that_is_too_short_beside_a_limit_that_nothing_keeps_to(small_town: Store) -> None:
    """The houses are 90 m apart, and two have 1,200 m²: to widen the gap alone would not do."""
    summary = propose(small_town, max_gap_m=50, max_floor_area_m2=900)["summary"]
    assert [each.partition(":")[0] for each in summary["binds"]] == ["“Gap on foot, m”", "“Floor area, m²”"]
    (nearest,) = summary["nearest"]
    gap = float(re.findall(r"“Gap on foot, m” of ([\d.]+) or more", nearest)[0])
    area = number(re.findall(r"“Floor area, m²” of ([\d,]+) or more", nearest)[0])
    assert propose(small_town, max_gap_m=gap, max_floor_area_m2=area)["summary"]["bundles"] == 1
    assert propose(small_town, max_gap_m=gap - 0.3, max_floor_area_m2=area)["summary"]["bundles"] == 0
    assert propose(small_town, max_gap_m=gap, max_floor_area_m2=area - 3)["summary"]["bundles"] == 0


def test_more_households_than_there_are_in_less_room_than_they_have(small_town: Store) -> None:
    """A thousand households are nowhere; the three houses have 30 in 1,800 m²."""
    summary = propose(small_town, max_floor_area_m2=100, households_min=1000)["summary"]
    (nearest,) = summary["nearest"]
    area = number(re.findall(r"“Floor area, m²” of ([\d,]+) or more", nearest)[0])
    least = number(re.findall(r"“Households from” of ([\d,]+) or less", nearest)[0])
    assert propose(small_town, max_floor_area_m2=area, households_min=least)["summary"]["bundles"] == 1


@pytest.mark.parametrize(
    "wishes", [{"households_min": 50, "households_max": 40}, {"status": []}, {"within": "communities:1"}]
)
def test_wishes_that_cannot_be_meant_are_refused(wishes: dict[str, object], small_town: Store) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        propose(small_town, **wishes)
    assert refusal.value.faults[0].where["parameter"] == next(iter(wishes))


def test_one_house_and_none(small_town: Store) -> None:
    one = propose(small_town, status=["lapsed"])
    assert one["summary"]["binds"] == ["only one building can be bundled at all, and a bundle takes two"]
    town.amend(small_town, "buildings", "b07", in_scope=False)
    none = propose(small_town, status=["lapsed"])["summary"]
    assert (none["status"], none["objective"], none["buildings"]) == ("optimal", 0, 0)
    assert none["sentences"][1] == "There is nothing to bundle."


def test_without_streets_the_answer_says_so(small_town: Store) -> None:
    assert any("no streets on record" in each for each in propose(small_town)["summary"]["notes"])
    town.lay_street(small_town)
    assert not any("no streets" in each for each in propose(small_town)["summary"]["notes"])


def test_a_closed_courtyard_is_walled(small_town: Store) -> None:
    town.amend(small_town, "courtyards", "CD", enclosure="closed")
    assert reasons(propose(small_town)) == {"b07": "barrier"}


def test_the_same_seed_gives_the_same_bundles(small_town: Store) -> None:
    homes(small_town, *range(20, 900, 24))
    one, other = (propose(small_town, max_gap_m=20, max_floor_area_m2=2000, seed=5) for _ in range(2))
    assert one == other and one["summary"]["bundles"] > 5
