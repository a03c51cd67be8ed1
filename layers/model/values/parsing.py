"""One raw cell becomes one typed value, or says why it cannot.

`parse` is pure and never guesses: a blank is null, a word that is not on the list is a problem that shows the list,
a number that Excel has already rounded is refused. What had to be assumed is returned as a note.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from layers.model.feature import Value
from layers.model.values.cells import (
    Parsed,
    Raw,
    cleaned,
    fold,
    footnoted,
    half_width,
    is_placeholder,
    plain,
    refusal,
    says_nothing,
    shown,
)
from layers.model.values.dates import parse_date
from layers.model.values.marked import Shared
from layers.model.values.quantities import parse_number, split_heading
from layers.text import Text

__all__ = [
    "Parsed", "enclosure_from_open_flag", "heading_sense", "is_code", "is_period_end", "normal_code", "ordinary_text",
    "parse", "written",
]  # fmt: skip

YES = frozenset(map(fold, ("是", "有", "对", "√", "✓", "✔", "☑", "✅", "■", "y", "yes", "true", "t", "1", "已")))
NO = frozenset(
    map(
        fold,
        ("否", "无", "不", "没有", "错", "非", "未", "×", "✗", "✘", "☒", "□", "☐", "╳", "❌", "x", "n", "no", "false",
         "f", "0"),
    )
)  # fmt: skip
UNKNOWN = frozenset(map(fold, ("不明", "不详", "未知", "未摸排", "待查", "unknown")))
LONGEST_CODE, LONGEST_TEXT = 200, 10_000
EXACT_DIGITS = 15  # Excel keeps no more
PERIOD_ENDS = frozenset({"end_date", "valid_to", "open_to", "blacklisted_to", "oc_term_end", "rectify_due"})
_SEPARATORS = re.compile(r"[、，,;；/|\n]+")
# A mobile phone is a person's; a landline's number or a service's may be public.
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)(?:[、，,;；/\s]+(?=\d))?")
# Han characters and figures of one form, so short that they are within every length.
_ORDINARY = re.compile(
    r"(?![0-9]{1,2}月|[A-Za-z]{3}-[0-9]{1,2}$)"
    r"(?:[0-9]{1,50}(?:[\u4e00-\u9fa5][A-Za-z0-9_\u4e00-\u9fa5-]{0,99})?"
    r"|(?=[^0-9]{0,100}[0-9])[A-Za-z\u4e00-\u9fa5][A-Za-z0-9_\u4e00-\u9fa5-]{0,149})"
)
# 3-1 in a table that a spreadsheet has written as text: 3月1日, 1-Mar.
_BECAME_DAY = re.compile(
    r"\d{1,2}月\d{1,2}日|\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{1,2}",
    re.IGNORECASE,
)
_BETWEEN_PHONES = "、，,;；/ \n\t"
_SCIENTIFIC = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_YES_OR_NO = re.compile(r"\((?:是|y|yes|√)[/、|]?(?:否|n|no|×)?\)$")
_OPEN_HEADING = re.compile(r"是否(为|属于|系)?(全)?开放|^开放式?(小区|楼院|院落)?$|^(is)?open\??$")
_CLOSED_HEADING = re.compile(r"是否(为|属于|系|实行)?(全)?封闭|^封闭(式|管理|情况)?(小区|楼院|院落)?$|^(is)?closed\??$")


class Sayable(Protocol):
    """What has words in every language."""

    def say(self, language: str) -> str:
        """Return the words in `language`."""


class Choosable(Protocol):
    """One allowed value of an enumeration."""

    @property
    def code(self) -> str: ...

    @property
    def label(self) -> Sayable: ...

    def words(self) -> tuple[str, ...]:
        """Return every word that means this value."""


class Fieldlike(Protocol):
    """What of a catalogue field is needed to read a value; `layers.catalogue.Field` has it."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def unit(self) -> str | None: ...

    @property
    def values(self) -> tuple[Choosable, ...]: ...

    @property
    def minimum(self) -> float | None: ...

    @property
    def maximum(self) -> float | None: ...

    @property
    def length(self) -> int | None: ...

    @property
    def refers_to(self) -> str | None: ...


