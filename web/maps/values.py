"""Values of a map's features, kept as arrays: put into words when rows of them are asked for, and only those rows.

A map of a city has dozens of columns and a million features, and a page shows a hundred rows of it. Whatever is asked
of a whole column (its order, which rows have a value, which contain a text) is asked of its different values, of which
there are mostly few; the rows have their numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layers.situation.derived import as_few

Rows = np.ndarray | slice
Say = Callable[[Sequence[Any]], Sequence[Any]]


class Values(Sequence[Any]):
    """One value for each feature.

    Parameters
    ----------
    raw : array
        As the records have them: of NumPy or pandas.
    say : function of raw values, optional
        Puts them into words, each for itself; they stay as they are without it.
    factorize : function, optional
        Gives what `pandas.factorize` does of the raw values, where somebody has it at hand.
    """

    def __init__(
        self,
        raw: Any,  # of NumPy or pandas, which share no type
        say: Say | None = None,
        factorize: Callable[[], tuple[np.ndarray, Any]] | None = None,
    ) -> None:
        self._raw, self._say = raw, say
        self._factorize = factorize or (lambda: pd.factorize(self._raw))
        self._lock = threading.Lock()
        self._numbered: tuple[np.ndarray, Sequence[Any]] | None = None

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return self.taken(place)
        return self.taken(np.array([range(len(self))[place]]))[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.taken(slice(None)))

    def taken(self, rows: Rows) -> list[Any]:
        """Return the values of some rows."""
        raw = list(self._raw[rows])
        return raw if self._say is None else list(self._say(raw))

    def numbered(self) -> tuple[np.ndarray, Sequence[Any]]:
        """Return the number of each row's value, -1 where it has none, and the values that differ."""
        with self._lock:
            if self._numbered is None:
                self._numbered = self._different()
            return self._numbered

    def given(self) -> np.ndarray:
        """Say of each row whether it has a value: bool[n]."""
        return self.numbered()[0] >= 0 if self._say is not None else pd.notna(self._raw)

    def held(self) -> list[np.ndarray]:
        """Return the arrays that are kept beside those of the records."""
        numbered = self._numbered
        return [] if numbered is None else [numbered[0]]

    def ascii(self) -> pa.ChunkedArray | None:
        """Return all values in lower case where they are texts of ASCII, as codes are, and stand as on record."""
        if self._say is not None or not isinstance(self._raw, pd.arrays.ArrowStringArray):
            return None
        texts = pa.chunked_array(pa.array(self._raw))
        if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
            return None
        lower = pc.ascii_lower(texts)
        return texts if lower.equals(texts) else lower  # one column less to be kept

    def only(self, mine: np.ndarray) -> Values:
        """Return the values of the rows that are `mine`, and none of the others."""
        numbers, different = self.numbered()
        return Numbered(np.where(mine, numbers, -1), different)

    def _different(self) -> tuple[np.ndarray, Sequence[Any]]:
        numbers, raw = self._factorize()
        if self._say is None:
            return as_few(numbers, len(raw)), list(raw)
        # Several that differ on record may be called alike; one may have no word.
        again, said = pd.factorize(np.array([*self._say(list(raw)), None], dtype=object))
        return as_few(again, len(said))[numbers], list(said)


class Numbered(Values):
    """Values of which only a few differ, by number; -1 is none.

    Parameters
    ----------
    numbers : int[n]
    different : sequence
    """

    def __init__(self, numbers: np.ndarray, different: Sequence[Any]) -> None:
        super().__init__(numbers)
        self._numbered = numbers, different
        self._words = _and_none(different)

    def taken(self, rows: Rows) -> list[Any]:
        return self._words[self._raw[rows]].tolist()

    def given(self) -> np.ndarray:
        return self._raw >= 0

    def counts(self) -> dict[Any, int]:
        """Return how many features have each value that any has."""
        numbers, different = self.numbered()
        counts = np.bincount(numbers + 1, minlength=len(different) + 1)[1:].tolist()
        return {each: count for each, count in zip(different, counts, strict=True) if count}


class Later(Values):
    """Values that are made when something is first asked of them.

    Parameters
    ----------
    size : int
    make : function
        Gives a `Values`.
    """

    def __init__(self, size: int, make: Callable[[], Values]) -> None:
        super().__init__(range(size))
        self._make: Callable[[], Values] | None = make
        self._made: Values | None = None

    def held(self) -> list[np.ndarray]:
        return [] if self._made is None else self._made.held()

    def _values(self) -> Values:
        with self._lock:
            if self._made is None:
                assert self._make is not None
                self._made, self._make = self._make(), None
            return self._made

    def taken(self, rows: Rows) -> list[Any]:
        return self._values().taken(rows)

    def given(self) -> np.ndarray:
        return self._values().given()

    def numbered(self) -> tuple[np.ndarray, Sequence[Any]]:
        return self._values().numbered()

    def ascii(self) -> pa.ChunkedArray | None:
        return self._values().ascii()


