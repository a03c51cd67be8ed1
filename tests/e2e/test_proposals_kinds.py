"""Every kind of proposal that becomes records: computed, one part picked, taken over, seen on its map, undone."""

from __future__ import annotations

import pytest

from layers import clock
from tests.e2e.proposing import proposed, tool
from tests.live import Live
from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

SAID = {"zh": ("新增 1 条", "已撤销"), "en": ("1 new in", "Undone")}
DISTRICT, COMMUNITY = "districts:990201", "990201001001"
# What is proposed: in which language, on which map, with which wishes, and the layer that a part becomes a record of.
KINDS = {
    "bundle-buildings": ("zh", "/maps/courtyards?as_of=2026-06-30", {"within": DISTRICT}, "managed-areas"),
    "joint-units": ("en", "/maps/joint-units?as_of=2026-06-30", {"size_min": "4", "seconds": "20"}, "joint-units"),
    "site-stations": (
        "zh", "/maps/service-area?as_of=2026-06-30",
        {"within": f"communities:{COMMUNITY}", "k": "2", "minutes": "3", "candidates": "courtyards", "seconds": "20"},
        "stations",
    ),
    "assign-posts": ("en", "/maps/grids?community=990201002006&as_of=2026-06-30", {}, "assignments"),
}  # fmt: skip


@pytest.fixture(scope="module")
def office(works: Live) -> str:
    return works.url


@pytest.mark.parametrize("process", quickly([*KINDS], 0))
def test_a_part_is_taken_over_and_undone(seat, works: Live, process: str) -> None:
    language, path, wishes, layer = KINDS[process]
    before = works.store.count(layer)
    page = seat(path, language=language)
    tool(page, process, **{"seconds": "2", **wishes})
    rows = proposed(page, process)
    count = rows.count()
    assert count > 1 and page.locator("path.proposed").count() >= count
    assert page.locator(".sentences").inner_text()
    # The table and the map point at the same part.
    rows.nth(1).locator("th").click()
    here = page.locator(".proposal tr[aria-current]").get_attribute("data-part")
    assert here == rows.nth(1).get_attribute("data-part")
    page.locator(".proposal thead input").uncheck()
    assert page.is_disabled("[data-accept]")
    rows.nth(0).locator("input").check()
    page.click("[data-accept]")
    page.wait_for_selector("[data-undo]")
    made, undone = SAID[language]
    # What begins today is not on the map of an earlier day, and says so.
    day = clock.today().isoformat()
    assert layer == "stations" or day in page.inner_text(".taken")
    assert made in page.inner_text(".taken") and works.store.count(layer) == before + 1
    map_of_it = page.locator(".taken a").first.get_attribute("href")
    assert page.request.get(map_of_it).ok
    page.click("[data-undo]")
    page.wait_for_selector("[data-undo]", state="detached")
    assert undone in page.inner_text(".taken") and works.store.count(layer) == before
