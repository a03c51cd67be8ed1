"""The ledger in the making: managed areas and arrangements, numbered as they come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from data.demo.register import Register, Row

KINDS = {
    "professional": "commercial",
    "soe": "state_owned",
    "joint": "scenic_org",
    "autonomous": "resident_org",
    "fallback": "community_org",
}
FEES = {
    "professional": (0.6, 2.2),
    "soe": (0.3, 0.9),
    "joint": (0.3, 0.7),
    "autonomous": (0.1, 0.4),
    "fallback": (0.0, 0.2),
}


@dataclass(slots=True)
class Ledger:
    """The ledger in the making."""

    register: Register
    rng: np.random.Generator
    managers: dict[str, list[str]]

    def area(
        self,
        name: str,
        kind: str,
        polygon: BaseGeometry,
        *,
        courtyards: tuple[str, ...] = (),
        buildings: tuple[str, ...] = (),
        remark: str | None = None,
    ) -> str:
        """Enter a managed area and return its code; without lists, position decides."""
        code = f"990201A{len(self.register.layers.get('managed-areas', ())) + 1:04d}"
        self.register.add(
            "managed-areas",
            polygon,
            code=code,
            name=name,
            kind=kind,
            remark=remark,
            courtyard_codes=courtyards or None,
            building_codes=buildings or None,
        )
        return code

    def arrangement(self, area: str, mode: str, stage: str, start: dt.date, **more: object) -> Row:
        """Enter an arrangement with a manager that suits the mode."""
        number = len(self.register.layers.get("arrangements", ())) + 1
        manager = str(self.rng.choice(self.managers[KINDS[mode]]))
        fee = round(float(self.rng.uniform(*FEES[mode])), 2)
        properties = {
            "manager": manager,
            "fee_yuan_m2_month": fee,
            "doc_no": f"云澄物备〔{start.year}〕{number:03d}号",
            **more,
        }
        return self.register.add(
            "arrangements",
            None,
            code=f"990201H{number:04d}",
            managed_area=area,
            mode=mode,
            stage=stage,
            start_date=start,
            **properties,
        )
