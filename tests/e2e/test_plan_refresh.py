"""A house is built while a plan is drafted: the editor says so, and makes its cells anew on request."""

from __future__ import annotations

import json

import pytest
import shapely

from tests.e2e.planning import asked, bounds_of, opened, revision

pytest.importorskip("playwright", reason="browser tests need playwright")


@pytest.mark.deep
def test_new_houses_are_told_of_and_get_cells(seat, office):
    page = seat("/plans", language="zh")
    # A community in which no other test approves a plan.
    plan = opened(office, community="990201001003", **{"from": "active"})
    before = asked(office, plan)
    empty = max(
        (
            shapely.from_geojson(json.dumps(each["geometry"]))
            for each in before["cells"]["features"]
            if not each["properties"]["buildings"]
        ),
        key=lambda cell: cell.area,
    )
    house = empty.representative_point().buffer(5e-5, quad_segs=1)
    built = page.request.post(
        f"{office}/api/collections/buildings/items",
        data={
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(house)),
            "properties": {"code": "NEW1", "name": "新楼", "use": "residential", "households": 7},
        },
        headers={"Content-Type": "application/geo+json"},
    )
    assert built.status == 201, built.text()

    page = seat(f"/plans/{plan}", language="zh")
    page.wait_for_selector("#outdated:visible")
    assert "新增楼栋 1" in page.inner_text("#outdated")
    page.click("#refresh")
    page.wait_for_selector("#told:visible")
    assert "单元已按现有楼栋与道路更新" in page.inner_text("#told-text") and page.is_hidden("#outdated")
    after = asked(office, plan)
    homes = {
        code: each["properties"] for each in after["cells"]["features"] for code in each["properties"]["buildings"]
    }
    assert homes["NEW1"]["households"] == 7 and homes["NEW1"]["grid"] is not None
    assert revision(page) == after["revision"] == before["revision"] + 1
    assert bounds_of(after) == bounds_of(before)
    page.click("#tab-past")
    assert "更新单元" in page.locator("#past li").first.inner_text()
