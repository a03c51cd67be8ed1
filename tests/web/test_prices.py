"""What a request may cost: refused before it is computed, or given up in time with the reason."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from layers.store import deadlines

ITEMS = "/api/collections/buildings/items"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A clock that goes on by an hour whenever somebody looks; undo it, and time is as always."""
    hours = itertools.count(0, 3600)
    monkeypatch.setattr(deadlines, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    monkeypatch.setattr(deadlines, "STEPS", 1)
    return monkeypatch


class TestTime:
    def test_a_filter_that_takes_too_long_is_given_up(self, client: FlaskClient, slow: pytest.MonkeyPatch) -> None:
        answer = client.get(f"{ITEMS}?filter=CASEI(name) LIKE '%25a%25'&sortby=name")
        assert answer.status_code == 503 and answer.mimetype == "application/problem+json"
        assert answer.json["type"] == "/problems/too-costly" and answer.headers["Retry-After"]
        assert "after 5 s" in answer.json["detail"] and "the filter, the order" in answer.json["detail"]
        slow.undo()
        assert client.get(f"{ITEMS}?filter=CASEI(name) LIKE '%25号%25'&sortby=name").json["numberMatched"] == 10

    def test_an_export_too_and_nothing_is_left_of_it(self, client: FlaskClient, slow: pytest.MonkeyPatch) -> None:
        before = set(Path(tempfile.gettempdir()).glob("gridmap-export-*"))
        answer = client.get("/api/collections/buildings/export?f=csv&filter=households = 10")
        assert answer.status_code == 503 and "the filter" in answer.json["detail"]
        assert set(Path(tempfile.gettempdir()).glob("gridmap-export-*")) <= before

    def test_whole_layers_are_read_however_long_it_takes(self, client: FlaskClient, slow: pytest.MonkeyPatch) -> None:
        assert client.get("/api/collections/buildings/tiles/WebMercatorQuad/0/0/0").status_code == 200
        assert client.get("/api/collections/buildings/export?f=csv").status_code == 200


class TestSize:
    @pytest.mark.parametrize(
        ("filter", "told"),
        [
            ("name LIKE '" + "%a" * 200 + "'", "50 wildcards"),
            ("name LIKE '" + "%a" * 5_000 + "'", "500 characters"),
            ("S_INTERSECTS(geometry,LINESTRING(" + ",".join(["1 1", "2 2"] * 1_001) + "))", "2000 vertices"),
            ("S_WITHIN(geometry,POLYGON(" + ",".join(["(1 1,2 1,2 2,1 1)"] * 201) + "))", "200 rings"),
            ('{"op":"=","args":[{"property":"floors"},' + "9" * 4_000 + "]}", "must be finite"),
            ('{"op":"s_within","args":[{"property":"geometry"},{"bbox":[1,2,3,' + "9" * 400 + "]}]}", "a box is"),
            ("CASEI(" * 40 + "name" + ")" * 40 + "='x'", "32 levels"),
        ],
    )
    def test_a_filter_over_a_limit_is_refused_with_the_limit(self, reader: FlaskClient, filter: str, told: str) -> None:
        answer = reader.get(f"{ITEMS}?filter={quote(filter)}")
        assert answer.status_code == 400
        assert told in answer.json["detail"].replace(",", "").replace("\xa0", "")

    def test_folding_twice_is_folding_once(self, reader: FlaskClient) -> None:
        assert reader.get(f"{ITEMS}?filter={'CASEI(' * 20}name{')' * 20} LIKE '1%25'").json["numberMatched"] == 2

    def test_an_order_of_a_hundred_thousand_terms_is_not_read_to_its_end(self, reader: FlaskClient) -> None:
        answer = reader.get(f"{ITEMS}?sortby={'name,' * 20_000}")
        assert answer.status_code == 400
        assert answer.json["error_count"] < 100

    def test_a_long_filter_still_makes_a_header_that_clients_read(self, reader: FlaskClient) -> None:
        filter = " OR ".join(["name <> '" + "和" * 700 + "'"] * 20)
        answer = reader.get(f"{ITEMS}?limit=1&filter={quote(filter)}")
        assert answer.status_code == 200
        assert len(answer.headers["Link"]) < 65_000
        assert {each["rel"] for each in answer.json["links"]} >= {"next", "self", "alternate", "collection"}

    @pytest.mark.parametrize("asked", ["rows?rows=all&text=", "matches?text=", "search?q=", "export?f=csv&text="])
    def test_no_name_is_as_long_as_this(self, reader: FlaskClient, asked: str) -> None:
        assert reader.get(f"/maps/coverage/{asked}{'b' * 200}").status_code == 200
        answer = reader.get(f"/maps/coverage/{asked}{'b' * 201}")
        assert answer.status_code == 400
        assert b"200" in answer.data
