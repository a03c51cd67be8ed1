"""The import wizard in a browser: a file is dropped, looked at, corrected, imported and undone."""

from __future__ import annotations

import csv
import io
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers.store import open_store
from layers.store.protocol import Query
from tests import town
from tests.formats import osm_town

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
MARKUP = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def wizard(visit: Callable[..., object], serve: Callable[..., str], demo: Path, tmp_path: Path) -> Iterator[Callable]:
    """Open the wizard over a workspace of its own; gives the page."""
    workspace = Path(shutil.copy(demo, tmp_path / "own.gpkg"))
    base = serve(workspace)

    def opened(language: str = "zh") -> object:
        return visit(f"/import?lang={language}", base)

    opened.workspace = workspace
    yield opened


def hand_in(page: object, name: str, content: bytes) -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    page.wait_for_selector("#guesses:not([hidden]) .guess")
    settled(page)


def settled(page: object) -> None:
    page.wait_for_selector("body:not([aria-busy])")


def table(*rows: tuple, encoding: str = "gb18030") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def choose(page: object, selector: str, value: str) -> None:
    page.focus(selector)
    page.select_option(selector, value)
    settled(page)


def test_an_answered_word_keeps_the_keyboard_though_it_moves_down(wizard: Callable) -> None:
    page = wizard()
    words = (("S1", "一站", "便民服务站"), ("S2", "二站", "社区食堂"))
    located = (("编码", "名称", "类别", "经度", "纬度"), *((*each, "120.0005", "36.0005") for each in words))
    hand_in(page, "站点.csv", table(*located))
    if page.input_value("#g-layer") != "stations":
        choose(page, "#g-layer", "stations")
    choose(page, "[data-word='kind:便民服务站']", "complex")  # with arrows every step is an answer
    assert page.evaluate("document.activeElement.dataset.word") == "kind:便民服务站"
    assert page.evaluate("document.activeElement.value") == "complex"
    assert page.input_value("#g-question-0") == "" and "社区食堂" in page.inner_text(".guess .suspected")


@pytest.mark.deep
def test_a_wrong_mapping_is_corrected_imported_and_undone(wizard: Callable) -> None:
    page = wizard()
    hand_in(page, "楼栋台账.csv", table(("楼栋编码", "楼号", "户数"), ("T001", "甲楼", "12"), ("T002", "乙楼", "13")))
    assert page.input_value("#g-layer") == "buildings"
    assert "GB18030" in page.inner_text("#guesses") and "甲楼" in page.inner_text("#rows")
    assert page.input_value("#g-column-1") == "name"  # take it away and give it back
    choose(page, "#g-column-1", "")
    assert "不使用" in page.inner_text("#rows thead")
    choose(page, "#g-column-1", "remark")
    assert page.evaluate("document.activeElement.id") == "g-column-1"  # the keyboard stays where it was
    choose(page, "#g-column-1", "name")
    page.click("#rows-parsed")
    assert "楼号" in page.inner_text("#rows thead")
    assert page.inner_text("#outcome [data-kind=new]") == "2"
    page.fill("#author", "王 工")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    settled(page)
    store = open_store(str(wizard.workspace))
    written = store.changesets(limit=1)[0]
    assert (written.author, written.counts["buildings"]["create"]) == ("王 工", 2)
    page.click("#undo")
    page.wait_for_selector("#done h2:has-text('已撤销')")
    assert page.is_hidden("#problem")
    assert store.changesets(limit=1)[0].reverts == written.revision
    assert store.get("buildings", "T001") is None
    store.close()


def test_what_a_colleague_changed_meanwhile_is_named_with_the_way_on(
    browser: object, serve: Callable[..., str], demo: Path, tmp_path: Path
) -> None:
    workspace = Path(shutil.copy(demo, tmp_path / "own.gpkg"))
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")  # a refusal is said aloud
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{serve(workspace)}/import?lang=zh")
    page.wait_for_selector("html[data-ready]")
    store = open_store(workspace)
    code = store.page("buildings", Query(), 1).features[0].id
    hand_in(page, "楼栋.csv", table(("楼栋编码", "户数"), (code, "991")))
    town.amend(store, "buildings", code, households=992)
    page.click("#commit")
    page.wait_for_selector("#problem:not([hidden]) li")
    said = page.inner_text("#problem li")
    assert f"楼栋 {code}" in said and "tests 修改了户数" in said
    assert page.evaluate("document.activeElement.id") == "look-now"
    page.keyboard.press("Enter")
    settled(page)
    assert page.is_hidden("#problem")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    assert store.get("buildings", code).properties["households"] == 991
    store.close()
    context.close()


