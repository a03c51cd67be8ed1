"""Whatever is being written when a process is killed is gone when the service starts again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import create_app
from layers import scratch
from layers.settings import Settings

ROOT = Path(__file__).parent.parent
# In the middle of an export over HTTP, an export and a backup on the command line, an upload and a reading process.
HALFWAY = """
import io, sqlite3, sys, threading, time
from pathlib import Path
import app
from layers.formats import sandbox
from layers.formats.writers import geojson
from layers.settings import Settings
from layers.store import copies
from werkzeug.datastructures import FileStorage

workspace, target = sys.argv[1:]
met = threading.Barrier(6, timeout=90)

def halfway(*given):
    met.wait()
    time.sleep(120)

def half_export(parts, path, options):
    path.write_bytes(b"half")
    halfway()

geojson.write = half_export
copies.jobs.queue_again = halfway
FileStorage.save = lambda self, path: (path.write_bytes(b"half"), halfway())
sandbox._ask = halfway
service = app.create_app(Settings(workspace=workspace, language="en"))
table = Path(target) / "table.csv"
table.write_text("code,name,lng,lat")
for work in (
    lambda: service.test_client().get("/api/collections/buildings/export"),
    lambda: app.main(["-w", workspace, "export", "buildings", f"{target}/out.geojson"]),
    lambda: app.main(["-w", workspace, "backup", f"{target}/copy.gpkg"]),
    lambda: service.test_client().post("/api/imports", data={"file": (io.BytesIO(b"code"), "a.csv")}),
    lambda: app.main(["-w", workspace, "import", "buildings", str(table)]),
):
    threading.Thread(target=work, daemon=True).start()
met.wait()
print("halfway", flush=True)
time.sleep(120)
"""


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


@pytest.mark.deep  # a process is killed again and again
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_nothing_is_left_of_what_was_killed(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary, house = tmp_path / "temporary", tmp_path / "house"
    for each in (temporary, house):
        each.mkdir()
    workspace = shutil.copy(prepared / "town.gpkg", house / "town.gpkg")
    command = [sys.executable, "-c", HALFWAY, str(workspace), str(house)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"TMPDIR": str(temporary)}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "halfway\n"
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        running = files(temporary) | files(house)
        service = create_app(Settings(workspace=str(workspace), language="en"))  # a second service on the workspace
        service.extensions["gridmap"].store.close()
        assert running <= files(temporary) | files(house)
        # its own room, one in that, one of the upload, two beside the targets
        assert len([each for each in running if each.endswith(scratch.MARKER)]) == 5
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    service = create_app(Settings(workspace=str(workspace), language="en"))
    service.extensions["gridmap"].store.close()
    assert files(temporary) == set()
    assert files(house) - {"town.gpkg-wal", "town.gpkg-shm"} == {"town.gpkg", "table.csv"}
