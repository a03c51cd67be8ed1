"""Messages that are put into words late, in the language of whoever reads them.

The words live in `layers/messages/<room>.toml`, one table a key with `en` and `zh`. A message therefore travels
through the program as data, and the command line, an HTTP answer and a spreadsheet say the same thing.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Param = object  # what fills a template: asked for its words where it has `say`, written as it is elsewhere

LANGUAGES = ("zh", "en")
THOUSANDS = ","
THOUSANDS_OF = f":{THOUSANDS}}}"  # how it stands in a template
MESSAGES = Path(__file__).parent / "messages"


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, str]]:
    """Return every message: key → language → template."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(MESSAGES.glob("*.toml")):
        for key, translations in tomllib.loads(path.read_text("utf-8")).items():
            if key in found:
                raise ValueError(f"message {key!r} is defined twice, the second time in {path.name}")
            found[key] = translations
    return found


class _Counting(string.Formatter):
    """Takes ``{n:row is|rows are}`` as the first where ``n`` is one, as the second where it is anything else.

    ``{n:,}`` is a count with separators of thousands, and whatever is no number stands as it is.
    """

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == THOUSANDS:
            if not isinstance(value, Real) or isinstance(value, bool):
                return str(value)
            return f"{value:,.0f}" if value == round(value) else f"{value:,}"
        one, between, more = format_spec.partition("|")
        if not between:
            return str(super().format_field(value, format_spec))
        return one if str(value) in ("1", "1.0") else more


_COUNTING = _Counting()


class Text:
    """One message: a key and the values that fill its template.

    Parameters
    ----------
    key : str
        A key of `layers/messages/*.toml`, such as ``"imports.value-not-allowed"``.
    **params
        Values for the template's placeholders; a `Text`, or a `Label`-like object with ``say``, is put into
        words in the same language.
    """

    __slots__ = ("key", "params")

    def __init__(self, key: str, **params: Param) -> None:
        self.key = key
        self.params = params

    def say(self, language: str) -> str:
        """Put the message into words in `language` (``"zh"`` or ``"en"``)."""
        template = words()[self.key][language]
        params = {name: _say(value, language) for name, value in self.params.items()}
        # A formatter of our own is slower, and only templates that count need it.
        counts = "|" in template or THOUSANDS_OF in template
        return _COUNTING.vformat(template, (), params) if counts else template.format(**params)

    def in_both(self) -> str:
        """Put a message that is kept on record into words in both languages."""
        return f"{self.say('zh')} / {self.say('en')}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.key, self.params) == (other.key, other.params)

    def __hash__(self) -> int:
        return hash((self.key, tuple(sorted((k, str(v)) for k, v in self.params.items()))))

    def __repr__(self) -> str:
        return f"Text({self.key!r}, {self.params!r})"


class Worded(Text):
    """A message that was put into words when it was kept, for whoever would read it; it has no key any more."""

    __slots__ = ()

    def __init__(self, zh: str, en: str) -> None:
        super().__init__("", zh=zh, en=en)

    def say(self, language: str) -> str:
        """Return the words in `language`."""
        return str(self.params[language])


def one_by_one(words: Iterable[str], language: str) -> str:
    """Return words one after the other, as a sentence lists them."""
    return ("、" if language == "zh" else ", ").join(words)


def first_few(items: Iterable[T], most: int) -> list[T | str]:
    """Return what a message lists of many things: so many of them, and ``…`` for the rest."""
    shown = list(islice(items, most + 1))
    return [*shown] if len(shown) <= most else [*shown[:most], "…"]


def _say(value: object, language: str) -> object:
    if hasattr(value, "say"):
        return value.say(language)
    if isinstance(value, (list, tuple)):
        return one_by_one((str(_say(item, language)) for item in value), language)
    return value


def examples_together(notes: Iterable[Text]) -> list[Text]:
    """Return notes with those of one kind that each give an `example` in one, behind the others, with the first few."""
    plain: list[Text] = []
    examples: dict[str, dict[str, None]] = {}
    for note in notes:
        if "example" in note.params:
            examples.setdefault(note.key, {})[str(note.params["example"])] = None
        else:
            plain.append(note)
    for key, each in examples.items():
        more = [f"… ({len(each)})"] if len(each) > _EXAMPLES_SHOWN else []
        plain.append(Text(key, example=[*list(each)[:_EXAMPLES_SHOWN], *more]))
    return plain


_EXAMPLES_SHOWN, _ROWS_SHOWN = 3, 10


class RowNumbers(tuple[int, ...]):
    """Numbers of rows, of which a message shows the first."""

    def say(self, language: str) -> str:
        """Put them into words."""
        shown = one_by_one(map(str, self[:_ROWS_SHOWN]), language)
        return shown if len(self) <= _ROWS_SHOWN else f"{shown} … ({len(self)})"
