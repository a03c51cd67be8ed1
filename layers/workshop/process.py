"""A worker's process, seen from the service."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections import deque

from layers import children
from layers.settings import Settings
from layers.workshop import wire

# How a worker says that it left before it began what it was told: nothing of it was done.
LEFT = 0
REMEMBERED = 8
LEAVE_SECONDS = 5.0
# What keeps a worker from the terminal's signals and behind everybody else. On POSIX it is a group of its own, which
# can be ended together; no session of its own, since Linux shares time among sessions first, and it would stand beside
# the service then, not behind it. It steps back by itself.
if sys.platform == "win32":
    CREATION_FLAGS, GROUP = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NEW_PROCESS_GROUP, None
else:
    CREATION_FLAGS, GROUP = 0, 0


class Left(Exception):
    """The worker had nothing to do for a while and went home; somebody else has to do it."""


class Ended(Exception):
    """The worker ended in the middle of a task; `late` says that it was ended here, for taking too long."""

    def __init__(self, late: bool, code: int | None) -> None:
        super().__init__(f"exit code {code}")
        self.late = late


class WorkerProcess:
    """A process that does one task after the other, and lives no longer than the service.

    Parameters
    ----------
    module : str
        What it runs; it calls `layers.workshop.worker.main`.
    settings : Settings
        Those of the service, with its workspace.
    idle_seconds : float, optional
        After so long without a task it goes home.
    """

    def __init__(self, module: str, settings: Settings, idle_seconds: float | None = None) -> None:
        self._process = subprocess.Popen(
            children.command(module),
            cwd=children.HOUSE,
            env=children.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            creationflags=CREATION_FLAGS,
            process_group=GROUP,
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # pipes, as above
        self._ears, self._mouth = self._process.stdin, self._process.stdout
        self.about: deque[str] = deque(maxlen=REMEMBERED)
        with contextlib.suppress(OSError):  # it died before it could listen; whoever asks it something will see
            self._send(wire.packed(wire.Opening(settings, idle_seconds)))

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def ask(self, order: wire.Order, seconds: float) -> wire.Answer:
        """Have a task done.

        Raises
        ------
        Left, Ended
            The worker is of no use any more.
        """
        late = threading.Event()
        timer = threading.Timer(seconds, self._stop, (late,))
        timer.daemon = True
        timer.start()
        try:
            self._send(wire.packed(order))
            return wire.hear(self._mouth, wire.Answer)
        except (OSError, ValueError, wire.Closed) as error:
            if isinstance(error, ValueError) and not self._ears.closed:
                raise  # else others have ended it and closed its pipes between two looks
            with contextlib.suppress(subprocess.TimeoutExpired):  # a moment, so that its own exit code is seen
                self._process.wait(LEAVE_SECONDS)
            code = self._process.poll()
            self.kill()
            if code == LEFT and not late.is_set():
                raise Left from error
            raise Ended(late.is_set(), code) from error
        finally:
            timer.cancel()

    def is_alive(self) -> bool:
        """Say whether it is there; one that is not leaves nothing behind."""
        if self._process.poll() is None:
            return True
        self._hang_up()
        return False

    def kill(self) -> None:
        """End it and the reading processes that it started, at once."""
        children.end(self._process)
        self._hang_up()

    def _stop(self, late: threading.Event) -> None:
        late.set()
        children.strike(self._process)

    def _send(self, message: bytes) -> None:
        view = memoryview(message)
        while view:
            view = view[self._ears.write(view) :]

    def _hang_up(self) -> None:
        for pipe in (self._ears, self._mouth):
            with contextlib.suppress(OSError):  # what was not read in time is lost with its reader
                pipe.close()
