"""The shapes of a file, checked and repaired where they are read: in a process that ends when its time is over.

Each is priced before GEOS computes anything with it. What the service gets is valid, or a fault that names its row.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from layers.formats import wkb
from layers.text import Text


@dataclass
class Checked:
    """Shapes as they may be used.

    Attributes
    ----------
    shapes : list of bytes or None
        WKB, valid; None where there is none, or none that can be used.
    repaired : list of int
        Positions of those that were not valid and are now.
    faults : list of (int, Text)
        Position, and why it cannot be used.
    """

    shapes: list[bytes | None]
    repaired: list[int] = field(default_factory=list)
    faults: list[tuple[int, Text]] = field(default_factory=list)


def checked(shapes: list[bytes | None]) -> Checked:
    """Check and repair shapes that `layers.formats.wkb` has made; points are sound as they are."""
    point = wkb.HEAD[wkb.POINT]
    places = [place for place, each in enumerate(shapes) if each is not None and each[:5] != point]
    found = Checked(list(shapes))
    if places:
        _look(found, np.array(places))
    return found


def _look(found: Checked, places: np.ndarray) -> None:
    import shapely

    from geo.shapes import problems, repair
    from layers.model.shapes import READ, shape_problem, too_dear

    made = shapely.from_wkb(np.array([found.shapes[place] for place in places], dtype=object))
    refusals = too_dear(made, READ)
    for at, text in enumerate(refusals):
        if text is not None:
            _refuse(found, int(places[at]), text)
    affordable = np.array([text is None for text in refusals])
    made, places = made[affordable], places[affordable]
    wrong = np.array([str(code).startswith("invalid:") for code in problems(made)], dtype=bool)
    if not wrong.any():
        return
    made, places = made[wrong], places[wrong]
    mended, changed = repair(made)
    for at, code in enumerate(problems(mended)):
        place = int(places[at])
        if code not in (None, "null", "empty"):
            _refuse(found, place, Text("formats.geometry-beyond-repair", problem=shape_problem(str(code))))
        elif code is not None:  # nothing is left of it, which is no repair
            _refuse(found, place, Text("formats.geometry-without-area"))
        elif changed[at]:
            found.repaired.append(place)
            found.shapes[place] = bytes(shapely.to_wkb(mended[at], byte_order=1, output_dimension=2))


def _refuse(found: Checked, place: int, text: Text) -> None:
    found.shapes[place] = None
    found.faults.append((place, text))
