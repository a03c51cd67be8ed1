"""How a large city's buildings are joined to its streets is kept part by part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geo.network import attach_clear, legs
from layers.reach import kept_legs
from layers.store.kept_files import KeptFiles
from tests.geo.street_plan import plan
from tests.geo.test_legs_in_parts import FIELDS, town

PARTS = 5


class TooLong(Exception):
    """Somebody's question took too long."""


@pytest.fixture
def how(monkeypatch: pytest.MonkeyPatch) -> kept_legs.How:
    around, points, streets = town(np.random.default_rng(7), 44)
    network = plan(streets)
    monkeypatch.setattr(legs, "_PART", 9)
    monkeypatch.setattr(kept_legs, "LEAST", 1)
    return network, points, "walk", 200.0, around, np.ones(len(network.edge_line), dtype=bool)


def test_who_asks_again_goes_on_where_it_broke_off(
    how: kept_legs.How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = KeptFiles(str(tmp_path / "city.gpkg"), most=1)
    expected = attach_clear(*how)
    asked: list[int] = []

    def slow(*part: object) -> legs.Legs:
        asked.append(len(part[1]))
        if len(asked) == 4:
            raise TooLong
        return attach_clear(*part)

    monkeypatch.setattr(kept_legs, "attach_clear", slow)
    with pytest.raises(TooLong):
        kept_legs.legs_kept(files, how)
    found = kept_legs.legs_kept(files, how)
    assert asked == [9, 9, 9, 9, 9, 9], "three were kept, the fourth and the fifth are joined"
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    kept_legs.legs_kept(files, how)
    assert len(asked) == 6
    assert len(list(files.folder.iterdir())) == PARTS


def test_parts_of_one_city_are_kept_together_and_older_ones_go(how: kept_legs.How, tmp_path: Path) -> None:
    files = KeptFiles(str(tmp_path / "city.gpkg"), most=1)
    kept_legs.legs_kept(files, how)
    before = set(files.folder.iterdir())
    kept_legs.legs_kept(files, (*how[:3], 150.0, *how[4:]))
    assert len(before) == PARTS
    assert len(list(files.folder.iterdir())) == PARTS
    assert before.isdisjoint(files.folder.iterdir())


def test_stations_are_kept_too_and_push_no_city_out(
    how: kept_legs.How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = KeptFiles(str(tmp_path / "city.gpkg"), most=1)
    kept_legs.legs_kept(files, how)
    city = set(files.folder.iterdir())
    monkeypatch.setattr(kept_legs, "LEAST", 20)
    monkeypatch.setattr(kept_legs, "LEAST_FEW", 3)
    stations, others = ((how[0], how[1][some], *how[2:]) for some in (slice(0, 5), slice(5, 10)))
    for some in (stations, others):
        first = kept_legs.legs_kept(files, some)
        with monkeypatch.context() as patch:
            patch.setattr(kept_legs, "attach_clear", lambda *how: pytest.fail("it was kept, and is joined again"))
            again = kept_legs.legs_kept(files, some)
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(again, name), getattr(first, name), name)
    assert city < set(files.folder.iterdir())
    kept_legs.legs_kept(files, (how[0], how[1][:2], *how[2:]))
    assert len(list(files.folder.iterdir())) == PARTS + 1
