"""How things are drawn: the colours of docs/explanation/records.md, with a pattern each for black-and-white print.

The same symbol draws the legend's swatch and the feature, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from layers.catalogue import catalogue
from layers.model.management import MODE_UNKNOWN

LAPSED, UNMANAGED, UNKNOWN = "#F4511E", "#D32F2F", "#BDBDBD"
OTHER = "#9575CD"  # managed, and nobody says how
GRID_LINE = "#C2188B"
# Patterns that tell the full colours apart where there is no colour; "trial is hatched" holds on screen too.
IN_PRINT = {"soe": "lines", "joint": "dots", "autonomous": "columns", "fallback": "checks", MODE_UNKNOWN: "crossed"}
STAGE_PATTERN = {"trial": "hatched", "emergency": "crossed"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A way to draw an area.

    Parameters
    ----------
    key : str
        Names the symbol in the page; also its pattern's id.
    fill, stroke : str
        Colours, ``#RRGGBB``.
    pattern, print_pattern : str or None
        ``hatched, crossed, lines, columns, dots, checks``: always, and only in print or when patterns are asked for.
    mark : str or None
        Of a point: the path of a sign in a box of 16 by 16.
    """

    key: str
    fill: str
    stroke: str
    weight: float = 0.8
    fill_opacity: float = 1.0
    dash: str | None = None
    pattern: str | None = None
    print_pattern: str | None = None
    mark: str | None = None


def status_symbol(status_class: str, counted: bool) -> Symbol:
    """Return the symbol of a status class; one that the basis does not count has a red edge and a pale fill."""
    if status_class == "lapsed":
        return Symbol("lapsed", LAPSED, "#A8320B", print_pattern="hatched")
    if status_class == "unmanaged":
        return Symbol("unmanaged", UNMANAGED, "#8E1B1B")
    if status_class == "unknown":
        return Symbol("unknown", UNKNOWN, "#7C7C7C", print_pattern="dots")
    if status_class == "out-of-scope":
        return Symbol("out-of-scope", "#FAFAFA", "#B7BDC2", weight=0.6)
    mode, _, stage = status_class.partition("-")
    color = OTHER if mode == MODE_UNKNOWN else catalogue().layer("arrangements").field("mode").known(mode).color
    assert color is not None  # every mode has one in the catalogue
    pattern, in_print = STAGE_PATTERN.get(stage), None if stage else IN_PRINT.get(mode)
    if counted:
        return Symbol(status_class, color, shade(color, 0.66), pattern=pattern, print_pattern=in_print)
    return Symbol(
        "not-" + status_class, tint(color, 0.35), UNMANAGED, weight=1.6, pattern=pattern, print_pattern=in_print
    )


ENCLOSURE = {
    "open": Symbol("open", "#F6D9B8", "#9A4A00", weight=1.8, fill_opacity=0.75, dash="6 4"),
    "semi": Symbol("semi", "#CFE3EC", "#0B6E99", weight=1.8, fill_opacity=0.75, dash="14 3 3 3", print_pattern="lines"),
    "closed": Symbol("closed", "#7FB2CA", "#084F6E", weight=2.6, fill_opacity=0.8),
    "unknown": Symbol("enclosure-unknown", "#E3E3E3", "#7C7C7C", weight=0.8, fill_opacity=0.8, print_pattern="dots"),
}

STANDING = {"all": ("#2E7D32", "#1E5221"), "some": (UNMANAGED, "#8E1B1B"), "none": (UNMANAGED, "#8E1B1B"),
            "unknown": (UNKNOWN, "#7C7C7C")}  # fmt: skip
EDGE: dict[str, tuple[float, str | None]] = {"open": (2.2, "6 4"), "semi": (1.8, "14 3 3 3"), "closed": (2.6, None),
                                             "unknown": (0.8, None)}  # fmt: skip
STANDING_IN_PRINT = {"all": "lines", "unknown": "dots"}


def standing_symbol(standing: str, enclosure: str) -> Symbol:
    """Return the symbol of a courtyard: its colour says who manages it, its edge how it is enclosed.

    A heavy edge is closed, one with gaps half open, a dashed one open, a thin one not known.
    """
    fill, stroke = STANDING[standing]
    return Symbol(
        f"standing-{standing}-{enclosure}",
        fill,
        stroke,
        weight=EDGE[enclosure][0],
        fill_opacity=0.75,
        dash=EDGE[enclosure][1],
        pattern="hatched" if standing == "some" else None,
        print_pattern=STANDING_IN_PRINT.get(standing),
    )


BAND = {
    "within": Symbol("within", "#FFFFFF", GRID_LINE, weight=2, fill_opacity=0.15),
    "below": Symbol("below", "#7FB2CA", GRID_LINE, weight=2, fill_opacity=0.4, print_pattern="lines"),
    "above": Symbol("above", "#F2A65A", GRID_LINE, weight=2, fill_opacity=0.55, print_pattern="hatched"),
    "unknown": Symbol("band-unknown", "#D5D8DA", GRID_LINE, weight=2, fill_opacity=0.6, print_pattern="dots"),
    "unassigned": Symbol("unassigned", UNMANAGED, "#8E1B1B", weight=1),
}

# Five steps of one hue, light to dark; a light area has little of what the map shows.
SHARES = ("#E4EFF4", "#B5D3E1", "#7FB2CA", "#3F8CAF", "#0B6E99")
SHARE_UNKNOWN = Symbol("share-unknown", "#EDEDED", "#9AA0A6", print_pattern="dots")