def parse(
    field: Fieldlike, raw: Raw, *, end_of_period: bool | None = None, heading: str = "", unit: str | None = None
) -> Parsed:
    """Turn one raw cell into a value of the field's type.

    Parameters
    ----------
    field : catalogue.Field
        What the value should be.
    raw : Raw
        The cell as the file has it.
    end_of_period : bool, optional
        A month or a year alone means its last day instead of its first; by default as the field's name says
        (`is_period_end`).
    heading : str
        The column's heading. A unit in brackets (``面积（万㎡）``) holds for bare numbers, and ``是否开放式`` gives
        是 and 否 their meaning for the enclosure.
    unit : str, optional
        The unit of bare numbers where the heading names none.

    Returns
    -------
    Parsed
        The value, or the problem; perhaps a note of what was assumed.
    """
    cell = cleaned(raw)
    if cell is None:
        return Parsed(() if field.type == "list" else None)
    if problem := refusal(cell):
        return Parsed(problem=problem)
    if is_placeholder(cell):
        return Parsed(() if field.type == "list" else None, note=Text("values.placeholder", value=shown(cell)))
    if field.type in ("integer", "number"):
        if isinstance(cell, Shared):
            return Parsed(problem=Text("values.number-merged", value=plain(cell)))
        stated = split_heading(heading)[1] or unit
        return _bounded(field, parse_number(cell, field.unit, stated, whole=field.type == "integer"), cell)
    if field.type == "date":
        return parse_date(cell, is_period_end(field) if end_of_period is None else end_of_period)
    if field.type == "enum":
        return _enum(field, cell, heading)
    return {"text": _text, "boolean": _boolean, "list": _list}[field.type](field, cell)


def ordinary_text(field: Fieldlike) -> Callable[[str], object] | None:
    """Return what knows, at a glance, texts that `parse` takes for a field as they stand; None where there is none.

    What has a figure and begins with a letter, or is of figures alone or before a Han character, is neither a mark nor
    a word for what nobody knows, no error of a spreadsheet, no number that lost its digits, and in its one form
    already. What is not known at a glance may be as good.
    """
    if field.type != "text" or field.length or field.name == "public_phone":
        return None
    return _ORDINARY.fullmatch


def is_period_end(field: Fieldlike) -> bool:
    """Say whether a date of this field ends something, so that a month alone means its last day."""
    return field.name in PERIOD_ENDS


def is_code(field: Fieldlike) -> bool:
    """Say whether the field holds a code, of which every character counts."""
    return field.name == "code" or field.name.endswith(("_code", "_codes")) or bool(field.length or field.refers_to)


def normal_code(text: str) -> str:
    """Return a code in its one form: half-width, outer and doubled space gone, no space between digits.

    The wrappings by which spreadsheets keep digits as text (``'001`` and ``="001"``) are taken off.
    """
    if text.isascii() and text.isalnum():
        return text
    code = re.sub(r'^="(.*)"$', r"\1", half_width(text).strip()).lstrip("'")
    return re.sub(r"(?<=\d) (?=\d)", "", " ".join(code.split()))


@lru_cache(maxsize=256)
def heading_sense(heading: str) -> str | None:
    """Say what 是 means under a heading of the enclosure column: ``"open"``, ``"closed"``, or None for neither."""
    words = _YES_OR_NO.sub("", fold(heading))
    if _OPEN_HEADING.search(words):
        return "open"
    return "closed" if _CLOSED_HEADING.search(words) else None


def enclosure_from_open_flag(raw: Raw, yes: str = "open") -> Parsed:
    """Read a cell under 是否开放式 (or, with ``yes="closed"``, under 是否封闭) as an enclosure.

    "Not open" could be closed or half open. It is read as closed, "not closed" as open, and each such reading
    carries the same note, so that an import says once what it assumed. Blank is None: not known.
    """
    cell = cleaned(raw)
    if cell is None or is_placeholder(cell):
        return Parsed()
    flag = _boolean(None, cell)
    if flag.value is None:
        return flag
    if flag.value:
        return Parsed(yes)
    other = "closed" if yes == "open" else "open"
    return Parsed(other, note=Text(f"values.assumed-{other}"))


