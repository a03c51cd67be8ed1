"""What no districting can undercut, whatever was tried."""

from __future__ import annotations

import numpy as np

from geo.districting.problem import Problem

_MOST_DENSE, _MOST_UNITS, _MOST_WAVES = 700, 25_000, 40
_SAFETY = 1e-6  # of eigenvalues: what rounding may have added


def cheapest(problem: Problem) -> float:
    """Give a bound from below of what districts within the band cost, by the slowest waves of their graph.

    Notes
    -----
    After Donath and Hoffman (1973), for weights: with D the weights and L the graph's Laplacian, the borders of
    districts of sums s₁ … s_k cost half the trace of X'LX for X'DX = diag(s), and so at least half the sum of
    λⱼ s₍ⱼ₎, the generalised eigenvalues of (L, D) in ascending order beside the sums in descending order. The sums
    that make this smallest are as unequal as the band allows. Units without weight are eliminated from L first, as
    if each could be divided at will, which only lowers it.
    """
    count, graph = problem.count, problem.graph
    if count < 2 or problem.total <= 0 or graph.n > _MOST_UNITS:
        return 0.0
    waves = _waves(problem, min(count, _MOST_WAVES))
    if len(waves) < 2:
        return 0.0
    waves = np.append(waves, np.full(count - len(waves), waves[-1]))[:count]
    sums = _unequal(problem)
    return max(0.0, float((waves * sums).sum()) / 2 * (1 - _SAFETY))


def least_widening(weight: np.ndarray, lowest: float, highest: float, count: int) -> float:
    """Give by how much a band must be widened on both sides for so many districts, whatever touches what.

    Notes
    -----
    Of the k j + 1 heaviest units some district of k has j + 1, which weigh no less than the lightest of them do. And at
    most j districts have any of the j heaviest, so that the others share what is left; one of them has the mean of
    that, or less.
    """
    n, heaviest = len(weight), np.sort(weight)[::-1]
    sums = np.concatenate([[0.0], np.cumsum(heaviest)])
    together = np.arange(0, (n - 1) // count + 1)  # j
    ends = count * together + 1
    most = max(float((sums[ends] - sums[ends - 1 - together]).max()), float(sums[n]) / count)
    apart = np.arange(0, count)
    least = float(((sums[n] - sums[apart]) / (count - apart)).min())
    close = 1e-9 * max(1.0, float(sums[n]))  # what adding up may have rounded
    return max(0.0, lowest - least - close, most - highest - close)


def rounded_up(problem: Problem, bound: float) -> float:
    """Round a bound up where every cost is a whole number."""
    return float(np.ceil(bound - 1e-5)) if problem.whole and np.isfinite(bound) else bound


def _unequal(problem: Problem) -> np.ndarray:
    """Give sums within the band that are as unequal as can be, the largest first."""
    sums = np.full(problem.count, problem.lowest, float)
    left = problem.total - sums.sum()
    room = min(problem.highest, problem.total) - problem.lowest
    for at in range(problem.count):
        more = min(max(left, 0.0), room)
        sums[at] += more
        left -= more
    return sums


def _waves(problem: Problem, wanted: int) -> np.ndarray:
    """Give the smallest eigenvalues of (L, D), ascending; 0 for those that could not be had."""
    from scipy.linalg import eigh
    from scipy.sparse import coo_array, csc_array, diags_array
    from scipy.sparse.linalg import ArpackError, eigsh

    graph, weight = problem.graph, problem.weight
    n, heavy = graph.n, np.flatnonzero(weight > 0)
    links = coo_array((graph.cost, (graph.first, graph.second)), shape=(n, n))
    links = csc_array(links + links.T)
    laplacian = csc_array(diags_array(np.asarray(links.sum(axis=1)).ravel()) - links)
    wanted = min(wanted, len(heavy))
    if n <= _MOST_DENSE:
        dense = _eliminated(laplacian.toarray(), heavy, weight)
        scale = 1 / np.sqrt(weight[heavy])
        found = eigh(dense * scale[:, None] * scale[None, :], eigvals_only=True, subset_by_index=[0, wanted - 1])
        return np.maximum(found, 0.0)
    # The largest eigenvalues of D against L + s D are 1 / (λ + s); D may be singular there.
    shift = float(laplacian.diagonal().sum()) / max(float(weight.sum()), 1e-9) * 1e-3
    shifted = csc_array(laplacian + diags_array(shift * weight + 1e-9 * float(laplacian.diagonal().mean())))
    try:
        found = eigsh(csc_array(diags_array(weight)), k=min(wanted, n - 2), M=shifted, which="LA", tol=1e-7,
                      return_eigenvectors=False, v0=np.ones(n))  # fmt: skip
    except ArpackError:
        return np.zeros(0)
    return np.sort(np.maximum(1 / np.maximum(found, 1e-300) - shift, 0.0)) * (1 - 1e-5)


def _eliminated(laplacian: np.ndarray, heavy: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Take the units without weight out of a Laplacian (its Schur complement)."""
    light = np.flatnonzero(weight <= 0)
    if not len(light):
        return laplacian[np.ix_(heavy, heavy)]
    inner = laplacian[np.ix_(light, light)]
    across = laplacian[np.ix_(light, heavy)]
    return laplacian[np.ix_(heavy, heavy)] - across.T @ np.linalg.pinv(inner, hermitian=True) @ across
