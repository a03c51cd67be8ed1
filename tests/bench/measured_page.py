"""Tables that benches put into pages of docs/reference, each between its own two comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "proposals.md"


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a table in Markdown."""
    names = list(rows[0])
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    lines += [f"| {' | '.join('—' if row[name] is None else str(row[name]) for name in names)} |" for row in rows]
    return "\n".join(lines)


def put(section: str, text: str, path: Path = PAGE) -> None:
    """Write a section of a page."""
    page = path.read_text("utf-8")
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    before, after = page.index(begin) + len(begin), page.index(end)
    path.write_text(f"{page[:before]}\n{text}\n\n{page[after:]}", "utf-8")
