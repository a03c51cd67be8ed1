"""Places proposed for new stations, with what each adds, who stays out, and a bound beside."""

from __future__ import annotations

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.proposals.naming import by_name
from layers.proposals.sites import (
    RESIDUAL_COLUMNS,
    ROW_COLUMNS,
    SUMMARY_COLUMNS,
    WISH_LABELS,
    SiteWishes,
    propose,
)
from layers.store.protocol import Store


class Inputs(SiteWishes, forbid_unknown_fields=True, kw_only=True):
    """Where new stations should be (see `SiteWishes`)."""


@by_name
def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Propose places; nothing is changed."""
    return propose(store, inputs, progress)


ANALYSIS = Analysis(
    id="site-stations",
    label=Label("站点选址建议", "Proposed stations"),
    description=Label(
        "新站点选址：覆盖最多、全覆盖、总路程最短或最远者最近；附每站新增可及、未获服务名单与界；不改动现有数据",
        "Where new stations reach most, all, or nearest; what each adds, who stays out, a bound; nothing is changed.",
    ),
    Inputs=Inputs,
    labels=WISH_LABELS,
    outputs=(
        Output("proposal", "features", Label("建议站点", "Proposed stations"), ROW_COLUMNS),
        Output("rows", "rows", Label("逐站新增", "By station"), ROW_COLUMNS),
        Output("residual", "features", Label("未获服务楼栋", "Buildings left out"), RESIDUAL_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), SUMMARY_COLUMNS),
    ),
    run=run,
)
