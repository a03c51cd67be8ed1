"""What eyes do on any map, in words."""

from __future__ import annotations

from pathlib import Path

AXE = Path(__file__).parents[1] / "browser/node_modules/axe-core/axe.min.js"


def at_rest(page: object) -> None:
    """Wait until the map has come to rest: what begins to move does so with the next picture."""
    page.evaluate("() => new Promise((settle) => requestAnimationFrame(() => requestAnimationFrame(settle)))")
    page.wait_for_function("""() => {
        const map = window[document.querySelector('.folium-map').id];
        return !map._animatingZoom && !map._panAnim?._inProgress;
    }""")
