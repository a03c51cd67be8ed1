"""Layers as vector tiles, after OGC API – Tiles (20-057) and TileJSON 3.0."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from geo.tiles import DEEPEST
from layers.catalogue import Layer
from layers.errors import Fault, NotFound
from layers.text import Text
from layers.usecases.edits.features import layer_called
from layers.usecases.exports.tiling import Tile, layer_tile
from web.features.publicity import fields_of, onward, read_from, refuse
from web.http.parameters import instant, no_others, one_of
from web.http.problems import reader_language

blueprint = Blueprint("tiles", __name__, url_prefix="/api")
MEDIA = "application/vnd.mapbox-vector-tile"
MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
EPSG_3857 = "http://www.opengis.net/def/crs/EPSG/0/3857"
HALF_M = 20037508.342789244
SCALE_AT_0 = 559082264.0287178
TILE_PIXELS = 256


@blueprint.get("/tileMatrixSets")
def matrix_sets() -> Response:
    """List the tile matrix sets: there is one."""
    no_others("lang")
    links = [{"rel": "self", "type": "application/json", "href": f"{request.base_url}/{MATRIX_SET}"}]
    return jsonify(tileMatrixSets=[{"id": MATRIX_SET, "uri": MATRIX_SET_URI, "links": links}])


@blueprint.get("/tileMatrixSets/<set_id>")
def matrix_set(set_id: str) -> Response:
    """Describe a tile matrix set (OGC 17-083r4)."""
    no_others("lang")
    _known_set(set_id)
    matrices = [
        {
            "id": str(z),
            "scaleDenominator": SCALE_AT_0 / 2**z,
            "cellSize": 2 * HALF_M / TILE_PIXELS / 2**z,
            "pointOfOrigin": [-HALF_M, HALF_M],
            "tileWidth": TILE_PIXELS,
            "tileHeight": TILE_PIXELS,
            "matrixWidth": 2**z,
            "matrixHeight": 2**z,
        }
        for z in range(DEEPEST + 1)
    ]
    return jsonify(id=MATRIX_SET, uri=MATRIX_SET_URI, crs=EPSG_3857, orderedAxes=["E", "N"], tileMatrices=matrices)


@blueprint.get("/collections/<layer_id>/tiles")
def tilesets(layer_id: str) -> Response:
    """List the tile sets of a layer."""
    no_others("public", "lang")
    layer = _drawn(layer_id)
    return jsonify(links=[_link("self", onward(request.base_url))], tilesets=[_tileset(layer)])


@blueprint.get("/collections/<layer_id>/tiles/<set_id>")
def tileset(layer_id: str, set_id: str) -> Response:
    """Describe the tiles of a layer, as OGC API – Tiles does or as TileJSON (``f=tilejson``)."""
    no_others("f", "public", "lang")
    layer = _drawn(layer_id)
    _known_set(set_id)
    if one_of("f", ("json", "tilejson"), "json") == "json":
        return jsonify(_tileset(layer))
    language = reader_language()
    fields = {"id": "id", **{field.name: field.label.say(language) for field in fields_of(layer)}}
    return jsonify(
        tilejson="3.0.0",
        name=layer.label.say(language),
        tiles=[_template(layer, "{z}", "{y}", "{x}")],
        minzoom=0,
        maxzoom=DEEPEST,
        vector_layers=[{"id": layer.id, "fields": fields}],
    )


@blueprint.get("/collections/<layer_id>/tiles/<set_id>/<int:z>/<int:row>/<int:column>")
def tile(layer_id: str, set_id: str, z: int, row: int, column: int) -> Response:
    """Answer a tile; its ETag changes if and only if its content does."""
    no_others("datetime", "f", "public", "lang")
    one_of("f", ("mvt",), "mvt")
    layer = _drawn(layer_id)
    _known_set(set_id)
    try:
        cut = layer_tile(read_from(), layer.id, (z, column, row), instant("datetime"))
    except ValueError:
        where = {"value": f"{z}/{row}/{column}"}
        raise NotFound(Fault(Text("tiles.no-such-tile", deepest=DEEPEST), where)) from None
    return answer(cut)


def answer(cut: Tile) -> Response:
    """Answer the bytes of a tile, or that the reader has them already."""
    response = Response(cut.data, 200 if cut.data else 204, mimetype=MEDIA)
    response.set_etag(cut.tag)
    # Asked for each time, so that an edit is seen at once; mostly the answer is "as before".
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def _drawn(layer_id: str) -> Layer:
    layer = layer_called(layer_id)
    if not layer.spatial:
        raise NotFound(Fault(Text("tiles.no-geometry", layer=layer.id)))
    refuse(layer, (), "public")
    return layer


def _known_set(set_id: str) -> None:
    if set_id != MATRIX_SET:
        raise NotFound(Fault(Text("tiles.no-such-set", known=[MATRIX_SET]), {"value": set_id[:80]}))


def _tileset(layer: Layer) -> dict[str, object]:
    return {
        "title": layer.label.say(reader_language()),
        "dataType": "vector",
        "crs": EPSG_3857,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": [
            _link("self", onward(f"{request.url_root}api/collections/{layer.id}/tiles/{MATRIX_SET}")),
            _link(
                "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                f"{request.url_root}api/tileMatrixSets/{MATRIX_SET}",
            ),
            {
                **_link("describedby", onward(f"{request.url_root}{tilejson_path(layer)}")),
                "title": "TileJSON",
            },
            {
                **_link("item", _template(layer, "{tileMatrix}", "{tileRow}", "{tileCol}"), MEDIA),
                "templated": True,
            },
        ],
    }


def tilejson_path(layer: Layer) -> str:
    """Return the address of a layer's TileJSON, below the root."""
    return f"api/collections/{layer.id}/tiles/{MATRIX_SET}?f=tilejson"


def _template(layer: Layer, z: str, row: str, column: str) -> str:
    return onward(f"{request.url_root}api/collections/{layer.id}/tiles/{MATRIX_SET}/{z}/{row}/{column}")


def _link(rel: str, href: str, media: str = "application/json") -> dict[str, object]:
    return {"rel": rel, "type": media, "href": href}
