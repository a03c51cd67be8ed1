"""What is true stands in one place: change it there, and network, pages and documents follow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.doors import QUERY
from layers.analyses.registry import analyses, decode, silent
from layers.catalogue import catalogue
from layers.model import travel
from layers.model.osm.roads import HIGHWAYS
from layers.reach.inputs import ReachInputs
from layers.store.protocol import Store
from tests import town
from tests.web.test_maps import question
from web.maps.data import page
from web.maps.service.question import Asked

ROOT = Path(__file__).parents[1]


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
    made = page(streets, question("service-area", language="en", service=Asked()), 5000)
    assert made.controls.speeds[0] == ("", "5.0 km/h (1,250 m)")
    assert "5.0 km/h" in made.theme.method


def test_the_detour_is_said_as_it_is_reckoned(streets: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel, "DETOUR", 2.0)
    made = page(streets, question("service-area", language="en", service=Asked(compare=True)), 5000)
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
