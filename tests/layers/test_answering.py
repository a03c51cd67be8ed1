"""When a process that answers questions goes home although it is asked."""

from __future__ import annotations

import io
import queue
import threading
import time

import pytest

from layers.workshop import answering, wire

SOON_SECONDS = 10.0


class Hand:
    """A worker that answers with the number of the question."""

    def answer(self, order: wire.Order) -> wire.Answer:
        return wire.Answer(order.number)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the process holds, as the last of the list says."""
    bytes_ = [3 << 30]
    monkeypatch.setattr(answering, "resident_bytes", lambda: bytes_[-1])
    monkeypatch.setattr(answering, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(answering, "FEWEST_ANSWERS", 2)
    return bytes_


def told(out: io.BytesIO, count: int) -> None:
    end = time.monotonic() + SOON_SECONDS
    while _answers(out) < count:
        assert time.monotonic() < end
        time.sleep(0.01)


def _answers(out: io.BytesIO) -> int:
    stream, found = io.BytesIO(out.getvalue()), 0
    while stream.tell() < len(out.getvalue()):
        wire.hear(stream, wire.Answer)
        found += 1
    return found


def test_a_large_city_is_no_reason_to_leave_and_growing_beyond_it_is(held: list[int]) -> None:
    orders: queue.SimpleQueue[wire.Order] = queue.SimpleQueue()
    out = io.BytesIO()
    crew = answering.Crew(Hand(), out, 600.0)
    at_work = threading.Thread(target=crew.work, args=(orders,), daemon=True)
    at_work.start()
    for number in range(4):
        orders.put(wire.Order("any", (), number + 1))
    told(out, 5)  # the first says that it is there
    at_work.join(0.3)
    assert at_work.is_alive()
    held.append(5 << 30)
    orders.put(wire.Order("any", (), 9))
    at_work.join(SOON_SECONDS)
    assert not at_work.is_alive()
