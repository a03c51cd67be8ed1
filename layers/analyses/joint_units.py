"""Joint units proposed for villages: sizes and minutes kept, or the smallest change told."""

from __future__ import annotations

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.proposals.naming import by_name
from layers.proposals.units import PART_COLUMNS, ROW_COLUMNS, SUMMARY_COLUMNS, WISH_LABELS, UnitWishes, propose
from layers.store.protocol import Store


class Inputs(UnitWishes, forbid_unknown_fields=True, kw_only=True):
    """How the units should be (see `UnitWishes`)."""


@by_name
def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Propose units; what is there is not touched."""
    return propose(store, inputs, progress)


ANALYSIS = Analysis(
    id="joint-units",
    label=Label("共建单元建议", "Proposed joint units"),
    description=Label(
        "若干村围绕一个中心村、车程在限内的共建单元建议，附下界；不可行时给出已证明的最小放宽；不改动现有数据",
        "Villages around a centre within a drive; a bound beside, and the smallest relaxation of what cannot be met.",
    ),
    Inputs=Inputs,
    labels=WISH_LABELS,
    outputs=(
        Output("proposal", "features", Label("建议单元", "Proposed units"), PART_COLUMNS),
        Output("rows", "rows", Label("各村", "By village"), ROW_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), SUMMARY_COLUMNS),
    ),
    run=run,
)
