"""A large invented city for benchmarks: everything at once in arrays, no courtyard drawn by hand.

Quarters of 500 buildings stand on a lattice that is then warped, so that streets bend.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from data.demo import names, plan
from layers.catalogue import Field, catalogue

SLOT_M = (64.0, 38.0)
YARD_SLOTS = 5
YARDS = (5, 4)
"""Courtyards in a quarter, along x and y; each has 5 × 5 buildings."""

QUARTER = YARD_SLOTS**2 * YARDS[0] * YARDS[1]
STREET_M = 24.0
COMMUNITIES_PER_STREET = 40
DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "date": "datetime64[s]"}
MODES = ("professional", "soe", "joint", "autonomous", "fallback")


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where things stand: quarters row by row from the south-west."""

    quarters: int
    columns: int

    @property
    def yard_m(self) -> np.ndarray:
        """Size of a courtyard's cell from street to street."""
        return np.array(SLOT_M) * YARD_SLOTS + STREET_M

    def corner(self, quarter: np.ndarray) -> np.ndarray:
        """Return the south-west corners of quarters, n × 2, m before warping."""
        place = np.column_stack([quarter % self.columns, quarter // self.columns])
        return place * self.yard_m * YARDS

    def yard_corner(self, quarter: np.ndarray, yard: np.ndarray) -> np.ndarray:
        """Return the south-west corners of courtyards' cells."""
        place = np.column_stack([yard % YARDS[0], yard // YARDS[0]])
        return self.corner(quarter) + place * self.yard_m


def city(buildings: int, seed: int) -> dict[str, gpd.GeoDataFrame]:
    """Return a city of exactly `buildings` buildings as frames by layer id, in longitude and latitude.

    Parameters
    ----------
    buildings : int
        One managed area is drawn for every 500.
    seed : int
        The same seed gives the same city.

    Returns
    -------
    dict of GeoDataFrame
        Indexed by `id`, with all fields of the catalogue and `version`, like a frame of the store.
    """
    rng = np.random.default_rng(seed)
    quarters = -(-buildings // QUARTER)
    lattice = Lattice(quarters, max(int(np.ceil(np.sqrt(quarters * 0.75))), 1))
    codes = community_codes(quarters)
    return {
        "communities": _communities(lattice, codes),
        "grids": _grids(lattice, codes),
        "courtyards": _courtyards(lattice, codes, rng),
        "buildings": _buildings(lattice, codes, buildings, rng),
        "managed-areas": _managed_areas(lattice, rng),
        "arrangements": _arrangements(quarters, rng),
        "stations": _stations(lattice, rng),
        "roads": _roads(lattice),
    }


def community_codes(count: int) -> np.ndarray:
    """Return `count` community codes of 12 digits, 40 to a street."""
    number = np.arange(count)
    code = 10**6 + (number // COMMUNITIES_PER_STREET + 1) * 1000 + number % COMMUNITIES_PER_STREET + 1
    return np.array([f"{names.DISTRICT[0]}{each}"[:6] + str(each)[1:] for each in code], dtype=object)


def warp(points: np.ndarray) -> np.ndarray:
    """Bend the plane: points n × 2 in metres, moved by up to 150 m in long waves."""
    x, y = points[..., 0], points[..., 1]
    east = 90.0 * np.sin(y / 900.0) + 60.0 * np.sin((x + y) / 1700.0)
    north = 80.0 * np.sin(x / 1100.0 + 1.0) + 60.0 * np.sin((x - y) / 2100.0)
    return np.stack([x + east, y + north], axis=-1)


def lonlat(points: np.ndarray) -> np.ndarray:
    """Turn metres into longitude and latitude, rounded to 7 decimals; any shape ending in 2."""
    change = pyproj.Transformer.from_crs(plan.CRS, "EPSG:4326", always_xy=True)
    lon, lat = change.transform(points[..., 0] + plan.ORIGIN[0], points[..., 1] + plan.ORIGIN[1])
    return np.round(np.stack([lon, lat], axis=-1), 7)


def _boxes(corner: np.ndarray, size: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """Return warped rectangles with `sides` equal parts along x and y: neighbours share their vertices."""
    east, north = np.linspace(0, 1, sides[0] + 1)[:-1], np.linspace(0, 1, sides[1] + 1)[:-1]
    ring = np.concatenate(
        [
            np.column_stack([east, np.zeros_like(east)]),
            np.column_stack([np.ones_like(north), north]),
            np.column_stack([1 - east, np.ones_like(east)]),
            np.column_stack([np.zeros_like(north), 1 - north]),
            [[0, 0]],
        ]
    )
    return shapely.polygons(lonlat(warp(corner[:, None, :] + ring * np.reshape(size, (-1, 1, 2)))))


def _communities(lattice: Lattice, codes: np.ndarray) -> gpd.GeoDataFrame:
    corner = lattice.corner(np.arange(lattice.quarters))
    shapes = _boxes(corner, lattice.yard_m * YARDS, YARDS)
    return _frame("communities", codes, shapes, name=codes, kind="urban")


def _grids(lattice: Lattice, codes: np.ndarray) -> gpd.GeoDataFrame:
    """One grid to each column of courtyards."""
    quarter, part = _cross(lattice.quarters, YARDS[0])
    shapes = _boxes(lattice.yard_corner(quarter, part), lattice.yard_m * (1, YARDS[1]), (1, YARDS[1]))
    return _frame(
        "grids",
        _joined(codes[quarter], part + 1, 3),
        shapes,
        community_code=codes[quarter],
        grid_system="service",
        kind="basic",
        state="active",
    )


def _courtyards(lattice: Lattice, codes: np.ndarray, rng: np.random.Generator) -> gpd.GeoDataFrame:
    quarter, yard = _cross(lattice.quarters, YARDS[0] * YARDS[1])
    shapes = _boxes(lattice.yard_corner(quarter, yard) + STREET_M / 2, lattice.yard_m - STREET_M, (1, 1))
    return _frame(
        "courtyards",
        _joined(codes[quarter], yard + 1, 4),
        shapes,
        community_code=codes[quarter],
        enclosure=rng.choice(
            np.array(["open", "semi", "closed"], dtype=object), len(quarter), p=[0.8, 0.1, 0.1]
        ),
        form="estate",
        build_year=rng.integers(1958, 2021, len(quarter)),
        survey_status=rng.choice(
            np.array(["surveyed", "not_surveyed"], dtype=object), len(quarter), p=[0.93, 0.07]
        ),
    )


def _buildings(lattice: Lattice, codes: np.ndarray, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    number = np.arange(count)
    quarter, within = np.divmod(number, QUARTER)
    yard, slot = np.divmod(within, YARD_SLOTS**2)
    place = np.column_stack([slot % YARD_SLOTS, slot // YARD_SLOTS]) + 0.5
    middle = (
        lattice.yard_corner(quarter, yard)
        + STREET_M / 2
        + place * SLOT_M
        + rng.uniform(-2.0, 2.0, (count, 2))
    )
    size = np.column_stack([rng.uniform(26.0, 50.0, count), rng.uniform(9.0, 14.0, count)])
    ahead = warp(middle + np.array([1.0, 0.0])) - warp(middle)
    turn = np.arctan2(ahead[:, 1], ahead[:, 0])
    floors = rng.integers(3, 19, count)
    units = np.maximum((size[:, 0] // 14).astype(int), 1)
    use = rng.choice(4, count, p=[0.8, 0.1, 0.07, 0.03])
    households = np.where(use < 2, rng.binomial(floors * units * 2, 0.92), 0)
    population = rng.poisson(households * 2.5)
    uses = np.array(["residential", "mixed", "commercial", "public"], dtype=object)
    return _frame(
        "buildings",
        _joined(codes[quarter], within + 1, 5),
        _rectangles(warp(middle), size, turn),
        name=_joined(np.full(count, "", dtype=object), within + 1, 1),
        courtyard_code=_joined(codes[quarter], yard + 1, 4),
        use=uses[use],
        floors=floors,
        units=units,
        households=households,
        population=population,
        elderly_60=rng.binomial(population, 0.24),
        floor_area_m2=np.round(size.prod(axis=1) * floors, 1),
        build_year=rng.integers(1958, 2021, count),
    )


def _rectangles(middle: np.ndarray, size: np.ndarray, turn: np.ndarray) -> np.ndarray:
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]]) * size[:, None, :]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    turned = np.stack(
        [corners[..., 0] * cos - corners[..., 1] * sin, corners[..., 0] * sin + corners[..., 1] * cos], -1
    )
    return shapely.polygons(lonlat(middle[:, None, :] + turned))


def _managed_areas(lattice: Lattice, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """One area to a quarter, drawn over three to all five of its columns of courtyards: position decides."""
    quarter = np.arange(lattice.quarters)
    columns = rng.integers(3, YARDS[0] + 1, lattice.quarters)
    size = np.column_stack([columns, np.full_like(columns, YARDS[1])]) * lattice.yard_m
    shapes = _boxes(lattice.corner(quarter), size, (16, 16))
    return _frame("managed-areas", _area_codes(lattice.quarters), shapes, kind="bundle")


def _arrangements(count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    start = np.datetime64("2020-01-01") + rng.integers(0, 2100, count).astype("timedelta64[D]")
    end = start + rng.integers(365, 3000, count).astype("timedelta64[D]")
    end[rng.random(count) < 0.3] = np.datetime64("NaT", "D")
    codes = np.array([f"H{each:07d}" for each in range(count)], dtype=object)
    return _frame(
        "arrangements",
        codes,
        np.full(count, None),
        managed_area=_area_codes(count),
        start_date=start,
        end_date=end,
        mode=np.array(MODES, dtype=object)[rng.integers(0, len(MODES), count)],
        stage=rng.choice(
            np.array(["formal", "trial", "emergency"], dtype=object), count, p=[0.86, 0.1, 0.04]
        ),
    )


def _stations(lattice: Lattice, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """One to a quarter, at a crossing."""
    quarter = np.arange(lattice.quarters)
    corner = lattice.yard_corner(quarter, rng.integers(0, YARDS[0] * YARDS[1], lattice.quarters))
    codes = np.array([f"Z{each:07d}" for each in quarter], dtype=object)
    kinds = np.array(["party_service", "elder_canteen", "clinic", "day_care"], dtype=object)
    return _frame(
        "stations",
        codes,
        shapely.points(lonlat(warp(corner))),
        kind=kinds[quarter % len(kinds)],
        status="open",
    )


def _roads(lattice: Lattice) -> gpd.GeoDataFrame:
    """Streets around every courtyard, noded at each crossing; those around quarters are wider."""
    rows = -(-lattice.quarters // lattice.columns)
    shape = np.array([lattice.columns * YARDS[0], rows * YARDS[1]])
    found, classes = [], []
    for axis in (0, 1):
        east, north = (
            each.ravel() for each in np.meshgrid(*(np.arange(shape[i] + (i != axis)) for i in (0, 1)))
        )
        start = np.column_stack([east, north])
        steps = np.linspace(0.0, 1.0, 4)[:, None] * np.eye(2)[axis]
        found.append(shapely.linestrings(lonlat(warp((start[:, None, :] + steps) * lattice.yard_m))))
        classes.append(
            np.where(start[:, 1 - axis] % YARDS[1 - axis] == 0, "secondary", "residential").astype(object)
        )
    shapes, kind = np.concatenate(found), np.concatenate(classes)
    codes = np.array([f"R{each:08d}" for each in range(len(shapes))], dtype=object)
    return _frame(
        "roads",
        codes,
        shapes,
        walkable=True,
        drivable=True,
        oneway="no",
        level=0,
        bridge=False,
        tunnel=False,
        speed_kmh=np.where(kind == "secondary", 40.0, 20.0),
        **{"class": kind},
    )


def _cross(quarters: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(quarters), parts), np.tile(np.arange(parts), quarters)


def _area_codes(count: int) -> np.ndarray:
    return np.array([f"A{each:07d}" for each in range(count)], dtype=object)


def _joined(head: np.ndarray, number: np.ndarray, digits: int) -> np.ndarray:
    """Append numbers to texts, padded with zeros."""
    tails = np.array(
        [str(each).zfill(digits) for each in range(int(number.max(initial=0)) + 1)], dtype=object
    )
    return head + tails[number]


def _frame(layer_id: str, codes: np.ndarray, shapes: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    """Return a frame with every field of the layer, empty where nothing was given."""
    index = pd.Index(codes, name="id", dtype=object)
    columns["code"] = codes
    filled = {
        field.name: _column(field, columns.get(field.name), len(codes))
        for field in catalogue().layer(layer_id).fields
    }
    table = pd.DataFrame(filled, index=index)
    table["version"] = 1
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=index, crs="EPSG:4326"))


def _column(
    field: Field, values: object, count: int
) -> pd.Series | pd.api.extensions.ExtensionArray | np.ndarray:
    if field.type == "list":
        empty = np.empty(count, dtype=object)
        empty.fill(())
        return empty
    kind = DTYPES.get(field.type)
    if values is None:
        values = {"number": np.nan, "date": pd.NaT, "integer": pd.NA, "boolean": pd.NA}.get(field.type)
    if np.ndim(values) == 0:
        values = np.full(count, values, dtype=object)
    return np.asarray(values, dtype=object) if kind is None else pd.array(values, dtype=kind)
