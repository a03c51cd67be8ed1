"""Cells that a spreadsheet program may open: text that it would run as a formula is made harmless.

Method: OWASP, CSV injection.
"""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str | None) -> str | None:
    """Return text that no spreadsheet program takes for a formula; numbers never come here."""
    return "'" + text if text is not None and text.startswith(FORMULA_STARTS) else text