@pytest.mark.deep
def test_faults_stand_where_they_are_and_the_rest_goes_in(wizard: Callable) -> None:
    page = wizard("en")
    rows = (("楼栋编码", "楼号", "户数"), ("T1", "甲", "若干"), ("T2", MARKUP, "3"))
    hand_in(page, "b.csv", table(*rows, encoding="utf-8"))
    assert page.inner_text("#rows td.wrong") == "若干"
    assert MARKUP in page.inner_text("#rows")
    assert page.title() != "owned" and page.locator("#rows img").count() == 0
    assert page.is_disabled("#commit")
    with page.expect_download() as got:
        page.click("#report")
    assert got.value.suggested_filename == "gridmap-faults.xlsx"
    page.check("#only-sound")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    assert "1 row with faults was left out" in page.inner_text("#done")


@pytest.mark.deep
def test_what_is_missing_is_asked_for_and_shown_on_the_map(wizard: Callable) -> None:
    page = wizard()
    hand_in(page, "服务站点.csv", table(("编码", "名称", "x", "y"), ("S1", "站", "13402000", "4310000")))
    assert "请先确定" in page.inner_text("#outcome") and page.is_disabled("#commit")
    choose(page, "#g-crs", "EPSG:3857")
    assert not page.is_disabled("#commit")
    assert "新增 1" in page.inner_text("#key")


@pytest.mark.deep
def test_a_refused_file_says_why_and_lets_one_try_again(browser: object, site: str) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")  # a refusal is said aloud
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{site}/import")
    page.wait_for_selector("html[data-ready]")
    page.set_input_files("#file", {"name": "a.exe", "mimeType": "text/plain", "buffer": b"x"})
    page.wait_for_selector("#problem:not([hidden])")
    assert ".geojson" in page.inner_text("#problem") and page.is_visible("#drop")
    hand_in(page, "b.csv", table(("楼栋编码", "楼号"), ("T1", "甲")))
    assert page.is_hidden("#problem")
    page.click("#another")
    assert page.is_visible("#drop") and page.evaluate("document.activeElement.id") == "file"
    context.close()


@pytest.mark.deep
def test_a_shapefile_in_gbk_that_names_no_encoding(wizard: Callable, shared_data: Path) -> None:
    page = wizard()
    path = shared_data / "cities" / "shanghai_core_ledger" / "buildings_gbk.zip"
    hand_in(page, path.name, path.read_bytes())
    assert page.input_value("#g-layer") == "buildings" and "GB18030" in page.inner_text("#guesses")
    assert "1号楼" in page.inner_text("#rows") and "1,278" in page.inner_text("#outcome")
    choose(page, "#g-encoding", "cp1252")
    assert "1号楼" not in page.inner_text("#rows")
    choose(page, "#g-encoding", "")
    assert "1号楼" in page.inner_text("#rows")


def correct_and_undo(page: object, households: str) -> None:
    """Take the column of households out and in again, import the ledger, and undo it."""
    choose(page, households, "")
    assert "户数\n— 不使用 —" in page.inner_text("#rows thead")
    choose(page, households, "courtyard.households")
    assert "您指定" in page.inner_text("#guesses")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    page.click("#undo")
    page.wait_for_selector("#done h2:has-text('已撤销')")


def test_a_ledger_is_corrected_and_lands_on_the_map(wizard: Callable) -> None:
    page = wizard()
    for name in ("communities.geojson", "buildings.geojson"):
        hand_in(page, name, (EXAMPLES / name).read_bytes())
        page.click("#commit")
        page.wait_for_selector("#done:not([hidden])")
        page.click("#another")
    hand_in(page, "台账.xlsx", (EXAMPLES / "ledger.xlsx").read_bytes())
    assert page.input_value("#g-layer") == "ledger" and "6 个小区中 6 个可上图" in page.inner_text("#guesses")
    assert "新增 6" in page.inner_text("#key") and "归入的楼栋" in page.inner_text("#key")
    page.click("#rows tbody tr:nth-child(2)")
    assert page.inner_text("#rows tr.here th") == "6"
    column = page.locator("select[id^=g-column-]", has=page.locator("option[value='courtyard.households']:checked"))
    households = f"#{column.first.get_attribute('id')}"
    correct_and_undo(page, households)


