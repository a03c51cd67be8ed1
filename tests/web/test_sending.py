"""A file that is made for an answer goes with it, in every way in which an answer ends, and holds nobody up."""

from __future__ import annotations

import http.client
import io
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from layers import scratch
from layers.jobs import worker
from layers.usecases.exports import exporting
from tests import town
from tests.live import answering
from tests.web.test_imports import looked_at
from tests.web.test_jobs import DAY, hand_in, run_next
from web.http import sending
from web.imports import work as import_work
from web.maps import pages

EXPORT = "/api/collections/buildings/export"
LARGE = 24 << 20  # more than the system buffers of a connection
ATTEMPTS, PAUSE_SECONDS = 200, 0.05


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    for room in list(scratch._rooms.values()):
        if room.path.parent == folder:
            scratch._forget(room)


@pytest.fixture(params=["open files go", "open files stay"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both kinds of systems: where an open file can be removed, and where it cannot before it is closed."""
    if request.param == "open files go":
        return
    begun: set[Path] = set()
    remove = scratch.remove

    def first_in_vain(path: Path) -> None:
        if path in begun:
            remove(path)
        begun.add(path)

    monkeypatch.setattr(sending.scratch, "remove", first_in_vain)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports of many bytes."""
    made = b"x" * LARGE
    monkeypatch.setattr(exporting, "export_layer", lambda _store, _id, target, _options: target.write_bytes(made))


def left(temporary: Path) -> list[Path]:
    """What lies among temporary files, but for the rooms themselves."""
    return [each for room in temporary.iterdir() for each in room.iterdir() if each.name != scratch.MARKER]


def open_answers() -> int:
    """How many files made for answers this process has open."""
    found = 0
    for each in os.listdir("/proc/self/fd"):
        try:
            found += "/answer-" in os.readlink(f"/proc/self/fd/{each}")
        except FileNotFoundError:
            continue
    return found


def becomes(true: Callable[[], bool]) -> bool:
    for _ in range(ATTEMPTS):
        if true():
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def asking(address: str, method: str = "GET") -> socket.socket:
    """Ask for an export over a connection that is not read."""
    at = urlsplit(address)
    connection = socket.create_connection((at.hostname, at.port), timeout=30)
    connection.sendall(f"{method} {EXPORT} HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n".encode())
    return connection


def head_of(address: str) -> bytes:
    with asking(address, "HEAD") as connection:
        return connection.recv(12)


class TestHead:
    def test_a_head_makes_nothing(self, client: FlaskClient, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = {form: client.get(f"{EXPORT}?f={form}") for form in exporting.ENDINGS}
        monkeypatch.setattr(exporting, "export_layer", lambda *_: pytest.fail("something was made"))
        monkeypatch.setattr(scratch, "make_folder", lambda *_: pytest.fail("a folder was made"))
        for form, whole in made.items():
            head = client.head(f"{EXPORT}?f={form}")
            assert (head.status_code, head.data, head.headers.get("Content-Length")) == (200, b"", None)
            for name in ("Content-Type", "Content-Disposition"):
                assert head.headers[name] == whole.headers[name]

    def test_of_rows_pages_reports_and_results(
        self, client: FlaskClient, service: Flask, temporary: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = looked_at(client, b"code,name,lng,lat\n990101001,x,120,36\n", "communities.csv")["id"]
        job = hand_in(client).json["jobID"]
        assert run_next(service.extensions["gridmap"].store) == worker.ENDED
        day = town.DAY.isoformat()
        urls = [f"/maps/coverage/export?as_of={day}", f"/maps/coverage/download?as_of={day}",
                f"/api/imports/{upload}/report", f"/api/jobs/{job}/results"]  # fmt: skip
        whole = [client.get(url) for url in urls]
        monkeypatch.setattr(scratch, "make_folder", lambda *_: pytest.fail("a folder was made"))
        monkeypatch.setattr(import_work, "write_marked", lambda *_: pytest.fail("a report was made"))
        monkeypatch.setattr(pages, "context_of", lambda *_, **__: pytest.fail("a page was made"))
        for url, got in zip(urls, whole, strict=True):
            head = client.head(url)
            assert (got.status_code, head.status_code, head.data) == (200, 200, b"")
            assert "Content-Length" not in head.headers
            for name in ("Content-Type", "Content-Disposition", "Content-Security-Policy"):
                assert head.headers.get(name) == got.headers.get(name)

    @pytest.mark.parametrize("query", ["f=doc", "crs=EPSG:99999", "filter=floors%20%3E", "nonsense=1", "as_of=1-1-1"])
    def test_what_cannot_be_used_is_refused_as_ever(self, client: FlaskClient, query: str) -> None:
        assert client.head(f"{EXPORT}?{query}").status_code == client.get(f"{EXPORT}?{query}").status_code == 400

    def test_what_is_not_there_is_not_there(self, client: FlaskClient) -> None:
        assert client.head("/api/jobs/none/results").status_code == 404
        assert client.head("/api/collections/none/export").status_code == 404
        assert client.head("/api/collections/inspections/export?public=true").status_code == 400


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
@pytest.mark.usefixtures("large", "system")
class TestOverAConnection:
    def test_whoever_does_not_read_holds_nobody_up(self, service: Flask, temporary: Path) -> None:
        """Nine unread exports, more than there are threads for them; before, everybody else waited for ever."""
        with answering(service) as address, ExitStack() as stack:
            for number in range(1, 10):  # one after another: more at a time are told to come again
                stack.enter_context(asking(address))
                assert becomes(lambda number=number: open_answers() == number)
            at = urlsplit(address)
            other = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
            other.request("GET", "/health/live")
            assert other.getresponse().status == 200
            other.close()
            stack.close()
            assert becomes(lambda: open_answers() == 0)
        assert left(temporary) == []

    def test_whoever_reads_slowly_gets_it_all(self, service: Flask, temporary: Path) -> None:
        with answering(service) as address:
            with asking(address) as connection:
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                assert int(answer.headers["Content-Length"]) == LARGE
                got = 0
                while piece := answer.read(1 << 20):
                    got += len(piece)
                    time.sleep(0.01)
                assert got == LARGE
            assert becomes(lambda: open_answers() == 0)
            assert left(temporary) == []

    def test_whoever_leaves_at_once(self, service: Flask, temporary: Path) -> None:
        with answering(service) as address:
            for _ in range(10):
                asking(address).close()
            assert becomes(lambda: head_of(address) == b"HTTP/1.1 200")  # when there is a place again
            assert becomes(lambda: open_answers() == 0 and left(temporary) == [])

    def test_a_service_that_stops_meanwhile(self, service: Flask, temporary: Path) -> None:
        with ExitStack() as stack:
            with answering(service) as address:
                for _ in range(3):
                    stack.enter_context(asking(address))
                assert becomes(lambda: open_answers() == 3)
            assert becomes(lambda: open_answers() == 0)
        assert left(temporary) == []


@pytest.mark.usefixtures("large", "system")
class TestOtherEnds:
    def test_an_answer_that_is_never_begun(self, service: Flask, temporary: Path) -> None:
        said = []
        answer = service.wsgi_app(EnvironBuilder(EXPORT).get_environ(), lambda *told: said.append(told))
        assert ("Content-Length", str(LARGE)) in said[0][1]
        del answer
        assert left(temporary) == []

    def test_an_answer_that_is_given_up_after_a_piece(self, service: Flask, temporary: Path) -> None:
        answer = service.test_client().get(EXPORT)
        assert len(next(answer.iter_encoded())) > 0
        answer.close()
        assert left(temporary) == []

    def test_an_empty_file(self, service: Flask, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exporting, "export_layer", lambda _store, _id, target, _options: target.touch())
        with answering(service) as address, asking(address) as connection:
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, "0", b"")
        assert left(temporary) == []


def test_results_are_unpacked_piece_by_piece(client: FlaskClient, service: Flask, temporary: Path) -> None:
    job = hand_in(client, body=DAY).json["jobID"]
    run_next(service.extensions["gridmap"].store)
    answer = client.get(f"/api/jobs/{job}/results")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.content_length == len(answer.data) == io.BytesIO(answer.data).seek(0, io.SEEK_END)
    assert left(temporary) == []


def test_what_fails_while_it_is_made(client: FlaskClient, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_store: object, _id: str, target: Path, _options: object) -> None:
        target.write_bytes(b"half")
        raise RuntimeError("broken off")

    monkeypatch.setattr(exporting, "export_layer", half)
    assert client.get(EXPORT).status_code == 500
    assert left(temporary) == []
