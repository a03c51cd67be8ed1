"""Which grids a plan's grid comes from, and whether it is still the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.places import representative_points
from geo.shapes import locate, usable
from layers.model.feature import Feature
from layers.usecases.plans.mending import thin
from layers.usecases.plans.sources import code_of, metric
from layers.usecases.plans.state import PlanState

SAME_M = 0.5
"""Up to which the boundaries of a grid may run apart and be one; the tolerance of the topology checks."""

SHARE = 0.05
"""From which share of either's surface a grid comes from another."""


def base_shapes(state: PlanState, base: Sequence[Feature]) -> np.ndarray:
    """Return grids in metres; None for one without a boundary."""
    return usable(metric([each.geometry for each in base], state.crs))


def same_boundary(state: PlanState, key: str, old: Feature) -> bool:
    """Say whether a grid of the plan has the boundary and the buildings of a grid it was opened from."""
    (shape,) = base_shapes(state, [old])
    if not alike(shape, state.partition.shape(key)):
        return False
    return set(np.flatnonzero(homes_in(state, [old]) == 0)) == set(_homes(state, key))


def alike(one: shapely.Geometry | None, other: shapely.Geometry | None) -> bool:
    """Say whether two outlines run nowhere farther apart than half a metre; metric CRS."""
    if one is None or other is None:
        return one is other
    return thin(shapely.symmetric_difference(one, other), SAME_M)


def homes_in(state: PlanState, base: Sequence[Feature]) -> np.ndarray:
    """Return for each building of the plan the position of the grid it stood in, -1 for none."""
    return locate(representative_points(state.partition.footprints), base_shapes(state, base))


def predecessors(state: PlanState, key: str, base: Sequence[Feature]) -> tuple[str, ...]:
    """Return the codes of the grids that a plan's grid has buildings or a fair share of its ground from."""
    if not base:
        return ()
    shape, shapes = state.partition.shape(key), base_shapes(state, base)
    common = shapely.area(shapely.intersection(shapes, shape))
    smaller = np.minimum(shapely.area(shapes), shape.area)
    share = np.divide(common, smaller, out=np.zeros(len(base)), where=smaller > 0)
    given = np.bincount(homes_in(state, base)[_homes(state, key)] + 1, minlength=len(base) + 1)[1:]
    return tuple(code_of(each) for at, each in enumerate(base) if given[at] or share[at] >= SHARE)


def _homes(state: PlanState, key: str) -> np.ndarray:
    p = state.partition
    inside = np.append(p.part == key, False).astype(bool)
    return np.flatnonzero(inside[p.cell_of])
