"""What the first words of a row say of it: a sum, a remark, the row of column numbers (栏次)."""

from __future__ import annotations

import re

from layers.model.values import fold

# How many there are, behind the word or alone: 7个小区.
_COUNT = (
    r"(?::?共?计?(?P<n>\d+)(?:个|处|座|栋|幢|家|所)?(?:住宅)?(?:小区\(楼院\)|小区|楼院|院落|院|楼)?(?:[,、;]?\d+户)?)?"
)
WHOLE = re.compile(
    rf"(?:(?:总|全区|全街|全街道|全镇|全市|本表)?(?:合计|总计|共计|累计|总合计)(?:\([^()]*\))?:?{_COUNT}|计|grandtotal|total)(?:\(.*\))?:?"
    r"|(?:共|计|共有|全街道?共)\d+(?:个|处|家)(?:住宅)?(?:小区\(楼院\)|小区|楼院|院落|院)?"
)
PART = re.compile(rf"(.{{0,16}}?)(小计|合计|共计|累计|subtotal|total)(?:\([^()]*\))?:?{_COUNT}")
REMARK = re.compile(
    r"(注|备注|附注|说明|填表说明|填报说明|填表人|填报人|审核人?|制表人?|负责人|联系人|notes?)\d*([:、.(]|$)|其中|※|[（(]?以[下上](?:为|系|是|均|属|待|[^\d]{0,8}(?:小区|社区|数据|情况))"
)
_HEAVENLY = "甲乙丙丁戊己庚辛壬癸"
_FORMULA = re.compile(r"(\d+)=[\d+\-*/()÷×%]+")
_FEWEST = 3


def is_column_numbers(cells: list[object]) -> bool:
    """Say whether a row numbers its columns: 1 2 3 …, 甲 乙 1 2 …, A B C …, as forms have it below their headings."""
    filled = [cell for cell in cells if cell is not None]
    if filled and fold(filled[0]) in ("栏次", "列次", "栏目", "序号"):
        filled = filled[1:]
    marks = [_mark(cell) for cell in filled]
    if len(marks) < _FEWEST or None in marks:
        return False
    kinds = "".join(kind for kind, _ in filter(None, marks))
    if not re.fullmatch(r"h*n*|l*|l*n*", kinds):
        return False
    last: dict[str, int] = {}
    for kind, number in filter(None, marks):
        if number != last.get(kind, 0) + 1:
            return False
        last[kind] = number
    return True


def _mark(cell: object) -> tuple[str, int] | None:
    if isinstance(cell, bool):
        return None
    word = fold(cell).strip("()[]栏列第")
    if found := _FORMULA.fullmatch(word):
        word = found[1]
    if word.isascii() and word.isdecimal() and len(word) <= 2:
        return "n", int(word)
    if len(word) == 1 and word in _HEAVENLY:
        return "h", _HEAVENLY.index(word) + 1
    if len(word) == 1 and "a" <= word <= "z":
        return "l", ord(word) - ord("a") + 1
    return None
