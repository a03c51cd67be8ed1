"""While one paints: figures that the browser counts and the server confirms, the keyboard, fingers and pens."""

from __future__ import annotations

import pytest

from tests.e2e.planning import asked, at, bounds_of, choose, homes, opened, saved, three_grids, until

pytest.importorskip("playwright", reason="browser tests need playwright")

Box = tuple[float, float, float, float]
LIES = """async (path) => {
    const [{ makeModel }, { plane }, { lie }] = await Promise.all(
        ["model", "geometry", "measure"].map((name) => import(`gridmap/plan/${name}.js`)));
    const plan = await (await fetch(path)).json();
    const model = makeModel(plane(plan.cells.features[0].geometry.coordinates[0].flat().slice(0, 4)));
    model.load(plan);
    return Object.fromEntries([...model.grids].map(([key, { live }]) => [key, lie(live.cells)]));
}"""


def begun(seat: object, office: str, **options: object) -> tuple[object, str, Box]:
    """Open a plan with the grids in force."""
    plan = opened(office, **{"from": "active"})
    return seat(f"/plans/{plan}", **options), plan, bounds_of(asked(office, plan))


def lying(page: object) -> dict[str, list[str]]:
    """Return grid → households, compactness and contiguity as the table has them."""
    return page.evaluate("""() => Object.fromEntries([...document.querySelectorAll("#grids-body tr")].map((row) => [
        row.dataset.grid,
        [".homes b", "td:nth-child(4)", "td:nth-child(5)"].map((each) => row.querySelector(each).textContent),
    ]))""")


def server_says(plan: dict) -> dict[str, list[str]]:
    found = {each["id"]: each["properties"]["figures"] for each in plan["grids"]["features"]}
    return {
        key: [
            f"{each['households']:,}",
            f"{each['compactness']:.2f}",
            "yes" if each["pieces"] == 1 else f"{each['pieces']} pieces",
        ]
        for key, each in found.items()
    }


