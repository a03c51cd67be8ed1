"""Which counts may stand in public, so that no sum and no difference of published counts gives a small one away.

The rule: **a sum is told apart into its halves only while both halves reach the limit.** The parts of every total (the
courtyards of a community, the buildings of a courtyard) are halved, and halved again, down to single parts, by their
place alone: the first, third, fifth … part is one half, the others are the other. Where a half falls below the limit,
none of its parts is told, and none of the other half's. A part that is not told is not told apart either.

Why it holds, where totals are the sums of their parts: let x < limit be a part that is hidden, and S the sum of the
parts that were not told apart, which is at least the limit. Whatever else is published, a reader learns of these parts
that they sum to S, and that one of the two halves is below the limit. For each v from 0 to limit - 1 there are such
parts with x = v: all others of its half are 0, and the other half is S - v. So x can still be anything below the limit,
and nobody who knows this rule learns more.
"""

from __future__ import annotations

import math
import re

import numpy as np

MASK = "***"
_SHORTEST = 11  # digits of a mobile number
# A mobile number, also as 138 0013 8000 or with +86; landlines, 400 numbers and hotlines are of offices.
_MOBILE = re.compile(r"(?<![0-9])(?:(?:\+|00)?86[ \-]?)?1[3-9][0-9](?:[ \-.]?[0-9]){8}(?![0-9])")
# An identity card: place, day of birth, and a check sign.
_IDENTITY = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9])"
)
# Full width is read too.
_NARROW = {0xFF10 + digit: ord("0") + digit for digit in range(10)} | {ord("Ｘ"): "X", ord("＋"): "+", ord("－"): "-"}


def shown(values: np.ndarray, parents: np.ndarray, limit: int) -> np.ndarray:
    """Say which counts of a hierarchy may be published.

    Parameters
    ----------
    values : float64[n]
        Counts; nan where none is on record.
    parents : int64[n]
        The position of the total that each count is a part of, before its own; -1 where it is part of none.
    limit : int
        The smallest count that may be published.

    Returns
    -------
    bool[n]; False also where nothing is on record.
    """
    children: list[list[int]] = [[] for _ in values]
    given, totals = values.tolist(), values.tolist()
    for place in range(len(given) - 1, -1, -1):
        parts = children[place] = [part for part in reversed(children[place]) if not math.isnan(totals[part])]
        if math.isnan(totals[place]) and parts:
            totals[place] = sum(totals[part] for part in parts)
        if parents[place] >= 0:
            children[parents[place]].append(place)
    told = np.zeros(len(given), dtype=bool)
    sums = np.array(totals, dtype=float)
    # What is part of no total, and whether a reader can know its sum.
    open_ends = [(place, False) for place in np.flatnonzero(np.asarray(parents) < 0).tolist()]
    while open_ends:
        place, known = open_ends.pop()
        if math.isnan(given[place]) and not known:
            open_ends += [(part, False) for part in children[place]]
        elif totals[place] >= limit:
            told[place] = not math.isnan(given[place])
            open_ends += [(part, True) for part in _told_apart(np.array(children[place], np.int64), sums, limit)]
    return told


def _told_apart(parts: np.ndarray, sums: np.ndarray, limit: int) -> list[int]:
    """Return those of some parts that the rule tells, their sum being known."""
    told: list[int] = []
    undecided = [parts] if len(parts) else []
    while undecided:
        some = undecided.pop()
        if (sums[some] >= limit).all():
            told += some.tolist()
        elif len(some) > 1:
            halves = some[0::2], some[1::2]
            if all(sums[half].sum() >= limit for half in halves):
                undecided += halves
    return told


def masked(text: str) -> str:
    """Return a text with the numbers of persons (mobiles, identity cards) made unreadable; else the text itself."""
    if len(text) < _SHORTEST:
        return text
    narrow = text.translate(_NARROW)
    found = _MOBILE.sub(MASK, _IDENTITY.sub(MASK, narrow))
    return text if found == narrow else found
