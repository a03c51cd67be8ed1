"""The same file once more: what its import said is kept, so that nothing of it need be read as long as nothing moved.

Kept is only what is sure: after an import that made every feature of an empty layer, and said nothing that rests on
what was on record, the same file finds everything as it left it. Whatever moves, be it the file, a word of what was
asked, the program or anything in the workspace, makes the import go the whole way.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import shapely

from geo.places import DEGREES, lies_as_claimed, parse_crs
from layers import children
from layers.catalogue import Label, Layer
from layers.formats import parts_of
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits.measuring import metric_crs_of
from layers.usecases.imports.committing import ImportReport
from layers.usecases.imports.doubts import AROUND

if TYPE_CHECKING:
    from layers.usecases.imports.tables import ImportOptions, PreparedTable
    from layers.usecases.imports.understanding import Rows

ROOMS = ("geo", "layers")
AREA = 2
SOURCE = "source"  # what a new feature gets where its row says nothing
Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


class Kept(msgspec.Struct):
    """What is kept of an import, behind the mark of what it was made of.

    Parameters
    ----------
    revision : int
        The one that it wrote.
    touched : dict
        What `Store.layer_revisions` said before.
    same : int
        How many features it made.
    notes : list
        What the same file says then, packed.
    """

    revision: int
    touched: dict[str, int]
    same: int
    notes: list[Any]  # as `_packed` makes them


@dataclass(frozen=True)
class Origin:
    """What an import is made of beside the workspace: its mark, and how the file lay there when that was taken."""

    mark: str
    path: Path
    lay: tuple[tuple[int, ...], ...]

    def still(self) -> bool:
        """Say whether nobody wrote the file since."""
        return self.lay == _lay(self.path)


def origin(layer: Layer, path: Path, options: ImportOptions) -> Origin | None:
    """Return what an import is made of; None where more is asked than a file, or there is none.

    What somebody says of columns and words is remembered by the import, so that the next one is another.
    """
    asked = options.seen is not None or options.remembered is not None or options.columns or options.values
    if asked or not path.is_file():
        return None
    lay = _lay(path)
    found = hashlib.sha256(repr((layer, path.name, replace(options, dry_run=False), _program())).encode())
    for part in parts_of(path):
        with part.open("rb") as stream:
            found.update(hashlib.file_digest(stream, "sha256").digest())
        found.update(part.suffix.lower().encode())
    return Origin(found.hexdigest(), path, lay)


def told_again(store: Store, layer: Layer, origin: Origin) -> ImportReport | None:
    """Return what importing the file once more comes to, without reading it; None where that is not sure."""
    said = store.setting(_key(layer))
    mark, _, rest = (said or "").partition("\n")
    if mark != origin.mark:  # what another version of the program has kept is not even read
        return None
    kept = msgspec.json.decode(rest, type=Kept)
    if store.revision() != kept.revision or not _unmoved(store, layer, kept):
        return None
    counts = {layer.id: {"new": 0, "changed": 0, "same": kept.same, "missing": 0}}
    return ImportReport(counts, [_unpacked_text(each) for each in kept.notes], [], None)


def keeping(store: Store, prepared: PreparedTable, reported: Sequence[Text], said: Sequence[Text]) -> dict[str, str]:
    """Return the setting that keeps what an import says the next time; none where that is not sure.

    To be asked by the one writer, before it writes.

    Parameters
    ----------
    reported : sequence of Text
        All that is told of the import.
    said : sequence of Text
        What is told of it beside the file, whenever it comes.
    """
    layer, origin, rows = prepared.layer, prepared.origin, prepared.rows
    if origin is None or not _all_new(prepared) or not _nothing_filled_in(prepared) or not prepared.as_claimed:
        return {}
    if [*reported] != [*prepared.notes(), *said] or prepared.doubts or rows.findings.texts or not origin.still():
        return {}  # something followed, or rests on what was on record
    notes = [_packed(each) for each in (*rows.notes, *said, Text("imports.unchanged"))]
    if any(each is None for each in notes):
        return {}
    kept = Kept(prepared.pending.based_on + 1, store.layer_revisions(), len(rows.entries), notes)
    return {_key(layer): f"{origin.mark}\n{msgspec.json.encode(kept).decode()}"}


def placed_as_claimed(rows: Rows) -> bool:
    """Say whether its shapes, if any, were read as claimed, so that the next time they lie on those on record.

    Whatever looks for shifts (`geo.places.weigh`) has nothing to say of what lies within a metre. It compares points
    within areas, which may be others where these are turned into degrees: then it is asked.
    """
    if rows.placed is None or rows.table.geometry is None:
        return True
    claimed = rows.findings.claimed
    given = shapely.get_num_geometries(rows.placed.geometry) > 0
    shapes = rows.placed.geometry[given]
    if claimed in (DEGREES, None) or not len(shapes):
        return claimed is not None or not len(shapes)
    if (shapely.get_dimensions(shapes) < AREA).all():
        return True
    return lies_as_claimed(rows.table.geometry[given], claimed, shapes, parse_crs(metric_crs_of(list(shapes))))


def _all_new(prepared: PreparedTable) -> bool:
    """Say whether the layer was empty, every row comes in, and nothing of the layer follows from other layers."""
    layer, rows = prepared.layer, prepared.rows
    if layer.id in (*AROUND, "courtyards") or "geometry_derived" in layer.by_name:
        return False
    whole = not rows.faults and not rows.lacking and len(rows.entries) == len(rows.table.rows)
    return whole and not prepared.pending.on_record(layer.id)


def _nothing_filled_in(prepared: PreparedTable) -> bool:
    """Say whether no cell that is empty was filled for a new feature: the next import would find it empty again."""
    layer, rows = prepared.layer, prepared.rows
    usual = {SOURCE, *(each.name for each in layer.fields if each.default is not None)}
    columns = [cells for name, cells in rows.entries.columns.items() if name in usual]
    return not rows.own_words and not rows.implied and not any(None in cells for cells in columns)


def _unmoved(store: Store, layer: Layer, kept: Kept) -> bool:
    """Say whether no other program wrote into any layer: that moves its number by far more than a revision does."""
    now = store.layer_revisions()
    if now.keys() != kept.touched.keys():
        return False
    own = now[layer.id] - kept.touched[layer.id] <= kept.revision
    return own and all(now[each] == was for each, was in kept.touched.items() if each != layer.id)


def _key(layer: Layer) -> str:
    return f"import-again:{layer.id}"


def _lay(path: Path) -> tuple[tuple[int, ...], ...]:
    found = (each.stat() for each in parts_of(path))
    return tuple((each.st_size, each.st_mtime_ns, each.st_ino) for each in found)


def _program() -> tuple[object, ...]:
    """Return what tells this program from another version of it, and its libraries from others."""
    house = Path(children.HOUSE)
    files = [each for room in ROOMS for ending in ("py", "toml") for each in (house / room).rglob(f"*.{ending}")]
    own = sorted((str(each.relative_to(house)), each.stat().st_size, each.stat().st_mtime_ns) for each in files)
    return (own, sys.version, Path(shapely.__file__).parent.parent.stat().st_mtime_ns)


def _packed(value: object) -> Plain:
    """Return a message, or what stands in one, as JSON has it; None where it is of a kind that is not kept."""
    if isinstance(value, Text):
        params = {name: _packed(each) for name, each in value.params.items()}
        return None if None in params.values() else {"text": value.key, "params": params}
    if isinstance(value, Label):
        return {"zh": value.zh, "en": value.en}
    if type(value) is list:
        items = [_packed(each) for each in value]
        return None if None in items else items
    return value if isinstance(value, (str, int, float)) and type(value) in (str, int, float, bool) else None


def _unpacked(value: Plain) -> object:
    if isinstance(value, list):
        return [_unpacked(each) for each in value]
    if not isinstance(value, dict):
        return value
    return _unpacked_text(value) if "text" in value else Label(str(value["zh"]), str(value["en"]))


def _unpacked_text(value: Plain) -> Text:
    assert isinstance(value, dict)  # as it was packed
    params = value["params"]
    assert isinstance(params, dict)
    return Text(str(value["text"]), **{name: _unpacked(each) for name, each in params.items()})
