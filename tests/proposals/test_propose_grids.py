"""Grids proposed for the small town: ten houses in a row with ten households each, in two grids of five today."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import InvalidParameter
from layers.model.feature import Change, Feature
from layers.proposals.frame import Verdict, together
from layers.proposals.grids.community import community_of
from layers.store.protocol import Draft, Query, Store
from layers.usecases.plans.sources import community_called
from tests import town
from tests.proposals.checker import Records, faults
from tests.proposals.joined import linked

HERE = f"communities:{town.COMMUNITY}"
WEST, EAST = f"{town.COMMUNITY}001", f"{town.COMMUNITY}002"
CRS = "EPSG:4549"


def propose(store: Store, **wishes: object) -> dict[str, Any]:
    """Ask for grids; what is answered is checked by an independent checker first."""
    given: dict[str, object] = {"within": HERE, "whole": "none", "seconds": 20, "households_min": 20}
    given |= {"households_max": 40, **wishes}
    analysis = analyses()["propose-grids"]
    inputs = decode(analysis, given, town.DAY)
    answer = outputs_json(analysis.answer(store, inputs, silent), "en")
    answer["proposal"]["features"] = [
        {**each, "geometry": json.loads(bytes(each["geometry"]))} for each in answer["proposal"]["features"]
    ]
    if str(given["within"]).startswith("communities:"):
        assert faults(answer, records_of(store, inputs), given) == []
    return answer


def records_of(store: Store, wishes: Any, code: str | None = None) -> Records:
    """Read the records of one community beside the cells that the proposal was made of."""
    code = code or str(wishes.within).partition(":")[2]
    feature = community_called(store, code)
    day = Query(as_of=wishes.as_of)
    (boundary,) = gpd.GeoSeries([feature.geometry], crs="EPSG:4326").to_crs(CRS)
    buildings = store.read("buildings", day).to_crs(CRS)
    buildings = buildings[buildings.representative_point().within(boundary)]
    uses = buildings["use"].isin(["residential", "mixed", "unknown"]) | buildings["use"].isna()
    households = buildings["households"].astype(float).where(uses, 0.0)  # what is not lived in counts for none
    frame = buildings[["code", "courtyard_code"]].assign(households=households)
    homes = gpd.GeoDataFrame(frame, geometry=buildings.geometry, crs=CRS)
    grids = store.read("grids", day).to_crs(CRS)
    grids = grids[(grids["community_code"] == code) & (grids["grid_system"] == wishes.grid_system)]
    community = community_of(store, feature, wishes)
    cells = list(gpd.GeoSeries(list(community.partition.cells), crs=community.ground.crs).to_crs(CRS))
    roads = store.read("roads", day).to_crs(CRS)
    roads = roads[roads.intersects(boundary.envelope.buffer(100))]
    links = linked(roads, wishes.links, gpd.GeoSeries(cells))
    return Records(boundary, homes, grids[["code", "geometry"]], cells, links)


def houses(answer: Mapping[str, Any]) -> dict[str, int]:
    return {each["part"]: each["buildings"] for each in answer["rows"]}


def test_three_grids_of_three_or_four_houses(small_town: Store) -> None:
    answer = propose(small_town, start="none")
    assert sorted(houses(answer).values()) == [3, 3, 4]
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["gap"]) == ("optimal", True, 0)
    # two borders across the town, each 100 m; off the mean of 33⅓ by 3⅓, 3⅓ and 6⅔ households at half a metre
    assert summary["objective"] == pytest.approx(200 + 0.5 * (10 / 3 + 10 / 3 + 20 / 3), rel=0.002)
    assert (summary["grids"], summary["in_band"], summary["contiguous"]) == (3, 3, 3)
    assert summary["sentences"][1].startswith("3 grids are proposed; 3 of 3 have 20 to 40 households")


def test_from_today_as_few_households_as_possible_move(small_town: Store) -> None:
    """Five and five become four, two and four: one house leaves each grid, and no border is where it was."""
    answer = propose(small_town, start="active", even_weight=0)
    assert houses(answer)[WEST] == houses(answer)[EAST] == 4
    assert answer["summary"]["moved_households"] == 20
    kept = propose(small_town, households_min=40, households_max=60)
    assert (houses(kept), kept["summary"]["moved_households"]) == ({WEST: 5, EAST: 5}, 0)


def test_an_impossible_band_is_answered_with_the_nearest_that_is_possible(small_town: Store) -> None:
    """100 households are two of 50 or three of 33⅓: 45 to 48 must become 43 to 50."""
    summary = propose(small_town, households_min=45, households_max=48)["summary"]
    assert (summary["status"], summary["proven"], summary["objective"]) == ("infeasible", True, None)
    assert summary["binds"] == ["100 households make 2 grids of 50 or 3 of 33.3; neither is within 45 to 48"]
    assert summary["smallest_band"] == {
        "households_min": 43, "households_max": 50, "widened_by": 2, "bound": 2, "proven": True,
    }  # fmt: skip


def test_a_courtyard_larger_than_a_grid_is_named(small_town: Store) -> None:
    """Courtyard A is b01 to b04: 40 households that may not be cut."""
    summary = propose(small_town, whole="courtyards", households_min=20, households_max=30)["summary"]
    assert summary["status"] == "infeasible"
    assert "A have 40 households" in summary["binds"][0]
    assert summary["smallest_band"]["households_max"] == 40


def test_courtyards_are_kept_whole(small_town: Store) -> None:
    answer = propose(small_town, whole="courtyards", start="none", households_min=20, households_max=40)
    assert answer["summary"]["status"] == "optimal"


def test_a_courtyard_in_two_places_leaves_nothing_proven(small_town: Store) -> None:
    """Courtyard A is b01, b03 and b04; b02 between them is of none and taken along."""
    town.amend(small_town, "buildings", "b02", courtyard_code=None)
    summary = propose(small_town, whole="courtyards", start="none", households_min=20, households_max=40)["summary"]
    assert any("A lie in several places" in each for each in summary["notes"])
    assert (summary["status"], summary["proven"], summary["bound"], summary["gap"]) == ("feasible", False, 0, 1)


def test_locked_grids_stay_and_the_rest_is_drawn_anew(small_town: Store) -> None:
    answer = propose(small_town, locked=[WEST], households_min=20, households_max=30, start="none")
    assert houses(answer)[WEST] == 5 and sorted(houses(answer).values()) == [2, 3, 5]
    assert any(WEST in note for note in answer["summary"]["notes"])  # 50 households are out of this band
    only = propose(small_town, only=[EAST], households_min=20, households_max=30)
    assert houses(only)[WEST] == 5


def test_where_all_stays_no_other_number_of_grids_is_called_optimal(small_town: Store) -> None:
    summary = propose(small_town, locked=[WEST, EAST], count=3)["summary"]
    assert (summary["status"], summary["proven"], summary["objective"]) == ("infeasible", True, None)
    assert summary["binds"] == ["0 households cannot be 1 grid of 20 to 40 beside the 2 that stay"]
    assert summary["nearest"] == ["“How many grids” of 2, or none"]
    assert summary["sentences"][2].startswith("3 grids are not possible here, which is proven")
    assert propose(small_town, locked=[WEST, EAST], count=2)["summary"]["status"] == "optimal"


def test_a_ferry_that_is_no_road_is_refused(small_town: Store) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        propose(small_town, links=["FERRY"])
    (fault,) = refusal.value.faults
    assert fault.where["parameter"] == "links" and "FERRY are no roads" in fault.text.say("en")


def test_wishes_that_contradict_each_other_are_refused_all_at_once(small_town: Store) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        propose(small_town, locked=[WEST], only=[WEST], within=f"streets:{town.COMMUNITY[:9]}", count=2)
    assert [each.where["parameter"] for each in refusal.value.faults] == ["locked", "count"]
    for wishes in ({"locked": ["nobody"]}, {"households_min": 50, "households_max": 40}, {"within": "grids:1"}):
        with pytest.raises(InvalidParameter) as refusal:
            propose(small_town, **wishes)
        assert refusal.value.faults[0].where["parameter"] == next(iter(wishes))


def test_missing_households_are_told_and_are_not_zero(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", households=None)
    town.amend(small_town, "buildings", "b02", households=0)
    summary = propose(small_town, start="none")["summary"]
    assert (summary["missing_households"], summary["zero_households"], summary["households"]) == (1, 1, 80)
    assert "1 building without, 1 with 0" in summary["sentences"][0]
    assert any("1 building does not say" in each for each in summary["notes"])


def test_an_island_needs_a_bridge_or_a_ferry(small_town: Store) -> None:
    """A second place of 20 households lies apart; a grid needs 30, and a ferry that the wish names joins them."""
    before = small_town.get("communities", town.COMMUNITY)
    island = town.box(1200, 0, 200, 100)
    both = before.geometry.union(island)
    move(small_town, both)
    for number in (1, 2):
        shape = town.box(1200 + 100 * (number - 1) + 45, 45, 10, 10)
        town.add(small_town, "buildings", f"i{number}", shape, households=10, use="residential")
    wishes = {"start": "none", "households_min": 30, "households_max": 40}
    summary = propose(small_town, **wishes)["summary"]
    assert summary["status"] == "infeasible" and "20 households" in summary["binds"][0]
    assert "no road on record leads over the 200 m" in summary["nearest"][0]
    town.add(small_town, "roads", "FERRY", town.line((990, 50), (1210, 50)))
    answer = propose(small_town, **wishes)
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["nearest"]) == (
        "infeasible", True,
        ["i1, i2: name one of the roads FERRY at “Ferries, bridges”, and they are joined to the rest"],
    )  # fmt: skip
    # the island is a grid of its own, and all others keep to the band that was wished
    (island,) = summary["apart"]
    assert (island["households"], island["buildings"], island["links"]) == (20, ["i1", "i2"], ["FERRY"])
    assert {each["part"]: each["households"] for each in answer["rows"] if not each["in_band"]} == {island["part"]: 20}
    assert summary["smallest_band"] == {
        "households_min": 30, "households_max": 40, "widened_by": 0, "bound": 0, "proven": True,
    }  # fmt: skip
    assert summary["sentences"][2].startswith("1 place with 20 households is too small for the band and joined")
    joined = propose(small_town, **wishes, links=["FERRY"])
    assert joined["summary"]["status"] == "optimal" and joined["summary"]["households"] == 120
    assert joined["summary"]["apart"] == joined["summary"]["nearest"] == []


def test_an_island_without_households_is_a_grid_of_its_own(small_town: Store) -> None:
    """A works on an island makes no band impossible for the houses."""
    move(small_town, small_town.get("communities", town.COMMUNITY).geometry.union(town.box(1200, 0, 200, 100)))
    town.add(small_town, "buildings", "works", town.box(1245, 45, 10, 10), use="commercial")
    answer = propose(small_town, start="none", count=4)
    assert sorted(each["households"] for each in answer["rows"]) == [0, 30, 30, 40]
    assert [each["buildings"] for each in answer["summary"]["apart"]] == [["works"]]


def test_without_households_nothing_is_balanced(small_town: Store) -> None:
    for number in range(1, 11):
        town.amend(small_town, "buildings", f"b{number:02}", households=None)
    summary = propose(small_town, start="none")["summary"]
    assert (summary["status"], summary["missing_households"]) == ("infeasible", 10)
    assert summary["binds"] == ["no building has any households on record, so nothing can be balanced"]
    assert summary["nearest"] == ["“Households at least” of 0; or enter how many households the buildings have"]
    answer = propose(small_town, start="none", households_min=0)
    assert answer["summary"]["status"] == "optimal" and answer["summary"]["households"] is None
    assert "households unknown" in answer["summary"]["sentences"][0]
    assert {each["households"] for each in answer["rows"]} == {None}


@pytest.mark.deep
def test_a_shop_knows_no_more_of_the_people_than_the_houses(small_town: Store) -> None:
    """A building that the indicators leave out says nothing of a grid's people: they are unknown, not 0."""
    town.add(small_town, "buildings", "shop", town.box(470, 20, 10, 10), use="commercial", population=0)
    for number in range(1, 11):
        town.amend(small_town, "buildings", f"b{number:02}", population=None)
    assert {each["population"] for each in propose(small_town, start="active", households_max=60)["rows"]} == {None}
    town.amend(small_town, "buildings", "b01", population=25)
    west, east = propose(small_town, start="active", households_max=60)["rows"]
    assert (west["population"], east["population"]) == (25, None)
    for number in range(1, 11):
        town.amend(small_town, "buildings", f"b{number:02}", population=25)
    assert [each["population"] for each in propose(small_town, start="active", households_max=60)["rows"]] == [125, 125]


