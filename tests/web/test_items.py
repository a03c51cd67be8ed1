"""Items: which features, in which order, form and coordinate system."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from urllib.parse import quote

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from tests import town
from tests.web.test_api import refused

URL = "/api/collections/buildings/items"
ROOT = "http://www.opengis.net/def/crs"
CRS84 = f"{ROOT}/OGC/1.3/CRS84"
LATLON, METRIC, MERCATOR = (f"{ROOT}/EPSG/0/{code}" for code in (4326, 4549, 3857))


def ids(client: FlaskClient, query: str) -> str:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.data
    assert answer.json["numberReturned"] == len(answer.json["features"])
    return " ".join(each["id"].removeprefix("b0") for each in answer.json["features"])


class TestWhich:
    def test_a_filter_in_text_and_in_json(self, client: FlaskClient) -> None:
        text = "code IN ('b02') OR courtyard_code = 'CC'"
        assert ids(client, f"filter={quote(text)}") == "2 6"
        node = {"op": "=", "args": [{"property": "courtyard_code"}, "CC"]}
        assert ids(client, f"filter={quote(json.dumps(node))}&filter-lang=cql2-json") == "6"

    def test_a_place_in_any_coordinate_system(self, client: FlaskClient) -> None:
        spot = town.house(3).centroid
        metric, mercator = town_point(spot, 4549), town_point(spot, 3857)
        points = {CRS84: (spot.x, spot.y), LATLON: (spot.y, spot.x), METRIC: metric[::-1], MERCATOR: mercator}
        for uri, (first, second) in points.items():
            text = f"S_INTERSECTS(geometry, POINT({first} {second}))"
            assert ids(client, f"filter={quote(text)}&filter-crs={quote(uri)}") == "3"
            reach = 1e-5 if uri in (CRS84, LATLON) else 1
            box = f"{first - reach},{second - reach},{first + reach},{second + reach}"
            assert ids(client, f"bbox={box}&bbox-crs={quote(uri)}") == "3"

    def test_fields_by_their_names(self, client: FlaskClient) -> None:
        assert ids(client, "courtyard_code=CE") == "8 9"
        assert ids(client, "courtyard_code=CE&code=b09") == "9"
        assert ids(client, "floors=7") == ""
        refused(client.get(f"{URL}?floors=seven"), 400, "invalid-parameter")

    def test_a_box_with_heights(self, client: FlaskClient) -> None:
        west, south, east, north = town.house(3).bounds
        assert ids(client, f"bbox={west},{south},0,{east},{north},99") == "3"

    def test_a_box_over_the_antimeridian(self, client: FlaskClient) -> None:
        west, south, east, north = town.house(3).bounds
        for box in (f"{west},{south},-170,{north}", f"170,{south},{east},{north}"):
            here = ids(client, f"bbox={box}")
            assert "3" in here.split() and here == ids(client, f"filter=S_INTERSECTS(geometry,BBOX({box}))")
            first, second, third, last = box.split(",")
            turned = f"{second},{first},{last},{third}"
            assert ids(client, f"bbox={turned}&bbox-crs={quote(LATLON)}") == here
        assert ids(client, f"bbox={east + 1e-6},{south},{west - 1e-6},{north}&code=b03") == ""
        refused(client.get(f"{URL}?bbox=2,1,1,2&bbox-crs={quote(MERCATOR)}"), 400, "invalid-parameter")
        refused(client.get(f"{URL}?filter=S_INTERSECTS(geometry,BBOX(2,1,1,2))&filter-crs={quote(MERCATOR)}"), 400,
                "invalid-parameter")

    def test_a_period(self, service: Flask, client: FlaskClient) -> None:
        store = service.extensions["gridmap"].store
        town.amend(store, "buildings", "b01", valid_from=dt.date(2024, 1, 1), valid_to=dt.date(2024, 12, 31))
        for period in ("2024-12-31/2025-06-01", "../2024-01-01", "2024-06-01T12:00:00Z", "/2024-06-01", "../.."):
            assert ids(client, f"datetime={period}&code=b01") == "1", period
        for period in ("2025-01-01", "2025-01-01/..", "../2023-12-31"):
            assert ids(client, f"datetime={period}&code=b01") == "", period

    def test_all_together_page_by_page(self, reader: FlaskClient) -> None:
        query = "filter=households%3E0&sortby=-code&properties=code&limit=2&courtyard_code=CA"
        query += "&bbox=100,30,130,40&datetime=2025-02-06"
        seen, url = [], f"{URL}?{query}"
        while url:
            page = reader.get(url).json
            assert page["numberMatched"] == 4
            seen += [each["properties"]["code"] for each in page["features"]]
            url = next((each["href"] for each in page["links"] if each["rel"] == "next"), None)
        assert seen == ["b04", "b03", "b02", "b01"]


def town_point(spot: shapely.Point, epsg: int) -> tuple[float, float]:
    """Return east and north by the projection library itself."""
    from pyproj import Transformer

    # 4549 and WGS 84 are one datum here; asking PROJ for it by way of 4490 leaves the projection alone
    return Transformer.from_crs(4490 if epsg == 4549 else 4326, epsg, always_xy=True).transform(spot.x, spot.y)


class TestHow:
    @pytest.mark.parametrize("uri", [CRS84, LATLON, METRIC, MERCATOR, f"{ROOT}/EPSG/0/4490"])
    def test_the_axes_are_those_of_the_authority(self, reader: FlaskClient, uri: str) -> None:
        answer = reader.get(f"{URL}/b03?crs={quote(uri)}")
        assert answer.headers["Content-Crs"] == f"<{uri}>"
        x, y = shapely.geometry.shape(answer.json["geometry"]).centroid.coords[0]
        spot = town.house(3).centroid
        epsg = uri.rpartition("/")[2]
        if epsg == "CRS84":
            expected = (spot.x, spot.y)
        elif epsg in ("4326", "4490"):
            expected = (spot.y, spot.x)
        else:
            expected = town_point(spot, int(epsg))
            expected = expected[::-1] if epsg == "4549" else expected
        assert (x, y) == pytest.approx(expected, abs=1e-3 if epsg in ("4549", "3857") else 2e-7)

    def test_properties(self, reader: FlaskClient) -> None:
        first = reader.get(f"{URL}?properties=floors,code&limit=1").json["features"][0]
        assert first["properties"] == {"code": "b01", "floors": 6}
        assert reader.get(f"{URL}?properties=&limit=1").json["features"][0]["properties"] == {}

    def test_csv(self, reader: FlaskClient) -> None:
        answer = reader.get(f"{URL}?f=csv&limit=2&properties=code,households")
        assert answer.mimetype == "text/csv"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["id"], row["households"]) for row in rows] == [("b01", "10"), ("b02", "10")]
        assert shapely.from_wkt(rows[0]["geometry"]).intersects(town.house(1))
        assert 'rel="next"' in answer.headers["Link"]

    def test_csv_runs_nothing_in_a_spreadsheet(self, service: Flask, client: FlaskClient) -> None:
        town.amend(service.extensions["gridmap"].store, "buildings", "b01", name="=1+1")
        assert "'=1+1" in client.get(f"{URL}?f=csv&limit=1").text

    def test_a_page_for_people(self, service: Flask, client: FlaskClient) -> None:
        town.amend(service.extensions["gridmap"].store, "buildings", "b01", name="<script>alert(1)</script>")
        answer = client.get(f"{URL}?limit=3&lang=zh", headers={"Accept": "text/html,*/*;q=0.8"})
        assert answer.mimetype == "text/html"
        assert "楼栋" in answer.text and "10 个要素" in answer.text
        assert "<script>" not in answer.text
        assert "http" not in answer.headers["Content-Security-Policy"]
        one = client.get(f"{URL}/b02?f=html&lang=en")
        assert "2号楼" in one.text and one.headers["Content-Language"] == "en"

    @pytest.mark.parametrize(
        ("accept", "media"),
        [
            ("application/geo+json", "application/geo+json"), ("application/json", "application/geo+json"),
            ("*/*", "application/geo+json"), ("text/csv", "text/csv"), ("text/html", "text/html"),
            ("text/csv;q=0.2, text/html;q=0.8", "text/html"),
        ],
    )  # fmt: skip
    def test_the_accept_header_chooses(self, reader: FlaskClient, accept: str, media: str) -> None:
        assert reader.get(URL, headers={"Accept": accept}).mimetype == media
        assert reader.get(f"{URL}?f=csv", headers={"Accept": accept}).mimetype == "text/csv"

    def test_what_is_not_there_is_not_acceptable(self, reader: FlaskClient) -> None:
        refused(reader.get(URL, headers={"Accept": "application/gml+xml"}), 406, "not-acceptable")

    def test_a_feature_that_is_known_already_is_not_sent_again(self, reader: FlaskClient) -> None:
        assert reader.get(f"{URL}/b01", headers={"If-None-Match": '"1"'}).status_code == 304
        assert reader.get(f"{URL}/b01", headers={"If-None-Match": '"7"'}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "crs=EPSG:2154", "crs=", "bbox-crs=x", "bbox=1,2,3,4&bbox-crs=EPSG:99999", "filter-crs=EPSG:2154", "bbox=",
        "bbox=1,2,3,4,5", "bbox=NaN,1,2,3", "bbox=1,2,inf,4", "datetime=..", "datetime=", "datetime=2025",
        "datetime=a/b/c", "datetime=2025-01-01T00:00:00", "datetime=2025-01-01T25:00:00Z",
        "datetime=0000-01-01", "limit=1e3", "limit=", "properties=colour", "sortby=colour",
        "sortby=code,code", "sortby=", "filter=", "filter=colour%3D1",
        "filter=code%3D'%3B%20--", "filter=code%3D1&filter-lang=cql", "filter=1&filter=2", "filter=%00", "f=GML",
        "filter=" + "(" * 3000, "filter=" + quote('{"op":"not","args":[' * 300), "sortby=code&cursor=b01", "lang=fr",
        "courtyard_code=CA&courtyard_code=CB", "colour=red", "code=%00", "filter=households%3D1e999",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(reader: FlaskClient, query: str) -> None:
    body = refused(reader.get(f"{URL}?{query}"), 400, "invalid-parameter")
    assert all("parameter" in each for each in body["errors"])


def test_numbers_of_any_size(reader: FlaskClient) -> None:
    assert reader.get(f"{URL}?limit=1000000000").json["numberReturned"] == 10
    assert reader.get(f"{URL}?bbox=-180,-90,180,90").json["numberMatched"] == 10
    assert reader.get(f"{URL}?bbox=-1e300,-1e300,1e300,1e300").json["numberMatched"] == 10
    assert reader.get(f"{URL}?bbox=200,0,300,1").json["numberMatched"] == 0
    assert reader.get(f"{URL}?households={'9' * 17}").json["numberMatched"] == 0


def test_layers_without_geometry(reader: FlaskClient) -> None:
    found = reader.get("/api/collections/managers/items").json
    assert found["features"][0]["geometry"] is None
    assert reader.get("/api/collections/managers/items?bbox=0,0,180,90").json["numberMatched"] == 0
    nowhere = "/api/collections/managers/items?filter=S_INTERSECTS(geometry,POINT(1%202))"
    refused(reader.get(nowhere), 400, "invalid-parameter")


def test_an_export_takes_a_filter(reader: FlaskClient) -> None:
    found = reader.get("/api/collections/buildings/export?f=geojson&filter=code%3D'b03'").json
    assert [each["properties"]["code"] for each in found["features"]] == ["b03"]
    refused(reader.get("/api/collections/buildings/export?filter=colour%3D1"), 400, "invalid-parameter")
