"""A layer leaves part by part: the same file however it is parted, and of one moment whatever is written meanwhile."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import StoreUnusable
from layers.filters import parse_filter
from layers.formats.writing import is_streamed
from layers.store import open_store
from layers.store.geopackage import register_functions
from layers.store.protocol import Store
from layers.usecases.exports import exporting
from layers.usecases.exports.exporting import ExportOptions, export_layer
from tests.store.examples import building, create, delete, edit, house_at
from tests.suite import quickly

WHOLE = 10**9


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Store]:
    """Ten houses: the first two without a place, the third a point, the others polygons."""
    shapes = [None, None, shapely.Point(120.2, 36), *(house_at(120 + n / 100, 36) for n in range(7))]
    with closing(open_store(tmp_path / "a.gpkg")) as store:
        create(
            store,
            *(
                building(f"B{n}", shape, name=f"{n}号楼" if n != 4 else None, households=n, elderly_60=n % 7)
                for n, shape in enumerate(shapes)
            ),
        )
        yield store


def written(store: Store, target: Path, part: int, monkeypatch: pytest.MonkeyPatch, **options: object) -> bytes:
    monkeypatch.setattr(exporting, "PART", part)
    export_layer(store, "buildings", target, ExportOptions(**options))
    return target.read_bytes()


@pytest.mark.parametrize(
    ("ending", "options"),
    quickly(
        [
            *((ending, options) for ending in (".geojson", ".csv", ".kml") for options in ({}, {"public": True})),
            *((ending, {"profile": "legacy", "crs": "EPSG:4549"}) for ending in (".geojson", ".csv")),
        ],
        1, 2, 4, 7,
    ),
)  # fmt: skip
def test_the_file_is_the_same_however_it_is_parted(
    street: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, options: dict
) -> None:
    target = tmp_path / f"out{ending}"
    assert is_streamed(target)
    whole = written(street, target, WHOLE, monkeypatch, **options)
    assert all(f"B{n}".encode() in whole for n in range(10))
    for part in (1, 7):
        assert written(street, target, part, monkeypatch, **options) == whole


@pytest.mark.parametrize("part", [1, WHOLE])
def test_counts_are_suppressed_in_every_part(
    street: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    text = written(street, tmp_path / "a.geojson", part, monkeypatch, public=True, small_cell=5)
    told = [each["properties"]["households"] for each in json.loads(text)["features"]]
    assert told == [None, None, None, None, None, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(("ending", "empty"), [
    (".geojson", b'{"type":"FeatureCollection","features":[\n]}\n'), (".csv", b"\xef\xbb\xbfcode,"), (".kml", b"<?xml"),
])  # fmt: skip
def test_nothing_is_a_file_too(street: Store, tmp_path: Path, ending: str, empty: bytes) -> None:
    nobody = parse_filter("households > 99", "cql2-text", catalogue().layer("buildings"))
    target = tmp_path / f"a{ending}"
    assert export_layer(street, "buildings", target, ExportOptions(where=nobody)) == 0
    assert target.read_bytes().startswith(empty) and b"B1" not in target.read_bytes()


@pytest.mark.parametrize("ending", [".geojson", ".csv"])
def test_what_is_written_meanwhile_is_not_in_it(
    street: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    target = tmp_path / f"out{ending}"
    before = written(street, target, WHOLE, monkeypatch)
    parted, rounds = exporting._Leaving.__iter__, []

    def disturbed(self: object) -> Iterator:
        for part in parted(self):
            yield part
            if not rounds:  # after the first part, once
                rounds.append(edit(street, "B9", name="新"))
                delete(street, "B8")
                create(street, building("B99"))

    monkeypatch.setattr(exporting._Leaving, "__iter__", disturbed)
    assert written(street, target, 2, monkeypatch) == before
    assert rounds and "新".encode() in written(street, target, 2, monkeypatch)


def test_what_breaks_halfway_leaves_the_old_file(
    street: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.geojson"
    target.write_text("old")
    with closing(sqlite3.connect(street.url)) as other, other:  # as a tool that does not keep to the types
        register_functions(other)
        other.execute("UPDATE buildings SET floors = 'six' WHERE id = 'B9'")
    with pytest.raises(StoreUnusable, match="floors"):
        written(street, target, 2, monkeypatch)
    assert target.read_text() == "old"
    assert not list(tmp_path.glob(".gridmap-room-*"))
