"""What a plan's grids count and look like: households against the band, compactness, pieces, workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from layers.model.feature import whole_of
from layers.usecases.plans.numbering import numbered
from layers.usecases.plans.sources import WEIGHTS, Buildings
from layers.usecases.plans.state import PlanState

Band = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one grid of a plan counts.

    `households`, `population` and `elderly_60` are None where no building says anything; `…_missing` is how many of
    those that count do not. `compactness` is 4πA/P²: 1 for
    a disc. `pieces` counts what hangs together by edges; corners do not connect.
    """

    cells: int
    buildings: int
    households: int | None
    population: int | None
    elderly_60: int | None
    band: str
    compactness: float | None
    pieces: int
    area_m2: float
    workers_full: int | None
    workers_part: int | None
    households_per_worker: float | None
    households_missing: int
    population_missing: int
    elderly_60_missing: int

    @property
    def in_band(self) -> bool | None:
        """Whether the households are within the band; None where they are not known."""
        return None if self.band == "unknown" else self.band == "within"


def figures(state: PlanState, keys: Iterable[str], band: Band) -> dict[str, Figures]:
    """Return the figures of some grids of a plan by key."""
    keys = list(keys)
    numbered(state).prepare(keys)
    return {key: _figures(state, key, band) for key in keys}


def _figures(state: PlanState, key: str, band: Band) -> Figures:
    cells, given = numbered(state), state.grids[key].properties
    full, part = whole_of(given, "workers_full"), whole_of(given, "workers_part")
    rows, mine = cells.rows(key), cells.homes(key)
    households, population, elderly = _sums(state, mine)
    shape = state.partition.shape(key) if len(rows) else None
    length = shape.length if shape is not None else 0.0
    return Figures(
        cells=len(rows),
        buildings=len(mine),
        households=households,
        population=population,
        elderly_60=elderly,
        band=place_in_band(households, band),
        compactness=round(4 * np.pi * shape.area / length**2, 4) if shape is not None and length else None,
        pieces=len(cells.pieces(key)),
        area_m2=round(shape.area, 1) if shape is not None else 0.0,
        workers_full=full,
        workers_part=part,
        households_per_worker=round(households / full, 1) if households is not None and full else None,
        **_missing(state.buildings, mine),
    )


def place_in_band(households: int | None, band: Band) -> str:
    """Say whether households are within, below or above the band, both ends within."""
    if households is None:
        return "unknown"
    return "below" if households < band[0] else "above" if households > band[1] else "within"


def _sums(state: PlanState, which: np.ndarray) -> list[int | None]:
    known, weights = state.buildings.known[which], state.buildings.weights[which]
    totals = weights.sum(axis=0)
    return [round(totals[at]) if known[:, at].any() else None for at in range(len(WEIGHTS))]


def cell_figures(state: PlanState, codes: Iterable[str]) -> dict[str, int | None]:
    """Return what the buildings of a cell count."""
    at = state.buildings.at
    which = np.array([at[code] for code in codes if code in at], dtype=np.int64)
    return dict(zip(WEIGHTS, _sums(state, which), strict=True))


def unassigned(state: PlanState) -> dict[str, int | None]:
    """Count the cells, buildings and households that no grid has; households are None where none of them says any."""
    cells = numbered(state)
    free, homes = cells.grid < 0, cells.home < 0
    told = totals(state.buildings, np.flatnonzero(homes))
    households = {name: told[name] for name in ("households", "households_missing")}
    return {"cells": int(free.sum()), "buildings": int(homes.sum()), **households}


def totals(buildings: Buildings, which: np.ndarray) -> dict[str, int | None]:
    """Sum up what some buildings count, and count those that count and do not say.

    A sum is 0 where no building counts, and None where some do and none of them says anything.
    """
    sums = buildings.weights[which].sum(axis=0)
    said = buildings.known[which].any(axis=0) | ~buildings.counted[which].any()
    told = {name: round(sums[at]) if said[at] else None for at, name in enumerate(WEIGHTS)}
    return told | _missing(buildings, which)


def _missing(buildings: Buildings, which: np.ndarray) -> dict[str, int]:
    silent = (buildings.counted[which][:, None] & ~buildings.known[which]).sum(axis=0)
    return {f"{name}_missing": int(silent[at]) for at, name in enumerate(WEIGHTS)}


def summary(state: PlanState, band: Band) -> dict[str, object]:
    """Count the whole plan: its grids, those in the band, the smallest and the largest."""
    cells, buildings = numbered(state), state.buildings
    keys, grid = cells.keys, cells.home
    housed = grid >= 0
    each = np.bincount(grid[housed], weights=buildings.weights[housed, 0], minlength=len(keys))
    known = np.bincount(grid[housed], weights=buildings.known[housed, 0], minlength=len(keys)) > 0
    counted = each[known]
    within = int(((counted >= band[0]) & (counted <= band[1])).sum())
    return {
        "grids": len(keys),
        "in_band": within,
        "known": int(known.sum()),
        "smallest": int(counted.min()) if len(counted) else None,
        "largest": int(counted.max()) if len(counted) else None,
        "buildings": len(buildings.codes),
        **totals(buildings, np.arange(len(buildings.codes))),
    }
