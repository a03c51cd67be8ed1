"""Two grid systems of the small town: ten houses in a row with ten households each, in two service grids of five."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import InvalidParameter
from layers.store.protocol import Query, Store
from tests import town
from tests.proposals.agreeing import Both, faults

HERE = f"communities:{town.COMMUNITY}"
WEST, EAST = f"{town.COMMUNITY}001", f"{town.COMMUNITY}002"
U1, U2 = (f"{town.COMMUNITY}9{number:02}" for number in (1, 2))
CRS = "EPSG:4549"


def compare(store: Store, **wishes: object) -> dict[str, Any]:
    """Ask what crosses; what is answered is checked by an independent checker first."""
    given: dict[str, object] = {"within": HERE, **wishes}
    analysis = analyses()["crossings"]
    answer = outputs_json(analysis.answer(store, decode(analysis, given, town.DAY), silent), "en")
    for name in ("proposal", "crossings"):
        answer[name]["features"] = [
            {**each, "geometry": json.loads(bytes(each["geometry"]))} for each in answer[name]["features"]
        ]
    assert faults(answer, records(store, str(wishes.get("grid_system", "service")))) == []
    assert [each["properties"] for each in answer["crossings"]["features"]] == answer["rows"]
    return answer


def records(store: Store, system: str) -> Both:
    day = Query(as_of=town.DAY)
    buildings, grids = (store.read(layer, day).to_crs(CRS) for layer in ("buildings", "grids"))
    mine = grids["grid_system"] == system
    ours, theirs = (gpd.GeoDataFrame(each[["code", "geometry"]], crs=CRS) for each in (grids[mine], grids[~mine]))
    return Both(buildings[["code", "households", "geometry"]], ours, theirs)


def test_which_grid_cuts_which_and_what_would_make_them_agree(small_town: Store) -> None:
    """The units meet between b03 and b04, the grids between b05 and b06: two houses have to go east."""
    town.lay_units(small_town, 3, 7)
    answer = compare(small_town)
    (row,) = answer["rows"]
    assert (row["grid_code"], row["other_code"], row["buildings"], row["households"]) == (WEST, U2, 2, 20)
    assert (row["grid_households"], row["other_households"]) == (50, 70)
    assert (row["moved_buildings"], row["moved_households"], row["to"]) == (2, 20, EAST)
    summary = answer["summary"]
    assert (summary["status"], summary["objective"], summary["bound"], summary["gap"]) == ("optimal", 20, 20, 0)
    after = {each["id"]: each["properties"]["households"] for each in answer["proposal"]["features"]}
    assert after == {WEST: 30, EAST: 70}
    assert (summary["cut_grids"], summary["cut_other_grids"], summary["remaining_crossings"]) == (1, 1, 0)
    assert summary["sentences"][1:] == [
        "1 of 3 pairs with buildings in both crosses; 1 of 2 grids and 1 of 2 of the other system are cut, with "
        "2 of 10 buildings and 20 of 100 households.",
        "With 2 of 10 buildings and 20 of 100 households in another grid (0 of these buildings without households on "
        "record) and 2 grids changed, none crosses any more; it is proven that no fewer suffice (20, a building counts "
        "for one at least).",
    ]


def test_the_other_system_can_be_asked_to_move(small_town: Store) -> None:
    town.lay_units(small_town, 3, 7)
    answer = compare(small_town, grid_system="unit", other_system="service")
    assert {each["grid_code"]: each["buildings"] for each in answer["rows"]} == {U2: 2}
    assert {each["id"]: each["properties"]["buildings"] for each in answer["proposal"]["features"]} == {U1: 5, U2: 5}


def test_grids_that_lie_within_each_other_do_not_cross(small_town: Store) -> None:
    """Two units in the western grid, and one that is the eastern one."""
    town.lay_units(small_town, 2, 3, 5)
    answer = compare(small_town)
    assert answer["rows"] == [] and answer["proposal"]["features"] == []
    summary = answer["summary"]
    assert (summary["status"], summary["objective"], summary["crossings"], summary["pairs"]) == ("optimal", 0, 0, 3)
    assert summary["sentences"][1].startswith("No grid crosses another: of 3 pairs")


def test_a_unit_in_the_middle_goes_to_the_side_with_most(small_town: Store) -> None:
    """The middle unit has b03 to b07: three of its five houses are in the western grid."""
    town.lay_units(small_town, 2, 5, 3)
    answer = compare(small_town)
    after = {each["id"]: each["properties"]["buildings"] for each in answer["proposal"]["features"]}
    assert after == {WEST: 7, EAST: 3}
    assert answer["summary"]["moved_households"] == 20 and answer["summary"]["status"] == "optimal"


def test_houses_without_households_are_counted_and_not_taken_for_empty(small_town: Store) -> None:
    """The two houses between the borders say nothing: two buildings move, and it is unknown how many households."""
    town.lay_units(small_town, 3, 7)
    for id in ("b04", "b05"):
        town.amend(small_town, "buildings", id, households=None)
    answer = compare(small_town)
    summary = answer["summary"]
    assert (summary["moved_buildings"], summary["moved_households"], summary["moved_missing"]) == (2, None, 2)
    assert (summary["objective"], answer["rows"][0]["households"]) == (2, None)
    assert any("2 buildings do not say" in each for each in summary["notes"])
    assert "unknown of 80 households" in summary["sentences"][2]


def test_ground_that_one_system_leaves_out_is_told(small_town: Store) -> None:
    """One unit, of b04 to b07: the houses beside it are asked nothing, and it goes to one side."""
    town.add(
        small_town, "grids", U1, town.box(300, 0, 400, 100), community_code=town.COMMUNITY, grid_system="unit",
        state="active",
    )  # fmt: skip
    answer = compare(small_town)
    assert answer["summary"]["crossings"] == 0 and answer["summary"]["uncovered_buildings"] == 6
    assert any("6 buildings are in no grid of the system that stays" in each for each in answer["summary"]["notes"])


@pytest.mark.parametrize(
    ("wishes", "parameter", "said"),
    [
        ({"other_system": "service"}, "other_system", "named twice"),
        ({}, "other_system", "no unit grid with a boundary"),
        ({"within": "grids:1"}, "within", "an area of one of"),
        ({"within": "communities:990301001999"}, "within", "no such area"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    wishes: dict[str, object], parameter: str, said: str, small_town: Store
) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        compare(small_town, **wishes)
    (fault,) = refusal.value.faults
    assert fault.where["parameter"] == parameter and said in fault.text.say("en")


def test_of_a_street_communities_without_both_systems_are_named(small_town: Store) -> None:
    town.lay_units(small_town, 3, 7)
    other = f"{town.COMMUNITY[:9]}002"
    town.add(small_town, "communities", other, town.box(3000, 0, 100, 100), name="Neighbour")
    answer = compare(small_town, within=f"streets:{town.COMMUNITY[:9]}")
    assert any(f"community Neighbour {other} has no service grid" in each for each in answer["summary"]["notes"])


def test_the_command_line_writes_the_list_and_the_proposal(
    small_town: Store, cli: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    town.lay_units(small_town, 3, 7)
    target = tmp_path / "crossings.json"
    small_town.close()
    words = ["--within", HERE, "--as-of", "2025-02-06", "-o", str(target)]
    code, _, said = cli("-w", str(tmp_path / "town.gpkg"), "run", "crossings", *words)
    assert code == 0, said
    told = json.loads(target.read_text("utf-8"))
    assert list(told) == ["proposal", "rows", "crossings", "summary"]
    assert told["summary"]["as_of"] == dt.date(2025, 2, 6).isoformat() and len(told["rows"]) == 1
