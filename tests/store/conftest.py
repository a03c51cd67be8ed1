"""One contract, run over every backend: a test that takes `store` belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from layers.store import open_store
from layers.store.protocol import Store

BACKENDS: dict[str, Callable[[Path], str]] = {"embedded": lambda folder: str(folder / "工作区 1%.gpkg")}


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a workspace may be made."""
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
def open_again(url: str) -> Iterator[Callable[[], Store]]:
    """Open the same workspace once more, as another process would."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(open_store(url)))


@pytest.fixture
def store(open_again: Callable[[], Store]) -> Store:
    """A new workspace."""
    return open_again()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Store]:
    """A new workspace of the embedded backend, for what only a GeoPackage promises."""
    with closing(open_store(tmp_path / "workspace.gpkg")) as opened:
        yield opened
