"""What follows from the shapes of a city alone, kept in files beside the workspace for the next start.

A file is named by a fingerprint of the shapes themselves, so that it is of these and no others, whatever became of the
workspace meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from geo.shapes import fingerprint
from layers.model.management import pairs_by_position

if TYPE_CHECKING:
    from pyproj import CRS

    from layers.store.kept_files import KeptFiles

LEAST = 20_000  # of fewer shapes all is computed more quickly than files are worth
FACTS, PAIRS = "places", "areas"

Facts = Callable[[np.ndarray, "CRS"], np.ndarray]


def facts_of(files: KeptFiles, compute: Facts, shapes: np.ndarray, crs: CRS) -> np.ndarray:
    """Return what `compute` says of shapes, one row each."""
    if len(shapes) < LEAST:
        return compute(shapes, crs)
    key = fingerprint(shapes, crs.to_wkt().encode())
    found = files.load(FACTS, key)
    if found is not None and len(found.get("facts", ())) == len(shapes):
        return found["facts"]
    facts = compute(shapes, crs)
    files.save(FACTS, key, {"facts": facts})
    return facts


def pairs_kept(files: KeptFiles) -> Callable[[np.ndarray, np.ndarray, CRS], tuple[np.ndarray, np.ndarray]]:
    """Return `pairs_by_position`, which looks into the files first."""
    return partial(_pairs, files)


def _pairs(files: KeptFiles, shapes: np.ndarray, boundaries: np.ndarray, crs: CRS) -> tuple[np.ndarray, np.ndarray]:
    if len(shapes) < LEAST:
        return pairs_by_position(shapes, boundaries, crs)
    key = fingerprint(shapes, fingerprint(boundaries).encode(), crs.to_wkt().encode())
    found = files.load(PAIRS, key)
    if found is not None and {"building", "area"} <= found.keys():
        return found["building"], found["area"]
    building, area = pairs_by_position(shapes, boundaries, crs)
    files.save(PAIRS, key, {"building": building, "area": area})
    return building, area
