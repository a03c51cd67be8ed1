"""Every setting of gridmap: one environment variable each, read once at start, all faults at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from layers import addresses, clock
from layers.errors import Fault, InvalidParameter
from layers.text import LANGUAGES, Text

PREFIX = "GRIDMAP_"
WRITERS = ("local", "anyone")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this gridmap runs.

    Parameters
    ----------
    workspace : str
        Where the records are: a `.gpkg` path.
    language : str
        The language of the command line, and of a page whose reader names none: ``zh`` or ``en``.
    max_upload_mb : int
        The largest file that is read.
    max_page_items : int
        The most features in one page of `/api/collections/{layer}/items`.
    query_seconds : int
        How long the workspace may work on the conditions and the order of one request, beside a second for each 50,000
        features of an export; then the answer is 503 and names them. 0 sets no limit. The command line and jobs have
        none.
    map_buildings : int
        The most features that a map page carries itself. Above it a served map takes them from the service, in tiles
        and by the row, and a downloaded one, which has no service, colours communities instead.
    time_zone : str
        Where the office is: ``+08:00``, or a name such as ``Asia/Urumqi``. Days begin by it: today, the days of
        changes, and those of cells that name a moment. What zone the computer itself is set to matters not.
    small_cell : int
        Counts below this are suppressed in a public export.
    grid_households_min, grid_households_max : int
        The band of households per grid that the grid map shows.
    jobs : int
        How many jobs run at the same time, each in a process of its own; 0 leaves them to other services.
    questions : int
        How many processes answer what costs much to compute (maps of many buildings, analyses, costly filters) while
        the service goes on answering everybody else; they start when they are needed. 0 computes it in the service.
    writers : str
        Who may write over HTTP: ``local``, only from this computer, or ``anyone`` who reaches the service, since
        there is no sign-in. Who comes through a proxy is at this computer if a trusted proxy says so, and only then.
    hosts : tuple of str
        Names under which readers reach the service, with commas between them, such as
        ``gridmap.example,gridmap:5000``; without a port any port is meant. Names of this computer (``localhost``,
        ``127.0.0.1``), the address that ``--host`` names and the public address need not be listed.
    public_url : str
        The address that readers know, such as ``https://office.example/gridmap/``, where a proxy passes on to
        gridmap: links are made from it. The proxy takes the folder away.
    cors_origins : tuple of str
        Origins, such as ``https://portal.example``, whose pages may read the service from a browser; never write.
    trusted_proxies : tuple of str
        Addresses or networks of the proxies whose ``X-Forwarded-For``, ``-Proto`` and ``-Host`` are believed, such as
        ``127.0.0.1``.
    """

    workspace: str = "instance/gridmap.gpkg"
    language: str = "zh"
    max_upload_mb: int = 512
    max_page_items: int = 10_000
    query_seconds: int = 5
    map_buildings: int = 2_000
    time_zone: str = clock.USUAL
    small_cell: int = 5
    grid_households_min: int = 300
    grid_households_max: int = 500
    jobs: int = 1
    questions: int = 2
    writers: str = "local"
    hosts: tuple[str, ...] = ()
    public_url: str = ""
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()


def load_settings(
    environ: Mapping[str, str] | None = None,
    **overrides: object,  # checked as what the variables say
) -> Settings:
    """Read the settings from ``GRIDMAP_…`` variables; `overrides` that are not None win.

    Raises
    ------
    InvalidParameter
        With every variable that is unknown or cannot be used.
    """
    environ = os.environ if environ is None else environ
    known = {PREFIX + each.name.upper(): each for each in fields(Settings)}
    values: dict[str, Any] = {}  # as its field says, each
    faults = []
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable in known:
            name, text = known[variable].name, environ[variable]
            where = {"parameter": variable, "value": text}
            try:
                values[name] = _listed(name, text, where) if name in LISTS else _value(name, text)
            except ValueError:
                faults.append(Fault(Text(f"settings.{name}" if name in EXPLAINED else "settings.invalid"), where))
            except InvalidParameter as error:
                faults += error.faults
        elif variable not in OUTSIDE:
            faults.append(Fault(Text("settings.unknown", known=sorted(known)), {"parameter": variable}))
    if faults:
        raise InvalidParameter(*faults)
    values |= {name: value for name, value in overrides.items() if value is not None}
    return Settings(**values)


# Variables that begin like ours and are read by the test suite alone.
OUTSIDE = {"GRIDMAP_REQUIRE_BROWSER", "GRIDMAP_REQUIRE_GDAL", "GRIDMAP_REQUIRE_NODE"}


# Settings that are addresses, and how each is read.
LISTS: dict[str, Callable[[str], object]] = {
    "hosts": addresses.host,
    "cors_origins": addresses.origin,
    "trusted_proxies": addresses.network,
}
EXPLAINED = {*LISTS, "public_url", "time_zone"}


def _listed(name: str, text: str, where: Mapping[str, object]) -> tuple[str, ...]:
    """Return what stands between commas, each in its one spelling; InvalidParameter with every one that is none."""
    found, faults = [], []
    for each in filter(None, map(str.strip, text.split(","))):
        try:
            found.append(str(LISTS[name](addresses.in_ascii(each))))
        except ValueError:
            faults.append(Fault(Text(f"settings.{name}"), {**where, "value": each}))
    if faults:
        raise InvalidParameter(*faults)
    return tuple(found)


def _value(name: str, text: str) -> object:
    if isinstance(getattr(Settings(), name), int):
        number = int(text)
        if number < 0:
            raise ValueError(name)
        return number
    if name == "language" and text not in LANGUAGES:
        raise ValueError(name)
    if name == "writers" and text not in WRITERS:
        raise ValueError(name)
    if name == "public_url" and text:
        known = addresses.public_address(addresses.in_ascii(text))
        return f"{known.origin}{known.folder}/"
    if name == "time_zone":
        clock.zone_called(text)
    if name == "workspace" and "://" not in text:
        return str(Path(text).expanduser())
    return text
