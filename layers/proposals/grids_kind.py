"""Proposed grids become a draft plan: the picked ones laid over today's, one community at a time."""

from __future__ import annotations

import datetime as dt

from layers.errors import Fault, InvalidParameter
from layers.proposals.grids import READ
from layers.proposals.kinds import Accepted, Kind, Taken
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans.opening import Laid, Request, open_plan
from layers.usecases.plans.state import PLANS
from layers.usecases.plans.writing import Writer


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Open a draft from today's grids with the picked ones laid over them.

    Raises
    ------
    InvalidParameter
        They lie in several communities, and a plan is of one.
    """
    communities = sorted({str(each.properties["community_code"]) for each in taken.parts})
    if len(communities) > 1:
        text = Text("proposals.one-community", communities=communities[:20])
        raise InvalidParameter(Fault(text, {"parameter": "parts"}))
    laid = tuple(
        Laid(str(each.properties["grid_code"] or f"p1-{number}"), each.geometry)
        for number, each in enumerate(taken.parts, start=1)
    )
    system = str(taken.inputs.get("grid_system", "service"))
    wanted = Request(communities[0], system, name=None, laid=laid, proposal=taken.job)
    state, replayed = open_plan(store, wanted, writer, today)
    return Accepted(PLANS, (state.id,), store.changeset(state.journal[0].changeset), replayed)


KIND = Kind(id="propose-grids", rests_on=READ, accept=accept)
