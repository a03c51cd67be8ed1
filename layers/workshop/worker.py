"""The process of a workshop's worker: one task after the other, until nothing was asked for a while.

Its standard input is its lifeline: it says what to do, and ends when the service ends, however that comes about. It
opens the workspace itself, as any other process does. What it remembers is bounded, and when it has grown large it
goes.
"""

from __future__ import annotations

import io
import logging
import os
import queue
import signal
import threading
import traceback
from collections.abc import Mapping
from typing import BinaryIO

from layers import children, clock, disks, scratch
from layers.collecting import seldom
from layers.errors import GridmapError, StoreUnusable, TooCostly
from layers.formats import waiting
from layers.settings import Settings
from layers.store import open_store
from layers.text import Text
from layers.usecases.imports.memory import Remembered
from layers.workshop import wire
from layers.workshop.memory import bind_memory, resident_bytes
from layers.workshop.process import LEFT
from layers.workshop.task import Bench, Task

GONE = 3
IDLE_SECONDS = 300.0
MOST_TASKS = 200
MOST_BYTES = 1 << 30
KEPT_BYTES = 128 << 20
NICENESS = 5
log = logging.getLogger("gridmap.workshop")


def main(tasks: Mapping[str, Task], idle_seconds: float = IDLE_SECONDS) -> None:
    """Do what standard input asks for, until nothing is asked for so long; never returns."""
    opening, orders, answers = begun()
    worker = Worker(tasks, opening.settings, idle_seconds)
    try:
        with seldom():
            worker.work(orders, answers)
    finally:
        worker.close()
    os._exit(LEFT)  # the thread that listens cannot be asked to stop


def begun(niceness: int = NICENESS) -> tuple[wire.Opening, queue.SimpleQueue[wire.Order], BinaryIO]:
    """Set this process up as one of the service's: what it heard first, what it is asked, and where it answers."""
    logging.basicConfig(format="gridmap workshop: %(message)s")
    answers = children.private_output()
    # The service ends its workers once what they do is done or given up; a terminal or systemd tells everybody at once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(os, "nice"):  # whoever looks at a map goes first
        os.nice(niceness)
    bind_memory()
    lifeline = io.FileIO(0, closefd=False)
    try:
        opening = wire.hear(lifeline, wire.Opening)
    except wire.Closed:
        os._exit(GONE)
    clock.use_zone(opening.settings.time_zone)
    orders: queue.SimpleQueue[wire.Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lifeline, orders), daemon=True).start()
    return opening, orders, answers


class Worker:
    """Does tasks; the workspace is opened for the first one.

    Parameters
    ----------
    settings : Settings
        Those of the service, with its workspace.
    writes : bool
        Whether any task writes into the workspace; else nothing can be written there.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        settings: Settings,
        idle_seconds: float = IDLE_SECONDS,
        most: int = MOST_TASKS,
        writes: bool = True,
    ) -> None:
        self._tasks, self._settings, self._idle_seconds, self._most = tasks, settings, idle_seconds, most
        self._writes = writes
        self._opening = threading.Lock()
        self._bench: Bench | None = None

    def work(self, orders: queue.SimpleQueue[wire.Order], answers: BinaryIO) -> None:
        """Do what comes until nothing comes for a while, or it is time for a fresh process."""
        for _ in range(self._most):
            try:
                order = orders.get(timeout=self._idle_seconds)
            except queue.Empty:
                return
            answer = self.answer(order)
            answers.write(sendable(answer))
            answers.flush()
            # A workspace that was lost is opened anew by the next process, as it is by the next service.
            if isinstance(answer.refusal, StoreUnusable) or resident_bytes() > MOST_BYTES:
                return

    def answer(self, order: wire.Order) -> wire.Answer:
        """Do one task and say how it ended."""
        task = self._tasks[order.task]
        try:
            if task.reads:
                waiting.keep()  # it starts while we open the workspace
            return wire.Answer(task.run(self._at_hand(), *order.arguments))
        except GridmapError as refusal:
            return wire.Answer(refusal=refusal)
        except MemoryError:
            return wire.Answer(refusal=TooCostly(Text("workshop.no-memory")))
        except Exception as error:
            full = disks.refusal(error)
            if full is not None:
                log.warning("%s found a disk full: %s", order.task, error)
                return wire.Answer(refusal=full)
            return wire.Answer(failure=traceback.format_exc())

    def close(self) -> None:
        """Let go of everything."""
        waiting.dismiss()
        if self._bench is not None:
            self._bench.store.close()
        scratch.leave()

    def _at_hand(self) -> Bench:
        with self._opening:
            if self._bench is None:
                settings, limit = self._settings, self._settings.query_seconds or None
                store = open_store(settings.workspace, create=False, query_seconds=limit, writable=self._writes)
                self._bench = Bench(store, settings, Remembered(KEPT_BYTES))
            return self._bench


def _listen(lifeline: BinaryIO, orders: queue.SimpleQueue[wire.Order]) -> None:
    """Pass on what is asked; when the service is gone, so are we, in the middle of whatever it is."""
    try:
        while True:
            orders.put(wire.hear(lifeline, wire.Order))
    except wire.Closed:
        pass
    except Exception:  # the service sees that we are gone, and this is where it can be read why
        log.exception("what was asked could not be understood")
    scratch.leave()
    os._exit(GONE)


def sendable(answer: wire.Answer) -> bytes:
    """Return an answer as it is sent; one that cannot be sent as a failure."""
    try:
        return wire.packed(answer)
    except Exception:  # pickle has an error of its own for everything
        return wire.packed(wire.Answer(failure=traceback.format_exc(), number=answer.number))