def test_a_place_shut_in_by_locked_grids_says_which_to_unlock(small_town: Store) -> None:
    """The east is locked and ends before the tenth house, which is left alone behind it."""
    east = town.box(500, 0, 400, 100)
    before = small_town.get("grids", EAST)
    after = Feature(EAST, east, dict(before.properties), before.version)
    small_town.commit(Draft("tests", town.NOON, "amend", "edit", [Change("grids", EAST, before, after)]))
    summary = propose(small_town, locked=[EAST], households_min=20, households_max=30)["summary"]
    assert summary["status"] == "infeasible" and "b10" in summary["binds"][0]
    assert [(each["households"], each["shut_in"]) for each in summary["apart"]] == [(10, [EAST])]
    assert summary["nearest"] == [f"第2网格 {EAST} lie around 10号楼 b10: unlock one of them, and they can be joined"]


def test_what_is_proven_of_one_community_is_not_said_of_the_street(small_town: Store) -> None:
    """The town has three grids of 20 to 40 households; its neighbour has one house with 10."""
    other = f"{town.COMMUNITY[:9]}002"
    town.add(small_town, "communities", other, town.box(3000, 0, 100, 100), name="Neighbour")
    town.add(small_town, "buildings", "n1", town.box(3045, 45, 10, 10), households=10, use="residential")
    summary = propose(small_town, within=f"streets:{town.COMMUNITY[:9]}", start="none")["summary"]
    assert [(each["status"], each["proven"]) for each in summary["communities"]] == [
        ("optimal", True), ("infeasible", True),
    ]  # fmt: skip
    assert (summary["status"], summary["proven"]) == ("infeasible", True)
    assert summary["sentences"][2] == (
        "1 of 2 communities keep to the band; for 1 of 2 it is proven that nothing does, for 0 of 2 nothing was found, "
        "which proves nothing. All grids shown have 10 to 50 households."
    )


