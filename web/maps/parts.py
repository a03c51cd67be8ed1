"""What the page of a large map asks for beside itself: tiles, rows of the table, what a text finds, the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from flask import Blueprint, Response, render_template, request

from geo.tiles import DEEPEST
from layers.errors import Fault, NotFound
from layers.text import Text
from web.features.publicity import read_from
from web.features.tiles import answer
from web.http.parameters import whole_number
from web.maps.pages import context_of, question_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.usecases.exports.tiling import Tile

MOST_ROWS = 500
USUAL_ROWS = 100
blueprint = Blueprint("map_parts", __name__, url_prefix="/maps/<map_id>", template_folder="templates")


@blueprint.get("/tiles/<int:z>/<int:x>/<int:y>")
def theme_tile(map_id: str, z: int, x: int, y: int) -> Response:
    """Answer a tile of the map's features; its ETag changes if and only if its content does."""
    from web.maps import tiles

    return _tile(lambda tile: tiles.theme_tile(read_from(), question_of(map_id), tile), (z, x, y))


@blueprint.get("/under/<layer_id>/<int:z>/<int:x>/<int:y>")
def quiet_tile(map_id: str, layer_id: str, z: int, x: int, y: int) -> Response:
    """Answer a tile of a layer that lies under the map's features."""
    from web.maps import tiles

    known = [*tiles.QUIET, *tiles.made()]
    if layer_id not in known:
        raise NotFound(Fault(Text("pages.one-of", values=known), {"value": layer_id[:40]}))
    return _tile(lambda tile: tiles.quiet_tile(read_from(), question_of(map_id), layer_id, tile), (z, x, y))


@blueprint.get("/rows")
def rows(map_id: str) -> Response:
    """Answer rows of the table: ``rows, off, text, sort`` as an export takes them, and ``offset`` and ``limit``.

    With ``id`` the answer is that feature alone, whatever the filter says, and ``at``: its place among the rows.
    """
    from web.maps.data import listed
    from web.maps.encode import batch
    from web.maps.rows import read_choice, sought

    sought(request.args)  # refused before the map is computed
    listing = listed(read_from(), question_of(map_id))
    choice = read_choice(listing.theme, request.args)
    found = listing.rows(choice)
    if "id" in request.args:
        n = listing.position(request.args["id"])
        if n is None:
            raise NotFound(Fault(Text("tiled.no-such-feature"), {"value": request.args["id"][:80]}))
        at = (found == n).nonzero()[0]
        return _json(batch(listing.theme, (n,), False) | {"at": int(at[0]) if len(at) else None})
    offset = whole_number("offset", 0, 0)
    limit = whole_number("limit", USUAL_ROWS, 1, MOST_ROWS)
    told = {"offset": offset, "total": len(found), "of": len(listing), "counts": listing.counts(choice)}
    return _json(told | {"filled": listing.filled(found)} | batch(listing.theme, found[offset : offset + limit], False))


@blueprint.get("/matches")
def matches(map_id: str) -> Response:
    """Answer which features contain ``text``: ``ids``, or ``except`` where those that do not are fewer."""
    from web.maps.data import listed
    from web.maps.rows import sought
    from web.maps.values import taken

    text = sought(request.args)  # refused before the map is computed
    listing = listed(read_from(), question_of(map_id))
    fits = listing.fits(text)
    most = fits.mean() > 0.5 if len(fits) else True
    ids = taken(listing.theme.ids, np.flatnonzero(fits != most))
    return _json({"except" if most else "ids": ids})


@blueprint.get("/search")
def search(map_id: str) -> Response:
    """Answer what ``q`` finds in every layer: the best of it, and how many records of each layer."""
    from web.maps.finding import find
    from web.maps.rows import sought

    return _json(find(read_from(), question_of(map_id), sought(request.args, "q")))


@blueprint.get("/found/<layer_id>/<path:id>")
def found(map_id: str, layer_id: str, id: str) -> Response:
    """Answer what is known of a record that was found: its fields in words, and its shapes."""
    from web.maps.finding import record

    return _json(record(read_from(), question_of(map_id), layer_id, id))


@blueprint.get("/way")
def way(map_id: str) -> Response:
    """Answer how the building ``id`` comes to its nearest station: lines, metres, minutes, and that in words."""
    from web.maps.registry import maps

    question = question_of(map_id)
    make, id = maps()[map_id].way, request.args.get("id", "")
    if make is None:
        raise NotFound(Fault(Text("tiled.no-such-feature"), {"value": id[:80]}))
    return _json(make(read_from(), question, id))


@blueprint.get("/story")
def story(map_id: str) -> Response:
    """Answer what the records say of the feature ``id`` in words: ``chapters``, none where there is nothing to tell."""
    from layers.situation.day import situation
    from layers.situation.story import story as story_of
    from web.maps.registry import maps

    question = question_of(map_id)
    now = situation(read_from(), question.as_of, question.basis)
    told = story_of(now, maps()[map_id].layer, request.args.get("id", ""))
    chapters = [
        {
            "title": each.title.say(question.language),
            "lines": [line.say(question.language) for line in each.lines],
        }
        for each in told
    ]
    return _json({"chapters": chapters})


@blueprint.get("/rest")
def rest(map_id: str) -> Response:
    """Answer what a page that shows tiles fetches once."""
    from web.maps.data import rest as rest_of

    return _json(rest_of(read_from(), question_of(map_id)))


@blueprint.get("/tree")
def tree(map_id: str) -> str:
    """Answer the administrative tree as a list, for a page that would be too large with it."""
    return render_template("tree.html", **context_of(question_of(map_id)), standalone=False)


def _tile(cut: Callable[[tuple[int, int, int]], Tile], tile: tuple[int, int, int]) -> Response:
    try:
        found = cut(tile)
    except ValueError:
        where = {"value": "/".join(map(str, tile))}
        raise NotFound(Fault(Text("tiles.no-such-tile", deepest=DEEPEST), where)) from None
    return answer(found)


def _json(data: Mapping[str, object]) -> Response:
    import msgspec

    response = Response(msgspec.json.encode(data), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
