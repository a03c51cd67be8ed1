"""In which metric CRS a workspace measures: that of the place where its records lie, whichever file came first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.places import metric_crs
from layers.catalogue import catalogue
from layers.store.protocol import Query, Store
from layers.usecases.edits.pending import Pending

METRIC = "metric_crs"
FOLLOWS = "metric_crs_follows"
RECORDS = "records"
# The layers that say where a place lies, before all others.
PLACES = ("communities", "districts", "buildings", "courtyards", "managed-areas", "grids", "stations")
DRAWN = "plan-cells"  # shapes that share their corners in the CRS in which they were cut
Box = tuple[float, float, float, float]


def measured_in(store: Store, pending: Pending, afresh: bool = False) -> tuple[str | None, dict[str, str]]:
    """Return the metric CRS of a workspace as it will be, and the settings that say so where they change.

    It follows the middle of the first layer of `PLACES` that has anything, so that the order in which files come in
    does not matter; where grids were drawn already, or the workspace is from before it followed, it stays.

    Parameters
    ----------
    afresh : bool
        Whether nothing of what was on record stays.

    Returns
    -------
    named : str or None
        None where nothing has a place.
    settings : dict
        Empty where they stay as they are.
    """
    named = None if afresh else store.setting(METRIC)
    if named is not None and (store.setting(FOLLOWS) != RECORDS or store.count(DRAWN, Query())):
        return named, {}
    found = _place(store, pending)
    if found is None or _named(found) == named:
        return named, {}
    return _named(found), first_settings(found)


def metric_crs_of(shapes: Sequence[BaseGeometry | None]) -> str:
    """Return the metric CRS that fits the middle of some geometries."""
    return _named(_box(shapes))


def settings_of(shapes: Sequence[BaseGeometry | None]) -> dict[str, str]:
    """Return the settings of a workspace whose first records have these geometries; none without any."""
    shapes = [each for each in shapes if each is not None]
    return first_settings(_box(shapes)) if shapes else {}


def first_settings(box: Box) -> dict[str, str]:
    """Return the settings of a workspace whose records lie in a box of degrees."""
    return {METRIC: _named(box), FOLLOWS: RECORDS}


def _place(store: Store, pending: Pending) -> Box | None:
    others = (each.id for each in catalogue() if each.spatial and each.id not in PLACES)
    for layer in (*PLACES, *others):
        if pending.holds(layer):
            shapes = [each.geometry for each in pending.layer(layer).values() if each.geometry is not None]
            box = _box(shapes) if shapes else None
        else:
            box = store.extent(layer).bbox
        if box is not None:
            return box
    return None


def _box(shapes: Sequence[BaseGeometry | None]) -> Box:
    west, south, east, north = shapely.total_bounds(np.array([s for s in shapes if s is not None], dtype=object))
    return float(west), float(south), float(east), float(north)


def _named(box: Box) -> str:
    west, south, east, north = box
    return f"EPSG:{metric_crs((west + east) / 2, (south + north) / 2).to_epsg()}"
