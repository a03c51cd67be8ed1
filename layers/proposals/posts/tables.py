"""What is told of a proposal of posts: who is to take what, what is wrong today, figures and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.places import to_lonlat
from layers.catalogue import Label, catalogue
from layers.proposals.frame import SENTENCES, SUMMARY_LABELS
from layers.proposals.posts.reading import ASSIGNED, DUPLICATE, EXPIRED, OPEN, TO_COME, UNASSIGNED, Ground, Post
from layers.proposals.posts.wishes import PostWishes
from layers.text import Text

if TYPE_CHECKING:
    from layers.proposals.posts.proposing import Solved

OVERLOADED, STRANGE = "overloaded", "strange"
PART_COLUMNS = {
    "part": Label("对象编码", "Target"),
    "name": Label("对象名称", "Target's name"),
    "post": Label("建议岗位", "Post proposed"),
    "metres": Label("距离（米）", "Metres"),
    "state": Label("现状", "Today"),
    "since": Label("到期日", "Ended on"),
    "households": Label("户数", "Households"),
    "load_today": Label("该岗位现有对象数", "Targets of the post today"),
    "load_after": Label("采纳后对象数", "Targets of the post after"),
    "community_code": Label("社区编码", "Community code"),
}
FINDING_COLUMNS = {
    "kind": Label("问题", "Finding"),
    "target": Label("对象编码", "Target"),
    "name": Label("对象名称", "Target's name"),
    "community_code": Label("社区编码", "Community code"),
    "posts": Label("岗位", "Posts"),
    "count": Label("数量", "Count"),
    "since": Label("到期日", "Ended on"),
}
SUMMARY_COLUMNS = {
    **SUMMARY_LABELS,
    "targets": Label("对象图层", "Targets"),
    "level": Label("包联层级", "Level"),
    "type": Label("包联类型", "Type"),
    "total": Label("对象数", "Targets"),
    "assigned": Label("已有一岗位", "With one post"),
    "duplicate": Label("重复（两个及以上岗位）", "With two posts or more"),
    "unassigned": Label("无人包联", "Nobody answers for"),
    "expired": Label("已到期未续", "Ended, and nobody since"),
    "to_come": Label("已定、尚未开始", "Beginning later"),
    "posts": Label("岗位数", "Posts"),
    "overloaded": Label("超负荷岗位数", "Overloaded posts"),
    "proposed": Label("建议分配数", "Proposed"),
    "left": Label("仍无人包联", "Left without anybody"),
    "most": Label("每岗位对象数上限", "Targets a post, at most"),
    "metres": Label("距离合计（米）", "Metres, all together"),
    "unmeasured": Label("距离不明的分配数", "Proposed at an unknown distance"),
    "vague": Label("层级或类型未填的包联数", "Assignments without level or type"),
    "strange": Label("对象不存在的包联", "Targets that there are not"),
    "binds": Label("受限原因", "What binds"),
    "relaxations": Label("可满足的最接近条件", "The nearest wishes that can be met"),
    "notes": Label("说明", "Notes"),
    **SENTENCES,
}
STATES = {
    UNASSIGNED: Label("无人包联", "nobody"),
    EXPIRED: Label("已到期未续", "ended"),
    TO_COME: Label("已定、尚未开始", "beginning later"),
    ASSIGNED: Label("已有岗位", "one post"),
    DUPLICATE: Label("重复", "two posts or more"),
    OVERLOADED: Label("超负荷", "overloaded"),
    STRANGE: Label("对象不存在", "no such target"),
}


def words() -> dict[str, dict[str, Label]]:
    """Return column → code → words."""
    return {"state": STATES, "kind": STATES}


def parts(ground: Ground, solved: Solved, wishes: PostWishes) -> gpd.GeoDataFrame:
    """Return a row for each target that somebody is to take: a line from the post's nearest place, else a point."""
    taken = np.flatnonzero(solved.post >= 0)
    more = Counter(int(solved.post[at]) for at in taken)
    rows, shapes = [], []
    for at in taken:
        code, column = solved.codes[at], int(solved.post[at])
        post, target = ground.posts[column], ground.targets.loc[code]
        metres = solved.metres[at, column]
        rows.append({
            "part": code, "name": str(target["name"]), "post": post.name,
            "metres": None if np.isnan(metres) else round(float(metres)), "state": target["state"],
            "since": target["since"], "households": target["households"], "load_today": len(post.held),
            "load_after": len(post.held) + more[column], "community_code": target["community_code"],
        })  # fmt: skip
        shapes.append(_line(ground, post, code))
    frame = pd.DataFrame(rows, columns=list(PART_COLUMNS))
    frame["metres"], frame["households"] = frame["metres"].astype("Int64"), frame["households"].astype("Int64")
    index = pd.Index([each["part"] for each in rows], dtype=object)
    lonlat = to_lonlat(np.array(shapes, dtype=object), ground.crs)
    return gpd.GeoDataFrame(frame.set_index(index), geometry=list(lonlat), crs="EPSG:4326")


