"""The street network is made once, and is always that of the roads as they are."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS

from layers.reach import kept_legs
from layers.reach import networks as module
from layers.reach.networks import RoadNetwork, road_network
from layers.store import open_store
from layers.store.protocol import Store
from tests import town
from tests.town import line

METRIC = CRS.from_epsg(4549)


@pytest.fixture
def laid(small_town: Store) -> Store:
    """The town with a street from west to east, S1, and a lane that crosses it, S2."""
    town.lay_street(small_town)
    town.add(small_town, "roads", "S2", line((500, 0), (500, 90)), **{"class": "residential"})
    return small_town


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each network came about; networks of any size are kept on disk."""
    ways: list[str] = []
    monkeypatch.setattr(module, "LEAST_ROADS", 0)
    for name in ("build_network", "edit_network"):
        function = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, _f=function, _n=name, **k: ways.append(_n) or _f(*a, **k))
    return ways


def of(store: Store, day: dt.date = town.DAY, scenario: str | None = None) -> RoadNetwork:
    return road_network(store, day, METRIC, scenario)


@pytest.fixture
def reopened() -> Iterator[Callable[[Store], Store]]:
    """Open a store once more, as another process does."""
    with ExitStack() as opened:
        yield lambda store: opened.enter_context(closing(open_store(store.url, create=False)))


def test_the_same_roads_are_one_network(laid: Store, built: list[str]) -> None:
    found = of(laid)
    assert of(laid) is found
    assert of(laid, dt.date(2025, 1, 2)).network is found.network
    town.add(laid, "stations", "T9", town.point(0, 0), kind="clinic")
    assert of(laid) is found
    assert built == ["build_network"]
    assert found.network.report.edges == 4
    assert list(found.codes) == ["S1", "S2"]


def test_a_name_changes_no_network_but_the_revision_is_told(laid: Store, built: list[str]) -> None:
    before = of(laid)
    town.amend(laid, "roads", "S1", name="Main Street")
    after = of(laid)
    assert after.network is before.network
    assert (before.revision, after.revision) == (laid.revision() - 1, laid.revision())


def test_an_edited_road_is_cut_anew_and_nothing_else_is(laid: Store, built: list[str]) -> None:
    of(laid)
    town.add(laid, "roads", "S3", line((200, 0), (200, 90)), **{"class": "path"})
    assert of(laid).network.report.edges == 7
    town.amend(laid, "roads", "S2", valid_to=dt.date(2024, 1, 1))
    assert of(laid).network.report.edges == 4
    assert built == ["build_network", "edit_network", "edit_network"]


def test_the_next_process_reads_the_network_from_disk(
    laid: Store, built: list[str], reopened: Callable[[Store], Store]
) -> None:
    network = of(laid).network
    again = of(reopened(laid))
    assert built == ["build_network"]
    assert again.network.report == network.report
    for name, array in network.as_arrays().items():
        np.testing.assert_array_equal(again.network.as_arrays()[name], array)
    assert again.assumed == of(laid).assumed
    town.add(laid, "roads", "S3", line((200, 0), (200, 90)), **{"class": "path"})
    other = reopened(laid)
    assert of(other).network.report.edges == 7
    assert built == ["build_network", "build_network"]  # it had no network in memory to edit


def test_another_workspace_under_the_same_revision_is_not_mistaken(
    laid: Store, built: list[str], reopened: Callable[[Store], Store]
) -> None:
    """A restored backup counts its revisions on from where it was: the same numbers, other roads."""
    backup = Path(laid.url).with_name("backup.gpkg")
    laid.backup(backup)
    town.add(laid, "roads", "S3", line((200, 0), (200, 90)), **{"class": "path"})
    revision = of(laid).revision
    laid.close()
    shutil.copy(backup, laid.url)
    for journal in ("-wal", "-shm"):
        Path(laid.url + journal).unlink(missing_ok=True)
    restored = reopened(laid)
    town.add(restored, "roads", "S4", line((200, 60), (200, 90)), **{"class": "path"})  # does not reach the street
    found = of(restored)
    assert found.revision == revision
    assert found.network.report.edges == 5
    assert list(found.codes) == ["S1", "S2", "S4"]


def test_a_damaged_file_is_made_anew(
    laid: Store, built: list[str], reopened: Callable[[Store], Store], caplog: pytest.LogCaptureFixture
) -> None:
    of(laid)
    (path,) = Path(laid.url + ".cache").iterdir()
    raw = bytearray(path.read_bytes())
    raw[-200] ^= 255
    path.write_bytes(raw)
    assert of(reopened(laid)).network.report.edges == 4
    assert built == ["build_network", "build_network"]
    assert "made anew" in caplog.text
    assert of(reopened(laid)).network.report.edges == 4
    assert len(built) == 2  # the new file is sound


def test_an_edit_while_the_roads_are_read_does_not_mix_two_revisions(
    laid: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = laid.revision()
    read = type(laid).read

    def read_and_be_overtaken(self: Store, layer: str, query=None) -> object:
        frame = read(self, layer, query) if query else read(self, layer)
        if self.revision() == revision:
            town.add(self, "roads", "S3", line((200, 0), (200, 90)), **{"class": "path"})
        return frame

    monkeypatch.setattr(type(laid), "read", read_and_be_overtaken)
    found = of(laid)
    assert (found.revision, list(found.codes)) == (revision, ["S1", "S2"])
    assert (of(laid).revision, list(of(laid).codes)) == (revision + 1, ["S1", "S2", "S3"])


def test_points_are_joined_once_and_again_after_an_edit(laid: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    attach = kept_legs.attach_clear
    monkeypatch.setattr(kept_legs, "attach_clear", lambda *a: asked.append(len(a[1])) or attach(*a))
    found = of(laid)
    points = found.network.node_xy + np.array([0.0, 15.0])
    first = found.attach(points, "walk", 200.0)
    assert found.attach(points.copy(), "walk", 200.0) is first
    assert found.attach(points, "walk", 1.0).edge.tolist().count(-1) == 3  # two lie on the lane
    assert len(asked) == 2
    town.add(laid, "roads", "S3", line((200, 0), (200, 90)), **{"class": "path"})
    after = of(laid)
    taken_over = after.attach(points, "walk", 200.0)
    expected = attach(after.network, points, "walk", 200.0, after.around, np.ones(len(after.network.edge_line), bool))
    assert len(asked) == 2
    assert taken_over.edge.tolist() == expected.edge.tolist()
    assert taken_over.at_m.tolist() == expected.at_m.tolist()
