"""Which lines and areas nobody walks across from a door to the street: walls, railways, water, cliffs."""

from __future__ import annotations

from collections.abc import Mapping

from layers.model.feature import Value
from layers.model.osm.roads import FOOT_KEYS, OPEN

Tags = Mapping[str, str]

WALLS = {"wall": "wall", "city_wall": "wall", "fence": "fence", "hedge": "hedge", "retaining_wall": "retaining_wall",
         "ditch": "other"}  # fmt: skip
RAILWAYS = {"rail", "light_rail", "subway", "narrow_gauge", "preserved"}
RIVERS = {"river", "canal", "riverbank", "dock"}
KEYS = ("barrier", "natural", "waterway", "railway")


def barrier(tags: Tags) -> dict[str, Value] | None:
    """Return what a way or an area is as a barrier, code aside; None when nobody is stopped by it.

    What passes above or below the ground stops nobody on it: culverts, railway bridges, tunnels.
    """
    kind = _kind(tags)
    if kind is None or any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel")):
        return None
    if tags.get("layer", "0") not in ("0", "") or tags.get("location") == "underground":
        return None
    return {"name": tags.get("name"), "kind": kind}


def of_area(tags: Tags) -> bool:
    """Say whether a barrier comes as an area: water is one, a wall that closes a ring is a line."""
    return tags.get("natural") == "water" or tags.get("waterway") in ("riverbank", "dock")


def _kind(tags: Tags) -> str | None:
    if tags.get("barrier") in WALLS:
        open_to_walkers = next((tags[key] for key in FOOT_KEYS if key in tags), None) in OPEN
        return None if open_to_walkers else WALLS[tags["barrier"]]
    if tags.get("natural") == "water" or tags.get("waterway") in RIVERS:
        return "water"
    if tags.get("natural") == "cliff":
        return "cliff"
    return "railway" if tags.get("railway") in RAILWAYS else None
