"""How often Python looks for circular garbage: work on many records makes many objects and no circles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG, MIDDLE, OLD = 100_000, 20, 20


@contextmanager
def seldom() -> Iterator[None]:
    """Look seldom for garbage until the end; for a process that does one thing after the other."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
