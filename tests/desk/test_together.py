"""Files that come together, or in an order in which they do not find what they refer to."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from layers.store import open_store
from tests.conftest import Command
from tests.desk.conftest import records
from tests.suite import quickly

FILES = {
    "communities": "communities.geojson",
    "buildings": "buildings_gbk.zip",
    "ledger": "ledger.xlsx",
    "stations": "stations.csv",
}
LAYERS = ("communities", "buildings", "courtyards", "managed-areas", "managers", "arrangements", "stations")
Kept = dict[str, dict[str, tuple]]


@pytest.fixture
def city(shared_data: Path) -> Path:
    """The files of an office over real geometry."""
    return shared_data / "cities" / "shanghai_core_ledger"


def kept(workspace: Path) -> Kept:
    """Return layer → id → shape and fields, apart from when they were written."""
    store = open_store(workspace)
    try:
        return {
            layer: {
                id: (each.geometry and each.geometry.wkb, {**each.properties, "updated_at": None})
                for id, each in records(store, layer).items()
            }
            for layer in LAYERS
        }
    finally:
        store.close()


@pytest.fixture
def in_order(cli: Command, city: Path, tmp_path: Path) -> Kept:
    """The records where each file came after those that it refers to."""
    for layer, name in FILES.items():
        assert cli("import", layer, str(city / name), "-w", "ordered.gpkg")[0] == 0
    return kept(tmp_path / "ordered.gpkg")


@pytest.mark.deep
def test_one_drop_is_put_in_order(cli: Command, city: Path, tmp_path: Path, in_order: Kept) -> None:
    dropped = [str(city / FILES[layer]) for layer in ("stations", "ledger", "buildings", "communities")]
    code, said, _ = cli("import", "auto", *dropped)
    assert code == 0
    turns = [line.partition(": ")[0] for line in said.splitlines() if line[0].isdigit()]
    assert turns == [
        "1/4 communities.geojson",
        "2/4 buildings_gbk.zip",
        "3/4 ledger.xlsx",
        "4/4 stations.csv",
    ]
    assert kept(tmp_path / "w.gpkg") == in_order


ORDERS = [(order,) for order in [*itertools.permutations(("communities", "buildings", "ledger"))][1:]]


@pytest.mark.parametrize("order", quickly(ORDERS, 4), ids=">".join)
def test_any_order_ends_in_the_same_records(
    cli: Command, city: Path, tmp_path: Path, in_order: Kept, order: tuple[str, ...]
) -> None:
    for layer in (*order, "stations"):
        assert cli("import", layer, str(city / FILES[layer]))[0] == 0
    assert kept(tmp_path / "w.gpkg") == in_order
    cli("run", "coverage", "--as-of", "2025-02-06", "-o", "coverage.json")
    summary = json.loads((tmp_path / "coverage.json").read_text())["summary"]
    assert (summary["managed"], summary["known"], summary["total"]) == (367, 917, 917)


def test_a_file_of_which_nobody_knows_what_it_is_keeps_the_others_out(cli: Command, city: Path, tmp_path: Path) -> None:
    (tmp_path / "what.csv").write_text("甲,乙\n1,2\n", "utf-8")
    code, said, errors = cli("import", "auto", "what.csv", str(city / FILES["communities"]))
    assert (code, said) == (2, "")
    assert "what.csv" in errors and "LAYER" in errors


def test_a_file_that_is_refused_ends_the_row_and_says_what_is_in(cli: Command, city: Path, tmp_path: Path) -> None:
    lines = (city / FILES["stations"]).read_text("utf-8-sig").splitlines()
    (tmp_path / "stations.csv").write_text("\n".join([*lines[:5], lines[5].replace(lines[5].split(",")[-1], "?")]))
    code, said, errors = cli("import", "auto", "stations.csv", str(city / FILES["communities"]))
    assert code == 1 and "1/2 communities.geojson" in said
    assert "stations.csv is refused; files imported before it: 1" in errors


@pytest.mark.parametrize("option", [["--map", "name=x"], ["--sheet", "1"], ["--dry-run"], ["--errors", "f.xlsx"]])
def test_what_is_said_of_one_file_is_not_said_of_several(cli: Command, city: Path, option: list[str]) -> None:
    code, _, errors = cli("import", "auto", str(city / FILES["communities"]), str(city / FILES["stations"]), *option)
    assert code == 2 and option[0] in errors


HOUSES = "L09-house-numbers-col-楼栋"


def test_house_numbers_wait_for_the_buildings(cli: Command, desk_data: Path, tmp_path: Path) -> None:
    ledger = next((desk_data / HOUSES).glob("*.xlsx"))
    files = {
        "communities": desk_data / "communities.geojson",
        "ledger": ledger,
        "buildings": desk_data / "buildings.geojson",
    }
    for workspace, order in (
        ("early.gpkg", ("communities", "ledger", "buildings")),
        ("late.gpkg", ("communities", "buildings", "ledger")),
    ):
        told = ""
        for layer in order:
            code, said, _ = cli("--lang", "en", "import", layer, str(files[layer]), "-w", workspace)
            assert code == 0
            told += said
        assert ("they are matched now" in told) == (workspace == "early.gpkg")
    assert kept(tmp_path / "early.gpkg") == kept(tmp_path / "late.gpkg")


def test_a_house_number_that_two_courtyards_claim_goes_on_waiting(
    cli: Command, tmp_path: Path, desk_data: Path
) -> None:
    assert cli("import", "communities", str(desk_data / "communities.geojson"))[0] == 0
    (tmp_path / "c.csv").write_text(
        "编码,名称,社区编码,待对应楼号\nA,甲院,990801001001,1号楼\nB,乙院,990801001001,1号楼、2号楼\n", "utf-8"
    )
    assert cli("import", "courtyards", "c.csv")[0] == 0
    code, said, _ = cli("--lang", "en", "import", "buildings", str(desk_data / "buildings.geojson"))
    assert code == 0 and "the house numbers of 2 courtyards match no building" in said


def test_points_with_a_code_and_a_name_are_one_question(cli: Command, city: Path, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("编码,名称,经度,纬度\nS1,东门,121.47,31.23\nS2,西门,121.48,31.23\n", "utf-8")
    communities = str(city / FILES["communities"])
    code, _, errors = cli("--lang", "en", "import", "auto", communities, "points.csv")
    assert code == 2 and len(errors.splitlines()) == 1 and "--as FILE=LAYER" in errors
    assert "perhaps Stations, Gates" in errors
    code, said, _ = cli("import", "auto", "points.csv", communities, "--as", "points.csv=gates")
    assert code == 0 and said.index("communities.geojson") < said.index("points.csv")
    assert cli("import", "auto", communities, "--as", "other.csv=gates")[0] == 2
    assert cli("import", "auto", communities, "--as", "communities.geojson=walls")[0] == 2
