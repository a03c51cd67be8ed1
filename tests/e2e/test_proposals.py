"""A proposal from the form to the grids in force: computed, looked at, taken over in part, adjusted, approved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely

import web
from app import create_app
from layers.settings import Settings
from layers.store import open_store
from tests import town
from tests.e2e.planning import asked, at, checked, saved
from tests.live import answering

pytest.importorskip("playwright", reason="browser tests need playwright")

COMMUNITY, BUILDING = "990201001001", "99020100100100001"
FOUND = {"zh": ("可行", "已证最优"), "en": ("Feasible", "Proven optimal")}
BAND = ("200", "450")


@pytest.fixture
def office(demo: Path, tmp_path: Path) -> Iterator[str]:
    """The demo district, served with somebody who runs jobs; what is approved in one test is not in force in others."""
    workspace = shutil.copy(demo, tmp_path / "proposals.gpkg")
    app = create_app(Settings(workspace=str(workspace)))
    jobs = web.start_jobs(app)
    try:
        with answering(app) as address:
            yield address
    finally:
        jobs.close()


def begun(seat: Callable[..., object], language: str, low: str, high: str, seconds: str = "5") -> object:
    """Open the tool for one community and fill the form."""
    page = seat(f"/maps/grids?community={COMMUNITY}&as_of=2025-02-06", language=language)
    page.click("#tab-proposals")
    page.fill("#tool-proposals [name=households_min]", low)
    page.fill("#tool-proposals [name=households_max]", high)
    page.click(".proposing .more > summary")
    page.fill("#tool-proposals [name=seconds]", seconds)
    return page


def proposed(page: object) -> object:
    """Compute the proposal that the form asks for; gives the rows of its table."""
    page.click("#tool-proposals form .primary")
    page.wait_for_selector(".proposal h3")
    return page.locator(".proposal tbody tr")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_proposal_is_taken_over_in_part_adjusted_and_approved(seat, office, language):
    page = begun(seat, language, *BAND)
    rows = proposed(page)
    parts = [each.get_attribute("data-part") for each in rows.all()]
    assert len(parts) > 1
    assert page.inner_text(".proposal h3") in FOUND[language]
    assert page.locator("path.proposed").count() == len(parts)
    assert "2025-02-06" in page.inner_text(".sentences")
    # The table and the map point at the same grid.
    rows.nth(1).locator("th").click()
    assert page.locator(".proposal tr[aria-current]").get_attribute("data-part") == parts[1]

    rows.nth(0).locator("input").uncheck()
    page.click("[data-accept]")
    page.wait_for_url("**/plans/**")
    page.wait_for_selector("html[data-ready]")
    plan = page.url.split("/plans/")[1].split("?")[0]
    draft = asked(page, office, plan)
    assert draft["state"] == "draft"
    known = {each["id"] for each in draft["grids"]["features"]}
    assert set(parts[1:]) <= known | {each for each in parts if ".g" in each}

    grid, place = one_cell_more(draft)
    page.click(".zoom-all")
    page.locator(f"#grids-body tr[data-grid='{grid}'] .grid-name").click()
    page.click(".zoom-all")
    page.click("[data-tool=paint]")
    saved(page, lambda: page.mouse.click(*at(page, place)))
    assert asked(page, office, plan)["revision"] == draft["revision"] + 1
    checked(page)

    page.click("#tab-steps")
    for step, state in (("#submit", "submitted"), ("#approve", "active")):
        page.click(step)
        page.wait_for_selector("#confirm[open]")
        page.click("#confirm-do")
        page.wait_for_selector(f"#state[data-state={state}]")


def one_cell_more(plan: dict) -> tuple[str, tuple[float, float]]:
    """Return a grid, and a place in a cell beside it that another grid can spare without falling apart."""
    cells: dict[str, list] = {}
    for each in plan["cells"]["features"]:
        cells.setdefault(each["properties"]["grid"], []).append(shapely.from_geojson(json.dumps(each["geometry"])))
    grids = sorted(name for name in cells if name is not None)
    for grid, other in ((one, two) for one in grids for two in grids if one != two):
        mine = shapely.union_all(cells[grid])
        for n, cell in enumerate(cells[other]):
            rest = shapely.union_all(cells[other][:n] + cells[other][n + 1 :])
            shared = shapely.intersection(mine.boundary, cell.boundary).length
            if shared > 1e-4 and rest.geom_type == "Polygon":
                return grid, tuple(cell.representative_point().coords[0])
    raise AssertionError("no cell can be spared")


def test_what_moved_on_is_said_and_computed_again(seat, office, tmp_path):
    page = begun(seat, "en", *BAND)
    proposed(page)
    store = open_store(str(tmp_path / "proposals.gpkg"))
    town.amend(store, "buildings", BUILDING, households=33)
    store.close()
    page.click("[data-accept]")
    page.wait_for_selector(".accepting .changes li")
    assert "Buildings" in page.inner_text(".accepting .changes")
    page.click("[data-again]")
    page.wait_for_selector(".waiting")
    page.wait_for_selector(".proposal h3")
    page.click("[data-accept]")
    page.wait_for_url("**/plans/**")


def test_a_band_that_cannot_be_kept_says_which_can(seat, office):
    page = begun(seat, "zh", "395", "396")
    proposed(page)
    assert page.inner_text(".proposal h3") not in FOUND["zh"]
    assert "可行的最小区间" in page.inner_text(".smallest")
    page.click(".smallest .button")
    page.wait_for_selector(".waiting")
    page.wait_for_selector(".proposal h3")
    assert page.inner_text(".proposal h3") in FOUND["zh"]


def test_a_computation_is_cancelled(seat, office):
    page = begun(seat, "zh", *BAND, seconds="600")
    page.click("#tool-proposals form .primary")
    page.click("[data-cancel]")
    page.wait_for_selector("#proposed .hint")
    assert page.locator("path.proposed").count() == 0
    assert page.is_enabled("#tool-proposals form .primary")
