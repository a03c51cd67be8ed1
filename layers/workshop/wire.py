"""What a workshop and its workers say to each other: length-prefixed pickles.

Both ends are our own code, over pipes that nobody else holds. What a reading process says, which has touched a
stranger's file, never comes this way: see `layers.formats.frames`.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase
from typing import IO, TypeVar

from layers.errors import GridmapError
from layers.settings import Settings
from layers.workshop.task import Failed

Said = TypeVar("Said")
SIZE_BYTES = 8
PROTOCOL = 5


class Closed(EOFError):
    """Whoever was at the other end is gone."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first that a worker hears: the service's settings, with its workspace, and how long to wait for nothing."""

    settings: Settings
    idle_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A task to be done; its number tells its answer where several are done at a time."""

    task: str
    arguments: tuple[object, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a task ended: with a result, with a refusal, or in a way that nobody foresaw, with the place in the code."""

    result: object = None
    refusal: GridmapError | None = None
    failure: str | None = None
    number: int = 0

    def of(self, task: str) -> object:  # what the task says that it gives
        """Return the result of a task; raise its refusal, or `Failed` with its name and the place in the code."""
        if self.refusal is not None:
            raise self.refusal
        if self.failure is not None:
            raise Failed(f"{task}\n{self.failure}")
        return self.result


def packed(said: object) -> bytes:  # whatever can be pickled
    """Return what is said as it is sent."""
    payload = pickle.dumps(said, PROTOCOL)
    return len(payload).to_bytes(SIZE_BYTES, "little") + payload


def hear(stream: RawIOBase | IO[bytes] | None, kind: type[Said]) -> Said:
    """Wait for what is said next, of a kind, on an unbuffered stream; `Closed` where nothing is said any more."""
    assert isinstance(stream, RawIOBase | BufferedIOBase), "a pipe, unbuffered, or bytes in memory"
    size = int.from_bytes(_exactly(stream, SIZE_BYTES), "little")
    said = pickle.loads(_exactly(stream, size))
    if not isinstance(said, kind):
        raise TypeError(f"{type(said).__name__} was said, where {kind.__name__} was expected")
    return said


def _exactly(stream: RawIOBase | BufferedIOBase, size: int) -> bytearray:
    found = bytearray(size)
    view, place = memoryview(found), 0
    while place < size:
        count = stream.readinto(view[place:])
        if not count:
            raise Closed
        place += count
    return found
