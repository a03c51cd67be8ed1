"""The doors of gridmap as pages of the reference: commands, HTTP, problems."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from flask import Flask
from werkzeug.routing import Rule

import web
from docs.markdown import plain, table
from layers import cli, errors
from layers.cli.root import REFUSALS, root
from layers.model import travel
from layers.model.management import BASES
from layers.settings import Settings
from layers.text import Text
from layers.usecases.exports.exporting import ENDINGS
from web.http.problems import SLUG_OF_STATUS, explanations
from web.maps.question import parameters
from web.maps.registry import IDS
from web.maps.service.question import minutes_text

ROOT = Path(__file__).parents[1]


def _either(words: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in words[:-1]) + f" or `{words[-1]}`"


# What the query parameters of the routes mean; a parameter that is missing here stops the generator.
QUERY = {
    "words": "`zh` or `en`: the language of what a kept answer says; without it, as it was asked",
    "first": "the job of the first proposal",
    "second": "the job of the second proposal",
    "at": "where a new record lies: `lon,lat`",
    "author": "only what somebody wrote whose name has this in it",
    "back": "the page of this service to lead back to",
    "do": "`edit` or `handover`: the form that is open at first",
    "layer": "only changesets that touched this layer",
    "since": "only what was written on this day or later, `YYYY-MM-DD`",
    "until": "only what was written on this day or earlier, `YYYY-MM-DD`",
    "against": "another plan to compare with; what the plan was opened from without it",
    "as_of": "day, `YYYY-MM-DD`: only what is valid on it, as it was on it. Without it pages show today, "
    "or the day of the newest ledger where that is over a month ago",
    "band": "households per grid that count as in band, such as `300-500`",
    "basis": f"{_either(BASES)} (口径)",
    "bbox": "`west,south,east,north` in degrees: only features whose bounds touch the box",
    "bbox-crs": "coordinate system of `bbox`, as a URI; longitude and latitude without it",
    "before": "changesets older than this number",
    "cells": "`false` leaves the cells out",
    "colour": "what colours the courtyards: `management` (the usual) or `enclosure`",
    "community": "code of the community to look at; all of them without it",
    "compare": "`1` sets streets, picture and circle side by side",
    "crs": "coordinate system of the file, such as `EPSG:4549`",
    "cursor": "where the page starts; taken from the `next` link of the page before",
    "datetime": "one instant, of which the day counts: only features valid on it",
    "direction": "`to` the station or `from` it; differs where there are one-way streets",
    "effective": "day from which on the change holds, `YYYY-MM-DD`; `correction`, as without it: for all days",
    "enclosure": "only courtyards that are `open`, `semi`, `closed`, or of which that is `unknown`",
    "f": "the format",
    "ferries": "`1` takes ferries too, without waiting",
    "filter": "a filter in CQL2",
    "filter-crs": "coordinate system of the shapes in `filter`, as a URI; longitude and latitude without it",
    "filter-lang": "`cql2-text` (the default) or `cql2-json`",
    "grid_system": "only plans of `service` or of `unit` grids",
    "kinds": "kinds of stations with commas between them, such as `elder_canteen,clinic`; every kind without it",
    "known_at": "as it was known then: the number of a changeset, or a time, such as `2025-03-31` (its end)",
    "lang": "`zh` or `en`; remembered in a cookie by the pages",
    "limit": "the most entries in one page; an over-large number is clamped",
    "max_access_m": "how far a building or a station may lie from the nearest street, in metres",
    "method": f"`network` along the streets, or for comparison `detour` ({travel.DETOUR:g} times the straight line) or "
    "`straight`",
    "min_households": "only courtyards with at least so many households",
    "minutes": "limits in minutes with commas between them; the largest decides what is covered; "
    f"`{minutes_text(travel.LIMITS_MINUTES)}` without it",
    "mode": "how stations are reached: `walk` or `drive`",
    "off": "classes of the legend that are hidden, with `~` between them",
    "offset": "how many entries to pass over",
    "points": "places that are no stations yet: `lon,lat` with `;` between them",
    "processID": "only jobs of this analysis",
    "profile": "of GeoJSON: `rfc7946`, or `legacy`, which allows another `crs`",
    "public": "`true` answers from what is public alone: no internal field, no small count, none that gives one away",
    "q": "what is looked for: a name, the first letters of its pinyin, a code",
    "residents_roads": "who uses residents' ways and gates: `ends` (who begins or ends behind them), `closed` (nobody) "
    "or `open` (everybody)",
    "revision": "the plan as it stood at this revision",
    "rows": "a group of the legend, or `all`; what is not counted as it should be without it",
    "scenario": "name of a scenario that is laid over roads and stations",
    "sort": "the column that rows are sorted by, with `-` before it downwards",
    "sparing": "`true` leaves what others changed since as it is, and undoes the rest",
    "speed_kmh": f"the same speed on every road; without it {travel.WALKING_KMH} on foot, and each road's own by car",
    "state": "only plans in this state: `draft`, `submitted`, `approved`, `active` or `retired`",
    "stations": "codes of stations with commas between them, beside those of `kinds`",
    "status": "only jobs in this state: `accepted`, `running`, `successful`, `failed` or `dismissed`",
    "text": "only rows that contain it",
    "without": "codes of stations that are left out of their kinds, with commas between them",
}


def commands_page() -> str:
    """Describe every command and option."""
    parts = [
        "# Commands",
        "Write `python app.py …` in a checkout, or `gridmap …` once installed.",
        plain(cli.__doc__.split("\n\n", 1)[1]) + " Errors of a setting, a path or the workspace count as wrong usage.",
        "## gridmap",
        plain(root.help),
        _options(root),
        *(_command(name, command) for name, command in root.commands.items()),
    ]
    return "\n\n".join(parts)


def _command(name: str, command: click.Command) -> str:
    arguments = [each for each in command.params if isinstance(each, click.Argument) and each.name != "given"]
    usage = " ".join(["python app.py", name, *(each.metavar or each.name.upper() for each in arguments)])
    if name == "run":
        usage += " [--PARAM VALUE]… [-o FILE]"
    parts = [f"## {name}", f"    {usage}", plain(command.help)]
    layers = [each for each in arguments if isinstance(each.type, click.Choice)]
    if layers:
        parts.append("LAYER is one of " + ", ".join(f"`{each}`" for each in layers[0].type.choices) + ".")
    if name == "run":
        parts.append("Analyses and their inputs: [analyses.md](analyses.md).")
    parts.append(_options(command))
    return "\n\n".join(part for part in parts if part)


def _options(command: click.Command) -> str:
    options = [each for each in command.params if isinstance(each, click.Option)]
    return table(["option", "value", "meaning"], (_option(each) for each in options)) if options else ""


def _option(option: click.Option) -> list[str]:
    if option.is_flag:
        value = ""
    elif isinstance(option.type, click.Choice):
        value = " or ".join(f"`{each}`" for each in option.type.choices)
    else:
        value = option.metavar or option.type.name.split()[0].upper()
    default = f" Default: `{option.default}`." if option.show_default else ""
    names = ", ".join(f"`{each}`" for each in [*option.opts, *option.secondary_opts])
    return [names, value, (option.help or "") + default]


def http_page() -> str:
    """Describe every route, from the views' own words."""
    app = Flask("gridmap", instance_path=str(ROOT / "instance"), root_path=str(ROOT), static_folder="static")
    web.init_app(app, None, Settings(), dt.date.today)
    parts = [
        "# HTTP",
        "There is no sign-in: whoever reaches the port can read and run everything, except pages of other sites in a "
        "reader's browser ([who is served](../howto/office.md#who-is-served)). Answers are JSON unless said "
        "otherwise; every refusal is `application/problem+json` ([problems.md](problems.md)). Parameters of the "
        "query that are not known, or come twice, are refused under `/api/`. The language is `?lang=`, "
        "else the cookie, else `Accept-Language`, else the setting.",
        "`<layer_id>` is one of the [layers](layers.md), `<map_id>` one of "
        + ", ".join(f"`{each}`" for each in IDS)
        + "; under `/api/processes`, `<id>` is one of the [analyses](analyses.md).",
    ]
    rooms: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        rooms.setdefault(rule.endpoint.rpartition(".")[0], []).append(rule)
    for room, rules in rooms.items():
        if room:
            module = inspect.getmodule(app.view_functions[rules[0].endpoint])
            parts += [f"## {room}", plain(module.__doc__.split("\n\n")[0])]
            parts += [_route(rule, app.view_functions[rule.endpoint]) for rule in rules]
    parts += ["## static", "`GET /static/<path:filename>`: style sheets, scripts and the vendored Leaflet."]
    return "\n\n".join(parts)


