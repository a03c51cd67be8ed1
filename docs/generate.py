"""Write `docs/reference/` from what the program says of itself: ``python -m docs.generate``.

Nothing in the reference is written by hand, so nothing in it can be out of date: a test compares the committed pages
with what this module gives.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from docs.doors import commands_page, http_page, problems_page
from docs.markdown import anchor, both, parameters, table
from layers.analyses.registry import Analysis, analyses, decode, default_of, expected, silent
from layers.catalogue import Field, Layer, catalogue
from layers.formats.kinds import READABLE
from layers.formats.writing import WRITERS
from layers.settings import PREFIX, Settings
from layers.situation.day import LEVELS
from layers.store import open_store
from tests import town

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by `python -m docs.generate`; do not edit. -->"
GEOMETRY = {"none": "no geometry", "point": "points", "line": "lines", "polygon": "polygons"}
KINDS = {"features": "GeoJSON FeatureCollection", "rows": "list of rows", "object": "object"}


def pages() -> dict[str, str]:
    """Return file name → text of every page of the reference."""
    made = {
        "layers.md": layers_page(),
        "commands.md": commands_page(),
        "analyses.md": analyses_page(),
        "settings.md": settings_page(),
        "http.md": http_page(),
        "problems.md": problems_page(),
        "formats.md": formats_page(),
    }
    return {name: f"{NOTE}\n\n{text.strip()}\n" for name, text in made.items()}


def layers_page() -> str:
    """Describe every layer and field."""
    parts = [
        "# Layers · 图层",
        "Every layer, in the order of the administrative tree. Each feature also has an `id`, which is its code at "
        "creation and never changes, and a `version`. Headings of files are matched by a field's name, its label in "
        "either language, or one of its other headings. **Required** fields must not be empty; `internal` fields and "
        "layers are left out of public exports.",
        "\n".join(f"- [{each.id}](#{anchor(each.id, each.label.zh)}) · {each.label.zh}" for each in catalogue()),
        *(_layer(each) for each in catalogue()),
    ]
    return "\n\n".join(parts)


def _layer(layer: Layer) -> str:
    facts = [f"{layer.label.en} · {layer.label.zh} · one is a *{layer.singular}*"]
    if layer.description:
        facts.append(f"{layer.description.en} · {layer.description.zh}")
    accepted = " or ".join(GEOMETRY[each] for each in layer.accepts)
    facts.append(f"Geometry: {accepted} · classification: {layer.classification} · table: `{layer.table}`")
    if layer.parent:
        field, prefix = f"the field `{layer.parent_field}`", f"the first {layer.parent_prefix} digits of its code"
        parent = f"[{layer.parent}](#{anchor(layer.parent, catalogue().layer(layer.parent).label.zh)})"
        facts.append(f"Belongs to {parent} by {field if layer.parent_field else prefix}")
    if layer.code_from:
        recipes = ", else ".join(f"`{recipe}`" for recipe in layer.code_from)
        facts.append(f"A row without a code gets one from {recipes}")
    head = ["field", "中文 · English", "type", "rule", "other headings"]
    listed = table(head, (_field(layer, each) for each in layer.fields))
    return f"## {layer.id} · {layer.label.zh}\n\n" + "\n".join(f"- {fact}" for fact in facts) + "\n\n" + listed


def _field(layer: Layer, field: Field) -> list[str]:
    rules = ["**required**"] if field.required else []
    if field.minimum is not None or field.maximum is not None:
        low, high = ("" if end is None else f"{end:g}" for end in (field.minimum, field.maximum))
        rules.append(f"{low}…{high}")
    if field.length:
        rules.append(f"{field.length} characters")
    if field.values:
        rules.append(", ".join(f"`{each.code}` {each.label.zh}" for each in field.values))
    if field.default:
        rules.append(f"`{field.default}` where a new feature says nothing")
    if field.refers_to:
        rules.append(f"a code of {field.refers_to}")
    if field.system:
        rules.append("kept by gridmap")
    if field.classification != layer.classification:
        rules.append(field.classification)
    if field.description:
        rules.append(f"{field.description.en} {field.description.zh}")
    unit = " · ".join(dict.fromkeys(field.unit_in(language) for language in ("zh", "en")))
    kind = f"{field.type}, {unit}" if unit else field.type
    return [f"`{field.name}`", f"{field.label.zh} · {field.label.en}", kind, "; ".join(rules), "、".join(field.aliases)]


def analyses_page() -> str:
    """Describe every analysis: inputs, outputs and their columns."""
    parts = [
        "# Analyses · 分析",
        "Each is registered once and reached by three doors with the same inputs: `python app.py run ID "
        '--INPUT VALUE`, `POST /api/processes/ID/execution` with `{"inputs": {…}}`, and the panel of analyses on the '
        "page. On the command line an input may be written with hyphens (`--min-households`). `within` is "
        f"`LAYER:CODE` with one of {', '.join(f'`{each}`' for each in LEVELS)}. A day that is not given is today.",
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = town.lay_units(town.lay_street(town.build(open_store(Path(folder) / "town.gpkg"))), 3, 7)
        town.amend(store, "communities", town.COMMUNITY, kind="village")  # units are proposed for villages
        for each in analyses().values():
            # What an analysis gives is seen by running it: the labels know more names than any one summary has.
            first: dict[str, object] = {"from": town.DAY} if "from" in each.Inputs.__struct_encode_fields__ else {}
            required = {field.name for field in msgspec.structs.fields(each.Inputs) if field.required}
            first |= {"within": f"communities:{town.COMMUNITY}"} if "within" in required else {}
            if any(output.optional for output in each.outputs):
                asked = (field for field in msgspec.structs.fields(each.Inputs) if field.type is bool)
                first |= {field.encode_name: True for field in asked}
            if "second" in required:  # two proposals that somebody had computed: told by its labels
                parts.append(_analysis(each, {output.name: output.columns for output in each.outputs}))
                continue
            parts.append(_analysis(each, each.run(store, decode(each, first, town.DAY), silent)))
        store.close()
    return "\n\n".join(parts)


def _analysis(analysis: Analysis, given: Mapping[str, object]) -> str:
    # An input struct may build on another, whose inputs are described there.
    meanings = dict(each for kind in analysis.Inputs.__mro__ for each in parameters(vars(kind).get("__doc__") or ""))
    inputs = table(["input", "中文 · English", "type", "default", "meaning"], (
        [f"`{each.encode_name}`", both(analysis.labels[each.encode_name]), f"`{expected(each.type)}`",
         _default(each), meanings[each.encode_name]]
        for each in msgspec.structs.fields(analysis.Inputs)
    ))  # fmt: skip
    outputs = []
    for output in analysis.outputs:
        outputs.append(f"**`{output.name}`** · {both(output.label)} · {KINDS[output.kind]}")
        names = [name for name in output.columns if name in given[output.name]]
        outputs.append(table(["name", "中文 · English"], ([f"`{each}`", both(output.columns[each])] for each in names)))
    head = f"## {analysis.id} · {analysis.label.zh}\n\n{analysis.description.en} {analysis.description.zh}。"
    return "\n\n".join([head, "### Inputs", inputs, "### Outputs", *outputs])


def _default(each: object) -> str:
    if each.encode_name in ("as_of", "to"):
        return "today"
    if each.required:
        return "**required**"
    default = default_of(each)
    return "" if default in (None, "") else f"`{default}`"


def settings_page() -> str:
    """Describe every setting."""
    meanings = dict(parameters(Settings.__doc__ or ""))
    rows = (
        [
            f"`{PREFIX}{each.name.upper()}`",
            f"`{each.default}`" if each.default not in ("", ()) else "",
            meanings[each.name],
        ]
        for each in dataclasses.fields(Settings)
    )
    return "\n\n".join([
        "# Settings · 设置",
        "One environment variable each, read at start. A variable that begins with `GRIDMAP_` and is not in this table "
        "is refused, so that a misspelt setting is not ignored in silence. `--workspace` and `--lang` on the command "
        "line go before the variables.",
        table(["variable", "default", "meaning"], rows),
    ])  # fmt: skip


def formats_page() -> str:
    """Describe the endings that are read and written."""
    endings = sorted({*READABLE, *WRITERS})
    rows = (
        [f"`{each}`", "yes" if each in READABLE else "", "yes" if each in WRITERS else "", FORMATS[each]]
        for each in endings
    )
    return "\n\n".join([
        "# Formats · 格式",
        "A file's ending says what it claims to be; its first bytes must agree. Files are read in a process of "
        "their own.",
        table(["ending", "import", "export", "what it is"], rows),
    ])  # fmt: skip


FORMATS = {
    ".csv": "table; points as `经度`/`纬度`, `lng`/`lat` or `lon`/`lat`, or a WKT column; written with a `wkt` column",
    ".dbf": "attributes of a Shapefile alone",
    ".fgb": "FlatGeobuf",
    ".geojson": "GeoJSON; written by RFC 7946 unless the legacy profile is asked for",
    ".geoparquet": "GeoParquet",
    ".gpkg": "GeoPackage; one of several layers is chosen by `--sheet`",
    ".json": "GeoJSON, or Esri JSON; with `run -o`, all outputs as one object",
    ".kml": "KML; columns are its extended data or what descriptions list, folders of one kind are one table",
    ".kmz": "KMZ: the KML documents in it",
    ".ods": "workbook of LibreOffice",
    ".parquet": "GeoParquet",
    ".shp": "Shapefile with its parts beside it",
    ".tsv": "table separated by tabs",
    ".txt": "table separated by commas, tabs or semicolons",
    ".xls": "workbook of Excel 97 to 2003",
    ".xlsm": "workbook with macros, which are not run",
    ".xlsx": "workbook; written as 汇总 (summary), 明细 (details) and 字段说明 (fields)",
    ".zip": "zipped Shapefile, one of several chosen by its path with `--sheet`; written with `.cpg` and `fields.csv`, "
    "a dictionary of the short field names",
}


def main() -> None:
    """Write the pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
