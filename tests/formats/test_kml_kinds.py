"""KML as map programs write it: attributes in descriptions, display names, folders, several documents, links."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import shapely

from layers.errors import InvalidParameter, UnsupportedMedia
from layers.formats import ReadOptions, read_table, read_tables
from layers.formats.readers.kml_words import pairs
from layers.formats.table import RawTable

HEAD = '<?xml version="1.0" encoding="{}"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://x"><Document>'
POINT = "<Point><coordinates>120.401,36.201,5</coordinates></Point>"


def text(*marks: str, declared: str = "UTF-8") -> str:
    return HEAD.format(declared) + "".join(marks) + "</Document></kml>"


def kml(path: Path, *marks: str, declared: str = "UTF-8", written: str | None = None) -> Path:
    path.write_bytes(text(*marks, declared=declared).encode(written or declared))
    return path


def mark(inside: str, shape: str = POINT) -> str:
    return f"<Placemark>{inside}{shape}</Placemark>"


def noted(table: RawTable) -> list[str]:
    return [note.key.partition(".")[2] for note in table.notes]


@pytest.mark.parametrize("description", [
    "<html><table><tr><td>编码</td><td>F01</td></tr><tr><td>类别</td><td>驿站</td></tr></table></html>",
    "<table><tr><td><table><tr><th>编码</th><td>F01</td></tr><tr><th>类别</th><td>驿站</td></tr></table></td></tr></table>",
    "编码：F01<br/>类别：驿站", "<b>编码:</b> F01<br><b>类别:</b> 驿站", "编码=F01\n类别=驿站",
])  # fmt: skip
def test_attributes_in_a_description_are_columns(tmp_path: Path, description: str) -> None:
    table = read_table(kml(tmp_path / "a.kml", mark(f"<description><![CDATA[{description}]]></description>")))
    assert table.columns == {"编码": ["F01"], "类别": ["驿站"]}
    assert noted(table) == ["kml-described"]


@pytest.mark.parametrize("description", ["营业时间 9:00", "二层，靠东门\n需预约", "<p>见照片</p>", "", "电话：025-1"])
def test_a_description_that_only_describes_stays_one(description: str) -> None:
    assert pairs(description) == {}


def test_what_is_said_twice_is_taken_from_the_data(tmp_path: Path) -> None:
    inside = ('<description><![CDATA[<table><tr><td>编码</td><td>F9</td></tr></table>]]></description>'
              '<ExtendedData><Data name="编码"><value>F01</value></Data></ExtendedData>')  # fmt: skip
    assert read_table(kml(tmp_path / "a.kml", mark(inside))).columns == {"编码": ["F01"]}


def test_display_names_are_headings_where_they_say_more(tmp_path: Path) -> None:
    data = ('<Data name="F1"><displayName>站点编码</displayName><value>F01</value></Data>'
            '<Data name="类别"><displayName>分类说明甲</displayName><value>驿站</value></Data>')  # fmt: skip
    table = read_table(kml(tmp_path / "a.kml", mark(f"<ExtendedData>{data}</ExtendedData>")))
    assert table.columns == {"站点编码": ["F01"], "类别": ["驿站"]}


@pytest.mark.parametrize(("kind", "written", "read"), [
    ("int", "0012", "0012"), ("double", "3.20102E+14", "3.20102E+14"), ("int", "12", 12), ("double", "1.5", 1.5),
    ("string", "12", "12"), ("int", "320102001001000123", "320102001001000123"),
])  # fmt: skip
def test_a_number_is_one_only_as_numbers_are_written(tmp_path: Path, kind: str, written: str, read: object) -> None:
    schema = f'<Schema id="s"><SimpleField name="编码" type="{kind}"/></Schema>'
    data = f'<ExtendedData><SchemaData><SimpleData name="编码">{written}</SimpleData></SchemaData></ExtendedData>'
    assert read_table(kml(tmp_path / "a.kml", schema, mark(data))).columns["编码"] == [read]


@pytest.mark.parametrize(("declared", "written"), [
    ("UTF-8", "GBK"), ("GBK", "UTF-8"), ("GB2312", "GBK"), ("UTF-16", "UTF-16"), ("UTF-8", "utf-8-sig"),
])  # fmt: skip
def test_an_encoding_that_is_not_the_one_declared(tmp_path: Path, declared: str, written: str) -> None:
    path = kml(tmp_path / "a.kml", mark("<name>清河花园社区服务站点</name>"), declared=declared, written=written)
    assert read_table(path).columns == {"name": ["清河花园社区服务站点"]}


@pytest.mark.parametrize(("shape", "read"), [
    ("<Point><coordinates>120.4, 36.2, 0</coordinates></Point>", shapely.Point(120.4, 36.2)),
    ("<gx:Track><gx:coord>120.4 36.2 0</gx:coord><gx:coord>120.5 36.2 0</gx:coord></gx:Track>",
     shapely.LineString([(120.4, 36.2), (120.5, 36.2)])),
    ("<Model><Location><longitude>120.4</longitude><latitude>36.2</latitude></Location></Model>",
     shapely.Point(120.4, 36.2)),
])  # fmt: skip
def test_shapes_beside_the_standard(tmp_path: Path, shape: str, read: shapely.Geometry) -> None:
    assert read_table(kml(tmp_path / "a.kml", mark("<name>1</name>", shape))).geometry[0] == read


def test_folders_of_one_kind_are_one_table_that_says_where_each_row_stood(tmp_path: Path) -> None:
    folders = (f"<Folder><name>{name}</name>{mark('<name>站</name>')}</Folder>" for name in ("甲社区", "乙社区"))
    path = kml(tmp_path / "a.kml", *folders)
    table = read_table(path)
    assert table.columns == {"name": ["站", "站"], "folder": ["甲社区", "乙社区"]}
    assert noted(table) == ["folders-joined"]
    assert read_table(path, ReadOptions(layer="乙社区")).columns == {"name": ["站"]}


def test_folders_of_other_kinds_are_asked_about(tmp_path: Path) -> None:
    area = "<LineString><coordinates>120,36 120.1,36</coordinates></LineString>"
    path = kml(tmp_path / "a.kml", f"<Folder><name>站</name>{mark('<name>1</name>')}</Folder>",
               f"<Folder><name>路</name>{mark('<name>1</name>', area)}</Folder>")  # fmt: skip
    assert [each.name for each in read_tables(path)] == ["站", "路"]
    with pytest.raises(InvalidParameter, match="站, 路"):
        read_table(path)


LINK = "<NetworkLink><Link><href>{}</href></Link></NetworkLink>"


def test_links_to_more_are_told(tmp_path: Path) -> None:
    table = read_table(kml(tmp_path / "a.kml", mark("<name>1</name>"), LINK.format("more.kml")))
    assert [note.params["links"] for note in table.notes] == [["more.kml"]]
    with pytest.raises(UnsupportedMedia, match=r"only links to other files: http://x/a.kml"):
        read_table(kml(tmp_path / "b.kml", LINK.format("http://x/a.kml")))


class TestKMZ:
    def kmz(self, path: Path, **documents: str) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            for name, document in documents.items():
                archive.writestr(name.replace("__", "/") + ".kml", document)
        return path

    def test_every_document_is_read(self, tmp_path: Path) -> None:
        one, other = (text(mark(f"<name>{name}</name>")) for name in "12")
        path = self.kmz(tmp_path / "a.kmz", doc=one, files__more=other)
        assert read_table(path).columns == {"name": ["1", "2"], "folder": ["doc", "more"]}

    def test_a_main_document_that_only_links_to_the_others(self, tmp_path: Path) -> None:
        path = self.kmz(tmp_path / "a.kmz", doc=text(LINK.format("files/more.kml")), files__more=text(mark("")))
        table = read_table(path)
        assert len(table) == 1 and noted(table) == []

    def test_one_is_chosen_by_its_name(self, tmp_path: Path) -> None:
        line = mark("<name>2</name>", "<LineString><coordinates>120,36 121,36</coordinates></LineString>")
        path = self.kmz(tmp_path / "a.kmz", 站=text(mark("<name>1</name>")), 路=text(line))
        with pytest.raises(InvalidParameter, match="站, 路"):
            read_table(path)
        for chosen in ("路", "路.kml"):
            assert read_table(path, ReadOptions(layer=chosen)).columns == {"name": ["2"]}

    def test_deep_in_folders_and_in_a_zip(self, tmp_path: Path) -> None:
        path = self.kmz(tmp_path / "a.kmz", a__b__doc=text(mark("<name>1</name>")))
        assert len(read_table(path)) == 1
        with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
            archive.write(path, "站.kmz")
        assert len(read_table(tmp_path / "b.zip")) == 1
