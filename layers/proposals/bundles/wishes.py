"""What may be wished of bundles."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np

from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.proposals.frame import PROPOSAL_LABELS, ProposalInputs
from layers.text import Text

FLOOR_AREA_M2 = 10_000.0
"""The usual limit of a bundle where no band of households is wished."""

Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Standing = Literal["unmanaged", "lapsed"]
STANDINGS: tuple[Standing, ...] = ("unmanaged", "lapsed")


class BundleWishes(ProposalInputs, forbid_unknown_fields=True, kw_only=True):
    """Which buildings, how near to each other, and how much a bundle may hold.

    Parameters
    ----------
    max_gap_m : float
        How long the way on foot between the nearest points of two buildings may be: straight over open ground, or along
        streets; never across a wall, a railway, water or a road of class secondary or above.
    max_floor_area_m2 : float, optional
        Floor area of a bundle, at most; 10,000 when neither this nor a band of households is given.
    households_min, households_max : int, optional
        Households of a bundle.
    status : list of {"unmanaged", "lapsed"}
        Which buildings: never managed, or no more.
    fee_yuan_m2_month : float, optional
        What a manager would be paid for each m² of floor area a month; says with `cost_yuan_household_month` whether a
        bundle pays for itself.
    cost_yuan_household_month : float, optional
        What managing costs for each household a month.
    """

    max_gap_m: Annotated[float, msgspec.Meta(gt=0, le=500)] = 50.0
    max_floor_area_m2: Annotated[float, msgspec.Meta(gt=0, le=1e8)] | None = None
    households_min: Count | None = None
    households_max: Count | None = None
    status: list[Standing] = msgspec.field(default_factory=lambda: list(STANDINGS))
    fee_yuan_m2_month: Annotated[float, msgspec.Meta(ge=0, le=1e4)] | None = None
    cost_yuan_household_month: Annotated[float, msgspec.Meta(ge=0, le=1e6)] | None = None

    @property
    def by_households(self) -> bool:
        """Whether households of a bundle are limited."""
        return self.households_min is not None or self.households_max is not None

    @property
    def floor_area_m2(self) -> float | None:
        """The limit of floor area that holds; None for none."""
        if self.max_floor_area_m2 is None and not self.by_households:
            return FLOOR_AREA_M2
        return self.max_floor_area_m2

    @property
    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """What floor area and households of a bundle sum up to, at least and at most."""
        low = np.array([0.0, float(self.households_min or 0)])
        most = [self.floor_area_m2, self.households_max]
        return low, np.array([np.inf if each is None else float(each) for each in most])

    def check(self) -> None:
        """Refuse wishes that contradict each other; InvalidParameter with all of them."""
        faults = []
        low, high = self.households_min, self.households_max
        if low is not None and high is not None and low > high:
            where = {"parameter": "households_min", "value": str(low)}
            faults.append(Fault(Text("bundles.band-upside-down", low=low, high=high), where))
        if not self.status:
            faults.append(Fault(Text("bundles.no-status", known=list(STANDINGS)), {"parameter": "status"}))
        if faults:
            raise InvalidParameter(*faults)


WISH_LABELS = {
    **PROPOSAL_LABELS,
    "max_gap_m": Label("楼栋间步行间距上限（米）", "Way between buildings, at most (m)"),
    "max_floor_area_m2": Label(
        "每片区建筑面积上限（㎡，未填且未按户数时为 10,000）", "Floor area of a bundle, at most (m²; else 10,000)"
    ),
    "households_min": Label("每片区户数下限", "Households of a bundle, at least"),
    "households_max": Label("每片区户数上限", "Households of a bundle, at most"),
    "status": Label("哪些楼栋", "Which buildings"),
    "fee_yuan_m2_month": Label("物业费（元/㎡·月）", "Fee (yuan/m² a month)"),
    "cost_yuan_household_month": Label("管理成本（元/户·月）", "Cost (yuan/household a month)"),
}
