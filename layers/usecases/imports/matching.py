"""Which column of a file means which field: by label, English name or alias in either language, or as told."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from layers.catalogue import Field, Layer, catalogue
from layers.errors import Fault, InvalidParameter
from layers.formats.short_names import short_names
from layers.model.values import fold, plain, split_heading
from layers.text import Text

# Columns that tools add to every file; they carry nothing of ours.
IGNORED = {"id", "fid", "ogc_fid", "objectid", "version", "updated_at", "geom", "geometry", "更新时间", "shape_area",
           "shape_leng", "shape_length", "updatedat"}  # fmt: skip

# Ready-made layers of OpenStreetMap call the number of a class `code`, and tell their objects apart by `osm_id`.
CLASSED = {"osm_id", "code", "fclass"}

# How surely a column means a field, by where that is known from.
CONFIDENCE = {"told": 1.0, "remembered": 1.0, "name": 1.0, "alias": 0.8, "beginning": 0.6}
# A dBASE table cuts its headings after ten bytes, whatever character that is in the middle of.
CUT_BYTES = range(8, 11)
NUMBERED = re.compile(r"^\(?\d{1,2}[)、.:]*(?=[^\W\d])")
MARKED = re.compile(r"^[*★☆#]+|[*★☆#]+$|\((?:必填|必填项|必录|选填|可选|required|optional)\)")
BRACKETS = re.compile(r"[()\[\]]")
PREFIX = "import-columns"


@dataclass(frozen=True, slots=True)
class Match:
    """A column that means a field; `source` is a key of `CONFIDENCE`."""

    column: str
    field: Field
    source: str = "name"


@dataclass(frozen=True, slots=True)
class Matching:
    """How columns were matched.

    Attributes
    ----------
    matches : list of Match
    unused : list of str
        Columns that mean nothing to this layer.
    rivals : list of Fault
        Fields that several columns mean equally well; the first of them is in `matches`.
    left_out : list of str
        Fields that are to stay empty, as the user said now or earlier.
    """

    matches: list[Match]
    unused: list[str]
    rivals: list[Fault]
    left_out: list[str] = field(default_factory=list)

    def as_told(self) -> dict[str, str]:
        """Return field → column, which is empty for a field that is left out: what `matching` takes."""
        return {each.field.name: each.column for each in self.matches} | dict.fromkeys(self.left_out, "")


def match_columns(layer: Layer, columns: Iterable[str], told: Mapping[str, str]) -> tuple[list[Match], list[str]]:
    """Match columns to fields, as `matching` does, and refuse what is not decided.

    Raises
    ------
    InvalidParameter
        `told` names a field or column that does not exist, or two columns mean the same field.
    """
    found = matching(layer, columns, told)
    if found.rivals:
        raise InvalidParameter(*found.rivals)
    return found.matches, found.unused


def matching(
    layer: Layer, columns: Iterable[str], told: Mapping[str, str], remembered: Mapping[str, str] | None = None
) -> Matching:
    """Match columns to fields.

    Parameters
    ----------
    columns : iterable of str
        The headings; as a mapping to their cells, columns that say the same in every row are no rivals.
    told : mapping
        Field name → column, as the user says; it goes before every guess. An empty column leaves the field out.
    remembered : mapping, optional
        The same from an earlier file with the same headings; what no longer fits is passed over.

    Raises
    ------
    InvalidParameter
        `told` names a field or column that does not exist.
    """
    cells = columns if isinstance(columns, Mapping) else {}
    columns = list(columns)
    fields = {field.name: field for field in layer.own_fields()}
    matches = _told(layer, columns, told)
    taken = set(told) | {match.field.name for match in matches}
    used = {match.column for match in matches}
    for name, column in (remembered or {}).items():
        if name in fields and name not in taken and column not in used and (column in columns or not column):
            taken.add(name)
            if column:
                matches.append(Match(column, fields[name], "remembered"))
                used.add(column)
    candidates: dict[str, list[Match]] = {}
    classed = {fold(column) for column in columns} >= CLASSED
    for column in (column for column in columns if column not in used):
        match = _meaning(layer, column, taken)
        if classed and fold(column) in ("code", "osm_id"):
            whose = fold(column) == "osm_id" and "code" in fields and "code" not in taken
            match = Match(column, fields["code"], "alias") if whose else None
        if match is not None:
            candidates.setdefault(match.field.name, []).append(match)
    faults = []
    for name, rivals in candidates.items():
        best = max(CONFIDENCE[match.source] for match in rivals)
        strongest = [match for match in rivals if CONFIDENCE[match.source] == best]
        names = [match.column for match in strongest]
        if len(names) > 1 and not _say_the_same([cells.get(each) for each in names]):
            text = Text("imports.columns-rival", columns=names, field=layer.field(name).label, name=name)
            faults.append(Fault(text, {"parameter": "mapping", "value": name}))
        matches.append(strongest[0])
    used = {match.column for match in matches}
    matches += _by_beginning(layer, [column for column in columns if column not in used], taken | set(candidates))
    used = {match.column for match in matches}
    unused = [column for column in columns if column not in used and fold(column) not in IGNORED]
    return Matching(matches, unused, faults, sorted(taken - {match.field.name for match in matches}))


def _say_the_same(columns: Sequence[Sequence[object] | None]) -> bool:
    """Say whether columns are known and have the same words in every row."""
    first, *others = ([plain(cell) for cell in each] if each else None for each in columns)
    return first is not None and all(each == first for each in others)


def headings_key(layer_id: str, columns: Iterable[str]) -> str:
    """Return under which setting of the workspace the mapping of a file with these headings is kept."""
    folded = "\n".join(sorted(fold(column) for column in columns))
    return f"{PREFIX}:{layer_id}:{hashlib.sha256(folded.encode()).hexdigest()[:24]}"


def _told(layer: Layer, columns: list[str], told: Mapping[str, str]) -> list[Match]:
    matches, faults = [], []
    fields = {field.name: field for field in layer.own_fields()}
    for name, column in told.items():
        where = {"parameter": "map", "value": f"{name}={column}"[:120]}
        if name not in fields:
            faults.append(Fault(Text("imports.map-no-field", known=list(fields)), where))
        elif not column:
            continue
        elif column not in columns:
            faults.append(Fault(Text("imports.map-no-column", known=columns), where))
        else:
            matches.append(Match(column, fields[name], "told"))
    if faults:
        raise InvalidParameter(*faults)
    return matches


def _by_beginning(layer: Layer, columns: list[str], taken: set[str]) -> list[Match]:
    """Match headings that look cut off: to the one field that is left whose label or alias begins so."""
    found: list[Match] = []
    cut = [column for column in columns if _looks_cut(column)]
    while True:
        meant: dict[str, list[Match]] = {}
        for column in (each for each in cut if each not in {match.column for match in found}):
            fields = [each for each in _beginning_so(layer, column) if each.name not in taken]
            if len(fields) == 1:
                meant.setdefault(fields[0].name, []).append(Match(column, fields[0], "beginning"))
        sure = [matches[0] for matches in meant.values() if len(matches) == 1]
        if not sure:
            return found
        found += sure
        taken = taken | {match.field.name for match in sure}  # which may leave one field only to another heading


def _looks_cut(column: str) -> bool:
    return len(column.encode()) in CUT_BYTES or len(column.encode("gb18030", "replace")) in CUT_BYTES


def _beginning_so(layer: Layer, column: str) -> list[Field]:
    start = _bare(column)
    return [
        declared
        for declared, names, aliases in _vocabulary_of(layer.id)
        if start and any(_bare(word).startswith(start) for word in names | aliases)
    ]


def _bare(word: str) -> str:
    """Return a heading without brackets, which offices leave out or put in: 小区（楼院）名称, 小区楼院名称."""
    return BRACKETS.sub("", fold(word))


def _meaning(layer: Layer, column: str, taken: set[str]) -> Match | None:
    """Return the field that a column means: by its name or label, or else by an alias."""
    headings = {fold(column), fold(split_heading(str(column))[0])}
    headings |= {NUMBERED.sub("", heading, count=1) for heading in headings}  # 1.楼栋编码, ②户数
    headings |= {MARKED.sub("", heading) for heading in headings}  # *楼栋编码, 户数（必填）
    found = None
    for declared, names, aliases in _vocabulary_of(layer.id):
        if declared.name in taken:
            continue
        if headings & names:
            return Match(column, declared)
        if found is None and headings & aliases:
            found = Match(column, declared, "alias")
    return found


@lru_cache(maxsize=64)
def _vocabulary_of(layer_id: str) -> list[tuple[Field, frozenset[str], frozenset[str]]]:
    layer = catalogue().layer(layer_id)
    shorts = short_names(layer.fields)
    return [
        (
            each,
            frozenset(fold(word) for word in (each.name, each.label.zh, each.label.en, shorts[each.name])),
            frozenset(fold(word) for word in each.aliases),
        )
        for each in layer.own_fields()
    ]
