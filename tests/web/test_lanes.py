"""Lanes: what belongs where, how much of it at a time, and who is told to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from layers.errors import GridmapError, Overloaded, TooManyRequests
from web.serving.collecting import LATEST_SECONDS, LOOK_SECONDS, Collecting
from web.serving.lanes import LANES, Lane, Lanes, lane_of

SECONDS = 10


@dataclass
class Asked:
    """A request as the lanes see it."""

    command: str = "GET"
    path: str = "/api/collections"
    query: str = ""
    client: str | None = None
    refusal: GridmapError | None = None


@dataclass
class Line:
    """A connection whose requests take until they are let go."""

    requests: list[Asked]
    let_go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    cancelled: bool = False

    def service(self) -> None:
        self.begun.set()
        if self.requests[0].refusal is None:
            self.let_go.wait(SECONDS)
        self.ended.set()

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lanes(clock: Clock) -> Iterator[Lanes]:
    """Lanes of one worker each, in which one more may wait, and a client may have one."""
    made = Lanes({name: Lane(workers=1, waiting=1, share=1, patience_seconds=5) for name in LANES}, clock)
    yield made
    made.shutdown()


def asked(lanes: Lanes, path: str = "/api/collections", command: str = "GET", client: str | None = None) -> Line:
    line = Line([Asked(command, path, client=client)])
    lanes.add_task(line)
    return line


@pytest.mark.parametrize(
    ("asked_for", "lane"),
    [
        ("GET /health/live", "health"),
        ("GET /health/ready", "health"),
        ("GET /api/collections/buildings/items", "read"),
        ("GET /static/js/workbench/main.js", "read"),
        ("GET /", "map"),
        ("GET /maps/coverage/rows", "map"),
        ("GET /plans/990301001001-service-1", "map"),
        ("GET /maps/coverage/export", "export"),
        ("HEAD /maps/coverage/download", "export"),
        ("GET /api/collections/buildings/export", "export"),
        ("POST /api/imports", "import"),
        ("GET /api/imports/0123", "import"),
        ("POST /api/imports/0123/commit", "import"),
        ("POST /api/processes/coverage/execution", "analysis"),
        ("POST /api/changesets/7/revert", "compute"),
        ("POST /api/plans", "compute"),
        ("POST /api/plans/p/approve", "compute"),
        ("POST /api/plans/p/edits", "write"),
        ("PATCH /api/collections/stations/items/s1", "write"),
        ("DELETE /api/jobs/j1", "write"),
        ("POST /maps/coverage/export", "export"),
        ("GET /healthy", "read"),
    ],
)
def test_every_request_belongs_to_one_lane(asked_for: str, lane: str) -> None:
    assert lane_of(*asked_for.split()) == lane


@pytest.mark.parametrize(
    ("query", "lane"),
    [
        ("", "read"),
        ("limit=100&bbox=1,2,3,4&f=csv", "read"),
        ("limit=10000", "question"),
        ("limit=2&filter=floors%3D1", "question"),
        ("sortby=-name", "question"),
        ("as_of=2025-02-06", "question"),
        ("unfiltered=1&limit=999", "read"),
    ],
)
def test_pages_of_features_that_may_take_long_have_a_lane_of_their_own(query: str, lane: str) -> None:
    assert lane_of("GET", "/api/collections/buildings/items", query) == lane
    assert lane_of("GET", "/api/collections/buildings/items/b01", query) == "read"


def test_a_full_lane_says_so_at_once_and_holds_up_nobody_else(lanes: Lanes) -> None:
    working = asked(lanes, "/api/imports", "POST")
    assert working.begun.wait(SECONDS)
    waiting = asked(lanes, "/api/imports", "POST")
    refused = asked(lanes, "/api/imports", "POST")
    assert refused.ended.wait(SECONDS)
    assert isinstance(refused.requests[0].refusal, Overloaded)
    assert "imports" in refused.requests[0].refusal.say("en")
    other = asked(lanes, "/health/live")
    assert other.begun.wait(SECONDS)
    assert not waiting.begun.is_set()
    working.let_go.set()
    assert waiting.begun.wait(SECONDS)
    for line in (waiting, other):
        line.let_go.set()


def test_one_client_takes_no_more_than_its_share(lanes: Lanes) -> None:
    first = asked(lanes, client="192.0.2.1")
    assert first.begun.wait(SECONDS)
    again = asked(lanes, client="192.0.2.1")
    assert again.ended.wait(SECONDS)
    assert isinstance(again.requests[0].refusal, TooManyRequests)
    other = asked(lanes, client="192.0.2.2")
    assert other.requests[0].refusal is None
    first.let_go.set()
    assert other.begun.wait(SECONDS)
    other.let_go.set()
    assert other.ended.wait(SECONDS)


def test_a_share_is_free_again_once_the_answer_is_made(lanes: Lanes) -> None:
    for _ in range(3):
        line = asked(lanes, client="192.0.2.1")
        line.let_go.set()
        assert line.ended.wait(SECONDS)
        assert line.requests[0].refusal is None
        while lanes.told()["read"]["working"]:
            pass


def test_who_waited_too_long_is_told_to_come_again(lanes: Lanes, clock: Clock) -> None:
    working = asked(lanes)
    assert working.begun.wait(SECONDS)
    waiting = asked(lanes)
    clock.now = 6.0
    working.let_go.set()
    assert waiting.ended.wait(SECONDS)
    assert isinstance(waiting.requests[0].refusal, Overloaded)
    assert "5 s" in waiting.requests[0].refusal.say("en")


def test_what_was_refused_by_its_headers_is_answered_beside_the_lanes(lanes: Lanes) -> None:
    working = asked(lanes)
    assert working.begun.wait(SECONDS)
    line = Line([Asked(refusal=Overloaded())])
    lanes.add_task(line)
    assert line.ended.wait(SECONDS)
    working.let_go.set()


def test_at_the_end_what_waits_is_given_up(lanes: Lanes) -> None:
    working = asked(lanes)
    assert working.begun.wait(SECONDS)
    waiting = asked(lanes)
    working.let_go.set()
    # the worker may take the waiting one before the lanes close: then it is let go as well
    waiting.let_go.set()
    assert lanes.shutdown()
    assert waiting.cancelled or waiting.ended.is_set()


def test_no_two_lanes_share_a_thread(lanes: Lanes) -> None:
    names = [thread.name for thread in threading.enumerate()]
    assert all(f"{name}-0" in names for name in LANES)


def test_old_garbage_is_collected_when_nobody_waits_and_never_for_nothing() -> None:
    collected, idle = [], [False]
    collecting = Collecting(lambda: idle[0], lambda: collected.append(1))
    assert not collecting.look(made=-7)  # somebody waits
    idle[0] = True
    assert collecting.look(made=-7)
    assert collected == [1]


def test_a_service_that_is_never_idle_collects_in_the_end() -> None:
    collected: list[int] = []
    collecting = Collecting(lambda: False, lambda: collected.append(1))
    looks = next(number for number in range(1, 1000) if collecting.look(made=-7))
    assert looks * LOOK_SECONDS == LATEST_SECONDS
    assert collected == [1]
