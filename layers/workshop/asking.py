"""Costly questions about the workspace are answered by a few processes that only read it, and are computed once.

Nothing is lost with such a process: a question that was in it is asked again. One that takes too long is given up
together with its process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager

from layers import scratch
from layers.errors import Overloaded
from layers.settings import Settings
from layers.text import Text
from layers.workshop import wire
from layers.workshop.answerer import Answerer
from layers.workshop.process import Ended, Left
from layers.workshop.task import Died, Sent, Task, TooLate

TRIES = 3
AGAIN_SECONDS = 60.0  # after so long it is tried again whether a process can be had
LEFT_MOST = 20  # who goes home just when she is asked is replaced, however often that comes about within reason
log = logging.getLogger("gridmap.workshop")


class NoProcess(Exception):
    """No process can be had for this question; whoever asks may compute it herself."""


class Asking:
    """Has questions answered by processes, identical ones once.

    Parameters
    ----------
    tasks : mapping
        Which questions there are, by name; the processes know the same.
    module : str
        What such a process runs; it calls `layers.workshop.answering.answer_questions`.
    settings : Settings
        Those of the service, with its workspace.
    places : mapping
        Kind of question → how many are answered at a time. Kinds are spread over the processes in this order, so that
        each kind finds a process that knows its answers; who would not find a place is told so at once.
    idle_seconds : mapping
        Kind → after how long without a question its process goes home.
    most : int
        How many processes there are at most.
    start : callable
        Starts a process.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        module: str,
        settings: Settings,
        places: Mapping[str, int],
        idle_seconds: Mapping[str, float],
        most: int,
        start: Callable[[str, Settings, float | None], Answerer] = Answerer,
    ) -> None:
        self._tasks, self._module, self._settings, self._start = tasks, module, settings, start
        self._places = places
        self._home = {kind: number % most for number, kind in enumerate(places)}
        self._idle_seconds = {
            home: max(idle_seconds[kind] for kind in places if self._home[kind] == home)
            for home in set(self._home.values())
        }
        self._there: dict[int, Answerer] = {}
        self._taken: Counter[str] = Counter()
        self._flights: dict[Hashable, Future[object]] = {}
        self._lock = threading.Lock()
        self._closed, self._again_at = False, 0.0

    def ask(self, task: str, *arguments: Sent, key: Hashable = None) -> Sent:
        """Have a question answered.

        Parameters
        ----------
        key : hashable, optional
            What the answer rests on, all of it: who asks the same while it is being computed gets the same answer.

        Raises
        ------
        Overloaded
            Every place for this kind of question is taken.
        TooLate
            It took longer than it may.
        Died
            Its process ended again and again.
        NoProcess
            Processes cannot be had here.
        Failed
            It failed in a way that nobody foresaw.
        GridmapError
            Whatever the question is refused for.
        """
        if key is None:
            return self._answered(task, arguments)
        with self._lock:
            flight = self._flights.get((task, key))
            if mine := flight is None:
                flight = self._flights[task, key] = Future()
        if mine:
            try:
                flight.set_result(self._answered(task, arguments))
            except BaseException as error:
                flight.set_exception(error)
            finally:
                with self._lock:
                    del self._flights[task, key]
        return flight.result()

    def pids(self) -> list[int]:
        """Return the numbers of the processes that are there."""
        with self._lock:
            return [each.pid for each in self._there.values() if each.is_alive()]

    def close(self) -> None:
        """End every process, whatever it does, and take no more questions."""
        with self._lock:
            self._closed, there = True, list(self._there.values())
            self._there.clear()
        for each in there:
            each.kill()
        if there:
            scratch.sweep_temporary()

    def _answered(self, name: str, arguments: tuple[object, ...]) -> object:
        task = self._tasks[name]
        with self._taking(task.kind):
            answer = self._told(task, wire.Order(name, arguments))
        return answer.of(name)

    @contextmanager
    def _taking(self, kind: str) -> Iterator[None]:
        with self._lock:
            if self._closed or self._taken[kind] >= self._places[kind]:
                raise Overloaded(Text(f"workshop.{kind}-busy"))
            self._taken[kind] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[kind] -= 1

    def _told(self, task: Task, order: wire.Order) -> wire.Answer:
        """Ask one process after the other until one answers."""
        end, died, left = time.monotonic() + task.seconds, 0, 0
        while True:
            process = self._process(task)
            try:
                return process.put(order).result(max(0.0, end - time.monotonic()))
            except Left as error:
                left += 1
                if left == LEFT_MOST:
                    raise NoProcess from error
            except TimeoutError as error:
                process.kill()
                scratch.sweep_temporary()  # what it was writing
                log.warning("%s took longer than %g s", order.task, task.seconds)
                raise TooLate(Text(f"workshop.{task.kind}-late", seconds=round(task.seconds))) from error
            except Ended as error:
                if self._closed:
                    raise Overloaded(Text(f"workshop.{task.kind}-busy")) from error
                scratch.sweep_temporary()
                log.warning("a process was ended in the middle of %s: %s", order.task, error)
                died += 1
                if not process.came:
                    self._again_at = time.monotonic() + AGAIN_SECONDS
                    raise NoProcess from error
                if died == TRIES:
                    raise Died(Text(f"workshop.{task.kind}-died")) from error

    def _process(self, task: Task) -> Answerer:
        """Return the process that answers a question, a new one where there is none."""
        home = self._home[task.beside or task.kind]
        with self._lock:
            if self._closed:
                raise Overloaded(Text(f"workshop.{task.kind}-busy"))
            there = self._there.get(home)
            if there is None or not there.is_alive():
                if time.monotonic() < self._again_at:
                    raise NoProcess
                try:
                    there = self._start(self._module, self._settings, self._idle_seconds[home])
                except OSError as error:
                    log.warning("no process can be started: %s", error)
                    self._again_at = time.monotonic() + AGAIN_SECONDS
                    raise NoProcess from error
                self._there[home] = there
            return there
