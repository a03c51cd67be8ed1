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
    parents = np.asarray(parents, dtype=np.int64)
    levels = _levels(parents)
    on_record, totals = ~np.isnan(values), values.astype(float)
    for level in reversed(levels[1:]):
        parts = level[~np.isnan(totals[level])]
        sums = np.bincount(parents[parts], weights=totals[parts], minlength=len(totals))
        having = np.bincount(parents[parts], minlength=len(totals)) > 0
        totals = np.where(np.isnan(totals) & having, sums, totals)
    alone = np.zeros(len(values), dtype=bool)  # part of no sum that a reader can know
    told = np.zeros(len(values), dtype=bool)
    alone[levels[0]] = True
    for level, below in zip(levels, [*levels[1:], np.empty(0, np.int64)], strict=True):
        told[level] |= alone[level] & on_record[level]
        told[level] &= totals[level] >= limit
        above = parents[below]
        alone[below] = (alone & ~on_record)[above]
        parts = below[told[above] & ~np.isnan(totals[below])]
        told[_told_apart(parts, parents[parts], totals, limit)] = True
    return told & on_record


def _levels(parents: np.ndarray) -> list[np.ndarray]:
    """Return the positions of each level of the hierarchy, the highest first; at least one."""
    depth, above = np.zeros(len(parents), dtype=np.int64), parents
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parents[above], -1)
    return [np.flatnonzero(depth == level) for level in range(int(depth.max(initial=0)) + 1)]


def _told_apart(parts: np.ndarray, whole: np.ndarray, sums: np.ndarray, limit: int) -> np.ndarray:
    """Return those of some parts that the rule tells; `whole` is what each is a part of, and its sum is known."""
    doubtful = np.isin(whole, whole[sums[parts] < limit])
    told = [parts[~doubtful]]
    parts, whole = parts[doubtful], whole[doubtful]
    order = np.argsort(whole, kind="stable")
    undecided = np.split(parts[order], np.flatnonzero(np.diff(whole[order])) + 1) if len(parts) else []
    while undecided:
        some = undecided.pop()
        if (sums[some] >= limit).all():
            told.append(some)
        elif len(some) > 1:
            halves = some[0::2], some[1::2]
            if all(sums[half].sum() >= limit for half in halves):
                undecided += halves
    return np.concatenate(told)


def masked(text: str) -> str:
    """Return a text with the numbers of persons (mobiles, identity cards) made unreadable; else the text itself."""
    if len(text) < _SHORTEST:
        return text
    narrow = text.translate(_NARROW)
    found = _MOBILE.sub(MASK, _IDENTITY.sub(MASK, narrow))
    return text if found == narrow else found
