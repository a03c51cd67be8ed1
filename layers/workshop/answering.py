"""A process that answers questions about the workspace, several at a time: it only reads, and stays warm.

Questions that have been answered before need little more than what is kept; one that has to build something does so
beside them, in a thread of its own.
"""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import BinaryIO

from layers.errors import StoreUnusable
from layers.workshop import wire
from layers.workshop.memory import give_back, resident_bytes, share_arenas
from layers.workshop.process import LEFT
from layers.workshop.task import Task
from layers.workshop.worker import IDLE_SECONDS, Worker, begun, sendable

AT_ONCE = 20  # the service lets no more through: see `layers.workshop.asking`
MOST_BYTES = 2 << 30
FEWEST_ANSWERS = 20  # a city is never built for fewer than so many questions
GROWN = 1.5  # times what it held after so many: a large city is no reason to read it again and again
QUIET_SECONDS = 2.0
LONG_SECONDS = 1.0  # of a processor; a page after an edit of a million buildings takes 0.6
NICENESS = 1  # somebody waits for a map, but whoever wants a small page goes first
# As the service's own threads: a page that is known must get through beside one that is being built.
SWITCH_SECONDS = 0.001
YOUNG, MIDDLE, NEVER = 10_000, 10, 1_000_000  # old garbage is collected when nobody asks


def answer_questions(tasks: Mapping[str, Task]) -> None:
    """Answer what standard input asks, until nothing is asked for a while; never returns."""
    opening, orders, answers = begun(NICENESS)
    share_arenas()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    worker = Worker(tasks, opening.settings, writes=False)
    crew = Crew(worker, answers, IDLE_SECONDS if opening.idle_seconds is None else opening.idle_seconds)
    try:
        crew.work(orders)
    finally:
        worker.close()
    os._exit(LEFT)  # neither the thread that listens nor one that computes can be asked to stop


class Crew:
    """Threads of one process that answer what comes, each as soon as it is ready.

    Parameters
    ----------
    worker : Worker
        Who knows how to do a task.
    answers : binary file
        Where answers go.
    idle_seconds : float
        After so long without a question there is nothing more to do.
    """

    def __init__(self, worker: Worker, answers: BinaryIO, idle_seconds: float) -> None:
        self._worker, self._answers, self._idle_seconds = worker, answers, idle_seconds
        self._line = threading.Lock()
        self._under_way, self._answered, self._to_go = 0, 0, False
        self._needed_bytes = 0

    def work(self, orders: queue.SimpleQueue[wire.Order]) -> None:
        """Answer until nobody asks for a while, or until a fresh process would serve better."""
        threads = ThreadPoolExecutor(AT_ONCE)
        self._say(wire.Answer())  # we are there
        quiet_seconds, tidy = 0.0, True
        while True:
            try:
                order = orders.get(timeout=min(QUIET_SECONDS, self._idle_seconds))
            except queue.Empty:
                with self._line:
                    busy, leaving = self._under_way > 0, self._to_go
                quiet_seconds = 0.0 if busy else quiet_seconds + QUIET_SECONDS
                if not busy and (leaving or quiet_seconds >= self._idle_seconds):
                    return
                if not busy and not tidy:
                    gc.collect()
                    give_back()
                    tidy = True
                continue
            quiet_seconds, tidy = 0.0, False
            with self._line:
                self._under_way += 1
            threads.submit(self._answer, order)

    def _answer(self, order: wire.Order) -> None:
        begin = time.thread_time()
        answer = self._worker.answer(order)
        said = sendable(replace(answer, number=order.number))
        with self._line:
            self._answered += 1
            grown = self._has_grown()
            # A workspace that was lost is opened anew by the next process, as it is by the next service.
            self._to_go = self._to_go or grown or isinstance(answer.refusal, StoreUnusable)
            self._under_way -= 1
            self._answers.write(said)
            self._answers.flush()
        if time.thread_time() - begin >= LONG_SECONDS:  # what it was made of may be most of what is held
            gc.collect()  # answers that made room for this one may hold themselves
            give_back()

    def _has_grown(self) -> bool:
        """Say whether much more is held than the first answers needed."""
        if self._answered < FEWEST_ANSWERS:
            return False
        held = resident_bytes()
        self._needed_bytes = self._needed_bytes or held
        return held > max(MOST_BYTES, GROWN * self._needed_bytes)

    def _say(self, answer: wire.Answer) -> None:
        with self._line:
            self._answers.write(wire.packed(answer))
            self._answers.flush()
