"""The process that draws communities beside another one: ``python -m layers.proposals.grids.drawer``.

It opens the workspace itself, and does what `Hand` does. Its standard input is its lifeline: it ends when whoever asks
it is gone.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import cast

from layers import clock
from layers.collecting import seldom
from layers.proposals.grids.beside import PROTOCOL, Failure
from layers.proposals.grids.hand import Hand, log
from layers.store import open_store
from layers.store.believed import believed
from layers.store.protocol import Store

GONE = 3


def main() -> None:
    """Do what standard input asks for, until whoever asks is gone; never returns."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what solvers print is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks ends it
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    opening = pickle.load(sys.stdin.buffer)
    clock.use_zone(opening.time_zone)
    orders: queue.SimpleQueue[tuple[str, tuple[object, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    store = open_store(opening.workspace, create=False, writable=False)
    then = store if opening.known_at is None else cast(Store, believed(store, opening.known_at))
    hand = Hand(then, opening.wishes, opening.places)
    with seldom():
        while True:
            what, arguments = orders.get()
            pickle.dump(_done(getattr(hand, what), arguments), answers, PROTOCOL)
            answers.flush()


def _done(method: Callable[..., object], arguments: tuple[object, ...]) -> object:
    try:
        return method(*arguments)
    except Exception as error:  # told where it was asked
        log.debug("%s failed", method, exc_info=True)
        return Failure(error)


def _listen(orders: queue.SimpleQueue[tuple[str, tuple[object, ...]]]) -> None:
    """Pass on what is asked; when whoever asks is gone, so are we, in the middle of whatever it is."""
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            orders.put(pickle.load(sys.stdin.buffer))
    os._exit(GONE)


if __name__ == "__main__":
    main()
