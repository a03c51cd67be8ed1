"""Layer files whose labels lie, whose places are astray, or that come in formats of other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from layers.store.protocol import Store
from tests.desk.conftest import Command, records

PARTS = (".dbf", ".shp", ".shx", ".prj", ".cpg")
Case = Callable[..., tuple[int, str, str]]


@pytest.fixture
def case(at_desk: Command, desk_data: Path) -> Case:
    """Import the file of a case: the layer, the beginning of the case's name, and options."""

    def importing(layer: str, name: str, *options: str) -> tuple[int, str, str]:
        folder = next(each for each in sorted(desk_data.iterdir()) if each.name.startswith(name))
        whole = [each for each in sorted(folder.iterdir()) if each.suffix not in PARTS]
        return at_desk("--lang", "en", "import", layer, str(whole[0]), *options)

    return importing


def names(store: Store, layer: str) -> dict[str, object]:
    """Return code → name of what came in as A1 and A2."""
    return {code: records(store, layer)[code].properties.get("name") for code in ("A1", "A2")}


class TestLabelsThatLie:
    """What a file says of itself is a label: it is believed where it fits."""

    @pytest.mark.parametrize("name", ["S03", "S04b"])
    def test_an_encoding_that_decodes_and_is_wrong_all_the_same(self, case: Case, desk: Store, name: str) -> None:
        code, said, _ = case("courtyards", name)
        assert code == 0
        assert "The file names the encoding" in said and "清河花园" in said
        assert names(desk, "courtyards") == {"A1": "清河花园", "A2": "东岭小区"}

    def test_headings_that_a_dbf_cut_are_matched_by_their_beginning(self, case: Case, desk: Store) -> None:
        code, said, _ = case("courtyards", "S05")
        assert code == 0
        assert "楼院编 → code, 小区楼 → name" in said
        assert names(desk, "courtyards") == {"A1": "清河花园", "A2": "东岭小区"}
        assert records(desk, "courtyards")["A1"].properties["households"] == 120

    def test_a_zone_in_x_that_the_named_crs_does_not_have(self, case: Case, desk: Store) -> None:
        code, _, errors = case("buildings", "C03")
        assert code == 2
        assert "x = 40535974" in errors and "perhaps EPSG:4528" in errors
        assert case("buildings", "C03", "--crs", "EPSG:4528")[0] == 0
        assert records(desk, "buildings")["A1"].geometry.bounds[:2] == pytest.approx((120.4, 36.2), abs=1e-5)

    def test_xian_1980_is_read_and_its_accuracy_said(self, case: Case, desk: Store) -> None:
        code, _, errors = case("buildings", "C06c")
        assert code == 2
        assert "EPSG:4549" in errors and "Xian 1980 (EPSG:2385)" in errors and "Beijing 1954 (EPSG:2437)" in errors
        code, said, _ = case("buildings", "C06c", "--crs", "EPSG:2385")
        assert code == 0
        assert "up to about 100 m" in said
        assert records(desk, "buildings")["A1"].geometry.bounds[:2] == pytest.approx((120.4, 36.2), abs=1e-5)

    def test_a_broken_prj_yields_to_what_is_said(self, case: Case, desk: Store) -> None:
        code, _, errors = case("buildings", "C12")
        assert (code, "perhaps EPSG:4549" in errors) == (2, True)
        code, said, _ = case("buildings", "C12", "--crs", "EPSG:4549")
        assert code == 0
        assert "was passed over: PROJCS" in said
        assert records(desk, "buildings")["A1"].geometry.bounds[:2] == pytest.approx((120.4, 36.2), abs=1e-5)


