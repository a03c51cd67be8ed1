"""Looks through the workspace for damage, at the start and then now and again, beside everything else."""

from __future__ import annotations

import logging
import threading

from layers.errors import GridmapError
from layers.store.protocol import Store

EVERY_SECONDS = 6 * 3600.0
log = logging.getLogger("gridmap.lookout")


class Lookout:
    """A thread that looks; what it finds the store remembers, and `/health/ready` tells.

    Parameters
    ----------
    every_seconds : float
        How long it rests between two looks.
    """

    def __init__(self, store: Store, every_seconds: float = EVERY_SECONDS) -> None:
        self._store, self._every_seconds = store, every_seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)

    def open(self) -> None:
        """Begin with a first look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more; one that is under way ends with the process."""
        self._closing.set()

    def look(self) -> None:
        """Look once; a workspace that cannot be looked at tells every request so by itself."""
        try:
            damaged = self._store.look()
        except GridmapError as error:
            log.warning("the workspace could not be looked through: %s", error)
            return
        if damaged:
            log.error("the workspace is damaged: %s", ", ".join(damaged))

    def _run(self) -> None:
        self.look()
        while not self._closing.wait(self._every_seconds):
            self.look()
