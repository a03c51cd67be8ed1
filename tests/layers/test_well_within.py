"""Who stands well within an area is told from one corner: as if everything were projected and cut."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from pyproj import CRS

from layers.model.management import scope
from tests.suite import examples

ZONE, FAR_OFF = CRS("EPSG:4549"), CRS("EPSG:4543")
STEP = 0.0002  # some 20 m

PLACES = st.tuples(st.integers(-4, 44), st.integers(-4, 44))
SIZES = st.tuples(st.sampled_from([0.001, 0.5, 1, 1, 1, 8]), st.sampled_from([0.5, 1, 1, 3]))
HOUSES = st.builds(
    lambda place, size: shapely.box(*place, place[0] + size[0], place[1] + size[1]), PLACES, SIZES
)
ODD = st.sampled_from(
    [
        None,
        shapely.Point(3, 3),
        shapely.LineString([(1, 1), (4, 4)]),
        shapely.Polygon([(2, 2), (6, 6), (6, 2), (2, 6)]),  # crosses itself
        shapely.Polygon([(2, 2), (6, 2), (2, 2)]),  # no surface
        shapely.box(0, 0, 9, 9).difference(shapely.box(2, 2, 5, 5)),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(30, 30, 31, 31)]),
    ]
)
CORNERS = st.lists(PLACES, min_size=3, max_size=6, unique=True).map(lambda xy: shapely.MultiPoint(xy).convex_hull)
AREAS = (CORNERS | st.lists(PLACES, min_size=4, max_size=6).map(shapely.Polygon)).filter(
    lambda shape: shape.geom_type == "Polygon"
)


def on_earth(shapes: list[shapely.Geometry | None]) -> np.ndarray:
    flat = np.array([*shapes, None], dtype=object)[:-1]
    return shapely.transform(flat, lambda xy: xy * STEP + (120.0, 36.0))


@settings(max_examples=examples(150))
@given(houses=st.lists(HOUSES | ODD, min_size=1, max_size=25), areas=st.lists(AREAS, min_size=1, max_size=4))
@pytest.mark.parametrize("crs", [ZONE, FAR_OFF], ids=["its own zone", "a zone far off"])
def test_the_same_pairs_in_the_same_order(houses, areas, crs):
    shapes, boundaries = on_earth(houses), on_earth(areas)
    expected = [each.tolist() for each in scope.pairs_by_position(shapes, boundaries, crs)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scope, "MANY", 0)
        found = scope.pairs_by_position(shapes, boundaries, crs)
    assert [each.tolist() for each in found] == expected


def test_a_long_border_is_bent_and_what_stands_at_it_is_looked_at(monkeypatch):
    """East along a parallel the border of degrees strays 100 m and more from the straight line of the plane."""
    area = np.array([shapely.box(119.0, 36.0, 121.0, 36.5)], dtype=object)
    row = [shapely.box(120.0, 36.0 + n * 2e-4, 120.0002, 36.0 + n * 2e-4 + 1e-4) for n in range(-20, 80)]
    shapes = np.array(row, dtype=object)
    expected = scope.pairs_by_position(shapes, area, ZONE)[0].tolist()
    assert expected[0] > 30  # the plane's line decides, not the parallel
    monkeypatch.setattr(scope, "MANY", 0)
    assert scope.pairs_by_position(shapes, area, ZONE)[0].tolist() == expected
