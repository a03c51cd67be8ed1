"""A map page as one file: styles, scripts and data inside, opened from disk without a network."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import render_template
from markupsafe import Markup

from web.maps.assets import ENTRY, STYLES, inlined_imports, read
from web.maps.encode import script_json
from web.maps.shell import shell

if TYPE_CHECKING:
    from web.maps.data import Page


def standalone(page: Page, **context: object) -> str:
    """Return a page as one HTML document that asks nobody for anything."""
    chart = shell(page.bounds)
    return render_template(
        "workbench.html",
        page=page,
        **context,
        shell=chart,
        nonce=secrets.token_urlsafe(16),
        tool="details",
        data=script_json(page.data | {"tool": "details", "standalone": True}),
        inline_styles=[Markup(read(path)) for path in (*chart.styles, *STYLES)],
        inline_scripts=[Markup(read(path)) for path in chart.scripts],
        imports=script_json(inlined_imports()),
        entry_name=ENTRY,
        standalone=True,
    )
