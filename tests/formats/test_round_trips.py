"""What is written is what is read back, whatever is in it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.formats import ReadOptions, WriteOptions, read_table, write
from layers.formats.export import prepare
from layers.formats.formulas import as_it_was, harmless
from layers.formats.short_names import short_names
from tests.formats.examples import FIELDS, HOUSES, TWO, frame, house
from tests.formats.hostile import read_here
from tests.suite import examples

BOX, POINT = shapely.box(120.1, 36.0, 120.2, 36.1), shapely.Point(120.5, 36.25)
FEW = settings(max_examples=examples(40))

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)
longitudes = st.floats(-180, 180).map(lambda value: round(value, 7) + 0.0)
latitudes = st.floats(-90, 90).map(lambda value: round(value, 7) + 0.0)
houses = st.builds(
    house,
    code=words,
    name=st.none() | words,
    use=st.sampled_from([None, "residential", "unknown"]),
    households=st.none() | st.integers(0, 10**9),
    floor_area_m2=st.none() | st.floats(-1e9, 1e9),
    open_to_the_street=st.none() | st.booleans(),
    surveyed_on=st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)),
)
points = st.none() | st.builds(shapely.Point, longitudes, latitudes)


def _as_text(row: dict[str, object]) -> dict[str, str | None]:
    """A row as a CSV holds it."""

    def text(value: object) -> str | None:
        if value is None:
            return None
        return str(value).lower() if isinstance(value, bool) else str(value)

    return {name: text(value) for name, value in row.items()}


NASTY = "=+-@＝＋－＠'\"“ \u3000\u00a0\u200b\ufeff\t\r\n;,aA1号"
nasty = st.text(NASTY, max_size=8)


@settings(max_examples=examples(2000))
@given(text=nasty | st.text(max_size=8))
def test_what_is_made_harmless_can_be_undone(text: str) -> None:
    written = harmless(text)
    assert as_it_was(written) == text
    assert written in (text, "'" + text)
    # A program looks at most past blanks, quotes and invisible marks; an apostrophe it takes for the start of text.
    seen = "".join(each for each in written if each.isprintable() and not each.isspace() and each not in '"“”＂')
    assert not seen.startswith(tuple("=+-@＝＋－＠"))
    assert not written.startswith(("\t", "\r"))


@FEW
@given(texts=st.lists(nasty.filter(str.strip), min_size=1, max_size=6))
def test_texts_of_a_csv_are_those_that_were_exported(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        write(
            HOUSES, frame([house(str(place), name=text) for place, text in enumerate(texts)], [None] * len(texts)), path
        )
        again = Path(folder) / "b.csv"
        read = read_here(path).columns["name"]
        write(
            HOUSES, frame([house(str(place), name=text) for place, text in enumerate(read)], [None] * len(texts)), again
        )
        assert read == texts
        assert again.read_bytes() == path.read_bytes()


@FEW
@given(rows=st.lists(houses, min_size=1, max_size=5), data=st.data())
def test_csv(rows: list[dict], data: st.DataObject) -> None:
    shapes = [data.draw(points) for _ in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        write(HOUSES, frame(rows, shapes), path)
        table = read_here(path)
    read = [{name: values[place] for name, values in table.columns.items()} for place in range(len(table))]
    assert read == [_as_text(row) for row in rows]
    if any(shapes):
        assert list(table.geometry) == shapes


@FEW
@given(rows=st.lists(houses, min_size=1, max_size=5), data=st.data())
def test_geojson(rows: list[dict], data: st.DataObject) -> None:
    shapes = [data.draw(points) for _ in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.geojson"
        write(HOUSES, frame(rows, shapes), path)
        table = read_here(path)
    assert list(table.geometry) == shapes and not table.faults
    for place, row in enumerate(rows):
        date = row["surveyed_on"]
        expected = row | {"surveyed_on": date and date.isoformat(), "id": f"id-{place}"}
        assert {name: values[place] for name, values in table.columns.items()} == expected


def _expected(row: dict, ending: str) -> dict:
    """A row as the format holds it: no lists, no days in FlatGeobuf, no types in KML, words in a spreadsheet."""
    row = row | {"members": ";".join(row["members"]) if row["members"] else None}
    if ending == ".kml":
        return _as_text(row)
    if ending == ".fgb" and row["surveyed_on"]:
        return row | {"surveyed_on": dt.datetime.combine(row["surveyed_on"], dt.time())}
    if ending == ".xlsx":
        yes_no = {True: "是", False: "否", None: None}
        words_of = {"residential": "住宅", None: None}
        return row | {name: yes_no[row[name]] for name in ("open_to_the_street", "open_to_the_square")} | {
            "use": words_of[row["use"]]
        }  # fmt: skip
    return row


@pytest.mark.parametrize("ending", [".gpkg", ".zip", ".xlsx", ".fgb", ".kml", ".parquet"])
@pytest.mark.parametrize("shapes", [[BOX, BOX], [POINT, None]], ids=["areas", "points"])
def test_every_format(tmp_path: Path, ending: str, shapes: list) -> None:
    path = tmp_path / f"a{ending}"
    write(HOUSES, frame(TWO, shapes), path)
    table = read_table(path)
    names = [field.name for field in FIELDS]
    if ending == ".xlsx":
        names = list(table.columns)[: len(FIELDS)]
    if ending == ".zip":
        names = list(short_names(FIELDS).values())
    read = [[table.columns.get(name, [None] * 2)[place] for name in names] for place in range(2)]
    expected = [list(_expected(row, ending).values()) for row in TWO]
    assert read == expected
    if ending != ".xlsx" or shapes[0] is POINT:
        assert [shape and shapely.normalize(shape) for shape in table.geometry] == [
            shape and shapely.normalize(shape) for shape in shapes
        ]
    if ending in (".gpkg", ".fgb", ".parquet"):
        assert table.columns["id"] == ["id-0", "id-1"]
    assert not table.faults


@pytest.mark.parametrize("ending", [".gpkg", ".zip", ".fgb", ".parquet"])
def test_the_label_cgcs2000_survives(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write(HOUSES, frame(TWO, [BOX, BOX]), path, WriteOptions(crs="EPSG:4490"))
    table = read_table(path)
    assert table.crs == "EPSG:4490" and shapely.equals(table.geometry, BOX).all()


@pytest.mark.parametrize("ending", [".gpkg", ".zip", ".csv", ".fgb"])
def test_a_metric_system(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    table_in = frame(TWO, [BOX, BOX])
    write(HOUSES, table_in, path, WriteOptions(crs="EPSG:4549"))
    table = read_table(path)
    assert table.crs == "EPSG:4549"
    expected = prepare(HOUSES, table_in, WriteOptions(crs="EPSG:4549")).geometry
    assert shapely.equals_exact(shapely.normalize(table.geometry), shapely.normalize(expected), 1e-3).all()


def test_mixed_geometry_in_a_geopackage(tmp_path: Path) -> None:
    write(HOUSES, frame(TWO, [BOX, POINT]), tmp_path / "a.gpkg")
    assert [shape.geom_type for shape in read_table(tmp_path / "a.gpkg", ReadOptions()).geometry] == [
        "Polygon",
        "Point",
    ]
