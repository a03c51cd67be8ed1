"""A workspace that others had their hands in, as the service tells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.usecases.lookout import Lookout
from tests.outsider import outsider
from tests.store.test_damage import overwrite_pages
from tests.web.test_api import refused

ITEM = "/api/collections/buildings/items/b01"
PATCH = "application/merge-patch+json"


@pytest.fixture
def workspace(service: Flask) -> Path:
    return Path(service.extensions["gridmap"].store.url)


def elsewhere(workspace: Path, statement: str) -> None:
    with outsider(workspace) as theirs:
        theirs.execute(statement)


def test_what_another_program_edits_has_another_etag_and_is_not_overwritten(
    client: FlaskClient, workspace: Path
) -> None:
    before = client.get(ITEM).headers["ETag"]
    tile = "/api/collections/buildings/tiles/WebMercatorQuad/0/0/0"
    old = client.get(tile).headers["ETag"]
    elsewhere(workspace, "UPDATE buildings SET households = 99 WHERE id = 'b01'")
    found = client.get(ITEM)
    assert (found.json["properties"]["households"], found.headers["ETag"] != before) == (99, True)
    assert client.get(tile).headers["ETag"] != old
    for etag in (before, found.headers["ETag"]):
        answer = client.patch(
            ITEM, json={"properties": {"households": 1}}, content_type=PATCH, headers={"If-Match": etag}
        )
        assert "adopt-outside" in refused(answer, 409, "conflict")["detail"]
    assert client.get("/health/ready").status_code == 200


def test_a_damaged_layer_is_not_ready_and_the_others_are_served(
    service: Flask, client: FlaskClient, workspace: Path
) -> None:
    overwrite_pages(workspace, "buildings", 1)
    assert client.get("/health/ready").status_code == 200
    Lookout(service.extensions["gridmap"].store).look()
    problem = refused(client.get("/health/ready"), 503, "store-unusable")
    assert problem["errors"][0]["layer"] == "buildings"
    assert client.get("/health/live").status_code == 200
    assert client.get("/api/collections/stations/items").status_code == 200


def test_the_first_reader_who_meets_the_damage_tells_the_others(client: FlaskClient, workspace: Path) -> None:
    overwrite_pages(workspace, "buildings", 1)
    assert "Buildings" in refused(client.get(ITEM), 503, "store-unusable")["detail"]
    refused(client.get("/health/ready"), 503, "store-unusable")


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
def test_a_journal_that_was_deleted_is_told_without_paths(client: FlaskClient, workspace: Path) -> None:
    assert client.get(ITEM).status_code == 200
    Path(f"{workspace}-wal").unlink()
    answer = client.get(ITEM)
    problem = refused(answer, 503, "store-unusable")
    assert "journal" in problem["detail"] and str(workspace.parent) not in answer.text
    refused(client.get("/health/ready"), 503, "store-unusable")
