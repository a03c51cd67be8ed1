"""Which grid systems are to agree, and whose borders may move."""

from __future__ import annotations

from typing import Literal

from layers.catalogue import Label, catalogue
from layers.errors import Fault, InvalidParameter
from layers.proposals.frame import PROPOSAL_LABELS, ProposalInputs
from layers.text import Text

System = Literal["service", "unit"]


def system_called(system: str) -> Label:
    """Return what a grid system is called."""
    choice = catalogue().layer("grids").field("grid_system").choice(system)
    assert choice is not None  # the inputs admit no others
    return choice.label


class HarmonyWishes(ProposalInputs, forbid_unknown_fields=True, kw_only=True):
    """Two grid systems of a community, street or district.

    Parameters
    ----------
    grid_system : {"service", "unit"}
        The grids whose borders may move.
    other_system : {"service", "unit"}
        The grids that stay as they are.
    """

    grid_system: System = "service"
    other_system: System = "unit"

    def checked(self) -> tuple[str, str]:
        """Return level and code of where.

        Raises
        ------
        InvalidParameter
            Another level; the same system twice.
        """
        level, code, faults = self.area()
        if self.grid_system == self.other_system:
            where = {"parameter": "other_system", "value": self.other_system}
            faults.append(Fault(Text("crossings.one-system", system=system_called(self.other_system)), where))
        if faults:
            raise InvalidParameter(*faults)
        return level, code


WISH_LABELS = {
    **PROPOSAL_LABELS,
    "grid_system": Label("可调整边界的网格体系", "Grid system whose borders may move"),
    "other_system": Label("保持不动的网格体系", "Grid system that stays"),
}
