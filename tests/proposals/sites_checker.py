"""An independent check of proposed stations: networkx over the raw streets for minutes, NumPy for the sums.

It shares no code with the solver; it knows streets whose ends meet, on foot, both ways, without gates or barriers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import networkx as nx
import numpy as np
import shapely
from scipy.optimize import linprog
from shapely.ops import nearest_points


@dataclass(frozen=True)
class Truth:
    """Minutes from every site to every building, float[s, n], inf where there is no way; and what buildings weigh."""

    minutes: np.ndarray
    weight: np.ndarray


def minutes_between(
    streets: Sequence[shapely.LineString], places: Sequence[shapely.Point], homes: Sequence[shapely.Geometry],
    kmh: float = 4.0, access_m: float = 200.0,
) -> np.ndarray:  # fmt: skip
    """Walk from places to the middles of homes: each joins the nearest street; metres, metric shapes."""
    graph = nx.Graph()
    cuts: dict[int, list[float]] = {at: [0.0, line.length] for at, line in enumerate(streets)}
    joined = []
    for shape in (*places, *homes):
        point = shape.representative_point()
        at = min(range(len(streets)), key=lambda each: streets[each].distance(point))
        leg = streets[at].distance(point)
        along = streets[at].project(nearest_points(streets[at], point)[0])
        joined.append((at, along, leg) if leg <= access_m else None)
        cuts[at].append(along)
    for at, line in enumerate(streets):
        marks = sorted(set(cuts[at]))
        for one, other in pairwise(marks):
            ends = (_node(line, one), _node(line, other))
            graph.add_edge(*ends, metres=other - one)
    found = np.full((len(places), len(homes)), np.inf)
    for p in range(len(places)):
        begin = joined[p]
        if begin is None:
            continue
        far = nx.single_source_dijkstra_path_length(graph, _node(streets[begin[0]], begin[1]), weight="metres")
        for h in range(len(homes)):
            end = joined[len(places) + h]
            if end is not None and _node(streets[end[0]], end[1]) in far:
                metres = begin[2] + far[_node(streets[end[0]], end[1])] + end[2]
                found[p, h] = metres / (kmh * 1000 / 60)
    return found


def _node(line: shapely.LineString, along: float) -> tuple[float, float]:
    point = line.interpolate(along)
    return round(point.x, 2), round(point.y, 2)


def value_of(
    truth: Truth, opened: Sequence[int], model: str, limit: float, room: Sequence[float] | None
) -> float | None:
    """Say what open sites are worth by a model; None where they do not serve everybody who must be served."""
    sites, weight = list(opened), truth.weight
    near = truth.minutes[sites] if sites else np.full((1, len(weight)), np.inf)
    if model in ("max_cover", "set_cover"):
        near = np.where(near <= limit + 1e-6, 0.0, np.inf)
    if not weight.any():
        return 0.0
    if room is None:
        best = near.min(axis=0)
        if model == "max_cover":
            return float(weight[np.isfinite(best)].sum())
        if not np.isfinite(best[weight > 0]).all():
            return None
        if model == "p_center":
            return float(best[weight > 0].max(initial=0.0))
        return 0.0 if model == "set_cover" else float(best[weight > 0] @ weight[weight > 0])
    if model == "p_center":
        for farthest in np.unique(near[np.isfinite(near)]):
            if _filled(np.where(near <= farthest + 1e-9, 0.0, np.inf), weight, [room[each] for each in sites])[1]:
                return float(farthest)
        return None
    cost, whole = _filled(near, weight, [room[each] for each in sites], some=model == "max_cover")
    if model == "max_cover":
        return -cost
    return cost if whole else None


def _filled(near: np.ndarray, weight: np.ndarray, room: Sequence[float], some: bool = False) -> tuple[float, bool]:
    """Share people out among sites: the least minutes, and whether all found a place; or -1 for each who did."""
    site, home = np.nonzero(np.isfinite(near))
    if not len(site):
        return 0.0, not weight.any()
    cost = -np.ones(len(site)) if some else near[site, home]
    inside = np.zeros((len(room), len(site)))
    inside[site, np.arange(len(site))] = 1
    served = np.zeros((len(weight), len(site)))
    served[home, np.arange(len(site))] = 1
    limits = [min(float(each), 1e9) for each in room]
    if some:
        answer = linprog(cost, A_ub=np.vstack([inside, served]), b_ub=[*limits, *weight])
    else:
        answer = linprog(cost, A_ub=inside, b_ub=limits, A_eq=served, b_eq=weight)
    return (float(answer.fun), True) if answer.status == 0 else (np.inf, False)


def best_of(
    truth: Truth, model: str, k: int, limit: float, fixed: Sequence[int] = (), room: Sequence[float] | None = None,
    cost: Sequence[float] | None = None,
) -> float | None:  # fmt: skip
    """Try every set of sites; None where none serves everybody who must be served."""
    free = [each for each in range(len(truth.minutes)) if each not in fixed]
    best = None
    for count in range(len(free) + 1 if model == "set_cover" else min(k, len(free)) + 1):
        for chosen in combinations(free, count):
            value = value_of(truth, (*fixed, *chosen), model, limit, room)
            if value is None:
                continue
            if model == "set_cover":
                value = float(sum((cost or np.ones(len(truth.minutes)))[each] for each in chosen))
            if best is None or (value > best if model == "max_cover" else value < best):
                best = value
    return best


def faults(answer: Mapping[str, Any], truth: Truth, codes: Sequence[str], fixed: Sequence[int] = (),
           room: Sequence[float] | None = None) -> list[str]:  # fmt: skip
    """Compare what a proposal claims with the truth; empty where all of it holds."""
    summary = answer["summary"]
    model, limit = summary["model"], summary["minutes"]
    chosen = [codes.index(each["properties"]["station"]) for each in answer["proposal"]["features"]]
    found = []
    if model != "set_cover" and len(chosen) > summary["k"]:
        found.append(f"{len(chosen)} sites where {summary['k']} were wished")
    verdict = summary["rest"] or summary
    reachable = (truth.minutes <= (limit if model == "set_cover" else 240) + 1e-6).any(axis=0)
    served = Truth(truth.minutes, np.where(reachable, truth.weight, 0.0))
    if verdict["objective"] is not None:
        value = value_of(served if summary["rest"] else truth, (*fixed, *chosen), model, limit, room)
        claimed = summary["cost"] if model == "set_cover" else value
        if value is None or abs(claimed - verdict["objective"]) > 1e-2 + 1e-4 * abs(claimed):
            found.append(f"claims {verdict['objective']}, is {value}")
    if room is None:
        opened = [*fixed]
        for row in answer["rows"]:
            if row["station"] is not None:
                opened.append(codes.index(row["station"]))
            near = truth.minutes[opened].min(axis=0) if opened else np.full(len(truth.weight), np.inf)
            reached = truth.weight[near <= limit + 1e-6].sum()
            if abs(reached - row["reached"]) > 0.5:
                found.append(f"row {row['rank']} says {row['reached']} are reached, {reached} are")
    return found
