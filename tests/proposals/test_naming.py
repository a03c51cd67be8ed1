"""What is said of a proposal has the names on record, with the codes behind them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from layers.analyses.registry import analyses, decode, silent
from layers.errors import InvalidParameter
from layers.proposals.naming import by_name
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases import workspace
from tests import town

HERE = f"communities:{town.COMMUNITY}"
NAMED = f"和平社区 {town.COMMUNITY}"


class Asked:
    as_of = town.DAY


def told(store: Store, outputs: dict[str, object]) -> dict[str, object]:
    """Return the outputs of an analysis that gives these."""
    return by_name(lambda store, inputs, progress: outputs)(store, Asked(), None)


def refused(store: Store, process: str, **wishes: object) -> str:
    analysis = analyses()[process]
    with pytest.raises(InvalidParameter) as error:
        analysis.answer(store, decode(analysis, wishes, town.DAY), silent)
    return error.value.say("en")


@pytest.mark.parametrize(
    ("process", "wishes", "words"),
    [
        ("propose-grids", {"within": HERE, "only": ["x1"]}, f"no grids in force within {NAMED}"),
        ("joint-units", {"within": HERE}, f"no community within {NAMED} is a village"),
        ("joint-units", {"within": "communities:12"}, "there is no community within Community 12 on"),
        ("crossings", {"within": HERE, "grid_system": "unit", "other_system": "service"}, f"in force within {NAMED}"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_area(small_town: Store, process: str, wishes: dict, words: str) -> None:
    assert words in refused(small_town, process, **wishes)


def test_a_district_that_nobody_drew_is_called_as_the_workspace(small_town: Store) -> None:
    workspace.rename(small_town, "小城区", "tests", dt.datetime(2025, 2, 6, tzinfo=dt.UTC))
    text = Text("proposals.units-nothing-here", within=f"districts:{town.COMMUNITY[:6]}")
    (said,) = told(small_town, {"summary": {"notes": [text]}})["summary"]["notes"]
    assert said.say("zh").startswith(f"小城区 {town.COMMUNITY[:6]}")


def test_courtyards_and_buildings_in_what_binds(small_town: Store) -> None:
    yard = small_town.get("courtyards", "CA").properties["name"]
    text = Text("proposals.binds-courtyard", courtyards=["CA", "nobody"], households=90, high=30)
    inner = Text("bundles.nearest-two", one=Text("proposals.note-no-boundary", community=town.COMMUNITY), other=text)
    summary = told(small_town, {"summary": {"binds": [text], "nearest": [{"says": inner}]}})["summary"]
    assert f"courtyards {yard} CA, nobody have" in summary["binds"][0].say("en")
    assert f"community {NAMED} has no boundary" in summary["nearest"][0]["says"].say("en")


def test_reasons_in_tables_and_figures_that_are_no_codes(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b02", name="二号楼")
    why = Text("bundles.why-far", building="b02", metres=7.5)
    rows = pd.DataFrame({"code": ["b01"], "why": [why], "buildings": [3]}, index=["b01"])
    counted = Text("proposals.note-missing", buildings=2)
    given = told(small_town, {"rows": rows, "summary": {"notes": [counted]}})
    assert "is 二号楼 b02, 7.5 m off" in given["rows"].at["b01", "why"].say("en")
    assert given["rows"].at["b01", "code"] == "b01"
    assert given["summary"]["notes"] == [counted]


@pytest.mark.parametrize("cause", ["far", "few", "cut-off", "wishes", "off", "no-road", "nowhere"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_village_that_cannot_be_in_a_unit_is_named_once(small_town: Store, cause: str, language: str) -> None:
    given = {"minutes": 6.5, "limit": 5, "low": 6, "most": 200, "metres": 300}
    text = Text(f"proposals.units-cause-{cause}", code=town.COMMUNITY, **given)
    (said,) = told(small_town, {"summary": {"notes": [text]}})["summary"]["notes"]
    assert said.say(language).count("和平社区") == 1 and NAMED in said.say(language)


def test_one_of_something_is_counted_as_one() -> None:
    told = {"kind": "other", "rank": 1, "minutes": "15"}
    for n, words in ((1, "1 household within"), (2, "2 households within"), ("—", "— households within")):
        unit = Text("proposals.sites-unit-households", n=n)
        assert f"adds {words}" in Text("proposals.sites-gain-of-station", gain=n, unit=unit, **told).say("en")
