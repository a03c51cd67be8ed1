"""A theme: what one map shows of a situation. Legend, map, table, search and export are views of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.catalogue import Field, Label, catalogue
from layers.text import Param, Text
from web.maps.style import Symbol
from web.maps.values import Later, Values

if TYPE_CHECKING:
    import numpy as np
    import shapely


@dataclass(frozen=True)
class Column:
    """One attribute of the theme's features, in words.

    Parameters
    ----------
    key, label : str
    values : sequence
        One per feature: str, number, date or None.
    kind : {"text", "code", "number", "date"}
        How it is written and sorted.
    unit : str
    width : int
        Width in the table in px; 0 = only among the details.
    """

    key: str
    label: str
    values: Sequence[Any]  # whatever a field holds
    kind: str = "text"
    unit: str = ""
    width: int = 0


@dataclass(frozen=True)
class Class:
    """One row of the legend: `key` names it, `symbol` says how it is drawn."""

    key: str
    group: str
    label: str
    symbol: Symbol
    count: int = 0


@dataclass(frozen=True)
class Group:
    """Rows of the legend that are summed up together.

    Parameters
    ----------
    key, label, short : str
        `short` stands over the table.
    unit : str
        Groups of one unit share a denominator.
    focus : bool
        The table opens on this group.
    counted : bool
        Whether the group belongs to the denominator of the shares.
    """

    key: str
    label: str
    short: str
    unit: str
    focus: bool = False
    counted: bool = True


@dataclass(frozen=True)
class Headline:
    """The figure above the legend, with everything it rests on, in words; `notes` are further lines."""

    title: str
    value: str
    denominator: str
    remark: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A small table of figures beside the map: a label and figures in words a row, and what they rest on."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Theme:
    """What one map shows; the sequences have one entry per feature.

    `tally` is indexed by community code with ``part`` and ``known``: what the tree's shares are made of. `drawn` gives
    further layers under the features, encoded, by name: a page in tiles has no use for them; those `from_afar` stay in
    an overview of communities. `notice` says what stands
    in the way, and then the commands that help; `method` how the figures were come by; `tables` further figures;
    `lasting` names the groups that travel with the page, and that an overview of communities keeps, however many
    features there are. `versions` are those of the features: a shape is as it was while its version is. `part` says
    what the tally counts, where that is not always the same on a map. `beside_bytes` is roughly what it holds that is
    neither on record nor a situation: an answer goes with the last theme that shows it.
    """

    id: str
    ids: Sequence[str]
    names: Sequence[str]
    geometries: Sequence[shapely.Geometry | None] | np.ndarray
    class_of: Sequence[str]
    classes: Sequence[Class]
    groups: Sequence[Group]
    columns: Sequence[Column]
    headline: Headline
    tally: pd.DataFrame
    overview: bool = False
    backdrop: Sequence[str] = field(default=())
    drawn: Callable[[], dict[str, dict[str, object]]] = dict
    from_afar: Sequence[str] = field(default=())
    notice: Sequence[str] = field(default=())
    method: str = ""
    tables: Sequence[Table] = field(default=())
    lasting: Sequence[str] = field(default=())
    versions: Sequence[int] | np.ndarray = field(default=())
    part: Label | None = None
    beside_bytes: int = 0

    @property
    def opening(self) -> str:
        """The group that the table opens on: the one in focus, unless it is empty and another is not."""
        filled = {each.group for each in self.classes if each.count}
        focus = next(group.key for group in self.groups if group.focus)
        return focus if focus in filled else next((group.key for group in self.groups if group.key in filled), focus)


def words(key: str, language: str, **params: Param) -> str:
    """Say a message of `layers/messages/pages.toml`, or of the room that the key names."""
    return Text(key if "." in key else f"pages.{key}", **params).say(language)


def labels(frame: pd.DataFrame, layer: str, name: str, language: str) -> Values:
    """Return a field of a layer in words: enumerations by their labels, yes and no, everything else as it is."""
    declared, raw = catalogue().layer(layer).field(name), frame[name].array
    if declared.type == "enum":
        said = {choice.code: choice.label.say(language) for choice in declared.values}
        return Values(raw, lambda given: [said.get(value, value) for value in given])
    if declared.type == "boolean":
        yes, no = words("yes", language), words("no", language)
        return Values(raw, lambda given: [None if pd.isna(value) else yes if value else no for value in given])
    return Values(raw)


def from_field(frame: pd.DataFrame, layer: str, name: str, language: str, width: int = 0) -> Column:
    """Return a catalogue field of `frame` as a column."""
    declared = catalogue().layer(layer).field(name)
    return Column(
        key=name,
        label=declared.label.say(language),
        values=labels(frame, layer, name, language),
        kind=_kind(declared),
        unit=declared.unit_in(language, beside_label=True),
        width=width,
    )


def estimates(key: str, label: str, marks: np.ndarray, how: str) -> Column:
    """Return the column that says which values of the column `key` nobody entered, and how they were come by.

    Pages write such a value as "about"; files have this column beside it.
    """
    return Column(f"{key}_estimated", label, Values(marks, lambda given: [how if mark else None for mark in given]))


def names_of(
    frame: pd.DataFrame, codes: pd.Series, factorize: Callable[[], tuple[np.ndarray, Any]] | None = None
) -> Values:  # as `Values` takes it
    """Return the names that belong to codes of another layer; the code itself where there is no name."""
    names: dict[str, str] = {}

    def said(given: Sequence[Any]) -> list[Any]:  # whatever codes are
        if not names:  # looked up when somebody asks: a city has very many courtyards
            names.update((code, name or code) for code, name in zip(frame["code"], _none(frame["name"]), strict=True))
        return [None if pd.isna(code) else names.get(code, code) for code in given]

    return Values(codes.array, said, factorize)


def called(frame: pd.DataFrame) -> list[str]:
    """Return what each feature is called: its name, else its code."""
    return [name or code for name, code in zip(_none(frame["name"]), frame["code"], strict=True)]


def all_called(frame: pd.DataFrame) -> Values:
    """Return what each feature of a large frame is called, as `called`: names that stand for many, kept once."""
    return Later(len(frame), lambda: Values(_name_or_code(frame)))


def _name_or_code(frame: pd.DataFrame) -> object:
    name, code = frame["name"], frame["code"]
    unnamed = (name.isna() | (name == "").fillna(False)).to_numpy(dtype=bool)
    return name.mask(unnamed, code).array if unnamed.any() else name.array


def number(value: float | None, language: str, digits: int = 0) -> str:
    """Write a number with thousands separators; "—" where it is not known."""
    return "—" if pd.isna(value) else f"{value:,.{digits}f}"


def percent(part: float | None, whole: float | None) -> str:
    """Write a share with one decimal; a denominator of 0, or what is not known, gives "—"."""
    return f"{100 * part / whole:.1f}%" if whole and part is not None else "—"


def _none(values: pd.Series) -> list[Any]:  # whatever a column holds
    found = values.to_numpy(dtype=object, copy=True)
    found[values.isna().to_numpy()] = None
    return found.tolist()


def _kind(declared: Field) -> str:
    if declared.type in ("integer", "number"):
        # A year is a number that takes no thousands separator and is never summed up.
        return "year" if declared.name == "build_year" else "number"
    if declared.type == "date":
        return "date"
    return "code" if declared.name == "code" else "text"
