"""The courtyard map: map, legend, table, details, files and the analysis tell of the same courtyards."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient

from layers.model.feature import Change
from layers.store.protocol import Draft, Holding, Store
from layers.usecases.history import revert
from layers.usecases.workspace import data_day, name_of, rename
from tests import town
from tests.web.test_maps import data_of, service

ASKED = "enclosure=open&min_households=20"


@pytest.fixture
def client(small_town: Store) -> FlaskClient:
    return service(small_town).test_client()


def codes_of(answer: dict) -> set[str]:
    (column,) = (each for each in answer["columns"] if each["key"] == "code")
    return set(column["values"] if "values" in column else [column["words"][n] for n in column["at"]])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("", {"CD", "CE"}), (ASKED, {"CE"}), ("basis=strict", {"CB", "CC", "CD", "CE"}), ("enclosure=closed", set())],
)
def test_everything_counts_the_same(client: FlaskClient, asked: str, expected: set[str]) -> None:
    data = data_of(client.get(f"/maps/courtyards?{asked}").text)
    legend = {each["group"]: 0 for each in data["classes"]}
    for each in data["classes"]:
        legend[each["group"]] += each["count"]
    rows = client.get(f"/maps/courtyards/rows?rows=none&{asked}").json
    exported = client.get(f"/maps/courtyards/export?f=geojson&rows=none&{asked}").json["features"]
    table = list(csv.DictReader(io.StringIO(client.get(f"/maps/courtyards/export?f=csv&rows=none&{asked}").text)))
    words = dict(part.split("=") for part in asked.split("&") if part)
    inputs = {name: int(value) if name == "min_households" else value for name, value in words.items()}
    body = {"inputs": {"as_of": town.DAY.isoformat(), **inputs}}
    answered = client.post("/api/processes/unmanaged-courtyards/execution", json=body).json["courtyards"]["features"]
    assert codes_of(rows) == {each["id"] for each in exported} == {each["id"] for each in answered} == expected
    assert legend.get("none", 0) == rows["total"] == len(table) == len(expected)


@pytest.mark.parametrize("map_id", ["courtyards", "coverage"])
def test_bundles_lie_under_the_map_with_what_is_known_of_them(
    small_town: Store, client: FlaskClient, map_id: str
) -> None:
    address = f"/maps/{map_id}?lang=zh"
    assert "bundles" not in data_of(client.get(address).text)["backdrop"]
    hull = town.house(3).union(town.house(4)).envelope
    town.add(small_town, "managed-areas", "P1", hull, name="和平片区1", kind="bundle", building_codes=["b03", "b04"],
             balance_yuan_month=120.0)  # fmt: skip
    town.add(small_town, "managed-areas", "P2", hull, name="和平片区2", kind="bundle", building_codes=["b05"],
             balance_yuan_month=-1.0)  # fmt: skip
    town.add(small_town, "managed-areas", "P3", hull, name="和平片区3", kind="bundle")
    town.amend(small_town, "buildings", "b04", households=None)
    page = client.get(address).text
    assert data_of(page)["backdrop"]["bundles"]["names"] == [
        "和平片区1：10 户（1 栋户数不详），能自给", "和平片区2：10 户，不能自给", "和平片区3：户数不详"
    ]  # fmt: skip
    assert 'data-layer="bundles"' in page
    shared = data_of(client.get(f"/maps/{map_id}?lang=en&public=true").text)["backdrop"]["bundles"]["names"]
    assert not any("pays for itself" in each for each in shared)


def test_the_headline_says_how_many_of_which_with_their_households(client: FlaskClient) -> None:
    text = client.get(f"/maps/courtyards?{ASKED}&lang=en").text
    assert "1/1 known" in text and "Households in them: 20" in text and "at least 20 households" in text
    assert "2/5 known" in client.get("/maps/courtyards?lang=en").text


def test_enclosure_colours_it_as_before(client: FlaskClient) -> None:
    data = data_of(client.get("/maps/courtyards?colour=enclosure").text)
    assert {each["key"]: each["count"] for each in data["classes"]} == {"open": 5, "closed": 1}


@pytest.mark.parametrize("query", ["enclosure=walled", "min_households=-1", "min_households=x", "colour=red",
                                   "min_households=1&min_households=2"])  # fmt: skip
def test_what_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/maps/courtyards?{query}").status_code == 400


class TestTheStory:
    def told(self, client: FlaskClient, where: str) -> str:
        chapters = client.get(f"/maps/{where}&lang=en").json["chapters"]
        return "\n".join(line for each in chapters for line in (each["title"], *each["lines"]))

    def test_of_a_building_in_force(self, client: FlaskClient) -> None:
        told = self.told(client, "coverage/story?id=b01")
        assert "Its courtyard is listed in the managed area A区." in told
        assert "the arrangement since 2024-01-01 is in force (end: 2026-12-31)" in told
        assert "it counts as managed" in told
        assert "诚信物业: professional, formal, since 2024-01-01, until 2026-12-31; accepted on 2024-06-01" in told

    def test_who_was_is_called_former(self, client: FlaskClient) -> None:
        told = self.told(client, "coverage/story?id=b07")
        assert (
            "Former: 诚信物业: professional, formal, 2022-01-01 to 2024-12-31; arrangement ended on 2024-12-31" in told
        )
        assert "does not count as managed: arrangement ended on 2024-12-31" in told
        rows = client.get("/maps/coverage/rows?rows=all&id=b07&lang=en").json["columns"]
        at = {each["key"]: each.get("values") or each.get("words") for each in rows}
        assert at["manager"] == [None] and at["former_manager"] == ["诚信物业"]

    def test_not_surveyed_is_said_to_be_not_known(self, client: FlaskClient) -> None:
        assert "not known is not unmanaged" in self.told(client, "coverage/story?id=b10")

    def test_of_a_courtyard(self, client: FlaskClient) -> None:
        told = self.told(client, "courtyards/story?id=CE")
        assert "its 2 buildings in scope, on the basis “Broad”: 0 managed, 2 not, 0 not known" in told
        assert "nobody manages it" in told

    def test_the_nearest_station_of_each_kind(self, small_town: Store) -> None:
        town.lay_street(small_town)
        for code, east_m, kind, status in (("T2", 350, "clinic", "open"), ("T3", 60, "clinic", "closed")):
            place = town.point(east_m, 50)
            town.add(small_town, "stations", code, place, name=code, kind=kind, status=status)
        told = self.told(service(small_town).test_client(), "coverage/story?id=b02")
        assert "长者食堂 (elder canteen): about 95 m" in told and "T2 (clinic): about 195 m" in told
        assert "T3" not in told

    def test_a_car_park_is_no_station_near_a_home_and_one_without_a_name_is_said_so(self, small_town: Store) -> None:
        place = small_town.get("buildings", "b01").geometry.centroid
        town.add(small_town, "stations", "PARK", place, kind="parking", name="甲停车场", status="open")
        town.add(small_town, "stations", "POST9", place, kind="post", status="open")
        told = self.told(service(small_town).test_client(), "coverage/story?id=b01")
        assert "甲停车场" not in told and "without a name (POST9)" in told

    def test_unknown_is_no_choice_of_a_measure(self, small_town: Store) -> None:
        text = service(small_town).test_client().get("/maps/service-area").text
        (actions,) = re.findall(r'<select name="action">(.*?)</select>', text, re.DOTALL)
        assert "add_gate" in actions and "unknown" not in actions

    def test_there_is_none_of_what_is_not_there(self, client: FlaskClient) -> None:
        assert client.get("/maps/coverage/story?id=nobody").json == {"chapters": []}
        assert client.get("/maps/grids/story?id=b01").json == {"chapters": []}


def test_an_estimated_floor_area_is_marked(client: FlaskClient, tmp_path: Path, small_town: Store) -> None:
    town.amend(small_town, "buildings", "b08", floor_area_m2=1234)
    answer = client.get("/maps/coverage/export?f=xlsx&lang=zh").data
    sheet = openpyxl.load_workbook(io.BytesIO(answer))["明细"]
    head, *rows = sheet.iter_rows(values_only=True)
    mark = next(n for n, title in enumerate(head) if title.startswith("建筑面积估算依据"))
    by_code = {row[0]: row[mark] for row in rows}
    assert (by_code["b07"], by_code["b08"]) == ("占地面积×层数", None)


def test_the_basis_accepted_without_any_acceptance_is_not_recorded(small_town: Store) -> None:
    town.amend(small_town, "arrangements", "RA", accepted_on=None)
    client = service(small_town).test_client()
    for which in ("coverage", "courtyards"):
        text = client.get(f"/maps/{which}?basis=accepted&lang=en").text
        assert "<b>not recorded</b>" in text and not re.search(r"\b0\.0%|100\.0%", text.partition("page-data")[0])


class TestDayAndName:
    def stated(self, store: Store, day: dt.date, kind: str = "import") -> int:
        """State something of a courtyard as a ledger of that day does; gives the number of the changeset."""
        before = store.get("courtyards", "CE")
        after = type(before)("CE", before.geometry, {**before.properties, "households": 21}, before.version)
        change = Change("courtyards", "CE", before, after)
        return store.commit(Draft("tests", town.NOON, "ledger", kind, [change], holding=Holding(day))).revision

    def test_what_is_written_by_hand_from_a_later_day_on_is_no_newer_ledger(self, small_town: Store) -> None:
        self.stated(small_town, dt.date(2025, 1, 6))
        self.stated(small_town, dt.date(2025, 3, 1), kind="edit")
        assert data_day(small_town) == dt.date(2025, 1, 6)

    def test_a_ledger_counts_as_long_as_it_stands(self, small_town: Store) -> None:
        ledger = self.stated(small_town, dt.date(2025, 1, 6))
        undone = revert(small_town, ledger, "tests", town.NOON)
        assert data_day(small_town) is None
        revert(small_town, undone.revision, "tests", town.NOON)  # and so it stands again
        assert data_day(small_town) == dt.date(2025, 1, 6)

    @pytest.mark.parametrize(("day", "opens"), [("2025-01-06", "2025-02-06"), ("2025-01-05", "2025-01-05")])
    def test_maps_open_on_the_newest_ledger_where_it_is_over_a_month_old(
        self, small_town: Store, day: str, opens: str
    ) -> None:
        self.stated(small_town, dt.date.fromisoformat(day))
        client = service(small_town).test_client()
        text = client.get("/maps/courtyards?lang=en").text
        assert data_of(text)["question"]["as_of"] == opens
        assert ("today is more than a month later" in text) == (opens == day)
        assert f"Newest ledger: as of {day}" in text
        asked = client.get("/maps/courtyards?as_of=2025-02-06&lang=en").text
        assert data_of(asked)["question"]["as_of"] == "2025-02-06" and "more than a month later" not in asked
        assert client.get("/api/workspace").json["data_date"] == day
        for page, name in (("coverage", "as_of"), ("compare-dates", "to")):  # and an analysis asks about the same day
            form = client.get(f"/analyses/{page}").text
            assert re.search(rf'name="{name}"[^>]*value="{opens}"|value="{opens}"[^>]*name="{name}"', form), page

    def test_the_name_stands_on_pages_and_sheets(self, small_town: Store) -> None:
        client = service(small_town).test_client()
        assert client.get("/api/workspace").json["name"] is None
        assert client.put("/api/workspace", json={"name": "  滨江 区  "}).json["name"] == "滨江 区"
        for page in ("/", "/maps/grids", "/import", "/plans", "/api/collections?f=html"):
            assert "滨江 区" in client.get(page).text, page
        for door in ("/maps/coverage/export?f=xlsx", "/api/collections/buildings/export?f=xlsx"):
            book = openpyxl.load_workbook(io.BytesIO(client.get(door).data))
            assert "滨江 区" in {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
        assert small_town.changesets(limit=1)[0].message.startswith("工作区改名为：滨江 区")
        assert client.put("/api/workspace", json={"name": ""}).json["name"] is None

    @pytest.mark.parametrize("body", [{"name": "区" * 81}, {"name": "a\u0007b"}, {"name": 3}, {}, {"title": "x"}])
    def test_what_is_no_name_is_refused(self, small_town: Store, body: dict) -> None:
        assert service(small_town).test_client().put("/api/workspace", json=body).status_code == 400
        assert name_of(small_town) is None

    def test_the_same_name_again_changes_nothing(self, small_town: Store) -> None:
        rename(small_town, "东区", "tests", town.NOON)
        revision = small_town.revision()
        assert rename(small_town, "东区", "tests", town.NOON) is None
        assert small_town.revision() == revision and data_day(small_town) is None
