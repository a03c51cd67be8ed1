"""What is there: the targets of an area, who answers for each today, and the posts with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.places import from_lonlat, representative_points
from layers.errors import Fault, InvalidParameter
from layers.proposals.posts.wishes import PostWishes
from layers.situation.day import Situation, service_grids, situation, valid_on
from layers.store.protocol import Query, Store
from layers.text import Text

LENGTHS = {"districts": 6, "streets": 9, "communities": 12}
UNASSIGNED, EXPIRED, TO_COME, ASSIGNED, DUPLICATE = "unassigned", "expired", "to_come", "assigned", "duplicate"
OPEN = (UNASSIGNED, EXPIRED)


@dataclass
class Post:
    """Somebody who answers for targets.

    Attributes
    ----------
    name : str
    community : str
        The community that it belongs to; empty where posts belong to none.
    held : list of str
        Codes of its targets today, in the whole workspace.
    home : Point or None
        Where it works, metric, as far as that was said.
    """

    name: str
    community: str
    held: list[str] = field(default_factory=list)
    home: shapely.Point | None = None


@dataclass(frozen=True, eq=False)
class Ground:
    """What a proposal is made of.

    Attributes
    ----------
    targets : DataFrame
        Those of the area by code: ``name, community_code, households, state, since, posts`` (who answers for it today).
    points : dict
        Code → representative point of any target, metric; those without a shape are not there.
    posts : list of Post
        Those that have targets in the area, and those that were named.
    crs : CRS
    vague : int
        Assignments of targets of the area that do not say of which level or type they are; they count.
    strange : list of str
        Targets of assignments of the whole workspace that are none on the day.
    """

    targets: pd.DataFrame
    points: dict[str, shapely.Point]
    posts: list[Post]
    crs: CRS
    vague: int
    strange: list[str]


def ground_of(store: Store, wishes: PostWishes) -> Ground:
    """Read what there is on the day.

    Raises
    ------
    InvalidParameter
        There is no such area; a post names no community, or is to take no more and is none.
    """
    level, code = wishes.checked()
    now = situation(store, wishes.as_of)
    every = _targets(now, wishes)
    inside = every[_inside(every, level, code)]
    # A level may have no boundaries of its own and still be named by the codes below it.
    below = now.frames["communities"].rename(columns={"code": "community_code"})
    if code not in set(now.frames[level]["code"]) and not _inside(below, level, code).any():
        raise InvalidParameter(Fault(Text("analyses.no-such-area"), {"parameter": "within", "value": wishes.within}))
    listed, strange = _assignments(store, wishes, every)
    today = valid_on(listed, wishes.as_of)
    shapes = from_lonlat(representative_points(every.geometry.to_numpy()), now.crs)
    points = {str(each): shape for each, shape in zip(every.index, shapes, strict=True) if shape is not None}
    targets = _with_state(inside, listed, today, wishes)
    posts = _posts(every, inside, today, now, wishes)
    mine = today[today["target"].isin(inside.index)]
    vague = int((_silent(mine["level"]) | _silent(mine["type"])).sum())
    return Ground(pd.DataFrame(targets.drop(columns="geometry")), points, posts, now.crs, vague, strange)


def _targets(now: Situation, wishes: PostWishes) -> gpd.GeoDataFrame:
    """Return every target of the day by code, with its community and its households."""
    frame = {"grids": lambda: service_grids(now.grids), "courtyards": lambda: now.courtyards,
             "communities": lambda: now.communities}[wishes.targets]()  # fmt: skip
    community = frame["code"] if wishes.targets == "communities" else frame["community_code"]
    named = frame["name"].where(frame["name"].notna(), frame["code"]).astype(str)
    if wishes.targets == "grids":  # every community has a first grid
        known = now.communities.set_index("code")["name"].dropna().to_dict()
        named = community.map(known).fillna(community).astype(str) + " " + named
    found = gpd.GeoDataFrame(
        {
            "name": named.to_numpy(dtype=object),
            "community_code": community.to_numpy(dtype=object),
            "households": frame["households"].to_numpy(dtype=float, na_value=np.nan),
        },
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
        index=pd.Index(frame["code"].astype(str).to_numpy(dtype=object)),
    )
    return found.sort_index()


def _inside(targets: pd.DataFrame, level: str, code: str) -> np.ndarray:
    length = LENGTHS[level]
    return np.array([str(each)[:length] == code for each in targets["community_code"]], dtype=bool)


def _assignments(store: Store, wishes: PostWishes, targets: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the assignments of the level and type that are meant, whenever they hold, and strange targets of today."""
    frame = store.read("assignments", Query(on_day=wishes.as_of, geometry=False))
    meant = (frame["level"] == wishes.whose) | _silent(frame["level"])
    meant &= (frame["type"] == wishes.type) | _silent(frame["type"])
    meant &= (frame["target_layer"] == wishes.targets) | frame["target_layer"].isna()
    frame = frame[meant.to_numpy(dtype=bool)]
    known = frame["target"].isin(targets.index)
    said = (frame["target_layer"] == wishes.targets) & ~known
    strange = valid_on(frame[said.to_numpy(dtype=bool)], wishes.as_of)["target"]
    return frame[known.to_numpy(dtype=bool)], sorted(set(strange.astype(str)))


