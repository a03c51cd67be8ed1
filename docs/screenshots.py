"""Take the pictures of the docs: ``python -m docs.screenshots``.

Starts the service over throw-away workspaces (the demo district, then the example files) and looks at it with headless
Chromium. Needs playwright, which the extra `test` brings, and Pillow, which keeps the files small.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
EXAMPLES = (("communities", "communities.geojson"), ("buildings", "buildings.geojson"),
            ("ledger", "ledger.xlsx"), ("stations", "stations.csv"))  # fmt: skip
DEMO_DAY, OWN_DAY = "2026-06-30", "2025-02-06"
SIZE = {"width": 1366, "height": 768}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip


def gridmap(workspace: Path, *arguments: str) -> list[str]:
    """Return a command line over a workspace."""
    return [sys.executable, str(ROOT / "app.py"), "-w", str(workspace), "--lang", "en", *arguments]


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """Serve a workspace and give the address."""
    command = gridmap(workspace, "serve", "--port", "0")
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=os.environ.copy())
    try:
        yield next(word for word in service.stdout.readline().split() if word.startswith("http://"))
    finally:
        service.terminate()
        service.wait(20)


def take(page: Page, address: str, name: str, step: str | None = None) -> None:
    """Open an address, click `step` if there is one, and keep the picture."""
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(800)
    if step is not None:
        page.locator(step).first.click()
        page.wait_for_timeout(1200)
    target = IMAGES / f"{name}.png"
    page.screenshot(path=target)
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.name:28}{target.stat().st_size:>8,}")


def main() -> None:
    """Take every picture, in both languages."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as browsers:
        own = Path(folder) / "own.gpkg"
        for layer, file in EXAMPLES:
            subprocess.run(gridmap(own, "import", layer, str(ROOT / "docs" / "examples" / file)), check=True)
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        with served(Path(folder) / "demo.gpkg") as address:
            for language in ("en", "zh"):
                page = browser.new_page(viewport=SIZE, locale={"en": "en-GB", "zh": "zh-CN"}[language])
                query = f"as_of={DEMO_DAY}&lang={language}"
                for name in ("coverage", "courtyards", "grids"):
                    take(page, f"{address}/maps/{name}?{query}", f"{name}-{language}")
                take(page, f"{address}/maps/service-area?{query}&kinds=elder_canteen", f"service-area-{language}")
                take(page, f"{address}/?{query}", f"first-page-{language}")
                take(page, f"{address}/maps/coverage?{query}", f"details-{language}", "#table .grid-body > *")
                page.close()
        with served(own) as address:
            for language in ("en", "zh"):
                page = browser.new_page(viewport=SIZE, locale={"en": "en-GB", "zh": "zh-CN"}[language])
                take(page, f"{address}/maps/coverage?as_of={OWN_DAY}&lang={language}", f"own-{language}")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
