"""The OpenAPI document against the routes: nothing is served that it does not describe, and the other way about."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.catalogue import catalogue
from web.openapi.document import METHODS, path_of
from web.openapi.operations import DECLARED


@pytest.fixture
def document(client: FlaskClient) -> dict:
    answer = client.get("/api/openapi.json?lang=en")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    return answer.json


def test_every_route_and_method_is_described_and_no_other(service: Flask, document: dict) -> None:
    served = {
        (path_of(rule), method.lower())
        for rule in service.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in rule.methods & set(METHODS)
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == served
    assert ("/api/collections/{layer_id}/items/{id}", "patch") in described


def test_what_is_declared_is_served(service: Flask) -> None:
    assert set(DECLARED) - {rule.endpoint for rule in service.url_map.iter_rules()} == set()


def test_it_is_valid_openapi(document: dict) -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")
    validator.validate(document)


def test_it_is_whole_in_itself(document: dict) -> None:
    text = json.dumps(document)
    for reference in re.findall(r'"\$ref": "([^"]+)"', text):
        room, name = re.fullmatch(r"#/components/(\w+)/([\w-]+)", reference).groups()
        assert name in document["components"][room]


def test_every_operation_has_a_name_words_and_answers(document: dict) -> None:
    operations = [each for item in document["paths"].values() for each in item.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    for each in operations:
        assert each["summary"] and each["responses"]
        for status, answer in each["responses"].items():
            assert answer["description"]
            if int(status) >= 400:
                assert "application/problem+json" in answer["content"]


def test_every_parameter_that_a_view_lets_pass_is_described(document: dict) -> None:
    items = document["paths"]["/api/collections/{layer_id}/items"]["get"]["parameters"]
    named = {each["name"] for each in items}
    assert {"bbox", "crs", "datetime", "filter", "limit", "sortby", "f", "layer_id"} <= named
    changesets = document["paths"]["/api/changesets"]["get"]["parameters"]
    assert {each["name"] for each in changesets} == {"limit", "before", "lang"}
    put = document["paths"]["/api/collections/{layer_id}/items/{id}"]["put"]["parameters"]
    assert next(each for each in put if each["name"] == "If-Match")["required"] is True


def test_what_a_refusal_calls_known_is_described(client: FlaskClient, document: dict) -> None:
    """A parameter that nobody knows is refused by naming those that are known, wherever it is asked.

    The fields of a layer are, too; they are described by its schema.
    """
    named, fields = 0, set(catalogue().layer("buildings").by_name)
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        here = re.sub(r"{(\w+)}", lambda name: "buildings" if name[1] == "layer_id" else "1", path)
        answer = client.get(f"{here}?lang=en&nonsense=1")
        for fault in answer.json["errors"] if answer.status_code == 400 else ():
            if fault.get("parameter") == "nonsense":
                known = set(re.findall(r"\w+", fault["detail"].partition("known are ")[2]))
                described = {each["name"] for each in item["get"]["parameters"] if each["in"] == "query"}
                assert known - fields <= described, path
                named += 1
    assert named > 30


def test_layers_are_described_from_the_catalogue(document: dict) -> None:
    schemas = document["components"]["schemas"]
    for layer in catalogue():
        properties = schemas[f"layer-{layer.id}"]["properties"]
        assert set(layer.by_name) <= set(properties)
        for field in layer.fields:
            assert properties[field.name]["title"] == field.label.en


class TestSchemas:
    def test_a_layer(self, reader: FlaskClient) -> None:
        answer = reader.get("/api/collections/courtyards/schema?lang=zh")
        assert answer.mimetype == "application/schema+json"
        properties = answer.json["properties"]
        assert properties["geometry"]["x-ogc-role"] == "primary-geometry"
        open_ = catalogue().layer("courtyards").field("enclosure").choice("open")
        assert {"const": "open", "title": open_.label.zh} in properties["enclosure"]["oneOf"]
        assert properties["community_code"]["x-ogc-collectionId"] == "communities"
        assert properties["valid_from"]["x-ogc-role"] == "primary-interval-start"
        assert properties["updated_at"]["readOnly"] is True
        assert "code" in answer.json["required"]

    def test_what_can_be_asked_and_sorted(self, reader: FlaskClient) -> None:
        queryables = reader.get("/api/collections/managed-areas/queryables").json["properties"]
        sortables = reader.get("/api/collections/managed-areas/sortables").json["properties"]
        assert {"id", "geometry", "courtyard_codes"} <= set(queryables)
        assert "courtyard_codes" not in sortables and "geometry" not in sortables and "code" in sortables

    @pytest.mark.parametrize("path", ["", "/schema", "/queryables", "/sortables"])
    def test_pages_for_people(self, reader: FlaskClient, path: str) -> None:
        for language, word in {"zh": "楼栋", "en": "Buildings"}.items():
            page = reader.get(f"/api/collections/buildings{path}?lang={language}", headers={"Accept": "text/html"})
            assert page.mimetype == "text/html" and word in page.text

    def test_the_front_door_for_people(self, reader: FlaskClient) -> None:
        for path in ("/api/", "/api/conformance", "/api/collections", "/api/openapi.html"):
            page = reader.get(path, headers={"Accept": "text/html"})
            assert page.mimetype == "text/html"
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert not re.search(r'(src|rel="stylesheet" href)="http', page.text)
