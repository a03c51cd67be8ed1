"""An office that sends a ledger every month, and what is true of each day as far as its ledgers have told.

This shares nothing with the importer: courtyards and contracts are plain values here, ledgers are written as workbooks,
and whether a building is managed is worked out building by building, from the rules as they are explained
(docs/explanation/management-status.md).
"""

from __future__ import annotations

import calendar
import copy
import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl

HEADINGS = (
    "社区", "小区名称", "楼院编码", "楼栋编码", "户数", "管理单位", "管理模式", "阶段", "合同起始", "合同截止",
    "到期继续服务", "达标验收日期",
)  # fmt: skip
MODES = {"professional": "专业化", "soe": "国企托管", "joint": "共管", "fallback": "社区兜底"}
RANK = list(MODES)
STAGES = {"trial": "过渡试运营", "formal": "正式"}
MANAGERS = ("甲物业", "乙物业", "丙物业")
COMMUNITIES = ("990101001001", "990101001002")
Key = tuple[str, dt.date]


@dataclass(frozen=True)
class Contract:
    """What a ledger says of a contract."""

    mode: str
    stage: str
    end: dt.date | None = None
    served_on: bool = False
    accepted: dt.date | None = None


@dataclass
class Courtyard:
    """What is known of a courtyard: since which ledger, and every contract that one ever named, as named last."""

    number: int
    listed: dt.date | None = None
    contracts: dict[Key, Contract] = field(default_factory=dict)
    current: Key | None = None

    @property
    def code(self) -> str:
        return f"{COMMUNITIES[self.number % 2]}{self.number:04}"

    @property
    def buildings(self) -> list[str]:
        return [f"{self.code[:12]}{self.number:03}{one:02}" for one in (1, 2)]


class Office:
    """An office with some courtyards of two buildings each.

    `known[n]` is what is known after the ledger of month n, whose day is `days[n]`.
    """

    def __init__(self, seed: int, months: int, courtyards: int = 7) -> None:
        self.chance = random.Random(seed)
        self.days = [last_of(2023 + n // 12, n % 12 + 1) for n in range(months)]
        self.households = {number: 5 + 3 * number for number in range(courtyards)}
        self.known: list[list[Courtyard]] = []
        self.rows: list[list[tuple]] = []
        now = [Courtyard(number) for number in range(courtyards)]
        for day in self.days:
            self.rows.append([row for each in now if (row := self._month(each, day))])
            self.known.append(copy.deepcopy(now))

    def write(self, month: int, folder: Path) -> Path:
        """Write the ledger of a month."""
        book, day = openpyxl.Workbook(), self.days[month]
        book.active.append((f"某区物业台账 截至：{day.year}年{day.month}月{day.day}日",))
        for row in (HEADINGS, *self.rows[month]):
            book.active.append(row)
        path = folder / f"{day:%Y-%m}.xlsx"
        book.save(path)
        return path

    def answers(self, month: int, day: dt.date, basis: str, stated: dt.date | None = None) -> dict[str, bool | None]:
        """Say of every building whether it is managed on a day, asked after the ledger of a month.

        `stated` is the last day whose ledgers count, the day itself where it is not named.
        """
        told = [n for n in range(month + 1) if self.days[n] <= (stated or day)]
        known = self.known[told[-1] if told else 0]
        return {code: _managed(each, day, basis) for each in known for code in each.buildings}

    def weight(self, building: str, weight: str) -> float:
        """Say how much a building counts."""
        households = self.households[int(building[12:15])]
        return {"buildings": 1, "households": households, "floor_area_m2": 60.5 * households}[weight]

    def _month(self, courtyard: Courtyard, day: dt.date) -> tuple | None:
        """Let a month pass for a courtyard, and return its row of the ledger."""
        if courtyard.listed is None:
            if self.chance.random() > (0.6 if day == self.days[0] else 0.2):
                return None
            courtyard.listed = day
        elif self.chance.random() < 0.05:
            return None  # forgotten this month
        luck = self.chance.random()
        if courtyard.current is None:
            if luck < 0.4:
                self._sign(courtyard, day)
        elif luck < 0.08:
            courtyard.current = None  # nobody any more, and nobody says since when
        elif luck < 0.16:
            self._sign(courtyard, day)
        elif luck < 0.45:
            courtyard.contracts[courtyard.current] = self._amended(courtyard, day)
        return self._row(courtyard)

    def _sign(self, courtyard: Courtyard, day: dt.date) -> None:
        """Take a contract that began this month, or long ago and is told only now."""
        start = day - dt.timedelta(self.chance.choice((0, 3, 20, 45, 200)))
        end = self.chance.choice((None, start + dt.timedelta(self.chance.randint(20, 500))))
        courtyard.current = (self.chance.choice(MANAGERS), start)
        stage, mode = self.chance.choice(list(STAGES)), self.chance.choice(RANK)
        courtyard.contracts[courtyard.current] = Contract(mode, stage, end, self.chance.random() < 0.2)

    def _amended(self, courtyard: Courtyard, day: dt.date) -> Contract:
        was, start = courtyard.contracts[courtyard.current], courtyard.current[1]
        return self.chance.choice((
            replace(was, stage="formal"),
            replace(was, mode=self.chance.choice(RANK)),
            replace(was, accepted=max(start, day - dt.timedelta(self.chance.randint(0, 60)))),
            replace(was, end=max(start, day + dt.timedelta(self.chance.randint(-40, 200)))),
            replace(was, end=None),
            replace(was, served_on=not was.served_on),
        ))  # fmt: skip

    def _row(self, courtyard: Courtyard) -> tuple:
        households = 2 * self.households[courtyard.number]
        place = (None, f"{courtyard.number}号院", courtyard.code, "、".join(courtyard.buildings), households)
        if courtyard.current is None:
            return place
        (manager, start), terms = courtyard.current, courtyard.contracts[courtyard.current]
        said = (terms.end and terms.end.isoformat(), "是" if terms.served_on else None,
                terms.accepted and terms.accepted.isoformat())  # fmt: skip
        return (*place, manager, MODES[terms.mode], STAGES[terms.stage], start.isoformat(), *said)


def last_of(year: int, month: int) -> dt.date:
    """Return the last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def between(days: list[dt.date]) -> Iterator[dt.date]:
    """Yield days around and between the days of ledgers."""
    yield days[0] - dt.timedelta(100)
    for day in days:
        yield from (day - dt.timedelta(13), day)


def _managed(courtyard: Courtyard, day: dt.date, basis: str) -> bool | None:
    """Say whether the buildings of a courtyard are managed on a day; None where nobody knows."""
    if courtyard.listed is None:
        return None
    in_force = [
        (key, terms)
        for key, terms in courtyard.contracts.items()
        if key[1] <= day and (terms.end is None or day <= terms.end or terms.served_on)
    ]
    if not in_force:
        ended = any(key[1] <= day for key in courtyard.contracts)
        return False if ended or courtyard.listed <= day else None
    terms = [each for _, each in in_force]
    if basis == "strict":
        return any(each.stage == "formal" and each.mode in ("professional", "soe") for each in terms)
    return basis == "broad" or any(each.accepted is not None and each.accepted <= day for each in terms)
