"""Who manages what: areas and arrangements of every mode and stage, ended ones and errors among them."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data.demo.buildings import Fabric
from data.demo.ledger import Ledger
from data.demo.managers import enter_managers
from data.demo.register import Register, day
from data.demo.special_areas import bundle, err, overlap, plan_ahead

FATES = (
    "professional",
    "professional_trial",
    "soe",
    "soe_trial",
    "joint",
    "autonomous",
    "fallback",
    "emergency",
    "lapsed",
    "unmanaged",
    "unknown",
)
SHARES = {
    "new": (0.54, 0.08, 0.08, 0.02, 0.04, 0.02, 0.02, 0.02, 0.07, 0.07, 0.04),
    "middle": (0.14, 0.05, 0.14, 0.06, 0.05, 0.10, 0.09, 0.02, 0.08, 0.21, 0.06),
    "old": (0.05, 0.02, 0.13, 0.05, 0.04, 0.13, 0.13, 0.02, 0.08, 0.28, 0.07),
}


def manage(register: Register, fabric: Fabric, rng: np.random.Generator) -> None:
    """Give courtyards and scattered buildings their managers, or none."""
    ledger = Ledger(register, rng, enter_managers(register))
    fates = _fates(fabric, rng)
    for number, fate in enumerate(fates):
        row = register.yard_rows[number]
        if fate == "unknown":
            row.properties["survey_status"] = "not_surveyed"
            row.properties.pop("survey_date")
        elif fate not in ("unmanaged", "bundle"):
            _natural(ledger, fabric, number, fate)
    free = [number for number, fate in enumerate(fates) if fate == "unmanaged"]
    plan_ahead(ledger, free[-3:])
    overlap(ledger, fabric, fates)
    bundle(ledger, fabric)
    _survey_scattered(register, fabric, rng)
    err(ledger, fabric, fates)


def _fates(fabric: Fabric, rng: np.random.Generator) -> list[str]:
    """Deal out fates by households: each age of courtyard gets the shares of its age, in a drawn order."""
    ages = np.array([0 if yard.year >= 2000 else 1 if yard.year >= 1984 else 2 for yard in fabric.yards])
    homes = [sum(fabric.buildings[each].households for each in yard.buildings) for yard in fabric.yards]
    found = [""] * len(ages)
    for age, shares in enumerate(SHARES.values()):
        order = rng.permutation(np.flatnonzero(ages == age))
        weights = np.array([homes[each] for each in order], dtype=float)
        place = (np.cumsum(weights) - weights / 2) / max(weights.sum(), 1.0)
        for at, fate in zip(order, np.searchsorted(np.cumsum(shares), place), strict=True):
            found[at] = FATES[min(int(fate), len(FATES) - 1)]
    return found


def _natural(ledger: Ledger, fabric: Fabric, number: int, fate: str) -> None:
    """Enter one courtyard's own area: by courtyard list, by building list, or drawn only."""
    row, rng = ledger.register.yard_rows[number], ledger.rng
    name, code = row.properties["name"], row.properties["code"]
    way = rng.random()
    polygon = row.geometry
    if way < 0.76:
        area = ledger.area(name, "natural", polygon, courtyards=(code,))
    elif way < 0.86:
        area = ledger.area(
            name, "natural", polygon, buildings=_codes(ledger, fabric, number, ranges=way < 0.81)
        )
    else:
        area = ledger.area(name, "natural", polygon.buffer(2.0, join_style="mitre"))
    if fate == "lapsed":
        _lapsed(ledger, area)
    else:
        _effective(ledger, area, fate)


def _codes(ledger: Ledger, fabric: Fabric, number: int, *, ranges: bool) -> tuple[str, ...]:
    """Return a courtyard's building codes, one by one or as one range: they follow on each other."""
    codes = [
        ledger.register.building_rows[each].properties["code"] for each in fabric.yards[number].buildings
    ]
    return (f"{codes[0]}~{codes[-1]}",) if ranges and len(codes) > 2 else tuple(codes)


