"""The coordinate doctor on places that were moved by a known shift: it says what it sees, and converts when told.

The town of these tests is a grid of 30 buildings of 20 m, 120 m apart, in a community of 2 km near Qingdao (120.4 E,
36.1 N); the same buildings come in again under other codes, in other coordinates.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import CRS

from geo.places import offsets
from geo.places.crs import from_lonlat, xy_from_lonlat, xy_to_lonlat
from geo.places.evidence import Reference, evidence_points, possible_readings, read_as, weigh
from layers.errors import InvalidParameter
from layers.store.protocol import Store
from layers.usecases.imports.tables import ImportOptions, ImportReport, import_file

NOW = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
WEST, SOUTH = 120.4, 36.1
STEP_LON, STEP_LAT = 120 / 90_050, 120 / 110_960
TRUE = [(WEST + STEP_LON * (n % 6), SOUTH + STEP_LAT * (n // 6)) for n in range(30)]


def moved(function: Callable) -> list[tuple[float, float]]:
    """Return the true places as `function` of longitudes and latitudes writes them."""
    return [(float(x), float(y)) for x, y in zip(*function(*np.array(TRUE).T), strict=True)]


def bd09mc(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Invert `bd09mc_to_wgs84` by Newton steps, since only the way back is published with it."""
    x, y = lon * 111_320.0, np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * 6_378_137.0 - 20_000
    for _ in range(60):
        east, north = offsets.bd09mc_to_wgs84(x, y)
        x, y = x + (lon - east) * 111_320.0, y + (lat - north) * 137_000.0
    return x, y


def points(path: Path, places: list, prefix: str = "n") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [(f"{prefix}{n}", repr(x), repr(y)) for n, (x, y) in enumerate(places)]
        csv.writer(file).writerows([("编码", "x", "y"), *rows])
    return path


def load(store: Store, layer: str, path: Path, **options: object) -> ImportReport:
    return import_file(store, layer, path, ImportOptions(**options), "tests", NOW)


def said(report: ImportReport, language: str = "en") -> str:
    return "\n".join(note.say(language) for note in report.notes)


@pytest.fixture
def city(empty: Store, tmp_path: Path) -> Store:
    """The workspace with the community and the buildings where they are."""
    around = shapely.box(WEST - 0.01, SOUTH - 0.01, WEST + 0.012, SOUTH + 0.01)
    body = {"type": "Feature", "geometry": shapely.geometry.mapping(around),
            "properties": {"code": "370202001001", "name": "测试社区"}}  # fmt: skip
    path = tmp_path / "communities.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [body]}), "utf-8")
    load(empty, "communities", path)
    load(empty, "buildings", points(tmp_path / "true.csv", TRUE, "b"))
    return empty


CASES = {
    "gcj02": offsets.wgs84_to_gcj02,
    "bd09": offsets.wgs84_to_bd09,
    "bd09mc": bd09mc,
    "swapped": lambda lon, lat: (lat, lon),
    "EPSG:4528": lambda lon, lat: xy_from_lonlat(lon, lat, CRS(4528)),  # zone 40 before the easting
    "EPSG:3857": lambda lon, lat: xy_from_lonlat(lon, lat, CRS(3857)),
    "EPSG:4549": lambda lon, lat: xy_from_lonlat(lon, lat, CRS(4549)),  # the same zone without its number
    "swapped+EPSG:4549": lambda lon, lat: xy_from_lonlat(lon, lat, CRS(4549))[::-1],
}


@pytest.mark.parametrize("flag", CASES)
def test_told_how_a_file_is_read_it_lies_where_it_belongs(city: Store, tmp_path: Path, flag: str) -> None:
    report = load(city, "stations", points(tmp_path / "a.csv", moved(CASES[flag])), crs=flag)
    for n, place in enumerate(TRUE):
        found = city.get("stations", f"n{n}").geometry
        assert (found.x, found.y) == pytest.approx(place, abs=2e-8)  # 2 mm
    assert "probably" not in said(report) and "look swapped" not in said(report)


