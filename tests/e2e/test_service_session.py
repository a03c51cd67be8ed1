"""A planner's session on the service map, in a browser: choose, place, look at gaps, compare, export."""

from __future__ import annotations

import csv
import json
import re
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.looking import at_rest
from tests.e2e.test_stories import exported, number, table_rows

pytest.importorskip("playwright", reason="browser tests need playwright")

START = "/maps/service-area?as_of=2026-06-30"
CODE = re.compile(r"^\d+[A-Z]\d+")


def renewed(page, act) -> None:
    """Do something that renews the page, and wait until it is."""
    before = page.url.split("#")[0]
    act()
    page.wait_for_function("before => location.href.split('#')[0] !== before", arg=before)
    page.wait_for_selector("html[data-ready]")


def choice(page) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(page.url).query).items()}


def figures(page) -> tuple[int, int]:
    covered, total = re.search(r"([\d,]+)/([\d,]+)", page.inner_text(".headline .value")).groups()
    return number(covered), number(total)


def asked(page, **changes: object) -> dict:
    """Ask the API what the address of the page says."""
    own = choice(page)
    inputs = {"as_of": own["as_of"], "minutes": [5, 10, 15]}
    inputs |= {name: own[name].split(",") for name in ("kinds", "stations") if name in own}
    if "points" in own:
        inputs["points"] = [[float(part) for part in each.split(",")] for each in own["points"].split(";")]
    if "method" in own:
        inputs["method"] = own["method"]
    base = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    answer = page.request.post(f"{base}/api/processes/service-coverage/execution", data={"inputs": inputs | changes})
    assert answer.ok, answer.text()
    return answer.json()


@pytest.mark.deep
def test_a_planners_session(visit, tmp_path):
    page = visit(START)
    every = figures(page)[0]
    renewed(page, lambda: page.check(".reach [value=elder_canteen]"))
    # The other stations are hollow, and there to be clicked.
    assert page.locator(".sign path[fill='#FFFFFF']").count() > 20
    canteens = asked(page)["summary"]
    assert figures(page) == (canteens["covered"], canteens["total"]) and canteens["covered"] < every

    # A station that does not count is taken in by a click, and out by another.
    hollow = page.locator(".sign:has(path[fill='#FFFFFF'])").first
    renewed(page, lambda: hollow.click(force=True))
    assert CODE.match(choice(page)["stations"]) and page.locator(".sentence .chip").count() == 2
    assert figures(page)[0] == asked(page)["summary"]["covered"] >= canteens["covered"]
    renewed(page, lambda: page.locator(".sentence .chip").nth(1).click())
    assert "stations" not in choice(page) and figures(page)[0] == canteens["covered"]

    # A place that is no station yet, moved by dragging.
    page.click("#place-point")
    frame = page.locator(".map-frame").bounding_box()
    renewed(page, lambda: page.mouse.click(frame["x"] + 150, frame["y"] + 300))
    page.keyboard.press("Escape")
    with_point = asked(page)
    assert figures(page)[0] == with_point["summary"]["covered"] > canteens["covered"]
    pin, first = page.locator(".leaflet-marker-draggable").bounding_box(), choice(page)["points"]

    def drag() -> None:
        page.mouse.move(pin["x"] + 9, pin["y"] + 9)
        page.mouse.down()
        page.mouse.move(pin["x"] + 60, pin["y"] + 30, steps=4)
        page.mouse.up()

    renewed(page, drag)
    moved = asked(page)
    assert choice(page)["points"] != first and figures(page)[0] == moved["summary"]["covered"]

    # The gaps: the same as the API's, in its order; from the list to the map and back.
    page.click("[data-rows=gaps]")
    listed = page.locator(".grid-row")
    assert table_rows(page) == len(moved["gaps"]["features"])
    elders = [each["properties"]["elderly_60"] for each in moved["gaps"]["features"]]
    assert number(listed.first.locator("span").last.inner_text()) == elders[0] == max(elders)
    listed.first.click()
    assert page.locator(".chosen").count() == 2 and "盲区 1" in page.inner_text("#details")
    page.click(".zoom-all")
    at_rest(page)
    page.locator(".badge-number").nth(1).click()
    assert "盲区 2" in page.inner_text('.grid-row[aria-selected="true"]')

    # Another way of measuring, and all of them side by side.
    page.click("#tab-service")
    renewed(page, lambda: page.select_option(".reach [name=method]", "straight"))
    circle = asked(page)["summary"]["covered"]
    assert figures(page)[0] == circle > moved["summary"]["covered"]
    renewed(page, lambda: page.select_option(".reach [name=method]", "network"))
    renewed(page, lambda: page.check(".reach [type=checkbox][name=compare]"))
    rows = page.locator(".figures").last.locator("tbody tr").all_inner_texts()
    assert [number(row.split("\t")[1]) for row in (rows[0], rows[-1])] == [moved["summary"]["covered"], circle]

    # What the table shows is what the file holds.
    page.click("[data-rows=gaps]")
    with exported(page, "CSV", tmp_path).open(encoding="utf-8-sig", newline="") as lines:
        assert len(list(csv.DictReader(lines))) == len(elders)
    shapes = json.loads(exported(page, "GeoJSON", tmp_path).read_text("utf-8"))["features"]
    assert all(each["geometry"]["type"].endswith("Polygon") for each in shapes)
    exported(page, "XLSX", tmp_path)

    # The address tells it all: opened elsewhere it shows the same; Back undoes one step.
    again = visit("/" + page.url.split("/", 3)[3])
    assert figures(again) == figures(page) and again.locator(".leaflet-marker-draggable").count() == 1
    renewed(page, page.go_back)
    assert "compare" not in page.url


