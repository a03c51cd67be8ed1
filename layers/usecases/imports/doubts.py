"""What would be absurd is asked before it is written: each doubt with its figures, and the word that says yes to it.

A doubt is no fault: every row may be right. But a file that moves most of what is on record, or lies in another
district, is far more often a mistake than the truth, and nobody would see it in the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from pyproj import CRS

from geo.places import (
    METRES_PER_DEGREE,
    OFFSET_NAMES,
    from_lonlat,
    in_china,
    parse_crs,
    possible_readings,
    read_as,
    representative_points,
)
from layers.catalogue import Label, Layer, catalogue
from layers.errors import Fault, ImportRejected
from layers.formats.table import DOTTED, DOTTED_MEANING, RawTable
from layers.model.feature import Feature
from layers.model.values import codes_in
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits.demo import has_demo
from layers.usecases.edits.pending import Pending
from layers.usecases.imports.overlapping import GEOMETRY, differing

Kind = Literal["moved", "overwritten", "outside", "no-buildings", "twice", "no-contracts", "part", "dotted"]
KINDS: tuple[Kind, ...] = ("moved", "overwritten", "outside", "no-buildings", "twice", "no-contracts", "part", "dotted")

Box = tuple[float, float, float, float]

MOVED_M, FAR_M = 50.0, 5_000.0  # most of the known ones so far, or a single one
FEWEST_MOVED, FEWEST_OVERWRITTEN, FEWEST_OUTSIDE, FEWEST_TWICE = 3, 10, 3, 3
FEWEST_BARE = 3
FEWEST_COARSE = 3
ONE_AT_A_PLACE = ("buildings", "courtyards")
BESIDE_M, ELSEWHERE_M = 2_000.0, 20_000.0  # a station across the border serves the district, one far away does not
UNDONE = ("gcj02", "bd09")
FITS_M, CLEARER = 150.0, 3.0
AROUND = ("districts", "streets", "communities")
OWN_BOOKKEEPING = frozenset({"source", "geometry_derived"})
FOLLOWING = ("unmanaged_stated_on", "house_numbers")  # a ledger fills and empties them by itself
COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
SHOWN = 8


@dataclass(frozen=True)
class Doubt:
    """What is asked before it is written; `kind` is the word that says yes."""

    kind: Kind
    text: Text


@dataclass(frozen=True)
class Coming:
    """What a file brings to one layer: code → row of what comes in, and code → its shape as it stands in the file."""

    layer: Layer
    rows: Mapping[str, int]
    raw: Mapping[str, shapely.Geometry]


def doubts_of(store: Store, pending: Pending, coming: Coming) -> tuple[list[Doubt], list[Text]]:
    """Look for what would be absurd in a file that was laid beside what is on record, and for what is to be told."""
    abroad = _abroad(store, pending, coming)
    if abroad or has_demo(store):
        return abroad, []  # the demo makes way for real records, or is there to be tried out
    metric = store.setting("metric_crs")
    found: list[Doubt] = []
    told: list[Text] = []
    if coming.layer.spatial and metric is not None:
        found, told = _moved(pending, coming, metric)
        found += _outside(store, pending, coming)
        found += _twice(pending, coming)
    told += [*_coarse(coming), *emptied(pending, coming.layer, coming.rows)]
    found += _overwritten(pending, coming, places=not any(each.kind == "moved" for each in found))
    if coming.layer.id == "courtyards" and not any(each.kind == "outside" for each in found):
        courtyards = pending.layer("courtyards")
        claims = [courtyards[code] for code in coming.rows if _drawn(courtyards[code]) or _listed(courtyards[code])]
        if len(claims) >= FEWEST_BARE:  # a new one may come before its buildings
            found += _without_buildings(pending, claims)
    return found, told


def of_file(table: RawTable) -> list[Doubt]:
    """Ask about what a file itself shows: that its server has more, and degrees that have points alone."""
    found: list[Doubt] = []
    if (total := table.choices.get("in_all")) is not None:
        known = Text("doubts.in-all", total=total) if total.isdecimal() else ""
        found.append(Doubt("part", Text("doubts.part", count=len(table), known=known)))
    if (cell := table.choices.get(DOTTED)) is not None:
        found.append(Doubt("dotted", Text("doubts.dotted", value=cell, meaning=table.choices[DOTTED_MEANING])))
    return found


def around(store: Store) -> tuple[str, Box | None]:
    """Return the layer that shows where the district lies, and its box; None where nothing of the kind is on record."""
    boxes = ((name, store.extent(name).bbox) for name in AROUND)
    return next(((name, box) for name, box in boxes if box is not None), ("", None))


def asked(doubts: Iterable[Doubt], allowed: Collection[str]) -> list[Fault]:
    """Return what nobody said yes to; each says how to."""
    return [Fault(each.text, {"parameter": "allow", "value": each.kind}) for each in doubts if each.kind not in allowed]


def refuse(doubts: Iterable[Doubt], allowed: Collection[str]) -> None:
    """Refuse what nobody said yes to, as ImportRejected."""
    if faults := asked(doubts, allowed):
        raise ImportRejected(*faults)


def _without_buildings(pending: Pending, courtyards: Sequence[Feature]) -> list[Doubt]:
    """Ask about courtyards of which not one has a building, though there are buildings on record."""
    buildings = pending.layer("buildings")
    if not courtyards or not buildings:
        return []
    own = {str(each.properties["code"]) for each in courtyards}
    if any(each.properties.get("courtyard_code") in own for each in buildings.values()):
        return []
    listed, _ = codes_in([_listed(each) for each in courtyards], np.array(list(buildings), dtype=str))
    if len(listed) or _reach_any(courtyards, buildings.values()):
        return []
    text = Text("doubts.no-buildings", count=len(courtyards), buildings=len(buildings))
    return [Doubt("no-buildings", text)]


def _listed(courtyard: Feature) -> tuple[str, ...]:
    value = courtyard.properties.get("building_codes")
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _reach_any(courtyards: Sequence[Feature], buildings: Iterable[Feature]) -> bool:
    """Say whether any building lies in a courtyard's boundary."""
    areas = [each.geometry for each in courtyards if each.geometry is not None]
    shapes = np.array([each.geometry for each in buildings if each.geometry is not None], dtype=object)
    if not areas or not len(shapes):
        return False
    return bool(len(shapely.STRtree(representative_points(shapes)).query(areas, predicate="intersects")[0]))


