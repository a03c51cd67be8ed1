"""The area where a raster is low, as polygons: a contour line between the cells, with no more points than it needs."""

from __future__ import annotations

import numpy as np
import shapely

FEW_RINGS = 1_000


def area_below(raster: np.ndarray, level: float, origin: np.ndarray, cell: float, tolerance: float = 0.0,
               ) -> shapely.MultiPolygon:
    """Draw the area where a raster is at most `level`.

    Parameters
    ----------
    raster : float64[rows, columns]
        Values at the centres of cells, of which none is `level` itself.
    level : float
    origin : float64[2]
        The first cell's centre.
    cell : float
        The size of cells.
    tolerance : float
        How far the outline may stray from the contour line, of many rings a cell at most. 0 keeps every point.

    Returns
    -------
    MultiPolygon, valid, in time that grows with the raster and with nothing else.

    Notes
    -----
    GEOS thins a few rings out better, and compares each with every other: of many that would be most of the work.
    A side between two cells is crossed once at most and, as no value comes near the level, not near its end. So no two
    rings meet. Of many rings a straight line takes the place of several points only if it crosses the same sides in the
    same order; so what is thinned out is as sound as the contour was, and nobody has to look at the other rings.
    """
    from contourpy import FillType, SerialContourGenerator, ZInterp

    # The generator itself: what contourpy makes of its arguments takes longer than a small contour.
    nothing_masked = np.array(False)  # as contourpy says it
    across, down = np.meshgrid(*(np.arange(count, dtype=np.float64) for count in raster.shape[::-1]))
    contours = SerialContourGenerator(
        across, down, raster, nothing_masked, corner_mask=True, line_type=SerialContourGenerator.default_line_type,
        fill_type=FillType.ChunkCombinedOffsetOffset, quad_as_tri=False, z_interp=ZInterp.Linear)  # fmt: skip
    points, begins, polygons = (each[0] for each in contours.filled(-1e9, level))
    if points is None or begins is None or polygons is None:  # all of them, or none
        return shapely.MultiPolygon()
    few = len(begins) <= FEW_RINGS
    rings = begins.astype(np.int64)
    if tolerance > 0 and not few:
        from geo.shapes import contour_kernel

        kept = contour_kernel.needed(points, rings, min(tolerance / cell, 1.0))
        rings = np.concatenate([[0], np.cumsum(kept)])[rings]
        points = points[kept]
    offsets = rings, polygons.astype(np.int64)
    parts = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points * cell + origin, offsets)
    drawn = shapely.multipolygons(parts)
    return shapely.simplify(drawn, tolerance) if tolerance > 0 and few else drawn
