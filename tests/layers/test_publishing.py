"""The public part of a workspace: one choice of what is hidden, whatever is asked and whatever is written meanwhile."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import mapbox_vector_tile
import pytest

from layers.catalogue import catalogue
from layers.errors import InvalidParameter, StoreBusy
from layers.filters import parse_filter
from layers.store.protocol import Query, Store
from layers.usecases.exports.exporting import ExportOptions, export_layer
from layers.usecases.exports.publishing import public_store
from layers.usecases.exports.tiling import layer_tile
from tests import town

LIMIT = 5
ALL = Query()


def households(store: Store, layer: str = "buildings", query: Query = ALL) -> dict[str, int | None]:
    frame = public_store(store, LIMIT).read(layer, query)
    told = frame["households"].notna()
    return dict.fromkeys(frame.index) | {id: int(value) for id, value in frame["households"][told].items()}


@pytest.fixture
def courtyard(small_town: Store) -> Store:
    """Courtyard A of the small town has 44 households: 4, 10, 20 and 10."""
    town.amend(small_town, "buildings", "b01", households=4)
    town.amend(small_town, "buildings", "b03", households=20)
    town.amend(small_town, "courtyards", "CA", households=44)
    return small_town


def test_a_small_count_takes_another_with_it(courtyard: Store) -> None:
    found = households(courtyard)
    assert (found["b01"], found["b02"], found["b03"], found["b04"]) == (None, 10, None, 10)
    assert households(courtyard, "courtyards")["CA"] == 44


def test_the_same_counts_are_hidden_whatever_is_asked(courtyard: Store) -> None:
    town.amend(courtyard, "buildings", "b01", valid_to=dt.date(2024, 12, 31))
    only = parse_filter("code = 'b03'", "cql2-text", catalogue().layer("buildings"))
    queries = (Query(), Query(as_of=town.DAY), Query(filter=only), Query(ids=("b03",)), Query(bbox=(120, 35, 121, 37)))
    assert {households(courtyard, query=query)["b03"] for query in queries} == {None}
    view = public_store(courtyard, LIMIT)
    assert view.get("buildings", "b03").properties["households"] is None
    assert view.page("buildings", Query(filter=only), 10).features[0].properties["households"] is None


def test_an_edit_elsewhere_hides_and_shows(courtyard: Store) -> None:
    assert households(courtyard)["b03"] is None
    town.amend(courtyard, "buildings", "b01", households=14)
    town.amend(courtyard, "courtyards", "CA", households=54)
    assert households(courtyard)["b03"] == 20
    town.amend(courtyard, "courtyards", "CA", households=None)
    town.amend(courtyard, "buildings", "b01", households=4)
    assert households(courtyard)["b03"] == 20  # no total, nothing to subtract from


def test_a_tile_hides_what_an_edit_of_a_neighbour_hides(small_town: Store) -> None:
    view = public_store(small_town, LIMIT)

    def told() -> dict[str, object]:
        data = layer_tile(view, "buildings", (12, 3413, 1608)).data
        found = mapbox_vector_tile.decode(data)["buildings"]["features"]
        return {each["properties"]["code"]: each["properties"].get("households") for each in found}

    assert told()["b03"] == 10
    town.amend(small_town, "buildings", "b01", households=4)
    assert (told()["b01"], told()["b02"], told()["b03"]) == (None, 10, None)


def test_a_grid_tells_what_its_buildings_tell_already(courtyard: Store) -> None:
    """b01 and b03 lie in the first grid: less the other three its count would be theirs."""
    first, second = (f"{town.COMMUNITY}{n:03}" for n in (1, 2))
    town.amend(courtyard, "grids", first, households=54)
    town.amend(courtyard, "grids", second, households=50)
    assert households(courtyard, "grids") == {first: None, second: 50}


def test_grids_are_parts_where_nothing_else_is(small_town: Store) -> None:
    names = [each.id for layer in ("buildings", "courtyards") for each in small_town.page(layer, Query(), 99).features]
    for id in names:
        town.amend(small_town, "buildings" if id.startswith("b") else "courtyards", id, households=None)
    first, second = (f"{town.COMMUNITY}{n:03}" for n in (1, 2))
    town.amend(small_town, "communities", town.COMMUNITY, households=300)
    town.amend(small_town, "grids", first, households=200)
    town.amend(small_town, "grids", second, households=100)
    assert households(small_town, "grids") == {first: 200, second: 100}
    town.amend(small_town, "grids", first, households=298)
    town.amend(small_town, "grids", second, households=2)
    assert households(small_town, "grids") == {first: None, second: None}
    assert households(small_town, "communities") == {town.COMMUNITY: 300}


def test_older_people_are_hidden_with_all_people(small_town: Store) -> None:
    """All twelve of b03 are elderly: it would tell that b01 has the other three."""
    for id, people in (("b01", 3), ("b02", 50), ("b03", 12), ("b04", 60)):
        town.amend(small_town, "buildings", id, population=people, elderly_60=people if id == "b03" else None)
    town.amend(small_town, "courtyards", "CA", population=125)
    frame = public_store(small_town, LIMIT).read("buildings")
    assert frame.loc[["b01", "b03"], ["population", "elderly_60"]].isna().all(axis=None)
    assert frame.loc["b02", "population"] == 50


@pytest.mark.parametrize(
    "where", ["households > 3", "remark = 'x'", "NOT households IS NULL", "floors = 6 OR elderly_60 = 3"]
)
def test_a_public_export_takes_no_condition_on_what_is_hidden(small_town: Store, tmp_path: Path, where: str) -> None:
    asked = parse_filter(where, "cql2-text", catalogue().layer("buildings"))
    with pytest.raises(InvalidParameter, match="floors"):  # one that may be asked about
        export_layer(small_town, "buildings", tmp_path / "x.geojson", ExportOptions(public=True, where=asked))
    assert not (tmp_path / "x.geojson").exists()
    with pytest.raises(InvalidParameter, match="not public"):
        public_store(small_town, LIMIT).count("buildings", Query(filter=asked))


def test_numbers_of_persons_do_not_leave(small_town: Store, tmp_path: Path) -> None:
    town.amend(small_town, "managers", "M1", name="诚信物业（王 13800138000）", public_phone="13900139000",
               contact_phone="13700137000")  # fmt: skip
    target = tmp_path / "m.geojson"
    export_layer(small_town, "managers", target, ExportOptions(public=True))
    (manager,) = json.loads(target.read_text("utf-8"))["features"]
    told = manager["properties"]
    assert (told["name"], told["public_phone"], "contact_phone" in told) == ("诚信物业（王 ***）", "***", False)
    town.amend(small_town, "managers", "M1", public_phone="0532-85551234")
    assert public_store(small_town, LIMIT).read("managers").loc["M1", "public_phone"] == "0532-85551234"


def test_a_file_is_of_one_moment_with_what_it_hides(courtyard: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes between the choice of what is hidden and the reading: then both are done again."""
    view, opened = public_store(courtyard, LIMIT), courtyard.snapshot
    writers = [51]
    assert households(courtyard)["b05"] == 10

    def late(layer: str, query: Query = ALL):
        if layer == "buildings" and writers:
            town.amend(courtyard, "buildings", "b05", households=writers.pop())
        return opened(layer, query)

    monkeypatch.setattr(courtyard, "snapshot", late)
    with view.snapshot("buildings") as snapshot:
        (frame,) = snapshot.frames()
    assert frame.loc["b05", "households"] == 51
    writers += range(60, 99)  # and again each time
    with pytest.raises(StoreBusy), view.snapshot("buildings"):
        pass


def test_internal_values_are_absent_and_internal_layers_refused(small_town: Store) -> None:
    town.amend(small_town, "managers", "M1", blacklisted_from=dt.date(2020, 1, 1), remark="x")
    view = public_store(small_town, LIMIT)
    assert view.read("managers")[["blacklisted_from", "remark", "updated_at"]].isna().all(axis=None)
    with pytest.raises(InvalidParameter):
        view.read("appeals")
    town.add(small_town, "appeals", "S1")
    with pytest.raises(InvalidParameter):
        view.get("appeals", "S1")


def test_a_workspace_has_one_public_part(small_town: Store) -> None:
    assert public_store(small_town, LIMIT) is public_store(small_town, LIMIT)
    assert public_store(small_town, LIMIT) is not public_store(small_town, 10)
