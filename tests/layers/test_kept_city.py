"""What follows from the shapes of a city stays for the next start, and is of these shapes and of no others."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import shapely
from pyproj import CRS

from geo.network import Around, Legs, attach_clear
from geo.shapes import fingerprint
from layers.reach import kept_legs
from layers.situation import kept
from layers.store.kept_files import KeptFiles
from tests.geo.street_plan import plan

METRIC = CRS("EPSG:4549")
YARD = shapely.box(120.0, 36.0, 120.01, 36.01)
HOUSES = np.array([shapely.box(x, 36.004, x + 0.0004, 36.0043) for x in (119.9998, 120.002, 120.02)], dtype=object)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptFiles:
    """Every workspace is a city here."""
    monkeypatch.setattr(kept, "LEAST", 1)
    monkeypatch.setattr(kept_legs, "LEAST", 1)
    return KeptFiles(str(tmp_path / "city.gpkg"))


def nobody(*given: object) -> NoReturn:
    pytest.fail("it was kept, and is computed again")


def xs(shapes: np.ndarray, crs: CRS) -> np.ndarray:
    return shapely.bounds(shapes)[:, :3]


def test_facts_are_computed_once_for_the_same_shapes(files: KeptFiles) -> None:
    facts = kept.facts_of(files, xs, HOUSES, METRIC)
    np.testing.assert_array_equal(kept.facts_of(files, nobody, HOUSES.copy(), METRIC), facts)
    moved = HOUSES.copy()
    moved[1] = shapely.box(120.0021, 36.004, 120.0025, 36.0043)
    np.testing.assert_array_equal(kept.facts_of(files, xs, moved, METRIC), xs(moved, METRIC))
    other = kept.facts_of(files, lambda shapes, crs: xs(shapes, crs) + 1, HOUSES, CRS("EPSG:4550"))
    np.testing.assert_array_equal(other, facts + 1)


def test_pairs_are_computed_once_for_the_same_shapes(files: KeptFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = kept.pairs_kept(files)
    building, area = pairs(HOUSES, np.array([YARD]), METRIC)
    assert (building.tolist(), area.tolist()) == ([0, 1], [0, 0])  # the first by half
    smaller, _ = pairs(HOUSES, np.array([shapely.box(120.0, 36.0, 120.001, 36.01)]), METRIC)
    assert smaller.tolist() == [0]
    monkeypatch.setattr(kept, "pairs_by_position", nobody)
    again = kept.pairs_kept(KeptFiles(files.folder.as_posix().removesuffix(".cache")))
    assert [each.tolist() for each in again(HOUSES.copy(), np.array([YARD]), METRIC)] == [[0, 1], [0, 0]]


def test_a_fingerprint_tells_shapes_apart_that_have_the_same_points() -> None:
    ring = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)]
    hole = [(2, 2), (4, 2), (4, 4), (2, 2)]
    shapes = [
        shapely.LineString(ring), shapely.Polygon(ring), shapely.MultiPolygon([shapely.Polygon(ring)]),
        shapely.Polygon(ring, [hole]), shapely.MultiPolygon([shapely.Polygon(ring), shapely.Polygon(hole)]),
        shapely.MultiLineString([ring, hole]), shapely.LineString(ring + hole), None,
    ]  # fmt: skip
    told = [fingerprint(np.array([each], dtype=object)) for each in shapes]
    assert len(set(told)) == len(shapes)
    assert fingerprint(HOUSES) == fingerprint(HOUSES.copy()) != fingerprint(HOUSES[::-1])
    assert fingerprint(HOUSES, b"a", b"b") != fingerprint(HOUSES, b"ab")


def test_legs_are_searched_once_for_the_same_streets_and_buildings(
    files: KeptFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = plan([([(0, 0), (100, 0)], True, True, 0, 0), ([(0, 50), (100, 50)], True, True, 0, 0)])
    doors = np.array([[20.0, 10.0], [50.0, 20.0], [5000.0, 0.0]])
    starts = np.ones(len(street.length_m), dtype=bool)

    def how(wall: shapely.LineString) -> kept_legs.How:
        return street, doors, "walk", 200.0, Around(np.array([wall]), np.empty(0, object), np.empty((0, 2))), starts

    def rows(legs: Legs) -> list[list[object]]:
        return [np.nan_to_num(getattr(legs, name), nan=-9).tolist() for name in kept_legs.FIELDS]

    aside, between = shapely.LineString([(0, 900), (100, 900)]), shapely.LineString([(-90, 5), (190, 5)])
    found = kept_legs.legs_kept(files, how(aside))
    assert found.edge.tolist() == [0, 0, -1]
    walled = kept_legs.legs_kept(files, how(between))  # another world, another file
    assert walled.edge.tolist() == [1, 1, -1]
    assert rows(walled) == rows(attach_clear(*how(between)))
    monkeypatch.setattr(kept_legs, "attach_clear", nobody)
    assert rows(kept_legs.legs_kept(files, how(aside))) == rows(found)
