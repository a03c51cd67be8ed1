"""Habits of offices mixed at random: the same features as the plain ledger's, or a report that names the row."""

# ruff: noqa: E501 - a drawn sheet is as wide as it is
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from layers.formats.table import RawSheet
from layers.ledger import Ledger, LedgerFeatures, Surroundings, ledger_features, read_ledger, rows_of, settled
from layers.model.feature import Value
from tests.suite import examples

COMMUNITIES = {"清河社区": "990801001001", "东岭社区": "990801001002"}
BUILDINGS = {
    f"{code}{number:05}": {"code": f"{code}{number:05}", "name": f"{number}号楼", "households": 30}
    for code in COMMUNITIES.values()
    for number in range(1, 13)
}
HEAD = ["序号", "社区", "小区名称", "楼院编码", "楼栋编码", "户数", "管理单位", "管理模式", "合同起始", "合同截止", "备注"]
SEQ, COMMUNITY, NAME, CODE, LIST, HOUSEHOLDS, MANAGER, MODE, START, END, REMARK = range(len(HEAD))
PLAIN = [
    [1, "清河社区", "清河花园", "9908010010010001", "99080100100100001~99080100100100004", 120, "安居物业", "专业化",
     "2023-03-01", "2026-02-28", None],
    [2, "清河社区", "机修宿舍", "9908010010010002", "99080100100100005~99080100100100008", 90, None, None, None, None, None],
    [3, "清河社区", "河沿楼", "9908010010010003", "99080100100100009", 30, "清河社区居委会", "社区兜底", "2024-07-01", None,
     None],
    [4, "东岭社区", "东岭小区", "9908010010020001", "99080100100200001~99080100100200006", 180, "城建国资物业", "国企托管",
     "2024-01-01", "2026-12-31", None],
    [5, "东岭社区", "粮库院", "9908010010020002", "99080100100200007~99080100100200009", 90, None, None, None, None, None],
]  # fmt: skip


@dataclass
class Sheet:
    """A sheet in the making: heading, rows, what stands before and after them, and the chance to choose by."""

    random: Random
    head: list[object] = field(default_factory=lambda: list(HEAD))
    rows: list[list[object]] = field(default_factory=lambda: [list(row) for row in PLAIN])
    before: list[list[object]] = field(default_factory=list)
    under: list[list[object]] = field(default_factory=list)
    after: list[list[object]] = field(default_factory=list)

    def raw(self) -> RawSheet:
        """Return the sheet as a reader hands it over."""
        lines = [*self.before, self.head, *self.under, *self.rows, *self.after]
        width = max(map(len, lines))
        return RawSheet("台账", [[*line, *[None] * (width - len(line))] for line in lines])

    def each(self, column: int, change: Callable[[object], object]) -> None:
        """Change what is filled in a column."""
        for row in self.rows:
            if row[column] is not None:
                row[column] = change(row[column])


def heading(sheet: Sheet) -> None:
    """Other headings for the same columns."""
    others = {
        NAME: ["小区（楼院）名称", "楼院名称", "院落名称"], CODE: ["小区编码", "小区（楼院）编码"], HOUSEHOLDS: ["住户数", "总户数（户）"],
        MANAGER: ["物业公司", "物业服务企业", "管理主体"], MODE: ["管理方式", "物业管理模式"],
        START: ["签约时间", "合同起始日期", "起始日期"], END: ["到期时间", "合同到期", "有效期至"],
    }  # fmt: skip
    for column, words in others.items():
        if sheet.random.random() < 0.5:
            sheet.head[column] = sheet.random.choice(words)


def day(sheet: Sheet) -> None:
    """Days written otherwise."""

    def written(text: object) -> str:
        date = dt.date.fromisoformat(str(text))
        return sheet.random.choice([
            f"{date:%Y.%m.%d}", f"{date.year}年{date.month}月{date.day}日", f"{date:%Y/}{date.month}/{date.day}",
            f"{date:%Y%m%d}", f"{date.year % 100}.{date.month}.{date.day}", f"{date.year}年{date.month}月{date.day}号",
        ])  # fmt: skip

    sheet.each(START, written)
    sheet.each(END, written)


