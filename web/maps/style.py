"""How things are drawn: colours of DOMAIN.md section 7, with a pattern each for black-and-white print.

The same symbol draws the legend's swatch and the feature, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from layers.catalogue import catalogue

LAPSED, UNMANAGED, UNKNOWN = "#F4511E", "#D32F2F", "#BDBDBD"
GRID_LINE = "#C2188B"
INK = "#37474F"
# Patterns that tell the full colours apart where there is no colour; "trial is hatched" holds on screen too.
IN_PRINT = {"soe": "lines", "joint": "dots", "autonomous": "columns", "fallback": "checks"}
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
    """

    key: str
    fill: str
    stroke: str
    weight: float = 0.8
    fill_opacity: float = 1.0
    dash: str | None = None
    pattern: str | None = None
    print_pattern: str | None = None


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
    color = catalogue().layer("arrangements").field("mode").choice(mode).color
    pattern, in_print = STAGE_PATTERN.get(stage), None if stage else IN_PRINT.get(mode)
    if counted:
        return Symbol(status_class, color, shade(color, 0.66), pattern=pattern, print_pattern=in_print)
    return Symbol(
        "not-" + status_class, tint(color, 0.35), UNMANAGED, weight=1.6, pattern=pattern, print_pattern=in_print
    )


ENCLOSURE = {
    "open": Symbol("open", "#F6D9B8", "#9A4A00", weight=1.8, fill_opacity=0.75, dash="6 4"),
    "semi": Symbol("semi", "#CFE3EC", "#0B6E99", weight=1.2, fill_opacity=0.75, print_pattern="lines"),
    "closed": Symbol("closed", "#7FB2CA", "#084F6E", weight=1.6, fill_opacity=0.8),
    "unknown": Symbol("enclosure-unknown", "#E3E3E3", "#7C7C7C", weight=1.0, fill_opacity=0.8, print_pattern="dots"),
}

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


def tint(color: str, part: float) -> str:
    """Mix a colour with white; `part` of it stays."""
    return _mix(color, part, 255)


def shade(color: str, part: float) -> str:
    """Mix a colour with black; `part` of it stays."""
    return _mix(color, part, 0)


def _mix(color: str, part: float, other: int) -> str:
    channels = (int(color[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(part * each + (1 - part) * other):02X}" for each in channels)
