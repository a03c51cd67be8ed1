"""What several tests of layers ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import DEMO
from layers.store import open_store
from layers.store.protocol import Store
from layers.usecases.edits.demo import load_demo
from tests import town


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The demo district in a workspace of its own, which nobody changes."""
    store = open_store(str(tmp_path_factory.mktemp("demo") / "demo.gpkg"), create=True)
    load_demo(store, DEMO, town.NOON)
    yield store
    store.close()
