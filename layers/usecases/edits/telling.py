"""Every fault of a write, noted where it stands and told at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from layers.errors import Fault, InvalidParameter, TopologyDefects
from layers.filters import Literal, Op, Property
from layers.store.protocol import Query, Store
from layers.text import Text

if TYPE_CHECKING:
    from layers.model.feature import Raw


def codes_among(store: Store, layer: str, codes: Iterable[str]) -> set[str]:
    """Return those of some codes that features of a layer have."""
    wanted = tuple(codes)
    among = Op("in", (Property("code", "text"), Literal(wanted, "list")))
    found = store.page(layer, Query(filter=among), len(wanted)).features if wanted else ()
    return {str(each.properties["code"]) for each in found}


class Told:
    """Notes faults of one feature; `place` is where it stands in a collection."""

    def __init__(self, faults: Faults, place: int | None) -> None:
        self.faults, self.beginning = faults, "" if place is None else f"/features/{place}"

    def __call__(
        self, text: Text, pointer: str, value: Raw, kind: type[InvalidParameter | TopologyDefects] = InvalidParameter
    ) -> None:
        where: dict[str, object] = {"pointer": self.beginning + pointer}
        if value is not None:
            where["value"] = str(value)[:80]
        self.faults.found.append(Fault(text, where))
        self.faults.topology |= kind is TopologyDefects


class Faults:
    """Every fault of a write, told at once."""

    def __init__(self, there: dict[tuple[str, str], bool] | None = None) -> None:
        self.found: list[Fault] = []
        self.topology = False
        self._there = {} if there is None else there

    def of(self, place: int | None) -> Told:
        """Return who notes the faults of one feature."""
        return Told(self, place)

    def known(self, store: Store, layer: str, codes: Sequence[str]) -> set[str]:
        """Return those of some codes that features of a layer have; each is asked for once a write."""
        new = [code for code in codes if (layer, code) not in self._there]
        there = codes_among(store, layer, new)
        self._there.update({(layer, code): code in there for code in new})
        return {code for code in codes if self._there[layer, code]}

    def refuse(self) -> None:
        """Raise what was noted, if anything was."""
        if self.found:
            raise (TopologyDefects if self.topology else InvalidParameter)(*self.found)
