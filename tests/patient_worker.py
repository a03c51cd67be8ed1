"""A worker that waits before it computes, so that a test can kill what is running: ``python -m tests.patient_worker``.

In the folder ``JOB_GATE`` it leaves a file ``<job>.<its pid>`` and goes on once there is a file ``open``; as long as it
waits there is a file ``waiting.<job>.<its pid>``.
With ``JOB_ECHO`` it then answers the order's inputs at once and imports no analysis.
"""

from __future__ import annotations

import gzip
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from layers.jobs import worker
from layers.model.job import Answer, Order
from layers.store.protocol import Store

_run, _compute = worker.run, worker.compute


def run(store: Store, id: str, *rest: object) -> int:
    """Make an attempt, saying whose it is."""
    os.environ["JOB_NAME"] = f"{id}.{os.getpid()}"
    (Path(os.environ["JOB_GATE"]) / os.environ["JOB_NAME"]).touch()
    return _run(store, id, *rest)


def compute(store: Store, order: Order, progress: Callable[[float, str], None]) -> Answer:
    """Wait at the gate, telling so, then compute."""
    gate = Path(os.environ["JOB_GATE"])
    waiting = gate / f"waiting.{os.environ['JOB_NAME']}"
    while not (gate / "open").exists():
        waiting.touch()
        progress(0.3, "areas")
        time.sleep(0.02)
    waiting.unlink(missing_ok=True)
    if "JOB_ECHO" in os.environ:
        return Answer("application/json", gzip.compress(msgspec.json.encode(order.inputs), mtime=0))
    return _compute(store, order, progress)


if __name__ == "__main__":
    worker.run, worker.compute = run, compute
    sys.exit(worker.main())
