"""Which form an answer takes: `f` says, else the `Accept` header, else the first that there is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from flask import Response, jsonify, render_template, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header
from werkzeug.sansio.utils import get_current_url

from layers.errors import Fault, NotAcceptable
from layers.text import Text
from web.http.parameters import one_of
from web.http.problems import reader_language

MEDIA = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "html": "text/html",
    "schema": "application/schema+json",
}
GENERIC = ("geojson", "schema")  # which programs also ask for as plain JSON


def chosen(*forms: str) -> str:
    """Return one of `forms`, the first of which is the answer to anybody who asks for nothing in particular."""
    if request.args.get("f"):
        spellings = (*forms, "json") if set(forms) & set(GENERIC) else forms
        form = one_of("f", spellings, forms[0])
        return forms[0] if form not in forms else form
    accepted = request.headers.get("Accept", "")
    liked = _accepted(accepted, forms)
    if liked is None:
        where = {"parameter": "Accept", "value": accepted[:80]}
        raise NotAcceptable(Fault(Text("features.not-acceptable", forms=[MEDIA[form] for form in forms]), where))
    return liked


@lru_cache(maxsize=64)  # programs say the same in every request
def _accepted(header: str, forms: tuple[str, ...]) -> str | None:
    """Return the form that an `Accept` header likes best, None where it takes none."""
    accepted = parse_accept_header(header, MIMEAccept)
    if not accepted:
        return forms[0]
    offered = {MEDIA[form]: form for form in reversed(forms)}
    if set(forms) & set(GENERIC):
        offered = {"application/json": forms[0]} | offered
    best = max(reversed(list(offered)), key=lambda media: accepted[media])
    return offered[best] if accepted[best] > 0 else None


def told(body: Mapping[str, object], page: Mapping[str, object], media: str = MEDIA["json"]) -> Response:
    """Answer a JSON body, or for a reader with a browser a page that shows the same.

    Parameters
    ----------
    page : dict
        `title`, and any of `about` (a sentence) and `tables` (see `data.html`); the links are those of the body where
        it has none of its own.
    """
    if chosen("json", "html") == "html":
        return shown(**{"links": body.get("links", []), **page})
    response = jsonify(body)
    response.mimetype = media
    response.headers["Content-Language"] = reader_language()
    return response


def shown(**page: object) -> Response:  # what the template `data.html` asks for
    """Answer a page of plain tables and links."""
    language = reader_language()
    html = render_template("data.html", lang=language, t=lambda key: Text(f"features.{key}").say(language), **page)
    return Response(html, 200, {"Content-Language": language}, mimetype="text/html")


def root() -> str:
    """Return the address that this service has for the reader; it ends with a slash."""
    return _root(request.scheme, request.host, request.root_path)


_root = lru_cache(maxsize=64)(get_current_url)


def other_forms(href: str, here: str, *forms: str) -> list[dict[str, str]]:
    """Return links to an address in every form, that of this answer as ``self``."""
    return [
        {
            "rel": "self" if form == here else "alternate",
            "type": MEDIA[form],
            "href": href if form == here else f"{href}{'&' if '?' in href else '?'}f={form}",
        }
        for form in forms
    ]
