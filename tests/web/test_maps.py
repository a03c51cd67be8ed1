"""The map pages without a browser: what the server writes into them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import folium
import numpy as np
import pandas as pd
import pytest
import shapely
from flask import Flask
from werkzeug.datastructures import MultiDict

import web
from layers.analyses.registry import analyses
from layers.errors import InvalidParameter
from layers.settings import Settings
from layers.situation.day import situation
from tests import town
from web.maps import assets, encode, shell
from web.maps.data import page
from web.maps.forms import forms
from web.maps.question import Question, read_question
from web.maps.style import status_symbol

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2025, 2, 6)
VENDOR = tomllib.loads((ROOT / "static/vendor/vendor.toml").read_text("utf-8"))["files"]


def service(store, **settings) -> Flask:
    where = {"instance_path": str(ROOT / "instance"), "root_path": str(ROOT)}
    app = Flask("gridmap", static_folder="static", template_folder="web/templates", **where)
    web.init_app(app, store, Settings(**settings), lambda: TODAY)
    return app


@pytest.fixture
def client(small_town):
    return service(small_town).test_client()


def question(map_id: str = "coverage", **changes) -> Question:
    usual = {"as_of": TODAY, "basis": "broad", "community": None, "band": (300, 500), "language": "zh"}
    return Question(map_id, **usual | changes)


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)[1])


# -- the page and its counts


@pytest.mark.parametrize("basis", ["broad", "strict", "accepted"])
def test_the_legend_adds_up_to_the_situation(small_town, basis):
    made = page(small_town, question(basis=basis), 5000)
    counts = {section.group.key: section.count for section in made.sections}
    scoped = situation(small_town, TODAY, basis).in_scope()
    assert counts.get("managed", 0) == scoped["managed"].fillna(False).sum()
    assert counts.get("not", 0) == (~scoped["managed"]).fillna(False).sum()
    assert counts.get("unknown", 0) == scoped["managed"].isna().sum()
    assert sum(counts.values()) == len(made.theme.ids)
    for section in made.sections:
        assert section.count == sum(row.count for row in section.rows)


def test_the_tree_adds_up_to_the_headline(small_town):
    made = page(small_town, question(), 5000)
    part = sum(node.part for node in made.tree)
    known = sum(node.known for node in made.tree)
    assert made.theme.headline.value == f"{100 * part / known:.1f}%"


def test_above_the_limit_communities_are_coloured_instead(small_town):
    made = page(small_town, question(), 1)
    assert made.theme.overview
    assert list(made.theme.ids) == list(situation(small_town, TODAY, "broad").communities.index)


def test_a_map_of_nothing_leads_to_the_page_of_imports(small_town):
    for id in small_town.read("grids").index:
        town.amend(small_town, "grids", id, valid_to=TODAY - dt.timedelta(days=1))
    text = service(small_town).test_client().get(f"/maps/grids?as_of={TODAY}").get_data(as_text=True)
    (notice,) = re.findall(r'<p class="notice" role="status">.*?</p>', text, re.DOTALL)
    assert 'href="/import"' in notice


def test_the_page_and_its_export_agree(client):
    text = client.get("/maps/coverage?basis=strict").get_data(as_text=True)
    data = data_of(text)
    listed = sum(each["count"] for each in data["classes"] if each["group"] == "not")
    exported = client.get("/maps/coverage/export?f=geojson&basis=strict").get_json()
    assert len(exported["features"]) == listed > 0


@pytest.mark.parametrize(("which", "drawn"), [("coverage", "not:unmanaged"), ("courtyards", "none:open")])
def test_other_programs_draw_exported_rows_by_the_legend(client, tmp_path, which, drawn):
    file = tmp_path / "rows.gpkg"
    file.write_bytes(client.get(f"/maps/{which}/export?f=gpkg&rows=all&lang=en").data)
    with closing(sqlite3.connect(file)) as database:
        ((qml, sld),) = database.execute("SELECT styleQML, styleSLD FROM layer_styles").fetchall()
        classes = {legend for (legend,) in database.execute(f"SELECT DISTINCT legend FROM {which}")}
    text = client.get(f"/maps/{which}?lang=en").get_data(as_text=True)
    shown = {each["key"]: each for each in data_of(text)["classes"]}
    assert drawn in classes <= set(shown)
    tree = ElementTree.fromstring(qml)
    assert tree.find("renderer-v2").get("attr") == "legend"
    symbol_of = {each.get("value"): each.get("symbol") for each in tree.iter("category")}
    fills = {
        each.get("name"): each.find("layer/prop[@k='color']").get("v") for each in tree.find("renderer-v2/symbols")
    }
    for key in classes:
        red, green, blue = (int(shown[key]["symbol"]["fill"][at : at + 2], 16) for at in (1, 3, 5))
        assert fills[symbol_of[key]].startswith(f"{red},{green},{blue}")
        assert shown[key]["symbol"]["fill"].lower() in sld.lower()


@pytest.mark.parametrize("path", ["/", "/maps/coverage", "/maps/courtyards", "/maps/grids"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_map_answers_in_both_languages(client, path, language):
    answer = client.get(f"{path}?lang={language}")
    assert answer.status_code == 200
    assert data_of(answer.get_data(as_text=True))["language"] == language


def test_an_empty_workspace_says_what_to_do_first(empty):
    text = service(empty).test_client().get("/?lang=en").get_data(as_text=True)
    assert "python app.py import communities" in text
    assert "folium-map" not in text


# -- what must not get into a page


def test_scripts_run_by_nonce_alone_and_nothing_comes_from_elsewhere(client):
    answer = client.get("/")
    policy, text = answer.headers["Content-Security-Policy"], answer.get_data(as_text=True)
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)[1]
    assert "unsafe" not in policy
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert all(f'nonce="{nonce}"' in each or "application/json" in each for each in scripts)
    assert not re.search(r'\son\w+=|\sstyle=', re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert client.get("/").headers["Content-Security-Policy"] != policy


def test_json_in_a_page_cannot_leave_its_element():
    hostile = {"name": "</script><!--<script>&\u2028", "share": float("nan")}
    written = encode.script_json(hostile)
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == hostile | {"share": None}


def test_the_downloaded_page_asks_for_nothing(client):
    answer = client.get("/maps/coverage/download")
    text = answer.get_data(as_text=True)
    assert "gridmap-coverage-all-2025-02-06.html" in answer.headers["Content-Disposition"]
    assert "default-src 'none'" in text and "connect-src" not in text
    head = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r'(?:src|href)="(?!data:|#)', head)
    imports = json.loads(re.search(r'<script type="importmap"[^>]*>(.*?)</script>', text, re.DOTALL)[1])["imports"]
    assert set(imports) == set(assets.needed())
    assert not any(name.startswith(("gridmap/plan/", "gridmap/import/")) for name in imports)
    assert all(address.startswith("data:text/javascript;base64,") for address in imports.values())


def test_folium_loads_vendored_files_only():
    made = shell.shell((121.0, 31.0, 122.0, 32.0))
    assert {*made.scripts, *made.styles} == {f"vendor/{each['file']}" for each in VENDOR}
    assert '"maxZoom": 21' in made.script
    chart = folium.Map(tiles=None)
    chart.default_js = [*chart.default_js, ("jquery", "https://code.jquery.com/jquery.js")]
    with pytest.raises(ValueError, match="jquery"):
        shell.parts(chart)


@pytest.mark.parametrize("entry", VENDOR, ids=lambda entry: entry["file"])
def test_vendored_files_are_as_published(entry):
    content = (ROOT / "static/vendor" / entry["file"]).read_bytes()
    assert base64.b64encode(hashlib.sha384(content).digest()).decode() == entry["sha384"]
    assert entry["licence"] and entry["version"]


def test_scripts_write_no_markup_and_import_what_is_there():
    for path in (ROOT / "static/js").rglob("*.js"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 400, path.name
        assert text.startswith("/**"), f"{path.name} says what it is for"
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path.name
        assert set(re.findall(r'from "(gridmap/[^"]+)"', text)) <= set(assets.modules()), path.name


# -- parameters and language


def test_all_faults_of_a_query_are_told_at_once():
    asked = MultiDict([("as_of", "2025-13-01"), ("basis", "all"), ("band", "9-1"), ("lang", "zh"), ("lang", "en")])
    with pytest.raises(InvalidParameter) as refused:
        read_question("coverage", asked, TODAY, (300, 500), "zh")
    assert {fault.where["parameter"] for fault in refused.value.faults} == {"as_of", "basis", "band", "lang"}


@pytest.mark.parametrize(
    "query", ["as_of=20250206", "as_of=6.2.2025", "band=1", "band=-5-10", "basis=", "community=" + "9" * 99]
)
def test_a_query_is_read_strictly_or_refused(client, query):
    assert client.get(f"/?{query}").status_code == (200 if query == "basis=" else 400)


@pytest.mark.parametrize("path", ["/maps/heat", "/maps/heat/download", "/maps/heat/export"])
def test_an_unknown_map_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_an_unknown_community_is_refused(client):
    assert client.get("/maps/coverage?community=000000000000").status_code == 400


@pytest.mark.parametrize(
    ("headers", "query", "spoken"),
    [
        ({}, "", "zh"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "", "en"),
        ({"Accept-Language": "fr"}, "", "zh"),
        ({"Accept-Language": "en"}, "?lang=zh", "zh"),
    ],
)
def test_the_reader_is_spoken_to_in_her_language(client, headers, query, spoken):
    text = client.get(f"/{query}", headers=headers).get_data(as_text=True)
    assert re.search(r'<html lang="(\w\w)', text)[1] == spoken


def test_a_language_once_chosen_is_kept(client):
    client.get("/?lang=en")
    assert '<html lang="en"' in client.get("/").get_data(as_text=True)


# -- small parts


def test_shapes_are_differences_of_whole_steps():
    square = shapely.box(120.0, 36.0, 120.00001, 36.00001)
    (rings,) = encode.shapes([square])[0]
    corners = np.cumsum(np.array(rings).reshape(-1, 2), axis=0) / encode.STEPS_PER_DEGREE
    assert shapely.Polygon(corners).normalize().equals_exact(square.normalize(), 1e-6)
    assert encode.shapes([None, shapely.Point(120.0, 36.0)]) == [None, [120_000_000, 36_000_000]]


def test_a_column_writes_repeated_words_once():
    assert encode.column(["a", "a", None, "a", "b", "b"]) == {"words": ["a", "b"], "at": [0, 0, -1, 0, 1, 1]}
    assert encode.column([1, 2.5, float("nan"), pd.NA]) == {"values": [1, 2.5, None, None]}


def test_a_downloaded_page_has_how_its_places_are_read(service, client):
    town.amend(service.extensions["gridmap"].store, "communities", town.COMMUNITY, name="重庆路社区")
    text = client.get("/maps/coverage/download").text
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', text, re.DOTALL)[1])
    assert data["places"][0]["sounds"] == ["chong", "qing", "lu", "she", "qu"]


def test_every_analysis_has_a_form_in_words():
    for each in forms(analyses(), question(community="990201001001")):
        for field in each.inputs:
            assert field.label != field.name, f"{each.id}: {field.name} has no label"
            assert all(re.search("[一-鿿—]", label) for _, label in field.choices), f"{each.id}: {field.name}"


def test_symbols_can_be_told_apart_without_colour():
    modes = ("professional", "soe", "joint", "autonomous", "fallback")
    symbols = [status_symbol(name, counted=True) for name in (*modes, "lapsed", "unknown", "professional-trial")]
    patterns = [symbol.pattern or symbol.print_pattern for symbol in symbols[1:6]]
    assert len(set(patterns)) == len(patterns)
    assert symbols[-1].pattern == "hatched"


def test_words_of_the_scripts_exist():
    known = set(data_words())
    for path in (ROOT / "static/js/workbench").glob("*.js"):
        used = set(re.findall(r'\bsay\(\s*"([a-z-]+)"', path.read_text("utf-8")))
        assert used <= known, f"{path.name}: {used - known}"


def data_words() -> list[str]:
    from layers.text import words

    return [key.removeprefix("pages.js-") for key in words() if key.startswith("pages.js-")]


def test_a_code_with_quotes_does_not_break_a_header(client):
    answer = client.get('/maps/coverage/download?community="%0d%0aX:1')
    assert answer.status_code == 400
    assert html.escape('"') not in answer.headers.get("Content-Disposition", "")
