"""Grids proposed for a community, street or district: within a band, contiguous, with a bound beside."""

from __future__ import annotations

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.proposals.grids import PART_COLUMNS, SUMMARY_COLUMNS, propose
from layers.proposals.naming import by_name
from layers.proposals.wishes import WISH_LABELS, GridWishes
from layers.store.protocol import Store


class Inputs(GridWishes, forbid_unknown_fields=True, kw_only=True):
    """What the grids should be like (see `GridWishes`)."""


@by_name
def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Propose grids; what is there is not touched."""
    return propose(store, inputs, progress)


ANALYSIS = Analysis(
    id="propose-grids",
    label=Label("网格划分建议", "Proposed grids"),
    description=Label(
        "在户数区间内、连片、少切小区、沿主干路和水系的网格划分建议，附下界与差距；不改动现有数据",
        "Contiguous grids within a band of households, by main roads and water, a bound beside; nothing is changed.",
    ),
    Inputs=Inputs,
    labels=WISH_LABELS,
    outputs=(
        Output("proposal", "features", Label("建议网格", "Proposed grids"), PART_COLUMNS),
        Output("rows", "rows", Label("各网格", "By grid"), PART_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), SUMMARY_COLUMNS),
    ),
    run=run,
)
