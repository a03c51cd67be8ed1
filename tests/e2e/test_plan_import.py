"""Grids edited elsewhere come back through the page: their faults are shown and repaired, and a draft is left."""

from __future__ import annotations

import json

import pytest
import shapely

from tests.e2e.planning import COMMUNITY, asked, checked, choose, drag, homes, opened, saved

pytest.importorskip("playwright", reason="browser tests need playwright")


def torn(plan: dict) -> str:
    """Return the grids of a plan as a file in which the first laps over its neighbours and the second gapes."""
    features = []
    for number, each in enumerate(plan["grids"]["features"]):
        shape = shapely.from_geojson(json.dumps(each["geometry"]))
        if number < 2:
            shape = shape.buffer((1e-4, -1e-4)[number], join_style="mitre")
        given = {"code": each["properties"]["code"], "name": each["properties"]["name"]}
        features.append({"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": given})
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_a_torn_file_becomes_a_sound_draft(seat, office):
    page = seat("/plans", language="zh")
    before = asked(office, opened(office, **{"from": "active"}))
    page.select_option("#new-plan [name=community]", COMMUNITY)
    page.set_input_files(
        "#new-plan [name=file]", {"name": "qgis.geojson", "mimeType": "application/json", "buffer": b"[]"}
    )
    page.click("#new-plan .primary")
    page.wait_for_selector("#problem:visible")
    assert "GeoJSON" in page.inner_text("#problem")
    file = {"name": "qgis.geojson", "mimeType": "application/geo+json", "buffer": torn(before).encode()}
    page.set_input_files("#new-plan [name=file]", file)
    assert "qgis.geojson" in page.inner_text("#new-plan")
    page.click("#new-plan .primary")
    page.wait_for_selector("body.plan")
    page.wait_for_selector("html[data-ready]")
    plan = page.url.split("/")[-1].split("?")[0]

    # What is wrong is said and shown; nothing but the repair can be done.
    assert "修复" in page.inner_text("#frozen") and page.locator("[data-tool=brush]").is_disabled()
    page.click("#tab-review")
    kinds = {each.split()[0] for each in page.locator("#defects li").all_inner_texts()}
    assert {"重叠", "空隙"} <= kinds and int(page.inner_text("#defect-count")) > 1
    where = page.evaluate("() => String(window[document.querySelector('.folium-map').id].getCenter())")
    page.locator("#defects .finding", has_text="空隙").first.click()
    assert where != page.evaluate("() => String(window[document.querySelector('.folium-map').id].getCenter())")

    saved(page, lambda: page.click("#repair"))
    page.wait_for_selector("#frozen", state="hidden")
    checked(page)
    after = asked(office, plan)
    assert not after["needs_repair"] and page.inner_text("#defect-count") == ""
    assert {each["severity"] for each in (one["properties"] for one in after["defects"]["features"])} <= {"warning"}
    cells = [shapely.from_geojson(json.dumps(each["geometry"])) for each in after["cells"]["features"]]
    assert shapely.coverage_is_valid(cells) and None not in homes(after).values()

    # It is a draft like any other.
    assert page.inner_text("#state") == "草案"
    choose(page, 0)
    page.keyboard.press("m")
    west, south, east, north = shapely.total_bounds(cells)
    saved(page, lambda: drag(page, (west, south), ((west + east) / 2, north)))
    assert homes(asked(office, plan)) != homes(after)
