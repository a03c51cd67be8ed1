"""The core of Shanghai as its office has it, imported once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import app

FILES = {"communities": "communities.geojson", "buildings": "buildings_gbk.zip", "ledger": "ledger.xlsx"}


@pytest.fixture(scope="session")
def shanghai(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shanghai") / "city.gpkg"
    city = shared_data / "cities"
    for layer, name in FILES.items():
        assert app.main(["-w", str(path), "import", layer, str(city / "shanghai_core_ledger" / name)]) == 0
    roads = ["import", "roads", str(city / "shanghai_core_open.gpkg"), "--sheet", "roads"]
    assert app.main(["-w", str(path), *roads]) == 0
    return path


@pytest.fixture(scope="module")
def workspace(shanghai: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that the tests of a file may write into."""
    return Path(shutil.copy(shanghai, tmp_path_factory.mktemp("city") / "city.gpkg"))
