"""What follows from single writes: the same as from an import of the same feature, in the same changeset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import Conflict, StaleRevision
from layers.model.feature import Change
from layers.store import open_store
from layers.store.protocol import Changeset, Draft, Store
from layers.usecases.edits import features
from layers.usecases.edits.features import KEEP, Given, Writer
from layers.usecases.edits.members import CAUSES
from layers.usecases.edits.pending import every_feature
from layers.usecases.imports.tables import ImportOptions, import_file
from tests import town

OWN = ("source", "updated_at")  # what a file and a single write leave differently
YARD = {"name": "院", "community_code": town.COMMUNITY, "enclosure": "open", "form": "courtyard",
        "survey_status": "surveyed"}  # fmt: skip
HOUSE = {"name": "楼", "use": "residential", "households": 4}
AREA = {"name": "区", "kind": "natural"}
STEPS = [
    ("courtyards", {"code": "CG", **YARD, "building_codes": ["b11~b13"]}, None),  # whose list reaches nobody yet
    ("buildings", {"code": "b11", **HOUSE}, town.box(145, 70, 10, 10)),  # goes to CG, which gets an outline
    ("buildings", {"code": "b12", **HOUSE}, town.box(165, 70, 10, 10)),  # and the outline grows
    ("courtyards", {"code": "CH", **YARD, "building_codes": ["b12", "b13"]}, None),  # b12 stays where it is
    ("buildings", {"code": "b13", **HOUSE}, town.box(185, 70, 10, 10)),  # claimed twice: goes to none
    ("managed-areas", {"code": "AG", **AREA, "courtyard_codes": ["CG"], "building_codes": ["b13"]}, None),
    ("buildings", {"code": "b12"}, town.box(165, 80, 10, 10)),  # moved: both outlines follow
    ("buildings", {"code": "b13", "courtyard_code": "CG"}, KEEP),
    ("buildings", {"code": "b01", "courtyard_code": "CB"}, KEEP),  # from one area to another
    ("courtyards", {"code": "CG"}, town.box(140, 60, 60, 40)),  # drawn now, and from now on left alone
    ("buildings", {"code": "b11"}, town.box(145, 75, 10, 10)),
]


@pytest.fixture
def twin(small_town: Store, tmp_path: Path) -> Iterator[Store]:
    """A copy of the small town."""
    small_town.backup(tmp_path / "twin.gpkg")
    store = open_store(tmp_path / "twin.gpkg")
    yield store
    store.close()


def by_file(store: Store, folder: Path, layer: str, properties: dict, shape: object) -> None:
    geometry = None if shape in (KEEP, None) else shapely.geometry.mapping(shape)
    body = {"type": "Feature", "properties": properties, "geometry": geometry}
    path = folder / "one.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [body]}), "utf-8")
    import_file(store, layer, path, ImportOptions(keep_demo=True), "tests", town.NOON)


def written(store: Store, layer: str, properties: dict, shape: object) -> None:
    writer, declared = Writer(store, "tests", town.NOON), catalogue().layer(layer)
    old = store.get(layer, properties["code"])
    if old is None:
        features.create(writer, declared, [Given(properties, shape)])
    else:
        features.update(writer, declared, old.id, old.version, Given(properties, shape))


def state(store: Store) -> dict[tuple[str, str], tuple]:
    """Return everything that the three layers hold, geometry to the millimetre or so."""
    return {
        (layer, each.id): (
            {name: value for name, value in each.properties.items() if name not in OWN and value not in (None, ())},
            each.geometry and shapely.to_wkt(shapely.normalize(each.geometry), 8),
        )
        for layer in CAUSES
        for each in every_feature(store, layer)
    }


def test_what_follows_is_what_follows_from_an_import(small_town: Store, twin: Store, tmp_path: Path) -> None:
    for store in (small_town, twin):  # an import sees to everything that was left undone
        by_file(store, tmp_path, "courtyards", {"code": "CX", **YARD}, None)
    for number, (layer, properties, shape) in enumerate(STEPS):
        before = twin.revision()
        by_file(small_town, tmp_path, layer, properties, shape)
        written(twin, layer, properties, shape)
        assert twin.revision() == before + 1
        assert state(twin) == state(small_town), f"step {number}"
    assert twin.get("buildings", "b11").properties["courtyard_code"] == "CG"
    assert twin.get("managed-areas", "AG").geometry.covers(town.box(185, 70, 10, 10))
    assert twin.get("courtyards", "CG").geometry.equals_exact(town.box(140, 60, 60, 40), 1e-9)


def test_a_building_that_goes_leaves_its_outline(small_town: Store) -> None:
    writer = Writer(small_town, "tests", town.NOON)
    written(small_town, "courtyards", {"code": "CE", "building_codes": []}, None)
    assert small_town.get("courtyards", "CE").geometry.covers(town.house(8).union(town.house(9)))
    features.delete(writer, catalogue().layer("buildings"), "b09", 1)
    assert small_town.get("courtyards", "CE").geometry.disjoint(town.house(9))
    assert small_town.changeset(small_town.revision()).counts.keys() == {"buildings", "courtyards"}


def test_what_does_not_bear_on_others_is_written_alone(small_town: Store) -> None:
    written(small_town, "buildings", {"code": "b01", "households": 11}, KEEP)
    assert small_town.changeset(small_town.revision()).counts == {"buildings": {"create": 0, "update": 1, "delete": 0}}


@pytest.mark.parametrize(
    ("layer", "id", "lists", "said"),
    [
        ("buildings", "b09", ("courtyards", "CA", "building_codes"), "CA"),
        ("buildings", "b09", ("managed-areas", "AB", "building_codes"), "AB"),
        ("courtyards", "CX", ("managed-areas", "AB", "courtyard_codes"), "AB"),
        ("grids", "990301001001002", ("grids", "990301001001001", "predecessors"), "990301001001001"),
    ],
)
def test_what_a_list_names_stays(small_town: Store, layer: str, id: str, lists: tuple, said: str) -> None:
    town.add(small_town, "courtyards", "CX", **YARD)
    other, referring, field = lists
    town.amend(small_town, other, referring, **{field: (id,)})
    with pytest.raises(Conflict) as refused:
        features.delete(Writer(small_town, "tests", town.NOON), catalogue().layer(layer), id, 1)
    assert any(said in fault.say("en") for fault in refused.value.faults)
    assert small_town.get(layer, id) is not None


class Overtaken:
    """A store in which others do something when everything is worked out and about to be written."""

    def __init__(self, store: Store, *deeds: Callable[[Store], object]) -> None:
        self._store, self._deeds = store, list(deeds)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit(self, draft: Draft) -> Changeset:
        while self._deeds:
            self._deeds.pop(0)(self._store)
        return self._store.commit(draft)


def rename(store: Store) -> None:
    """Change a courtyard."""
    town.amend(store, "courtyards", "CE", name="改名")


def test_what_follows_is_judged_anew_when_others_were_faster(small_town: Store) -> None:
    written(small_town, "courtyards", {"code": "CE"}, None)
    house = {"code": "b11", **HOUSE, "courtyard_code": "CE"}
    written(Overtaken(small_town, rename), "buildings", house, town.box(760, 20, 10, 10))
    found = small_town.get("courtyards", "CE")
    assert found.geometry.covers(town.box(760, 20, 10, 10)) and found.properties["name"] == "改名"
    stale = Overtaken(small_town, rename)
    with pytest.raises(StaleRevision):
        features.commit(Writer(stale, "tests", town.NOON), [Change("courtyards", "CE", found, None)], "delete",
                         catalogue().layer("courtyards"))  # fmt: skip


def test_a_list_reaches_what_came_in_while_it_was_written(small_town: Store) -> None:
    house = lambda store: town.add(store, "buildings", "b11", town.house(11), **HOUSE)  # noqa: E731
    written(Overtaken(small_town, house), "courtyards", {"code": "CE", "building_codes": ["b11"]}, KEEP)
    assert small_town.get("buildings", "b11").properties["courtyard_code"] == "CE"