class Told(Values):
    """Values that differ from row to row, so that only those of the rows asked for are ever made.

    Parameters
    ----------
    there : bool[n]
        Which rows have one.
    tell : function of row numbers
    """

    def __init__(self, there: np.ndarray, tell: Callable[[np.ndarray], Sequence[Any]]) -> None:
        super().__init__(np.where(there, np.arange(len(there), dtype=np.int32), np.int32(-1)), self._told)
        self._there, self._tell = there, tell

    def _told(self, rows: Sequence[Any]) -> Sequence[Any]:
        every = np.asarray(rows, dtype=np.int64)
        said = np.full(len(every), None, dtype=object)
        mine = every >= 0
        if mine.any():
            said[mine] = list(self._tell(every[mine]))
        return said.tolist()

    def given(self) -> np.ndarray:
        return self._there


class Joined(Values):
    """The values of several sets of features, one after the other.

    Parameters
    ----------
    parts : sequence of sequences
    """

    def __init__(self, parts: Sequence[Sequence[Any]]) -> None:
        self._parts = list(parts)
        self._ends = np.cumsum([len(each) for each in self._parts])
        super().__init__(range(int(self._ends[-1]) if len(self._ends) else 0))

    def taken(self, rows: Rows) -> list[Any]:
        places = np.arange(len(self))[rows]
        part = np.searchsorted(self._ends, places, side="right")
        values = np.full(len(places), None, dtype=object)
        for n in np.unique(part):
            mine = np.flatnonzero(part == n)
            first = self._ends[n] - len(self._parts[n])
            for place, value in zip(mine, taken(self._parts[n], places[mine] - first), strict=True):
                values[place] = value
        return values.tolist()

    def given(self) -> np.ndarray:
        return np.concatenate([given(each) for each in self._parts])

    def held(self) -> list[np.ndarray]:
        return [*super().held(), *(each for part in self._parts for each in held(part))]

    def _different(self) -> tuple[np.ndarray, Sequence[Any]]:
        words: dict[Any, int] = {}
        pieces = []
        for numbers, different in map(numbered, self._parts):
            own = np.array([*(words.setdefault(each, len(words)) for each in different), -1], dtype=np.int32)
            pieces.append(as_few(own, len(words))[numbers])
        return np.concatenate(pieces), list(words)


def taken(values: Sequence[Any] | np.ndarray, rows: np.ndarray) -> list[Any]:
    """Return the values of some rows, whatever they are kept in."""
    if not len(rows):
        return []
    if isinstance(values, Values):
        return values.taken(rows)
    if isinstance(values, list | tuple):
        return [values[n] for n in rows]
    return list(values[rows])  # type: ignore[call-overload]  # an array, or an index


def held(values: Sequence[Any]) -> list[np.ndarray]:
    """Return the arrays that are kept of values beside those of the records."""
    return values.held() if isinstance(values, Values) else []


def given(values: Sequence[Any]) -> np.ndarray:
    """Say of each row whether it has a value, whatever they are kept in: bool[n]."""
    return values.given() if isinstance(values, Values) else pd.Series(list(values), dtype=object).notna().to_numpy()


def numbered(values: Sequence[Any]) -> tuple[np.ndarray, Sequence[Any]]:
    """Return the number of each value, -1 where there is none, and the values that differ: `Values.numbered`."""
    if isinstance(values, Values):
        return values.numbered()
    numbers, different = pd.factorize(pd.Series(list(values), dtype=object))
    return numbers.astype(np.int32), list(different)


def array_of(values: Sequence[Any], rows: np.ndarray) -> np.ndarray:
    """Return the values of some rows as an array: object[k]."""
    numbers, different = numbered(values)
    return _and_none(different)[numbers[rows]]


def the_same(value: Any, size: int) -> Numbered:  # whatever a column holds
    """Return one value, or None, for each of so many features; it takes no memory for each."""
    return Numbered(np.broadcast_to(np.int8(-1 if value is None else 0), size), () if value is None else (value,))


def _and_none(different: Sequence[Any]) -> np.ndarray:
    """Return values that numbers stand for: object[d + 1], so that the number -1 stands for None."""
    words = np.empty(len(different) + 1, dtype=object)
    words[:-1] = different
    words[-1] = None
    return words
