"""What people do with the map of a city whose buildings come in tiles."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from layers.model.feature import Change
from layers.store import open_store
from layers.store.protocol import Draft
from tests.e2e.test_stories import exported, legend, number, table_rows
from tests.web.test_theme_tiles import features

pytest.importorskip("playwright", reason="browser tests need playwright")

DAY = "as_of=2026-06-30"
BUILDINGS = 3_000
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
CHOSEN = "99020100100100101"
# How many points of the theme's canvases have the colour of a class.
COLOURED = """(fill) => {
  const [r, g, b] = [1, 3, 5].map((n) => parseInt(fill.slice(n, n + 2), 16));
  const near = (one, other) => Math.abs(one - other) < 16;
  let found = 0;
  for (const canvas of document.querySelectorAll(".leaflet-theme-pane canvas")) {
    if (canvas.width < 2) continue;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let n = 0; n < data.length; n += 4) {
      found += near(data[n], r) && near(data[n + 1], g) && near(data[n + 2], b) && data[n + 3] > 200;
    }
  }
  return found;
}"""
LAPSED, UNMANAGED = "#F4511E", "#D32F2F"
CLOSE = f"/maps/coverage?{DAY}#view=16/35.515/119.21"


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented city of 3,000 buildings."""
    from data.demo.city import city

    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    store = open_store(path, create=True)
    changes = [
        Change(layer, feature.id, None, feature)
        for layer, frame in city(BUILDINGS, 1).items()
        for feature in features(layer, frame)
    ]
    store.commit(Draft("test", NOON, "city", "import", changes, settings={"metric_crs": "EPSG:4549"}))
    store.close()
    return path


@pytest.fixture(scope="session")
def city_site(serve, city: Path) -> str:
    return serve(city)


@pytest.fixture
def large(visit, city_site):
    """Open a page of the city, and wait until tiles and table are there."""

    def open_page(path: str = f"/maps/coverage?{DAY}", base: str = city_site, **options: object):
        page = visit(path, base=base, **options)
        settled(page)
        return page

    return open_page


def settled(page) -> None:
    page.wait_for_selector(".grid-row")
    late = "document.querySelector('.leaflet-theme-pane canvas:not(.leaflet-tile-loaded)')"
    page.wait_for_function(f"() => !{late}", timeout=120_000)


def coloured(page, fill: str, least: int = 1, most: int | None = None) -> int:
    """Wait until so many points of the map have a colour; gives how many."""
    top = "Infinity" if most is None else most
    test = f"(fill) => {{ const n = ({COLOURED})(fill); return n >= {least} && n <= {top} }}"
    page.wait_for_function(test, arg=fill, timeout=120_000)
    return page.evaluate(COLOURED, fill)


def spot(page) -> tuple[float, float]:
    """Where the chosen building is on the screen."""
    box = page.locator(".leaflet-chosen-pane path").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_page_is_small_and_its_map_is_coloured(large):
    page = large(CLOSE)
    assert len(page.request.get(page.url).body()) < 200_000
    assert coloured(page, UNMANAGED, 100) and coloured(page, LAPSED, 100)
    assert page.locator("path.feature").count() == 0
    assert table_rows(page) == legend(page, "not") == number(page.inner_text('[data-count="not"]'))


def test_a_row_leads_to_the_map_and_the_map_to_the_row(large):
    page = large(f"/maps/coverage?{DAY}#tool=history")
    page.click(".grid-row >> nth=0")
    page.wait_for_selector(".leaflet-chosen-pane path")
    chosen = page.inner_text(".grid-row[aria-selected=true] .code")
    assert chosen in page.inner_text("#details")
    settled(page)
    x, y = spot(page)
    page.mouse.move(x, y)
    page.wait_for_selector(".leaflet-tooltip.hover")
    assert "无物业" in page.inner_text(".leaflet-tooltip.hover")
    page.click("#details [aria-label='关闭'], #details .icon-button")
    assert page.locator(".leaflet-chosen-pane path").count() == 0
    page.mouse.click(x, y)
    page.wait_for_selector(".grid-row[aria-selected=true]")
    assert page.inner_text(".grid-row[aria-selected=true] .code") == chosen


@pytest.mark.deep
def test_a_building_of_another_group_opens_its_group(large):
    page = large(f"/maps/coverage?{DAY}#sel={CHOSEN}&rows=managed")
    page.wait_for_selector(f".grid-row[aria-selected=true]:has-text('{CHOSEN}')")
    assert page.get_attribute("[data-rows=not]", "aria-pressed") == "true"
    assert page.locator(".leaflet-chosen-pane path").count() == 2


