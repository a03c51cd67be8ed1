"""GeoJSON of every kind, parsed strictly and feature by feature (RFC 7946; the older `crs` member is honoured)."""

from __future__ import annotations

import codecs
import re
from typing import Any

import msgspec
import numpy as np

from layers.errors import Fault, UnsupportedMedia
from layers.formats import encodings, wkb
from layers.formats.readers import esrijson
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text

CRS84 = "OGC:CRS84"
LIST_SEPARATOR = ";"
UNSAID = "?"
LONGEST_REASON = 120
NOT_JSON_NUMBER = re.compile(rb"-?(NaN|Infinity|nan|inf)")
SPATIAL_REFERENCE = re.compile(r"/epsg/(?:\d+/)?(\d{4,6})(?:/|$)", re.IGNORECASE)
BYTE_PLACE = re.compile(r"\(byte (\d+)\)")


class Geometry(msgspec.Struct, tag_field="type"):
    """Any geometry; subclasses are told apart by their ``type``."""


class Point(Geometry):
    """One position."""

    coordinates: list[float]


class MultiPoint(Geometry):
    """Several positions."""

    coordinates: list[list[float]]


class LineString(Geometry):
    """Positions in a row."""

    coordinates: list[list[float]]


class MultiLineString(Geometry):
    """Several lines."""

    coordinates: list[list[list[float]]]


class Polygon(Geometry):
    """A shell and its holes."""

    coordinates: list[list[list[float]]]


class MultiPolygon(Geometry):
    """Several polygons."""

    coordinates: list[list[list[list[float]]]]


class GeometryCollection(Geometry):
    """Any geometries together."""

    geometries: list[AnyGeometry]


AnyGeometry = Point | MultiPoint | LineString | MultiLineString | Polygon | MultiPolygon | GeometryCollection
GEOMETRY_TYPES = {each.__name__ for each in AnyGeometry.__args__}


class Head(msgspec.Struct):
    """The outermost object, its features still in text."""

    type: str | None = None
    features: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    crs: Any = None
    # Members of Esri's, which is another format under the same ending.
    esri_type: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="geometryType")
    esri_reference: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="spatialReference")
    esri_aliases: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="fieldAliases")
    # What servers say of an answer, whatever they write there: how many there are in all, or why there are none.
    exceeded: Any = msgspec.field(default=None, name="exceededTransferLimit")
    matched: Any = msgspec.field(default=None, name="numberMatched")
    total: Any = msgspec.field(default=None, name="totalFeatures")
    properties: Any = None
    links: Any = None
    error: Any = None
    exceptions: Any = None
    description: Any = None

    @property
    def is_esri(self) -> bool:
        """Whether it is a feature set of Esri's."""
        if self.type is not None or self.features is msgspec.UNSET:
            return False
        marks = (self.esri_type, self.esri_reference, self.esri_aliases)
        there = any(mark is not msgspec.UNSET for mark in marks)
        return there or bool(self.features and esrijson.is_feature(self.features[0]))

    def in_all(self) -> str | None:
        """Return how many features there are where this is a part of them, "?" where it does not say how many."""
        if self.features is msgspec.UNSET:
            return None
        for total in (self.matched, self.total):
            if isinstance(total, int) and total > len(self.features):
                return str(total)
        more = self.properties.get("exceededTransferLimit") if isinstance(self.properties, dict) else None
        links = self.links if isinstance(self.links, list) else []
        goes_on = any(isinstance(each, dict) and each.get("rel") == "next" for each in links)
        return UNSAID if True in (self.exceeded, more) or goes_on else None

    def refusal(self) -> str:
        """Return what a server says instead of an answer, or nothing."""
        first = self.exceptions[0] if isinstance(self.exceptions, list) and self.exceptions else None
        for said in (self.error, first, {"message": self.description}):
            text = said
            if isinstance(said, dict):
                text = next((said[name] for name in ("message", "text", "description") if said.get(name)), None)
            if isinstance(text, str) and text.strip():
                return " ".join(text.split())[:LONGEST_REASON]
        return ""


class Feature(msgspec.Struct):
    """One feature; the geometry is parsed apart, so that a broken one costs no more than itself."""

    type: str | None = None
    id: str | int | float | None = None
    properties: dict[str, Any] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


_head = msgspec.json.Decoder(Head)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_feature = msgspec.json.Decoder(Feature)
_geometry = msgspec.json.Decoder(AnyGeometry)


