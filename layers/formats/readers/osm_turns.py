"""Restrictions of turns as lines: from the road that one comes by, through the junctions, on to the next road."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from layers.formats import wkb
from layers.formats.readers.osm_edges import BOUNDS, UNITS_A_DEGREE, Row, Ways

TAIL_M = 8.0
"""So much of the first and the last road is drawn, but no more than half of its first straight piece."""
_METRES = 111_000.0


@dataclass(frozen=True)
class Turn:
    """A relation: its code (``r3``), what it is, and its members as ``w1`` or ``n2``, by role."""

    code: str
    found: Mapping[str, Any]
    came_by: list[str]
    via: list[str]
    goes_by: list[str]


def rows(turns: list[Turn], ways: Ways) -> tuple[list[Row], list[str], list[str]]:
    """Draw turns.

    Returns
    -------
    (rows, absent, broken)
        Rows as the other tables have them; the codes of turns that name what is not among the roads of the file, and
        of those whose members do not meet end to end.
    """
    place_of = {id: place for place, id in enumerate(ways.ids)}
    made: list[Row] = []
    absent, broken = [], []
    for turn in turns:
        named = [*turn.came_by, *turn.goes_by, *(each for each in turn.via if each[0] == "w")]
        if not turn.came_by or not turn.goes_by or not turn.via or any(each[0] not in "wn" for each in turn.via):
            broken.append(turn.code)
            continue
        courses = {each: _Course.of(ways, place_of[each]) for each in named if each in place_of}
        if any(each not in courses or not courses[each].nodes for each in named):
            absent.append(turn.code)
            continue
        drawn = list(_drawn(turn, courses))
        if any(isinstance(each, str) for each in drawn):
            (absent if "absent" in drawn else broken).append(turn.code)
            continue
        for number, line in enumerate(drawn, start=1):
            code = f"osm-{turn.code}" if number == 1 else f"osm-{turn.code}-{number}"
            made.append(({"code": code, **turn.found}, wkb.Builder().line(np.array(line))))
    return made, absent, broken


@dataclass(frozen=True)
class _Course:
    """The nodes of a way and their places in 1e-7 degrees."""

    nodes: list[int]
    xy: list[tuple[int, int]]

    @classmethod
    def of(cls, ways: Ways, place: int) -> _Course:
        first, last = ways.starts[place], ways.starts[place + 1]
        return cls(list(ways.nodes[first:last]), list(zip(ways.x[first:last], ways.y[first:last], strict=True)))

    @property
    def ends(self) -> set[int]:
        return {self.nodes[0], self.nodes[-1]}

    def turned(self) -> _Course:
        return _Course(self.nodes[::-1], self.xy[::-1])


def _drawn(turn: Turn, courses: Mapping[str, _Course]) -> Iterator[list[tuple[float, float]] | str]:
    """Draw each way from a first road to a last one; ``broken`` or ``absent`` where that cannot be."""
    for one, other in product(turn.came_by, turn.goes_by):
        came, goes = courses[one], courses[other]
        middle = _middle(turn, courses, came)
        if middle is None or not len(middle.nodes) or middle.nodes[-1] not in goes.ends:
            yield "broken"
            continue
        # Of a way that closes a ring one comes by its last piece, and goes on by its first.
        before = came if came.nodes[-1] == middle.nodes[0] else came.turned()
        after = goes if goes.nodes[0] == middle.nodes[-1] else goes.turned()
        places = [*before.xy[-2:-1], *middle.xy, *after.xy[1:2]]
        if any(abs(x) > BOUNDS[0] or abs(y) > BOUNDS[1] for x, y in places):
            yield "absent"
            continue
        yield [_towards(middle.xy[0], places[0]), *map(_degrees, middle.xy), _towards(middle.xy[-1], places[-1])]


def _middle(turn: Turn, courses: Mapping[str, _Course], came: _Course) -> _Course | None:
    """Chain what lies between the first and the last road: one junction, or the roads from one to another."""
    nodes = [int(each[1:]) for each in turn.via if each[0] == "n"]
    if nodes:
        if len(nodes) > 1 or len(turn.via) > 1 or nodes[0] not in came.ends:
            return None
        return _Course(nodes, [came.xy[-1] if came.nodes[-1] == nodes[0] else came.xy[0]])
    for start in (came.nodes[-1], came.nodes[0]):
        left, found = [courses[each] for each in turn.via], _Course([], [])
        at = start
        while True:
            on = next((each for each in left if at in each.ends), None)
            if on is None:
                break
            left.remove(on)
            on = on if on.nodes[0] == at else on.turned()
            skip = 1 if found.nodes else 0
            found = _Course([*found.nodes, *on.nodes[skip:]], [*found.xy, *on.xy[skip:]])
            at = found.nodes[-1]
        if not left and any(at in courses[each].ends for each in turn.goes_by):
            return found
    return None


def _degrees(place: tuple[int, int]) -> tuple[float, float]:
    return place[0] / UNITS_A_DEGREE, place[1] / UNITS_A_DEGREE


def _towards(junction: tuple[int, int], next_: tuple[int, int]) -> tuple[float, float]:
    """Return a place on the straight piece from a junction to the next node of a way."""
    (x, y), (to_x, to_y) = _degrees(junction), _degrees(next_)
    metres = float(np.hypot((to_x - x) * np.cos(np.radians(y)), to_y - y)) * _METRES
    share = min(0.5, TAIL_M / metres) if metres else 0.0
    return x + share * (to_x - x), y + share * (to_y - y)
