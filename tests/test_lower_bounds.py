"""The script that tests at lower bounds: what it takes for one."""

from __future__ import annotations

import pytest

from tests.lower_bounds import BOUND, bounds, lowest


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("numpy>=2.0", "numpy==2.0"),
        ("python-calamine>=0.4", "python-calamine==0.4"),
        ("psycopg[binary]>=3.2", "psycopg[binary]==3.2"),
        ("mypy>=2.4,<2.5", "mypy==2.4"),
    ],
)
def test_only_the_lower_bound_is_met(requirement: str, expected: str) -> None:
    assert lowest(requirement) == expected


@pytest.mark.parametrize("requirement", ["numpy", "numpy==2.0", "numpy<3", "numpy>=2.0; python_version < '3.12'"])
def test_what_has_no_plain_lower_bound_is_refused(requirement: str) -> None:
    with pytest.raises(ValueError, match="no plain lower bound"):
        lowest(requirement)


def test_every_requirement_of_the_house_has_one() -> None:
    own, tests = bounds()
    assert {BOUND.fullmatch(each)["name"] for each in (*own, *tests)} >= {"numpy", "shapely", "pytest", "mypy"}