def read(job: Job, sink: Sink) -> None:
    """Read a GeoJSON file into one table."""
    data = _utf8(job, sink)
    start = data[:64].lstrip()
    if start.startswith(b"\x1e"):
        raise _refusal("formats.geojson-lines", job)
    crs, is_geojson = None, True
    try:
        if start.startswith(b"["):
            features, is_geojson = _array.decode(data), False
            sink.note(Text("formats.geojson-bare-array"))
        else:
            head = _head.decode(data)
            if (total := head.in_all()) is not None:
                sink.choices["in_all"] = total
            if head.is_esri:
                esrijson.read(data, job, sink)
                return
            features, crs = _features(head, data, job), _named_crs(head.crs)
    except RecursionError as error:
        raise _refusal("formats.too-deep", job) from error
    except msgspec.MsgspecError as error:
        raise _broken(data, error, job) from error
    except UnicodeDecodeError as error:
        raise _refusal("formats.json-text", job) from error
    sink.table(job.name)
    extent = _Extent()
    for first in range(0, len(features), BATCH_ROWS):
        _Rows(sink, first + 1, extent).send(features[first : first + BATCH_ROWS])
    sink.end(_decide_crs(crs, extent, is_geojson, sink))


def _features(head: Head, data: bytes, job: Job) -> list[msgspec.Raw]:
    if head.type == "Topology":
        raise _refusal("formats.topojson", job)
    if head.type == "FeatureCollection" and head.features is not msgspec.UNSET:
        return head.features
    if head.type == "Feature" or head.type in GEOMETRY_TYPES:
        return [msgspec.Raw(data)]
    if head.features is msgspec.UNSET and (said := head.refusal()):
        raise UnsupportedMedia(Fault(Text("formats.json-refusal", reason=said), {"file": job.file}))
    raise _refusal("formats.json-not-geojson", job)


class _Extent:
    """Watches whether all coordinates could be degrees."""

    def __init__(self) -> None:
        self.degrees = True
        self.any = False

    def see(self, positions: np.ndarray) -> None:
        if len(positions):
            self.any = True
            low, high = positions.min(axis=0), positions.max(axis=0)
            if low[0] < -180 or high[0] > 180 or low[1] < -90 or high[1] > 90:
                self.degrees = False


class _Rows:
    """One batch of features turned into columns."""

    def __init__(self, sink: Sink, first: int, extent: _Extent) -> None:
        self.sink, self.first, self.extent = sink, first, extent
        self.columns: dict[str, list[object]] = {}
        self.shapes: list[bytes | None] = []

    def send(self, features: list[msgspec.Raw]) -> None:
        for place, raw in enumerate(features):
            row = self.first + place
            feature = self._parse(raw, row)
            for name, value in (feature.properties or {}).items():
                self._put(name, place, value)
            if feature.id is not None and "id" not in (feature.properties or {}):
                self._put("id", place, feature.id)
            self.shapes.append(self._shape(feature.geometry, row))
        for values in self.columns.values():
            values.extend([None] * (len(features) - len(values)))
        numbers = list(range(self.first, self.first + len(features)))
        self.sink.rows(numbers, self.columns, self.shapes)

    def _put(self, name: str, place: int, value: object) -> None:
        values = self.columns.setdefault(name, [])
        values.extend([None] * (place - len(values)))
        values.append(_plain(value))

    def _parse(self, raw: msgspec.Raw, row: int) -> Feature:
        try:
            feature = _feature.decode(raw)
        except (msgspec.MsgspecError, RecursionError):
            self.sink.fault(Text("formats.feature-broken"), row=row)
            return Feature()
        if feature.type in GEOMETRY_TYPES:
            return Feature(geometry=raw)
        if feature.type not in ("Feature", None):
            self.sink.fault(Text("formats.feature-broken"), row=row)
        return feature

    def _shape(self, raw: msgspec.Raw, row: int) -> bytes | None:
        if bytes(raw) == b"null":
            return None
        builder = wkb.Builder()
        try:
            shape = _build(_geometry.decode(raw), builder, self.sink.limits.nesting, self.extent)
        except wkb.BadGeometry as error:
            self.sink.bad_shape(row, error)
            return None
        except RecursionError:
            self.sink.fault(Text("formats.geometry-too-deep", limit=self.sink.limits.nesting), row=row)
            return None
        except msgspec.MsgspecError as error:
            self.sink.fault(Text("formats.geometry-json", reason=str(error)), row=row)
            return None
        if builder.closed:
            self.sink.closed_ring(row)
        return shape


