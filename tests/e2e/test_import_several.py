"""Several files dropped at once in a browser: named, put in order, asked about where that is needed, and imported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from layers.analyses.registry import analyses, silent
from layers.store import open_store
from tests.e2e.test_import_wizard import choose, settled, table

CITY = ("stations.csv", "ledger.xlsx", "buildings_gbk.zip", "communities.geojson")
IN_ORDER = ["communities.geojson", "buildings_gbk.zip", "ledger.xlsx", "stations.csv"]


@pytest.fixture
def wizard(visit: Callable[..., object], serve: Callable[..., str], tmp_path: Path) -> Iterator[Callable]:
    """Open the wizard over an empty workspace; gives the page."""
    workspace = tmp_path / "own.gpkg"
    open_store(workspace, create=True).close()
    base = serve(workspace)

    def opened(language: str = "zh") -> object:
        return visit(f"/import?lang={language}", base)

    opened.workspace = workspace
    yield opened


def drop(page: object, *files: tuple[str, bytes]) -> None:
    given = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    page.set_input_files("#file", given)
    page.wait_for_selector("#batch:not([hidden]) li")
    settled(page)


def listed(page: object) -> list[str]:
    return page.eval_on_selector_all("#batch li", "items => items.map(each => each.dataset.file)")


def coverage(workspace: Path, day: dt.date) -> tuple[int, int]:
    with closing(open_store(workspace)) as store:
        analysis = analyses()["coverage"]
        found = analysis.run(store, analysis.Inputs(as_of=day), silent)["summary"]
    return found["managed"], found["known"]


@pytest.mark.deep
def test_one_drop_of_a_whole_office(wizard: Callable, shared_data: Path) -> None:
    folder = shared_data / "cities" / "shanghai_core_ledger"
    page = wizard()
    drop(page, *((name, (folder / name).read_bytes()) for name in CITY))
    assert listed(page) == IN_ORDER
    assert "台账" in page.inner_text("#batch") and "服务站点" in page.inner_text("#batch")
    page.fill("#author-all", "王 工")
    page.click("#commit-all")
    page.wait_for_selector("#done:not([hidden])")
    settled(page)
    done = page.eval_on_selector_all("#done .batch-result", "items => items.map(each => each.dataset.file)")
    assert done == IN_ORDER
    assert "写入 4 次变更" in page.inner_text("#done")
    page.click("#undo")
    page.wait_for_selector("#done h2:has-text('已撤销')")
    settled(page)
    with closing(open_store(wizard.workspace)) as store:
        assert store.count("buildings") == store.count("courtyards") == 0
        assert {each.author for each in store.changesets(limit=8)} == {"王 工"}


@pytest.mark.deep
def test_a_real_ledger_comes_in_with_its_one_question(wizard: Callable, shared_data: Path) -> None:
    desk = shared_data / "desk"
    page = wizard()
    ledger = next((desk / "M01-realistic").glob("*.xlsx"))
    drop(
        page,
        *(
            (each.name, each.read_bytes())
            for each in (ledger, desk / "buildings.geojson", desk / "communities.geojson")
        ),
    )
    assert listed(page) == ["communities.geojson", "buildings.geojson", ledger.name]
    page.click("#commit-all")
    page.wait_for_selector("#go:not([hidden]) #commit")
    settled(page)
    assert page.inner_text("#batch li.here").startswith(ledger.name)
    questions = page.locator("[id^=g-question-]")
    assert questions.count() == 1 and "物业公司" in page.inner_text("#guesses")
    choose(page, "#g-question-0", "professional")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    settled(page)
    assert coverage(wizard.workspace, dt.date(2025, 6, 30)) == (12, 28)
    assert "写入 3 次变更" in page.inner_text("#done")


def test_what_nobody_can_tell_is_asked_first_and_a_file_may_be_left_out(
    browser: object, serve: Callable[..., str], tmp_path: Path, shared_data: Path
) -> None:
    desk, workspace = shared_data / "desk", tmp_path / "own.gpkg"
    open_store(workspace, create=True).close()
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB")  # a refusal is said aloud
    context.set_default_timeout(120_000)
    points = table(("编码", "名称", "经度", "纬度"), ("S1", "东门", "120.4003", "36.2003"), encoding="utf-8")
    page = context.new_page()
    page.goto(f"{serve(workspace)}/import?lang=en")
    page.wait_for_selector("html[data-ready]")
    drop(page, ("points.csv", points), ("a.exe", b"x"),
         ("communities.geojson", (desk / "communities.geojson").read_bytes()))  # fmt: skip
    assert listed(page) == ["communities.geojson", "points.csv", "a.exe"]
    assert ".geojson" in page.inner_text("#batch li.refused") and page.is_disabled("#commit-all")
    choose(page, "#g-layer", "gates")
    assert not page.is_disabled("#commit-all")
    page.click("#batch li.refused button")
    assert listed(page) == ["communities.geojson", "points.csv"]
    page.click("#commit-all")
    page.wait_for_selector("#done:not([hidden])")
    settled(page)
    context.close()
    with closing(open_store(workspace)) as store:
        assert (store.count("communities"), store.count("gates")) == (4, 1)
