"""Installed from a wheel, far from any checkout: one name among everybody's packages, and everything works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(
    not os.environ.get("GRIDMAP_DEEP"), reason="builds a wheel and a virtual environment; set GRIDMAP_DEEP=1"
)
# Prints which of our rooms a program that is not ours would find.
SEEN = "import importlib.util as u; print([n for n in ('app', 'geo', 'layers', 'web') if u.find_spec(n)])"
STATIONS = "code,name,kind,lon,lat\nW1,Wheel station,clinic,120.001,36.001\n"


def run(*words: str | Path, cwd: Path) -> str:
    """Run a command to its end, and return what it says."""
    bare = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(list(map(str, words)), cwd=cwd, env=bare, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def checkout(folder: Path) -> Path:
    """Return a copy of this checkout as git sees it, since building leaves things behind."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, run(*listed, cwd=ROOT).splitlines()):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


class Installed:
    """A virtual environment into which gridmap was installed, with the packages of this one to lean on."""

    def __init__(self, folder: Path, what: str | Path, *options: str) -> None:
        venv.create(folder, with_pip=False)
        self.scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / f"python{'.exe' if os.name == 'nt' else ''}"
        self.gridmap = self.scripts / f"gridmap{'.exe' if os.name == 'nt' else ''}"
        scheme = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", scheme))
        # A path file makes packages of another folder importable, and takes no notice of that folder's own path files.
        (self.packages / "peers.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
        pip = [sys.executable, "-m", "pip", "-q", "--python", self.python, "install", "--no-deps", *options]
        run(*pip, what, cwd=folder)

    @contextmanager
    def serving(self, folder: Path) -> Iterator[str]:
        """Serve a workspace of `folder` until the end of the block; gives the address."""
        command = [str(self.gridmap), "--lang", "en", "-w", "w.gpkg", "serve", "--port", "0"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8") as process:
            try:
                yield re.search(r"http://[\d.:]+", process.stdout.readline())[0]
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "-w", folder, checkout(folder / "copy"), cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return Installed(folder / "venv", wheel, "--no-index")


def get(url: str, **body: object) -> tuple[dict, bytes]:
    """Ask, or post a body as JSON and prefer an answer later; return headers and body."""
    asked = urllib.request.Request(url, headers={"Prefer": "respond-async", "Content-Type": "application/json"})
    with urllib.request.urlopen(asked, json.dumps(body).encode() if body else None, timeout=120) as answer:
        return dict(answer.headers), answer.read()


def test_among_the_packages_there_is_one_name(installed: Installed) -> None:
    names = {each.name for each in installed.packages.iterdir()} - {"peers.pth"}
    assert {name for name in names if not name.endswith(".dist-info")} == {"gridmap"}
    assert len(names) == 2
    assert run(installed.python, "-I", "-c", SEEN, cwd=installed.packages).strip() == "[]"


def test_it_holds_what_the_repository_holds(installed: Installed) -> None:
    listed = run("git", "ls-files", "app.py", "data", "geo", "layers", "static", "web", cwd=ROOT).splitlines()
    inside = installed.packages / "gridmap"
    found = {each.relative_to(inside).as_posix() for each in inside.rglob("*") if each.is_file()}
    assert {each for each in found if "__pycache__" not in each} >= {each for each in listed if (ROOT / each).exists()}


def test_a_file_is_imported_and_exported(installed: Installed, tmp_path: Path) -> None:
    """The import reads the file in a process of its own."""
    (tmp_path / "stations.csv").write_text(STATIONS, "utf-8")
    here = (installed.gridmap, "--lang", "en", "-w", "w.gpkg")
    assert "Stations: 1 new" in run(*here, "import", "stations", "stations.csv", cwd=tmp_path)
    run(*here, "export", "stations", "out.geojson", cwd=tmp_path)
    (feature,) = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    assert feature["properties"]["name"] == "Wheel station"


def test_it_serves_the_demo_and_runs_jobs(installed: Installed, tmp_path: Path) -> None:
    """A job is a process of its own; the page brings its style sheet and its scripts along."""
    with installed.serving(tmp_path) as address:
        page = get(f"{address}/maps/coverage")[1].decode()
        for mark in ('rel="stylesheet" href="', 'type="module" src="'):
            assert get(address + page.partition(mark)[2].partition('"')[0])[1]
        asked = f"{address}/api/processes/coverage/execution"
        job = get(asked, inputs={"as_of": "2026-06-30"})[0]["Location"]
        status = ""
        while status not in ("successful", "failed"):
            time.sleep(0.2)
            status = json.loads(get(job)[1])["status"]
        assert status == "successful" and json.loads(get(f"{job}/results")[1])["rows"]


@pytest.mark.parametrize("name", ["gridmap", "elsewhere"])
def test_an_editable_install_runs_the_checkout(name: str, tmp_path: Path) -> None:
    """Also one that is called as the package is."""
    copy = checkout(tmp_path / name)
    installed = Installed(tmp_path / "venv", copy, "-e")
    (copy / "layers" / "__init__.py").write_text('VERSION = "of the checkout"\n', "utf-8")
    assert "of the checkout" in run(installed.gridmap, "--version", cwd=tmp_path)
    assert run(installed.python, "-I", "-c", SEEN, cwd=tmp_path).strip() == "[]"