def number(sheet: Sheet) -> None:
    """Numbers with words around them."""
    ways = ["约{}户", "{}户", "{}余户", "{}（含商铺6）", "{}户/200人", "{}户左右", "{}.0"]
    sheet.each(HOUSEHOLDS, lambda each: sheet.random.choice(ways).format(each))


def nobody(sheet: Sheet) -> None:
    """Words where nobody manages."""
    for row in sheet.rows:
        if row[MANAGER] is None:
            row[MANAGER] = sheet.random.choice(["无", "弃管", "无物业", "失管", "/", "脱管", None])


def modes(sheet: Sheet) -> None:
    """Words of offices for the modes."""
    words = {"专业化": ["市场化物业", "专业物业"], "国企托管": ["国企物业", "国企"], "社区兜底": ["社区托管", "兜底"]}
    sheet.each(MODE, lambda each: sheet.random.choice(words[str(each)]))


def stages(sheet: Sheet) -> None:
    """Remarks that name a stage which does not hold; the name of a place that sounds like one."""
    for row in sheet.rows:
        row[REMARK] = sheet.random.choice(["非过渡期", "曾为试运营", "拟转应急", "应急管理局家属院", None])


def houses(sheet: Sheet) -> None:
    """House numbers instead of codes."""
    sheet.head[LIST] = sheet.random.choice(["楼栋号", "楼号", "楼栋编码"])
    for row in sheet.rows:
        first, _, last = str(row[LIST]).partition("~")
        low, high = int(first[-5:]), int((last or first)[-5:])
        if low == high:
            row[LIST] = f"{low}号楼"
            continue
        row[LIST] = sheet.random.choice([
            f"{low}-{high}号楼", f"{low}#-{high}#", "、".join(f"{each}号楼" for each in range(low, high + 1)),
            "".join(f"{each}#" for each in range(low, high + 1)), "\n".join(f"{each}栋" for each in range(low, high + 1)),
            f"{low}～{high}幢",
        ])  # fmt: skip


def lists(sheet: Sheet) -> None:
    """Lists of codes, separated in every way."""
    for row in sheet.rows:
        first, _, last = str(row[LIST]).partition("~")
        codes = [f"{code:017}" for code in range(int(first), int(last or first) + 1)]
        row[LIST] = sheet.random.choice(["、", "\n", "  ", "\t", "和", "，", ";", "/", "及", "+"]).join(codes)


def column_numbers(sheet: Sheet) -> None:
    """The row 1 2 3 … under the heading."""
    width = len(sheet.head)
    sheet.under.append(sheet.random.choice([
        list(range(1, width + 1)), [str(each) for each in range(1, width + 1)],
        ["甲", "乙", "丙", *range(1, width - 2)], [chr(ord("A") + each) for each in range(width)],
    ]))  # fmt: skip


def filled_down(sheet: Sheet) -> None:
    """A community only in its first row."""
    seen = None
    for row in sheet.rows:
        row[COMMUNITY], seen = (None if row[COMMUNITY] == seen else row[COMMUNITY]), row[COMMUNITY]


def sums(sheet: Sheet) -> None:
    """A row of sums in whatever words."""
    lead = sheet.random.choice(["合计", "总计", "共计：5个小区", "合计5个", "计", "累计"])
    line: list[object] = [None] * len(sheet.head)
    line[sheet.random.choice([SEQ, NAME])], line[HOUSEHOLDS] = lead, 510
    sheet.after.append(line)


def notes(sheet: Sheet) -> None:
    """Lines of words between the rows and after them."""
    words = sheet.random.choice(["注：数据由社区填报", "以下为老旧小区", "备注：待核实"])
    sheet.rows.insert(sheet.random.randrange(1, 5), [words, *[None] * (len(sheet.head) - 1)])
    sheet.after.append(["填报人：某某　审核：某某"])


def signatures(sheet: Sheet) -> None:
    """Who signs below the table, in whatever columns."""
    for words in sheet.random.sample(["单位（盖章）：", "审批领导：", "填报日期：2025年7月1日", "（公章）", "2025年7月1日"], 2):
        line: list[object] = [None] * len(sheet.head)
        line[sheet.random.randrange(len(sheet.head))] = words
        sheet.after.append(line)


