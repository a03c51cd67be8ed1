"""Make the demo district: ``python -m data.demo.generate [--buildings N] [--seed S] [--out DIR]``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from data.demo import plan
from data.demo.areas import divide_town
from data.demo.blocks import lay_out
from data.demo.buildings import build
from data.demo.management import manage
from data.demo.people import settle
from data.demo.register import Register, enter_areas, enter_buildings, enter_roads
from data.demo.services import serve
from data.demo.streets import draw_town, hill_paths, network, riverside_paths
from data.demo.villages import draw_country
from data.demo.write import features, write
from layers.model.feature import Feature

SEED = 20260630
BUILDINGS = 1_500
PER_COMMUNITY = 125


def generate(buildings: int = BUILDINGS, seed: int = SEED) -> dict[str, list[Feature]]:
    """Return the invented district as features by layer id, in longitude and latitude.

    Parameters
    ----------
    buildings : int
        About how many; the town is stretched to hold them.
    seed : int
        The same seed gives the same district.
    """
    rng = np.random.default_rng(seed)
    scale = (buildings / plan.BUILDINGS) ** 0.5
    town = draw_town(scale, rng)
    country = draw_country(town.outline, scale, rng)
    lots = lay_out(town, country.borders, rng)
    fabric = build(town, lots, rng)
    settle(fabric.buildings, rng)
    households = np.zeros(len(lots))
    np.add.at(
        households, [each.lot for each in fabric.buildings], [each.households for each in fabric.buildings]
    )
    communities = divide_town(town, lots, country, households, max(round(buildings / PER_COMMUNITY), 1))
    roads = network(town, fabric.alleys + riverside_paths(town) + hill_paths(town, scale) + country.roads)
    register = Register()
    enter_areas(register, communities, fabric, country, rng)
    enter_buildings(register, fabric, country, communities, roads, rng)
    manage(register, fabric, rng)
    enter_roads(register, roads)
    serve(register, fabric, country, communities, rng)
    return features(register)


def main() -> None:
    """Write the district's GeoJSON files."""
    parser = argparse.ArgumentParser(description="Make the demo district.")
    parser.add_argument("--buildings", type=int, default=BUILDINGS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    collections = generate(options.buildings, options.seed)
    write(collections, options.out)
    for layer, collection in collections.items():
        print(f"{layer:15} {len(collection):6,}")


if __name__ == "__main__":
    main()
