"""What a map page is asked: parameters of the query, checked in one place, all faults at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from layers.errors import Fault, InvalidParameter
from layers.model.management import BASES
from layers.model.values import read_day
from layers.text import Text
from web.http.parameters import TRUTH, wrong
from web.maps.registry import maps

LONGEST_CODE = 40
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """Which map, of which day, counted how.

    Parameters
    ----------
    map : str
    as_of : date
    basis : {"broad", "strict", "accepted"}
    community : str or None
        Code of the community to look at; None = all.
    band : (int, int)
        Households per grid that count as in band, both ends included.
    language : {"zh", "en"}
    own : tuple
        What single maps are asked, each of a type of its own; see `of`.
    public : bool
        Whether the map is made from what is public only.
    """

    map: str
    as_of: dt.date
    basis: str
    community: str | None
    band: tuple[int, int]
    language: str
    own: tuple[Hashable, ...] = ()
    public: bool = False

    def of(self, kind: type[T]) -> T:
        """Return what one map is asked; the usual, which `kind` makes of nothing, where it is asked nothing."""
        return next((each for each in self.own if isinstance(each, kind)), None) or kind()


def own_parameters() -> tuple[str, ...]:
    """Return the parameters that single maps add."""
    return tuple(name for each in maps().values() if each.asks for name in each.asks.names)


def parameters() -> tuple[str, ...]:
    """Return every parameter of a map's query, in the order in which an address has them."""
    return ("community", "as_of", "known_at", "basis", "band", *own_parameters(), "public", "lang")


def read_question(
    map_id: str, args: MultiDict[str, str], usual: dt.date, band: tuple[int, int], language: str
) -> Question:
    """Read a page's query; `usual` is the day where none is asked for.

    Raises
    ------
    InvalidParameter
        With every parameter that cannot be used.
    """
    faults = [
        Fault(Text("pages.given-twice"), {"parameter": name}) for name in parameters() if len(args.getlist(name)) > 1
    ]
    as_of, basis, community = usual, args.get("basis") or BASES[0], args.get("community") or None
    try:
        as_of = read_day(args["as_of"]) if args.get("as_of") else usual
    except ValueError:
        faults.append(wrong("as_of", args["as_of"], Text("pages.not-a-date")))
    if basis not in BASES:
        faults.append(wrong("basis", basis, Text("pages.one-of", values=list(BASES))))
    if community is not None and len(community) > LONGEST_CODE:
        faults.append(wrong("community", community[:LONGEST_CODE] + "…", Text("pages.no-such-community")))
    try:
        band = _band(args.get("band")) or band
    except ValueError:
        faults.append(wrong("band", args["band"], Text("pages.not-a-band")))
    public = args.get("public") or "false"
    if public not in TRUTH:
        faults.append(wrong("public", public, Text("pages.one-of", values=list(TRUTH))))
    own = tuple(each.asks.read(args, faults) for each in maps().values() if each.asks)
    if faults:
        raise InvalidParameter(*faults)
    return Question(map_id, as_of, basis, community, band, language, own, TRUTH[public])


def _band(text: str | None) -> tuple[int, int] | None:
    if not text:
        return None
    low, dash, high = text.partition("-")
    if not (dash and low.isascii() and high.isascii() and low.isdigit() and high.isdigit()):
        raise ValueError(text)
    if not int(low) <= int(high) <= 1_000_000:
        raise ValueError(text)
    return int(low), int(high)
