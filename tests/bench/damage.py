"""Bytes and texts that were valid, damaged in ways that repeat: the same dice give the same damage."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable

NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?")
WORD = re.compile(rb"[A-Za-z_]{3,}")
EXTREMES = (
    b"0", b"-0", b"1e308", b"-1e308", b"1e309", b"NaN", b"Infinity", b"-Infinity", b"1e-320", b"9223372036854775807",
    b"9223372036854775808", b"-9223372036854775809", b"1" * 400, b"0x1F", b"1_000", b"1,5", b"", b"null", b"true",
    b"[]", b"{}", b'""', b"\xd9\xa1\xd9\xa2", b"4294967296", b"2147483648", b"180.0000001", b"-90.1", b"1e15",
    b"99999999",
)  # fmt: skip
INSERTED = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xe2\x80\xae", b'"', b"'", b"<",
    b">", b"&", b"&amp;", b"]]>", b"<![CDATA[", b"{", b"[", b"}", b"]", b",", b";", b"\t", b"\r", b"\n\n",
    b"=cmd|'/c x'!A1", b"\xb9\xfa", b"\x81", b"a" * 5000, b"[" * 3000, b"\xf0\x9f\x8f\xa0", b"%s%n",
    b"../../", b"SRID=4326;", b"--",
)  # fmt: skip
DATES = (b"0000-00-00", b"9999-12-31", b"2024-02-30", b"-0001-01-01", b"1e5", b"2024-13-01T25:61:61Z")
INTEGERS = (0, 1, *(n for bits in (8, 16, 32, 64) for n in (2 ** (bits - 1) - 1, 2 ** (bits - 1), 2**bits - 1)))
DOUBLES = (float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 5e-324, 1e20, 180.1)


def binary(data: bytes, dice: random.Random) -> bytes:
    """Damage bytes, whatever they mean."""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        data = dice.choice(BYTEWISE)(data, dice)
    return data


def flipped(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 64)) if changed else 0):
        changed[_at(changed, dice)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: _at(data, dice)] if dice.random() < 0.8 else data[_at(data, dice) :]


def without_a_block(data: bytes, dice: random.Random) -> bytes:
    start = _at(data, dice)
    return data[:start] + data[start + _length(data, dice) :]


def blocks_swapped(data: bytes, dice: random.Random) -> bytes:
    size = _length(data, dice)
    one, two = sorted((_at(data, dice), _at(data, dice)))
    two = max(two, one + size)
    return data[:one] + data[two : two + size] + data[one + size : two] + data[one : one + size] + data[two + size :]


def block_twice(data: bytes, dice: random.Random) -> bytes:
    start = _at(data, dice)
    block = data[start : start + _length(data, dice)]
    return data[:start] + block * dice.choice((2, 2, 50)) + data[start + len(block) :]


def bytes_inserted(data: bytes, dice: random.Random) -> bytes:
    start = _at(data, dice)
    return data[:start] + dice.choice((dice.randbytes(dice.randint(1, 40)), dice.choice(INSERTED))) + data[start:]


def integer_set(data: bytes, dice: random.Random) -> bytes:
    size = dice.choice((1, 2, 4, 8))
    start = _at(data, dice)
    number = dice.choice(INTEGERS) & (1 << 8 * size) - 1
    return data[:start] + number.to_bytes(size, dice.choice(("little", "big"))) + data[start + size :]


def double_set(data: bytes, dice: random.Random) -> bytes:
    start = _at(data, dice)
    return data[:start] + struct.pack(dice.choice("<>") + "d", dice.choice(DOUBLES)) + data[start + 8 :]


BYTEWISE = (flipped, flipped, cut, without_a_block, blocks_swapped, block_twice, bytes_inserted, integer_set,
            double_set)  # fmt: skip


def texts(data: bytes, dice: random.Random) -> bytes:
    """Damage what stands in a text: numbers, words, marks."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        change = dice.choice((number_set, number_set, word_changed, bytes_inserted, line_moved, date_set))
        data = change(data, dice)
    return data


def number_set(data: bytes, dice: random.Random) -> bytes:
    return replaced(NUMBER, data, dice, lambda _: dice.choice(EXTREMES))


def date_set(data: bytes, dice: random.Random) -> bytes:
    return replaced(NUMBER, data, dice, lambda _: dice.choice(DATES))


def word_changed(data: bytes, dice: random.Random) -> bytes:
    others = [found[0] for found in WORD.finditer(data[:20_000])] or [b"x"]
    return replaced(WORD, data, dice, lambda old: dice.choice((b"", old.upper(), old + old, dice.choice(others))))


def line_moved(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    line = lines.pop(dice.randrange(len(lines)))
    for _ in range(dice.choice((0, 1, 2, 30))):
        lines.insert(dice.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def _at(data: bytes | bytearray, dice: random.Random) -> int:
    """Return a place, often near the start: that is where what is said of the rest stands."""
    return dice.randrange(max(1, min(len(data), dice.choice((64, 512, len(data), len(data))))))


def _length(data: bytes, dice: random.Random) -> int:
    return dice.choice((1, 4, 16, 100, max(1, len(data) // 4)))


def replaced(
    pattern: re.Pattern[bytes], data: bytes, dice: random.Random, by: Callable[[bytes], bytes], most: int = 3
) -> bytes:
    found = list(pattern.finditer(data))
    for each in sorted(dice.sample(found, min(len(found), dice.randint(1, most))), key=lambda each: -each.start()):
        data = data[: each.start()] + by(each[0]) + data[each.end() :]
    return data
