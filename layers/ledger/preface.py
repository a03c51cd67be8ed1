"""What the lines around a table say: title, 填报单位, 截至, 单位：户、㎡."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from layers.formats.table import RawSheet
from layers.model.values import cleaned, half_width, parse_date, plain, read_unit, rough_date
from layers.text import Text

_DATE = (
    r"(\d{4}\s*年?\s*第?[一二三四1-4]季度末?|\d{4}\s*年\s*[上下]半年|\d{4}\s*年(?:度|底|末)+"
    r"|[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}日)?"
    r"|\d{4}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|\d{4}[-./]\d{1,2}(?:[-./]\d{1,2})?|\d{8}"
    r"|\d{2}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|\d{4}\s*年(?!\s*(?:[中上下初第\d]|[hq][1-4])))"
    r"(?!\s*[-—–~至到]\s*\d)"  # 2025年1月—6月 is no day
)
_AS_OF = re.compile(
    r"(?:(?:截至|截止|统计至|更新至|as of)(?:日期|时间|时点|日|到|目前|当前)?"
    r"|(?:数据|统计)(?:时点|时间|日期|期|月份)|所属期|(?<!\w)时点)"
    rf"\s*[:：(]?\s*{_DATE}",
    re.IGNORECASE,
)
_FILLED_IN = re.compile(
    rf"(?:填报|填表|统计|制表|更新|上报|报送|报表|编制)(?:日期|时间)\s*[:：]\s*{_DATE}|(?<![a-z])date\s*[:：]\s*{_DATE}",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"(?:填报|填表|上报|报送)单位\s*(?:\([^()]*\))?\s*[:：]\s*(\S+)|reported by\s*[:：]\s*(.+?)(?:\s{2}|$)",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"(?<![报表送])(?:计量)?单位\s*[:：]\s*(\S+)|(?<!\w)units?\s*[:：]\s*(.+?)(?:\s{2}|$)", re.IGNORECASE
)


@dataclass(slots=True)
class Preface:
    """What was read so far from the lines outside the tables."""

    title: str | None = None
    office: str | None = None
    as_of: dt.date | None = None
    units: list[str] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def read(self, cells: list[object], *, may_be_title: bool) -> bool:
        """Read one line; say whether it held anything that we look for.

        A date given as 截至 goes before one at which the sheet was filled in.
        """
        line = half_width("  ".join(plain(cell) for cell in cells if cell is not None)).replace("\n", "  ")
        found = False
        if match := _OFFICE.search(line):
            self.office, found = match[1] or match[2], True
        if match := _UNITS.search(line):
            self.units, found = _unit_words(match[1] or match[2]), True
        if match := _AS_OF.search(line):
            self.as_of, found = _day(match[1]) or self.as_of, True
        elif match := _FILLED_IN.search(line):
            found = True
            if self.as_of is None and (date := _day(match[1] or match[2])):
                self.as_of = date
                self.notes.append(Text("ledger.as-of-filled-in", date=date.isoformat()))
        texts = [plain(cell) for cell in cells if cell is not None]
        labelled = _OFFICE.search(line) or _UNITS.match(line)
        if may_be_title and self.title is None and len(texts) == 1 and not labelled:
            self.title, found = " ".join(texts[0].split()), True
        return found

    def unit_for(self, unit: str | None) -> str | None:
        """Return the unit stated for the whole table that measures what a field in `unit` measures."""
        measure = (read_unit(unit) or (None,))[0]
        return next((each for each in self.units if measure and (read_unit(each) or (None,))[0] == measure), None)


def day_of(raw: RawSheet) -> dt.date | None:
    """Return the day that the lines of a sheet without a table name."""
    preface = Preface()
    for row in raw.cells:
        preface.read([cleaned(cell) for cell in row], may_be_title=False)
    return preface.as_of


def _day(text: str) -> dt.date | None:
    rough = rough_date(text, True)  # 2025年一季度
    day = parse_date(text, end_of_period=True).value or (rough.value if rough else None)
    return day if isinstance(day, dt.date) else None


def _unit_words(text: str) -> list[str]:
    return [word for word in re.split(r"[、,;/\s()]+", text) if read_unit(word)]
