"""The coordinate doctor: what a file's coordinates probably are, with figures. It says so; it converts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from geo.places import (
    DEGREES,
    OFFSET_NAMES,
    SWAPPED,
    TOWN_M,
    Evidence,
    Reference,
    is_geographic_wgs84_like,
    lies_as_claimed,
    looks_like_degrees,
    looks_swapped,
    parse_crs,
    possible_readings,
    weigh,
)
from layers.catalogue import Layer, catalogue
from layers.formats.table import RawTable
from layers.model.feature import Feature
from layers.store.protocol import Query, Store
from layers.text import Text
from layers.usecases.edits.demo import has_demo

FEWEST = 5
MOST_REFERENCE = 100_000
AROUND = ("communities", "districts", "streets")
SHOWN = 6
LONGEST_NAME = 80
ASTRAY = 1  # per cent of the shapes, at either end
COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
KILOMETRE = 1000.0


@dataclass(frozen=True)
class Candidate:
    """A reading and how far it puts things from where they should be; None where nothing could be compared."""

    reading: str
    median_m: float | None = None
    reference: str | None = None

    def text(self) -> Text | str:
        """Say it in words."""
        if self.median_m is None or self.reference is None:
            return self.reading
        layer = catalogue().layer(self.reference).label
        return Text("imports.candidate", reading=self.reading, distance=_distance(self.median_m), layer=layer)


@dataclass(frozen=True)
class Findings:
    """What the doctor found.

    Attributes
    ----------
    claimed : str or None
        The reading that is used unless the user says otherwise; None where the file says nothing usable.
    candidates : tuple of Candidate
        Every reading that the values allow, likeliest first.
    verdict : str or None
        The reading that clearly fits better than the claimed one.
    count : int
        Points compared.
    texts : tuple of Text
        What to tell the user.
    """

    claimed: str | None = None
    candidates: tuple[Candidate, ...] = ()
    verdict: str | None = None
    count: int = 0
    texts: tuple[Text, ...] = ()


def examine(
    store: Store, layer: Layer, table: RawTable, told: str | None, known: Mapping[str, Feature] | None = None
) -> Findings:
    """Weigh what a table's coordinates may be against what the workspace already holds.

    Parameters
    ----------
    told : str or None
        What the user says they are.
    known : mapping, optional
        The features of the layer on record, where the caller has them at hand.
    """
    if table.geometry is None:
        return Findings()
    shapes = np.asarray(table.geometry, dtype=object)
    shapes = shapes[shapely.get_num_geometries(shapes) > 0]
    shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]
    if not len(shapes):
        return Findings()
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    bounds = (west, south, east, north)
    claimed = _claimed(told or table.crs, bounds)
    # A store without geometry has no place of its own, and nothing to compare with.
    metric = store.setting("metric_crs")
    around = _around(store) if metric else None
    near = None if around is None else _middle(around[1])
    readings = [*possible_readings(_usual(shapes), near), *_projected_offsets(claimed)]
    if metric is not None:
        crs = parse_crs(metric)
        for reference in (*_fine(store, layer, shapes, known), *([around] if around else [])):
            name, found = reference
            if found.kind == "same" and claimed is not None and lies_as_claimed(shapes, claimed, found.shapes, crs):
                continue
            evidence = weigh(shapes, claimed, readings, found, crs)
            if evidence.count and (evidence.verdict is not None or found.kind == "around"):
                return _findings(evidence, claimed, name, invented=has_demo(store))
    candidates = tuple(Candidate(each) for each in readings)
    if claimed == DEGREES and looks_swapped(bounds):
        return Findings(claimed, candidates, SWAPPED, len(shapes), (Text("imports.coordinates-swapped"),))
    return Findings(claimed, candidates)


def crs_name(named: str) -> str:
    """Return what a reader calls a CRS or a reading: its code and its name, never its whole definition."""
    try:
        crs = parse_crs(named)
    except ValueError:
        quoted = str(named).partition('"')[2].partition('"')[0]
        return (quoted or str(named))[:LONGEST_NAME]
    code = crs.to_epsg()
    return crs.name if code is None else f"EPSG:{code} {crs.name}"


def _findings(evidence: Evidence, claimed: str | None, reference: str, invented: bool) -> Findings:
    fits = [fit for fit in evidence.fits if np.isfinite(fit.median_m)]
    candidates = tuple(Candidate(fit.reading, fit.median_m, reference) for fit in fits)
    verdict = evidence.verdict
    if verdict is None or claimed is None or verdict == claimed:
        # Without a claim the import stops and lists the candidates; nothing is to be said beside them.
        return Findings(
            claimed, candidates, verdict, evidence.count, () if invented else _elsewhere(evidence, reference)
        )
    before = evidence.as_is.median_m if evidence.as_is is not None else float("inf")
    after = next(fit.median_m for fit in evidence.fits if np.isfinite(fit.median_m))
    key = verdict.partition("+")[0]
    says = {
        "count": evidence.count,
        "layer": catalogue().layer(reference).label,
        "before": _distance(before) if np.isfinite(before) else Text("imports.nowhere"),
        "after": _distance(after),
        "flag": verdict,
    }
    if key in OFFSET_NAMES:
        text = Text("imports.offset-suspected", name=OFFSET_NAMES[key], **says, **_moved(evidence))
    elif key == SWAPPED:
        text = Text("imports.swapped-suspected", **says)
    else:
        text = Text("imports.crs-suspected", **says)
    return Findings(claimed, candidates, verdict, evidence.count, (text,))


def _moved(evidence: Evidence) -> dict[str, object]:
    """Say how far, and where to, the verdict's offset has moved things; Mercator metres are not moved but others."""
    if evidence.moved is None:
        return {"moved": ""}
    metres, degrees = evidence.moved
    toward = Text(f"imports.toward-{COMPASS[round(degrees / 45) % 8]}")
    return {"moved": Text("imports.moved", distance=_distance(metres), toward=toward)}