@pytest.mark.parametrize(("proven", "said"), [((True, True), True), ((True, False), False), ((False, False), False)])
def test_a_whole_is_proven_impossible_where_each_place_is(proven: tuple[bool, bool], said: bool) -> None:
    verdicts = [Verdict("infeasible", None, None, each) for each in proven]
    whole = together([Verdict("feasible", 10.0, 5.0, False), *verdicts])
    assert (whole.status, whole.proven, whole.objective) == ("infeasible", said, None)


def move(store: Store, boundary: object) -> None:
    """Give the community another boundary."""
    before = store.get("communities", town.COMMUNITY)
    after = Feature(town.COMMUNITY, boundary, dict(before.properties), before.version)
    store.commit(Draft("tests", town.NOON, "amend", "edit", [Change("communities", town.COMMUNITY, before, after)]))


def test_a_community_of_one_building(small_town: Store) -> None:
    for number in range(2, 11):
        town.amend(small_town, "buildings", f"b{number:02}", valid_to=dt.date(2024, 1, 1))
    alone = propose(small_town, start="none", households_min=5, households_max=40)
    assert houses(alone) == {f"{town.COMMUNITY}.g1": 1}
    assert propose(small_town, start="none")["summary"]["binds"] == [
        "10 households make 1 grid of 10 or 2 of 5; neither is within 20 to 40"
    ]


def test_a_second_is_enough_for_an_answer(small_town: Store) -> None:
    summary = propose(small_town, seconds=0.1)["summary"]
    assert summary["status"] in ("optimal", "feasible") and summary["grids"] == 3


def test_the_same_seed_gives_the_same_proposal(small_town: Store) -> None:
    once, again = (propose(small_town, start="none", seed=7, seconds=900) for _ in range(2))
    assert once["proposal"] == again["proposal"] and once["summary"] == again["summary"]


def test_streets_are_walked_past_every_building(small_town: Store) -> None:
    """The street runs 10 m south of the houses: a walk past the five of a grid is 400 m from first to last."""
    assert {each["patrol_m"] for each in propose(small_town)["rows"]} == {None}  # no streets
    town.lay_street(small_town)
    answer = propose(small_town, households_min=40, households_max=60)
    assert [each["patrol_m"] for each in answer["rows"]] == pytest.approx([400, 400], abs=1)
    assert answer["summary"]["patrol_m"] == pytest.approx(800, abs=2)
