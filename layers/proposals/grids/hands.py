"""The communities of a district drawn by several processes, each its own communities; the answer is that of one."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from layers import clock
from layers.model.feature import Feature
from layers.proposals.frame import Timer
from layers.proposals.grids.beside import Beside, Lost, Opening
from layers.proposals.grids.cells import bounds_of
from layers.proposals.grids.drawing import Drawing
from layers.proposals.grids.hand import Hand, Outcome, log
from layers.proposals.wishes import GridWishes
from layers.store.believed import BelievedStore
from layers.store.protocol import Query, Store

if TYPE_CHECKING:
    import geopandas as gpd

WORTH_COMMUNITIES, WORTH_BUILDINGS = 8, 5_000
"""Of fewer a process that helps has hardly begun when all is done."""

MOST_BESIDE = 2
"""Each takes some 300 MB."""

T = TypeVar("T")
Told = Callable[[int, str], None]
"""Hears which community, and what is done with it."""


class Hands:
    """This process and those beside it; what one of them loses is done here.

    Parameters
    ----------
    mine : Hand
    others : sequence of Beside
    """

    def __init__(self, mine: Hand, others: Sequence[Beside]) -> None:
        self._mine, self._others = mine, list(others)
        self._owner: dict[int, Beside] = {}
        self._over = False

    def begin(self, features: Sequence[Feature], timer: Timer, told: Told) -> list[Drawing]:
        """Cut communities into cells and look for grids, in their order, while there is time; the first one always."""

        def here(at: int) -> Drawing:
            told(at, "cells")
            return self._mine.begin(at, features[at], timer.left(), lambda: told(at, "search"))

        def there(other: Beside, at: int) -> Drawing:
            drawing = cast(Drawing, other.ask("begin", at, features[at], timer.left()))
            self._mine.take(at, drawing)
            self._owner[at] = other
            return drawing

        todo = deque(range(len(features)))
        done = self._shared(dict.fromkeys((None, *self._others), todo), here, there, lambda at: at > 0 and timer.up())
        return [done[at] for at in sorted(done)]

    def prove(self, order: Sequence[int], timer: Timer, told: Callable[[int], None]) -> None:
        """Prove or improve, in an order; each gets a fair share of the time, so that a hard one does not take all."""
        own = self._own(order)
        proven = 0

        def share(other: Beside | None) -> float:
            return timer.left() / max(1, len(own[other]) + 1)

        def here(at: int) -> None:
            nonlocal proven
            self._mine.prove(at, share(None))
            proven += 1
            told(proven)

        def there(other: Beside, at: int) -> None:
            nonlocal proven
            self._mine.learn(at, cast(Outcome, other.ask("prove", at, share(other))))
            proven += 1

        self._shared(own, here, there, lambda at: False)

    def tell(self, count: int, timer: Timer) -> list[gpd.GeoDataFrame]:
        """Return the tables of so many communities; walks are measured while there is time."""
        own = self._own(range(count))

        def here(at: int) -> gpd.GeoDataFrame:
            return self._mine.tell(at, not timer.up())

        def there(other: Beside, at: int) -> gpd.GeoDataFrame:
            return cast("gpd.GeoDataFrame", other.ask("tell", at, not timer.up()))

        done = self._shared(own, here, there, lambda at: False)
        return [done[at] for at in range(count)]

    def end(self) -> None:
        """End the processes beside this one."""
        self._over = True
        for other in list(self._others):
            other.end()

    def _own(self, order: Sequence[int]) -> dict[Beside | None, deque[int]]:
        """Share communities out to whoever began them; those of a process that was lost are ours."""
        own: dict[Beside | None, deque[int]] = {each: deque() for each in (None, *self._others)}
        for at in order:
            owner = self._owner.get(at)
            own[owner if owner in own else None].append(at)
        return own

    def _shared(
        self, todo: Mapping[Beside | None, deque[int]], here: Callable[[int], T],
        there: Callable[[Beside, int], T], late: Callable[[int], bool],
    ) -> dict[int, T]:  # fmt: skip
        """Do everything, by whoever has it to do; raise what the first one in order raised, as one process would."""
        done: dict[int, T] = {}
        failed: dict[int, Exception] = {}
        left: deque[int] = deque()
        taking = threading.Lock()

        def next_of(who: Beside | None) -> int | None:
            with taking:
                mine = todo[who]
                return None if failed or not mine or late(mine[0]) else mine.popleft()

        def work(other: Beside) -> None:
            while (at := next_of(other)) is not None:
                try:
                    done[at] = there(other, at)
                except Lost:
                    if not self._over:
                        log.warning("a process that helped with grids has ended; its communities are done here")
                    left.append(at)
                    self._others.remove(other)
                    other.end()
                    return
                except Exception as error:
                    failed[at] = error

        threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in self._others]
        for each in threads:
            each.start()
        while (at := next_of(None)) is not None:
            try:
                done[at] = here(at)
            except Exception as error:
                failed[at] = error
        for each in threads:
            each.join()
        for mine in (left, *todo.values()):  # of those that were lost
            while mine and not failed and (mine is left or not late(mine[0])):
                at = mine.popleft()
                done[at] = here(at)
        if failed:
            raise failed[min(failed)]
        return done


@contextmanager
def hands(store: Store, wishes: GridWishes, features: Sequence[Feature]) -> Iterator[Hands]:
    """Have this process draw communities, with others beside it where that is worth while, until the end."""
    count = beside(store, wishes, features)
    plain = GridWishes(**{name: getattr(wishes, name) for name in GridWishes.__struct_fields__})
    known_at = store.known_at if isinstance(store, BelievedStore) else None
    opening = Opening(store.url, known_at, plain, len(features), clock.zone_name())
    several = Hands(Hand(store, wishes, len(features)), [Beside(opening) for _ in range(count)])
    try:
        yield several
    finally:
        several.end()


def beside(store: Store, wishes: GridWishes, features: Sequence[Feature]) -> int:
    """Say how many processes are to help: half of the computer's cores at most, none for what is small."""
    if len(features) < WORTH_COMMUNITIES or "://" in store.url:
        return 0
    west, south, east, north = zip(*map(bounds_of, features), strict=True)
    box = (min(west), min(south), max(east), max(north))
    if store.count("buildings", Query(as_of=wishes.as_of, bbox=box)) < WORTH_BUILDINGS:
        return 0
    return min(MOST_BESIDE, cores() // 2)


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
