"""Planners at work in a browser: a session from the empty community to grids in force, and two at one plan."""

from __future__ import annotations

import itertools

import geopandas as gpd
import pytest
import shapely

from layers import clock
from tests.e2e.planning import (
    COMMUNITY,
    asked,
    at,
    at_once,
    bounds_of,
    checked,
    choose,
    drag,
    grids_of,
    homes,
    opened,
    revision,
    saved,
    shown,
    three_grids,
    until,
)

pytest.importorskip("playwright", reason="browser tests need playwright")

METRIC = "EPSG:4549"
GAP_WIDTHS_M = (0.0, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0)


# -- a session


def test_a_planners_session(seat, office, tmp_path):
    page = seat("/plans")
    page.select_option("#new-plan [name=community]", COMMUNITY)
    page.select_option("#new-plan [name=from]", "none")
    page.fill("#new-plan [name=name]", "Three grids")
    page.click("#new-plan .primary")
    page.wait_for_selector("body.plan")
    page.wait_for_selector("html[data-ready]")
    plan = page.url.split("/")[-1].split("?")[0]
    box = bounds_of(asked(office, plan))
    middle = (box[1] + box[3]) / 2

    three_grids(page, box)
    now = asked(office, plan)
    assert len(now["grids"]["features"]) == 3 and now["unassigned"]["cells"] == 0
    assert shown(page) == grids_of(now)

    # Painting is one edit a stroke, however many cells it takes.
    choose(page, 0)
    page.keyboard.press("b")
    third = (box[2] - box[0]) / 3
    saved(page, lambda: drag(page, (box[0] + 0.9 * third, middle), (box[0] + 1.3 * third, middle)))
    painted = asked(office, plan)
    assert painted["revision"] == now["revision"] + 1 and homes(painted) != homes(now)
    assert shown(page) == grids_of(painted)

    # Split along streets: the line only says which.
    choose(page, 2)
    page.keyboard.press("s")
    page.check("#follow")
    for place in ((box[2] - 1.2 * third, middle), (box[2] - 0.5 * third, middle), (box[2] + 0.1 * third, middle)):
        page.mouse.click(*at(page, place))
    saved(page, lambda: page.keyboard.press("Enter"))
    assert page.locator("#grids-body tr").count() == 4

    choose(page, 1, 2)
    saved(page, lambda: page.keyboard.press("g"))
    assert page.locator("#grids-body tr").count() == 3

    saved(page, lambda: page.keyboard.press("Control+z"))
    assert page.locator("#grids-body tr").count() == 4
    saved(page, lambda: page.keyboard.press("Control+z"))
    assert homes(asked(office, plan)) == homes(painted)
    saved(page, lambda: page.keyboard.press("Control+Shift+z"))
    assert page.locator("#grids-body tr").count() == 4

    # The eraser leaves a hole; the finder finds it, the coach mends it.
    page.keyboard.press("e")
    saved(page, lambda: page.mouse.click(*at(page, (box[0] + 0.3 * third, middle))))
    free = asked(office, plan)["unassigned"]["cells"]
    assert free > 0
    page.keyboard.press("u")
    assert "cell" in page.inner_text("#patch")
    page.wait_for_selector("#defects .error")
    while page.locator("#suggestions li", has_text="unassigned").count():
        saved(page, lambda: page.locator("#suggestions li", has_text="unassigned").first.locator(".apply").click())
        checked(page)
    assert asked(office, plan)["unassigned"]["cells"] == 0

    page.click("#tab-steps")
    page.click("#submit")
    page.wait_for_selector("#confirm[open]")
    assert "buildings move" in page.inner_text("#confirm")
    page.click("#confirm-do")
    page.wait_for_selector("#state[data-state=submitted]")
    assert page.is_visible("#frozen") and page.locator("[data-tool=brush]").is_disabled()
    page.click("#approve")
    page.wait_for_selector("#confirm[open]")
    page.fill("#confirm [name=valid_from]", clock.today().isoformat())
    page.click("#confirm-do")
    page.wait_for_selector("#state[data-state=active]")

    files = {
        "plan.geojson": page.locator("#export-geojson"),
        "grids.geojson": page.locator(".files a", has_text="Grids in force GeoJSON"),
        "grids.gpkg": page.locator(".files a", has_text="Grids in force GPKG"),
    }
    for name, button in files.items():
        with page.expect_download() as kept:
            button.click()
        kept.value.save_as(tmp_path / name)
    whole = page.request.get(f"{office}/api/collections/communities/export?f=gpkg&filter=code='{COMMUNITY}'")
    (tmp_path / "whole.gpkg").write_bytes(whole.body())
    community = gpd.read_file(tmp_path / "whole.gpkg", layer="communities").to_crs(METRIC).geometry.iloc[0]
    # GeoJSON has seven decimals, some 5 mm: a corner on the community's border leaves it by so much.
    rounding_m2 = 0.005 * community.length
    for name in files:
        given = gpd.read_file(tmp_path / name, **({"layer": "grids"} if name.endswith("gpkg") else {}))
        check_independently(given, community, 0.0 if name == "grids.gpkg" else rounding_m2)


