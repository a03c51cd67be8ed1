"""The doors as the application has them: refusals, headers, addresses, figures, and nothing of the server's folders."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from layers.settings import Settings

STATIONS = "/api/collections/stations/items"
STATION = {
    "type": "Feature",
    "properties": {"code": "s1", "name": "新站"},
    "geometry": {"type": "Point", "coordinates": [120.001, 36.0]},
}
STRANGE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
HIS = {"Host": "evil.example:5000", "Origin": "http://evil.example:5000", "Sec-Fetch-Site": "same-origin"}
PUBLIC = {"public_url": "https://office.example/gridmap/", "trusted_proxies": ("127.0.0.1",), "writers": "anyone"}
PROXIED = {"Host": "office.example", "X-Forwarded-For": "10.0.0.7", "X-Forwarded-Proto": "https"}


@pytest.fixture
def with_settings(prepared: Path, tmp_path: Path) -> Iterator[Callable[..., FlaskClient]]:
    """Give a client of a service with settings of its own."""
    opened: list[Flask] = []

    def make(**settings: object) -> FlaskClient:
        workspace = shutil.copy(prepared / "town.gpkg", tmp_path / "own.gpkg")
        opened.append(create_app(Settings(workspace=str(workspace), language="en", **settings)))
        return opened[-1].test_client()

    yield make
    for app in opened:
        app.extensions["gridmap"].store.close()


class TestRebinding:
    """A name server of somebody else's gave our address to his name: page, `Host` and `Origin` are all his."""

    def test_nothing_is_written_or_deleted(self, service: Flask, client: FlaskClient):
        before = service.extensions["gridmap"].store.revision()
        assert client.post(STATIONS, json=STATION, headers=HIS).status_code == 403
        assert client.delete("/api/collections/buildings/items/b01", headers=HIS).status_code == 403
        assert client.post("/api/processes/coverage/execution", json={}, headers=HIS).status_code == 403
        assert service.extensions["gridmap"].store.revision() == before

    @pytest.mark.parametrize(
        "path", ["/", "/api/", STATIONS, "/static/css/base.css", "/health/live", "/nothing", "/metrics"]
    )
    def test_nothing_is_read(self, client: FlaskClient, path: str):
        answer = client.get(path, headers={"Host": "evil.example:5000"})
        assert answer.status_code == 403
        assert "GRIDMAP_HOSTS" in answer.get_data(as_text=True) or answer.mimetype == "text/html"
        assert "http://evil.example" not in answer.get_data(as_text=True)

    def test_no_redirect_leads_there(self, client: FlaskClient):
        answer = client.get("/api", headers={"Host": "evil.example:5000"})
        assert (answer.status_code, answer.headers.get("Location")) == (403, None)


class TestBrowsersAreTold:
    def test_that_only_our_own_pages_may_see_an_answer(self, client: FlaskClient):
        for path in ("/", STATIONS, "/static/css/base.css", "/nothing"):
            told = client.get(path, buffered=True).headers
            assert told["Cross-Origin-Resource-Policy"] == told["Cross-Origin-Opener-Policy"] == "same-origin"
            assert told["X-Content-Type-Options"] == "nosniff"
            assert not [name for name, _ in told if name.startswith("Access-Control")]

    def test_not_to_keep_anything_internal(self, client: FlaskClient):
        for path in ("/", "/plans", "/import", STATIONS, "/maps/coverage/export", "/maps/coverage/download", "/nothing",
                     "/maps/coverage/rows", "/problems/conflict", "/api/collections/buildings/export",
                     "/metrics"):  # fmt: skip
            assert client.get(path).headers["Cache-Control"] == "no-store", path
        tile = client.get("/maps/coverage/tiles/0/0/0")
        assert (tile.headers["Cache-Control"], bool(tile.headers["ETag"])) == ("private, no-cache", True)
        style = client.get("/static/css/base.css", buffered=True)
        assert "no-store" not in style.headers["Cache-Control"]

    def test_which_origins_may_read(self, with_settings: Callable[..., FlaskClient]):
        client = with_settings(cors_origins=("https://portal.example",))
        named = STRANGE | {"Origin": "https://portal.example"}
        read = client.get(STATIONS, headers=named)
        assert (read.status_code, read.headers["Access-Control-Allow-Origin"]) == (200, "https://portal.example")
        assert "Origin" in read.vary and "Origin" in client.get(STATIONS).vary
        preflight = client.options(STATIONS, headers=named | {"Access-Control-Request-Method": "GET"})
        assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD")
        assert client.post(STATIONS, json=STATION, headers=named).status_code == 403
        assert client.get(STATIONS, headers=STRANGE).status_code == 403


class TestOrdinaryUse:
    def test_a_link_in_a_mail_or_a_portal_opens_the_map(self, client: FlaskClient):
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert client.get("/maps/coverage?community=c1", headers=link).status_code in (200, 400, 404)
        assert client.get("/", headers=link).status_code == 200

    def test_a_refused_page_is_told_what_to_do_in_words(self, client: FlaskClient):
        asked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe",
                 "Accept": "text/html"}  # fmt: skip
        answer = client.get("/?lang=en", headers=asked)
        assert (answer.status_code, "in a tab of its own" in answer.text) == (403, True)

    def test_programs_say_nothing_of_pages(self, client: FlaskClient):
        assert client.get("/api/", headers={"User-Agent": "curl/8"}).status_code == 200
        assert client.post(STATIONS, json=STATION).status_code == 201


