"""A hand-made small town, with the answers beside it.

One community (990301001001) of 100 m × 100 m squares in a row, west to east, near 120°E 36°N. Ten buildings b01-b10, a
10 m × 10 m house in the middle of each square, 10 households each. Who manages what on 2025-02-06:

    b01-b04  courtyard A, professional, formal, 2024-01-01 … 2026-12-31, accepted on 2024-06-01
    b05      courtyard B, soe, trial,          2025-01-01 … (indefinite)
    b06      courtyard C, fallback, formal,    2023-01-01 … (indefinite)
    b07      courtyard D, professional, formal, 2022-01-01 … 2024-12-31: ended, lapsed
    b08 b09  courtyard E, surveyed, nothing on record: unmanaged
    b10      courtyard F, not surveyed: unknown

So (docs/explanation/indicators.md): broad 6/9 = 66.7 % (known 90 %, bounds 60-70 %), strict 4/9 = 44.4 %.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import shapely

from layers.model.feature import Change, Feature
from layers.store.protocol import Draft, Store

DAY = dt.date(2025, 2, 6)
NOON = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
COMMUNITY = "990301001001"
WEST, SOUTH = 120.0, 36.0
EAST_M, NORTH_M = 1 / 90_163.0, 1 / 110_957.0  # degrees a metre at 36°N
HOMES = {"A": (1, 2, 3, 4), "B": (5,), "C": (6,), "D": (7,), "E": (8, 9), "F": (10,)}
TERMS = {
    "A": {"mode": "professional", "stage": "formal", "start_date": dt.date(2024, 1, 1),
          "end_date": dt.date(2026, 12, 31), "accepted_on": dt.date(2024, 6, 1)},
    "B": {"mode": "soe", "stage": "trial", "start_date": dt.date(2025, 1, 1)},
    "C": {"mode": "fallback", "stage": "formal", "start_date": dt.date(2023, 1, 1)},
    "D": {"mode": "professional", "stage": "formal", "start_date": dt.date(2022, 1, 1),
          "end_date": dt.date(2024, 12, 31)},
}  # fmt: skip


def box(x_m: float, y_m: float, width_m: float, height_m: float) -> shapely.Polygon:
    """Return a rectangle; metres east and north of the town's south-west corner."""
    west, south = WEST + x_m * EAST_M, SOUTH + y_m * NORTH_M
    return shapely.box(west, south, west + width_m * EAST_M, south + height_m * NORTH_M)


def house(number: int) -> shapely.Polygon:
    """Return the footprint of a building: 10 m × 10 m in the middle of its square."""
    return box(100 * (number - 1) + 45, 45, 10, 10)


def features() -> Iterator[tuple[str, Feature]]:
    """Yield layer and feature of the whole town."""
    yield "districts", _feature("990301", box(0, 0, 1000, 100), name="小城区")
    yield "streets", _feature("990301001", box(0, 0, 1000, 100), name="东街道")
    yield "communities", _feature(COMMUNITY, box(0, 0, 1000, 100), name="和平社区", kind="urban")
    for number, (west, count) in enumerate(((0, 5), (5, 5)), start=1):
        yield "grids", _feature(
            f"{COMMUNITY}{number:03}", box(100 * west, 0, 100 * count, 100), name=f"第{number}网格",
            community_code=COMMUNITY, grid_system="service", kind="basic", state="active",
        )  # fmt: skip
    for letter, homes in HOMES.items():
        surveyed = "not_surveyed" if letter == "F" else "surveyed"
        yield "courtyards", _feature(
            f"C{letter}", box(100 * (homes[0] - 1), 0, 100 * len(homes), 100), name=f"{letter}院",
            community_code=COMMUNITY, enclosure="closed" if letter == "A" else "open", form="courtyard",
            survey_status=surveyed, households=10 * len(homes),
        )  # fmt: skip
        for number in homes:
            yield "buildings", _feature(
                f"b{number:02}", house(number), name=f"{number}号楼", courtyard_code=f"C{letter}", use="residential",
                households=10, floors=6, elderly_60=3,
            )  # fmt: skip
    yield "managers", _feature("M1", None, name="诚信物业", kind="commercial")
    for letter, terms in TERMS.items():
        yield "managed-areas", _feature(f"A{letter}", None, name=f"{letter}区", kind="natural",
                                        courtyard_codes=(f"C{letter}",))  # fmt: skip
        yield "arrangements", _feature(f"R{letter}", None, managed_area=f"A{letter}", manager="M1", **terms)


def point(x_m: float, y_m: float) -> shapely.Point:
    """Return a point; metres east and north of the town's south-west corner."""
    return shapely.Point(WEST + x_m * EAST_M, SOUTH + y_m * NORTH_M)


def line(*points_m: tuple[float, float]) -> shapely.LineString:
    """Return a line through points."""
    return shapely.LineString([point(*each) for each in points_m])


def build(store: Store) -> Store:
    """Write the town into an empty workspace."""
    changes = (Change(layer, feature.id, None, feature) for layer, feature in features())
    store.commit(Draft("tests", NOON, "small town", "import", changes, settings={"metric_crs": "EPSG:4549"}))
    return store


def lay_street(store: Store) -> Store:
    """Lay a street 10 m south of the middle of the houses, and put a station into the middle of b01."""
    add(store, "roads", "S1", line((0, 40), (1000, 40)), **{"class": "residential"})
    add(store, "stations", "T1", point(50, 50), name="长者食堂", kind="elder_canteen", status="open")
    return store


def lay_units(store: Store, *counts: int) -> Store:
    """Lay unit grids (…901, …902, …) over the town from west to east, of so many houses each."""
    west = 0
    for number, count in enumerate(counts, start=1):
        add(
            store, "grids", f"{COMMUNITY}9{number:02}", box(100 * west, 0, 100 * count, 100), name=f"单元{number}",
            community_code=COMMUNITY, grid_system="unit", kind="basic", state="active",
        )  # fmt: skip
        west += count
    return store


def amend(store: Store, layer: str, id: str, **properties: object) -> None:
    """Change some properties of a feature."""
    before = store.get(layer, id)
    after = Feature(id, before.geometry, {**before.properties, **properties}, before.version)
    store.commit(Draft("tests", NOON, "amend", "edit", [Change(layer, id, before, after)]))


def add(store: Store, layer: str, code: str, geometry: shapely.Geometry | None = None, **properties: object) -> None:
    """Create a feature."""
    new = _feature(code, geometry, **properties)
    store.commit(Draft("tests", NOON, "add", "edit", [Change(layer, code, None, new)]))


def _feature(code: str, geometry: shapely.Geometry | None, **properties: object) -> Feature:
    return Feature(code, geometry, {"code": code, **properties})
