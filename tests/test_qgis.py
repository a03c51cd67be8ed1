"""QGIS over a live service and on our files: it reads what the store holds, in our colours and with Chinese words.

QGIS 3.22 cannot write to OGC API – Features. So an edit goes back in two ways, and both are shown: the exported
GeoPackage is edited in QGIS and imported again, and what another program writes over HTTP is there for QGIS.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from layers.catalogue import catalogue
from layers.usecases.exports.exporting import ExportOptions, export_layer
from layers.usecases.imports.tables import ImportOptions, import_file
from tests import town
from tests.live import Live, serving

SCRIPT = Path(__file__).parent / "qgis_reader.py"
BLUE, WHITE = "#0b6e99", "#ffffff"


@lru_cache(maxsize=1)
def python_of_qgis() -> str | None:
    """Return the Python that has `qgis`: that of the system, seldom the one that runs the tests."""
    candidates = (os.environ.get("QGIS_PYTHON"), "/usr/bin/python3", shutil.which("python3"))
    for each in filter(None, candidates):
        if shutil.which(each) and subprocess.run([each, "-c", "import qgis.core"], capture_output=True).returncode == 0:
            return each
    return None


pytestmark = pytest.mark.skipif(python_of_qgis() is None, reason="no Python of the system has qgis (python3-qgis)")


@pytest.fixture
def live(prepared: Path, tmp_path: Path) -> Iterator[Live]:
    with serving(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg")) as service:
        yield service


def qgis(folder: Path, task: str, *arguments: object) -> dict:
    """Let QGIS do a task, without a screen and with a profile that is thrown away."""
    own = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": os.defpath}
    command = [python_of_qgis(), str(SCRIPT), task, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=own, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def place(shape: object) -> str:
    return f"{shape.centroid.x},{shape.centroid.y}"


def test_features_are_whole(live: Live, tmp_path: Path) -> None:
    box = town.house(3).union(town.house(4)).bounds
    found = qgis(tmp_path, "features", live.url, "buildings", ",".join(map(str, box)))
    assert (found["valid"], found["count"], found["crs"]) == (True, 10, "EPSG:4326")
    assert [each["code"] for each in found["features"]] == [f"b{number:02}" for number in range(1, 11)]
    third = found["features"][2]
    assert (third["name"], third["use"], third["households"], third["build_year"]) == ("3号楼", "residential", 10, None)
    assert set(catalogue().layer("buildings").by_name) <= set(third)
    assert len(found["shapes"]) == 10 and all(each.startswith("Polygon") for each in found["shapes"])
    assert found["within"] == ["b03", "b04"]
    assert found["writes"] == [False, False]


def test_what_others_write_is_there_for_qgis(live: Live, tmp_path: Path) -> None:
    town.amend(live.store, "buildings", "b03", name="三号楼", households=44)
    third = qgis(tmp_path, "features", live.url, "buildings")["features"][2]
    assert (third["name"], third["households"]) == ("三号楼", 44)


def test_tiles_are_drawn_where_the_houses_are(live: Live, tmp_path: Path) -> None:
    tiles = f"{live.url}collections/buildings/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    box = ",".join(map(str, town.box(150, 0, 200, 100).bounds))
    points = [town.house(3), town.box(240, 20, 20, 10), town.box(290, 45, 20, 10)]
    found = qgis(tmp_path, "tiles", tiles, box, 18, ";".join(map(place, points)), tmp_path / "tiles.png")
    assert found["valid"]
    assert found["colours"] == [BLUE, WHITE, WHITE]  # a house, south of it, between it and the next


def test_an_exported_file_shows_our_colours_and_words(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "courtyards.gpkg"
    export_layer(live.store, "courtyards", file, ExportOptions(language="zh"))
    points = [town.box(50, 50, 1, 1), town.box(550, 50, 1, 1)]  # in courtyard A, which is closed, and C, which is open
    picture = tmp_path / "courtyards.png"
    found = qgis(tmp_path, "style", file, "courtyards", ";".join(map(place, points)), picture)
    layer = catalogue().layer("courtyards")
    assert (found["valid"], found["loaded"], found["count"]) == (True, True, 6)
    assert (found["renderer"], found["by"]) == ("categorizedSymbol", "enclosure")
    for choice in layer.field("enclosure").values:
        label, colour = found["classes"][choice.code]
        assert (label, colour) == (choice.label.zh, layer.style.colors.get(choice.code, layer.style.fill).lower())
    assert found["aliases"]["households"] == "户数"
    assert found["colours"] == [layer.style.colors[each].lower() for each in ("closed", "open")]


def test_an_edit_in_qgis_comes_back_by_file(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "buildings.gpkg"
    export_layer(live.store, "buildings", file, ExportOptions())
    done = qgis(tmp_path, "edit", file, "buildings", "b03", "households", 44, 1e-5)
    assert done["saved"], done["errors"]
    before = live.store.get("buildings", "b03")
    report = import_file(live.store, "buildings", file, ImportOptions(), "qgis", dt.datetime.now(dt.UTC))
    assert report.counts["buildings"]["changed"] == 1 and report.counts["buildings"]["same"] == 9
    after = live.store.get("buildings", "b03")
    assert (before.properties["households"], after.properties["households"]) == (10, 44)
    assert after.geometry.centroid.x - before.geometry.centroid.x == pytest.approx(1e-5, abs=1e-9)
    changes = live.store.changes(report.changeset.revision)
    assert [each.id for each in changes if each.layer == "buildings"] == ["b03"]
