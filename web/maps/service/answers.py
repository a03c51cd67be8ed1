"""What the service page rests on, computed once: page, download, export and the next look take it from here.

An answer is kept for the layers' revisions that it was computed from, as a `Situation` is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pandas as pd

from layers.analyses.service_area import LISTED
from layers.analyses.service_gaps import GAP_COLUMNS, gaps, left_out
from layers.errors import Conflict
from layers.keeping import OfEach, Recent
from layers.reach.homes import inner_xy
from layers.reach.inputs import ReachInputs, stations_of
from layers.reach.reached import Reached, Survey, survey
from layers.reach.scenarios import situation_with, told
from layers.situation.day import Situation, situation
from layers.situation.words import NO_SERVICE
from layers.usecases.scenarios import measures_of
from web.maps.resting import state_of

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from layers.model.feature import Feature
    from layers.store.protocol import Store
    from layers.text import Text
    from web.maps.service.question import Asked

RESTS_ON = ("roads", "gates", "barriers", "turns", "scenario-measures")
T = TypeVar("T")
KEPT, MOST_BYTES = 12, 400 << 20
BYTES_EACH = 250  # of what is kept of a building in an answer, roughly
MOST_GAPS = 500  # a gap of a building or two is no place to plan for


@dataclass(frozen=True)
class Answer:
    """One answered question.

    Parameters
    ----------
    now : Situation
        As the scenario leaves it, if there is one.
    inputs : ReachInputs
    base : GeoDataFrame
        The buildings in scope.
    stations, others : GeoDataFrame
        The stations that count, points among them, and those that are open and do not; `code`, `name`, `kind`.
    found : Reached or None
        None where there is no road of that mode.
    survey : Survey or None
        To ask for some of the stations by themselves.
    measures : tuple of Feature
        Those of the scenario that are in force.
    idle : mapping
        Code of a measure that changes nothing → why.
    """

    now: Situation
    inputs: ReachInputs
    base: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    others: gpd.GeoDataFrame
    found: Reached | None
    survey: Survey | None
    measures: tuple[Feature, ...] = ()
    idle: Mapping[str, Text] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Say how much memory it takes, roughly."""
        return BYTES_EACH * len(self.base)

    def within(self, community: str | None) -> Answer:
        """Return the same for the buildings of one community."""
        if community is None:
            return self
        base = self.base[(self.base["community"] == community).to_numpy()]
        found = self.found and replace(self.found, buildings=self.found.buildings.loc[base.index])
        return replace(self, base=base, found=found)


def answered(store: Store, as_of: dt.date, asked: Asked) -> Answer:
    """Answer which buildings the chosen stations reach on a day.

    Raises
    ------
    InvalidParameter
        A station or a scenario that does not exist.
    """
    key = (as_of, msgspec.json.encode(asked))
    return _ANSWERS(store).made_at(state_of(store, RESTS_ON), key, lambda: _answer(store, as_of, asked))


def kept(store: Store, key: tuple[object, ...], compute: Callable[[], T]) -> T:
    """Return what was computed for `key` from the layers as they are now; compute it where nothing was."""
    return _ANSWERS(store).made_at(state_of(store, RESTS_ON), key, compute)


def gaps_of(store: Store, as_of: dt.date, asked: Asked, community: str | None) -> pd.DataFrame:
    """Return the first gaps of one community or of all, as `service-coverage` does: the most elderly first."""

    def compute() -> pd.DataFrame:
        answer = answered(store, as_of, asked).within(community)
        if answer.found is None:
            return pd.DataFrame(columns=[*GAP_COLUMNS, "geometry"])
        uncovered, rows = left_out(answer.base, answer.found.buildings, answer.stations)
        return gaps(uncovered, answer.now, MOST_GAPS, inner_xy(answer.now, answer.base, rows))

    key = (as_of, msgspec.json.encode(asked), "gaps", community)
    return _ANSWERS(store).made_at(state_of(store, RESTS_ON), key, compute)


def _answer(store: Store, as_of: dt.date, asked: Asked) -> Answer:
    inputs = asked.inputs(as_of)
    now = situation_with(store, situation(store, as_of), asked.scenario)
    measures = tuple(measures_of(store, asked.scenario, as_of)[0]) if asked.scenario else ()
    without_effect = told(store, now, asked.scenario)["without_effect"] if asked.scenario else ()
    idle = {each["code"]: each["reason"] for each in without_effect}
    chosen = stations_of(now, inputs)
    chosen = chosen[~chosen["code"].isin(asked.without).to_numpy()]
    if asked.every:
        chosen = chosen[~chosen["kind"].isin(NO_SERVICE).to_numpy(dtype=bool)]
    every = stations_of(now, ReachInputs(as_of=as_of))
    others = every[~every.index.isin(chosen.index)]
    base = listed(now)
    try:
        surveyed = survey(store, now, base, inputs)
        return Answer(now, inputs, base, chosen, others, surveyed.reached(chosen), surveyed, measures, idle)
    except Conflict:
        return Answer(now, inputs, base, chosen, others, None, None, measures, idle)


def listed(now: Situation) -> gpd.GeoDataFrame:
    """Return the buildings in scope with what an answer needs of them: the same for all questions, to be read only."""
    return _LISTED(now)


def _parts(value: object) -> dict[Hashable, int]:
    """Say how much memory an answer takes; the gaps and figures that are kept beside are small."""
    return {id(value): value.bytes} if isinstance(value, Answer) else {}


_LISTED: OfEach[Situation, gpd.GeoDataFrame] = OfEach(lambda now: now.in_scope(LISTED))
# What is kept is what its key names: an answer, gaps, a table.
_ANSWERS: OfEach[Store, Recent[tuple[object, ...], Any]] = OfEach(lambda store: Recent(KEPT, MOST_BYTES, _parts))
