"""The metric CRS follows the records, so that outlines that nobody drew do not depend on which file came first."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import shapely

from layers.store import open_store
from layers.store.protocol import Changeset, Draft, Query, Store
from layers.usecases.edits.measuring import FOLLOWS
from layers.usecases.history import revert
from tests import town
from tests.layers.test_importing import NOW, collection, load, table
from tests.suite import quickly

# A town west of 121.5 E, where two zones of 3 degrees meet, with one of its stations east of it.
WEST, EAST = "EPSG:4549", "EPSG:4550"
HOUSES = [shapely.box(121.497, 31.2 + at, 121.4973, 31.2003 + at) for at in (0.0, 0.001)]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The files of a town that lies on the border of two zones."""
    community = {"社区编码": "990301001001", "名称": "河湾社区"}, shapely.box(121.49, 31.19, 121.5, 31.21)
    stations = [("S1", "西站", "121.499", "31.2"), ("S2", "东站", "121.504", "31.2")]
    houses = [({"楼栋编码": f"B{n}", "楼号": f"{n}号楼"}, shape) for n, shape in enumerate(HOUSES, 1)]
    return {
        "communities": collection(tmp_path / "c.geojson", community),
        "buildings": collection(tmp_path / "b.geojson", *houses),
        "courtyards": table(tmp_path / "y.csv", ("楼院编码", "名称", "楼栋编码"), ("Y1", "河湾院", "B1、B2")),
        "stations": table(tmp_path / "s.csv", ("编码", "名称", "经度", "纬度"), *stations),
    }


def outlines(store: Store) -> dict[str, bytes]:
    """Return courtyard → its outline, to the last bit."""
    return {
        each.id: each.geometry.wkb for each in store.page("courtyards", Query(), limit=10).features
    }


ORDERS = [(each,) for each in itertools.permutations(("communities", "buildings", "courtyards"))]


@pytest.mark.parametrize("order", quickly(ORDERS, 1, 3), ids=">".join)
def test_stations_before_any_order_of_the_others_end_in_the_same_outlines(
    empty: Store, tmp_path: Path, files: dict[str, Path], order: tuple[str, ...]
) -> None:
    for layer in ("stations", *order):
        load(empty, layer, files[layer])
    assert empty.setting("metric_crs") == WEST
    other = open_store(tmp_path / "other.gpkg")
    for layer in ("communities", "buildings", "courtyards"):
        load(other, layer, files[layer])
    assert outlines(empty) == outlines(other) != {}
    other.close()


def test_a_place_that_was_wrong_and_undone_does_not_decide(empty: Store, files: dict[str, Path]) -> None:
    astray = load(empty, "communities", collection(
        files["stations"].with_name("astray.geojson"),
        ({"社区编码": "990301001009", "名称": "别处"}, shapely.box(100, 30, 100.1, 30.1)),
    )).changeset  # fmt: skip
    assert isinstance(astray, Changeset) and empty.setting("metric_crs") == "EPSG:4542"
    revert(empty, astray.revision, "tests", NOW)
    load(empty, "communities", files["communities"])
    assert empty.setting("metric_crs") == WEST


def test_a_workspace_from_before_keeps_its_own(empty: Store, files: dict[str, Path]) -> None:
    empty.commit(Draft("tests", NOW, "as it was", "import", (), settings={"metric_crs": EAST}))
    for layer in ("communities", "buildings", "courtyards"):
        load(empty, layer, files[layer])
    assert (empty.setting("metric_crs"), empty.setting(FOLLOWS)) == (EAST, None)


def test_where_grids_were_drawn_it_stays(empty: Store, files: dict[str, Path]) -> None:
    load(empty, "stations", files["stations"])
    assert empty.setting("metric_crs") == EAST
    town.add(empty, "plan-cells", "P.1", HOUSES[0], plan_code="P")
    load(empty, "buildings", files["buildings"])
    assert empty.setting("metric_crs") == EAST
