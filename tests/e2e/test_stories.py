"""What people do with the map pages, in a browser."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from tests.e2e.looking import at_rest
from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

DAY = "as_of=2025-02-06"
MAPS = ("coverage", "courtyards", "grids")
# Which language each page is opened in quickly; what the others have, other tests go through.
QUICK_PAGES = {"/": (0,), "/maps/courtyards": (0,)}


def number(text: str) -> int:
    return int(text.replace(",", ""))


def legend(page, group: str) -> int:
    """Add up the switches of one group of the legend."""
    rows = page.locator(f'.group:has([data-count="{group}"]) .switch b').all_inner_texts()
    return sum(number(row) for row in rows)


def table_rows(page) -> int:
    return int(page.locator(".grid").get_attribute("aria-rowcount")) - 1


def exported(page, kind: str, tmp_path: Path) -> Path:
    page.click(".menu summary")
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    return target


@pytest.mark.parametrize(
    ("path", "language"),
    [
        case
        for path in ["/", *(f"/maps/{each}" for each in MAPS)]
        for case in quickly([(path, "zh"), (path, "en")], *(QUICK_PAGES.get(path, ())))
    ],
)
def test_every_page_shows_a_map_a_legend_and_a_table(visit, path, language):
    page = visit(f"{path}?{DAY}&lang={language}")
    assert page.locator(".feature").count() > 50
    assert page.locator(".switch").count() >= 3
    assert page.locator(".grid-row").count() > 3
    assert page.locator("html").get_attribute("lang").startswith(language)


@pytest.mark.parametrize("basis", quickly(["broad", "strict", "accepted"], 1))
def test_legend_table_and_exports_count_the_same_unmanaged_buildings(visit, tmp_path, basis):
    page = visit(f"/maps/coverage?{DAY}&basis={basis}")
    unmanaged = legend(page, "not")
    assert unmanaged == number(page.inner_text('[data-count="not"]')) == table_rows(page) > 0
    with exported(page, "CSV", tmp_path).open(encoding="utf-8-sig", newline="") as lines:
        assert len(list(csv.DictReader(lines))) == unmanaged
    features = json.loads(exported(page, "GeoJSON", tmp_path).read_text("utf-8"))["features"]
    assert len(features) == unmanaged
    sheet = openpyxl.load_workbook(exported(page, "XLSX", tmp_path))["明细"]
    codes = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {feature["properties"]["code"] for feature in features} <= codes
    answer = page.request.post(
        f"{page.url.split('/maps')[0]}/api/processes/unmanaged-buildings/execution",
        data={"inputs": {"as_of": "2025-02-06", "basis": basis}},
    )
    assert {each["id"] for each in answer.json()["buildings"]["features"]} == {each["id"] for each in features}


@pytest.mark.deep
def test_switching_a_class_off_takes_it_from_map_table_and_export(visit, tmp_path):
    page = visit(f"/maps/coverage?{DAY}")
    before, lapsed = table_rows(page), number(page.inner_text('[data-class="not:lapsed"] b'))
    shown = page.locator(".feature:not(.off)").count()
    page.click('[data-class="not:lapsed"]')
    assert table_rows(page) == before - lapsed
    assert page.locator(".feature:not(.off)").count() == shown - lapsed
    features = json.loads(exported(page, "GeoJSON", tmp_path).read_text("utf-8"))["features"]
    assert len(features) == before - lapsed
    page.click(".chip")
    assert table_rows(page) == before


@pytest.mark.deep
def test_a_row_leads_to_its_building_and_back(visit):
    page = visit(f"/maps/coverage?{DAY}")
    page.click(".grid-row >> nth=2")
    code = page.inner_text(".grid-row[aria-selected=true] .code")
    assert page.locator(".chosen").count() == 2
    assert code in page.inner_text("#details")
    assert page.inner_text("#details .reason").strip()
    page.mouse.click(*middle(page, page.locator(".feature:not(.off)").nth(700)))
    page.wait_for_function("code => !document.querySelector('#details').innerText.includes(code)", arg=code)
    picked = page.locator(".grid-row[aria-selected=true]")
    assert picked.locator(".code").inner_text() in page.inner_text("#details")
    grid, row = page.locator(".grid").bounding_box(), picked.bounding_box()
    assert grid["y"] <= row["y"] and row["y"] + row["height"] <= grid["y"] + grid["height"]


def middle(page, shape) -> tuple[float, float]:
    """Bring a feature into view, and say where its middle is."""
    page.get_by_role("button", name="全图", exact=True).click()
    at_rest(page)
    box = shape.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.deep
def test_the_address_brings_back_what_was_looked_at(visit):
    page = visit(f"/maps/coverage?{DAY}")
    community = page.locator(".grid-row .code").first.inner_text()[:12]
    page = visit(f"/maps/coverage?{DAY}&community={community}")
    switch = f'[data-class="{page.locator(".group:not(.focus) .switch").first.get_attribute("data-class")}"]'
    page.click(switch)
    page.fill("#filter", "9902")
    page.wait_for_function("() => location.hash.includes('text')")
    page.click(".grid-row >> nth=0")
    page.wait_for_function("() => location.hash.includes('sel') && location.hash.includes('view')")
    address, chosen = page.url, page.inner_text(".grid-row[aria-selected=true] .code")
    again = visit(address.partition("/maps")[1] + address.partition("/maps")[2])
    assert again.inner_text(".grid-row[aria-selected=true] .code") == chosen
    assert again.get_attribute(switch, "aria-checked") == "false"
    assert again.input_value("#filter") == "9902"
    assert table_rows(again) == table_rows(page)
    assert again.locator(".chip").count() == 3


@pytest.mark.deep
def test_the_language_is_switched_and_remembered(visit):
    page = visit(f"/maps/coverage?{DAY}")
    assert "无物业（" in page.inner_text(".legend")
    page.click(".grid-row >> nth=1")
    chosen = page.inner_text(".grid-row[aria-selected=true] .code")
    page.click(".language")
    page.wait_for_selector("html[lang=en][data-ready]")
    assert "Not managed" in page.inner_text(".legend")
    assert page.inner_text(".grid-row[aria-selected=true] .code") == chosen
    page.goto(page.url.partition("/maps")[0] + "/maps/grids")
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.deep
def test_the_day_and_the_basis_are_asked_of_the_server(visit):
    page = visit(f"/maps/coverage?{DAY}")
    broad = legend(page, "not")
    page.check("input[name=basis][value=strict]", force=True)
    page.wait_for_url("**basis=strict**")
    page.wait_for_selector("html[data-ready]")
    assert legend(page, "not") == table_rows(page) > broad
    page.fill("[name=as_of]", "2019-01-01")
    page.press("[name=as_of]", "Enter")
    page.wait_for_url("**as_of=2019-01-01**")
    page.wait_for_selector("html[data-ready]")
    assert "2019-01-01" in page.inner_text(".headline")


def test_search_finds_by_initials_code_and_place(visit):
    page = visit(f"/maps/courtyards?{DAY}")
    page.fill("#search", "wlsq")
    page.wait_for_selector("#search-results li:has-text('文澜社区')")
    page.fill("#search", "990201001001C001")
    page.press("#search", "Enter")
    page.wait_for_selector(".chosen")
    assert "990201001001C001" in page.inner_text("#details")
    page.fill("#search", "119.19, 35.51")
    assert page.locator("#search-results li").count() == 1


@pytest.mark.deep
def test_an_analysis_runs_in_the_workbench(visit):
    page = visit(f"/?{DAY}")
    unmanaged = legend(page, "not")
    page.click('form[data-process="unmanaged-buildings"] .primary')
    page.wait_for_selector(".result")
    assert f"{unmanaged} 行" in page.inner_text(".result")
    page.click("summary:has-text('两日对比')")
    page.click('form[data-process="compare-dates"] .primary')
    assert page.evaluate("document.querySelector('[data-process=compare-dates] [name=from]').validity.valueMissing")


@pytest.mark.deep
def test_the_history_names_the_changes(visit):
    page = visit("/?lang=en")
    page.click("#tab-history")
    page.wait_for_selector(".changeset")
    assert "Buildings +" in page.inner_text("#history")


def test_the_band_of_households_is_a_parameter(visit):
    page = visit(f"/maps/grids?{DAY}&band=1-100000")
    assert page.locator(".subtotal").count() >= 1
    assert legend(page, "within") == number(page.inner_text('[data-count="within"]'))
    assert page.locator('[data-class="below"]').count() == 0


@pytest.mark.parametrize("language", quickly(["zh", "en"]))
def test_the_map_keeps_its_room(visit, language):
    page = visit(f"/?{DAY}&lang={language}")
    box = page.locator(".folium-map").bounding_box()
    assert box["width"] >= 640 and box["height"] >= 480
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    top = page.evaluate("[...document.querySelector('.top').children].map(e => e.getBoundingClientRect().right)")
    assert max(top) <= 1366
    page.click("[data-fold=left]")
    assert page.locator("#left").bounding_box()["width"] == 44


@pytest.mark.deep
def test_a_narrow_window_has_sheets(visit):
    page = visit(f"/maps/coverage?{DAY}", size=(420, 800))
    page.click("[data-fold=left]")
    assert page.locator(".legend").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.deep
def test_markup_in_names_is_text(visit, hostile_site):
    page = visit(f"/maps/coverage?{DAY}", base=hostile_site)
    page.click("[data-rows=all]")
    page.fill("#filter", "onerror")
    page.wait_for_function("() => document.querySelectorAll('.grid-row').length > 0 && location.hash.includes('text')")
    page.click(".grid-row >> nth=0")
    assert "<img src=x" in page.inner_text("#details")
    page.fill("#search", "<img")
    page.locator(".feature").first.hover(force=True)
    page.click("#tab-history")
    page.wait_for_selector(".changeset")
    assert "<img src=x" in page.inner_text("#history")
    assert page.title() != "owned"
    assert page.locator("body img").count() == 0


@pytest.mark.parametrize("which", quickly(MAPS, 0))
def test_a_downloaded_map_opens_from_disk(visit, site, browser, tmp_path, which):
    page = visit(f"/maps/{which}?{DAY}")
    with page.expect_download() as download:
        page.click("a[download].button")
    target = tmp_path / "map.html"
    download.value.save_as(target)
    offline = visit(target.as_uri(), offline=True)
    assert offline.locator(".feature").count() == page.locator(".feature").count()
    assert table_rows(offline) == table_rows(page)
    offline.click(".grid-row >> nth=1")
    assert offline.locator(".chosen").count() == 2
    assert offline.locator("[data-tool], form, .menu a").count() == 0
    features = json.loads(exported(offline, "GeoJSON", tmp_path).read_text("utf-8"))["features"]
    assert len(features) == table_rows(page)


@pytest.mark.deep
def test_one_community_of_a_large_workspace_travels_with_its_page(visit, serve, demo):
    site = serve(demo, map_buildings=500)
    page = visit(f"/maps/coverage?{DAY}", base=site)
    assert page.locator(".feature").count() == 0 and page.locator("canvas").count() > 0  # in tiles
    page.locator("#areas a", has_text="文澜社区").click()
    page.wait_for_url("**community=990201002002**")
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".feature").count() > 50


def test_paper_carries_title_scale_and_legend(visit):
    page = visit(f"/maps/coverage?{DAY}")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for sheet in (".sheet-title", ".sheet-north", ".sheet-scale", ".sheet-secret", ".legend"):
        assert page.locator(sheet).is_visible()
    assert page.inner_text("#sheet-ratio").startswith("1 : ")
    assert "EPSG:45" in page.inner_text(".sheet-foot")


def test_the_table_is_worked_with_the_keyboard(visit):
    page = visit(f"/maps/coverage?{DAY}")
    page.focus(".grid")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator(".grid-row").nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.locator("[aria-selected=true].grid-row").count() == 0
