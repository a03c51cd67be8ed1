"""The abstract tests of OGC API – Features Part 2 (OGC 18-058r1, annex A), ported, not certified.

Each test bears the identifier of the abstract test that it ports: ``/conf/crs/crs-uri`` is `test_conf_crs_crs_uri`.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import shapely
from flask.testing import FlaskClient
from pyproj import CRS, Transformer

from layers.catalogue import catalogue
from tests import town

ROOT = "http://www.opengis.net/def/crs"
CRS84 = f"{ROOT}/OGC/1.3/CRS84"
OFFERED = [CRS84, *(f"{ROOT}/EPSG/0/{code}" for code in (4326, 4490, 3857, 4549))]
ITEMS = "/api/collections/buildings/items"
# Of places, in metres and in degrees.
NEAR_M, NEAR_DEGREES = 1e-3, 2e-7


def epsg(uri: str) -> CRS:
    code = uri.rpartition("/")[2]
    return CRS.from_user_input("OGC:CRS84" if code == "CRS84" else f"EPSG:{code}")


def expected(uri: str, point: shapely.Point) -> tuple[float, float]:
    """Return what PROJ says, in the order of the authority's axes; CGCS2000 and WGS 84 are treated as one."""
    target = epsg(uri)
    source = "EPSG:4490" if uri.endswith(("4490", "4549")) else "EPSG:4326"
    return Transformer.from_crs(source, target, always_xy=False).transform(point.y, point.x)


def near(uri: str) -> float:
    return NEAR_M if epsg(uri).is_projected else NEAR_DEGREES


def test_conf_crs_crs_uri(reader: FlaskClient) -> None:
    for each in reader.get("/api/collections").json["collections"]:
        if catalogue().layer(each["id"]).spatial:
            assert each["crs"] == OFFERED
            for uri in (*each["crs"], each["storageCrs"]):
                assert re.fullmatch(r"http://www\.opengis\.net/def/crs/(OGC|EPSG)/[0-9.]+/\w+", uri)


def test_conf_crs_default_crs(reader: FlaskClient) -> None:
    assert reader.get("/api/collections/buildings").json["crs"][0] == CRS84


def test_conf_crs_storage_crs(reader: FlaskClient) -> None:
    body = reader.get("/api/collections/buildings").json
    assert body["storageCrs"] in body["crs"]


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/b03"])
def test_conf_crs_crs_parameter_default(reader: FlaskClient, path: str) -> None:
    assert reader.get(path).headers["Content-Crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("uri", OFFERED)
@pytest.mark.parametrize("path", [f"{ITEMS}?code=b03&", f"{ITEMS}/b03?"])
def test_conf_crs_crs_parameter_and_transform(reader: FlaskClient, path: str, uri: str) -> None:
    answer = reader.get(f"{path}crs={quote(uri)}")
    assert answer.headers["Content-Crs"] == f"<{uri}>"
    feature = answer.json["features"][0] if "features" in answer.json else answer.json
    corner = min(shapely.geometry.shape(feature["geometry"]).exterior.coords)
    corners = [expected(uri, shapely.Point(each)) for each in town.house(3).exterior.coords]
    assert corner == pytest.approx(min(corners), abs=near(uri))


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/b03"])
@pytest.mark.parametrize("uri", [f"{ROOT}/EPSG/0/2154", f"{ROOT}/EPSG/0/0", "EPSG", "x", "http://example.org/crs/1"])
def test_conf_crs_crs_parameter_invalid(reader: FlaskClient, path: str, uri: str) -> None:
    answer = reader.get(f"{path}?crs={quote(uri)}")
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (400, "crs")


@pytest.mark.parametrize("uri", OFFERED)
def test_conf_crs_bbox_crs_parameter(reader: FlaskClient, uri: str) -> None:
    corners = [expected(uri, shapely.Point(each)) for each in town.house(3).exterior.coords]
    first, second = zip(*corners)
    box = f"{min(first)},{min(second)},{max(first)},{max(second)}"
    found = reader.get(f"{ITEMS}?bbox={box}&bbox-crs={quote(uri)}").json
    assert [each["id"] for each in found["features"]] == ["b03"]


def test_conf_crs_bbox_crs_parameter_default(reader: FlaskClient) -> None:
    box = ",".join(map(str, town.house(3).bounds))
    given = reader.get(f"{ITEMS}?bbox={box}&bbox-crs={quote(CRS84)}").json["features"]
    assert reader.get(f"{ITEMS}?bbox={box}").json["features"] == given


@pytest.mark.parametrize("uri", [f"{ROOT}/EPSG/0/2154", "x"])
def test_conf_crs_bbox_crs_parameter_invalid(reader: FlaskClient, uri: str) -> None:
    answer = reader.get(f"{ITEMS}?bbox=1,2,3,4&bbox-crs={quote(uri)}")
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (400, "bbox-crs")


def test_conf_crs_geojson_axes_of_the_features_in_every_form(reader: FlaskClient) -> None:
    """CSV writes the same numbers in the same order as GeoJSON."""
    uri = f"{ROOT}/EPSG/0/4326"
    text = reader.get(f"{ITEMS}?code=b03&f=csv&crs={quote(uri)}").text
    wkt = re.search(r"POLYGON \(\(.*\)\)", text)[0]
    y, x = shapely.from_wkt(wkt).centroid.coords[0]
    assert shapely.Point(x, y).within(town.house(3))
