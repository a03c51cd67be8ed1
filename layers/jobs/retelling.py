"""A kept answer in the language of whoever reads it: the words of the other language are kept beside it.

An answer is put into words when it is computed. Where in it words stand is kept with it: place → what is said there →
the same in the other language. A place is a path, in which ``*`` is every item of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import pandas as pd

from layers.catalogue import Label
from layers.text import LANGUAGES, Text

Words = dict[str, dict[str, str]]
SEPARATOR = "\t"  # no key of an answer has it
PLAIN = frozenset({str, int, float, bool, type(None)})  # what says the same in either language


def words_of(outputs: Mapping[str, object], language: str) -> Words:
    """Return what outputs say in `language`, and the same in the other language, by where it stands."""
    (other,) = (each for each in LANGUAGES if each != language)
    found: Words = {}
    for place, said in _said(outputs, ()):
        if (one := said.say(language)) != (two := said.say(other)):
            found.setdefault(SEPARATOR.join(place), {})[one] = two
    return found


def retold(answer: object, words: Words) -> object:  # JSON of any form
    """Return an answer, as JSON has it, in the other words."""
    for place, known in words.items():
        answer = _retold(answer, place.split(SEPARATOR) if place else [], known)
    return answer


def packed(words: Words) -> bytes:
    """Return words as they are kept."""
    return msgspec.json.encode(words)


def unpacked(kept: bytes) -> Words:
    """Return words that were kept."""
    return msgspec.json.decode(kept, type=Words)


def _said(value: object, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Text | Label]]:
    if isinstance(value, Text | Label):
        yield place, value
    elif isinstance(value, pd.DataFrame):
        row = (*place, "features", "*", "properties") if "geometry" in value.columns else (*place, "*")
        for name in value.columns:
            if value[name].dtype == object and not {*map(type, value[name])} <= PLAIN:
                for each in value[name]:
                    yield from _said(each, (*row, str(name)))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _said(each, (*place, str(key)))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _said(each, (*place, "*"))


def _retold(value: object, place: list[str], known: Mapping[str, str]) -> object:
    if not place:
        return known.get(value, value) if isinstance(value, str) else value
    first, *rest = place
    if first == "*" and isinstance(value, list):
        value[:] = [_retold(each, rest, known) for each in value]
    elif isinstance(value, dict) and first in value:
        value[first] = _retold(value[first], rest, known)
    return value
