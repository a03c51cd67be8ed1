"""Where a table stands in a grid of cells: below titles, under one row of headings or several, above its notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from layers.formats.readers.sheets import Grid, Range
from layers.model.values import From1904, half_width, read_unit, shared, split_heading

HEADER_SEARCH_ROWS = 30
HEADER_SHARE = 0.6
HEIGHT = 3  # headings stand in at most so many rows
# What offices write under headings to number their columns: 甲 乙 1 2 3.
REPEATED = 0.8  # of the cells of a row that says the headings again
# 填报单位 and 报送单位 are who filled the table in.
STATED_UNIT = re.compile(
    r"(?<![报表送责主])(?:计量)?单位\s*[:：]\s*([^\s,，;；)）]+)|(?<!\w)units?\s*:\s*([^\s,;)]+)", re.IGNORECASE
)
STEMS, FEWEST_NUMBERED = frozenset("甲乙丙丁戊己庚辛壬癸"), 4


@dataclass(frozen=True, slots=True)
class Heading:
    """The rows of a table's headings (indexes, both included), its columns' places, and their names."""

    top: int
    bottom: int
    columns: list[int]
    names: list[str]


def heading_of(grid: Grid) -> Heading | None:
    """Return the headings of the table in a sheet; None if the sheet has no table."""
    row = header_row(grid.cells)
    if row is None:
        return None
    top, bottom = _rows(grid, row)
    levels = [_spread(grid.cells[each], grid.merged, each, last=each == bottom) for each in range(top, bottom + 1)]
    if top < bottom:
        _spread_groups(levels)
    parts = {
        place: [level[place] for level in levels if place < len(level) and level[place]]
        for place in range(max(map(len, levels)))
    }
    columns = [place for place, words in parts.items() if words]
    leaves = Counter(parts[place][-1] for place in columns)
    names = [parts[place][-1] if leaves[parts[place][-1]] == 1 else "".join(parts[place]) for place in columns]
    return Heading(top, bottom, columns, names)


def header_row(cells: Sequence[Sequence[object]]) -> int | None:
    """Return the index of the row that holds most of the headings, below any title; None if there is no table."""
    start = cells[:HEADER_SEARCH_ROWS]
    widest = max((filled(row) for row in start), default=0)
    if len([row for row in cells if filled(row)]) < 2:
        return None
    for index, row in enumerate(start):
        texts = sum(isinstance(value, str) and bool(value.strip()) for value in row)
        if filled(row) >= max(1 if widest == 1 else 2, HEADER_SHARE * widest) and texts == filled(row):
            return index
    return None


def filled(row: Sequence[object]) -> int:
    """Return how many cells of a row hold something."""
    return sum(value is not None and value != "" and not (isinstance(value, str) and value.isspace()) for value in row)


def numbers_columns(row: Sequence[object]) -> bool:
    """Say whether a row only numbers the columns (栏次): 1 2 3 4, or 甲 乙 1 2."""
    words = [half_width(str(value)).strip() for value in row if value is not None]
    numbers = [int(word) for word in words if word.isdecimal()]
    others = [word for word in words if not word.isdecimal()]
    if len(words) < FEWEST_NUMBERED or numbers != list(range(1, len(numbers) + 1)):
        return False
    return (bool(numbers) and all(word in STEMS or word == "栏次" for word in others)) or (
        not numbers and all(word in STEMS for word in others)
    )


def units_of(row: Sequence[object]) -> list[str | None] | None:
    """Return the unit that each cell of a row below the headings states: （户） （万㎡）; None where it says more.

    A cell in brackets that is no unit, such as （年-月-日）, tells how its column is filled in.
    """
    found: list[str | None] = []
    for value in row:
        inner = value.strip() if isinstance(value, str) else ""
        bracketed = re.fullmatch(r"[(（]([^()（）]{1,12})[)）]", inner)
        unit = bracketed[1].strip() if bracketed else inner
        known = bool(unit) and read_unit(unit) is not None
        if value is not None and not bracketed and not known:
            return None
        found.append(unit if known else None)
    return found if any(found) or filled(row) > 1 else None


def with_units(names: Sequence[str], units: Sequence[str | None]) -> list[str]:
    """Return headings with the units that the row below them states, where they have none of their own."""
    return [
        name if unit is None or split_heading(name)[1] is not None else f"{name}（{unit}）"
        for name, unit in zip(names, units, strict=True)
    ]


def repeats(names: Sequence[str], values: Sequence[object]) -> bool:
    """Say whether a row is the headings once more, as where pages were put together."""
    pairs = [(name, value) for name, value in zip(names, values, strict=False) if filled([value])]
    same = sum(isinstance(value, str) and "".join(value.split()) == "".join(name.split()) for name, value in pairs)
    return len(pairs) > 1 and same >= REPEATED * len(pairs) and 2 * len(pairs) > len(names)


def stated_unit(rows: Iterable[Sequence[object]]) -> str | None:
    """Return the unit that lines above a table state for its numbers: 单位：万㎡."""
    for text in (str(value) for row in rows for value in row if isinstance(value, str)):
        found = STATED_UNIT.search(text)
        if found and read_unit(found[1] or found[2]) is not None:
            return found[1] or found[2]
    return None


def fill_merged(grid: Grid, heading: Heading) -> int:
    """Write what stands in merged cells into each row that they reach; return how many cells that filled.

    Texts and days hold for each of the rows. A number may be a code, which does, or a count, which does not: it is
    marked as shared, and whoever reads a count refuses it.
    """
    cells, done = grid.cells, 0
    left = len(cells) * max(map(len, cells), default=0)  # real ranges do not overlap
    for top, first, bottom, last in grid.merged:
        bottom, reached = min(bottom, len(cells) - 1), [place for place in heading.columns if first <= place <= last]
        if top <= heading.bottom or bottom <= top or reached != [first]:
            continue
        left -= bottom - top
        value = cells[top][first]
        if left < 0 or value is None:
            continue
        if isinstance(value, (int, float)) and not isinstance(value, (bool, From1904)):
            value = cells[top][first] = shared(value)
        for row in cells[top + 1 : bottom + 1]:
            if row[first] is None:
                row[first] = value
                done += 1
    return done


def _rows(grid: Grid, row: int) -> tuple[int, int]:
    """Return the first and last row of headings: as merged cells say, or as blanks beside words show."""
    cells, top, bottom = grid.cells, row, row
    for first, left, last, _ in grid.merged:
        if first <= row <= last and first < last < first + HEIGHT and _word(cells[first][left]):
            top, bottom = min(top, first), max(bottom, last)
    if top == bottom:
        if row + 1 < len(cells) and _is_under(cells[row], cells[row + 1]):
            return row, row + 1
        if row and _is_under(cells[row - 1], cells[row]):
            return row - 1, row
    return top, bottom


def _is_under(upper: Sequence[object], lower: Sequence[object]) -> bool:
    """Say whether the words of `lower` stand under groups of `upper`, and nothing under its other headings."""
    below = [place for place, value in enumerate(lower) if value is not None]
    if filled(upper) < 2 or len(below) < 2 or not all(_word(lower[place]) for place in below):
        return False
    if any(value is not None and not _word(value) for value in upper):
        return False
    starts = [place for place, value in enumerate(upper) if value is not None]
    groups = [
        [place for place in range(start, end) if lower[place] is not None]
        for start, end in pairwise([*starts, len(upper)])
    ]
    if any(group and group[0] != start for start, group in zip(starts, groups, strict=True)):
        return False
    if below[0] < starts[0] or not any(len(group) > 1 for group in groups):
        return False
    return all(len(group) != 1 for group in groups) and any(not group for group in groups)


def _word(value: object) -> bool:
    return isinstance(value, str) and not value.strip().isdecimal()


def _spread(row: Sequence[object], merged: Sequence[Range], index: int, last: bool) -> list[str]:
    """Return the words of a row of headings, a group's over each of its columns where its cells are merged."""
    words = ["" if value is None else "".join(str(value).split()) for value in row]
    words = [str(value).strip() if word else word for value, word in zip(row, words, strict=True)]
    if not last:
        for top, left, _, right in merged:
            if top == index and left < right < len(words):
                words[left + 1 : right + 1] = [words[left]] * (right - left)
    return words


def _spread_groups(levels: list[list[str]]) -> None:
    """Write a group's words over each of its columns also where nothing is merged."""
    for upper, lower in pairwise(levels):
        for place in range(1, min(len(upper), len(lower))):
            if not upper[place] and lower[place] and upper[place - 1] and lower[place - 1]:
                upper[place] = upper[place - 1]
