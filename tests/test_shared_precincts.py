"""The precincts of Denver, 2020: a real coverage with real faults, and the repair that others made of it.

The other repair (MGGG, in the same folder) also moved the outer border on to the county's, by 1.6 km2; so it
can be compared within the precincts only: where a precinct lies inside, it ought to be the same.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.partition.repairs import Repair, repair
from geo.partition.topology import find_defects

METRES = 32613  # the files are in US feet


def precincts(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(folder).to_crs(METRES).set_index("PRECID")


@pytest.fixture(scope="module")
def original(shared_data: Path) -> gpd.GeoDataFrame:
    return precincts(shared_data / "topology" / "DenverCo_precincts2020_orig")


@pytest.fixture(scope="module")
def reference(shared_data: Path, original: gpd.GeoDataFrame) -> np.ndarray:
    return precincts(shared_data / "topology" / "DenverCo_precincts2020_repaired").geometry[original.index].to_numpy()


@pytest.fixture(scope="module")
def mended(original: gpd.GeoDataFrame) -> Repair:
    return repair(None, original.geometry.to_numpy())


def test_the_faults_are_listed_with_their_places(mended: Repair) -> None:
    kinds = [each.what for each in mended.mended]
    assert (kinds.count("overlap"), kinds.count("gap")) == (30, 9)
    large = [(each.what, each.members, round(each.m2, 1)) for each in mended.mended if each.m2 > 1]
    assert large == [("overlap", (70, 71), 10.5), ("overlap", (70, 71), 1.8), ("gap", (70, 71), 3.2)]
    assert all(each.to is not None and not each.where.is_empty for each in mended.mended)


def test_nothing_is_left_but_a_precinct_in_four_places(original: gpd.GeoDataFrame, mended: Repair) -> None:
    assert [(each.kind, each.members, each.measure) for each in mended.left] == [("multipart", (87,), 4.0)]
    parts = shapely.get_parts(original.geometry.iloc[87])
    assert shapely.area(parts).min() > 6_000  # exclaves, not scraps


def test_the_result_is_a_coverage_by_other_means(mended: Repair) -> None:
    shapes = mended.shapes
    assert shapely.is_valid(shapes).all()
    assert all(shapely.coverage_is_valid(shapes, gap_width=width) for width in (0.0, 0.01, 0.1))
    overlay = gpd.overlay(
        *[gpd.GeoDataFrame({name: range(len(shapes))}, geometry=shapes, crs=METRES) for name in "ab"],
        keep_geom_type=True,
    )
    assert overlay.geometry[overlay["a"] != overlay["b"]].area.sum() < 1e-3
    frame = shapely.union_all(shapes)
    holes = [shapely.Polygon(ring).area for part in shapely.get_parts(frame) for ring in part.interiors]
    assert len(holes) == 9 and min(holes) > 4_000  # enclaves of other towns, as in the reference
    assert {each.kind for each in find_defects(shapes, frame)} == {"multipart"}


def test_hardly_any_ground_changed_hands(original: gpd.GeoDataFrame, mended: Repair) -> None:
    moved = shapely.area(shapely.symmetric_difference(original.geometry.to_numpy(), mended.shapes))
    assert moved.max() < 12 and (moved > 1).sum() == 2 and moved.sum() < 20
    assert abs(shapely.area(mended.shapes).sum() - shapely.union_all(original.geometry.to_numpy()).area) < 5


def test_it_agrees_with_the_other_repair_within(mended: Repair, reference: np.ndarray) -> None:
    differs = shapely.area(shapely.symmetric_difference(mended.shapes, reference))
    assert (differs < 1).sum() >= 237 and np.median(differs) < 0.03
    ours, theirs = shapely.union_all(mended.shapes), shapely.union_all(reference)
    rim = shapely.symmetric_difference(ours, theirs)
    assert rim.area > 1.6e6  # the county's border is another one
    inside = ~shapely.dwithin(mended.shapes, rim, 1.0)
    assert inside.sum() > 150 and differs[inside].max() < 30
