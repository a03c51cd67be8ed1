"""The overview of a large workspace: communities coloured by a share, instead of a hundred thousand outlines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from web.maps.registry import maps
from web.maps.style import SHARE_UNKNOWN, share_symbol
from web.maps.theme import Class, Column, Group, Theme, called, from_field, words

if TYPE_CHECKING:
    import numpy as np

    from layers.situation.day import Situation
    from web.maps.question import Question

STEPS = 5


def overview(theme: Theme, situation: Situation, question: Question) -> Theme:
    """Return `theme` with communities in place of its features, coloured by the share that its tally gives."""
    language, communities = question.language, situation.communities
    signs, shown = _signs(theme), maps()[question.map]
    if question.community:
        communities = communities[communities["code"] == question.community]
    tally = theme.tally.reindex(communities["code"])
    part, known = tally["part"].fillna(0).to_numpy(), tally["known"].fillna(0).to_numpy()
    class_of = [_step(p, k) for p, k in zip(part, known, strict=True)]
    return replace(
        theme,
        ids=[*communities.index, *(_own(theme.ids[n], communities.index) for n in signs)],
        names=[*called(communities), *(theme.names[n] for n in signs)],
        geometries=[*communities.geometry, *(theme.geometries[n] for n in signs)],
        class_of=[*class_of, *(theme.class_of[n] for n in signs)],
        classes=[*_classes(class_of, language), *(each for each in theme.classes if each.group in theme.lasting)],
        groups=[_group(language), *(group for group in theme.groups if group.key in theme.lasting)],
        columns=_joined(
            [
                from_field(communities, "communities", "code", language, 150),
                from_field(communities, "communities", "name", language, 180),
                Column("share", theme.headline.title, _shares(part, known), "share", "", 150),
                Column("part", (theme.part or shown.part).say(language), list(part), "number", "", 110),
                Column("known", shown.known.say(language), list(known), "number", "", 110),
            ],
            theme,
            signs,
        ),
        overview=True,
        backdrop=tuple(name for name in theme.backdrop if name in theme.from_afar),
        drawn=lambda: {name: each for name, each in theme.drawn().items() if name in theme.from_afar},
    )


def _signs(theme: Theme) -> list[int]:
    """Return the features that the overview keeps: few, and not made of buildings one by one."""
    group_of = {each.key: each.group for each in theme.classes}
    return [n for n, key in enumerate(theme.class_of) if group_of[key] in theme.lasting]


def _own(id: str, taken: pd.Index) -> str:
    # A code is unique within its layer only.
    return f"signs/{id}" if id in taken else id


def _joined(own: list[Column], theme: Theme, signs: list[int]) -> list[Column]:
    """Put the columns of communities over those of the features that stay; columns of one key become one."""
    kept = {column.key: [column.values[n] for n in signs] for column in theme.columns} if signs else {}
    none, size = [None] * len(signs), len(own[0].values)
    joined = [replace(column, values=[*column.values, *kept.pop(column.key, none)]) for column in own]
    rest = [column for column in theme.columns if column.key in kept]
    return [*joined, *(replace(column, values=[*[None] * size, *kept[column.key]]) for column in rest)]


def _group(language: str) -> Group:
    label = words("group-communities", language)
    return Group("communities", label, label, words("unit-communities", language), focus=True)


def _shares(part: np.ndarray, known: np.ndarray) -> list[float | None]:
    return [round(p / k, 6) if k else None for p, k in zip(part, known, strict=True)]


def _step(part: float, known: float) -> str:
    return f"share-{min(int(STEPS * part / known), STEPS - 1)}" if known else "share-unknown"


def _classes(class_of: list[str], language: str) -> list[Class]:
    counts = pd.Series(class_of, dtype=object).value_counts()
    steps = [
        Class(
            f"share-{n}", "communities", f"{20 * n}–{20 * n + 20}%", share_symbol(n), int(counts.get(f"share-{n}", 0))
        )
        for n in range(STEPS)
    ]
    if "share-unknown" in counts:
        label = words("share-unknown", language)
        steps.append(Class("share-unknown", "communities", label, SHARE_UNKNOWN, int(counts["share-unknown"])))
    return steps
