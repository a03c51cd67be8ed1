"""The administrative tree with the theme's share at every level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from layers.model.values import LENGTHS
from web.maps.theme import called, percent

if TYPE_CHECKING:
    from layers.situation.day import Situation

# An area's code begins with the code of the area above it (docs/explanation/records.md).
DISTRICT, STREET = LENGTHS["districts"], LENGTHS["streets"]


@dataclass
class Node:
    """One area: its share of what the map counts, and the areas inside."""

    level: str
    code: str
    name: str
    part: int
    known: int
    share: str
    children: list[Node] = field(default_factory=list)

    @property
    def fraction(self) -> float:
        """Return the share as 0..1, 0 where there is none."""
        return self.part / self.known if self.known else 0.0


def tree(situation: Situation, tally: pd.DataFrame) -> list[Node]:
    """Return districts, streets in them, communities in those; a level that the workspace lacks is skipped."""
    communities = _nodes("community", situation.communities, tally, None)
    streets = _nodes("street", situation.streets, tally, STREET)
    districts = _nodes("district", situation.districts, tally, DISTRICT)
    return _nest(districts, _nest(streets, communities, STREET), DISTRICT)


def _nodes(level: str, frame: pd.DataFrame, tally: pd.DataFrame, prefix: int | None) -> list[Node]:
    sums = tally[tally.index.notna()]
    if prefix is not None:
        sums = sums.groupby(sums.index.astype(str).str[:prefix]).sum()
    sums = sums.reindex(frame["code"]).fillna(0).astype("int64")
    return sorted(
        (
            Node(level, code, name, int(part), int(known), percent(part, known))
            for code, name, part, known in zip(frame["code"], called(frame), sums["part"], sums["known"], strict=True)
        ),
        key=lambda node: node.code,
    )


def _nest(parents: list[Node], children: list[Node], prefix: int) -> list[Node]:
    by_code = {parent.code: parent for parent in parents}
    orphans: list[Node] = []
    for child in children:
        parent = by_code.get(child.code[:prefix])
        (parent.children if parent else orphans).append(child)
    return [*parents, *orphans]