def _moved(pending: Pending, coming: Coming, metric: str) -> tuple[list[Doubt], list[Text]]:
    """Ask about known codes that lie elsewhere than on record, where they are most or one is far; tell of a few."""
    here, now = pending.on_record(coming.layer.id), pending.layer(coming.layer.id)
    both = [code for code in coming.rows if code in here and _drawn(here[code]) and now[code].geometry is not None]
    redrawn = [code for code in both if now[code].geometry is not here[code].geometry]  # the others lie where they lay
    if not redrawn:
        return [], []
    crs = parse_crs(metric)
    before = _metres(np.array([here[code].geometry for code in redrawn], dtype=object), crs)
    after = _metres(np.array([now[code].geometry for code in redrawn], dtype=object), crs)
    away = np.hypot(*(after - before).T)
    moved = away > MOVED_M
    most = moved.sum() >= FEWEST_MOVED and moved.sum() * 2 > len(both)
    if not moved.any():
        return [], []
    far = away > FAR_M
    shown = far if far.any() and not most else moved
    distance = float(np.median(away[shown]))
    codes = [code for code, each in zip(redrawn, shown, strict=True) if each]
    said = {
        "count": len(codes), "known": len(both), "distance": f"{distance:,.0f} m",
        "toward": Text(f"imports.toward-{_compass((after - before)[shown])}"), "which": codes[:SHOWN],
        "hint": _undone(coming, codes, before[shown], distance, crs),
    }  # fmt: skip
    asks = most or bool(far.any())
    return ([Doubt("moved", Text("doubts.moved", **said))], []) if asks else ([], [Text("doubts.moved-few", **said)])


