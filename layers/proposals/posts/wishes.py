"""What may be wished of who answers for what."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.proposals.frame import PROPOSAL_LABELS, ProposalInputs
from layers.text import Text

Targets = Literal["grids", "courtyards", "communities"]
Level = Literal["district", "department", "street", "community", "grid", "butler"]
Type = Literal["lead", "pair", "direct", "steward"]
Post = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Posts = Annotated[list[Post], msgspec.Meta(max_length=2_000)]
USUAL_LEVEL: dict[str, Level] = {"grids": "grid", "courtyards": "community", "communities": "department"}
LOCAL = ("community", "grid", "butler")
"""Levels whose posts belong to a community: one title is another post in each."""


class PostWishes(ProposalInputs, forbid_unknown_fields=True, kw_only=True):
    """Who is to answer for what.

    Parameters
    ----------
    targets : {"grids", "courtyards", "communities"}
        What is answered for.
    level : {"district", "department", "street", "community", "grid", "butler"}, optional
        Whose assignments; when not given those of the grid for grids, of the community for courtyards, of departments
        for communities.
    type : {"lead", "pair", "direct", "steward"}
        Which assignments.
    posts : list of str
        Posts that may take targets beside those that have some today: ``POST``, or ``POST@CODE`` with the community
        where it works.
    without : list of str
        Posts that take no more.
    most : int, optional
        Targets a post, at most; today's are never taken away. The least number that suffices when not given, community
        by community.
    most_m : float, optional
        Metres from a post's nearest place to a target, at most.
    even_m : float
        Evenness: what a post has, squared, counts for so many metres.
    """

    targets: Targets = "grids"
    level: Level | None = None
    type: Type = "lead"
    posts: Posts = msgspec.field(default_factory=list)
    without: Posts = msgspec.field(default_factory=list)
    most: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    most_m: Annotated[float, msgspec.Meta(ge=0, le=1e7)] | None = None
    even_m: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 100

    @property
    def whose(self) -> Level:
        """The level whose assignments are meant."""
        return self.level or USUAL_LEVEL[self.targets]

    @property
    def local(self) -> bool:
        """Whether posts belong to a community each."""
        return self.whose in LOCAL

    @property
    def excluded(self) -> set[str]:
        """The posts that take no more."""
        return {each.strip() for each in self.without}

    def checked(self) -> tuple[str, str]:
        """Return level and code of where; InvalidParameter with every wish that contradicts another.

        Raises
        ------
        InvalidParameter
        """
        level, code, faults = self.area()
        named = {each.partition("@")[0].strip() for each in self.posts}
        both = sorted(named & self.excluded)
        if both:
            where = {"parameter": "without", "value": ", ".join(both[:20])}
            faults.append(Fault(Text("posts.both", posts=both[:20]), where))
        if "" in named | self.excluded:
            faults.append(Fault(Text("posts.nameless"), {"parameter": "posts" if "" in named else "without"}))
        loose = [each for each in self.posts if "@" not in each]
        if self.local and loose and level != "communities":
            where = {"parameter": "posts", "value": ", ".join(loose[:20])}
            faults.append(Fault(Text("posts.which-community", posts=loose[:20]), where))
        if faults:
            raise InvalidParameter(*faults)
        return level, code


LABELS = {
    **PROPOSAL_LABELS,
    "targets": Label("包联对象", "What is answered for"),
    "level": Label("包联层级（默认依对象而定）", "Level (by what is answered for when not given)"),
    "type": Label("包联类型", "Type of assignment"),
    "posts": Label("另可承担的岗位（岗位 或 岗位@社区编码）", "Further posts (POST or POST@COMMUNITY)"),
    "without": Label("不再增加对象的岗位", "Posts that take no more"),
    "most": Label("每岗位对象数上限（默认取够用的最小值）", "Targets a post, at most (the least that suffices)"),
    "most_m": Label("距离上限（米）", "Metres away, at most"),
    "even_m": Label("均衡：对象数平方每单位折合米数", "Metres that evenness counts for"),
}
