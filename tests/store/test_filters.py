"""Filters in the store: what they leave of the small town, in every order, page by page, now and in the past."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import InvalidParameter
from layers.filters import parse_filter
from layers.model.feature import Change, Feature
from layers.store.protocol import Draft, Query, Store
from tests import town

EVERYBODY = "1 2 3 4 5 6 7 8 9 10"


@pytest.fixture
def store(small_town: Store) -> Store:
    """The town with different buildings: b01 has 1 household … b10 has 10, and dates as in `test_time`."""
    more = {
        "b01": {"name": "Élan A%_B", "valid_from": dt.date(2024, 1, 1)},
        "b02": {"name": "elan", "valid_to": dt.date(2024, 12, 31), "in_scope": True},
        "b03": {"valid_from": dt.date(2024, 6, 1), "valid_to": dt.date(2024, 6, 30)},
    }
    changes = []
    for number in range(1, 11):
        old = small_town.get("buildings", f"b{number:02}")
        own = {"households": number, "floors": 6 if number < 6 else 7, **more.get(old.id, {})}
        changes.append(Change("buildings", old.id, old, Feature(old.id, old.geometry, {**old.properties, **own}, 1)))
    small_town.commit(Draft("tests", town.NOON, "differ", "edit", changes))
    return small_town


def found(store: Store, text: str, layer: str = "buildings") -> str:
    query = Query(filter=parse_filter(text, "cql2-text", catalogue().layer(layer)))
    page = store.page(layer, query, 100)
    assert page.matched == len(page.features) == store.count(layer, query) == len(store.read(layer, query))
    return " ".join(each.id.lstrip("b0") if layer == "buildings" else each.id for each in page.features)


def wkt(number: int) -> str:
    return shapely.to_wkt(town.house(number), rounding_precision=17)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("households = 3", "3"),
        ("households <> 3 AND households < 5", "1 2 4"),
        ("households >= 9 OR code = 'b01'", "1 9 10"),
        ("NOT (households > 2)", "1 2"),
        ("households BETWEEN 4 AND 6", "4 5 6"),
        ("households NOT BETWEEN 2 AND 9", "1 10"),
        ("households IN (1, 3, 99)", "1 3"),
        ("code NOT IN ('b01') AND households < 3", "2"),
        ("households * 2 + 1 = 7", "3"),
        ("households / 2 = 1.5", "3"),
        ("households div 3 = 2 AND households % 3 = 1", "7"),
        ("households = 99999999999999999999", ""),
        ("in_scope = TRUE", "2"),
        ("in_scope", "2"),
        ("NOT in_scope", ""),
        ("in_scope IS NULL AND households < 3", "1"),
        ("id = 'b02'", "2"),
        ("name LIKE '1号%'", ""),
        ("name LIKE '3号%'", "3"),
        ("name LIKE '_号楼'", "3 4 5 6 7 8 9"),
        ("name LIKE '%lan%'", "1 2"),
        ("name LIKE '%A\\%\\__'", "1"),
        ("name LIKE 'e%n'", "2"),
        ("name LIKE '%'", EVERYBODY),
        ("CASEI(name) = CASEI('ELAN')", "2"),
        ("CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('ÉLAN%'))", "1 2"),
        ("CASEI(name) IN (CASEI('ELAN'), CASEI('nobody'))", "2"),
        ("ACCENTI(CASEI(name)) IN (ACCENTI(CASEI('ÉLAN')), 'x')", "2"),
        ("name = ''' OR 1 = 1 --'", ""),
    ],
)
def test_values(store: Store, text: str, ids: str) -> None:
    assert found(store, text) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("valid_from = DATE('2024-01-01')", "1"),
        ("T_AFTER(valid_from, DATE('2024-03-01'))", "3"),
        ("T_BEFORE(valid_to, DATE('2024-12-31'))", "3"),
        ("T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('2024-05-01', '2024-07-01'))", "3"),
        ("T_INTERSECTS(INTERVAL(valid_from, valid_to), DATE('2025-06-01')) AND households < 4", "1"),
        ("T_INTERSECTS(INTERVAL(valid_from, valid_to), INTERVAL('..', '2023-12-31')) AND households < 4", "2"),
        ("T_EQUALS(valid_to, DATE('2024-12-31'))", "2"),
        ("T_MEETS(INTERVAL(valid_from, valid_to), INTERVAL('2024-06-30', '2025-01-01'))", "3"),
        ("T_DISJOINT(INTERVAL(valid_from, valid_to), DATE('2025-06-01'))", "2 3"),
    ],
)
def test_time(store: Store, text: str, ids: str) -> None:
    """b01 is valid from 2024-01-01, b02 until 2024-12-31, b03 in June 2024, the rest always."""
    assert found(store, text) == ids


class TestPlace:
    def test_what_lies_in_a_box(self, store: Store) -> None:
        west, south, east, north = shapely.unary_union([town.house(2), town.house(3)]).bounds
        box = f"BBOX({west}, {south}, {east}, {north})"
        assert found(store, f"S_INTERSECTS(geometry, {box})") == "2 3"
        assert found(store, f"S_WITHIN(geometry, {box})") == "2 3"
        assert found(store, f"S_DISJOINT(geometry, {box})") == "1 4 5 6 7 8 9 10"
        assert found(store, f"NOT S_INTERSECTS(geometry, {box}) AND households < 5") == "1 4"
        assert found(store, f"S_INTERSECTS(geometry, {box}) OR households = 9") == "2 3 9"
        assert found(store, f"S_INTERSECTS(geometry, {box}) AND NOT S_EQUALS(geometry, {wkt(2)})") == "3"

    def test_exactly_and_not_by_boxes(self, store: Store) -> None:
        """A triangle whose box holds the houses 1 to 3, and which itself meets house 1 alone."""
        corners = [town.point(40, 40), town.point(300, 40), town.point(40, 60)]
        x, y = zip(*((each.x, each.y) for each in [*corners, corners[0]]))
        triangle = "POLYGON((" + ", ".join(f"{a} {b}" for a, b in zip(x, y)) + "))"
        assert found(store, f"S_INTERSECTS(geometry, {triangle})") == "1 2"
        assert found(store, f"S_OVERLAPS(geometry, {triangle})") == "2"

    def test_the_other_relations(self, store: Store) -> None:
        west, south, _, north = town.house(5).bounds
        edge = f"LINESTRING({west} {south}, {west} {north})"
        assert found(store, f"S_TOUCHES(geometry, {edge})") == "5"
        assert found(store, f"S_EQUALS({wkt(5)}, geometry)") == "5"
        inside = town.house(5).centroid
        assert found(store, f"S_CONTAINS(geometry, POINT({inside.x} {inside.y}))") == "5"
        assert found(store, f"S_WITHIN(POINT({inside.x} {inside.y}), geometry)") == "5"
        town.lay_street(store)
        middle, across = town.point(500, 30), town.point(500, 50)
        crossing = f"LINESTRING({middle.x} {middle.y}, {across.x} {across.y})"
        assert found(store, f"S_CROSSES(geometry, {crossing})", "roads") == "S1"

    def test_without_geometry_nothing_is_known(self, store: Store) -> None:
        town.add(store, "buildings", "b11", None, name="nowhere")
        box = "BBOX(0, 0, 1, 1)"
        assert "11" not in found(store, f"S_INTERSECTS(geometry, {box})")
        assert found(store, f"NOT S_INTERSECTS(geometry, {box})") == EVERYBODY
        assert found(store, f"S_DISJOINT(geometry, {box})") == EVERYBODY


def test_lists(store: Store) -> None:
    assert found(store, "A_CONTAINS(courtyard_codes, ('CA'))", "managed-areas") == "AA"
    assert found(store, "A_OVERLAPS(courtyard_codes, ('CA', 'CB'))", "managed-areas") == "AA AB"
    assert found(store, "A_EQUALS(courtyard_codes, ('CC'))", "managed-areas") == "AC"
    assert found(store, "A_CONTAINEDBY(courtyard_codes, ('CC', 'CD'))", "managed-areas") == "AC AD"


def test_a_period_finds_what_is_valid_on_any_day_of_it(store: Store) -> None:
    def during(first: dt.date | None, last: dt.date | None) -> set[str]:
        return {each.id for each in store.page("buildings", Query(during=(first, last)), 4).features}

    assert during(dt.date(2024, 6, 30), dt.date(2024, 7, 1)) == {"b01", "b02", "b03", "b04"}
    assert during(dt.date(2025, 1, 1), None) == {"b01", "b04", "b05", "b06"}
    assert during(None, dt.date(2023, 12, 31)) == {"b02", "b04", "b05", "b06"}


class TestOrder:
    def pages(self, store: Store, query: Query, limit: int = 3) -> list[str]:
        seen, after = [], None
        while True:
            page = store.page("buildings", query, limit, after)
            seen += [each.id for each in page.features]
            assert page.matched == 10
            after = page.next
            if after is None:
                return seen

    def test_pages_go_on_where_the_last_one_ended(self, store: Store) -> None:
        assert self.pages(store, Query(sort=(("households", True),))) == [f"b{n:02}" for n in range(10, 0, -1)]
        expected = ["b06", "b07", "b08", "b09", "b10", "b01", "b02", "b03", "b04", "b05"]
        assert self.pages(store, Query(sort=(("floors", True),))) == expected
        assert self.pages(store, Query(sort=(("floors", True), ("households", True))), 1)[:6] == [
            "b10", "b09", "b08", "b07", "b06", "b05",
        ]  # fmt: skip

    def test_what_has_no_value_comes_last(self, store: Store) -> None:
        dated = ["b01", "b03"]
        rest = [f"b{n:02}" for n in (2, 4, 5, 6, 7, 8, 9, 10)]
        for limit in (1, 2, 3):
            assert self.pages(store, Query(sort=(("valid_from", False),)), limit) == dated + rest
            assert self.pages(store, Query(sort=(("valid_from", True),)), limit) == dated[::-1] + rest

    def test_what_is_created_meanwhile_moves_nothing(self, store: Store) -> None:
        query = Query(sort=(("households", False),))
        first = store.page("buildings", query, 5)
        town.add(store, "buildings", "a00", town.house(1), households=2)
        second = store.page("buildings", query, 100, first.next)
        assert [each.id for each in second.features] == ["b06", "b07", "b08", "b09", "b10"]
        assert second.matched == 11

    def test_in_the_past_too(self, store: Store) -> None:
        query = Query(sort=(("households", True),), at_revision=store.revision())
        for number in range(1, 6):
            town.amend(store, "buildings", f"b{number:02}", households=100)
        assert self.pages(store, query) == [f"b{n:02}" for n in range(10, 0, -1)]

    @pytest.mark.parametrize(
        "after", ["b03", "[]", "[1]", '["x", 1]', "[1, 2, 3]", "[[1], 2]", '[1e999, "b"]', "\ud800"]
    )
    def test_a_cursor_of_another_order_is_refused(self, store: Store, after: str) -> None:
        with pytest.raises(InvalidParameter):
            store.page("buildings", Query(sort=(("households", False),)), 3, after)

    def test_by_what_nothing_can_be_sorted(self, store: Store) -> None:
        with pytest.raises(InvalidParameter):
            store.page("managed-areas", Query(sort=(("courtyard_codes", False),)), 3)


def test_filters_ask_the_past(store: Store) -> None:
    then = store.revision()
    town.amend(store, "buildings", "b03", households=300)
    text = f"households < 100 AND S_EQUALS(geometry, {wkt(3)})"
    filter = parse_filter(text, "cql2-text", catalogue().layer("buildings"))
    assert store.count("buildings", Query(filter=filter)) == 0
    assert store.count("buildings", Query(filter=filter, at_revision=then)) == 1


def test_a_count_is_never_older_than_the_layer(store: Store) -> None:
    query = Query(filter=parse_filter("households > 5", "cql2-text", catalogue().layer("buildings")))
    assert store.page("buildings", query, 1).matched == 5
    town.amend(store, "buildings", "b01", households=50)
    assert store.page("buildings", query, 1).matched == 6


def test_where_and_when_a_layer_is(store: Store) -> None:
    extent = store.extent("buildings")
    assert extent.bbox == pytest.approx(shapely.unary_union([town.house(1), town.house(10)]).bounds)
    assert (extent.first_day, extent.last_day) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert store.extent("managers").bbox is None
