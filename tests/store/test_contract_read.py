"""What reading promises, whatever the backend."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import InvalidParameter
from layers.model.feature import Feature
from layers.store.protocol import Query
from tests.store.examples import HOUSE, building, create, delete, edit, house_at

DTYPES = {
    "text": "str",
    "enum": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
    "list": "object",
}


@pytest.fixture
def street(store):
    """Five buildings from west to east, some with dates."""
    create(
        store,
        building("E", house_at(120.4, 36), community_code="990101001002"),
        building("A", house_at(120.0, 36), community_code="990101001001", floors=6, valid_to=dt.date(2024, 12, 31)),
        building("C", shapely.Point(120.2, 36), community_code="990101001001", valid_from=dt.date(2025, 1, 1)),
        building("B", house_at(120.1, 36), community_code="990101002001", in_scope=True),
        building("D", None, community_code=None),
    )
    return store


def ids(store, **query):
    """The ids that a query finds, each way of asking giving the same."""
    asked = Query(**query)
    found = list(store.read("buildings", asked).index)
    assert store.count("buildings", asked) == len(found)
    page = store.page("buildings", asked, limit=100)
    assert [feature.id for feature in page.features] == found
    assert (page.matched, page.next) == (len(found), None)
    return "".join(found)


def test_features_come_in_the_order_of_their_ids(street):
    assert ids(street) == "ABCDE"


def test_as_of_a_day_both_ends_count(street):
    assert ids(street, as_of=dt.date(2024, 12, 31)) == "ABDE"
    assert ids(street, as_of=dt.date(2025, 1, 1)) == "BCDE"


def test_a_box_finds_what_it_touches(street):
    assert ids(street, bbox=(120.05, 35, 120.25, 37)) == "BC"
    assert ids(street, bbox=(120.2, 36, 120.2, 36)) == "C"
    assert ids(street, bbox=(-180, -90, 180, 90)) == "ABCE"
    assert ids(street, bbox=(121, 35, 122, 37)) == ""


def test_a_box_whose_west_is_beyond_its_east_goes_over_the_antimeridian(street):
    assert ids(street, bbox=(120.05, -90, -120, 90)) == ids(street, bbox=(120.05, -90, 180, 90)) == "BCE"
    assert ids(street, bbox=(170, -90, 120.05, 90)) == ids(street, bbox=(-180, -90, 120.05, 90)) == "A"
    assert ids(street, bbox=(170, -90, -170, 90)) == ""


def test_a_box_is_exact_where_the_index_is_rounded(store):
    east = 120.123456789012
    create(store, building("P", shapely.Point(east, 36.0)))
    assert store.count("buildings", Query(bbox=(east, 36.0, 121, 37))) == 1
    assert store.count("buildings", Query(bbox=(east + 1e-9, 36.0, 121, 37))) == 0


def test_fields_can_be_asked_for_equality_and_beginnings(street):
    assert ids(street, equals={"community_code": "990101001001"}) == "AC"
    assert ids(street, equals={"floors": 6, "community_code": "990101001001"}) == "A"
    assert ids(street, equals={"in_scope": True}) == "B"
    assert ids(street, equals={"community_code": None}) == "D"
    assert ids(street, equals={"valid_to": dt.date(2024, 12, 31)}) == "A"
    assert ids(street, starts_with={"community_code": "990101001"}) == "ACE"
    assert ids(street, starts_with={"community_code": ""}) == "ABCE"
    assert ids(street, starts_with={"community_code": "9901%"}) == ""


def test_beginnings_are_taken_by_code_point(store):
    names = ["幸福里", "幸福里二区", "幸运", "\U0010ffff", "\U0010ffff1", "\ud7ff1"]
    create(store, *(building(f"B{place}", name=name) for place, name in enumerate(names)))
    for prefix in ("幸福", "幸", "\U0010ffff", "\ud7ff"):
        found = store.read("buildings", Query(starts_with={"name": prefix}))
        assert list(found["name"]) == [name for name in names if name.startswith(prefix)]


def test_some_ids_in_the_order_of_all(street):
    assert ids(street, ids=("E", "A", "no such")) == "AE"
    assert ids(street, ids=()) == ""


def test_conditions_join(street):
    assert ids(street, bbox=(120, 36, 120.3, 37), as_of=dt.date(2025, 6, 1), ids=("A", "B", "C")) == "BC"


def test_pages_follow_one_another(street):
    first = street.page("buildings", Query(), limit=2)
    second = street.page("buildings", Query(), limit=2, after=first.next)
    third = street.page("buildings", Query(), limit=2, after=second.next)

    assert [[feature.id for feature in page.features] for page in (first, second, third)] == [
        ["A", "B"],
        ["C", "D"],
        ["E"],
    ]
    assert (first.next, second.next, third.next) == ("B", "D", None)
    assert {page.matched for page in (first, second, third)} == {5}
    assert street.page("buildings", Query(), limit=5).next is None
    assert street.page("buildings", Query(equals={"floors": 99}), limit=5).matched == 0


@pytest.mark.parametrize(
    "query",
    [
        Query(equals={"height": 3}),
        Query(equals={"floors": "six"}),
        Query(equals={'code" OR 1=1 --': "x"}),
        Query(starts_with={"floors": "6"}),
        Query(bbox=(0, 1, 1, 0)),
        Query(bbox=(0, 0, float("nan"), 1)),
        Query(columns=("name", "height")),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(store, query):
    with pytest.raises(InvalidParameter):
        store.read("buildings", query)


@pytest.mark.parametrize("layer", catalogue().ids())
def test_a_frame_has_every_field_with_its_type_even_when_empty(store, layer):
    frame = store.read(layer)

    fields = catalogue().layer(layer).fields
    assert list(frame.columns) == [*(field.name for field in fields), "version", "geometry"]
    assert {field.name: str(frame[field.name].dtype) for field in fields} == {
        field.name: DTYPES[field.type] for field in fields
    }
    assert frame.index.name == "id"
    assert frame.crs == "EPSG:4326"
    assert len(frame) == 0


def test_a_frame_says_what_is_missing_in_each_types_way(store):
    area = Feature("M1", HOUSE, {"code": "M1", "courtyard_codes": ("C1", "楼院二")})
    create(store, area, Feature("M2", None, {"code": "M2"}), layer="managed-areas")
    create(store, building("B1", floors=6, in_scope=False, survey_date=dt.date(2025, 2, 6)), building("B2", None))

    areas, buildings = store.read("managed-areas"), store.read("buildings")

    assert list(areas["courtyard_codes"]) == [("C1", "楼院二"), ()]
    assert areas.geometry["M2"] is None
    assert buildings["survey_date"]["B1"] == pd.Timestamp("2025-02-06")
    assert buildings["floors"]["B1"] == 6
    assert buildings["in_scope"]["B1"] is not pd.NA and not buildings["in_scope"]["B1"]
    assert buildings.loc["B2", ["name", "floors", "in_scope", "survey_date", "floor_area_m2"]].isna().all()


def test_only_some_columns_or_no_geometry(street):
    frame = street.read("buildings", Query(columns=("floors", "code"), geometry=False))
    assert list(frame.columns) == ["floors", "code", "version", "geometry"]
    assert frame.geometry.isna().all()
    assert street.read("buildings", Query(columns=())).geometry.notna().sum() == 4


@pytest.mark.parametrize("size", [1, 2, 5, 100, None])
def test_a_snapshot_gives_the_same_piece_by_piece(street, size):
    whole = street.read("buildings")
    with street.snapshot("buildings") as snapshot:
        pieces = list(snapshot.frames(size))
        again = list(snapshot.frames())
    assert [len(piece) for piece in pieces] == {1: [1] * 5, 2: [2, 2, 1]}.get(size, [5])
    pd.testing.assert_frame_equal(pd.concat(pieces), whole)
    pd.testing.assert_frame_equal(again[0], whole)


@pytest.mark.parametrize("size", [3, None])
def test_a_snapshot_of_nothing_is_one_empty_frame(street, size):
    with street.snapshot("buildings", Query(equals={"floors": 99}, columns=("code",))) as snapshot:
        (piece,) = snapshot.frames(size)
    assert len(piece) == 0 and list(piece.columns) == ["code", "version", "geometry"]


def test_a_snapshot_holds_still_while_others_write(street, open_again):
    other = open_again()
    with street.snapshot("buildings") as snapshot:
        pieces = snapshot.frames(2)
        seen = [next(pieces)]
        edit(other, "E", name="新")
        delete(other, "D")
        create(other, building("F"))
        seen += pieces
        assert snapshot.revision == 1 and other.revision() == 4
    assert list(pd.concat(seen).index) == ["A", "B", "C", "D", "E"]
    assert pd.concat(seen)["name"].isna().all()
    assert ids(street) == "ABCEF"


def test_a_snapshot_of_the_past_can_be_walked_again(street):
    delete(street, "C")
    with street.snapshot("buildings", Query(at_revision=1)) as snapshot:
        for _ in range(2):
            assert list(pd.concat(snapshot.frames(2)).index) == ["A", "B", "C", "D", "E"]


def test_a_snapshot_that_is_left_halfway_is_in_nobodys_way(street):
    with street.snapshot("buildings") as snapshot:
        next(snapshot.frames(1))
    edit(street, "A", name="新")
    assert street.read("buildings")["name"]["A"] == "新"


def test_a_layer_as_it_stood_after_each_revision(street):
    edit(street, "A", floors=7, geometry=house_at(125, 36))
    delete(street, "B")
    create(street, building("F", house_at(120.1, 36)))

    assert [ids(street, at_revision=revision) for revision in range(5)] == ["", "ABCDE", "ABCDE", "ACDE", "ACDEF"]
    assert ids(street, at_revision=99) == "ACDEF"
    assert ids(street, at_revision=1, bbox=(119, 35, 120.15, 37)) == "AB"
    assert ids(street, at_revision=2, bbox=(119, 35, 120.15, 37)) == "B"
    assert ids(street, at_revision=1, equals={"floors": 6}) == "A"
    assert ids(street, at_revision=4, equals={"floors": 6}) == ""
    assert street.get("buildings", "A", at_revision=1).properties["floors"] == 6
    assert street.get("buildings", "A", at_revision=2).properties["floors"] == 7
    assert street.get("buildings", "B", at_revision=2).id == "B"
    assert street.get("buildings", "F", at_revision=3) is None


def test_the_past_is_the_same_frame_that_was_read_then(street):
    then = street.read("buildings")
    edit(street, "A", name="新")
    delete(street, "C")
    create(street, building("AA"))
    pd.testing.assert_frame_equal(street.read("buildings", Query(at_revision=1)), then)


def test_others_see_a_commit_at_their_next_question(store, open_again):
    other = open_again()
    assert other.count("buildings") == 0
    create(store, building("B1"))
    assert other.count("buildings") == 1
    assert other.layer_revisions()["buildings"] == 1
    edit(other, "B1", floors=3)
    assert store.get("buildings", "B1").properties["floors"] == 3
