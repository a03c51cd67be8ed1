"""Scenarios on the command line, in files, in other tools; and over a real river."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely

import app
from layers.catalogue import catalogue
from layers.store import open_store
from layers.store.protocol import Store
from tests import town
from tests.layers.test_service import run
from tests.town import line, point


@pytest.fixture
def workspace(small_town: Store) -> str:
    """The path of a workspace with two streets, a station, and a bridge that is only thought of."""
    town.add(small_town, "roads", "W", line((0, 40), (490, 40)), **{"class": "residential"})
    town.add(small_town, "roads", "E", line((510, 40), (1000, 40)), **{"class": "residential"})
    town.add(small_town, "stations", "T1", point(50, 50), name="长者食堂", kind="elder_canteen", status="open")
    town.add(small_town, "scenario-measures", "B1", line((490, 40), (510, 40)), scenario="甲", action="add_bridge")
    town.add(small_town, "scenario-measures", "C1", point(700, 40), scenario="甲", action="close_gate")
    return small_town.url


def gridmap(workspace: str, *arguments: str) -> int:
    return app.main(["--workspace", workspace, "--lang", "en", *arguments])


def test_listed_asked_and_adopted(workspace: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gridmap(workspace, "scenarios") == 0
    assert capsys.readouterr().out == "甲  2  (add a bridge 1, close a gate 1)\n"
    assert gridmap(workspace, "run", "service-coverage", "--scenario", "甲", "--as-of", "2025-02-06") == 0
    assert '"newly_covered": 2' in capsys.readouterr().out  # b06 at 550 m and b07 at 650 m
    assert gridmap(workspace, "adopt-scenario", "乙") == 2
    assert "known: 甲" in capsys.readouterr().err
    assert gridmap(workspace, "adopt-scenario", "甲") == 0
    assert "Scenario 甲 is adopted" in capsys.readouterr().out
    assert gridmap(workspace, "scenarios") == 0
    assert capsys.readouterr().out.startswith("none;")


def test_refused_with_every_fault(workspace: str, small_town: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("X1", "X2"):
        town.add(small_town, "scenario-measures", code, point(0, 900), scenario="甲", action="close_road")
    assert gridmap(workspace, "adopt-scenario", "甲") == 1
    said = capsys.readouterr().err
    assert "X1" in said and "X2" in said


def test_a_spreadsheet_of_coverage_with_a_scenario(workspace: str, tmp_path: Path) -> None:
    target = tmp_path / "coverage.xlsx"
    words = ["run", "service-coverage", "--scenario", "甲", "--as-of", "2025-02-06", "-o", str(target)]
    assert gridmap(workspace, *words) == 0
    cells = [cell for sheet in openpyxl.load_workbook(target) for row in sheet.iter_rows(values_only=True)
             for cell in row]  # fmt: skip
    assert "Buildings newly covered" in cells


def test_points_and_lines_live_in_one_layer_that_other_tools_read(workspace: str, tmp_path: Path) -> None:
    _, _, shapes, _ = pyogrio.raw.read(workspace, layer="scenario_measures")
    assert sorted(shapely.from_wkb(shapes), key=str)[0].geom_type in ("MultiLineString", "LineString")
    assert {each.geom_type for each in shapely.from_wkb(shapes)} == {"MultiLineString", "Point"}
    assert pyogrio.read_info(workspace, layer="scenario_measures")["geometry_type"] == "Unknown"
    for ending in ("geojson", "gpkg", "csv", "xlsx"):
        target = tmp_path / f"measures.{ending}"
        assert gridmap(workspace, "export", "scenario-measures", str(target)) == 0
        assert gridmap(workspace, "import", "scenario-measures", str(target)) == 0
    store = open_store(workspace)
    assert store.layer_revisions()["scenario-measures"] == store.revision()  # nothing was written by the imports
    store.close()


def test_a_station_may_be_of_every_kind_that_stations_have() -> None:
    kinds = [[choice.code for choice in catalogue().layer(layer).field("kind").values]
             for layer in ("stations", "scenario-measures")]  # fmt: skip
    assert kinds[0] == kinds[1]


@pytest.mark.deep  # a whole district
def test_a_footbridge_over_the_huangpu(shared_data: Path, tmp_path: Path) -> None:
    """466 m between the banks. Within 30 minutes of its southern end 108 buildings, and 165 more across the river."""
    path = str(tmp_path / "city.gpkg")
    city = shared_data / "cities"
    files = {"communities": "communities.geojson", "buildings": "buildings_gbk.zip", "ledger": "ledger.xlsx"}
    for layer, file in files.items():
        assert gridmap(path, "import", layer, str(city / "shanghai_core_ledger" / file)) == 0
    assert gridmap(path, "import", "roads", str(city / "shanghai_core_open.gpkg"), "--sheet", "roads") == 0
    bridge = shapely.LineString([(121.4951122, 31.2441384), (121.4932442, 31.2480212)])
    measures = {"type": "FeatureCollection", "features": [{
        "type": "Feature", "geometry": shapely.geometry.mapping(bridge),
        "properties": {"scenario": "步行桥", "action": "架桥", "name": "黄浦江步行桥", "drivable": "否"},
    }]}  # fmt: skip
    drawn = tmp_path / "measures.geojson"
    drawn.write_text(json.dumps(measures, ensure_ascii=False), "utf-8")
    assert gridmap(path, "import", "scenario-measures", str(drawn)) == 0
    store = open_store(path)
    try:
        asked = {"points": [list(bridge.coords[0])], "minutes": [30], "scenario": "步行桥"}
        found = run(store, "service-coverage", **asked)
        assert found["summary"]["scenario"]["applied"] == 1
        figures = [found["summary"][name] for name in ("covered_before", "newly_covered", "newly_uncovered")]
        assert figures == [109, 161, 0]
        driven = run(store, "service-coverage", **asked, mode="drive")["summary"]
        assert (driven["newly_covered"], driven["newly_uncovered"]) == (0, 0)
    finally:
        store.close()
    assert dt.date.fromisoformat(found["summary"]["as_of"]) == town.DAY
