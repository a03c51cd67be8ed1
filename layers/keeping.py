"""What is kept in memory because it will be asked for again.

A key says what a value rests on, so that nothing kept is ever out of date: mostly the revisions of some layers. They
are read before whatever the value is made of, so that a commit in between makes the next one ask anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import numpy as np

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


Parts = Mapping[Hashable, int]
"""What a value is made of, each part under a name that no other has, such as its `id` → bytes."""


class Recent(Generic[K, V]):
    """The values that were asked for lately; the one that nobody asked for longest makes room. Threads may share it.

    Parameters
    ----------
    most : int
        How many values are kept.
    most_bytes : int, optional
        How much memory they may take together, but for the latest, which is kept whatever it takes.
    weigh : function, optional
        Says what a value is made of and how many bytes each part takes. Parts that several values share count once. It
        is asked again whenever a value is asked for, as some grow.
    """

    def __init__(self, most: int, most_bytes: int | None = None, weigh: Callable[[V], Parts] | None = None) -> None:
        self._most, self._most_bytes, self._weigh = most, most_bytes, weigh
        self._weights: dict[K, int] = {}
        self._found: OrderedDict[K, Future[V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value of a key, or None where there is none yet."""
        with self._lock:
            found = self._found.get(key)
            if found is None or not found.done():
                return None
            self._found.move_to_end(key)
        self._make_room(key)
        return found.result()

    def keep(self, key: K, value: V) -> V:
        """Keep a value, and return it."""
        found: Future[V] = Future()
        found.set_result(value)
        with self._lock:
            self._put(key, found)
        self._make_room(key)
        return value

    def made(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, made where there is none; who asks for one in the making waits for it.

        What `make` raises is raised to all who wait, and nothing is kept.
        """
        with self._lock:
            found = self._found.get(key)
            if mine := found is None:
                found = Future()
            self._put(key, found)
        if mine:
            try:
                found.set_result(make())
            except BaseException as error:
                self.drop(lambda other: other == key)
                found.set_exception(error)
        value = found.result()
        self._make_room(key)
        return value

    def made_at(self, state: Hashable, key: Hashable, make: Callable[[], V]) -> V:
        """As `made`, of a key in a state of the workspace; what was made for another state is forgotten."""
        self.drop(lambda kept: kept[0] != state)  # type: ignore[index]  # whoever keeps by state keeps nothing else
        return self.made((state, key), make)  # type: ignore[arg-type]  # as above

    def values(self) -> list[V]:
        """Return every value that is there, the one asked for last at the end."""
        with self._lock:
            return [each.result() for each in self._found.values() if each.done()]

    def drop(self, unwanted: Callable[[K], bool]) -> None:
        """Forget the values of the keys of which `unwanted` is true."""
        with self._lock:
            for key in [key for key in self._found if unwanted(key)]:
                self._forget(key)

    def _weighed(self) -> dict[K, Parts]:
        if self._weigh is None:
            return {}
        with self._lock:
            there = {key: found for key, found in self._found.items() if found.done()}
        return {key: self._weigh(found.result()) for key, found in there.items()}

    def _make_room(self, latest: K) -> None:
        """Weigh all, and forget some, the one that nobody asked for longest first, until they are light enough."""
        if self._most_bytes is None or not self._is_heavier(latest):
            return
        weighed = self._weighed()
        for key in [key for key in weighed if key != latest]:
            if _together(weighed.values()) <= self._most_bytes:
                return
            before = _together(weighed.values())
            parts = weighed.pop(key)
            if _together(weighed.values()) < before:
                with self._lock:
                    if key in self._found:
                        self._forget(key)
            else:  # nothing would be won
                weighed[key] = parts

    def _is_heavier(self, key: K) -> bool:
        """Say whether a value takes more than when it was weighed last: what was light enough then is so still."""
        with self._lock:
            found = self._found.get(key)
        if self._weigh is None or found is None or not found.done():
            return False
        weight = sum(self._weigh(found.result()).values())
        with self._lock:
            before = self._weights.get(key)
            if key in self._found:
                self._weights[key] = weight
            return before is None or weight > before

    def _forget(self, key: K) -> None:
        del self._found[key]
        self._weights.pop(key, None)

    def _put(self, key: K, found: Future[V]) -> None:
        self._found[key] = found
        self._found.move_to_end(key)
        while len(self._found) > self._most:
            self._forget(next(iter(self._found)))


def parts_of(arrays: Iterable[np.ndarray]) -> dict[Hashable, int]:
    """Return what arrays are made of: views by what they look at."""
    owners = map(_owner, arrays)
    return {id(each): each.nbytes for each in owners}


def _owner(array: np.ndarray) -> np.ndarray:
    while (under := array.base) is not None and hasattr(under, "base"):  # an array too, and no buffer
        array = under
    return array


def _together(weighed: Iterable[Parts]) -> int:
    every: dict[Hashable, int] = {}
    for parts in weighed:
        every.update(parts)
    return sum(every.values())


class OfEach(Generic[K, V]):
    """One value for each of some things (mostly for each workspace), made when it is first asked for.

    It goes when its thing does; a value that holds its thing, other than by a weak reference, keeps both for ever.

    Parameters
    ----------
    make : callable
        Gives a thing's value; it is called once for each, and whoever asks meanwhile waits.
    """

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[K, Recent[str, V]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def __call__(self, thing: K) -> V:
        """Return the value of a thing."""
        with self._lock:
            one = self._made.setdefault(thing, Recent(1))
        return one.made("value", lambda: self._make(thing))
