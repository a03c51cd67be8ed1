"""What must hold of every tessellation, checked with other means than those that made it."""

from __future__ import annotations

import numpy as np
import shapely

from geo.tessellation.tessellation import Tessellation


def objects(*shapes: shapely.Geometry | None) -> np.ndarray:
    """Make an array of shapes."""
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def line(*places: tuple[float, float]) -> shapely.LineString:
    """Draw a line."""
    return shapely.LineString(places)


def assert_tiles(made: Tessellation, boundary: shapely.Geometry) -> Tessellation:
    """Check that cells are single valid polygons that fill the boundary without gap or overlap, vertex by vertex."""
    cells, hectares = made.cells, boundary.area / 1e4
    assert (shapely.get_type_id(cells) == 3).all() and shapely.is_valid(cells).all()
    assert abs(shapely.area(cells).sum() - boundary.area) <= 1e-6 * max(hectares, 1)
    assert shapely.coverage_is_valid(cells)
    one, other = shapely.STRtree(cells).query(cells, predicate="intersects")
    apart = one < other
    assert shapely.area(shapely.intersection(cells[one[apart]], cells[other[apart]])).sum() <= 1e-6
    union = shapely.coverage_union_all(cells)
    assert shapely.symmetric_difference(union, boundary).area <= 1e-6 * max(hectares, 1)
    assert shapely.get_num_geometries(union) == shapely.get_num_geometries(boundary)
    assert np.isin(shapely.get_coordinates(boundary).view(complex), shapely.get_coordinates(cells).view(complex)).all()
    for each, block in enumerate(made.blocks):
        mine = shapely.coverage_union_all(cells[made.block == each])
        assert shapely.symmetric_difference(mine, block).area <= 1e-5
    _assert_no_slits(cells, boundary)
    return made


def _assert_no_slits(cells: np.ndarray, boundary: shapely.Geometry) -> None:
    """Check that no two cells gape by a few centimetres, whatever the width asked for: edges inside are all matched."""
    for gap_m in (0.001, 0.01, 0.1, 0.3):
        loose = shapely.coverage_invalid_edges(cells, gap_width=gap_m)
        loose = loose[~shapely.is_empty(loose)]
        assert shapely.dwithin(loose, boundary.boundary, 1e-6).all()
