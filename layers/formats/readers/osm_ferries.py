"""Ferries: ways of their own, and lines (relations of ``route=ferry``) that say what their ways do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from layers.formats.readers.osm_edges import BOUNDS, Course, course_of, length_m
from layers.model.osm import LeftOut
from layers.model.osm.ferries import duration_minutes, ferry

OTHER_WAY = {"forward": "backward", "backward": "forward", "": "backward"}
"""Roles of a line's ways, and which of its others are no part of the same crossing."""


@dataclass(frozen=True)
class _Line:
    """A relation: its tags, and its ways with their roles."""

    tags: dict[str, str]
    ways: dict[int, str]


class Ferries:
    """What a file holds of ferries, until all of it was seen."""

    def __init__(self) -> None:
        self._ways: dict[int, tuple[str, dict[str, str], Course]] = {}
        self._lines: list[_Line] = []

    def add_way(self, code: str, tags: dict[str, str], way: Any) -> None:  # pyosmium's
        """Take a way of ``route=ferry``, or one that a line names."""
        self._ways[way.id] = code, tags, course_of(way)

    def add_line(self, tags: dict[str, str], ways: list[tuple[int, str]]) -> None:
        """Take a line: a relation, and the ids of the ways that it names, with their roles; quays are no crossings."""
        crossings = {id: role for id, role in ways if not role.startswith(("platform", "stop"))}
        self._lines.append(_Line(tags, crossings))

    def named(self) -> set[int]:
        """Return the ids of ways that lines name and that were not seen as ferries."""
        return {id for line in self._lines for id in line.ways} - self._ways.keys()

    def rows(self, counts: Counter[tuple[str, str, str]]) -> Iterator[tuple[str, dict[str, Any], Course]]:
        """Give code, road and course of each ferry; what a way does not say its line says."""
        of_line = {id: line for line in reversed(self._lines) for id in line.ways}
        for id, (code, tags, course) in self._ways.items():
            counts["roads", "seen", ""] += 1
            line = of_line.get(id)
            own = _metres(course)
            timed, length = tags, own
            if line is not None and "duration" not in tags:  # the line's time is for all its ways
                against = OTHER_WAY.get(line.ways[id], "backward")
                crossed = (each for each, role in line.ways.items() if each in self._ways and role != against)
                timed, length = line.tags, sum(_metres(self._ways[each][2]) for each in crossed)
            every = {**(line.tags if line else {}), **tags, "route": "ferry", "duration": timed.get("duration", "")}
            found = ferry(every, length)
            name = every.get("name") or code
            if isinstance(found, LeftOut):
                counts["roads", found.reason, found.value] += 1
            elif found is not None:
                known = duration_minutes(every["duration"]) is not None
                counts["roads", "ferry" if known else "ferry-untimed", name] += 1
                yield code, found, course


def _metres(course: Course) -> float:
    places = np.column_stack([np.frombuffer(each, dtype=np.int64) for each in course[1:]])
    return length_m(places[np.all(np.abs(places) <= BOUNDS, axis=1)])
