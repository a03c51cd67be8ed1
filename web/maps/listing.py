"""The features of a theme as a list: filtered, counted, ordered and searched, for the table and for exports alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layers.keeping import OfEach, Parts, Recent, parts_of
from layers.store.frames import row_of
from web.maps.registry import beneath
from web.maps.resting import state_of
from web.maps.theme import Column, Theme
from web.maps.values import Values, given, held, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layers.store.protocol import Store
    from web.maps.question import Question

ALL = "all"
KEPT, MOST_BYTES = 4, 320 << 20
MOST_BESIDE = 8
V = TypeVar("V")
FIGURES = ("number", "year", "share")
LOOKED_AT = 1_000  # rows: most columns have something to say of some of these
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

    def __init__(self, theme: Theme, state: tuple[object, ...]) -> None:
        self.theme, self.state = theme, state
        self._classes = [each.key for each in theme.classes]
        place = {key: n for n, key in enumerate(self._classes)}
        numbers, keys = numbered(theme.class_of)
        # A key that no feature has may have no class.
        self.class_of = np.array([place.get(key, -1) for key in keys], dtype=np.int16)[numbers]
        groups = [group.key for group in theme.groups]
        self._groups = groups
        self._group_of = np.array([groups.index(each.group) for each in theme.classes], dtype=np.int64)
        self._orders: Recent[tuple[str, bool], np.ndarray] = Recent(KEPT)
        self._rows: Recent[Choice, np.ndarray] = Recent(KEPT)
        self._fits: Recent[str, np.ndarray] = Recent(KEPT)
        self._there: dict[str, np.ndarray] = {}
        self._beside: Recent[str, object] = Recent(MOST_BESIDE)

    def __len__(self) -> int:
        return len(self.theme.ids)

    @cached_property
    def _ids(self) -> pd.Index:
        ids = self.theme.ids
        return ids if isinstance(ids, pd.Index) else pd.Index(ids, dtype=object)

    def position(self, id: str) -> int | None:
        """Return where the feature of an id stands, None where there is none."""
        found = row_of(id, self._ids)
        return None if found < 0 else found

    def held(self) -> list[np.ndarray]:
        """Return the arrays that are kept for it beside those of the records."""
        asked = [*self._orders.values(), *self._rows.values(), *self._fits.values(), *self._there.copy().values()]
        columns = (each.values for each in self.theme.columns)
        return [self.class_of, *asked, *(each for values in columns for each in held(values))]

    def beside(self, name: str, make: Callable[[], V]) -> V:
        """Return something else of a page that follows from the same records; made when it is first asked for."""
        return self._beside.made(name, make)  # type: ignore[return-value]  # each name is of one thing

    @property
    def lasting(self) -> np.ndarray:
        """Say of each feature whether it travels with the page."""
        kept = np.array([each.group in self.theme.lasting for each in self.theme.classes], dtype=bool)
        return kept[self.class_of] if len(kept) else np.zeros(len(self), bool)

    def fits(self, text: str) -> np.ndarray:
        """Say of each feature whether one of its searched columns contains `text`, which is lower case."""
        if not text:
            return np.ones(len(self), bool)
        return self._fits.made(text, lambda: self._fitting(text))

    def _fitting(self, text: str) -> np.ndarray:
        fits = np.zeros(len(self), bool)
        for each in self._searched:
            fits |= each.containing(text)
        return fits

    def rows(self, choice: Choice) -> np.ndarray:
        """Return the positions of the chosen features in the chosen order: int64."""
        return self._rows.made(choice, lambda: self._chosen(choice))

    def _chosen(self, choice: Choice) -> np.ndarray:
        shown = self._shown(choice)
        if choice.group != ALL and len(self._group_of):
            shown &= (self._group_of == self._groups.index(choice.group))[self.class_of]
        if choice.text:
            shown &= self.fits(choice.text)
        if not choice.sort:
            return np.flatnonzero(shown)
        order = self._orders.made((choice.sort, choice.down), lambda: self._order(choice.sort, choice.down))
        return order[shown[order]].astype(np.int64)

    def counts(self, choice: Choice) -> dict[str, int]:
        """Return how many features each group has under the switches and the text."""
        shown = self._shown(choice)
        if choice.text:
            shown &= self.fits(choice.text)
        by_class = np.bincount(self.class_of[shown], minlength=len(self._classes))
        by_group = np.bincount(self._group_of, weights=by_class, minlength=len(self._groups))
        return dict(zip(self._groups, by_group.astype(int).tolist(), strict=True))

    def filled(self, rows: np.ndarray) -> list[str]:
        """Return the keys of the columns that have something to say of some of the rows."""
        first, rest = rows[:LOOKED_AT], rows[LOOKED_AT:]
        said = [(column.key, self._given(column)) for column in self.theme.columns]
        return [key for key, given in said if given[first].any() or (given.any() and given[rest].any())]

    def _shown(self, choice: Choice) -> np.ndarray:
        kept = np.array([key not in choice.off for key in self._classes], dtype=bool)
        return kept[self.class_of] if len(kept) else np.zeros(len(self), bool)

    @cached_property
    def _searched(self) -> list[Searched]:
        return [Searched(each.values) for each in self.theme.columns if each.kind in ("text", "code") and each.width]

    def _given(self, column: Column) -> np.ndarray:
        """Say of each row whether it has a value: bool."""
        if column.key not in self._there:
            there = given(column.values)
            alike = bool(there.all()) or not there.any()  # as of most columns, which then takes no memory
            self._there[column.key] = np.broadcast_to(there[:1].copy(), len(there)) if alike and len(there) else there
        return self._there[column.key]

    def _order(self, key: str, down: bool) -> np.ndarray:
        """Return the features in the order of a column: int32. What is missing stands last either way."""
        column = next(each for each in self.theme.columns if each.key == key)
        numbers, values = numbered(column.values)
        ordered = sorted(range(len(values)), key=lambda n: _order(values[n], column))
        place = np.empty(len(values) + 1, np.int32)
        place[ordered] = np.arange(len(values) - 1, -1, -1) if down else np.arange(len(values))
        place[-1] = len(values)
        return np.argsort(place[numbers], kind="stable").astype(np.int32)


class Searched:
    """The values of a column in lower case, in which texts are looked for."""

    def __init__(self, values: Sequence[Any]) -> None:  # a column's
        # Codes differ from row to row: to number them takes longer than to look through them.
        self._texts = values.ascii() if isinstance(values, Values) else None
        if self._texts is not None:
            return
        self._numbers, different = numbered(values)
        lower = [str(value).lower() for value in different]
        self._characters = frozenset("".join(lower))
        self._words = pa.array(lower, pa.large_string())

    def containing(self, text: str) -> np.ndarray:
        """Say of each row whether its value contains a text: bool."""
        if self._texts is not None:
            if not text.isascii():
                return np.zeros(len(self._texts), bool)
            return pc.match_substring(self._texts, text).fill_null(False).to_numpy()
        if not self._characters.issuperset(text):
            return np.zeros(len(self._numbers), bool)
        found = pc.match_substring(self._words, text).to_numpy(zero_copy_only=False)
        return np.append(found, False)[self._numbers] if found.any() else np.zeros(len(self._numbers), bool)


def listing_of(store: Store, question: Question, make: Callable[[], Theme]) -> Listing:
    """Return the listing of a question; `make` is asked for its theme where a layer has changed since."""
    state = state_of(store, beneath())  # read first: a commit in between makes the next call compute again
    return _LISTINGS(store).made_at(state, question, lambda: Listing(make(), state))


def _order(value: Any, column: Column) -> Any:  # a column's; floats or lists, which are of one kind in a column
    """Order figures by size and texts as people do: 9 before 10, and Chinese by its sound, as GB 18030 does."""
    if column.kind in FIGURES:
        return float(value)
    parts = DIGITS.split(str(value).casefold())
    return [
        (1, 0, part.encode("gb18030", "replace")) if n % 2 == 0 else (0, len(bare := part.lstrip("0")), bare.encode())
        for n, part in enumerate(parts)
        if part
    ]


def _parts(listing: Listing) -> Parts:
    return parts_of(listing.held()) | {id(listing): listing.theme.beside_bytes}


_LISTINGS: OfEach[Store, Recent[tuple[object, ...], Listing]] = OfEach(lambda store: Recent(KEPT, MOST_BYTES, _parts))
