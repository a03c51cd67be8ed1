"""Every kind of proposal, registered once: how what was proposed becomes a draft, or records."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import shapely

from layers.errors import Conflict, Fault
from layers.model.feature import Change
from layers.model.job import Job
from layers.store.protocol import Changeset, Store
from layers.text import Text
from layers.usecases.plans.state import PLANS
from layers.usecases.plans.writing import Writer

if TYPE_CHECKING:
    import geopandas as gpd

# The analysis that proposes, and the module that accepts it; each module holds KIND.
MODULES = {
    "crossings": "layers.proposals.harmony_kind",
    "propose-grids": "layers.proposals.grids_kind",
    "bundle-buildings": "layers.proposals.bundles_kind",
    "site-stations": "layers.proposals.sites_kind",
    "assign-posts": "layers.proposals.posts_kind",
    "joint-units": "layers.proposals.units_kind",
}


@dataclass(frozen=True)
class Part:
    """One part of a proposal: a grid, a bundle, a site.

    Attributes
    ----------
    id : str
    geometry : Geometry or None
        Longitude and latitude; None of what lies nowhere.
    properties : mapping
        As the analysis told them.
    """

    id: str
    geometry: shapely.Geometry | None
    properties: Mapping[str, Any]  # JSON: every kind knows its own


@dataclass(frozen=True)
class Taken:
    """What is taken over of a proposal.

    Attributes
    ----------
    job : str
        Its name.
    inputs, summary : mapping
        What was wished, and what was told of the whole.
    parts : sequence of Part
        Those that were picked.
    into : str
        The layer that they become features of: one of those that the kind names.
    name : str or None
        What somebody calls it, where the kind asks for a name.
    """

    job: str
    inputs: Mapping[str, Any]  # JSON: every kind knows its own
    summary: Mapping[str, Any]
    parts: Sequence[Part]
    into: str = PLANS
    name: str | None = None


@dataclass(frozen=True)
class Accepted:
    """What acceptance made.

    Attributes
    ----------
    layer : str
    ids : tuple of str
        Those of its new features; of a plan, the plan's alone.
    changeset : Changeset or None
        The one that made all of them, which reverting takes back.
    replayed : bool
        Whether that was done before, under the writer's key.
    """

    layer: str
    ids: tuple[str, ...]
    changeset: Changeset | None
    replayed: bool = False


@dataclass(frozen=True)
class Told:
    """A whole proposal as its job keeps it.

    Attributes
    ----------
    job : Job
    outputs : mapping
        What the analysis answered.
    parts : dict of str to Part
    """

    job: Job
    outputs: Mapping[str, Any]  # JSON: every kind knows its own
    parts: Mapping[str, Part]

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What was wished."""
        return self.job.order.inputs

    @property
    def summary(self) -> Mapping[str, Any]:
        """What was told of the whole."""
        return self.outputs["summary"]


@dataclass(frozen=True, eq=False)
class Members:
    """What the parts of a proposal are made of: buildings, villages, targets.

    Attributes
    ----------
    layer : str
        What they are features of.
    frame : GeoDataFrame
        Indexed by code: ``part`` (None for none), ``name, households, population, elderly_60``.
    parts : dict of str to str
        What each part is called.
    figures : dict of str to dict
        Part → figure → value.
    keys : dict of str to str
        By which parts of two proposals are the same: a grid by its code.
    keyed : bool
        Whether nothing else makes them the same; else those are that share most.
    others : str or None
        The part of who is not in the frame.
    """

    layer: str
    frame: gpd.GeoDataFrame
    parts: Mapping[str, str | Text]
    figures: Mapping[str, Mapping[str, float | None]]
    keys: Mapping[str, str]
    keyed: bool = False
    others: str | None = None


@dataclass(frozen=True)
class Beside:
    """How two proposals of a kind are laid beside each other.

    Parameters
    ----------
    members : function of the store and a proposal
    figures : tuple of str
        What is told of each part.
    totals : tuple of str
        What is told of the whole: figures of the summary.
    """

    members: Callable[[Store, Told], Members]
    figures: tuple[str, ...]
    totals: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of proposal.

    Parameters
    ----------
    id : str
        That of the analysis.
    rests_on : tuple of str
        The layers whose changes make it old.
    accept : function of the store, what is taken, the writer and the day
        Writes a draft, or records (`layers.proposals.recording`), as one changeset, over nothing that is in force.
    beside : Beside
    into : tuple of str
        The layers that parts may become features of, the usual one first.
    named : tuple of str
        Those of them for which somebody may give a name.
    concerns : function of what is taken and a change since, optional
        Whether the change makes it old; where it lies says so when not given.
    by_part : bool
        Whether the rows of the analysis are of a part each; else they are of members or the like.
    """

    id: str
    rests_on: tuple[str, ...]
    accept: Callable[[Store, Taken, Writer, dt.date], Accepted]
    beside: Beside
    into: tuple[str, ...] = (PLANS,)
    named: tuple[str, ...] = ()
    concerns: Callable[[Taken, Change], bool] | None = None
    by_part: bool = True


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Return every kind by id."""
    return {id: importlib.import_module(module).KIND for id, module in MODULES.items()}


def kind_called(process: str, job: str) -> Kind:
    """Return the kind of proposal that an analysis makes; Conflict where it makes none."""
    if process not in kinds():
        raise Conflict(Fault(Text("proposals.no-proposal", job=job, known=list(kinds())), {"parameter": "proposal"}))
    return kinds()[process]
