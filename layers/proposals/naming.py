"""What is said of a proposal, with names: whoever poses and solves one knows codes, and a planner knows names.

Words are named where they leave: a code in a sentence, a reason or a refusal stands behind the name on record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Protocol

import numpy as np
import pandas as pd

from layers.catalogue import catalogue
from layers.errors import Fault, GridmapError
from layers.proposals.frame import called
from layers.situation.day import LEVELS
from layers.store.protocol import Query, Store
from layers.text import Param, Text
from layers.usecases import workspace

# Of which layer the codes are that a message has under this name; of several, the first that knows the code.
LAYERS = {
    "within": LEVELS,
    "grids": ("grids",),
    "others": ("grids",),
    "courtyards": ("courtyards",),
    "community": ("communities",),
    "communities": ("communities",),
    "code": ("communities",),
    "codes": ("communities", "buildings"),
    "building": ("buildings",),
    "buildings": ("buildings",),
    "bundle": ("managed-areas",),
    "about": ("buildings", "managed-areas", "roads", "barriers"),
    "roads": ("roads",),
    "target": ("courtyards", "buildings", "grids"),
    "targets": ("courtyards", "buildings", "grids"),
    "which": ("courtyards", "buildings", "grids"),
}
FEW = 50  # so many codes are looked up one by one
Names = Mapping[str, Mapping[str, str]]


class Asked(Protocol):
    """What of the inputs is needed."""

    @property
    def as_of(self) -> dt.date: ...


Run = Callable[[Store, Any, Any], dict[str, object]]  # as `layers.analyses.registry.Analysis` has it


def by_name(run: Run) -> Run:
    """Have an analysis say names beside codes, in what it gives and in what it refuses."""

    @wraps(run)
    def named(store: Store, inputs: Asked, progress: object) -> dict[str, object]:
        try:
            outputs = run(store, inputs, progress)
        except GridmapError as refused:
            names = names_of(store, inputs.as_of, [each.text for each in refused.faults])
            refused.faults = tuple(Fault(_named(each.text, names), each.where) for each in refused.faults)
            raise
        names = names_of(store, inputs.as_of, outputs)
        return {name: _named(each, names) for name, each in outputs.items()} if any(names.values()) else outputs

    return named


def names_of(store: Store, day: dt.date, said: Param) -> Names:
    """Return layer → code → what a sentence calls it, of the codes in messages that have a name on that day."""
    wanted: dict[str, dict[str, None]] = {}
    for text in _texts(said):
        for param, value in text.params.items():
            for code in value if isinstance(value, list | tuple) else (value,):
                if isinstance(code, str) and param in LAYERS:
                    level, colon, rest = code.partition(":")
                    area = param == "within" and colon and level in LEVELS
                    for layer in (level,) if area else LAYERS[param]:
                        wanted.setdefault(layer, {})[rest if area else code] = None
    return {layer: _looked_up(store, day, layer, list(codes)) for layer, codes in wanted.items()}


def _looked_up(store: Store, day: dt.date, layer: str, codes: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if len(codes) <= FEW:
        pages = (store.page(layer, Query(as_of=day, equals={"code": code}), 1).features for code in codes)
        pairs = [(code, page[0].properties.get("name")) for code, page in zip(codes, pages, strict=True) if page]
    else:
        frame = store.read(layer, Query(as_of=day, columns=("code", "name"), geometry=False))
        frame = frame[frame["code"].isin(codes)]
        pairs = list(zip(frame["code"], frame["name"], strict=True))
    found.update((str(code), called(code, name)) for code, name in pairs if isinstance(name, str) and name)
    if layer == "districts" and (whole := workspace.name_of(store)):  # nobody drew it, and it is called so
        found |= {code: called(code, whole) for code in codes if code not in found}
    return found


def _texts(said: object) -> Iterator[Text]:
    if isinstance(said, Text):
        yield said
        said = list(said.params.values())
    if isinstance(said, pd.DataFrame):
        for name in _told(said):
            yield from _texts(list(said[name]))
    elif isinstance(said, Mapping):
        yield from _texts(list(said.values()))
    elif isinstance(said, list | tuple):
        for each in said:
            if isinstance(each, Text | Mapping | list | tuple | pd.DataFrame):
                yield from _texts(each)


def _named(said: Any, names: Names) -> Any:  # as it came, of whatever type
    if isinstance(said, Text):
        return Text(said.key, **{param: _param(param, value, names) for param, value in said.params.items()})
    if isinstance(said, pd.DataFrame):
        told = {name: np.array([_named(each, names) for each in said[name]] + [None], object)[:-1]
                for name in _told(said)}  # fmt: skip
        return said.assign(**told) if told else said
    if isinstance(said, Mapping):
        return {key: _named(each, names) for key, each in said.items()}
    if isinstance(said, list | tuple):
        return type(said)(_named(each, names) for each in said) if type(said) in (list, tuple) else said
    return said


def _param(param: str, value: object, names: Names) -> object:
    if isinstance(value, list):
        return [_param(param, each, names) for each in value]
    if not isinstance(value, str) or param not in LAYERS:
        return _named(value, names)
    level, colon, code = value.partition(":")
    if param == "within" and colon and level in LEVELS:
        name = names.get(level, {}).get(code)
        return name or Text("proposals.area-by-code", level=catalogue().layer(level).one, code=code)
    return next((each[value] for layer in LAYERS[param] if value in (each := names.get(layer, {}))), value)


def _told(frame: pd.DataFrame) -> list[str]:
    """Return the columns in which messages stand."""
    return [
        str(name)
        for name in frame.columns
        if frame[name].dtype == object and any(isinstance(each, Text) for each in frame[name])
    ]
