"""Degrees as people write them, one or two in a cell: 120.40, 120°24′3.6″, E120.40, 东经120度24分, 120:24:3.6."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layers.model.feature import Raw

SIXTY = 60.0
# Marks that stand for the signs of degrees, minutes and seconds, whatever keyboard they come from.
SIGNS = str.maketrans({
    "º": "°", "˚": "°", "‘": "′", "’": "′", "´": "′", "`": "′", "｀": "′", "ʹ": "′", "“": "″", "”": "″", "ʺ": "″",
    "【": "[", "】": "]", "〔": "(", "〕": ")",
})  # fmt: skip
WORDS = (("经度", "经"), ("纬度", "纬"), ("度", "°"), ("分", "′"), ("秒", "″"))
DEGREES = (
    r"([EWNS东西南北]?[经纬]?)\s*:?\s*([-+]?\d+(?:\.\d+)?)\s*°?"
    r"(?:\s*(\d+(?:\.\d+)?)\s*[′'])?(?:\s*(\d+(?:\.\d+)?)\s*(?:″|′′|''|\"))?\s*([EWNS]?)"
)
ONE = re.compile(DEGREES, re.IGNORECASE)
PARTS = re.compile(r"()([-+]?\d{1,3})[:\s-](\d{1,2})[:\s-](\d{1,2}(?:\.\d+)?)\s*([EWNS]?)", re.IGNORECASE)
# 120.24.01.5, as surveyors write degrees, minutes and seconds; or a point too many in 120.2401.
DOTTED = r"([-+]?\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:\.\d+)?)"
ONE_DOTTED = re.compile(rf"(){DOTTED}\s*([EWNS]?)", re.IGNORECASE)
TWO_DOTTED = re.compile(rf"[\[(]?\s*{DOTTED}\s*[,;/、|\s]\s*{DOTTED}\s*[\])]?")
HEIGHT = r"(?:\s*[,;/、|\s]\s*[-+]?\d+(?:\.\d+)?\s*[米m]?)?"
TWO = re.compile(rf"[\[(]?\s*{DEGREES}\s*[,;/、|\s]\s*{DEGREES}{HEIGHT}\s*[\])]?", re.IGNORECASE)
NORTH, EAST = frozenset("NS南北纬"), frozenset("EW东西经")
NEGATIVE = frozenset("WS西南")


def half_width(value: Raw) -> str:
    """Return a cell as text of half-width signs, those of degrees, minutes and seconds made one each."""
    # NFKC makes primes of two quotes, and leaves the degree sign and the primes themselves.
    text = str(value if value is not None else "").strip().removeprefix("'")
    text = unicodedata.normalize("NFKC", text.translate(SIGNS))
    for word, sign in WORDS:
        text = text.replace(word, sign)
    return text.strip()


def one_of(text: str) -> float:
    """Return the number of a cell (as `half_width` gives it), NaN where there is none."""
    try:
        return float(text)
    except ValueError:
        found = PARTS.fullmatch(text) or ONE.fullmatch(text) or ONE_DOTTED.fullmatch(text)
    return math.nan if found is None else _size(*found.groups())


def two_of(text: str) -> tuple[float, float] | None:
    """Return the two numbers of a cell in its order, or east first where letters say which is which."""
    found = TWO.fullmatch(text)
    if found is None:
        dotted = TWO_DOTTED.fullmatch(text)
        if dotted is None:
            return None
        one, other = _size("", dotted[1], dotted[2], dotted[3], ""), _size("", dotted[4], dotted[5], dotted[6], "")
        return (one, other) if math.isfinite(one + other) else None
    first, second = found.groups()[:5], found.groups()[5:]
    one, other = _size(*first), _size(*second)
    if not (math.isfinite(one) and math.isfinite(other)):
        return None
    turned = bool(_letters(first) & NORTH) and bool(_letters(second) & EAST)
    return (other, one) if turned else (one, other)


def dotted_of(text: str) -> str | None:
    """Return what a cell means that writes degrees, minutes and seconds with points alone, with their own signs."""
    found = re.match(rf"\D*?{DOTTED}(?![.\d])", text)
    if found is None or math.isnan(_size("", found[1], found[2], found[3], "")):
        return None
    return "{}°{}′{}″".format(*found.groups())


def _letters(found: tuple[str | None, ...]) -> set[str]:
    return {*f"{found[0] or ''}{found[4] or ''}".upper()}


def _size(before: str, whole: str, minutes: str | None, seconds: str | None, after: str) -> float:
    if float(minutes or 0) >= SIXTY or float(seconds or 0) >= SIXTY:
        return math.nan
    size = abs(float(whole)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    negative = whole.startswith("-") or bool({*(before + after).upper()} & NEGATIVE)
    return -size if negative else size
