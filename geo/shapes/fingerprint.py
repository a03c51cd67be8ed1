"""A number that says what shapes are: the same for the same shapes, whenever they are read."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import shapely

from geo.shapes.packed import Packed, Shapes, kept_as, type_ids, vertex_counts, vertices

_POLYGON = 3


def fingerprint(shapes: Shapes, *beside: bytes) -> str:
    """Return a digest of shapes in their order, and of what else is told `beside` them: hexadecimal.

    Parameters
    ----------
    shapes : array of geometries or None, or the same packed
    beside : bytes
        Such as the name of a CRS.
    """
    shapes = kept_as(shapes)
    kind, counts = type_ids(shapes), vertex_counts(shapes)
    # Where shapes begin says all of points, lines and polygons without holes; others tell what they are made of.
    others = shapes.others() if isinstance(shapes, Packed) else shapes
    made_of_parts = (shapely.get_type_id(others) > _POLYGON) | (shapely.get_num_interior_rings(others) > 0)
    return digest(
        kind.astype(np.int8).tobytes(),
        np.asarray(counts, dtype=np.int64).tobytes(),
        np.ascontiguousarray(vertices(shapes)).data,
        b"".join(shapely.to_wkb(others[made_of_parts])),
        *beside,
    )


def digest(*parts: bytes | memoryview) -> str:
    """Return a digest of parts in their order, each told apart from the next: hexadecimal."""
    told = blake2b(digest_size=20)
    for part in parts:
        told.update(len(part).to_bytes(8, "little"))
        told.update(part)
    return told.hexdigest()
