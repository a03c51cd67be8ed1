"""The same tasks for workers who go home as soon as nothing is asked: ``python -m tests.workshop_leavers``."""

from layers.workshop.worker import main
from tests.workshop_hands import TASKS

MODULE = "tests.workshop_leavers"

if __name__ == "__main__":
    main(TASKS, idle_seconds=0.1)
