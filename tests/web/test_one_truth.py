"""What is true stands in one place: change it there, and network, pages and documents follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, get_args

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from docs.doors import QUERY
from layers.analyses import service_coverage
from layers.analyses.registry import analyses, decode, schema, silent
from layers.catalogue import Field, catalogue
from layers.cli.root import Day
from layers.errors import Fault, InvalidParameter
from layers.filters import parse_filter
from layers.model import travel
from layers.model.management import BASES, MODE_UNKNOWN, MODES, OUT_OF_SCOPE, STAGES, STATUSES, indicators
from layers.model.osm.roads import HIGHWAYS
from layers.model.values import LENGTHS, parse_date
from layers.reach.inputs import ReachInputs
from layers.situation import words
from layers.situation.day import COLUMN_OF_LEVEL, LEVELS
from layers.store.protocol import Store
from layers.text import Text
from layers.text import words as messages
from layers.usecases.edits import features
from layers.usecases.plans.operations import Operation
from tests import town
from tests.web.test_maps import question
from web.http.parameters import day, instant, period
from web.maps.data import page
from web.maps.question import read_question
from web.maps.service.question import Asked
from web.maps.style import status_symbol
from web.plans.pages import TOOLS

ROOT = Path(__file__).parents[2]


def code(*tops: str) -> dict[str, str]:
    """Return the text of every Python module under some folders, by path."""
    found = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in found}


@pytest.fixture
def streets(small_town: Store) -> Store:
    town.lay_street(small_town)
    return small_town


def test_who_walks_faster_is_sooner_there_and_the_page_says_so(streets: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel, "WALKING_KMH", 5.0)
    analysis = analyses()["service-area"]
    for method in travel.METHODS[:2]:  # the walk of 13.8 minutes at 4 km/h
        inputs = decode(analysis, {"minutes": [60], "method": method}, town.DAY)
        usual = analysis.run(streets, inputs, silent)["buildings"]["minutes"].max()
        inputs.speed_kmh = 5.0
        assert usual == analysis.run(streets, inputs, silent)["buildings"]["minutes"].max()
    made = page(streets, question("service-area", language="en", own=(Asked(),)), 5000)
    assert made.controls.speeds[0] == ("", "5.0 km/h (1,250 m)")
    assert "5.0 km/h" in made.theme.method


def test_the_detour_is_said_as_it_is_reckoned(streets: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel, "DETOUR", 2.0)
    made = page(streets, question("service-area", language="en", own=(Asked(compare=True),)), 5000)
    assert [row[0] for table in made.theme.tables for row in table.rows if "circle ÷" in row[0]] == ["circle ÷ 2"]


def test_documents_say_the_usual_values() -> None:
    howto = (ROOT / "docs/howto/service.md").read_text("utf-8")
    for kmh, flag in ((travel.WALKING_KMH, "default, "), (travel.SHORT_KMH, "`--speed-kmh "),
                      (travel.ELDERLY_KMH, "`--speed-kmh ")):  # fmt: skip
        limit, metres = f"{travel.LIMIT_MINUTES:g} minutes' walk", f"{travel.walked_m(kmh):.0f} m"
        assert re.search(rf"{limit}.*, {metres} \| {flag}{kmh}", howto)
    assert f"`--max-access-m` ({travel.ACCESS_M:.0f} m)" in howto
    assert f"`--method detour` ({travel.DETOUR:g} times the straight line)" in howto
    told = " ".join(ReachInputs.__doc__.split())
    walked = f"{travel.walked_m(travel.WALKING_KMH):.0f} m in {travel.LIMIT_MINUTES:g} minutes"
    short = f"{travel.SHORT_KMH} for {travel.walked_m(travel.SHORT_KMH):.0f} m, {travel.ELDERLY_KMH} for the elderly"
    assert f"{travel.WALKING_KMH} by default ({walked}), {short}" in told
    assert f"for comparison {travel.DETOUR:g} times the straight line" in told
    assert f"{travel.WALKING_KMH} on foot" in QUERY["speed_kmh"]


def test_a_new_road_is_as_fast_as_the_catalogue_says() -> None:
    usual = HIGHWAYS["residential"].speed_kmh
    assert str(usual) in catalogue().layer("scenario-measures").field("speed_kmh").description.en
    assert f"{usual} km/h" in (ROOT / "docs/howto/scenarios.md").read_text("utf-8")


def test_no_speed_and_no_distance_of_reach_is_written_a_second_time() -> None:
    named = r"(?:KMH|kmh|DETOUR|ACCESS_M|access_m|MINUTES|minutes)"
    again = re.compile(rf"^\s*\w*{named}\w*(?:: \w+)? = [\[(]?\d", re.MULTILINE)
    found = [path for path, text in code("geo", "layers", "web").items() if again.search(text)]
    assert found == ["layers/model/travel.py"]
    assert '"200"' not in (ROOT / "web/templates/workbench_service.html").read_text("utf-8")


class TestBasesStatusesModes:
    """Their order is the order of forms, legends and documents."""

    def test_words_for_each_in_order(self) -> None:
        assert tuple(words.BASIS) == BASES
        assert tuple(words.STATUS) == (*STATUSES, OUT_OF_SCOPE)
        modes = catalogue().layer("arrangements").field("mode").values
        assert tuple(each.code for each in modes)[: len(MODES)] == MODES
        assert {each.code for each in catalogue().layer("arrangements").field("stage").values} >= set(STAGES)
        assert {*get_args(indicators.Weight), *get_args(service_coverage.Weight)} == words.WEIGHT.keys()

    def test_every_door_offers_them_in_that_order(self, client: FlaskClient) -> None:
        html = client.get("/maps/coverage").text
        assert tuple(re.findall(r'name="basis" value="(\w+)"', html)) == BASES
        assert re.findall(r"`(\w+)`", QUERY["basis"]) == list(BASES)
        for each in ("coverage", "unmanaged-buildings", "compare-dates"):
            assert schema(analyses()[each])["properties"]["basis"]["enum"] == sorted(BASES)

    def test_they_are_listed_once(self) -> None:
        listed = re.compile(r"""\W(["'])strict\1, (["'])accepted\2[\])]""")
        found = [path for path, text in code("geo", "layers", "web").items() if listed.search(text)]
        assert found == ["layers/model/management/status.py"]
        assert not any("accepted" in path.read_text("utf-8") for path in (ROOT / "web/templates").iterdir())


def test_levels_are_listed_once_and_their_codes_spell_the_tree() -> None:
    assert tuple(COLUMN_OF_LEVEL) == LEVELS
    listed = [path for path, text in code("layers", "web").items() if re.search(r'"grids", "courtyards"[\])]', text)]
    assert listed == ["layers/situation/day.py"]
    prefixes = [catalogue().layer(id).parent_prefix for id in ("streets", "communities")]
    assert prefixes == [LENGTHS["districts"], LENGTHS["streets"]]
    told = (ROOT / "docs/explanation/records.md").read_text("utf-8")
    assert {id: int(digits) for id, digits in re.findall(r"\| `(\w+)` \| (\d+) \|", told)} == LENGTHS


def test_kinds_of_stations_are_those_of_the_catalogue() -> None:
    kinds = [each.code for each in catalogue().layer("stations").field("kind").values]
    assert set(catalogue().layer("stations").style.marks) == {*kinds, "unknown"}


def test_the_colours_of_management_are_those_that_are_explained() -> None:
    told = dict(re.findall(r"\| (\w+) \| `(#\w{6})`", (ROOT / "docs/explanation/records.md").read_text("utf-8")))
    drawn = {each: status_symbol(each, counted=True).fill for each in (*MODES, MODE_UNKNOWN, *STATUSES[1:])}
    assert told == drawn


def test_the_plan_tools_of_the_page_are_those_of_its_scripts() -> None:
    script = (ROOT / "static/js/plan/tools.js").read_text("utf-8")
    tools = re.findall(r"^  (\w+): \{ key: \"(\w)\", kind: \"\w+\", edits: (true|false) \}", script, re.MULTILINE)
    assert [(name, key.upper(), edits == "true") for name, key, edits in tools] == list(TOOLS)


def test_the_operations_of_a_plan_are_those_that_are_told() -> None:
    tags = [each.__struct_config__.tag for each in get_args(Operation)]
    howto = (ROOT / "docs/howto/plans.md").read_text("utf-8")
    table = howto[howto.index("| op | members |") :].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == tags
    keys = [re.fullmatch(r"plans\.did-(\w+)", key) for key in messages()]
    assert {each[1] for each in keys if each} >= set(tags) - {"set"}


def test_quiet_layers_are_drawn_alike_with_the_page_and_in_tiles() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in (ROOT / "static/js/map").glob("*.js")}
    own = {color for layer in ("barriers", "gates") for color in catalogue().layer(layer).style.colors.values()}
    quiet = set(re.findall(r"#[0-9A-F]{6}", scripts["quiet.js"])) - {"#FFFFFF"} - own
    assert len(quiet) == 7
    assert [name for name, text in scripts.items() if any(color in text for color in quiet)] == ["quiet.js"]


@pytest.mark.parametrize(("layer", "name", "part"), [("barriers", "BARRIERS", "color"), ("gates", "GATES", "fill")])
def test_walls_and_gates_have_the_colours_of_their_layers(layer: str, name: str, part: str) -> None:
    script = (ROOT / "static/js/map/quiet.js").read_text("utf-8")
    told = re.search(rf"export const {name} = (\{{.*?\n\}});", script, re.DOTALL)
    assert told is not None
    drawn = dict(re.findall(rf'^  (\w+): \{{.*?{part}: "(#\w+)"', told[1], re.MULTILINE))
    assert drawn == catalogue().layer(layer).style.colors


class TestDays:
    """A text is a day at every door, or at none."""

    TEXTS: ClassVar = {
        "2025-02-06": True, "2024-02-29": True, "2025-02-29": False, "20250206": False, "2025-W06-4": False,
        "2025-2-6": False, "2025-02": False, "2025/02/06": False, "06.02.2025": False, "2025-02-06 ": False,
        "２０２５-02-06": False, "2025-02-06T": False, "1738800000": False, "today": False,
    }  # fmt: skip

    @pytest.mark.parametrize("text", TEXTS)
    def test_every_door_gives_the_same_verdict(self, text: str, service: Flask) -> None:
        layer = catalogue().layer("buildings")
        field = next(each for each in layer.fields if each.type == "date")
        coverage = analyses()["coverage"]

        def asked() -> None:
            with service.test_request_context("/", query_string={"as_of": text}):
                day("as_of")

        def instant_asked() -> None:
            with service.test_request_context("/", query_string={"datetime": text}):
                instant("datetime"), period("datetime")

        doors: dict[str, Callable[[], object]] = {
            "pages": lambda: read_question("coverage", MultiDict({"as_of": text}), town.DAY, (300, 500), "en"),
            "parameters": asked,
            "instants": instant_asked,
            "inputs of analyses": lambda: decode(coverage, {"as_of": text}, town.DAY),
            "inputs as texts": lambda: decode(coverage, {"as_of": text}, town.DAY, lax=True),
            "filters": lambda: parse_filter(f"{field.name} > DATE('{text}')", "cql2-text", layer),
            "records": lambda: _read(field, text),
            "command line": lambda: Day().convert(text, None, None),
        }
        assert {door: _takes(read) for door, read in doors.items()} == dict.fromkeys(doors, self.TEXTS[text])

    def test_an_office_may_write_it_in_other_ways(self) -> None:
        for cell in ("20250206", "2025.2.6", "2025年2月6日", "2025/02/06", 45694):
            assert parse_date(cell).value == town.DAY


def _takes(read: Callable[[], object]) -> bool:
    try:
        read()
    except (InvalidParameter, click.BadParameter):
        return False
    return True


def _read(field: Field, text: str) -> None:
    faults: list[object] = []
    features._value(field, text, lambda *fault: faults.append(fault))
    if faults:
        raise InvalidParameter(Fault(Text("web.day")))
