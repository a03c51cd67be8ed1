"""Why a building is in no bundle."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from geo.bundling import BUILDING, CLEAR, LINE, Links, straight_ways
from layers.catalogue import Label
from layers.proposals.bundles.site import Site
from layers.proposals.bundles.wishes import BundleWishes
from layers.text import Text

REASONS = {
    "alone": Label("附近无可同包楼栋", "alone"),
    "would_exceed_limit": Label("并入将超上限", "would exceed the limit"),
    "below_minimum": Label("凑不足户数下限", "too few households"),
    "barrier": Label("有阻隔", "barrier"),
    "other_community": Label("邻近楼栋属其他社区", "other community"),
    "missing_floor_area": Label("缺建筑面积", "missing floor area"),
    "missing_households": Label("缺户数", "missing households"),
    "already_bundled": Label("已在打包片区", "already in a bundle"),
    "no_community": Label("所属社区不明", "community unknown"),
    "no_location": Label("无位置", "no location"),
}
LOOKED_M = 500.0
"""How far the nearest building is looked for that a lone one could be bundled with."""


@dataclass(frozen=True)
class Why:
    """The reason, its words, and the building, bundle or obstacle that it is about."""

    reason: str
    text: Text
    about: str | None = None


def barred_beforehand(site: Site, wishes: BundleWishes) -> dict[int, Why]:
    """Say which of the buildings asked about cannot be in any bundle, whatever stands around them."""
    area_missing, households_missing = np.isnan(site.weights).T
    nowhere = shapely.is_missing(site.ground.footprints) | shapely.is_empty(site.ground.footprints)
    found = {}
    for row in np.flatnonzero(site.asked).tolist():
        if nowhere[row]:
            found[row] = Why("no_location", Text("bundles.why-no-location"))
        elif site.bundled[row] is not None:
            bundle = str(site.bundled[row])
            found[row] = Why("already_bundled", Text("bundles.why-already-bundled", bundle=bundle), bundle)
        elif site.communities[row] is None:
            found[row] = Why("no_community", Text("bundles.why-no-community"))
        elif wishes.floor_area_m2 is not None and area_missing[row]:
            found[row] = Why("missing_floor_area", Text("bundles.why-missing-floor-area"))
        elif wishes.by_households and households_missing[row]:
            found[row] = Why("missing_households", Text("bundles.why-missing-households"))
    return found


def reasons_of(
    site: Site, wishes: BundleWishes, links: Links, bundle: np.ndarray, barred: dict[int, Why]
) -> dict[int, Why]:
    """Say of every building that is in no bundle why.

    Parameters
    ----------
    links : Links
        Those that bundles were made along.
    bundle : int64[b]
        -1 for none.
    barred : dict
        What was said beforehand.
    """
    left = [row for row in np.flatnonzero(site.asked & (bundle < 0)).tolist() if row not in barred]
    able = site.asked.copy()
    able[list(barred)] = False
    linked: dict[int, list[int]] = defaultdict(list)
    for one, other in zip(links.first.tolist(), links.second.tolist(), strict=True):
        linked[one].append(other)
        linked[other].append(one)
    found, scales = dict(barred), _Scales.of(site, wishes, bundle)
    lone = []
    for row in left:
        heavy = scales.too_heavy(row) or scales.exceeding(row, linked[row], site.codes)
        if heavy is not None:
            found[row] = heavy
        else:
            lone.append(row)
    return {**found, **_parted(site, wishes, np.array(lone, np.int64), able)}


@dataclass(frozen=True, eq=False)
class _Scales:
    """What buildings and bundles hold, beside the limits."""

    weights: np.ndarray
    sums: np.ndarray
    bundle: np.ndarray
    highest: np.ndarray
    lowest: np.ndarray

    @classmethod
    def of(cls, site: Site, wishes: BundleWishes, bundle: np.ndarray) -> _Scales:
        weights = np.nan_to_num(site.weights)
        sums = np.zeros((int(bundle.max(initial=-1)) + 1, 2))
        np.add.at(sums, bundle[bundle >= 0], weights[bundle >= 0])
        lowest, highest = wishes.limits
        return cls(weights, sums, bundle, highest, lowest)

    def beside(self, row: int, other: int) -> np.ndarray:
        """Return what a building would hold together with another and all that this one is bundled with."""
        return self.weights[row] + (self.sums[self.bundle[other]] if self.bundle[other] >= 0 else self.weights[other])

    def over(self, held: np.ndarray) -> tuple[str, float, float] | None:
        """Return which limit is exceeded, by what, and the limit; None for neither."""
        for name, total, most in zip(("area", "households"), held.tolist(), self.highest.tolist(), strict=True):
            if total > most * (1 + 1e-9):
                return name, total, most
        return None

    def too_heavy(self, row: int) -> Why | None:
        """Say that a building alone is too much."""
        over = self.over(self.weights[row])
        if over is None:
            return None
        name, total, most = over
        text = Text(f"bundles.why-too-heavy-{name}", total=round(total), most=round(most))
        return Why("would_exceed_limit", text)

    def exceeding(self, row: int, others: list[int], codes: np.ndarray) -> Why | None:
        """Say which building next to it would be too much together with it; None where none is next to it."""
        least: tuple[float, str, float, float, str] | None = None
        for other in others:
            held = self.beside(row, other)
            over = self.over(held)
            if over is None and (held < self.lowest).any():
                return Why("below_minimum", Text("bundles.why-below-minimum", low=round(float(self.lowest[1]))))
            if over is not None and (least is None or over[1] / over[2] < least[0]):
                name, total, most = over
                least = total / most, name, total, most, str(codes[other])
        if least is None:
            return Why("would_exceed_limit", Text("bundles.why-dearer")) if others else None
        _, name, total, most, code = least
        text = Text(f"bundles.why-exceeds-{name}", total=round(total), most=round(most), building=code)
        return Why("would_exceed_limit", text, code)


def _parted(site: Site, wishes: BundleWishes, rows: np.ndarray, able: np.ndarray) -> dict[int, Why]:
    """Say of buildings that no way joins to another what parts them, or how far the next one is."""
    if not len(rows):
        return {}
    footprints, ground = site.ground.footprints, site.ground
    others = np.flatnonzero(able)
    tree = shapely.STRtree(footprints[others])
    near = np.nextafter(wishes.max_gap_m, np.inf)
    at, to = tree.query(footprints[rows], predicate="dwithin", distance=near)
    one, other = rows[at], others[to]
    one, other = one[one != other], other[one != other]
    ways = straight_ways(footprints, one, other)
    kind, which = ground.in_the_way(ways, one, other)
    kind, which = kind.copy(), which.copy()
    away = shapely.length(ways)
    found: dict[int, Why] = {}
    same = site.communities[one] == site.communities[other]
    for at in np.lexsort((away, ~same)).tolist():
        row = int(one[at])
        if row in found:
            continue
        code, metres = str(site.codes[other[at]]), round(float(away[at]), 1)
        if not same[at]:
            text = Text("bundles.why-other-community", building=code, metres=metres)
            found[row] = Why("other_community", text, code)
        elif kind[at] == CLEAR:
            found[row] = Why("barrier", Text("bundles.why-taken", building=code, metres=metres), code)
        else:
            what, about = _obstacle(site, int(kind[at]), int(which[at]))
            text = Text(f"bundles.why-barrier-{what}", building=code, metres=metres, about=about)
            found[row] = Why("barrier", text, about)
    lone = np.array([row for row in rows.tolist() if row not in found], np.int64)
    return {**found, **_lone(site, lone, tree, others)}


def _obstacle(site: Site, kind: int, which: int) -> tuple[str, str]:
    if kind == BUILDING:
        return "building", str(site.codes[which])
    if kind == LINE:
        return ("road" if site.bars[which][0] == "road" else "wall"), site.bars[which][1]
    return "area", site.area_codes[which]


def _lone(site: Site, rows: np.ndarray, tree: shapely.STRtree, others: np.ndarray) -> dict[int, Why]:
    footprints, found = site.ground.footprints, {}
    place = {int(row): at for at, row in enumerate(others.tolist())}
    for row in rows.tolist():
        around = tree.query(footprints[row], predicate="dwithin", distance=LOOKED_M)
        around = around[around != place.get(row, -1)]
        if not len(around):
            found[row] = Why("alone", Text("bundles.why-alone", metres=round(LOOKED_M)))
            continue
        away = shapely.distance(footprints[row], footprints[others[around]])
        nearest = int(away.argmin())
        code = str(site.codes[others[around[nearest]]])
        text = Text("bundles.why-far", building=code, metres=round(float(away[nearest]), 1))
        found[row] = Why("alone", text, code)
    return found
