"""An import lands whatever others do meanwhile, unless both change the same thing otherwise; then it says what."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from layers.catalogue import catalogue
from layers.errors import GridmapError, ImportRejected, StaleRevision
from layers.formats.table import RawTable
from layers.store import open_store
from layers.store.protocol import Query, Store
from layers.usecases.edits import features
from layers.usecases.edits.demo import SOURCE
from layers.usecases.edits.features import KEEP, Writer
from layers.usecases.history import revert
from layers.usecases.imports.ledger import import_ledger
from layers.usecases.imports.osm import OsmOptions, import_osm
from layers.usecases.imports.tables import ImportOptions, ImportReport, finish, import_file, prepare
from tests import town
from tests.formats import osm_town
from tests.layers.test_consequences import HOUSE, YARD, Overtaken, state, written
from tests.layers.test_importing import collection, said, table
from tests.suite import examples
from tests.web.test_imports_ledger import HEADINGS, ROWS, workbook

Deed = Callable[[Store], object]


def load(store: Store, layer: str, path: Path, seen: int | None = None, **options: object) -> ImportReport:
    """Import a file as it was seen at a revision, however much of what is on record it changes."""
    options = {"seen": seen, "confirmed": True, **options}
    return import_file(store, layer, path, ImportOptions(**options), "clerk", town.NOON)


def refused(store: Store, layer: str, path: Path, seen: int, **options: object) -> list[str]:
    """Return why an import is refused, after seeing that nothing was written."""
    before = store.revision()
    with pytest.raises(StaleRevision) as refusal:
        load(store, layer, path, seen, **options)
    assert store.revision() == before
    return [fault.say("en") for fault in refusal.value.faults]


def update(layer: str, code: str, **properties: object) -> Deed:
    """Return the deed of changing some fields of a feature."""
    return lambda store: written(store, layer, {"code": code, **properties}, KEEP)


def delete(layer: str, code: str) -> Deed:
    """Return the deed of deleting a feature."""

    def deed(store: Store) -> None:
        old = store.get(layer, code)
        if old is not None:
            features.delete(Writer(store, "deleter", town.NOON), catalogue().layer(layer), code, old.version)

    return deed


@pytest.fixture
def households(tmp_path: Path) -> Path:
    """A file that says two buildings have 11 and 12 households."""
    return table(tmp_path / "楼栋.csv", ("楼栋编码", "户数"), ("b01", 11), ("b02", 12))


class TestWhatOthersDid:
    def test_elsewhere_does_not_concern_it(self, small_town: Store, households: Path) -> None:
        seen = small_town.revision()
        town.lay_street(small_town)
        done = load(small_town, "buildings", households, seen)
        assert done.counts["buildings"] == {"new": 0, "changed": 2, "same": 0, "missing": 8}
        assert not any(note.key == "imports.moved-meanwhile" for note in done.notes)

    def test_to_other_features_and_other_fields_is_kept(self, small_town: Store, households: Path) -> None:
        seen = small_town.revision()
        update("buildings", "b09", households=1)(small_town)
        update("buildings", "b01", name="甲楼")(small_town)
        done = load(small_town, "buildings", households, seen)
        found = small_town.get("buildings", "b01").properties
        assert (found["name"], found["households"]) == ("甲楼", 11)
        assert small_town.get("buildings", "b09").properties["households"] == 1
        assert "1 feature was changed by others in other fields" in said(done)
        assert "others changed Building" in said(done)

    def test_to_the_same_end_is_the_same(self, small_town: Store, households: Path) -> None:
        seen = small_town.revision()
        update("buildings", "b01", households=11)(small_town)
        assert load(small_town, "buildings", households, seen).counts["buildings"]["same"] == 1

    def test_and_undid_is_nothing(self, small_town: Store, households: Path) -> None:
        seen = small_town.revision()
        update("buildings", "b01", households=7)(small_town)
        revert(small_town, small_town.revision(), "other", town.NOON)
        assert load(small_town, "buildings", households, seen).counts["buildings"]["changed"] == 2

    def test_otherwise_is_refused_with_who_when_and_what(self, small_town: Store, households: Path) -> None:
        seen = small_town.revision()
        town.amend(small_town, "buildings", "b01", households=7)
        update("buildings", "b01", name="甲楼")(small_town)  # the later change is not the one that matters
        summary, fault = refused(small_town, "buildings", households, seen)
        assert "changed 1 feature that this import would change otherwise" in summary
        assert fault == (
            "layer buildings feature b01: tests changed Households (2025-02-06 12:00 UTC, changeset 2),"
            " and this import would overwrite that"
        )
        now = load(small_town, "buildings", households, small_town.revision())  # who has seen that may go on
        assert now.counts["buildings"]["changed"] == 2

    def test_what_was_the_same_when_it_was_seen_is_not_overwritten(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("楼栋编码", "户数"), ("b01", 10))
        seen = small_town.revision()
        update("buildings", "b01", households=0)(small_town)
        assert "Households" in refused(small_town, "buildings", path, seen)[1]

    def test_a_place_that_was_moved(self, small_town: Store, tmp_path: Path) -> None:
        path = collection(tmp_path / "a.geojson", ({"code": "b01"}, town.house(2)))
        seen = small_town.revision()
        written(small_town, "buildings", {"code": "b01"}, town.house(3))
        assert "changed shape" in refused(small_town, "buildings", path, seen)[1]

    def test_a_code_that_two_people_gave(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称"), ("M9", "乙物业"))
        seen = small_town.revision()
        town.add(small_town, "managers", "M9", name="甲物业")
        assert "changed Name" in refused(small_town, "managers", path, seen)[1]

    def test_what_was_deleted_does_not_come_back_unseen(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("楼栋编码", "户数"), ("b10", 10))
        seen = small_town.revision()
        delete("buildings", "b10")(small_town)
        (_, fault) = refused(small_town, "buildings", path, seen)
        assert "deleter deleted it" in fault and "b10" in fault

    def test_a_row_that_could_not_make_anew_what_was_deleted(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "管理主体"), ("RD", "M1"))  # says no area, mode or beginning
        seen = small_town.revision()
        delete("arrangements", "RD")(small_town)
        assert "RD" in refused(small_town, "arrangements", path, seen, only_sound=True)[1]
        with pytest.raises(ImportRejected):
            load(small_town, "arrangements", path)

    def test_every_conflict_is_counted_and_the_first_hundred_are_named(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称"), *((f"N{n}", "乙") for n in range(150)))
        seen = small_town.revision()
        load(
            small_town, "managers", table(tmp_path / "b.csv", ("编码", "名称"), *((f"N{n}", "甲") for n in range(150)))
        )
        faults = refused(small_town, "managers", path, seen)
        assert "150" in faults[0] and len(faults) == 101


class TestWhatFollows:
    def test_a_list_that_named_new_buildings_meanwhile(self, small_town: Store, tmp_path: Path) -> None:
        path = collection(tmp_path / "a.geojson", ({"code": "b11", **HOUSE}, town.box(760, 20, 10, 10)))
        listing = update("courtyards", "CE", building_codes=["b11"])
        done = load(Overtaken(small_town, listing), "buildings", path, small_town.revision())
        assert small_town.get("buildings", "b11").properties["courtyard_code"] == "CE"
        assert "others changed Courtyards since the preview" in said(done)

    def test_an_outline_that_both_made_larger(self, small_town: Store, tmp_path: Path) -> None:
        written(small_town, "courtyards", {"code": "CE"}, None)  # nobody draws it: it follows its buildings
        path = collection(tmp_path / "a.geojson", ({"code": "b11", "courtyard_code": "CE", **HOUSE}, town.house(11)))
        house = {"code": "b12", "courtyard_code": "CE", **HOUSE}
        other: Deed = lambda store: written(store, "buildings", house, town.house(12))  # noqa: E731
        load(Overtaken(small_town, other), "buildings", path, small_town.revision())
        outline = small_town.get("courtyards", "CE").geometry
        assert all(outline.buffer(1e-9).covers(town.house(each)) for each in (8, 9, 11, 12))

    def test_a_membership_that_a_list_gives_back_is_no_conflict(self, small_town: Store, tmp_path: Path) -> None:
        town.add(small_town, "buildings", "b11", town.house(11), **HOUSE)
        path = table(tmp_path / "a.csv", ("楼栋编码", "户数", "小区编码"), ("b11", 5, ""))
        seen = small_town.revision()
        update("courtyards", "CE", building_codes=["b11"])(small_town)
        load(small_town, "buildings", path, seen)
        found = small_town.get("buildings", "b11").properties
        assert (found["courtyard_code"], found["households"]) == ("CE", 5)


class TestWhileItWrites:
    def test_who_saw_nothing_lands_on_what_is_there(self, small_town: Store, households: Path) -> None:
        deeds = update("buildings", "b01", households=7, name="甲楼"), delete("buildings", "b10")
        done = load(Overtaken(small_town, *deeds), "buildings", households)
        found = small_town.get("buildings", "b01").properties
        assert (found["name"], found["households"]) == ("甲楼", 11)
        assert done.counts["buildings"] == {"new": 0, "changed": 2, "same": 0, "missing": 7}

    def test_who_saw_it_otherwise_is_refused_at_the_last_moment(self, small_town: Store, households: Path) -> None:
        overtaken = Overtaken(small_town, update("buildings", "b01", households=7))
        with pytest.raises(StaleRevision, match="b01"):
            load(overtaken, "buildings", households, small_town.revision())
        assert small_town.get("buildings", "b02").properties["households"] == 10

    def test_others_wrote_all_of_it(self, small_town: Store, households: Path) -> None:
        deeds = update("buildings", "b01", households=11), update("buildings", "b02", households=12)
        done = load(Overtaken(small_town, *deeds), "buildings", households)
        assert done.changeset is None and done.counts["buildings"]["same"] == 2
        assert small_town.revision() == 3

    def test_nothing_moved_so_nothing_is_done_twice(self, small_town: Store, households: Path, monkeypatch) -> None:
        from layers.usecases.imports import committing

        derived = []
        real = committing.follow_up
        monkeypatch.setattr(committing, "follow_up", lambda *a, **k: (derived.append(1), real(*a, **k))[1])
        load(Overtaken(small_town, town.lay_street), "buildings", households, small_town.revision())
        assert len(derived) == 1

    def test_a_revert_of_what_it_rests_on(self, small_town: Store, tmp_path: Path, households: Path) -> None:
        first = load(small_town, "buildings", table(tmp_path / "a.csv", ("楼栋编码", "户数"), ("b01", 3)))
        seen = small_town.revision()
        revert(small_town, first.changeset.revision, "other", town.NOON)
        assert "other changed Households" in refused(small_town, "buildings", households, seen)[1]

    def test_the_demo_makes_way_only_once(self, small_town: Store, households: Path) -> None:
        town.add(small_town, "districts", "000001", town.box(90_000, 0, 10, 10), name="示例", source=SOURCE)
        rival: Deed = lambda store: load(store, "managers", manager)  # noqa: E731
        manager = table(households.parent / "b.csv", ("编码", "名称"), ("M9", "乙物业"))
        done = load(Overtaken(small_town, rival), "buildings", households, small_town.revision())
        assert done.changeset and small_town.get("districts", "000001") is None
        assert small_town.get("managers", "M9") is not None

    def test_an_edit_of_the_demo_goes_with_it(self, small_town: Store, households: Path) -> None:
        town.add(small_town, "districts", "000001", town.box(90_000, 0, 10, 10), name="示例", source=SOURCE)
        overtaken = Overtaken(small_town, update("districts", "000001", name="改名"))
        load(overtaken, "buildings", households, small_town.revision())
        assert small_town.count("districts", Query(equals={"source": SOURCE})) == 0


class TestOtherFiles:
    def test_a_ledger_takes_new_communities_and_buildings_into_account(self, small_town: Store, tmp_path: Path) -> None:
        path = tmp_path / "台账.xlsx"
        path.write_bytes(workbook(HEADINGS, *ROWS))
        house = {"code": "x91", **HOUSE}
        new: Deed = lambda store: written(store, "buildings", house, town.house(11))  # noqa: E731
        options = ImportOptions(seen=small_town.revision())
        import_ledger(Overtaken(small_town, new), path, options, "clerk", town.NOON)
        assert small_town.get("buildings", "x91").properties["courtyard_code"] == "CH"
        assert small_town.get("courtyards", "CH").geometry.intersects(town.house(11))

    def test_a_ledger_and_somebody_who_filled_in_the_same(self, small_town: Store, tmp_path: Path) -> None:
        path = tmp_path / "台账.xlsx"
        path.write_bytes(workbook(HEADINGS, *ROWS))
        options = ImportOptions(seen=small_town.revision())
        update("courtyards", "CA", name="丙院")(small_town)
        with pytest.raises(StaleRevision, match="CA"):
            import_ledger(small_town, path, options, "clerk", town.NOON)

    def test_a_map_counts_nothing_twice(self, empty: Store, tmp_path: Path) -> None:
        path = osm_town.write(tmp_path / "town.osm.pbf")
        alone = import_osm(empty, path, OsmOptions(dry_run=True), "clerk", town.NOON)
        station: Deed = lambda store: town.add(store, "stations", "T1", town.point(0, 0), name="站")  # noqa: E731
        done = import_osm(Overtaken(empty, station), path, OsmOptions(), "clerk", town.NOON)
        assert done.notes == alone.notes
        assert done.counts["stations"] == {**alone.counts["stations"], "missing": 1}

    def test_a_piece_of_road_that_the_map_has_no_more(self, empty: Store, tmp_path: Path) -> None:
        path = osm_town.write(tmp_path / "town.osm.pbf")
        import_osm(empty, path, OsmOptions(), "clerk", town.NOON)
        edge = next(each for each in empty.read("roads", Query(geometry=False)).index if each.endswith("-1"))
        old = edge.removesuffix("-1") + "-99"
        town.add(empty, "roads", old, town.line((0, 0), (9, 9)), **{"class": "residential"})
        seen = empty.revision()
        update("roads", old, name="新名")(empty)
        with pytest.raises(StaleRevision, match="would remove"):
            import_osm(empty, path, OsmOptions(seen=seen), "clerk", town.NOON)


PLACES = {f"b{n:02}": town.house(n) for n in range(1, 15)}
CODES = st.sampled_from(sorted(PLACES))
NUMBERS = st.integers(0, 2).map(lambda number: number * 10)
YARDS = st.sampled_from(["CE", "CF", None])
LISTS = st.lists(CODES, max_size=3, unique=True)
NAMES = st.sampled_from(["甲", "乙"])
EDITS = st.one_of(
    st.tuples(st.just("buildings"), CODES, st.fixed_dictionaries({}, optional={
        "households": NUMBERS, "name": NAMES, "courtyard_code": YARDS})),
    st.tuples(st.just("courtyards"), st.sampled_from(["CE", "CF", "CG"]), st.fixed_dictionaries({}, optional={
        "name": NAMES, "building_codes": LISTS})),
    st.tuples(st.just("delete"), CODES, st.just({})),
)  # fmt: skip
ROWS_OF_BUILDINGS = st.dictionaries(CODES, st.tuples(NAMES, NUMBERS, st.sampled_from(["CE", "CF", ""])), min_size=1)


def edited(store: Store, kind: str, code: str, properties: dict) -> None:
    """Make one edit as the page does; one that is refused is none."""
    new = HOUSE if kind == "buildings" else YARD
    with suppress(GridmapError):
        if kind == "delete":
            delete("buildings", code)(store)
        elif store.get(kind, code) is not None:
            written(store, kind, {"code": code, **properties}, KEEP)
        else:
            written(store, kind, {"code": code, **new, **properties}, PLACES.get(code))


def edited_since(then: dict, store: Store) -> set[str]:
    """Return the codes of the buildings that are otherwise than they were."""
    now = state(store)
    return {code for layer, code in then.keys() | now.keys() if then.get((layer, code)) != now.get((layer, code))}


def overwritten(then: dict, there: dict, now: dict) -> list[tuple]:
    """Return what others wrote after a look and does not stand any more."""
    return [
        (key, name)
        for key, (properties, _) in there.items()
        for name in ("name", "households")
        if (then[key][0].get(name) if key in then else None) != properties.get(name) != now[key][0].get(name)
    ]


def laid(store: Store, rows: dict, seen: int | None) -> ImportReport:
    """Import rows that were read already."""
    columns = dict(
        zip(
            ("楼栋编码", "楼号", "户数", "小区编码"), zip(*((k, *v) for k, v in rows.items()), strict=True), strict=True
        )
    )
    read = RawTable("a.csv", {name: list(cells) for name, cells in columns.items()}, list(range(2, len(rows) + 2)))
    options = ImportOptions(seen=seen, confirmed=True)  # however much of what is on record it changes
    prepared = prepare(store, catalogue().layer("buildings"), read, options, "a.csv")
    return finish(store, prepared, options, "clerk", town.NOON)


@pytest.fixture(scope="module")
def drawn(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small town, with a courtyard whose outline follows its buildings."""
    path = shutil.copy(prepared / "town.gpkg", tmp_path_factory.mktemp("drawn") / "town.gpkg")
    store = open_store(path)
    written(store, "courtyards", {"code": "CE", "building_codes": ["b08~b12"]}, None)
    store.close()
    yield path


