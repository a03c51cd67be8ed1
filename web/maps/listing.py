"""The features of a theme as a list: filtered, counted, ordered and searched, for the table and for exports alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.keeping import OfEach, Recent
from web.maps.registry import beneath
from web.maps.resting import state_of
from web.maps.theme import Column, Theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layers.store.protocol import Store
    from web.maps.question import Question

ALL = "all"
KEPT = 4
FIGURES = ("number", "year", "share")
BETWEEN = "\x1f"  # stands between the searched values of a row, so that a text is never found across two
DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows: one group of the legend or all, without the classes in `off`, containing `text`; by which column."""

    group: str = ALL
    off: frozenset[str] = frozenset()
    text: str = ""
    sort: str = ""
    down: bool = False


class Listing:
    """A theme, and what is asked of its rows again and again.

    Parameters
    ----------
    theme : Theme
    state : tuple
        The revisions that the theme was made from.
    """

    def __init__(self, theme: Theme, state: tuple) -> None:
        self.theme, self.state = theme, state
        self._classes = [each.key for each in theme.classes]
        number = {key: n for n, key in enumerate(self._classes)}
        self.class_of = np.array([number[key] for key in theme.class_of], dtype=np.int64)
        groups = [group.key for group in theme.groups]
        self._groups = groups
        self._group_of = np.array([groups.index(each.group) for each in theme.classes], dtype=np.int64)
        self._ranks: dict[str, np.ndarray] = {}
        self._there: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.theme.ids)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Id → position."""
        return {id: n for n, id in enumerate(self.theme.ids)}

    @property
    def lasting(self) -> np.ndarray:
        """Say of each feature whether it travels with the page."""
        kept = np.array([each.group in self.theme.lasting for each in self.theme.classes], dtype=bool)
        return kept[self.class_of] if len(kept) else np.zeros(len(self), bool)

    def fits(self, text: str) -> np.ndarray:
        """Say of each feature whether one of its searched columns contains `text`, which is lower case."""
        if not text:
            return np.ones(len(self), bool)
        return np.fromiter((text in each for each in self._searched), bool, len(self))

    def rows(self, choice: Choice) -> np.ndarray:
        """Return the positions of the chosen features in the chosen order: int64."""
        shown = self._shown(choice) & self.fits(choice.text)
        if choice.group != ALL and len(self._group_of):
            shown &= self._group_of[self.class_of] == self._groups.index(choice.group)
        found = np.flatnonzero(shown)
        if not choice.sort:
            return found
        rank = self._rank(choice.sort)[found]
        missing = rank < 0  # what is missing stands last either way
        return found[np.lexsort([found, -rank if choice.down else rank, missing])]

    def counts(self, choice: Choice) -> dict[str, int]:
        """Return how many features each group has under the switches and the text."""
        shown = self._shown(choice) & self.fits(choice.text)
        by_class = np.bincount(self.class_of[shown], minlength=len(self._classes))
        by_group = np.bincount(self._group_of, weights=by_class, minlength=len(self._groups))
        return dict(zip(self._groups, by_group.astype(int).tolist(), strict=True))

    def filled(self, rows: np.ndarray) -> list[str]:
        """Return the keys of the columns that have something to say of some of the rows."""
        return [column.key for column in self.theme.columns if self._given(column)[rows].any()]

    def _shown(self, choice: Choice) -> np.ndarray:
        kept = np.array([key not in choice.off for key in self._classes], dtype=bool)
        return kept[self.class_of] if len(kept) else np.zeros(len(self), bool)

    @cached_property
    def codes(self) -> Sequence[str | None]:
        """Return the code of each feature."""
        found = (column.values for column in self.theme.columns if column.kind == "code")
        return next(found, [None] * len(self))

    @cached_property
    def called(self) -> list[str]:
        """Return the name and the code of each feature in lower case, as the search box looks for them."""
        pairs = zip(self.theme.names, self.codes, strict=True)
        return [f"{name}{BETWEEN}{code or ''}".lower() for name, code in pairs]

    @cached_property
    def _searched(self) -> list[str]:
        columns = [each for each in self.theme.columns if each.kind in ("text", "code") and each.width]
        given = [zip(column.values, self._given(column), strict=True) for column in columns]
        said = [[str(value).lower() if there else "" for value, there in values] for values in given]
        return [BETWEEN.join(row) for row in zip(*said, strict=True)] if said else [""] * len(self)

    def _given(self, column: Column) -> np.ndarray:
        """Say of each row whether it has a value: bool."""
        if column.key not in self._there:
            self._there[column.key] = pd.Series(list(column.values), dtype=object).notna().to_numpy()
        return self._there[column.key]

    def _rank(self, key: str) -> np.ndarray:
        """Return the place of each row's value among the column's values, -1 where it is missing."""
        if key not in self._ranks:
            column = next(each for each in self.theme.columns if each.key == key)
            codes, values = pd.factorize(pd.Series(list(column.values), dtype=object))
            ordered = sorted(range(len(values)), key=lambda n: _order(values[n], column))
            place = np.empty(len(values) + 1, np.int64)
            place[ordered], place[-1] = np.arange(len(values)), -1
            self._ranks[key] = place[codes]
        return self._ranks[key]


def listing_of(store: Store, question: Question, make: Callable[[], Theme]) -> Listing:
    """Return the listing of a question; `make` is asked for its theme where a layer has changed since."""
    state = state_of(store, beneath())  # read first: a commit in between makes the next call compute again
    return _LISTINGS(store).made_at(state, question, lambda: Listing(make(), state))


def _order(value: object, column: Column) -> object:
    """Order figures by size and texts as people do: 9 before 10, and Chinese by its sound, as GB 18030 does."""
    if column.kind in FIGURES:
        return float(value)
    parts = DIGITS.split(str(value).casefold())
    return [
        (1, 0, part.encode("gb18030", "replace")) if n % 2 == 0 else (0, len(bare := part.lstrip("0")), bare.encode())
        for n, part in enumerate(parts)
        if part
    ]


_LISTINGS: OfEach[Store, Recent[tuple, Listing]] = OfEach(lambda store: Recent(KEPT))
