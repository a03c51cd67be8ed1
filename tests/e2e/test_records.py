"""Records corrected by hand in a browser, as a planner does it; every story counts its clicks."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import create_app
from layers import clock
from layers.settings import Settings
from tests.live import answering
from tests.suite import quickly

pytest.importorskip("playwright", reason="browser tests need playwright")

COURTYARD, BUILDING = "990201002001C001", "99020100100100001"
LANGUAGES = ("zh", "en")


class Hand:
    """A planner at a page, whose clicks are counted."""

    def __init__(self, page: object) -> None:
        self.page, self.clicks = page, 0

    def click(self, where: str | object) -> None:
        """Click, and see to it that a page that comes is there."""
        self.clicks += 1
        (self.page.locator(where).first if isinstance(where, str) else where).click()

    def arrived(self) -> None:
        """Wait for a page of records to be ready, and for what was written to be said."""
        self.page.wait_for_selector("html[data-ready]")
        self.page.wait_for_selector("#undo-line")


@pytest.fixture
def office(demo: Path, tmp_path: Path) -> Iterator[str]:
    """The demo district in a workspace of this test's own, served."""
    workspace = shutil.copy(demo, tmp_path / "records.gpkg")
    with answering(create_app(Settings(workspace=str(workspace)))) as address:
        yield address


def stored(office: str, layer: str, id: str) -> dict:
    with urllib.request.urlopen(f"{office}/api/collections/{layer}/items/{id}") as answer:
        return json.load(answer)["properties"]


def arrangements(office: str, area: str) -> list[dict]:
    address = f"{office}/api/collections/arrangements/items?managed_area={area}&limit=100"
    with urllib.request.urlopen(address) as answer:
        return [each["properties"] for each in json.load(answer)["features"]]


