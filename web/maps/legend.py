"""The legend: groups of switches with counts, shares and subtotals that add up to the features of the page."""

from __future__ import annotations

from dataclasses import dataclass

from web.maps.theme import Class, Group, Theme, percent


@dataclass(frozen=True, slots=True)
class Row:
    """One switch of the legend; `share` is of its group's unit over the whole theme."""

    key: str
    label: str
    symbol: str
    count: int
    share: str


@dataclass(frozen=True, slots=True)
class Section:
    """A group with its rows; `count` is their sum."""

    group: Group
    rows: tuple[Row, ...]
    count: int
    share: str
    total: int


def legend(theme: Theme) -> list[Section]:
    """Return the legend's sections in the order of the theme's groups, the empty ones left out.

    Shares are of all features that are counted in the same unit, so the counted sections of a unit add up to 100 %.
    """
    totals: dict[str, int] = {}
    for each in theme.classes:
        group = _group(theme, each)
        totals[group.unit] = totals.get(group.unit, 0) + each.count * group.counted
    sections = []
    for group in theme.groups:
        members = [each for each in theme.classes if each.group == group.key]
        if members:
            total = totals[group.unit] if group.counted else 0
            rows = tuple(
                Row(each.key, each.label, each.symbol.key, each.count, percent(each.count, total)) for each in members
            )
            count = sum(each.count for each in members)
            sections.append(Section(group, rows, count, percent(count, total), total))
    return sections


def _group(theme: Theme, member: Class) -> Group:
    return next(group for group in theme.groups if group.key == member.group)
