"""One cell before it has a type: cleaning, blanks, and what is refused whatever the type."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

from layers.model.feature import Value
from layers.model.values.marked import Unreadable, is_error, is_too_narrow
from layers.model.values.scripts import SIMPLIFIED
from layers.text import Text

# A cell as a file or a request brings it. Nothing is known of it until it is read: hence `object`, here and only here.
Raw: TypeAlias = object

# Marks that offices write into a cell to say that it is left empty on purpose.
PLACEHOLDERS = frozenset({"-", "--", "---", "—", "——", "–", "－", "/", "／", "\\", "*", "n/a", "null"})
LONGEST_SHOWN = 60
_NOT_KNOWN = re.compile(
    r"待(?:核实|核查|核定|查|查实|查证|定|确定|确认|补|补充|补录|填|填报|完善|落实|摸排|编|编码|赋码)|(?:正在)?(?:核实|核查|摸排)中|未(?:核实|知|摸排|摸清|编码|赋码|明)"
    r"|不(?:详|明|清楚?|知道?)|unknown|tbd|[?!.*#…_=~]+"
)
# Figures that half-width ones would be added to: 90① is no 901.
_FOOTNOTE = re.compile(
    r"\d[\s()（）\[\]]*[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215f\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]"
)
_NEUTRALISED = re.compile(r"^'(?=[=+\-@])")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of one cell.

    Parameters
    ----------
    value : Value
        The typed value; None where the cell is blank or has a problem.
    problem : Text or None
        What is wrong and what to do about it.
    note : Text or None
        What was assumed; equal notes of many cells are one assumption and are worth saying once.
    """

    value: Value = None
    problem: Text | None = None
    note: Text | None = None


def cleaned(raw: Raw) -> Raw:
    """Return the cell without what nobody sees: outer space, invisible marks, NumPy types; blank becomes None.

    A leading apostrophe before ``= + - @`` is taken away: it is how exports neutralise formulas.
    """
    if not isinstance(raw, str):
        if hasattr(raw, "tolist"):
            raw = raw.tolist()
        # NaT calls itself a datetime and differs from itself.
        return None if isinstance(raw, dt.datetime) and raw != raw else raw
    text = raw
    if not text.isprintable():  # rare: only then look at every character
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return _NEUTRALISED.sub("", text.strip()) or None


def refusal(cell: Raw) -> Text | None:
    """Say why a cleaned cell cannot be used whatever its type, or return None."""
    if isinstance(cell, Unreadable):
        return cell.problem
    if isinstance(cell, float) and (cell != cell or cell in (float("inf"), float("-inf"))):
        return Text("values.not-finite", value=str(cell))
    if not isinstance(cell, str):
        return None
    if not cell.isprintable() and any(unicodedata.category(each) in ("Cc", "Cs") for each in cell.replace("\n", "")):
        return Text("values.control-characters", value=shown(cell))
    if is_error(cell):
        return Text("values.excel-error", value=cell)
    if is_too_narrow(cell):
        return Text("values.column-too-narrow", value=shown(cell))
    return None


def footnoted(cell: Raw) -> Text | None:
    """Say why a cell is no number, day or code whose figures have a raised or circled one behind them: 90①, 120²."""
    if isinstance(cell, str) and not cell.isascii() and _FOOTNOTE.search(cell):
        return Text("values.footnote-mark", value=shown(cell))
    return None


def is_placeholder(cell: Raw) -> bool:
    """Say whether a cleaned cell holds a mark for "left empty", such as ``/`` or ``——``."""
    return isinstance(cell, str) and cell.casefold() in PLACEHOLDERS


def says_nothing(cell: Raw) -> bool:
    """Say whether a text stands for what somebody is yet to find out: 待核实, 不详, ???, 未知."""
    return isinstance(cell, str) and not cell.isdecimal() and bool(_NOT_KNOWN.fullmatch(fold(cell)))


def half_width(text: str) -> str:
    """Return `text` with full-width digits, letters and marks as half-width ones (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def simplified(text: str) -> str:
    """Return `text` half-width, and with simplified characters for the traditional ones of everyday ledgers."""
    return half_width(text).translate(SIMPLIFIED)


def fold(text: Raw) -> str:
    """Return the form in which words are compared: half-width, lower case, simplified, no white space."""
    word = "".join(half_width(plain(text)).casefold().split())
    return word if word.isascii() else word.translate(SIMPLIFIED)


def plain(cell: Raw) -> str:
    """Return a cell as the digits or words that a reader of the sheet would type: 3.0 → ``3``."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return str(cell)


def shown(cell: Raw) -> str:
    """Return a cell in a form fit for a message: one line, not endless, nothing unprintable."""
    text = "".join(each if each.isprintable() else " " if each.isspace() else "�" for each in plain(cell))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