def edits(office: str, *changes: dict, **more: object) -> dict:
    body = json.dumps({"changes": changes, **more}).encode()
    asked = urllib.request.Request(f"{office}/api/edits", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


@pytest.mark.parametrize("language", quickly(LANGUAGES))
def test_a_record_is_corrected_and_that_undone(seat: Callable, office: str, language: str) -> None:
    """From the map: the building, Correct, Save; then Undo."""
    page = seat(f"/maps/coverage?as_of=2025-02-06&lang={language}#sel={BUILDING}&tool=details")
    hand = Hand(page)
    hand.click('[data-act="correct"]')
    page.wait_for_selector("#record-form")
    assert page.locator("#record-form output.code").inner_text() == BUILDING
    before = page.locator('[name="floors"]').input_value()
    page.locator('[name="floors"]').fill("11 层" if language == "zh" else "11")
    hand.click("#save")
    hand.arrived()
    assert hand.clicks == 2
    assert stored(office, "buildings", BUILDING)["floors"] == 11
    assert "11" in page.locator(".happened").first.inner_text()
    hand.click("#undo-now")
    page.wait_for_function("before => document.querySelector('[name=floors]')?.value === before", arg=before)
    assert stored(office, "buildings", BUILDING)["floors"] == int(before)


@pytest.mark.parametrize("language", quickly(LANGUAGES, 1))
def test_a_courtyard_is_handed_over_to_a_new_manager(seat: Callable, office: str, language: str) -> None:
    """From the map of courtyards: Hand over, the manager, Hand over; it asks about the contract that still runs."""
    page = seat(f"/maps/courtyards?as_of=2025-02-06&lang={language}#sel={COURTYARD}&tool=details")
    hand = Hand(page)
    hand.click('[data-act="handover"]')
    page.wait_for_selector("#handover")
    page.locator("#handover-manager").fill("望河物业")
    hand.click(".found [role=option]")
    page.locator('#handover [name="mode"]').select_option("professional")
    page.locator('#handover [name="start_date"]').fill("2025-03-01")
    hand.click("#handover-save")
    page.wait_for_selector("dialog.asking")
    assert "2028-08-11" in page.locator("dialog.asking").inner_text()
    hand.click("dialog.asking .primary")
    hand.arrived()
    assert hand.clicks == 4
    terms = {each["manager"]: each for each in arrangements(office, "990201A0001")}
    assert terms["990201G04"]["start_date"] == "2025-03-01"
    assert terms["990201G03"]["terminated_on"] == "2025-03-01"
    assert terms["990201G03"]["end_date"] == "2028-08-11"
    hand.click("#undo-now")
    page.wait_for_selector("#undo-line >> text=/已撤销|Undone/")
    assert "990201G04" not in {each["manager"] for each in arrangements(office, "990201A0001")}


@pytest.mark.deep
@pytest.mark.parametrize("language", quickly(LANGUAGES, 0))
def test_a_station_is_added_where_somebody_points(seat: Callable, office: str, language: str) -> None:
    """From the service map: Add, the place, Add."""
    page = seat("/maps/service-area", language=language)
    hand = Hand(page)
    hand.click("#add-record")
    page.wait_for_selector("#record-form")
    hand.clicks += 1
    page.mouse.click(1000, 250)
    page.wait_for_function("document.activeElement.name === 'name'")
    page.keyboard.type("新街<b>卫生站")
    page.locator('[name="kind"]').select_option("clinic")
    hand.click("#save")
    page.wait_for_selector("dialog.asking")
    hand.click("dialog.asking .primary")
    hand.arrived()
    assert hand.clicks == 4
    id = page.url.partition("/records/stations/")[2].partition("?")[0]
    assert stored(office, "stations", id)["name"] == "新街<b>卫生站"
    assert page.locator("h1").inner_text() == "新街<b>卫生站"


@pytest.mark.parametrize("language", quickly(LANGUAGES, 1))
def test_yesterdays_import_is_undone_from_the_history(
    seat: Callable, office: str, language: str, tmp_path: Path
) -> None:
    """Menu or tab, then one click at the line; what others changed since is named, and the rest undone."""
    places = ({"type": "Point", "coordinates": [119.182 + n / 10_000, 35.506]} for n in range(3))
    rows = [{"layer": "stations", "properties": {"code": f"T{n}", "name": f"站{n}", "kind": "post"}, "geometry": place}
            for n, place in enumerate(places)]  # fmt: skip
    done = edits(office, *rows)
    edits(office, {"layer": "stations", "id": "T1", "version": 1, "properties": {"capacity": 40}})
    page = seat(f"/history?layer=stations&since={clock.today() - dt.timedelta(days=1)}", language=language)
    hand = Hand(page)
    number = done["changeset"]["id"]
    hand.click(f'[data-changeset="{number}"] > button')
    page.wait_for_selector("dialog.asking")
    assert "站1" in page.locator("dialog.asking").inner_text()
    hand.click("dialog.asking .primary")
    hand.arrived()
    assert hand.clicks == 2
    with urllib.request.urlopen(f"{office}/api/collections/stations/items?filter=code%20LIKE%20%27T_%27") as answer:
        assert [each["id"] for each in json.load(answer)["features"]] == ["T1"]


def test_two_people_at_one_record_see_both_values(seat: Callable, office: str) -> None:
    page = seat(f"/records/buildings/{BUILDING}", language="en")
    version = 1
    edits(office, {"layer": "buildings", "id": BUILDING, "version": version, "properties": {"floors": 4, "units": 9}})
    page.locator('[name="floors"]').fill("12")
    page.locator('[name="households"]').fill("77")
    page.locator("#save").click()
    page.wait_for_selector("dialog.asking .clashes")
    told = page.locator("dialog.asking").inner_text()
    assert "12" in told and "4" in told
    page.locator("dialog.asking .primary").click()
    page.wait_for_selector("#undo-line")
    now = stored(office, "buildings", BUILDING)
    assert (now["floors"], now["households"], now["units"]) == (12, 77, 9)


def test_what_was_deleted_meanwhile_comes_back_with_what_was_written(seat: Callable, office: str) -> None:
    made = edits(office, {"layer": "stations", "properties": {"code": "GONE", "name": "旧站", "kind": "post"},
                          "geometry": {"type": "Point", "coordinates": [119.182, 35.506]}})  # fmt: skip
    assert made["records"][0]["id"] == "GONE"
    page = seat("/records/stations/GONE", language="en")
    edits(office, {"layer": "stations", "id": "GONE", "version": 1, "delete": True})
    page.locator('[name="capacity"]').fill("25")
    page.locator("#save").click()
    page.wait_for_selector("dialog.asking")
    page.locator("dialog.asking .primary").click()
    page.wait_for_selector("#undo-line")
    assert stored(office, "stations", "GONE")["capacity"] == 25


def test_what_makes_no_sense_is_said_beside_its_field(seat: Callable, office: str) -> None:
    page = seat("/records/arrangements/990201H0002", language="en")
    page.locator('[name="end_date"]').fill("2020-01-01")
    page.locator('[name="fee_yuan_m2_month"]').fill("much")
    page.locator("#save").click()
    page.wait_for_selector('[data-field="end_date"].wrong')
    assert "before it begins" in page.locator('[data-field="end_date"] .told').inner_text()
    assert page.locator('[data-field="fee_yuan_m2_month"]').get_attribute("class") == "field wrong"
    assert page.evaluate("document.activeElement.name") in ("end_date", "fee_yuan_m2_month")
    assert page.locator('[name="end_date"]').input_value() == "2020-01-01"
    assert stored(office, "arrangements", "990201H0002")["end_date"] == "2028-08-11"


def test_a_cell_is_corrected_where_it_stands_and_ticked_rows_together(seat: Callable, office: str) -> None:
    page = seat("/maps/courtyards?as_of=2025-02-06", language="en")
    row = page.locator(".grid-row").first
    id = row.locator('[data-key="code"]').inner_text()
    row.locator('[data-key="households"]').dblclick()
    page.wait_for_selector(".cell-editor")
    page.keyboard.type("321")
    page.keyboard.press("Enter")
    page.wait_for_selector("#undo-line")
    assert stored(office, "courtyards", id)["households"] == 321
    page.wait_for_selector("html[data-ready=renewed]")
    for n in range(3):
        page.locator(".grid-row .tick input").nth(n).check()
    page.locator("#set-field").click()
    page.locator("#which-field").select_option("owners_committee")
    page.locator("dialog.asking [name=owners_committee]").select_option("preparing")
    page.locator("dialog.asking .primary").click()
    page.wait_for_selector("#undo-line >> text=/Saved 3/")
    page.locator("#undo-now").click()
    page.wait_for_selector("#undo-line >> text=/Undone/")


def test_a_station_is_moved_by_dragging(seat: Callable, office: str) -> None:
    with urllib.request.urlopen(f"{office}/api/collections/stations/items?limit=1") as answer:
        id = json.load(answer)["features"][0]["id"]
    page = seat(f"/records/stations/{id}", language="en")
    before = page.locator(".lonlat").input_value()
    page.locator("#map-tools button").first.click()
    box = page.locator(".handle.point").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 20, steps=4)
    page.mouse.up()
    assert page.locator(".lonlat").input_value() != before
    page.locator("#save").click()
    page.wait_for_selector("#undo-line")
    assert page.locator(".lonlat").input_value() != before


