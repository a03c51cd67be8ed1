"""The servers that ours is raced against, each a process of its own over the same buildings.

pygeoapi reads a GeoPackage that we exported, tipg a PostGIS table loaded from that file. They live in environments of
their own, whose Python is named: ``pip install pygeoapi waitress`` (a Python whose sqlite3 loads extensions, and
mod_spatialite) and ``pip install tipg uvicorn``.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from layers.store import open_store
from layers.usecases.exports.exporting import ExportOptions, export_layer
from tests.town import NOON

LAYER, TABLE = "buildings", "bench_items"
ROOT = Path(__file__).parent.parent.parent
STARTS_WITHIN_S = 120


@dataclass
class Peer:
    """A server: its collection's path, and one kept connection."""

    connection: http.client.HTTPConnection
    items: str
    tiles: str = ""

    def get(self, path: str) -> bytes:
        """Return what a path of this server answers; it must be 200, or 204 without content."""
        answer = self.answer(path)
        body = answer.read()
        if answer.status not in (200, 204):
            raise ValueError(f"{path}: {answer.status} {body[:500]!r}")
        return body

    def answer(self, path: str) -> http.client.HTTPResponse:
        """Ask for a path; a server that closed a connection that was idle for long is asked anew."""
        for last in (False, True):
            try:
                self.connection.request("GET", path, headers={"Accept": "application/geo+json, application/json, */*"})
                return self.connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                if last:
                    raise
        raise AssertionError("not reached")

    def page(self, **parameters: object) -> dict:
        """Return a page of features."""
        return json.loads(self.get(self.items + "?" + "&".join(f"{name}={each}" for name, each in parameters.items())))


def workspace(folder: Path, n: int) -> Path:
    """Make a workspace of `n` generated buildings, by import."""
    from layers.catalogue import catalogue
    from layers.formats import write
    from layers.usecases.imports.tables import ImportOptions, import_file
    from tests.bench.bench_geojson import frame

    made, source = folder / f"work{n}.gpkg", folder / f"source{n}.gpkg"
    if not made.exists():
        write(catalogue().layer(LAYER), frame(n), source)
        store = open_store(made, create=True)
        import_file(store, LAYER, source, ImportOptions(), "bench", NOON)
        store.close()
    return made


def exported(made: Path) -> Path:
    """Export the buildings as a GeoPackage whose ids are indexed, as a careful host of pygeoapi would."""
    file = made.with_name(f"{made.stem}-export.gpkg")
    if not file.exists():
        store = open_store(made)
        export_layer(store, LAYER, file, ExportOptions())
        store.close()
        with sqlite3.connect(file) as connection:
            connection.execute(f"CREATE UNIQUE INDEX {LAYER}_id ON {LAYER} (id)")
        connection.close()
    return file


@contextmanager
def ours(made: Path) -> Iterator[Peer]:
    """Serve a workspace as a user does; what a start makes ready in the background is done when this begins."""
    port = _free_port()
    command = [
        sys.executable,
        str(ROOT / "app.py"),
        "serve",
        "--port",
        str(port),
        "--workspace",
        str(made),
        "--no-demo",
    ]
    items = f"/api/collections/{LAYER}/items"
    with _running(command, port, "/health/ready", made.parent, {"PYTHONPATH": str(ROOT)}) as connection:
        waiting = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        for page in ("/", "/maps/coverage/tiles/0/0/0", "/maps/service-area"):
            waiting.request("GET", page)
            waiting.getresponse().read()
        waiting.close()
        yield Peer(connection, items, f"/api/collections/{LAYER}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}")


@contextmanager
def pygeoapi(python: str, file: Path) -> Iterator[Peer]:
    """Serve a GeoPackage by pygeoapi under waitress, with as many threads as ours has."""
    port = _free_port()
    config = file.with_suffix(".json")  # YAML reads JSON
    config.write_text(json.dumps(_config(port, file)), encoding="utf-8")
    openapi = file.with_suffix(".openapi.yml")
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    made = [
        python,
        "-c",
        "from pygeoapi import cli; cli()",
        "openapi",
        "generate",
        str(config),
        "--output-file",
        str(openapi),
    ]
    subprocess.run(made, env=os.environ | environment, check=True, capture_output=True)
    command = [python, "-m", "waitress", f"--port={port}", "--host=127.0.0.1", "--threads=8", "pygeoapi.flask_app:APP"]
    with _running(command, port, "/?f=json", file.parent, environment) as connection:
        yield Peer(connection, f"/collections/{LAYER}/items")


@contextmanager
def tipg(python: str, address: str, file: Path) -> Iterator[Peer]:
    """Serve a PostGIS table that holds what is in a GeoPackage by tipg under uvicorn."""
    load(address, file)
    port = _free_port()
    environment = {
        "DATABASE_URL": address,
        "TIPG_DB_TABLES": json.dumps([f"public.{TABLE}"]),
        f"TIPG_TABLE_CONFIG__PUBLIC_{TABLE.upper()}__PK": "id",
        "TIPG_TILE_BUFFER": "64",  # as ours
    }
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error"]
    with _running(command, port, "/healthz", file.parent, environment) as connection:
        tiles = f"/collections/public.{TABLE}/tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}"
        yield Peer(connection, f"/collections/public.{TABLE}/items", tiles)


def load(address: str, file: Path) -> None:
    """Load a GeoPackage's buildings into PostGIS: indexed by place and by id, clustered."""
    import psycopg

    options = ["-nln", TABLE, "-overwrite", "-lco", "GEOMETRY_NAME=geom", "-lco", "LAUNDER=NO"]
    target = f"PG:{address}"
    subprocess.run(["ogr2ogr", "-f", "PostgreSQL", target, str(file), LAYER, *options], check=True, capture_output=True)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey")
        connection.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id)")
        connection.execute(f"VACUUM ANALYZE {TABLE}")


def _config(port: int, file: Path) -> dict:
    words = {"title": "bench", "description": "bench", "keywords": ["bench"], "terms_of_service": "none"}
    source = {"type": "feature", "name": "SQLiteGPKG", "data": str(file), "id_field": "id", "table": LAYER}
    box = {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    systems = [f"http://www.opengis.net/def/crs/{each}" for each in ("OGC/1.3/CRS84", "EPSG/0/4326", "EPSG/0/3857")]
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en-US",
            "limits": {"default_items": 100, "max_items": 10_000, "on_exceed": "throttle"},
            "map": {"url": "none", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**words, "keywords_type": "theme", "url": "http://127.0.0.1"},
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "bench", "url": "http://127.0.0.1"},
            "contact": {"name": "bench"},
        },
        "resources": {
            LAYER: {
                "type": "collection",
                **{name: words[name] for name in ("title", "description", "keywords")},
                "links": [],
                "extents": box,
                "providers": [source | {"crs": systems}],
            }
        },
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def _running(
    command: list[str], port: int, path: str, folder: Path, environment: dict[str, str]
) -> Iterator[http.client.HTTPConnection]:
    log = folder / f"{port}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=out, stderr=out)
        try:
            until = time.monotonic() + STARTS_WITHIN_S
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                try:
                    connection.request("GET", path)
                    if connection.getresponse().read() is not None:
                        break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise RuntimeError(f"{command[1:4]} does not answer: {log.read_text()[-2000:]}") from None
                    time.sleep(0.2)
            yield connection
            connection.close()
        finally:
            process.terminate()
            process.wait(timeout=30)


def path_of(href: str) -> str:
    """Return the path and query of a link."""
    parts = urlsplit(href)
    return f"{parts.path}?{parts.query}"
