"""A whole map in OpenStreetMap's formats, as a kind of import."""

from __future__ import annotations

import math

from geo.places import METRES_PER_DEGREE
from layers.formats.kinds import MAPS
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits.demo import has_demo
from layers.usecases.imports.content import osm_of
from layers.usecases.imports.kinds import Handed, Kind, Sight
from layers.usecases.imports.osm import Box, PreparedOsm, finish_osm, prepare_osm
from layers.usecases.imports.osm_joining import joined
from layers.usecases.imports.ranking import OSM, Guess
from layers.usecases.imports.tables import ImportOptions

REACH_M = 2_000.0  # half an hour on foot: stations and roads beside the border count


def _look(handed: Handed) -> Sight:
    """Say that it is a map: nothing else has such an ending."""
    return Sight([Guess(OSM, 1.0, (Text("imports.layer-is-osm"),))])


def _prepare(handed: Handed, layer: str, options: ImportOptions) -> PreparedOsm:
    """Read what lies within the box that was chosen, and lay it beside what is on record."""
    tables = osm_of(handed.uploads, handed.upload, handed.limits)
    meeting = joined(tables, handed.upload.choices.joins or "nodes")
    prepared = prepare_osm(handed.store, meeting, handed.upload.label)
    prepared.around = around(handed.store)
    return prepared


def around(store: Store) -> Box | None:
    """Return where the communities or buildings on record lie, and what walkers reach from there.

    It is what to take of a map: west, south, east, north in degrees.
    """
    box = None if has_demo(store) else store.extent("communities").bbox or store.extent("buildings").bbox
    if box is None:
        return None
    west, south, east, north = box
    up = REACH_M / METRES_PER_DEGREE
    aside = up / max(0.01, math.cos(math.radians((south + north) / 2)))
    return max(-180.0, west - aside), max(-90.0, south - up), min(180.0, east + aside), min(90.0, north + up)


KIND = Kind(
    id="osm",
    endings=tuple(MAPS),
    layers=lambda: [OSM],
    look=_look,
    prepare=_prepare,
    finish=finish_osm,
    by_box=True,
)
