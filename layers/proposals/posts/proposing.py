"""The proposal of posts: read, assigned exactly, and where not all wishes can be met, what binds and what would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from layers.proposals.frame import Proposal, Verdict, revisions_of
from layers.proposals.posts import matching, tables
from layers.proposals.posts.matching import Problem
from layers.proposals.posts.reading import OPEN, Ground, ground_of
from layers.proposals.posts.wishes import PostWishes
from layers.store.protocol import Store
from layers.text import Text

READ = ("assignments", "communities", "courtyards", "grids")
"""The layers that a proposal of posts is made of."""
MOST_TOLD = 20

Progress = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Solved:
    """Who takes what.

    Attributes
    ----------
    codes : list of str
        The open targets.
    metres : ndarray of float, shape (targets, posts)
        From a target to the post's nearest place; NaN where one of them lies nowhere.
    post : ndarray of int
        The position of the post that takes each target, -1 for none.
    most : ndarray of int, shape (posts,)
        What each post was to have at most.
    verdict : Verdict
    binds, relaxations : list
        Where not all are taken: why, and what would do.
    """

    codes: list[str]
    metres: np.ndarray
    post: np.ndarray
    most: np.ndarray
    verdict: Verdict
    binds: list[Text]
    relaxations: list[dict[str, object]]


def propose(store: Store, wishes: PostWishes, progress: Progress) -> dict[str, object]:
    """Propose who answers for what nobody answers for; what is there is not touched.

    Raises
    ------
    InvalidParameter
        Wishes that contradict each other, an area, a community or a post that there is not.
    """
    revisions = revisions_of(store, READ)
    progress(0.1, "posts")
    ground = ground_of(store, wishes)
    progress(0.5, "posts")
    solved = solve(ground, wishes)
    progress(0.9, "posts")
    features = tables.parts(ground, solved, wishes)
    more = tables.told(ground, solved, wishes)
    rows = tables.rows(features)
    found = Proposal(features, rows, solved.verdict, more, tables.sentences(more, solved, wishes))
    return {**found.outputs(wishes, revisions), "findings": tables.findings(ground, solved, wishes)}


def solve(ground: Ground, wishes: PostWishes) -> Solved:
    """Assign the open targets: as many as can be, of those ways the cheapest, which is proven."""
    targets = ground.targets[ground.targets["state"].isin(OPEN)]
    codes = [str(each) for each in targets.index]
    metres = _metres(ground, codes)
    near = _same_community(ground, targets["community_code"].to_list(), wishes)
    problem = _problem(ground, metres, near & _within_reach(metres, wishes.most_m), wishes)
    most = _most(problem, wishes)
    post = matching.assigned(problem, problem.room(most))
    whole = bool((post >= 0).all())
    cost = float(matching.price(problem, post)) if whole else None
    verdict = Verdict("optimal" if whole else "infeasible", cost, cost, True)
    binds: list[Text] = []
    relaxations: list[dict[str, object]] = []
    if not whole:
        binds = _binds(ground, problem, near, metres, post, wishes)
        relaxations = _relaxations(ground, problem, near, metres, wishes)
    return Solved(codes, metres, post, most, verdict, binds, relaxations)


def _metres(ground: Ground, codes: list[str]) -> np.ndarray:
    """Measure from each target to the nearest place of each post."""
    found = np.full((len(codes), len(ground.posts)), np.nan)
    here = [ground.points.get(code) for code in codes]
    placed = [at for at, each in enumerate(here) if each is not None]
    points = np.array([here[at] for at in placed], dtype=object)
    for column, post in enumerate(ground.posts):
        places = [ground.points[code] for code in post.held if code in ground.points]
        places += [post.home] if post.home is not None else []
        if places and placed:
            found[placed, column] = shapely.distance(points, shapely.multipoints(places))
    return found


def _same_community(ground: Ground, communities: list[object], wishes: PostWishes) -> np.ndarray:
    """Say which posts belong where a target lies; those of no community belong everywhere."""
    if not wishes.local:
        return np.ones((len(communities), len(ground.posts)), dtype=bool)
    own = np.array([each.community for each in ground.posts], dtype=object)
    return np.array([own == str(each) for each in communities], dtype=bool).reshape(len(communities), len(own))


def _within_reach(metres: np.ndarray, most_m: float | None) -> np.ndarray:
    """Say which posts are near enough; where nobody knows how far it is, nobody knows that it is too far."""
    return np.ones(metres.shape, dtype=bool) if most_m is None else ~(metres > most_m)


def _problem(ground: Ground, metres: np.ndarray, allowed: np.ndarray, wishes: PostWishes) -> Problem:
    """Return the problem in whole metres; what nobody can measure counts as the farthest that was measured."""
    known = metres[np.isfinite(metres)]
    cost = np.rint(np.where(np.isfinite(metres), metres, known.max() if len(known) else 0.0)).astype(np.int64)
    held = np.array([len(each.held) for each in ground.posts], dtype=np.int64)
    return Problem(cost, allowed, held, wishes.even_m)


def _most(problem: Problem, wishes: PostWishes) -> np.ndarray:
    """Return what each post is to have at most: as wished, else the least that suffices where posts share targets."""
    most = np.full(len(problem.held), wishes.most or 0, dtype=np.int64)
    if wishes.most is not None:
        return most
    group, n = problem.groups(), len(problem.cost)
    for each in np.unique(group[n:]):
        rows, columns = np.flatnonzero(group[:n] == each), np.flatnonzero(group[n:] == each)
        part = Problem(problem.cost[np.ix_(rows, columns)], problem.allowed[np.ix_(rows, columns)],
                       problem.held[columns], problem.even)  # fmt: skip
        most[columns] = (matching.smallest_most(part) or 0) if len(rows) else problem.held[columns]
    return most


def _binds(
    ground: Ground, problem: Problem, near: np.ndarray, metres: np.ndarray, post: np.ndarray, wishes: PostWishes
) -> list[Text]:
    """Say why targets are left: nobody there, nobody near enough, no room; each target once."""
    codes = np.array(_open(ground), dtype=object)
    left, found = post < 0, []
    if not ground.posts:
        return [Text("posts.binds-nobody", targets=int(left.sum()))]
    nobody = left & ~near.any(axis=1)
    far = left & near.any(axis=1) & ~problem.allowed.any(axis=1)
    full = left & problem.allowed.any(axis=1)
    if nobody.any():
        places = sorted({str(ground.targets.at[code, "community_code"]) for code in codes[nobody]})
        text = Text("posts.binds-no-post", targets=int(nobody.sum()), communities=places[:MOST_TOLD])
        found.append(text)
    for at in np.flatnonzero(far)[:MOST_TOLD]:
        away = f"{np.ceil(10 * float(np.nanmin(metres[at][near[at]]))) / 10:.1f}"  # up: it is more than the limit
        found.append(Text("posts.binds-far", target=codes[at], metres=away, most_m=f"{wishes.most_m or 0:g}"))
    group, room = problem.groups(), problem.room(wishes.most or 0)
    for each in np.unique(group[: len(codes)][full])[:MOST_TOLD]:
        rows, columns = group[: len(codes)] == each, group[len(codes) :] == each
        given = {"targets": int(rows.sum()), "room": int(room[columns].sum()), "posts": int(columns.sum())}
        which = codes[rows & full]
        text = Text("posts.binds-room", which=list(which[:MOST_TOLD]), left=len(which), most=wishes.most, **given)
        found.append(text)
    return found


def _relaxations(
    ground: Ground, problem: Problem, near: np.ndarray, metres: np.ndarray, wishes: PostWishes
) -> list[dict[str, object]]:
    """Say what would do, each wish apart: the least `most`, the least `most_m`; and how many posts are missing else."""
    found: list[dict[str, object]] = []
    lone = ~np.asarray(near.any(axis=1))
    if wishes.most is not None and (lone | problem.allowed.any(axis=1)).all():
        most = matching.smallest_most(problem.of(~lone))
        if most is not None and most > wishes.most:
            found.append({"says": Text("posts.relax-most", most=most), "most": most})
    if wishes.most_m is not None:
        there = np.asarray(near.any(axis=1))
        room = problem.room(wishes.most) if wishes.most is not None else np.full(len(problem.held), len(there))
        reach = matching.smallest_reach(np.ceil(np.nan_to_num(metres[there])).astype(np.int64), near[there], room)
        if reach is not None and reach > wishes.most_m:
            found.append({"says": Text("posts.relax-most-m", metres=reach), "most_m": reach})
    if wishes.most is not None and wishes.most_m is not None:
        found += _both(problem, near, metres, wishes)
    if lone.any():
        codes = np.array(_open(ground), dtype=object)[lone]
        places = sorted({str(ground.targets.at[code, "community_code"]) for code in codes})
        found.append({"says": Text("posts.relax-name", communities=places[:MOST_TOLD])})
    return found


def _both(problem: Problem, near: np.ndarray, metres: np.ndarray, wishes: PostWishes) -> list[dict[str, object]]:
    """Say the least `most_m` and with it the least `most`, where neither alone lets every target find a place."""
    there = np.asarray(near.any(axis=1))
    if not there.any() or problem.allowed[there].any(axis=1).all():
        return []  # `most` alone suffices
    away = np.ceil(np.nan_to_num(metres[there])).astype(np.int64)
    if matching.most_served(near[there], problem.room(wishes.most or 0)) == len(away):
        return []  # `most_m` alone suffices
    reach = int(np.where(near[there], away, np.iinfo(np.int64).max).min(axis=1).max())
    most = matching.smallest_most(Problem(away, near[there] & (away <= reach), problem.held, problem.even))
    if most is None or most <= (wishes.most or 0):
        return []
    says = Text("posts.relax-both", most=most, metres=reach)
    return [{"says": says, "most": most, "most_m": reach}]


def _open(ground: Ground) -> list[str]:
    return [str(each) for each in ground.targets.index[ground.targets["state"].isin(OPEN)]]