@pytest.mark.parametrize(
    ("flag", "name", "least_m", "most_m"), [("gcj02", "GCJ-02", 300, 700), ("bd09", "BD-09", 800, 1600)]
)
def test_an_offset_shows_against_the_same_things(
    city: Store, tmp_path: Path, flag: str, name: str, least_m: int, most_m: int
) -> None:
    path = points(tmp_path / "a.csv", moved(CASES[flag]))
    report = load(city, "buildings", path, dry_run=True)
    assert f"probably {name}" in said(report) and f"--crs {flag}" in said(report)
    assert f"很可能是 {name}" in said(report, "zh")
    note = next(each for each in report.notes if each.key == "imports.offset-suspected")
    assert note.params["count"] == 30
    assert note.params["after"] == "0.0 m"
    # The grid is 600 m wide: most of it lies on its own neighbours, so the nearest is nearer than the shift is long.
    assert float(note.params["before"].removesuffix(" m").replace(",", "")) > 20


def test_nothing_is_converted_unasked(city: Store, tmp_path: Path) -> None:
    shifted = moved(CASES["gcj02"])
    load(city, "buildings", points(tmp_path / "a.csv", shifted))
    assert city.get("buildings", "n0").geometry.x == pytest.approx(shifted[0][0], abs=1e-12)


def test_stations_show_it_by_the_buildings_they_stand_on(city: Store, tmp_path: Path) -> None:
    report = load(city, "stations", points(tmp_path / "a.csv", moved(CASES["gcj02"])), dry_run=True)
    assert "probably GCJ-02" in said(report) and "Buildings" in said(report)


def test_swapped_columns_show_by_their_values_alone_and_by_the_town(empty: Store, city: Store, tmp_path: Path) -> None:
    note = said(load(city, "stations", points(tmp_path / "a.csv", [(36.1, 88.0)] * 1), dry_run=True))
    assert "look swapped" in note  # only the other way round is it in China


def test_degrees_with_a_latitude_beyond_the_pole_are_swapped(city: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter) as refused:
        load(city, "stations", points(tmp_path / "a.csv", moved(CASES["swapped"])))
    assert "swapped (0.0 m from Buildings" in refused.value.say("en")


@pytest.mark.parametrize("flag", ["EPSG:4528", "EPSG:3857", "EPSG:4549", "bd09mc", "swapped+EPSG:4549"])
def test_metres_of_no_name_are_ranked_by_how_they_fit(city: Store, tmp_path: Path, flag: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        load(city, "stations", points(tmp_path / "a.csv", moved(CASES[flag])))
    listed = refused.value.say("en").partition("perhaps ")[2]
    assert listed.startswith(f"{flag} (0.0 m from Buildings")


def test_without_a_reference_the_values_name_the_candidates(empty: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter) as refused:
        load(empty, "stations", points(tmp_path / "a.csv", moved(CASES["EPSG:3857"])))
    assert "EPSG:3857, bd09mc)" in refused.value.say("en")


def test_mercator_metres_in_a_file_that_claims_degrees(city: Store, tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"code": f"n{n}"}, "geometry": {"type": "Point", "coordinates": place}}
        for n, place in enumerate(moved(CASES["EPSG:3857"]))
    ]
    path = tmp_path / "a.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    with pytest.raises(InvalidParameter) as refused:
        load(city, "stations", path)
    assert "in degrees but the coordinates are not" in refused.value.say("en")
    assert "EPSG:3857 (0.0 m from Buildings" in refused.value.say("en")


def test_a_wrong_zone_is_seen_from_the_town(city: Store, tmp_path: Path) -> None:
    # Zone 39 (117 E) instead of 40: everything lies 270 km to the west.
    report = load(
        city, "stations", points(tmp_path / "a.csv", moved(CASES["EPSG:4549"])), crs="EPSG:4548", dry_run=True
    )
    assert "probably EPSG:4549" in said(report) and "km" in said(report)


