"""Wishes about villages as a problem of places and groups; wishes that contradict each other are refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.grouping import Problem
from layers.errors import Fault, InvalidParameter
from layers.proposals.frame import called
from layers.proposals.units.villages import Village
from layers.proposals.units.wishes import UnitWishes, named
from layers.text import Text


def require(wishes: UnitWishes, villages: Sequence[Village], others: Sequence[str]) -> None:
    """Refuse wishes about villages that there are not, and those of one pair that contradict each other.

    Raises
    ------
    InvalidParameter
    """
    known, faults = {each.code: at for at, each in enumerate(villages)}, []
    groups = {"centres": [wishes.fixed], "together": wishes.together, "apart": wishes.apart}
    for name, given in groups.items():
        strange = sorted({code for group in given for code in group} - set(known))
        town = [code for code in strange if code in others]
        gone = [code for code in strange if code not in others]
        if town:
            faults.append(Fault(Text("proposals.units-no-village", codes=town[:20]), named(name, town)))
        if gone:
            text = Text("proposals.units-not-here", codes=gone[:20], within=wishes.within)
            faults.append(Fault(text, named(name, gone)))
    if faults:
        raise InvalidParameter(*faults)
    block = blocks(villages, wishes)
    pairs = sorted({(one, other) for group in wishes.apart for one in group for other in group if one < other})
    both = [pair for pair in pairs if block[known[pair[0]]] == block[known[pair[1]]]]
    if both:
        codes = [" + ".join(pair) for pair in both]
        said = [" + ".join(f"{villages[known[code]].name} {code}" for code in pair) for pair in both]
        faults.append(Fault(Text("proposals.units-together-apart", pairs=said[:20]), named("apart", codes)))
    fixed = [known[code] for code in wishes.fixed]
    for at in fixed:
        rest = [each for each in fixed if each > at and block[each] == block[at]]
        same = [villages[each].code for each in rest]
        if same:
            both_called = [called(villages[each].code, villages[each].name) for each in (at, *rest)]
            text = Text("proposals.units-two-centres", codes=both_called)
            faults.append(Fault(text, named("together", [villages[at].code, *same])))
    if faults:
        raise InvalidParameter(*faults)


def blocks(villages: Sequence[Village], wishes: UnitWishes) -> np.ndarray:
    """Number the villages so that those that go together have one number: int64[n]."""
    known = {each.code: at for at, each in enumerate(villages)}
    pairs = [(known[group[0]], known[code]) for group in wishes.together for code in group
             if group[0] in known and code in known]  # fmt: skip
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (len(villages), len(villages)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def problem_of(villages: Sequence[Village], minutes: np.ndarray, wishes: UnitWishes) -> Problem:
    """Return the problem of villages, all of which are near a street."""
    known = {each.code: at for at, each in enumerate(villages)}
    n, fixed = len(villages), [known[code] for code in wishes.fixed if code in known]
    centres = np.ones(n, dtype=bool)
    if wishes.fixed:
        centres[:] = False
        centres[fixed] = True
    pairs = sorted({(known[one], known[other]) for group in wishes.apart for one in group for other in group
                    if one < other and one in known and other in known})  # fmt: skip
    streets = {street: at for at, street in enumerate(sorted({each.street for each in villages}))}
    load, target, uneven = _load(villages, wishes)
    return Problem(
        minutes=minutes,
        centres=centres,
        low=wishes.size_min,
        high=wishes.size_max,
        limit=wishes.limit_minutes,
        fixed=bool(wishes.fixed),
        block=blocks(villages, wishes),
        apart=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        kind=np.array([streets[each.street] for each in villages]) if wishes.same_street else None,
        load=load,
        target=target,
        uneven=uneven,
    )


def _load(villages: Sequence[Village], wishes: UnitWishes) -> tuple[np.ndarray | None, float, float]:
    """Return what is spread evenly, what a unit of middle size has, and what one more or less costs in minutes."""
    if wishes.balance == "none" or not villages:
        return None, 0.0, 0.0
    if wishes.balance == "villages":
        load = np.ones(len(villages))
    else:
        counts = [getattr(each, wishes.balance) for each in villages]
        given = np.array([np.nan if each is None else each for each in counts], float)
        load = np.where(np.isnan(given), np.nanmean(given) if np.isfinite(given).any() else 0.0, given)
    mean = float(load.mean())
    if mean <= 0:
        return None, 0.0, 0.0
    return load, mean * (wishes.size_min + wishes.size_max) / 2, wishes.balance_minutes / mean
