"""The abstract tests of OGC API – Features Part 1 (OGC 17-069r4, annex A), ported, not certified.

Each test bears the identifier of the abstract test that it ports: ``/conf/core/fc-limit-response`` is
`test_conf_core_fc_limit_response`. What the standard leaves to a human eye is checked by its shape.
"""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
from flask.testing import FlaskClient

from layers.catalogue import catalogue
from tests import town

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LAYERS = catalogue().ids()
ITEMS = "/api/collections/buildings/items"


def get(client: FlaskClient, path: str, **headers: str) -> dict:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.data
    return answer.json


def linked(body: dict, rel: str) -> list[dict]:
    return [link for link in body["links"] if link["rel"] == rel]


def check_links(body: dict) -> None:
    """All links have `rel` and `type`, and lead to what they say (/conf/core/fc-md-links, fc-links, f-links)."""
    assert len(linked(body, "self")) == 1
    assert linked(body, "alternate")
    assert all(link["rel"] and link["type"] and link["href"].startswith("http") for link in body["links"])


def test_conf_core_http(client: FlaskClient) -> None:
    assert client.get("/api/").status_code == 200
    assert client.head(ITEMS).status_code == 200
    assert client.post("/api/").status_code == 405


def test_conf_core_root_op_and_success(reader: FlaskClient) -> None:
    body = get(reader, "/api/")
    for rel in ("service-desc", "conformance", "data"):
        (link, *_) = linked(body, rel)
        assert reader.get(link["href"]).status_code == 200
    assert linked(body, "service-doc")
    assert body["title"]


def test_conf_core_api_definition_op_and_success(reader: FlaskClient) -> None:
    (link,) = linked(get(reader, "/api/"), "service-desc")
    answer = reader.get(link["href"])
    assert answer.content_type == link["type"]
    assert answer.json["openapi"].startswith("3.0")


