"""Pieces of a network's edges, and their courses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from geo.network.graph import Network


class Stretches(NamedTuple):
    """Pieces of edges: edge int32[k], ascending, and from where to where, as fractions of its length."""

    edge: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def length_m(self, network: Network) -> np.ndarray:
        """Give the length of each piece: float64[k]."""
        return (self.end - self.start) * network.length_m[self.edge]

    def courses(self, network: Network) -> tuple[np.ndarray, np.ndarray]:
        """Give the courses: xy float64[c, 2], and offsets int64[k + 1] where each begins."""
        xy, offsets = network.xy, network.offsets
        walked = _walked(network)
        low, high = offsets[self.edge], offsets[self.edge + 1] - 1
        length = walked[high] - walked[low]
        first, first_xy = _place(xy, walked, (low, high), walked[low] + self.start * length)
        last, last_xy = _place(xy, walked, (low, high), walked[low] + self.end * length)
        last = last - (walked[last] >= walked[low] + self.end * length)  # an end on a vertex is that vertex
        counts = np.maximum(last - first, 0) + 2
        begins = np.concatenate([[0], np.cumsum(counts)])
        # Between its two ends a piece has the vertices after `first` up to `last`.
        vertices = np.arange(begins[-1]) + np.repeat(first - begins[:-1], counts)
        course = xy[np.clip(vertices, 0, max(len(xy) - 1, 0))]
        course[begins[:-1]], course[begins[1:] - 1] = first_xy, last_xy
        return course, begins

    def lines(self, network: Network) -> np.ndarray:
        """Give the courses as shapely LineStrings: object[k]."""
        xy, offsets = self.courses(network)
        return shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (offsets,))


def _walked(network: Network) -> np.ndarray:
    """Return how far each vertex lies along all edges, one after the other; the same for all that asks of a network."""
    if "walked" not in network.beside:
        step = np.zeros(len(network.xy))
        step[1:] = np.hypot(*np.diff(network.xy, axis=0).T)
        step[network.offsets[:-1]] = 0.0
        network.beside["walked"] = np.cumsum(step)
    return network.beside["walked"]


def _place(xy: np.ndarray, walked: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], at: np.ndarray,
           ) -> tuple[np.ndarray, np.ndarray]:
    """Find the last vertex at or before places on edges, and the coordinates of the places."""
    low, high = bounds
    before = np.clip(np.searchsorted(walked, at, side="right") - 1, low, high)
    after = np.minimum(before + 1, high)
    step = walked[after] - walked[before]
    share = np.divide(at - walked[before], step, out=np.zeros(len(at)), where=step > 0)[:, None]
    return before, xy[before] + np.clip(share, 0.0, 1.0) * (xy[after] - xy[before])
