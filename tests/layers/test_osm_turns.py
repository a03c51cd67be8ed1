"""Which turns a relation of OpenStreetMap forbids, and why others are left out."""

from __future__ import annotations

import pytest

from layers.model.osm import LeftOut
from layers.model.osm.turns import turn


def relation(text: str) -> dict[str, str]:
    return {"type": "restriction"} | dict(pair.split("=", 1) for pair in text.split() if text)


@pytest.mark.parametrize(
    ("tags", "kind", "which"),
    [
        ("restriction=no_left_turn", "no", "left"),
        ("restriction=only_straight_on", "only", "straight"),
        ("restriction=no_u_turn", "no", "u_turn"),
        ("restriction=no_entry", "no", "entry"),
        ("restriction:motor_vehicle=only_right_turn restriction=no_left_turn", "only", "right"),
        ("restriction:motorcar=no_exit restriction:motor_vehicle=no_u_turn", "no", "exit"),
        ("restriction:vehicle=no_u_turn restriction=only_left_turn", "no", "u_turn"),
        ("restriction=no_right_turn restriction:hgv=no_entry", "no", "right"),
        ("restriction=no_right_turn except=bus;bicycle", "no", "right"),
        ("restriction=no_left_turn restriction:conditional=only_u_turn@(Mo-Fr)", "no", "left"),
    ],
)
def test_what_holds_for_cars_at_every_hour_is_a_turn(tags: str, kind: str, which: str) -> None:
    assert turn(relation(tags)) == {"name": None, "kind": kind, "turn": which}


@pytest.mark.parametrize(
    ("tags", "left_out"),
    [
        ("restriction:conditional=no_left_turn@(07:00-09:00)",
         LeftOut("turn-conditional", "restriction:conditional=no_left_turn@(07:00-09:00)")),
        ("restriction=no_left_turn hour_on=07:00 hour_off=09:00", LeftOut("turn-conditional", "no_left_turn")),
        ("restriction=no_left_turn@(Sa)", LeftOut("turn-conditional", "no_left_turn@(Sa)")),
        ("restriction:hgv=no_left_turn restriction:bus=no_u_turn", LeftOut("turn-others", "restriction:bus")),
        ("restriction=no_left_turn except=bicycle;motorcar", LeftOut("turn-others", "except=bicycle;motorcar")),
        ("restriction=no_left_turn except=vehicle", LeftOut("turn-others", "except=vehicle")),
        ("restriction=no_parking", LeftOut("turn-unlisted", "no_parking")),
        ("restriction=give_way", LeftOut("turn-unlisted", "give_way")),
        ("", LeftOut("turn-unlisted", "")),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told_with_what_says_so(tags: str, left_out: LeftOut) -> None:
    assert turn(relation(tags)) == left_out


def test_a_turn_keeps_its_name_and_other_relations_are_none() -> None:
    assert turn({"type": "restriction", "restriction": " no_entry ", "name": "南门"}) == {
        "name": "南门", "kind": "no", "turn": "entry"}  # fmt: skip
    assert turn({"type": "route", "restriction": "no_left_turn"}) is None
