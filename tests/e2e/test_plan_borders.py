"""Borders drawn by hand in a browser: corners, new stretches, polygons, retired grids; the plan stays a partition."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
import shapely

from tests.e2e.planning import asked, at, click, drag, homes, opened, saved

pytest.importorskip("playwright", reason="browser tests need playwright")

Place = tuple[float, float]


def shapes(plan: dict, kind: str = "grids") -> dict[str, shapely.Geometry]:
    return {each["id"]: shapely.from_geojson(json.dumps(each["geometry"])) for each in plan[kind]["features"]}


def corners(plan: dict) -> dict[Place, set[str]]:
    """Return the grids that have each corner."""
    found = defaultdict(set)
    for key, shape in shapes(plan).items():
        for place in shapely.get_coordinates(shape).tolist():
            found[tuple(place)].add(key)
    return found


def is_partition(plan: dict) -> bool:
    """See that the cells share their borders corner by corner, and that each has a grid."""
    return shapely.coverage_is_valid(list(shapes(plan, "cells").values())) and None not in homes(plan).values()


def meeting(plan: dict) -> Place:
    """Return a corner within the community where as many grids meet as anywhere."""
    inner = shapely.union_all(list(shapes(plan).values())).buffer(-1e-5)
    met = corners(plan)
    return max((each for each in met if inner.covers(shapely.Point(each))), key=lambda each: len(met[each]))


def over(line: shapely.LineString, share: float, aside: float) -> Place:
    """Return a place beside the straight way from a line's begin to its end: left of it if `aside` > 0; degrees."""
    (ax, ay), (bx, by) = line.coords[0], line.coords[-1]
    long = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    return ax + share * (bx - ax) - aside * (by - ay) / long, ay + share * (by - ay) + aside * (bx - ax) / long


def border(plan: dict) -> tuple[str, str, shapely.LineString]:
    """Return two grids and the longest stretch that they share."""
    grids = shapes(plan)
    found = []
    for one in grids:
        for two in grids:
            if one < two and grids[one].touches(grids[two]):
                shared = shapely.line_merge(shapely.intersection(grids[one].boundary, grids[two].boundary))
                found += [(part.length, one, two, part) for part in shapely.get_parts(shared)]
    return max(found)[1:]


def look_at(page: object, place: Place, zoom: int) -> None:
    page.evaluate(
        """([lng, lat, zoom]) => {
            window[document.querySelector('.folium-map').id].setView([lat, lng], zoom, { animate: false });
        }""",
        [*place, zoom],
    )


def draft(office: str) -> tuple[str, dict]:
    """Open a draft of the grids in force."""
    plan = opened(office, **{"from": "active"})
    return plan, asked(office, plan)


