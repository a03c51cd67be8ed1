"""What the first words of a row say of it: a sum, a remark, the row of column numbers (栏次)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layers.model.values import fold, from_chinese, half_width, read_unit

if TYPE_CHECKING:
    from layers.model.feature import Raw

# How many there are, behind the word or alone: 7个小区.
_MORE = r"(?:[,、;]?(?:共|计)?\d+(?:户|人|栋楼?|幢楼?|座楼?|㎡|m2))*"
_COUNT = r"(?::?共?计?(?P<n>\d+)(?:个|处|座|栋|幢|家|所)?(?:住宅)?(?:小区\(楼院\)|小区|楼院|院落|院|楼)?" + _MORE + ")?"
_SUM = "合计数?|总计数?|共计|累计|总合计|总和|加总|总数|汇总|σ|∑"
WHOLE = re.compile(
    rf"(?:(?:总|全区|全街|全街道|全镇|全市|本表|以上)?(?:{_SUM})(?:\([^()]*\))?:?{_COUNT}|计|grandtotal|total)(?:\(.*\))?:?"
    rf"|(?:以上|全街道?|全镇|全区)?(?:共|计|共有|共计)\d+(?:个|处|家)(?:住宅)?(?:小区\(楼院\)|小区|楼院|院落|院)?{_MORE}"
    rf"|\d+(?:个|处|家)(?:住宅)?(?:小区\(楼院\)|小区|楼院|院落){_MORE}"
)
PART = re.compile(rf"(.{{0,16}}?)(小计|合计|总计|共计|累计|subtotal|total)(?:\([^()]*\))?:?{_COUNT}")
REMARK = re.compile(
    r"(注|备注|附注|说明|填表说明|填报说明|填表人|填报人|审核人?|制表人?|负责人|联系人|notes?)\d*([:、.(]|$)|[(（]?(?:续表|续上[页表]|接上[页表]|转下[页表]|接下[页表]|第\d+页|共\d+页)|其中|※|[（(]?以[下上](?:为|系|是|均|属|待|[^\d]{0,8}(?:小区|社区|数据|情况))"
)
# Rows below the table that compare and count nothing anew: 户均, 平均, 占比, 上月.
AVERAGE = re.compile(
    r"(?:全区|全街道?|全镇|全市|本表|每个?小区|各社区)?(?:(?:户|栋|楼)?(?:平均|均值?)(?:数|值|每个?小区|户数)?|占比|百分比|比例|比重|同比|环比"
    r"|(?:上|去)(?:月|年|季度|期)(?:同期)?(?:数|合计)?|增减|较上[月年期]|average|mean|share)(?:\([^()]*\)|%|率|值|数|增长|增减|变化)?:?"
)
# What forms have under their headings for whoever fills them in, and the row that shows how.
_FILL_IN = re.compile(
    r"[(（]?(?:必填项?|选填项?|非必填|自动(?:生成|编号|带出)?|系统生成|下拉(?:选择|菜单)?|单选|多选|选择|文本|文字|数字|数值|整数"
    r"|小数|日期|格式:?.*|填写.*|请.*|"
    r"例如?:.*|如:.*|如\S{2,}|[是有]/[否无]|y{2,4}[-/.年]?m{1,2}([-/.月]?d{1,2}日?)?|年[-/.]?月[-/.]?日|\d+位.*|限\d+字.*|户|人|㎡|m2|元.*)[)）]?\*?"
)
EXAMPLE = re.compile(
    r"[(（【]?(?:填写|填报)?(?:示例|样例|举例|范例|例如?|样表|example|sample|e\.g\.)(?:行)?\d*[)）】]?[:.]?"
)
_HEAVENLY = "甲乙丙丁戊己庚辛壬癸"
_FORMULA = re.compile(r"(\d+)=[\d+\-*/()÷×%]+")
_FEWEST = 3
_ONE_IN = 4


def is_instruction(cells: list[object]) -> bool:
    """Say whether a row tells how its columns are filled in (必填, 下拉选择, yyyy-mm-dd, （万㎡）) and no more."""
    filled = [cell for cell in cells if cell is not None]
    units = [each for each in filled if stated_unit(each)]
    words = [each for each in filled if isinstance(each, str) and _FILL_IN.fullmatch(fold(each))]
    return (len(filled) >= _FEWEST or len(units) == len(filled)) and len({*units, *words}) == len({*filled})


def stated_unit(cell: Raw) -> str | None:
    """Return the unit that a cell below a heading states, in brackets or alone: （万㎡）, 户."""
    unit = half_width(cell).strip().strip("()").strip() if isinstance(cell, str) else ""
    return unit if unit and not unit.isdecimal() and read_unit(unit) is not None else None


def is_column_numbers(cells: list[object]) -> bool:
    """Say whether a row numbers its columns: 1 2 3 …, 甲 乙 1 2 …, A B C …, as forms have it below their headings."""
    filled = [cell for cell in cells if cell is not None]
    if filled and fold(filled[0]) in ("栏次", "列次", "栏目", "序号"):
        filled = filled[1:]
    marks = [_mark(cell) for cell in filled]
    if len(marks) < _FEWEST or None in marks:
        return False
    kinds = "".join(kind for kind, _ in filter(None, marks))
    if not re.fullmatch(r"h*n*|c*|l*|l*n*", kinds):
        return False
    last: dict[str, int] = {}
    left_out = 0  # a column that was put in later, or taken out, has no number
    for kind, number in filter(None, marks):
        left_out += number - last.get(kind, 0) - 1
        if number <= last.get(kind, 0):
            return False
        last[kind] = number
    return left_out <= len(marks) // _ONE_IN


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
    if len(word) <= 2 and (number := from_chinese(word)):
        return "c", number
    if len(word) == 1 and "a" <= word <= "z":
        return "l", ord(word) - ord("a") + 1
    return None
