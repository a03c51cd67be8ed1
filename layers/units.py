"""The words of units, in both languages. Declarations and calculations know a unit by its Chinese sign."""

from __future__ import annotations

from layers.text import Text

KEYS = {
    "户": "units.households",
    "人": "units.people",
    "层": "units.floors",
    "㎡": "units.square-metres",
    "分钟": "units.minutes",
    "km/h": "units.kilometres-an-hour",
    "元/㎡·月": "units.yuan-a-square-metre-and-month",
}

# Where English says one thing otherwise than several.
ONE = {"户": "units.household", "人": "units.person", "层": "units.floor"}


def unit_text(sign: str) -> Text | str:
    """Return the words of a unit; a sign that both languages write alike, such as ``%``, as it stands."""
    return Text(KEYS[sign]) if sign in KEYS else sign


def unit_in(sign: str | None, language: str) -> str:
    """Return the word of a unit in one language, nothing where there is no unit."""
    said = unit_text(sign) if sign else ""
    return said.say(language) if isinstance(said, Text) else said


def ones_in(language: str) -> dict[str, str]:
    """Return what stands beside a figure of one: word of a unit → word of one such."""
    return {unit_in(sign, language): Text(key).say(language) for sign, key in ONE.items()}
