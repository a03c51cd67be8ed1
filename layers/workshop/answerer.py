"""A process that answers questions, seen from the service: several are asked at a time, and each is told its answer."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from concurrent.futures import Future
from dataclasses import replace

from layers import children
from layers.settings import Settings
from layers.workshop import wire
from layers.workshop.process import LEAVE_SECONDS, LEFT, Ended, Left, WorkerProcess


class Answerer(WorkerProcess):
    """A process that answers questions; who asks one that ends is told so.

    `came` says that it was there: it had loaded everything and listened.
    """

    def __init__(self, module: str, settings: Settings, idle_seconds: float | None = None) -> None:
        self._line = threading.Lock()
        self._waiting: dict[int, Future[wire.Answer]] = {}
        self._asked, self._over, self.came = 0, False, False
        super().__init__(module, settings, idle_seconds)
        threading.Thread(target=self._hear, name="answers", daemon=True).start()

    def put(self, order: wire.Order) -> Future[wire.Answer]:
        """Ask, and return what will be the answer; `Left` or `Ended` is raised there where there will be none.

        Raises
        ------
        Left
            It has ended already.
        """
        with self._line:
            if self._over:
                raise Left
            self._asked += 1
            future = self._waiting[self._asked] = Future()
            with contextlib.suppress(OSError, ValueError):  # it just ended: whoever listens to it notices
                self._send(wire.packed(replace(order, number=self._asked)))
        return future

    def is_alive(self) -> bool:
        """Say whether it can be asked."""
        with self._line:
            return not self._over and self._process.poll() is None

    def kill(self) -> None:
        """End it at once; who waits for an answer is told."""
        children.end(self._process)

    def _hear(self) -> None:
        """Hand answers over until none comes any more; the pipes are closed by this thread, which alone reads."""
        assert self._process.stdout is not None  # a pipe was asked for
        with contextlib.suppress(OSError, ValueError, wire.Closed):
            while True:
                answer = wire.hear(self._process.stdout, wire.Answer)
                assert isinstance(answer, wire.Answer)
                with self._line:
                    future = self._waiting.pop(answer.number, None)
                if future is None:
                    self.came = True
                else:
                    future.set_result(answer)
        with contextlib.suppress(subprocess.TimeoutExpired):  # a moment, so that its own exit code is seen
            self._process.wait(LEAVE_SECONDS)
        code = self._process.poll()
        self.kill()
        with self._line:
            self._over, waiting = True, list(self._waiting.values())
            self._waiting.clear()
            self._hang_up()
        for each in waiting:
            each.set_exception(Left() if code == LEFT else Ended(False, code))
