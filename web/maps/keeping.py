"""What was computed for a page is kept until a layer changes that it rests on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from layers.situation.day import LAYERS

if TYPE_CHECKING:
    from layers.store.protocol import Store


class Kept:
    """The latest results of one workspace; who asks for one that is being computed waits for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple, Future] = OrderedDict()

    def get(self, state: tuple, key: tuple, compute: Callable[[], object]) -> object:
        """Return the result kept for `key` while the layers are in `state`; compute it where there is none."""
        with self._lock:
            stale = [other for other in self._found if other[0] != state]
            for other in stale:
                del self._found[other]
            future = self._found.get((state, key))
            mine = future is None
            if mine:
                future = self._found[state, key] = Future()
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
            self._found.move_to_end((state, key))
        if mine:
            try:
                future.set_result(compute())
            except BaseException as error:
                with self._lock:
                    self._found.pop((state, key), None)
                future.set_exception(error)
        return future.result()


def state_of(store: Store, beside: tuple[str, ...] = ()) -> tuple[int, ...]:
    """Return the revisions of the layers of a situation, and of those `beside` it."""
    revisions = store.layer_revisions()
    return tuple(revisions.get(layer, 0) for layer in (*LAYERS, *beside))
