"""How the buildings of a city are joined to its streets, kept in a file beside the workspace for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.network import Around, Legs, Mode, Network, attach_clear, parts_of, put_together
from geo.shapes import digest

if TYPE_CHECKING:
    from layers.store.kept_files import KeptFiles

LEAST, LEAST_FEW = 20_000, 500  # fewer points are joined more quickly than a file is worth
NAME, NAME_FEW = "legs", "standing"  # of many points, and of few, such as stations: other stations push no city out
FORMAT = "5"
"""To be changed whenever the same points are joined in another way."""
FIELDS = ("edge", "at_m", "access_m", "leg", "via", "nearest", "bend_xy")

How = tuple[Network, np.ndarray, Mode, float, Around, np.ndarray]  # as `geo.network.attach_clear` takes it


def legs_kept(files: KeptFiles, how: How) -> Legs:
    """Join points to a network as `geo.network.attach_clear` does, or take them as they were joined.

    Each part of a large city is kept as soon as it is done, so that who asks again after a question that took too long
    goes on where it broke off.
    """
    network, points_xy, mode, max_access_m, around, starts = how
    if len(points_xy) < LEAST:
        return attach_clear(*how) if len(points_xy) < LEAST_FEW else _kept(files, NAME_FEW, how, 1)
    parts = parts_of(points_xy, max_access_m, around)
    hows = ((network, points_xy[rows], mode, max_access_m, around, starts) for rows in parts)
    return put_together(parts, [_kept(files, NAME, each, len(parts)) for each in hows])


def _kept(files: KeptFiles, name: str, how: How, parts: int) -> Legs:
    whole = dict.fromkeys(FIELDS, len(how[1]))
    found = files.made(
        name,
        _key(how),
        lambda kept: {field: len(each) for field, each in kept.items()} == whole,
        lambda: _arrays(attach_clear(*how)),
        parts,
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
