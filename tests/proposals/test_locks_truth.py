"""Today's grids locked, redrawn alone and counted, beside the truth: every way to divide ten houses in a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from layers.store.protocol import Store
from tests import town
from tests.proposals.test_propose_grids import propose

HOUSEHOLDS = 10
LENGTHS = (3, 2, 3, 2)
CODES = [f"{town.COMMUNITY}9{number:02}" for number in range(1, 5)]
TODAY = [code for code, length in zip(CODES, LENGTHS, strict=True) for _ in range(length)]
BANDS = ((20, 40), (10, 20), (30, 30))
STEP = 23  # of all combinations one in so many is tried


def runs(frozen: set[str]) -> list[list[int]]:
    """List the houses that may change their grid, in rows that hang together."""
    found: list[list[int]] = [[]]
    for at, code in enumerate(TODAY):
        if code in frozen:
            found.append([])
        else:
            found[-1].append(at)
    return [each for each in found if each]


def divisions(houses: list[int], low: int, high: int) -> Iterator[list[list[int]]]:
    """Yield every way to divide a row into grids within the band."""
    if not houses:
        yield []
    for length in range(1, len(houses) + 1):
        if low <= HOUSEHOLDS * length <= high:
            for rest in divisions(houses[length:], low, high):
                yield [houses[:length], *rest]


def truth(frozen: set[str], low: int, high: int) -> dict[int, int]:
    """Return by number of grids the fewest households that move."""
    found: dict[int, int] = {}
    for parts in product(*(list(divisions(each, low, high)) for each in runs(frozen))):
        grids = list(chain(*parts))
        shared = np.array([[sum(TODAY[at] == code for at in grid) for code in CODES] for grid in grids] or [[0]])
        stay = int(shared[linear_sum_assignment(-shared)].sum())
        moved = HOUSEHOLDS * (sum(map(len, grids)) - stay)
        count = len(grids) + len(frozen)
        found[count] = min(found.get(count, moved), moved)
    return found


def some(most: int) -> list[tuple[str, ...]]:
    return [each for size in range(most + 1) for each in combinations(CODES, size)]


@pytest.mark.deep
def test_status_and_households_moved_are_those_of_the_truth(small_town: Store) -> None:
    town.lay_units(small_town, *LENGTHS)
    every = list(product(some(3), some(2), (None, *range(1, 8)), BANDS))
    tried = optimal = 0
    for locked, only, count, (low, high) in every[::STEP]:
        if set(locked) & set(only):
            continue  # refused, as contradicting each other
        frozen = {code for code in CODES if code in locked or (only and code not in only)}
        if len(frozen) == len(CODES):
            continue
        wishes = {"locked": list(locked), "only": list(only), "count": count, "households_min": low,
                  "households_max": high, "start": "active", "grid_system": "unit", "even_weight": 0,
                  "seconds": 10}  # fmt: skip
        known = truth(frozen, low, high)
        summary = propose(small_town, **wishes)["summary"]
        asked = f"{wishes}: {summary['status']}, but {known}"
        possible = bool(known) if count is None else count in known
        assert (summary["status"] != "infeasible") == possible, asked
        assert summary["proven"] or possible, asked
        if summary["status"] == "optimal":
            optimal += 1
            assert summary["grids"] == count or count is None, asked
            assert summary["moved_households"] == known[summary["grids"]], asked
        tried += 1
    assert tried >= 50 and optimal >= 10
