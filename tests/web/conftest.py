"""The service over the small town, asked through Flask's test client."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from layers.settings import Settings


@pytest.fixture
def service(prepared: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application over the small town."""
    workspace = shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg")
    app = create_app(Settings(workspace=str(workspace), language="en"))
    yield app
    app.extensions["gridmap"].store.close()


@pytest.fixture
def client(service: Flask) -> FlaskClient:
    """A browser without scripts."""
    return service.test_client()


@pytest.fixture(scope="module")
def town_to_read(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The same, shared by the tests of a file that only read: making it takes longer than most of them."""
    workspace = shutil.copy(prepared / "town.gpkg", tmp_path_factory.mktemp("read") / "town.gpkg")
    app = create_app(Settings(workspace=str(workspace), language="en"))
    yield app
    app.extensions["gridmap"].store.close()


@pytest.fixture
def reader(town_to_read: Flask) -> Iterator[FlaskClient]:
    """A browser of somebody who changes nothing, which is seen to."""
    before = town_to_read.extensions["gridmap"].store.revision()
    yield town_to_read.test_client()
    assert town_to_read.extensions["gridmap"].store.revision() == before
