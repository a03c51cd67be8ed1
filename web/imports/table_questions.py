"""The words of a table that nobody knows, as JSON: each once, what it may be, and what was answered."""

from __future__ import annotations

from layers.catalogue import Field
from layers.formats.table import RawTable
from layers.usecases.imports.words import Words

LISTED_ROWS = 8


def questions_of(words: Words | None, table: RawTable, language: str) -> list[dict[str, object]]:
    """Return what is asked, those words first that are not answered yet."""
    if words is None:
        return []
    asked = [
        {
            **_about(each.field, each.word, language),
            "column": each.column,
            "count": len(each.rows),
            "rows": [{"sheet": None, **table.place(row)} for row in each.rows[:LISTED_ROWS]],
            "answer": None,
        }
        for each in words.asked.values()
    ]
    answered = [
        {**_about(words.layer.field(name), word, language), "column": None, "count": None, "rows": [], "answer": code}
        for name, said in words.answered.items()
        for word, code in said.items()
    ]
    return asked + answered


def _about(field: Field, word: str, language: str) -> dict[str, object]:
    return {
        "field": field.name,
        "label": field.label.say(language),
        "word": word,
        "shown": word,
        "options": [{"code": each.code, "label": each.label.say(language)} for each in field.values],
    }
