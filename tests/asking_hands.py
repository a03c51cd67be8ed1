"""Questions that ask nothing useful: ``python -m tests.asking_hands`` is a process that answers them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from layers.errors import Fault, InvalidParameter
from layers.text import Text
from layers.workshop import Bench, Task
from tests import town
from tests.workshop_hands import die, pid, refuse, revision, stumble, unspeakable

MODULE = "tests.asking_hands"


def wait(_: Bench, begun: Path, until: Path) -> int:
    """Say that it has begun, once more each time, and end when a file is there."""
    with begun.open("a") as file:
        file.write(f"{os.getpid()}\n")
    while not until.exists():
        time.sleep(0.01)
    return os.getpid()


def refuse_later(bench: Bench, begun: Path, until: Path) -> None:
    """The same, and then refuse."""
    wait(bench, begun, until)
    raise InvalidParameter(Fault(Text("web.day"), {"parameter": "as_of"}))


def never_at_first(_: Bench, said: Path) -> int:
    """The first time say who it is and never end; whoever is asked again answers at once."""
    if said.exists():
        return os.getpid()
    said.with_suffix(".new").write_text(f"{os.getpid()}\n")
    said.with_suffix(".new").rename(said)
    time.sleep(600)
    return 0


def write(bench: Bench) -> None:
    """Try to change what is on record."""
    town.amend(bench.store, "buildings", "b01", households=11)


def grow(_: Bench) -> int:
    """Take more memory than any office's computer has, a piece at a time."""
    held = []
    while True:
        held.append(np.ones(1 << 24))


QUICK = (pid, die, grow, refuse, revision, stumble, unspeakable, write)
TASKS = {each.__name__: Task("analysis", 60, each) for each in (*QUICK, wait, refuse_later, never_at_first)}
TASKS["map-pid"] = Task("map", 60, pid)
TASKS["beside-map-pid"] = Task("analysis", 60, pid, beside="map")
TASKS["brief"] = Task("features", 3, wait)
TASKS["features-wait"] = Task("features", 60, wait)

if __name__ == "__main__":
    from layers.workshop.answering import answer_questions

    answer_questions(TASKS)
