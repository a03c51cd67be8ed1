"""Stations proposed for the small town: ten houses in a row along one street, ten households each."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import Conflict, InvalidParameter
from layers.proposals.sites import case
from layers.store.protocol import Query, Store
from tests import town
from tests.proposals.sites_checker import Truth, best_of, faults, minutes_between

HERE = f"communities:{town.COMMUNITY}"
CRS = "EPSG:4549"


@pytest.fixture
def town_street(small_town: Store) -> Store:
    """The town with its street, and a canteen in the first house."""
    return town.lay_street(small_town)


def propose(store: Store, **wishes: object) -> dict[str, Any]:
    given = {"within": HERE, "seconds": 900, "candidates": "buildings", "minutes": 2, **wishes}
    analysis = analyses()["site-stations"]
    answer = outputs_json(analysis.answer(store, decode(analysis, given, town.DAY), silent), "en")
    for name in ("proposal", "residual"):
        answer[name]["features"] = [{**each, "geometry": json.loads(bytes(each["geometry"]))}
                                    for each in answer[name]["features"]]  # fmt: skip
    return answer


def truth_of(store: Store, weight: str = "households") -> tuple[Truth, list[str]]:
    """Return the minutes between all houses, and the station T1 as the last site."""
    day = Query(as_of=town.DAY)
    houses, roads = store.read("buildings", day).to_crs(CRS), store.read("roads", day).to_crs(CRS)
    stations = store.read("stations", day).to_crs(CRS)
    places = [*(each.representative_point() for each in houses.geometry), *stations.geometry]
    minutes = minutes_between(list(roads.geometry), places, list(houses.geometry))
    weights = houses[weight].astype(float).fillna(0.0).to_numpy()
    return Truth(minutes, weights), [*houses["code"], *stations["code"]]


def sites(answer: dict[str, Any]) -> list[str]:
    return [each["station"] for each in answer["rows"] if each["station"]]


def test_two_stations_reach_as_many_as_two_can(town_street: Store) -> None:
    """In 2 minutes one walks 133 m: to the neighbour and no farther, so two stations reach three houses each."""
    answer = propose(town_street, k=2)
    truth, codes = truth_of(town_street)
    assert faults(answer, truth, codes) == []
    summary = answer["summary"]
    assert (summary["status"], summary["objective"], summary["bound"], summary["gap"]) == ("optimal", 60, 60, 0)
    assert [row["gain"] for row in answer["rows"]] == [0, 30, 30]
    assert answer["rows"][1]["told"] == "Station 1 (other) adds 30 households within 2 minutes."
    assert {each["properties"]["reason"] for each in answer["residual"]["features"]} == {"not_chosen"}
    assert len(answer["residual"]["features"]) == 4
    assert summary["sentences"][1].startswith(
        "With 2 proposed stations 60 of 100 households (60.0%) find one within 2"
    )


def test_a_station_of_today_stays_and_is_not_counted(town_street: Store) -> None:
    answer = propose(town_street, k=2, kinds=["elder_canteen"])
    truth, codes = truth_of(town_street)
    assert faults(answer, truth, codes, fixed=[10]) == []
    assert answer["summary"]["objective"] == 80  # b01 and b02 are reached today
    assert (answer["summary"]["reached_before"], answer["summary"]["stations_today"]) == (20, 1)
    free = propose(town_street, k=2, kinds=["elder_canteen"], existing="free")
    assert free["summary"]["objective"] == 60 and "T1" not in sites(free)


def test_everybody_is_reached_at_the_least_cost(town_street: Store) -> None:
    answer = propose(town_street, model="set_cover")
    truth, codes = truth_of(town_street)
    assert faults(answer, truth, codes) == []
    assert (answer["summary"]["status"], answer["summary"]["objective"]) == ("optimal", 4)
    assert answer["residual"]["features"] == []
    dear = ["10", *(f"b{number:02}=1" for number in (1, 3, 5, 7, 9))]
    cheap = propose(town_street, model="set_cover", cost=dear)
    assert sites(cheap) and (cheap["summary"]["objective"], cheap["summary"]["cost"]) == (5, 5)


def test_the_fewest_minutes_of_all_and_of_the_farthest(town_street: Store) -> None:
    truth, codes = truth_of(town_street)
    for model in ("p_median", "p_center"):
        for k in (1, 3):
            answer = propose(town_street, model=model, k=k)
            assert faults(answer, truth, codes) == []
            assert answer["summary"]["status"] == "optimal"
            assert answer["summary"]["objective"] == pytest.approx(best_of(truth, model, k, 2), rel=1e-3)


def test_within_capacities_some_stay_out(town_street: Store) -> None:
    town.amend(town_street, "stations", "T1", capacity=5)
    wishes = {"kinds": ["elder_canteen"], "capacity": True, "new_capacity": 25, "k": 2}
    answer = propose(town_street, **wishes)
    truth, codes = truth_of(town_street)
    room = [25.0] * 10 + [5.0]
    assert answer["summary"]["objective"] == pytest.approx(best_of(truth, "max_cover", 2, 2, [10], room))
    assert faults(answer, truth, codes, [10], room) == []
    reasons = {each["properties"]["code"]: each["properties"]["reason"] for each in answer["residual"]["features"]}
    assert reasons["b01"] == "full" or reasons["b02"] == "full"
    town.amend(town_street, "stations", "T1", capacity=None)
    assert propose(town_street, **wishes)["summary"]["missing_capacity"] == 1


def test_capacities_below_demand_say_which_would_do(town_street: Store) -> None:
    answer = propose(town_street, model="set_cover", capacity=True, new_capacity=9)
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["objective"]) == ("infeasible", True, None)
    assert summary["binds"] == ["the stations that may be there together have room for 90, and 100 must be served"]
    assert summary["nearest"] == [
        "with a capacity of 10 at each of the 10 candidates everybody finds a place, and with no less"
    ]
    small = propose(town_street, model="p_median", k=3, capacity=True, new_capacity=1)["summary"]
    assert small["nearest"][0].startswith("with 10 new stations and a capacity of 10 at each of these candidates")
    enough = propose(town_street, model="p_median", k=10, capacity=True, new_capacity=10)
    assert enough["summary"]["status"] == "optimal"
    few = propose(town_street, model="p_median", k=2, capacity=True, new_capacity=25)["summary"]
    assert few["status"] == "infeasible"
    assert few["nearest"] == ["with 4 new stations everybody can be served, and with no fewer"]


def test_who_is_out_of_reach_is_named_with_the_minutes_that_would_do(town_street: Store) -> None:
    """Candidates are the first two houses only: the tenth is 800 m away, 12 minutes."""
    summary = propose(town_street, model="set_cover", filter="code IN ('b01','b02')", minutes=5)["summary"]
    assert (summary["status"], summary["proven"]) == ("infeasible", True)
    assert (summary["rest"]["status"], summary["rest"]["objective"]) == ("optimal", 1)
    assert summary["binds"][0].startswith("5 buildings with 50 (6号楼 b06")
    assert "within 5 minutes" in summary["binds"][0]
    minutes = float(summary["nearest"][0].split()[1])
    assert (
        propose(town_street, model="set_cover", filter="code IN ('b01','b02')", minutes=minutes)["summary"]["status"]
        == "optimal"
    )
    less = propose(town_street, model="set_cover", filter="code IN ('b01','b02')", minutes=minutes - 0.05)
    assert less["summary"]["status"] == "infeasible"


def test_wishes_that_nothing_can_meet_are_refused_with_what_can(town_street: Store, small_town: Store) -> None:
    asked = [
        ({"k": 0}, "k", "wish 1 at least"),
        ({"k": 11}, "k", "wish at most 10"),
        ({"candidates": "points", "points": [[120.5, 36.5]]}, "candidates", "within 200 m"),
        ({"candidates": "roofs"}, "candidates", "one of"),
        ({"filter": "no such thing ="}, "filter", ""),
        ({"cost": ["-1"]}, "cost", "above 0"),
        ({"new_capacity": 5}, "new_capacity", "“Limited places”"),
        ({"kinds": ["bakery"]}, "kinds", ""),
        ({"filter": "code = 'nobody'"}, "candidates", "no candidate"),
        ({"candidates": "streets", "every_m": 5000}, "candidates", "take a smaller distance"),
    ]
    for wishes, parameter, words in asked:
        with pytest.raises(InvalidParameter) as refusal:
            propose(town_street, **wishes)
        (fault,) = refusal.value.faults
        assert fault.where["parameter"] == parameter and words in fault.text.say("en")


def test_without_streets_nothing_is_proposed(small_town: Store) -> None:
    with pytest.raises(Conflict) as refused:
        propose(small_town)
    assert refused.value.faults[0].text.key == "analyses.no-streets", "there is no method that could be asked instead"


def test_missing_figures_are_told_and_are_not_zero(town_street: Store) -> None:
    town.amend(town_street, "buildings", "b05", households=None)
    summary = propose(town_street, k=1)["summary"]
    assert (summary["missing_weight"], summary["total"]) == (1, 90)
    assert any("are no zero" in each for each in summary["notes"])


def test_places_along_streets_points_and_courtyards(town_street: Store) -> None:
    streets = propose(town_street, candidates="streets", every_m=100, k=1)
    shapes = [shapely.geometry.shape(each["geometry"]) for each in streets["proposal"]["features"]]
    places = gpd.GeoSeries(shapes, crs=4326)
    (street,) = town_street.read("roads", Query(as_of=town.DAY)).to_crs(CRS).geometry
    assert places.to_crs(CRS).distance(street).max() < 0.01
    assert 8 <= streets["summary"]["candidates"] <= 12
    where = [[town.point(250, 40).x, town.point(250, 40).y], [town.point(950, 40).x, town.point(950, 40).y]]
    points = propose(town_street, candidates="points", points=where, k=1)
    assert sites(points) == ["point-1"] and points["summary"]["objective"] == 30
    assert sites(propose(town_street, candidates="courtyards", k=1, filter="code = 'CE'")) == ["CE"]


def test_a_second_is_enough_for_some_answer(town_street: Store) -> None:
    summary = propose(town_street, k=2, seconds=0.1)["summary"]
    assert summary["status"] in ("optimal", "feasible") and summary["objective"] <= summary["bound"]
    assert summary["bound"] <= 100 and np.isfinite(summary["gap"])
    assert summary["candidates_skipped"] == 0, "a few candidates are looked at whether there is time or not"


def test_the_same_seed_gives_the_same_sites(town_street: Store) -> None:
    one, other = (propose(town_street, k=3, model="p_median", seed=7) for _ in range(2))
    assert one["rows"] == other["rows"] and one["summary"] == other["summary"]


@pytest.mark.parametrize("model", ["max_cover", "p_median", "p_center"])
def test_candidates_nobody_looked_at_still_bound_what_there_could_be(
    town_street: Store, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    """Time is up after one candidate: what the other nine could do is in the bound, or the gap would be a lie."""
    monkeypatch.setattr(case, "READING_SHARE", 0.0)
    monkeypatch.setattr(case, "ANYWAY", 1)
    summary = propose(town_street, model=model, k=1)["summary"]
    truth, _ = truth_of(town_street)
    best = best_of(truth, model, 1, 2)
    assert summary["candidates_skipped"] == 9 and summary["status"] == "feasible"
    assert summary["bound"] >= best - 1e-6 if model == "max_cover" else summary["bound"] <= best * 1.001
    assert summary["gap"] > 0