@pytest.mark.deep
def test_the_messy_ledger_is_corrected_and_lands_on_the_map(wizard: Callable, shared_data: Path) -> None:
    page = wizard()
    folder = shared_data / "cities" / "shanghai_core_ledger"
    hand_in(page, "楼栋.zip", (folder / "buildings_gbk.zip").read_bytes())
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    page.click("#another")
    hand_in(page, "台账.xlsx", (folder / "ledger.xlsx").read_bytes())
    assert page.input_value("#g-layer") == "ledger" and "114 个小区中 114 个可上图" in page.inner_text("#guesses")
    assert "新增 114" in page.inner_text("#key") and "归入的楼栋 917" in page.inner_text("#key")
    page.click("#rows tbody tr:nth-child(2)")
    assert page.inner_text("#rows tr.here th") == "6"
    assert page.input_value("#g-column-8") == "courtyard.households"
    correct_and_undo(page, "#g-column-8")


def test_a_small_map_of_openstreetmap(wizard: Callable, tmp_path: Path) -> None:
    """A box around nothing but one of its three stations."""
    page = wizard()
    hand_in(page, "town.osm.pbf", osm_town.write(tmp_path / "town.osm.pbf").read_bytes())
    assert "仅供住户" in page.inner_text("#guesses")
    page.click("#rows-stations")
    assert "3" in page.inner_text("#rows")
    page.select_option("#g-box", "?")
    page.fill("#g-box-other", ", ".join(map(str, (*osm_town.at(5.5, -2.5), *osm_town.at(7.5, -0.5)))))
    page.press("#g-box-other", "Enter")
    settled(page)
    assert "在范围之外" in page.inner_text("#guesses")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    assert "道路" in page.inner_text("#done")
    page.click("#undo")
    page.wait_for_selector("#done h2:has-text('已撤销')")


@pytest.mark.deep
def test_a_map_of_openstreetmap(wizard: Callable, shared_data: Path) -> None:
    page = wizard()
    path = shared_data / "raw" / "liechtenstein-2013-08-03.osm.pbf"
    hand_in(page, path.name, path.read_bytes())
    assert "3,723" in page.inner_text("#guesses") and "仅供住户" in page.inner_text("#guesses")
    page.click("#rows-stations")
    assert "50 / 175" in page.inner_text("#rows")
    page.select_option("#g-box", "?")
    page.fill("#g-box-other", "9.50, 47.13, 9.53, 47.15")
    page.press("#g-box-other", "Enter")
    settled(page)
    assert "在范围之外" in page.inner_text("#guesses")
    page.click("#commit")
    page.wait_for_selector("#done:not([hidden])")
    assert "道路" in page.inner_text("#done")
    page.click("#undo")
    page.wait_for_selector("#done h2:has-text('已撤销')")


def test_what_is_unclear_is_asked_and_a_closed_page_leaves_nothing(wizard: Callable) -> None:
    page = wizard()
    hand_in(page, "x.csv", table(("甲", "乙"), ("1", "2"), encoding="utf-8"))
    assert page.input_value("#g-layer") == "" and "请选择图层" in page.inner_text("#outcome")
    assert "有 1 项须先确定" in page.inner_text("#go") and page.is_disabled("#commit")
    choose(page, "#g-layer", "buildings")
    choose(page, "#g-column-0", "code")
    assert "新增 1" in page.inner_text("#go") and not page.is_disabled("#commit")
    kept = wizard.workspace.with_name(wizard.workspace.name + ".uploads")
    assert len(list(kept.iterdir())) == 1
    page.goto("about:blank")  # the page's last words are sent while it closes
    until = time.monotonic() + 30
    while list(kept.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(kept.iterdir()) == []