def _elsewhere(evidence: Evidence, reference: str) -> tuple[Text, ...]:
    """Say that a file lies far from everything on record; no reading brings it nearer."""
    away = evidence.as_is.median_m if evidence.as_is is not None else 0.0
    if not np.isfinite(away) or away <= TOWN_M:
        return ()
    layer = catalogue().layer(reference).label
    return (Text("imports.far-away", count=evidence.count, distance=_distance(away), layer=layer),)


def _claimed(named: str | None, bounds: tuple[float, float, float, float]) -> str | None:
    """Return the reading that is used unasked, or None where there is none that these numbers can be."""
    degrees = looks_like_degrees(bounds) and abs(bounds[1]) <= 90 and abs(bounds[3]) <= 90
    if named is None:
        return DEGREES if degrees else None
    if named.partition("+")[0].lower() in (SWAPPED, *OFFSET_NAMES):
        first, plus, system = named.partition("+")
        return first.lower() + plus + system
    try:
        crs = parse_crs(named)
    except ValueError:
        return None
    if is_geographic_wgs84_like(crs):
        return DEGREES if degrees else None
    code = crs.to_epsg()
    return None if crs.is_geographic and not degrees else named if code is None else f"EPSG:{code}"


def _projected_offsets(claimed: str | None) -> list[str]:
    if claimed is None or claimed == DEGREES or claimed.partition("+")[0] in (SWAPPED, *OFFSET_NAMES):
        return []
    return [f"{offset}+{claimed}" for offset in ("gcj02", "bd09")]


def _fine(
    store: Store, layer: Layer, shapes: np.ndarray, known: Mapping[str, Feature] | None
) -> list[tuple[str, Reference]]:
    """Return references that show a shift of some hundred metres: the layer itself, or what its things lie on."""
    found = []
    if known is not None:
        own = np.array([each.geometry for each in known.values() if each.geometry is not None], dtype=object)
    else:
        own = _shapes(store, layer.id)
    if len(own) >= FEWEST or (len(own) and len(shapes) < FEWEST):
        found.append((layer.id, Reference(own, "same")))
    lines = bool((shapely.get_dimensions(shapes) == 1).any())
    other = "roads" if lines else "courtyards" if layer.id == "buildings" else "buildings"
    if other != layer.id:
        beside = _shapes(store, other, drawn=True)
        if len(beside) >= FEWEST:
            found.append((other, Reference(beside, "among")))
    return found


def _around(store: Store) -> tuple[str, Reference] | None:
    for name in AROUND:
        shapes = _shapes(store, name)
        if len(shapes):
            return name, Reference(shapes, "around")
    return None


def _shapes(store: Store, layer: str, drawn: bool = False) -> np.ndarray:
    """Return the shapes on record; `drawn` leaves out those that were derived from others."""
    if not 0 < store.count(layer) <= MOST_REFERENCE:
        return np.array([], dtype=object)
    derived = "geometry_derived" in catalogue().layer(layer).by_name
    frame = store.read(layer, Query(columns=("code", "geometry_derived") if derived else ("code",)))
    if drawn and derived:
        frame = frame[~frame["geometry_derived"].fillna(False).astype(bool)]
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    return shapes[shapely.get_num_geometries(shapes) > 0]


def _usual(shapes: np.ndarray) -> tuple[float, float, float, float]:
    """Return the bounds of nearly all shapes: a few that lie astray must not hide what the others are."""
    low, high = np.percentile(shapely.bounds(shapes), (ASTRAY, 100 - ASTRAY), axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def _middle(around: Reference) -> tuple[float, float]:
    west, south, east, north = shapely.total_bounds(around.shapes)
    return (west + east) / 2, (south + north) / 2


def _distance(metres: float) -> str:
    if metres >= 10 * KILOMETRE:
        return f"{metres / KILOMETRE:,.0f} km"
    return f"{metres:,.0f} m" if metres >= 10 else f"{metres:.1f} m"
