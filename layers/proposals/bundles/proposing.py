"""The proposal of bundles for an area: read, linked, bundled, drawn, told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geo.bundling import Bundled, Links, Members, bundled, hulls
from layers.proposals.bundles.answer import proposal_of
from layers.proposals.bundles.leftovers import barred_beforehand, reasons_of
from layers.proposals.bundles.linking import links_between, problem_of
from layers.proposals.bundles.relaxing import relaxed
from layers.proposals.bundles.site import READ, Site, site_of
from layers.proposals.bundles.tables import Bundles, bundle_table, left_table
from layers.proposals.bundles.wishes import BundleWishes
from layers.proposals.frame import Timer, revisions_of
from layers.store.protocol import Store

Progress = Callable[[float, str], None]
LEAST_SEARCH = 0.1
"""The share of the time limit that choosing has at least, however long reading took: without it all was in vain."""


def propose(store: Store, wishes: BundleWishes, progress: Progress) -> dict[str, object]:
    """Propose bundles; nothing is changed.

    Raises
    ------
    InvalidParameter
        Wishes that contradict each other, an area that there is not.
    """
    timer = Timer(wishes.seconds)
    wishes.check()
    revisions = revisions_of(store, READ)
    progress(0.02, "status")
    site = site_of(store, wishes)
    barred = barred_beforehand(site, wishes)
    able = site.asked.copy()
    able[list(barred)] = False
    rows = np.flatnonzero(able)
    progress(0.2, f"links|buildings={len(rows)}")
    links = links_between(site, wishes, rows)
    problem = problem_of(site, wishes, rows, links)

    def told(share: float) -> None:
        progress(0.4 + 0.4 * share, f"bundles|percent={round(100 * share)}")

    late = min(0.0, timer.left() - LEAST_SEARCH * wishes.seconds)
    found = bundled(problem, wishes.seed, lambda: timer.left() - late, told)
    bundle = np.full(len(site.asked), -1, np.int64)
    bundle[rows] = found.bundle
    progress(0.8, f"hulls|bundles={int(bundle.max(initial=-1)) + 1}")
    drawn = _drawn(site, links, bundle)
    why = reasons_of(site, wishes, links, bundle, barred)
    progress(0.95, "table")
    binds = relaxed(site, wishes, problem, rows) if _nothing(found) else None
    parts, left = bundle_table(site, drawn, wishes), left_table(site, why)
    return proposal_of(site, wishes, found, (parts, left), binds).outputs(wishes, revisions) | {"leftovers": left}


def _nothing(found: Bundled) -> bool:
    return not (found.bundle >= 0).any()


def _drawn(site: Site, links: Links, bundle: np.ndarray) -> Bundles:
    """Draw each bundle along the shortest links that hold it together."""
    count = int(bundle.max(initial=-1)) + 1
    inner = links.take((bundle[links.first] >= 0) & (bundle[links.first] == bundle[links.second]))
    used = inner.take(_forest(inner, len(bundle)))
    order = np.argsort(bundle[used.first], kind="stable")
    starts = np.searchsorted(bundle[used.first][order], np.arange(count + 1))
    ways = [used.take(order[starts[at]:starts[at + 1]]) for at in range(count)]
    by = np.argsort(bundle, kind="stable")
    begin = np.searchsorted(bundle[by], np.arange(count + 1))
    rows = [by[begin[at]:begin[at + 1]] for at in range(count)]
    bounds = site.bounds([str(site.communities[each[0]]) for each in rows])
    areas = hulls(site.ground, Members(rows, [each.ways for each in ways]), bounds)
    return Bundles(bundle, ways, areas)


def _forest(links: Links, count: int) -> np.ndarray:
    """Tell which links are of the shortest trees: int64[k]."""
    above = list(range(count))

    def top(at: int) -> int:
        while above[at] != at:
            above[at] = above[above[at]]
            at = above[at]
        return at

    kept = []
    for at in np.lexsort((links.second, links.first, np.round(links.length_m, 2))).tolist():
        one, other = top(int(links.first[at])), top(int(links.second[at]))
        if one != other:
            above[max(one, other)] = min(one, other)
            kept.append(at)
    return np.array(sorted(kept), np.int64)
