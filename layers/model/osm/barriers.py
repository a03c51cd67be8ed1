"""Which lines and areas nobody walks across from a door to the street: walls, railways, water, cliffs."""

from __future__ import annotations

from collections.abc import Mapping

from layers.model.feature import Value
from layers.model.osm.roads import FOOT_KEYS, GATES, GONE_KEYS, OPEN, SHUT, floors_of, passes

Tags = Mapping[str, str]

WALLS = {"wall": "wall", "city_wall": "wall", "fence": "fence", "hedge": "hedge", "retaining_wall": "retaining_wall",
         "ditch": "other", "wire_fence": "fence"}  # fmt: skip
RAILWAYS = {"rail", "light_rail", "subway", "narrow_gauge", "preserved"}
RIVERS = {"river", "canal", "riverbank", "dock"}
KEYS = ("barrier", "natural", "waterway", "railway", "landuse", "water")

# Areas of open water by their key. A bay or a strait is the name of a piece of sea whose shore the coastline is; a
# wetland, a tidal flat or a pool in a garden is walked in or passed round within a few steps, and no obstacle here.
WATERS = {
    "natural": {"water"},
    "waterway": {"riverbank", "dock"},
    "landuse": {"reservoir", "basin", "salt_pond", "pond"},
}
# What `water` says of `natural=water`, where that was left out.
BODIES = {"lake", "pond", "reservoir", "basin", "river", "canal", "oxbow", "lagoon", "moat", "lock", "wastewater",
          "fishpond", "fish_pond"}  # fmt: skip
DRY_BASINS = {"detention", "infiltration"}
"""Basins that hold water after rain only."""


def barrier(tags: Tags) -> dict[str, Value] | None:
    """Return what a way or an area is as a barrier, code aside; None when nobody is stopped by it.

    What passes above or below the ground stops nobody on it: culverts, railway bridges, tunnels, what stands on a roof.
    The `layer` of water says only what crosses over it: many rivers carry -1 and lie open all the same.
    """
    kind = _kind(tags)
    if kind is None or any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel")):
        return None
    floors = floors_of(tags.get("layer", "")) or floors_of(tags.get("level", "")) or [0]
    apart = not floors[0] <= 0 <= floors[-1] and kind != "water"
    if any(tags.get(key) == "yes" for key in GONE_KEYS) or tags.get("location") == "roof":
        return None
    roofed = tags.get("covered") == "yes" and kind == "water"
    if apart or roofed or tags.get("location") == "underground":
        return None
    return {"name": tags.get("name"), "kind": kind}


def of_area(tags: Tags, of_relation: bool = False) -> bool:
    """Say whether a barrier comes as an area: water is one, a wall that closes a ring is a line."""
    if _is_water(tags):
        return True
    return of_relation and bool(WALLS.keys() & tags.get("barrier", "").split(";"))


def _is_water(tags: Tags) -> bool:
    """Say whether an area is open water, whatever of it may be dry."""
    unnamed = "natural" not in tags and "waterway" not in tags
    return any(tags.get(key) in values for key, values in WATERS.items()) or (unnamed and tags.get("water") in BODIES)


def _kind(tags: Tags) -> str | None:
    named = [part.strip() for part in tags.get("barrier", "").split(";")]
    wall = next((WALLS[each] for each in named if each in WALLS), None)
    if wall is not None:
        open_to_walkers = next((tags[key] for key in FOOT_KEYS if key in tags), None) in OPEN
        return None if open_to_walkers else wall
    if any(each in GATES for each in named) and passes({**tags, "barrier": "gate"})[0] == SHUT:
        return "other"  # a gate drawn as a piece of its wall, that is never open
    if tags.get("natural") == "coastline" or tags.get("waterway") in RIVERS:
        return "water"
    if _is_water(tags):
        return None if tags.get("basin") in DRY_BASINS else "water"
    if tags.get("natural") == "cliff":
        return "cliff"
    return "railway" if tags.get("railway") in RAILWAYS else None
