"""Costly questions are answered beside the service: the same answers, the same refusals, and what is costly."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import web
from app import create_app
from layers.errors import Overloaded
from layers.keeping import OfEach, Recent
from layers.settings import Settings
from layers.text import Text
from layers.workshop import Asking, NoProcess
from tests import town
from tests.asking import HEADERS, alike, first_difference
from tests.suite import quickly
from web.asking import prices
from web.asking.elsewhere import ASKING

SECONDS = 60.0
WHEN = "as_of=2025-02-06"
COVERAGE = "/api/processes/coverage/execution"
ITEMS = "/api/collections/buildings/items"
EXECUTED = [
    (COVERAGE, {"inputs": {"as_of": "2025-02-06"}}),
    (COVERAGE, {"inputs": {"by": "streets", "basis": "strict"}}),  # today, which the service says
    ("/api/processes/unmanaged-buildings/execution", {"inputs": {}, "response": "raw"}),
    ("/api/processes/service-coverage/execution", {"inputs": {"method": "straight"}}),
    ("/api/processes/service-coverage/execution", {"inputs": {"method": "network", "stations": ["none"]}}),
    (COVERAGE, {"inputs": {"as_of": "1 May", "by": "moons"}}),
    (COVERAGE, {"inputs": {"known_at": "99"}}),
    ("/api/processes/none/execution", {"inputs": {}}),
]
PAGES = [
    f"/?{WHEN}",
    "/maps/coverage",
    f"/maps/coverage?{WHEN}&basis=strict&community={town.COMMUNITY}&lang=en",
    f"/maps/coverage?{WHEN}&public=true",
    "/maps/coverage?as_of=never&basis=none",
    "/maps/coverage?community=nowhere",
    "/maps/moon",
    f"/maps/service-area?{WHEN}&method=straight",
    "/maps/courtyards",
    f"/maps/grids?{WHEN}",
    *(f"/maps/coverage/{part}&{WHEN}" for part in (
        "rows?rows=all&sort=code.down", "rows?rows=moons", "matches?text=1", "search?q=1", "rest?", "tree?",
        "tiles/14/13653/6436?", "tiles/99/1/1?", "under/courtyards/14/13653/6436?", "export?f=csv", "export?f=xlsx",
        "export?f=geojson&public=true", "export?f=moon", "download?lang=en")),
]  # fmt: skip
FEATURES = [
    f"{ITEMS}?limit=3",
    f"{ITEMS}?limit=2&f=csv&sortby=-households",
    f"{ITEMS}?f=html&filter={quote('households > 5')}",
    f"{ITEMS}?filter={quote('moons = 1')}&limit=x",
    f"{ITEMS}?public=true&filter={quote('households > 5')}",
    f"{ITEMS}?public=true",
    f"{ITEMS}?{WHEN}&crs=http://www.opengis.net/def/crs/EPSG/0/3857",
    "/api/collections/appeals/items?public=true",
    "/api/collections/moons/items",
    "/api/collections/buildings/tiles/WebMercatorQuad/14/6436/13653?datetime=2025-02-06",
    "/api/collections/buildings/tiles/WebMercatorQuad/14/6436/13653?datetime=2025-02-06&public=true",
]


@pytest.fixture(scope="module")
def house(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A service over the small town, and processes beside it."""
    workspace = shutil.copy(prepared / "town.gpkg", tmp_path_factory.mktemp("asking") / "town.gpkg")
    app = create_app(Settings(workspace=str(workspace), language="zh"))
    own = app.extensions["gridmap"]
    app.extensions["gridmap"] = dataclasses.replace(own, today=lambda: dt.date(2025, 2, 7))
    asking = web.start_questions(app)
    yield app
    asking.close()
    own.store.close()


