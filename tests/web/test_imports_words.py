"""Words of a layer's file through `POST /api/imports`: asked once each, answered, then no fault any more."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.web.test_imports import looked_at, table

STATIONS = table(
    ("编码", "名称", "类别", "经度", "纬度"),
    ("S1", "一站", "便民服务站", "120.0005", "36.0005"),
    ("S2", "二站", "便民服务站", "120.0006", "36.0006"),
    ("S3", "三站", "停车场", "120.0007", "36.0007"),
)


def test_a_word_is_asked_with_what_it_may_be_and_answered(client: FlaskClient, service: Flask) -> None:
    seen = looked_at(client, STATIONS, "站点.csv", layer="stations")
    (question,) = seen["questions"]
    assert (question["field"], question["shown"], question["count"]) == ("kind", "便民服务站", 2)
    assert question["answer"] is None
    assert [each["row"] for each in question["rows"]] == [2, 3]
    assert {"code": "complex", "label": "service complex"} in question["options"]
    assert [(each["value"], each["count"]) for each in seen["fault_groups"]] == [("便民服务站", 2)]
    answered = {"values": {"kind": {"便民服务站": "complex"}}}
    told = client.patch(f"/api/imports/{seen['id']}", json=answered).json
    assert [(each["word"], each["answer"]) for each in told["questions"]] == [("便民服务站", "complex")]
    assert told["fault_count"] == 0 and told["rows"][0]["parsed"]["kind"] == "service complex"
    # Answers are those of a layer: of another one nothing is asked that they could answer.
    other = client.patch(f"/api/imports/{seen['id']}", json={"layer": "buildings"})
    assert (other.status_code, other.json["layer"], other.json["questions"]) == (200, "buildings", [])
    again = {"layer": "stations", **answered}
    assert client.patch(f"/api/imports/{seen['id']}", json=again).json["fault_count"] == 0
    done = client.post(f"/api/imports/{seen['id']}/commit")
    assert done.status_code == 201, done.text
    assert service.extensions["gridmap"].store.get("stations", "S1").properties["kind"] == "complex"
