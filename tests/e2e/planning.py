"""What a planner does with hands and eyes on the page of a plan, in words."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable

import shapely

COMMUNITY = "990201001001"


def opened(office: str, **given: object) -> str:
    """Open a draft, without grids unless told otherwise; gives its id."""
    body = {"community": COMMUNITY, "grid_system": "service", "from": "none"} | given
    order = urllib.request.Request(
        f"{office}/api/plans", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(order) as answer:
        assert answer.status == 201
        return json.load(answer)["id"]


def asked(office: str, plan: str, path: str = "") -> dict:
    with urllib.request.urlopen(f"{office}/api/plans/{plan}{path}") as answer:
        return json.load(answer)


def revision(page: object) -> int:
    return int(page.get_attribute("#status", "data-revision"))


def saved(page: object, act: Callable[[], object], before: int | None = None) -> None:
    """Do something that makes a newer revision than `before`, by default the present one; wait until it is saved."""
    before = revision(page) if before is None else before
    act()
    page.wait_for_function(
        """before => {
            const { status, revision } = document.querySelector('#status').dataset;
            return status === 'saved' && Number(revision) > before;
        }""",
        arg=before,
    )


def at_once(page: object) -> None:
    """Let the editor try again at once, unless it just did by itself and hid the button."""
    page.evaluate("document.getElementById('again').click()")


def until(page: object, true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(600):
        if true():
            return
        page.wait_for_timeout(100)
    assert true()


def checked(page: object) -> None:
    """Wait until the page has asked what is wrong with the plan as it is."""
    page.wait_for_function("""() => {
        const { checked, revision } = document.querySelector('#status').dataset;
        return checked === revision;
    }""")


def at(page: object, place: tuple[float, float]) -> tuple[float, float]:
    """Return where a place is on the screen."""
    frame = page.locator(".map-frame").bounding_box()
    x, y = page.evaluate(
        """([lng, lat]) => {
            const map = window[document.querySelector('.folium-map').id];
            const { x, y } = map.latLngToContainerPoint([lat, lng]);
            return [x, y];
        }""",
        list(place),
    )
    return frame["x"] + x, frame["y"] + y


def drag(page: object, *places: tuple[float, float]) -> None:
    spots = [at(page, place) for place in places]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=6)
    page.mouse.up()


def click(page: object, *places: tuple[float, float]) -> None:
    """Click on places, one after the other."""
    for place in places:
        page.mouse.click(*at(page, place))


def choose(page: object, *rows: int) -> None:
    """Choose grids in the table, then look at everything again."""
    for n, row in enumerate(rows):
        page.locator("#grids-body tr").nth(row).locator(".grid-name").click(modifiers=["Shift"] if n else [])
    page.click(".zoom-all")


def bounds_of(plan: dict) -> tuple[float, float, float, float]:
    shapes = [shapely.from_geojson(json.dumps(each["geometry"])) for each in plan["cells"]["features"]]
    return tuple(shapely.total_bounds(shapes))


def three_grids(page: object, box: tuple[float, float, float, float]) -> None:
    """Draw three grids, one west of the other, with boxes."""
    west, south, east, north = box
    wide, high = (east - west) / 3, north - south
    page.keyboard.press("m")
    for n in range(3):
        page.keyboard.press("n")
        left = west - 0.02 * wide if n == 0 else west + n * wide
        right = east + 0.02 * wide if n == 2 else west + (n + 1) * wide
        saved(page, lambda a=left, b=right: drag(page, (a, south - 0.01 * high), (b, north + 0.01 * high)))


def homes(plan: dict) -> dict[str, str | None]:
    """Return cell → grid."""
    return {each["id"]: each["properties"]["grid"] for each in plan["cells"]["features"]}


def shown(page: object) -> dict[str, int]:
    """Return grid → households as the table has them."""
    rows = page.locator("#grids-body tr").all()
    return {row.get_attribute("data-grid"): int(row.locator(".homes b").inner_text().replace(",", "")) for row in rows}


def grids_of(plan: dict) -> dict[str, int]:
    return {each["id"]: each["properties"]["figures"]["households"] for each in plan["grids"]["features"]}
