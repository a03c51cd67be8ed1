"""Places that are in no group brought into one, with the groups around them: by counted work, and not by the clock."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geo.grouping.problem import Problem
from geo.grouping.search import neighbourhood, put_back, taken_out

AROUND = (60, 120, 240)
"""Places that are shared out anew around one that is in no group: more, where fewer did not help."""

ANYWAY = 2_000
"""Places that are shared out anew, all together, although time is up."""

Again = Callable[[Problem, np.ndarray, int], np.ndarray]
"""Gives other groups of a problem than those that are known, the first, second or third time."""


def covered(problem: Problem, centre_of: np.ndarray, again: Again, left: Callable[[], float]) -> np.ndarray:
    """Bring places into groups that are in none, as far as their neighbourhoods have groups for them.

    Parameters
    ----------
    problem : Problem
    centre_of : int64[n]
        What to begin with.
    again : function
        Shares a neighbourhood out anew.
    left : function
        How many seconds are left; without any, `ANYWAY` places are shared out.

    Returns
    -------
    int64[n], of which no more are left out than before.
    """
    best, spent = centre_of, 0
    for turn, around in enumerate(AROUND):
        for place in np.flatnonzero(best < 0).tolist():
            if best[place] >= 0:
                continue
            places = _around(problem, best, place, around)
            spent += len(places)
            if spent > ANYWAY and left() <= 0:
                return best
            was = taken_out(problem, best, places)
            better = put_back(best, places, was, again(*was, turn))
            best = best if better is None else better
    return best


def _around(problem: Problem, centre_of: np.ndarray, place: int, around: int) -> np.ndarray:
    """Return the places of the groups around a place, and around those where too few are within reach: int64[…]."""
    places, seen = neighbourhood(problem, centre_of, place, around), {place}
    while len(places) < around:
        beyond = [each for each in np.unique(centre_of[places]).tolist() if each >= 0 and each not in seen]
        if not beyond:
            break
        seen.update(beyond)
        for each in beyond:
            if len(places) < around:
                places = np.union1d(places, neighbourhood(problem, centre_of, each, around // 2))
    return places
