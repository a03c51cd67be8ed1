"""What would be absurd is asked over HTTP: the preview says it with its figures, and the commit says yes to it."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.test_imports import looked_at, table

FAR = table(
    ("名称", "类别", "经度", "纬度"),
    ("甲站", "驿站", "121.0005", "36.0005"),
    ("乙站", "驿站", "121.0006", "36.0005"),
)


def test_what_is_asked_is_in_the_preview_and_refused_until_somebody_says_yes(client: FlaskClient) -> None:
    seen = looked_at(client, FAR, "服务站点.csv")
    [doubt] = seen["doubts"]
    assert doubt["kind"] == "outside"
    assert "all 2 places of the file lie outside" in doubt["detail"]
    assert doubt["detail"] not in seen["notes"]
    assert seen["can_commit"]
    refused = client.post(f"/api/imports/{seen['id']}/commit?lang=en")
    assert refused.status_code == 422
    assert [(each["parameter"], each["value"]) for each in refused.json["errors"]] == [("allow", "outside")]
    done = client.post(f"/api/imports/{seen['id']}/commit", json={"allow": ["outside"]})
    assert done.status_code == 201
    assert done.json["counts"]["stations"]["new"] == 2


def test_one_yes_is_enough_for_all_that_a_preview_showed(client: FlaskClient) -> None:
    seen = looked_at(client, FAR, "服务站点.csv")
    assert client.post(f"/api/imports/{seen['id']}/commit", json={"confirmed": True}).status_code == 201


def test_there_is_no_other_word(client: FlaskClient) -> None:
    seen = looked_at(client, FAR, "服务站点.csv")
    assert client.post(f"/api/imports/{seen['id']}/commit", json={"allow": ["everything"]}).status_code == 400
    assert client.delete(f"/api/imports/{seen['id']}").status_code == 204
