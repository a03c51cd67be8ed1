"""What no bundling undercuts: as many left as must be, as few bundles as the limits allow, by the shortest links."""

from __future__ import annotations

import numpy as np

from geo.bundling.problem import Problem


def cheapest(problem: Problem) -> float:
    """Give a lower bound of what a bundling costs.

    With l things left and k bundles the trees have n - l - k links together, and no forest of so many links is shorter
    than the shortest links of the shortest tree (Kruskal). The l heaviest things left, k times the most that a bundle
    may weigh must hold the rest, and each of k bundles weighs the least at least.
    """
    n = problem.n
    whole = problem.left_cost * n
    if n < 2 or not len(problem.length):
        return whole
    shortest = np.concatenate([[0.0], np.cumsum(forest(problem))])
    left = np.arange(n - 1)  # at least two are not
    few = np.maximum(1.0, n - left - (len(shortest) - 1))  # no more links than hang anything together
    many = np.floor((n - left) / 2)
    for kind in range(problem.weight.shape[1]):
        weight = problem.weight[:, kind]
        total = weight.sum()
        rest = total - np.concatenate([[0.0], np.cumsum(np.sort(weight)[::-1])])[: n - 1]
        most, least = problem.highest[kind], problem.lowest[kind]
        if np.isfinite(most):
            few = np.maximum(few, np.ceil(rest / most - 1e-6) if most > 0 else 1.0)
        if least > 0:  # with the lightest left, the rest weighs most
            heavy = total - np.concatenate([[0.0], np.cumsum(np.sort(weight))])[: n - 1]
            many = np.minimum(many, np.floor(heavy / least + 1e-6))
    able = few <= many
    links = (n - left - few).astype(np.int64)
    able &= (links >= 1) & (links < len(shortest))
    if not able.any():
        return whole
    cost = problem.left_cost * left[able] + problem.bundle_cost * few[able] + shortest[links[able]]
    # One bundle more saves a link at most; where that saves anything, the bound reckons with none at all.
    spare = np.maximum(0.0, problem.length.max() - problem.bundle_cost) * (many[able] - few[able])
    return float(min(whole, (cost - spare).min()))


def forest(problem: Problem) -> np.ndarray:
    """Give the links of the shortest tree, or trees where not all hang together, the shortest first: float64[k]."""
    above = np.arange(problem.n)

    def top(at: int) -> int:
        while above[at] != at:
            above[at] = above[above[at]]
            at = int(above[at])
        return at

    kept = []
    for at in np.argsort(problem.length, kind="stable").tolist():
        one, other = top(int(problem.first[at])), top(int(problem.second[at]))
        if one != other:
            above[max(one, other)] = min(one, other)
            kept.append(problem.length[at])
    return np.array(kept, dtype=float)