def written(field: Fieldlike, value: Value, language: str = "zh") -> str:
    """Write a value as the text that `parse` reads back as the same value; None as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
    if isinstance(value, tuple):
        return ("、" if language == "zh" else "; ").join(value)
    choice = next((each for each in field.values if each.code == value), None)
    if choice is not None:
        return choice.label.say(language)
    return value.isoformat() if isinstance(value, dt.date) else plain(value)


def _text(field: Fieldlike, cell: Raw) -> Parsed:
    if isinstance(cell, (dict, list, tuple, set, bytes)):
        return Parsed(problem=Text("values.not-simple", value=shown(cell)))
    if isinstance(cell, float) and abs(cell) >= 10**EXACT_DIGITS:
        return Parsed(problem=Text("values.digits-destroyed", value=plain(cell)))
    if not is_code(field):
        if field.name == "name" and isinstance(cell, (dt.date, dt.time)):
            return Parsed(problem=Text("values.name-became-date", value=shown(cell)))
        text = plain(cell)
        if field.name == "name" and _BECAME_DAY.fullmatch(half_width(text)):
            return Parsed(problem=Text("values.name-became-date", value=shown(cell)))
        if field.name == "public_phone" and (found := _MOBILE.sub("", text)) != text:
            return Parsed(found.strip(_BETWEEN_PHONES) or None, note=Text("values.mobile-not-public"))
        if len(text) > LONGEST_TEXT:
            return Parsed(problem=Text("values.too-long", value=shown(text), given=len(text), most=LONGEST_TEXT))
        return Parsed(text)
    if isinstance(cell, (dt.date, dt.time)):
        return Parsed(problem=Text("values.code-became-date", value=shown(cell)))
    if problem := footnoted(cell):
        return Parsed(problem=problem)
    code = normal_code(plain(cell))
    if _BECAME_DAY.fullmatch(code):
        return Parsed(problem=Text("values.code-became-date", value=shown(cell)))
    if _SCIENTIFIC.fullmatch(code):
        return Parsed(problem=Text("values.digits-destroyed", value=code))
    if len(code) > LONGEST_CODE:
        return Parsed(problem=Text("values.too-long", value=shown(code), given=len(code), most=LONGEST_CODE))
    if code and not code.strip("./\\"):  # would be a path, not a name, in every address
        return Parsed(problem=Text("values.code-is-a-path", value=code))
    if says_nothing(code):
        return Parsed(problem=Text("values.code-says-nothing", value=shown(cell)))
    if field.length and len(code) != field.length:
        return Parsed(problem=Text("values.wrong-length", value=shown(code), given=len(code), length=field.length))
    return Parsed(code or None)


def _boolean(field: Fieldlike | None, cell: Raw) -> Parsed:
    if isinstance(cell, bool):
        return Parsed(cell)
    word = fold(cell)
    if word in YES or word in NO:
        return Parsed(word in YES)
    if word in UNKNOWN:
        return Parsed(note=Text("values.unknown-is-blank", value=shown(cell)))
    return Parsed(problem=Text("values.not-yes-or-no", value=shown(cell)))


def _enum(field: Fieldlike, cell: Raw, heading: str) -> Parsed:
    # A yes or no cell that a file keeps as true and false meets lists that say yes, 是, true or 1.
    spellings = ("true", "yes", "是", "1") if cell is True else ("false", "no", "否", "0") if cell is False else (cell,)
    codes = _codes_by_word(field.values)
    for word in map(fold, spellings):
        if word in codes:
            return Parsed(codes[word])
    if field.name == "enclosure" and (sense := heading_sense(heading)):
        flag = enclosure_from_open_flag(cell, yes=sense)
        if flag.problem is None:
            return flag
    allowed = [getattr(choice, "label", choice.code) for choice in field.values]
    return Parsed(problem=Text("values.not-allowed", value=shown(cell), allowed=allowed))


@lru_cache(maxsize=64)
def _codes_by_word(choices: tuple[Choosable, ...]) -> dict[str, str]:
    """Return folded word → code; the first choice that lists a word has it."""
    return {fold(word): choice.code for choice in reversed(choices) for word in choice.words()}


def _list(field: Fieldlike, cell: Raw) -> Parsed:
    items = _json_items(cell) if isinstance(cell, str) else cell
    if items is None:
        items = _SEPARATORS.split(str(cell))
    elif not isinstance(items, (list, tuple, set)):
        items = [items]
    found: dict[str, None] = {}
    for item in map(cleaned, items):
        if item is None:
            continue
        read = Parsed(problem=refusal(item)) if refusal(item) else _text(field, item)
        if read.problem:
            return read
        found[str(read.value).strip()] = None
    return Parsed(tuple(found))


def _json_items(cell: str) -> list[Raw] | None:
    """Return the items of a flat JSON array, the form in which some files keep lists, or None if it is not one."""
    if not (cell.startswith("[") and cell.endswith("]") and cell.count("[") == 1):
        return None
    try:
        return json.loads(cell)
    except ValueError:
        return None


def _bounded(field: Fieldlike, read: Parsed, cell: Raw) -> Parsed:
    if not isinstance(read.value, (int, float)):
        return read
    too_small = field.minimum is not None and read.value < field.minimum
    too_big = field.maximum is not None and read.value > field.maximum
    if not (too_small or too_big):
        return read
    slug, bound = ("too-small", field.minimum) if too_small else ("too-big", field.maximum)
    return Parsed(problem=Text(f"values.{slug}", value=shown(cell), bound=plain(bound)))
