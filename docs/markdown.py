"""Pieces of Markdown, and words out of docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence


def parameters(docstring: str) -> Iterator[tuple[str, str]]:
    """Yield name and meaning of the parameters in a numpy-style docstring."""
    section = inspect.cleandoc(docstring).partition("Parameters\n----------\n")[2]
    for entry in re.split(r"\n(?=\S)", section):
        head, _, meaning = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        for name in names.split(", "):
            yield name, plain(meaning) or plain(kind)


def both(label: object) -> str:
    return f"{label.zh} · {label.en}"


def anchor(id: str, zh: str) -> str:
    """Return the anchor that Markdown readers give to the heading ``id · zh``: the dot goes, its spaces stay."""
    return f"{id}--{zh}"


def plain(text: str | None) -> str:
    """Return a docstring as one line a paragraph, double backticks made single."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs).replace("``", "`")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
