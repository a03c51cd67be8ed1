"""Put a file's geometry into place: CRS, offsets, dimension, validity; every decision is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from pyproj import CRS

from geo.places import (
    OFFSET_NAMES,
    datum_shift,
    holds,
    in_china,
    is_correction,
    looks_swapped,
    older_systems,
    parse_crs,
    possible_readings,
    read_as,
    to_lonlat,
)
from geo.shapes import check_ms, force_2d, problems, repair, simplest
from layers.catalogue import Layer
from layers.errors import Fault, InvalidParameter
from layers.formats.table import RawTable
from layers.model.shapes import shape_problem
from layers.text import Text
from layers.usecases.imports.rounded import minutes_for_decimals, packed_minutes

DIMENSIONS = {"Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
              "LinearRing": "line", "Polygon": "polygon", "MultiPolygon": "polygon"}  # fmt: skip
WORLD = (-180.0, -90.0, 180.0, 90.0)
LISTED_ROWS, SHOWN_CRS = 12, 60
ONE_THING, MANY_PARTS = ("buildings", "stations"), 5
MOST_CHECKED_AGAIN_MS, LINEAR_MS = 10_000.0, 0.001  # of all shapes of a file, beyond what every vertex costs


@dataclass
class Placed:
    """Geometries in longitude and latitude, as the layer stores them, and what was found on the way."""

    geometry: np.ndarray
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def place(layer: Layer, table: RawTable, crs: str | None, candidates: Sequence[object] = ()) -> Placed:
    """Bring a table's geometry to longitude and latitude and into the shape that the layer stores.

    Parameters
    ----------
    crs : str or None
        What the user says: a CRS or a correction (see `geo.places.evidence`); it goes before what the file says.
    candidates : sequence
        What to suggest where the CRS is missing; by default what the values allow.

    Raises
    ------
    InvalidParameter
        The CRS cannot be understood, or there is none and the coordinates are not degrees; the shapes of a file that is
        not in degrees cost too much together.
    """
    placed = Placed(force_2d(np.array(table.geometry, dtype=object)))  # a copy: the table stays as it was read
    given = shapely.get_num_geometries(placed.geometry) > 0
    if not given.any():
        placed.notes.append(Text("imports.geometry-missing", count=len(table)))
        return placed
    bounds = shapely.total_bounds(placed.geometry[given])
    if not np.isfinite(bounds).all():
        placed.geometry[~np.isfinite(shapely.bounds(placed.geometry)).all(axis=1) & given] = None
        given = shapely.get_num_geometries(placed.geometry) > 0
        bounds = shapely.total_bounds(placed.geometry[given])
    _project(placed, table, told_by(table, crs), bounds, candidates or possible_readings(bounds))
    _outside(placed, table)
    if not table.sound or _moved(table, placed):
        _affordable(placed, table)
        _repair(placed, table)
    elif table.repaired:
        placed.notes.append(_repaired(table.repaired))
    _shape(placed, layer, table)
    return placed


def told_by(table: RawTable, crs: str | None) -> str | None:
    """Return what is told of the coordinates: what the user says, or an offset that a heading of the file names."""
    return crs if crs is not None or not is_correction(table.crs) else table.crs


def correction(crs: str | None) -> Text | None:
    """Name the correction that the user asked for beyond a CRS, or None: what stays on record with the data."""
    if not is_correction(crs):
        return None
    first, _, system = str(crs).partition("+")
    name = OFFSET_NAMES.get(first.lower())
    said = Text("imports.correction-swapped") if name is None else Text("imports.correction-offset", name=name)
    return Text("imports.correction-in", correction=said, crs=system) if system else said


def _project(
    placed: Placed, table: RawTable, crs: str | None, bounds: np.ndarray, candidates: Sequence[object]
) -> None:
    said = correction(crs)
    if said is not None:
        placed.geometry = _read(placed.geometry, str(crs))
        placed.notes.append(Text("imports.corrected", correction=said))
        return
    named = crs or _readable(table.crs, placed)
    degrees = bounds[0] >= -180 and bounds[1] >= -90 and bounds[2] <= 180 and bounds[3] <= 90
    if named is None and degrees:
        placed.notes.append(Text("imports.crs-assumed"))
        if told := minutes_for_decimals(placed.geometry):
            placed.notes.append(told)
        return
    listed = list(candidates) or packed_minutes(placed.geometry) or Text("imports.crs-no-idea")
    if named is None:
        text = Text("imports.crs-missing", candidates=listed, older=_older(candidates))
        unreadable = [Fault(note, {"file": table.name}) for note in placed.notes]
        raise InvalidParameter(*unreadable, Fault(text, {"file": table.name, "parameter": "crs"}))
    source = _known(named)
    if crs is None and source.is_projected and degrees:
        text = Text("imports.crs-are-degrees", crs=source.name, x=f"{bounds[0]:.6g}", y=f"{bounds[1]:.6g}")
        raise InvalidParameter(Fault(text, {"file": table.name, "parameter": "crs"}))
    if source.is_geographic and not degrees:
        text = Text("imports.crs-not-degrees", crs=source.name, candidates=listed)
        raise InvalidParameter(Fault(text, {"file": table.name, "parameter": "crs"}))
    if not holds(source, tuple(bounds)):
        text = Text("imports.crs-does-not-hold", crs=source.name, easting=f"{bounds[0]:.0f}", candidates=listed)
        raise InvalidParameter(Fault(text, {"file": table.name, "parameter": "crs"}))
    try:
        placed.geometry = to_lonlat(placed.geometry, source)
    except ValueError as error:
        raise _unknown(named) from error
    placed.notes.append(Text("imports.crs-used", crs=source.name))
    placed.notes += _shift(placed, source)


def _readable(named: str | None, placed: Placed) -> str | None:
    """Return the CRS that a file names; one that nobody can read is as good as none, and is told."""
    if named is None:
        return None
    try:
        parse_crs(named)
    except ValueError:
        placed.notes.append(Text("imports.crs-unreadable", named=named[:SHOWN_CRS]))
        return None
    return named


def _older(candidates: Sequence[object]) -> Text | str:
    """Say which older systems have the same numbers as the likeliest reading; only who made the file can tell."""
    readings = [str(each.params["reading"]) if isinstance(each, Text) else str(each) for each in candidates]
    first = next((parse_crs(each) for each in readings if each.startswith("EPSG:45")), None)
    same = [] if first is None else older_systems(first)
    if not same:
        return ""
    xian, beijing = (f"EPSG:{each.to_epsg()}" for each in same)
    return Text("imports.crs-older", xian=xian, beijing=beijing)


def _shift(placed: Placed, source: CRS) -> list[Text]:
    """Say how exact the places of an older Chinese system can be."""
    west, south, east, north = shapely.total_bounds(placed.geometry)
    found = datum_shift(source, (west + east) / 2, (south + north) / 2)
    if found is None:
        return []
    accuracy = f"{found.accuracy_m:.0f}"
    if found.name is None:
        return [Text("imports.datum-unshifted", crs=source.name, accuracy=accuracy)]
    said = {"crs": source.name, "name": found.name, "area": found.area or "", "accuracy": accuracy}
    return [Text("imports.datum-shifted", **said)]


def _read(geometry: np.ndarray, reading: str) -> np.ndarray:
    try:
        return read_as(geometry, reading)
    except ValueError as error:
        raise _unknown(reading) from error


def _known(named: str) -> CRS:
    try:
        return parse_crs(named)
    except ValueError as error:
        raise _unknown(named) from error


def _unknown(named: str) -> InvalidParameter:
    return InvalidParameter(Fault(Text("imports.crs-unknown"), {"parameter": "crs", "value": str(named)[:80]}))


def _outside(placed: Placed, table: RawTable) -> None:
    """Report coordinates that are no place on earth; hint at swapped columns."""
    bounds = shapely.bounds(placed.geometry)
    given = np.array([shape is not None for shape in placed.geometry])
    with np.errstate(invalid="ignore"):
        inside = (bounds[:, :2] >= WORLD[:2]).all(axis=1) & (bounds[:, 2:] <= WORLD[2:]).all(axis=1)
    empty = shapely.is_empty(placed.geometry)
    for position in np.flatnonzero(given & ~empty & ~inside).tolist():
        placed.faults.append(Fault(Text("imports.coordinates-outside"), _row(table, position)))
    usable = given & ~empty & inside
    if usable.any() and looks_swapped(shapely.total_bounds(placed.geometry[usable])):
        placed.notes.append(Text("imports.coordinates-swapped"))
    elif usable.any() and not in_china(bounds[usable]).any():
        west, south = (f"{each:.4g}" for each in np.median(bounds[usable, :2], axis=0))
        placed.notes.append(Text("imports.abroad", lon=west, lat=south))


def _moved(table: RawTable, placed: Placed) -> bool:
    """Say whether any shape lies elsewhere than in the file: to move a shape rounds it, which may make it invalid."""
    return not np.array_equal(shapely.get_coordinates(table.geometry), shapely.get_coordinates(placed.geometry))


def _affordable(placed: Placed, table: RawTable) -> None:
    """Refuse shapes that, each within its price, cost too much together to be checked again after they were moved."""
    cost_ms = check_ms(placed.geometry, MOST_CHECKED_AGAIN_MS / max(1, len(placed.geometry)))
    beyond_ms = float((cost_ms - LINEAR_MS * shapely.get_num_coordinates(placed.geometry)).sum())
    if beyond_ms > MOST_CHECKED_AGAIN_MS:
        seconds, most = round(beyond_ms / 1000), round(MOST_CHECKED_AGAIN_MS / 1000)
        raise InvalidParameter(Fault(Text("imports.shapes-too-dear", seconds=seconds, most=most), {"file": table.name}))


def _repair(placed: Placed, table: RawTable) -> None:
    """Repair what can be repaired, and report the rest."""
    found = problems(placed.geometry)
    broken = np.array([code is not None and code not in ("null", "empty") for code in found], dtype=bool)
    changed = np.zeros(len(broken), dtype=bool)
    if broken.any():
        placed.geometry, changed = repair(placed.geometry)
    rows = sorted({*table.repaired, *(table.rows[position] for position in np.flatnonzero(changed))})
    if rows:
        placed.notes.append(_repaired([table.shown(row) for row in rows]))
    for position in np.flatnonzero(changed & shapely.is_empty(placed.geometry)).tolist():
        placed.faults.append(Fault(Text("formats.geometry-without-area"), _row(table, position)))
        placed.geometry[position] = None
    for position in np.flatnonzero(broken & ~changed & (found != "nan")).tolist():  # no place on earth, as told already
        text = Text("imports.geometry-beyond-repair", problem=shape_problem(found[position]))
        placed.faults.append(Fault(text, _row(table, position)))
        placed.geometry[position] = None


def _repaired(rows: Sequence[object]) -> Text:
    return Text("imports.geometry-repaired", count=len(rows), rows=shortened(rows))


def _shape(placed: Placed, layer: Layer, table: RawTable) -> None:
    """Refuse what the layer does not take, and give the rest the form that it stores."""
    labels = 0
    taken = [shapely.GeometryType[name.upper()] for name, each in DIMENSIONS.items() if each in layer.accepts]
    others = ~np.isin(shapely.get_type_id(placed.geometry), taken) & (shapely.get_num_geometries(placed.geometry) > 0)
    for position in np.flatnonzero(others & ~shapely.is_empty(placed.geometry)).tolist():
        shape = placed.geometry[position]
        if shape.geom_type == "GeometryCollection":
            shape = placed.geometry[position] = _of_one_kind(shape)
        if shape.geom_type == "GeometryCollection" and layer.geometry == "polygon":
            shape, labelled = _without_label(shape)
            labels += labelled
            placed.geometry[position] = shape
        if DIMENSIONS.get(shape.geom_type) not in layer.accepts:
            text = Text("imports.geometry-kind", found=shape.geom_type, accepted=list(layer.accepts))
            placed.faults.append(Fault(text, _row(table, position)))
            placed.geometry[position] = None
    if labels:
        placed.notes.append(Text("imports.labels-left-out", count=labels))
    placed.notes += _many_parts(placed, layer, table)
    placed.geometry = simplest(placed.geometry)
    missing = int(shapely.is_missing(placed.geometry).sum())
    if missing:
        placed.notes.append(Text("imports.geometry-missing", count=missing))


def _many_parts(placed: Placed, layer: Layer, table: RawTable) -> list[Text]:
    """Say of buildings that are many: a file in which shapes were dissolved holds a town as ten of them."""
    if layer.id not in ONE_THING:
        return []
    parts = shapely.get_num_geometries(placed.geometry)
    many = np.flatnonzero(parts >= MANY_PARTS)
    if not len(many):
        return []
    rows = shortened([table.shown(table.rows[position]) for position in many])
    total = int(parts[many].sum())
    return [Text("imports.many-parts", count=len(many), layer=layer.label, parts=total, rows=rows)]


def _of_one_kind(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a collection as what it collects, where that is all points, all lines or all areas; else itself."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    kinds = {DIMENSIONS.get(each.geom_type) for each in parts}
    if kinds == {"polygon"}:
        return shapely.union_all(parts)
    if kinds == {"line"}:
        return shapely.multilinestrings(parts)
    return shapely.multipoints(parts) if kinds == {"point"} else shape


def _without_label(shape: shapely.Geometry) -> tuple[shapely.Geometry, bool]:
    """Return a collection of areas and of points in them as the areas: the points are where their labels stand."""
    parts = shapely.get_parts(shape)
    areas, points = (parts[shapely.get_dimensions(parts) == each] for each in (2, 0))
    if not len(areas) or len(areas) + len(points) < len(parts):
        return shape, False
    whole = shapely.union_all(areas)
    return (whole, True) if shapely.intersects(whole, points).all() else (shape, False)


def shortened(rows: Sequence[object]) -> str:
    """List row numbers, cut where there are many."""
    shown = ", ".join(map(str, rows[:LISTED_ROWS]))
    return shown if len(rows) <= LISTED_ROWS else shown + " …"


def _row(table: RawTable, position: int) -> dict[str, object]:
    return {"row": table.rows[position]}