@pytest.fixture
def asking(house: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """Whatever can be asked elsewhere is, however cheap."""
    monkeypatch.setattr(prices, "DEAR_MS", -1.0)
    yield house.extensions[ASKING]


def ask(house: Flask, path: str, body: dict | None = None, **headers: str) -> TestResponse:
    client = house.test_client(use_cookies=False)
    method = "GET" if body is None else "POST"
    return client.open(path, method=method, json=body, headers={"Accept-Language": "en", **headers})


def told(answer: TestResponse) -> bytes:
    """Return an answer with its headers, without what differs between two looks at the same."""
    said = [answer.status, *(f"{each}: {answer.headers[each]}" for each in HEADERS if each in answer.headers)]
    return alike("\n".join(said).encode()) + b"\n\n" + alike(answer.get_data())


def here(house: Flask, *asked: object, **headers: str) -> TestResponse:
    """Ask with no process to be had."""
    beside = house.extensions.pop(ASKING)
    try:
        return ask(house, *asked, **headers)
    finally:
        house.extensions[ASKING] = beside


ASKED = [*((each,) for each in (*PAGES, *FEATURES)), *EXECUTED]


@pytest.mark.parametrize("asked", quickly([(each,) for each in ASKED], *range(0, len(ASKED), 6)), ids=str)
def test_an_answer_from_a_process_is_the_same_byte_for_byte(house: Flask, asking: Asking, asked: tuple) -> None:
    one, other = told(here(house, *asked)), told(ask(house, *asked))
    assert one == other, first_difference(one, other)
    assert asking.pids() and os.getpid() not in asking.pids()


@pytest.mark.parametrize(
    ("analysis", "inputs", "task"),
    [
        ("unmanaged-buildings", {"as_of": "2025-02-06"}, "figures"),
        ("unmanaged-courtyards", {}, "figures"),
        ("coverage", {"by": "communities"}, "figures"),
        ("compare-dates", {"from": "2025-01-01", "to": "2025-02-06"}, "figures"),
        ("coverage", {"known_at": "1"}, "analysis"),  # maps keep nothing of what was known once
        ("data-quality", {}, "analysis"),
        ("no-such", {}, "analysis"),
    ],
)
def test_what_follows_from_situations_is_asked_of_who_shows_them(
    house: Flask, asking: Asking, monkeypatch: pytest.MonkeyPatch, analysis: str, inputs: dict, task: str
) -> None:
    seen, answered = [], asking.ask
    monkeypatch.setattr(asking, "ask", lambda name, *put, **key: (seen.append(name), answered(name, *put, **key))[1])
    answer = ask(house, f"/api/processes/{analysis}/execution", {"inputs": inputs})
    assert seen == [task] and answer.status_code in (200, 404)


def test_a_reader_that_has_it_already_is_told_so(house: Flask, asking: Asking) -> None:
    tile = FEATURES[-2]
    tag = ask(house, tile).headers["ETag"]
    assert ask(house, tile, **{"If-None-Match": tag}).status_code == 304


def test_a_head_makes_no_file(house: Flask, asking: Asking) -> None:
    for path in (f"/maps/coverage/export?f=xlsx&{WHEN}", f"/maps/coverage?{WHEN}"):
        answers = []
        for beside in (False, True):
            client = house.test_client(use_cookies=False)
            removed = None if beside else house.extensions.pop(ASKING)
            answers.append(client.head(path))
            if removed is not None:
                house.extensions[ASKING] = removed
        one, other = answers
        assert (one.status, other.get_data()) == (other.status, b"")
        assert set(one.headers.keys()) == set(other.headers.keys())


def test_a_refusal_keeps_its_type_and_names_this_request(house: Flask, asking: Asking) -> None:
    refused = ask(house, COVERAGE, {"inputs": {"within": "communities:none"}})
    assert refused.status_code == here(house, COVERAGE, {"inputs": {"within": "communities:none"}}).status_code >= 400
    assert refused.mimetype == "application/problem+json"
    assert refused.json["request_id"] == refused.headers["X-Request-Id"]
    unknown = ask(house, "/api/processes/none/execution", {})
    assert unknown.status_code == 404 and unknown.json["exception"].endswith("no-such-process")


def test_what_was_written_a_moment_ago_is_in_the_answer(house: Flask, asking: Asking) -> None:
    store = house.extensions["gridmap"].store
    for households in (11, 12):
        town.amend(store, "buildings", "b01", households=households)
        found = ask(house, f"{ITEMS}?filter={quote(f'households={households}')}").json["features"]
        assert [each["id"] for each in found if each["id"] == "b01"] == ["b01"]
        summary = ask(house, COVERAGE, {"inputs": {}}).json
        assert summary == here(house, COVERAGE, {"inputs": {}}).json


def test_a_job_is_taken_in_by_the_service_itself(house: Flask, asking: Asking) -> None:
    accepted = ask(house, COVERAGE, {"inputs": {}}, Prefer="respond-async")
    assert accepted.status_code == 201 and "/api/jobs/" in accepted.headers["Location"]


def test_a_body_that_is_too_large_is_refused_here(house: Flask, asking: Asking) -> None:
    body = {"inputs": {"x": "y" * (1 << 20)}}
    assert ask(house, COVERAGE, body).status_code == 413


class Elsewhere:
    """In place of processes: says what a test wants said."""

    def __init__(self, *said: Exception) -> None:
        self.said, self.keys = list(said), []

    def ask(self, task: str, *arguments: object, key: object = None) -> object:
        self.keys.append(key)
        raise self.said[0] if len(self.said) == 1 else self.said.pop(0)


@pytest.fixture
def instead(house: Flask, asking: Asking, monkeypatch: pytest.MonkeyPatch):
    def put(*said: Exception) -> Elsewhere:
        beside = Elsewhere(*said)
        monkeypatch.setitem(house.extensions, ASKING, beside)
        return beside

    return put


def test_a_full_pool_says_so_at_once_and_when_to_come_again(house: Flask, instead) -> None:
    instead(Overloaded(Text("workshop.analysis-busy")))
    refused = ask(house, COVERAGE, {"inputs": {}})
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    assert "other analyses" in refused.json["detail"] and refused.json["type"].endswith("/problems/overloaded")


@pytest.mark.parametrize("asked", [EXECUTED[0], (PAGES[1],), (f"/maps/coverage/export?f=csv&{WHEN}",), (FEATURES[1],)])
def test_where_no_process_can_be_had_it_is_computed_here(house: Flask, instead, asked: tuple) -> None:
    expected = told(here(house, *asked))
    instead(NoProcess())
    assert told(ask(house, *asked)) == expected


def test_what_identical_means(house: Flask, instead) -> None:
    """The same request over the same records; a page, which has a word for its reader alone, is made for each."""
    beside = instead(NoProcess())
    ask(house, *EXECUTED[0])
    ask(house, *EXECUTED[0], **{"User-Agent": "another"})
    ask(house, *EXECUTED[0], **{"Accept-Language": "zh"})
    ask(house, *EXECUTED[1])
    town.amend(house.extensions["gridmap"].store, "buildings", "b02", households=13)
    ask(house, *EXECUTED[0])
    ask(house, PAGES[1])
    first, same, language, inputs, records, page = beside.keys
    assert first == same and len({first, language, inputs, records}) == 4 and page is None


def test_without_processes_by_setting_there_are_none(prepared: Path, tmp_path: Path) -> None:
    workspace = shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg")
    app = create_app(Settings(workspace=str(workspace), language="en", questions=0))
    assert web.start_questions(app) is None
    assert ask(app, COVERAGE, {"inputs": {}}).status_code == 200
    app.extensions["gridmap"].store.close()


@pytest.mark.deep  # processes are killed again and again
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_processes_killed_in_the_middle_lose_nothing(house: Flask, asking: Asking) -> None:
    """They are killed again and again while questions are asked; every one is answered all the same, and rightly."""
    expected = [told(here(house, *asked)) for asked in EXECUTED]
    revision = house.extensions["gridmap"].store.revision()
    over, answers = threading.Event(), []

    def ask_on() -> None:
        while not over.is_set():
            answers.extend([told(ask(house, *asked)) for asked in EXECUTED])

    asker = threading.Thread(target=ask_on, daemon=True)
    asker.start()
    for _ in range(3):
        seen, end = len(answers), time.monotonic() + SECONDS
        while len(answers) < seen + len(EXECUTED):
            assert time.monotonic() < end and asker.is_alive()
            time.sleep(0.01)
        for pid in asking.pids():
            os.kill(pid, signal.SIGKILL)
    over.set()
    asker.join(SECONDS)
    assert answers == expected * (len(answers) // len(expected)) and len(answers) >= 3 * len(expected)
    assert house.extensions["gridmap"].store.revision() == revision


class TestPrices:
    """What is asked elsewhere, on a workspace of so many buildings."""

    @pytest.fixture
    def costly(self, house: Flask, monkeypatch: pytest.MonkeyPatch):
        def costly(buildings: int, path: str, method: str = "GET", **given: object) -> str | None:
            store = house.extensions["gridmap"].store
            monkeypatch.setattr(type(store), "count", lambda self, layer, *_: buildings)
            monkeypatch.setattr(prices, "_SIZES", OfEach(lambda store: Recent(1)))
            with house.test_request_context(path, method=method, **given):
                found = prices.price(store)
                return found[0] if found is not None and found[1] >= prices.DEAR_MS else None

        return costly

    @pytest.mark.parametrize("path", ["/", "/maps/coverage", "/maps/coverage/rows", "/maps/service-area/rest",
                                      "/maps/coverage/tiles/14/13653/6436"])  # fmt: skip
    def test_a_map_of_a_city(self, costly, path: str) -> None:
        assert costly(300, path) is None
        assert costly(10_000, path) == "map"

    def test_an_analysis_that_is_waited_for(self, costly) -> None:
        assert costly(10_000, COVERAGE, "POST", json={}) == "analysis"
        assert costly(300, COVERAGE, "POST", json={}) is None
        assert costly(10_000, COVERAGE, "POST", json={}, headers={"Prefer": "respond-async"}) is None

    @pytest.mark.parametrize("query", [
        "", "?limit=100&f=html", f"?filter={quote('floors=1')}", "?sortby=name", "?bbox=120,36,121,37",
    ])  # fmt: skip
    def test_what_a_small_office_asks_for_is_answered_where_it_arrives(self, costly, query: str) -> None:
        assert costly(1_000, ITEMS + query) is None

    @pytest.mark.parametrize("query", [
        "?limit=10000", f"?filter={quote('floors=1 AND ' * 20 + 'floors=2')}", "?sortby=name", "?as_of=2020-01-01",
        "?public=true",
    ])  # fmt: skip
    def test_what_makes_a_page_of_features_costly(self, costly, query: str) -> None:
        assert costly(100_000, f"{ITEMS}?limit=100") is None
        assert costly(100_000, ITEMS + query) == "features"

    def test_a_long_filter_is_costly_to_understand(self, costly) -> None:
        assert costly(300, f"{ITEMS}?filter={quote(json.dumps('x' * 8_000))}") == "features"

    @pytest.mark.parametrize("path", ["/health/live", "/api/collections", f"{ITEMS}/b01", "/static/none.js", "/moon",
                                      "/api/collections/moons/items?sortby=a"])  # fmt: skip
    def test_everything_else_is_answered_where_it_arrives(self, costly, path: str) -> None:
        assert costly(1_000_000, path) is None

    def test_a_city_is_counted_once_and_a_village_after_every_edit(self, house: Flask, monkeypatch) -> None:
        store = house.extensions["gridmap"].store
        revisions = store.layer_revisions()
        for size, counted_again in ((200_000, 0), (20, 3)):
            counted: list[str] = []
            monkeypatch.setattr(type(store), "count", lambda self, layer, n=size, to=counted: to.append(layer) or n)
            monkeypatch.setattr(prices, "_SIZES", OfEach(lambda store: Recent(1)))
            with house.test_request_context("/maps/coverage"):
                first = prices.price(store)
                counted.clear()
                later = {**revisions, "buildings": revisions["buildings"] + size}
                monkeypatch.setattr(type(store), "layer_revisions", lambda self, later=later: later)
                assert prices.price(store) == first
            assert len(counted) == counted_again
