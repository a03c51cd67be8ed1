"""A proposal of another kind than grids: posts computed, picked, taken over as records, undone."""

from __future__ import annotations

import pytest

from tests.e2e.test_proposals import office  # noqa: F401 - the demo district with somebody who runs jobs

pytest.importorskip("playwright", reason="browser tests need playwright")

COMMUNITY = "990201002006"
SAID = {"zh": ("已证最优", "新增 1 条", "已撤销"), "en": ("Proven optimal", "1 new in", "Undone")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_posts_are_taken_over_in_part_and_undone(seat, office, language):  # noqa: F811
    page = seat(f"/maps/grids?community={COMMUNITY}&as_of=2026-06-30", language=language)
    page.click("#tab-proposals")
    page.click("details:has([data-proposal=assign-posts]) > summary")
    page.click("[data-proposal=assign-posts] .primary")
    page.wait_for_selector(".proposal h3")
    optimal, made, undone = SAID[language]
    assert page.inner_text(".proposal h3") == optimal
    rows = page.locator(".proposal tr[data-part]")
    count = rows.count()
    assert count > 1 and page.locator("path.proposed").count() == count
    for n in range(1, count):
        rows.nth(n).locator("input").uncheck()
    page.click("[data-accept]")
    page.wait_for_selector("[data-undo]")
    assert made in page.inner_text(".taken")
    page.click("[data-undo]")
    page.wait_for_selector("[data-undo]", state="detached")
    assert undone in page.inner_text(".taken")
