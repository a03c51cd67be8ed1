"""What would be absurd is asked before it is written, with figures and the word that says yes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from geo.places.offsets import wgs84_to_gcj02
from layers.errors import ImportRejected
from layers.store.protocol import Store
from layers.usecases.imports.tables import ImportOptions, ImportReport, import_file

NOW = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
WEST, SOUTH = 120.1, 36.1


def load(store: Store, layer: str, path: Path, **options: object) -> ImportReport:
    return import_file(store, layer, path, ImportOptions(**options), "tests", NOW)


def square(west: float, south: float, size: float = 0.0003) -> str:
    """Return a square as text; its sides are some 30 m long."""
    corners = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
    return "POLYGON((" + ", ".join(f"{west + x:.6f} {south + y:.6f}" for x, y in corners) + "))"


def buildings(path: Path, *rows: tuple[str, int, float]) -> Path:
    """Write buildings: code, households, how far to the east of its place in degrees."""
    lines = ["code,households,wkt"]
    for place, (code, households, east) in enumerate(rows):
        lines.append(f'{code},{households},"{square(WEST + 0.001 * place + east, SOUTH)}"')
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def twelve(households: int = 10, east: float = 0.0, moved: int = 12) -> list[tuple[str, int, float]]:
    return [(f"b{each:02}", households, east if each < moved else 0.0) for each in range(12)]


@pytest.fixture
def office(empty: Store, tmp_path: Path) -> Store:
    """One community of about 4 km, and twelve buildings of 10 households in it."""
    path = tmp_path / "c.csv"
    path.write_text(f'code,name,wkt\n990301001001,甲,"{square(WEST - 0.02, SOUTH - 0.02, 0.04)}"\n', "utf-8")
    load(empty, "communities", path)
    load(empty, "buildings", buildings(tmp_path / "b.csv", *twelve()))
    return empty


def asked(refused: pytest.ExceptionInfo[ImportRejected]) -> list[object]:
    assert {each.where["parameter"] for each in refused.value.faults} == {"allow"}
    return [each.where["value"] for each in refused.value.faults]


class TestKnownCodesThatMove:
    def test_most_of_them(self, office: Store, tmp_path: Path) -> None:
        path = buildings(tmp_path / "a.csv", *twelve(east=0.001, moved=8))
        with pytest.raises(ImportRejected, match="8 of 12 features whose codes are on record would move by 90 m") as no:
            load(office, "buildings", path)
        assert asked(no) == ["moved"]
        assert "to the east: b00, b01" in no.value.say("en")
        report = load(office, "buildings", path, allow=("moved",))
        assert report.counts["buildings"] == {"new": 0, "changed": 8, "same": 4, "missing": 0}

    def test_a_few_corrections_are_everyday_work(self, office: Store, tmp_path: Path) -> None:
        path = buildings(tmp_path / "a.csv", *twelve(east=0.001, moved=3))
        report = load(office, "buildings", path)
        assert report.counts["buildings"]["changed"] == 3
        told = "3 of 12 features whose codes are on record moved by 90 m"
        assert any(told in each.say("en") for each in report.notes)

    def test_one_that_leaves_town(self, office: Store, tmp_path: Path) -> None:
        path = buildings(tmp_path / "a.csv", *twelve(east=0.1, moved=1))
        with pytest.raises(ImportRejected, match="1 of 12 features") as no:
            load(office, "buildings", path)
        assert asked(no) == ["moved"]

    def test_what_is_new_beside_them_decides_nothing(self, office: Store, tmp_path: Path) -> None:
        """Thirty features that are not on record do not hide that all known ones moved."""
        rows = [*twelve(east=0.001), *((f"n{each:02}", 5, -0.012) for each in range(30))]
        with pytest.raises(ImportRejected, match="12 of 12 features"):
            load(office, "buildings", buildings(tmp_path / "a.csv", *rows))


class TestMoreThanHalf:
    def test_values_that_are_overwritten(self, office: Store, tmp_path: Path) -> None:
        path = buildings(tmp_path / "a.csv", *twelve(households=11))
        with pytest.raises(ImportRejected, match=r"what 12 of 12 records say \(100%\): Households 12") as no:
            load(office, "buildings", path)
        assert asked(no) == ["overwritten"]
        assert load(office, "buildings", path, allow=("overwritten",)).counts["buildings"]["changed"] == 12

    def test_values_that_are_emptied_are_told(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        rows = [f"{code},{'' if place < 2 else households}" for place, (code, households, _) in enumerate(twelve())]
        path.write_text("code,households\n" + "\n".join(rows) + "\n", "utf-8")
        told = [each.say("en") for each in load(office, "buildings", path).notes if each.key == "doubts.emptied"]
        assert len(told) == 1 and "Buildings: " in told[0] and "Households 2" in told[0]
        again = load(office, "buildings", path)
        assert not [each for each in again.notes if each.key == "doubts.emptied"]

    def test_blanks_that_are_filled_are_not(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("code,floors\n" + "".join(f"{code},6\n" for code, _, _ in twelve()), "utf-8")
        assert load(office, "buildings", path).counts["buildings"]["changed"] == 12


def test_places_of_two_decimals_are_told(office: Store, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    for places, count in (((36.1, 36.11, 36.12), 1), ((36.1, 36.11, 36.10234), 0), ((36.1, 36.11), 0)):
        rows = [f"s{place},{WEST:.2f},{lat}" for place, lat in enumerate(places)]
        path.write_text("code,lng,lat\n" + "\n".join(rows) + "\n", "utf-8")
        report = load(office, "stations", path, dry_run=True)
        assert sum(each.key == "doubts.coarse" for each in report.notes) == count


class TestOutside:
    def test_everything(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "s.csv"
        path.write_text("name,lng,lat\n甲,121.1,36.1\n乙,121.11,36.1\n", "utf-8")
        with pytest.raises(ImportRejected, match=r"all 2 places .* outside Communities on record, 8\d km"):
            load(office, "stations", path)
        assert load(office, "stations", path, allow=("outside",)).counts["stations"]["new"] == 2

    def test_one_of_many_is_named_by_its_row(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "s.csv"
        near = "".join(f"站{each},{WEST + 0.001 * each},36.1\n" for each in range(9))
        path.write_text(f"name,lng,lat\n{near}远,120.5,36.1\n", "utf-8")
        with pytest.raises(ImportRejected, match=r"1 of 10 places lie more than 20 km outside .*, rows 11;"):
            load(office, "stations", path)

    def test_across_the_border_is_not(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "s.csv"
        path.write_text("name,lng,lat\n甲,120.13,36.1\n", "utf-8")
        assert load(office, "stations", path).counts["stations"]["new"] == 1


class TestCourtyardsWithoutBuildings:
    def test_drawn_where_no_building_is(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "y.csv"
        drawn = [f'Y{each},院{each},"{square(WEST - 0.015 + each / 1000, SOUTH - 0.015)}"\n' for each in range(3)]
        path.write_text("code,name,wkt\n" + "".join(drawn[:1]), "utf-8")
        assert load(office, "courtyards", path, dry_run=True).notes[0].key == "imports.columns-matched"
        path.write_text("code,name,wkt\n" + "".join(drawn), "utf-8")
        with pytest.raises(ImportRejected, match="none of the 3 courtyards has a building, though 12 buildings") as no:
            load(office, "courtyards", path)
        assert asked(no) == ["no-buildings"]

    @pytest.mark.parametrize("row", [
        f'Y1,甲院,"{square(WEST, SOUTH)}",', "Y1,甲院,,b01;b02", "Y1,甲院,,",
    ])  # fmt: skip
    def test_around_a_building_or_with_a_list_or_saying_nothing_of_them(
        self, office: Store, tmp_path: Path, row: str
    ) -> None:
        path = tmp_path / "y.csv"
        path.write_text(f"code,name,wkt,building_codes\n{row}\n", "utf-8")
        assert load(office, "courtyards", path).counts["courtyards"]["new"] == 1


class TestTheSamePlaceUnderAnotherCode:
    def test_most_of_what_is_new(self, office: Store, tmp_path: Path) -> None:
        rows = [(f"n{each:02}", 10, 0.0) for each in range(12)]
        with pytest.raises(ImportRejected, match="12 of 12 new features lie on one that is on record") as no:
            load(office, "buildings", buildings(tmp_path / "a.csv", *rows))
        assert asked(no) == ["twice"]
        assert "n00 / b00, n01 / b01" in no.value.say("en")

    def test_footprints_without_codes_that_are_on_record_with_theirs(self, office: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("wkt\n" + "".join(f'"{square(WEST + 0.001 * each, SOUTH)}"\n' for each in range(6)), "utf-8")
        with pytest.raises(ImportRejected, match="6 of 6 new features"):
            load(office, "buildings", path)


def test_footprints_without_codes_get_codes_that_stay(office: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("wkt\n" + "".join(f'"{square(WEST + 0.001 * each, SOUTH + 0.01)}"\n' for each in range(6)), "utf-8")
    first = load(office, "buildings", path)
    assert first.counts["buildings"]["new"] == 6
    assert any("6 rows without a code got one made" in each.say("en") for each in first.notes)
    assert load(office, "buildings", path).counts["buildings"]["same"] == 6


def test_a_code_that_is_missing_among_others_was_forgotten(office: Store, tmp_path: Path) -> None:
    path = buildings(tmp_path / "a.csv", *twelve()[:3], ("", 9, 0.01))
    with pytest.raises(ImportRejected, match="row 5: there is no code; fill in Building code"):
        load(office, "buildings", path)


def test_a_dry_run_says_what_it_would_ask(office: Store, tmp_path: Path) -> None:
    report = load(office, "buildings", buildings(tmp_path / "a.csv", *twelve(households=11)), dry_run=True)
    assert report.notes[0].key == "doubts.overwritten"


def test_courtyards_on_record_check_the_buildings_that_come_in(empty: Store, tmp_path: Path) -> None:
    """Eight houses handed in as GCJ-02 lie some 500 m from the courtyards that they belong to."""
    places = [(WEST + 0.02 * each, SOUTH) for each in range(8)]
    lines = [f'Y{place},院{place},"{square(west, south, 0.001)}"' for place, (west, south) in enumerate(places)]
    (tmp_path / "y.csv").write_text("code,name,wkt\n" + "\n".join(lines) + "\n", "utf-8")
    load(empty, "courtyards", tmp_path / "y.csv")
    lon, lat = wgs84_to_gcj02(*(np.array(each) + 0.0005 for each in zip(*places, strict=True)))
    rows = [f"b{place},{x},{y}" for place, (x, y) in enumerate(zip(lon, lat, strict=True))]
    (tmp_path / "b.csv").write_text("code,lng,lat\n" + "\n".join(rows) + "\n", "utf-8")
    report = load(empty, "buildings", tmp_path / "b.csv", dry_run=True)
    [suspected] = [each.say("en") for each in report.notes if each.key == "imports.offset-suspected"]
    assert "probably GCJ-02" in suspected and "from Courtyards on record" in suspected


def test_degrees_with_points_alone_are_one_question(office: Store, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("编码,名称,经度,纬度\nS1,甲,120.06.01.5,36.06.02\nS2,乙,120.06.02,36.06.03\n", "utf-8")
    with pytest.raises(ImportRejected) as refused:
        load(office, "stations", path)
    (fault,) = refused.value.faults
    assert (fault.where["value"], fault.text.params["meaning"]) == ("dotted", "120°06′01.5″")
    load(office, "stations", path, allow=("dotted",))
    place = office.get("stations", "S1").geometry
    assert (place.x, place.y) == pytest.approx((120 + 6 / 60 + 1.5 / 3600, 36 + 6 / 60 + 2 / 3600))
