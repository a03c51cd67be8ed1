"""Invented companies and bodies that manage."""

from __future__ import annotations

import datetime as dt

from data.demo.register import Register

MANAGERS = (
    ("云澄安和物业服务有限公司", "commercial"),
    ("锦禾物业管理有限公司", "commercial"),
    ("澄园城市服务有限公司", "commercial"),
    ("望河物业服务有限公司", "commercial"),
    ("恒馨物业管理有限公司", "commercial"),
    ("旧城物业服务有限公司", "commercial"),
    ("云澄区城市运营集团有限公司", "state_owned"),
    ("云澄区安居物业托管有限公司", "state_owned"),
    ("和平片区居民自管委员会", "resident_org"),
    ("望河街道居民自治服务社", "resident_org"),
    ("文澜街道社区服务中心", "community_org"),
    ("望河街道社区服务中心", "community_org"),
    ("笔架山景区管理服务中心", "scenic_org"),
)
BLACKLISTED = 5
"""Position of the one that is on the blacklist."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def enter_managers(register: Register) -> dict[str, list[str]]:
    """Enter all managers and return their codes by kind; the blacklisted one stands apart."""
    found: dict[str, list[str]] = {}
    for number, (name, kind) in enumerate(MANAGERS, 1):
        code = f"990201G{number:02d}"
        listed = number - 1 == BLACKLISTED
        company = kind in ("commercial", "state_owned")
        register.add(
            "managers",
            None,
            code=code,
            name=name,
            kind=kind,
            uscc=with_check(f"91990201MA{number:03d}DEM") if company else None,
            public_phone=f"0000-20260{number:03d}",
            blacklisted_from=dt.date(2025, 10, 1) if listed else None,
        )
        found.setdefault("blacklisted" if listed else kind, []).append(code)
    return found


def with_check(body: str) -> str:
    """Append the check character of GB 32100-2015 to 16 characters and a filler.

    >>> with_check("91350100M000100Y4")
    '91350100M000100Y43'
    """
    body = body.ljust(17, "0")
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + ALPHABET[-total % 31]
