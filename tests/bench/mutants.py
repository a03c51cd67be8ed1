"""Files that were valid, damaged in ways that repeat: the same format and number give the same bytes.

One in ten is not damaged but means harm: it names a file of the machine (the canary) in every way that the format, or a
reader that is fooled about the format, knows.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.damage import WORD, binary, replaced, texts
from tests.bench.damage_inside import columns, elements, entries_of, members, tables, tree, zipped

HARMFUL = 0.1
INSIDE = {"zip": members, "xlsx": members, "gpkg": tables, "parquet": columns, "geojson": tree, "kml": elements,
          "osm-xml": elements}  # fmt: skip
TEXTS = ("geojson", "csv", "kml", "osm-xml")


def mutant(kind: str, seeds: list[bytes], number: int, canary: Path) -> bytes:
    """Return the damaged file of this number."""
    dice = random.Random(f"{kind}/{number}")
    seed = dice.choice(seeds)
    if dice.random() < HARMFUL:
        return harmful(kind, seed, dice, str(canary))
    inside, outside = INSIDE.get(kind), texts if kind in TEXTS else binary
    change = dice.choice((inside, inside, outside, binary) if inside else (outside, outside, binary))
    return change(seed, dice) or b"\0"


def harmful(kind: str, seed: bytes, dice: random.Random, canary: str) -> bytes:
    """Return a file that names the canary."""
    return dice.choice((*HARM.get(kind, ()), virtual, name_in_place_of_words))(seed, dice, canary)


def virtual(_: bytes, dice: random.Random, canary: str) -> bytes:
    """A virtual file of GDAL's under the wrong name, or none but the name itself."""
    source = dice.choice((canary, f"/vsisubfile/0_100,{canary}", f"CSV:{canary}", f"file://{canary}"))
    layer = f'<OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return dice.choice((
        f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>",
        f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read {source} ! write"}}',
        f"<VRTDataset><SourceFilename>{source}</SourceFilename></VRTDataset>", f"/vsizip/{canary}", canary,
    )).encode()  # fmt: skip


def name_in_place_of_words(seed: bytes, dice: random.Random, canary: str) -> bytes:
    spelled = dice.choice((canary, f"file://{canary}", f"@{canary}", f"/vsicurl/file://{canary}", f"+init={canary}:1"))
    return replaced(WORD, seed, dice, lambda _: spelled.encode(), most=6)


def entity(seed: bytes, dice: random.Random, canary: str) -> bytes:
    """An XML entity that is the canary, where the first text stands."""
    kept = seed.partition(b"?>")[2] or seed
    kind = dice.choice(("SYSTEM", 'PUBLIC "x"'))
    head = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY c {kind} "file://{canary}"><!ENTITY % d {kind} "{canary}">%d;]>'
    return head.encode() + re.sub(rb'(v|name|id)="[^"]*"|>([^<>\s][^<>]*)<', rb">&c;<", kept, count=3)


def fetched(seed: bytes, dice: random.Random, canary: str) -> bytes:
    """KML that fetches the canary: a linked file, a style, a schema, an image."""
    link = dice.choice((
        f"<NetworkLink><Link><href>{canary}</href></Link></NetworkLink>", f"<styleUrl>{canary}#a</styleUrl>",
        f"<Placemark><styleUrl>file://{canary}#a</styleUrl><name>a</name></Placemark>",
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{canary}" parse="text"/>',
        f"<GroundOverlay><Icon><href>{canary}</href></Icon></GroundOverlay>",
    )).encode()  # fmt: skip
    return seed.replace(b"<Document", link + b"<Document", 1) if dice.random() < 0.2 else seed.replace(
        b"</Document>", link + b"</Document>", 1)  # fmt: skip


def led_out(seed: bytes, dice: random.Random, canary: str) -> bytes:
    """A zip whose names lead out of its folder, or are links."""
    kept: dict[str, bytes] = {}
    links = set()
    for name, content in entries_of(seed).items():
        ending = "." + name.rpartition(".")[2]
        up = f"a/../../..{canary}{ending}"
        odd = dice.choice((canary, "../" * 6 + canary[1:], up, "C:\\a" + ending, f"..\\..\\a{ending}"))
        chosen = dice.choice((name, odd, odd))
        if dice.random() < 0.4:
            links.add(chosen)
            content = canary.encode()
        kept[chosen] = content
    return zipped(kept, links)


def external(seed: bytes, dice: random.Random, canary: str) -> bytes:
    """A workbook whose parts stand elsewhere, or hold an entity."""
    entries = entries_of(seed)
    for name in entries:
        if name.endswith(".rels") and dice.random() < 0.7:
            odd = f'Target="{dice.choice(("file://", "../../../../..", ""))}{canary}" TargetMode="External"'
            entries[name] = re.sub(rb'Target="[^"]*"', odd.encode(), entries[name], count=dice.choice((0, 1)))
        elif name.endswith(".xml") and dice.random() < 0.5:
            entries[name] = entity(entries[name], dice, canary)
    return zipped(entries)


def attached(seed: bytes, dice: random.Random, canary: str) -> bytes:
    """A GeoPackage whose views call for the canary, or whose coordinate system does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(seed)
        base = sqlite3.connect(path, isolation_level=None)
        try:
            _attach(base, dice, canary)
        except sqlite3.DatabaseError:
            return virtual(seed, dice, canary)  # a seed that is not whole itself
        finally:
            base.close()
        return path.read_bytes()


def _attach(base: sqlite3.Connection, dice: random.Random, canary: str) -> None:
    (layer,) = base.execute("SELECT table_name FROM gpkg_contents").fetchone()
    call = dice.choice(("readfile", "load_extension", "edit", "fts3_tokenizer")) + f"('{canary}')"
    view = dice.choice((
        f'CREATE VIEW v AS SELECT {call} AS name FROM "{layer}"',
        f"CREATE VIEW v AS SELECT 1 AS name, '{canary}' AS code",
        "CREATE VIEW v AS SELECT file AS name FROM pragma_database_list",
    ))  # fmt: skip
    crs = dice.choice((f"+init={canary}:1", f"+proj=longlat +nadgrids={canary}", canary, f"file://{canary}"))
    if dice.random() < 0.5:
        base.execute(view)
        base.execute("DELETE FROM gpkg_contents WHERE table_name <> ?", (layer,))
        base.execute("UPDATE gpkg_contents SET table_name = 'v', data_type = 'attributes'")
    base.execute("UPDATE gpkg_spatial_ref_sys SET organization = 'x', definition = ?", (crs,))


def placed_by_file(seed: bytes, dice: random.Random, canary: str) -> bytes:
    """GeoJSON whose coordinate system is a file."""
    grids = f"+proj=longlat +nadgrids={canary}", f"+proj=longlat +geoidgrids=@{canary}"
    name = dice.choice((f"+init={canary}:1", *grids, canary, f"file://{canary}"))
    crs = dice.choice(({"type": "name", "properties": {"name": name}}, {"type": "link", "properties": {"href": name}}))
    return seed.replace(b"{", b'{"crs": ' + json.dumps(crs).encode() + b", ", 1)


HARM: dict[str, tuple[Callable[[bytes, random.Random, str], bytes], ...]] = {
    "kml": (entity, fetched, fetched), "osm-xml": (entity, entity), "zip": (led_out, led_out),
    "xlsx": (external, external, led_out), "gpkg": (attached, attached, attached), "geojson": (placed_by_file,),
}  # fmt: skip
