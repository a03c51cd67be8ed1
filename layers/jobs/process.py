"""A worker's process, seen from the service."""

from __future__ import annotations

import contextlib
import json
import subprocess

from layers import children, clock

COMMAND = children.command("layers.jobs.worker")


class WorkerProcess:
    """One attempt at one job, in a process group of its own.

    It lives no longer than the service: the pipe to it breaks when the service is gone, and the worker ends itself.
    """

    def __init__(self, workspace: str, job: str, holder: str) -> None:
        self._process = subprocess.Popen(
            COMMAND,
            cwd=children.HOUSE,
            env=children.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        call = {"workspace": workspace, "job": job, "holder": holder, "time_zone": clock.zone_name()}
        assert self._process.stdin is not None  # a pipe was asked for
        with contextlib.suppress(OSError):  # it died before it could listen; `ended` says so
            self._process.stdin.write(json.dumps(call).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """Return the number of the process, which is that of its group."""
        return self._process.pid

    def ended(self) -> bool:
        """Say whether it has ended; it is no zombie then."""
        if self._process.poll() is None:
            return False
        self._hang_up()
        return True

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        children.end(self._process)
        self._hang_up()

    def _hang_up(self) -> None:
        assert self._process.stdin is not None  # as above
        with contextlib.suppress(OSError):  # what was not read in time is lost with its reader
            self._process.stdin.close()
