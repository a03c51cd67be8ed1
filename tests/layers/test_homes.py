"""Places of buildings are found once for a situation, and are those of the very shapes that are asked about."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.places import centroids_xy, representative_xy, xy_from_lonlat
from layers.analyses import service_area
from layers.reach.homes import middles_within, middles_xy, points_xy, rows_in_scope
from layers.situation.day import situation
from layers.store.protocol import Store
from tests import town


def test_buildings_in_scope_have_their_points_and_middles(small_town: Store) -> None:
    now = situation(small_town, town.DAY)
    base = now.in_scope()
    shapes = base.geometry.to_numpy()
    rows = rows_in_scope(now, base)
    assert rows is not None
    assert now.buildings.index[rows].tolist() == base.index.tolist()
    for _ in range(2):  # found, and taken as they were found
        points = np.column_stack(xy_from_lonlat(*representative_xy(shapes).T, now.crs))
        assert points_xy(now, base).tolist() == points.tolist()
        assert middles_xy(now, base).tolist() == centroids_xy(shapes).tolist()


def test_whose_middle_lies_in_an_area_is_said_of_those_in_scope_and_of_others(small_town: Store) -> None:
    now = situation(small_town, town.DAY)
    base = now.in_scope()
    west, south, east, north = base.total_bounds
    areas = np.array([shapely.box(west, south, (west + east) / 2, north), shapely.box(west, south, east, south)])
    for some in (base, base, base.iloc[1:]):
        middles = shapely.points(middles_xy(now, some))
        expected = shapely.intersects(areas[:, None], middles).any(axis=0)
        assert expected.any()
        assert middles_within(now, some, areas).tolist() == expected.tolist()


def test_who_is_in_the_picture_is_told_of_many_as_of_few(small_town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = situation(small_town, town.DAY)
    base = now.in_scope()
    middles = middles_xy(now, base)
    around = shapely.box(*base.total_bounds).difference(shapely.points(middles[0]).buffer(1e-7))
    area = shapely.MultiPolygon([around, shapely.box(0, 0, 4, 4)])
    few = service_area._inside(now, base, area)
    monkeypatch.setattr(service_area, "MANY", 0)
    assert service_area._inside(now, base, area).tolist() == few.tolist()
    assert few.tolist() == [False, *[True] * (len(base) - 1)]
    assert not service_area._inside(now, base, shapely.MultiPolygon()).any()


def test_other_buildings_and_other_shapes_have_their_own(small_town: Store) -> None:
    now = situation(small_town, town.DAY)
    base = now.in_scope()
    some = base.iloc[1:]
    moved = base.assign(geometry=shapely.transform(base.geometry.to_numpy(), lambda xy: xy + 0.001))
    assert rows_in_scope(now, some) is None
    assert rows_in_scope(now, moved) is None
    assert points_xy(now, some).tolist() == points_xy(now, base)[1:].tolist()
    assert middles_xy(now, moved).tolist() == centroids_xy(moved.geometry.to_numpy()).tolist()


def test_nobody_changes_the_points_of_other_answers(small_town: Store) -> None:
    now = situation(small_town, town.DAY)
    base = now.in_scope()
    before = points_xy(now, base).tolist()
    with pytest.raises(ValueError, match="read-only"):
        points_xy(now, base)[:] = 0.0
    assert points_xy(now, base).tolist() == before
