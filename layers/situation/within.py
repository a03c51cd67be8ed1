"""The part of the workspace that an analysis looks at: ``LAYER:CODE``."""

from __future__ import annotations

import pandas as pd

from layers.errors import Fault, InvalidParameter
from layers.situation.day import COLUMN_OF_LEVEL, LEVELS, Situation
from layers.text import Text


def inside(frame: pd.DataFrame, now: Situation, within: str | None) -> pd.DataFrame:
    """Keep the buildings or courtyards inside an area.

    Parameters
    ----------
    frame : DataFrame
        Buildings of the situation `now`, or some of them; or its courtyards as `standing` gives them.
    within : str or None
        Such as ``communities:990201001001``; None = everywhere.

    Raises
    ------
    InvalidParameter
        The text has another form, or there is no such area on that day.
    """
    if within is None:
        return frame
    layer, code = parse(within)
    known = set(now.frames[layer]["code"])
    column = COLUMN_OF_LEVEL[layer]
    # A level may have no boundaries of its own and still be named by the codes below it.
    if code not in known and not (now.buildings[column] == code).any() and not (frame[column] == code).any():
        raise InvalidParameter(Fault(Text("analyses.no-such-area"), {"parameter": "within", "value": within}))
    return frame[(frame[column] == code).to_numpy(dtype=bool)]


def name_of(now: Situation, within: str) -> str:
    """Return what an area is called on a day; its code where it has no name."""
    layer, code = parse(within)
    named = now.frames[layer].set_index("code")["name"].get(code)
    return code if pd.isna(named) or not named else str(named)


def parse(within: str) -> tuple[str, str]:
    """Split ``LAYER:CODE``."""
    layer, separator, code = within.partition(":")
    if not separator or not code or layer not in LEVELS:
        text = Text("analyses.bad-within", levels=list(LEVELS))
        raise InvalidParameter(Fault(text, {"parameter": "within", "value": within}))
    return layer, code
