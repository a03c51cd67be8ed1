"""A process that draws communities of its own, seen from the one that started it; see `drawer`.

What is said are pickles between two processes of ours, over pipes that nobody else holds.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
from dataclasses import dataclass
from typing import IO

from layers import children
from layers.proposals.wishes import GridWishes

PROTOCOL = 5


@dataclass(frozen=True)
class Opening:
    """What it draws: of which workspace, as known after which revision, by which wishes, of how many communities."""

    workspace: str
    known_at: int | None
    wishes: GridWishes
    places: int
    time_zone: str


@dataclass(frozen=True)
class Failure:
    """What ended the drawing of a community."""

    error: Exception


class Lost(Exception):
    """The process has ended, whatever it was doing."""


class Beside:
    """The process, seen from the one that started it.

    Parameters
    ----------
    opening : Opening
    """

    def __init__(self, opening: Opening) -> None:
        self._process = subprocess.Popen(
            children.command("layers.proposals.grids.drawer"), cwd=children.HOUSE, env=children.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        with contextlib.suppress(OSError):  # it died before it could listen; whoever asks it something will see
            self._say(opening)

    def ask(self, what: str, *arguments: object) -> object:  # as the method has it, pickled
        """Have a method of its hand called; what that raises is raised here, and `Lost` if it ends."""
        try:
            self._say((what, arguments))
            answer = pickle.load(self._out)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as error:
            raise Lost from error
        if isinstance(answer, Failure):
            raise answer.error
        return answer

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not read is lost with its reader
                    pipe.close()

    def _say(self, said: object) -> None:
        assert self._process.stdin is not None  # a pipe was asked for
        pickle.dump(said, self._process.stdin, PROTOCOL)
        self._process.stdin.flush()

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None  # as above
        return self._process.stdout
