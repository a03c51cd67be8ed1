"""A generated district for load scripts: blocks of buildings in communities, streets between them, some stations."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft
from tests import town

COLUMNS, BLOCK_M, ACROSS = 5, 200, 10  # communities in a row; a side of one of their blocks; blocks and houses in a row
HOUSES = 20  # in a block
WORDS = ("和平", "Élan", "garden", "STRASSE", "花园", "aaaaaaaaaaaaaaab", "100%", "a_b")


def build(workspace: Path, buildings: int, seed: int = 1) -> None:
    """Write a district of at least so many buildings into a new workspace."""
    store = open_store(workspace, create=True)
    changes = (Change(layer, each.id, None, each) for layer, each in features(buildings, random.Random(seed)))
    store.commit(Draft("tests", town.NOON, "a district", "import", changes, settings={"metric_crs": "EPSG:4549"}))
    store.close()


def features(buildings: int, chance: random.Random) -> Iterator[tuple[str, Feature]]:
    """Yield layer and feature of the whole district."""
    communities = -(-buildings // (ACROSS * ACROSS * HOUSES))
    side_m, rows = ACROSS * BLOCK_M, -(-communities // COLUMNS)
    width_m, height_m = min(communities, COLUMNS) * side_m, rows * side_m
    whole = town.box(0, 0, width_m, height_m)
    yield "districts", _feature("990301", whole, name="大城区")
    yield "streets", _feature("990301001", whole, name="东街道")
    for number in range(communities):
        x_m, y_m = number % COLUMNS * side_m, number // COLUMNS * side_m
        code = f"990301001{number + 1:03}"
        yield "communities", _feature(code, town.box(x_m, y_m, side_m, side_m), name=f"社区{number}", kind="urban")
        for block in range(ACROSS * ACROSS):
            corner = x_m + block % ACROSS * BLOCK_M, y_m + block // ACROSS * BLOCK_M
            yield from _block(f"{code}-{block:02}", code, *corner, chance)
    for name, count, length_m in (("x", rows * ACROSS + 1, width_m), ("y", width_m // BLOCK_M + 1, height_m)):
        for number in range(count):
            at = number * BLOCK_M
            line = town.line((0, at), (length_m, at)) if name == "x" else town.line((at, 0), (at, length_m))
            yield "roads", _feature(f"{name}{number}", line, **{"class": "residential"})


def _block(code: str, community: str, x_m: float, y_m: float, chance: random.Random) -> Iterator[tuple[str, Feature]]:
    yield "courtyards", _feature(
        code, town.box(x_m + 5, y_m + 5, BLOCK_M - 10, BLOCK_M - 10), name=f"{chance.choice(WORDS)}院",
        community_code=community, enclosure="open", form="courtyard", survey_status="surveyed", households=HOUSES * 10,
    )  # fmt: skip
    if chance.random() < 0.05:
        yield "stations", _feature(f"T{code}", town.point(x_m + 100, y_m + 2), name="食堂", kind="elder_canteen",
                                   status="open")  # fmt: skip
    for number in range(HOUSES):
        place = town.box(x_m + 10 + number % 5 * 36, y_m + 10 + number // 5 * 45, 20, 12)
        yield "buildings", _feature(
            f"{code}-{number:02}", place, name=f"{chance.choice(WORDS)}{number}号楼 a", courtyard_code=code,
            use="residential", households=chance.randrange(1, 200), floors=chance.randrange(1, 33), elderly_60=3,
        )  # fmt: skip


def _feature(code: str, geometry: object, **properties: object) -> Feature:
    return Feature(code, geometry, {"code": code, **properties})
