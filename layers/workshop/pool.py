"""The workshop: heavy tasks are done by worker processes, which are started when needed and stay a while."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from layers import scratch
from layers.errors import GridmapError, Overloaded
from layers.settings import Settings
from layers.text import Text
from layers.workshop import wire
from layers.workshop.process import Ended, Left, WorkerProcess
from layers.workshop.task import Died, Failed, Places, Sent, Task, TooLate

log = logging.getLogger("gridmap.workshop")


class Workshop:
    """Does tasks in other processes, so that nothing of them holds the interpreter of the one that asks.

    Parameters
    ----------
    tasks : mapping
        What there is to be done, by name; the workers know the same.
    module : str
        What a worker runs.
    settings : Settings
        Those of the service, with its workspace.
    start : callable
        Starts a worker for a module and settings.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        module: str,
        settings: Settings,
        places: Places | None = None,
        start: Callable[[str, Settings], WorkerProcess] = WorkerProcess,
    ) -> None:
        self._tasks, self._module, self._settings, self._start = tasks, module, settings, start
        self._places = places or Places()
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []  # who worked last stands last
        self._busy: set[WorkerProcess] = set()
        self._closed = False

    def run(self, task: str, *arguments: Sent, near: str | None = None) -> Sent:
        """Have a task done; see `layers.workshop.task.Room`."""
        asked = self._tasks[task]
        with self._places.taken(asked.kind):
            answer = self._asked(asked, wire.Order(task, arguments), near)
        return answer.of(task)

    def prepare(self, task: str) -> None:
        """Have a process started that is ready for what comes; see `layers.workshop.task.Room`."""
        if not self.pids():
            threading.Thread(target=self._prepared, args=(task,), daemon=True).start()

    def pids(self) -> list[int]:
        """Return the numbers of the processes that are there."""
        with self._lock:
            return [each.pid for each in (*self._idle, *self._busy) if each.is_alive()]

    def close(self) -> None:
        """End every worker, whatever it does, and take no more tasks."""
        with self._lock:
            self._closed = True
            workers, self._idle = [*self._idle, *self._busy], []
        for worker in workers:
            worker.kill()
        if workers:
            scratch.sweep_temporary()

    def _prepared(self, task: str) -> None:
        try:
            self.run(task)
        except (GridmapError, Failed, OSError) as error:  # whoever needs it is told when she asks
            log.warning("nobody is ready: %s", error)

    def _asked(self, task: Task, order: wire.Order, near: str | None) -> wire.Answer:
        while True:
            worker = self._taken(near, task.kind)
            try:
                answer = worker.ask(order, task.seconds)
            except Left:
                self._put_back(worker, None)
                continue
            except BaseException as error:
                worker.kill()
                self._put_back(worker, None)
                scratch.sweep_temporary()  # what it was writing
                if not isinstance(error, Ended):
                    raise
                log.warning("a worker was ended in the middle of %s: %s", order.task, error)
                if error.late:
                    raise TooLate(Text(f"workshop.{task.kind}-late", seconds=round(task.seconds))) from error
                raise Died(Text(f"workshop.{task.kind}-died")) from error
            self._put_back(worker, near)
            return answer

    def _taken(self, near: str | None, kind: str) -> WorkerProcess:
        """Return a worker for oneself: who knows what it is about, or who worked last, or a new one."""
        with self._lock:
            if self._closed:
                raise Overloaded(Text(f"workshop.{kind}-busy"))
            self._idle = [each for each in self._idle if each.is_alive()]
            found = next((each for each in self._idle if near is not None and near in each.about), None)
            worker = found or (self._idle[-1] if self._idle else None)
            if worker is None:
                worker = self._start(self._module, self._settings)
            else:
                self._idle.remove(worker)
            self._busy.add(worker)
            return worker

    def _put_back(self, worker: WorkerProcess, about: str | None) -> None:
        with self._lock:
            self._busy.discard(worker)
            if about is not None:
                worker.about.append(about)
            if not self._closed and worker.is_alive():
                self._idle.append(worker)
