"""A network of lines as compact arrays: nodes, edges between them, and who may use them which way.

Coordinates are metric; the caller chooses the CRS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import shapely

from geo.lines import Noded, node_lines
from geo.network.arrays import components, duplicates, lengths, ordered_nodes, pairs, taken
from geo.network.bans import graph_with_bans
from geo.network.parts import ENDS, LONGEST_MS, OPEN, RESTRICTED, Graph, Parts, graph_of

Mode = Literal["walk", "drive"]
Direction = Literal["to", "from"]
Restricted = Literal["ends", "closed", "open"]

SNAP_M = 0.5

@dataclass(frozen=True)
class NetworkReport:
    """What became of the lines.

    Attributes
    ----------
    lines, edges, nodes : int
        How many came in, and what they make.
    left_out : dict of str to tuple of int
        Rows of lines without an edge by reason: ``empty``, ``not_finite``, ``not_a_line``, ``zero_length``,
        ``unusable`` (neither walkable nor drivable), ``duplicate`` (the same course and use as an earlier one).
    without_speed : tuple of int
        Rows of drivable lines without a speed above 0: not drivable in the network.
    cuts : int
        Places inside a line where it was cut because another meets it there.
    snapped_m : tuple of float
        How far each loose end was moved to meet the network.
    stubs : int
        Overshooting ends shorter than the snapping distance, cut off.
    loops : int
        Edges that end where they begin.
    parallel : int
        Edges beside an earlier one between the same two nodes.
    walk_components, drive_components : tuple of int
        Nodes in each piece that hangs together when one-ways are ignored, largest first.
    """

    lines: int
    edges: int
    nodes: int
    left_out: dict[str, tuple[int, ...]]
    without_speed: tuple[int, ...]
    cuts: int
    snapped_m: tuple[float, ...]
    stubs: int
    loops: int
    parallel: int
    walk_components: tuple[int, ...]
    drive_components: tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """Nodes in the order of a Hilbert curve, edges in the order of the lines they are cut from. Read-only.

    Attributes
    ----------
    node_xy : float64[n, 2]
    edge_from, edge_to : int32[e], nodes
    edge_line : int32[e], the row of the line an edge is part of
    length_m : float64[e]
    walkable, forward, backward : bool[e]
        On foot; by car along and against the line.
    walk_sense : int8[e]
        On foot 0 both ways, 1 along the line alone, -1 against it alone (an escalator).
    speed_kmh : float64[e], by car; nan where not drivable
    ferry : bool[e]
        Whoever is on it goes at its speed, walkers too.
    walk_ends, drive_ends : bool[e]
        Restricted in that mode: passed at the ends of a trip only (see `geo.network.search`).
    walk_gate, drive_gate : int8[n]
        Who passes a node in that mode: everybody (`OPEN`), who begins or ends behind it (`RESTRICTED`), nobody
        (`SHUT`).
    xy, offsets : float64[c, 2], int64[e + 1]
        The course of edge i is xy[offsets[i]:offsets[i + 1]].
    ban_edges, ban_starts : int64[k], int64[b + 1]
        What nobody drives in one go: path i is ban_edges[ban_starts[i]:ban_starts[i + 1]], each edge as twice its
        number, plus 1 against its course (see `geo.network.turns`).
    walk_component, drive_component : int32[n]
        The piece a node belongs to, largest piece 0, -1 if no edge of that mode meets it.
    line_cuts, line_stubs, snapped_line : int64[k], int64[k], int64[s]
        How the lines were joined, see `geo.lines.noding.Noded`; for `geo.network.edit`.
    report : NetworkReport
    """

    node_xy: np.ndarray
    edge_from: np.ndarray
    edge_to: np.ndarray
    edge_line: np.ndarray
    length_m: np.ndarray
    walkable: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    speed_kmh: np.ndarray
    ferry: np.ndarray
    walk_sense: np.ndarray
    walk_ends: np.ndarray
    drive_ends: np.ndarray
    walk_gate: np.ndarray
    drive_gate: np.ndarray
    ban_edges: np.ndarray
    ban_starts: np.ndarray
    xy: np.ndarray
    offsets: np.ndarray
    walk_component: np.ndarray
    drive_component: np.ndarray
    line_cuts: np.ndarray
    line_stubs: np.ndarray
    snapped_line: np.ndarray
    report: NetworkReport
    # What a mode needs (its graphs, its tree of edges), made when first asked for.
    _graphs: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def as_arrays(self) -> dict[str, np.ndarray]:
        """Give everything as arrays by name, to be kept (`numpy.savez`) and made a network again by `of_arrays`."""
        kept = {name: value for name, value in vars(self).items() if name in _ARRAYS}
        return {**kept, "report": np.frombuffer(json.dumps(asdict(self.report)).encode(), np.uint8)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Network:
        """Make a network of what `as_arrays` gave. Raises KeyError if an array is missing."""
        told = json.loads(bytes(arrays["report"]))
        left_out = {reason: tuple(rows) for reason, rows in told.pop("left_out").items()}
        told = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
        kept: dict[str, Any] = {name: np.asarray(arrays[name]) for name in _ARRAYS}
        for array in kept.values():
            array.setflags(write=False)
        return cls(**kept, report=NetworkReport(left_out=left_out, **told))

    def usable(self, mode: Mode, restricted: Restricted = "ends") -> np.ndarray:
        """Tell which edges can be used in a mode, either way: bool[e]. Raises ValueError for an unknown mode."""
        if mode not in ("walk", "drive"):
            raise ValueError(f"mode is {mode!r}; it must be walk or drive")
        usable = self.walkable if mode == "walk" else self.forward | self.backward
        return usable & ~self.ends_only(mode) if restricted == "closed" else usable

    def ends_only(self, mode: Mode) -> np.ndarray:
        """Give `walk_ends` or `drive_ends`."""
        return self.walk_ends if mode == "walk" else self.drive_ends

    def gate(self, mode: Mode) -> np.ndarray:
        """Give `walk_gate` or `drive_gate`."""
        return self.walk_gate if mode == "walk" else self.drive_gate

    def component(self, mode: Mode) -> np.ndarray:
        """Give `walk_component` or `drive_component`."""
        return self.walk_component if mode == "walk" else self.drive_component

    def restricts(self, mode: Mode) -> bool:
        """Tell whether any edge or gate of a mode is not for everybody."""
        return bool((self.ends_only(mode) & self.usable(mode)).any() or self.gate(mode).any())

    def pieces(self, mode: Mode) -> np.ndarray:
        """Give what hangs together when one-ways and restrictions are ignored, but no shut gate: int64[e]."""
        if not self.gate(mode).any():
            return self.component(mode)[self.edge_from]
        if ("pieces", mode) not in self._graphs:
            parts = self.parts(mode, "open")
            self._graphs["pieces", mode] = parts.pieces(self.usable(mode))[parts.start]
        return self._graphs["pieces", mode]

    @cached_property
    def _senses_on_foot(self) -> bool:
        return bool(self.walk_sense.any())

    @cached_property
    def edges_by_node(self) -> tuple[np.ndarray, np.ndarray]:
        """The edges that leave node i, twice their number and 1 more against their course: edges[at[i]:at[i + 1]]."""
        tail = np.column_stack([self.edge_from, self.edge_to]).ravel()
        at = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=len(self.node_xy)))])
        return at, np.argsort(tail, kind="stable")

    @cached_property
    def geometries(self) -> np.ndarray:
        """The edges as shapely LineStrings: object[e]."""
        return shapely.from_ragged_array(shapely.GeometryType.LINESTRING, self.xy, (self.offsets,))

    @property
    def beside(self) -> dict[Any, Any]:
        """What others lay out of the network and keep as long as it is kept."""
        return self._graphs

    def tree(self, mode: Mode, restricted: Restricted = "ends") -> tuple[shapely.STRtree, np.ndarray]:
        """Give the tree of a mode's usable edges, but for ferries, and which edge each item is: int64. Built once."""
        key = ("tree", mode, restricted == "closed")
        if key not in self._graphs:
            edges = np.flatnonzero(self.usable(mode, restricted) & ~self.ferry)
            self._graphs[key] = shapely.STRtree(self.geometries[edges]), edges
        return self._graphs[key]

    def seconds(self, mode: Mode, speed_kmh: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Give the seconds along and against each edge: two float64[e], inf where it must not be passed."""
        graph = self.graph(mode, "from", speed_kmh)
        _, _, cost, on, back = graph.edges
        return np.where(on, cost / 1000, np.inf), np.where(back, cost / 1000, np.inf)

    def graph(self, mode: Mode, direction: Direction = "from", speed_kmh: float | None = None,
              restricted: Restricted = "ends") -> Graph:
        """Give the graph of a mode, kept for the next call.

        Parameters
        ----------
        mode : walk or drive
        direction : to or from the sources
        speed_kmh : float, optional
            One speed for all edges; on foot there must be one, by car without it each edge's own.
        restricted : ends, closed or open
            Restricted edges and gates are passed at the ends of a trip, by nobody, or by everybody.

        Raises
        ------
        ValueError
            If mode, direction or `restricted` is none of these, or the speed is not above 0 or, on foot, missing.
        """
        if direction not in ("to", "from"):
            raise ValueError(f"direction is {direction!r}; it must be to or from")
        if restricted not in ("ends", "closed", "open"):
            raise ValueError(f"restricted is {restricted!r}; it must be ends, closed or open")
        if (mode == "walk" or speed_kmh is not None) and not 0 < (speed_kmh or 0) < np.inf:
            raise ValueError(f"speed_kmh is {speed_kmh}; it must be above 0")
        directed = mode == "drive" or self._senses_on_foot
        key = (mode, direction if directed else "both", speed_kmh, restricted)
        if key not in self._graphs:
            usable = self.usable(mode, restricted)
            on, back = (self.walk_sense >= 0, self.walk_sense <= 0) if mode == "walk" else (self.forward, self.backward)
            on, back = on & usable, back & usable
            if direction == "to":
                on, back = back, on
            own = self.ferry if speed_kmh is not None else True
            speed = np.where(usable, np.where(own, self.speed_kmh, speed_kmh or 1.0), 1.0)
            cost = np.minimum(np.rint(self.length_m * 3600 / speed), LONGEST_MS).astype(np.int32)
            bans = self.bans(direction) if mode == "drive" else []
            made = self.parts(mode, restricted), (cost, on, back), self.length_m
            self._graphs[key] = graph_with_bans(*made, bans) if bans else graph_of(*made)
        return self._graphs[key]

    def bans(self, direction: Direction = "from") -> list[tuple[int, ...]]:
        """List what nobody drives in one go, as the search comes to it: against the traffic where times are *to*."""
        paths = [tuple(self.ban_edges[first:last].tolist()) for first, last in pairwise(self.ban_starts)]
        return paths if direction == "from" else [tuple(edge ^ 1 for edge in reversed(path)) for path in paths]

    def parts(self, mode: Mode, restricted: Restricted = "ends") -> Parts:
        """Give the numbers of nodes of a mode, as `graph` has them: shut gates and restricted edges stand apart."""
        key = ("parts", mode, restricted)
        if key not in self._graphs:
            usable, gate = self.usable(mode, restricted), self.gate(mode)
            ends = self.ends_only(mode) & usable if restricted == "ends" else np.zeros(len(usable), dtype=bool)
            stops = gate > (RESTRICTED if restricted == "open" else OPEN)
            self._graphs[key] = Parts.of(len(self.node_xy), (self.edge_from, self.edge_to), usable, ends,
                                         np.where(stops, gate, OPEN), restricted == "closed")
        return self._graphs[key]


_ARRAYS = tuple(each.name for each in fields(Network) if each.type == "np.ndarray")


def build_network(lines: np.ndarray, *, snap_m: float = SNAP_M, **use: np.ndarray) -> Network:
    """Make a network of lines, cut where they meet.

    Parameters
    ----------
    lines : object[k] of LineString, MultiLineString or None
        Metric CRS.
    walkable, drivable : bool[k], or int8[k] with `ENDS` for what is passed at the ends of a trip only
    oneway : int[k]
        By car: 0 both ways, 1 only along the line, -1 only against it.
    speed_kmh : float[k]
        By car. A drivable line without a speed above 0 is not drivable, and reported.
    level : int[k]
        Lines on different levels meet only at ends (see `geo.lines.noding.node_lines`).
    walk_sense : int[k], optional
        The same on foot, as escalators have it.
    ferry : bool[k], optional
        Whoever is on one goes at its speed, walkers too.
    by_node : bool[k], optional
        Lines that meet each other only where both have a vertex (see there).
    parted : bool[k], optional
        Lines whose loose ends are not joined to what they nearly touch.
    snap_m : float
        Loose ends so near to the network are joined to it.

    Raises
    ------
    ValueError
        If an array is not as long as `lines`, `oneway` holds anything else, or `snap_m` is below 0.
    """
    lines, who = np.asarray(lines, dtype=object), line_use(lines, **use)
    usable = np.where(who.unusable, np.array(None), lines)
    return assembled(node_lines(usable, who.level, snap_m, who.by_node, who.parted), who, lines)


@dataclass(frozen=True)
class LineUse:
    """Who may use each line which way: bool[k] each, float64[k] km/h (nan where not drivable), int64[k] level.

    `by_node` are those that meet each other only where both have a vertex, `parted` those whose loose ends stay.
    `slow` are the drivable lines without a speed above 0, which are not drivable here, and `unusable` what is
    neither for walking nor for driving.
    """

    walkable: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    speed_kmh: np.ndarray
    level: np.ndarray
    slow: np.ndarray
    unusable: np.ndarray
    by_node: np.ndarray
    ferry: np.ndarray
    walk_sense: np.ndarray
    walk_ends: np.ndarray
    drive_ends: np.ndarray
    parted: np.ndarray

    def of_edges(self, line: np.ndarray) -> dict[str, np.ndarray]:
        """Give what a network keeps of the lines that its edges are part of."""
        return {name: getattr(self, name)[line] for name in OF_EDGES}


OF_EDGES = ("walkable", "forward", "backward", "speed_kmh", "ferry", "walk_sense", "walk_ends", "drive_ends")


def line_use(lines: np.ndarray, walkable: np.ndarray, drivable: np.ndarray, oneway: np.ndarray,
             speed_kmh: np.ndarray, level: np.ndarray, **marks: np.ndarray) -> LineUse:
    """Bring into one form who may use lines; see `build_network`, which takes and refuses the same (`marks` too)."""
    ends = [np.asarray(each) == ENDS for each in (walkable, drivable)]
    walkable, drivable = (np.asarray(each).astype(bool) for each in (walkable, drivable))
    oneway, level = np.asarray(oneway).astype(np.int8), np.asarray(level).astype(np.int64)
    speed = np.asarray(speed_kmh, dtype=float)
    by_node, ferry, parted = (np.asarray(marks.pop(name, np.zeros(len(lines))), dtype=bool)
                              for name in ("by_node", "ferry", "parted"))
    sense = np.asarray(marks.pop("walk_sense", np.zeros(len(lines)))).astype(np.int8)
    if marks:
        raise TypeError(f"nothing is known of {', '.join(marks)}")
    every = (walkable, drivable, oneway, level, speed, by_node, ferry, sense, parted)
    if any(each.shape != (len(lines),) for each in every):
        raise ValueError("walkable, drivable, oneway, speed_kmh, level, and marks of lines must be as long as lines")
    if not np.isin([oneway, sense], (-1, 0, 1)).all():
        raise ValueError("oneway and walk_sense must be 0, 1 or -1")
    slow = drivable & ~((speed > 0) & np.isfinite(speed))
    drivable = drivable & ~slow
    return LineUse(walkable, drivable & (oneway >= 0), drivable & (oneway <= 0),
                   np.where(drivable | ferry, speed, np.nan), level, slow, ~(walkable | drivable), by_node, ferry,
                   sense, ends[0], ends[1], parted)


def assembled(noded: Noded, use: LineUse, lines: np.ndarray) -> Network:
    """Make a network of the pieces of lines; `Noded.left_out` may name duplicates that it no longer holds."""
    node_xy, start, end = ordered_nodes(noded)
    of_edge = use.of_edges(noded.line)
    keep = ~duplicates(start, end, noded, of_edge)
    nothing = shapely.is_missing(lines) | shapely.is_empty(lines)
    again = np.zeros(len(lines), dtype=bool)
    again[noded.line[~keep]] = True
    again[noded.line[keep]] = False
    again[list(noded.left_out.get("duplicate", ()))] = True
    left_out = noded.left_out | {"empty": _rows(nothing), "unusable": _rows(use.unusable & ~nothing),
                                 "duplicate": _rows(again)}
    xy, offsets = taken(noded.xy, noded.offsets, np.flatnonzero(keep))
    start, end, line = start[keep], end[keep], noded.line[keep]
    of_edge = {name: values[keep] for name, values in of_edge.items()}
    walk, walk_sizes = components(len(node_xy), start, end, of_edge["walkable"])
    drive, drive_sizes = components(len(node_xy), start, end, of_edge["forward"] | of_edge["backward"])
    report = NetworkReport(
        lines=len(lines), edges=len(start), nodes=len(node_xy), without_speed=_rows(use.slow), cuts=noded.cuts,
        left_out={reason: rows for reason, rows in sorted(left_out.items()) if rows}, stubs=noded.stubs,
        snapped_m=tuple(noded.snapped_m.tolist()), loops=int((start == end).sum()),
        parallel=len(start) - pairs(start, end, len(node_xy)), walk_components=walk_sizes,
        drive_components=drive_sizes)
    free = {name: np.zeros(len(node_xy), np.int8) for name in ("walk_gate", "drive_gate")}
    free |= {"ban_edges": np.empty(0, np.int64), "ban_starts": np.zeros(1, np.int64)}
    arrays = {"node_xy": node_xy, **free, "edge_from": start, "edge_to": end, "edge_line": line, "xy": xy,
              "offsets": offsets, "length_m": lengths(xy, offsets), **of_edge, "walk_component": walk,
              "drive_component": drive, "line_cuts": noded.line_cuts, "line_stubs": noded.line_stubs,
              "snapped_line": noded.snapped_line}
    for array in arrays.values():
        array.setflags(write=False)
    return Network(**arrays, report=report)


def _rows(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(mask).tolist())
