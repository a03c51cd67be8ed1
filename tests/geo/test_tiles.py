"""Vector tiles, decoded by somebody else's reader."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.tiles import layout
from geo.tiles.box_tree import box_tree
from geo.tiles.layout import Ragged, appended, ragged
from geo.tiles.tiles import (
    BUFFER,
    COUNT,
    EXTENT,
    TileSource,
    attributes,
    changed,
    encode_tile,
    retold,
    tile_box,
    tile_source,
)

Z, X, Y = 15, 27443, 13390  # near 121.5°E 31.2°N
SIDE = 0.5**Z


def place(x: float, y: float) -> tuple[float, float]:
    """Return the degrees of a place in tile Z/X/Y, in units of its 4096 from its north-west corner."""
    u, v = (X + x / EXTENT) * SIDE, (Y + y / EXTENT) * SIDE
    return (u - 0.5) * 360, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * v)))))


def shape(*rings: list[tuple[float, float]]) -> shapely.Polygon:
    outer, *holes = [[place(*corner) for corner in ring] for ring in rings]
    return shapely.Polygon(outer, holes)


def square(x: float, y: float, side: float) -> list[tuple[float, float]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def source_of(*shapes: shapely.Geometry | None, **columns: list) -> TileSource:
    numbered = {name: (np.arange(len(values)), values) for name, values in columns.items()}
    return tile_source("town", ragged(np.array(shapes, dtype=object)), attributes(numbered))


def read(data: bytes, layer: str = "town") -> list[dict]:
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    return layers.get(layer, {"features": []})["features"]


def surface(feature: dict) -> shapely.Geometry:
    return shapely.geometry.shape(feature["geometry"])


def test_a_courtyard_with_a_hole_comes_back_as_it_was():
    (feature,) = read(encode_tile(source_of(shape(square(100, 200, 50), square(110, 210, 10))), Z, X, Y))
    expected = shapely.Polygon(square(100, 200, 50), [square(110, 210, 10)])
    assert surface(feature).equals(expected)
    assert feature["id"] == 1


def test_values_keep_their_kind_and_an_absent_one_is_left_out():
    told = attributes({
        "code": (np.array([0, 1]), ["甲", "乙"]),
        "households": (np.array([0, -1]), [-12]),
        "open": (np.array([0, 1]), [True, False]),
        "area": (np.array([0, 0]), [1.5]),
    })
    shapes = ragged(np.array([shape(square(0, 0, 9)), shape(square(20, 0, 9))], dtype=object))
    first, second = read(encode_tile(tile_source("town", shapes, told), Z, X, Y))
    assert first["properties"] == {"code": "甲", "households": -12, "open": True, "area": 1.5}
    assert second["properties"] == {"code": "乙", "open": False, "area": 1.5}


def test_what_reaches_beyond_the_tile_is_cut_at_the_buffer():
    (feature,) = read(encode_tile(source_of(shape(square(-1000, 100, 6000))), Z, X, Y))
    assert surface(feature).bounds == (-BUFFER, 100, EXTENT + BUFFER, EXTENT + BUFFER)


def test_a_line_that_leaves_and_returns_becomes_two_parts():
    street = shapely.LineString([place(100, -500), place(100, 100), place(5000, 100), place(5000, 300), place(50, 300)])
    (feature,) = read(encode_tile(source_of(street), Z, X, Y))
    first, second = surface(feature).geoms
    assert list(first.coords) == [(100, -BUFFER), (100, 100), (EXTENT + BUFFER, 100)]
    assert list(second.coords) == [(EXTENT + BUFFER, 300), (50, 300)]


def test_points_outside_the_tile_are_not_in_it():
    stations = shapely.MultiPoint([place(10, 10), place(9000, 10), place(20, 30)])
    (feature,) = read(encode_tile(source_of(stations, shapely.Point(place(-500, 0))), Z, X, Y))
    assert [point.coords[0] for point in surface(feature).geoms] == [(10, 10), (20, 30)]


def test_a_hut_smaller_than_a_unit_is_still_seen():
    (feature,) = read(encode_tile(source_of(shape(square(100.1, 100.1, 0.2))), Z, X, Y))
    assert surface(feature).area == 4


def test_nothing_there_is_no_tile():
    assert encode_tile(source_of(None, shapely.Polygon(), shape(square(9000, 9000, 5))), Z, X, Y) == b""
    assert encode_tile(source_of(), Z, X, Y) == b""


@pytest.mark.parametrize("tile", [(-1, 0, 0), (3, 8, 0), (3, 0, -1), (23, 0, 0)])
def test_a_tile_that_does_not_exist_is_refused(tile):
    with pytest.raises(ValueError, match="no such tile"):
        encode_tile(source_of(), *tile)


def test_of_a_collection_the_part_with_most_dimensions_is_drawn():
    mixed = shapely.GeometryCollection([
        shapely.Point(place(1, 1)),
        shapely.GeometryCollection([shape(square(100, 100, 8)), shapely.LineString([place(0, 0), place(9, 9)])]),
    ])
    (feature,) = read(encode_tile(source_of(mixed), Z, X, Y))
    assert surface(feature).equals(shapely.Polygon(square(100, 100, 8)))


@given(st.lists(st.tuples(st.integers(-300, 4300), st.integers(-300, 4300), st.integers(1, 900)), max_size=12))
def test_tiles_hold_what_an_exact_clip_holds(squares):
    found = read(encode_tile(source_of(*[shape(square(*each)) for each in squares]), Z, X, Y))
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    expected = {
        number: clipped
        for number, each in enumerate(squares, 1)
        if (clipped := shapely.Polygon(square(*each)) & window).area
    }
    assert {feature["id"] for feature in found} == expected.keys()
    for feature in found:
        # A corner in degrees comes back within a hair of its whole number; rounding makes it that number again.
        assert surface(feature).symmetric_difference(expected[feature["id"]]).area == 0


crooked = st.lists(st.tuples(st.integers(-500, 4600), st.integers(-500, 4600)), min_size=3, max_size=9, unique=True)


@given(crooked)
def test_crooked_rings_keep_their_surface(corners):
    ring = shapely.Polygon(corners)
    if not ring.is_valid or ring.area == 0:
        return
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    found = read(encode_tile(source_of(shape(corners)), Z, X, Y))
    clipped = ring & window
    drawn = sum(shapely.make_valid(surface(feature), method="structure").area for feature in found)
    # Each vertex that the clip makes is rounded by half a unit at most.
    assert drawn == pytest.approx(clipped.area, abs=0.75 * clipped.length + 4)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 0.2)), max_size=300))
def test_the_tree_answers_as_looking_at_every_box_does(boxes):
    corners = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes]).reshape(-1, 4)
    tree = box_tree(corners)
    for west, south, east, north in [(0.2, 0.2, 0.5, 0.6), (0, 0, 2, 2), (0.3, 0.3, 0.3, 0.3)]:
        meets = (corners[:, 0] <= east) & (corners[:, 2] >= west) & (corners[:, 1] <= north) & (corners[:, 3] >= south)
        assert tree.query((west, south, east, north)).tolist() == np.flatnonzero(meets).tolist()
        assert tree.count((west, south, east, north)) == meets.sum()


def village(n: int) -> TileSource:
    """Lay n houses of 8 units in a row of squares; every third one stands empty."""
    houses = [shape(square(12 * (i % 300), 12 * (i // 300), 8)) for i in range(n)]
    uses = attributes({"use": (np.arange(n) % 3 // 2, ["lived in", "empty"])})
    return tile_source("town", ragged(np.array(houses, dtype=object)), uses, "use")


def test_far_away_many_houses_are_gathered_in_squares_that_count_them():
    source = village(9_000)
    z = Z - 5
    tile = (z, X >> 5, Y >> 5)
    assert not read(encode_tile(source, *tile))  # each smaller than a pixel
    squares = read(encode_tile(source, *tile), "town-gathered")
    assert 0 < len(squares) < 100
    assert sum(each["properties"][COUNT] for each in squares) == 9_000
    assert {each["properties"]["use"] for each in squares} == {"lived in"}


def test_what_differs_by_day_is_told_without_a_copy_of_what_does_not():
    n, names = 9_000, [f"b{i}" for i in range(9_000)]
    first, other = village(n), {"use": (np.arange(n) % 2, ["let", "sold"])}
    first = tile_source("town", first.shapes, attributes({"code": (np.arange(n), names), "use": other["use"]}), "use")
    later = retold(first, {"use": (np.arange(n) % 3 // 2, ["lived in", "empty"])})
    assert later.attributes.values is first.attributes.values
    anew = attributes({"code": (np.arange(n), names), "use": (np.arange(n) % 3 // 2, ["lived in", "empty"])})
    expected = tile_source("town", first.shapes, anew, "use")
    for z in (Z - 5, Z):
        tile = (z, X >> (Z - z), Y >> (Z - z))
        assert encode_tile(later, *tile) == encode_tile(expected, *tile)
    _, (_, squares, _) = later._levels[Z - 5]
    assert len(squares) < 1_000  # what squares tell, and no house's own name


def test_far_away_few_houses_stay_themselves():
    assert len(read(encode_tile(village(50), Z - 5, X >> 5, Y >> 5))) == 50


def test_a_changed_source_is_as_one_made_anew():
    houses = [shape(square(100 * i, 50, 40)) for i in range(10)]
    before = source_of(*houses, code=[f"b{i}" for i in range(10)])
    moved = shape(square(2000, 2000, 40))
    after = changed(before, np.array([3]), ragged(np.array([moved], dtype=object)), attributes({"code": ([0], ["b3"])}))
    again = changed(after, np.array([5, 10]), ragged(np.array([], dtype=object)), attributes({"code": ([], [])}))
    found = {each["properties"]["code"]: surface(each) for each in read(encode_tile(again, Z, X, Y))}
    assert found.keys() == {f"b{i}" for i in range(10)} - {"b3", "b5"}
    found = {each["properties"]["code"]: surface(each) for each in read(encode_tile(after, Z, X, Y))}
    assert found["b3"].equals(shapely.Polygon(square(2000, 2000, 40)))
    assert len(found) == 10


def test_two_who_go_on_from_one_source_do_not_disturb_each_other(monkeypatch):
    monkeypatch.setattr(layout, "MANY", 1)
    monkeypatch.setattr(layout, "SPARE", 2)

    def houses(*at: int) -> Ragged:
        return ragged(np.array([shape(square(each, 0, 9)) for each in at], dtype=object))

    def lefts(shapes: Ragged) -> list[int]:
        return np.searchsorted(EDGES, shapes.xy[shapes.starts[shapes.courses[:-1]], 0] - 1e-12).tolist()

    EDGES = houses(*range(0, 200, 10)).boxes[:, 0]
    first = houses(0, 10)
    one, other = appended(first, houses(20)), appended(first, houses(30, 40))
    further = appended(appended(one, houses(50)), houses(60, 70))  # for which there is no room any more
    assert lefts(first) == [0, 1]
    assert lefts(one) == [0, 1, 2] and lefts(other) == [0, 1, 3, 4]
    assert lefts(further) == [0, 1, 2, 5, 6, 7]
    assert further.boxes.tolist() == houses(0, 10, 20, 50, 60, 70).boxes.tolist()
    assert further.starts.tolist() == houses(0, 10, 20, 50, 60, 70).starts.tolist()


def test_the_world_is_one_tile():
    assert tile_box(0, 0, 0) == (0, 0, 1, 1)
    corners = shapely.box(-180, -89, 180, 89)
    (feature,) = read(encode_tile(source_of(corners), 0, 0, 0))
    assert surface(feature).bounds == (0, 0, EXTENT, EXTENT)
