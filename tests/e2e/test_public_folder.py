"""Behind a proxy that gives gridmap a folder of a larger site, every page finds its way."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from app import create_app
from layers.settings import Settings
from tests.live import answering
from tests.suite import quickly

FOLDER = "/gridmap"


def taken_away(app: Callable) -> Callable:
    """Return what a proxy makes of a service: the folder goes, and who asks is said in a header."""

    def pass_on(environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{FOLDER}/"):
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        said = {"PATH_INFO": path.removeprefix(FOLDER), "HTTP_X_FORWARDED_FOR": environ["REMOTE_ADDR"]}
        return app(environ | said, start_response)

    return pass_on


@pytest.fixture(scope="module")
def office(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo district under a folder; gives its address."""
    workspace = shutil.copy(demo, tmp_path_factory.mktemp("folder") / "own.gpkg")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(
        workspace=str(workspace),
        public_url=f"http://127.0.0.1:{port}{FOLDER}/",
        trusted_proxies=("127.0.0.1/32",),
    )
    app = create_app(settings)
    app.wsgi_app = taken_away(app.wsgi_app)
    with answering(app, port) as address:
        yield address + FOLDER
    app.extensions["gridmap"].store.close()


@pytest.fixture
def asked(office: str, visit: Callable[..., object]) -> Iterator[Callable[[str], object]]:
    """Open a page; afterwards nothing was asked for outside the folder."""
    outside: list[str] = []

    def open_page(path: str) -> object:
        page = visit(path, base=office)
        page.on("request", lambda each: each.url.startswith((office, "data:", "blob:")) or outside.append(each.url))
        page.reload()
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    assert outside == []


@pytest.mark.parametrize("path", quickly(["/", "/maps/service-area", "/plans", "/import"], 3))
def test_a_page_loads_and_its_links_stay_in_the_folder(asked: Callable[[str], object], path: str):
    page = asked(path)
    links = page.eval_on_selector_all("a[href]", "(all) => all.map((each) => new URL(each.href).pathname)")
    assert links
    assert [each for each in links if not each.startswith(f"{FOLDER}/")] == []


@pytest.mark.deep
def test_an_analysis_and_the_history_are_found(asked: Callable[[str], object]):
    page = asked("/?lang=en")
    read = "(path) => fetch(path).then((answer) => answer.json())"
    listed = page.evaluate(
        read, page.evaluate("import('gridmap/shared/root.js').then(({ root }) => `${root}/api/changesets`)")
    )
    assert listed["changesets"][0]["id"] >= 1
    link = page.get_attribute("a[data-export]", "href")
    assert link.startswith((f"{FOLDER}/api/collections/", f"{FOLDER}/maps/"))
    assert page.evaluate("(url) => fetch(url).then((answer) => answer.status)", link) == 200
