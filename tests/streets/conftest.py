"""Streets drawn by hand, with the minutes that a patient clerk works out with a ruler."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.store import open_store
from tests import town

Command = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Place:
    """A workspace into which files are imported by commands, and which is asked as over HTTP."""

    path: Path
    command: Command

    def take(self, *words: str) -> str:
        """Run a command that must succeed, and return what it prints."""
        code, out, err = self.command(*words)
        assert code == 0, out + err
        return out

    def import_case(self, folder: Path, osm: str = "in.osm") -> str:
        """Import what a case holds, and return what was said of its streets."""
        said = self.take("import-osm", str(folder / osm))
        for layer in ("buildings", "courtyards", "gates", "barriers", "stations"):
            if (folder / f"{layer}.geojson").exists():
                self.take("import", layer, str(folder / f"{layer}.geojson"))
        return said

    def ask(self, analysis: str = "service-area", **inputs: object) -> dict:
        """Run an analysis."""
        one = analyses()[analysis]
        with closing(open_store(self.path)) as store:
            found = one.run(store, decode(one, {"as_of": town.DAY.isoformat(), **inputs}, town.DAY), silent)
            return json.loads(msgspec.json.encode(outputs_json(found, "en")))

    def buildings(self, **inputs: object) -> dict[str, dict]:
        """Return code → what the service area says of each building."""
        found = self.ask(**inputs)["buildings"]["features"]
        return {each["properties"]["code"]: each["properties"] for each in found}

    def minutes(self, **inputs: object) -> dict[str, float | None]:
        """Return code → minutes, None where the building is not reached."""
        found = self.buildings(**inputs)
        return {code: each["minutes"] if each["covered"] else None for code, each in found.items()}


@pytest.fixture
def place(cli: Command, tmp_path: Path) -> Place:
    """An empty workspace."""
    return Place(tmp_path / "w.gpkg", cli)


@pytest.fixture(scope="module")
def drawn_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Place, Callable[[], None]], Place]:
    """Let the first test of a file draw what each of them begins with, and give the others copies of it."""
    kept = tmp_path_factory.mktemp("drawn") / "w.gpkg"

    def drawn(place: Place, draw: Callable[[], None]) -> Place:
        if kept.exists():
            shutil.copy(kept, place.path)
        else:
            draw()
            shutil.copy(place.path, kept)
        return place

    return drawn
