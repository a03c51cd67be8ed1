"""Which polygons of one ring are sound beyond doubt, told by their corners alone."""

from __future__ import annotations

import numpy as np


def surely_sound(xy: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Say of closed rings which are sound polygons; of the others nothing is said.

    Parameters
    ----------
    xy : float64[n, 2]
        Ring after ring, each ending where it begins; finite.
    begins : int64[r + 1]
        Where each ring begins; none is empty.

    Returns
    -------
    bool[r]
    """
    from geo.shapes import soundness_kernel

    within = np.ones(max(len(xy) - 1, 0), dtype=bool)
    within[begins[1:-1] - 1] = False  # from the end of one ring to the start of the next
    edges, rings = np.hstack([xy[:-1], xy[1:]])[within], np.arange(len(begins))
    return soundness_kernel.surely_sound(edges, begins - rings, rings, np.ones(len(begins) - 1, dtype=bool))
