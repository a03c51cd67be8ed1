"""The tool for proposals on the page: a form made from the input struct, on the map that offers it and nowhere else."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from layers.analyses.registry import analyses
from tests import town


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text


def test_every_wish_has_a_field(client: FlaskClient) -> None:
    form = page(client, "/maps/grids?lang=en").partition('data-proposal="propose-grids"')[2].partition("</form>")[0]
    asked = set(re.findall(r'<(?:select|input|span class="date"><input)[^>]*? name="([a-z_0-9]+)"', form))
    asked |= set(re.findall(r'data-name="([a-z_0-9]+)"', form))
    assert asked == set(analyses()["propose-grids"].Inputs.__struct_fields__)


def test_the_band_of_the_page_is_the_band_of_the_form(client: FlaskClient) -> None:
    text = page(client, "/maps/grids?band=20-40")
    assert re.search(r'name="households_min"[^>]*value="20"', text)
    assert re.search(r'name="households_max"[^>]*value="40"', text)


def test_of_one_community_grids_are_ticked_and_not_typed(client: FlaskClient) -> None:
    text = page(client, f"/maps/grids?community={town.COMMUNITY}")
    ticks = text.partition('data-name="locked"')[2].partition("</details>")[0]
    assert f'value="{town.COMMUNITY}001"' in ticks
    assert 'name="locked" data-kind="list"' in page(client, "/maps/grids")


@pytest.mark.parametrize("address", ["/maps/coverage?public=true", "/maps/grids?public=true", "/maps/grids/download"])
def test_where_nothing_is_proposed_there_is_no_tool(client: FlaskClient, address: str) -> None:
    assert "data-proposal" not in page(client, address)
