"""Who manages, as a cell says it: nobody, residents themselves, one body, or several in one cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from layers.ledger.words import declared
from layers.model.values import fold, half_width

_PARTS = re.compile(r"[、，,;；/\n+＋|]+")
# Between two bodies: 安居物业和清河物业, 安居物业→清河物业, 安居物业联合清河物业.
_WORDS = re.compile(
    r"\s*(?:以及|和|及|与|&|＆|联合|会同|协同|兼|[-—–]*[→⇒>＞➔]+|[—–~～-]+|(?:变更|更换|移交|转|改|交)(?:为|给|由)?)\s*|\s+"
)
_DASH = re.compile(r"\s*[—–~～-]+\s*")
_BRANCH = re.compile(r"(?:分公司|项目部?|管理处|服务处|中心|服务站|办事处)$")
# 安居物业（1-2号楼）清河物业（3-4号楼）: whoever stands behind the remark on one is another.
_BEHIND_REMARK = re.compile(r"([(（][^()（）]*(?:[号栋幢座楼#＃]|\d{4})[^()（）]*[)）])(?=[^\s、，,;；/+＋|。）)])")
_ON_ONE_LINE = re.compile(r"(?<=[\u3400-\u9fff（(])\n+(?=[\u3400-\u9fff（(）)])")  # a name that goes on below
# 安居物业等, 安居物业等2家: more than is written there.
_AND_MORE = re.compile(r"(.+?)等(?:(?:\d+|[两二三四五六七八九十]+)[家个])?(?:单位|企业|公司|物业)?")
_PHONE = re.compile(
    r"[\s,，:：]*(?:联系)?(?:电话|手机|热线|tel)?[\s:：.]*(?<!\d)(?:0\d{2,3}[-\s]?\d{7,8}|1[3-9]\d(?:[-\s]?\d{4}){2}|400[-\s]?\d{3}[-\s]?\d{4}|\d{7,8})(?!\d)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*[(（\[【]([^()（）\[\]【】]*)[)）\]】]\s*$")
# What in brackets behind a name is no part of it: （2025年起）, （1-3号楼）, （0532-1234567）, （过渡期）.
_REMARK = re.compile(
    r"\d{4}|\d\s*年|月|[起止前后]$|[号栋幢座楼#]|\d{5}|过渡|试运营|试用|应急|到期|合同|拟|原|代管|联系|电话"
    r"|撤|退|解除|终止|弃管|失管|脱管|无物业"
)
_FORM = re.compile(r"(?:有限责任|股份有限|有限|集团|总|分)?(?:公司|集团)$")
_TRADE = re.compile(r"(?:物业|物管)(?:管理|服务)*(?:企业)?$")
_LEFT = re.compile(r"撤|退|解除|终止|弃管|失管|脱管|无物业")  # who is said to be gone does not manage for sure


_THINGS = r"(?:专业|正规|任何|固定)?(?:物业|物管|管理|服务|公司|企业|单位|机构|主体|合同|人员|模式)"
_NOBODY = re.compile(
    r"(?:(?:目前|当前|现|暂|暂时|尚|仍|长期|一直|开放式?|老旧|小区|楼院|散楼|该)*"
    rf"(?:(?:无|没有|没|未|缺少?)(?:人|主)?(?:引进|引入|聘请|选聘|聘用|接管|接收|进驻|入驻|签约|签订|委托|实施|实行|确定|管理|主管|管)?{_THINGS}*"
    rf"|(?:待|拟)(?:引进|引入|选聘|聘请|聘用|接管|进驻|入驻|签约){_THINGS}*|零物业|空缺|空置|(?:弃|失|脱|撤)管|三无|无主)|(?:原)?(?:物业|物管)(?:公司|企业)?(?:已|已经)?(?:撤|退)(?:出|离|场|管|走)?)"
    r"(?:状态|小区|楼院|院落|散楼|楼)?"
)


@dataclass(frozen=True, slots=True)
class Managers:
    """What a cell says: names, the remarks that stood behind them, and whether nobody or the residents manage.

    `left` says that a remark tells of the body having gone: 安居物业（已撤）.
    """

    names: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    nobody: bool = False
    residents: bool = False
    left: bool = False


@lru_cache(maxsize=4096)
def read_managers(cell: str) -> Managers:
    """Read a cell of the column of managers."""
    word = fold(cell)
    if word in _said("nobody"):
        return Managers(nobody=True)
    if word in _said("residents"):
        return Managers(residents=True)
    if _no_manager(word):
        return Managers(nobody=True)
    names: dict[str, str] = {}
    remarks = []
    for part in _split(_tidy(cell)):
        name = part.strip()
        while (found := _BRACKETED.search(name)) and found.start() and _REMARK.search(half_width(found[1])):
            remarks.append(found[0].strip())
            name = name[: found.start()]
        if found := _PHONE.search(name):  # of a person, perhaps; no part of a name, which is public
            remarks.append(found[0].strip())
            name = f"{name[: found.start()]}{name[found.end() :]}".strip()
        if name:
            names.setdefault(fold(name), " ".join(name.split()))
    if len(names) == 1 and (more := _AND_MORE.fullmatch(next(iter(names)))) and is_body(more[1]):
        return Managers((next(iter(names.values()))[: len(more[1])], "…"), tuple(remarks))
    if len(names) == 1 and remarks:
        alone = read_managers(next(iter(names.values())))  # 弃管（2023年）
        left = bool(alone.names) and any(map(_LEFT.search, remarks))
        return Managers(alone.names, tuple(remarks), alone.nobody, alone.residents, left)
    return Managers(tuple(names.values()), tuple(remarks))


def _tidy(cell: str) -> str:
    """Return a cell without the marks at its end, and without blanks that only spread its signs: 安 居 物 业."""
    text = cell.strip().strip("、，,。;；:：")
    spread = len(text) > 3 and all(len(each) == 1 and "一" <= each <= "鿿" for each in text.split())
    return "".join(text.split()) if spread else text


def _no_manager(word: str) -> bool:
    """Say whether a folded cell says in whatever words that nobody manages: 尚未引进物业公司, 失管小区."""
    return bool(_NOBODY.fullmatch(word))


def _split(text: str) -> list[str]:
    """Split a cell into the names of several bodies, or leave it whole where its parts are no such names."""
    text = _BEHIND_REMARK.sub(r"\1\n", text)
    parts = [each.strip() for each in _outside_brackets(_PARTS, text) if each.strip()]
    if len(parts) > 1:
        if all(_BRACKETED.fullmatch(part) for part in parts[1:]):
            return ["".join(parts)]  # 城建物业⏎（2025年起）
        wrapped = not re.search(r"[、，,;；/+＋|]", text) and not all(map(is_body, parts))
        return [_ON_ONE_LINE.sub("", "\n".join(parts)).replace("\n", " ")] if wrapped else parts
    for mark in _WORDS.finditer(text):
        left, right = text[: mark.start()].strip(), text[mark.end() :].strip()
        branch = _DASH.fullmatch(mark[0]) and _BRANCH.search(right)
        if not branch and _closed(left) and is_body(left) and all(map(is_body, others := _split(right))):
            return [left, *others]
    return [text]


def _closed(text: str) -> bool:
    return sum(text.count(each) for each in "(（[【") == sum(text.count(each) for each in ")）]】")


def _outside_brackets(marks: re.Pattern[str], text: str) -> list[str]:
    """Split at marks that stand in no brackets."""
    parts, begin = [], 0
    for mark in marks.finditer(text):
        if _closed(text[: mark.start()]):
            parts.append(text[begin : mark.start()])
            begin = mark.end()
    return [*parts, text[begin:]]


def alike(names: Iterable[str]) -> list[list[str]]:
    """Return the names that may be one firm's, its form and trade aside: 安居物业, 安居物业管理有限公司."""
    found: dict[str, list[str]] = {}
    for name in names:
        if len(stem := _TRADE.sub("", _FORM.sub("", fold(name)))) > 1:
            found.setdefault(stem, []).append(name)
    return [each for each in found.values() if len(each) > 1]


def is_body(part: str) -> bool:
    """Say whether a text is called as firms and bodies are: 安居物业, 清河社区居委会."""
    name = part
    while found := _BRACKETED.search(name):
        name = name[: found.start()]
    return len(name) > 2 and fold(name).endswith(_said_bodies())


@lru_cache(maxsize=2)
def _said(kind: str) -> frozenset[str]:
    return frozenset(map(fold, declared()["managers"][kind]))


@lru_cache(maxsize=1)
def _said_bodies() -> tuple[str, ...]:
    return tuple(map(fold, declared()["managers"]["bodies"]))
