"""The way of a chosen building on the service map: drawn, and said."""

from __future__ import annotations

import os
import re

import pytest

from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

CANTEENS = "/maps/service-area?as_of=2026-06-30&kinds=elder_canteen&minutes=5,10"
SAID = {"zh": r"到.+共 ([\d,]+) 米，([\d.]+) 分钟：到街 \d+ 米，沿街 [\d,]+ 米，进站 \d+ 米",
        "en": r"To .+ ([\d,]+) m, ([\d.]+) minutes: \d+ m to the street, [\d,]+ m along the streets"}  # fmt: skip


def look(page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if os.environ.get("GRIDMAP_PICTURES"):
        page.screenshot(path=f"{os.environ['GRIDMAP_PICTURES']}/{name}.png")


@pytest.mark.parametrize("language", quickly(["zh", "en"], 0))
def test_a_chosen_building_shows_its_way(visit, language):
    page = visit(f"{CANTEENS}&lang={language}")
    page.click("[data-rows=uncovered]")
    page.locator(".grid-row").first.click()
    page.wait_for_selector(".way-roads")
    assert page.locator(".way-leg").count() <= 1
    said = re.search(SAID[language], page.inner_text(".way-said"))
    assert said, page.inner_text(".way-said")
    metres, minutes = float(said[1].replace(",", "")), float(said[2])
    assert minutes == pytest.approx(metres / 1000 * 15, abs=0.06)  # four kilometres an hour
    assert minutes > 10
    page.click("[data-tool=details]")
    look(page, f"way-{language}")
    page.locator("#details .icon-button").click()
    page.wait_for_function("!document.querySelector('.way')")


@pytest.mark.deep
def test_who_is_near_but_cut_off_is_a_row_of_the_legend_and_a_list(visit):
    page = visit(CANTEENS)
    near = page.locator('[data-class="uncovered:cut_off"]')
    assert near.count() == 1
    assert "近而不达" in near.inner_text()
    look(page, "cut-off-zh")


@pytest.mark.parametrize("language", quickly(["zh", "en"]))
def test_compounds_are_opened_by_a_switch_in_the_address(visit, language):
    page = visit(f"{CANTEENS}&lang={language}")
    page.click("[data-tool=service]")
    page.select_option(".reach [name=residents_roads]", "open")
    page.wait_for_url("**residents_roads=open**")
    page.wait_for_selector("html[data-ready]")
    assert {"zh": "所有人可穿行", "en": "open to everybody"}[language] in page.inner_text(".headline")
    look(page, f"opened-{language}")
