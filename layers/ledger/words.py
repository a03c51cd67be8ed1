"""Which heading means what: the ledger's own words on top of the catalogue's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from layers.catalogue import Field, Label, catalogue
from layers.model.values import fold, split_heading
from layers.text import Text

MANAGER_COLUMN = "manager.name"
# role → layer whose field it fills
ROLES = {"courtyard": "courtyards", "manager": "managers", "arrangement": "arrangements"}

_MARKS = re.compile(r"[-–—_/\\.·:,、()\[\]【】<>《》]")
# 1.序号, ②社区, （三）小区名称, 4、楼院编码: forms number their headings.
_NUMBERED = re.compile(r"\(?(?:\d{1,2}\)?[、.:)\s]*|[一二三四五六七八九十]{1,3}(?:\)[、.:]?|[、.:]))(?=[^\W\d])")
# 小区基本情况, 项目概况: below such a group a name is the courtyard's.
_OF_COURTYARDS = re.compile(
    r"(?:住宅|居民|老旧|物业)?(?:小区|楼院|院落|项目|小区\(楼院\)|小区/楼院)?(?:名称及|的)?(?:基本|基础|自然|总体)?"
    r"(?:情况|信息|概况|资料|数据)?"
)
# 物业管理情况, 物业服务基本信息: below such a group 单位 and 模式 are the manager and the mode.
_OF_MANAGEMENT = re.compile(
    r"(?:现|小区|目前)?(?:物业|物管)?(?:服务|管理|托管|管理服务|服务管理|管理与服务)(?:的)?(?:基本|基础|总体)?(?:情况|信息|概况|现状|资料)"
)
_MANAGED = "物业管理"
WORDS = Path(__file__).with_name("words.toml")
# Fields that a ledger fills otherwise: every kind of feature has its code from the courtyard's or the manager's.
_NOT_READ = frozenset({"valid_from", "valid_to", "source", "remark", "managed_area", "building_codes", "house_numbers"})


# *户数, ★小区名称, 户数（必填）, 【户数】: what forms put around their headings.
_MUST = re.compile(
    r"^[*★☆※#]+|[*★☆※#:：]+$|[(（【\[](?:必填项?|必录|必选|选填项?|可选|非必填|required|optional)[)）】\]]",
    re.IGNORECASE,
)
_BOXED = re.compile(r"【([^【】]+)】")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its place, heading, meaning (None if not understood), and the unit it states."""

    index: int
    heading: str
    role: str | None
    leaf: str
    unit: str | None = None

    @property
    def field(self) -> Field | None:
        """The catalogue's field that the column fills, or None."""
        return None if self.role is None else field_of(self.role)


@lru_cache(maxsize=256)
def field_of(role: str) -> Field | None:
    """Return the catalogue's field of a role, None where it fills none."""
    group, _, name = role.partition(".")
    return catalogue().layer(ROLES[group]).field(name) if name and group in ROLES else None


def role_of(parts: tuple[str, ...]) -> str | None:
    """Return what a heading means, given from its top row to its lowest (``("楼栋编码", "起")``)."""
    words = [folded(part) for part in parts]
    found = _role_of(words)
    bare = [_NUMBERED.sub("", word, count=1) if _NUMBERED.match(word) else word for word in words]
    return found if found is not None or bare == words else _role_of(bare)


def _role_of(words: list[str]) -> str | None:
    for start in range(len(words)):
        if (role := known_words().get("".join(words[start:]))) and (start < len(words) - 1 or _alone(words)):
            return role
    whole = _MARKS.sub("", words[-1])  # 楼栋编码（起）, 楼栋编码-起
    if whole != words[-1] and whole in known_words() and _alone([*words[:-1], whole]):
        return known_words()[whole]
    bare = re.sub(r"\([^()]*\)", "", words[-1])
    if bare != words[-1] and bare in known_words() and _alone([*words[:-1], bare]):
        return known_words()[bare]
    below = len(words) > 1 and _OF_MANAGEMENT.fullmatch(words[-2])
    return known_words().get(folded(_MANAGED + words[-1])) if below else None


def unmarked(heading: str) -> str:
    """Return a heading without the marks that say whether it must be filled in, and without a box around it."""
    bare = _MUST.sub("", heading.strip()).strip()
    boxed = _BOXED.fullmatch(bare)
    return (boxed[1].strip() if boxed else bare) or heading


def is_heading(text: str) -> bool:
    """Say whether a cell alone is a heading that is known, its unit and number aside."""
    word = folded(split_heading(unmarked(text))[0])
    return word in known_words() or _NUMBERED.sub("", word, count=1) in known_words()


def folded(heading: str) -> str:
    """Return the form in which headings are compared."""
    return fold(heading).strip("*:·").replace("区、", "区/").replace("院、", "院/")


@lru_cache(maxsize=1)
def known_words() -> dict[str, str]:
    """Return folded heading → role; the ledger's own words go before the catalogue's."""
    said = declared()
    words = {folded(word): role for role, listed in said["headings"].items() for word in listed}
    ends = said["ends"]
    for kind in (ends["buildings"], ends["contract"]):
        for role, marks in zip(kind["roles"], (ends["first"], ends["last"]), strict=True):
            for group, mark, suffix in product(kind["groups"], marks, kind["suffixes"]):
                words.setdefault(folded(group + mark + suffix), role)
                words.setdefault(folded(mark + group + suffix), role)
    for word, role in _catalogue_words():
        words.setdefault(folded(word), role)
    longer = {folded(word + "名称"): role for word, role in words.items() if role == MANAGER_COLUMN}
    undecided = {folded(word) for word in said["groups"]["undecided"]}
    return {word: role for word, role in {**longer, **words}.items() if word not in undecided}


def roles() -> list[str]:
    """Return everything that a column can mean: the places first, then courtyard, buildings, manager, arrangement."""
    found = dict.fromkeys(known_words().values())
    order = ("", "courtyard", "buildings", "manager", "arrangement")  # house numbers come first, as places do
    return sorted(found, key=lambda role: order.index(role.partition(".")[0] if "." in role else ""))


def label_of(role: str) -> Text | Label:
    """Return what a role is called."""
    group, _, name = role.partition(".")
    if group == "manager":  # its fields have names that other things have, too
        return Text("ledger.role-of-manager", field=catalogue().layer(ROLES[group]).field(name).label)
    if name and group in ROLES:
        return catalogue().layer(ROLES[group]).field(name).label
    return Text(f"ledger.role-{role.replace('.', '-').replace('_', '-')}")


def _catalogue_words() -> Iterator[tuple[str, str]]:
    for group, layer in ROLES.items():
        for each in catalogue().layer(layer).own_fields():
            if each.name in _NOT_READ or (each.name == "code" and group != "courtyard"):
                continue
            role = MANAGER_COLUMN if (group, each.name) == ("arrangement", "manager") else f"{group}.{each.name}"
            role = "community_code" if each.name == "community_code" else role
            yield from ((word, role) for word in each.words())


def _alone(words: list[str]) -> bool:
    """Say whether the lowest heading may be read without its group."""
    vague, neutral = (map(folded, declared()["groups"][kind]) for kind in ("vague", "neutral"))
    if len(words) == 1 or words[-1] not in vague or words[-2] in neutral:
        return True
    return bool(words[-2]) and bool(_OF_COURTYARDS.fullmatch(words[-2]))


@lru_cache(maxsize=1)
def declared() -> dict[str, Any]:
    """Return what `words.toml` declares."""
    return tomllib.loads(WORDS.read_text("utf-8"))