def share_symbol(step: int) -> Symbol:
    """Return the symbol of the `step`-th fifth of shares, 0 to 4."""
    return Symbol(f"share-{step}", SHARES[step], "#FFFFFF", weight=1.5)


# Dark is near: the eye goes from the station outwards.
NEAR, FAR = "#0B5575", "#C4DDE9"
LEFT_OUT = "#EFA35C", "#8A4B08"
UNCOVERED = {
    "cut_off": Symbol("cut_off", "#E8846B", "#8E2F1B", print_pattern="lines"),
    "beyond_limit": Symbol("beyond_limit", *LEFT_OUT, print_pattern="hatched"),
    "no_road": Symbol("no_road", "#D9713C", "#7A3410", print_pattern="dots"),
    "other_component": Symbol("other_component", "#B85450", "#6E2421", print_pattern="checks"),
    "against_oneway": Symbol("against_oneway", "#C98BB9", "#6D3560", print_pattern="lines"),
    "restricted": Symbol("restricted", "#B9A98B", "#6D5A35", print_pattern="dots"),
    "station_off_network": Symbol("station_off_network", "#A89078", "#5F4B36", print_pattern="columns"),
    "no_open_station": Symbol("no_open_station", "#C9C3BB", "#6F675D", print_pattern="crossed"),
    "no_place": Symbol("no_place", "#EDEDED", "#7C7C7C", print_pattern="dots"),
}
# An outline only: the buildings inside keep their colours.
GAP = Symbol("gap", "#FFFFFF", "#7A2E00", weight=2.4, fill_opacity=0, dash="7 4")
# A place that is no station yet: a pin with its foot in the middle of the sign's box.
POINT = Symbol(
    "station-point",
    "#C2188B",
    "#FFFFFF",
    weight=1.2,
    mark="M8 8C5 4.4 3.6 2.6 3.6.4a4.4 4.4 0 1 1 8.8 0C12.4 2.6 11 4.4 8 8z",
)
# What a scenario adds, and what it takes away.
ADDED, TAKEN = "#6A1B9A", "#B3261E"
RING = "M8 1a7 7 0 1 0 0 14A7 7 0 1 0 8 1zm0 4.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 1 1 0-5.6z"
CROSS = "M3.5 1.5 8 6l4.5-4.5 2 2L10 8l4.5 4.5-2 2L8 10l-4.5 4.5-2-2L6 8 1.5 3.5z"
# Signs instead of ten more colours: they stay apart in grey, and status keeps its colours to itself.
SIGNS = {
    "star": "M8 1.2 9.9 6H15l-4.1 3.2 1.5 5.1L8 11.3l-4.4 3L5.1 9.2 1 6h5.1z",
    "circle": "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z",
    "pentagon": "M8 1.5 14.5 7.5H13V14H3V7.5H1.5z",
    "triangle": "M8 1.5 15 14H1z",
    "cross": "M5.7 1.5h4.6v4.2h4.2v4.6h-4.2v4.2H5.7v-4.2H1.5V5.7h4.2z",
    "hexagon": "M4.5 2h7L15 8l-3.5 6h-7L1 8z",
    "shield": "M8 1.5 14 3.5V8c0 3.5-3 5.5-6 6.7C5 13.5 2 11.5 2 8V3.5z",
    "square": "M2.5 2.5h11v11h-11z",
    "diamond": "M8 1 15 8 8 15 1 8z",
    "triangle-down": "M8 14.5 1 2h14z",
    "dot": "M8 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
}


def band_symbol(step: int, steps: int) -> Symbol:
    """Return the symbol of the `step`-th of `steps` bands of minutes, the nearest first."""
    far = step / max(steps - 1, 1)
    color = _between(NEAR, FAR, far)
    return Symbol(f"minutes-{step}", color, shade(color, 0.6))


def station_symbol(kind: str) -> Symbol:
    """Return the sign of a kind of station."""
    style = catalogue().layer("stations").style
    assert style is not None
    return Symbol(f"station-{kind}", style.fill, style.stroke, weight=1.2, mark=SIGNS[style.marks[kind]])


def other_symbol(kind: str) -> Symbol:
    """Return the sign of a kind of station that does not count: hollow."""
    return replace(station_symbol(kind), key=f"other-{kind}", fill="#FFFFFF", stroke="#6B7680")


def measure_symbol(action: str) -> Symbol:
    """Return the sign of a scenario's measure, or its line: what connects roads is always a line."""
    taken = action.startswith("close_")
    color, dash = (TAKEN, "2 6") if taken else (ADDED, None)
    mark = CROSS if taken else RING if action == "add_station" else None
    return Symbol(f"measure-{action}", color, color, weight=3, fill_opacity=0.2, dash=dash, mark=mark)


def tint(color: str, part: float) -> str:
    """Mix a colour with white; `part` of it stays."""
    return _mix(color, part, 255)


def shade(color: str, part: float) -> str:
    """Mix a colour with black; `part` of it stays."""
    return _mix(color, part, 0)


def _mix(color: str, part: float, other: int) -> str:
    return _between(f"#{other:02X}{other:02X}{other:02X}", color, part)


def _between(start: str, end: str, part: float) -> str:
    pairs = ((int(start[n : n + 2], 16), int(end[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round((1 - part) * one + part * other):02X}" for one, other in pairs)
