"""Grids whose borders were made to agree with another system's become a draft plan, as proposed grids do."""

from __future__ import annotations

from layers.proposals.grids_kind import accept
from layers.proposals.harmony import READ
from layers.proposals.kinds import Kind

KIND = Kind(id="crossings", rests_on=READ, accept=accept, by_part=False)
