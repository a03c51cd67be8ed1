"""How fast and how far one gets where a question does not say."""

from __future__ import annotations

import pytest

from layers.model import travel


@pytest.mark.parametrize(
    ("mode", "asked", "walking", "straight"),
    [
        ("walk", None, 4.0, 4.0),
        ("walk", 3.2, 3.2, 3.2),
        ("drive", None, 4.0, 30.0),  # legs to and from a car are walked
        ("drive", 45.0, 4.0, 45.0),
    ],
)
def test_speeds(mode: str, asked: float | None, walking: float, straight: float) -> None:
    assert travel.walking_kmh(mode, asked) == walking
    assert travel.straight_kmh(mode, asked) == straight


def test_eight_hundred_metres_are_a_quarter_of_an_hour_for_some_and_a_kilometre_for_most() -> None:
    assert travel.walked_m(travel.SHORT_KMH) == pytest.approx(800)
    assert travel.walked_m(travel.WALKING_KMH) == pytest.approx(1000)
    assert travel.walked_m(travel.ELDERLY_KMH, 10) == pytest.approx(500)
