"""The page on which files are imported: what a file is thought to be, corrections, a dry run, import, and undo."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from layers.text import Text, words
from web.http.language import page_language, remember
from web.http.parameters import no_others
from web.maps.pages import POLICY
from web.service import nonce, service, workshop

ENTRY = "gridmap/import/main.js"
STYLES = ("css/base.css", "css/import.css")
OWN = "wizard."
MOST_UNDER = 300  # communities under the preview; of a whole city they would hide it
blueprint = Blueprint("import_pages", __name__, template_folder="templates")


@blueprint.get("/import")
def wizard() -> Response:
    """Show the import wizard."""
    from layers.usecases.imports.uploads import ENDINGS, PARTS
    from web.maps.assets import needed, served_imports
    from web.maps.encode import script_json
    from web.maps.pages import _static
    from web.maps.shell import shell

    no_others("lang")
    house, own = service(), nonce()
    workshop().prepare("ready")  # while she looks for her file
    language = page_language()
    bounds = house.store.extent("communities").bbox or house.store.extent("buildings").bbox
    chart = shell(bounds)
    endings = list(dict.fromkeys((*ENDINGS, *PARTS)))
    data = {
        "language": language,
        "words": {key.removeprefix(OWN): said[language] for key, said in words().items() if key.startswith(OWN)},
        "bounds": bounds,
        "under": f"{request.script_root}/api/collections/communities/items?limit={MOST_UNDER}&properties=name",
        "endings": endings,
        "most_mb": house.settings.max_upload_mb,
    }
    answer = make_response(
        render_template(
            "import.html",
            lang=language,
            t=lambda key, **params: Text(f"wizard.{key}", **params).say(language),
            endings=",".join(endings),
            most_mb=house.settings.max_upload_mb,
            shell=chart,
            nonce=own,
            data=script_json(data),
            styles=[_static(path) for path in (*chart.styles, *STYLES)],
            scripts=[_static(path) for path in chart.scripts],
            imports=script_json(served_imports(_static, ENTRY)),
            entry=_static(needed(ENTRY)[ENTRY]),
        )
    )
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=own)
    answer.headers["Cache-Control"] = "no-store"
    remember(request, answer)
    return answer
