"""Files as offices really keep them: an office with four communities and 48 buildings, and a case to import into it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import app
from layers.model.feature import Feature
from layers.store import open_store
from layers.store.protocol import Query, Store

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def desk_data(shared_data: Path) -> Path:
    """The folder with a folder for each case; its README says what a clerk should get."""
    return shared_data / "desk"


@pytest.fixture(scope="session")
def office(desk_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the communities and buildings that every case is about."""
    workspace = tmp_path_factory.mktemp("office") / "office.gpkg"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_WORKSPACE", str(workspace))
        for layer in ("communities", "buildings"):
            assert app.main(["import", layer, str(desk_data / f"{layer}.geojson")]) == 0
    return workspace


@pytest.fixture(scope="session")
def office_with_ledger(office: Path, desk_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The records of that office once the plain ledger is in."""
    workspace = tmp_path_factory.mktemp("plain") / "w.gpkg"
    shutil.copy(office, workspace)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_WORKSPACE", str(workspace))
        assert app.main(["import", "ledger", str(desk_data / "L00-baseline" / "ledger.xlsx")]) == 0
    with closing(open_store(workspace)) as store:
        yield store


@pytest.fixture
def at_desk(cli: Command, office: Path, tmp_path: Path) -> Command:
    """Commands at a desk of that office."""
    shutil.copy(office, tmp_path / "w.gpkg")
    return cli


@pytest.fixture
def desk(at_desk: Command, tmp_path: Path) -> Iterator[Store]:
    """The records of that office, whatever commands did to them."""
    with closing(open_store(tmp_path / "w.gpkg")) as store:
        yield store


def records(store: Store, layer: str) -> dict[str, Feature]:
    """Return id → feature of a layer."""
    rows = store.page(layer, Query(), limit=10_000).features
    return {each.id: each for each in rows}
