"""The public version, chosen by a box: every file that leaves the page is then made for the public."""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

DAY = "as_of=2025-02-06"


def saved(page, act, tmp_path: Path) -> tuple[dict, Path]:
    """Do what begins a download; give the parameters that it was asked with, and the file."""
    with page.expect_download() as download:
        act()
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    return parse_qs(urlsplit(download.value.url).query), target


def households(file: Path) -> list[int]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [int(row["households"]) for row in csv.DictReader(lines) if row.get("households")]


@pytest.mark.deep
def test_the_box_is_for_layers_rows_and_the_map(visit, tmp_path):
    page = visit(f"/maps/coverage?{DAY}&lang=en")

    def rows():
        page.click(".menu summary")
        page.get_by_role("button", name="CSV", exact=True).click()

    asked, _ = saved(page, rows, tmp_path)
    assert "public" not in asked  # made by the page itself
    page.click("#tab-export")
    page.check("#export-public")
    asked, file = saved(page, rows, tmp_path)
    assert asked["public"] == ["true"] and file.name.endswith("-public.csv")
    asked, _ = saved(page, lambda: page.click('a[download][href*="/download"]'), tmp_path)
    assert asked["public"] == ["true"]
    asked, file = saved(page, lambda: page.click('a[href*="/buildings/export?f=csv"]'), tmp_path)
    assert asked["public"] == ["true"]
    assert min(households(file)) >= 5
    page.uncheck("#export-public")
    asked, file = saved(page, lambda: page.click('a[href*="/buildings/export?f=csv"]'), tmp_path)
    assert "public" not in asked and min(households(file)) < 5


@pytest.mark.parametrize(
    "path", quickly(["/", "/maps/coverage", "/maps/service-area", "/maps/courtyards", "/maps/grids"], 1)
)
def test_a_public_page_works_and_asks_for_what_is_public_only(visit, path):
    page = visit(f"{path}?{DAY}&lang=en&public=true")
    assert page.locator(".feature").count() > 50
    assert page.locator("#tab-history, #tab-analyses").count() == 0
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".grid-row").first.click()
    page.click("#tab-export")
    assert all("public=true" in each for each in asked if "/maps/" in each or "/api/" in each)