class TestOneBadPlaceAmongMany:
    """It is named by its row, and decides nothing about the others."""

    @pytest.mark.parametrize(("name", "words"), [
        ("T07b", "row 12: its coordinates are 0, 0"),
        ("T07c", "row 12: its longitude and latitude stand the other way round"),
    ])  # fmt: skip
    def test_zeros_and_a_swapped_row(self, case: Case, desk: Store, name: str, words: str) -> None:
        code, _, errors = case("stations", name)
        assert code == 1
        assert words in errors and errors.count("row ") == 1
        assert case("stations", name, "--only-sound")[0] == 1  # a row was held back
        kept = records(desk, "stations")
        assert len(kept) == 10
        assert kept["F00"].geometry.coords[0] == (120.401, 36.2012)

    def test_longitude_and_latitude_in_one_cell(self, case: Case, desk: Store) -> None:
        code, said, _ = case("stations", "T04")
        assert code == 0
        assert "read from one column: 坐标" in said
        assert records(desk, "stations")["F02"].geometry.coords[0] == (120.408, 36.2012)


class TestKnownCodes:
    """Features with a known code are compared with their records, whatever else is in the file."""

    def test_twenty_that_move_are_asked_about(self, case: Case, at_desk: Command, desk: Store, desk_data: Path) -> None:
        folder = desk_data / "F08-codes-moved"
        first, moved = str(folder / "y1.geojson"), str(folder / "y2.geojson")
        code, _, errors = case("courtyards", "F08")
        assert (code, "all 20 places of the file lie outside" in errors) == (1, True)
        assert at_desk("import", "courtyards", first, "--allow", "outside")[0] == 0
        before = records(desk, "courtyards")
        code, _, errors = at_desk("--lang", "en", "import", "courtyards", moved, "--allow", "outside")
        assert code == 1
        assert "20 of 20 features whose codes are on record would move by 1,287 m" in errors
        assert "--crs bd09" in errors and "--allow moved" in errors
        assert records(desk, "courtyards") == before
        assert at_desk("import", "courtyards", moved, "--allow", "outside", "--crs", "bd09")[0] == 0
        after = records(desk, "courtyards")
        assert len(after) == 50
        assert all(after[code].geometry.equals_exact(each.geometry, 1e-6) for code, each in before.items())

    def test_saying_yes_to_what_does_not_exist_is_a_wrong_use(self, at_desk: Command, desk_data: Path) -> None:
        path = str(desk_data / "F08-codes-moved" / "y1.geojson")
        assert at_desk("import", "courtyards", path, "--allow", "everything")[0] == 2


class TestFormatsOfOtherPrograms:
    """Read, or refused by name; and what cannot be used takes nothing away."""

    def test_esri_json(self, case: Case, desk: Store) -> None:
        code, said, _ = case("courtyards", "G02")
        assert (code, "China Geodetic Coordinate System 2000" in said) == (0, True)
        found = records(desk, "courtyards")["A1"]
        assert found.properties["name"] == "x"
        assert found.geometry.bounds == pytest.approx((120.4, 36.2, 120.4006672, 36.2005407))

    def test_kml_with_chinese_names(self, case: Case, desk: Store) -> None:
        assert case("stations", "K12")[0] == 0
        found = records(desk, "stations")["F01"].properties
        assert (found["name"], found["kind"], found["remark"]) == ("站1", "post", "甲")

    def test_a_zip_with_two_folders_is_chosen_by_its_path(self, case: Case, desk: Store) -> None:
        code, _, errors = case("courtyards", "S12b")
        assert (code, "2024/x, 2025/x" in errors) == (2, True)
        assert case("courtyards", "S12b", "--sheet", "2025/x")[0] == 0
        assert set(records(desk, "courtyards")) == {"A1", "A2"}

    def test_a_ring_without_area_leaves_the_shape_on_record(self, case: Case, desk: Store) -> None:
        assert case("courtyards", "G02")[0] == 0
        before = records(desk, "courtyards")
        code, _, errors = case("courtyards", "G28")
        assert code == 1
        assert "row 1: The shape has no area" in errors
        assert case("courtyards", "G28", "--only-sound")[0] == 1  # its row was held back
        assert records(desk, "courtyards") == before
