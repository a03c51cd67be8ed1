"""How one gets to a station where a question does not say: each speed, distance and limit once.

`geo` takes them as arguments; forms, words and documents take them from here.
"""

from __future__ import annotations

from typing import Literal, get_args

Mode = Literal["walk", "drive"]
Method = Literal["network", "detour", "straight"]
Direction = Literal["to", "from"]
Residents = Literal["ends", "closed", "open"]
MODES, METHODS, DIRECTIONS = get_args(Mode), get_args(Method), get_args(Direction)  # the first of each is usual
RESIDENTS = get_args(Residents)

WALKING_KMH = 4.0
SHORT_KMH = 3.2  # for offices that count 800 m as a quarter of an hour
ELDERLY_KMH = 3.0
DRIVING_KMH = 30.0  # by the straight line; along the streets each road has its own
SLOWEST_KMH, FASTEST_KMH = 0.5, 120.0
FERRY_KMH = 10.0  # where nobody mapped how long it takes
LIVING_STREET_KMH = 30.0  # no living street is faster, whatever a slip of the mapper says
DETOUR = 1.3  # so much longer than the straight line a way is taken to be

ACCESS_M = 200.0  # farther from any street a place is off the network
VILLAGE_ACCESS_M = 1_000.0  # a village is larger than a house, and its place stands for all of it
MOST_ACCESS_M = 5000.0

LIMIT_MINUTES = 15.0
LIMITS_MINUTES = (5.0, 10.0, LIMIT_MINUTES)  # as a map has them
MOST_MINUTES, MOST_LIMITS = 240, 12
MOST_POINTS = 1_000


def walking_kmh(mode: str, speed_kmh: float | None) -> float:
    """Return how fast one walks: as asked on foot, else as is usual; legs to and from a car are walked too."""
    return speed_kmh if mode == "walk" and speed_kmh else WALKING_KMH


def straight_kmh(mode: str, speed_kmh: float | None) -> float:
    """Return how fast one moves by the straight line: as asked, else as is usual on foot or by car."""
    return speed_kmh or (WALKING_KMH if mode == "walk" else DRIVING_KMH)


def walked_m(kmh: float, minutes: float = LIMIT_MINUTES) -> float:
    """Return how far one gets in some minutes."""
    return kmh * 1000 / 60 * minutes
