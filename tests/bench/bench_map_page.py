"""A map page over a large city: bytes of HTML, and the longest time that nothing answers while the map is panned.

    python tests/bench/bench_map_page.py [buildings] [workspace.gpkg]

The workspace is made once and kept. The page is opened in headless Chromium at several zooms and dragged about; what
blocks it is the longest task of its main thread in the browser's own trace, by the clock and in processor time: on a
busy machine they are far apart. Beside it stand the same page over empty ground, and the page with every feature in
it, if there are few enough for that.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

DAY = "2026-06-30"
MAPS = ("coverage", "courtyards", "grids", "service-area")
ZOOMS = (11, 12, 13, 14, 15.5, 17)
MOST_INLINE = 20_000
TRACED = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]


def serve(workspace: Path, **settings: object) -> str:
    """Serve a workspace from a thread; gives its address."""
    import threading

    import waitress

    from app import create_app
    from layers.settings import Settings

    app = create_app(Settings(workspace=str(workspace), **settings))
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


def fetch(address: str) -> tuple[int, float]:
    """Return the bytes of an answer and the seconds that it took."""
    started = time.perf_counter()
    with urllib.request.urlopen(address) as answer:
        size = len(answer.read())
    return size, time.perf_counter() - started


def pan(browser: object, address: str, zoom: float, centre: tuple[float, float]) -> tuple[float, float, int]:
    """Drag the map about; gives the page's longest task in ms by the clock and by its own work, and the tiles shown."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"{address}#view={zoom}/{centre[0]}/{centre[1]}", timeout=300_000)
    page.wait_for_selector("html[data-ready]", timeout=300_000)
    page.wait_for_load_state("networkidle", timeout=300_000)
    browser.start_tracing(page=page, categories=TRACED)
    for step in range(12):
        across, up = (-220, -60) if step % 4 < 2 else (220, -60)
        page.mouse.move(650, 320)
        page.mouse.down()
        page.mouse.move(650 + across, 320 + up, steps=8)
        page.mouse.up()
        page.wait_for_timeout(350)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    tiles = page.locator("canvas.sheet-tile").count()
    page.context.close()
    named = [each for each in events if each.get("name") == "thread_name"]
    main = {(each["pid"], each["tid"]) for each in named if each["args"]["name"] == "CrRendererMain"}
    tasks = [each for each in events if (each["pid"], each["tid"]) in main and "RunTask" in each.get("name", "")]
    longest = [max(each.get(name, 0) for each in tasks) / 1000 for name in ("dur", "tdur")]
    return longest[0], longest[1], tiles


def tell(what: str, clock: float, work: float, tiles: int) -> None:
    """Print one row."""
    print(f"{what:28} longest task {clock:5.0f} ms by the clock, {work:4.0f} ms of work, {tiles} tiles", flush=True)


def main() -> None:
    """Build where needed, then measure."""
    from playwright.sync_api import sync_playwright

    from layers.store import open_store
    from tests.bench.bench_service import asked_for

    buildings, path = asked_for(100_000)

    store = open_store(path)
    west, south, east, north = store.extent("communities").bbox
    store.close()
    centre = (round((south + north) / 2, 5), round((west + east) / 2, 5))
    site = serve(path)
    fetch(f"{site}/maps/coverage/tiles/0/0/0?as_of={DAY}")  # compiles
    for name in MAPS:
        size, _ = fetch(f"{site}/maps/{name}?as_of={DAY}")
        rest, _ = fetch(f"{site}/maps/{name}/rest?as_of={DAY}")
        print(f"{name:14} HTML {size / 1000:8.1f} kB, fetched once {rest / 1000:8.1f} kB", flush=True)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for zoom in ZOOMS:
            tell(f"zoom {zoom}", *pan(browser, f"{site}/maps/coverage?as_of={DAY}", zoom, centre))
        tell("where nothing is", *pan(browser, f"{site}/maps/coverage?as_of={DAY}", 15.5, (centre[0] - 5, centre[1])))
        if buildings <= MOST_INLINE:
            whole = serve(path, map_buildings=buildings)
            size, _ = fetch(f"{whole}/maps/coverage?as_of={DAY}")
            inline = pan(browser, f"{whole}/maps/coverage?as_of={DAY}", 15.5, centre)
            tell(f"all in the page, {size / 1000:.0f} kB", *inline)
        browser.close()


if __name__ == "__main__":
    main()
