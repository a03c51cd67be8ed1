"""Damage inside of files, so that what is around it stays sound: zips, databases, columns, JSON and XML."""

from __future__ import annotations

import copy
import io
import json
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

from tests.bench.damage import DATES, EXTREMES, INSERTED, binary, texts

ODD = (None, True, 0, -1, 1e308, 2**63, 2**70, "", "a" * 3000, "\ud800", "\0", [], {}, [[]], [None], [1],
       {"a": {"b": [1]}}, "9999-12-31", "0000-00-00", 1e-320, "NaN", "=1+1", "国", -0.0, ["a", "b"],
       [[[[[[[[[[1]]]]]]]]]])  # fmt: skip
LINK = 0o120777 << 16
SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
          "GeometryCollection", "Circle")  # fmt: skip


def tree(data: bytes, dice: random.Random) -> bytes:
    """Damage a value in JSON: the text stays JSON, mostly."""
    try:
        document = json.loads(data)
    except ValueError:
        return texts(data, dice)
    for _ in range(dice.choice((1, 1, 2, 5))):
        places: list[tuple[dict | list, object]] = []
        _walk(document, places)
        if places:
            _set(*dice.choice(places), dice)
    return json.dumps(document, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _walk(node: object, places: list[tuple[dict | list, object]]) -> None:
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        places.append((node, key))
        _walk(node[key], places)


def _set(node: dict | list, key: object, dice: random.Random) -> None:
    old, what = node[key], dice.random()
    if key == "type" and what < 0.7:
        node[key] = dice.choice(SHAPES)
    elif isinstance(old, int | float) and what < 0.6:
        node[key] = dice.choice((old * 10**9, -old, old + 360, float("nan"), float("inf"), 1e308, str(old), [old]))
    elif what < 0.15:
        del node[key]
    elif isinstance(old, list) and what < 0.5:
        node[key] = copy.deepcopy(dice.choice((old * 2, old[:1], old[::-1], [old], [], old + old[:1])))
    else:
        node[key] = copy.deepcopy(dice.choice(ODD))  # it may be damaged itself


def elements(data: bytes, dice: random.Random) -> bytes:
    """Damage an element, an attribute or a text in XML: the text stays XML."""
    try:
        root = ElementTree.fromstring(data)
        for _, (prefix, uri) in ElementTree.iterparse(io.BytesIO(data), events=["start-ns"]):
            ElementTree.register_namespace(prefix, uri)  # a tag with a prefix is refused at once
    except (ElementTree.ParseError, ValueError, LookupError):
        return texts(data, dice)
    for _ in range(dice.choice((1, 1, 2, 5))):
        every = list(root.iter())
        one, other, what = dice.choice(every), dice.choice(every), dice.random()
        word = dice.choice((*EXTREMES, *DATES, *INSERTED)).decode("latin-1").replace("\0", "")
        if what < 0.4 and one.attrib:
            one.set(dice.choice(list(one.attrib)), word)
        elif what < 0.7 and (one.text or "").strip():
            one.text = dice.choice((word, one.text * 3, one.text.replace(",", " "), one.text.replace(" ", "")))
        elif what < 0.8 and len(one):
            one.remove(dice.choice(list(one)))
        elif what < 0.9 and len(other) == 0:
            one.append(copy.copy(other))  # an element in itself would have no end
        else:
            one.tag = other.tag
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def members(data: bytes, dice: random.Random) -> bytes:
    """Damage one file inside a zip, so that the zip itself and its checksums stay sound."""
    entries = entries_of(data)
    if not entries:
        return binary(data, dice)
    name = dice.choice(list(entries))
    is_xml, is_text = name.endswith((".xml", ".rels", ".kml")), name.endswith((".prj", ".cpg", ".csv", ".geojson"))
    action = dice.random()
    if action < 0.08:
        entries.pop(name)
    elif action < 0.16:
        entries[dice.choice(list(entries))] = entries[name]
    else:
        change = dice.choice((elements, elements, texts) if is_xml else (texts, texts) if is_text else (binary,))
        entries[name] = dice.choice((change, change, binary))(entries[name], dice)
    return zipped(entries)


ODD_SQL = (
    "UPDATE {t} SET {c} = {v} WHERE rowid % 2 = 0", "UPDATE {t} SET {c} = {v}",
    "ALTER TABLE {t} RENAME COLUMN {c} TO {n}", "ALTER TABLE {t} ADD COLUMN {n} BLOB DEFAULT x'00ff'",
    "ALTER TABLE {t} DROP COLUMN {c}", "DELETE FROM {t}", "DROP TABLE {t}",
    "CREATE VIEW {n} AS SELECT * FROM {t}", "INSERT INTO {t} SELECT * FROM {t}",
)  # fmt: skip
VALUES = ("NULL", "0", "-1", "1e999", "9223372036854775807", "x''", "x'00'", "x'47500001e6100000'", "'\ufffd'", "''",
          "'a;b'", "'2024-02-30'", "zeroblob(200000)", "char(0)", "'EPSG:99999'", "x'0123456789abcdef'",
          "CAST(x'ff41' AS TEXT)", "x'4750000100000000' || x'0107000000ffffffff'")  # fmt: skip
NAMES = ('"a"', '"select"', '"GEOM"', '"a b"', '"名称"', '"code"', '"a"";--"', '"' + "x" * 600 + '"')


def tables(data: bytes, dice: random.Random) -> bytes:
    """Damage what stands in the tables of a GeoPackage: the file stays a sound database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(data)
        base = sqlite3.connect(path, isolation_level=None)
        base.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            base.create_function(name, 1, lambda _: 0.0)
        try:
            for _ in range(dice.randint(1, 3)):
                _odd_statement(base, dice)
        except sqlite3.DatabaseError:
            pass
        finally:
            base.close()
        return path.read_bytes()


def _odd_statement(base: sqlite3.Connection, dice: random.Random) -> None:
    found = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'rtree%'"
    table = dice.choice([name for (name,) in base.execute(found)])
    columns = [name for _, name, *_ in base.execute(f'PRAGMA table_info("{table}")')]
    geometry = [name for name in columns if name in ("geom", "geometry")]
    if geometry and dice.random() < 0.4:  # the shapes are what is worth most damage
        for row, blob in base.execute(f'SELECT rowid, "{geometry[0]}" FROM "{table}"').fetchall():
            if blob is not None:
                base.execute(f'UPDATE "{table}" SET "{geometry[0]}" = ? WHERE rowid = ?', (binary(blob, dice), row))
        return
    statement = dice.choice(ODD_SQL)
    parts = {"t": f'"{table}"', "c": f'"{dice.choice(columns)}"', "v": dice.choice(VALUES), "n": dice.choice(NAMES)}
    try:
        base.execute(statement.format(**parts))
    except sqlite3.OperationalError:
        base.execute("UPDATE gpkg_contents SET table_name = table_name || ?", (dice.choice(("", "x", "\0")),))


def columns(data: bytes, dice: random.Random) -> bytes:
    """Damage what stands in a Parquet file: its geometry, its description, the types of its columns."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(data), use_threads=False)
    except (pyarrow.ArrowException, OSError, ValueError):
        return binary(data, dice)
    metadata = dict(table.schema.metadata or {})
    what = dice.random()
    place = dice.randrange(table.num_columns)
    name, column = table.column_names[place], table.column(place).to_pylist()
    if what < 0.3 and b"geo" in metadata:
        metadata[b"geo"] = tree(metadata[b"geo"], dice)
    elif what < 0.5:
        odd = dice.choice((pyarrow.array([{"a": [1]}] * len(column)), pyarrow.array([[1.5, None]] * len(column)),
                           pyarrow.array([b"\xff\0"] * len(column)), pyarrow.nulls(len(column)),
                           pyarrow.array([2**62] * len(column)).cast(pyarrow.timestamp("s")),
                           pyarrow.array([-(2**31)] * len(column), pyarrow.date32()),
                           pyarrow.array([float("inf")] * len(column)), pyarrow.array([[[b"a"]]] * len(column)),
                           pyarrow.array([2**63 - 1] * len(column)).cast(pyarrow.duration("us")),
                           pyarrow.array(["x"] * len(column)).dictionary_encode()))  # fmt: skip
        table = table.set_column(place, name, odd)
    elif any(isinstance(each, bytes) for each in column):
        broken = [binary(each, dice) if isinstance(each, bytes) else each for each in column]
        table = table.set_column(place, name, pyarrow.array(broken, pyarrow.binary()))
    else:
        names = [dice.choice((each, each, "geometry", "", "a" * 700)) for each in table.column_names]
        table = table.rename_columns(names)
    out = io.BytesIO()
    try:
        parquet.write_table(table.replace_schema_metadata(metadata), out, compression="none")
    except pyarrow.ArrowException:  # what Parquet cannot hold
        return binary(data, dice)
    return out.getvalue() if dice.random() < 0.7 else binary(out.getvalue(), dice)


def entries_of(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return {}


def zipped(entries: dict[str, bytes], links: Collection[str] = ()) -> bytes:
    """Return a zip of these files, some of them marked as symbolic links; without the time of day."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = LINK if name in links else 0
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return kept.getvalue()
