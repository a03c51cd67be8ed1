"""Many new features come into the spatial index at once; what it then holds is what triggers would have made of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.errors import InvalidParameter
from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.packing import cells
from layers.store.protocol import Query, Store
from tests.store.examples import building, create, delete, draft, edit, house_at
from tests.store.test_geopackage import assert_index_is_right, file

__all__ = ["file"]  # the fixture


def scattered(count: int, name: str = "B", seed: int = 1) -> list[Feature]:
    """Houses anywhere in a town, every tenth without a place."""
    places = np.random.default_rng(seed).uniform([120, 36], [120.1, 36.1], (count, 2)).tolist()
    return [building(f"{name}{n}", None if n % 10 == 9 else house_at(*place)) for n, place in enumerate(places)]


def found_by_looking(features: list[Feature], box: tuple[float, float, float, float]) -> set[str]:
    """The ids whose bounds touch a box, without any index."""
    west, south, east, north = box
    bounds = {each.id: each.geometry.bounds for each in features if each.geometry is not None}
    return {id for id, (w, s, e, n) in bounds.items() if w <= east and e >= west and s <= north and n >= south}


# 250 fill one level of nodes, 2,500 two; 900 come in batches of which the last is smaller
@pytest.mark.parametrize("count", [250, 900, 2500])
def test_the_index_holds_every_place(workspace: Store, file, count: int) -> None:
    features = scattered(count)
    create(workspace, *features)
    assert_index_is_right(file)
    for box in [(120.02, 36.02, 120.05, 36.03), (120.0999, 36, 121, 37), (120, 36, 120.1, 36.1), (0, 0, 1, 1)]:
        assert set(workspace.read("buildings", Query(bbox=box)).index) == found_by_looking(features, box)


def test_life_goes_on_in_a_packed_index(workspace: Store, file) -> None:
    create(workspace, *scattered(400))
    edit(workspace, "B0", geometry=house_at(121, 37))
    delete(workspace, "B1", "B2")
    create(workspace, building("C0", house_at(122, 38)))
    assert_index_is_right(file)
    create(workspace, *scattered(300, "D", seed=2))  # to an index that holds something
    assert_index_is_right(file)
    assert list(workspace.read("buildings", Query(bbox=(120.9, 36.9, 123, 39))).index) == ["B0", "C0"]
    delete(workspace, *(f"B{n}" for n in range(3, 400)))
    assert_index_is_right(file)


def test_an_emptied_index_is_packed_anew(workspace: Store, file) -> None:
    create(workspace, *scattered(700))
    delete(workspace, *(f"B{n}" for n in range(700)))
    assert_index_is_right(file)
    features = scattered(600, "D", seed=3)
    create(workspace, *features)
    assert_index_is_right(file)
    box = (120.02, 36.02, 120.05, 36.03)
    assert set(workspace.read("buildings", Query(bbox=box)).index) == found_by_looking(features, box)


def test_without_any_place_there_is_nothing_to_index(workspace: Store, file) -> None:
    create(workspace, *(building(f"B{n}", None) for n in range(300)))
    assert_index_is_right(file)
    assert workspace.count("buildings", Query(bbox=(-180, -90, 180, 90))) == 0


def test_a_refused_commit_leaves_the_triggers_awake(workspace: Store, file) -> None:
    with pytest.raises(InvalidParameter):
        create(workspace, *scattered(300), building("wrong", floors="six"))
    create(workspace, building("B1", house_at(120, 36)))
    assert_index_is_right(file)
    assert workspace.count("buildings", Query(bbox=(119, 35, 121, 37))) == 1


def test_layers_of_one_commit_have_their_own_index(tmp_path: Path) -> None:
    lines = [shapely.LineString([(120, 36 + n / 1e4), (120.01, 36 + n / 1e4)]) for n in range(250)]
    roads = [Feature(f"R{n}", line, {"code": f"R{n}"}) for n, line in enumerate(lines)]
    town = Feature("T1", shapely.box(120, 36, 121, 37), {"code": "T1"})
    layers = {"communities": [town], "buildings": scattered(2500), "roads": roads}
    with closing(open_store(tmp_path / "a.gpkg")) as store:
        store.commit(draft(Change(name, each.id, None, each) for name, of in layers.items() for each in of))
        assert store.count("roads", Query(bbox=(120, 36, 120.01, 36.00005))) == 1
        assert store.count("roads", Query(bbox=(120, 36, 121, 37))) == 250
        assert store.count("buildings", Query(bbox=(120, 36, 121, 37))) == 2250


def test_boxes_are_rounded_outwards() -> None:
    boxes = np.array([[120.123456789, -36.987654321, 120.2, -36.9], [np.nan] * 4, [0.1, 0.2, 0.3, 0.4]])
    found = cells(7, boxes)
    assert found["id"].tolist() == [7, 9]
    for (minx, maxx, miny, maxy), (west, south, east, north) in zip(found["box"].tolist(), boxes[[0, 2]], strict=True):
        assert west - 1e-5 < minx <= west and east <= maxx < east + 1e-5
        assert south - 1e-5 < miny <= south and north <= maxy < north + 1e-5