def _build(geometry: AnyGeometry, builder: wkb.Builder, deeper: int, extent: _Extent) -> bytes | None:
    if isinstance(geometry, GeometryCollection):
        if deeper <= 0:
            raise wkb.BadGeometry("formats.geometry-too-deep", limit=deeper)
        parts = [_build(each, builder, deeper - 1, extent) for each in geometry.geometries]
        return wkb.collect(wkb.COLLECTION, parts)
    match geometry:
        case Point(place):
            return builder.point(_positions([place], extent)[0]) if place else None
        case LineString(line):
            return builder.line(_positions(line, extent))
        case Polygon(rings):
            return builder.polygon([_positions(ring, extent) for ring in rings])
        case MultiPoint(places):
            return wkb.collect(wkb.MULTIPOINT, [builder.point(each) for each in _positions(places, extent)])
        case MultiLineString(lines):
            return wkb.collect(wkb.MULTILINE, [builder.line(_positions(each, extent)) for each in lines])
        case MultiPolygon(polygons):
            parts = [builder.polygon([_positions(ring, extent) for ring in rings]) for rings in polygons]
            return wkb.collect(wkb.MULTIPOLYGON, parts)


def parse_shape(text: str, nesting: int) -> bytes | None:
    """Return a geometry of GeoJSON, such as a cell of a table holds, as WKB; BadGeometry where it is none."""
    try:
        return _build(_geometry.decode(text), wkb.Builder(), nesting, _Extent())
    except (msgspec.MsgspecError, RecursionError) as error:
        raise wkb.BadGeometry("formats.geometry-json", reason=str(error)[:LONGEST_REASON]) from error


def _positions(positions: list[list[float]], extent: _Extent) -> np.ndarray:
    if not positions:
        return np.empty((0, 2))
    try:
        array = np.array([position[:2] for position in positions], dtype=float)
    except ValueError as error:
        raise wkb.BadGeometry("formats.position-short") from error
    if array.ndim != 2 or array.shape[1] != 2:
        raise wkb.BadGeometry("formats.position-short")
    extent.see(array)
    return array


def _plain(value: object) -> object:
    """Return a property as a table's cell: a list of plain values joined, anything deeper as JSON text."""
    if isinstance(value, list):
        if all(isinstance(each, (str, int, float)) for each in value):
            return LIST_SEPARATOR.join(str(each) for each in value) or None
        return msgspec.json.encode(value).decode()
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def _named_crs(crs: object) -> str | None:
    """Return what a `crs` member of the 2008 specification names."""
    if not isinstance(crs, dict) or not isinstance(crs.get("properties"), dict):
        return None
    name, code = crs["properties"].get("name"), crs["properties"].get("code")
    if crs.get("type") == "EPSG" and isinstance(code, (int, str)):  # as drafts of the specification had it
        return f"EPSG:{code}"
    link = SPATIAL_REFERENCE.search(str(crs["properties"].get("href") or ""))
    if link is not None:
        return f"EPSG:{link[1]}"
    if not isinstance(name, str):
        return None
    found = re.fullmatch(r"urn:ogc:def:crs:(\w+):[\w.]*:(\w+)", name.strip())
    return f"{found[1].upper()}:{found[2]}" if found else name.strip()


def _decide_crs(named: str | None, extent: _Extent, is_geojson: bool, sink: Sink) -> str | None:
    if named is not None:
        sink.choices["crs_source"] = "named"
        return named
    if not is_geojson or not extent.any:
        return None
    if not extent.degrees:
        sink.note(Text("formats.geojson-not-degrees"))
        return None
    sink.choices["crs_source"] = "standard"
    return CRS84


def _utf8(job: Job, sink: Sink) -> bytes:
    data = job.path.read_bytes()
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    choice = encodings.guess([data], job.options.encoding, encodings.mark(data[:4096]))
    sink.choices |= {"encoding": choice.encoding, "encoding_source": choice.source}
    if choice.note:
        sink.note(choice.note)
    if choice.encoding in ("utf-8", "utf-8-sig"):
        return data
    try:
        return data.decode(choice.encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise encodings.does_not_fit(choice.encoding) from error


def _refusal(key: str, job: Job) -> UnsupportedMedia:
    return UnsupportedMedia(Fault(Text(key), {"file": job.file}))


def _broken(data: bytes, error: msgspec.MsgspecError, job: Job) -> UnsupportedMedia:
    found = BYTE_PLACE.search(str(error))
    if found is None:
        key = "formats.json-cut-off" if "truncated" in str(error) else "formats.json-not-geojson"
        return _refusal(key, job)
    at = int(found[1])
    if _is_feature(data.lstrip().partition(b"\n")[0]):
        return _refusal("formats.geojson-lines", job)
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    not_number = NOT_JSON_NUMBER.match(data, at) or NOT_JSON_NUMBER.match(data, max(at - 1, 0))
    key = "formats.json-not-a-number" if not_number else "formats.json-broken"
    return UnsupportedMedia(Fault(Text(key, line=line, column=column), {"file": job.file}))


def _is_feature(text: bytes) -> bool:
    try:
        return _feature.decode(text).type == "Feature"
    except (msgspec.MsgspecError, RecursionError):
        return False
