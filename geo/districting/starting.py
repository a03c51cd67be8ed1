"""Where to begin: units halved along their longer axis by weight, or today's districts made to be so many."""

from __future__ import annotations

import numpy as np

from geo.districting.graph import Graph
from geo.districting.problem import Problem

_MOST_DENSE = 400  # units for which all eigenvectors are quicker than a few


def begun(problem: Problem) -> np.ndarray:
    """Give a first districting, every district connected: today's, if there is one, else halves of halves."""
    home = problem.home
    if home is not None and (home >= 0).any():
        part = _as_many(problem, home.copy())
    else:
        part = halved(problem)
    return mended(problem, part)


def halved(problem: Problem) -> np.ndarray:
    """Halve the units again and again across their longer axis, so that the weights fit the numbers of districts."""
    xy = problem.xy if problem.xy is not None else laid_out(problem.graph)
    # Units without weight still need a place: a little of the mean lets them be halved, too.
    weight = problem.weight + 1e-3 * max(problem.total, 1.0) / len(problem.weight)
    part = np.zeros(len(weight), np.int64)
    waiting = [(np.arange(len(weight)), 0, problem.count)]
    while waiting:
        rows, first, count = waiting.pop()
        if count == 1:
            part[rows] = first
            continue
        one = count // 2
        left, right = _halves(rows, xy, weight, one, count)
        waiting += [(left, first, one), (right, first + one, count - one)]
    return part


def _halves(rows: np.ndarray, xy: np.ndarray, weight: np.ndarray, one: int,
            count: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide units in two by weight, for `one` districts and the rest of `count`."""
    at = xy[rows] - xy[rows].mean(axis=0)
    axis = np.linalg.eigh(at.T @ at)[1][:, -1]
    axis = axis if axis[np.argmax(np.abs(axis))] > 0 else -axis
    order = rows[np.argsort(at @ axis, kind="stable")]
    reached = np.cumsum(weight[order])
    middle = reached - weight[order] / 2
    cut = int(np.searchsorted(middle, reached[-1] * one / count))
    cut = min(max(cut, one), len(rows) - (count - one))
    return order[:cut], order[cut:]


def laid_out(graph: Graph) -> np.ndarray:
    """Give units places by the two slowest waves of their graph (Hall 1970)."""
    from scipy.sparse import coo_array, csr_array, diags_array
    from scipy.sparse.linalg import eigsh

    n = graph.n
    if n < 3:
        return np.column_stack([np.arange(n), np.zeros(n)]).astype(float)
    links = coo_array((np.ones(len(graph.first)), (graph.first, graph.second)), shape=(n, n))
    links = csr_array(links + links.T)
    waves = diags_array(np.asarray(links.sum(axis=1)).ravel()) - links
    if n <= _MOST_DENSE:
        found = np.linalg.eigh(waves.toarray())[1]
    else:
        found = eigsh(csr_array(waves), k=3, sigma=-1e-3, v0=np.ones(n))[1]
    return found[:, 1:3]


def _as_many(problem: Problem, part: np.ndarray) -> np.ndarray:
    """Halve the heaviest of today's districts until none is missing."""
    xy = problem.xy if problem.xy is not None else laid_out(problem.graph)
    sizes = np.bincount(part[part >= 0], minlength=problem.count)
    for empty in np.flatnonzero(sizes == 0).tolist():
        known = part >= 0
        sums = np.bincount(part[known], weights=problem.weight[known], minlength=problem.count)
        can = np.bincount(part[known], minlength=problem.count) > 1
        if not can.any():
            part[np.flatnonzero(~known)[0]] = empty
            continue
        heaviest = int(np.argmax(np.where(can, sums, -1.0)))
        rows = np.flatnonzero(part == heaviest)
        part[_halves(rows, xy, problem.weight + 1e-9, 1, 2)[1]] = empty
    return part


def mended(problem: Problem, part: np.ndarray) -> np.ndarray:
    """Keep the heaviest piece of each district and give what is left over to the neighbours."""
    from geo.districting.anneal_kernel import attached, pieces_of

    graph = problem.graph
    part = np.asarray(part, np.int64).copy()
    piece = pieces_of(part, graph.starts, graph.ends)
    known = np.flatnonzero(piece >= 0)
    heavy = np.bincount(piece[known], weights=problem.weight[known] + 1e-9)
    of = np.zeros(len(heavy), np.int64)
    of[piece[known]] = part[known]
    order = np.lexsort((np.arange(len(heavy)), -heavy, of))
    first = np.unique(of[order], return_index=True)[1]
    keep = np.zeros(len(heavy) + 1, dtype=bool)
    keep[order[first]] = True
    part[~keep[piece]] = -1
    attached(part, problem.weight, graph.starts, graph.ends, problem.count)
    return part
