"""Proposed grids become a draft plan: the picked ones laid over today's, one community at a time."""

from __future__ import annotations

import datetime as dt

from layers.errors import Fault, InvalidParameter
from layers.proposals.grids import READ
from layers.proposals.kinds import Accepted, Beside, Kind, Members, Taken, Told
from layers.proposals.membership import figures_of, on_ground, situation_of
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


WORKERS = ("workers_full", "workers_part")
FIGURES = ("buildings", "households", "population", "elderly_60", "missing_households", "deviation",
           "moved_households", "polsby_popper", "patrol_m")  # fmt: skip


def members(store: Store, told: Told) -> Members:
    """Return the buildings of each grid, and the workers of those that go on from one of today's."""
    figures = figures_of(told, FIGURES)
    grids = situation_of(store, told).grids.drop_duplicates("code").set_index("code")
    codes = {part: str(code) for part, each in told.parts.items() if (code := each.properties["grid_code"])}
    for part, code in codes.items():
        for name in WORKERS:
            figures[part][name] = None if code not in grids.index else grids.at[code, name]
    called: dict[str, str | Text] = {}
    new = 0
    for part, each in told.parts.items():
        new += part not in codes
        called[part] = each.properties["name"] or codes.get(part) or Text("proposals.beside-new", n=new)
    frame = on_ground(store, told, {part: each.geometry for part, each in told.parts.items()})
    return Members("buildings", frame, called, figures, codes)


KIND = Kind(
    id="propose-grids",
    rests_on=READ,
    accept=accept,
    beside=Beside(
        members,
        figures=(*FIGURES, *WORKERS),
        totals=("grids", "in_band", "contiguous", "households", "moved_households", "missing_households", "patrol_m"),
    ),
)
