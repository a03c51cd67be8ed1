"""The abstract tests of OGC API – Features – Part 4 (20-002r1) for what we declare: ported, not certified.

Each test bears the identifier of the abstract test that it ports. Writes are based on a version here: a request without
`If-Match` is answered 428, as the permission ``/per/optimistic-locking-etags/ifmatch-missing`` allows.
"""

from __future__ import annotations

import json

import pytest
import shapely
from flask.testing import FlaskClient

from tests import town

ITEMS = "/api/collections/buildings/items"
JSON, PATCH = {"Content-Type": "application/geo+json"}, {"Content-Type": "application/merge-patch+json"}
CRS84, LATLON = "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/4326"


def feature(code: str, **properties: object) -> dict:
    shape = json.loads(shapely.to_geojson(town.box(545, 60, 10, 10)))
    return {"type": "Feature", "geometry": shape, "properties": {"code": code, "name": "新楼", **properties}}


def etag(client: FlaskClient, id: str) -> dict[str, str]:
    answer = client.get(f"{ITEMS}/{id}")
    assert answer.status_code == 200
    return {"If-Match": answer.headers["ETag"]}


@pytest.mark.parametrize("name", ["create-replace-delete", "update", "optimistic-locking-etags", "features"])
def test_conf_classes_are_declared(reader: FlaskClient, name: str) -> None:
    declared = reader.get("/api/conformance").json["conformsTo"]
    assert f"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/{name}" in declared


def test_conf_create_replace_delete_options(reader: FlaskClient) -> None:
    many, one = reader.options(ITEMS), reader.options(f"{ITEMS}/b01")
    assert (many.status_code, one.status_code) == (200, 200)
    assert "POST" in many.headers["Allow"] and {"PUT", "PATCH", "DELETE"} <= set(one.headers["Allow"].split(", "))
    assert "application/geo+json" in many.headers["Accept-Post"]
    assert "application/merge-patch+json" in one.headers["Accept-Patch"]  # /conf/update/options


def test_conf_create_replace_delete_create(client: FlaskClient) -> None:
    before = {each["id"] for each in client.get(ITEMS).json["features"]}
    for body in (feature("b11"), {**feature("b12"), "id": "b12"}):
        made = client.post(ITEMS, data=json.dumps(body), headers=JSON)
        assert made.status_code == 201, made.data
        found = client.get(made.headers["Location"])
        assert found.status_code == 200
        assert found.json["id"] == made.headers["Location"].rpartition("/")[2] not in before
        assert found.json["geometry"]["type"] == "Polygon" and found.json["properties"]["name"] == "新楼"


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/b01"), ("PATCH", "/b01")])
def test_conf_content_type_is_needed(client: FlaskClient, method: str, path: str) -> None:
    """/conf/create-replace-delete/create-content-type, replace-content-type, /conf/update/update-content-type."""
    answer = client.open(ITEMS + path, method=method, data=json.dumps(feature("b01")), headers=etag(client, "b01"))
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (400, "Content-Type")


def test_conf_create_replace_delete_replace(client: FlaskClient) -> None:
    answer = client.put(f"{ITEMS}/b01", data=json.dumps(feature("b01")), headers=JSON | etag(client, "b01"))
    assert answer.status_code == 200
    found = client.get(f"{ITEMS}/b01").json
    assert (found["properties"]["name"], found["properties"]["floors"]) == ("新楼", None)


@pytest.mark.parametrize(("method", "types"), [("PUT", JSON), ("PATCH", PATCH)])
def test_conf_create_replace_delete_replace_rid(client: FlaskClient, method: str, types: dict) -> None:
    """Also /conf/update/update-rid, /conf/features/geojson and json-merge-patch: another id is refused."""
    body = json.dumps({**feature("b01"), "id": "b02"})
    answer = client.open(f"{ITEMS}/b01", method=method, data=body, headers=types | etag(client, "b01"))
    assert answer.status_code == 400
    assert {client.get(f"{ITEMS}/{id}").headers["ETag"] for id in ("b01", "b02")} == {'"1"'}


def test_conf_create_replace_delete_replace_exceptions(client: FlaskClient) -> None:
    for headers in (JSON, JSON | {"If-Match": '"xyz"'}):
        assert client.put(f"{ITEMS}/b99", data=json.dumps(feature("b99")), headers=headers).status_code == 404
    assert client.get(f"{ITEMS}/b99").status_code == 404


def test_conf_create_replace_delete_delete(client: FlaskClient) -> None:
    assert client.delete(f"{ITEMS}/b10", headers=etag(client, "b10")).status_code == 204
    assert client.get(f"{ITEMS}/b10").status_code == 404
    assert client.delete(f"{ITEMS}/b10", headers={"If-Match": '"1"'}).status_code == 404


def test_conf_update_update(client: FlaskClient) -> None:
    before = client.get(f"{ITEMS}/b01").json
    change = {"properties": {"households": 12, "remark": "新", "elderly_60": None}}
    assert client.patch(f"{ITEMS}/b01", data=json.dumps(change), headers=PATCH | etag(client, "b01")).status_code == 200
    after = client.get(f"{ITEMS}/b01").json
    changed = {name for name, value in after["properties"].items() if value != before["properties"][name]}
    assert changed == {"households", "remark", "elderly_60", "updated_at"} and after["geometry"] == before["geometry"]


@pytest.mark.parametrize(("method", "types"), [("PUT", JSON), ("PATCH", PATCH), ("DELETE", {})])
def test_conf_optimistic_locking_etags(client: FlaskClient, method: str, types: dict) -> None:
    """/conf/optimistic-locking-etags/get-etag, replace, update and delete."""
    body = None if method == "DELETE" else json.dumps(feature("b10"))

    def asked(headers: dict[str, str]) -> tuple[int, str | None]:
        answer = client.open(f"{ITEMS}/b10", method=method, data=body, headers=types | headers)
        return answer.status_code, answer.headers.get("ETag")

    assert asked({"If-Match": '"0"'})[0] == 412
    assert client.get(f"{ITEMS}/b10").json["properties"]["name"] == "10号楼"
    assert asked({})[0] == 428
    status, tag = asked(etag(client, "b10"))
    assert (status, tag) == ((204, None) if method == "DELETE" else (200, '"2"'))


def test_conf_features_crs(client: FlaskClient) -> None:
    turned = feature("b12")
    shape = shapely.transform(town.box(545, 60, 10, 10), lambda xy: xy[:, ::-1])
    turned["geometry"] = json.loads(shapely.to_geojson(shape))
    client.post(ITEMS, data=json.dumps(feature("b11")), headers=JSON)
    client.post(ITEMS, data=json.dumps(turned), headers=JSON | {"Content-Crs": f"<{LATLON}>"})
    one, other = (client.get(f"{ITEMS}/{id}?crs={LATLON}").json["geometry"] for id in ("b11", "b12"))
    assert one == other
    strange = JSON | {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/2154>"}
    assert client.post(ITEMS, data=json.dumps(feature("b13")), headers=strange).status_code == 400


def test_conf_features_schema(client: FlaskClient) -> None:
    """What the published schema does not know or says is read only is refused."""
    schema = client.get("/api/collections/buildings/schema").json
    read_only = next(name for name, each in schema["properties"].items() if each.get("readOnly") and name != "id")
    assert schema["additionalProperties"] is False
    for more in ({"colour": "red"}, {read_only: "2020-01-01T00:00:00Z"}):
        assert client.post(ITEMS, data=json.dumps(feature("b11", **more)), headers=JSON).status_code == 400
    assert client.post(ITEMS, data=json.dumps(feature("b11")), headers=JSON).status_code == 201