def test_a_corner_of_three_grids_and_a_stretch_of_a_border_are_moved(seat, office):
    plan, before = draft(office)
    page = seat(f"/plans/{plan}")
    place = meeting(before)
    keys = corners(before)[place]
    assert len(keys) == 3
    page.keyboard.press("x")
    look_at(page, place, 18)
    page.uncheck("#snap")
    to = (place[0] + 2e-5, place[1] + 2e-5)
    saved(page, lambda: drag(page, place, to))
    after = asked(office, plan)
    moved = min(corners(after), key=lambda each: shapely.Point(each).distance(shapely.Point(to)))
    assert shapely.Point(moved).distance(shapely.Point(to)) < 5e-6
    assert corners(after)[moved] == keys and place not in corners(after) and is_partition(after)

    # Held, drawn, and let go again with Escape: nothing moves.
    page.mouse.move(*at(page, moved))
    page.mouse.down()
    page.mouse.move(*at(page, place), steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()

    # A new stretch takes from the neighbour; whole buildings change sides.
    one, two, line = border(after)
    page.locator(f"#grids-body tr[data-grid='{one}'] .grid-name").click()
    page.keyboard.press("r")
    look_at(page, (line.centroid.x, line.centroid.y), 17)
    side = 1 if shapes(after)[two].covers(shapely.Point(over(line, 0.5, 1e-4))) else -1
    click(page, over(line, 0.3, -side * 1e-4), over(line, 0.35, side * 3e-4), over(line, 0.65, side * 3e-4))
    page.wait_for_selector("#line-actions:visible")
    click(page, over(line, 0.7, -side * 1e-4))
    saved(page, lambda: page.click("#line-end"))
    drawn = asked(office, plan)
    gained = {cell for cell, grid in homes(drawn).items() if grid == one} - {
        cell for cell, grid in homes(after).items() if grid == one
    }
    assert gained and is_partition(drawn) and drawn["revision"] == after["revision"] + 1
    assert shapes(drawn)[one].area > shapes(after)[one].area and shapes(drawn)[two].area < shapes(after)[two].area


def test_polygons_and_retired_grids(seat, office):
    plan, before = draft(office)
    page = seat(f"/plans/{plan}")
    one, two, line = border(before)
    middle = (line.centroid.x, line.centroid.y)

    def around(wide: float, high: float) -> list[Place]:
        x, y = middle
        return [(x - wide, y - high), (x + wide, y - high), (x + wide, y + high), (x - wide, y + high)]

    # A polygon for a grid takes from the neighbour what lies within.
    page.locator(f"#grids-body tr[data-grid='{one}'] .grid-name").click()
    page.keyboard.press("d")
    look_at(page, middle, 17)
    page.uncheck("#snap")
    click(page, *around(6e-4, 4e-4))
    saved(page, lambda: page.keyboard.press("Enter"))
    after = asked(office, plan)
    patch = shapely.Polygon(around(5e-4, 3e-4)).intersection(shapes(before)[two])
    assert patch.area > 0 and is_partition(after)
    assert shapes(after)[one].area > shapes(before)[one].area and shapes(after)[two].area < shapes(before)[two].area

    # For a new grid it makes one, which is chosen.
    page.keyboard.press("n")
    click(page, *around(5e-4, 3e-4))
    saved(page, lambda: page.keyboard.press("Enter"))
    after = asked(office, plan)
    (new,) = {each["id"] for each in after["grids"]["features"]} - {each["id"] for each in before["grids"]["features"]}
    page.wait_for_selector(f"#grids-body tr[data-grid='{new}'][aria-selected=true]")
    assert shapely.Point(middle).within(shapes(after)[new].buffer(1e-4)) and is_partition(after)

    # Retired, it leaves its cells to a neighbour that one chooses; Escape takes the question back.
    page.keyboard.press("Delete")
    page.wait_for_selector("#retiring")
    page.keyboard.press("Escape")
    page.wait_for_selector("#retiring", state="detached")
    page.keyboard.press("Delete")
    page.select_option("#retiring [name=into]", two)
    cells = {cell for cell, grid in homes(after).items() if grid == new}
    saved(page, lambda: page.click("#retiring .primary"))
    after = asked(office, plan)
    assert new not in shapes(after) and {homes(after)[cell] for cell in cells} == {two} and is_partition(after)
    assert page.locator(f"#grids-body tr[data-grid='{new}']").count() == 0


@pytest.mark.deep
def test_a_submitted_plan_is_withdrawn_and_edited_again(seat, office):
    page = seat("/plans")
    plan, before = draft(office)
    one, two, _ = border(before)
    units = [min(cell for cell, grid in homes(before).items() if grid == one)]
    given = page.request.post(
        f"{office}/api/plans/{plan}/edits",
        data={"op": "assign", "units": units, "grid": two},
        headers={"If-Match": f'"{before["revision"]}"'},
    )
    assert given.ok
    page = seat(f"/plans/{plan}")
    page.click("#tab-steps")
    for step, state in (("submit", "submitted"), ("withdraw", "draft")):
        page.click(f"#{step}")
        page.wait_for_selector("#confirm[open]")
        page.click("#confirm-do")
        page.wait_for_selector(f"#state[data-state={state}]")
    assert page.is_hidden("#frozen") and page.locator("[data-tool=brush]").is_enabled()
    assert asked(office, plan)["state"] == "draft"
    page.click("#tab-past")
    saved(page, lambda: page.locator("#past li", has_text="Cells assigned").get_by_role("button").click())
    assert homes(asked(office, plan)) == homes(before)
