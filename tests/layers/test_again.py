"""The same file once more is not read, and what is said of it is what reading it would say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.store import open_store
from layers.store.protocol import Draft, Store
from layers.usecases.history import revert
from layers.usecases.imports import again
from layers.usecases.imports import tables as importing
from layers.usecases.imports.tables import ImportOptions, ImportReport, import_file
from tests import town
from tests.layers.test_importing import NOW, collection, load, table
from tests.outsider import outsider
from tests.suite import examples

WHERE = ("经度", "纬度")
SQUARES = [shapely.box(120.1 + at / 100, 36.1, 120.105 + at / 100, 36.105) for at in range(6)]


def houses(path: Path, *more: tuple) -> Path:
    rows = [("B1", "1号楼", "住宅", 12, 120.1, 36.1), ("B2", "2号楼", "商业", 3, 120.2, 36.2)]
    return table(path, ("楼栋编码", "楼号", "用途", "户数", *WHERE), *rows, *more)


def read_again(store: Store, layer: str, path: Path, **options: object) -> ImportReport:
    """Import a file the whole way, whatever was kept of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(again, "told_again", lambda *_: None)
        return load(store, layer, path, **options)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes every reading of a file from now on an error."""

    def refuse(*_: object) -> None:
        raise AssertionError("the file is read")

    return lambda: monkeypatch.setattr(importing, "_table_for", refuse)


LINE = shapely.LineString([(120.1, 36.1), (120.2, 36.1)])
METRES = shapely.box(500000, 3990000, 500020, 3990020)
AREAS = [({"code": f"C{at}", "name": "楼", "colour": "red", "remark": None}, each) for at, each in enumerate(SQUARES)]
POINTS = [("楼栋编码", "用途", "户数", *WHERE), ("B1", "住宅", 12, 120.1, 36.1), ("B2", "商业", 3, 120.2, 36.2)]
FILES: dict[str, tuple[str, list[tuple]]] = {
    "points": ("buildings", POINTS),
    "areas": ("buildings", AREAS),
    "areas without codes": ("buildings", [({"name": "甲"}, SQUARES[0]), ({"name": "乙"}, SQUARES[1])]),
    "a place twice": ("buildings", [({"code": each}, SQUARES[0]) for each in "AB"]),
    "metres": ("buildings", [({"code": str(at)}, shapely.affinity.translate(METRES, 40 * at)) for at in range(7)]),
    "no places": ("buildings", [("楼栋编码", "户数"), ("B1", 3), ("B2", None)]),
    "no geometry at all": ("managers", [("名称", "类型"), ("甲物业", "物业企业")]),
    "lines": ("roads", [({"code": "R", "class": "primary"}, LINE)]),
    "stations": ("stations", [("站点编码", "名称", *WHERE), ("S1", "甲站", 120.1, 36.1)]),
}
UNSURE: dict[str, tuple[str, list[tuple]]] = {
    "words of its own": ("stations", [("名称", "类型", *WHERE), ("甲", "邮局", 120.1, 36.1)]),
    "words that say more": ("roads", [({"code": "R", "class": "living_street"}, LINE)]),
    "a source in some rows": (
        "buildings",
        [({"code": "A", "source": "甲"}, SQUARES[0]), ({"code": "B", "source": None}, SQUARES[1])],
    ),
    "what others follow": ("communities", [({"code": town.COMMUNITY, "name": "甲"}, SQUARES[0])]),
    "courtyards": ("courtyards", [({"code": "Y", "name": "甲院"}, SQUARES[0])]),
}


def made(folder: Path, rows: list[tuple]) -> Path:
    """Write rows as a table, features as a map."""
    if not isinstance(rows[0][0], dict):
        return table(folder / "a.csv", *rows)
    metres = rows[0][1].bounds[0] > 360
    return collection(folder / "a.geojson", *rows, crs="EPSG:4549" if metres else None)


@pytest.mark.parametrize(("layer", "rows"), FILES.values(), ids=FILES)
def test_it_is_not_read(
    empty: Store, tmp_path: Path, layer: str, rows: list[tuple], unread: Callable[[], None]
) -> None:
    path = made(tmp_path, rows)
    assert load(empty, layer, path).changeset is not None
    whole, trial = read_again(empty, layer, path), read_again(empty, layer, path, dry_run=True)
    assert whole.changeset is None
    unread()
    assert load(empty, layer, path) == whole
    assert load(empty, layer, path, dry_run=True) == trial
    assert empty.revision() == 1


@pytest.mark.parametrize("crs", ["gcj02", "EPSG:4490", "EPSG:4549"])
@pytest.mark.parametrize("others", [0, 1])
def test_in_whatever_crs(small_town: Store, tmp_path: Path, crs: str, others: int, unread: Callable[[], None]) -> None:
    """Beside a town too, whose communities say where everything ought to lie."""
    metres, store = crs == "EPSG:4549", small_town if others else open_store(tmp_path / "w.gpkg")
    shapes = [shapely.LineString([(500000 + 40 * at, 3990000), (500020 + 40 * at, 3990020)]) for at in range(7)]
    lines = shapes if metres else [shapely.affinity.translate(LINE, at / 100) for at in range(7)]
    path = made(tmp_path, [({"code": f"R{at}", "class": "primary"}, each) for at, each in enumerate(lines)])
    load(store, "roads", path, crs=crs, confirmed=True)
    whole = read_again(store, "roads", path, crs=crs, confirmed=True)
    if store.setting("import-again:roads") is None:
        assert others  # the town had something to say of where they lie
    else:
        unread()
        assert load(store, "roads", path, crs=crs, confirmed=True) == whole
    if not others:
        store.close()


@pytest.mark.parametrize(("layer", "rows"), UNSURE.values(), ids=UNSURE)
def test_what_is_not_sure_is_read(empty: Store, tmp_path: Path, layer: str, rows: list[tuple]) -> None:
    path = made(tmp_path, rows)
    assert load(empty, layer, path).changeset is not None
    assert empty.setting(f"import-again:{layer}") is None


@pytest.mark.parametrize("where", [LINE, shapely.LineString([(110.1, 30.1), (110.2, 30.1)])], ids=["near", "far"])
def test_beside_other_records_too(small_town: Store, tmp_path: Path, where: shapely.LineString) -> None:
    path = made(tmp_path, [({"code": "R", "class": "primary"}, where)])
    load(small_town, "roads", path, confirmed=True)
    assert load(small_town, "roads", path, confirmed=True) == read_again(small_town, "roads", path, confirmed=True)


def edit(store: Store, path: Path) -> None:
    town.amend(store, "buildings", "B1", households=99)


def elsewhere(store: Store, path: Path) -> None:
    town.add(store, "communities", town.COMMUNITY, SQUARES[0], name="甲社区")


def other_settings(store: Store, path: Path) -> None:
    store.commit(Draft("tests", NOW, "said", "edit", (), settings={"metric_crs": "EPSG:4550"}))


def by_another_program(store: Store, path: Path) -> None:
    with outsider(store.url) as base:
        base.execute("UPDATE buildings SET households = 98 WHERE code = 'B1'")


def taken_back(store: Store, path: Path) -> None:
    revert(store, 1, "tests", NOW)


def another_row(store: Store, path: Path) -> None:
    houses(path, ("B3", "3号楼", "住宅", 1, 120.1, 36.1))


def a_row_less(store: Store, path: Path) -> None:
    path.write_text("".join(path.read_text("utf-8-sig").splitlines(keepends=True)[:-1]), "utf-8-sig")


@pytest.mark.parametrize(
    "moved", [edit, elsewhere, other_settings, by_another_program, taken_back, another_row, a_row_less]
)
def test_whatever_moved_is_seen(tmp_path: Path, moved: Callable[[Store, Path], None]) -> None:
    """Two workspaces with the same history: what is said with something kept is what is said with nothing."""
    said = []
    for name, asked in (("kept.gpkg", load), ("whole.gpkg", read_again)):
        path = houses(tmp_path / "a.csv")
        store = open_store(tmp_path / name)
        load(store, "buildings", path)
        moved(store, path)
        before = again.origin(importing.layer_called("buildings"), path, ImportOptions())
        assert before is not None
        assert again.told_again(store, importing.layer_called("buildings"), before) is None
        try:
            report = asked(store, "buildings", path)
            said.append((report.counts, report.notes, report.faults, store.count("buildings")))
        except Exception as refused:
            said.append((type(refused), str(refused)))
        store.close()
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "options", [{"crs": "EPSG:4326"}, {"columns": {"name": "用途"}}, {"keep_demo": True}, {"confirmed": True}]
)
def test_who_asks_otherwise_has_it_read(empty: Store, tmp_path: Path, options: dict[str, object]) -> None:
    path, layer = houses(tmp_path / "a.csv"), importing.layer_called("buildings")
    load(empty, "buildings", path)
    made_of = again.origin(layer, path, ImportOptions(**options))
    assert made_of is None or again.told_again(empty, layer, made_of) is None


def test_another_program_reads_it(empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, layer = houses(tmp_path / "a.csv"), importing.layer_called("buildings")
    load(empty, "buildings", path)
    monkeypatch.setattr(again, "_program", lambda: ("another",))
    made_of = again.origin(layer, path, ImportOptions())
    assert made_of is not None
    assert again.told_again(empty, layer, made_of) is None


def test_a_file_that_moves_while_it_is_read(empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, read = houses(tmp_path / "a.csv"), importing._table_for

    def slow(*given: object) -> object:
        found = read(*given)
        houses(path, ("B3", "3号楼", "住宅", 1, 120.1, 36.1))
        return found

    monkeypatch.setattr(importing, "_table_for", slow)
    load(empty, "buildings", path)
    assert empty.setting("import-again:buildings") is None


CELLS = {
    "楼号": st.sampled_from([None, "1号楼", "合计", "x" * 130]),
    "用途": st.sampled_from([None, "住宅", "医院", "不知道"]),
    "户数": st.sampled_from([None, 3, "约12户", "三"]),
    "来源": st.sampled_from([None, "甲"]),
    "经度": st.sampled_from([None, 120.1, 121.5, 36.1]),
    "纬度": st.sampled_from([36.1, 36.2]),
}


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(list(CELLS)), unique=True).map(lambda each: [*each, *WHERE]).map(dict.fromkeys),
    data=st.data(),
)
def test_of_any_table(tmp_path_factory: pytest.TempPathFactory, names: dict[str, None], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    rows = [(f"B{at}", *(data.draw(CELLS[name]) for name in names)) for at in range(count)]
    folder = tmp_path_factory.mktemp("again")
    path, store = table(folder / "a.csv", ("楼栋编码", *names), *rows), open_store(folder / "w.gpkg")
    try:
        if import_file(store, "buildings", path, ImportOptions(only_sound=True), "tests", NOW).changeset is not None:
            quick = load(store, "buildings", path, only_sound=True) if store.setting("import-again:buildings") else None
            whole = read_again(store, "buildings", path, only_sound=True)
            assert quick is None or quick == whole
    finally:
        store.close()
