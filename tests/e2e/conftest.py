"""A browser, and a service over the demo district on a free port."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import web
from app import DEMO, create_app
from layers.model.feature import Change
from layers.settings import Settings
from layers.store import open_store
from layers.store.protocol import Draft
from layers.usecases.edits.demo import load_demo
from tests.chromium import ARGUMENTS, chromium
from tests.live import Live, answering

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><b>甲</b>"


def missing(reason: str) -> None:
    """Skip, or fail where a browser was promised."""
    if os.environ.get("GRIDMAP_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    if (program := chromium()) is None:
        missing("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the demo district."""
    path = tmp_path_factory.mktemp("demo") / "demo.gpkg"
    store = open_store(str(path), create=True)
    load_demo(store, DEMO, datetime(2025, 2, 6, tzinfo=UTC))
    store.close()
    return path


@pytest.fixture(scope="session")
def tiles_are_compiled(demo: Path) -> None:
    """In a new checkout nothing is compiled: what cuts tiles is, before a browser asks for a dozen and is refused some.

    A service that is started by its command makes its first pages by itself (`web.warm`).
    """
    app = create_app(Settings(workspace=str(demo)))
    for tile in ("0/0/0", "14/13616/6461"):
        answer = app.test_client().get(f"/maps/coverage/tiles/{tile}?as_of=2026-06-30")
        assert answer.status_code == 200 and answer.data
    app.extensions["gridmap"].store.close()


@pytest.fixture(scope="session")
def serve(tiles_are_compiled: None) -> Iterator[Callable[..., str]]:
    """Serve a workspace; gives its address."""
    with ExitStack() as open_until_the_end:

        def start(workspace: Path, **settings: object) -> str:
            app = create_app(Settings(workspace=str(workspace), **settings))
            return open_until_the_end.enter_context(answering(app))

        yield start


@pytest.fixture(scope="session")
def site(serve: Callable[..., str], demo: Path) -> str:
    """The demo district, served."""
    return serve(demo)


@pytest.fixture(scope="session")
def hostile_site(serve: Callable[..., str], demo: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo district in which a building, its courtyard and a community have markup for a name."""
    path = Path(shutil.copy(demo, tmp_path_factory.mktemp("hostile") / "hostile.gpkg"))
    store = open_store(str(path))
    changes = []
    renamed = {"buildings": "99020100100100001", "communities": "990201001001", "courtyards": "990201001001C001"}
    for layer, id in renamed.items():
        before = store.get(layer, id)
        after = replace(before, properties={**before.properties, "name": HOSTILE}, version=0)
        changes.append(Change(layer, id, before, after))
    store.commit(Draft("test", datetime(2025, 2, 6, tzinfo=UTC), HOSTILE, "edit", changes))
    store.close()
    return serve(path)


@pytest.fixture
def visit(browser: object, site: str) -> Iterator[Callable[..., object]]:
    """Open a page; afterwards nothing outside was asked for, and nothing was blocked or broken."""
    contexts, complaints = [], []

    def open_page(path: str, base: str = site, size: tuple[int, int] = (1366, 768), **options: object) -> object:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **{"locale": "zh-CN"} | options)
        context.set_default_timeout(120_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: _own(request.url) or complaints.append(f"asked for {request.url}"))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path if path.startswith("file:") else base + path)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def office(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo district in a workspace of this file's own, served: what one file plans, no other finds."""
    workspace = shutil.copy(demo, tmp_path_factory.mktemp("plans") / "plans.gpkg")
    with answering(create_app(Settings(workspace=str(workspace)))) as address:
        yield address


@pytest.fixture(scope="session")
def works(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The demo district in a workspace of its own, served with somebody who runs jobs, for all that proposes."""
    workspace = shutil.copy(demo, tmp_path_factory.mktemp("works") / "works.gpkg")
    app = create_app(Settings(workspace=str(workspace)))
    jobs = web.start_jobs(app)
    try:
        with answering(app) as address:
            yield Live(address, app.extensions["gridmap"].store)
    finally:
        jobs.close()


@pytest.fixture
def seat(browser: object, office: str) -> Iterator[Callable[..., object]]:
    """Give a planner a browser; a refusal is an answer, anything else that goes wrong there is a fault."""
    contexts, complaints = [], []

    def sit(path: str, author: str = "planner", language: str = "en", **options: object) -> object:
        given = {"viewport": {"width": 1366, "height": 768}, "locale": "en-GB", "accept_downloads": True}
        context = browser.new_context(**given | options)
        context.set_default_timeout(120_000)
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('gridmap.author', JSON.stringify({author!r}))")
        page = context.new_page()
        page.on("request", lambda given: _own(given.url) or complaints.append(given.url))
        page.on("console", lambda said: _fault(said) and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{office}{path}{'&' if '?' in path else '?'}lang={language}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield sit
    for context in contexts:
        context.close()
    assert complaints == []


def _own(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:"))


def _fault(said: object) -> bool:
    return said.type == "error" and "Failed to load resource" not in said.text
