"""Every case of the shared folder: minutes by hand, within 0.3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.streets.conftest import Place
from tests.suite import quickly

TOLERANCE = 0.3


def cases() -> dict[str, dict]:
    """Return name → what is expected; none without the shared data."""
    file = SHARED / "streets" / "expected.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def right(found: float | None, expected: float | list[float] | None) -> bool:
    """Say whether minutes are as expected: a number, a range, or None for not reached."""
    if expected is None or found is None:
        return found is None and expected is None
    low, high = expected if isinstance(expected, list) else (expected, expected)
    return low - TOLERANCE <= found <= high + TOLERANCE


@pytest.mark.parametrize("name", quickly([*cases()], *range(0, 23, 3)))  # a third of what is much alike
def test_minutes(name: str, streets_data: Path, place: Place) -> None:
    case = cases()[name]
    place.import_case(streets_data / name)
    found = place.minutes(mode=case["mode"], minutes=[case["minutes_limit"]])
    wrong = {code: (found[code], expected) for code, expected in case["minutes"].items()
             if not right(found[code], expected)}  # fmt: skip
    assert not wrong, case["what"]


def test_kinds_of_barrier_that_walkers_pass(streets_data: Path, place: Place) -> None:
    """Each stands in the middle of a street of its own; nothing is said of who may pass."""
    place.import_case(streets_data / "20-barrier-kinds")
    found = place.minutes(minutes=[30])
    assert len(found) == 22
    assert set(found.values()) <= {3.07, 3.08}
