"""Two grid systems compared: which grid cuts which, and the nearest borders on which they agree."""

from __future__ import annotations

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.proposals.harmony import (
    CROSSING_COLUMNS,
    PART_COLUMNS,
    SUMMARY_COLUMNS,
    WISH_LABELS,
    HarmonyWishes,
    harmonise,
)
from layers.proposals.naming import by_name
from layers.store.protocol import Store


class Inputs(HarmonyWishes, forbid_unknown_fields=True, kw_only=True):
    """Which systems (see `HarmonyWishes`)."""


@by_name
def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Compare two grid systems; what is there is not touched."""
    return harmonise(store, inputs, progress)


ANALYSIS = Analysis(
    id="crossings",
    label=Label("网格体系交叉", "Crossings of grid systems"),
    description=Label(
        "两套网格体系中哪些网格互相切开（按楼栋和户数），以及调整户数最少、使两者协调一致的边界建议；不改动现有数据",
        "Which grids of two systems cut each other, by buildings and households, and the borders on which both agree"
        " that move the fewest households; nothing is changed.",
    ),
    Inputs=Inputs,
    labels=WISH_LABELS,
    outputs=(
        Output("proposal", "features", Label("协调后的网格", "Grids that agree"), PART_COLUMNS),
        Output("rows", "rows", Label("交叉清单", "Crossings"), CROSSING_COLUMNS),
        Output("crossings", "features", Label("交叉处", "Where grids cross"), CROSSING_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), SUMMARY_COLUMNS),
    ),
    run=run,
)
