"""Unmanaged buildings bundled: near each other on foot, within limits, a bound beside."""

from __future__ import annotations

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.proposals.bundles import (
    LEFT_COLUMNS,
    PART_COLUMNS,
    REASONS,
    SUMMARY_COLUMNS,
    WISH_LABELS,
    BundleWishes,
    propose,
)
from layers.proposals.naming import by_name
from layers.store.protocol import Store


class Inputs(BundleWishes, forbid_unknown_fields=True, kw_only=True):
    """What the bundles should be like (see `BundleWishes`)."""


@by_name
def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Propose bundles; what is there is not touched."""
    return propose(store, inputs, progress)


ANALYSIS = Analysis(
    id="bundle-buildings",
    label=Label("打包连片建议", "Proposed bundles"),
    description=Label(
        "把零散的无物业、脱管楼栋就近打包连片：同一社区、步行相连、不跨围墙铁路水面和次干路以上道路，附下界与差距；不改动现有数据",
        "Scattered unmanaged buildings bundled within a community and on foot, across no wall, rail, water or main "
        "road, a bound beside; nothing is changed.",
    ),
    Inputs=Inputs,
    labels=WISH_LABELS,
    outputs=(
        Output("proposal", "features", Label("打包片区", "Bundles"), PART_COLUMNS),
        Output("rows", "rows", Label("各片区", "By bundle"), PART_COLUMNS),
        Output("leftovers", "features", Label("未打包楼栋", "Buildings left"), LEFT_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), SUMMARY_COLUMNS),
    ),
    run=run,
    words=lambda: {"reason": REASONS, "by_reason": REASONS},
)
