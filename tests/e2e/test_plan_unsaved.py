"""What is not saved yet outlives the page, is done once, and is no secret."""

from __future__ import annotations

import json

import pytest

from tests.e2e.planning import asked, at_once, bounds_of, choose, drag, homes, opened, revision, saved, until

pytest.importorskip("playwright", reason="browser tests need playwright")

Box = tuple[float, float, float, float]


def kept(page: object) -> dict:
    """Return what this tab keeps of the plan it shows."""
    return page.evaluate(
        """() => JSON.parse(sessionStorage.getItem(`gridmap.plan.${location.pathname.split('/').at(-1)}.unsaved`))"""
    )


def west_half(page: object, box: Box) -> None:
    drag(page, (box[0], box[1]), ((box[0] + box[2]) / 2, box[3]))


def east_half(page: object, box: Box) -> None:
    drag(page, ((box[0] + box[2]) / 2, box[1]), (box[2], box[3]))


def begun(seat: object, office: str, language: str = "en") -> tuple[object, str, Box]:
    """Open a plan with the grids in force, the box in hand."""
    plan = opened(office, **{"from": "active"})
    page = seat(f"/plans/{plan}", "Ann", language)
    page.on("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("m")
    choose(page, 0)
    return page, plan, bounds_of(asked(office, plan))


def again(page: object) -> None:
    page.reload()
    page.wait_for_selector("html[data-ready]")


@pytest.mark.deep
def test_edits_that_wait_are_saved_after_a_reload(seat, office):
    page, plan, box = begun(seat, office, "zh")
    before = asked(office, plan)
    first, second = (page.locator("#grids-body tr").nth(n).get_attribute("data-grid") for n in range(2))
    lost = []

    def lose(route: object) -> None:
        # The service does the first, but its answer gets lost; then there is no connection before the reload.
        if "reloaded" in lost:
            route.continue_()
            return
        if not lost:
            route.fetch()
        lost.append("answer")
        route.abort()

    page.route("**/edits", lose)
    west_half(page, box)
    page.wait_for_selector("#status[data-status=offline]")
    choose(page, 1)
    east_half(page, box)
    until(page, lambda: "2" in page.inner_text("#status"))
    assert [each["op"] for each in kept(page)["jobs"]] == ["assign", "assign"]
    assert kept(page)["revision"] == before["revision"]

    page.once("framenavigated", lambda _: lost.append("reloaded"))
    again(page)
    page.wait_for_selector("#recalled:visible")
    assert "2 次修改" in page.inner_text("#recalled") and "分配单元" in page.inner_text("#recalled")
    until(page, lambda: kept(page) is None)
    after = asked(office, plan)
    # Twice, not three times: the first was done already.
    assert after["revision"] == before["revision"] + 2
    assert set(homes(after).values()) == {first, second} and homes(after) != homes(before)
    assert int(page.get_attribute("#status", "data-revision")) == after["revision"]


@pytest.mark.deep
def test_somebody_elses_work_is_not_overridden_by_what_a_reload_brings_back(seat, office):
    page, plan, box = begun(seat, office)
    page.route("**/edits", lambda route: route.abort())
    west_half(page, box)
    page.wait_for_selector("#status[data-status=offline]")
    other = seat(f"/plans/{plan}", "Bo")
    other.keyboard.press("m")
    choose(other, 1)
    saved(other, lambda: east_half(other, box))
    theirs = homes(asked(office, plan))

    page.unroute("**/edits")
    again(page)
    page.wait_for_selector("#conflict:visible")
    assert "Bo" in page.inner_text("#conflict") and homes(asked(office, plan)) == theirs
    # The question is not lost with the page either.
    again(page)
    page.wait_for_selector("#conflict:visible")
    page.click("#discard-mine")
    page.wait_for_selector("#status[data-status=saved]")
    assert homes(asked(office, plan)) == theirs and kept(page) is None


def test_two_tabs_of_one_planner_keep_apart_what_is_theirs(seat, office):
    page, plan, box = begun(seat, office)
    with page.context.expect_page() as opening:
        page.evaluate("window.open(location.href)")
    twin = opening.value
    twin.wait_for_selector("html[data-ready]")
    page.route("**/edits", lambda route: route.abort())
    west_half(page, box)
    page.wait_for_selector("#status[data-status=offline]")
    assert len(kept(page)["jobs"]) == 1 and kept(twin) is None

    # Locks are of the browser: the other tab sees them.
    page.locator("#grids-body .lock input").nth(2).check()
    until(twin, lambda: twin.locator("#grids-body .lock input").nth(2).is_checked())

    twin.keyboard.press("m")
    choose(twin, 1)
    saved(twin, lambda: east_half(twin, box))
    theirs = homes(asked(office, plan))
    page.unroute("**/edits")
    at_once(page)
    page.wait_for_selector("#conflict:visible")
    saved(page, lambda: page.click("#redo-mine"))
    now = homes(asked(office, plan))
    first = page.locator("#grids-body tr").nth(0).get_attribute("data-grid")
    assert {grid for cell, grid in now.items() if grid != theirs[cell]} == {first}
    assert kept(page) is None and kept(twin) is None


def test_typed_properties_wait_in_the_form_and_are_saved_with_the_next_choice(seat, office):
    page, plan, _ = begun(seat, office)
    key = page.locator("#grids-body tr").nth(0).get_attribute("data-grid")
    page.fill("#record [name=remark]", "网格员周三巡查")
    assert page.inner_text("#typed") == "not saved yet" and kept(page)["typed"]["grid"] == key
    again(page)
    assert page.input_value("#record [name=remark]") == "网格员周三巡查"
    saved(page, lambda: page.locator("#grids-body .grid-name").nth(1).click())
    remarks = {each["id"]: each["properties"]["remark"] for each in asked(office, plan)["grids"]["features"]}
    assert remarks[key] == "网格员周三巡查" and list(remarks.values()).count(None) == len(remarks) - 1
    assert kept(page) is None


@pytest.mark.deep
def test_a_page_with_unsaved_edits_asks_before_it_is_left(seat, office):
    page, _, box = begun(seat, office)
    before = revision(page)
    page.route("**/edits", lambda route: route.abort())
    west_half(page, box)
    page.wait_for_selector("#status[data-status=offline]")
    asks = page.evaluate("() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    assert asks
    page.unroute("**/edits")
    saved(page, lambda: at_once(page), before)
    assert page.evaluate("() => dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    assert json.loads(page.evaluate("() => JSON.stringify(sessionStorage)")) == {}
