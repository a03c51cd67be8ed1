"""Grids whose borders were made to agree with another system's become a draft plan, as proposed grids do."""

from __future__ import annotations

from layers.proposals.grids_kind import accept
from layers.proposals.harmony import READ
from layers.proposals.kinds import Beside, Kind, Members, Told
from layers.proposals.membership import figures_of, on_ground, situation_of
from layers.situation.day import in_force
from layers.store.protocol import Store

FIGURES = ("buildings", "households", "population", "elderly_60", "missing_households", "moved_households",
           "left_households", "polsby_popper")  # fmt: skip


def members(store: Store, told: Told) -> Members:
    """Return the buildings of each grid that changes; all others stay in the grids of today."""
    grids = situation_of(store, told).grids
    system = grids["grid_system"].astype(object).fillna("service")
    mine = grids[(in_force(grids) & (system == told.inputs["grid_system"])).to_numpy(dtype=bool)]
    today = dict(zip(mine["code"].astype(str), mine.geometry, strict=True))
    called = {code: str(name or code) for code, name in zip(mine["code"], mine["name"], strict=True)}
    frame = on_ground(store, told, today | {part: each.geometry for part, each in told.parts.items()})
    called |= {part: str(each.properties["name"] or part) for part, each in told.parts.items()}
    return Members("buildings", frame, called, figures_of(told, FIGURES), {each: each for each in called}, keyed=True)


KIND = Kind(
    id="crossings",
    rests_on=READ,
    accept=accept,
    beside=Beside(
        members,
        figures=FIGURES,
        totals=("crossings", "remaining_crossings", "changed_grids", "moved_buildings", "moved_households"),
    ),
    by_part=False,
)
