"""What follows from a change of buildings, courtyards or managed areas: membership by lists, derived boundaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from pyproj import CRS

from geo.places import from_lonlat, parse_crs, representative_points, to_lonlat
from geo.shapes import locate, outline, simplest
from layers.catalogue import catalogue
from layers.model.feature import Feature
from layers.model.values import codes_in, prefix
from layers.text import Text, first_few
from layers.usecases.edits.pending import Pending

SHOWN = 10
CAUSES = ("buildings", "courtyards", "managed-areas")


def follow_up(
    pending: Pending, metric_crs: str | None, members: bool = True, drawn_anew: bool = False
) -> list[Text]:
    """Assign buildings to courtyards by their lists of codes, and derive boundaries that nobody drew.

    Parameters
    ----------
    metric_crs : str or None
        The CRS in which outlines are drawn; None where the workspace has no geometry yet.
    members : bool
        Whether buildings are assigned; not where the import has done it itself.
    drawn_anew : bool
        Whether outlines are derived whatever came, as the workspace is measured in another CRS now.

    Returns
    -------
    list of Text
        What was done, and what could not be decided.
    """
    caused = _changed(pending, CAUSES)
    if not (caused or drawn_anew or _changed(pending, ("communities",))):
        return []  # a file that says what is on record already is no reason to derive anything
    notes = fill_members(pending) if caused and members else []
    if metric_crs is not None and (caused or drawn_anew):
        notes += derive_boundaries(pending, parse_crs(metric_crs))
    return notes + name_communities(pending)


def _changed(pending: Pending, layers: Iterable[str]) -> bool:
    held = [layer for layer in layers if pending.holds(layer) and pending.touched(layer)]
    return any(next(pending.changes_of(layer), None) is not None for layer in held)


def fill_members(pending: Pending) -> list[Text]:
    """Give buildings without a courtyard the one whose list names them; one claimed twice goes to none."""
    notes = _match_houses(pending)
    courtyards = [feature for feature in pending.layer("courtyards").values() if _codes(feature, "building_codes")]
    buildings = list(pending.layer("buildings").values())
    codes = np.array([str(feature.properties["code"]) for feature in buildings], dtype=str)
    owner, position = codes_in([_codes(feature, "building_codes") for feature in courtyards], codes)
    claims: dict[int, set[str]] = defaultdict(set)
    for which, where in zip(owner, position, strict=True):
        claims[int(where)].add(str(courtyards[which].properties["code"]))
    filled = 0
    contested: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for where, claimants in sorted(claims.items()):
        building = buildings[where]
        if building.properties.get("courtyard_code") is not None:
            continue
        if len(claimants) > 1:
            contested[tuple(sorted(claimants))].append(str(codes[where]))
            continue
        pending.amend("buildings", str(codes[where]), {"courtyard_code": claimants.pop()})
        filled += 1
    notes += [
        Text("imports.claimed-twice", courtyards=list(owners), count=len(twice), which=", ".join(twice[:SHOWN]))
        for owners, twice in contested.items()
    ]
    if filled:
        notes.append(Text("imports.members-filled", count=filled))
    reached = set(map(int, owner))
    touched = pending.touched("courtyards")
    for which, courtyard in enumerate(courtyards):
        if which not in reached and courtyard.properties["code"] in touched:
            notes.append(Text("imports.list-reaches-nobody", courtyard=courtyard.properties["code"]))
    return notes


def _match_houses(pending: Pending) -> list[Text]:
    """Give courtyards whose ledger came before the buildings the list of codes that their house numbers mean."""
    courtyards = pending.layer("courtyards")
    if not courtyards:
        return []
    from layers.ledger import WAITING, Surroundings, housed_later  # who has no courtyards needs no ledger's words

    asked = {code: each for code, each in courtyards.items() if _codes(each, WAITING)}
    waiting = [code for code, each in asked.items() if not _codes(each, "building_codes")]
    buildings = pending.layer("buildings") if waiting else {}
    if not buildings:
        return []
    around = Surroundings(
        buildings={code: each.properties for code, each in buildings.items()},
        courtyards={code: each.properties for code, each in courtyards.items()},
    )
    found = housed_later(around)
    for code, listed in found.items():
        pending.amend("courtyards", code, {"building_codes": listed, WAITING: None})
    left = [code for code in waiting if code not in found]
    notes = [Text("imports.houses-matched", count=len(found))] if found else []
    shown = first_few(left, SHOWN)
    return notes + ([Text("imports.houses-waiting", count=len(left), which=shown)] if left else [])


def name_communities(pending: Pending) -> list[Text]:
    """Say of courtyards that name no community which is theirs: by their code, else by where they lie.

    So a ledger that came before its communities is as one that came after them.
    """
    loose = [each for each in pending.layer("courtyards").values() if each.properties.get("community_code") is None]
    if not loose:
        return []
    communities = pending.layer("communities")
    codes = [prefix(str(each.properties["code"]), "communities") for each in loose]
    shapes = [communities[code].geometry for code in communities]
    points = representative_points(np.array([each.geometry for each in loose], dtype=object))
    homes = locate(points, np.array(shapes, dtype=object)) if shapes else np.full(len(loose), -1)
    named = 0
    for courtyard, code, home in zip(loose, codes, homes.tolist(), strict=True):
        found = code if code in communities else list(communities)[home] if home >= 0 else None
        if found is not None:
            pending.amend("courtyards", str(courtyard.properties["code"]), {"community_code": found})
            named += 1
    return [Text("imports.communities-named", count=named)] if named else []


def derive_boundaries(pending: Pending, crs: CRS) -> list[Text]:
    """Draw an outline around the buildings of every courtyard and managed area that has no boundary of its own."""
    members: dict[str, list[Feature]] = defaultdict(list)
    for building in pending.layer("buildings").values():
        if building.geometry is not None and building.properties.get("courtyard_code") is not None:
            members[str(building.properties["courtyard_code"])].append(building)
    notes = []
    counts = {"courtyards": 0, "managed-areas": 0}
    for courtyard in _without_boundary(pending, "courtyards"):
        counts["courtyards"] += _derive(
            pending, "courtyards", courtyard, members[str(courtyard.properties["code"])], crs
        )
    listed = _listed_buildings(pending)
    for area in _without_boundary(pending, "managed-areas"):
        parts = list(listed[str(area.properties["code"])])
        for code in _codes(area, "courtyard_codes"):
            parts += members[code]
        counts["managed-areas"] += _derive(pending, "managed-areas", area, parts, crs)
    for layer, count in counts.items():
        if count:
            notes.append(Text("imports.geometry-derived", count=count, layer=catalogue().layer(layer).label))
    return notes


def _derive(pending: Pending, layer: str, feature: Feature, parts: list[Feature], crs: CRS) -> bool:
    """Draw and keep one outline; False where there is nothing to draw or it is there already."""
    if not parts:
        return False
    shapes = np.array([part.geometry for part in parts], dtype=object)
    shape = simplest(to_lonlat(np.array([outline(from_lonlat(shapes, crs))], dtype=object), crs))[0]
    if feature.geometry is not None and feature.geometry.equals_exact(shape, 1e-9):
        return False
    pending.amend(layer, str(feature.properties["code"]), {"geometry_derived": True}, shape)
    return True


def _without_boundary(pending: Pending, layer: str) -> list[Feature]:
    features = pending.layer(layer).values()
    return [each for each in features if each.geometry is None or each.properties.get("geometry_derived")]


def _listed_buildings(pending: Pending) -> dict[str, list[Feature]]:
    areas = [area for area in pending.layer("managed-areas").values() if _codes(area, "building_codes")]
    buildings = [each for each in pending.layer("buildings").values() if each.geometry is not None]
    codes = np.array([str(feature.properties["code"]) for feature in buildings], dtype=str)
    owner, position = codes_in([_codes(area, "building_codes") for area in areas], codes)
    listed: dict[str, list[Feature]] = defaultdict(list)
    for which, where in zip(owner, position, strict=True):
        listed[str(areas[which].properties["code"])].append(buildings[where])
    return listed


def _codes(feature: Feature, field: str) -> tuple[str, ...]:
    value = feature.properties.get(field)
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else ()
