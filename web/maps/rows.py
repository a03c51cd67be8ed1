"""The rows that the table shows, as a file: the same group, the same switches, the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from layers.catalogue import Label, Style
from layers.errors import Fault, InvalidParameter
from layers.formats.writing import NOBODYS, Whose
from layers.situation.words import BASIS
from layers.text import Text
from layers.usecases.exports.exporting import Result
from web.maps.listing import ALL, FIGURES, Choice, Listing
from web.maps.registry import maps
from web.maps.style import SIGNS
from web.maps.theme import Column, Theme, words
from web.maps.values import array_of, numbered, taken

if TYPE_CHECKING:
    import numpy as np
    from werkzeug.datastructures import MultiDict

    from web.maps.question import Question

ASKED = ("f", "rows", "off", "text", "sort")
DRAWN = ("gpkg", "shp")  # what says how it is to be drawn
LEGEND = "legend"  # the column by which it is
LONGEST_SOUGHT = 200
OUTLINE_MM = 0.1


def read_choice(theme: Theme, args: MultiDict[str, str]) -> Choice:
    """Read ``rows``, ``off``, ``text`` and ``sort`` (a column's key, ``-key`` or ``key.down``) of an export or a table.

    Raises
    ------
    InvalidParameter
        ``rows`` names no group of this map, ``off`` no class of its legend, ``sort`` no column, or something is given
        twice.
    """
    twice = [name for name in ASKED if len(args.getlist(name)) > 1]
    faults = [Fault(Text("pages.given-twice"), {"parameter": name}) for name in twice]
    known = [ALL, *(group.key for group in theme.groups)]
    group = args.get("rows") or theme.opening
    off, classes = frozenset(filter(None, args.get("off", "").split("~"))), [each.key for each in theme.classes]
    sort, _, direction = args.get("sort", "").partition(".")
    if sort.startswith("-") and len(sort) > 1 and not direction:
        sort, direction = sort[1:], "down"
    columns = [column.key for column in theme.columns]
    checked = (
        ("rows", {group}, known),
        ("off", off, classes),
        ("sort", {sort} - {""}, columns),
        ("sort", {direction} - {""}, ["down"]),
    )
    for name, asked, values in checked:
        wrong = sorted(asked - set(values))
        faults += [
            Fault(Text("pages.one-of", values=values), {"parameter": name, "value": each[:40]}) for each in wrong
        ]
    if faults:
        raise InvalidParameter(*faults)
    return Choice(group, off, sought(args), sort, direction == "down")


def sought(args: MultiDict[str, str], name: str = "text") -> str:
    """Read a text that is looked for, in lower case; InvalidParameter if no name is as long."""
    text = args.get(name, "").strip()
    if len(text) > LONGEST_SOUGHT:
        where = {"parameter": name, "value": text[:40]}
        raise InvalidParameter(Fault(Text("tiled.text-too-long", most=LONGEST_SOUGHT), where))
    return text.lower()


def rows(
    listing: Listing, choice: Choice, question: Question, whose: Whose = NOBODYS, drawn: bool = False
) -> Result:
    """Return the chosen rows with every column, and the counts by class beside them; `whose` as exports say it.

    With `drawn` each row says which class of the legend it has, and other programs draw it in the legend's colours.
    """
    theme, chosen = listing.theme, listing.rows(choice)
    index = pd.Index(taken(theme.ids, chosen), name="id")
    columns = {column.key: _series(column, chosen).set_axis(index) for column in theme.columns}
    frame = gpd.GeoDataFrame(columns, index=index, geometry=taken(theme.geometries, chosen), crs=4326)
    if drawn:
        frame.insert(0, LEGEND, pd.Series(array_of(theme.class_of, chosen), dtype=object).set_axis(index))
    language = question.language
    headed = {LEGEND: _label(words("legend", language))} if drawn else {}
    by_class = pd.Series(array_of(theme.class_of, chosen), dtype=object).value_counts()
    said = {each.key: each.label for each in theme.classes}
    summary = {
        "as_of": question.as_of,
        "basis": theme.method or BASIS[question.basis].say(language),
        "rows": len(chosen),
        "class": {said[key]: int(count) for key, count in by_class.items()},
    }
    headings = {"as_of": "as-of", "basis": "basis", "rows": "count", "class": "legend"}
    return Result(
        id=theme.id,
        title=_label(maps()[question.map].title.say(language)),
        columns=headed | {column.key: _label(column.label) for column in theme.columns},
        frame=frame,
        summary=summary,
        labels={name: _label(words(key, language)) for name, key in headings.items()},
        words={LEGEND: {each.key: _label(each.label) for each in theme.classes}} if drawn else {},
        whose=whose,
        style=_style(theme) if drawn else None,
    )


def _style(theme: Theme) -> Style | None:
    """Return the legend as other programs take it: colour, dash and sign of every class."""
    if not theme.classes:
        return None
    name_of = {path: name for name, path in SIGNS.items()}
    symbols = {each.key: each.symbol for each in theme.classes}
    first = next(iter(symbols.values()))
    return Style(
        fill=first.fill,
        stroke=first.stroke,
        width_mm=OUTLINE_MM,
        by=LEGEND,
        colors={key: each.fill for key, each in symbols.items()},
        dashed=tuple(key for key, each in symbols.items() if each.dash),
        marks={key: name_of[each.mark] for key, each in symbols.items() if each.mark in name_of},
    )


def _series(column: Column, rows: np.ndarray) -> pd.Series:
    values = pd.Series(array_of(column.values, rows), dtype=object)
    if column.kind == "date":
        return pd.to_datetime(values)
    if column.kind in FIGURES:
        numbers = values.astype("Float64")
        every = pd.Series(list(numbered(column.values)[1]), dtype=object).astype("Float64")
        return numbers.astype("Int64") if (every % 1 == 0).all() else numbers
    return values


def _label(text: str) -> Label:
    return Label(text, text)
