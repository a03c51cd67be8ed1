"""Numbers with the units that offices write behind them: 573户, 1,234, １.２万㎡, 3亩."""

from __future__ import annotations

import re
from decimal import Decimal

from layers.model.values.cells import Parsed, Raw, footnoted, half_width, shown
from layers.text import Text
from layers.units import unit_text

# unit → (what it measures, its size in the base unit of that measure). 亩 as docs/explanation/records.md has it.
_UNITS: dict[str, tuple[str, str, str]] = {
    "household": ("1", "户", "戶 住户 家庭 households household"),
    "person": ("1", "人", "名 口 位 people persons"),
    "area": ("1", "㎡", "m2 m^2 平方米 平米 平方 平 sqm"),
    "area-mu": ("666.67", "亩", "mu"),
    "area-hectare": ("10000", "公顷", "ha hm2"),
    "area-km2": ("1000000", "km2", "平方公里 平方千米"),
    "length": ("1", "米", "m"),
    "length-km": ("1000", "公里", "km 千米"),
    "time": ("1", "分钟", "min minutes"),
    "time-hour": ("60", "小时", "h hours"),
    "floor": ("1", "层", "楼 f floors"),
    "speed": ("1", "km/h", "公里/小时 公里/时 千米/小时 kmh"),
    "fee": (
        "1", "元/㎡·月",
        "元/m2/月 元/平方米/月 元/平方米·月 元/平米/月 元/平米·月 元/月·m2 元/月/m2 元/m2 元/平方米 元 "
        "yuan/m2/month yuan/m2·month",
    ),
    "percent": ("1", "%", "percent"),
    "year": ("1", "年", "年份"),
    "count": ("1", "个", "部 台 栋 幢 座 单元 件 条 项 处 家 岁 分 pcs"),
}  # fmt: skip
_MAGNITUDES = {"亿": Decimal(10**8), "万": Decimal(10**4), "千": Decimal(1000), "百": Decimal(100)}
# A field that names no unit counts things, or is a year: 3个, 2部, 1992年.
_UNITLESS = ("count", "year", "percent", "floor")

_NUMBER = re.compile(r"([-+−]?)(\d{1,3}(?:[, ]\d{3})+|\d+)?(\.\d+)?(e[-+]?\d{1,4})?\s*(\D.*)?", re.IGNORECASE)
_ABOUT = re.compile(r"^[约近超]|大约|左右|上下|多|余|[~～<>≈≥≤]|\d\s*[-–—至到]\s*\d|[?？]")
_BRACKET = re.compile(r"^(.+?)\s*[(（\[【](?:单位[:：])?([^()（）\[\]【】]+)[)）\]】]$", re.DOTALL)
_LONGEST = 60
_BIGGEST_INTEGER = 2**63 - 1


def _same(unit: str) -> str:
    """Return the form in which units are compared: ``㎡`` = ``m²`` = ``m2``; middle dots count as the slash does."""
    return re.sub(r"[·•∙・⋅.*]", "·", "".join(half_width(unit).casefold().split()))


_KNOWN = {
    _same(word): (measure.split("-")[0], Decimal(size))
    for measure, (size, unit, others) in _UNITS.items()
    for word in (unit, *others.split())
}


def read_unit(unit: str | None) -> tuple[str | None, Decimal] | None:
    """Return what a unit measures and its size in the base unit, or None if it is no unit that we know.

    A magnitude alone (``万``) measures nothing yet: ``(None, 10000)``.
    """
    if not unit:
        return None
    word = _same(unit)
    if word in _KNOWN:
        return _KNOWN[word]
    for sign, factor in _MAGNITUDES.items():
        if word.startswith(sign):
            rest = word[len(sign) :]
            if not rest:
                return None, factor
            if rest in _KNOWN:
                measure, size = _KNOWN[rest]
                return measure, factor * size
    return None


def split_heading(heading: str) -> tuple[str, str | None]:
    """Split the unit off a heading: ``建筑面积（万㎡）`` → ``("建筑面积", "万㎡")``; brackets with other words stay."""
    found = _BRACKET.match(heading.strip())
    if found and read_unit(found[2]):
        return found[1].strip(), found[2].strip()
    return heading.strip(), None


def parse_number(cell: Raw, unit: str | None, stated: str | None = None, *, whole: bool = False) -> Parsed:
    """Read one cleaned cell as a number in the field's unit.

    Parameters
    ----------
    cell : Raw
        Text or a number; not None, finite.
    unit : str or None
        The field's unit; the value is converted into it.
    stated : str or None
        The unit that heading or sheet states for bare numbers; a unit in the cell itself goes before it.
    whole : bool
        The value must be an integer, and is returned as int; otherwise a float.
    """
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return Parsed(problem=Text("values.not-a-number", value=shown(cell)))
    if not stated and not isinstance(cell, str) and (not whole or cell == int(cell) <= _BIGGEST_INTEGER):
        return Parsed(int(cell) if whole else float(cell))
    if problem := footnoted(cell):
        return Parsed(problem=problem)
    amount, suffix = (Decimal(repr(cell)), None) if not isinstance(cell, str) else _split(cell)
    if amount is None:
        slug = "approximate" if _ABOUT.search(half_width(str(cell))) and re.search(r"\d", str(cell)) else "not-a-number"
        return Parsed(problem=Text(f"values.{slug}", value=shown(cell)))
    factor = _factor(suffix, unit, stated)
    if factor is None:
        given, wanted = " / ".join(each for each in (suffix, stated) if each), unit_text(unit or "")
        key = "values.unit-does-not-fit" if unit else "values.unit-not-expected"
        return Parsed(problem=Text(key, value=shown(cell), given=given, unit=wanted))
    return _sized(amount * factor, cell, whole)


def _split(cell: str) -> tuple[Decimal | None, str | None]:
    text = half_width(cell).strip().lstrip("'").replace("\u00a0", " ")
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if not found or not (found[2] or found[3]):
        return None, None
    sign, digits, fraction, exponent, suffix = (part or "" for part in found.groups())
    suffix = suffix.strip()
    if suffix and read_unit(suffix) is None and (not suffix[0].isalpha() or _ABOUT.search(suffix)):
        return None, None  # more digits or marks follow: 1,23, 100-200, 3..5, 300多户
    whole = digits.replace(",", "").replace(" ", "") or "0"
    return Decimal(sign.replace("−", "-") + whole + fraction + exponent), suffix or None


def _factor(suffix: str | None, unit: str | None, stated: str | None) -> Decimal | None:
    """Return what a bare number is multiplied by to stand in `unit`; None if the units contradict each other."""
    given = read_unit(suffix or stated)
    if given is None:
        return None if suffix else Decimal(1)
    measure, size = given
    if measure is None and suffix and stated:
        # "1.2万" under a heading "万㎡" may mean 1.2万 or 1.2万万: not decided here.
        return None if _same(stated)[0] in _MAGNITUDES else size * (_factor(None, unit, stated) or 0) or None
    if measure is None:
        return size
    target = read_unit(unit)
    if target is None:
        return size if measure in _UNITLESS else None
    return size / target[1] if measure == target[0] else None


def _sized(amount: Decimal, cell: Raw, whole: bool) -> Parsed:
    if amount and amount.adjusted() > 300:
        return Parsed(problem=Text("values.not-finite", value=shown(cell)))
    if not whole:
        return Parsed(float(amount))
    if amount.adjusted() > 18 or amount != amount.to_integral_value() or abs(amount) > _BIGGEST_INTEGER:
        return Parsed(problem=Text("values.not-whole", value=shown(cell)))
    return Parsed(int(amount))
