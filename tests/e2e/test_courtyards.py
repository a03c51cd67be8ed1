"""The questions that planners ask first, each with its clicks counted, in both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.store import open_store
from tests.plain_count import counted
from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

TODAY = "2025-02-06"


class Hand:
    """Works a page, and counts its clicks; what is typed follows a click into its field."""

    def __init__(self, page) -> None:
        self.page, self.clicks = page, 0

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)

    def loaded(self, address: str) -> None:
        self.page.wait_for_url(address)
        self.page.wait_for_selector("html[data-ready]")

    def types(self, selector: str, text: str) -> None:
        self.click(selector)
        self.page.fill(selector, text)
        self.page.keyboard.press("Enter")


def rows(page) -> dict[str, str]:
    """Return code → the text of each row of the table."""
    found = page.locator(".grid-row")
    return {found.nth(n).locator(".code").inner_text(): found.nth(n).inner_text() for n in range(found.count())}


@pytest.mark.parametrize("language", quickly(["zh", "en"]))
def test_which_open_courtyards_of_over_100_households_does_nobody_manage(visit, demo, language):
    store = open_store(str(demo))
    _, yards = counted(store, dt.date.fromisoformat(TODAY), "broad")
    store.close()
    expected = {
        code: yard.households
        for code, yard in yards.items()
        if yard.standing == "none" and yard.record.get("enclosure") == "open" and (yard.households or 0) > 100
    }
    hand = Hand(visit(f"/?as_of={TODAY}&lang={language}"))
    hand.click(".maps a[href*='/maps/courtyards']")
    hand.loaded("**/maps/courtyards**")
    hand.click("input[name=enclosure][value=open]")
    hand.loaded("**enclosure=open**")
    hand.types("input[name=min_households]", "101")
    hand.loaded("**min_households=101**")
    page = hand.page
    assert hand.clicks <= 4
    assert set(rows(page)) == set(expected) and expected
    legend = page.locator('.group:has([data-count="none"]) .switch b').all_inner_texts()
    assert sum(map(int, legend)) == len(expected)
    households = f"{sum(expected.values()):,}"
    assert households in page.inner_text(".headline")
    # the analysis says the same
    inputs = {"as_of": TODAY, "enclosure": "open", "min_households": 101}
    root = page.url.partition("/maps")[0]
    answer = page.request.post(f"{root}/api/processes/unmanaged-courtyards/execution", data={"inputs": inputs}).json()
    assert {each["id"] for each in answer["courtyards"]["features"]} == set(expected)
    assert answer["summary"]["households"] == sum(expected.values())


@pytest.mark.parametrize(
    ("language", "why", "former"),
    quickly([("zh", "为什么这样统计", "原："), ("en", "Why it counts so", "Former:")]),
)
def test_why_does_this_building_count_as_unmanaged(visit, language, why, former):
    hand = Hand(visit(f"/?as_of={TODAY}&lang={language}"))
    page = hand.page
    lapsed = "脱管" if language == "zh" else "lapsed"
    row = page.locator(".grid-row", has_text=lapsed).first
    hand.clicks += 1
    row.click()
    page.wait_for_selector("#details .chapter")
    told = page.inner_text("#details")
    assert hand.clicks == 1
    assert why in told and former in told
    assert page.locator("#details .chapter").count() == 3
    name = "原管理主体" if language == "zh" else "Former manager"
    assert name in told


@pytest.mark.parametrize(("language", "floor"), quickly([("zh", "建筑面积"), ("en", "Floor area")], 0))
def test_two_dates_are_compared_by_floor_area(visit, language, floor):
    hand = Hand(visit(f"/?as_of={TODAY}&lang={language}"))
    page, form = hand.page, 'form[data-process="compare-dates"]'
    hand.click(f"details:has({form}) > summary")
    hand.types(f"{form} [name=from]", "2022-06-30")
    page.wait_for_selector(".result, .problem")
    hand.clicks += 1
    page.select_option(f"{form} [name=weight]", value="floor_area_m2")
    hand.clicks += 1
    page.select_option(f"{form} [name=by]", value="enclosure")
    hand.click(f"{form} .primary")
    page.wait_for_function(
        "floor => document.querySelector('.result dl')?.innerText.includes(floor)", arg=floor.lower()
    )
    assert hand.clicks <= 6
    assert page.locator(".result table tbody tr").count() >= 3
    assert "open" not in page.inner_text(".result table tbody tr >> nth=0") or language == "en"


@pytest.mark.deep
def test_the_name_is_changed_where_it_stands(seat):
    page = seat(f"/maps/courtyards?as_of={TODAY}")
    page.click("#rename")
    page.fill(".naming input", "滨江<b>区")
    page.click(".naming .primary")
    page.wait_for_function("() => document.querySelector('.brand b')?.textContent === '滨江<b>区'")
    page.wait_for_selector("html[data-ready]")
    page.click("#tab-history")
    page.wait_for_selector(".changeset")
    assert "workspace renamed: 滨江<b>区" in page.inner_text("#history")


def test_a_click_frames_no_rectangle_and_the_keyboard_has_its_ring(visit):
    page = visit(f"/maps/courtyards?as_of={TODAY}&lang=en")
    yard = page.locator("path.feature").first
    yard.evaluate("each => { each.tabIndex = 0; each.focus({ focusVisible: false }); }")
    assert yard.evaluate("each => each === document.activeElement")
    assert yard.evaluate("each => getComputedStyle(each).outlineStyle") == "none"
    yard.evaluate("each => { each.blur(); each.focus({ focusVisible: true }); }")
    assert yard.evaluate("each => getComputedStyle(each).outlineStyle") != "none"
