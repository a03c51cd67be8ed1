"""Which turns no car may make, or must make: relations of ``type=restriction``.

Of several keys the particular one goes before the general one: ``restriction:motorcar`` before
``restriction:motor_vehicle`` before ``restriction:vehicle`` before ``restriction``. What holds at some hours only is no
statement for every hour: it is told, and forbids nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping

from layers.model.feature import Value
from layers.model.osm import LeftOut

Tags = Mapping[str, str]

CARS = ("motorcar", "motor_vehicle", "vehicle")
KEYS = (*(f"restriction:{who}" for who in CARS), "restriction")
AT_TIMES = ("hour_on", "hour_off", "day_on", "day_off")
TURNS = {"left_turn": "left", "right_turn": "right", "straight_on": "straight", "u_turn": "u_turn", "entry": "entry",
         "exit": "exit"}  # fmt: skip


def turn(tags: Tags) -> dict[str, Value] | LeftOut | None:
    """Return what a relation is as a turn, code aside; None where it is none."""
    if tags.get("type") != "restriction":
        return None
    said = next((tags[key] for key in KEYS if key in tags), "")
    # Of several in one relation all name the same roads, so that the first that is known says it.
    value = next((each for part in said.split(";") if _known(each := part.strip().lower())), said.strip())
    at_times = [f"{key}={tags[key]}" for key in tags if key.endswith(":conditional") or key in AT_TIMES]
    if "@" in value or (at_times and (not value or any(key in tags for key in AT_TIMES))):
        return LeftOut("turn-conditional", value or at_times[0])
    if not value:
        others = sorted(key for key in tags if key.startswith("restriction:"))
        return LeftOut("turn-others" if others else "turn-unlisted", others[0] if others else "")
    if not _known(value):
        return LeftOut("turn-unlisted", value)
    kind, _, which = value.partition("_")
    excepted = {word.strip() for word in tags.get("except", "").split(";")}
    if excepted & set(CARS):
        return LeftOut("turn-others", f"except={tags['except']}")
    return {"name": tags.get("name"), "kind": kind, "turn": TURNS[which]}


def _known(value: str) -> bool:
    kind, _, which = value.partition("_")
    return kind in ("no", "only") and which in TURNS
