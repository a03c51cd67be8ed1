"""Features written over HTTP: one changeset each, based on a version, checked as a whole."""

from __future__ import annotations

import json

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from layers.store.protocol import Store
from tests import town
from tests.web.test_api import refused

URL = "/api/collections/buildings/items"
PATCH = "application/merge-patch+json"
LATLON = "<http://www.opengis.net/def/crs/EPSG/0/4326>"
NEW = {
    "type": "Feature",
    "geometry": json.loads(shapely.to_geojson(town.box(545, 60, 10, 10))),
    "properties": {"code": "b11", "name": "11号楼", "households": 4, "courtyard_code": "CC", "use": "residential"},
}


@pytest.fixture
def store(service: Flask) -> Store:
    return service.extensions["gridmap"].store


def with_(**properties: object) -> dict:
    return {**NEW, "properties": {**NEW["properties"], **properties}}


class TestCreate:
    def test_one(self, client: FlaskClient, store: Store) -> None:
        answer = client.post(URL, json=NEW, headers={"Gridmap-Author": "%E5%BC%A0%E4%B8%89"})
        assert answer.status_code == 201, answer.data
        assert answer.headers["Location"].endswith("/api/collections/buildings/items/b11")
        made = client.get(answer.headers["Location"])
        assert (made.headers["ETag"], made.json["properties"]["households"]) == ('"1"', 4)
        changeset = store.changeset(answer.json["changeset"])
        assert (changeset.author, changeset.kind) == ("张三", "edit")
        assert changeset.counts["buildings"] == {"create": 1, "update": 0, "delete": 0}
        # as after an import: the managed area that covers the courtyard gets an outline around its buildings
        assert changeset.counts["managed-areas"] == {"create": 0, "update": 1, "delete": 0}

    def test_a_collection_is_one_changeset_or_none(self, client: FlaskClient, store: Store) -> None:
        before = store.revision()
        both = {"type": "FeatureCollection", "features": [with_(code="b11"), with_(code="b12")]}
        answer = client.post(URL, json=both)
        assert (answer.status_code, answer.json["ids"]) == (201, ["b11", "b12"])
        assert store.revision() == before + 1
        both["features"] = [with_(code="b13"), with_(code="b14", households="many")]
        body = refused(client.post(URL, json=both), 400, "invalid-parameter")
        assert body["errors"][0]["pointer"] == "/features/1/properties/households"
        assert store.get("buildings", "b13") is None

    def test_a_name_as_long_as_a_letter_is_refused_as_in_the_form(self, client: FlaskClient) -> None:
        (fault,) = refused(client.post(URL, json=with_(name="楼" * 400)), 400, "invalid-parameter")["errors"]
        assert fault["pointer"] == "/properties/name" and "400" in str(fault) and "120" in str(fault)
        assert client.post(URL, json=with_(name="楼" * 120)).status_code == 201

    def test_a_name_that_was_long_already_is_not_in_the_way_of_other_edits(
        self, client: FlaskClient, store: Store
    ) -> None:
        town.amend(store, "buildings", "b01", name="楼" * 400)
        etag = client.get(f"{URL}/b01").headers["ETag"]
        body = {"properties": {"floors": 7}}
        assert client.patch(f"{URL}/b01", json=body, headers={"If-Match": etag}, content_type=PATCH).status_code == 200

    def test_a_place_far_from_everything_is_written_and_remarked_upon(self, client: FlaskClient) -> None:
        at_sea = {"type": "Point", "coordinates": [123.5, 36.0]}
        near = {"type": "Point", "coordinates": [town.WEST, town.SOUTH]}

        def station(code: str, place: dict) -> dict:
            return {"type": "Feature", "geometry": place, "properties": {"code": code, "name": code, "kind": "clinic"}}

        url = "/api/collections/stations/items"
        answer = client.post(f"{url}?lang=en", json=station("S8", at_sea))
        assert answer.status_code == 201 and "123.5000, 36.0000" in answer.json["notes"][0]
        assert "notes" not in client.post(url, json=station("S9", near)).json
        moved = client.patch(f"{url}/S9?lang=zh", json={"geometry": at_sea}, headers={"If-Match": '"1"'},
                             content_type=PATCH)  # fmt: skip
        assert (moved.status_code, len(moved.json["notes"])) == (200, 1) and "核对" in moved.json["notes"][0]

    def test_an_arrangement_beside_another_is_written_and_remarked_upon(self, client: FlaskClient) -> None:
        url = "/api/collections/arrangements/items"

        def contract(code: str, start: str) -> dict:
            terms = {"code": code, "managed_area": "AA", "manager": "M1", "mode": "professional", "start_date": start}
            return {"type": "Feature", "geometry": None, "properties": terms}

        beside = client.post(f"{url}?lang=en", json=contract("R8", "2025-01-01"))  # RA is in force until 2026-12-31
        assert beside.status_code == 201
        assert "2024-01-01" in beside.json["notes"][0] and "(RA)" in beside.json["notes"][0]
        client.patch(f"{url}/R8", json={"properties": {"end_date": "2025-06-30"}}, headers={"If-Match": '"1"'},
                     content_type=PATCH)  # fmt: skip
        after = client.post(url, json=contract("R9", "2027-01-01"))
        assert after.status_code == 201 and "notes" not in after.json
        named = {"properties": {"remark": "续签"}}
        said = client.patch(f"{url}/R8", json=named, headers={"If-Match": '"2"'}, content_type=PATCH)
        assert said.status_code == 200 and "notes" not in said.json  # its days are as they were
        longer = {"properties": {"start_date": "2026-01-01"}}
        moved = client.patch(f"{url}/R9?lang=zh", json=longer, headers={"If-Match": '"1"'}, content_type=PATCH)
        assert [("RA" in each, "核对" in each) for each in moved.json["notes"]] == [(True, True)]

    def test_in_another_coordinate_system(self, client: FlaskClient, store: Store) -> None:
        swapped = shapely.transform(town.box(545, 60, 10, 10), lambda xy: xy[:, ::-1])
        body = {**NEW, "geometry": json.loads(shapely.to_geojson(swapped))}
        assert client.post(URL, json=body, headers={"Content-Crs": LATLON}).status_code == 201
        assert store.get("buildings", "b11").geometry.equals_exact(town.box(545, 60, 10, 10), 1e-9)

    def test_what_has_a_code_already_is_a_conflict(self, client: FlaskClient) -> None:
        body = refused(client.post(URL, json=with_(code="b01")), 409, "conflict")
        assert body["errors"][0]["value"] == "b01"
        twice = {"type": "FeatureCollection", "features": [NEW, NEW]}
        refused(client.post(URL, json=twice), 409, "conflict")

    def test_many_at_once(self, client: FlaskClient, store: Store) -> None:
        many = [with_(code=f"n{number:03}") for number in range(200)]
        answer = client.post(URL, json={"type": "FeatureCollection", "features": many})
        assert (answer.status_code, len(answer.json["ids"])) == (201, 200)
        assert store.count("buildings") == 210
        assert store.changeset(answer.json["changeset"]).counts["buildings"]["create"] == 200

    def test_an_id_is_never_used_again(self, client: FlaskClient) -> None:
        assert client.delete(f"{URL}/b09", headers={"If-Match": '"1"'}).status_code == 204
        assert client.post(URL, json=with_(code="b09")).json["ids"] == ["b09~2"]

    def test_every_fault_at_once(self, client: FlaskClient, store: Store) -> None:
        before = store.revision()
        bad = with_(households=-3, use="castle", floors="six", colour="red", valid_from="soon", courtyard_code="CZ",
                    in_scope="yes", updated_at="now", name=5)  # fmt: skip
        body = refused(client.post(URL, json=bad), 400, "invalid-parameter")
        assert {each["pointer"].removeprefix("/properties/") for each in body["errors"]} == {
            "households", "use", "floors", "colour", "valid_from", "courtyard_code", "in_scope", "updated_at", "name",
        }  # fmt: skip
        assert store.revision() == before

    @pytest.mark.parametrize(
        ("geometry", "status", "slug"),
        [
            ({"type": "LineString", "coordinates": [[120, 36], [121, 36]]}, 400, "invalid-parameter"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, 422, "topology-defects"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0]]]}, 400, "invalid-parameter"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [900, 1], [1, 0], [0, 0]]]}, 400, "invalid-parameter"),
            ({"type": "Polygon", "coordinates": []}, 400, "invalid-parameter"),
            ({"type": "Polygon"}, 400, "invalid-parameter"),
            ({"type": "GeometryCollection", "geometries": []}, 400, "invalid-parameter"),
            ([1, 2], 400, "invalid-parameter"),
        ],
    )
    def test_geometry_that_the_layer_cannot_hold(
        self, client: FlaskClient, geometry: object, status: int, slug: str
    ) -> None:
        refused(client.post(URL, json={**NEW, "geometry": geometry}), status, slug)

    def test_geometry_where_there_is_none(self, client: FlaskClient) -> None:
        manager = {"type": "Feature", "geometry": NEW["geometry"], "properties": {"code": "M2", "name": "物业"}}
        refused(client.post("/api/collections/managers/items", json=manager), 400, "invalid-parameter")
        manager["geometry"] = None
        assert client.post("/api/collections/managers/items", json=manager).status_code == 201

    @pytest.mark.parametrize(
        "body",
        [
            "", "{}", "[]", "null", '"x"', '{"type": "Feature", "properties": {"code": NaN}}', "[" * 50_000,
            '{"type": "FeatureCollection"}', '{"type": "FeatureCollection", "features": []}',
            '{"type": "FeatureCollection", "features": [1]}', '{"type": "Feature", "properties": []}',
            '{"type": "Feature", "geometry": null, "properties": {"code": "x"}, "colour": 1}',
            '{"type": "Feature", "geometry": null, "properties": {}}', '{"type": "Feature", "id": 5}',
            '{"type": "Feature", "properties": {"code": "x", "households": 1e999}}',
            '{"type": "Feature", "properties": {"code": "x"}, "geometry": {"type": "Point", "coordinates": [NaN, 1]}}',
            '{"type": "Feature", "properties": {"code": ".."}}',
            '{"type": "Feature", "properties": {"code": "\\u0000"}}',
        ],
    )  # fmt: skip
    def test_a_body_that_is_no_feature(self, client: FlaskClient, store: Store, body: str) -> None:
        refused(client.post(URL, data=body, content_type="application/geo+json"), 400, "invalid-parameter")
        assert store.revision() == 1

    def test_other_types_other_sites_and_other_doors(self, client: FlaskClient) -> None:
        form = "application/x-www-form-urlencoded"
        refused(client.post(URL, data="a=1", content_type=form), 415, "unsupported-media")
        refused(client.post(URL, json=NEW, headers={"Origin": "https://elsewhere.example"}), 403, "forbidden")
        for layer in ("plans", "plan-grids", "plan-cells"):
            body = refused(client.post(f"/api/collections/{layer}/items", json=NEW), 403, "forbidden")
            assert "/api/plans" in body["detail"]
        refused(client.post(URL, json=NEW, headers={"Content-Crs": "EPSG:4326"}), 400, "invalid-parameter")
        refused(client.post(URL, json=NEW, headers={"Content-Crs": "<EPSG:2154>"}), 400, "invalid-parameter")


