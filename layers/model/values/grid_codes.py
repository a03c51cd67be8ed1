"""The codes of new grids: the community's twelve digits and a sequence of three, never used before.

Grids are numbered as a page is read: rows from north to south, within a row from west to east. A row is all grids
whose middle lies north of the southern edge of the northernmost one that has no number yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST = 999
DIGITS = 3

Bounds = tuple[float, float, float, float]


class OutOfCodes(ValueError):
    """A community has used all its sequences; `left` says how many are free."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} codes are left")
        self.left = left


def free_codes(community: str, used: Iterable[str], count: int) -> list[str]:
    """Return `count` codes of a community that were never used, in order, after the last used one.

    Gaps below the last used one are filled only when nothing is left above: a number that is missing may have been
    used on paper.

    Raises
    ------
    OutOfCodes
        There are not so many.
    """
    taken = {int(code[len(community) :]) for code in used if _is_code(code, community)}
    last = max(taken, default=0)
    above = range(last + 1, MOST + 1)
    below = [number for number in range(1, last) if number not in taken]
    chosen = [*above, *below][:count]
    if len(chosen) < count:
        raise OutOfCodes(len(chosen))
    return [f"{community}{number:0{DIGITS}}" for number in sorted(chosen)]


def reading_order(bounds: Sequence[Bounds], middles: Sequence[tuple[float, float]]) -> list[int]:
    """Return the positions of shapes in the order in which a page is read.

    Parameters
    ----------
    bounds : sequence of (west, south, east, north)
    middles : sequence of (x, y)
    """
    left = sorted(range(len(middles)), key=lambda at: (-middles[at][1], middles[at][0]))
    order: list[int] = []
    while left:
        south = bounds[left[0]][1]
        row = [at for at in left if at == left[0] or middles[at][1] > south]
        order += sorted(row, key=lambda at: (middles[at][0], -middles[at][1]))
        left = [at for at in left if at not in set(row)]
    return order


def _is_code(code: str, community: str) -> bool:
    tail = code[len(community) :]
    return code.startswith(community) and len(tail) == DIGITS and tail.isascii() and tail.isdigit()
