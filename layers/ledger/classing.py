"""What a row below a header is: a line between the rows, more of the courtyard above, an example how to fill it in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from layers.ledger.lines import Group, Line
from layers.ledger.marks import EXAMPLE, REMARK
from layers.ledger.unknown import LISTS
from layers.ledger.words import Column, is_heading
from layers.model.values import fold, is_placeholder

NUMBERED = re.compile(r"^[(（]?[一二三四五六七八九十]+[)）]?\s*[、.．]?\s*(?=.{2})")
PLACES = frozenset({"seq", "district", "street", "community", "community_code"})
# What says that a cell is as the one above it.
DITTOS = frozenset({"同上", "同 上", "(同上)", "（同上）", "〃", "″", '"', "''", "“", "”", "ditto", "do."})
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]$")
_LEADING = ("seq", "district", "street", "community", "community_code", "courtyard.code", "courtyard.name")
_BUILDINGS = LISTS | {"buildings.last", "remark"} | PLACES


def filled(cells: Sequence[object], column: Column) -> bool:
    """Say whether a row says something in a column."""
    cell = cells[column.index] if column.index < len(cells) else None
    return cell is not None and not is_placeholder(cell)


def lead_of(cells: list[object], roles: Mapping[str, Column]) -> str | None:
    """Return the first text among the leading columns (序号 to the courtyard's name), where sums and notes stand.

    None for a row with a courtyard's code, whatever its first text looks like.
    """
    last = max((roles[role].index for role in _LEADING if role in roles), default=0)
    place, lead = next(((i, cell) for i, cell in enumerate(cells[: last + 1]) if isinstance(cell, str)), (0, None))
    code = roles.get("courtyard.code")
    coded = code is not None and place != code.index and filled(cells, code)
    said = cells[code.index] if coded and code is not None else None
    # 制表：王某 … 审核：李某: what stands below the heading of codes is none.
    return None if coded and not (isinstance(said, str) and REMARK.match(fold(said))) else lead


def is_line(text: str, present: set[str]) -> bool:
    """Say whether a row of one text is a line between the rows, not a courtyard of which only that is known."""
    return "courtyard.code" not in present and ("courtyard.name" not in present or bool(NUMBERED.match(text)))


def section_of(text: str) -> str | None:
    """Return the name in a line such as 一、望江社区（12个）."""
    return _BRACKETED.sub("", NUMBERED.sub("", text)).strip() or None


def continues(line: Line, roles: Mapping[str, Column], present: set[str], above: Group) -> bool:
    """Say whether a row goes on with the courtyard above: its cells are merged, or it holds nothing but buildings."""
    for role in ("courtyard.code", "courtyard.name"):
        if role in roles and roles[role].index in line.merged:
            return any(each.row == line.merged[roles[role].index] for each in above.lines)
    return bool(present & LISTS) and present <= _BUILDINGS


def heads_other_table(texts: Sequence[object], present: set[str], below_gap: bool) -> bool:
    """Say whether a row is the heading of another table: below a blank row, words alone that mostly are headings.

    One is enough where the column of running numbers has a word too.
    """
    words = [each for each in texts if isinstance(each, str) and not re.search(r"[\d:：]", each)]
    if len(texts) < 2 or len(words) != len(texts) or not below_gap:
        return False
    return sum(map(is_heading, words)) >= (1 if "seq" in present else max(2, len(words) / 2))


def is_words(texts: list[object]) -> bool:
    """Say whether a row holds nothing but words where its number should stand: 以下为老旧小区."""
    return len(texts) == 1 and isinstance(texts[0], str) and not texts[0].strip(" .、()（）").isdecimal()


def is_example(texts: Sequence[object]) -> bool:
    """Say whether a row shows how the form is filled in: it begins with 例 or 示例."""
    return isinstance(texts[0], str) and bool(EXAMPLE.fullmatch(fold(texts[0])))


def repeatable(role: str, column: Column) -> bool:
    """Say whether 同上 below a heading has a meaning: words, codes and days repeat, numbers and buildings do not."""
    if role == "seq" or role.startswith(("building", "houses")):
        return False
    return column.field is None or column.field.type not in ("integer", "number")
