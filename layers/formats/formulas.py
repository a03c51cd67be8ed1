"""Cells of text that a spreadsheet program may open: what it would run as a formula is made harmless, and undone again.

Method: OWASP, CSV injection. Programs for Chinese take full-width signs for formulas as well, and some look past
blanks, quotes and marks that nobody sees.
"""

from __future__ import annotations

import re

# Blanks and control characters; quotes; soft hyphen, zero-width and directional marks, byte-order mark.
PASSED_OVER = r"\s\x00-\x1f\x7f\"“”＂\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
# Text that begins with apostrophes before all that gets another one, so that one can be taken off again.
FORMULA = re.compile(rf"'*(?:[\t\r]|[{PASSED_OVER}]*[=+\-@＝＋－＠])")


def harmless(text: str | None) -> str | None:
    """Return text that no spreadsheet program takes for a formula; numbers never come here."""
    return "'" + text if text is not None and FORMULA.match(text) else text


def as_it_was(text: str) -> str:
    """Return the text of which `harmless` made this one."""
    return text[1:] if text.startswith("'") and FORMULA.match(text, 1) else text
