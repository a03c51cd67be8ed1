"""What of a body is not as its door takes it is said in the reader's language: where, what is wanted, what was sent."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Annotated, Literal

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import Fault
from layers.text import Text
from layers.usecases.plans.operations import Operation
from web.http.misfits import misfits
from web.http.problems import problem


class Bench(msgspec.Struct, forbid_unknown_fields=True):
    """A bench of a park, as somebody may send one."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5)]
    seats: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    width_m: Annotated[float, msgspec.Meta(gt=0, lt=1500)] | None = None
    kind: Literal["wood", "stone"] = "wood"
    since: dt.date | None = None
    place: tuple[float, float] | None = None
    words: dict[str, Annotated[list[str], msgspec.Meta(max_length=2)]] = {}
    shaded: bool = False


def told(sent: object, kind: object = Bench, language: str = "en") -> list[str]:
    return [each.say(language) for each in misfits(kind, sent)]


@pytest.mark.parametrize(
    ("member", "sent", "place", "wanted", "was"),
    [
        ("name", "hammock", "at /name value hammock", "a text of 1 to 5 characters", "a text of 7 characters"),
        ("name", "", "at /name", "a text of 1 to 5 characters", "a text of 0 characters"),
        ("name", 7, "at /name value 7", "a text of 1 to 5 characters", "a number"),
        ("name", None, "at /name", "a text of 1 to 5 characters", "null"),
        ("seats", 9, "at /seats value 9", "a whole number (≥ 1, ≤ 8)", "a number"),
        ("seats", 1.5, "at /seats value 1.5", "a whole number (≥ 1, ≤ 8)", "a number"),
        ("seats", True, "at /seats value true", "a whole number (≥ 1, ≤ 8)", "true or false"),
        ("width_m", 0, "at /width_m value 0", "a number (> 0, < 1,500)", "a number"),
        ("kind", "steel", "at /kind value steel", "one of stone, wood", "a text of 5 characters"),
        ("since", "spring", "at /since value spring", "a day such as 2026-05-31", "a text of 6 characters"),
        ("place", [1.0], "at /place", "a list of 2 entries", "a list of 1 entry"),
        ("words", {"a/b": ["x", "y", "z"]}, "at /words/a~1b", "a list of at most 2 entries", "a list of 3 entries"),
        ("words", {"zh": ["x", 1]}, "at /words/zh/1 value 1", "a text", "a number"),
        ("shaded", "yes", "at /shaded value yes", "true or false", "a text of 3 characters"),
    ],
)
def test_a_member_says_what_is_wanted_and_what_was_sent(
    member: str, sent: object, place: str, wanted: str, was: str
) -> None:
    assert told({"name": "oak", member: sent}) == [f"{place}: expected {wanted}, got {was}"]


def test_all_that_is_wrong_is_named_at_once() -> None:
    assert told({"seats": 0, "colour": "red"}) == [
        "at /name: the member name is missing",
        "at /seats value 0: expected a whole number (≥ 1, ≤ 8), got a number",
        "at /colour: there is no such member; known are name, seats, width_m, kind, since, place, words, shaded",
    ]


def test_it_is_said_in_chinese_too() -> None:
    assert told({"name": "hammock"}, language="zh") == [
        "位于 /name 值“hammock”: 应为文本（1 至 5 个字符），收到的是文本（7 个字符）"
    ]
    assert told([], language="zh") == ["应为对象，收到的是列表（0 项）"]
    assert told({"name": True}, language="zh") == [
        "位于 /name 值“true”: 应为文本（1 至 5 个字符），收到的是布尔值（true 或 false）"
    ]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, ["at /op: the member op is missing"]),
        (
            {"op": "merge", "grids": ["g1"]},
            ["at /grids: expected a list of 2 to 500 entries, got a list of 1 entry"],
        ),
        ({"op": "repair", "x": 1}, ["at /x: there is no such member; known are op"]),
        (
            {"op": "draw", "grid": "g1", "polygon": {"type": "Point", "coordinates": [1, 2]}},
            ["at /polygon/type value Point: expected one of Polygon, MultiPolygon, got a text of 5 characters"],
        ),
        (
            {"op": "move_vertex", "from": [1], "to": [1, 2]},
            ["at /from: expected a list of 2 to 4 entries, got a list of 1 entry"],
        ),
        (
            {"op": "move_vertex", "from": "here", "to": [1, 2]},
            ["at /from value here: expected one of these: an object, a list of 2 to 4 entries, got a text of "
             "4 characters"],
        ),
    ],
)  # fmt: skip
def test_an_object_that_says_what_it_is_is_looked_at_as_that(sent: object, said: list[str]) -> None:
    assert told(sent, Operation) == said


