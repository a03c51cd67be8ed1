"""A plan beside what it was opened from, or beside another plan: which buildings move, and what each grid gains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from geo.places import representative_points
from layers.errors import Conflict, Fault
from layers.model.feature import Feature, text_of
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans.descent import alike, base_shapes, homes_in
from layers.usecases.plans.figures import WEIGHTS, totals
from layers.usecases.plans.lifecycle import base_grids
from layers.usecases.plans.sources import code_of, lonlat
from layers.usecases.plans.state import PlanState

WORKERS = ("workers_full", "workers_part")


@dataclass(frozen=True)
class Comparison:
    """What differs between two sets of grids of one community.

    Attributes
    ----------
    rows : list of dict
        ``grid, code, name, change`` (new, gone, changed, same), ``before`` and ``after``: buildings, households,
        population, elderly_60, workers_full, workers_part, area_m2; None where there is no such grid.
    moved : list of dict
        ``building, from, to, households, population, elderly_60``.
    places : list of Point
        Of the moved buildings, longitude and latitude.
    """

    rows: list[dict[str, object]]
    moved: list[dict[str, object]]
    places: list[shapely.Point]
    summary: dict[str, int | None]


@dataclass(frozen=True)
class _Side:
    """One of the two: a label for each building, and each label's record, code and shape in metres."""

    home: np.ndarray
    records: Mapping[str, Feature]
    codes: Mapping[str, str | None]
    shapes: Mapping[str, shapely.Geometry | None]


def compare(store: Store, state: PlanState, other: PlanState | None = None) -> Comparison:
    """Compare a plan with the grids that it was opened from, or with another plan of the community."""
    if other is not None and other.get("community_code") != state.get("community_code"):
        text = Text("plans.other-community", plan=state.id, other=other.id)
        raise Conflict(Fault(text, {"parameter": "against", "value": other.id}))
    known = {code_of(each) for each in base_grids(store, state)}
    after = _of_plan(state, known)
    before = _of_base(store, state) if other is None else _of_other(state, other, known)
    labels = sorted({*before.records, *after.records})
    rows = [_row(state, label, before, after) for label in labels]
    which = np.flatnonzero(before.home != after.home)
    weights, known_ = state.buildings.weights, state.buildings.known
    moved = [
        {
            "building": state.buildings.codes[at],
            "from": before.home[at],
            "to": after.home[at],
            **{name: int(weights[at, n]) if known_[at, n] else None for n, name in enumerate(WEIGHTS)},
        }
        for at in which
    ]
    places = lonlat(representative_points(state.partition.footprints[which]), state.crs)
    summary: dict[str, int | None] = {
        "moved": len(moved),
        **totals(state.buildings, which),
        **{kind: sum(row["change"] == kind for row in rows) for kind in ("new", "gone", "changed", "same")},
    }
    return Comparison(rows, moved, list(places), summary)


def since_on_record(store: Store, state: PlanState) -> list[Text]:
    """Say of every building that changes its grid where it is on record and in a plan, and what that makes of grids.

    Nothing where no grids are on record.
    """
    if not base_grids(store, state):
        return []
    found = compare(store, state)
    nowhere = Text("plans.no-grid")
    texts = [
        Text(
            "plans.moved-since", building=each["building"], households=_or_dash(each["households"]),
            before=each["from"] or nowhere, now=each["to"] or nowhere,
        )
        for each in found.moved
    ]  # fmt: skip
    for row in found.rows:
        before, after = (
            side["households"] if isinstance(side, dict) else None for side in (row["before"], row["after"])
        )
        if found.moved and before != after:
            texts.append(Text("plans.grid-since", grid=row["grid"], before=_or_dash(before), after=_or_dash(after)))
    return texts


def _or_dash(count: object) -> object:
    return "—" if count is None else count


def compared(store: Store, state: PlanState) -> dict[str, list[str]]:
    """Sort the grids of a plan, as they are drawn, into new, changed and same, and name those that are missing."""
    base = {code_of(each): each for each in base_grids(store, state)}
    found: dict[str, list[str]] = {
        "new": [],
        "changed": [],
        "same": [],
        "missing": sorted(base.keys() - state.grids.keys()),
    }
    for key, grid in state.grids.items():
        if key not in base:
            found["new"].append(key)
            continue
        one, two = base_shapes(state, [base[key], grid])
        found["same" if alike(one, two) else "changed"].append(key)
    return found


def _of_plan(state: PlanState, known: set[str], prefix: str = "") -> _Side:
    def label(key: str) -> str:
        return key if key in known else f"{prefix}{key}"

    p = state.partition
    home = np.array([None if each is None else label(each) for each in p.part_of_footprints()], dtype=object)
    return _Side(
        home,
        {label(key): each for key, each in state.grids.items()},
        {label(key): text_of(each.properties, "grid_code") for key, each in state.grids.items()},
        {label(key): p.shape(key) if p.holds(key) else None for key in state.grids},
    )


def _of_base(store: Store, state: PlanState) -> _Side:
    base = base_grids(store, state)
    codes = [code_of(each) for each in base]
    home = np.array([*codes, None], dtype=object)[homes_in(state, base)] if base else _nowhere(state)
    shapes = dict(zip(codes, base_shapes(state, base), strict=True)) if base else {}
    return _Side(home, dict(zip(codes, base, strict=True)), {each: each for each in codes}, shapes)


def _of_other(state: PlanState, other: PlanState, known: set[str]) -> _Side:
    """Return another plan's grids; new ones are told from this plan's by the other's id."""
    side = _of_plan(other, known, prefix=f"{other.id}.")
    at = other.buildings.at
    home = _nowhere(state)
    for place, code in enumerate(state.buildings.codes):
        home[place] = side.home[at[code]] if code in at else None
    return _Side(home, side.records, side.codes, side.shapes)


def _nowhere(state: PlanState) -> np.ndarray:
    return np.full(len(state.buildings.codes), None, dtype=object)


def _row(state: PlanState, label: str, before: _Side, after: _Side) -> dict[str, object]:
    one, two = (_figures(state, label, side) for side in (before, after))
    record = (after.records if label in after.records else before.records)[label].properties
    change = (
        "new"
        if one is None
        else "gone"
        if two is None
        else "changed"
        if _differ(state, label, before, after)
        else "same"
    )
    code = after.codes.get(label) or before.codes.get(label)
    return {"grid": label, "code": code, "name": record.get("name"), "change": change, "before": one, "after": two}


def _differ(state: PlanState, label: str, before: _Side, after: _Side) -> bool:
    moved = ((before.home == label) != (after.home == label)).any()
    return bool(moved) or not alike(before.shapes[label], after.shapes[label])


def _figures(state: PlanState, label: str, side: _Side) -> dict[str, object] | None:
    if label not in side.records:
        return None
    mine = np.flatnonzero(side.home == label)
    sums, known = state.buildings.weights[mine].sum(axis=0), np.any(state.buildings.known[mine], axis=0)
    record = side.records[label].properties
    return {
        "buildings": len(mine),
        **{name: round(sums[n]) if known[n] else None for n, name in enumerate(WEIGHTS)},
        **{name: record.get(name) for name in WORKERS},
        "area_m2": round(shape.area, 1) if (shape := side.shapes[label]) is not None else 0.0,
    }
