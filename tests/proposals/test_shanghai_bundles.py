"""The unmanaged buildings of Shanghai's core bundled as a planner asks for it, and everything checked from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import app
from layers.store import open_store
from tests import town
from tests.proposals.bundle_checker import faults
from tests.proposals.test_bundle_buildings import records_of

pytestmark = pytest.mark.deep  # a district's ledger is imported, and every way of every bundle walked again

FILES = {"communities": "communities.geojson", "buildings": "buildings_gbk.zip", "ledger": "ledger.xlsx"}
WISHES = {"within": "districts:990101", "fee_yuan_m2_month": 1.2, "cost_yuan_household_month": 80.0, "seconds": 60}


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    city = shared_data / "cities"
    for layer, name in FILES.items():
        assert app.main(["-w", str(path), "import", layer, str(city / "shanghai_core_ledger" / name)]) == 0
    roads = ["import", "roads", str(city / "shanghai_core_open.gpkg"), "--sheet", "roads"]
    assert app.main(["-w", str(path), *roads]) == 0
    return path


@pytest.fixture(scope="module")
def answer(workspace: Path) -> dict[str, Any]:
    """Run it on the command line."""
    target = workspace.parent / "bundles.json"
    given = {"as-of": town.DAY.isoformat(), **WISHES}
    words = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    assert app.main(["-w", str(workspace), "--lang", "en", "run", "bundle-buildings", *words, "-o", str(target)]) == 0
    return json.loads(target.read_text("utf-8"))


def test_the_independent_checker_agrees_with_every_bundle(workspace: Path, answer: dict[str, Any]) -> None:
    store = open_store(workspace)
    assert faults(answer, records_of(store), WISHES) == []
    store.close()


def test_two_thirds_of_the_buildings_are_bundled_and_the_rest_has_reasons(answer: dict[str, Any]) -> None:
    summary = answer["summary"]
    assert (summary["buildings"], summary["bundled"], summary["left"]) == (550, 366, 184)
    assert summary["gap"] < 0.002 and summary["bundles"] in range(130, 140)
    assert set(summary["by_reason"]) == {"alone", "barrier", "would_exceed_limit"}
    assert summary["viable"] == summary["bundles"]
