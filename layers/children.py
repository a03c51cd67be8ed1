"""Processes of ours beside this one: the same interpreter, the same house, and nothing out of the current folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

HOUSE = str(Path(__file__).resolve().parents[1])


def command(module: str) -> list[str]:
    """Return the words that run a module of ours."""
    return [sys.executable, "-P", "-X", "utf8", "-m", module]


def environment() -> dict[str, str]:
    """Return the variables of this process, and where the house is."""
    return {**os.environ, "PYTHONPATH": HOUSE}


def private_output() -> BinaryIO:
    """Keep the pipe for what is answered, and send everything else that is printed to the error stream."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return pipe


def lower(which: int, bound: int, grace: int = 0) -> None:
    """Bind this process to a limit of the `resource` module, or to a lower one that it is bound to already.

    At the limit it is told (of computing time by SIGXCPU), and struck down where it goes beyond by `grace`: without any
    it is struck down at once, and nobody can say for what.
    """
    import resource

    _, hard = resource.getrlimit(which)
    bounds = [bound, bound + grace]
    if hard != resource.RLIM_INFINITY:
        bounds = [min(each, hard) for each in bounds]
    resource.setrlimit(which, (bounds[0], bounds[1]))


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group at once, and wait until it is gone."""
    strike(process)
    process.wait()


def strike(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group, and the group with it, at once; one that ended by itself is left alone."""
    if process.poll() is not None:  # the number may be somebody else's by now
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
