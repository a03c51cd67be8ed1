"""Which column of a file means which field: by label, English name or alias in either language, or as told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from layers.catalogue import Field, Layer
from layers.errors import Fault, InvalidParameter
from layers.formats.writers.shapefile import short_names
from layers.model.cells import fold
from layers.model.quantities import split_heading
from layers.text import Text

# Columns that tools add to every file; they carry nothing of ours.
IGNORED = {"id", "fid", "ogc_fid", "objectid", "version", "updated_at", "geom", "geometry", "更新时间", "shape_area",
           "shape_leng", "shape_length", "updatedat"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """A column that means a field."""

    column: str
    field: Field


def match_columns(layer: Layer, columns: Iterable[str], told: Mapping[str, str]) -> tuple[list[Match], list[str]]:
    """Match columns to fields.

    Parameters
    ----------
    told : mapping
        Field name → column, from ``--map``; it goes before every guess.

    Returns
    -------
    (matches, unused)
        The columns that mean a field, and those that mean nothing to this layer.

    Raises
    ------
    InvalidParameter
        `told` names a field or column that does not exist, or two columns mean the same field.
    """
    columns = list(columns)
    matches = _told(layer, columns, told)
    taken = {match.field.name for match in matches}
    used = {match.column for match in matches}
    candidates: dict[str, list[tuple[int, Match]]] = {}
    for column in (column for column in columns if column not in used):
        found = _meaning(layer, column, taken)
        if found is not None:
            strength, match = found
            candidates.setdefault(match.field.name, []).append((strength, match))
    faults = []
    for name, rivals in candidates.items():
        best = min(strength for strength, _ in rivals)
        strongest = [match for strength, match in rivals if strength == best]
        if len(strongest) > 1:
            names = [match.column for match in strongest]
            faults.append(Fault(Text("imports.columns-rival", columns=names, field=layer.field(name).label, name=name)))
        matches.append(strongest[0])
    if faults:
        raise InvalidParameter(*faults)
    used = {match.column for match in matches}
    unused = [column for column in columns if column not in used and fold(column) not in IGNORED]
    return matches, unused


def _told(layer: Layer, columns: list[str], told: Mapping[str, str]) -> list[Match]:
    matches, faults = [], []
    fields = {field.name: field for field in layer.own_fields()}
    for name, column in told.items():
        if name not in fields:
            text = Text("imports.map-no-field", known=list(fields))
            faults.append(Fault(text, {"parameter": "map", "value": f"{name}={column}"}))
        elif column not in columns:
            text = Text("imports.map-no-column", known=columns)
            faults.append(Fault(text, {"parameter": "map", "value": f"{name}={column}"}))
        else:
            matches.append(Match(column, fields[name]))
    if faults:
        raise InvalidParameter(*faults)
    return matches


def _meaning(layer: Layer, column: str, taken: set[str]) -> tuple[int, Match] | None:
    """Return the field that a column means and how surely: 0 its name or label, 1 an alias."""
    headings = {fold(column), fold(split_heading(str(column))[0])}
    best: tuple[int, Match] | None = None
    shorts = short_names(layer.fields)
    for field in layer.own_fields():
        if field.name in taken:
            continue
        names = {fold(each) for each in (field.name, field.label.zh, field.label.en, shorts[field.name])}
        strength = 0 if headings & names else 1 if headings & {fold(word) for word in field.aliases} else None
        if strength is not None and (best is None or strength < best[0]):
            best = (strength, Match(column, field))
    return best
