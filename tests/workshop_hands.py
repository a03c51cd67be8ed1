"""Tasks of a workshop that does nothing useful: ``python -m tests.workshop_hands [IDLE_SECONDS]`` is its worker."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from layers.errors import Fault, ImportRejected, InvalidParameter
from layers.text import Text
from layers.workshop import Bench, Task

MODULE = "tests.workshop_hands"


def pid(_: Bench) -> int:
    return os.getpid()


def niceness(_: Bench) -> int:
    return os.nice(0)


def revision(bench: Bench) -> int:
    return bench.store.revision()


def refuse(_: Bench) -> None:
    row = Fault(Text("imports.code-twice", code="a", other=Text("where.row", value=3)), {"row": 4, "sheet": "一"})
    raise ImportRejected(row, Text("imports.no-file"))


def stumble(_: Bench) -> None:
    raise InvalidParameter[0]


def unspeakable(_: Bench) -> object:
    return lambda: None


def die(_: Bench, code: int) -> None:
    os._exit(code)


def dawdle(_: Bench, said: Path) -> None:
    """Start a process, say which two there are now, and never come to an end."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    said.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
    said.with_suffix(".new").rename(said)
    time.sleep(600)


def remember(bench: Bench, key: str, value: object) -> object:
    """Return what was kept under a key, and keep a value there."""
    before = bench.kept.get((key,))
    bench.kept.put((key,), value, 1)
    return before


TASKS = {each.__name__: Task("import", 60, each)
         for each in (pid, niceness, revision, refuse, stumble, unspeakable, die, dawdle, remember)}  # fmt: skip
TASKS["brief"] = Task("export", 6, dawdle)

if __name__ == "__main__":
    from layers.workshop.worker import main

    main(TASKS)
