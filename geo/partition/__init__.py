"""Cells that tile a boundary, labelled with their parts; edits of parts, what does not fit, and its repair."""

from __future__ import annotations

from geo.partition import edits
from geo.partition.cells import Cell, Change, Edit, Name, Note, Partition, PartitionError, is_sound
from geo.partition.index import borders, edge_numbers, edges_of, undirected
from geo.partition.noding import node_into
from geo.partition.polygons import from_parts
from geo.partition.repairs import repair
from geo.partition.topology import Defect, Kind, find_defects

__all__ = [
    "Cell",
    "Change",
    "Defect",
    "Edit",
    "Kind",
    "Name",
    "Note",
    "Partition",
    "PartitionError",
    "borders",
    "edge_numbers",
    "edges_of",
    "edits",
    "find_defects",
    "from_parts",
    "is_sound",
    "node_into",
    "repair",
    "undirected",
]
