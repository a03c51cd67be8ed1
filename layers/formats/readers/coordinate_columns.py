"""Which columns of a table are coordinates, by their headings: 经度, POINT_X, 中心点纬度, 百度经度, 坐标（经度,纬度）.

What a heading says beside that is no ornament: 高德 and 百度 offset their coordinates by hundreds of metres.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Who says which system its coordinates are in; the first is what is taken where a table has several.
SYSTEMS = (
    ("", re.compile(r"wgs_?-?(?:19)?84|gps|cgcs_?-?2000|国家2000|大地2000|2000坐标系?|天地图|84坐标系?")),
    ("gcj02", re.compile(r"gcj_?-?(?:02)?|高德|腾讯|火星|amap")),
    ("bd09", re.compile(r"bd_?-?09(?:ll)?|百度|baidu|\bbd(?=_?(?:lng|lon|lat|x|y))")),
)
BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
BESIDE = re.compile(
    r"中心点|中心|质心|位置|地理|所在地?|点位|坐标系?|定位|point|cent(?:er|re|roid)|coord(?:inate)?s?|position|location|geo"
    r"|必填|[\s_\-.,;:/、|*★#]"
)
EAST = (("经度", "东经", "经", "经度e", "lng", "lon", "long", "longitude"), ("x", "东", "横"))
NORTH = (("纬度", "北纬", "纬", "纬度n", "lat", "latitude"), ("y", "北", "纵"))
BOTH = frozenset({"", "经纬度", "经度纬度", "经纬", "lnglat", "lonlat", "xy", "x,y", "点", "longitudelatitude"})
TURNED = frozenset({"纬经度", "纬度经度", "latlng", "latlon", "latitudelongitude"})
TELLING = re.compile(r"坐标|定位|位置|经|纬|coord|position|location|lnglat|lonlat|latlng|latlon")
TEXTUAL = ("wkt", "geom", "geometry", "the_geom", "shape", "几何", "空间坐标")


@dataclass(frozen=True, slots=True)
class Pair:
    """The places of two columns, and what system their headings name: "gcj02", "bd09", or nothing."""

    east: int
    north: int
    system: str = ""


def pair_of(headings: list[str]) -> Pair | None:
    """Return the columns of longitude and latitude; of several pairs, one without an offset, in degrees, first."""
    for offset, _ in SYSTEMS:
        for degrees in (0, 1):
            east, north = (
                next((place for place, name in enumerate(headings) if _is(name, words[degrees], offset)), None)
                for words in (EAST, NORTH)
            )
            if east is not None and north is not None:
                return Pair(east, north, offset)
    return None


def together(headings: list[str]) -> list[int]:
    """Return the columns that may hold longitude and latitude in one cell, those without an offset first."""
    found = [place for place, name in enumerate(headings) if _holds_both(name)]
    ranks = [offset for offset, _ in SYSTEMS]
    return sorted(found, key=lambda place: ranks.index(system_of(headings[place])))


def is_latitude_first(heading: str) -> bool:
    """Say whether a heading of both says that latitude comes first."""
    return _core(heading) in TURNED or any(word in _folded(heading) for word in ("纬度,经度", "纬度、经度", "lat,l"))


def is_textual(heading: str) -> bool:
    """Say whether a heading is one under which programs write shapes as text."""
    return _folded(BRACKETS.sub("", _folded(heading))) in TEXTUAL


def system_of(heading: str) -> str:
    """Return the offset that a heading names, or nothing."""
    text = _folded(heading)
    return next((offset for offset, said in SYSTEMS[1:] if said.search(text)), "")


def _is(heading: str, words: tuple[str, ...], offset: str) -> bool:
    return _core(heading) in words and system_of(heading) == offset


def _holds_both(heading: str) -> bool:
    return bool(TELLING.search(_folded(heading))) and _core(heading) in BOTH | TURNED


def _core(heading: str) -> str:
    """Return what a heading says beside its system, its unit in brackets, and words such as centre or 坐标."""
    text = BRACKETS.sub("", _folded(heading))
    for _, said in SYSTEMS:
        text = said.sub("", text)
    return BESIDE.sub("", text)


def _folded(heading: str) -> str:
    return unicodedata.normalize("NFKC", heading).strip().lower()
