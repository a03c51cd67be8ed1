"""The ways through the site as a planner goes them, with clicks counted; and what a screen reader needs."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft, Holding
from tests.e2e.looking import AXE
from tests.suite import quickly

PAGES = ("/maps/coverage", "/maps/courtyards", "/maps/grids", "/maps/service-area",
         "/maps/joint-units?as_of=2001-01-01", "/plans", "/import", "/records", "/history", "/analyses",
         "/analyses/coverage?as_of=2026-06-30", "/proposals", "/scenarios", "/jobs", "/help",
         "/help/howto/import", "/api/?f=html", "/api/collections?f=html",
         "/api/collections/buildings/items?f=html&limit=20", "/api/openapi.html")  # fmt: skip
SERIOUS = ("serious", "critical")


class Clicks:
    """A page on which clicks are counted."""

    def __init__(self, page: object) -> None:
        self.page, self.count = page, 0

    def click(self, selector: str) -> None:
        self.page.click(selector)
        self.count += 1


@pytest.fixture
def reach(browser: object, site: str):
    """Open any page of the site, ready or not of scripts; nothing outside is asked for, and nothing goes wrong."""
    contexts, complaints = [], []

    def open_page(path: str, language: str, size: tuple[int, int] = (1366, 768), base: str = site) -> object:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN", bypass_csp=True)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith((base, "data:", "blob:")) or complaints.append(asked.url))
        page.on("response", lambda said: said.status >= 400 and complaints.append(f"{said.status} {said.url}"))
        page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}", wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("path", "language"),
    [case for turn, page in enumerate(PAGES) for case in quickly([(page, "zh"), (page, "en")], turn % 2)],
)
def test_no_page_has_a_serious_fault_for_screen_readers(reach: Callable[..., object], path: str, language: str) -> None:
    if not AXE.exists():
        if os.environ.get("GRIDMAP_REQUIRE_NODE") == "1":
            pytest.fail("axe-core is not installed: npm --prefix tests/browser ci")
        pytest.skip("axe-core is not installed")
    page = reach(path, language)
    page.add_script_tag(content=AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [(each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found]
    assert [each for each in told if each[1] in SERIOUS or each[0] in ("page-has-heading-one", "skip-link")] == []


@pytest.mark.parametrize(
    ("language", "typed", "name", "label"),
    quickly(
        [
            ("zh", "wanghewuye", "望河物业服务有限公司", "在管楼栋"),
            ("en", "whwy", "望河物业服务有限公司", "Buildings managed"),
        ],
        0,
    ),
)
def test_a_manager_is_found_in_two_clicks(reach: Callable[..., object], language: str, typed: str, name: str,
                                          label: str) -> None:  # fmt: skip
    page = Clicks(reach("/maps/coverage?as_of=2026-06-30", language))
    page.click("#search")
    page.page.keyboard.type(typed)
    page.page.wait_for_selector("#search-results li.counts")
    page.click(f"#search-results li:has-text('{name}') >> nth=0")
    page.page.wait_for_selector(f"#details h3:has-text('{name}')")
    assert label in page.page.inner_text("#details")
    assert page.page.locator(".leaflet-result-pane path").count() > 0
    assert page.count == 2


@pytest.mark.deep
@pytest.mark.parametrize(("language", "adopted"), quickly([("zh", "已采纳"), ("en", "is adopted")], 1))
def test_a_scenario_is_adopted_in_four_clicks_and_undone_in_a_fifth(
    reach: Callable[..., object], serve: Callable[..., str], demo: Path, tmp_path: Path, language: str, adopted: str
) -> None:
    workspace = Path(shutil.copy(demo, tmp_path / "own.gpkg"))
    store = open_store(str(workspace))
    said = {"code": "m1", "scenario": "增设食堂", "action": "add_station", "kind": "elder_canteen", "name": "新食堂"}
    made = Feature("m1", shapely.Point(119.195, 35.505), said)
    at = dt.datetime(2025, 2, 6, tzinfo=dt.UTC)
    store.commit(Draft("test", at, "measure", "edit", [Change("scenario-measures", "m1", None, made)]))
    store.close()
    page = Clicks(reach("/", language, base=serve(workspace)))
    page.click(".site-menu summary")
    page.click("[data-entry=scenarios]")
    page.page.wait_for_selector("html[data-ready]")
    page.click("[data-adopt]")
    page.click("[data-yes]")
    page.page.wait_for_selector("#done:not([hidden])")
    assert adopted in page.page.inner_text("#done") and page.count == 4
    assert page.page.locator("[data-scenario]").count() == 0
    page.click("#done button")
    page.page.wait_for_function("() => !document.querySelector('#done button')")
    page.page.reload()
    assert page.page.locator("[data-scenario]").count() == 1


@pytest.mark.parametrize("language", quickly(["zh", "en"]))
def test_a_question_stands_in_the_address_and_its_answer_is_wide(reach: Callable[..., object], language: str) -> None:
    page = reach("/analyses/service-coverage", language)
    page.fill("[name=as_of]", "2026-06-30")
    page.click("details.ticks[data-name=kinds] summary")
    page.check("[name=kinds][value=elder_canteen]")
    page.click("#ask .primary")
    page.wait_for_selector(".output table")
    assert "kinds=elder_canteen" in page.url and "as_of=2026-06-30" in page.url
    shown = page.inner_text("#result")
    assert "%" in shown and not [key for key in ("as_of", "known_share", "elder_canteen", "by_reason") if key in shown]
    page.reload()
    page.wait_for_selector(".output table")
    assert page.inner_text("#result") == shown
    for _ in range(2):  # the other language keeps what is asked, and so does the way back
        before = page.url
        page.click(".language")
        page.wait_for_url(lambda url: url != before)  # noqa: B023
        page.wait_for_selector(".output table")
        assert "kinds=elder_canteen" in page.url and "as_of=2026-06-30" in page.url
    assert page.inner_text("#result") == shown
    with page.expect_download() as saved:
        page.click(".files a >> nth=0")
    assert saved.value.suggested_filename.endswith(".xlsx")


@pytest.mark.deep
def test_that_a_map_opened_on_the_ledgers_day_is_said_until_it_is_closed(
    reach: Callable[..., object], serve: Callable[..., str], demo: Path, tmp_path: Path
) -> None:
    workspace = Path(shutil.copy(demo, tmp_path / "own.gpkg"))
    store = open_store(str(workspace))
    day, at = dt.date(2025, 2, 6), dt.datetime(2025, 2, 6, tzinfo=dt.UTC)
    before = store.get("courtyards", "990201001001C001")
    after = replace(before, properties={**before.properties, "households": 21})
    made = Change("courtyards", before.id, before, after)
    store.commit(Draft("test", at, "ledger", "import", [made], holding=Holding(day)))
    store.close()
    page = reach("/maps/coverage", "zh", base=serve(workspace))
    assert "2025-02-06" in page.inner_text(".opened-on")
    page.click("[data-close-notice]")
    assert page.is_hidden(".opened-on")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.is_hidden(".opened-on")


def test_a_phone_shows_the_headline_and_the_plans(reach: Callable[..., object]) -> None:
    page = reach("/maps/coverage", "zh", size=(390, 844))
    box = page.locator(".phone-headline b").bounding_box()
    assert box is not None and 0 <= box["y"] < 844 and box["width"] > 0
    page = reach("/plans", "zh", size=(390, 844))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_on_a_phone_a_long_headline_leaves_room_for_the_notice(reach: Callable[..., object]) -> None:
    page = reach("/maps/coverage", "en", size=(390, 844))
    long = "villages reach their centre in time " * 9
    page.locator(".phone-headline small").evaluate("(each, text) => { each.textContent = text; }", long)
    headline, notices = (page.locator(each).bounding_box() for each in (".phone-headline", "#notices"))
    assert headline["y"] + headline["height"] <= notices["y"]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        case
        for path in ("/maps/coverage", "/maps/service-area")
        for case in quickly([(path, "zh"), (path, "en")], 1)  # the longer words
    ],
)
def test_the_head_of_a_map_has_room_for_all_of_it(reach: Callable[..., object], path: str, language: str) -> None:
    page = reach(path, language)
    cut = "each => each.scrollWidth > each.clientWidth + 1"
    assert not page.eval_on_selector(".top", cut)
    assert not page.eval_on_selector(".language", cut)
    # The name of the place is written out: half a pixel less, and it would end in an ellipsis.
    room = page.eval_on_selector(
        ".brand b",
        """each => {
            const text = document.createRange();
            text.selectNodeContents(each);
            return each.getBoundingClientRect().width - text.getBoundingClientRect().width;
        }""",
    )
    assert room > -0.02
