"""GeoJSON geometries from outside: what becomes a shape, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.shapes import check_ms
from layers.model.management.disclosure import MASK, masked
from layers.model.shapes.geojson import BadShape, shape_of
from layers.model.shapes.price import DRAWN, READ, SOUGHT, TOGETHER, WRITTEN, Allowance, too_dear, too_dear_together

RING = [[0, 0], [4, 0], [4, 4], [0, 0]]
HOLE = [[2, 1], [3, 1], [3, 2], [2, 1]]


def geometry(kind: str, coordinates: object) -> dict:
    return {"type": kind, "coordinates": coordinates}


@pytest.mark.parametrize(
    ("given", "wkt"),
    [
        (geometry("Point", [1, 2]), "POINT (1 2)"),
        (geometry("Point", [1, 2, 3, 4]), "POINT (1 2)"),
        (geometry("LineString", [[1, 2], [3, 4]]), "LINESTRING (1 2, 3 4)"),
        (geometry("Polygon", [RING]), "POLYGON ((0 0, 4 0, 4 4, 0 0))"),
        (geometry("Polygon", [RING, HOLE]), "POLYGON ((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))"),
        (geometry("MultiPoint", [[1, 2]]), "MULTIPOINT ((1 2))"),
        (geometry("MultiLineString", [[[1, 2], [3, 4]]]), "MULTILINESTRING ((1 2, 3 4))"),
        (geometry("MultiPolygon", [[RING]]), "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)))"),
        ({"type": "GeometryCollection", "geometries": [geometry("Point", [1, 2])]}, "GEOMETRYCOLLECTION (POINT (1 2))"),
    ],
)
def test_every_kind_becomes_a_shape_in_two_dimensions(given: dict, wkt: str) -> None:
    assert shape_of(given).wkt == wkt


def test_where_north_comes_first_the_numbers_change_places() -> None:
    assert shape_of(geometry("LineString", [[36, 120], [37, 121]]), swapped=True).wkt == "LINESTRING (120 36, 121 37)"


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        (None, "no-geometry"),
        ([], "no-geometry"),
        ({}, "no-geometry"),
        (geometry("Circle", [1, 2]), "no-geometry"),
        ({"type": "GeometryCollection", "geometries": []}, "no-coordinates"),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]},
            "no-geometry",
        ),
        (geometry("LineString", [[1, 2]]), "line-too-short"),
        (geometry("LineString", []), "no-coordinates"),
        (geometry("Polygon", [[[0, 0], [1, 1], [0, 0]]]), "open-ring"),
        (geometry("Polygon", [[[0, 0], [4, 0], [4, 4], [0, 1]]]), "open-ring"),
        (geometry("Point", [1]), "bad-position"),
        (geometry("Point", [1, 2, 3, 4, 5]), "bad-position"),
        (geometry("Point", [True, 2]), "bad-position"),
        (geometry("Point", ["1", 2]), "bad-position"),
        (geometry("Point", [1, float("nan")]), "bad-position"),
        (geometry("Point", [10**400, 1]), "bad-position"),
        (geometry("Point", "12"), "bad-position"),
    ],
)
def test_what_is_no_geometry_is_refused(given: object, slug: str) -> None:
    with pytest.raises(BadShape) as refused:
        shape_of(given)
    assert refused.value.text.key == f"filters.{slug}"


def test_as_many_vertices_as_are_allowed_and_not_one_more() -> None:
    few = Allowance(vertices=4, rings=10, check_ms=1000)
    assert shape_of(geometry("Polygon", [RING]), allowance=few).area == 8
    assert shape_of(geometry("MultiPoint", [[0, 0]] * 4), allowance=few)
    two_lines = geometry("MultiLineString", [[[0, 0], [1, 1], [2, 0]], [[5, 5], [6, 6]]])  # 3 and 2
    for given in (geometry("MultiPoint", [[0, 0]] * 5), geometry("Polygon", [RING, HOLE]), two_lines):
        with pytest.raises(BadShape) as refused:
            shape_of(given, allowance=few)
        assert refused.value.text.key == "shapes.costly-vertices"


def test_what_is_too_dear_is_refused_before_the_rest_of_it_is_looked_at() -> None:
    with pytest.raises(BadShape) as refused:
        shape_of(geometry("MultiPoint", [[0, 0]] * 5 + ["no position"]), allowance=Allowance(4, 10, 1000))
    assert refused.value.text.key == "shapes.costly-vertices"


class TestPrice:
    BOXES = shapely.multipolygons([shapely.box(2 * x, 0, 2 * x + 1, 1) for x in range(6)])  # 30 vertices, 6 rings

    def told(self, **allowance: float) -> str | None:
        (found,) = too_dear(
            np.array([self.BOXES]), Allowance(**{"vertices": 99, "rings": 99, "check_ms": 1e6, **allowance})
        )
        return found and found.key

    def test_vertices_and_rings_up_to_the_bound(self) -> None:
        assert self.told(vertices=30) is self.told(rings=6) is None
        assert self.told(vertices=29) == "shapes.costly-vertices" and self.told(rings=5) == "shapes.costly-rings"

    def test_what_takes_too_long_to_check(self) -> None:
        assert self.told(check_ms=1e-9) == "shapes.costly-cost"
        assert too_dear(np.array([None, shapely.Point(0, 0)], dtype=object), SOUGHT) == [None, None]

    def test_what_to_do_depends_on_where_it_came_from(self) -> None:
        wide = shapely.linestrings(np.column_stack([np.arange(1_100_000.0), np.zeros(1_100_000)]))
        for allowance, slug in ((READ, "split"), (WRITTEN, "hand-in"), (DRAWN, "simplify"), (SOUGHT, "simplify")):
            (found,) = too_dear(np.array([wide]), allowance)
            assert found.params["what_to_do"].key == f"shapes.{slug}"

    def test_all_shapes_of_a_request_together(self) -> None:
        both = np.array([self.BOXES, self.BOXES])
        assert too_dear_together(both) is too_dear_together(both[:0]) is None
        assert too_dear_together(both, Allowance(60, 99, 1e6)) is None
        assert too_dear_together(both, Allowance(59, 99, 1e6)).key == "shapes.together-vertices"
        cost_ms = float(check_ms(both).sum())
        assert too_dear_together(both, Allowance(60, 99, cost_ms)) is None
        assert too_dear_together(both, Allowance(60, 99, cost_ms * (1 - 1e-9))).key == "shapes.together-cost"
        assert too_dear_together(both, Allowance(60, 99, 1e-9)).key == "shapes.together-cost"
        assert TOGETHER.vertices == 2 * WRITTEN.vertices


class TestNumbersOfPersons:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("13800138000", MASK),
            ("电话138 0013 8000。", f"电话{MASK}。"),
            ("+86 13800138000", MASK),
            ("１３８００１３８０００", MASK),
            ("110101199003071234", MASK),
            ("11010119900307123x", MASK),
            ("120138001380001", "120138001380001"),  # a longer number
            ("12800138000", "12800138000"),  # no such prefix
            ("1380013800", "1380013800"),  # ten digits
            ("0532-12345678", "0532-12345678"),  # an office
            ("110101199013071234", "110101199013071234"),  # no thirteenth month
            ("全角１２号院", "全角１２号院"),  # else as it is written
        ],
    )
    def test_mobiles_and_identity_cards_are_hidden(self, text: str, shown: str) -> None:
        assert masked(text) == shown
