"""Esri JSON, as ArcGIS writes it: attributes beside geometries of points, paths or rings, in a spatial reference."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import numpy as np

from layers.formats import wkb
from layers.formats.readers.aliases import headings, means_code
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text

DATE = "esriFieldTypeDate"
LARGEST_EPSG = 32767
MOST_NESTED_RINGS = 200  # beyond that holes are told from shells by their direction alone
MOST_ASKED = 4  # corners, and as many middles of sides, by which a ring is seen to lie in another
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # milliseconds are counted there; a day that is meant began at 16:00
# What stands in a position; beyond x and y, heights and measures are null or "NaN" where there are none.
Number = float | str | None


class Feature(msgspec.Struct):
    """One feature; the geometry is parsed apart, so that a broken one costs no more than itself."""

    attributes: dict[str, Any] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class Column(msgspec.Struct):
    """A field as the file describes it."""

    name: str
    type: str = ""
    alias: str | None = None
    domain: Any = None  # whatever a server writes there; looked at in `_coded`


class Reference(msgspec.Struct):
    """A coordinate system, by number or as well-known text."""

    wkid: int | str | None = None
    latest: int | str | None = msgspec.field(default=None, name="latestWkid")
    wkt: str | None = None


class Geometry(msgspec.Struct):
    """Any geometry: what it is shows by its members."""

    x: Number = None
    y: Number = None
    points: list[list[Number]] | None = None
    paths: list[list[list[Number]]] | None = None
    rings: list[list[list[Number]]] | None = None
    xmin: Number = None
    ymin: Number = None
    xmax: Number = None
    ymax: Number = None
    curve_paths: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="curvePaths")
    curve_rings: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="curveRings")
    reference: Reference | None = msgspec.field(default=None, name="spatialReference")


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


def is_feature(data: msgspec.Raw) -> bool:
    """Say whether a feature is one of Esri's, which has attributes where others have properties."""
    try:
        return _feature.decode(data).attributes is not None
    except (msgspec.MsgspecError, RecursionError):
        return False


def read(data: bytes, job: Job, sink: Sink) -> None:
    """Read a feature set into one table; MsgspecError where it is none."""
    head = _head.decode(data)
    sink.table(job.name)
    rows = _Rows(sink, _Fields(head))
    for first in range(0, len(head.features), BATCH_ROWS):
        rows.send(head.features[first : first + BATCH_ROWS], first + 1)
    sink.choices["crs_source"] = "named"
    sink.end(_crs(head.reference or rows.reference))


class _Fields:
    """What a file says of its columns: their headings, which are dates, and the words that codes stand for."""

    def __init__(self, head: Head) -> None:
        self.headings = headings({each.name: each.alias or "" for each in head.fields} | head.aliases)
        self.dates = {each.name for each in head.fields if each.type == DATE}
        self.words = {each.name: _coded(each.domain) for each in head.fields if not means_code(self.heading(each.name))}

    def heading(self, name: str) -> str:
        return self.headings.get(name, name)

    def cell(self, name: str, value: object) -> object:
        if isinstance(value, (dict, list)):
            return msgspec.json.encode(value).decode()
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return value
        if name in self.dates and not isinstance(value, str):
            try:
                return EPOCH + dt.timedelta(milliseconds=value)
            except OverflowError:
                return value  # no day: it is looked at as what it is
        return self.words.get(name, {}).get(value, value)


def _coded(domain: object) -> dict[object, str]:
    """Return code → word of a domain of coded values, such as 1 → 住宅."""
    listed = domain.get("codedValues") if isinstance(domain, dict) else None
    pairs = [each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict)]
    return {
        each["code"]: each["name"]
        for each in pairs
        if isinstance(each.get("code"), (str, int, float)) and isinstance(each.get("name"), str)
    }


def _crs(reference: Reference | None) -> str | None:
    if reference is None:
        return None
    number = str(reference.latest or reference.wkid or "")
    if not number.isdecimal():
        return reference.wkt
    return f"{'EPSG' if int(number) <= LARGEST_EPSG else 'ESRI'}:{number}"