class TestReplace:
    def test_what_is_not_said_is_gone(self, client: FlaskClient) -> None:
        answer = client.put(f"{URL}/b01", json=with_(code="b01"), headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"'), answer.data
        properties = client.get(f"{URL}/b01").json["properties"]
        assert (properties["name"], properties["floors"]) == ("11号楼", None)

    def test_what_was_read_can_be_sent_back(self, client: FlaskClient, store: Store) -> None:
        before, read = store.revision(), client.get(f"{URL}/b01")
        again = client.put(f"{URL}/b01", json=read.json, headers={"If-Match": read.headers["ETag"]})
        assert (again.status_code, again.headers["ETag"]) == (200, '"1"')
        assert store.revision() == before  # nothing changed, so nothing was written

    def test_the_code_stays(self, client: FlaskClient) -> None:
        answer = client.put(f"{URL}/b01", json=with_(code="b99"), headers={"If-Match": '"1"'})
        body = refused(answer, 400, "invalid-parameter")
        assert body["errors"][0]["pointer"] == "/properties/code"
        other = {**with_(code="b01"), "id": "b02"}
        refused(client.put(f"{URL}/b01", json=other, headers={"If-Match": '"1"'}), 400, "invalid-parameter")

    def test_what_is_required_stays(self, client: FlaskClient) -> None:
        url = "/api/collections/grids/items/990301001001001"
        body = {"type": "Feature", "geometry": None, "properties": {"name": "x"}}
        refused(client.put(url, json=body, headers={"If-Match": '"1"'}), 400, "invalid-parameter")

    def test_a_boundary_that_somebody_draws_is_derived_no_more(self, client: FlaskClient, store: Store) -> None:
        town.amend(store, "courtyards", "CA", geometry_derived=True)
        body = {"geometry": json.loads(shapely.to_geojson(town.box(0, 0, 390, 100)))}
        url = "/api/collections/courtyards/items/CA"
        answer = client.patch(url, json=body, headers={"If-Match": '"2"'})
        assert answer.json["properties"]["geometry_derived"] is None


class TestUpdate:
    def test_only_what_is_said(self, client: FlaskClient) -> None:
        body = json.dumps({"properties": {"households": 12, "floors": None}})
        answer = client.patch(f"{URL}/b01", data=body, content_type=PATCH, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.data
        properties = answer.json["properties"]
        assert (properties["households"], properties["floors"], properties["name"]) == (12, None, "1号楼")
        assert answer.headers["ETag"] == '"2"'

    def test_based_on_nothing_or_on_what_is_gone(self, client: FlaskClient, store: Store) -> None:
        change = {"properties": {"households": 12}}
        refused(client.patch(f"{URL}/b01", json=change), 428, "revision-required")
        refused(client.patch(f"{URL}/b01", json=change, headers={"If-Match": "*"}), 428, "revision-required")
        refused(client.patch(f"{URL}/b01", json=change, headers={"If-Match": "x"}), 400, "invalid-parameter")
        refused(client.patch(f"{URL}/b99", json=change, headers={"If-Match": '"1"'}), 404, "not-found")
        town.amend(store, "buildings", "b01", floors=9)
        body = refused(client.patch(f"{URL}/b01", json=change, headers={"If-Match": '"1"'}), 412, "stale-revision")
        assert "floors" in body["detail"] and "tests" in body["detail"]

    def test_an_old_reference_to_nothing_is_not_in_the_way(self, client: FlaskClient, store: Store) -> None:
        town.amend(store, "buildings", "b01", courtyard_code="CZ")
        change = {"properties": {"households": 12}}
        assert client.patch(f"{URL}/b01", json=change, headers={"If-Match": '"2"'}).status_code == 200
        change = {"properties": {"courtyard_code": "CY"}}
        refused(client.patch(f"{URL}/b01", json=change, headers={"If-Match": '"3"'}), 400, "invalid-parameter")


class TestDelete:
    def test_it_is_gone_and_can_be_brought_back(self, client: FlaskClient, store: Store) -> None:
        answer = client.delete(f"{URL}/b09", headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.data) == (204, b"")
        assert client.get(f"{URL}/b09").status_code == 404
        assert store.changes(store.revision())[0].op == "delete"

    def test_what_others_refer_to_stays(self, client: FlaskClient) -> None:
        answer = client.delete("/api/collections/courtyards/items/CE", headers={"If-Match": '"1"'})
        body = refused(answer, 409, "conflict")
        assert "b08" in body["detail"] and "b09" in body["detail"]
        refused(client.delete("/api/collections/districts/items/990301", headers={"If-Match": '"1"'}), 409, "conflict")

    def test_based_on_a_version(self, client: FlaskClient) -> None:
        refused(client.delete(f"{URL}/b09"), 428, "revision-required")
        refused(client.delete(f"{URL}/b09", headers={"If-Match": '"7"'}), 412, "stale-revision")
