"""Imports and exports in processes of their own: the same answers, and the truth when a process dies."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

import web
from layers.errors import StoreBusy
from layers.text import Text
from layers.usecases.imports.memory import Remembered
from layers.workshop import Bench, Died, Here, Workshop
from tests.web.test_imports import BUILDINGS, FAULTY, looked_at, send, uploads
from web.tasks import TASKS


@pytest.fixture
def workshop(service: Flask) -> Iterator[Workshop]:
    """Real processes behind the service."""
    opened = web.start_workshop(service)
    yield opened
    opened.close()


class Dying(Here):
    """A room whose process dies at a task: before it did anything of it, or when all was done."""

    def __init__(self, app: Flask, task: str, done: bool) -> None:
        house = app.extensions["gridmap"]
        super().__init__(TASKS, Bench(house.store, house.settings, Remembered()))
        self._task, self._done = task, done

    def run(self, task: str, *arguments: object, near: str | None = None) -> object:
        if task != self._task:
            return super().run(task, *arguments, near=near)
        if self._done:
            super().run(task, *arguments, near=near)
        raise Died(Text("workshop.import-died"))


@pytest.mark.deep
def test_what_processes_do_is_what_is_done_here(client: FlaskClient, service: Flask) -> None:
    exports = "/api/collections/buildings/export?f="
    asked = (
        f"{exports}geojson",
        f"{exports}csv&filter=households>5",
        f"{exports}shp&crs=no:1",
        "/api/collections/communities/export?f=csv&public=true",
        "/maps/coverage/export?f=csv&as_of=2025-02-06",
    )
    here = [client.get(url) for url in asked]
    seen_here = looked_at(client, FAULTY)
    opened = web.start_workshop(service)
    try:
        there = [client.get(url) for url in asked]
        seen_there = looked_at(client, FAULTY)
        report = client.get(f"/api/imports/{seen_there['id']}/report")
        assert len(opened.pids()) == 1 and os.getpid() not in opened.pids()
    finally:
        opened.close()
    for one, other in zip(here, there, strict=True):
        assert (one.status_code, one.mimetype) == (other.status_code, other.mimetype)
        assert _told(one) == _told(other)
    own = ("id", "expires")
    assert {k: v for k, v in seen_here.items() if k not in own} == {k: v for k, v in seen_there.items() if k not in own}
    assert report.status_code == 200 and report.data.startswith(b"PK")


def _told(answer) -> object:
    return answer.data if answer.status_code == 200 else {k: v for k, v in answer.json.items() if k != "request_id"}


def test_an_import_lands_and_is_seen_at_once(client: FlaskClient, service: Flask, workshop: Workshop) -> None:
    seen = looked_at(client, BUILDINGS)
    done = client.post(f"/api/imports/{seen['id']}/commit", headers={"Idempotency-Key": "k"})
    assert done.status_code == 201 and done.json["counts"] == seen["counts"]
    assert done.json["changeset"]["id"] == service.extensions["gridmap"].store.revision()
    again = client.post(f"/api/imports/{seen['id']}/commit", headers={"Idempotency-Key": "k"})
    assert again.status_code == 201 and again.json == done.json
    assert not any(path.suffix == ".csv" for path in uploads(service))
    assert len(workshop.pids()) == 1


class TestDeath:
    def test_before_anything_was_written(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, BUILDINGS)
        revision = service.extensions["gridmap"].store.revision()
        whole = service.extensions[web.WORKSHOP]
        service.extensions[web.WORKSHOP] = Dying(service, "commit", done=False)
        died = client.post(f"/api/imports/{seen['id']}/commit")
        assert died.status_code == 500 and "nothing was imported" in died.json["detail"]
        assert service.extensions["gridmap"].store.revision() == revision
        service.extensions[web.WORKSHOP] = whole
        assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 201

    def test_when_all_was_written(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, BUILDINGS)
        service.extensions[web.WORKSHOP] = Dying(service, "commit", done=True)
        done = client.post(f"/api/imports/{seen['id']}/commit?lang=en", headers={"Idempotency-Key": "k"})
        assert done.status_code == 201
        assert done.json["changeset"]["id"] == service.extensions["gridmap"].store.revision()
        counts = {kind: seen["counts"]["buildings"][kind] for kind in ("new", "changed")}
        assert done.json["counts"]["buildings"] == counts | {"same": None, "missing": None}
        assert "nothing to be done again" in done.json["notes"][0]
        assert (
            client.post(f"/api/imports/{seen['id']}/commit?lang=en", headers={"Idempotency-Key": "k"}).json == done.json
        )

    def test_when_nobody_can_be_asked(
        self, client: FlaskClient, service: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*_: object) -> None:
            raise StoreBusy(Text("imports.another-runs"))

        seen = looked_at(client, BUILDINGS)
        service.extensions[web.WORKSHOP] = Dying(service, "commit", done=True)
        monkeypatch.setattr(type(service.extensions["gridmap"].store), "changesets", busy)
        told = client.post(f"/api/imports/{seen['id']}/commit?lang=en", headers={"Gridmap-Author": "Wang"})
        assert told.status_code == 500 and "Look in the history for an import by Wang" in told.json["detail"]

    def test_while_a_file_was_looked_at(self, client: FlaskClient, service: Flask) -> None:
        service.extensions[web.WORKSHOP] = Dying(service, "preview", done=False)
        assert send(client, BUILDINGS).status_code == 500
        assert list(uploads(service)) == []
