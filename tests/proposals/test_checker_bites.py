"""The checker finds what is wrong: a proposal that is right is spoilt in one way after the other."""

from __future__ import annotations

import copy
from collections.abc import Callable

import geopandas as gpd
import pytest
import shapely

from tests.proposals.checker import Records, faults

CRS = "EPSG:4549"
EAST, NORTH = 500_000.0, 4_000_000.0


def square(x: float, y: float, width: float = 100, height: float = 100) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


@pytest.fixture
def records() -> Records:
    """Four squares in a row with a house each, the first two in one courtyard and one of today's grids."""
    houses = gpd.GeoDataFrame(
        {
            "code": [*"abcd"],
            "households": [10.0, 20.0, 30.0, None],
            "courtyard_code": ["K", "K", None, None],
        },
        geometry=[square(100 * at + 40, 40, 10, 10) for at in range(4)], crs=CRS,
    )  # fmt: skip
    grids = gpd.GeoDataFrame({"code": ["G1", "G2"]}, geometry=[square(0, 0, 200), square(200, 0, 200)], crs=CRS)
    return Records(square(0, 0, 400), houses, grids, [square(100 * at, 0) for at in range(4)])


@pytest.fixture
def answer() -> dict[str, object]:
    shapes = gpd.GeoSeries([square(0, 0, 200), square(200, 0, 200)], crs=CRS)
    score, around = round(4 * 3.141592653589793 * 20_000 / 600**2, 4), round(20_000 / (3.141592653589793 * 12_500), 4)
    rows = [
        {"part": code, "frozen": False, "households": households, "missing_households": missing, "in_band": True,
         "contiguous": True, "polsby_popper": score, "reock": around, "moved_households": 0}
        for code, households, missing in (("G1", 30, 0), ("G2", 30, 1))
    ]  # fmt: skip
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": dict(row)}
        for shape, row in zip(shapes.to_crs("EPSG:4326"), rows, strict=True)
    ]
    summary = {"status": "feasible", "objective": 100.0, "bound": 50.0, "gap": 0.5, "households_min": 20,
               "households_max": 40, "grids": 2, "in_band": 2, "notes": []}  # fmt: skip
    return {"proposal": {"type": "FeatureCollection", "features": features}, "rows": rows, "summary": summary}


def test_what_is_right_is_right(answer: dict[str, object], records: Records) -> None:
    assert faults(answer, records, {"locked": ["G1"]}) == []


def reshaped(one: shapely.Geometry, other: shapely.Geometry) -> Callable[[dict], None]:
    def change(answer: dict) -> None:
        for feature, shape in zip(answer["proposal"]["features"], (one, other), strict=True):
            (geometry,) = gpd.GeoSeries([shape], crs=CRS).to_crs("EPSG:4326")
            feature["geometry"] = shapely.geometry.mapping(geometry)

    return change


def told(name: str, value: object) -> Callable[[dict], None]:
    def change(answer: dict) -> None:
        answer["rows"][0][name] = answer["proposal"]["features"][0]["properties"][name] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (told("households", 31), "G1 has 30.0 households, not 31"),
        (told("missing_households", 2), "G1: 0 buildings say nothing"),
        (told("polsby_popper", 0.9), "G1 has compactness"),
        (told("moved_households", 5), "G1 gets 0.0 households, not 5"),
        (told("contiguous", False), "G1 is contiguous"),
        (lambda answer: answer["summary"].update(households_min=35), "out of the band"),
        (
            lambda answer: answer["summary"].update(smallest_band={"households_min": 31, "households_max": 50}),
            "out of the band that is told to be possible",
        ),
        (lambda answer: answer["summary"].update(bound=101.0), "gap 0.5"),
        (lambda answer: answer["summary"].update(status="optimal"), "called optimal with a gap"),
        (lambda answer: answer["summary"].update(status="infeasible"), "has an objective"),
        (reshaped(square(0, 0, 210), square(200, 0, 200)), "share"),
        (reshaped(square(0, 0, 100), square(200, 0, 200)), "a building is in no grid"),
        (reshaped(square(0, 0, 200), square(200, 0, 260)), "reach out of the community"),
        (reshaped(square(0, 0, 100), square(100, 0, 300)), "courtyard K is cut"),
        (reshaped(square(0, 0, 300), square(300, 0, 100)), "G1 was to stay"),
        (
            reshaped(square(0, 0, 100).union(square(300, 0, 100)), square(100, 0, 200)),
            "G1 was drawn in several pieces",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(
    change: Callable[[dict], None], said: str, answer: dict[str, object], records: Records
) -> None:
    spoilt = copy.deepcopy(answer)
    change(spoilt)
    assert any(said in each for each in faults(spoilt, records, {"locked": ["G1"]}))
