"""The scenarios of the workspace with their measures, in words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from layers.catalogue import catalogue
from layers.usecases.scenarios import LAYER, in_force_on, measures

if TYPE_CHECKING:
    from layers.store.protocol import Store


def listed(store: Store, today: dt.date, language: str) -> list[dict[str, object]]:
    """Return each scenario: its name, and its measures with their action, days and place."""
    actions = {each.code: each.label.say(language) for each in catalogue().layer(LAYER).field("action").values}
    found: dict[str, list[dict[str, object]]] = {}
    for each in measures(store):
        said = each.properties
        found.setdefault(str(said["scenario"]), []).append(
            {
                "name": said.get("name") or said.get("code"),
                "action": actions.get(str(said.get("action")), said.get("action")),
                "since": said.get("valid_from"),
                "until": said.get("valid_to"),
                "in_force": in_force_on(each, today),
            }
        )
    return [{"name": name, "measures": rows} for name, rows in sorted(found.items())]
