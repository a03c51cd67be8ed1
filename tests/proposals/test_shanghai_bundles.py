"""The unmanaged buildings of Shanghai's core bundled as a planner asks for it, and everything checked from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layers.store import open_store
from tests.proposals.bundle_checker import faults
from tests.proposals.test_bundle_buildings import records_of
from tests.proposals.typed import typed

pytestmark = pytest.mark.deep  # a district's ledger is imported, and every way of every bundle walked again

WISHES = {"within": "districts:990101", "fee_yuan_m2_month": 1.2, "cost_yuan_household_month": 80.0, "seconds": 60}


@pytest.fixture(scope="module")
def answer(workspace: Path) -> dict[str, Any]:
    return typed(workspace, "bundle-buildings", **WISHES)


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
