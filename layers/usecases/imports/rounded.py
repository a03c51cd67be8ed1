"""Numbers that a program or a person wrote otherwise than they are meant: minutes run together, codes rounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import shapely

from geo.places import CHINA_LAT, CHINA_LON
from layers.text import Text, first_few

FEWEST = 10  # different numbers on either axis, so that no chance keeps all their minutes and seconds below 60
SIXTY, HUNDRED = 60, 100
FINEST = 1e-6  # of a degree: six decimals, minutes and seconds with two decimals
ROUNDED_DIGITS, FEWEST_CODES = 6, 4
SHOWN = 6
_CLOSE = 1e-4


def packed_minutes(shapes: np.ndarray) -> Text | None:
    """Say that numbers beyond degrees may be degrees and minutes run together (12024.01, or 1202401 with seconds)."""
    numbers = shapely.get_coordinates(shapes)
    if not len(numbers):
        return None
    for scale, mark in ((HUNDRED, "imports.packed-minutes"), (HUNDRED**2, "imports.packed-seconds")):
        degrees = np.floor(numbers / scale)
        rest = numbers - degrees * scale
        minutes = rest if scale == HUNDRED else np.floor(rest / HUNDRED)
        boxes = zip(degrees.T, (CHINA_LON, CHINA_LAT), strict=True)
        inside = [(low <= each) & (each <= high) for each, (low, high) in boxes]
        below = (minutes < SIXTY).all() and (scale == HUNDRED or (rest - minutes * HUNDRED < SIXTY).all())
        if np.all(inside) and below:
            x = numbers[0, 0]
            meant = f"{degrees[0, 0]:.0f}°{minutes[0, 0]:.10g}′"
            meant += "" if scale == HUNDRED else f"{rest[0, 0] - minutes[0, 0] * HUNDRED:.10g}″"
            return Text(mark, number=f"{x:.10g}", meant=meant)
    return None


def minutes_for_decimals(shapes: np.ndarray) -> Text | None:
    """Say that all decimals of degrees may be minutes and seconds: 120.2401 for 120°24′01″."""
    numbers = shapely.get_coordinates(shapes)
    if any(len(np.unique(axis)) < FEWEST for axis in numbers.T):
        return None
    tenths = np.abs(numbers) / FINEST
    if (np.abs(tenths - np.rint(tenths)) > HUNDRED * _CLOSE).any():
        return None
    rest = np.rint(tenths) % (1 / FINEST)  # MMSSss
    minutes, seconds = rest // HUNDRED**2, rest % HUNDRED**2 / HUNDRED
    if (minutes >= SIXTY).any() or (seconds >= SIXTY).any():
        return None
    x = f"{numbers[0, 0]:.6f}".rstrip("0")
    meant = f"{np.floor(abs(numbers[0, 0])):.0f}°{minutes[0, 0]:02.0f}′{seconds[0, 0]:.4g}″"
    return Text("imports.decimals-may-be-minutes", number=x, meant=meant)


def rounded_codes(codes: Sequence[object], rows: Sequence[int]) -> Text | None:
    """Say which few codes end in zeros where the others of their length and beginning do not: 370102000000."""
    digits = [(row, code) for row, code in zip(rows, codes, strict=True) if isinstance(code, str) and code.isdecimal()]
    round_ones = [each for each in digits if len(each[1]) > ROUNDED_DIGITS and each[1].endswith("0" * ROUNDED_DIGITS)]
    if not round_ones or len(round_ones) * FEWEST_CODES > len(digits):
        return None
    alike = Counter((len(code), code[:-ROUNDED_DIGITS]) for _, code in digits)
    found = [each for each in round_ones if alike[len(each[1]), each[1][:-ROUNDED_DIGITS]] > FEWEST_CODES]
    if not found:
        return None
    named, lines = [code for _, code in found], [row for row, _ in found]
    return Text("imports.codes-rounded", codes=first_few(named, SHOWN), rows=first_few(lines, SHOWN))
