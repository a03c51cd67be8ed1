"""Esri JSON, as ArcGIS writes it: attributes beside geometries of points, paths or rings, in a spatial reference."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import numpy as np

from layers.formats import wkb
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text

DATE = "esriFieldTypeDate"
LARGEST_EPSG = 32767
MOST_NESTED_RINGS = 200  # beyond that holes are told from shells by their direction alone
EPOCH = dt.datetime(1970, 1, 1)


class Feature(msgspec.Struct):
    """One feature; the geometry is parsed apart, so that a broken one costs no more than itself."""

    attributes: dict[str, Any] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class Geometry(msgspec.Struct):
    """Any geometry: what it is shows by its members."""

    x: float | str | None = None
    y: float | str | None = None
    points: list[list[float]] | None = None
    paths: list[list[list[float]]] | None = None
    rings: list[list[list[float]]] | None = None
    curve_paths: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="curvePaths")
    curve_rings: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="curveRings")


class Column(msgspec.Struct):
    """A field as the file describes it."""

    name: str
    type: str = ""
    alias: str | None = None


class Reference(msgspec.Struct):
    """A coordinate system, by number or as well-known text."""

    wkid: int | None = None
    latest: int | None = msgspec.field(default=None, name="latestWkid")
    wkt: str | None = None


class Head(msgspec.Struct):
    """A feature set, its features still in text."""

    features: list[msgspec.Raw]
    geometry_type: str | None = msgspec.field(default=None, name="geometryType")
    reference: Reference | None = msgspec.field(default=None, name="spatialReference")
    fields: list[Column] = []
    aliases: dict[str, str] = msgspec.field(default_factory=dict, name="fieldAliases")


_head = msgspec.json.Decoder(Head)
_feature = msgspec.json.Decoder(Feature)
_geometry = msgspec.json.Decoder(Geometry)


def read(data: bytes, job: Job, sink: Sink) -> None:
    """Read a feature set into one table; MsgspecError where it is none."""
    head = _head.decode(data)
    sink.table(job.name)
    headings, dates = _headings(head), {each.name for each in head.fields if each.type == DATE}
    for first in range(0, len(head.features), BATCH_ROWS):
        rows = _Rows(sink, headings, dates)
        rows.send(head.features[first : first + BATCH_ROWS], first + 1)
    sink.choices["crs_source"] = "named"
    sink.end(_crs(head.reference))


def _headings(head: Head) -> dict[str, str]:
    """Return name → alias, where that is another word and means one column."""
    aliases = {each.name: each.alias for each in head.fields if each.alias} | head.aliases
    several = [alias for alias in aliases.values() if list(aliases.values()).count(alias) > 1]
    return {name: alias for name, alias in aliases.items() if alias and alias not in several}


def _crs(reference: Reference | None) -> str | None:
    if reference is None:
        return None
    number = reference.latest or reference.wkid
    if number is None:
        return reference.wkt
    return f"{'EPSG' if number <= LARGEST_EPSG else 'ESRI'}:{number}"


class _Rows:
    """One batch of features turned into columns."""

    def __init__(self, sink: Sink, headings: dict[str, str], dates: set[str]) -> None:
        self.sink, self.headings, self.dates = sink, headings, dates

    def send(self, features: list[msgspec.Raw], first: int) -> None:
        numbers = list(range(first, first + len(features)))
        cells, shapes = [], []
        for raw, row in zip(features, numbers, strict=True):
            try:
                feature = _feature.decode(raw)
            except (msgspec.MsgspecError, RecursionError):
                self.sink.fault(Text("formats.feature-broken"), row=row)
                feature = Feature()
            cells.append({self._heading(name): self._cell(name, each) for name, each in _items(feature)})
            shapes.append(self._shape(feature.geometry, row))
        names = dict.fromkeys(name for row in cells for name in row)
        self.sink.rows(numbers, {name: [row.get(name) for row in cells] for name in names}, shapes)

    def _heading(self, name: str) -> str:
        return self.headings.get(name, name)

    def _cell(self, name: str, value: object) -> object:
        if name in self.dates and isinstance(value, (int, float)):
            try:
                return EPOCH + dt.timedelta(milliseconds=value)
            except OverflowError:
                return value  # no day: it is looked at as what it is
        return msgspec.json.encode(value).decode() if isinstance(value, (dict, list)) else value

    def _shape(self, raw: msgspec.Raw, row: int) -> bytes | None:
        if bytes(raw) == b"null":
            return None
        builder = wkb.Builder()
        try:
            shape = _build(_geometry.decode(raw), builder)
        except wkb.BadGeometry as error:
            self.sink.bad_shape(row, error)
            return None
        except (msgspec.MsgspecError, RecursionError) as error:
            self.sink.fault(Text("formats.geometry-json", reason=str(error)[:120]), row=row)
            return None
        if builder.closed:
            self.sink.closed_ring(row)
        return shape


def _items(feature: Feature) -> list[tuple[str, object]]:
    return list((feature.attributes or {}).items())


def _build(geometry: Geometry, builder: wkb.Builder) -> bytes | None:
    if geometry.curve_paths is not msgspec.UNSET or geometry.curve_rings is not msgspec.UNSET:
        raise wkb.BadGeometry("formats.geometry-curve")
    if geometry.rings is not None:
        parts = [builder.polygon(rings) for rings in polygons([_positions(ring) for ring in geometry.rings])]
        return parts[0] if len(parts) == 1 else wkb.collect(wkb.MULTIPOLYGON, parts)
    if geometry.paths is not None:
        lines = [builder.line(_positions(path)) for path in geometry.paths]
        return lines[0] if len(lines) == 1 else wkb.collect(wkb.MULTILINE, lines)
    if geometry.points is not None:
        return wkb.collect(wkb.MULTIPOINT, [builder.point(each) for each in _positions(geometry.points)])
    if isinstance(geometry.x, float) and isinstance(geometry.y, float):
        return builder.point(np.array([geometry.x, geometry.y]))
    return None  # an empty point: null or "NaN"


def _positions(positions: list[list[float]]) -> np.ndarray:
    if not positions:
        return np.empty((0, 2))
    if any(len(each) < 2 for each in positions):
        raise wkb.BadGeometry("formats.position-short")
    return np.array([each[:2] for each in positions], dtype=float)


def polygons(rings: list[np.ndarray]) -> list[list[np.ndarray]]:
    """Gather rings into polygons, the shell of each first.

    Shells are clockwise by Esri's rule, but programs do not all keep it: a ring is a hole where an odd number of others
    lies around it. Where there are very many, the direction decides.
    """
    rings = [ring for ring in rings if len(ring)]
    if len(rings) > MOST_NESTED_RINGS:
        return _by_direction(rings)
    around = [[other for other, shell in enumerate(rings) if other != one and _inside(ring[0], shell)]
              for one, ring in enumerate(rings)]  # fmt: skip
    shells = {one: [rings[one]] for one, others in enumerate(around) if len(others) % 2 == 0}
    for one, others in enumerate(around):
        if len(others) % 2:
            nearest = [other for other in others if len(around[other]) == len(others) - 1]
            shells[nearest[0] if nearest and nearest[0] in shells else next(iter(shells))].append(rings[one])
    return list(shells.values())


def _by_direction(rings: list[np.ndarray]) -> list[list[np.ndarray]]:
    found: list[list[np.ndarray]] = []
    for ring in rings:
        x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
        clockwise = float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) <= 0
        if clockwise or not found:
            found.append([ring])
        else:
            found[-1].append(ring)
    return found


def _inside(point: np.ndarray, ring: np.ndarray) -> bool:
    """Say whether a point lies in a ring, by how often a ray from it crosses the ring."""
    x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    across = (y0 > point[1]) != (y1 > point[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (point[1] - y0) * (x1 - x0) / (y1 - y0)
    return bool((across & (point[0] < at)).sum() % 2)