def _route(rule: Rule, view: Callable) -> str:
    """Describe a route; ValueError where the view says nothing of itself."""
    if not view.__doc__:
        raise ValueError(f"the view of {rule.rule} has no docstring")
    methods = "|".join(sorted(rule.methods - {"HEAD", "OPTIONS"}))
    lines = [f"### `{methods} {rule.rule}`", plain(view.__doc__)]
    names = _query_names(view)
    if rule.endpoint.startswith("pages."):  # these name in their words what they take beside the page's own
        names = [*parameters(), *(each for each in re.findall(r"``(\w+)``", view.__doc__) if each in QUERY)]
    if names:
        lines.append("\n".join(f"- `{name}`: {_query(rule, name)}" for name in names))
    return "\n\n".join(lines)


def _query(rule: Rule, name: str) -> str:
    if name != "f":
        return QUERY[name]
    if "export" in rule.endpoint:
        return "the format: " + ", ".join(f"`{each}`" for each in ENDINGS)
    return "`geojson`, the only format here"


def _query_names(view: Callable) -> list[str]:
    """Return the names that a view lets into its query: the arguments of its call of `no_others`."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(view)))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "no_others":
            return sorted(ast.literal_eval(each) for each in node.args)
    return []


def problems_page() -> str:
    """Describe every type of problem."""
    statuses: dict[str, set[int]] = {}
    exits: dict[str, str] = {}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.GridmapError):
            statuses.setdefault(error.slug, set()).add(error.status)
            exits[error.slug] = "1" if issubclass(error, REFUSALS) else "2"
    for status, slug in SLUG_OF_STATUS.items():
        statuses.setdefault(slug, set()).add(status)
    parts = [
        "# Problems · 问题类型",
        "Every refusal over HTTP has this shape (RFC 9457); its `type` is an address that the service itself "
        "answers with an explanation in both languages. `errors` lists all faults at once. On the command "
        "line the same words are printed, and the exit code says what kind it was.",
        '```json\n{"type": "/problems/not-found", "title": "Not found", "status": 404, "detail": "…",\n'
        ' "instance": "/api/…", "request_id": "…", "errors": [{"detail": "…", "layer": "…"}], "error_count": 1}\n```',
    ]
    for slug, words in explanations().items():
        titles = Text(f"problems.{slug}")
        codes = ", ".join(map(str, sorted(statuses[slug])))
        leaving = f" · exit code {exits[slug]}" if slug in exits and slug != "internal-error" else ""
        head = f"## {slug}\n\nHTTP {codes}{leaving} · **{titles.say('en')}** · **{titles.say('zh')}**"
        parts.append(f"{head}\n\n{words['en']}\n\n{words['zh']}")
    return "\n\n".join(parts)
