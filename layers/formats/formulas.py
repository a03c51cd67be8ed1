"""Cells of text that a spreadsheet program may open: what it would run as a formula is made harmless, and undone again.

Method: OWASP, CSV injection. Programs for Chinese take full-width signs for formulas as well, and some look past
blanks, quotes and marks that nobody sees.
"""

from __future__ import annotations

SIGNS = frozenset("=+-@＝＋－＠")
QUOTES = frozenset('"“”＂')


def harmless(text: str | None) -> str | None:
    """Return text that no spreadsheet program takes for a formula; numbers never come here."""
    return "'" + text if text is not None and _runs(text) else text


def as_it_was(text: str) -> str:
    """Return the text of which `harmless` made this one."""
    return text[1:] if text.startswith("'") and _runs(text[1:]) else text


def _runs(text: str) -> bool:
    """Say whether a program might run a text, or might once apostrophes before it are taken off one by one."""
    bare = text.lstrip("'")
    if bare.startswith(("\t", "\r")):
        return True
    for each in bare:
        if each in SIGNS:
            return True
        if each.isprintable() and not each.isspace() and each not in QUOTES:
            return False
    return False
