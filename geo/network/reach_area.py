"""Areas around the reached stretches of a network: a picture of reach, with its holes.

The exact area is the union of a buffer around every stretch. Its outline is read off a raster of distances
instead, as a contour line between the cells, which is as good as the eye can tell and far quicker.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.network.graph import Network
from geo.network.stretches import Stretches
from geo.shapes import area_below, extent

BUFFER_M = 25.0
MOST_CELLS = 25_000_000
_FEW_CELLS = 500_000.0  # so many cost nothing


def cell_size(bounds: np.ndarray, length_m: float, buffer_m: float) -> float:
    """Choose the size of cells in metres: a fifth to half of the buffer, some five cells to four metres of street.

    So a dense town is drawn finely, and a country with few roads does not cost more than its roads. Beyond
    `MOST_CELLS` cells are larger, and the picture is coarser.
    """
    width, height = bounds[2:] - bounds[:2] + 4 * buffer_m
    wanted = np.sqrt(width * height / max(1.25 * length_m * BUFFER_M / buffer_m, _FEW_CELLS))
    return max(float(np.clip(wanted, buffer_m / 5, buffer_m / 2)), float(np.sqrt(width * height / MOST_CELLS)))


def reach_areas(network: Network, bands: Sequence[Stretches], buffer_m: float = BUFFER_M,
                cell_m: float | None = None, tolerance_m: float = 0.0) -> np.ndarray:
    """Draw the area within a distance of the stretches of each band.

    Parameters
    ----------
    network : Network
    bands : sequence of Stretches
        From the smallest limit to the largest, each holding the one before (as of one reach).
    buffer_m : float
    cell_m : float, optional
        See `cell_size`.
    tolerance_m : float
        How far outlines may stray, so that they have fewer points: see `geo.shapes.area_below`.

    Returns
    -------
    object[b] of MultiPolygon, in the network's CRS; empty for a band without stretches. Each holds the one
    before, but for what outlines stray.

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
    from geo.network import reach_area_kernel

    length = float(bands[-1].length_m(network).sum())
    cell, radius, origin, shape = _frame(every, length, buffer_m, cell_m)
    square = np.full(shape, radius * radius, np.float32)
    for number, (xy, offsets) in enumerate(courses):
        if len(xy):
            reach_area_kernel.stamp(xy, offsets, square, (*origin.tolist(), cell, radius))
            window, low = _window(xy, radius, origin, cell)
            distance = reach_area_kernel.rooted(square[window], buffer_m, 1e-3 * cell)
            areas[number] = area_below(distance, buffer_m, origin + low * cell, cell, tolerance_m)
    return areas


def nearest_areas(network: Network, stretches: Stretches, source: np.ndarray, count: int,
                  buffer_m: float = BUFFER_M) -> np.ndarray:
    """Share the area of reach out among the sources: each place goes with the nearest stretch.

    Parameters
    ----------
    network : Network
    stretches, source : Stretches, int64[k]
        As `geo.network.search.Reach.stretches_by_source` gives them.
    count : int
        How many sources there are.
    buffer_m : float
        Above 0, or ValueError is raised.

    Returns
    -------
    object[count] of MultiPolygon, in the network's CRS; empty for a source that is nearest to nothing. They
    do not overlap by more than the corner of a cell where three meet.
    """
    areas = np.full(count, shapely.MultiPolygon(), dtype=object)
    if not 0 < buffer_m < np.inf:
        raise ValueError(f"buffer_m is {buffer_m}; it must be above 0")
    if not len(source):
        return areas
    from geo.network import reach_area_kernel

    order = np.argsort(source, kind="stable")
    stretches, source = Stretches(*(each[order] for each in stretches)), source[order]
    xy, offsets = stretches.courses(network)
    cell, radius, origin, shape = _frame(xy, float(stretches.length_m(network).sum()), buffer_m, None)
    nearest = np.full((2, *shape), radius * radius, np.float32)
    label = np.full((2, *shape), -1, np.int32)
    ground = (*origin.tolist(), cell, radius)
    reach_area_kernel.stamp_two((xy, offsets), source.astype(np.int32), nearest, label, ground)
    for one in np.unique(source):
        first, last = np.searchsorted(source, [one, one + 1])
        window, low = _window(xy[offsets[first]:offsets[last]], radius, origin, cell)
        view = (slice(None), *window)
        outside = reach_area_kernel.own(nearest[view], label[view], one, buffer_m, 1e-3 * cell)
        areas[one] = area_below(outside, 0.0, origin + low * cell, cell)
    return areas


def _frame(xy: np.ndarray, length_m: float, buffer_m: float, cell_m: float | None,
           ) -> tuple[float, float, np.ndarray, tuple[int, int]]:
    """Lay a raster over lines: size of cells, radius to be known around lines, first centre, rows and columns."""
    bounds = np.concatenate(extent(xy))
    cell = cell_size(bounds, length_m, buffer_m) if cell_m is None else cell_m
    radius = buffer_m + 1.5 * cell  # so that both ends of every crossed cell side are known
    origin = bounds[:2] - radius - cell
    columns, rows = np.ceil((bounds[2:] + radius + cell - origin) / cell).astype(int) + 1
    return cell, radius, origin, (int(rows), int(columns))


def _window(xy: np.ndarray, radius: float, origin: np.ndarray, cell: float) -> tuple[tuple[slice, slice], np.ndarray]:
    """Give the part of the raster that lines touch, and its first column and row."""
    lowest, highest = extent(xy)
    low = ((lowest - radius - origin) / cell).astype(int)
    high = ((highest + radius - origin) / cell).astype(int) + 2
    return (slice(low[1], high[1]), slice(low[0], high[0])), low