def _effective(ledger: Ledger, area: str, fate: str) -> None:
    """Enter an arrangement that is in force on the data's day."""
    rng = ledger.rng
    if fate == "emergency":
        mode = str(rng.choice(["soe", "fallback"]))
        ledger.arrangement(
            area, mode, "emergency", day(rng, "2026-03-01", "2026-06-10"), end_date=dt.date(2026, 9, 30)
        )
        return
    mode, trial = fate.removesuffix("_trial"), fate.endswith("_trial")
    if trial:
        start = day(rng, "2026-01-10", "2026-06-01")
        end = start + dt.timedelta(days=int(rng.choice([180, 185, 270])))
        ledger.arrangement(area, mode, "trial", start, end_date=max(end, dt.date(2026, 7, 15)))
        return
    if rng.random() < 0.15:
        ledger.arrangement(area, "fallback", "formal", dt.date(2017, 1, 1), end_date=dt.date(2019, 12, 31))
    start = day(rng, "2020-01-01", "2025-12-31")
    accepted = start + dt.timedelta(days=int(rng.integers(60, 400)))
    more: dict[str, object] = {}
    if rng.random() < 0.55 and accepted < dt.date(2026, 6, 30):
        more["accepted_on"] = accepted
    ledger.arrangement(area, mode, "formal", start, **_term(mode, start, rng), **more)


def _term(mode: str, start: dt.date, rng: np.random.Generator) -> dict:
    """Return how long a formal arrangement runs: for good, for a term, or past its term by consent."""
    if rng.random() < (0.12 if mode == "professional" else 0.45):
        return {}
    draw = rng.random()
    if draw < 0.13:
        return {
            "end_date": max(day(rng, "2025-08-31", "2026-05-31"), start + dt.timedelta(days=30)),
            "continued_service": True,
        }
    if draw < 0.28:
        return {"end_date": day(rng, "2026-07-05", "2026-09-27")}
    years = int(rng.choice([2, 3, 5]))
    end = start.replace(year=start.year + years, day=min(start.day, 28)) - dt.timedelta(days=1)
    while end < dt.date(2026, 10, 1):
        end = end.replace(year=end.year + years, day=min(end.day, 28))
    return {"end_date": end}


def _lapsed(ledger: Ledger, area: str) -> None:
    """Enter an arrangement that ended: it ran out, or was terminated before its end."""
    rng = ledger.rng
    mode = str(rng.choice(["professional", "soe", "autonomous"], p=[0.7, 0.15, 0.15]))
    start = day(rng, "2018-03-01", "2022-06-30")
    if rng.random() < 0.5:
        ended = day(rng, "2024-05-01", "2026-06-15")
        ledger.arrangement(
            area,
            mode,
            "formal",
            start,
            end_date=ended,
            continued_service=False,
            notice_date=ended - dt.timedelta(days=90),
        )
    else:
        out = day(rng, "2025-01-01", "2026-06-20")
        manager = ledger.managers["blacklisted"][0] if rng.random() < 0.5 else None
        more = {"manager": manager} if manager and mode == "professional" else {}
        ledger.arrangement(
            area,
            mode,
            "formal",
            start,
            end_date=dt.date(2027, 12, 31),
            terminated_on=out,
            notice_date=out - dt.timedelta(days=60),
            **more,
        )


def _survey_scattered(register: Register, fabric: Fabric, rng: np.random.Generator) -> None:
    for number, building in enumerate(fabric.buildings):
        if building.yard is None and building.use in ("residential", "mixed"):
            properties = register.building_rows[number].properties
            if rng.random() < 0.84:
                properties["survey_status"], properties["survey_date"] = (
                    "surveyed",
                    day(rng, "2025-02-10", "2026-04-30"),
                )
            else:
                properties["survey_status"] = "not_surveyed"
