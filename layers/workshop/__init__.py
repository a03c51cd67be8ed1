"""Heavy tasks in processes of their own: `pool` hands them out, `worker` is such a process, `here` does without."""

from layers.workshop.here import Here
from layers.workshop.pool import Workshop
from layers.workshop.task import Bench, Died, Failed, Room, Task, TooLate

__all__ = ["Bench", "Died", "Failed", "Here", "Room", "Task", "TooLate", "Workshop", "worker"]
