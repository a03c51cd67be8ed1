"""Which managed area answers for which building: by list, by courtyard, or by position.

The first kind of hit wins: an explicit building list, then a courtyard list, then position (rule 1 of
docs/explanation/management-status.md). All areas of that kind count; which of them is in force on a day is decided
later, by their arrangements.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.places import METRES_PER_DEGREE, from_lonlat, xy_from_lonlat
from geo.shapes import Shapes, bounds, footprints_inside, inside_whole, kept_as
from layers.model.values import codes_in

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

LISTED, COURTYARD, POSITION = 0, 1, 2
ByPosition = Callable[[Shapes, np.ndarray, "CRS"], tuple[np.ndarray, np.ndarray]]
BLOCK = 50_000
MANY = 5_000  # of fewer buildings each is looked at before a kernel is loaded
SURE_M = 1.0


def scope_pairs(
    buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, crs: CRS, by_position: ByPosition | None = None
) -> pd.DataFrame:
    """Pair every building with every managed area that reaches it, and say how.

    Parameters
    ----------
    buildings, areas : GeoDataFrame
        Whole layers, of all dates; longitude and latitude.
    crs : CRS
        Metric, for the share of a footprint inside an area.
    by_position : function, optional
        In place of `pairs_by_position`, for who keeps what that gave.

    Returns
    -------
    DataFrame
        ``building`` and ``area`` (positions in the frames) and ``how`` (LISTED, COURTYARD or POSITION);
        every kind of hit is kept, so that disagreements can be reported.
    """
    return pd.concat(
        [
            _listed(buildings, areas),
            _by_courtyard(buildings, areas),
            _by_position(buildings, areas, crs, by_position or pairs_by_position),
        ],
        ignore_index=True,
    )


def strongest(building: np.ndarray, how: np.ndarray, size: int) -> np.ndarray:
    """Mark the pairs that are of their building's strongest kind of hit; the others do not count."""
    best = np.full(size, POSITION, dtype=np.int8)
    np.minimum.at(best, building, how)
    return how == best[building]


def _frame(building: np.ndarray, area: np.ndarray, how: int) -> pd.DataFrame:
    pairs = pd.DataFrame({"building": building, "area": area}, dtype="int64").drop_duplicates()
    return pairs.assign(how=np.int8(how))


def _listed(buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    if not areas["building_codes"].map(len).any():
        return _frame(np.empty(0), np.empty(0), LISTED)
    owner, position = codes_in(list(areas["building_codes"]), buildings["code"].to_numpy(dtype=str))
    return _frame(position, owner, LISTED)


def _by_courtyard(buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    listed = [(code, area) for area, codes in enumerate(areas["courtyard_codes"]) for code in codes]
    listed = pd.DataFrame(listed, columns=["courtyard", "area"]).astype({"courtyard": object})
    members = buildings["courtyard_code"].reset_index(drop=True)
    members = members[members.isin(listed["courtyard"].unique()) & members.notna()].astype(object)
    both = members.rename("courtyard").rename_axis("building").reset_index().merge(listed, on="courtyard")
    return _frame(both["building"].to_numpy(), both["area"].to_numpy(), COURTYARD)


def _by_position(
    buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, crs: CRS, by_position: ByPosition
) -> pd.DataFrame:
    # A derived boundary was drawn around listed buildings for display; it says nothing about anybody else.
    drawn = areas["geometry_derived"].fillna(False).to_numpy(dtype=bool)
    usable = np.flatnonzero(areas.geometry.notna().to_numpy() & ~drawn)
    placed = np.flatnonzero(buildings.geometry.notna().to_numpy())
    if not len(usable) or not len(placed):
        return _frame(np.empty(0, int), np.empty(0, int), POSITION)
    building, area = by_position(kept_as(buildings.geometry.array)[placed], areas.geometry.to_numpy()[usable], crs)
    return _frame(placed[building], usable[area], POSITION)


def pairs_by_position(shapes: Shapes, boundaries: np.ndarray, crs: CRS) -> tuple[np.ndarray, np.ndarray]:
    """Pair shapes with the areas that they lie in by half: positions in both, longitude and latitude."""
    placed = np.flatnonzero(_near(shapes, boundaries))
    if not len(placed):
        return np.empty(0, int), np.empty(0, int)
    around = np.flatnonzero(_near(boundaries, shapes[placed]))  # of one building, few areas
    boundaries = boundaries[around]
    left, found = placed, [(np.empty(0, int), np.empty(0, int))]
    if len(placed) >= MANY:  # most stand well within an area, or well outside, and need not be projected
        area, building, close = inside_whole(shapes[placed], boundaries, partial(_margins, crs))
        found.append((placed[building], area))
        left = placed[close]
    metric = from_lonlat(boundaries, crs)
    for start in range(0, len(left), BLOCK):  # a city projected at once would not fit beside itself
        rows = left[start : start + BLOCK]
        area, building, _ = footprints_inside(from_lonlat(np.asarray(shapes[rows], dtype=object), crs), metric)
        found.append((rows[building], area))
    building, area = (np.concatenate(side) for side in zip(*found, strict=True))
    order = np.lexsort((building, area, np.searchsorted(placed, building) // BLOCK))
    return building[order], around[area[order]]


def _margins(crs: CRS, edges: np.ndarray) -> np.ndarray:
    """Return how far from edges the metric plane and that of degrees surely say the same, in degrees.

    What is straight in one is bent in the other; half-way it strays most.
    """
    half = (edges[:, :2] + edges[:, 2:]) / 2
    places = edges[:, :2], edges[:, 2:], half
    (x1, y1), (x2, y2), (x, y) = (xy_from_lonlat(each[:, 0], each[:, 1], crs) for each in places)
    margins_m = SURE_M + 2 * np.hypot(x - (x1 + x2) / 2, y - (y1 + y2) / 2)
    narrow = np.cos(np.radians(np.abs(edges[:, [1, 3]]).max(axis=1)))  # so much shorter than north is a degree east
    return margins_m / (METRES_PER_DEGREE * np.maximum(narrow, 1e-6))


def _near(shapes: Shapes, boundaries: Shapes) -> np.ndarray:
    """Mark the shapes within the bounds of all boundaries together, which are cheap to compare."""
    around, each = bounds(boundaries), bounds(shapes)
    west, south = np.fmin.reduce(around[:, :2], axis=0, initial=np.nan)
    east, north = np.fmax.reduce(around[:, 2:], axis=0, initial=np.nan)
    return (each[:, 0] <= east) & (each[:, 2] >= west) & (each[:, 1] <= north) & (each[:, 3] >= south)