def test_conf_core_conformance_op_and_success(reader: FlaskClient) -> None:
    conforms = get(reader, "/api/conformance")["conformsTo"]
    for name in ("core", "geojson", "html", "oas30"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" in conforms
    assert len(set(conforms)) == len(conforms)


def test_conf_core_query_param_invalid(reader: FlaskClient) -> None:
    for query in ("limit=0", "limit=abc", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=1,2,3,x", "datetime=2018-99-01"):
        assert reader.get(f"{ITEMS}?{query}").status_code == 400


def test_conf_core_query_param_unknown(reader: FlaskClient) -> None:
    for path in ("/api/", "/api/conformance", "/api/collections", "/api/collections/buildings", ITEMS, f"{ITEMS}/b01"):
        assert reader.get(f"{path}?unknownQueryParameter=x").status_code == 400


def test_conf_core_fc_md_op_and_success(reader: FlaskClient) -> None:
    body = get(reader, "/api/collections")
    check_links(body)
    assert [each["id"] for each in body["collections"]] == LAYERS


def test_conf_core_fc_md_items_and_links(reader: FlaskClient) -> None:
    for each in get(reader, "/api/collections")["collections"]:
        items = linked(each, "items")
        assert {link["type"] for link in items} == {"application/geo+json", "text/csv", "text/html"}
        check_links(each)


def test_conf_core_fc_md_extent(reader: FlaskClient) -> None:
    (box,) = get(reader, "/api/collections/buildings")["extent"]["spatial"]["bbox"]
    shapes = [shapely.geometry.shape(each["geometry"]) for each in get(reader, ITEMS)["features"]]
    assert shapely.box(*box).buffer(1e-6).covers(shapely.unary_union(shapes))


@pytest.mark.parametrize("layer", LAYERS)
def test_conf_core_sfc_md_op_and_success(reader: FlaskClient, layer: str) -> None:
    one = get(reader, f"/api/collections/{layer}")
    (listed,) = [each for each in get(reader, "/api/collections")["collections"] if each["id"] == layer]
    assert {name: one[name] for name in listed} == listed


@pytest.mark.parametrize("layer", LAYERS)
def test_conf_core_fc_op_and_response(reader: FlaskClient, layer: str) -> None:
    body = get(reader, f"/api/collections/{layer}/items")
    assert body["type"] == "FeatureCollection"
    check_links(body)
    assert all(feature["type"] == "Feature" for feature in body["features"])


def test_conf_core_fc_links(reader: FlaskClient) -> None:
    body = get(reader, f"{ITEMS}?limit=4")
    check_links(body)
    for link in linked(body, "alternate"):
        assert reader.get(link["href"]).mimetype == link["type"]
    (following,) = linked(body, "next")
    assert len(get(reader, following["href"])["features"]) == 4


def test_conf_core_fc_limit_response(reader: FlaskClient) -> None:
    for limit in (1, 3, 10):
        assert len(get(reader, f"{ITEMS}?limit={limit}")["features"]) == limit
    assert get(reader, f"{ITEMS}?limit=10000000")["numberReturned"] == 10


def test_conf_core_fc_limit_bbox_and_time_definition(reader: FlaskClient) -> None:
    path = get(reader, "/api/openapi.json")["paths"]["/api/collections/{layer_id}/items"]["get"]
    parameters = {each["name"]: each for each in path["parameters"]}
    assert parameters["limit"]["schema"]["type"] == "integer"
    assert {"minimum", "maximum", "default"} <= set(parameters["limit"]["schema"])
    box = parameters["bbox"]
    assert (box["style"], box["explode"]) == ("form", False)
    assert (box["schema"]["minItems"], box["schema"]["maxItems"]) == (4, 6)
    assert parameters["datetime"]["schema"]["type"] == "string"
    assert not any(parameters[name].get("required") for name in ("limit", "bbox", "datetime"))


def test_conf_core_fc_bbox_response(reader: FlaskClient) -> None:
    west, south, east, north = town.house(4).bounds
    for box in (f"{west},{south},{east},{north}", f"{west},{south},0,{east},{north},50"):
        assert [each["id"] for each in get(reader, f"{ITEMS}?bbox={box}")["features"]] == ["b04"]
    # minx > maxx: the box goes over the antimeridian
    over = {f"{east},{south},{west},{north}": ["b04"], f"{west},-90,-179,90": ["b04"], f"170,-90,{west},90": ["b03"]}
    for box, some in over.items():
        found = get(reader, f"{ITEMS}?bbox={box}")
        assert set(some) <= {each["id"] for each in found["features"]}
        assert found["numberMatched"] == len(found["features"])
    assert get(reader, f"{ITEMS}?bbox=170,-90,-170,90")["features"] == []


def test_conf_core_fc_time_response(client: FlaskClient, service: object) -> None:
    store = service.extensions["gridmap"].store
    town.amend(store, "buildings", "b01", valid_from=dt.date(2020, 1, 1), valid_to=dt.date(2020, 12, 31))
    found = {
        "2020-06-01T00:00:00Z": 10, "2021-01-01T00:00:00Z": 9, "2020-12-31T00:00:00Z/..": 10,
        "2021-01-01T00:00:00Z/2022-01-01T00:00:00Z": 9, "../2020-01-01T00:00:00Z": 10, "/2019-12-31T00:00:00Z": 9,
    }  # fmt: skip
    for period, count in found.items():
        assert get(client, f"{ITEMS}?datetime={period}")["numberMatched"] == count, period


def test_conf_core_fc_timestamp_numbers(reader: FlaskClient) -> None:
    body = get(reader, f"{ITEMS}?limit=3")
    assert dt.datetime.fromisoformat(body["timeStamp"]).tzinfo is not None
    assert (body["numberMatched"], body["numberReturned"]) == (10, len(body["features"]))


def test_conf_core_f_op_success_and_links(reader: FlaskClient) -> None:
    for listed in get(reader, ITEMS)["features"]:
        one = get(reader, f"{ITEMS}/{listed['id']}")
        assert {name: one[name] for name in listed} == listed
        check_links(one)
        (collection,) = linked(one, "collection")
        assert collection["href"].endswith("/api/collections/buildings")


def test_conf_core_crs84(reader: FlaskClient) -> None:
    answer = reader.get(ITEMS)
    assert answer.headers["Content-Crs"] == f"<{CRS84}>"
    x, y = shapely.geometry.shape(answer.json["features"][0]["geometry"]).centroid.coords[0]
    assert (round(x), round(y)) == (120, 36)


def test_conf_geojson_definition_and_content(reader: FlaskClient) -> None:
    for path in (ITEMS, f"{ITEMS}/b01"):
        answer = reader.get(path, headers={"Accept": "application/geo+json"})
        assert answer.mimetype == "application/geo+json"
        assert answer.json["type"] in ("Feature", "FeatureCollection")
        assert "links" in answer.json


def test_conf_html_definition_and_content(reader: FlaskClient) -> None:
    for path in ("/api/", "/api/conformance", "/api/collections", "/api/collections/buildings", ITEMS, f"{ITEMS}/b01"):
        answer = reader.get(path, headers={"Accept": "text/html"})
        assert answer.mimetype == "text/html"
        assert answer.text.startswith("<!doctype html>") and "<h1>" in answer.text


def test_conf_oas30_completeness_and_exception_codes(reader: FlaskClient) -> None:
    document = get(reader, "/api/openapi.json")
    operation = document["paths"]["/api/collections/{layer_id}/items"]["get"]
    for path, status in ((f"{ITEMS}?limit=0", 400), ("/api/collections/castles/items", 404)):
        assert reader.get(path).status_code == status
        assert str(status) in operation["responses"]
    assert reader.get(ITEMS, headers={"Accept": "image/png"}).status_code == 406
    assert "406" in operation["responses"]
