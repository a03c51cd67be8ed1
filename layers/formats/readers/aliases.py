"""Columns that a file calls by two names, a technical one and one for readers: which of them is the heading."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from layers.catalogue import Field, catalogue
from layers.model.values import fold, is_code, split_heading


def headings(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return name → heading, no two the same, for those columns whose heading is their alias.

    The alias is what the file's author calls the column; the name stays where it alone is a word of the catalogue, and
    where the alias is that of another column as well.
    """
    given = list(aliases.values())
    return {
        name: alias
        for name, alias in aliases.items()
        if alias
        and alias != name
        and given.count(alias) == 1
        and alias not in aliases
        and (_meant(alias) or not _meant(name))
    }


def means_code(heading: str) -> bool:
    """Say whether a heading means a code, of which every character counts."""
    return any(is_code(each) for each in _meant(heading))


def _meant(heading: str) -> tuple[Field, ...]:
    """Return the fields of all layers that a heading may mean."""
    words = _words()
    return words.get(fold(heading)) or words.get(fold(split_heading(heading)[0])) or ()


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[Field, ...]]:
    words: dict[str, tuple[Field, ...]] = {}
    for layer in catalogue():
        for each in layer.own_fields():
            for word in {fold(word) for word in each.words()}:
                words[word] = (*words.get(word, ()), each)
    return words