@settings(max_examples=examples(15), phases=(Phase.explicit, Phase.generate))
@given(before=st.lists(EDITS, max_size=2), after=st.lists(EDITS, max_size=3), during=st.lists(EDITS, max_size=3),
       rows=ROWS_OF_BUILDINGS, saw=st.booleans())  # fmt: skip
@example(before=[], after=[("buildings", "b11", {})], during=[("courtyards", "CE", {"building_codes": ["b13"]})],
         rows={"b13": ("乙", 20, "")}, saw=True)  # fmt: skip
@example(before=[], after=[("buildings", "b01", {"name": "乙"})], during=[("buildings", "b02", {"households": 20})],
         rows={"b01": ("甲", 10, "CA"), "b02": ("2号楼", 10, "CA")}, saw=True)  # fmt: skip
def test_to_land_is_to_import_what_is_there(
    drawn: Path, before: list, after: list, during: list, rows: dict, saw: bool
) -> None:
    """Look, edits, commit is edits, look, commit; and of what others edited nothing is overwritten unseen."""
    with tempfile.TemporaryDirectory() as room:
        one, two = (open_store(shutil.copy(drawn, Path(room) / f"{name}.gpkg")) for name in "ab")
        for edit in before:
            edited(one, *edit), edited(two, *edit)
        seen, then = one.revision() if saw else None, state(one)
        for edit in after:
            edited(one, *edit), edited(two, *edit)
        for edit in during:
            edited(two, *edit)
        there = state(two)
        deeds = [lambda store, edit=edit: edited(store, *edit) for edit in during]
        try:
            laid(Overtaken(one, *deeds), rows, seen)
        except StaleRevision as refusal:
            assert {fault.where["feature"] for fault in refusal.faults[1:]} <= set(rows) & edited_since(then, one)
        else:
            laid(two, rows, None)
            assert state(one) == state(two)
            assert not saw or overwritten(then, there, state(one)) == []
        one.close(), two.close()
