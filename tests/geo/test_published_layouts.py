"""Files laid out as published instances are: blanks and returns anywhere, optima that nobody knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.siting import Effort, solve
from tests.bench.bench_instances import Line, districting
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


def test_files_may_have_any_name_and_one_that_cannot_be_read_is_told(tmp_path: Path, capsys) -> None:
    (tmp_path / "random7.txt").write_text("\ufeff3 2 1 1 2 5 2 3 5\n", "utf-8")
    (tmp_path / "cut-off.txt").write_text("3 2 1 1 2 5\n")
    (tmp_path / "README.txt").write_text("What these are.\n")
    (tmp_path / "opt_best.csv").write_text("name,optimum\nrandom7,10\n")
    assert prices("pmed", tmp_path) == {"random7": (10.0, 10.0)}
    assert "cut-off.txt" in capsys.readouterr().err


def test_an_edge_may_cost_nothing(tmp_path: Path) -> None:
    (tmp_path / "pmed903.txt").write_text("4 3 1\n1 2 0\n2 3 4\n3 4 0\n")
    assert prices("pmed", tmp_path) == {"pmed903": (8.0, None)}


@pytest.mark.parametrize(("p", "price"), [(1, None), (2, 12.0), (5, 0.0)])
def test_two_pieces_need_two_medians(tmp_path: Path, p: int, price: float | None) -> None:
    (tmp_path / "pmed904.txt").write_text(f"5 3 {p}\n1 2 5\n2 3 5\n4 5 2\n")
    (asked,) = READERS["pmed"](tmp_path)
    found = solve(asked.problem, Effort(), lambda: 20.0)
    assert found.proven
    assert (None if found.best is None else found.best.price) == price


def test_capacities_that_the_list_of_optima_names(tmp_path: Path) -> None:
    (tmp_path / "capw.txt").write_text(" 2 2 \n capacity 100.\n capacity 50. \n 8\n 16 80\n 8\n 80 16\n")
    (tmp_path / "capopt.tsv").write_text("capw_16\t146\ncapw_8\t182\n")
    assert prices("cap", tmp_path) == {"capw_16": (146.0, 146.0), "capw_8": (182.0, 182.0)}


def counties(folder: Path, edges: list[tuple[int, int]], weights: list[int], table: str) -> list[Line]:
    """Write counties as they are published, and solve them."""
    at = folder / "cut_edges"
    at.mkdir()
    nodes = [{"id": 10 * each, "TOTPOP": weight} for each, weight in enumerate(weights)]
    beside: list[list[dict[str, int]]] = [[] for _ in weights]
    for one, other in edges:
        beside[one].append({"id": 10 * other})
        beside[other].append({"id": 10 * one})
    told = {"directed": False, "multigraph": False, "nodes": nodes, "adjacency": beside}
    (at / "county99.json").write_text(json.dumps(told))
    (at / "optima_contiguous_table9.csv").write_text(table)
    return list(districting(folder, 2.0))


def test_counties_on_two_islands(tmp_path: Path) -> None:
    edges = [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 4)]
    table = "state,level,k,L,U,n,m,MIP_obj,MIP_status\r\n99,county,3,2,4,7,6,n/a,2\r\n"
    (line,) = counties(tmp_path, edges, [1] * 7, table)
    assert (line.instance, line.ours, line.bound, line.status) == ("99", 1.0, 1.0, "optimal")


def test_counties_named_twice_as_neighbours_and_beside_themselves(tmp_path: Path) -> None:
    edges = [(0, 1), (0, 1), (1, 2), (2, 2), (2, 3)]
    table = "state,level,k,L,U,n,m,MIP_obj,MIP_status\n99,county,4,1,1,4,3,3,2\n"
    (line,) = counties(tmp_path, edges, [1] * 4, table)
    assert (line.ours, line.optimum, line.status) == (3.0, 3.0, "optimal")


def test_counties_in_one_district_and_bands_that_none_keeps(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    table = "state,level,k,L,U,n,m,MIP_obj,MIP_status\n99,county,{},{},{},4,3,,2\n"
    (whole,) = counties(tmp_path / "a", [(0, 1), (1, 2), (2, 3)], [1, 5, 1, 1], table.format(1, 8, 8))
    (none,) = counties(tmp_path / "b", [(0, 1), (1, 2), (2, 3)], [1, 5, 1, 1], table.format(2, 4, 4))
    assert (whole.ours, whole.status) == (0.0, "optimal")
    assert (none.ours, none.status) == (None, "infeasible")
