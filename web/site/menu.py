"""The menu that every page has: one list, whose entries lead to pages of all rooms.

A page of gridmap is reached from every other one. Templates include `site_menu.html`, which asks `site_menu` for the
entries; an entry whose page this gridmap does not serve is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import current_app, request

from layers.text import Param, Text
from web.http.problems import reader_language
from web.service import nonce

if TYPE_CHECKING:
    from flask import Flask

# Name, address and query; several addresses are tried in turn.
ENTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("maps", ("/",)),
    ("records", ("/records", "/api/collections?f=html")),
    ("courtyards", ("/courtyards",)),
    ("plans", ("/plans",)),
    ("import", ("/import",)),
    ("analyses", ("/analyses",)),
    ("proposals", ("/proposals",)),
    ("scenarios", ("/scenarios",)),
    ("history", ("/history",)),
    ("jobs", ("/jobs",)),
    ("help", ("/help",)),
    ("api", ("/api/?f=html",)),
)
WITHIN = {"maps": ("/maps/",), "records": ("/api/collections",), "api": ("/api/", "/problems/")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `here` says that the page shown belongs to it."""

    id: str
    label: str
    href: str
    here: bool


def init_app(app: Flask) -> None:
    """Let every template ask for the menu."""
    from web.maps.assets import version

    def asset(path: str) -> str:
        return f"{request.script_root}/static/{path}?v={version(path)}"

    said = {"site_menu": entries, "site_asset": asset, "site_nonce": nonce, "site_word": word}
    app.context_processor(lambda: said | {"site_other_language": other_language})


def entries() -> list[Entry]:
    """Return the lines of the menu in the reader's language."""
    served, language, found = _served(), reader_language(), []
    for id, addresses in ENTRIES:
        href = next((each for each in addresses if each.partition("?")[0] in served), None)
        if href is not None:
            label = Text(f"site.menu-{id}").say(language)
            found.append(Entry(id, label, request.script_root + href, False))
    here = _here({each.id for each in found})
    return [Entry(each.id, each.label, each.href, each.id == here) for each in found]


def other_language() -> str:
    """Return the address of the page shown in the other language."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"?{urlencode([*asked, ('lang', 'en' if reader_language() == 'zh' else 'zh')])}"


def word(key: str, **params: Param) -> str:
    """Say a message of the site in the reader's language."""
    return Text(f"site.{key}", **params).say(reader_language())


def _here(known: set[str]) -> str | None:
    """Return the entry to which the page shown belongs: the one whose address is the longest beginning of its own."""
    starts = {id: (*(each.partition("?")[0] for each in addresses), *WITHIN.get(id, ())) for id, addresses in ENTRIES}
    fitting = [
        (len(start), id)
        for id in known
        for start in starts[id]
        if request.path == start or (start != "/" and f"{request.path}/".startswith(f"{start.rstrip('/')}/"))
    ]
    return max(fitting)[1] if fitting else None


def _served() -> set[str]:
    return {rule.rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
