"""Which layer a table is for: by its headings, its geometry and the name of its file; every guess with its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import shapely

from layers.catalogue import Layer, catalogue
from layers.formats.table import POINTS_COLUMN, RawTable
from layers.model.values import fold
from layers.text import Text
from layers.usecases.imports.matching import CONFIDENCE, IGNORED, Matching, matching
from layers.usecases.imports.placing import DIMENSIONS

LEDGER, OSM = "ledger", "osm"
# Kept by the service itself; nobody hands them in as a file.
OWN = frozenset({"plans", "plan-grids", "plan-cells", "scenario-measures"})
SHARED = 0.3  # what a heading still says that every layer knows, such as "name"
GEOMETRY, NOT_GEOMETRY, NAME, REQUIRED = 0.35, -0.8, 0.25, 0.2
WHOLE = 1.0 + GEOMETRY + NAME + REQUIRED
LISTED = 6
SURE, FEEBLE, AHEAD = 0.5, 0.25, 0.05
NEARLY_ALL = 0.9  # of the shapes say what kind of layer it is; the others are faults


@dataclass(frozen=True)
class Guess:
    """A layer, how well it fits from 0 to 1, and why."""

    layer: str
    score: float
    reasons: tuple[Text, ...]


def layers_to_import() -> list[Layer]:
    """Return the layers that a file may be for."""
    return [layer for layer in catalogue() if layer.id not in OWN]


def is_clear(guesses: Sequence[Guess]) -> bool:
    """Say whether the first guess is one: something speaks for it, and more than for the next."""
    first, *others = guesses
    second = others[0].score if others else 0.0
    ahead = first.score - second
    return (first.score >= SURE and ahead > 0) or (first.score >= FEEBLE and ahead >= AHEAD)


def rank(table: RawTable, label: str) -> list[Guess]:
    """Rank the layers for a table, the likeliest first.

    Parameters
    ----------
    label : str
        The file's name as the user knows it; with the table's own it may name the layer.
    """
    found = {layer.id: matching(layer, table.columns, {}) for layer in layers_to_import()}
    known = dict.fromkeys(table.columns, 0)
    for each in found.values():
        for match in each.matches:
            known[match.column] += 1
    # A list of points is of a line or of an area; which of them, the layer decides.
    kinds = frozenset[str]() if POINTS_COLUMN in table.choices else _dimensions(table)
    names = fold(f"{label} {table.name}")
    guesses = [_guess(layer, found[layer.id], known, kinds, names) for layer in layers_to_import()]
    return sorted(guesses, key=lambda guess: -guess.score)


def _guess(layer: Layer, found: Matching, known: dict[str, int], kinds: frozenset[str], names: str) -> Guess:
    counted = max(1, sum(fold(column) not in IGNORED for column in known))
    matches = found.matches
    headings = sum(CONFIDENCE[each.source] * (SHARED + (1 - SHARED) / known[each.column]) for each in matches)
    score = headings / counted
    reasons = []
    if matches:
        listed = [each.column for each in sorted(matches, key=lambda each: known[each.column])][:LISTED]
        reasons.append(Text("imports.layer-by-columns", count=len(matches), total=counted, columns=listed))
    if kinds and layer.spatial and kinds <= set(layer.accepts):
        score += GEOMETRY if kinds == {layer.geometry} else GEOMETRY / 2
        reasons.append(Text("imports.layer-by-geometry", kinds=_kinds(kinds)))
    elif kinds:
        score += NOT_GEOMETRY if layer.spatial else NOT_GEOMETRY / 2
        key = "imports.layer-other-geometry" if layer.spatial else "imports.layer-no-geometry"
        reasons.append(Text(key, kinds=_kinds(kinds)))
    if any(word in names for word in _words_of(layer.id)):
        score += NAME
        reasons.append(Text("imports.layer-by-name"))
    required = [each.name for each in layer.own_fields() if each.required]
    there = {each.field.name for each in matches}
    score += REQUIRED * (sum(name in there for name in required) / len(required) if required and matches else 0)
    return Guess(layer.id, round(min(1.0, max(0.0, score / WHOLE)), 3), tuple(reasons))


def _kinds(kinds: frozenset[str]) -> list[Text]:
    return [Text(f"imports.kind-{each}") for each in sorted(kinds)]


def _dimensions(table: RawTable) -> frozenset[str]:
    if table.geometry is None:
        return frozenset()
    there = Counter(_kind_of(shape) for shape in table.geometry if shape is not None and not shapely.is_empty(shape))
    kinds: Counter[str] = Counter()
    for kind, count in there.items():
        kinds[DIMENSIONS.get(kind, "other")] += count
    most = {kind for kind, count in kinds.items() if count >= NEARLY_ALL * kinds.total()} or set(kinds)
    return frozenset(most - {"other"})


def _kind_of(shape: shapely.Geometry) -> str:
    """Return the type of a shape, or of what a collection collects first."""
    while shape.geom_type == "GeometryCollection" and not shapely.is_empty(shape):
        shape = shapely.get_geometry(shape, 0)
    return str(shape.geom_type)


@lru_cache(maxsize=64)
def _words_of(layer_id: str) -> tuple[str, ...]:
    layer = catalogue().layer(layer_id)
    return tuple(_folded((layer.id, layer.table, layer.singular, layer.label.zh, layer.label.en)))


def _folded(words: Iterable[str]) -> set[str]:
    return {fold(each) for each in words}
