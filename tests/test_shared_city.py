"""A district's everyday files over real geometry: the figures that the issue of this capability names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest

import app
from layers.settings import Settings
from layers.store import open_store
from layers.store.protocol import Store

DAY = "2025-02-06"
FILES = {
    "communities": ("communities.geojson", 12),
    "buildings": ("buildings_gbk.zip", 1278),
    "ledger": ("ledger.xlsx", 114),
    "stations": ("stations.csv", 31),
}


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace after the four imports of the README."""
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    for layer, (name, _) in FILES.items():
        file = str(shared_data / "cities" / "shanghai_core_ledger" / name)
        assert app.main(["--workspace", str(path), "import", layer, file]) == 0
    return path


@pytest.fixture(scope="module")
def city(workspace: Path) -> Iterator[Store]:
    """The same, open."""
    store = open_store(workspace)
    yield store
    store.close()


def test_every_feature_is_there_and_chinese_is_intact(city: Store) -> None:
    assert city.count("communities") == 12
    assert city.count("buildings") == 1278
    assert city.count("courtyards") == 114
    assert city.count("stations") == 31
    assert city.get("communities", "990101001001").properties["name"] == "望江社区"
    assert city.get("buildings", "99010100100100001").properties["name"] == "1号楼"
    assert city.get("courtyards", "9901010010010001").properties["name"] == "望江里1号院"


def test_households_equal_the_ledgers_own_sum(city: Store) -> None:
    courtyards = city.read("courtyards")
    assert int(courtyards["households"].sum()) == 53_117
    buildings = city.read("buildings")
    assert int(buildings["households"][buildings["courtyard_code"].notna()].sum()) == 53_117


def test_rows_read_off_the_sheet_by_hand(city: Store) -> None:
    arrangements = city.read("arrangements").set_index("managed_area")
    # row 5: 国企托管, 2021年2月27日 – 2024年2月27日
    first = arrangements.loc["9901010010010001"]
    assert (first["mode"], str(first["start_date"].date()), str(first["end_date"].date())) == (
        "soe",
        "2021-02-27",
        "2024-02-27",
    )
    # row 10: 2024.2 – 2026.2, a month alone is its first day as a start and its last as an end
    sixth = arrangements.loc["9901010010010006"]
    assert (str(sixth["start_date"].date()), str(sixth["end_date"].date())) == ("2024-02-01", "2026-02-28")
    # row 15: 长期
    assert arrangements.loc["9901010010020011"].isna()["end_date"]
    # row 13: 过渡期
    assert arrangements.loc["9901010010020009"]["stage"] == "trial"
    # row 6: nothing on record
    assert "9901010010010002" not in arrangements.index


@pytest.mark.deep  # a whole district, again
def test_importing_again_changes_nothing(workspace: Path, city: Store, shared_data: Path) -> None:
    before = city.revision()
    for layer, (name, _) in FILES.items():
        file = str(shared_data / "cities" / "shanghai_core_ledger" / name)
        assert app.main(["--workspace", str(workspace), "import", layer, file]) == 0
    assert city.revision() == before


def test_command_line_export_legend_table_and_api_agree(workspace: Path, tmp_path: Path) -> None:
    """917 buildings in scope, all known: 367 managed, 550 not (367 lapsed, 183 without arrangement)."""
    outputs = {ending: str(tmp_path / f"u.{ending}") for ending in ("json", "geojson", "xlsx")}
    for target in outputs.values():
        words = ["run", "unmanaged-buildings", "--as-of", DAY, "-o", target]
        assert app.main(["--workspace", str(workspace), *words]) == 0
    assert (
        app.main(["--workspace", str(workspace), "run", "coverage", "--as-of", DAY, "-o", str(tmp_path / "c.json")])
        == 0
    )

    listed = json.loads(Path(outputs["json"]).read_text("utf-8"))
    coverage = json.loads((tmp_path / "c.json").read_text("utf-8"))["summary"]
    assert (coverage["managed"], coverage["known"], coverage["total"]) == (367, 917, 917)
    assert listed["summary"]["by_status"] == {"lapsed": 367, "unmanaged": 183}
    codes = [feature["properties"]["code"] for feature in listed["buildings"]["features"]]
    assert len(codes) == 550 == coverage["known"] - coverage["managed"]
    assert list(gpd.read_file(outputs["geojson"])["code"]) == codes
    details = list(openpyxl.load_workbook(outputs["xlsx"])["明细"].iter_rows(values_only=True))
    assert [row[0] for row in details[1:-1]] == codes

    service = app.create_app(Settings(workspace=str(workspace)))
    client = service.test_client()
    inputs = {"inputs": {"as_of": DAY}}
    over_http = client.post("/api/processes/unmanaged-buildings/execution", json=inputs).json
    assert [feature["properties"]["code"] for feature in over_http["buildings"]["features"]] == codes
    sheet = client.get(f"/maps/coverage/export?f=csv&as_of={DAY}").data.decode("utf-8-sig")
    assert len(sheet.strip().splitlines()) == 1 + 550
    service.extensions["gridmap"].store.close()


def test_the_open_courtyards_of_qixia_that_nobody_manages(workspace: Path, city: Store, tmp_path: Path) -> None:
    """Read off the sheet by hand, rows 13 to 26: 9, 10, 16, 19, 20 and 21 have 169 + 684 + 249 + 179 + 236 + 344."""
    asked = ["--as-of", DAY, "--enclosure", "open", "--min-households", "100", "--within", "communities:990101001002"]
    target = tmp_path / "u.json"
    assert app.main(["--workspace", str(workspace), "run", "unmanaged-courtyards", *asked, "-o", str(target)]) == 0
    found = json.loads(target.read_text("utf-8"))
    names = {each["properties"]["name"] for each in found["courtyards"]["features"]}
    assert names == {f"栖霞里{number}号院" for number in (9, 10, 16, 19, 20, 21)}
    assert (found["summary"]["courtyards"], found["summary"]["households"]) == (6, 1861)
    service = app.create_app(Settings(workspace=str(workspace)))
    # Without a day the page shows that of the ledger, which names the workspace too.
    query = "community=990101001002&enclosure=open&min_households=100"
    page = service.test_client().get(f"/maps/courtyards?{query}&lang=en").text
    assert "6/9 known" in page and "Households in them: 1,861" in page and f"Newest ledger: as of {DAY}" in page
    assert "<b>滨江区</b>" in page
    service.extensions["gridmap"].store.close()


def test_nothing_is_orphaned_and_only_the_derived_is_derived(workspace: Path, tmp_path: Path) -> None:
    assert app.main(["--workspace", str(workspace), "check", "-o", str(tmp_path / "d.json")]) in (0, 1)
    defects = json.loads((tmp_path / "d.json").read_text("utf-8"))
    kinds = {each["kind"] for each in defects["summary"]["by_kind"]}
    assert not kinds & {"orphan-code", "duplicate-code", "rival-arrangements", "invalid-geometry"}
