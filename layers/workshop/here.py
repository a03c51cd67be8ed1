"""The same tasks in the process that asks for them: for tests, and for a service without processes of its own."""

from __future__ import annotations

from collections.abc import Mapping

from layers.workshop.task import Bench, Places, Sent, Task


class Here:
    """Does tasks in the thread of whoever asks; nothing ends one that takes long."""

    def __init__(self, tasks: Mapping[str, Task], bench: Bench) -> None:
        self._tasks, self._bench, self.places = tasks, bench, Places()

    def run(self, task: str, *arguments: Sent, near: str | None = None) -> Sent:
        """Do a task; see `layers.workshop.task.Room`."""
        asked = self._tasks[task]
        with self.places.taken(asked.kind):
            return asked.run(self._bench, *arguments)

    def prepare(self, task: str) -> None:
        """Do nothing: this process is ready."""

    def close(self) -> None:
        """Let go of everything, which is nothing."""