def check_independently(grids: gpd.GeoDataFrame, community: shapely.Geometry, rounding_m2: float) -> None:
    """See with other means than ours that grids divide a community: no overlap, no gap, shared borders."""
    grids = grids.to_crs(METRIC)
    assert len(grids) == 4 and grids["code"].str.fullmatch(COMMUNITY + r"\d{3}").all() and grids.is_valid.all()
    for one, two in itertools.combinations(range(len(grids)), 2):
        both = gpd.overlay(grids.iloc[[one]], grids.iloc[[two]], how="intersection", keep_geom_type=True)
        assert both.area.sum() < 1e-6 * community.area
    assert grids.union_all().symmetric_difference(community).area < 1e-6 * community.area + rounding_m2
    for width in GAP_WIDTHS_M:
        assert shapely.coverage_is_valid(grids.geometry.values, gap_width=width), width


# -- two planners


def test_on_a_phone_the_grids_have_their_names(seat, office):
    plan = opened(office, **{"from": "active", "name": "网格优化调整方案（征求意见稿·第二次修订）" * 3})
    page = seat(f"/plans/{plan}", viewport={"width": 390, "height": 844})
    names = page.locator(".grids-table tbody th")
    assert names.count() > 1
    assert names.evaluate_all("all => all.every((each) => each.scrollWidth <= each.clientWidth)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.deep
def test_two_planners_see_each_others_work_before_they_go_on(seat, office):
    plan = opened(office)
    box = bounds_of(asked(office, plan))
    one = seat(f"/plans/{plan}", "Ann")
    three_grids(one, box)
    two = seat(f"/plans/{plan}", "Bo")
    west, south, east, north = box
    first, second, _ = sorted(grids_of(asked(office, plan)))

    choose(one, 0)
    one.keyboard.press("m")
    saved(
        one, lambda: drag(one, (west + 0.34 * (east - west), south), (west + 0.45 * (east - west), (south + north) / 2))
    )
    theirs = homes(asked(office, plan))

    choose(two, 1)
    two.keyboard.press("m")
    drag(two, (west, (south + north) / 2), (west + 0.1 * (east - west), north))
    two.wait_for_selector("#conflict:visible")
    said = two.inner_text("#conflict")
    assert "Ann" in said and "Cells assigned" in said
    before = shown(two)
    two.locator("#conflict label", has_text="with mine on top").click()
    until(two, lambda: shown(two) != before)
    saved(two, lambda: two.click("#redo-mine"))
    now = homes(asked(office, plan))
    # Ann's work is there, and Bo's on top of it.
    assert {grid for cell, grid in now.items() if grid != theirs[cell]} == {second}
    assert {theirs[cell] for cell, grid in now.items() if grid != theirs[cell]} == {first}

    # The other way round, and given up.
    choose(one, 2)
    one.keyboard.press("m")
    drag(one, (west, south), (east, north))
    one.wait_for_selector("#conflict:visible")
    one.click("#discard-mine")
    one.wait_for_selector("#conflict", state="hidden")
    assert homes(asked(office, plan)) == now and shown(one) == grids_of(asked(office, plan))


@pytest.mark.deep
def test_an_edit_that_finds_no_connection_is_done_once_when_there_is_one(seat, office):
    plan = opened(office)
    page = seat(f"/plans/{plan}")
    box = bounds_of(asked(office, plan))
    three_grids(page, box)
    before = asked(office, plan)["revision"]
    answered = []

    def lost(route: object) -> None:
        # The first time the service does it, and the answer gets lost.
        answered.append(route.fetch())
        route.abort()

    page.route("**/edits", lost, times=1)
    choose(page, 0)
    page.keyboard.press("m")
    middle = (box[0] + box[2]) / 2
    drag(page, (box[0], box[1]), (middle, box[3]))
    page.wait_for_selector("#status[data-status=offline]")
    assert "1 edit waits" in page.inner_text("#status")
    saved(page, lambda: at_once(page), before)
    assert answered[0].ok and asked(office, plan)["revision"] == before + 1 == revision(page)
    assert shown(page) == grids_of(asked(office, plan))


def test_what_is_refused_is_shown_where_it_is_and_changes_nothing(seat, office):
    plan = opened(office)
    page = seat(f"/plans/{plan}")
    box = bounds_of(asked(office, plan))
    three_grids(page, box)
    checked(page)
    before = asked(office, plan)
    choose(page, 0)
    page.keyboard.press("s")
    west, south, east, north = box
    # A line that lies in another grid.
    for x in (0.7, 0.8):
        page.mouse.click(*at(page, (west + x * (east - west), (south + north) / 2)))
    page.keyboard.press("Enter")
    page.wait_for_selector("#refusal:visible")
    checked(page)
    assert len(page.inner_text("#refusal-text")) > 20
    assert asked(office, plan) == before and shown(page) == grids_of(before)

    # A locked grid neither gives nor takes.
    page.click("#refusal-close")
    page.locator("#grids-body tr").nth(1).locator(".lock input").check()
    choose(page, 0)
    page.keyboard.press("m")
    drag(page, (west + 0.4 * (east - west), south), (west + 0.6 * (east - west), north))
    page.wait_for_selector("#toast.shown")
    assert page.get_attribute("#status", "data-status") == "saved"
    assert homes(asked(office, plan)) == homes(before)


@pytest.mark.deep
def test_an_older_revision_and_a_grids_record(seat, office):
    plan = opened(office)
    page = seat(f"/plans/{plan}", language="zh")
    box = bounds_of(asked(office, plan))
    page.keyboard.press("m")
    page.keyboard.press("n")
    drag(page, (box[0], box[1]), (box[2], box[3]))
    page.wait_for_selector("#grids-body tr")
    page.fill("#record [name=name]", "<b>甲</b>")
    page.fill("#record [name=workers_full]", "2")
    page.click("#record .primary")
    page.wait_for_selector("#grids-body .grid-name:has-text('<b>甲</b>')")
    page.click("#tab-past")
    page.wait_for_selector("#past li >> nth=2")
    page.click("#past a:has-text('版本 2')")
    page.wait_for_selector("#frozen:visible")
    assert "版本 2" in page.inner_text("#frozen") and "只读" in page.inner_text("#status")
    assert "甲" not in page.inner_text("#grids-body") and page.locator("[data-tool=box]").is_disabled()
    page.click("#frozen a")
    page.wait_for_selector("#grids-body .grid-name:has-text('<b>甲</b>')")


@pytest.mark.deep
def test_the_map_keeps_its_room_and_everything_has_a_name(seat, office):
    page = seat(f"/plans/{opened(office)}")
    frame = page.locator(".map-frame").bounding_box()
    assert frame["width"] >= 640 and frame["height"] >= 480
    unnamed = page.evaluate("""() => {
        const named = (each) => each.textContent.trim() || each.getAttribute('aria-label');
        const own = (each) => named(each) || each.closest('label')?.textContent.trim();
        return [...document.querySelectorAll('button, input, select, a')].filter((each) => !own(each)).length;
    }""")
    assert unnamed == 0
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    assert page.locator("#help kbd").count() > 20