def test_what_is_no_edit_of_a_plan_names_the_edits() -> None:
    (said,) = told({"op": "explode"}, Operation)
    assert said.startswith("at /op value explode: expected one of create, assign, split, ")


WORDS = ["", "oak", "wood", "hammock", "2026-05-31"]
NAMES = ["name", "op", "zh", "type", "coordinates"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.floats(-2, 2) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
BENCHES = st.fixed_dictionaries({}, optional=dict.fromkeys((*Bench.__struct_fields__, "colour"), JSON))
OPS = st.sampled_from(["create", "merge", "move_vertex", "repair", "explode"])
EDITS = st.fixed_dictionaries(
    {}, optional={"op": OPS} | dict.fromkeys(("from", "to", "grids", "name", "polygon"), JSON)
)


@given(st.one_of(JSON, BENCHES, BENCHES.map(lambda each: {"name": "oak", **each})))
def test_a_body_has_faults_when_msgspec_refuses_it_and_only_then(sent: object) -> None:
    _alike(Bench, sent)


@given(EDITS)
def test_so_has_an_edit_of_a_plan(sent: object) -> None:
    _alike(Operation, sent)


def _alike(kind: object, sent: object) -> None:
    try:
        msgspec.json.decode(msgspec.json.encode(sent), type=kind)
        refused = False
    except msgspec.ValidationError:
        refused = True
    assert bool(misfits(kind, sent)) == refused


def test_a_plan_with_a_long_name_is_refused_in_the_readers_language(client: FlaskClient) -> None:
    wanted = {"community": "370203001", "grid_system": "service", "name": "长" * 81}
    answer = client.post("/api/plans?lang=zh", json=wanted)
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/name", "应为文本（1 至 80 个字符），收到的是文本（81 个字符）")


def test_an_address_that_takes_no_parameter_says_so(client: FlaskClient) -> None:
    answer = client.get("/metrics?lang=en")
    assert answer.status_code == 400
    assert answer.json["errors"][0]["detail"] == "unknown parameter; this address takes none"


def test_a_sentence_names_a_layer_by_its_title_and_programs_are_told_its_id(service: Flask) -> None:
    fault = Fault(Text("web.bad-json"), {"layer": "buildings", "feature": "b-12"})
    with service.test_request_context("/?lang=zh"):
        said = problem("conflict", 409, (fault,)).json
    assert said["detail"].startswith("图层 楼栋 ")
    assert said["errors"][0]["layer"] == "buildings"


def test_what_stands_beside_an_uploaded_file_is_told_alike(client: FlaskClient) -> None:
    form = {"joins": "rope", "split_parts": "maybe", "keep_demo": "TRUE", "mapping": '{"name": 5}'}
    answer = client.post("/api/imports?lang=en", data={"file": (BytesIO(b"a\n1\n"), "a.csv"), **form})
    assert answer.status_code == 400
    assert [(each["pointer"], each.get("value")) for each in answer.json["errors"]] == [
        ("/mapping/name", "5"),
        ("/joins", "rope"),
        ("/split_parts", "maybe"),
    ]
    broken = client.post("/api/imports?lang=en", data={"file": (BytesIO(b"a\n1\n"), "a.csv"), "values": "{"})
    assert (broken.status_code, broken.json["errors"][0]["parameter"]) == (400, "values")
