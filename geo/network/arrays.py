"""What it takes to make arrays of a network out of the pieces of its lines."""

from __future__ import annotations

import numpy as np

from geo.lines import Noded, hilbert_order


def ordered_nodes(noded: Noded) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort nodes along a Hilbert curve, so that neighbours lie near: float64[n, 2], and both ends of the pieces, int32.

    Nodes in one cell of the curve are in the order of their coordinates, so that the order depends on nothing else.
    """
    order = np.lexsort(noded.node_xy.T)
    order = order[hilbert_order(noded.node_xy[order])]
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return noded.node_xy[order], place[noded.start], place[noded.end]


def taken(xy: np.ndarray, offsets: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take courses in the order asked for: xy float64[c, 2], offsets int64[r + 1]."""
    counts = np.diff(offsets)[rows]
    begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return xy[np.arange(begins[-1]) + np.repeat(offsets[rows] - begins[:-1], counts)], begins


def lengths(xy: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Measure courses: float64[e]."""
    step = np.append(np.hypot(*np.diff(xy, axis=0).T), 0.0)
    step[offsets[1:] - 1] = 0.0  # from the end of one edge to the start of the next
    return np.add.reduceat(step, offsets[:-1]) if len(offsets) > 1 else np.empty(0)


def pairs(start: np.ndarray, end: np.ndarray, nodes: int) -> int:
    """Count the pairs of nodes that have an edge between them."""
    between = np.sort(np.minimum(start, end).astype(np.int64) * nodes + np.maximum(start, end))
    return int(np.count_nonzero(between[1:] != between[:-1])) + (len(between) > 0)


def duplicates(start: np.ndarray, end: np.ndarray, noded: Noded, use: dict[str, np.ndarray]) -> np.ndarray:
    """Mark the pieces that have the course and the use of an earlier one: bool[e]."""
    turned = start > end
    along = np.where(turned, use["backward"], use["forward"])
    against = np.where(turned, use["forward"], use["backward"])
    sense = np.where(turned, -use["walk_sense"], use["walk_sense"])
    pair = np.minimum(start, end).astype(np.int64) * len(noded.node_xy) + np.maximum(start, end)
    order = np.argsort(pair, kind="stable")
    like = np.zeros(len(start) + 1, dtype=bool)
    like[1:-1] = pair[order[1:]] == pair[order[:-1]]
    seen, again = set(), np.zeros(len(start), dtype=bool)
    for edge in np.sort(order[like[1:] | like[:-1]]):
        course = noded.xy[noded.offsets[edge]:noded.offsets[edge + 1]]
        course = course[::-1] if turned[edge] else course
        ways = course.tobytes(), course[::-1].tobytes() if start[edge] == end[edge] else b""
        speed = float(use["speed_kmh"][edge])
        what = (max(ways), use["walkable"][edge], along[edge], against[edge], speed if speed == speed else None,
                use["walk_ends"][edge], use["drive_ends"][edge], sense[edge])
        again[edge] = what in seen
        seen.add(what)
    return again


def components(nodes: int, start: np.ndarray, end: np.ndarray, usable: np.ndarray,
               ) -> tuple[np.ndarray, tuple[int, ...]]:
    """Number the pieces that hang together, largest first: int32[n] (-1 for none), and their sizes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    start, end = start[usable], end[usable]
    links = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(nodes, nodes))
    piece = connected_components(links, directed=False)[1] if nodes else np.empty(0, np.int32)
    met = np.zeros(nodes, dtype=bool)
    met[start], met[end] = True, True
    sizes = np.bincount(piece[met], minlength=piece.max(initial=-1) + 1)
    by_size = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(sizes), np.int32)
    rank[by_size] = np.arange(len(sizes), dtype=np.int32)
    return np.where(met, rank[piece], np.int32(-1)), tuple(sizes[by_size][sizes[by_size] > 0].tolist())
