"""Who answers for what: what is open, double, ended and too much, and a proposal for what is open."""

from __future__ import annotations

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.proposals.naming import by_name
from layers.proposals.posts import (
    FINDING_COLUMNS,
    LABELS,
    PART_COLUMNS,
    SUMMARY_COLUMNS,
    PostWishes,
    propose,
    words,
)
from layers.store.protocol import Store


class Inputs(PostWishes, forbid_unknown_fields=True, kw_only=True):
    """Who is to answer for what (see `PostWishes`)."""


@by_name
def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Propose posts; what is there is not touched."""
    return propose(store, inputs, progress)


ANALYSIS = Analysis(
    id="assign-posts",
    label=Label("包联分工建议", "Posts assigned"),
    description=Label(
        "查出无人包联、重复、到期、超负荷，并就近均衡地建议由谁包联（已证最优）；不改动现有数据",
        "What nobody or two answer for, what has ended, who has too much; a near and even assignment, proven.",
    ),
    Inputs=Inputs,
    labels=LABELS,
    outputs=(
        Output("proposal", "features", Label("建议分工", "Proposed assignments"), PART_COLUMNS),
        Output("rows", "rows", Label("各对象", "By target"), PART_COLUMNS),
        Output("findings", "rows", Label("现状问题", "Findings"), FINDING_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), SUMMARY_COLUMNS),
    ),
    run=run,
    words=words,
)
