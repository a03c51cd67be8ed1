"""Analyses over HTTP: what is asked for is what is answered, and what cannot be asked is refused at once."""

from __future__ import annotations

import json
from email import message_from_bytes

import pytest
from flask.testing import FlaskClient

from tests.web.test_api import refused

URL = "/api/processes/unmanaged-buildings/execution"
DAY = {"as_of": "2025-02-06"}


def asked(client: FlaskClient, body: dict, **headers: str) -> object:
    return client.post(URL, json=body, headers=headers)


def test_a_process_says_how_it_can_be_run(reader: FlaskClient) -> None:
    described = reader.get("/api/processes/coverage").json
    assert described["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
    assert described["outputTransmission"] == ["value"]
    assert described["links"][0]["rel"] == "self"


def test_the_list_has_pages(reader: FlaskClient) -> None:
    whole = [each["id"] for each in reader.get("/api/processes").json["processes"]]
    seen, url = [], "/api/processes?limit=4"
    while url:
        page = reader.get(url).json
        seen += [each["id"] for each in page["processes"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == whole


def test_every_output_without_a_word(client: FlaskClient) -> None:
    assert list(asked(client, {"inputs": DAY}).json) == ["buildings", "summary"]
    assert list(asked(client, {"inputs": DAY, "outputs": {}}).json) == ["buildings", "summary"]


def test_only_the_outputs_that_are_asked_for(client: FlaskClient) -> None:
    whole = asked(client, {"inputs": DAY}).json
    some = asked(client, {"inputs": DAY, "outputs": {"summary": {"transmissionMode": "value"}}}).json
    assert some == {"summary": whole["summary"]}


def test_one_output_as_it_is(client: FlaskClient) -> None:
    answer = asked(client, {"inputs": DAY, "outputs": {"buildings": {}}, "response": "raw"})
    assert answer.content_type == "application/geo+json"
    # b07 lapsed, b08 and b09 unmanaged
    assert [each["properties"]["code"] for each in answer.json["features"]] == ["b07", "b08", "b09"]


def test_several_outputs_as_they_are(client: FlaskClient) -> None:
    answer = asked(client, {"inputs": DAY, "response": "raw"})
    head = f"Content-Type: {answer.content_type}\r\n\r\n".encode()
    parts = message_from_bytes(head + answer.data).get_payload()
    assert [(part.get_content_type(), part["Content-ID"]) for part in parts] == [
        ("application/geo+json", "<buildings>"),
        ("application/json", "<summary>"),
    ]
    whole = asked(client, {"inputs": DAY}).json
    assert [json.loads(part.get_payload(decode=True)) for part in parts] == [whole["buildings"], whole["summary"]]


def test_an_input_may_say_what_it_is(client: FlaskClient) -> None:
    wrapped = {"as_of": {"value": "2025-02-06", "mediaType": "text/plain"}}
    assert asked(client, {"inputs": wrapped}).data == asked(client, {"inputs": DAY}).data


@pytest.mark.parametrize(
    "body",
    [
        {"outputs": {"castles": {}}},
        {"outputs": {"buildings": {"transmissionMode": "reference"}}},
        {"outputs": {"buildings": {"format": {"mediaType": "image/png"}}}},
        {"outputs": ["buildings"]},
        {"response": "telegram"},
        {"subscriber": {"successUri": "http://127.0.0.1/"}},
        {"inputs": {"as_of": {"href": "file:///etc/passwd"}}},
        {"inputs": {"within": "castles:1"}},
        {"inputs": {"min_households": -1}},
    ],
)
@pytest.mark.parametrize("prefer", ["", "respond-async"])
def test_what_cannot_be_asked(client: FlaskClient, body: dict, prefer: str) -> None:
    refused(asked(client, body, Prefer=prefer), 400, "invalid-parameter")
    assert client.get("/api/jobs").json["jobs"] == []


def test_all_faults_at_once(client: FlaskClient) -> None:
    problem = refused(asked(client, {"inputs": {"as_of": "soon", "basis": "wide"}}), 400, "invalid-parameter")
    assert {each["parameter"] for each in problem["errors"]} == {"as_of", "basis"}


def test_an_unknown_process_is_named_as_the_standard_does(client: FlaskClient) -> None:
    problem = refused(client.post("/api/processes/divination/execution", json={}), 404, "not-found")
    assert problem["exception"].endswith("/ogcapi-processes-1/1.0/no-such-process")


def test_a_body_that_is_too_large(client: FlaskClient) -> None:
    refused(asked(client, {"inputs": {"within": "x" * (2 << 20)}}), 413, "too-large")
