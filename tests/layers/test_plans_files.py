"""`plan-from`: grids edited elsewhere become a draft, in the workspace that the command line names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from layers.store import open_store
from layers.usecases.plans import operations as ops
from layers.usecases.plans.checking import findings
from layers.usecases.plans.comparing import compared
from layers.usecases.plans.editing import edit
from layers.usecases.plans.files import grids_in
from layers.usecases.plans.opening import Request, open_plan
from layers.usecases.plans.writing import Writer
from tests import town
from tests.web.plan_session import geojson

ONE, TWO = f"{town.COMMUNITY}001", f"{town.COMMUNITY}002"


def write(path: Path, boxes: dict[str, tuple[float, float]]) -> Path:
    """Write grids that reach from west to east metres into a file, with Chinese headings as QGIS keeps them."""
    features = [
        {"type": "Feature", "geometry": geojson(town.box(west, 0, east - west, 100)), "properties": {"网格编码": code}}
        for code, (west, east) in boxes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def test_a_file_is_compared_and_repaired(prepared: Path, tmp_path: Path) -> None:
    store = open_store(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg"))
    # grid 2 begins 20 m after grid 1 ends, beside b06
    file = write(tmp_path / "edited.geojson", {ONE: (0, 510), TWO: (530, 1000)})
    grids, _ = grids_in(file)
    writer = Writer("tests", town.NOON)
    state, _ = open_plan(store, Request(town.COMMUNITY, "service", grids=grids), writer, town.DAY)
    assert [each.kind for each in findings(state)] == ["gap"]
    assert compared(store, state) == {"new": [], "changed": [ONE, TWO], "same": [], "missing": []}
    done = edit(store, state.id, ops.Repair(), state.revision, writer)
    assert findings(done.state) == []
    assert len(done.report) == 1
    homes = {
        code: cell.properties["grid"]
        for cell in done.state.cells.values()
        for code in cell.properties.get("buildings", ())
    }
    assert homes == {f"b{n:02}": ONE if n <= 5 else TWO for n in range(1, 11)}
    store.close()


def test_what_is_drawn_as_before_is_the_same(prepared: Path, tmp_path: Path) -> None:
    store = open_store(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg"))
    grids, _ = grids_in(write(tmp_path / "same.geojson", {ONE: (0, 500), "": (500, 1000)}))
    state, _ = open_plan(store, Request(town.COMMUNITY, "service", grids=grids), Writer("tests", town.NOON), town.DAY)
    assert compared(store, state) == {"new": ["g1-2"], "changed": [], "same": [ONE], "missing": [TWO]}
    assert findings(state) == []
    store.close()
