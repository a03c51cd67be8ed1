"""The abstract tests of OGC API – Common – Part 3: Schemas (23-058r2, once Features part 5): ported, not certified.

Each test bears the identifier of the abstract test that it ports. Schemas are those of every layer. A property without
a value is given out as null, which in a logical schema means that it is not there.
"""

from __future__ import annotations

import jsonschema
import pytest
from flask.testing import FlaskClient

from layers.catalogue import catalogue
from web.features.schemas import UCUM

COMMON3 = "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
KINDS = {"schema": "returnables-and-receivables", "queryables": "queryables", "sortables": "sortables"}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas(client: FlaskClient, kind: str) -> dict[str, dict]:
    """Return layer → schema, each got from the address that the description of the layer links to."""
    found = {}
    for each in client.get("/api/collections").json["collections"]:
        (href,) = {link["href"] for link in each["links"] if link["rel"] == REL + kind}
        assert href.endswith(f"/api/collections/{each['id']}/{kind}")
        answer = client.get(href, headers={"Accept": "application/schema+json"})
        assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
        found[each["id"]] = answer.json
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_conf_get_conformance_link_op_and_response(client: FlaskClient, kind: str) -> None:
    declared = client.get("/api/conformance").json["conformsTo"]
    assert {f"{COMMON3}schemas", f"{COMMON3}{KINDS[kind]}"} <= set(declared)
    assert schemas(client, kind).keys() == set(catalogue().ids())


@pytest.mark.parametrize("kind", KINDS)
def test_conf_schemas_basic_schema_inspection(client: FlaskClient, kind: str) -> None:
    for schema in schemas(client, kind).values():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert (schema["$schema"], schema["type"]) == (DIALECT, "object")
        assert "?" not in schema["$id"] and client.get(schema["$id"]).json == schema
        for each in schema["properties"].values():
            spatial = each.get("format", "").startswith("geometry-")
            assert ("type" in each) != spatial and "$ref" not in each
            assert all(isinstance(each[name], int) for name in each if name == "x-ogc-propertySeq")
    if kind == "sortables":
        types = {each["type"] for schema in schemas(client, kind).values() for each in schema["properties"].values()}
        assert not types & {"array", "object"}


@pytest.mark.parametrize("kind", KINDS)
def test_conf_schemas_role_id(client: FlaskClient, kind: str) -> None:
    for schema in schemas(client, kind).values():
        (identifier,) = (each for each in schema["properties"].values() if each.get("x-ogc-role") == "id")
        assert identifier["type"] == "string" and identifier["readOnly"] is True


def test_conf_schemas_unit(client: FlaskClient) -> None:
    every = [each for schema in schemas(client, "schema").values() for each in schema["properties"].values()]
    assert {each["x-ogc-unit"] for each in every if "x-ogc-unit" in each} <= set(UCUM.values())
    assert {each["type"] for each in every if "x-ogc-unit" in each} <= {"number", "integer"}
    assert all(unit.isascii() for unit in UCUM.values())


def test_conf_advanced_property_roles(client: FlaskClient) -> None:
    for layer, schema in schemas(client, "schema").items():
        roles = {each["x-ogc-role"]: each for each in schema["properties"].values() if "x-ogc-role" in each}
        assert ("primary-geometry" in roles) == catalogue().layer(layer).spatial
        ends = [roles[name] for name in ("primary-interval-start", "primary-interval-end") if name in roles]
        assert all((each["type"], each["format"]) == ("string", "date") for each in ends)


def test_conf_references_role_reference(client: FlaskClient) -> None:
    every = [each for schema in schemas(client, "schema").values() for each in schema["properties"].values()]
    references = [each for each in every if each.get("x-ogc-role") == "reference"]
    assert references
    assert all(each["type"] == "string" and each["x-ogc-collectionId"] in catalogue() for each in references)


def test_conf_returnables_and_receivables_response_1(reader: FlaskClient) -> None:
    schema = reader.get("/api/collections/buildings/schema").json
    check = jsonschema.Draft202012Validator({**schema, "required": []})
    for feature in reader.get("/api/collections/buildings/items").json["features"]:
        said = {name: value for name, value in feature["properties"].items() if value is not None}
        check.validate({**said, "id": feature["id"]})
        assert feature["properties"].keys() == schema["properties"].keys() - {"id", "geometry"}