def _drawn(feature: Feature) -> bool:
    return feature.geometry is not None and not feature.properties.get("geometry_derived")


def _metres(shapes: np.ndarray, crs: CRS) -> np.ndarray:
    return shapely.get_coordinates(representative_points(from_lonlat(shapes, crs)))


def _compass(away: np.ndarray) -> str:
    east, north = np.median(away, axis=0)
    return COMPASS[round(float(np.degrees(np.arctan2(east, north)) % 360) / 45) % 8]


def _undone(coming: Coming, codes: list[str], before: np.ndarray, distance: float, crs: CRS) -> Text | str:
    """Say whether a published offset explains it; only where the file's own numbers are degrees."""
    raw = np.array([coming.raw.get(code) for code in codes], dtype=object)
    if any(each is None for each in raw) or np.abs(shapely.total_bounds(raw)).max() > 180:
        return ""
    for reading in UNDONE:
        left = float(np.median(np.hypot(*(_metres(read_as(raw, reading), crs) - before).T)))
        if left <= FITS_M and CLEARER * left <= distance:
            return Text("doubts.moved-offset", name=OFFSET_NAMES[reading], left=f"{left:,.1f} m", flag=reading)
    return ""


def _overwritten(pending: Pending, coming: Coming, places: bool) -> list[Doubt]:
    """Ask about a file that overwrites more than half of what is on record; blanks that it fills are not counted."""
    here, now = pending.on_record(coming.layer.id), pending.layer(coming.layer.id)
    fields: Counter[str] = Counter()
    changed = 0
    for code in (code for code in coming.rows if code in here and now[code] is not here[code]):
        names = [each for each in differing(coming.layer, here[code], now[code]) if _said(here[code], each, places)]
        fields.update(names)
        changed += bool(names)
    if changed < FEWEST_OVERWRITTEN or changed * 2 <= len(here):
        return []
    listed = [Text("doubts.field", field=_label(coming.layer, name), count=n) for name, n in fields.most_common(SHOWN)]
    share = f"{100 * changed / len(here):.0f}"
    text = Text("doubts.overwritten", changed=changed, total=len(here), share=share, fields=listed)
    return [Doubt("overwritten", text)]


def _coarse(coming: Coming) -> list[Text]:
    """Tell of degrees that most points give with so few decimals that they may lie a kilometre off."""
    points = [each for each in coming.raw.values() if isinstance(each, shapely.Point) and not each.is_empty]
    few = [each for each in points if abs(each.x) <= 180 and (each.x, each.y) == (round(each.x, 2), round(each.y, 2))]
    if len(few) < FEWEST_COARSE or 2 * len(few) <= len(points):
        return []
    return [Text("doubts.coarse", count=len(few), total=len(points))]


def emptied(pending: Pending, layer: Layer, codes: Iterable[str]) -> list[Text]:
    """Tell how many values on record a file leaves empty, where its cells are blank."""
    here, now = pending.on_record(layer.id), pending.layer(layer.id)
    fields: Counter[str] = Counter()
    for code in (code for code in codes if code in here and now[code] is not here[code]):
        gone = [each for each in differing(layer, here[code], now[code]) if each not in (GEOMETRY, *FOLLOWING)]
        fields.update(each for each in gone if _said(here[code], each, False) and not _said(now[code], each, False))
    listed = [Text("doubts.field", field=_label(layer, name), count=n) for name, n in fields.most_common(SHOWN)]
    return [Text("doubts.emptied", layer=layer.label, fields=listed)] if listed else []


def _said(feature: Feature, name: str, places: bool) -> bool:
    """Say whether a record had something to say in a field."""
    if name == GEOMETRY:
        return places and _drawn(feature)
    return name not in OWN_BOOKKEEPING and feature.properties.get(name) not in (None, (), "")


def _label(layer: Layer, name: str) -> Label | Text:
    return Text("imports.shape") if name == GEOMETRY else layer.field(name).label


