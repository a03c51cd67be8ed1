"""Text without case or accents, as CQL2 has it (CASEI, ACCENTI); the store compares columns by the same functions."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable


def accent_free(text: str) -> str:
    """Return a text without the marks that decomposition sets apart: é is e."""
    if text.isascii():
        return text
    marks = (each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", "".join(marks))


FOLDS: dict[str, Callable[[str], str]] = {"casei": str.casefold, "accenti": accent_free}
