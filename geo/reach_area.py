"""Areas around the reached stretches of a network: a picture of reach, with its holes.

The exact area is the union of a buffer around every stretch. Its outline is read off a raster of distances
instead, as a contour line between the cells, which is as good as the eye can tell and far quicker.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.network import Network
from geo.stretches import Stretches

BUFFER_M = 25.0
MOST_CELLS = 25_000_000
_CELLS_PER_BUFFER = 4.0


def cell_size(bounds: np.ndarray, buffer_m: float) -> float:
    """Choose the size of cells in metres: a quarter of the buffer, larger where the raster would be too large."""
    width, height = bounds[2:] - bounds[:2] + 4 * buffer_m
    return max(buffer_m / _CELLS_PER_BUFFER, float(np.sqrt(width * height / MOST_CELLS)))


def reach_areas(network: Network, bands: Sequence[Stretches], buffer_m: float = BUFFER_M,
                cell_m: float | None = None) -> np.ndarray:
    """Draw the area within a distance of the stretches of each band.

    Parameters
    ----------
    network : Network
    bands : sequence of Stretches
        From the smallest limit to the largest, each holding the one before (as of one reach).
    buffer_m : float
    cell_m : float, optional
        See `cell_size`.

    Returns
    -------
    object[b] of MultiPolygon, in the network's CRS; empty for a band without stretches. Each holds the one
    before.

    Raises
    ------
    ValueError
        If `buffer_m` or `cell_m` is not above 0.
    """
    areas = np.full(len(bands), shapely.MultiPolygon(), dtype=object)
    for name, value in (("buffer_m", buffer_m), ("cell_m", 1.0 if cell_m is None else cell_m)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} is {value}; it must be above 0")
    courses = [band.courses(network) for band in bands]
    every = np.concatenate([xy for xy, _ in courses]) if courses else np.empty((0, 2))
    if not len(every):
        return areas
    from geo import distance_raster

    bounds = np.concatenate([every.min(axis=0), every.max(axis=0)])
    cell = cell_size(bounds, buffer_m) if cell_m is None else cell_m
    radius = buffer_m + 1.5 * cell  # so that both ends of every crossed cell side are known
    origin = bounds[:2] - radius - cell
    columns, rows = np.ceil((bounds[2:] + radius + cell - origin) / cell).astype(int) + 1
    square = np.full((rows, columns), radius * radius, np.float32)
    for number, (xy, offsets) in enumerate(courses):
        if len(xy):
            distance_raster.stamp(xy, offsets, square, (*origin.tolist(), cell, radius))
            low = ((xy.min(axis=0) - radius - origin) / cell).astype(int)
            high = ((xy.max(axis=0) + radius - origin) / cell).astype(int) + 2
            window = np.sqrt(square[low[1]:high[1], low[0]:high[0]])
            areas[number] = _outline(window, buffer_m, origin + low * cell, cell)
    return areas


def _outline(distance: np.ndarray, level: float, origin: np.ndarray, cell: float) -> shapely.MultiPolygon:
    """Draw the area where a raster is at most `level`: valid by construction.

    A side between two cells is crossed once at most and, as no value comes near the level, not near its end.
    So no two rings meet.
    """
    from contourpy import FillType, contour_generator

    margin = 1e-3 * cell
    distance[np.abs(distance - level) < margin] = level + margin
    contours = contour_generator(z=distance, fill_type=FillType.ChunkCombinedOffsetOffset)
    points, rings, polygons = (each[0] for each in contours.filled(-1.0, level))
    if points is None:
        return shapely.MultiPolygon()
    return shapely.multipolygons(shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, points * cell + origin, (rings.astype(np.int64), polygons.astype(np.int64))))
