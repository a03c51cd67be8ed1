"""What a commit promises, whatever the backend."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
import shapely

from layers.errors import Conflict, InvalidParameter, NotFound, StaleRevision
from layers.model.feature import Change, Feature
from tests.store.examples import HOUSE, NOON, building, change_of, create, delete, draft, edit, revert


def test_a_new_workspace_is_empty(store):
    assert store.revision() == 0
    assert store.count("buildings") == 0
    assert store.changesets() == []
    assert set(store.layer_revisions().values()) == {0}
    assert "managed-areas" in store.layer_revisions()


def test_a_changeset_is_one_revision(store):
    made = create(store, building("B1", name="1号楼"), building("B2"), message="两栋楼")

    assert made.revision == store.revision() == 1
    assert made.counts == {"buildings": {"create": 2, "update": 0, "delete": 0}}
    assert (made.author, made.message, made.time) == ("王工", "两栋楼", NOON)
    assert store.layer_revisions()["buildings"] == 1
    assert store.layer_revisions()["grids"] == 0


def test_versions_count_the_changes_of_a_feature(store):
    create(store, building("B1"))
    edit(store, "B1", floors=6)
    edit(store, "B1", floors=7)

    assert store.get("buildings", "B1").version == 3
    assert store.get("buildings", "B1").properties["floors"] == 7


def test_an_update_replaces_the_whole_feature(store):
    create(store, building("B1", name="1号楼", floors=6))
    before = store.get("buildings", "B1")
    store.commit(draft([Change("buildings", "B1", before, Feature("B1", None, {"code": "B1"}))]))

    after = store.get("buildings", "B1")
    assert after.geometry is None
    assert set(after.properties) == {"code", "updated_at"}


def test_updated_at_is_the_time_of_the_changeset(store):
    create(store, building("B1", updated_at="whenever"), time=NOON.astimezone(dt.timezone(dt.timedelta(hours=8))))

    assert store.get("buildings", "B1").properties["updated_at"] == "2025-02-06T12:00:00Z"


def test_every_stale_feature_is_named_and_nothing_is_written(store):
    create(store, building("B1"), building("B2"), building("B3"))
    late = [change_of(store, id, floors=1) for id in ("B1", "B2", "B3")]
    edit(store, "B1", floors=6)
    delete(store, "B2")

    with pytest.raises(StaleRevision) as refused:
        store.commit(draft(late))

    assert [fault.where["feature"] for fault in refused.value.faults] == ["B1", "B2"]
    assert store.revision() == 3
    assert "floors" not in store.get("buildings", "B3").properties


def test_a_feature_that_exists_is_not_created_again(store):
    create(store, building("B1"))
    with pytest.raises(Conflict):
        create(store, building("B0"), building("B1"))
    assert store.get("buildings", "B0") is None


def test_an_id_is_never_used_again(store):
    create(store, building("B1"))
    delete(store, "B1")

    with pytest.raises(Conflict):
        create(store, building("B1"))
    assert store.known_ids("buildings") == {"B1"}


def test_undoing_a_deletion_brings_the_feature_back_with_a_higher_version(store):
    create(store, building("B1", name="1号楼"))
    gone = delete(store, "B1")
    revert(store, gone.revision)

    back = store.get("buildings", "B1")
    assert (back.properties["name"], back.version) == ("1号楼", 2)
    assert back.geometry.equals_exact(HOUSE, 0.0)


def test_one_changeset_changes_a_feature_once(store):
    create(store, building("B1"))
    twice = [change_of(store, "B1", floors=1), change_of(store, "B1", floors=2)]

    with pytest.raises(Conflict):
        store.commit(draft(twice))
    with pytest.raises(Conflict):
        create(store, building("B2"), *(building(f"X{n}") for n in range(5_000)), building("B2"))
    assert store.revision() == 1


def test_codes_are_unique_in_a_layer(store):
    create(store, building("B1"), building("B2"))

    with pytest.raises(Conflict) as refused:
        edit(store, "B2", code="B1")
    assert refused.value.faults[0].where["value"] == "B1"

    swapped = [change_of(store, "B1", code="B2"), change_of(store, "B2", code="B1")]
    store.commit(draft(swapped))
    assert store.get("buildings", "B1").properties["code"] == "B2"


def test_many_layers_change_together(store):
    made = create(store, building("B1"))
    arrangement = Feature("A1", None, {"code": "A1", "managed_area": "M1", "start_date": dt.date(2024, 1, 1)})
    made = store.commit(draft([change_of(store, "B1", floors=2), Change("arrangements", "A1", None, arrangement)]))

    assert made.counts["arrangements"]["create"] == 1
    assert store.layer_revisions()["arrangements"] == store.layer_revisions()["buildings"] == 2


def test_settings_travel_in_the_same_changeset(store, open_again):
    store.commit(draft([], settings={"metric_crs": "EPSG:4549"}))
    assert open_again().setting("metric_crs") == "EPSG:4549"
    assert store.setting("no_such_thing") is None

    with pytest.raises(InvalidParameter):
        create(store, building("B1", floors="six"), settings={"metric_crs": "EPSG:4550"})
    assert store.setting("metric_crs") == "EPSG:4549"


def test_nothing_to_change_is_refused(store):
    with pytest.raises(InvalidParameter):
        store.commit(draft([]))
    assert store.revision() == 0


def test_a_time_without_a_zone_is_refused(store):
    with pytest.raises(InvalidParameter):
        create(store, building("B1"), time=dt.datetime(2025, 2, 6))


def test_an_unknown_layer_is_refused(store):
    with pytest.raises(NotFound):
        create(store, building("B1"), layer="castles")
    for ask in (store.count, store.read, store.known_ids):
        with pytest.raises(NotFound):
            ask("castles")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("floors", "6"),
        ("floors", True),
        ("floors", 2**63),
        ("floors", 6.0),
        ("floor_area_m2", math.nan),
        ("floor_area_m2", math.inf),
        ("in_scope", 1),
        ("survey_date", "2025-02-06"),
        ("survey_date", NOON),
        ("name", 6),
        ("name", "broken \ud800"),
        ("no_such_field", "x"),
        ("name; DROP TABLE buildings", "x"),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_refused(store, name, value):
    with pytest.raises(InvalidParameter) as refused:
        create(store, building("B1"), building("B2", **{name: value}))
    assert [fault.where["feature"] for fault in refused.value.faults] == ["B2"]
    assert store.count("buildings") == 0


def test_all_faults_are_told_at_once(store):
    with pytest.raises(InvalidParameter) as refused:
        create(
            store, building("B1", floors="six", in_scope="maybe"), building("B2", shapely.LineString([(0, 0), (1, 1)]))
        )
    assert len(refused.value.faults) == 3
    assert "B1" in refused.value.say("zh")


@pytest.mark.parametrize(
    ("layer", "geometry"),
    [
        ("districts", shapely.Point(120, 36)),
        ("roads", HOUSE),
        ("managers", shapely.Point(120, 36)),
        ("appeals", shapely.MultiPoint([(120, 36), (121, 36)])),
        ("stations", shapely.GeometryCollection([shapely.Point(120, 36)])),
        ("stations", shapely.Point(math.inf, 36)),
    ],
)
def test_a_geometry_that_a_layer_does_not_accept_is_refused(store, layer, geometry):
    with pytest.raises(InvalidParameter):
        create(store, Feature("X1", geometry, {"code": "X1"}), layer=layer)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (shapely.MultiPolygon([HOUSE]), HOUSE),
        (
            shapely.Polygon([(120, 36, 5), (121, 36, 5), (121, 37, 5)]),
            shapely.Polygon([(120, 36), (121, 36), (121, 37)]),
        ),
        (shapely.Polygon(), None),
        (None, None),
    ],
)
def test_geometry_is_kept_in_its_simplest_form(store, given, kept):
    create(store, building("B1", given))

    after = store.get("buildings", "B1").geometry
    assert after == kept
    assert store.read("buildings").geometry.iloc[0] == kept
    assert store.changes(1)[0].after.geometry == kept


@pytest.mark.parametrize(
    "change",
    [
        Change("buildings", "", None, building("")),
        Change("buildings", "B1", None, building("B2")),
        Change("buildings", "B1", None, None),
        Change("buildings", 7, None, building(7)),
        Change("buildings", "\ud800", None, Feature("\ud800", None, {"code": "x"})),
    ],
)
def test_a_change_names_one_feature(store, change):
    with pytest.raises(InvalidParameter):
        store.commit(draft([change]))
    assert store.revision() == 0


def test_numbers_of_numpy_are_numbers(store):
    create(store, building("B1", floors=np.int64(6), floor_area_m2=np.float64(1.5), in_scope=np.bool_(True)))
    kept = store.get("buildings", "B1").properties
    assert (kept["floors"], kept["floor_area_m2"], kept["in_scope"]) == (6, 1.5, True)


def test_a_stream_that_breaks_leaves_nothing(store):
    def stream():
        for number in range(7_000):
            yield Change("buildings", f"B{number}", None, building(f"B{number}"))
        raise OSError("the cable was pulled")

    with pytest.raises(OSError, match="cable"):
        store.commit(draft(stream()))
    assert store.revision() == 0
    assert store.count("buildings") == 0
    assert create(store, building("B1")).revision == 1
