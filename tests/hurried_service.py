"""The service with patient workers and short leases: ``python -m tests.hurried_service serve …``."""

from __future__ import annotations

import datetime as dt
import sys

import app
import web
from layers.jobs import dispatcher, process
from layers.store.protocol import Store

LEASE = dt.timedelta(seconds=3)


class Hurried(dispatcher.Dispatcher):
    """A dispatcher that a test need not wait half a minute for."""

    def __init__(self, store: Store, at_once: int) -> None:
        super().__init__(store, at_once, lease=LEASE)


if __name__ == "__main__":
    dispatcher.Dispatcher = Hurried
    process.COMMAND[-1] = "tests.patient_worker"
    web.warm = lambda _app: None
    sys.exit(app.main(sys.argv[1:]))
