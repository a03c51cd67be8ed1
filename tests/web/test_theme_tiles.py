"""A large map without a browser: its tiles, the rows of its table, what it finds, and how small its page is."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from pathlib import Path

import mapbox_vector_tile
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

import web
from geo.tiles.layout import mercator
from layers.formats.export import plain_values
from layers.model.feature import Change, Feature
from layers.settings import Settings
from layers.store import open_store
from layers.store.protocol import Draft, Store
from tests import town
from web.maps.encode import column

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 6, 30)
BUILDINGS = 3_000


def features(layer: str, frame) -> list[Feature]:
    """Turn a frame of the generator into features."""
    from layers.catalogue import catalogue

    fields = [field for field in catalogue().layer(layer).fields if field.name in frame.columns]
    columns = {field.name: plain_values(field, frame[field.name]) for field in fields}
    return [
        Feature(str(id), shape, {name: values[n] for name, values in columns.items() if values[n] is not None})
        for n, (id, shape) in enumerate(zip(frame.index, frame.geometry, strict=True))
    ]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """An invented city of 3,000 buildings in 6 communities."""
    from data.demo.city import city

    store = open_store(tmp_path_factory.mktemp("city") / "city.gpkg", create=True)
    changes = [
        Change(layer, feature.id, None, feature)
        for layer, frame in city(BUILDINGS, 1).items()
        for feature in features(layer, frame)
    ]
    noon = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
    store.commit(Draft("test", noon, "city", "import", changes, settings={"metric_crs": "EPSG:4549"}))
    yield store
    store.close()


def service(store: Store, day: dt.date = DAY, **settings: object) -> FlaskClient:
    where = {"instance_path": str(ROOT / "instance"), "root_path": str(ROOT)}
    app = Flask("gridmap", static_folder="static", template_folder="web/templates", **where)
    web.init_app(app, store, Settings(language="en", **settings), lambda: day)
    return app.test_client()


@pytest.fixture(scope="module")
def client(city: Store) -> FlaskClient:
    return service(city)


@pytest.fixture
def small(small_town: Store) -> FlaskClient:
    """The town of ten buildings, as if that were very many."""
    return service(small_town, town.DAY, map_buildings=5)


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)[1])


def page_data(client: FlaskClient, path: str) -> dict:
    return data_of(client.get(path).get_data(as_text=True))


def tile_of(x_m: float, y_m: float, z: int = 20) -> str:
    x, y = (mercator(shapely.get_coordinates(town.point(x_m, y_m)))[0] * 2**z).astype(int)
    return f"/maps/coverage/tiles/{z}/{x}/{y}"


def told(data: bytes, layer: str = "theme") -> dict[str, dict]:
    found = mapbox_vector_tile.decode(data).get(layer, {"features": []})["features"] if data else []
    return {each["properties"]["id"]: each["properties"] for each in found}


# -- tiles


def test_a_tile_tells_what_drawing_and_pointing_need(small: FlaskClient):
    found = told(small.get("/maps/coverage/tiles/0/0/0").data)
    assert len(found) == 10
    listed = page_data(small, "/maps/coverage")
    assert {each["class"] for each in found.values()} == {each["key"] for each in listed["classes"]}
    assert found["b01"].keys() == {"id", "name", "class"}


def test_tiles_answer_the_question_of_the_page(small: FlaskClient):
    classes = [
        {each["class"] for each in told(small.get(f"/maps/coverage/tiles/0/0/0?basis={basis}").data).values()}
        for basis in ("broad", "strict")
    ]
    assert classes[0] != classes[1]
    assert small.get("/maps/coverage/tiles/0/0/0?basis=all").status_code == 400
    assert small.get("/maps/coverage/tiles/10/0/0").status_code == 204  # nothing there


def test_who_has_a_tile_is_not_sent_it_again(small: FlaskClient):
    first = small.get("/maps/coverage/tiles/0/0/0")
    again = small.get("/maps/coverage/tiles/0/0/0", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_edit_changes_the_tiles_that_it_touches_only(small: FlaskClient, small_town: Store):
    near, far = tile_of(50, 50), tile_of(950, 50)
    before = {path: small.get(path).headers["ETag"] for path in (near, far)}
    (building,) = told(small.get(near).data)
    town.amend(small_town, "buildings", building, in_scope=False)
    assert small.get(near).headers["ETag"] != before[near]
    assert told(small.get(near).data)[building]["class"] == "out:out-of-scope"
    assert small.get(far).headers["ETag"] == before[far]


def test_a_status_that_changes_with_the_day_changes_the_tile(small: FlaskClient):
    """No building has another version on another day, yet arrangements begin and end."""
    days = ("2015-01-01", "2025-02-06")
    classes = [
        {id: each["class"] for id, each in told(small.get(f"/maps/coverage/tiles/0/0/0?as_of={day}").data).items()}
        for day in days
    ]
    assert classes[0].keys() == classes[1].keys() and classes[0] != classes[1]


@pytest.mark.parametrize("layer", ["roads", "courtyards", "managed-areas", "buildings"])
def test_layers_under_the_theme_have_tiles_too(client: FlaskClient, layer: str):
    answer = client.get(f"/maps/coverage/under/{layer}/14/13616/6460")
    assert answer.status_code in (200, 204)
    found = mapbox_vector_tile.decode(client.get(f"/maps/coverage/under/{layer}/0/0/0").data)
    assert set(found) == {layer}


@pytest.mark.parametrize(
    "path",
    ["coverage/tiles/3/8/0", "coverage/tiles/23/0/0", "heat/tiles/0/0/0", "heat/rows", "coverage/under/managers/0/0/0",
     "coverage/rows?id=nobody"],
)  # fmt: skip
def test_what_there_is_not_is_not_found(client: FlaskClient, path: str):
    answer = client.get(f"/maps/{path}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_stations_reach_is_in_tiles_and_not_in_the_page(client: FlaskClient):
    rest = client.get("/maps/service-area/rest?minutes=5,10")
    assert list(rest.json["backdrop"]) == ["communities"]
    data = page_data(client, "/maps/service-area?minutes=5,10")
    assert {"reach-areas", "reach-streets"} <= set(data["tiled"])
    bands = {each["key"]: each["symbol"]["fill"] for each in data["classes"] if each["group"] == "covered"}
    for layer in ("reach-areas", "reach-streets"):
        tile = client.get(f"/maps/service-area/under/{layer}/0/0/0?minutes=5,10").data
        found = mapbox_vector_tile.decode(tile)[layer]["features"]
        colors = list(dict.fromkeys(each["properties"]["color"] for each in found))
        assert colors == [bands["band:1"], bands["band:0"]]  # the widest limit first, the nearer on top


def test_another_choice_of_stations_has_other_tiles(client: FlaskClient):
    asked = [f"/maps/service-area/under/reach-areas/0/0/0?minutes={minutes}" for minutes in (5, 15)]
    assert len({client.get(each).headers["ETag"] for each in asked}) == 2


# -- the page and its counts


@pytest.mark.parametrize("which", ["coverage", "courtyards", "grids", "service-area"])
def test_the_page_of_a_city_is_small(client: FlaskClient, which: str):
    text = client.get(f"/maps/{which}").get_data(as_text=True)
    data = data_of(text)
    assert data["tiled"] and not data["features"]["ids"]
    assert len(text.encode()) < 200_000  # with a form of every analysis, and no building


@pytest.mark.parametrize("which", ["coverage", "courtyards", "grids"])
def test_legend_rows_and_exports_count_the_same(client: FlaskClient, which: str):
    data = page_data(client, f"/maps/{which}")
    for group in {each["group"] for each in data["classes"]}:
        listed = sum(each["count"] for each in data["classes"] if each["group"] == group)
        answer = client.get(f"/maps/{which}/rows?rows={group}").json
        exported = client.get(f"/maps/{which}/export?f=geojson&rows={group}").json
        assert answer["total"] == listed == len(exported["features"]) == answer["counts"][group]
    assert data["total"] == sum(each["count"] for each in data["classes"])


def test_below_the_limit_the_page_carries_its_features(small_town: Store):
    data = page_data(service(small_town, town.DAY), "/maps/coverage")
    assert "tiled" not in data and len(data["features"]["ids"]) == 10 == data["total"]


def test_a_download_holds_communities_and_says_so(client: FlaskClient):
    text = client.get("/maps/coverage/download").get_data(as_text=True)
    data = data_of(text)
    assert data["overview"] and len(data["features"]["ids"]) == 6 and "tiled" not in data
    assert "cannot hold this many buildings" in text


def test_what_a_page_fetches_is_what_it_left_out(client: FlaskClient):
    rest = client.get("/maps/coverage/rest").json
    assert len(rest["communities"]) == len(rest["backdrop"]["communities"]["codes"]) == 6
    tree = client.get("/maps/coverage/tree").get_data(as_text=True)
    assert tree.count("data-community=") == 6 and "<html" not in tree
    assert re.search(r'<ul id="areas"[^>]*></ul>', client.get("/maps/coverage").get_data(as_text=True))


def test_stations_and_gaps_travel_with_the_page(client: FlaskClient):
    rest = client.get("/maps/service-area/rest?minutes=5").json
    data = page_data(client, "/maps/service-area?minutes=5")
    lasting = sum(each["count"] for each in data["classes"] if each["group"] in ("stations", "others", "gaps"))
    assert len(rest["features"]["ids"]) == lasting > 0


# -- rows


def test_rows_come_by_the_page(client: FlaskClient):
    asked = [f"/maps/coverage/rows?rows=all&limit=400&offset={offset}" for offset in range(0, 3200, 400)]
    pages = [client.get(each).json for each in asked]
    ids = [id for each in pages for id in each["features"]["ids"]]
    assert len(ids) == len(set(ids)) == BUILDINGS
    assert len(client.get("/maps/coverage/rows?limit=100000").json["features"]["ids"]) == 500  # clamped
    assert client.get("/maps/coverage/rows?offset=1000000").json["features"]["ids"] == []


def test_rows_are_filtered_as_the_page_says(client: FlaskClient):
    whole = client.get("/maps/coverage/rows?rows=all").json
    without = client.get("/maps/coverage/rows?rows=all&off=not:lapsed~out:out-of-scope").json
    data = page_data(client, "/maps/coverage")
    gone = sum(each["count"] for each in data["classes"] if each["key"] in ("not:lapsed", "out:out-of-scope"))
    assert whole["total"] - without["total"] == gone > 0
    found = client.get("/maps/coverage/rows?rows=all&text=99020100100300").json
    assert 0 < found["total"] < BUILDINGS
    assert all(id.startswith("99020100100300") for id in found["features"]["ids"])


def values(answer: dict, key: str) -> list:
    column = next(each for each in answer["columns"] if each["key"] == key)
    return column.get("values") or [column["words"][at] if at >= 0 else None for at in column["at"]]


def test_rows_are_sorted_and_what_is_missing_stands_last(client: FlaskClient):
    up, down = (
        client.get(f"/maps/coverage/rows?rows=all&limit=500&sort=households{end}").json for end in ("", ".down")
    )
    assert values(up, "households") == sorted(values(up, "households"))
    assert values(down, "households") == sorted(values(down, "households"), reverse=True)
    last = client.get("/maps/coverage/rows?rows=all&limit=500&sort=reason.down&offset=2900").json
    assert values(last, "reason")[-1] is None


def test_a_minus_before_a_column_sorts_downwards_as_documented(client: FlaskClient):
    for door in ("rows?rows=all&limit=500", "export?f=csv&rows=all"):
        minus, down = (client.get(f"/maps/coverage/{door}&sort={sort}") for sort in ("-households", "households.down"))
        assert minus.status_code == 200 and minus.data == down.data


def test_names_are_sorted_as_people_do(small_town: Store):
    for n, name in enumerate(["10号楼", "9号楼", "白云楼", "安心楼"]):
        code = f"s{n}"
        town.add(small_town, "courtyards", code, town.box(10 * n, 0, 10 * n + 5, 5), name=name, enclosure="open")
    answer = service(small_town, town.DAY).get("/maps/courtyards/rows?rows=all&sort=name").json
    found = [name for name in values(answer, "name") if name in ("10号楼", "9号楼", "白云楼", "安心楼")]
    assert found == ["9号楼", "10号楼", "安心楼", "白云楼"]


@pytest.mark.parametrize(
    "query", ["rows=nobody", "off=nothing", "sort=colour", "sort=code.up", "sort=-", "sort=-code.down", "offset=-1",
              "limit=0", "limit=x", "rows=not&rows=not", "basis=all"]
)  # fmt: skip
def test_what_makes_no_sense_is_refused(client: FlaskClient, query: str):
    assert client.get(f"/maps/coverage/rows?{query}").status_code == 400


def test_one_row_says_where_it_stands(client: FlaskClient):
    listed = client.get("/maps/coverage/rows?sort=code.down").json["features"]["ids"]
    one = client.get(f"/maps/coverage/rows?sort=code.down&id={listed[7]}").json
    assert (one["features"]["ids"], one["at"]) == ([listed[7]], 7)
    assert one["features"]["shapes"][0]
    elsewhere = client.get(f"/maps/coverage/rows?rows=managed&id={listed[7]}").json
    assert elsewhere["at"] is None


def test_matches_are_the_shorter_of_two_lists(client: FlaskClient):
    few = client.get("/maps/coverage/matches?text=99020100100300").json
    total = client.get("/maps/coverage/rows?rows=all&text=99020100100300").json["total"]
    assert len(few["ids"]) == total
    assert client.get("/maps/coverage/matches?text=9902").json == {"except": []}


def test_an_export_has_the_order_of_the_table(client: FlaskClient):
    listed = client.get("/maps/coverage/rows?sort=code.down&limit=5").json["features"]["ids"]
    text = client.get("/maps/coverage/export?f=csv&sort=code.down").data.decode("utf-8-sig")
    codes = [re.search(r"\d{12,}", line)[0] for line in io.StringIO(text) if re.search(r"\d{12,}", line)]
    assert codes[:5] == listed


# -- search


def test_search_finds_communities_courtyards_and_buildings(client: FlaskClient, small_town: Store):
    def kinds(text: str) -> list[tuple[str, str]]:
        return [(each["kind"], each["code"]) for each in client.get(f"/maps/coverage/search?q={text}").json["found"]]

    assert kinds("990201001003")[0] == ("community", "990201001003")
    assert ("feature", "99020100100300123") in kinds("99020100100300123")
    assert client.get("/maps/coverage/search?q=").json == {"found": []}
    assert len(kinds("9902")) == 12
    initials = service(small_town, town.DAY, map_buildings=5).get("/maps/coverage/search?q=hpsq").json["found"]
    assert "和平社区" in {each["name"] for each in initials}


def test_a_share_is_rounded_once_when_it_is_told_in_per_cent():
    """353 of 419 are 84.248 %: rounded to four digits first, a page would say 84.3."""
    told = column([353 / 419, 1.25, 2.0])["values"]
    assert f"{told[0]:.1%}" == "84.2%" and told[1:] == [1.25, 2]
