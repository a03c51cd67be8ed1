"""Heavy tasks in processes of their own: `pool` hands them out, `worker` is such a process, `here` does without.

Questions that only read are asked of others: `asking` asks them, `answering` is such a process.
"""

from layers.workshop.asking import Asking, NoProcess
from layers.workshop.here import Here
from layers.workshop.pool import Workshop
from layers.workshop.task import Bench, Died, Failed, Room, Task, TooLate

__all__ = [
    "Asking",
    "Bench",
    "Died",
    "Failed",
    "Here",
    "NoProcess",
    "Room",
    "Task",
    "TooLate",
    "Workshop",
    "answering",
    "worker",
]
