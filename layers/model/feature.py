"""A feature and a change to it: the two values that every write is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

Value = str | int | float | bool | dt.date | tuple[str, ...] | None
Raw = object  # what stands in a cell, in a file or in a body, before anybody has read it


def text_of(properties: Mapping[str, Value], name: str) -> str | None:
    """Return what a field of words or of codes holds."""
    value = properties.get(name)
    assert value is None or isinstance(value, str), name  # the catalogue lets nothing else in
    return value


def number_of(properties: Mapping[str, Value], name: str) -> int | float | None:
    """Return what a field of numbers holds."""
    value = properties.get(name)
    assert value is None or isinstance(value, (int, float)), name  # as above
    return value


def whole_of(properties: Mapping[str, Value], name: str) -> int | None:
    """Return what a field of whole numbers holds."""
    value = properties.get(name)
    assert value is None or isinstance(value, int), name  # as above
    return value


def flag_of(properties: Mapping[str, Value], name: str) -> bool | None:
    """Return what a field of yes and no holds."""
    value = properties.get(name)
    assert value is None or isinstance(value, bool), name  # as above
    return value


def day_of(properties: Mapping[str, Value], name: str) -> dt.date | None:
    """Return what a field of dates holds."""
    value = properties.get(name)
    assert value is None or isinstance(value, dt.date), name  # as above
    return value


def codes_of(properties: Mapping[str, Value], name: str) -> tuple[str, ...]:
    """Return what a field of lists holds; none where it is not set."""
    value = properties.get(name)
    assert value is None or isinstance(value, tuple), name  # as above
    return value or ()


@dataclass(frozen=True, slots=True)
class Feature:
    """One object of a layer at one version.

    Parameters
    ----------
    id : str
        Stable, never reused.
    geometry : shapely geometry or None
        Longitude and latitude (EPSG:4326).
    properties : mapping
        Field name → value, for every field of the catalogue that is set; an absent field is null.
    version : int
        1 when created, one more with each change; 0 before it is stored.
    """

    id: str
    geometry: BaseGeometry | None
    properties: Mapping[str, Value] = field(default_factory=dict)
    version: int = 0

    def same_content(self, other: Feature) -> bool:
        """Say whether geometry and properties are equal, the version aside."""
        if self is other:
            return True
        if self.geometry is None or other.geometry is None:
            if self.geometry is not other.geometry:
                return False
        elif self.geometry is not other.geometry and not self.geometry.equals_exact(other.geometry, 0.0):
            return False
        mine = {name: value for name, value in self.properties.items() if value is not None and value != ()}
        theirs = {name: value for name, value in other.properties.items() if value is not None and value != ()}
        return mine == theirs


@dataclass(frozen=True, slots=True)
class Change:
    """What a changeset does to one feature: `before` is null for a creation, `after` for a deletion."""

    layer: str
    id: str
    before: Feature | None
    after: Feature | None

    @property
    def op(self) -> str:
        """``"create"``, ``"update"`` or ``"delete"``."""
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "update"

    def inverse(self) -> Change:
        """Return the change that undoes this one."""
        return Change(self.layer, self.id, before=self.after, after=self.before)


def code_of(feature: Feature) -> str:
    """Return the code that others name a feature by, its id where it has none."""
    return str(feature.properties.get("code") or feature.id)
