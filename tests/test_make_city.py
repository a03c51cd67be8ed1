"""The city that benches are run on: so many buildings, and the same for the same number."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.store import open_store
from layers.store.protocol import Query
from tests.bench import make_city

LAYERS = ("communities", "grids", "courtyards", "buildings", "managed-areas", "arrangements", "stations", "roads")


def city_of(path: Path, buildings: int) -> dict[str, list]:
    assert make_city.main([str(buildings), str(path)]) == 0
    store = open_store(path, create=False)
    try:
        return {
            layer: [(each.id, each.geometry and each.geometry.wkb, each.properties)
                    for each in store.page(layer, Query(), 10_000).features]
            for layer in LAYERS
        }  # fmt: skip
    finally:
        store.close()


def test_a_city_has_so_many_buildings_and_something_of_everything(tmp_path: Path) -> None:
    city = city_of(tmp_path / "city.gpkg", 1203)
    assert len(city["buildings"]) == 1203
    assert all(city[layer] for layer in LAYERS)


@pytest.mark.deep  # two cities are made
def test_the_same_number_gives_the_same_city(tmp_path: Path) -> None:
    first, again = (city_of(tmp_path / f"{name}.gpkg", 700) for name in ("first", "again"))
    assert first == again


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        ("0", "city.gpkg", "from 1 to"),
        ("12", "city.shp", "no .gpkg"),
        ("12", "here.gpkg", "exists"),
        ("12", "no/city.gpkg", "no folder"),
    ],
)
def test_what_it_cannot_do_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: str, name: str, said: str
) -> None:
    (tmp_path / "here.gpkg").write_bytes(b"somebody's")
    with pytest.raises(SystemExit) as ended:
        make_city.main([number, str(tmp_path / name)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "here.gpkg").read_bytes() == b"somebody's"
    assert not (tmp_path / "city.gpkg").exists()
