"""Cells of dBASE tables that GDAL reads as nothing or as something else are what stands there, or a fault."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.errors import UnsupportedMedia
from layers.formats import read_table
from layers.formats.table import RawTable

TEXT, NUMBER, LONG, DAY, MEMO = ("C", 12), ("N", 6), ("F", 19), ("D", 8), ("M", 10)


def dbf(path: Path, kind: tuple[str, int], *cells: str, deleted: tuple[int, ...] = ()) -> Path:
    """A table of a code and one field of a kind, called V."""
    fields = (("CODE", *TEXT), ("V", *kind))
    width = 1 + sum(length for *_, length in fields)
    head = struct.pack("<BBBBIHH20x", 3, 125, 3, 1, len(cells), 33 + 32 * len(fields), width)
    for name, letter, length in fields:
        head += struct.pack("<11sc4xBB14x", name.encode(), letter.encode(), length, 0)
    rows = b"".join(
        (b"*" if place in deleted else b" ") + f"b{place}".encode().ljust(12) + cell.encode().rjust(kind[1])
        for place, cell in enumerate(cells)
    )
    path.write_bytes(head + b"\r" + rows + b"\x1a")
    return path


def noted(table: RawTable) -> list[tuple[str, object]]:
    return [(each.key, each.params.get("count")) for each in table.notes]


def test_asterisks_are_nothing_or_a_number_that_did_not_fit_and_are_told(tmp_path: Path) -> None:
    table = read_table(dbf(tmp_path / "a.dbf", NUMBER, "12", "******", ""))
    assert table.columns["V"] == [12, None, None]
    assert noted(table) == [("formats.numbers-starred", 1)]


def test_in_a_wide_column_they_are_nothing(tmp_path: Path) -> None:
    table = read_table(dbf(tmp_path / "a.dbf", LONG, "12", "*" * 19))
    assert (table.columns["V"], noted(table)) == ([12, None], [])


@pytest.mark.parametrize(("kind", "cell", "read"), [
    (NUMBER, "12abc", "12abc"), (NUMBER, "0012", "0012"), (NUMBER, "12,50", "12.50"), (NUMBER, "-3", -3),
    (NUMBER, "0", 0), (LONG, "3.20102001e+014", "3.20102001e+014"), (LONG, "3.20000000e+002", 320),
    (DAY, "20230230", "20230230"), (DAY, "20231301", "20231301"), (DAY, "00000000", None),
])  # fmt: skip
def test_what_stands_in_a_cell(tmp_path: Path, kind: tuple[str, int], cell: str, read: object) -> None:
    table = read_table(dbf(tmp_path / "a.dbf", kind, "", cell))
    assert table.columns["V"] == [None, read] and not table.faults


def test_rows_are_counted_without_those_that_are_deleted(tmp_path: Path) -> None:
    table = read_table(dbf(tmp_path / "a.dbf", NUMBER, "1", "****", "007", "3", deleted=(1,)))
    assert table.columns == {"CODE": ["b0", "b2", "b3"], "V": [1, "007", 3]}


def test_texts_that_stand_in_another_file_are_left_out_and_told(tmp_path: Path) -> None:
    table = read_table(dbf(tmp_path / "a.dbf", MEMO, "1", "2"))
    assert list(table.columns) == ["CODE"] and [each.key for each in table.notes] == ["formats.memo-left-out"]


def test_shapes_and_rows_that_are_not_as_many_are_refused(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame({"CODE": ["b0", "b1", "b2"]}, geometry=[shapely.Point(120, 36)] * 3, crs=4326)
    points.to_file(tmp_path / "x.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for ending in (".shp", ".shx", ".prj"):
            archive.write(tmp_path / f"x{ending}", f"x{ending}")
        archive.write(dbf(tmp_path / "y.dbf", NUMBER, "1", "2"), "x.dbf")
    with pytest.raises(UnsupportedMedia, match=r"3 shapes .* 2 rows"):
        read_table(tmp_path / "a.zip")


class TestZips:
    def test_other_files_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(dbf(tmp_path / "x.dbf", NUMBER, "1"), "x.dbf")
            archive.writestr("stations.csv", "a")
            archive.writestr("x.csv", "its field dictionary")
        assert [each.params for each in read_table(path).notes] == [{"files": ["stations.csv"]}]

    @pytest.mark.parametrize(("name", "said"), [
        ("楼.zip", "other archives"), ("a.rar", "other archives"), ("a.bz2", "other archives"),
        ("x.gdb/a1.gdbtable", "geodatabase"),
        ("说明.pdf", "no Shapefile"),
    ])  # fmt: skip
    def test_why_nothing_is_read(self, tmp_path: Path, name: str, said: str) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(UnsupportedMedia, match=said):
            read_table(tmp_path / "a.zip")

    def test_a_system_that_qgis_wrote_beside(self, tmp_path: Path) -> None:
        gpd.GeoDataFrame({"CODE": ["b"]}, geometry=[shapely.Point(5e5, 4e6)], crs=4549).to_file(tmp_path / "x.shp")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for ending in (".shp", ".shx", ".dbf"):
                archive.write(tmp_path / f"x{ending}", f"x{ending}")
            archive.write(tmp_path / "x.prj", "x.qpj")
            archive.writestr("x.prj", "\n")
        assert read_table(tmp_path / "a.zip").crs == "EPSG:4549"


@pytest.mark.parametrize(("name", "said"), [
    ("a.xlsb", "save it as .xlsx"), ("a.et", "save it as .xlsx"), ("a.rar", "Unpack"), ("a.gml", "GeoPackage"),
    ("a.bz2", "Unpack"), ("a.xz", "Unpack"), ("a.docx", "Use one of"),
])  # fmt: skip
def test_endings_that_are_not_read_say_what_to_do(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UnsupportedMedia, match=said):
        read_table(tmp_path / name)


def test_a_web_page_called_xls_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text("<html><table></table></html>")
    with pytest.raises(UnsupportedMedia, match="web page"):
        read_table(tmp_path / "a.xls")


@pytest.mark.parametrize(("encoding", "chosen"), [("gbk", "gb18030"), ("utf-8", "utf-8")])
@pytest.mark.parametrize("name", ["楼栋编码", "楼栋编码号", "楼A栋编码号"])
def test_chinese_names_over_cells_without_any_tell_the_encoding(
    tmp_path: Path, encoding: str, chosen: str, name: str
) -> None:
    path = dbf(tmp_path / "a.dbf", NUMBER, "30", "24")
    data = path.read_bytes()
    cut = name.encode(encoding)[:10]
    path.write_bytes(data.replace(b"CODE".ljust(11, b"\0"), cut.ljust(11, b"\0"), 1))
    table = read_table(path)
    assert table.choices["encoding"] == chosen
    assert list(table.columns) == [cut.decode(encoding, "ignore"), "V"]
