"""What keeps grids from being as wished, and what else is worth telling, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.districting import allotments
from layers.proposals.frame import shown
from layers.proposals.grids.islands import Apart
from layers.text import Text

if TYPE_CHECKING:
    from layers.proposals.grids.drawing import Drawing, Smallest

MOST_NAMED = 10


def binds_of(drawing: Drawing) -> list[Text]:
    """Say what binds where nothing keeps to the wishes; the first reason that suffices for each piece."""
    if drawing.verdict().status != "infeasible":
        return []
    if not drawing.pieces:
        return _counts(drawing)
    if not drawing.community.households.sum():
        return [Text("proposals.note-no-households")]
    apart, found = _isolated(drawing), [*_heavy(drawing), *_counts(drawing)]
    if found or drawing.rest_met or len(apart) == len(drawing.pieces):
        return [*apart, *found]
    low, high = drawing.low, drawing.high
    if drawing.exhausted():
        return [*apart, Text("proposals.binds-shape", low=low, high=high)]
    return [*apart, Text("proposals.binds-time", low=low, high=high, seconds=shown(drawing.wishes.seconds))]


def apart_of(drawing: Drawing) -> list[Apart]:
    """Tell of the pieces that are too small and that nothing joins to the rest, and of what would."""
    community, found = drawing.community, []
    graph, cells = community.graph, community.partition.cells
    for at in drawing.apart:
        mine = drawing.free[np.isin(drawing.glued.unit, drawing.pieces[at].units)]
        inside = np.isin(np.arange(graph.n), mine)
        border = inside[graph.first] != inside[graph.second]
        around = community.partition.part[np.where(inside[graph.first], graph.second, graph.first)[border]]
        shut_in = sorted({str(each) for each in around if each is not None})[:MOST_NAMED]
        links = [each.code for each in community.ferries if inside[each.one] != inside[each.other]][:MOST_NAMED]
        households, codes = int(drawing.totals[at]), _buildings(drawing, mine)
        if not community.households.any():
            nearest = Text("proposals.note-no-households")
        elif shut_in:
            nearest = Text("proposals.nearest-unlock", grids=shut_in, buildings=codes)
        elif links:
            nearest = Text("proposals.nearest-link", roads=links, buildings=codes)
        else:
            away = shapely.distance(shapely.union_all(cells[mine]), shapely.union_all(cells[~inside]))
            nearest = Text("proposals.nearest-own", buildings=codes, households=households, low=drawing.low,
                           metres=round(float(away)))  # fmt: skip
        found.append(Apart(mine, households, codes, links, shut_in, nearest))
    return found


def nearest_of(drawing: Drawing, smallest: Smallest | None) -> list[Text]:
    """Say which wishes could be met instead of those that cannot."""
    if smallest is None:
        return []
    if not drawing.pieces:
        return [Text("proposals.nearest-count", counts=[len(drawing.frozen)])]
    if not drawing.community.households.sum():
        return [Text("proposals.nearest-no-households")]
    found = [each.nearest for each in apart_of(drawing)]
    heaviest = int(drawing.weight.max(initial=0))
    if heaviest > drawing.high and drawing.wishes.whole == "courtyards":
        found.append(Text("proposals.nearest-whole", households=heaviest))
    wished = drawing.wishes.count
    if smallest.by > 0:
        low, high = smallest.whole
        other = wished not in (None, drawing.shown)
        found.append(Text("proposals.nearest-band-count", low=low, high=high, count=drawing.shown) if other
                     else Text("proposals.nearest-band", low=low, high=high))  # fmt: skip
    if wished is not None:
        counts = sorted({*drawing.other_counts, *([drawing.shown] if smallest.by == 0 else [])} - {wished})
        if counts:
            found.append(Text("proposals.nearest-count", counts=counts))
    return found


def _heavy(drawing: Drawing) -> list[Text]:
    """Name the units that alone have more than a grid may, the heaviest first where they are many; count the rest."""
    community, found = drawing.community, []
    heavy = too_heavy(drawing)
    named = heavy if len(heavy) <= MOST_NAMED else heavy[np.argsort(-drawing.weight[heavy], kind="stable")][:MOST_NAMED]
    for unit in named.tolist():
        cells = drawing.free[drawing.glued.unit == unit]
        groups = sorted({int(each) for each in community.group[cells] if each >= 0})
        households = int(drawing.weight[unit])
        if groups:
            names = [code for each in groups for code in community.groups[each]]
            found.append(Text("proposals.binds-courtyard", courtyards=names[:MOST_NAMED], households=households,
                              high=drawing.high))  # fmt: skip
        else:
            codes = _buildings(drawing, cells)
            found.append(Text("proposals.binds-building", buildings=codes, households=households, high=drawing.high))
    if len(heavy) > len(named):
        found.append(Text("proposals.binds-more", count=len(heavy) - len(named), of=len(drawing.weight),
                          high=drawing.high))  # fmt: skip
    return found


def too_heavy(drawing: Drawing) -> np.ndarray:
    """Return the units that alone have more than a grid may: int64[k]."""
    return np.flatnonzero(drawing.weight > drawing.high)


def heavy_note(drawings: Sequence[Drawing]) -> Text | None:
    """Say of several communities that what may not be cut is too large for any grid; None where nothing is."""
    heavy = [each.weight[too_heavy(each)] for each in drawings]
    known = np.concatenate([np.empty(0), *heavy])
    if len(drawings) < 2 or not len(known):
        return None
    places = sum(len(each) > 0 for each in heavy)
    return Text("proposals.note-heavy", count=len(known), places=places, of=len(drawings), high=int(drawings[0].high),
                least=int(known.min()), most=int(known.max()))  # fmt: skip


def _buildings(drawing: Drawing, cells: np.ndarray) -> list[str]:
    at = drawing.community.partition.cell_of
    rows = np.flatnonzero(np.isin(at, cells))
    return [drawing.community.ground.buildings.codes[each] for each in rows[:MOST_NAMED].tolist()] or ["—"]


def _isolated(drawing: Drawing) -> list[Text]:
    """Name the pieces that have fewer households than a grid must have."""
    found = []
    whole = int(drawing.community.graph.components().max(initial=0)) + 1
    for piece, total in zip(drawing.pieces, drawing.totals, strict=True):
        households = int(total)
        if total < drawing.low and len(drawing.pieces) > 1:  # alone, it would be the whole that has too few
            cells = drawing.free[np.isin(drawing.glued.unit, piece.units)]
            key = "binds-isolated" if whole > 1 or not drawing.frozen else "binds-between-locks"
            found.append(Text(f"proposals.{key}", households=households, buildings=_buildings(drawing, cells),
                              low=drawing.low))  # fmt: skip
    return found


def _counts(drawing: Drawing) -> list[Text]:
    """Say that no number of grids has a mean within the band."""
    low, high, found = drawing.low, drawing.high, []
    if drawing.wishes.count is not None:
        total = int(sum(held for at, held in enumerate(drawing.totals) if at not in drawing.apart))
        count = drawing.count or 0
        if not drawing.choices:
            found.append(Text("proposals.binds-count", count=max(count, 0), households=total, low=low, high=high,
                              frozen=len(drawing.frozen)))  # fmt: skip
        return found
    for piece, held in zip(drawing.pieces, drawing.totals, strict=True):
        told = held < low and len(drawing.pieces) > 1
        if not told and not allotments([held], [len(piece.units)], low, high):
            few = max(1, int(held // max(low, 1)))
            found.append(Text("proposals.binds-total", households=int(held), low=low, high=high, few=few,
                              mean=shown(held / few), many=few + 1, less=shown(held / (few + 1))))  # fmt: skip
    return found


def notes_of(drawing: Drawing) -> list[Text]:
    """Say what else a planner should know of a community's proposal."""
    community, notes = drawing.community, []
    missing = int(community.missing[:, 0].sum())
    if missing:
        notes.append(Text("proposals.note-missing", buildings=missing))
    if len(drawing.left_out):
        notes.append(Text("proposals.note-left-out", cells=len(drawing.left_out)))
    if drawing.glued.bridged:
        codes = [code for each in drawing.glued.bridged for code in community.groups[each]]
        notes.append(Text("proposals.note-bridged", courtyards=codes[:MOST_NAMED]))
    if drawing.glued.apart:
        codes = [code for each in drawing.glued.apart for code in community.groups[each]]
        notes.append(Text("proposals.note-apart", courtyards=codes[:MOST_NAMED]))
    outside = _frozen_outside(drawing)
    if outside:
        notes.append(Text("proposals.note-frozen-outside", grids=outside[:MOST_NAMED], low=drawing.low,
                          high=drawing.high))  # fmt: skip
    return notes


def _frozen_outside(drawing: Drawing) -> list[str]:
    """Return the grids that stay although they are outside of the band."""
    part, households = drawing.community.partition.part, drawing.community.households
    sums = {code: float(households[part == code].sum()) for code in sorted(drawing.frozen)}
    return [code for code, each in sums.items() if not drawing.low <= each <= drawing.high]
