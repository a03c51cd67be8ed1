"""What a workshop does and what it says when that cannot be done."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from layers.errors import GridmapError, Overloaded, TooCostly
from layers.settings import Settings
from layers.text import Text
from layers.usecases.imports.memory import Remembered

if TYPE_CHECKING:
    from layers.store.protocol import Store

PLACES, OF_A_KIND = 3, 2
PATIENCE_SECONDS = 2.0  # a thread that waits serves nobody


@dataclass(frozen=True)
class Bench:
    """What every task has at hand: the workspace, the settings, and what earlier tasks left for later ones."""

    store: Store
    settings: Settings
    kept: Remembered


@dataclass(frozen=True, slots=True)
class Task:
    """Something heavy that the service does.

    Parameters
    ----------
    kind : str
        Tasks of one kind leave room for the others.
    seconds : float
        After so long it is given up.
    run : callable
        Takes the bench and arguments; both these and the result are plain values that can be sent.
    reads : bool
        Whether it reads files of strangers, so that a reading process should be ready.
    beside : str, optional
        A kind of questions whose process answers this one, as it knows already what both rest on.
    """

    kind: str
    seconds: float
    run: Callable[..., object]
    reads: bool = False
    beside: str | None = None


Sent = Any  # what can be pickled: a task says itself of what kind its arguments and its result are


class Room(Protocol):
    """Where tasks are done."""

    def run(self, task: str, *arguments: Sent, near: str | None = None) -> Sent:
        """Do a task and return its result, which is what the task says.

        Parameters
        ----------
        near : str, optional
            What the task is about: whoever did something about it before may have kept something of it.

        Raises
        ------
        Overloaded
            Every place for this kind of task is taken.
        Died, TooLate
            Its process ended before the task did.
        Failed
            It failed in a way that nobody foresaw.
        GridmapError
            Whatever the task refuses.
        """

    def prepare(self, task: str) -> None:
        """Do a task that only makes ready for others, without waiting for it, where nobody is ready yet."""


class Died(GridmapError):
    """The process of a task ended before the task did; what it was about to write is not known here."""


class TooLate(TooCostly):
    """A task took longer than it may; its process was ended."""


class Failed(RuntimeError):
    """A task failed in a way that nobody foresaw; the text is where."""


@dataclass
class Places:
    """How many tasks are done at a time: `of_a_kind` of one kind, and `most` in all."""

    most: int = PLACES
    of_a_kind: int = OF_A_KIND
    patience_seconds: float = PATIENCE_SECONDS
    _taken: Counter[str] = field(default_factory=Counter)
    _free: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def taken(self, kind: str) -> Iterator[None]:
        """Hold a place; whoever would wait long is asked to come again."""
        with self._free:
            if not self._free.wait_for(lambda: self._has_room(kind), self.patience_seconds):
                raise Overloaded(Text(f"workshop.{kind}-busy"))
            self._taken[kind] += 1
        try:
            yield
        finally:
            with self._free:
                self._taken[kind] -= 1
                self._free.notify_all()

    def _has_room(self, kind: str) -> bool:
        return self._taken[kind] < self.of_a_kind and self._taken.total() < self.most
