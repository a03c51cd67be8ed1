"""Which kinds of work there are, and how much of each at a time: nobody waits behind another kind of work."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.errors import Fault, Overloaded, TooManyRequests
from layers.text import Text
from web.methods import READING

if TYPE_CHECKING:
    from web.serving.channel import Channel

log = logging.getLogger("gridmap")
JOIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of work.

    Parameters
    ----------
    workers : int
        How many requests of this kind are worked on at a time.
    waiting : int
        How many more may wait; the next is told at once to come again.
    share : int
        How many one client may have here, at work or waiting. This computer is not counted: its programs and the
        planner in front of it are one client to us.
    patience_seconds : float
        Who waited longer than this is told to come again instead of being worked on.
    """

    workers: int
    waiting: int
    share: int
    patience_seconds: float = 30.0


LANES: dict[str, Lane] = {
    "health": Lane(workers=2, waiting=64, share=32),
    "refusal": Lane(workers=1, waiting=10_000, share=10_000),
    "read": Lane(workers=6, waiting=256, share=96),
    # What costs much waits here for another process (ADR 34): such a thread costs nothing, and what is known passes by.
    "map": Lane(workers=10, waiting=64, share=24, patience_seconds=60.0),
    "question": Lane(workers=4, waiting=24, share=12),
    "write": Lane(workers=4, waiting=96, share=24),
    "import": Lane(workers=2, waiting=2, share=2),
    "export": Lane(workers=2, waiting=4, share=3),
    "analysis": Lane(workers=4, waiting=8, share=4),
    "compute": Lane(workers=2, waiting=4, share=3),
}
_COMPUTING = r"POST /api/(plans|plans/[^/]+/(approve|submit|revert)|changesets/\d+/revert)$"
# A condition, an order, another day or a thousand features: most of these are quick, and some take seconds.
_QUESTION = re.compile(r"(^|&)(filter|sortby|datetime|as_of|known_at|public|limit=\d{4,})(=|&|$)")
_ITEMS = re.compile(r"(GET|HEAD) /api/collections/[^/]+/items$")
# The first that fits decides.
_RULES = [
    ("health", re.compile(r"\S+ /(health/|metrics$)")),
    ("import", re.compile(r"\S+ /api/imports(/|$)")),
    ("export", re.compile(r"\S+ /(api/collections/[^/]+/export|maps/[^/]+/(export|download)|analyses/[^/]+/export)$")),
    ("analysis", re.compile(r"POST /api/processes/[^/]+/execution$")),
    ("compute", re.compile(_COMPUTING)),
    ("map", re.compile(r"(GET|HEAD) /($|maps/|plans|import$|analyses|api/plans/)")),
]


def lane_of(method: str, path: str, query: str = "") -> str:
    """Return the name of the lane that a request belongs to."""
    asked = f"{method} {path}"
    if query and _ITEMS.match(asked) and _QUESTION.search(query):
        return "question"
    for name, rule in _RULES:
        if rule.match(asked):
            return name
    return "read" if method in READING else "write"


class Lanes:
    """The threads and queues of a server: what waitress calls a task dispatcher.

    Parameters
    ----------
    lanes : mapping
        Name → lane; each gets its own threads and its own queue.
    clock : function
        Seconds that only go forward.
    """

    def __init__(self, lanes: Mapping[str, Lane] = LANES, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lanes = {name: _Queue(name, lane, clock) for name, lane in lanes.items()}

    def add_task(self, channel: Channel) -> None:
        """Let a channel's oldest request wait for its turn, or refuse it at once; never blocks."""
        request = channel.requests[0]
        if request.refusal is None:
            queue = self._lanes[lane_of(request.command, request.path, request.query)]
            request.refusal = queue.enter(channel, request.client)
        if request.refusal is not None:  # to say no takes no time: it need not wait behind work
            self._lanes["refusal"].enter(channel, None)

    def told(self) -> dict[str, dict[str, int]]:
        """Return lane → how many requests are at work, wait, and were refused."""
        return {name: queue.told() for name, queue in self._lanes.items()}

    def idle(self) -> bool:
        """Say whether nothing is at work and nobody waits."""
        return not any(each["working"] or each["waiting"] for each in self.told().values())

    def shutdown(self, cancel_pending: bool = True, timeout: float = JOIN_SECONDS) -> bool:
        """Take no more work, give up what waits, and leave a moment to what is under way."""
        for queue in self._lanes.values():
            queue.close()
        end = self._clock() + timeout
        return all(queue.join(max(0.0, end - self._clock())) for queue in self._lanes.values())


class _Queue:
    """One lane at work."""

    def __init__(self, name: str, lane: Lane, clock: Callable[[], float]) -> None:
        self.name, self.lane, self._clock = name, lane, clock
        self._waiting: deque[tuple[Channel, str | None, float]] = deque()
        self._ready = threading.Condition()
        self._clients: Counter[str] = Counter()
        self._working, self._refused, self._closed = 0, 0, False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(lane.workers)
        ]
        for thread in self._threads:
            thread.start()

    def enter(self, channel: Channel, client: str | None) -> Overloaded | TooManyRequests | None:
        """Take a channel in; what is returned is why not. `client` None = one that is not counted."""
        with self._ready:
            if client is not None and self._clients[client] >= self.lane.share:
                self._refused += 1
                return TooManyRequests(Fault(Text("web.client-share", share=self.lane.share)))
            if len(self._waiting) >= self.lane.waiting + self.lane.workers - self._working:
                self._refused += 1
                return Overloaded(Fault(Text("web.lane-full", kind=Text(f"web.lane-{self.name}"))))
            if client is not None:
                self._clients[client] += 1
            self._waiting.append((channel, client, self._clock()))
            self._ready.notify()
        return None

    def told(self) -> dict[str, int]:
        with self._ready:
            return {"working": self._working, "waiting": len(self._waiting), "refused": self._refused}

    def close(self) -> None:
        with self._ready:
            self._closed = True
            while self._waiting:
                self._waiting.popleft()[0].cancel()
            self._ready.notify_all()

    def join(self, seconds: float) -> bool:
        end = self._clock() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - self._clock()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (turn := self._next()) is not None:
            channel, client, since = turn
            request = channel.requests[0] if channel.requests else None
            if request is not None and self._clock() - since > self.lane.patience_seconds:
                request.refusal = request.refusal or Overloaded(
                    Fault(Text("web.waited-too-long", seconds=round(self.lane.patience_seconds)))
                )
            try:
                if request is not None:
                    channel.service()
            except Exception:
                log.exception("a request could not be answered")
            finally:
                self._left(client)

    def _next(self) -> tuple[Channel, str | None, float] | None:
        with self._ready:
            while not self._waiting:
                if self._closed:
                    return None
                self._ready.wait()
            self._working += 1
            return self._waiting.popleft()

    def _left(self, client: str | None) -> None:
        with self._ready:
            self._working -= 1
            if client is not None:
                self._clients[client] -= 1
                if not self._clients[client]:
                    del self._clients[client]
