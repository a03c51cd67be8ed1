"""Who manages, as a cell says it: nobody, residents themselves, one body, or several in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from layers.ledger.words import declared
from layers.model.values import fold, half_width

_PARTS = re.compile(r"[、，,;；/\n+＋|]+")
_WORDS = re.compile(r"\s*(?:以及|和|及|与)\s*|\s{1,}")
_BRACKETED = re.compile(r"\s*[(（\[【]([^()（）\[\]【】]*)[)）\]】]\s*$")
# What in brackets behind a name is no part of it: （2025年起）, （1-3号楼）, （0532-1234567）, （过渡期）.
_REMARK = re.compile(
    r"\d{4}|\d\s*年|月|[起止前后]$|[号栋幢座楼#]|\d{5}|过渡|试运营|试用|应急|到期|合同|拟|原|代管|联系|电话"
    r"|撤|退|解除|终止|弃管|失管|脱管|无物业"
)
_LEFT = re.compile(r"撤|退|解除|终止|弃管|失管|脱管|无物业")  # who is said to be gone does not manage for sure


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


def read_managers(cell: str) -> Managers:
    """Read a cell of the column of managers."""
    word = fold(cell)
    if word in _said("nobody"):
        return Managers(nobody=True)
    if word in _said("residents"):
        return Managers(residents=True)
    names: dict[str, str] = {}
    remarks = []
    for part in _split(cell.strip()):
        name = part.strip()
        while (found := _BRACKETED.search(name)) and found.start() and _REMARK.search(half_width(found[1])):
            remarks.append(found[0].strip())
            name = name[: found.start()]
        if name:
            names.setdefault(fold(name), " ".join(name.split()))
    if len(names) == 1 and remarks:
        alone = read_managers(next(iter(names.values())))  # 弃管（2023年）
        left = bool(alone.names) and any(map(_LEFT.search, remarks))
        return Managers(alone.names, tuple(remarks), alone.nobody, alone.residents, left)
    return Managers(tuple(names.values()), tuple(remarks))


def _split(text: str) -> list[str]:
    """Split a cell into the names of several bodies, or leave it whole where its parts are no such names."""
    parts = [each.strip() for each in _outside_brackets(_PARTS, text) if each.strip()]
    if len(parts) > 1:
        if all(_BRACKETED.fullmatch(part) for part in parts[1:]):
            return ["".join(parts)]  # 城建物业⏎（2025年起）
        wrapped = not re.search(r"[、，,;；/+＋|]", text) and not all(map(_is_body, parts))
        return [" ".join(parts)] if wrapped else parts
    parts = [each.strip() for each in _outside_brackets(_WORDS, text) if each.strip()]
    return parts if len(parts) > 1 and all(map(_is_body, parts)) else [text]


def _outside_brackets(marks: re.Pattern[str], text: str) -> list[str]:
    """Split at marks that stand in no brackets."""
    parts, begin = [], 0
    for mark in marks.finditer(text):
        before = text[: mark.start()]
        if sum(before.count(each) for each in "(（[【") == sum(before.count(each) for each in ")）]】"):
            parts.append(text[begin : mark.start()])
            begin = mark.end()
    return [*parts, text[begin:]]


def _is_body(part: str) -> bool:
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