class _Rows:
    """Batches of features turned into columns; `reference` is what the first geometry that names a system names."""

    def __init__(self, sink: Sink, fields: _Fields) -> None:
        self.sink, self.fields = sink, fields
        self.reference: Reference | None = None

    def send(self, features: list[msgspec.Raw], first: int) -> None:
        numbers = list(range(first, first + len(features)))
        cells, shapes = [], []
        for raw, row in zip(features, numbers, strict=True):
            try:
                feature = _feature.decode(raw)
            except (msgspec.MsgspecError, RecursionError):
                self.sink.fault(Text("formats.feature-broken"), row=row)
                feature = Feature()
            items = (feature.attributes or {}).items()
            cells.append({self.fields.heading(name): self.fields.cell(name, each) for name, each in items})
            shapes.append(self._shape(feature.geometry, row))
        names = dict.fromkeys(name for row in cells for name in row)
        self.sink.rows(numbers, {name: [row.get(name) for row in cells] for name in names}, shapes)

    def _shape(self, raw: msgspec.Raw, row: int) -> bytes | None:
        if bytes(raw) == b"null":
            return None
        builder = wkb.Builder()
        try:
            geometry = _geometry.decode(raw)
            self.reference = self.reference or geometry.reference
            shape = _build(geometry, builder)
        except wkb.BadGeometry as error:
            self.sink.bad_shape(row, error)
            return None
        except (msgspec.MsgspecError, RecursionError) as error:
            self.sink.fault(Text("formats.geometry-json", reason=str(error)[:120]), row=row)
            return None
        if builder.closed:
            self.sink.closed_ring(row)
        return shape


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
    west, south, east, north = (_number(each) for each in (geometry.xmin, geometry.ymin, geometry.xmax, geometry.ymax))
    if None not in (west, south, east, north):
        return builder.polygon([np.array([[west, south], [west, north], [east, north], [east, south], [west, south]])])
    x, y = _number(geometry.x), _number(geometry.y)
    return None if x is None or y is None else builder.point(np.array([x, y]))  # null and "NaN" are no point


def _number(value: Number) -> float | None:
    return value if isinstance(value, float) and value == value else None


def _positions(positions: list[list[Number]]) -> np.ndarray:
    if not positions:
        return np.empty((0, 2))
    if any(len(each) < 2 for each in positions):
        raise wkb.BadGeometry("formats.position-short")
    try:
        return np.array([each[:2] for each in positions], dtype=float)
    except ValueError as error:
        raise wkb.BadGeometry("formats.position-short") from error


def polygons(rings: list[np.ndarray]) -> list[list[np.ndarray]]:
    """Gather rings into polygons, the shell of each first.

    Shells are clockwise by Esri's rule, but programs do not all keep it: a ring is a hole where an odd number of others
    lies around it. Where there are very many, the direction decides.
    """
    rings = [ring for ring in rings if len(ring)]
    if len(rings) > MOST_NESTED_RINGS:
        return _by_direction(rings)
    boxes = [(ring.min(axis=0), ring.max(axis=0)) for ring in rings]
    around = [
        [other for other in range(len(rings)) if other != one and _within(boxes[one], boxes[other])
         and _inside(rings[one], rings[other])]
        for one in range(len(rings))
    ]  # fmt: skip
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


def _within(box: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> bool:
    return bool((box[0] >= other[0]).all() and (box[1] <= other[1]).all())


def _inside(ring: np.ndarray, shell: np.ndarray) -> bool:
    """Say whether a ring lies in another, by most of its points, but for those on the other's sides."""
    count = max(1, len(ring) - 1)
    starts = np.arange(0, count, max(1, count // MOST_ASKED))
    middles = (ring[starts] + ring[(starts + 1) % len(ring)]) / 2
    asked = [point for point in (*ring[starts], *middles) if not _on(point, shell)]
    return sum(_surrounds(shell, point) for point in asked) * 2 > len(asked)


def _on(point: np.ndarray, ring: np.ndarray) -> bool:
    """Say whether a point lies on a side of a ring."""
    to_start, to_end = ring[:-1] - point, ring[1:] - point
    across = to_start[:, 0] * to_end[:, 1] - to_start[:, 1] * to_end[:, 0]
    return bool(((across == 0) & ((to_start * to_end).sum(axis=1) <= 0)).any())


def _surrounds(ring: np.ndarray, point: np.ndarray) -> bool:
    """Say whether a point lies in a ring, by how often a ray from it crosses the ring."""
    x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    across = (y0 > point[1]) != (y1 > point[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (point[1] - y0) * (x1 - x0) / (y1 - y0)
    return bool((across & (point[0] < at)).sum() % 2)