@pytest.mark.deep
def test_by_keyboard_a_station_and_a_point_are_added_and_taken_out(visit):
    page = visit(START + "&kinds=elder_canteen&lang=en")
    page.focus("#add-station input")
    page.keyboard.type("119.19, 35.503")
    renewed(page, lambda: page.keyboard.press("Enter"))
    assert choice(page)["points"] == "119.190000,35.503000"
    page.fill("#add-station input", "nowhere")
    page.keyboard.press("Enter")
    assert "nowhere" in page.inner_text("#toast")
    page.focus(".sentence .chip >> nth=1")
    renewed(page, lambda: page.keyboard.press("Enter"))
    assert "points" not in choice(page)
    page.click("[data-rows=others]")
    page.locator(".grid-row").first.click()
    renewed(page, lambda: page.get_by_role("button", name="Only this one").click())
    assert set(choice(page)) == {"as_of", "lang", "stations"}
    assert figures(page)[0] == asked(page)["summary"]["covered"]


def test_a_scenario_is_drawn_counted_and_taken_away_again(visit, serve, demo, tmp_path):
    base = serve(shutil.copy(demo, tmp_path / "scenario.gpkg"))
    page = visit(START + "&kinds=elder_canteen&lang=en", base=base)
    before = figures(page)[0]
    page.click("#measure summary")
    page.fill("#add-measure [name=scenario]", "West canteen")
    page.select_option("#add-measure [name=action]", "add_station")
    page.select_option("#add-measure [name=kind]", "elder_canteen")
    page.click("#draw-measure")
    frame = page.locator(".map-frame").bounding_box()
    page.mouse.click(frame["x"] + 150, frame["y"] + 300)
    assert (
        "," in page.input_value("#add-measure [name=where]")
        and page.locator("#draw-measure[aria-pressed=true]").count()
    )
    renewed(page, lambda: page.click("#add-measure .primary"))
    assert choice(page)["scenario"] == "West canteen"
    after = asked(page, scenario="West canteen")["summary"]["covered"]
    assert figures(page)[0] == after > before
    row = page.locator(".figures").first.locator("tbody tr").first.inner_text().split("\t")
    assert [number(row[1].split(" ")[0]), number(row[2].split(" ")[0])] == [before, after]
    assert "add a station" in page.inner_text(".legend")
    # What is not possible is refused in words, and nothing is kept.
    page.fill("#add-measure [name=where]", "119.19")
    page.click("#add-measure .primary")
    assert (
        choice(page)["scenario"] == "West canteen"
        and page.locator('[data-rows="measures"]').inner_text() == "Measures 1"
    )
    page.click("[data-rows=measures]")
    page.locator(".grid-row").first.click()
    renewed(page, lambda: page.get_by_role("button", name="Delete the measure").click())
    assert "scenario" not in choice(page) and figures(page)[0] == before


def test_a_long_wait_says_so_and_can_be_given_up(visit):
    page = visit(START)
    before = figures(page)
    waiting = []
    page.route("**/maps/service-area?*minutes=7*", lambda route: waiting.append(route))
    page.evaluate("""() => {
        const field = document.querySelector('.reach [name=minutes]');
        field.value = '7';
        field.dispatchEvent(new Event('change', { bubbles: true }));
    }""")
    page.wait_for_selector("#renewing:visible")
    assert "正在计算" in page.inner_text("#renewing")
    page.click("#renewing button")
    page.wait_for_selector("#renewing", state="hidden")
    assert figures(page) == before and "minutes" not in choice(page)
    page.unroute_all(behavior="ignoreErrors")


def test_the_grids_band_refuses_ends_that_are_the_wrong_way_round(visit):
    page = visit("/maps/grids?as_of=2026-06-30")
    page.fill("[name=low]", "600")
    page.press("[name=low]", "Enter")
    assert "band" not in page.url
    assert page.eval_on_selector("[name=high]", "field => field.validationMessage") == "下限不能大于上限。"


def test_the_grids_map_opens_on_rows(visit):
    assert table_rows(visit("/maps/grids?as_of=2026-06-30&band=1-9999")) > 0
