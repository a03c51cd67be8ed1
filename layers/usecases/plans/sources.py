"""What a plan is made from: the community, its buildings, the streets that bound its blocks, its active grids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import CRS

from geo.places import from_lonlat, metric_crs, parse_crs, representative_points, to_lonlat
from geo.shapes import locate, round_coordinates, usable
from layers.errors import Conflict, Fault, NotFound
from layers.model.feature import Feature, code_of
from layers.store.protocol import Query, Store
from layers.text import Text

if TYPE_CHECKING:
    import geopandas as gpd

DECIMALS = 10
"""Of stored degrees: a hundredth of a millimetre. So coarse that degrees → metres → degrees is the identity bit by
bit, which keeps a border shared between a cell that was just edited and one that was read from the workspace."""

INSIDE_BLOCKS = ("service", "track", "path")
"""Classes of roads that bound no block: they lead into compounds, and a border along them would cut through one."""

POINT_RADIUS_M = 4.0
"""Of the disc that stands for a building that is on record as a point."""

CLEAR_M = 1e-3
"""How near a boundary may come to itself."""

IN_SCOPE_USES = ("residential", "mixed", "unknown")
WEIGHTS = ("households", "population", "elderly_60")
_OF_BUILDINGS = ("code", "community_code", "courtyard_code", "use", "in_scope", *WEIGHTS)
_OF_ROADS = ("class", "barrier", "tunnel", "level")


@dataclass(frozen=True, eq=False)
class Buildings:
    """Buildings in a fixed order, and what they count.

    Attributes
    ----------
    codes : list of str
    at : dict of code to position
    footprints : object[m] of Polygon or MultiPolygon, metric
    weights : float64[m, 3]
        Households, population, people of 60 and older; 0 for a building that the indicators leave out.
    known : bool[m, 3]
        Whether it is on record.
    counted : bool[m]
        Whether the indicators count it.
    courtyards : object[m] of str or None
        The codes of the courtyards that the buildings name.
    revision : int
        Of the layer of buildings.
    """

    codes: list[str]
    at: dict[str, int]
    footprints: np.ndarray
    weights: np.ndarray
    known: np.ndarray
    counted: np.ndarray
    courtyards: np.ndarray
    revision: int


def community_called(store: Store, code: str) -> Feature:
    """Return a community with its boundary; NotFound where there is none, Conflict where it has no boundary."""
    found = store.page("communities", Query(equals={"code": code}), 1).features
    if not found:
        raise NotFound(Fault(Text("plans.no-such-community", code=code[:40]), {"parameter": "community"}))
    if found[0].geometry is None or found[0].geometry.area == 0:
        raise Conflict(Fault(Text("plans.no-boundary", code=code), {"layer": "communities", "feature": found[0].id}))
    return found[0]


def settled(shapes: Sequence[shapely.Geometry] | np.ndarray, crs: CRS) -> np.ndarray:
    """Return metric shapes as they will be once they have been stored and read again."""
    return metric(lonlat(objects(list(shapes)), crs), crs)


def boundary_of(community: Feature, crs: CRS) -> shapely.Geometry:
    """Return a community's boundary in metres, so that it nowhere nearly touches itself.

    Such places would cross when rounded to be stored.
    """
    (found,) = usable(metric([community.geometry], crs))
    if shapely.minimum_clearance(found) > CLEAR_M:
        return found
    # Mostly a vertex stands a hair beside another: without it the others keep their places.
    thinned = shapely.remove_repeated_points(found, CLEAR_M)
    clear = thinned.is_valid and shapely.minimum_clearance(thinned) > CLEAR_M
    return thinned if clear else shapely.set_precision(found, CLEAR_M)


def crs_of(store: Store, place: shapely.Geometry) -> CRS:
    """Return the metric CRS that the workspace names, else the one that fits the place."""
    named = store.setting("metric_crs")
    if named:
        return parse_crs(named)
    west, south, east, north = place.bounds
    return metric_crs((west + east) / 2, (south + north) / 2)


def lonlat(shapes: np.ndarray | Sequence[shapely.Geometry], crs: CRS) -> np.ndarray:
    """Return metric shapes as they are stored: degrees, rounded."""
    return round_coordinates(to_lonlat(np.asarray(shapes, dtype=object), crs), DECIMALS)


def metric(shapes: np.ndarray | Sequence[shapely.Geometry | None], crs: CRS) -> np.ndarray:
    """Return stored shapes in metres."""
    return from_lonlat(np.asarray(shapes, dtype=object), crs)


def buildings_of(store: Store, community: Feature, crs: CRS, day: dt.date) -> Buildings:
    """Return the buildings of a community on a day: those that name it, and those that stand in it and name none."""
    boundary = community.geometry
    assert boundary is not None  # `community_called` lets no other pass
    revision = store.layer_revisions()["buildings"]
    frame = store.read("buildings", Query(as_of=day, bbox=boundary.bounds, columns=_OF_BUILDINGS))
    points = representative_points(frame.geometry.to_numpy())
    inside = locate(points, np.array([boundary], dtype=object)) == 0
    named = frame["community_code"]
    belongs = np.where(named.isna(), inside, named == community.properties["code"])
    # One that names this community but stands elsewhere has no cell here.
    return _buildings(frame[belongs & inside], crs, revision)


def buildings_called(store: Store, codes: set[str], place: shapely.Geometry, crs: CRS) -> Buildings:
    """Return some buildings by their codes; one that is gone is left out."""
    revision = store.layer_revisions()["buildings"]
    frame = store.read("buildings", Query(bbox=place.bounds, columns=_OF_BUILDINGS))
    return _buildings(frame[frame["code"].isin(codes)], crs, revision)


def _buildings(frame: gpd.GeoDataFrame, crs: CRS, revision: int) -> Buildings:
    frame = frame.sort_values("code")
    footprints = usable(metric(frame.geometry.to_numpy(), crs))
    flat = shapely.get_dimensions(footprints) < 2
    footprints[flat] = shapely.buffer(footprints[flat], POINT_RADIUS_M, quad_segs=2)
    counted = _counted(frame)
    values = frame[list(WEIGHTS)].to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(values) & counted[:, None]
    courtyards = frame["courtyard_code"].astype(object).where(frame["courtyard_code"].notna(), None).to_numpy()
    codes = frame["code"].tolist()
    weights = np.where(known, np.nan_to_num(values), 0.0)
    at = {code: row for row, code in enumerate(codes)}
    return Buildings(codes, at, footprints, weights, known, counted, courtyards, revision)


def _counted(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Say which buildings the indicators count: as entered, else by use; unknown is never "no"."""
    entered, use = frame["in_scope"], frame["use"]
    by_use = (use.isna() | use.isin(IN_SCOPE_USES)).to_numpy(dtype=bool)
    return np.where(entered.isna(), by_use, entered.fillna(False).to_numpy(dtype=bool))


