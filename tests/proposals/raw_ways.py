"""Minutes by car between places along raw roads, by networkx alone: what a proposal's ways are held against."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

Place = tuple[float, float]


class RawRoads:
    """Roads that cars may use, joined where they share a vertex; nobody is kept out and no turn is forbidden.

    So nothing is quicker than what is told here. `roads` are metric, with speed_kmh and oneway.
    """

    def __init__(self, roads: gpd.GeoDataFrame) -> None:
        self.graph = nx.DiGraph()
        pieces: list[tuple[Place, Place, float, str]] = []
        for line, speed, oneway in zip(roads.geometry, roads["speed_kmh"], roads["oneway"], strict=True):
            ends: list[Place] = [(x, y) for x, y in np.round(shapely.get_coordinates(line), 2).tolist()]
            pieces += [(one, other, float(speed), str(oneway)) for one, other in pairwise(ends) if one != other]
        for piece in pieces:
            self._join(self.graph, *piece)
        self._pieces = pieces
        self._tree = shapely.STRtree([shapely.LineString(piece[:2]) for piece in pieces])

    def minutes(self, start: Place, end: Place) -> float:
        """Return the minutes of the quickest way from a place on a road to another."""
        graph = self.graph.copy()
        for place in (start, end):
            self._put(graph, place)
        for at in {self._at(start)} & {self._at(end)}:  # both on one piece
            self._join(graph, start, end, self._pieces[at][2], "no")
        return float(nx.shortest_path_length(graph, start, end, "minutes"))

    def between(self, places: list[Place]) -> np.ndarray:
        """Return the minutes of the quickest ways from each of some places (row) to each: float64[n, n]."""
        graph = self.graph.copy()
        for place in places:
            self._put(graph, place)
        away = (nx.single_source_dijkstra_path_length(graph, place, weight="minutes") for place in places)
        return np.array([[found.get(place, np.inf) for place in places] for found in away])

    def _at(self, place: Place) -> int:
        return int(self._tree.nearest(shapely.Point(place)))

    def _put(self, graph: nx.DiGraph, place: Place) -> None:
        one, other, speed, oneway = self._pieces[self._at(place)]
        self._join(graph, one, place, speed, oneway)
        self._join(graph, place, other, speed, oneway)

    @staticmethod
    def _join(graph: nx.DiGraph, one: Place, other: Place, speed_kmh: float, oneway: str) -> None:
        minutes = float(np.hypot(one[0] - other[0], one[1] - other[1])) / 1000 / speed_kmh * 60
        for first, second, closed in ((one, other, "backward"), (other, one, "forward")):
            known = graph.get_edge_data(first, second, {"minutes": np.inf})["minutes"]
            if oneway != closed and minutes < known:
                graph.add_edge(first, second, minutes=minutes)
