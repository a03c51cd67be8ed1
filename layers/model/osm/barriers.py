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

    What passes above or below the ground stops nobody on it: culverts, railway bridges, tunnels. The `layer` of water
    says only what crosses over it: many rivers carry -1 and lie open all the same.
    """
    kind = _kind(tags)
    if kind is None or any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel")):
        return None
    apart = tags.get("layer", "0") not in ("0", "") and kind != "water"
    roofed = tags.get("covered") == "yes" and kind == "water"
    if apart or roofed or tags.get("location") == "underground":
        return None
    return {"name": tags.get("name"), "kind": kind}


def of_area(tags: Tags, of_relation: bool = False) -> bool:
    """Say whether a barrier comes as an area: water is one, a wall that closes a ring is a line."""
    if tags.get("natural") == "water" or tags.get("waterway") in ("riverbank", "dock"):
        return True
    return of_relation and tags.get("barrier") in WALLS


def _kind(tags: Tags) -> str | None:
    if tags.get("barrier") in WALLS:
        open_to_walkers = next((tags[key] for key in FOOT_KEYS if key in tags), None) in OPEN
        return None if open_to_walkers else WALLS[tags["barrier"]]
    if tags.get("natural") in ("water", "coastline") or tags.get("waterway") in RIVERS:
        return "water"
    if tags.get("natural") == "cliff":
        return "cliff"
    return "railway" if tags.get("railway") in RAILWAYS else None
