"""OGC API – Tiles over HTTP."""

from __future__ import annotations

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient

TILES = "/api/collections/buildings/tiles/WebMercatorQuad"
HERE = (14, 6433, 13653)  # zoom, row and column of the small town


def test_a_tile_is_found_through_the_links_of_its_layer(reader: FlaskClient):
    (listed,) = reader.get("/api/collections/buildings/tiles").json["tilesets"]
    template = next(link["href"] for link in listed["links"] if link.get("templated"))
    z, row, column = HERE
    href = template.replace("{tileMatrix}", str(z)).replace("{tileRow}", str(row)).replace("{tileCol}", str(column))
    answer = reader.get(href.removeprefix("http://localhost"))
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    (layer,) = mapbox_vector_tile.decode(answer.data).values()
    assert {feature["properties"]["code"] for feature in layer["features"]} == {f"b{n:02d}" for n in range(1, 11)}


def test_who_has_the_tile_is_not_sent_it_again(reader: FlaskClient):
    address = TILES + "/{}/{}/{}".format(*HERE)
    tag = reader.get(address).headers["ETag"]
    again = reader.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_an_empty_tile_has_no_content(reader: FlaskClient):
    assert reader.get(f"{TILES}/14/0/0").status_code == 204


def test_tilejson_names_the_fields(reader: FlaskClient):
    told = reader.get(f"{TILES}?f=tilejson&lang=en").json
    assert told["tiles"] == [f"http://localhost{TILES}/{{z}}/{{y}}/{{x}}"]
    assert told["vector_layers"][0]["fields"]["households"] == "Households"


@pytest.mark.parametrize("start", ["/api/collections/buildings", "/api/collections/buildings/tiles/WebMercatorQuad"])
def test_tilejson_is_found_through_links(reader: FlaskClient, start: str):
    (href,) = [each["href"] for each in reader.get(start).json["links"] if each.get("title") == "TileJSON"]
    assert reader.get(href.removeprefix("http://localhost")).json["tilejson"] == "3.0.0"


def test_the_matrix_set_is_that_of_the_standard(reader: FlaskClient):
    (listed,) = reader.get("/api/tileMatrixSets").json["tileMatrixSets"]
    matrices = reader.get(listed["links"][0]["href"].removeprefix("http://localhost")).json["tileMatrices"]
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717)  # 17-083r4, annex D.1
    assert matrices[18]["cellSize"] == pytest.approx(0.597164283559817)
    assert matrices[18]["matrixWidth"] == 262144


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{TILES}/3/8/0", 404),
        (f"{TILES}/23/0/0", 404),
        (f"{TILES}/99999999999999999999/0/0", 404),
        (f"{TILES}/3/-1/0", 404),
        ("/api/collections/buildings/tiles/WorldCRS84Quad", 404),
        ("/api/collections/managers/tiles", 404),
        ("/api/collections/nothing/tiles", 404),
        ("/api/tileMatrixSets/WorldCRS84Quad", 404),
        (f"{TILES}/3/1/1?datetime=yesterday", 400),
        (f"{TILES}/3/1/1?f=png", 400),
        (f"{TILES}/3/1/1?colour=red", 400),
    ],
)
def test_what_there_is_not_is_said(reader: FlaskClient, path: str, status: int):
    answer = reader.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