@pytest.mark.deep
def test_an_arrangement_is_renewed_terminated_and_given_another_end(seat: Callable, office: str) -> None:
    """Each in two clicks from the arrangement: what is asked, and the day."""
    area, id = "990201A0001", "990201H0002"  # in force until 2028-08-11
    page = seat(f"/records/arrangements/{id}", language="zh")
    hand = Hand(page)
    hand.click("#renew")
    assert page.locator('#handover [name="start_date"]').input_value() == "2028-08-12"
    page.locator('#handover [name="end_date"]').fill("2028-01-01")
    hand.click("#handover-save")
    page.wait_for_selector("#handover .field.wrong")  # it would end before it begins
    assert len(arrangements(office, area)) == 2
    page.locator('#handover [name="end_date"]').fill("2031-08-11")
    hand.click("#handover-save")
    hand.arrived()
    (new,) = [each for each in arrangements(office, area) if each["start_date"] == "2028-08-12"]
    assert (new["manager"], new["end_date"]) == ("990201G03", "2031-08-11")
    assert stored(office, "arrangements", id)["terminated_on"] is None
    for act, field, day in (("terminate", "terminated_on", "2025-06-01"), ("end", "end_date", "2027-12-31")):
        page.goto(f"{office}/records/arrangements/{id}?lang=zh")
        page.wait_for_selector("html[data-ready]")
        hand.click(f"#{act}")
        page.locator("#ends-on").fill("2021-01-01")  # before it began
        hand.click("dialog .primary")
        page.wait_for_selector("dialog [role=alert]:not(:empty)")
        page.locator("#ends-on").fill(day)
        hand.click("dialog .primary")
        hand.arrived()
        assert stored(office, "arrangements", id)[field] == day
        hand.click("#undo-now")
        page.wait_for_selector("#undo-line >> text=/已撤销|Undone/")
        assert stored(office, "arrangements", id)[field] != day


@pytest.mark.deep
def test_a_courtyard_is_drawn_by_its_corners(seat: Callable, office: str) -> None:
    page = seat("/records/courtyards", language="en")
    for x, y in ((940, 240), (990, 240), (990, 290)):
        page.mouse.click(x, y)
        page.wait_for_timeout(350)  # or two clicks are a double one, which ends the shape
    page.mouse.dblclick(940, 290)
    page.locator('[name="name"]').fill("新院")
    page.locator("#save").click()
    page.wait_for_selector("dialog.asking, #undo-line")
    if page.locator("dialog.asking").count():
        page.locator("dialog.asking .primary").click()
    Hand(page).arrived()
    id = page.url.partition("/records/courtyards/")[2].partition("?")[0]
    with urllib.request.urlopen(f"{office}/api/collections/courtyards/items/{id}") as answer:
        drawn = json.load(answer)
    assert drawn["properties"]["name"] == "新院" and drawn["properties"]["geometry_derived"] in (None, False)
    (ring,) = drawn["geometry"]["coordinates"]
    assert len(ring) in (5, 6)  # four corners, and the first again


@pytest.mark.deep
def test_without_the_right_to_write_there_are_no_controls(visit: Callable, serve: Callable, demo: Path) -> None:
    """The public page of a map shows none of it."""
    where = f"/maps/coverage?as_of=2025-02-06&public=true&lang=en#sel={BUILDING}&tool=details"
    page = visit(where, base=serve(demo), locale="en-GB")
    assert page.locator("[data-act], #add-record, .tick").count() == 0
