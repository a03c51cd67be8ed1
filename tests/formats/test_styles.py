"""Styles and field dictionaries that go with a file, as QGIS and GDAL find them."""

from __future__ import annotations

import sqlite3
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path
from shutil import which
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.catalogue import Choice, Field, Label, Style, catalogue
from layers.formats import read_table, styles, write
from layers.formats.writing import WriteOptions

SE = "{http://www.opengis.net/se}"
EVERY = [layer.id for layer in catalogue() if layer.style]


def courtyards() -> gpd.GeoDataFrame:
    rows = {"code": ["A", "B"], "name": ["甲", "乙"], "enclosure": ["open", "closed"]}
    shapes = [shapely.box(120, 36, 120.001, 36.001), shapely.box(120.002, 36, 120.003, 36.001)]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326, index=pd.Index(["A", "B"], name="id"))


def exported(folder: Path, ending: str, language: str = "zh") -> Path:
    target = folder / f"courtyards.{ending}"
    write(catalogue().layer("courtyards"), courtyards(), target, WriteOptions(language=language))
    return target


def style_of(path: Path, what: str) -> ET.Element:
    with closing(sqlite3.connect(path)) as base:
        ((text, column),) = base.execute(f"SELECT {what}, f_geometry_column FROM layer_styles WHERE useAsDefault")
        ((kept,),) = base.execute("SELECT column_name FROM gpkg_geometry_columns")
    assert column == kept  # else QGIS does not find it
    return ET.fromstring(text)


def test_a_geopackage_shows_our_colours_in_qgis(tmp_path: Path):
    qml = style_of(exported(tmp_path, "gpkg"), "styleQML")
    renderer = qml.find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "enclosure")
    labels = {each.get("value"): each.get("label") for each in renderer.iter("category")}
    assert labels == {"closed": "封闭式", "semi": "半开放式", "open": "开放式", "unknown": "不明", "": "其他"}
    number = next(each.get("symbol") for each in renderer.iter("category") if each.get("value") == "open")
    symbol = next(each for each in renderer.iter("symbol") if each.get("name") == number)
    drawn = {each.get("k"): each.get("v") for each in symbol.iter("prop")}
    assert drawn["color"] == "246,217,184,255"  # #F6D9B8
    assert drawn["outline_style"] == "dash"  # open courtyards are dashed
    assert {each.get("field"): each.get("name") for each in qml.iter("alias")}["enclosure"] == "封闭情况"


def test_an_sld_says_the_same(tmp_path: Path):
    sld = style_of(exported(tmp_path, "gpkg", "en"), "styleSLD")
    rules = {rule.findtext(f"{SE}Name"): rule for rule in sld.iter(f"{SE}Rule")}
    assert list(rules) == ["closed", "semi-open", "open", "unknown", "others"]
    told = {each.get("name"): each.text for each in rules["open"].iter(f"{SE}SvgParameter")}
    assert told["fill"] == "#F6D9B8"
    assert told["stroke-dasharray"] == "6 3"
    assert rules["others"].find(f"{SE}ElseFilter") is not None


@pytest.mark.skipif(which("ogrinfo") is None, reason="GDAL's ogrinfo is not installed")
def test_gdal_reads_the_field_dictionary(tmp_path: Path):
    told = subprocess.run(
        ["ogrinfo", "-so", "-fielddomain", "courtyards_enclosure", exported(tmp_path, "gpkg")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "open: 开放式" in told
    assert "closed: 封闭式" in told


def test_what_we_export_we_read(tmp_path: Path):
    table = read_table(exported(tmp_path, "gpkg"))
    assert len(table) == 2


def test_a_shapefile_has_its_styles_beside_it(tmp_path: Path):
    with zipfile.ZipFile(exported(tmp_path, "zip")) as archive:
        qml = ET.fromstring(archive.read("courtyards.qml"))
        assert "courtyards.sld" in archive.namelist()
    assert qml.find("renderer-v2").get("attr") == "enclosure"


@pytest.mark.parametrize("layer_id", EVERY)
def test_every_style_is_well_formed(layer_id: str):
    layer = catalogue().layer(layer_id)
    names = {field.name: field.name for field in layer.fields}
    for kind in ("polygon", "line", "point"):
        for style in (styles.qml, styles.sld):
            ET.fromstring(style(layer.style, kind, layer.fields, names, ("名 <称> & \"'", "zh")).split("\n", 1)[1])


def test_without_the_field_it_goes_by_there_is_one_symbol():
    style = Style("#AABBCC", "#000000", 0.2, "use", {"a": "#FFFFFF"})
    field = Field("use", "enum", Label("用途", "Use"), values=(Choice("a", Label("甲", "A")),))
    assert [row.value for row in styles.legend(style, [field], "t", "en")] == ["a", None]
    assert [row.color for row in styles.legend(style, [], "t", "en")] == ["#AABBCC"]


def test_a_courtyard_has_the_colours_of_the_map() -> None:
    """What is drawn by a field has one colour wherever it is drawn."""
    from web.maps.style import ENCLOSURE, GRID_LINE, measure_symbol

    courtyards, measures = catalogue().layer("courtyards"), catalogue().layer("scenario-measures")
    rows = styles.legend(courtyards.style, courtyards.fields, "t", "en")
    assert {row.value: row.color for row in rows if row.value} == {code: each.fill for code, each in ENCLOSURE.items()}
    assert {row.value for row in rows if row.dashed} == {code for code, each in ENCLOSURE.items() if each.dash}
    drawn = styles.legend(measures.style, measures.fields, "t", "en")
    known = [row for row in drawn if row.value not in (None, "unknown")]
    assert {row.value: (row.color, row.dashed) for row in known} == {
        row.value: (symbol.fill, bool(symbol.dash)) for row in known for symbol in [measure_symbol(row.value)]
    }
    assert catalogue().layer("grids").style.stroke == catalogue().layer("plan-grids").style.stroke == GRID_LINE


def test_a_station_has_the_sign_of_the_map() -> None:
    """On the map a sign in one colour says what kind of station it is; so it does in QGIS."""
    from web.maps.style import SIGNS, station_symbol

    stations = catalogue().layer("stations")
    rows = [row for row in styles.legend(stations.style, stations.fields, "t", "en") if row.value]
    assert len({row.mark for row in rows}) == len(rows) == 11
    for row in rows:
        symbol = station_symbol(row.value)
        assert (row.color, SIGNS[row.mark]) == (symbol.fill, symbol.mark)
    names = {field.name: field.name for field in stations.fields}
    qml = ET.fromstring(styles.qml(stations.style, "point", stations.fields, names, ("t", "en")).split("\n", 1)[1])
    number = next(each.get("symbol") for each in qml.iter("category") if each.get("value") == "other")
    symbol = next(each for each in qml.iter("symbol") if each.get("name") == number)
    drawn = {each.get("k"): each.get("v") for each in symbol.iter("prop")}
    assert (drawn["name"], drawn["angle"], drawn["color"]) == ("triangle", "180", "55,71,79,255")


def test_every_layer_with_a_place_has_a_style() -> None:
    assert [layer.id for layer in catalogue() if layer.spatial and layer.style is None] == []
