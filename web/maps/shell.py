"""Folium makes the map; its parts go into our own template.

Folium's pages load ten files from four hosts. Its lists are replaced once, on import, by the vendored Leaflet, and
`shell` refuses a map that asks for any other file.
"""

from __future__ import annotations

from dataclasses import dataclass

import folium
from branca.element import CssLink, Figure, JavascriptLink

SCRIPTS = {"leaflet": "vendor/leaflet/leaflet.js"}
STYLES = {"leaflet_css": "vendor/leaflet/leaflet.css"}
MAX_ZOOM = 21
EMPTY_WORLD = (73.0, 18.0, 135.0, 53.0)

folium.Map.default_js = list(SCRIPTS.items())
folium.Map.default_css = list(STYLES.items())


@dataclass(frozen=True, slots=True)
class Shell:
    """What Folium contributes to a page: paths below `static/`, the map's element, and the script that makes it."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    html: str
    script: str


def shell(bounds: tuple[float, float, float, float] | None) -> Shell:
    """Make an empty map over `bounds` (west, south, east, north in degrees) without any basemap.

    Raises
    ------
    ValueError
        Folium asks for a file that is not vendored.
    """
    west, south, east, north = bounds or EMPTY_WORLD
    chart = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=14,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=90,
    )
    chart._id = "gridmap"  # else a random id, and a page that never equals itself
    # Without tiles nothing tells Leaflet how far one may zoom.
    chart.options["maxZoom"] = MAX_ZOOM
    return parts(chart)


def parts(chart: folium.Map) -> Shell:
    """Render a Folium map and take it apart; see `shell`."""
    figure = chart.get_root()
    assert isinstance(figure, Figure)  # a map makes one for itself
    figure.render()
    scripts, styles = [], []
    for name, element in figure.header._children.items():
        if isinstance(element, JavascriptLink):
            scripts.append(_vendored(name, element.url, SCRIPTS))
        elif isinstance(element, CssLink):
            styles.append(_vendored(name, element.url, STYLES))
        elif name not in ("meta_http", chart.get_name()):
            # Its inline header is dropped (our style sheet places the map); anything else would be lost unseen.
            raise ValueError(f"Folium adds {name!r} to the page's head, which the template does not carry")
    return Shell(tuple(scripts), tuple(styles), figure.html.render().strip(), figure.script.render().strip())


def _vendored(name: str, url: str, known: dict[str, str]) -> str:
    if known.get(name) != url:
        raise ValueError(f"Folium asks for {url!r} ({name}), which is not vendored")
    return url
