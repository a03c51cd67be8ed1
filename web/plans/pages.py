"""The pages of grid plans: the list of all, and the editor of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from flask import Blueprint, Response, make_response, render_template, request, url_for

from layers.text import Text
from web.http.language import page_language, remember
from web.http.parameters import no_others, one_of, whole_number
from web.maps.pages import POLICY
from web.service import nonce, service

if TYPE_CHECKING:
    from layers.model.feature import Feature
    from layers.situation.day import Situation
    from layers.usecases.plans.state import PlanState
    from web.maps.question import Question
    from web.maps.shell import Shell

STATES = ("any", "draft", "submitted", "approved", "active", "retired")
# Name, key, whether it edits: static/js/plan/tools.js says what each does.
TOOLS = (
    ("select", "V", False), ("paint", "P", True), ("brush", "B", True), ("box", "M", True), ("lasso", "L", True),
    ("eraser", "E", True), ("split", "S", True), ("reshape", "R", True), ("draw", "D", True), ("vertex", "X", True),
)  # fmt: skip
STYLES = ("css/base.css", "css/frame.css", "css/panels.css", "css/table.css", "css/map.css", "css/plan.css")
FOR_SCRIPTS = "editor.js-"
blueprint = Blueprint("plan_pages", __name__, template_folder="templates")


class Place(TypedDict):
    """A community that may be planned: how many buildings, households and grids it has."""

    code: str
    name: str
    buildings: int
    households: int
    grids: int


@blueprint.get("/plans")
def listing() -> Response:
    """List the plans by community and state, and open new ones."""
    from layers.catalogue import catalogue
    from layers.usecases.plans.looking import every_plan

    no_others("community", "state", "lang")
    language = page_language()
    places = _communities()
    names = {each["code"]: each["name"] for each in places}
    systems = [
        (each.code, each.label.say(language)) for each in catalogue().layer("plans").by_name["grid_system"].values
    ]
    wanted, community = one_of("state", STATES, "any"), request.args.get("community")
    rows = [_row(plan, names, dict(systems), language) for plan in every_plan(service().store, {})]
    rows = [each for each in rows if community in (None, each["community"]) and wanted in ("any", each["state"])]
    rows.sort(key=lambda each: (each["community"], STATES.index(each["state"]), each["id"]))
    return _served(
        "plans.html",
        "gridmap/plan/list.js",
        {},
        title=_words("plans", language),
        plans=rows,
        communities=places,
        systems=systems,
        states=[(code, _words(f"js-state-{code}", language)) for code in STATES],
        state=wanted,
        community=community,
    )


@blueprint.get("/plans/<plan_id>")
def editor(plan_id: str) -> Response:
    """Show the editor of a plan, or one of the plan's older revisions to look at."""
    from layers.usecases.plans.looking import plan_at
    from web.maps.shell import shell

    no_others("revision", "lang")
    revision = whole_number("revision", None, 1)
    state = plan_at(service().store, plan_id, revision)
    community = str(state.get("community_code"))
    data = _editor_data(state, community)
    chart = shell(data["bounds"])
    title = state.get("name") or _called(community)
    return _served(
        "plan.html",
        "gridmap/plan/main.js",
        data | {"revision": revision},
        chart=chart,
        title=title,
        plan_id=plan_id,
        community=community,
        revision=revision,
        tools=TOOLS,
        exports=_exports(state),
    )


def _editor_data(state: PlanState, community: str) -> dict[str, Any]:  # for scripts, as JSON
    """Return what the scripts know beforehand; the plan itself they ask the API for."""
    from geo.places import to_lonlat
    from layers.catalogue import catalogue
    from layers.usecases.plans.sources import lonlat
    from web.maps.backdrop import backdrop
    from web.maps.encode import shapes

    language, partition = page_language(), state.partition
    outline, *_ = lonlat([partition.boundary], state.crs)
    west, south, east, north = (float(edge) for edge in outline.bounds)
    bounds = (west, south, east, north)
    under = backdrop(service().store, _situation(), _question(community), (), bounds)
    kinds = catalogue().layer("plan-grids").by_name["kind"].values
    return {
        "plan": state.id,
        "today": service().today().isoformat(),
        "bounds": bounds,
        "question": {"community": community},
        "backdrop": under | {"quiet": shapes(to_lonlat(partition.footprints, state.crs))},
        "kinds": {each.code: each.label.say(language) for each in kinds},
    }