class TestAddresses:
    def test_everything_leads_to_the_public_address(self, with_settings: Callable[..., FlaskClient]):
        client = with_settings(**PUBLIC)
        for path in ("/api/", "/api/collections", STATIONS, "/api/processes", "/api/tileMatrixSets", "/api/jobs",
                     "/api/collections/buildings/tiles/WebMercatorQuad", "/api/scenarios",
                     "/api/openapi.json"):  # fmt: skip
            found = re.findall(r'"(?:href|url)": ?"([^"]+)"', client.get(path, headers=PROXIED).text)
            assert found, path
            assert [each for each in found if not each.startswith("https://office.example/gridmap")] == [], path
        for path in ("/?lang=zh", "/plans", "/import", "/api/?f=html", "/nothing"):
            page = client.get(path, headers=PROXIED | {"Accept": "text/html"}).text
            found = re.findall(r'(?:href|src|action)="([^"#?][^"]*)"', page)
            assert found, path
            ours = ("/gridmap/", "https://office.example/gridmap/", "data:")
            assert [each for each in found if not each.startswith(ours)] == [], path

    def test_so_do_problems_and_what_was_made(self, with_settings: Callable[..., FlaskClient]):
        client = with_settings(**PUBLIC)
        made = client.post(STATIONS, json=STATION, headers=PROXIED | {"Origin": "https://office.example"})
        assert made.headers["Location"] == f"https://office.example/gridmap{STATIONS}/s1"
        undone = client.post("/api/changesets/2/revert", headers=PROXIED)
        assert undone.headers["Location"].startswith("/gridmap/api/changesets/")
        assert client.get("/api/nothing", headers=PROXIED).json["type"] == "/gridmap/problems/not-found"

    def test_asked_directly_it_answers_for_itself(self, with_settings: Callable[..., FlaskClient]):
        links = with_settings(**PUBLIC).get("/api/").json["links"]
        assert {each["href"].partition("/api/")[0] for each in links if "/api/" in each["href"]} == {"http://localhost"}

    def test_headers_of_nobodys_proxy_change_no_address(self, client: FlaskClient):
        said = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
        assert client.get("/api/", headers=said).json["links"][0]["href"] == "http://localhost/api/"


class TestFigures:
    def test_requests_the_workspace_and_jobs(self, client: FlaskClient):
        for method, path in (("GET", "/api/"), ("POST", "/api/nothing"), ("BREW", "/api/")):
            client.open(path, method=method, buffered=True)
        answer = client.get("/metrics")
        assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
        told = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
        assert told['gridmap_requests_total{method="GET",status="2xx"}'] == "1"
        assert told['gridmap_requests_total{method="POST",status="4xx"}'] == "1"
        assert told['gridmap_requests_total{method="other",status="4xx"}'] == "1"
        assert told['gridmap_answer_seconds_bucket{le="+Inf"}'] == told["gridmap_answer_seconds_count"] == "3"
        assert (told["gridmap_requests_under_way"], told["gridmap_workspace_readable"]) == ("1", "1")
        assert told['gridmap_jobs{status="running"}'] == "0"
        assert int(told["gridmap_workspace_revision"]) >= 1

    def test_an_answer_that_nobody_reads_to_its_end_is_not_under_way_for_ever(self, client: FlaskClient):
        client.get("/api/collections/buildings/export", buffered=False).close()
        assert "gridmap_requests_under_way 1\n" in client.get("/metrics").text

    def test_jobs_by_state(self, client: FlaskClient):
        asked = {"inputs": {"as_of": "2025-02-06"}}
        client.post("/api/processes/coverage/execution", json=asked, headers={"Prefer": "respond-async"})
        assert 'gridmap_jobs{status="accepted"} 1\n' in client.get("/metrics").text

    def test_without_a_workspace_those_of_the_process(self, service: Flask, client: FlaskClient):
        Path(service.extensions["gridmap"].settings.workspace).unlink()
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert "gridmap_workspace_readable 0\n" in answer.text and "revision" not in answer.text


def test_a_problem_names_a_file_and_not_where_it_lies(service: Flask, client: FlaskClient):
    workspace = Path(service.extensions["gridmap"].settings.workspace)
    workspace.unlink()
    answer = client.get(STATIONS)
    assert (answer.status_code, answer.json["errors"][0]["file"]) == (503, "town.gpkg")
    assert str(workspace.parent) not in answer.text
    page = client.get("/", headers={"Accept": "text/html"})
    assert str(workspace.parent) not in page.text


@pytest.mark.parametrize("given", ["/srv/a b/town.gpkg", "C:\\Users\\王\\town.gpkg", "\\\\server\\share\\town.gpkg"])
def test_whatever_the_system_a_folder_looks_like_one(given: str):
    from web.http.problems import _placed

    assert _placed({"file": given, "row": 3}) == {"file": "town.gpkg", "row": 3}
    assert _placed({"file": "roads.zip/a/roads.shp"})["file"] == "roads.zip/a/roads.shp"
