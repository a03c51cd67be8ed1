"""What follows from the shapes of a city alone, kept in files beside the workspace for the next start.

A file is named by a fingerprint of the shapes themselves, so that it is of these and no others, whatever became of the
workspace meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from geo.shapes import Shapes, fingerprint
from layers.model.management import pairs_by_position

if TYPE_CHECKING:
    from pyproj import CRS

    from layers.store.kept_files import KeptFiles

LEAST = 20_000  # of fewer shapes all is computed more quickly than files are worth
FACTS, PAIRS = "places", "areas"
COLUMNS = ("building", "area")  # of pairs

Facts = Callable[[Shapes, "CRS"], np.ndarray]


def facts_of(files: KeptFiles, compute: Facts, shapes: Shapes, crs: CRS) -> np.ndarray:
    """Return what `compute` says of shapes, one row each."""
    if len(shapes) < LEAST:
        return compute(shapes, crs)
    key = fingerprint(shapes, crs.to_wkt().encode())
    found = files.made(
        FACTS, key, lambda kept: len(kept.get("facts", ())) == len(shapes), lambda: {"facts": compute(shapes, crs)}
    )
    return found["facts"]


def pairs_kept(files: KeptFiles) -> Callable[[Shapes, np.ndarray, CRS], tuple[np.ndarray, np.ndarray]]:
    """Return `pairs_by_position`, which looks into the files first."""
    return partial(_pairs, files)


def _pairs(files: KeptFiles, shapes: Shapes, boundaries: np.ndarray, crs: CRS) -> tuple[np.ndarray, np.ndarray]:
    if len(shapes) < LEAST:
        return pairs_by_position(shapes, boundaries, crs)
    key = fingerprint(shapes, fingerprint(boundaries).encode(), crs.to_wkt().encode())
    found = files.made(
        PAIRS,
        key,
        lambda kept: set(COLUMNS) <= kept.keys(),
        lambda: dict(zip(COLUMNS, pairs_by_position(shapes, boundaries, crs), strict=True)),
    )
    return found["building"], found["area"]
