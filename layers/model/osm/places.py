"""Which objects are buildings and which are stations, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from layers.model.feature import Value
from layers.model.osm import LeftOut

Tags = Mapping[str, str]

USES = {
    "residential": (
        "residential", "apartments", "house", "detached", "semidetached_house", "semi", "terrace", "dormitory",
        "bungalow", "villa", "cabin", "farm", "static_caravan", "houseboat", "ger",
    ),
    "mixed": ("mixed", "mixed_use"),
    "commercial": ("retail", "commercial", "office", "supermarket", "kiosk", "hotel", "shop", "mall"),
    "public": (
        "school", "kindergarten", "college", "university", "hospital", "clinic", "public", "civic", "government",
        "fire_station", "train_station", "station", "transportation", "sports_hall", "stadium", "museum", "library",
        "church", "chapel", "cathedral", "mosque", "temple", "shrine", "synagogue", "monastery", "toilets",
    ),
    "other": (
        "industrial", "warehouse", "manufacture", "garage", "garages", "carport", "parking", "shed", "hut", "barn",
        "stable", "sty", "cowshed", "farm_auxiliary", "greenhouse", "glasshouse", "roof", "service", "utility",
        "transformer_tower", "hangar", "bunker", "tower", "bridge",
    ),
}  # fmt: skip
USE_OF = {value: use for use, values in USES.items() for value in values}
UNFINISHED = {"construction", "proposed", "planned", "ruins", "ruin", "collapsed", "demolished", "abandoned"}
# What an object that is only known to be some building is used for.
PUBLIC_AMENITIES = {
    "school", "kindergarten", "college", "university", "hospital", "clinic", "doctors", "townhall", "library",
    "police", "fire_station", "community_centre", "place_of_worship", "public_building", "courthouse", "post_office",
    "social_facility",
}  # fmt: skip
TRADE_KEYS = ("shop", "office")
MOST_FLOORS = 200

# Key → value → kind of station; keys in the order in which they are asked.
KINDS: dict[str, dict[str, str | None]] = {
    "amenity": {
        "community_centre": "party_service", "social_facility": "other", "nursing_home": "other",
        "childcare": "child_home", "clinic": "clinic", "doctors": "clinic", "police": "police",
        "parking": "parking", "hospital": "other", "school": "other", "kindergarten": "other", "college": "other",
        "university": "other", "library": "other", "post_office": "other", "pharmacy": "other",
        "townhall": "other", "marketplace": "other", "fire_station": "other", "social_centre": "other",
    },
    "healthcare": {"clinic": "clinic", "doctor": "clinic", "doctors": "clinic", "centre": "clinic",
                   "hospital": "other", "pharmacy": "other"},
    "office": {"government": None},
}  # fmt: skip
ELDERLY = {"senior", "elderly", "aged"}
# In China a name says what the tag cannot; asked only of places that serve a neighbourhood.
NAMED = {"党群": "party_service", "长者食堂": "elder_canteen", "老年食堂": "elder_canteen", "助餐": "elder_canteen",
         "日间照料": "day_care", "儿童之家": "child_home", "综合体": "complex"}  # fmt: skip
NEIGHBOURLY = {"community_centre", "social_facility", "social_centre", "townhall", "government"}
NOT_PUBLIC = {"private", "no", "residents", "permit", "employees", "military"}


def building(tags: Tags) -> dict[str, Value] | LeftOut | None:
    """Return what an area is as a building: use, floors, name where known; None when it is none."""
    value = tags.get("building", "no")
    if value == "no":
        return None
    if value in UNFINISHED:
        return LeftOut("unfinished", value)
    return {"name": tags.get("name"), "use": _use(tags, value), "floors": floors(tags.get("building:levels"))}


def floors(text: str | None) -> int | None:
    """Return the number of floors that ``building:levels`` names; a half floor under the roof does not count."""
    try:
        count = int(float(text or ""))
    except (ValueError, OverflowError):
        return None
    return count if 1 <= count <= MOST_FLOORS else None


def station(tags: Tags) -> dict[str, Value] | LeftOut | None:
    """Return what an object is as a station: kind and name; None when it is none."""
    found = next(((key, tags[key]) for key, kinds in KINDS.items() if tags.get(key) in kinds), None)
    if found is None:
        return None
    key, value = found
    kind = KINDS[key][value]
    if value == "social_facility":
        kind = _care(tags)
    if value in NEIGHBOURLY:
        name = tags.get("name", "")
        kind = next((named for word, named in NAMED.items() if word in name), kind)
    if kind is None:
        return None
    if "yes" in (tags.get("disused"), tags.get("abandoned")):
        return LeftOut("disused", value)
    if kind == "parking" and tags.get("access") in NOT_PUBLIC:
        return LeftOut("not-public", tags["access"])
    return {"name": tags.get("name"), "kind": kind}


def _use(tags: Tags, value: str) -> str | None:
    if value in USE_OF:
        return USE_OF[value]
    if tags.get("amenity") in PUBLIC_AMENITIES:
        return "public"
    return "commercial" if any(tags.get(key, "no") != "no" for key in TRADE_KEYS) else None


def _care(tags: Tags) -> str:
    """Return the kind of a social facility by whom it is for."""
    served = set(tags.get("social_facility:for", "").split(";"))
    if served & ELDERLY and tags.get("social_facility") in ("day_care", "ambulatory_care", "outreach"):
        return "day_care"
    return "child_home" if served & {"child", "children", "juvenile"} else "other"
