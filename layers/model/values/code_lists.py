"""Lists of codes and ranges, as courtyards and managed areas have them."""

from __future__ import annotations

import numpy as np

RANGE = "~"


def codes_in(lists: list[tuple[str, ...]], codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Resolve lists of codes and ranges ``first~last`` against the codes that exist.

    Returns
    -------
    (owner, position) : two int arrays
        Which list, and which entry of `codes`; a code that does not exist gives no pair.
    """
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    owners, positions = [], []
    for owner, entries in enumerate(lists):
        for entry in entries:
            first, _, last = entry.partition(RANGE)
            low = np.searchsorted(ordered, first, side="left")
            high = np.searchsorted(ordered, last or first, side="right")
            hits = order[low:high]
            if last:  # text order and number order agree only among codes of one length
                hits = hits[[len(codes[hit]) == len(first) for hit in hits]]
            owners.append(np.full(len(hits), owner))
            positions.append(hits)
    if not owners:
        return np.empty(0, int), np.empty(0, int)
    return np.concatenate(owners), np.concatenate(positions)
