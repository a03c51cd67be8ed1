"""A map page as one file: styles, scripts and data inside, opened from disk without a network."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flask import render_template
from markupsafe import Markup

from layers.finding import spelt
from web.maps.assets import ENTRY, STYLES, inlined_imports, read
from web.maps.encode import script_json
from web.maps.shell import shell

if TYPE_CHECKING:
    from web.maps.data import Page


def heard(places: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return places with how their names are read: who has no service to ask finds them by pinyin all the same."""
    return [{**each, "sounds": spelt(str(each["name"]))} for each in places]


def standalone(page: Page, **context: object) -> str:  # what the template takes
    """Return a page as one HTML document that asks nobody for anything."""
    chart, places = shell(page.bounds), page.data["places"]
    assert isinstance(places, list)  # as every page has them
    return render_template(
        "workbench.html",
        page=page,
        **context,
        shell=chart,
        nonce=secrets.token_urlsafe(16),
        tool="details",
        data=script_json(page.data | {"tool": "details", "standalone": True, "places": heard(places)}),
        inline_styles=[Markup(read(path)) for path in (*chart.styles, *STYLES)],
        inline_scripts=[Markup(read(path)) for path in chart.scripts],
        imports=script_json(inlined_imports()),
        entry_name=ENTRY,
        standalone=True,
    )
