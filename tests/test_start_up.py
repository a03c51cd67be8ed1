"""What does not need geometry does not wait for it: what is loaded when a command has done its work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click

from layers.cli.root import COMMANDS, root

FRAMES = {"geopandas", "pandas", "numba", "scipy", "pyogrio", "pyarrow", "flask", "folium", "waitress", "alembic"}
ARRAYS = {"numpy", "shapely", "pyproj", "sqlalchemy"}
RUN = """
import json, sys
import app

for words in json.loads(sys.argv[1]):
    code = app.main(words)
    print(json.dumps([" ".join(words), code, list(sys.modules)]), file=open("loaded", "a"))
"""


def loaded(folder: Path, *commands: str) -> dict[str, tuple[int, set[str]]]:
    """Run commands one after the other in one process; return command → exit code and what is loaded by then."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "GRIDMAP_WORKSPACE": "w.gpkg"}
    line = [sys.executable, "-c", RUN, json.dumps([each.split() for each in commands])]
    subprocess.run(line, cwd=folder, env=environment, capture_output=True, check=True)
    told = map(json.loads, (folder / "loaded").read_text("utf-8").splitlines())
    return {command: (code, set(modules)) for command, code, modules in told}


def test_help_and_refusals_of_what_was_typed_load_neither_frames_nor_arrays(tmp_path: Path) -> None:
    """Only `run --help` needs more: an analysis says itself what it is."""
    helps = [f"{name} --help" for name in COMMANDS if name != "run"]
    for command, (_, modules) in loaded(tmp_path, "--version", "--help", *helps, "impotr x", "import moons x").items():
        assert not modules & (FRAMES | ARRAYS), command


def test_looking_after_the_records_loads_no_frames(tmp_path: Path, prepared: Path) -> None:
    (tmp_path / "w.gpkg").write_bytes((prepared / "town.gpkg").read_bytes())
    runs = ("history", "history buildings", "doctor", "backup copy.gpkg", "restore copy.gpkg -w new.gpkg", "scenarios",
            "plans", "adopt-outside", "revert 1")  # fmt: skip
    done = loaded(tmp_path, *runs)
    assert {command: code for command, (code, _) in done.items()} == dict.fromkeys(runs, 0)
    for command, (_, modules) in done.items():
        assert not modules & FRAMES, command


def test_every_command_is_where_its_name_says() -> None:
    for name, command in root.commands.items():
        assert isinstance(command, click.Command) and command.name == name
    assert "lucky-guess" not in root.commands


def test_one_command_is_loaded_without_the_others(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "plans --help")["plans --help"][1]
    loaded_of_it = {each.rpartition(".")[2] for each in modules if each.startswith("layers.cli.")}
    assert loaded_of_it == {"root", "help", "plans"}
