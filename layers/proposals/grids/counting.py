"""Which other numbers of grids keep to the band, where the number that was wished does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from geo.districting import allotments, solve, tighten

if TYPE_CHECKING:
    from layers.proposals.grids.drawing import Drawing

MOST_NAMED = 10


def counts_met(drawing: Drawing, left: Callable[[], float]) -> list[int]:
    """Return numbers of grids for which grids within the band were found, as near to the wished one as can be."""
    wished = drawing.wishes.count
    kept = [at for at in range(len(drawing.pieces)) if at not in drawing.apart]
    if wished is None or not kept:
        return []
    totals, units = [drawing.totals[at] for at in kept], [len(drawing.pieces[at].units) for at in kept]
    beside = len(drawing.frozen) + len(drawing.apart)
    others = allotments(totals, units, drawing.low, drawing.high)
    found: list[int] = []
    for choice in sorted(others, key=lambda each: abs(each.total + beside - wished)):
        if len(found) == MOST_NAMED or left() <= 0:
            break
        if all(_met(drawing, at, count, left) for at, count in zip(kept, choice.counts, strict=True)):
            found.append(choice.total + beside)
    return sorted(set(found) - {wished})


def _met(drawing: Drawing, at: int, count: int, left: Callable[[], float]) -> bool:
    problem = drawing.problem(at, count)
    found = solve(problem, drawing.effort, lambda: left() <= 0)
    return found.feasible or (left() > 0 and tighten(problem, found, drawing.effort, left()).feasible)