def barriers_of(
    store: Store, place: shapely.Geometry, day: dt.date, at_revision: int | None = None
) -> dict[str, shapely.Geometry]:
    """Return the lines that bound blocks, by id: streets but not ways inside blocks, and whatever is a barrier.

    Tunnels are left out. Longitude and latitude.
    """
    query = Query(as_of=day, bbox=place.bounds, at_revision=at_revision, columns=_OF_ROADS)
    roads = store.read("roads", query)
    streets = roads["class"].notna() & ~roads["class"].isin(INSIDE_BLOCKS) | roads["barrier"].notna()
    below = roads["tunnel"].fillna(False).astype(bool) | (roads["level"].fillna(0) < 0)
    lines = roads.geometry[(streets & ~below).to_numpy(dtype=bool) & roads.geometry.notna().to_numpy()]
    return dict(zip(lines.index, lines, strict=True))


def as_lines(barriers: dict[str, shapely.Geometry], crs: CRS) -> np.ndarray:
    """Return barriers in metres, one line each."""
    return shapely.get_parts(metric(objects(list(barriers.values())), crs))


def objects(shapes: Sequence[shapely.Geometry | None]) -> np.ndarray:
    """Return shapes as an array, which numpy would otherwise take apart."""
    flat = np.empty(len(shapes), dtype=object)
    flat[:] = shapes
    return flat


def outlines_then(
    store: Store, codes: set[str], place: shapely.Geometry, at_revision: int | None
) -> dict[str, shapely.Geometry]:
    """Return where buildings stood after a revision of the workspace, by code; longitude and latitude."""
    frame = store.read("buildings", Query(bbox=place.bounds, at_revision=at_revision, columns=("code",)))
    mine = frame[frame["code"].isin(codes)]
    return dict(zip(mine["code"], mine.geometry, strict=True))


def active_grids(
    store: Store, community: str, system: str, day: dt.date, at_revision: int | None = None
) -> list[Feature]:
    """Return the grids of a community and system that are in force on a day, in the order of their codes."""
    query = Query(as_of=day, equals={"community_code": community}, at_revision=at_revision)
    found = store.page("grids", query, 100_000).features
    mine = [each for each in found if each.properties.get("grid_system", "service") == system and in_force(each)]
    return sorted(mine, key=code_of)


def in_force(grid: Feature) -> bool:
    """Say whether a grid counts on the days between its dates: no draft, and not retired without a last day."""
    state = grid.properties.get("state")
    return state != "draft" and (state != "retired" or grid.properties.get("valid_to") is not None)


def roads_near(store: Store, shape: shapely.Geometry, crs: CRS, reach_m: float = 30.0) -> np.ndarray:
    """Return the streets of every class around a metric shape, in metres: what a line may be drawn along."""
    (around,) = to_lonlat(np.array([shapely.box(*shape.bounds).buffer(reach_m)], dtype=object), crs)
    lines = store.read("roads", Query(bbox=around.bounds, columns=())).geometry.to_numpy()
    return shapely.get_parts(metric(lines[~shapely.is_missing(lines)], crs))
