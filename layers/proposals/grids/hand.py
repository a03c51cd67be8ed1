"""One pair of hands that draws communities: from their cells, within the band, to the table."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from layers.model.feature import Feature
from layers.proposals.frame import Timer
from layers.proposals.grids.community import community_of
from layers.proposals.grids.drawing import Drawing
from layers.proposals.grids.patrol import Patrols
from layers.proposals.grids.tables import renamed, table
from layers.proposals.wishes import GridWishes
from layers.store.protocol import Store

if TYPE_CHECKING:
    import geopandas as gpd

log = logging.getLogger("gridmap.proposals")

Outcome = dict[str, object]
_DECIDED = ("tried", "stopped", "chosen", "widened", "other_counts")
"""What proving changes of a drawing."""


class Hand:
    """Draws in this process.

    Parameters
    ----------
    store : Store
    wishes : GridWishes
    places : int
        How many communities there are in all.
    """

    def __init__(self, store: Store, wishes: GridWishes, places: int) -> None:
        self._store, self._wishes, self._places = store, wishes, places
        self._patrols: dict[str, Patrols] = {}
        self.drawings: dict[int, Drawing] = {}

    def begin(self, at: int, feature: Feature, seconds: float, cut: Callable[[], None] | None = None) -> Drawing:
        """Cut a community into cells, say so, and look for grids within the band."""
        drawing = Drawing(community_of(self._store, feature, self._wishes), self._wishes, self._places)
        if cut is not None:
            cut()
        drawing.first(Timer(seconds).up)
        self.drawings[at] = drawing
        return drawing

    def prove(self, at: int, seconds: float) -> Outcome:
        """Prove or improve what was found for a community."""
        self.drawings[at].second(Timer(seconds).left)
        return {name: getattr(self.drawings[at], name) for name in _DECIDED}

    def tell(self, at: int, walked: bool) -> gpd.GeoDataFrame:
        """Return the table of a community; with the walks of patrols, if there is time for them."""
        drawing = self.drawings[at]
        patrols = self._patrols_in(drawing) if walked else None
        return table(drawing.community, renamed(drawing.community, drawing.drawn()), self._wishes, patrols)

    def take(self, at: int, drawing: Drawing) -> None:
        """Have a drawing that was begun elsewhere."""
        self.drawings[at] = drawing

    def learn(self, at: int, outcome: Outcome) -> None:
        """Note what was decided elsewhere about a drawing."""
        vars(self.drawings[at]).update(outcome)

    def _patrols_in(self, drawing: Drawing) -> Patrols:
        """Return the streets in a community's CRS, read once."""
        crs = drawing.community.ground.crs
        key = crs.to_wkt()
        if key not in self._patrols:
            self._patrols[key] = Patrols(self._store, crs, self._wishes.as_of)
        return self._patrols[key]