@pytest.mark.deep
def test_the_table_is_paged_sorted_and_filtered_by_the_server(large):
    page = large()
    page.evaluate("document.querySelector('.grid').scrollTop = 28 * 1000")
    page.wait_for_selector('.grid-row[aria-rowindex="1010"]')
    page.evaluate("document.querySelector('.grid').scrollTop = 0")
    page.click(".grid-head [data-key=households] button")
    page.click(".grid-head [data-key=households] button")
    page.wait_for_function("() => document.querySelector('[data-key=households]').ariaSort === 'descending'")
    page.wait_for_function(
        "() => { const n = [...document.querySelectorAll('.grid-row .number')].map((e) => Number(e.textContent));"
        " return n.length > 5 && n.every((each, i) => !i || each <= n[i - 1]) && n[0] > 50 }"
    )
    all_rows = table_rows(page)
    page.fill("#filter", "99020100100300")
    page.wait_for_function(f"() => document.querySelector('.grid').ariaRowCount < {all_rows}")
    assert 0 < table_rows(page) < all_rows


@pytest.mark.deep
def test_a_switch_of_the_legend_hides_its_class(large, tmp_path):
    page = large(CLOSE)
    before = table_rows(page)
    coloured(page, LAPSED, 100)
    page.click('[data-class="not:lapsed"]')
    coloured(page, LAPSED, 0, 0)
    coloured(page, UNMANAGED, 100)
    gone = number(page.inner_text('[data-class="not:lapsed"] b'))
    page.wait_for_function(f"() => document.querySelector('.grid').ariaRowCount == {before - gone + 1}")
    rows = json.loads(exported(page, "GeoJSON", tmp_path).read_text("utf-8"))["features"]
    assert len(rows) == before - gone
    page.click(".chip")
    coloured(page, LAPSED, 100)


@pytest.mark.deep
def test_what_the_filter_leaves_out_is_dimmed(large):
    page = large(CLOSE)
    coloured(page, LAPSED, 100)
    page.fill("#filter", "990201001001")  # there all is managed or never was
    coloured(page, LAPSED, 0, 0)
    coloured(page, UNMANAGED, 100)


@pytest.mark.deep
def test_search_asks_the_server(large):
    page = large()
    page.fill("#search", "99020100100300123")
    page.wait_for_selector("#search-results li:has-text('99020100100300123')")
    page.press("#search", "Enter")
    page.wait_for_selector(".leaflet-chosen-pane path")
    assert "99020100100300123" in page.inner_text("#details")
    page.fill("#search", "990201001004")
    page.wait_for_selector("#search-results li:has-text('990201001004')")
    page.press("#search", "Enter")
    page.wait_for_url("**community=990201001004**")


def test_patterns_are_drawn_on_the_canvas(large):
    page = large(CLOSE)
    plain = page.evaluate(COLOURED, "#FFFFFF")
    page.check("[data-patterns]")
    page.wait_for_function(f"() => ({COLOURED})('#FFFFFF') > {plain} + 100")


@pytest.mark.deep
def test_gathered_squares_tell_how_many_they_are(visit, serve, city, monkeypatch):
    monkeypatch.setattr("geo.tiles.tiles.MOST_WHOLE", 100)
    page = visit(f"/maps/coverage?{DAY}#view=12/35.515/119.22", base=serve(city))
    settled(page)
    box = page.locator(".folium-map").bounding_box()
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] / 2 + step, box["y"] + box["height"] / 2 + step % 7)
        if page.locator(".leaflet-tooltip.hover").count():
            break
    assert "此处" in page.inner_text(".leaflet-tooltip.hover")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("() => Number(location.hash.match(/view=([\\d.]+)/)?.[1]) >= 14")


@pytest.mark.deep
def test_the_tree_and_the_choice_of_areas_come_after(large):
    page = large(f"/?{DAY}")
    page.wait_for_selector("#areas a[data-community]")
    assert page.locator("#areas a[data-community]").count() == 6
    assert page.locator("select[name=within] >> nth=0 >> option").count() == 7


@pytest.mark.deep
def test_an_edit_is_seen(large, serve, city, tmp_path):
    path = Path(shutil.copy(city, tmp_path / "edited.gpkg"))
    site = serve(path)
    page = large(f"/maps/coverage?{DAY}#sel={CHOSEN}", base=site)
    before = legend(page, "not")
    store = open_store(path)
    feature = store.get("buildings", CHOSEN)
    after = type(feature)(CHOSEN, feature.geometry, {**feature.properties, "in_scope": False}, feature.version)
    store.commit(Draft("test", NOON, "edit", "edit", [Change("buildings", CHOSEN, feature, after)]))
    store.close()
    page.reload()
    settled(page)
    assert legend(page, "not") == before - 1
    page.wait_for_selector(".grid-row[aria-selected=true]")
    assert "非住宅（不统计）" in page.inner_text("#details")


@pytest.mark.deep
def test_the_service_map_keeps_its_stations_as_signs(large):
    page = large(f"/maps/service-area?{DAY}&minutes=5")
    assert page.locator(".sign").count() > 0
    assert page.locator(".leaflet-theme-pane canvas").count() > 0
    assert table_rows(page) > 0


@pytest.mark.deep
def test_a_download_shows_communities_and_says_so(large, visit, tmp_path):
    page = large()
    with page.expect_download() as download:
        page.click("a[download].button")
    target = tmp_path / "map.html"
    download.value.save_as(target)
    offline = visit(target.as_uri(), offline=True)
    assert offline.locator(".feature").count() == 6 == table_rows(offline)
    assert "容纳不下" in offline.inner_text(".notice")
