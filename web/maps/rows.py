"""The rows that the table shows, as a file: the same group, the same switches, the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.text import Text
from layers.usecases.exporting import Result
from web.maps.theme import Column, Theme, words

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from web.maps.question import Question

ALL = "all"
ASKED = ("f", "rows", "off", "text")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows: one group of the legend or all, without the classes in `off`, and containing `text`."""

    group: str
    off: frozenset[str]
    text: str


def read_choice(theme: Theme, args: MultiDict) -> Choice:
    """Read ``rows``, ``off`` and ``text`` of an export.

    Raises
    ------
    InvalidParameter
        ``rows`` names no group of this map, ``off`` no class of its legend, or something is given twice.
    """
    twice = [name for name in ASKED if len(args.getlist(name)) > 1]
    faults = [Fault(Text("pages.given-twice"), {"parameter": name}) for name in twice]
    known = [ALL, *(group.key for group in theme.groups)]
    group = args.get("rows") or theme.opening
    off, classes = frozenset(filter(None, args.get("off", "").split("~"))), [each.key for each in theme.classes]
    for name, asked, values in (("rows", {group}, known), ("off", off, classes)):
        wrong = sorted(asked - set(values))
        faults += [
            Fault(Text("pages.one-of", values=values), {"parameter": name, "value": each[:40]}) for each in wrong
        ]
    if faults:
        raise InvalidParameter(*faults)
    return Choice(group, off, args.get("text", "").strip().lower())


def rows(theme: Theme, choice: Choice, question: Question) -> Result:
    """Return the chosen rows with every column, and the counts by class beside them."""
    chosen = _chosen(theme, choice)
    index = pd.Index([theme.ids[n] for n in chosen], name="id")
    columns = {column.key: _series(column).iloc[chosen].set_axis(index) for column in theme.columns}
    frame = gpd.GeoDataFrame(columns, index=index, geometry=[theme.geometries[n] for n in chosen], crs=4326)
    language = question.language
    by_class = pd.Series([theme.class_of[n] for n in chosen], dtype=object).value_counts()
    said = {each.key: each.label for each in theme.classes}
    summary = {
        "as_of": question.as_of,
        "basis": theme.method or words(f"basis-{question.basis}", language),
        "rows": len(chosen),
        "class": {said[key]: int(count) for key, count in by_class.items()},
    }
    headings = {"as_of": "as-of", "basis": "basis", "rows": "count", "class": "legend"}
    return Result(
        id=theme.id,
        title=_label(words(f"map-{theme.id}", language)),
        columns={column.key: _label(column.label) for column in theme.columns},
        frame=frame,
        summary=summary,
        labels={name: _label(words(key, language)) for name, key in headings.items()},
        words={},
    )


def _chosen(theme: Theme, choice: Choice) -> list[int]:
    group_of = {each.key: each.group for each in theme.classes}
    return [
        n
        for n, key in enumerate(theme.class_of)
        if choice.group in (ALL, group_of[key]) and key not in choice.off and _contains(theme, n, choice.text)
    ]


def _contains(theme: Theme, n: int, text: str) -> bool:
    searched = [column.values[n] for column in theme.columns if column.kind in ("text", "code") and column.width]
    return not text or any(text in str(value).lower() for value in searched if not pd.isna(value))


def _series(column: Column) -> pd.Series:
    values = pd.Series([None if pd.isna(value) else value for value in column.values], dtype=object)
    if column.kind == "date":
        return pd.to_datetime(values)
    if column.kind in ("number", "year", "share"):
        numbers = values.astype("Float64")
        return numbers.astype("Int64") if (numbers.dropna() % 1 == 0).all() else numbers
    return values


def _label(text: str) -> Label:
    return Label(text, text)
