"""Files laid out as published instances are: blanks and returns anywhere, optima that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.siting import Effort, solve
from tests.bench.siting_instances import READERS


def prices(kind: str, folder: Path) -> dict[str, tuple[float, float | None]]:
    """What each instance of a folder costs at least, and what is published."""
    found = {}
    for asked in READERS[kind](folder):
        answer = solve(asked.problem, Effort(), lambda: 20.0)
        assert answer.best is not None and answer.proven
        price = answer.best.price if asked.most is None else asked.most - answer.best.price
        found[asked.instance] = round(price, 6), asked.optimum
    return found


@pytest.mark.deep
def test_of_duplicate_edges_the_last_wins_and_an_optimum_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "pmed901.txt").write_text(" 4 4 1 \r\n 1 2 9\r\n 2 3 1 \r\n3 4 2\r\n 1 2 1 \r\n\r\n \r\n")
    (tmp_path / "pmed902.txt").write_text("3 2 1 1 2 5 2 3 5")
    (tmp_path / "pmedopt.txt").write_text("Data file  Optimal solution value\n\npmed901\t5\n")
    assert prices("pmed", tmp_path) == {"pmed901": (5.0, 5.0), "pmed902": (10.0, None)}


def test_capacities_and_whole_customers(tmp_path: Path) -> None:
    (tmp_path / "pmedcap99.txt").write_text(" 99 0\r\n 4 2 10\r\n 1 0 0 6\r\n 2 3 0 6\r\n 3 0 4 4\r\n 4 3 4 4\r\n\r\n")
    assert prices("pmedcap", tmp_path) == {"pmedcap99": (8.0, None)}


def test_locations_that_are_shared(tmp_path: Path) -> None:
    (tmp_path / "cap901.txt").write_text(" 2 2 \n 10 100.\n 10 50. \n 8\n 16.0 \n 80.0\n 8\n 80. 16.\n\n")
    (tmp_path / "capword.txt").write_text(" 2 2 \n capacity 100.\n capacity 50. \n 8\n 16 80\n 8\n 80 16\n")
    assert prices("cap", tmp_path) == {"cap901": (182.0, None)}


@pytest.mark.parametrize(("radius", "optimum"), [("1", 7.0), ("2.5", 12.0)])
def test_the_radius_is_the_one_that_stands_there(tmp_path: Path, radius: str, optimum: float) -> None:
    (tmp_path / "TINY.txt").write_text("3 9999 p S\r\n0 0 7 \r\n2 0 5\r\n9 9 4 \r\n\r\n")
    (tmp_path / "optima_highs.tsv").write_text(f"instance\tp\tradius\toptimum\nTINY\t1\t{radius}\t{optimum}\n")
    assert prices("mclp", tmp_path) == {f"TINY p=1 r={float(radius):.0f}": (optimum, optimum)}


def test_covers_without_a_list_of_optima(tmp_path: Path) -> None:
    (tmp_path / "scp901.txt").write_text(" 2 3 \n 4 4 5 \n 2 \n 1 3\n 2\n 2 3 \n \n")
    assert prices("scp", tmp_path) == {"scp901": (5.0, None)}


def test_an_empty_folder_has_no_instances(tmp_path: Path) -> None:
    assert all(not list(reader(tmp_path)) for reader in READERS.values())
