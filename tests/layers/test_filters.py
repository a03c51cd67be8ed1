"""CQL2: text is read as the standard's JSON, checked against the layer, and never costs more than its length."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.catalogue import catalogue
from layers.errors import InvalidParameter
from layers.filters import Literal, Op, Property, join, parse_filter, property_filter
from layers.filters.text import from_text
from tests.suite import examples

BUILDINGS = catalogue().layer("buildings")
HOUSEHOLDS = Property("households", "number")


def read(text: str, language: str = "cql2-text") -> object:
    return parse_filter(text, language, BUILDINGS)


# Text and the JSON that OGC 21-065r2 writes for it.
SAME = {
    "a = 1 AND b <> 'x''y' OR NOT c LIKE '%a_'": {
        "op": "or",
        "args": [
            {"op": "and", "args": [{"op": "=", "args": [{"property": "a"}, 1]},
                                   {"op": "<>", "args": [{"property": "b"}, "x'y"]}]},
            {"op": "not", "args": [{"op": "like", "args": [{"property": "c"}, "%a_"]}]},
        ],
    },
    "households between 1 and 5 and b": {
        "op": "and",
        "args": [{"op": "between", "args": [{"property": "households"}, 1, 5]}, {"property": "b"}],
    },
    "a NOT IN (1, 2)": {"op": "not", "args": [{"op": "in", "args": [{"property": "a"}, [1, 2]]}]},
    "x IS NOT NULL": {"op": "not", "args": [{"op": "isNull", "args": [{"property": "x"}]}]},
    '"名 称" = \'和平\'': {"op": "=", "args": [{"property": "名 称"}, "和平"]},
    "名称 = '和平'": {"op": "=", "args": [{"property": "名称"}, "和平"]},
    "a + 1 > 3 * -b": {
        "op": ">",
        "args": [{"op": "+", "args": [{"property": "a"}, 1]},
                 {"op": "*", "args": [3, {"op": "*", "args": [-1, {"property": "b"}]}]}],
    },
    "S_INTERSECTS(geometry, BBOX(1,2,3,4))": {
        "op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3, 4]}],
    },
    "S_WITHIN(geom, POLYGON((0 0, 1 0, 1 1, 0 0)))": {
        "op": "s_within",
        "args": [{"property": "geom"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}],
    },
    "S_TOUCHES(geometry, MULTIPOINT((1 2), 3 -4.5))": {
        "op": "s_touches",
        "args": [{"property": "geometry"}, {"type": "MultiPoint", "coordinates": [[1, 2], [3, -4.5]]}],
    },
    "S_EQUALS(geometry, GEOMETRYCOLLECTION(POINT Z(1 2 3), LINESTRING(1 2, 3 4)))": {
        "op": "s_equals",
        "args": [{"property": "geometry"}, {"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [1, 2, 3]}, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}]}],
    },
    "T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('2020-01-01', '..'))": {
        "op": "t_during",
        "args": [{"interval": [{"property": "valid_from"}, {"property": "valid_to"}]},
                 {"interval": ["2020-01-01", ".."]}],
    },
    "CASEI(name) = CASEI('X')": {
        "op": "=", "args": [{"op": "casei", "args": [{"property": "name"}]}, {"op": "casei", "args": ["X"]}],
    },
    "A_CONTAINS(tags, ('a', 'b'))": {"op": "a_contains", "args": [{"property": "tags"}, ["a", "b"]]},
}  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_text_is_read_as_the_json_of_the_standard(text: str) -> None:
    found = from_text(text)
    found = json.loads(json.dumps(found).replace("S_", "s_"))
    assert _lower(found) == SAME[text]


def _lower(node: object) -> object:
    if isinstance(node, dict):
        return {name: value.lower() if name == "op" and value != "isNull" else _lower(value)
                for name, value in node.items()}  # fmt: skip
    return [_lower(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize("text", [text for text in SAME if "MULTIPOINT" not in text and "COLLECTION" not in text])
def test_another_reader_of_cql2_reads_the_same(text: str) -> None:
    library = pytest.importorskip("cql2", reason="the library cql2 is not installed")
    assert library.parse_text(text).to_json() == _lower(from_text(text))


def test_a_filter_is_a_tree_of_plain_values() -> None:
    assert read("households >= 10") == Op(">=", (HOUSEHOLDS, Literal(10, "number")))
    assert read('{"op": ">=", "args": [{"property": "households"}, 10]}', "cql2-json") == read("households >= 10")
    assert read("valid_from > '2025-01-01'") == read("valid_from > DATE('2025-01-01')")
    assert read("valid_from > TIMESTAMP('2025-01-01T10:00:00Z')") == read("valid_from > DATE('2025-01-01')")
    assert read("S_CONTAINS(POINT(1 2), geometry)") == read("S_WITHIN(geometry, POINT(1 2))")
    assert hash(read("code IN ('a', 'b')")) != hash(read("code IN ('a')"))


def test_what_a_parameter_says_of_a_field() -> None:
    assert property_filter(BUILDINGS, "households", "10") == read("households = 10")
    assert property_filter(BUILDINGS, "in_scope", "true") == read("in_scope = TRUE")
    assert property_filter(BUILDINGS, "name", "10") == read("name = '10'")
    assert property_filter(BUILDINGS, "valid_from", "2025-01-01") == read("valid_from = DATE('2025-01-01')")
    for name, value in {"households": "ten", "in_scope": "1", "valid_from": "soon"}.items():
        with pytest.raises(InvalidParameter):
            property_filter(BUILDINGS, name, value)


def test_conditions_are_joined() -> None:
    one, other = read("floors = 1"), read("floors = 2")
    assert join(None, None) is None
    assert join(one, None) == one
    assert join(one, other) == Op("and", (one, other))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1 AND size = 2", "colour"),
        ("households = 'ten'", "= cannot be applied to number, text"),
        ("name", "true or false"),
        ("name LIKE code", "pattern"),
        ("households = 1e999", "finite"),
        ("valid_from > DATE('2025-02-30')", "YYYY-MM-DD"),
        ("T_AFTER(valid_from, INTERVAL('2025-01-01', '2024-01-01'))", "interval"),
        ("T_DURING(valid_from, INTERVAL(5, '2020-01-01'))", "interval"),
        ("T_DURING(valid_from, INTERVAL(5, 6))", "interval"),
        ("T_DURING(valid_from, INTERVAL(TRUE, ('a', 'b')))", "interval"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1)))", "ring"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "not valid"),
        ("S_INTERSECTS(geometry, POINT EMPTY)", "position"),
        ("S_INTERSECTS(geometry, BBOX(1, 4, 3, 2))", "box"),
        ("S_INTERSECTS(name, POINT(1 2))", "cannot be applied"),
        ("S_BUFFER(geometry, POINT(1 2))", "no such operator"),
        ("load_extension('x') = 1", "no such operator"),
        ("name = '; --", "no CQL2"),
        ("name = 'a'; DROP TABLE buildings", "no CQL2"),
        ("name = 'a' OR", "no CQL2"),
        ("name = \x00", "no CQL2"),
        ("", "no CQL2"),
        ("(" * 40 + "floors = 1" + ")" * 40, "deeper"),
        ("NOT " * 40 + "floors = 1", "deeper"),
        ("floors = " + "- " * 40 + "1", "deeper"),
        ("floors = 1" + " + 1" * 40, "deeper"),
        ("floors = 1" + " OR floors = 1" * 900, "more than"),
        ("floors = 1" + " OR floors = 1" * 9000, "longer"),
    ],
)
def test_what_cannot_be_used_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        read(text)
    assert said in refused.value.say("en")


def test_every_unknown_property_is_named_and_the_known_ones_listed() -> None:
    with pytest.raises(InvalidParameter) as refused:
        read("colour = 1 AND size = 2 OR shape = 3")
    assert [fault.where["value"] for fault in refused.value.faults] == ["colour", "size", "shape"]
    assert "households" in refused.value.say("en")


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "null", "1", '"x"', "[]", "{}", '{"op": "="}', '{"op": 1, "args": []}', '{"op": "and", "args": []}',
        '{"op": "=", "args": [{"property": 1}, 2]}', '{"op": "=", "args": [{"property": "floors"}, null]}',
        '{"op": "=", "args": [{"property": "floors"}, NaN]}', '{"op": "=", "args": [{"property": "floors"}]}',
        '{"op": "not", "args": [' * 60 + "true" + "]}" * 60, "[" * 10_000, '{"op": "isNull", "args": [1]}',
        '{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [[[[1]]]]}]}',
        '{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [1, 1e999]}]}',
        '{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [true, 1]}]}',
        '{"op": "s_within", "args": [{"property": "geometry"}, {"type": "GeometryCollection", "geometries": '
        '[{"type": "GeometryCollection", "geometries": []}]}]}',
        '{"op": "in", "args": [{"property": "floors"}, [1, "a"]]}',
        '{"op": "in", "args": [{"property": "floors"}, [[1]]]}',
        '{"op": "=", "args": [{"property": "name"}, "\\ud800"]}',
    ],
)  # fmt: skip
def test_json_that_is_no_filter(text: str) -> None:
    with pytest.raises(InvalidParameter):
        read(text, "cql2-json")


@settings(max_examples=examples(300))
@given(st.text(alphabet="()'\"=<>+-*,. ax1%_\\", max_size=60) | st.text(max_size=40))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    for language in ("cql2-text", "cql2-json"):
        try:
            assert isinstance(read(text, language), Op | Property | Literal)
        except InvalidParameter:
            continue


def test_open_brackets_cost_nothing() -> None:
    """A reader of CQL2 that others use takes twice as long for each bracket; 40 of them would be hours."""
    start = time.process_time()
    for text in ("(" * 30, "(" * 8000, "casei(" * 2000, "a in (" * 2000, "NOT (" * 30 + ")" * 30):
        with pytest.raises(InvalidParameter):
            read(text)
    assert time.process_time() - start < 10
