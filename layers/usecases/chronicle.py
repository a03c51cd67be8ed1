"""The history as people read it: one line for what somebody did in one go, found by person, layer and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layers import clock
from layers.store.protocol import Changeset, Store

AT_ONCE = 500
LOOKED_AT = 20_000
TOGETHER = dt.timedelta(minutes=30)
PLANS = "plans"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history: a changeset, or the strokes of one session at one plan, the newest first."""

    changesets: tuple[Changeset, ...]

    @property
    def newest(self) -> Changeset:
        """Return the changeset that came last."""
        return self.changesets[0]

    @property
    def strokes(self) -> int:
        """Return how many changesets it holds."""
        return len(self.changesets)

    def standing(self) -> list[int]:
        """Return what to undo, in this order, so that nothing of the line is left: revisions, the newest first.

        What was undone is not undone again, and no undoing either: that would do once more what was undone.
        """
        mine = {each.revision: each for each in self.changesets}
        found = []
        for each in self.changesets:
            if each.reverted_by is None:
                undoings, at = 0, each
                while at.reverts in mine:
                    undoings, at = undoings + 1, mine[at.reverts]
                if undoings % 2 == 0:
                    found.append(each.revision)
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """Return layer → what was created, updated and deleted, in all."""
        found: dict[str, dict[str, int]] = {}
        for each in self.changesets:
            for layer, counts in each.counts.items():
                whole = found.setdefault(layer, {"create": 0, "update": 0, "delete": 0})
                for op, count in counts.items():
                    whole[op] += count
        return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changesets: by a person (a part of the name), of a layer, written from a day to a day."""

    author: str | None = None
    layer: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def takes(self, changeset: Changeset) -> bool:
        """Say whether a changeset is wanted."""
        day = clock.day_of(changeset.time)
        return (
            (self.author is None or self.author.casefold() in changeset.author.casefold())
            and (self.layer is None or self.layer in changeset.counts)
            and (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
        )


def entries(store: Store, wanted: Wanted, before: int | None, most: int) -> tuple[list[Entry], int | None]:
    """Return lines of the history, newest first, and before which changeset the next ones are (None = the end).

    At most 20,000 changesets are looked at; what comes then is asked for again.
    """
    found: list[Changeset] = []
    lines: list[Entry] = []
    at, looked = before, 0
    while looked < LOOKED_AT:
        page = store.changesets(at, AT_ONCE)
        if not page:
            return folded(found)[:most], _next(folded(found), most, None)
        looked, at = looked + len(page), page[-1].revision
        found += [each for each in page if wanted.takes(each)]
        lines = folded(found)
        if len(lines) > most:
            return lines[:most], lines[most].newest.revision + 1
        if wanted.since is not None and clock.day_of(page[-1].time) < wanted.since:
            return lines, None
    return lines, at


def folded(changesets: Iterable[Changeset]) -> list[Entry]:
    """Fold the strokes that one person made at plans without a pause of half an hour between two of them."""
    found: list[list[Changeset]] = []
    for each in changesets:
        last = found[-1] if found else None
        if last is not None and _goes_on(each, last[-1]):
            last.append(each)
        else:
            found.append([each])
    return [Entry(tuple(each)) for each in found]


def people(store: Store) -> list[str]:
    """Return who wrote lately, by name."""
    return sorted({each.author for each in store.changesets(None, AT_ONCE)})


def _goes_on(older: Changeset, newer: Changeset) -> bool:
    strokes = PLANS in older.counts and PLANS in newer.counts and {"grids"}.isdisjoint({*older.counts, *newer.counts})
    return strokes and older.author == newer.author and newer.time - older.time <= TOGETHER


def _next(lines: Sequence[Entry], most: int, end: int | None) -> int | None:
    return lines[most].newest.revision + 1 if len(lines) > most else end
