"""Over HTTP: the day from which an edit holds, the day meant, and what was known then."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

HOUSE = "/api/collections/buildings/items/b01"


def households(client: FlaskClient, **asked: str) -> int | None:
    answer = client.get(HOUSE, query_string=asked)
    return answer.json["properties"]["households"] if answer.status_code == 200 else None


def amend(client: FlaskClient, value: int, effective: str | None = None) -> dict:
    tag = client.get(HOUSE).headers["ETag"]
    query = {"effective": effective} if effective else {}
    answer = client.patch(
        HOUSE, json={"properties": {"households": value}}, headers={"If-Match": tag}, query_string=query
    )
    assert answer.status_code == 200, answer.text
    return client.get("/api/changesets").json["changesets"][0]


@pytest.fixture
def twice(client: FlaskClient) -> FlaskClient:
    """b01 had 10 households, has 12 from March on, and somebody put them right to 11 for all days."""
    assert amend(client, 12, "2025-03-01")["effective"] == "2025-03-01"
    return client


def test_an_edit_holds_from_the_day_that_is_named(twice: FlaskClient) -> None:
    assert [households(twice, as_of=day) for day in ("2025-02-28", "2025-03-01")] == [10, 12]
    listed = twice.get("/api/collections/buildings/items", query_string={"as_of": "2025-02-28", "households": 12}).json
    assert listed["numberMatched"] == 0
    instant = {"datetime": "2025-02-28", "filter": "households = 10 AND code = 'b01'"}
    assert twice.get("/api/collections/buildings/items", query_string=instant).json["numberMatched"] == 1


def test_an_edit_without_a_day_is_a_correction(twice: FlaskClient) -> None:
    assert amend(twice, 11)["effective"] is None
    assert [households(twice, as_of=day) for day in ("2025-02-28", "2025-03-01")] == [11, 11]


def test_what_was_known_can_be_asked_and_is_no_base_for_a_change(twice: FlaskClient) -> None:
    assert households(twice, known_at="1") == 10 and households(twice, known_at="2") == 12
    assert "ETag" not in twice.get(HOUSE, query_string={"known_at": "1"}).headers
    for form in ("geojson", "csv"):
        text = twice.get("/api/collections/buildings/export", query_string={"f": form, "known_at": "1"}).text
        assert "12" not in [cell for line in text.splitlines() if "b01" in line for cell in line.split(",")]


def test_analyses_and_maps_know_both_clocks(twice: FlaskClient) -> None:
    def total(**inputs: object) -> int:
        body = {"inputs": {"weight": "households", "as_of": "2025-03-01", **inputs}}
        return twice.post("/api/processes/coverage/execution", json=body).json["summary"]["total"]

    assert (total(), total(known_at="1"), total(known_at=1), total(as_of="2025-02-28")) == (102, 100, 100, 100)
    page = twice.get("/maps/coverage", query_string={"as_of": "2025-03-01", "known_at": "1"})
    assert page.status_code == 200 and "known_at=1" in page.text


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/api/collections/buildings/items", {"known_at": "99"}, "no changeset 99"),
        ("/maps/coverage", {"known_at": "soon"}, "nor a time"),
        ("/api/collections/buildings/items", {"known_at": "1", "public": "true"}, "not public"),
        ("/api/collections/buildings/export", {"known_at": "1", "public": "true"}, "not public"),
    ],
)
def test_what_cannot_be_known_is_refused(client: FlaskClient, path: str, query: dict, said: str) -> None:
    answer = client.get(path, query_string={**query, "lang": "en"})
    assert answer.status_code == 400 and said in answer.text


@pytest.mark.parametrize(("day", "said"), [("2999-01-01", "still to come"), ("March", "neither a day")])
def test_a_day_to_come_is_refused(client: FlaskClient, day: str, said: str) -> None:
    tag = client.get(HOUSE).headers["ETag"]
    answer = client.delete(HOUSE, headers={"If-Match": tag}, query_string={"effective": day, "lang": "en"})
    assert answer.status_code == 400 and said in answer.text
    assert households(client) == 10