def across(page: object, box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return begin and end of a stroke through the whole community, half-way up."""
    west, south, east, north = box
    return at(page, (west, (south + north) / 2)), at(page, (east, (south + north) / 2))


@pytest.mark.deep
def test_what_the_browser_counts_while_painting_is_what_the_server_says(seat, office):
    page, plan, box = begun(seat, office, bypass_csp=True)
    before = asked(office, plan)
    assert lying(page) == server_says(before)
    waiting = []
    page.route("**/edits", lambda route: waiting.append(route))
    choose(page, 3)
    page.keyboard.press("b")
    begin, end = across(page, box)
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=12)
    until(page, lambda: any("pieces" in pieces for _, _, pieces in lying(page).values()))
    # What the stroke leaves of the others is said beside the tools too, a moment later.
    until(page, lambda: all(word in page.inner_text("#target-lies") for word in ("contiguous", "pieces")))
    page.mouse.up()
    until(page, lambda: len(waiting) == 1)
    # The server has the stroke, the page has no answer yet: what the table says is the browser's own count.
    answer = waiting[0].fetch()
    after = asked(office, plan)
    assert server_says(after) != server_says(before)
    until(page, lambda: lying(page) == server_says(after))
    saved(page, lambda: waiting[0].fulfill(response=answer))
    assert lying(page) == server_says(after)

    figures = {each["id"]: each["properties"]["figures"] for each in after["grids"]["features"]}
    for key, lies in page.evaluate(LIES, f"/api/plans/{plan}").items():
        assert lies["pieces"] == figures[key]["pieces"]
        assert lies["compactness"] == pytest.approx(figures[key]["compactness"], rel=1e-3)
        # A metric CRS stretches a little away from its middle; the browser measures on the ellipsoid.
        assert lies["area_m2"] == pytest.approx(figures[key]["area_m2"], rel=2e-3)


@pytest.mark.deep
def test_escape_gives_up_whatever_is_in_the_making(seat, office):
    page, plan, box = begun(seat, office)
    before = homes(asked(office, plan))
    choose(page, 1)
    shown = lying(page)
    begin, end = across(page, box)
    for tool in ("brush", "paint", "eraser", "box", "lasso"):
        page.click(f"[data-tool={tool}]")
        page.mouse.move(*begin)
        page.mouse.down()
        page.mouse.move(end[0], end[1] - 60, steps=6)
        page.keyboard.press("Escape")
        page.mouse.move(*end, steps=2)
        page.mouse.up()
        until(page, lambda: lying(page) == shown)
    for tool in ("split", "reshape", "draw"):
        page.click(f"[data-tool={tool}]")
        page.mouse.click(*begin)
        page.wait_for_selector("#line-actions:visible")
        page.keyboard.press("Escape")
        page.wait_for_selector("#line-actions", state="hidden")
        page.keyboard.press("Enter")
    assert page.get_attribute("#status", "data-revision") == "1"
    assert homes(asked(office, plan)) == before

    # Then the tool is put away, then the choice.
    page.keyboard.press("Escape")
    assert page.get_attribute("[data-tool=select]", "aria-pressed") == "true"
    assert page.locator("#grids-body tr[aria-selected=true]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#grids-body tr[aria-selected=true]").count() == 0


def test_the_keyboard_is_where_one_looks(seat, office):
    page, *_ = begun(seat, office)
    page.focus("#tab-grid")
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    assert page.evaluate("() => document.activeElement.closest('#help') !== null")
    page.keyboard.press("b")  # a list to read, not a place to work
    page.keyboard.press("Escape")
    page.wait_for_selector("#help", state="hidden")
    assert page.evaluate("() => document.activeElement.id") == "tab-grid"
    assert page.get_attribute("[data-tool=select]", "aria-pressed") == "true"

    # After a click on a tool the space bar moves the map; on a tick box it ticks.
    page.click("[data-tool=brush]")
    page.keyboard.down(" ")
    page.wait_for_selector(".leaflet-container.panning")
    page.keyboard.up(" ")
    page.focus("#only-free")
    page.keyboard.press(" ")
    assert page.is_checked("#only-free")
    # Nor does the slider of the brush keep the keys to itself.
    page.focus("#brush-size")
    page.keyboard.press("l")
    assert page.get_attribute("[data-tool=lasso]", "aria-pressed") == "true"


@pytest.mark.deep
def test_fingers_and_pens_paint_and_a_second_finger_gives_up(seat, office):
    page, plan, box = begun(seat, office, has_touch=True)
    choose(page, 0)
    page.keyboard.press("b")
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    (x, y), (end, _) = across(page, box)
    shown = lying(page)
    touch("touchStart", (x, y))
    for step in range(1, 5):
        touch("touchMove", (x + step * (end - x) / 4, y))
    until(page, lambda: lying(page) != shown)
    touch("touchStart", (end, y), (end, y - 60))
    touch("touchEnd")
    until(page, lambda: lying(page) == shown)
    assert page.get_attribute("#status", "data-revision") == "1"

    choose(page, 0)  # two fingers may have moved the map

    def swipe() -> None:
        (x, y), (end, _) = across(page, box)
        touch("touchStart", (x, y))
        for step in range(1, 5):
            touch("touchMove", (x + step * (end - x) / 4, y))
        touch("touchEnd")

    saved(page, swipe)
    after = homes(asked(office, plan))

    choose(page, 1)

    def draw() -> None:
        (x, y), (end, _) = across(page, box)
        for kind, place in (("mousePressed", x), ("mouseMoved", end), ("mouseReleased", end)):
            fingers.send(
                "Input.dispatchMouseEvent",
                {
                    "type": kind,
                    "x": place,
                    "y": y,
                    "button": "left",
                    "buttons": 1,
                    "clickCount": 1,
                    "pointerType": "pen",
                },
            )

    saved(page, draw)
    assert homes(asked(office, plan)) != after


def test_a_session_of_drawing_is_one_line_of_the_history_and_undone_by_one_click(seat, office):
    """Three grids are drawn, one after the other; the history folds them, undoes one alone, then the rest together."""
    plan = opened(office)
    page = seat(f"/plans/{plan}", language="zh")
    three_grids(page, bounds_of(asked(office, plan)))
    drawn = homes(asked(office, plan))
    assert len(set(drawn.values()) - {None}) == 3
    page.close()
    past = seat("/history?layer=plan-cells", language="zh")
    line = past.locator("#lines > li", has=past.locator("details")).first
    strokes = line.locator("details li")
    count = strokes.count()
    assert count >= 3
    line.locator("summary").click()
    strokes.first.locator("button").click()  # the last stroke alone
    past.wait_for_selector("#undo-line")
    assert len(set(homes(asked(office, plan)).values()) - {None}) == 2
    line = past.locator("#lines > li", has=past.locator("details li button")).first
    line.locator("> button").click()
    past.wait_for_function("() => document.querySelectorAll('#lines .line.over').length")
    assert set(homes(asked(office, plan)).values()) == {None}
    assert past.locator("#problem").is_hidden()
