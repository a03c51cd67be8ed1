"""The courtyard map coloured by enclosure: which are open, and what share of them that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layers.analyses.unmanaged_courtyards import enclosures
from layers.catalogue import Label, catalogue
from layers.model.management import OpenShare, open_share
from web.maps.style import ENCLOSURE
from web.maps.theme import Class, Column, Group, Headline, Theme, called, number, percent, words

if TYPE_CHECKING:
    import geopandas as gpd

OPEN = Label("开放式", "Open")
GROUPS = {"open": "open", "semi": "not-open", "closed": "not-open", "unknown": "unknown"}


def enclosure_theme(
    courtyards: gpd.GeoDataFrame,
    among: gpd.GeoDataFrame,
    everywhere: gpd.GeoDataFrame,
    columns: list[Column],
    under: tuple[str, ...],
    language: str,
) -> Theme:
    """Show some courtyards of `layers.situation.standing` by enclosure: shares are `among` those, and `everywhere`."""
    class_of = list(enclosures(courtyards))
    return Theme(
        id="courtyards",
        ids=list(courtyards.index),
        names=called(courtyards),
        geometries=list(courtyards.geometry),
        class_of=class_of,
        classes=_classes(class_of, language),
        groups=_groups(language),
        columns=columns,
        headline=headline(among, language),
        tally=tally(everywhere),
        backdrop=under,
        versions=courtyards["version"].to_numpy(),
        part=OPEN,
    )


def tally(courtyards: pd.DataFrame) -> pd.DataFrame:
    """Return open courtyards and those whose enclosure is known, by community."""
    enclosure = enclosures(courtyards)
    sums = pd.DataFrame({"part": enclosure == "open", "known": enclosure != "unknown"}).astype("int64")
    return sums.groupby(courtyards["community"].to_numpy(dtype=object), dropna=False).sum()


def headline(courtyards: gpd.GeoDataFrame, language: str) -> Headline:
    """Say the open share by count, and beside it by households."""
    share = open_share(courtyards)
    return Headline(
        title=words("courtyards-title", language),
        value=percent(share["open"], share["known"]),
        denominator=words(
            "courtyards-denominator",
            language,
            open=number(share["open"], language),
            known=number(share["known"], language),
        ),
        remark=_by_households(share, language),
    )


def _by_households(share: OpenShare, language: str) -> str:
    """Say the share by households; that it is unknown where nothing is on record of the open ones or the others."""
    among, missing = share["known_households"], share["missing_households"]
    if not share["known"] or among == 0:
        return ""
    if share["open_share_households"] is None:
        return words("courtyards-households-unknown", language)
    said = words(
        "courtyards-households",
        language,
        share=percent(share["open_households"], among),
        open=number(share["open_households"], language),
        known=number(among, language),
    )
    return said + (words("courtyards-households-missing", language, count=missing) if missing else "")


def _classes(class_of: list[str], language: str) -> list[Class]:
    choices = catalogue().layer("courtyards").field("enclosure")
    return [
        Class(code, group, choices.known(code).label.say(language), ENCLOSURE[code], class_of.count(code))
        for code, group in GROUPS.items()
        if code in class_of
    ]


def _groups(language: str) -> list[Group]:
    def group(key: str, word: str, **flags: bool) -> Group:
        label = words(f"group-{word}", language)
        return Group(key, label, label, words("unit-courtyards", language), **flags)

    return [
        group("open", "open", focus=True),
        group("not-open", "not-open"),
        group("unknown", "enclosure-unknown", counted=False),
    ]
