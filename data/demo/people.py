"""Who lives in the buildings: counts only, older houses with older people."""

from __future__ import annotations

import numpy as np

from data.demo.buildings import Building

AT_HOME = 0.92
"""Share of flats that are lived in."""


def settle(buildings: list[Building], rng: np.random.Generator) -> None:
    """Give every building its entrances, lifts, households, population and elderly."""
    for building in buildings:
        if building.use in ("residential", "mixed"):
            _settle(building, rng)


def _settle(building: Building, rng: np.random.Generator) -> None:
    length = building.polygon.length / 2 - 12.0
    floors = building.floors
    if building.style == "tower":
        building.units, flats, building.lifts = 1, 4, 2
    else:
        building.units = max(round(length / (15.0 if building.year < 1990 else 18.0)), 1)
        flats = 2
        building.lifts = building.units if floors > 6 else 0
    homes = building.units * flats * (floors - 1 if building.use == "mixed" else floors)
    building.households = max(int(rng.binomial(max(homes, 1), AT_HOME)), 1)
    building.population = int(rng.poisson(building.households * rng.uniform(2.1, 2.9))) + 1
    building.elderly_60 = int(rng.binomial(building.population, elderly_share(building.year)))


def elderly_share(year: int) -> float:
    """Return the share of residents aged 60 and over in a house built in `year`."""
    return float(np.interp(year, [1958, 1975, 1990, 2005, 2020], [0.44, 0.38, 0.29, 0.19, 0.12]))
