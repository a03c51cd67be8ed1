"""Put a file's geometry into place: CRS, offsets, dimension, validity; every decision is reported."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from geo import offsets
from geo.crs import guess_projected, looks_swapped, parse_crs, to_lonlat
from geo.measure import representative_points
from geo.validity import force_2d, problems, repair, simplest
from layers.catalogue import Layer
from layers.errors import Fault, InvalidParameter
from layers.formats.table import RawTable
from layers.text import Text

OFFSETS = {"gcj02": offsets.gcj02_to_wgs84, "bd09": offsets.bd09_to_wgs84}
DIMENSIONS = {"Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
              "LinearRing": "line", "Polygon": "polygon", "MultiPolygon": "polygon"}  # fmt: skip
WORLD = (-180.0, -90.0, 180.0, 90.0)
LISTED_ROWS = 12


@dataclass
class Placed:
    """Geometries in longitude and latitude, as the layer stores them, and what was found on the way."""

    geometry: np.ndarray
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def place(layer: Layer, table: RawTable, crs: str | None) -> Placed:
    """Bring a table's geometry to longitude and latitude and into the shape that the layer stores.

    Parameters
    ----------
    crs : str or None
        What the user says: a CRS, ``gcj02`` or ``bd09``; it goes before what the file says.

    Raises
    ------
    InvalidParameter
        The CRS cannot be understood, or there is none and the coordinates are not degrees.
    """
    placed = Placed(force_2d(np.asarray(table.geometry, dtype=object)))
    given = shapely.get_num_geometries(placed.geometry) > 0
    if not given.any():
        placed.notes.append(Text("imports.geometry-missing", count=len(table)))
        return placed
    bounds = shapely.total_bounds(placed.geometry[given])
    if not np.isfinite(bounds).all():
        placed.geometry[~np.isfinite(shapely.bounds(placed.geometry)).all(axis=1) & given] = None
        given = shapely.get_num_geometries(placed.geometry) > 0
        bounds = shapely.total_bounds(placed.geometry[given])
    _project(placed, table, crs, bounds)
    _outside(placed, table)
    _shape(placed, layer, table)
    return placed


def suspected_offset(placed: Placed, on_record: list[shapely.Geometry], metric_crs: str) -> Text | None:
    """Compare what comes in with what the layer has: does it fit much better once an offset is undone?

    It is a suspicion with its evidence; nothing is converted unasked.
    """
    coming = _places(placed.geometry)
    evidence = offsets.undo_evidence(coming, _places(np.array(on_record, dtype=object)), parse_crs(metric_crs))
    if evidence.verdict is None:
        return None
    return Text(
        "imports.offset-suspected",
        name="GCJ-02" if evidence.verdict == "gcj02" else "BD-09",
        flag=evidence.verdict,
        before=round(evidence.medians_m["wgs84"]),
        after=round(evidence.medians_m[evidence.verdict], 1),
        count=evidence.count,
    )


def _places(shapes: np.ndarray) -> np.ndarray:
    """Return a point in each shape: float64[n, 2], rows with nan for none."""
    points = representative_points(shapes)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _project(placed: Placed, table: RawTable, crs: str | None, bounds: np.ndarray) -> None:
    if crs is not None and crs.lower() in OFFSETS:
        name = crs.lower()
        placed.geometry = offsets.shift(placed.geometry, OFFSETS[name])
        placed.notes.append(Text("imports.offset-removed", name="GCJ-02" if name == "gcj02" else "BD-09"))
        return
    named = crs or table.crs
    degrees = bounds[0] >= -180 and bounds[1] >= -90 and bounds[2] <= 180 and bounds[3] <= 90
    if named is None and degrees:
        placed.notes.append(Text("imports.crs-assumed"))
        return
    if named is None:
        candidates = [f"EPSG:{each.to_epsg()}" for each in guess_projected(bounds)]
        text = Text("imports.crs-missing", candidates=candidates or "EPSG:…")
        raise InvalidParameter(Fault(text, {"file": table.name, "parameter": "crs"}))
    try:
        source = parse_crs(named)
    except ValueError as error:
        text = Text("imports.crs-unknown")
        raise InvalidParameter(Fault(text, {"parameter": "crs", "value": str(named)[:80]})) from error
    if source.is_geographic and not degrees:
        candidates = [f"EPSG:{each.to_epsg()}" for each in guess_projected(bounds)]
        text = Text("imports.crs-not-degrees", crs=source.name, candidates=candidates or "EPSG:…")
        raise InvalidParameter(Fault(text, {"file": table.name, "parameter": "crs"}))
    placed.geometry = to_lonlat(placed.geometry, source)
    placed.notes.append(Text("imports.crs-used", crs=source.name))


def _outside(placed: Placed, table: RawTable) -> None:
    """Report coordinates that are no place on earth; hint at swapped columns."""
    bounds = shapely.bounds(placed.geometry)
    given = np.array([shape is not None for shape in placed.geometry])
    with np.errstate(invalid="ignore"):
        inside = (bounds[:, :2] >= WORLD[:2]).all(axis=1) & (bounds[:, 2:] <= WORLD[2:]).all(axis=1)
    empty = shapely.is_empty(placed.geometry)
    for position in np.flatnonzero(given & ~empty & ~inside):
        placed.faults.append(Fault(Text("imports.coordinates-outside"), _row(table, position)))
    usable = given & ~empty & inside
    if usable.any() and looks_swapped(shapely.total_bounds(placed.geometry[usable])):
        placed.notes.append(Text("imports.coordinates-swapped"))


def _shape(placed: Placed, layer: Layer, table: RawTable) -> None:
    """Repair what can be repaired, refuse what the layer does not take, make multi-part what it stores so."""
    found = problems(placed.geometry)
    for position in np.flatnonzero(found == "empty"):
        placed.geometry[position] = None
    broken = np.array([problem is not None and problem not in ("null", "empty") for problem in found], dtype=bool)
    if broken.any():
        placed.geometry, changed = repair(placed.geometry)
        rows = [table.rows[position] for position in np.flatnonzero(changed)]
        if rows:
            placed.notes.append(Text("imports.geometry-repaired", count=len(rows), rows=shortened(rows)))
    for position, shape in enumerate(placed.geometry):
        if shape is None:
            if broken[position]:
                text = Text("imports.geometry-beyond-repair", problem=found[position])
                placed.faults.append(Fault(text, _row(table, position)))
            continue
        if DIMENSIONS.get(shape.geom_type) not in layer.accepts:
            text = Text("imports.geometry-kind", found=shape.geom_type, accepted=list(layer.accepts))
            placed.faults.append(Fault(text, _row(table, position)))
            placed.geometry[position] = None
    placed.geometry = simplest(placed.geometry)
    missing = sum(shape is None for shape in placed.geometry)
    if missing:
        placed.notes.append(Text("imports.geometry-missing", count=missing))


def shortened(rows: list[int]) -> str:
    """List row numbers, cut where there are many."""
    shown = ", ".join(map(str, rows[:LISTED_ROWS]))
    return shown if len(rows) <= LISTED_ROWS else shown + " …"


def _row(table: RawTable, position: int) -> dict[str, object]:
    return {"row": table.rows[position]}