def _exports(state: PlanState) -> list[tuple[str, str]]:
    """Return the files of a plan's grids and of those in force: name and address."""
    language = page_language()
    plan, community, system = (
        str(each).replace("'", "''") for each in (state.id, state.get("community_code"), state.get("grid_system"))
    )
    # A grid that names no system is one of service.
    of_system = f"(grid_system = '{system}'{' OR grid_system IS NULL' if system == 'service' else ''})"
    in_force = f"community_code = '{community}' AND {of_system}"
    sources = (
        ("export-plan", "plan-grids", "gpkg", f"plan_code = '{plan}'"),
        ("export-active", "grids", "geojson", in_force),
        ("export-active", "grids", "gpkg", in_force),
    )
    return [
        (
            f"{_words(label, language)} {'GPKG' if form == 'gpkg' else 'GeoJSON'}",
            url_for(
                "collections.export",
                layer_id=layer,
                f=form,
                filter=text,
                as_of=None if layer == "plan-grids" else service().today().isoformat(),
            ),
        )
        for label, layer, form, text in sources
    ]


def _row(plan: Feature, names: Mapping[str, str], systems: dict[str, str], language: str) -> dict[str, object]:
    from web.plans.plan_json import head

    said = head(plan, service().today())
    community, system = said["community"], said["grid_system"]
    return {
        **said,
        "community_name": community and names.get(community, community),
        "system": system and systems.get(system, system),
        "state_name": _words(f"js-state-{said['state']}", language),
    }


def _communities() -> list[Place]:
    """Return the communities in force today that have a boundary, with what there is to plan."""
    from web.maps.theme import called

    now = _situation()
    buildings, grids = now.buildings.groupby("community"), now.grids.groupby("community_code").size()
    counted, households = buildings.size(), buildings["households"].sum()
    return [
        {
            "code": code,
            "name": name,
            "buildings": int(counted.get(code, 0)),
            "households": int(households.get(code, 0)),
            "grids": int(grids.get(code, 0)),
        }
        for code, name, shape in sorted(
            zip(now.communities["code"], called(now.communities), now.communities.geometry, strict=True),
            key=lambda each: str(each[0]),
        )
        if shape is not None and not shape.is_empty
    ]


def _called(community: str) -> str:
    from web.maps.theme import called

    now = _situation().communities
    return dict(zip(now["code"], called(now), strict=True)).get(community, community)


def _situation() -> Situation:
    from layers.situation.day import situation

    return situation(service().store, service().today(), "broad")


def _question(community: str) -> Question:
    from web.maps.question import Question

    settings = service().settings
    band = (settings.grid_households_min, settings.grid_households_max)
    return Question("grids", service().today(), "broad", community, band, page_language())


def _served(
    template: str, entry: str, data: dict[str, Any], chart: Shell | None = None, **context: object
) -> Response:
    from web.maps.assets import needed, served_imports
    from web.maps.data import place_of
    from web.maps.encode import script_json
    from web.maps.pages import _static
    from web.maps.registry import maps

    language, own = page_language(), nonce()
    said = {"language": language, "words": _script_words(language)}
    styles = (*(chart.styles if chart else ()), *STYLES)
    answer = make_response(
        render_template(
            template,
            **{"plan_id": None, "revision": None, "community": None} | context,
            shell=chart,
            lang=language,
            maps=maps().values(),
            place=place_of(service().store, _situation(), language),
            t=lambda key, **params: _words(key, language, **params),
            nonce=own,
            data=script_json(said | data),
            styles=[_static(path) for path in styles],
            scripts=[_static(path) for path in (chart.scripts if chart else ())],
            imports=script_json(served_imports(_static, entry)),
            preload=[_static(path) for path in needed(entry).values()],
            entry=_static(needed(entry)[entry]),
        )
    )
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=own)
    answer.headers["Cache-Control"] = "no-store"
    remember(request, answer)
    return answer


def _script_words(language: str) -> dict[str, str]:
    from layers.text import words

    return {
        key.removeprefix(FOR_SCRIPTS): said[language] for key, said in words().items() if key.startswith(FOR_SCRIPTS)
    }


def _words(key: str, language: str, **params: object) -> str:
    return Text(f"editor.{key}", **params).say(language)
