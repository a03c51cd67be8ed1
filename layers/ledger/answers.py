"""What somebody answered to a question about a ledger's words: role → word → what it stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress

from layers.errors import Fault
from layers.ledger.words import MANAGER_COLUMN, field_of, folded, known_words, roles
from layers.model.values import Parsed, fold, parse, read_day
from layers.text import Text

Answers = Mapping[str, Mapping[str, str]]

UNKNOWN, NOBODY, INDEFINITE = "unknown", "nobody", "indefinite"
_END = "arrangement.end_date"
_NO_UNKNOWN = ("arrangement.start_date", _END, "courtyard.code")


def role_called(name: str, known: Iterable[str] | None = None) -> str | None:
    """Return the role that a name means: itself, the only one that ends so (``mode``), or a heading's; else None."""
    known = list(roles() if known is None else known)
    if name in known:
        return name
    if name in ("manager", "arrangement.manager"):
        return MANAGER_COLUMN
    alike = [role for role in known if role.partition(".")[2] == name]
    if len(alike) > 1:  # a courtyard's name goes before a manager's, its households are nobody else's
        alike = [role for role in alike if role.startswith("courtyard.")]
    return alike[0] if len(alike) == 1 else known_words().get(folded(name))


def options(role: str) -> list[str]:
    """Return what may be answered to a word in a column of this role, as it is typed."""
    field = field_of(role)
    if role == MANAGER_COLUMN:
        return ["NAME", NOBODY]
    if field is None:
        return []
    if field.type == "enum":
        return [choice.code for choice in field.values]
    kind = {"date": "YYYY-MM-DD", "integer": "NUMBER", "number": "NUMBER", "boolean": "yes"}.get(field.type, "TEXT")
    more = ["no"] if field.type == "boolean" else [INDEFINITE] if role == _END else []
    return [kind, *more, *([] if role in _NO_UNKNOWN else [UNKNOWN])]


def wrong_answers(answers: Answers) -> list[Fault]:
    """Return a fault for every answer to what is no field, or by what its field does not allow."""
    faults = []
    for role, words in answers.items():
        for word, answer in words.items():
            where = {"parameter": "value", "value": f"{role}:{word}={answer}"[:120]}
            if not options(role):
                answerable = [each for each in roles() if options(each)]
                faults.append(Fault(Text("ledger.answer-no-field", known=answerable), where))
            elif answer and read_answer(role, answer).problem:
                faults.append(Fault(Text("ledger.answer-not-allowed", allowed=options(role)), where))
    return faults


def read_answer(role: str, answer: str) -> Parsed:
    """Read an answer; nobody, indefinite, and unknown numbers give no value and no problem."""
    field = field_of(role)
    assert field is not None  # `wrong_answers`
    refused = Parsed(problem=Text("ledger.answer-not-allowed", allowed=options(role)))
    if field.type == "enum":
        read = parse(field, answer)
        return Parsed(read.value) if read.value in options(role) else refused
    if answer == UNKNOWN:
        return refused if role in _NO_UNKNOWN else Parsed()
    if role == MANAGER_COLUMN:
        return Parsed() if answer == NOBODY else Parsed(" ".join(answer.split()))
    if field.type == "date":
        if role == _END and answer == INDEFINITE:
            return Parsed()
        with suppress(ValueError):
            day: dt.date = read_day(answer)
            return Parsed(day)
        return refused
    read = parse(field, answer)
    return refused if read.problem else read


def folded_answers(answers: Answers) -> dict[str, dict[str, str]]:
    """Return the answers with their words as cells are compared; what is empty is forgotten."""
    return {
        role: {fold(word): answer for word, answer in words.items() if answer}
        for role, words in answers.items()
        if words
    }


def merged(earlier: Answers, now: Answers) -> dict[str, dict[str, str]]:
    """Return earlier answers with the new ones over them; an empty new answer forgets the earlier one."""
    both = {role: dict(words) for role, words in folded_answers(earlier).items()}
    for role, words in now.items():
        for word, answer in words.items():
            if answer:
                both.setdefault(role, {})[fold(word)] = answer
            else:
                both.get(role, {}).pop(fold(word), None)
    return {role: words for role, words in both.items() if words}
