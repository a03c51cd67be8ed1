"""How the buildings of a city are joined to its streets, kept in a file beside the workspace for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.network import Around, Legs, Mode, Network, attach_clear
from geo.shapes import digest

if TYPE_CHECKING:
    from layers.store.kept_files import KeptFiles

LEAST = 20_000  # fewer points are joined more quickly than a file is worth
NAME = "legs"
FORMAT = "4"
"""To be changed whenever the same points are joined in another way."""
FIELDS = ("edge", "at_m", "access_m", "leg", "via", "nearest", "bend_xy")

How = tuple[Network, np.ndarray, Mode, float, Around, np.ndarray]  # as `geo.network.attach_clear` takes it


def legs_kept(files: KeptFiles, how: How) -> Legs:
    """Join points to a network as `geo.network.attach_clear` does, or take them as they were joined."""
    points_xy = how[1]
    if len(points_xy) < LEAST:
        return attach_clear(*how)
    whole = dict.fromkeys(FIELDS, len(points_xy))
    found = files.made(
        NAME,
        _key(how),
        lambda kept: {name: len(each) for name, each in kept.items()} == whole,
        lambda: _arrays(attach_clear(*how)),
    )
    return Legs(**found)


def _arrays(legs: Legs) -> dict[str, np.ndarray]:
    return {name: getattr(legs, name) for name in FIELDS}


def _key(how: How) -> str:
    """Return a digest of everything that the answer rests on; edges are known by their numbers."""
    network, points_xy, mode, max_access_m, around, starts = how
    rules = f"{FORMAT} {mode} {max_access_m!r} {around.fingerprint}".encode()
    edges = network.xy, network.offsets, network.edge_from, network.edge_to, network.usable(mode), network.ferry, starts
    return digest(rules, *(np.ascontiguousarray(each).data for each in (*edges, points_xy)))
