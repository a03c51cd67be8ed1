"""The overview of a large workspace: communities coloured by a share, instead of a hundred thousand outlines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from web.maps.style import SHARE_UNKNOWN, share_symbol
from web.maps.theme import Class, Column, Group, Theme, called, from_field, words

if TYPE_CHECKING:
    import numpy as np

    from layers.analyses.situation import Situation
    from web.maps.question import Question

STEPS = 5


def overview(theme: Theme, situation: Situation, question: Question) -> Theme:
    """Return `theme` with communities in place of its features, coloured by the share that its tally gives."""
    language, communities = question.language, situation.communities
    if question.community:
        communities = communities[communities["code"] == question.community]
    tally = theme.tally.reindex(communities["code"])
    part, known = tally["part"].fillna(0).to_numpy(), tally["known"].fillna(0).to_numpy()
    class_of = [_step(p, k) for p, k in zip(part, known, strict=True)]
    return replace(
        theme,
        ids=list(communities.index),
        names=called(communities),
        geometries=list(communities.geometry),
        class_of=class_of,
        classes=_classes(class_of, language),
        groups=[_group(language)],
        columns=[
            from_field(communities, "communities", "code", language, 150),
            from_field(communities, "communities", "name", language, 180),
            Column("share", theme.headline.title, _shares(part, known), "share", "", 150),
            Column("part", words(f"{theme.id}-part", language), list(part), "number", "", 110),
            Column("known", words(f"{theme.id}-known", language), list(known), "number", "", 110),
        ],
        overview=True,
        backdrop=(),
        drawn={},
    )


def _group(language: str) -> Group:
    label = words("group-communities", language)
    return Group("all", label, label, words("unit-communities", language), focus=True)


def _shares(part: np.ndarray, known: np.ndarray) -> list[float | None]:
    return [round(p / k, 4) if k else None for p, k in zip(part, known, strict=True)]


def _step(part: float, known: float) -> str:
    return f"share-{min(int(STEPS * part / known), STEPS - 1)}" if known else "share-unknown"


def _classes(class_of: list[str], language: str) -> list[Class]:
    counts = pd.Series(class_of, dtype=object).value_counts()
    steps = [
        Class(f"share-{n}", "all", f"{20 * n}–{20 * n + 20}%", share_symbol(n), int(counts.get(f"share-{n}", 0)))
        for n in range(STEPS)
    ]
    if "share-unknown" in counts:
        label = words("share-unknown", language)
        steps.append(Class("share-unknown", "all", label, SHARE_UNKNOWN, int(counts["share-unknown"])))
    return steps
