"""How Chinese characters are read: syllables of pinyin without tones, by phrase where a phrase decides.

The readings are those of pypinyin: 重 is zhong, and chong in 重庆. They are laid out once as an array over all
characters of the basic plane, with the phrases in which a character is read otherwise beside it.
"""

from __future__ import annotations

import sys
import threading
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np

PLANE = 1 << 16
NOTHING = 0  # what makes no sound, and is no letter or digit
FIRST_SYLLABLE = 128  # letters and digits are their own sound, below it


class Sounds(NamedTuple):
    """Every syllable by its number from `FIRST_SYLLABLE` on, and the sound of every character.

    Parameters
    ----------
    syllables : tuple of str
    of : uint16 array
        Character → its sound: a syllable, an ASCII letter in lower case or a digit, or `NOTHING`.
    phrases : mapping
        First two characters → phrases that begin so, the longest first, with their sounds.
    """

    syllables: tuple[str, ...]
    of: np.ndarray
    phrases: dict[str, list[tuple[str, list[int]]]]


@lru_cache(maxsize=1)
def sounds() -> Sounds:
    """Return how characters are read."""
    characters, every_phrase = _read()
    usual = {code: _bare(readings.split(",")[0]) for code, readings in characters.items() if code < PLANE}
    syllables = tuple(sorted(set(usual.values()) | {"xian", "chong"}))
    number = {syllable: FIRST_SYLLABLE + n for n, syllable in enumerate(syllables)}
    of = np.zeros(PLANE, dtype=np.uint16)
    for code, syllable in usual.items():
        of[code] = number[syllable]
    for each in "abcdefghijklmnopqrstuvwxyz0123456789":
        of[ord(each)] = ord(each)
    phrases: dict[str, list[tuple[str, list[int]]]] = {}
    for phrase, readings in every_phrase.items():
        read = [number.get(_bare(each[0]), NOTHING) for each in readings]
        codes = [ord(each) for each in phrase]
        if len(codes) != len(read) or NOTHING in read or max(codes) >= PLANE:
            continue
        if len(codes) > 1 and any(of[code] != sound for code, sound in zip(codes, read, strict=True)):
            phrases.setdefault(phrase[:2], []).append((phrase, read))
    for known in phrases.values():
        known.sort(key=lambda one: -len(one[0]))
    return Sounds(syllables, of, phrases)


def _read() -> tuple[dict[int, str], dict[str, list[list[str]]]]:
    """Return how characters and phrases are read, of which nothing is kept once they are let go.

    The library keeps its phrases as 200,000 lists, 80 MB, for as long as it is loaded; what is laid out of them takes
    one or two.
    """
    with _READING:
        from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

        for name in [each for each in sys.modules if each.partition(".")[0] == "pypinyin"]:
            del sys.modules[name]
        return PINYIN_DICT, PHRASES_DICT


_READING = threading.Lock()


def sounds_of(text: str, characters: np.ndarray) -> np.ndarray:
    """Return the sound of every character of a text, which is also given as uint16."""
    known = sounds()
    found = known.of[characters]
    if len(characters) > 1 and known.phrases:
        begins, goes_on = _beginnings()
        for at in np.flatnonzero(begins[characters[:-1]] & goes_on[characters[1:]]).tolist():
            for phrase, read in known.phrases.get(text[at : at + 2], ()):
                if text.startswith(phrase, at):
                    found[at : at + len(read)] = read
                    break
    return found


def spelt(text: str) -> list[str]:
    """Return how a text is read, a syllable or a letter or digit at a time; what makes no sound falls out."""
    kept = "".join(each if each <= "\uffff" else "\ufffd" for each in text.lower())
    heard = sounds_of(kept, np.frombuffer(kept.encode("utf-16-le", "replace"), dtype=np.uint16)).tolist()
    syllables = sounds().syllables
    return [syllables[each - FIRST_SYLLABLE] if each >= FIRST_SYLLABLE else chr(each) for each in heard if each]


@lru_cache(maxsize=1)
def _beginnings() -> tuple[np.ndarray, np.ndarray]:
    """Say of every character whether such a phrase begins with it, and whether one goes on with it."""
    marks = np.zeros((2, PLANE), dtype=bool)
    for pair in sounds().phrases:
        marks[0, ord(pair[0])] = marks[1, ord(pair[1])] = True
    return marks[0], marks[1]


def beginning_with(letters: str) -> np.ndarray:
    """Say of every sound whether it begins with some letters: a letter with itself, a syllable with its first ones."""
    known = sounds()
    fits = np.zeros(FIRST_SYLLABLE + len(known.syllables), dtype=bool)
    if len(letters) == 1:
        fits[ord(letters)] = True
    fits[FIRST_SYLLABLE:] = [each.startswith(letters) for each in known.syllables]
    return fits


def exactly(syllable: str) -> np.ndarray | None:
    """Say of every sound whether it is a syllable; None where there is no such syllable."""
    known = sounds()
    if syllable not in _numbers():
        return None
    fits = np.zeros(FIRST_SYLLABLE + len(known.syllables), dtype=bool)
    fits[_numbers()[syllable]] = True
    return fits


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    return {syllable: FIRST_SYLLABLE + n for n, syllable in enumerate(sounds().syllables)}


@lru_cache(maxsize=4096)
def _bare(reading: str) -> str:
    """Return a reading without its tone: lǜ is lv, as it is typed."""
    parts = unicodedata.normalize("NFD", reading.replace("ü", "v").replace("ê", "e"))
    marks = "".join("v" if each == "\u0308" else each for each in parts if each == "\u0308" or each.isascii())
    return marks.replace("uv", "v")
