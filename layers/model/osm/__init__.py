"""What OpenStreetMap's tags mean in the words of the catalogue; pure rules, no files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an object does not come in: a reason (``osm.reason-…``) and the tag's value that gave it."""

    reason: str
    value: str = ""