def _line(ground: Ground, post: Post, code: str) -> shapely.Geometry | None:
    target = ground.points.get(code)
    if target is None:
        return None
    places = [ground.points[each] for each in post.held if each in ground.points]
    places += [post.home] if post.home is not None else []
    if not places:
        return target
    nearest = places[int(np.argmin(shapely.distance(np.array(places, dtype=object), target)))]
    return target if nearest.equals(target) else shapely.LineString([nearest, target])


def rows(features: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the same as a table."""
    return pd.DataFrame(features.drop(columns="geometry")).reset_index(drop=True)[list(PART_COLUMNS)]


def findings(ground: Ground, solved: Solved, wishes: PostWishes) -> pd.DataFrame:
    """Return what is wrong today: targets that nobody, or several, answer for, posts with too many, strange targets."""
    found: list[dict[str, object]] = []
    for code, row in ground.targets.iterrows():
        if row["state"] != ASSIGNED:
            said = {name: row[name] for name in ("name", "posts", "community_code", "since")}
            found.append({"kind": row["state"], "target": code, "count": len(row["posts"]), **said})
    found += [
        {"kind": OVERLOADED, "posts": [each.name], "community_code": each.community or None, "count": len(each.held)}
        for each in _overloaded(ground, solved)
    ]
    found += [{"kind": STRANGE, "target": code} for code in ground.strange]
    order = {kind: at for at, kind in enumerate((EXPIRED, UNASSIGNED, TO_COME, DUPLICATE, OVERLOADED, STRANGE))}
    frame = pd.DataFrame(found, columns=list(FINDING_COLUMNS), dtype=object)
    frame = frame.where(frame.notna(), None)
    return frame.iloc[np.argsort([order[each] for each in frame["kind"]], kind="stable")].reset_index(drop=True)


def _overloaded(ground: Ground, solved: Solved) -> list[Post]:
    """Return the posts that have more than each was to have."""
    return [each for each, most in zip(ground.posts, solved.most, strict=True) if len(each.held) > most > 0]


def told(ground: Ground, solved: Solved, wishes: PostWishes) -> dict[str, object]:
    """Return what stands in the summary beside the verdict."""
    states = Counter(ground.targets["state"])
    taken = np.flatnonzero(solved.post >= 0)
    metres = solved.metres[taken, solved.post[taken]]
    used = solved.most[solved.most > 0]
    notes = [Text("posts.note-vague", count=ground.vague)] if ground.vague else []
    notes += [Text("posts.note-strange", targets=ground.strange[:20])] if ground.strange else []
    unmeasured = int(np.isnan(metres).sum())
    notes += [Text("posts.note-unmeasured", count=unmeasured)] if unmeasured else []
    return {
        "targets": wishes.targets,
        "level": wishes.whose,
        "type": wishes.type,
        "total": len(ground.targets),
        **{state: states.get(state, 0) for state in (ASSIGNED, DUPLICATE, UNASSIGNED, EXPIRED, TO_COME)},
        "posts": len(ground.posts),
        "overloaded": len(_overloaded(ground, solved)),
        "proposed": len(taken),
        "left": len(solved.post) - len(taken),
        "most": int(used.max()) if len(used) else None,
        "metres": round(float(np.nansum(metres))),
        "unmeasured": unmeasured,
        "vague": ground.vague,
        "strange": ground.strange,
        "binds": solved.binds,
        "relaxations": solved.relaxations,
        "notes": notes,
    }


def sentences(more: Mapping[str, object], solved: Solved, wishes: PostWishes) -> list[Text]:
    """Say what a planner may paste: base and date, what is wrong today, and what is proposed with its proof."""
    given = {name: more[name] for name in ("total", "posts", *STATES_TOLD, "overloaded")}
    layer = catalogue().layer(wishes.targets).label
    base = Text("posts.sentence-base", day=wishes.as_of.isoformat(), layer=layer, **given)
    if not more["total"]:
        return [Text("posts.sentence-no-targets", day=wishes.as_of.isoformat(), layer=layer)]
    if not len(solved.post):
        return [base, Text("posts.sentence-nothing")]
    counts = {name: more[name] for name in ("proposed", "left", "metres", "most")}
    of = len(solved.post)
    if solved.verdict.status == "infeasible":
        return [base, Text("posts.sentence-left", of=of, **counts)]
    return [base, Text("posts.sentence-result", of=of, objective=round(solved.verdict.objective or 0), **counts)]


STATES_TOLD = (ASSIGNED, DUPLICATE, *OPEN, TO_COME)
