"""Odd wishes: each is answered or refused, and the nearest wish that an answer tells is met when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from layers.analyses.registry import analyses, decode, silent
from layers.errors import Conflict, Fault, InvalidParameter
from layers.store.protocol import Store
from layers.text import Text
from tests import town
from tests.proposals.test_joint_units import code, every, lay

pytestmark = pytest.mark.deep

HERE = f"communities:{town.COMMUNITY}"
WEST, EAST = f"{town.COMMUNITY}001", f"{town.COMMUNITY}002"
Wishes = dict[str, Any]


def summary_of(store: Store, analysis: str, wishes: Wishes) -> dict[str, Any] | tuple[Fault, ...]:
    """Ask; what is refused comes as its faults."""
    asked = analyses()[analysis]
    try:
        return dict(asked.answer(store, decode(asked, wishes, town.DAY), silent)["summary"])
    except (InvalidParameter, Conflict) as refusal:
        return refusal.faults


def told(text: Text) -> Iterator[Wishes]:
    """Read the wishes that a message names as the nearest; a message that names none gives none."""
    given = text.params
    match text.key.removeprefix("proposals.").removeprefix("bundles.").replace("-shown", ""):
        case "nearest-band":
            yield {"households_min": given["low"], "households_max": given["high"]}
        case "nearest-band-count":
            yield {"households_min": given["low"], "households_max": given["high"], "count": given["count"]}
        case "nearest-whole":
            yield {"households_max": given["households"]}
        case "nearest-count":
            yield from ({"count": each} for each in given["counts"])
            yield {"count": None}
        case "nearest-no-households":
            yield {"households_min": 0}
        case "sites-nearest-count":
            yield {"k": given["k"]}
        case "sites-nearest-capacity":
            yield {"new_capacity": given["size"]}
        case "sites-nearest-capacity-k":
            yield {"new_capacity": given["size"], "k": given["count"]}
        case "sites-nearest-minutes" if not given["never"]:
            yield {"minutes": float(given["minutes"])}
        case "nearest-gap":
            yield {"max_gap_m": given["gap"]}
        case "nearest-area":
            yield {"max_floor_area_m2": given["most"]}
        case "nearest-households":
            yield {"households_max": given["most"]}
        case "nearest-minimum":
            yield {"households_min": given["low"]}
        case "nearest-two":
            yield {name: value for part in (given["one"], given["other"]) for each in told(part)
                   for name, value in each.items()}  # fmt: skip


def nearest(summary: Mapping[str, Any]) -> list[Wishes]:
    """List what is told as the nearest wishes that can be met, each a change of what was asked."""
    found = [each for text in summary.get("nearest", []) for each in told(text)]
    for way in summary.get("relaxations", []):
        if "inputs" in way:
            unproven = way["way"] == "centres"  # of which it is said that they may be left free, not that it suffices
            found += [way["inputs"]] if way["inputs"] is not None and not unproven else []
        else:
            found += [{name: way[name] for name in ("most", "most_m") if name in way}] if len(way) > 1 else []
    return found


def is_met(summary: dict[str, Any] | tuple[Fault, ...]) -> bool:
    """Say whether an answer has what was asked for, of all whom a street can reach."""
    if isinstance(summary, tuple):
        return False
    unreached = [each["reason"] == "no_road" for each in summary.get("causes", [])]
    if unreached and all(unreached) and len(summary["binds"]) <= len(unreached):
        return True
    return (summary.get("rest") or summary)["status"] != "infeasible"


def said(summary: dict[str, Any] | tuple[Fault, ...]) -> list[str]:
    """Put into words what binds, or what was refused."""
    if isinstance(summary, tuple):
        return [fault.text.say("en") for fault in summary]
    return [each.say("en") for each in summary.get("binds", [])]


def faults_of(store: Store, analysis: str, usual: Wishes, odd: list[Wishes]) -> list[str]:
    """List what is wrong with the answers to wishes: nothing named that keeps them, or a nearest that is not met."""
    found = []
    for each in odd:
        wishes = usual | each
        summary = summary_of(store, analysis, wishes)
        if isinstance(summary, tuple):
            if not summary or not all(fault.where or fault.text for fault in summary):
                found.append(f"{each} is refused without a word")
            continue
        if summary["status"] != "infeasible":
            continue
        why = [*summary.get("binds", []), *summary.get("causes", []), *summary.get("relaxations", [])]
        if not why and not summary.get("nearest"):
            found.append(f"{each} is impossible, and nothing says why")
        for change in nearest(summary):
            again = summary_of(store, analysis, wishes | change)
            if not is_met(again):
                found.append(f"{each}: told {change}, and that is not met: {said(again)}")
    return found


def together(**many: list[Any]) -> list[Wishes]:
    """Combine wishes, each value with each."""
    return [dict(zip(many, values, strict=True)) for values in product(*many.values())]


@pytest.fixture
def odd_town(small_town: Store) -> Store:
    """The town with its street, and a house that no street leads to."""
    return town.lay_street(small_town)


def test_of_joint_units(empty: Store) -> None:
    lay(empty, every(14))
    near, far = [code(1), code(2)], [code(1), code(14)]
    odd: list[Wishes] = [
        *together(size_min=[1, 5, 8, 20], size_max=[3, 8, 20], limit_minutes=[2, 10]),
        *together(together=[[near], [far]], apart=[[near], [far], [[code(each) for each in range(1, 6)]]]),
        *({"centres": each, "limit_minutes": 9} for each in (near, far, [code(4), code(11)], ["990301009099"])),
        {"together": [[code(each) for each in range(1, 11)]]}, {"apart": [[code(each) for each in range(1, 15)]]},
        {"limit_minutes": 0.01}, {"seconds": 0.1}, {"max_access_m": 0}, {"same_street": True, "size_min": 8},
        {"within": "districts:990999"}, {"within": "sea"}, {"together": [[code(1), "nobody"]]}, {"mode": "swim"},
    ]  # fmt: skip
    usual = {"within": "districts:990301", "limit_minutes": 15, "seconds": 5}
    assert faults_of(empty, "joint-units", usual, odd) == []


@pytest.mark.parametrize("villages", [0, 1, 5])
def test_of_joint_units_of_few_villages(empty: Store, villages: int) -> None:
    if villages:
        lay(empty, every(villages))
    odd = [*together(size_min=[2, 6], size_max=[3, 8], limit_minutes=[1, 30]), {"centres": [code(1)]}]
    assert faults_of(empty, "joint-units", {"within": "districts:990301", "seconds": 3}, odd) == []


def test_of_bundles(small_town: Store) -> None:
    town.add(small_town, "buildings", "h1", town.box(700, 80, 10, 10), use="residential", floors=6, households=None,
             survey_status="surveyed")  # fmt: skip
    odd: list[Wishes] = [
        *together(max_gap_m=[0.5, 20, 95], max_floor_area_m2=[1, 900, 1e6], households_max=[None, 5, 15]),
        *together(max_gap_m=[20, 95], households_min=[1, 25, 1000], max_floor_area_m2=[100, 1e6]),
        {"households_min": 9, "households_max": 3}, {"max_gap_m": 0}, {"max_gap_m": -1}, {"status": ["lapsed"]},
        {"status": []}, {"status": ["haunted"]}, {"seconds": 0.1}, {"within": "communities:990301001999"},
        {"fee_yuan_m2_month": -1},
    ]  # fmt: skip
    usual = {"within": HERE, "max_gap_m": 95.0, "seconds": 30}
    assert faults_of(small_town, "bundle-buildings", usual, odd) == []


def test_of_stations(odd_town: Store) -> None:
    town.add(odd_town, "buildings", "far", town.box(3000, 3000, 10, 10), households=10, use="residential",
             community_code=town.COMMUNITY)  # fmt: skip
    models = ["max_cover", "set_cover", "p_median", "p_center"]
    near = "code <> 'far'"
    odd: list[Wishes] = [
        *together(model=models, k=[0, 2, 10, 99]),
        *together(model=models, capacity=[True], new_capacity=[1, 15], k=[2, 10], filter=[near]),
        *together(model=models, capacity=[True], new_capacity=[9, 15], whole=[True], k=[6], filter=[near]),
        *together(model=["set_cover"], minutes=[0.1, 0.5, 1], filter=[near, "code = 'b01'"]),
        {"seconds": 0.1}, {"max_access_m": 1}, {"candidates": "points", "points": [[0.0, 0.0]], "k": 1},
        {"candidates": "points", "points": [[500.0, 95.0]]}, {"candidates": "streets", "every_m": 5000, "k": 1},
        {"filter": "code = 'b01' and code = 'b02'"}, {"filter": "nothing ="}, {"scenario": "nobody"},
        {"kinds": ["casino"]}, {"cost": ["ZZ=4"], "model": "set_cover"}, {"weight": "population"},
    ]  # fmt: skip
    usual = {"within": HERE, "candidates": "buildings", "minutes": 2, "k": 2, "seconds": 30}
    assert faults_of(odd_town, "site-stations", usual, odd) == []


def test_of_grids(small_town: Store) -> None:
    odd: list[Wishes] = [
        *together(households_min=[0, 15, 45, 1000], households_max=[48, 2000], count=[None, 1, 3]),
        *together(locked=[[WEST], [WEST, EAST]], count=[None, 1, 3], households_max=[40, 60]),
        {"count": 999}, {"only": [WEST], "locked": [WEST]}, {"only": ["nobody"]}, {"links": ["nobody"]},
        {"whole": "courtyards", "households_min": 8, "households_max": 15}, {"households_min": 9, "households_max": 3},
        {"seconds": 0.1, "households_min": 45, "households_max": 48}, {"barriers": ["hedge"]},
    ]  # fmt: skip
    usual = {"within": HERE, "whole": "none", "seconds": 10, "households_min": 20, "households_max": 40}
    assert faults_of(small_town, "propose-grids", usual, odd) == []


def test_of_posts(small_town: Store) -> None:
    for number, (post, target) in enumerate([("西区干部", "CA"), ("东区干部", "CF")]):
        given = {"level": "community", "type": "lead", "target_layer": "courtyards"}
        town.add(small_town, "assignments", f"z{number}", None, post=post, target=target, **given)
    odd: list[Wishes] = [
        *together(most=[None, 1, 2, 3], most_m=[None, 0, 10, 150, 400]), {"without": ["西区干部", "东区干部"]},
        {"posts": ["@"]}, {"posts": [""]}, {"targets": "clouds"}, {"targets": "grids"}, {"most": 0},
    ]  # fmt: skip
    assert faults_of(small_town, "assign-posts", {"within": HERE, "targets": "courtyards"}, odd) == []


LAID: dict[str, Callable[[Store], object]] = {
    "nothing else": lambda store: None,
    "units": lambda store: town.lay_units(store, 3, 7),
    "units that leave ground out": lambda store: town.lay_units(store, 3),
}


@pytest.mark.parametrize("laid", LAID)
def test_of_crossings(small_town: Store, laid: str) -> None:
    LAID[laid](small_town)
    odd: list[Wishes] = [
        *together(grid_system=["service", "unit", "police"], other_system=["service", "unit", "clouds"]),
        *together(within=["grids:1", "communities:990301001999", "sea", "districts:990301", ""], seconds=[0.1, 5]),
    ]
    assert faults_of(small_town, "crossings", {"within": HERE}, odd) == []