def _silent(column: pd.Series) -> pd.Series:
    """Say which assignments do not tell their level or type; unknown is never "no"."""
    return column.isna() | (column == "unknown")


def _with_state(
    inside: gpd.GeoDataFrame, listed: pd.DataFrame, today: pd.DataFrame, wishes: PostWishes
) -> gpd.GeoDataFrame:
    """Say of each target who answers for it today, and where nobody does, since when, and who will."""
    moment = pd.Timestamp(wishes.as_of)
    holders = today.groupby("target")["post"].agg(lambda posts: [str(each) for each in posts])
    ended = listed[listed["valid_to"].notna() & (listed["valid_to"] < moment)].groupby("target")["valid_to"].max()
    never = listed["valid_to"] < listed["valid_from"]  # what ends before it begins
    coming = set(listed[listed["valid_from"].notna() & (listed["valid_from"] > moment) & ~never]["target"])
    states, since, posts = [], [], []
    for code in inside.index:
        mine = holders.get(code, [])
        last = ended.get(code)
        if mine:
            states.append(ASSIGNED if len(mine) == 1 else DUPLICATE)
        else:
            states.append(TO_COME if code in coming else UNASSIGNED if last is None else EXPIRED)
        since.append(None if mine or last is None else last.date())
        posts.append(sorted(mine))
    return inside.assign(state=states, since=pd.Series(since, index=inside.index, dtype=object), posts=posts)


def _posts(
    every: gpd.GeoDataFrame, inside: gpd.GeoDataFrame, today: pd.DataFrame, now: Situation, wishes: PostWishes
) -> list[Post]:
    """Return the posts that may take targets, those that have some today first by name, then those that were named."""
    community = every["community_code"].to_dict()
    found: dict[tuple[str, str], Post] = {}
    concerned: set[tuple[str, str]] = set()
    # One target that stands on record twice for a post is one.
    for name, target in sorted(set(zip(today["post"].astype(str), today["target"].astype(str), strict=True))):
        key = (name, str(community[target]) if wishes.local else "")
        found.setdefault(key, Post(*key)).held.append(target)
        if target in inside.index:
            concerned.add(key)
    chosen = {key: found[key] for key in sorted(concerned)}
    chosen |= _named(found, now, wishes)
    _refuse_unknown({name for name, _ in found} | {name for name, _ in chosen}, wishes.excluded)
    return [each for each in chosen.values() if each.name not in wishes.excluded]


def _named(known: dict[tuple[str, str], Post], now: Situation, wishes: PostWishes) -> dict[tuple[str, str], Post]:
    """Return the posts that were named, with the places that were said of them."""
    communities = now.communities.set_index("code").geometry
    here = wishes.within.partition(":")[2]
    chosen: dict[tuple[str, str], Post] = {}
    faults = []
    for each in wishes.posts:
        name, said, code = (part.strip() for part in each.partition("@"))
        where = code or (here if wishes.local else "")
        if code and code not in communities.index:
            faults.append(Fault(Text("posts.no-such-community", post=name), {"parameter": "posts", "value": each[:80]}))
            continue
        key = (name, where if wishes.local else "")
        chosen[key] = known.get(key) or Post(*key)
        shape: Any = communities.get(where) if said or wishes.local else None
        if shape is not None and not shape.is_empty:
            (chosen[key].home,) = from_lonlat(representative_points(np.array([shape], dtype=object)), now.crs)
    if faults:
        raise InvalidParameter(*faults)
    return chosen


def _refuse_unknown(known: set[str], without: set[str]) -> None:
    """Refuse posts that are to take no more and are none: somebody would believe them left out."""
    missing = sorted(without - known)
    if missing:
        where = {"parameter": "without", "value": ", ".join(missing[:20])}
        raise InvalidParameter(Fault(Text("posts.no-such-post", posts=missing[:20], known=sorted(known)[:20]), where))
