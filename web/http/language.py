"""The language of an answer: what the reader asked for, else what her browser says, else the house's default."""

from __future__ import annotations

from flask import Request, Response, request

from layers.errors import Fault, InvalidParameter
from layers.text import LANGUAGES, Text
from web.service import service

COOKIE = "lang"
A_YEAR_SECONDS = 365 * 24 * 3600


def language_of(request: Request, default: str = "zh") -> str:
    """Choose ``"zh"`` or ``"en"``: ``?lang=``, else the cookie, else Accept-Language, else `default`.

    Raises
    ------
    InvalidParameter
        ``?lang=`` names a language that gridmap does not speak.
    """
    asked = request.args.get("lang")
    if asked is not None:
        if asked not in LANGUAGES:
            where = {"parameter": "lang", "value": asked}
            raise InvalidParameter(Fault(Text("pages.one-of", values=list(LANGUAGES)), where))
        return asked
    remembered = request.cookies.get(COOKIE)
    if remembered in LANGUAGES:
        return remembered
    # zh-CN, zh-Hans … all mean zh; a browser that names neither language gets the default.
    for accepted, _ in request.accept_languages:
        if accepted[:2].lower() in LANGUAGES:
            return accepted[:2].lower()
    return default


def page_language() -> str:
    """Return the language of the page that is asked for; the house's default where the reader has none of ours.

    Raises
    ------
    InvalidParameter
        As `language_of`.
    """
    return language_of(request, service().settings.language)


def remember(request: Request, response: Response) -> None:
    """Keep a language that was asked for, so that the next page speaks it without being told."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        here = f"{request.root_path.rstrip('/')}/"
        response.set_cookie(COOKIE, asked, max_age=A_YEAR_SECONDS, samesite="Lax", httponly=True, path=here)
