"""The server on a real port: refusals before the body, and clients that do not send or do not read."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask, Response

import web
from web.http.entrance import DOORS, gate_of
from web.imports import uploads as imports
from web.plans import editing as plans
from web.serving import Gate, Server, create_server, lanes
from web.serving.channel import Channel
from web.serving.deadlines import Deadlines, Flow
from web.serving.lanes import lane_of

HURRIED = Deadlines(
    first_byte_seconds=1.5, header_seconds=1.0, idle_seconds=1.5, window_seconds=1.0, bytes_per_second=1000,
    drain_seconds=1.0,
)  # fmt: skip
SECONDS = 20
MOST = 50_000


@pytest.fixture
def deadlines() -> Deadlines:
    """How patient the server of a test is."""
    return HURRIED


@pytest.fixture
def served(service: Flask, deadlines: Deadlines) -> Iterator[Server]:
    """The small town behind a server that is in a hurry."""
    service.add_url_rule("/api/flood", view_func=lambda: Response(b"x" * 30_000_000))
    gate = Gate(MOST, {"/api/imports": 4 * MOST, "/api/plans": 2 * MOST}, gate_of(service.extensions[DOORS]))
    server = create_server(service, gate, "127.0.0.1", 0, deadlines)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    server.stop()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_a_loop_that_another_thread_woke_may_have_closed_everything_before_stop_wakes_it(
    served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = served.listeners[0].trigger
    wake = trigger._physical_pull

    def after_another() -> None:
        wake()
        until = time.monotonic() + SECONDS
        while served._sockets and time.monotonic() < until:
            time.sleep(0.01)
        wake()

    monkeypatch.setattr(trigger, "_physical_pull", after_another)
    served.stop()
    assert not served._sockets


@dataclass
class Answer:
    status: int
    headers: str
    body: bytes

    @property
    def problem(self) -> dict:
        return json.loads(self.body)


def connected(served: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.effective_port), timeout=SECONDS)


def rest(line: socket.socket) -> Answer | None:
    """Read to the end of the connection; None where nothing came."""
    got = b""
    while piece := line.recv(65536):
        got += piece
    if not got:
        return None
    head, _, body = got.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), head.decode(), body)


def sent(served: Server, data: bytes) -> Answer | None:
    with connected(served) as line:
        line.sendall(data)
        return rest(line)


def head(line: str, *headers: str, host: str = "localhost") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def test_what_is_forbidden_is_refused_before_its_body(served: Server) -> None:
    asked = head("POST /api/collections/stations/items", "Content-Length: 40000", "Accept-Language: en",
                 host="evil.example")  # fmt: skip
    answer = sent(served, asked)  # no byte of the body is ever sent
    assert answer.status == 403
    assert answer.problem["type"] == "/problems/forbidden"
    assert "Content-Security-Policy" in answer.headers
    assert "Connection: close" in answer.headers


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("POST /api/collections/stations/items", MOST + 1, 413),
        ("POST /api/imports", 4 * MOST + 1, 413),
        ("POST /api/plans", 2 * MOST + 1, 413),
        ("POST /api/plans/p/edits", MOST + 1, 413),
        ("GET /api/collections", 70_000, 413),
        ("DELETE /api/collections/stations/items/s1", 70_000, 413),
    ],
)
def test_a_body_over_its_limit_is_refused_before_it_comes(served: Server, path: str, length: int, status: int) -> None:
    answer = sent(served, head(path, f"Content-Length: {length}", "Accept-Language: en"))
    assert answer.status == status
    assert "bytes" in answer.problem["detail"]


def test_the_gate_takes_what_the_views_take(service: Flask) -> None:
    server = web.create_server(service, "127.0.0.1", 0)
    gate = server.listeners[0].gate
    server.close()
    assert gate.larger["/api/plans"] == plans.LARGEST_IMPORT
    assert gate.larger["/api/imports"] == (512 << 20) + imports.OVERHEAD


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_another_spelling_of_an_address_is_the_same_address(
    served: Server, monkeypatch: pytest.MonkeyPatch, slashes: str
) -> None:
    entered = []
    monkeypatch.setattr(lanes, "lane_of", lambda *asked: entered.append(lane_of(*asked)) or entered[-1])
    answer = sent(served, head(f"GET {slashes}api/collections/stations/export?f=csv", "Connection: close"))
    assert answer.status == 200
    assert entered == ["export"]


def test_a_body_without_a_length_is_refused_where_it_passes_the_limit(served: Server) -> None:
    with connected(served) as line:
        line.sendall(head("POST /api/collections/stations/items", "Transfer-Encoding: chunked"))
        piece = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
        for _ in range(6):
            line.sendall(piece)
        assert rest(line).status == 413


def test_who_still_sends_gets_to_read_the_refusal(served: Server) -> None:
    with connected(served) as line:
        line.sendall(head("POST /api/collections/stations/items", "Content-Length: 40000", host="evil.example"))
        for _ in range(10):
            line.sendall(b"x" * 1000)
            time.sleep(0.02)
        assert rest(line).status == 403


def test_a_client_that_asks_first_is_not_told_to_continue(served: Server) -> None:
    asked = head("POST /api/imports", "Content-Length: 100", "Expect: 100-continue", host="evil.example")
    assert sent(served, asked).status == 403


@pytest.mark.parametrize(
    "nonsense",
    [
        b"garbage\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /api/imports HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n Folded: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_so_as_a_problem(served: Server, nonsense: bytes) -> None:
    answer = sent(served, nonsense)
    assert answer.status in (400, 413)
    assert answer.problem["status"] == answer.status


def test_two_requests_on_one_connection_are_answered_in_turn(served: Server) -> None:
    with connected(served) as line:
        line.sendall(head("GET /health/live") + head("GET /health/ready", "Connection: close"))
        got = rest(line)
    assert got.status == 200
    assert got.body.count(b"HTTP/1.1 200") == 1


@pytest.mark.deep  # seconds of it are waited for
def test_a_connection_that_asks_for_nothing_is_closed(served: Server) -> None:
    assert sent(served, b"") is None


def test_half_a_head_is_given_up_and_told_so(served: Server) -> None:
    answer = sent(served, b"GET /health/live HTTP/1.1\r\nHost: loc")
    assert answer.status == 408


@pytest.mark.deep
def test_half_a_body_is_given_up_and_told_so(served: Server) -> None:
    asked = head("POST /api/collections/stations/items", "Content-Length: 40000", "Accept-Language: zh")
    answer = sent(served, asked + b"{")
    assert answer.status == 408
    assert "过慢" in answer.problem["detail"]


# Two seconds without a byte are given up: a computer that is busy otherwise lets the test send more often than that.
@pytest.mark.deep  # seconds of it are waited for
@pytest.mark.parametrize("deadlines", [replace(HURRIED, window_seconds=2.0, bytes_per_second=1.0)])
def test_a_slow_body_that_keeps_coming_is_taken(served: Server) -> None:
    with connected(served) as line:
        line.sendall(head("POST /api/collections/stations/items", "Content-Length: 8000", "Connection: close",
                          "Content-Type: application/json"))  # fmt: skip
        for _ in range(8):
            time.sleep(0.3)
            line.sendall(b" " * 1000)
        assert rest(line).status == 400  # taken whole, and no JSON


def test_an_answer_that_nobody_reads_is_given_up(served: Server) -> None:
    with connected(served) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(head("GET /api/flood"))
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and served.listeners[0].active_channels:
            time.sleep(0.1)
        assert not served.listeners[0].active_channels


def test_no_worker_waits_for_a_reader(served: Server) -> None:
    lines = [connected(served) for _ in range(8)]  # more than the lane has workers
    try:
        for line in lines:
            line.sendall(head("GET /api/flood"))
        answer = sent(served, head("GET /api/collections", "Connection: close"))
        assert answer.status == 200
    finally:
        for line in lines:
            line.close()


@pytest.mark.deep
def test_who_asks_for_nothing_makes_room_when_it_gets_scarce(served: Server) -> None:
    (listener,) = served.listeners
    listener.adj.connection_limit = 10
    lines = [connected(served) for _ in range(9)]
    try:
        assert sent(served, head("GET /health/live", "Connection: close")).status == 200
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and len(listener.active_channels) > 8:
            time.sleep(0.05)
        assert len(listener.active_channels) <= 8
    finally:
        for line in lines:
            line.close()


def test_a_window_in_which_enough_passed_opens_the_next() -> None:
    flow, limits = Flow(), Deadlines(window_seconds=10, bytes_per_second=100)
    assert not flow.stalls(0, 0, limits)
    assert not flow.stalls(9.9, 0, limits)
    assert not flow.stalls(10, 1000, limits)
    assert not flow.stalls(19.9, 1000, limits)
    assert flow.stalls(20, 1999, limits)
    flow.stop()
    assert not flow.stalls(50, 1999, limits)


def test_a_client_may_leave_while_it_is_told_of_a_refusal() -> None:
    """Writing to somebody who has gone closes the channel, which then has no socket left to end."""
    channel, closed = Channel.__new__(Channel), []

    def written(do_close: bool = True) -> bool:
        channel.socket = None
        return False

    channel._cut_short, channel.close_when_flushed, channel.will_close = True, True, False
    channel.socket, channel.total_outbufs_len = object(), 0
    channel._flush_some, channel.handle_close = written, lambda: closed.append(True)
    channel.handle_write()
    assert closed == [True]