def marks_of_forms(sheet: Sheet) -> None:
    """Marks around headings that must be filled in."""
    mark = sheet.random.choice(["*{}", "★{}", "{}（必填）", "【{}】", "{}*"])
    sheet.head = [mark.format(each) if sheet.random.random() < 0.5 else each for each in sheet.head]


def remarks_behind_managers(sheet: Sheet) -> None:
    """Something in brackets behind a manager."""
    sheet.each(MANAGER, lambda each: each if str(each) in "无弃管失管脱管/无物业" else f"{each}（2023年起）")


def unknown_word(sheet: Sheet) -> None:
    """A mode that nobody knows: asked about, and its row held back until then."""
    sheet.rows[sheet.random.choice([0, -2])][MODE] = sheet.random.choice(["新型模式", "准物业", "商业化运作"])


def unreadable(sheet: Sheet) -> None:
    """A cell that cannot be read."""
    column = sheet.random.choice([HOUSEHOLDS, START, END, MANAGER, MODE, CODE])
    sheet.rows[0][column] = sheet.random.choice(["#N/A", "#REF!", "#VALUE!"])


def two_managers(sheet: Sheet) -> None:
    """Two managers in a cell."""
    sheet.rows[0][MANAGER] = sheet.random.choice(["安居物业、清河物业", "安居物业/清河物业", "安居物业\n清河物业"])


READ = [heading, day, number, nobody, modes, stages, column_numbers, filled_down, sums, notes, remarks_behind_managers, signatures,
        marks_of_forms]  # fmt: skip
ASKED = [unknown_word, unreadable, two_managers]


def understood(sheet: RawSheet) -> tuple[Ledger, LedgerFeatures]:
    """Read a sheet and lay it beside the communities and buildings."""
    around = Surroundings(COMMUNITIES, BUILDINGS)
    ledger = settled(read_ledger(sheet), around)
    return ledger, ledger_features(ledger, COMMUNITIES, BUILDINGS)


def by_row(ledger: Ledger, made: LedgerFeatures) -> dict[str, tuple]:
    """Return courtyard code → everything that was made of it, and its row; remarks are free."""
    found = {}
    spans = {each.code: tuple(sorted(code for code, owner in made.building_updates.items() if owner == each.code))
             for each in ledger.entries}  # fmt: skip
    for each in made.courtyards:
        facts: dict[str, Value] = {
            name: value for name, value in each.properties.items() if name not in ("remark", "building_codes")
        }
        terms = [dict(other.properties) for other in made.arrangements if other.properties["managed_area"] == each.id]
        found[each.id] = (facts, terms, spans[each.id])
    return found


CHOICES = st.tuples(
    st.sets(st.sampled_from(READ), max_size=6),
    st.sampled_from([None, houses, lists]),
    st.sampled_from([None, *ASKED]),
    st.integers(0, 2**32),
)


@settings(max_examples=examples(300))
@given(CHOICES)
def test_what_is_read_is_the_same_and_what_is_not_is_named(
    chosen: tuple[set[Callable], Callable | None, Callable | None, int],
) -> None:
    habits, listing, asking, seed = chosen
    sheet = Sheet(Random(seed))
    order = sorted(habits, key=lambda each: (each in (notes, sums, column_numbers, signatures, marks_of_forms), each.__name__))
    for habit in (*([listing] if listing else []), *([asking] if asking else []), *order):
        if habit in (day, number, modes, remarks_behind_managers) and asking:
            continue  # these reckon with the plain cells
        habit(sheet)
    ledger, made = understood(sheet.raw())
    plain = by_row(*understood(Sheet(Random(0)).raw()))
    now = by_row(ledger, made)
    named = {("台账", row) for fault in (*ledger.faults, *made.faults) for row in rows_of(fault)}
    assert all(fault.say("zh") and fault.say("en") for fault in (*ledger.faults, *made.faults))
    if asking is None:
        assert (ledger.faults, made.faults) == ((), [])
    else:
        assert named, [note.say("en") for note in ledger.notes]
    # What is made of sound rows, and the rows that are named, are all there was.
    sound = {entry.code for entry in ledger.entries if not set(entry.places) & named}
    assert len(sound) + len([entry for entry in ledger.entries if set(entry.places) & named]) == len(PLAIN)
    assert {code: now[code] for code in sound} == {code: plain[code] for code in sound}
