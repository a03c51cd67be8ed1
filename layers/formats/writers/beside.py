"""What a CSV file cannot say of itself, in a file beside it: whose records it holds, of which day, what columns mean.

It is called and written as the W3C's "CSV on the Web" has it (https://www.w3.org/TR/tabular-data-model/, 5.3): for
``a.csv`` the file ``a.csv-metadata.json``. The CSV file stays as it is, so that it comes back in silence.
"""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from layers.catalogue import Layer
from layers.formats.writing import ABOUT, NOBODYS, WriteOptions, replace_whole
from layers.text import Text

CONTEXT = "http://www.w3.org/ns/csvw"


def beside(target: Path) -> Path:
    """Return where the description of a CSV file stands."""
    return target.with_name(target.name + ABOUT)


def write_beside(layer: Layer, target: Path, options: WriteOptions) -> Path | None:
    """Describe a CSV file that was written; where nobody said whose it is, take an earlier description away.

    Returns
    -------
    Path or None
        The description; None where there is none, or the file is no CSV.
    """
    if target.suffix.lower() != ".csv":
        return None
    described = beside(target)
    if options.whose == NOBODYS:
        described.unlink(missing_ok=True)
        return None
    with target.open(encoding="utf-8-sig", newline="") as stream:
        names = next(csv.reader(stream), [])
    labels = {field.name: field.label.say(options.language) for field in layer.fields}
    columns = [{"name": name, "titles": [name, *([labels[name]] if name in labels else [])]} for name in names]
    said = {name: value for name, _, value in options.about()}
    content = {
        "@context": [CONTEXT, {"@language": options.language}],
        "url": target.name,
        "dc:title": options.title,
        "dc:source": said.get("workspace"),
        "dc:temporal": said.get("as_of") or said.get("data_date"),
        "dc:description": options.description(),
        "tableSchema": {"columns": columns},
    }
    text = msgspec.json.format(msgspec.json.encode({key: value for key, value in content.items() if value}), indent=2)
    replace_whole(described, lambda path: _put(path, text))
    return described


def _put(path: Path, text: bytes) -> list[Text]:
    path.write_bytes(text + b"\n")
    return []
