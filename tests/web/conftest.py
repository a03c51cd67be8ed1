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
