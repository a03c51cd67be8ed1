"""A real city cut in two, imported in either order and again: no living street ends, and the edges are the whole's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.streets.conftest import Place
from tests.streets.test_renewal import edges, roads

osmium = pytest.importorskip("osmium")
MIDDLE, METRES_A_DEGREE = 24.94427, 55_500.0  # at 60 degrees north


@pytest.fixture
def city(shared_data: Path) -> Path:
    """The centre of Helsinki, as an extract."""
    found = next(shared_data.rglob("Helsinki.osm.pbf"), None)
    if found is None:
        pytest.skip("the extract of Helsinki is not there")
    return found


def halves(city: Path, folder: Path, overlap_m: float) -> dict[str, Path]:
    """Cut in two, as programs do with complete ways: all of each way with a node inside, areas of relations whole."""
    things: dict[str, list[Any]] = {"n": [], "w": [], "r": []}
    for each in osmium.FileProcessor(str(city)):
        tags = dict(each.tags)
        if each.is_node():
            made = osmium.osm.mutable.Node(id=each.id, location=(each.location.lon, each.location.lat), tags=tags)
        elif each.is_way():
            made = osmium.osm.mutable.Way(id=each.id, nodes=[node.ref for node in each.nodes], tags=tags)
        else:
            members = [(one.type, one.ref, one.role) for one in each.members]
            made = osmium.osm.mutable.Relation(id=each.id, members=members, tags=tags)
        things[each.type_str()].append(made)
    half = overlap_m / 2 / METRES_A_DEGREE
    sides = {"west": (-180.0, MIDDLE + half), "east": (MIDDLE - half, 180.0)}
    return {name: _cut(things, low, high, folder / f"{name}.osm.pbf") for name, (low, high) in sides.items()}


def _cut(things: dict[str, list[Any]], low: float, high: float, path: Path) -> Path:
    inside = {each.id for each in things["n"] if low <= each.location[0] <= high}
    ways = {each.id for each in things["w"] if not inside.isdisjoint(each.nodes)}
    kinds = ("multipolygon", "restriction")
    areas = [each for each in things["r"] if each.tags.get("type") in kinds
             and any(kind == "w" and id in ways for kind, id, _ in each.members)]  # fmt: skip
    ways |= {id for each in areas for kind, id, _ in each.members if kind == "w"}
    kept = [each for each in things["w"] if each.id in ways]
    nodes = inside.union(*(each.nodes for each in kept))
    with osmium.SimpleWriter(str(path)) as writer:
        for node in things["n"]:
            if node.id in nodes:
                writer.add_node(node)
        for way in kept:
            writer.add_way(way)
        for area in areas:
            writer.add_relation(area)
    return path


def imported(place: Place, files: list[Path]) -> Place:
    for file in files:
        code, out, err = place.command("-w", str(place.path), "import-osm", str(file))
        assert code == 0, out + err
    return place


@pytest.mark.deep
@pytest.mark.parametrize("order", [("west", "east"), ("east", "west")])
@pytest.mark.parametrize(("overlap_m", "most_other"), [(400, 0), (100, 400)])
def test_halves_of_a_city(
    city: Path, place: Place, tmp_path: Path, order: tuple[str, str], overlap_m: float, most_other: int
) -> None:
    """Squares that lie across both edges of the overlap are crossed as either half has it."""
    files = halves(city, tmp_path, overlap_m)
    both = imported(place, [files[name] for name in (*order, *order)])
    assert [code for code, each in roads(both).items() if each.properties.get("valid_to")] == []
    whole = edges(imported(Place(tmp_path / "whole.gpkg", place.command), [city]))
    mine = edges(both)
    assert len(dict(whole.items() ^ mine.items())) <= most_other
