"""Answers to a ledger's questions: what may be said, how it is read, and what is kept of it."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.ledger.answers import folded_answers, merged, options, read_answer, role_called, wrong_answers
from layers.ledger.words import MANAGER_COLUMN

START, END, MODE = "arrangement.start_date", "arrangement.end_date", "arrangement.mode"


@pytest.mark.parametrize(
    ("role", "answer", "value"),
    [
        (MODE, "soe", "soe"),
        (MODE, "unknown", "unknown"),
        (START, "2024-02-29", dt.date(2024, 2, 29)),
        (END, "2024-02-29", dt.date(2024, 2, 29)),
        (END, "indefinite", None),
        (MANAGER_COLUMN, "nobody", None),
        (MANAGER_COLUMN, " 安居  物业 ", "安居 物业"),
        (MANAGER_COLUMN, "unknown", None),
        ("courtyard.households", "30", 30),
        ("courtyard.households", "unknown", None),
    ],
)
def test_what_may_be_answered(role: str, answer: str, value: object) -> None:
    read = read_answer(role, answer)
    assert (read.value, read.problem) == (value, None)


@pytest.mark.parametrize(
    ("role", "answer"),
    [
        (MODE, "often"),
        (START, "soon"),
        (START, "2024-02-30"),
        (START, "unknown"),  # a contract without its days would last for ever
        (END, "unknown"),
        (START, "indefinite"),
        ("courtyard.code", "unknown"),
        ("courtyard.households", "many"),
    ],
)
def test_what_may_not(role: str, answer: str) -> None:
    read = read_answer(role, answer)
    assert read.value is None and read.problem is not None and read.problem.key == "ledger.answer-not-allowed"
    (fault,) = wrong_answers({role: {"x": answer}})
    assert fault.text.params == {"allowed": options(role)}
    assert fault.where == {"parameter": "value", "value": f"{role}:x={answer}"}


def test_what_may_be_answered_is_listed() -> None:
    assert options(START) == ["YYYY-MM-DD"] and options(END) == ["YYYY-MM-DD", "indefinite"]
    assert options(MANAGER_COLUMN) == ["NAME", "nobody"]
    assert options("courtyard.households") == ["NUMBER", "unknown"]
    assert options("seq") == [] and options("nothing.at_all") == []
    assert "soe" in options(MODE) and "YYYY-MM-DD" not in options(MODE)


def test_an_answer_to_what_is_no_field_is_a_fault_that_names_those_that_are() -> None:
    (fault,) = wrong_answers({"seq": {"x": "y"}})
    assert fault.text.key == "ledger.answer-no-field"
    assert MODE in fault.text.params["known"] and "seq" not in fault.text.params["known"]
    assert wrong_answers({MODE: {"x": "soe", "y": ""}}) == []  # an empty one forgets
    (long,) = wrong_answers({"seq": {"x" * 200: "y"}})
    assert len(long.where["value"]) == 120


def test_words_are_compared_as_cells_are_and_empty_answers_forget() -> None:
    assert folded_answers({MODE: {"国 企": "soe", "x": ""}, START: {}}) == {MODE: {"国企": "soe"}}
    earlier = {MODE: {"国企": "soe", "自管": "autonomous"}}
    assert merged(earlier, {MODE: {"国 企": "", "甲": "soe"}}) == {MODE: {"自管": "autonomous", "甲": "soe"}}
    assert merged(earlier, {MODE: {"国企": "", "自管": ""}}) == {}
    assert merged({}, {START: {"x": ""}}) == {}
    assert earlier == {MODE: {"国企": "soe", "自管": "autonomous"}}


def test_a_role_is_called_by_its_end_among_those_that_are_known() -> None:
    assert role_called("colour", ["courtyard.colour", "manager.name"]) == "courtyard.colour"
    assert role_called("colour", ["courtyard.name"]) is None