def test_an_offset_under_a_projection_is_found_too(city: Store, tmp_path: Path) -> None:
    def projected(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return xy_from_lonlat(*offsets.wgs84_to_gcj02(lon, lat), CRS(4549))

    path = points(tmp_path / "a.csv", moved(projected))
    assert "--crs gcj02+EPSG:4549" in said(load(city, "buildings", path, crs="EPSG:4549", dry_run=True))
    load(city, "buildings", path, crs="gcj02+EPSG:4549")
    assert city.get("buildings", "n0").geometry.x == pytest.approx(TRUE[0][0], abs=1e-8)


def test_a_correction_that_does_not_fit_is_questioned(city: Store, tmp_path: Path) -> None:
    report = load(city, "buildings", points(tmp_path / "a.csv", TRUE), crs="gcj02", dry_run=True)
    assert "probably degrees" in said(report)


def test_the_correction_stays_on_record(city: Store, tmp_path: Path) -> None:
    done = load(city, "stations", points(tmp_path / "a.csv", moved(CASES["gcj02"])), crs="GCJ02")
    assert "GCJ-02 undone" in done.changeset.message and "由 GCJ-02 反算" in done.changeset.message
    assert city.get("stations", "n0").properties["source"] == "a.csv (gcj02)"
    assert city.changeset(done.changeset.revision).message == done.changeset.message


def test_what_is_sound_is_left_alone(city: Store, tmp_path: Path) -> None:
    near = [(lon + 3e-5, lat) for lon, lat in TRUE]  # 3 m beside
    assert "probably" not in said(load(city, "buildings", points(tmp_path / "a.csv", near)))


def test_a_reading_nobody_knows(city: Store, tmp_path: Path) -> None:
    for odd in ("gcj03", "swapped+nowhere", "+", "EPSG:999999", "'; --"):
        with pytest.raises(InvalidParameter, match="CRS is not known"):
            load(city, "stations", points(tmp_path / "a.csv", TRUE), crs=odd)


class TestEvidence:
    def test_readings_by_range(self) -> None:
        assert possible_readings((120.0, 36.0, 121.0, 37.0)) == ["degrees", "gcj02", "bd09", "swapped"]
        assert possible_readings((36.0, 120.0, 37.0, 121.0)) == ["swapped"]
        assert possible_readings((9.5, 47.1, 9.6, 47.2))[0] == "degrees"
        assert possible_readings((np.nan, 0, 1, 1)) == []
        assert possible_readings((1e12, 1e12, 2e12, 2e12)) == []

    def test_points_stand_for_shapes(self) -> None:
        boxes = shapely.box(np.arange(10), 0, np.arange(10) + 1, 1)
        assert len(evidence_points(boxes)) == 10
        assert len(evidence_points(boxes[:1])) == 5  # one area: its vertices
        assert len(evidence_points(np.array([None, shapely.Point()], dtype=object))) == 0
        assert len(evidence_points(shapely.points(np.zeros((9_000, 2))))) <= 2_000

    def test_a_single_outline_is_told_by_its_vertices(self) -> None:
        angles = np.linspace(0, 2 * np.pi, 200)
        ring = np.column_stack(
            [120.3 + 0.02 * np.cos(angles), 36.1 + 0.015 * np.sin(3 * angles) + 0.02 * np.sin(angles)]
        )
        true = shapely.buffer(shapely.Polygon(ring), 0)
        shifted = offsets.shift(np.array([true]), offsets.wgs84_to_gcj02)
        evidence = weigh(shifted, "degrees", ["gcj02", "bd09"], Reference(np.array([true]), "same"), CRS(4549))
        assert evidence.verdict == "gcj02"
        assert evidence.fits[0].median_m < 0.01 < 100 < evidence.as_is.median_m

    def test_nothing_to_compare(self) -> None:
        none = Reference(np.array([], dtype=object), "same")
        assert weigh(shapely.points([[120.0, 36.0]]), "degrees", ["gcj02"], none, CRS(4549)).count == 0

    def test_reading_is_the_inverse_of_writing(self) -> None:
        place = np.array([shapely.Point(120.4, 36.1)])
        there = from_lonlat(place, CRS(4549))
        assert read_as(there, "EPSG:4549")[0].distance(place[0]) < 1e-9
        lon, lat = xy_to_lonlat(np.array([0.0]), np.array([0.0]), CRS(3857))
        assert (lon[0], lat[0]) == pytest.approx((0, 0))


class TestSharedFiles:
    def test_a_shapefile_without_prj(self, empty: Store, shared_data: Path) -> None:
        """03: Shenzhen in degrees; nothing says so but the numbers, and nothing contradicts them."""
        path = shared_data / "nasty" / "03_no_prj" / "sz.shp"
        report = load(empty, "districts", path, dry_run=True, only_sound=True, columns=first_column(path))
        assert "names no CRS" in said(report)

    def test_baidu_metres_in_a_csv(self, empty: Store, shared_data: Path, tmp_path: Path) -> None:
        """05: Wangfujing in Beijing, BD-09 Mercator."""
        lines = (shared_data / "nasty" / "05_bd09_mercator_csv" / "wangfujin.csv").read_text("utf-8").splitlines()
        path = tmp_path / "wangfujing.csv"
        path.write_text(
            "\n".join([f"编码,{lines[0]}", *(f"s{n},{each}" for n, each in enumerate(lines[1:400]))]), "utf-8"
        )
        beijing = tmp_path / "beijing.csv"
        beijing.write_text("编码,名称,wkt\n110101001001,王府井,\"POLYGON((116.39 39.9,116.42 39.9,116.42 39.93,"
                           "116.39 39.93,116.39 39.9))\"\n", "utf-8")  # fmt: skip
        load(empty, "communities", beijing)
        with pytest.raises(InvalidParameter) as refused:
            load(empty, "stations", path)
        assert refused.value.say("en").partition("perhaps ")[2].startswith("bd09mc (")
        load(empty, "stations", path, crs="bd09mc", only_sound=True)
        west, south, east, north = empty.extent("stations").bbox
        assert 116.3 < west < east < 116.5 and 39.8 < south < north < 40.0

    def test_a_district_in_gcj02(self, empty: Store, shared_data: Path, tmp_path: Path) -> None:
        """07: Shinan in Qingdao, a bare geometry in GCJ-02; the workspace has it where it belongs."""
        shape = json.loads((shared_data / "nasty" / "07_bare_geometry_geojson_gcj02" / "370202.geojson").read_text())
        path = tmp_path / "shinan.geojson"
        path.write_text(
            json.dumps({"type": "Feature", "properties": {"code": "370202", "name": "市南区"}, "geometry": shape})
        )
        load(empty, "districts", path, crs="gcj02")
        report = load(empty, "districts", path, dry_run=True)
        assert "probably GCJ-02" in said(report)


def first_column(path: Path) -> dict[str, str]:
    """Take the first column for the code, as a user who looks at the preview would."""
    from layers.formats import read_table

    return {"code": next(iter(read_table(path).columns))}


def test_a_file_of_another_place_is_said_to_be_so(city: Store, tmp_path: Path) -> None:
    there = [(x - 4.0, y - 3.0) for x, y in TRUE]  # some 490 km off, and right in themselves
    report = load(city, "buildings", points(tmp_path / "far.csv", there), dry_run=True)
    assert "The file lies elsewhere: the 30 places compared are 4" in said(report)
    assert "文件位于别处" in said(report, "zh")
    near = [(x + 0.05, y) for x, y in TRUE]  # the next community, some 4 km off
    assert "elsewhere" not in said(load(city, "buildings", points(tmp_path / "near.csv", near), dry_run=True))


def test_an_offset_is_told_with_its_direction(city: Store, tmp_path: Path) -> None:
    report = load(city, "buildings", points(tmp_path / "g.csv", moved(offsets.wgs84_to_gcj02)), dry_run=True)
    lon, lat = (each[0] for each in offsets.wgs84_to_gcj02(*np.array(TRUE[:1]).T))
    metres = np.hypot((lon - WEST) * 89_950, (lat - SOUTH) * 110_960)
    assert lon > WEST and abs(lat - SOUTH) * 110_960 < metres  # eastwards, more or less
    assert f"all of them are {metres:.0f} m too far" in said(report) or f"{metres + 1:.0f} m too far" in said(report)


def test_a_few_rows_astray_do_not_hide_what_the_others_are(city: Store, tmp_path: Path) -> None:
    x, y = xy_from_lonlat(*np.array(TRUE * 5).T, CRS(4549))
    astray = [*zip(x.tolist(), y.tolist(), strict=True), (9.9e7, 9.9e7)]  # one of 151
    with pytest.raises(InvalidParameter) as refused:
        load(city, "buildings", points(tmp_path / "astray.csv", astray))
    assert "EPSG:4549 (0.0 m" in refused.value.faults[0].text.say("en")
