"""The questions of a ledger as JSON: each word without a meaning once, what it may be, and what was answered."""

from __future__ import annotations

from layers.ledger import NOBODY, Ledger, Question, field_of, label_of, options, read_managers
from layers.model.values import fold
from layers.text import Text

MANAGER = "manager.name"
LISTED_ROWS = 8


def questions_of(ledger: Ledger, language: str) -> list[dict[str, object]]:
    """Return what is asked of a ledger's words, those first that are not answered yet."""
    same: dict[tuple[str, str], list[Question]] = {}
    for each in ledger.questions:  # a word on several sheets is one question
        same.setdefault((each.role, fold(each.word)), []).append(each)
    asked = [
        {
            **_about(role, where[0].word, language),
            "column": where[0].column,
            "count": sum(len(each.rows) for each in where),
            "rows": [{"sheet": each.sheet, "row": row} for each in where for row in each.rows][:LISTED_ROWS],
            "answer": None,
        }
        for (role, _), where in same.items()
    ]
    answered = [
        {**_about(role, word, language), "column": None, "count": None, "rows": [], "answer": answer}
        for role, words in ledger.answered.items()
        for word, answer in words.items()
    ]
    return asked + answered


def _about(role: str, word: str, language: str) -> dict[str, object]:
    return {
        "field": role,
        "label": label_of(role).say(language),
        "word": word,
        "shown": word or Text("ledger.answer-blank").say(language),
        "options": _options(role, word, language),
    }


def _options(role: str, word: str, language: str) -> list[dict[str, str]]:
    """Return what may be answered, by its code and in words; nothing where any text may."""
    field = field_of(role)
    if role == MANAGER:
        names = [{"code": name, "label": name} for name in read_managers(word).names if name != "…"]
        return [*names, {"code": NOBODY, "label": Text("ledger.answer-nobody").say(language)}]
    if field is None or field.type != "enum":
        return []
    labels = {choice.code: choice.label.say(language) for choice in field.values}
    return [{"code": code, "label": labels[code]} for code in options(role)]
