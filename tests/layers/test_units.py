"""Units have words in both languages, and what is written in one is read again."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from openpyxl import load_workbook

from layers.catalogue import catalogue
from layers.formats import write
from layers.formats.writing import WriteOptions
from layers.model.values import parse, split_heading
from layers.units import unit_in

USED = sorted({field.unit for layer in catalogue() for field in layer.fields if field.unit})
CHINESE = range(0x2E80, 0xA000)


@pytest.mark.parametrize("unit", USED)
def test_no_unit_is_shown_to_english_readers_in_chinese(unit: str) -> None:
    assert unit_in(unit, "zh") == unit
    assert not any(ord(each) in CHINESE for each in unit_in(unit, "en")) and unit_in(unit, "en")


def test_a_head_says_a_unit_once() -> None:
    buildings = catalogue().layer("buildings")
    heads = {name: buildings.field(name) for name in ("households", "population", "floor_area_m2")}
    assert {name: field.heading("zh") for name, field in heads.items()} == {
        "households": "户数(户)", "population": "人口(人)", "floor_area_m2": "建筑面积(㎡)",
    }  # fmt: skip
    assert {name: field.heading("en") for name, field in heads.items()} == {
        "households": "Households", "population": "Population (people)", "floor_area_m2": "Floor area (m²)",
    }  # fmt: skip


def test_every_head_that_is_written_is_read_again_with_its_unit() -> None:
    for layer in catalogue():
        for field in layer.fields:
            for language in ("zh", "en"):
                label, unit = split_heading(field.heading(language))
                if field.unit_in(language, beside_label=True):
                    assert (label, unit) == (field.label.say(language), field.unit_in(language))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_workbook_says_units_in_its_own_language(tmp_path: Path, language: str) -> None:
    buildings = catalogue().layer("buildings")
    rows = {"code": ["b1"], "households": [12], "population": [30], "floor_area_m2": [900.0]}
    write(
        buildings,
        gpd.GeoDataFrame(rows, geometry=[None], crs=4326),
        tmp_path / "b.xlsx",
        WriteOptions(language=language),
    )
    book = load_workbook(tmp_path / "b.xlsx", read_only=True)
    (heads, *_), fields = book.worksheets[1].values, list(book.worksheets[2].values)
    units = {row[0]: row[3] for row in fields}
    if language == "en":
        assert heads[:4] == ("Building code", "Households", "Population (people)", "Floor area (m²)")
        assert (units["households"], units["population"], units["floor_area_m2"]) == ("households", "people", "m²")
    else:
        assert heads[1:4] == ("户数(户)", "人口(人)", "建筑面积(㎡)")
        assert (units["households"], units["population"], units["floor_area_m2"]) == ("户", "人", "㎡")


def test_a_refusal_names_the_unit_in_the_readers_language() -> None:
    problem = parse(catalogue().layer("buildings").field("households"), "3公顷").problem
    assert problem is not None
    assert "into households" in problem.say("en") and "换算为户" in problem.say("zh")
