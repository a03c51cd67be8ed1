"""What people do with the service map, in a browser."""

from __future__ import annotations

import csv
import json

import pytest

from tests.e2e.test_stories import exported, legend, number, table_rows
from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

CANTEENS = "/maps/service-area?as_of=2026-06-30&kinds=elder_canteen"


def count(page, group: str) -> int:
    return number(page.inner_text(f'[data-count="{group}"]'))


@pytest.mark.parametrize("language", quickly(["zh", "en"]))
def test_legend_table_and_exports_count_the_same_buildings(visit, tmp_path, language):
    page = visit(f"{CANTEENS}&lang={language}")
    uncovered = legend(page, "uncovered")
    assert uncovered == count(page, "uncovered") == table_rows(page) > 0
    assert count(page, "covered") == legend(page, "covered") > 0
    assert page.locator(".sign:not(:has([fill='#FFFFFF']))").count() == count(page, "stations") == 4
    assert page.locator(".sign").count() == 4 + count(page, "others")
    # A gap is an outline and its number.
    buildings, outlines = uncovered + count(page, "covered"), 2 * count(page, "gaps")
    assert page.locator(".feature").count() == buildings + outlines + page.locator(".sign").count()
    with exported(page, "CSV", tmp_path).open(encoding="utf-8-sig", newline="") as lines:
        assert len(list(csv.DictReader(lines))) == uncovered
    assert len(json.loads(exported(page, "GeoJSON", tmp_path).read_text("utf-8"))["features"]) == uncovered
    exported(page, "XLSX", tmp_path)


def test_by_car_more_is_reached_than_on_foot(visit):
    page = visit(f"{CANTEENS}&minutes=1,3&speed_kmh=3.0")
    walked = count(page, "covered")
    page.locator(".reach [name=mode][value=drive]").click(force=True)
    page.wait_for_url("**mode=drive**")
    page.wait_for_selector("html[data-ready]")
    assert "speed_kmh" not in page.url  # nobody drives at the speed of the elderly on foot
    assert count(page, "covered") > walked
    assert "驾车" in page.inner_text(".headline")


@pytest.mark.deep
def test_kinds_and_minutes_are_chosen_at_left_and_kept_in_the_address(visit):
    page = visit("/maps/service-area?as_of=2026-06-30")
    every = count(page, "stations")
    page.check(".reach [value=clinic]")
    page.wait_for_url("**kinds=clinic**")
    page.wait_for_selector("html[data-ready]")
    assert 0 < count(page, "stations") < every
    page.fill(".reach [name=minutes]", "6,12")
    page.press(".reach [name=minutes]", "Enter")
    page.wait_for_url("**minutes=6%2C12**")
    page.wait_for_selector("html[data-ready]")
    assert "6–12 分钟" in page.inner_text(".legend")
    page.click('[data-class="station:clinic"]')
    assert page.locator(".sign:not(:has([fill='#FFFFFF'])):visible").count() == 0
    page.click(".language")
    page.wait_for_selector("html[lang=en][data-ready]")
    assert "6–12 minutes" in page.inner_text(".legend") and "kinds=clinic" in page.url


def test_a_station_tells_what_it_is(visit):
    page = visit(CANTEENS)
    page.click("[data-rows=stations]")
    page.locator(".grid-row").first.click()
    assert "长者食堂" in page.inner_text("#details") and page.locator(".chosen").count() == 2


@pytest.mark.deep
def test_the_downloaded_map_opens_from_disk(visit, tmp_path):
    page = visit(CANTEENS)
    with page.expect_download() as download:
        page.click("a[download].button")
    target = tmp_path / "map.html"
    download.value.save_as(target)
    offline = visit(target.as_uri(), offline=True)
    assert offline.locator(".feature").count() == page.locator(".feature").count()
    assert table_rows(offline) == table_rows(page)
    assert offline.locator("[data-tool], form").count() == 0
