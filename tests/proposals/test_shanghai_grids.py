"""Grids for the twelve communities of Shanghai's core as a planner asks for them: from none, then from those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

import app
from layers.analyses.registry import analyses, decode
from layers.store import open_store
from layers.store.protocol import Store
from tests import town
from tests.proposals.checker import faults
from tests.proposals.test_propose_grids import records_of
from tests.proposals.typed import typed

pytestmark = pytest.mark.deep  # twelve communities, twice, with as much time as a planner would give

HERE = "districts:990101"
SECONDS = 40


@pytest.fixture(scope="module")
def from_none(workspace: Path) -> dict[str, Any]:
    return proposed(workspace, start="none", households_min=300, households_max=500)


@pytest.fixture(scope="module")
def from_today(workspace: Path, from_none: dict[str, Any]) -> dict[str, Any]:
    """What was proposed comes into force, and another band is asked for."""
    grids = gpd.GeoDataFrame.from_features(from_none["proposal"]["features"], crs="EPSG:4326")
    number = grids.groupby("community_code").cumcount() + 1
    grids["code"] = grids["community_code"] + number.map("{:03}".format)
    file = workspace.parent / "grids.geojson"
    grids[["code", "community_code", "geometry"]].assign(grid_system="service").to_file(file)
    assert app.main(["-w", str(workspace), "import", "grids", str(file)]) == 0
    return proposed(workspace, start="active", households_min=320, households_max=560)


@pytest.fixture
def city(workspace: Path) -> Iterator[Store]:
    store = open_store(workspace)
    yield store
    store.close()


def proposed(workspace: Path, **wishes: object) -> dict[str, Any]:
    """Run it on the command line."""
    given = {"within": HERE, "whole": "none", "seconds": SECONDS, **wishes}
    return typed(workspace, "propose-grids", file=str(wishes["start"]), **given)


def wrong(store: Store, answer: Mapping[str, Any], start: str) -> dict[str, list[str]]:
    """Return what the independent checker finds, by community."""
    found = {}
    summary = answer["summary"]
    band = {name: summary[name] for name in ("households_min", "households_max")}
    given = {"within": HERE, "whole": "none", "start": start, **band}
    wishes = decode(analyses()["propose-grids"], given, town.DAY)
    for community in summary["communities"]:
        mine = {
            "rows": [each for each in answer["rows"] if each["community_code"] == community["code"]],
            "proposal": {
                "features": [each for each in answer["proposal"]["features"]
                             if each["properties"]["community_code"] == community["code"]],
            },
            "summary": {**community, **band},
        }  # fmt: skip
        records = records_of(store, wishes, community["code"])
        found[community["code"]] = faults(mine, records, {"whole": "none"})
    return found


def test_from_none_the_independent_checker_agrees_for_all_twelve(city: Store, from_none: dict[str, Any]) -> None:
    summary = from_none["summary"]
    assert len(summary["communities"]) == 12 and summary["households"] == 53117
    assert summary["contiguous"] == summary["grids"] > 100
    assert wrong(city, from_none, "none") == {each["code"]: [] for each in summary["communities"]}


def test_from_today_few_move_and_the_checker_agrees(
    city: Store, from_none: dict[str, Any], from_today: dict[str, Any]
) -> None:
    summary = from_today["summary"]
    assert wrong(city, from_today, "active") == {each["code"]: [] for each in summary["communities"]}
    assert 0 < summary["moved_households"] < summary["households"] / 50
    apart = {each["part"] for each in summary["apart"]}
    outside = {each["community_code"] for each in from_today["rows"]
               if not each["in_band"] and each["part"] not in apart}  # fmt: skip
    kept = {each["code"] for each in summary["communities"]
            if each["smallest_band"] is None or each["smallest_band"]["widened_by"] == 0}  # fmt: skip
    assert kept and not kept & outside
