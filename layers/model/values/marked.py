"""Cells that are more than their value: unreadable ones, numbers of 1904 workbooks, merged numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layers.text import Text

REASONS = ERROR, UNCOMPUTED, IMAGE = "error", "uncomputed", "image"
# What programs write where a formula failed; Excel's in capitals whatever its language, LibreOffice's by number.
ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
     "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!", "#GETTING_DATA"}
)  # fmt: skip
_NUMBERED = re.compile(r"ERR:\d{3}")
# What programs of other languages show, as CSV files keep it: #WERT!, #BEZUG!, #¡REF!, #NOM?, #ДЕЛ/0!, #NV, #N/D.
_TRANSLATED = re.compile(r"#[^\s\d#!?]{1,14}(?:/0)?[!?]|#[NН](?:/[A-ZА-Я]{1,2}|V)")
_TOO_NARROW = re.compile(r"#{3,}")
DAYS_FROM_1900_TO_1904 = 1462


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that holds something without a value: never empty, and never text.

    Parameters
    ----------
    shown : str
        What stands in the file, such as ``#N/A`` or the formula.
    why : str
        ``"error"`` (a formula failed), ``"uncomputed"`` (its result was never stored) or ``"image"``.
    """

    shown: str
    why: str = ERROR

    def __str__(self) -> str:
        return self.shown

    @property
    def problem(self) -> Text:
        """Say why the cell cannot be used, and what to do."""
        slug = {ERROR: "excel-error", UNCOMPUTED: "not-computed", IMAGE: "is-an-image"}[self.why]
        return Text(f"values.{slug}", value=self.shown)


class _Marked:
    """A number that says of itself where it comes from."""

    @property
    def digits(self) -> str:
        """The number as text."""
        return int.__repr__(self) if isinstance(self, int) else float.__repr__(self)


class From1904(_Marked):
    """Marks a number of a workbook that counts days from 1904: as a date it is four years and a day later."""


class Whole1904(From1904, int):
    """A whole number of a 1904 workbook."""


class Number1904(From1904, float):
    """A number of a 1904 workbook."""


class Shared(_Marked):
    """Marks a number that is merged over several rows: as a code it holds for each, as a count for none alone."""


class SharedWhole(Shared, int):
    """A whole number merged over several rows."""


class SharedNumber(Shared, float):
    """A number merged over several rows."""


def is_error(text: str) -> bool:
    """Say whether a text is what a failed formula shows."""
    if text[:1] not in "#Ee":
        return False
    word = text.upper()
    return word in ERRORS or any(each.fullmatch(word) for each in (_NUMBERED, _TRANSLATED))


def is_too_narrow(text: str) -> bool:
    """Say whether a text is what a program shows of a number that is wider than its column: ########."""
    return text[:3] == "###" and bool(_TOO_NARROW.fullmatch(text))


def shared(value: int | float) -> SharedWhole | SharedNumber:
    """Mark a number as merged over several rows."""
    return SharedWhole(value) if isinstance(value, int) else SharedNumber(value)
