"""The pages of grid plans without a browser: what the server writes into them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
import shapely
from flask.testing import FlaskClient

from layers.text import words
from tests import town
from tests.web.plan_session import Planner

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "static/js/plan").glob("*.js"))
TEMPLATES = sorted((ROOT / "web/templates").glob("plan*.html"))


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)[1])


def get(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def test_the_list_offers_communities_with_what_there_is_to_plan(client):
    text = get(client, "/plans?lang=en")
    assert f'<option value="{town.COMMUNITY}">和平社区 · 10 buildings · 100 households · 2 grids</option>' in text
    assert "No plan here yet" in text


def test_the_list_names_every_plan_and_its_state(client):
    Planner(client, name="甲方案")
    text = get(client, "/plans?lang=zh")
    assert f'<a href="/plans/{town.COMMUNITY}-service-1">甲方案</a>' in text
    assert '<span class="state" data-state="draft">草案</span>' in text
    assert "甲方案" in get(client, f"/plans?state=draft&community={town.COMMUNITY}")
    assert "甲方案" not in get(client, "/plans?state=active") + get(client, "/plans?community=990301001002")


@pytest.mark.parametrize("query", ["?state=lost", "?page=2", "?lang=fr"])
def test_the_list_refuses_what_it_does_not_know(client, query):
    get(client, f"/plans{query}", 400)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_editor_speaks_both_languages(client, language):
    plan = Planner(client).opened["id"]
    data = data_of(get(client, f"/plans/{plan}?lang={language}"))
    assert data["plan"] == plan and data["language"] == language
    assert data["words"]["op-split"] == {"zh": "拆分", "en": "Split"}[language]
    assert len(data["backdrop"]["quiet"]) == 10
    west, south, east, north = data["bounds"]
    assert shapely.box(west, south, east, north).buffer(1e-6).contains(town.house(1))


def test_the_editor_opens_older_revisions_to_look_at_and_nothing_unknown(client):
    planner = Planner(client)
    plan = planner.opened["id"]
    assert data_of(get(client, f"/plans/{plan}?revision=1"))["revision"] == 1
    get(client, f"/plans/{plan}?revision=9", 404)
    get(client, "/plans/990301001001-service-9", 404)
    get(client, f"/plans/{plan}?as_of=2025-01-01", 400)


def test_a_plans_name_is_text(client):
    plan = Planner(client, name="<script>alert(1)</script>").opened["id"]
    for path in ("/plans", f"/plans/{plan}"):
        assert "<script>alert" not in get(client, path)


@pytest.mark.parametrize("path", ["/plans", "/plans/{plan}"])
def test_scripts_run_by_nonce_alone_and_nothing_comes_from_elsewhere(client, path):
    answer = client.get(path.format(plan=Planner(client).opened["id"]))
    policy, text = answer.headers["Content-Security-Policy"], answer.get_data(as_text=True)
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)[1]
    assert "unsafe" not in policy
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert all(f'nonce="{nonce}"' in each or "application/json" in each for each in scripts)
    assert not re.search(r"\son\w+=|\sstyle=", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_an_empty_workspace_says_what_to_do_first(tmp_path):
    from app import create_app
    from layers.settings import Settings

    app = create_app(Settings(workspace=str(tmp_path / "empty.gpkg"), language="en"))
    text = get(app.test_client(), "/plans")
    app.extensions["gridmap"].store.close()
    assert "python app.py import communities" in text and "new-plan" not in text


def test_the_files_of_a_plan_are_there(client):
    planner = Planner(client)
    text = get(client, f"/plans/{planner.opened['id']}?lang=en")
    links = [html.unescape(each) for each in re.findall(r'<a class="button small" href="([^"]+)"', text)]
    assert len(links) == 3
    for link in links:
        assert client.get(link).status_code == 200, link
    in_force = json.loads(client.get(next(each for each in links if "f=geojson" in each)).data)
    assert len(in_force["features"]) == 2


def test_every_word_is_used_and_every_used_word_is_there():
    """A word is used whole, or begins as a template string does, such as `op-${each.op}`."""
    known = {key.removeprefix("editor.") for key in words() if key.startswith("editor.")}
    code = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    plain = set(re.findall(r'\bsay\(\s*"([\w-]+)"', code))
    begun = tuple(set(re.findall(r"\bsay\(\s*`([\w-]+-)\$\{", code)) | {"js-state-"})
    pages = "\n".join(path.read_text("utf-8") for path in TEMPLATES)
    shown = set(re.findall(r"""\bt\(["']([\w-]+)["'][,)]""", pages))
    shown_begun = tuple(re.findall(r'\bt\("([\w-]+-)" ~', pages))
    own = (ROOT / "web/plans/pages.py").read_text("utf-8")
    assert {f"js-{each}" for each in plain} | shown <= known
    steps = {
        f"js-{step}-{part}" for step in ("submit", "withdraw", "approve") for part in ("title", "says", "do", "done")
    }
    unused = {
        each
        for each in known - {f"js-{each}" for each in plain} - shown - steps
        if not each.startswith((*(f"js-{start}" for start in begun), *shown_begun))
        and f'"{each}"' not in own
        # What the controls of the map and the states of saving are called by name only.
        and f'"{each.removeprefix("js-")}"' not in code
        and each.removeprefix("js-") not in CONTROLS
    }
    assert unused == set()


CONTROLS = {"zoom-in", "zoom-out", "zoom-all", "all-short"}
