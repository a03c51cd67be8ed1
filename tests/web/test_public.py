"""Public means public: what is hidden cannot be had from any door, by asking, sorting, searching or subtracting.

Two districts publish the same and hide different things: 20 small counts, texts, phones, a ban. If every door answers
both alike, no cleverness gets anything out of an answer.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from flask.testing import FlaskClient

from app import create_app
from layers.model.feature import Change, Feature
from layers.settings import Settings
from layers.store import open_store
from layers.store.protocol import Draft, Store
from tests import town

COURTYARDS, HOUSES, SMALL_EACH = 5, 16, 4
COMMUNITY = town.COMMUNITY
SECRETS = [(n, court) for court in range(COURTYARDS) for n in range(SMALL_EACH)]
INTERNAL = ("remark", "source", "updated_at")
COUNTS = ("households", "population", "elderly_60")
ASKED = "public=true&lang=en"


def small(court: int, n: int, other: bool) -> int:
    """The count that is hidden: 0 to 4, and in the other district another one."""
    return (court + n + (2 if other else 0)) % 5


def buildings(other: bool) -> Iterator[Feature]:
    """House n and house n + 8 of a courtyard have 30 households together, in either district."""
    for court in range(COURTYARDS):
        for n in range(HOUSES):
            low = small(court, n % 8, other)
            households = (low if n < 8 else 30 - low) if n % 8 < SMALL_EACH else 15
            code = f"{COMMUNITY}{court}{n:02}"
            yield Feature(code, town.box(200 * court + 12 * n, 40, 8, 8), {
                "code": code, "name": f"{n}号楼 1380000{5000 + court * 100 + n + (7 if other else 0)}",
                "use": "residential", "courtyard_code": f"C{court}", "households": households, "elderly_60": low,
                "floors": 6, "remark": f"{'other' if other else 'first'}-secret-{n}",
                "source": "ledger B" if other else "ledger A",
            })  # fmt: skip


def district(store: Store, other: bool) -> None:
    """Fill a workspace: what is public is the same in both districts."""
    total = 15 * HOUSES
    found = [
        ("communities", Feature(COMMUNITY, town.box(0, 0, 1000, 100), {
            "code": COMMUNITY, "name": "和平社区", "kind": "urban", "households": total * COURTYARDS})),
        *(("courtyards", Feature(f"C{n}", town.box(200 * n, 0, 200, 100), {
            "code": f"C{n}", "name": f"{n}院", "community_code": COMMUNITY, "enclosure": "open", "households": total}))
          for n in range(COURTYARDS)),
        *(("grids", Feature(f"{COMMUNITY}{n:03}", town.box(500 * n, 0, 500, 100), {
            "code": f"{COMMUNITY}{n:03}", "community_code": COMMUNITY, "households": total * COURTYARDS // 2}))
          for n in range(2)),
        *(("buildings", each) for each in buildings(other)),
        ("managers", Feature("M", None, {"code": "M", "name": "诚信物业", "public_phone": "0532-85551234",
                                         "contact_phone": "13911112222" if other else "13933334444",
                                         "blacklisted_from": dt.date(2020, 1, 1) if other else None})),
        ("managed-areas", Feature("A", None, {"code": "A", "name": "A区", "courtyard_codes": ("C0",)})),
        ("arrangements", Feature("R", None, {"code": "R", "managed_area": "A", "manager": "M", "mode": "professional",
                                             "start_date": dt.date(2024, 1, 1), "doc_no": "B-2" if other else "A-1"})),
    ]  # fmt: skip
    changes = [Change(layer, each.id, None, each) for layer, each in found]
    store.commit(Draft("tests", town.NOON, "district", "import", changes, settings={"metric_crs": "EPSG:4549"}))
    town.lay_street(store)


@contextmanager
def served(path: Path, other: bool) -> Iterator[FlaskClient]:
    store = open_store(path)
    district(store, other)
    store.close()
    app = create_app(Settings(workspace=str(path), language="en"))
    try:
        yield app.test_client()
    finally:
        app.extensions["gridmap"].store.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, FlaskClient]]:
    """The two districts."""
    folder = tmp_path_factory.mktemp("public")
    with served(folder / "one.gpkg", False) as one, served(folder / "other.gpkg", True) as other:
        yield one, other


ITEMS = "/api/collections/buildings/items"
LAYERS = ("communities", "courtyards", "buildings", "grids", "managers", "managed-areas", "arrangements", "stations")
MAPS = ("coverage", "service-area", "courtyards", "grids")
API_DOORS = [
    *(f"/api/collections/{layer}/{door}" for layer in LAYERS
      for door in ("items", "items?f=csv", "items?f=html", "schema", "queryables", "sortables", "export?f=geojson",
                   "export?f=csv", "export?f=kml")),
    *(f"{ITEMS}?{asked}" for asked in ("limit=7", "sortby=-courtyard_code", "datetime=2025-01-01", "use=residential",
      "bbox=120,36,120.004,36.1", "properties=households,name", f"filter={quote('floors = 6 AND use IS NOT NULL')}")),
    *(f"{ITEMS}/{COMMUNITY}0{n:02}" for n in (0, 1, 8, 9, 15)),
    "/api/collections/buildings/export?as_of=2025-02-06",
    f"/api/collections/buildings/export?filter={quote('courtyard_code = ' + chr(39) + 'C1' + chr(39))}",
    "/api/collections/buildings/tiles", "/api/collections/buildings/tiles/WebMercatorQuad?f=tilejson",
    *(f"/api/collections/buildings/tiles/WebMercatorQuad/{tile}" for tile in ("12/1608/3413", "16/25734/54613")),
]  # fmt: skip
MAP_DOORS = [
    f"/maps/{page}{door}"
    for page in MAPS
    for door in (
        "", "/download", "/export?f=csv&rows=all", "/export?f=geojson&rows=all", "/rows?rows=all", "/rest", "/tree",
        *(f"/rows?rows=all&sort={key}" for key in ("households", "households.down", "name") if page == "coverage"),
        *(f"/matches?text={quote(text)}" for text in ("secret", "138000", "3")),
        *(f"/search?q={quote(text)}" for text in ("13800005001", "1号楼")),
        f"/story?id={COMMUNITY}008",
        "/tiles/14/13653/6433", "/under/buildings/14/13653/6433", "?as_of=2025-02-06&community=" + COMMUNITY,
    )
]  # fmt: skip


def answer(client: FlaskClient, door: str) -> bytes:
    found = client.get(f"{door}{'&' if '?' in door else '?'}{ASKED}")
    assert found.status_code == 200, (door, found.data[:300])
    # what a response has of its own: the moment, and the word that lets its scripts run
    once = re.compile(rb'nonce-[\w-]+|nonce="[\w-]+"|"timeStamp":"[^"]+"')
    return once.sub(b"", found.data)


@pytest.mark.parametrize("door", [*API_DOORS, *MAP_DOORS])
def test_every_door_answers_both_districts_alike(both: tuple[FlaskClient, FlaskClient], door: str) -> None:
    one, other = (answer(client, door) for client in both)
    assert one == other
    for secret in (b"first-secret", b"ledger A", b"13800005", b"13933334444", b"A-1"):
        assert secret not in one


def test_without_the_word_public_they_differ(both: tuple[FlaskClient, FlaskClient]) -> None:
    for door in (ITEMS, "/maps/coverage/download", "/maps/grids/export?f=csv", "/maps/coverage/rows"):
        one, other = (client.get(door).data for client in both)
        assert one != other


@pytest.mark.parametrize("door", [f"/api/collections/{layer}/export?f=xlsx" for layer in LAYERS]
                         + [f"/maps/{page}/export?f=xlsx&rows=all" for page in MAPS])  # fmt: skip
def test_workbooks_are_alike_cell_by_cell(both: tuple[FlaskClient, FlaskClient], door: str) -> None:
    def cells(client: FlaskClient) -> list:
        book = openpyxl.load_workbook(io.BytesIO(answer(client, door)))
        return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book]

    one, other = map(cells, both)
    assert one == other


def recovered(client: FlaskClient, more: str) -> int:
    """Try to find the 20 hidden counts by halving: how many houses have more than so and so many households?"""
    right = 0
    for n, court in SECRETS:
        code, low, high = f"{COMMUNITY}{court}{n:02}", 0, 4
        while low < high:
            middle = (low + high) // 2
            condition = f"code = '{code}' AND households > {middle}"
            asked = client.get(f"{ITEMS}?{more}filter={quote(condition)}")
            if asked.status_code != 200:
                break
            low, high = (middle + 1, high) if asked.json["numberMatched"] else (low, middle)
        right += low == high == small(court, n, False)
    return right


def test_halving_finds_20_of_20_before_and_none_in_public(both: tuple[FlaskClient, FlaskClient]) -> None:
    assert recovered(both[0], "") == 20
    assert recovered(both[0], "public=true&") == 0


def test_nothing_but_a_sum_of_thirty_follows_from_subtracting(both: tuple[FlaskClient, FlaskClient]) -> None:
    found = both[0].get(f"{ITEMS}?limit=1000&public=true").json["features"]
    counts = {each["id"]: each["properties"]["households"] for each in found}
    courts = both[0].get("/api/collections/courtyards/items?public=true").json["features"]
    assert {each["properties"]["households"] for each in courts} == {240}
    for n, court in SECRETS:
        hidden = [code for code, count in counts.items() if count is None and code[12:13] == str(court)]
        assert f"{COMMUNITY}{court}{n:02}" in hidden
        assert len(hidden) == 2 * SMALL_EACH  # each small one hides one more
        told = sum(count or 0 for code, count in counts.items() if code[12:13] == str(court))
        assert 240 - told == 30 * SMALL_EACH


@pytest.mark.parametrize("name", [*COUNTS, *INTERNAL, "name"])
@pytest.mark.parametrize("door", [ITEMS, "/api/collections/buildings/export"])
def test_a_condition_on_what_is_hidden_is_refused_by_name(
    both: tuple[FlaskClient, FlaskClient], door: str, name: str
) -> None:
    number = name in COUNTS
    conditions = [f"{name} IS NULL", f"NOT (floors = 6 OR {name} IS NOT NULL)"]
    if number:
        conditions += [f"{name} > 3", f"{name} + 1 BETWEEN 2 AND 3"]
    else:
        conditions += [f"{name} = 'x'", f"CASEI({name}) LIKE '%1%'"]
    asked = [f"filter={quote(each)}" for each in conditions]
    asked.append("filter-lang=cql2-json&filter=" + quote(json.dumps({"op": "isNull", "args": [{"property": name}]})))
    if door == ITEMS:
        asked += [f"{name}={3 if number else 'x'}", f"sortby={name}", f"sortby=code,-{name}"]
    for each in asked:
        refused = both[0].get(f"{door}?{each}&{ASKED}")
        assert refused.status_code == 400, each
        assert name in refused.json["detail"] and "floors" in refused.json["detail"]  # and what may be asked


@pytest.mark.parametrize("layer", ["appeals", "inspections", "assignments", "plans"])
@pytest.mark.parametrize("door", ["items", "items/x", "schema", "queryables", "sortables", "export"])
def test_an_internal_layer_has_no_public_door(both: tuple[FlaskClient, FlaskClient], layer: str, door: str) -> None:
    refused = both[0].get(f"/api/collections/{layer}/{door}?{ASKED}")
    assert refused.status_code == 400 and "not public" in refused.json["detail"]


@pytest.mark.parametrize("door", [
    "/api/collections", "/api/collections/buildings", "/api/changesets", "/api/changesets/1", "/api/processes",
    "/api/plans", "/plans", "/import", "/api/scenarios", "/api/jobs",
])  # fmt: skip
def test_who_knows_no_public_refuses_the_word(both: tuple[FlaskClient, FlaskClient], door: str) -> None:
    assert both[0].get(f"{door}?public=true").status_code == 400


@pytest.mark.parametrize("door", [f"{ITEMS}?public=yes", "/maps/coverage?public=yes",
                                  f"{ITEMS}?public=true&public=false",
                                  "/maps/coverage/export?public=true&public=false"])  # fmt: skip
def test_a_wrong_word_is_no_silent_no(both: tuple[FlaskClient, FlaskClient], door: str) -> None:
    assert both[0].get(door).status_code == 400


def test_a_public_page_leads_to_public_files_only(both: tuple[FlaskClient, FlaskClient]) -> None:
    page = both[0].get("/maps/coverage?public=true").text
    links = re.findall(r'<a[^>]+href="([^"]+(?:/export|/download)[^"]*)"', page)
    assert links and all("public=true" in link for link in links)
    assert 'id="tool-history"' not in page and 'id="tool-analyses"' not in page  # which ask without that word
    assert "export-public" in both[0].get("/maps/coverage").text


def test_pages_and_links_lead_on_in_public(both: tuple[FlaskClient, FlaskClient]) -> None:
    page, count = both[0].get(f"{ITEMS}?limit=30&public=true").json, 0
    while True:
        count += len(page["features"])
        onward = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not onward:
            break
        assert "public=true" in onward[0]
        page = both[0].get(onward[0]).json
    assert count == page["numberMatched"] == COURTYARDS * HOUSES