def _outside(store: Store, pending: Pending, coming: Coming) -> list[Doubt]:
    """Ask about places outside the district: all of them, or a few far away."""
    name, box = around(store)
    now = pending.layer(coming.layer.id)
    given = {code: row for code, row in coming.rows.items() if now[code].geometry is not None}
    if box is None or not given:
        return []
    bounds = shapely.bounds(np.array([now[code].geometry for code in given], dtype=object))
    away = _away_m(bounds, box)
    margin = ELSEWHERE_M if coming.layer.id in AROUND else BESIDE_M
    label, distance = catalogue().layer(name).label, f"{np.median(away) / 1000:,.0f} km"
    if (away > margin).all():
        text = Text("doubts.all-outside", count=len(given), layer=label, distance=distance)
        return [Doubt("outside", text)]
    far = away > ELSEWHERE_M
    if not far.any() or len(given) < FEWEST_OUTSIDE:
        return []
    rows = [row for row, each in zip(given.values(), far, strict=True) if each]
    text = Text("doubts.some-outside", count=len(rows), total=len(given), layer=label, rows=rows[:SHOWN])
    return [Doubt("outside", text)]


def _abroad(store: Store, pending: Pending, coming: Coming) -> list[Doubt]:
    """Ask about places of which not one is in China, where the file's numbers mean places in China in another system.

    Where a district on record says where the workspace lies, it decides; and places abroad may be right.
    """
    if not coming.layer.spatial or (around(store)[1] is not None and not has_demo(store)):
        return []
    now = pending.layer(coming.layer.id)
    codes = [code for code in coming.rows if now[code].geometry is not None]
    shapes = np.array([now[code].geometry for code in codes], dtype=object)
    if not len(shapes) or in_china(shapely.bounds(shapes)).any():
        return []
    raw = np.array([coming.raw[code] for code in codes if coming.raw.get(code) is not None], dtype=object)
    box = shapely.total_bounds(raw)
    middle = np.array([shapely.Point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)], dtype=object)
    readings = possible_readings((box[0], box[1], box[2], box[3])) if np.abs(box).max() > 360 else []
    likelier = [each for each in readings if in_china(shapely.bounds(read_as(middle, each))).all()]
    if not likelier:
        return []
    lon, lat = (f"{each:.4g}" for each in shapely.total_bounds(shapes)[:2])
    return [Doubt("outside", Text("doubts.abroad", count=len(shapes), lon=lon, lat=lat, likelier=likelier[:SHOWN]))]


def _twice(pending: Pending, coming: Coming) -> list[Doubt]:
    """Ask about new buildings or courtyards most of which lie on one that is on record under another code."""
    if coming.layer.id not in ONE_AT_A_PLACE:
        return []
    here, now = pending.on_record(coming.layer.id), pending.layer(coming.layer.id)
    new = [code for code in coming.rows if code not in here and now[code].geometry is not None]
    others = [code for code, each in here.items() if code not in coming.rows and _drawn(each)]
    if len(new) < FEWEST_TWICE or not others:
        return []
    tree = shapely.STRtree(np.array([here[code].geometry for code in others], dtype=object))
    points = representative_points(np.array([now[code].geometry for code in new], dtype=object))
    hits, over = tree.query(points, predicate="intersects")
    first = dict(zip(hits.tolist()[::-1], over.tolist()[::-1], strict=True))
    if len(first) * 2 <= len(new):
        return []
    pairs = [f"{new[place]} / {others[first[place]]}" for place in sorted(first)[:SHOWN]]
    return [Doubt("twice", Text("doubts.twice", count=len(first), new=len(new), pairs=pairs))]


def _away_m(bounds: np.ndarray, box: Box) -> np.ndarray:
    """Return how far boxes lie from a box, in metres and roughly."""
    aside = np.cos(np.radians((box[1] + box[3]) / 2)) * METRES_PER_DEGREE
    across = np.maximum(0, np.maximum(box[0] - bounds[:, 2], bounds[:, 0] - box[2])) * aside
    up = np.maximum(0, np.maximum(box[1] - bounds[:, 3], bounds[:, 1] - box[3])) * METRES_PER_DEGREE
    return np.hypot(across, up)
