"""The help pages: what stands under `docs/`, put into HTML when somebody reads it, without a network.

A page is found in the reader's language: `docs/howto/import.md` in English, `docs/howto/import.zh-CN.md` in Chinese.
Addresses follow the folders, so that links between pages lead on as they do in the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS = Path(__file__).parents[2] / "docs"
# One page a task: first those of everybody, then those of who looks after the computer, and of programs.
HOWTO = {
    "daily": (
        "import",
        "ledger",
        "osm",
        "unmanaged",
        "coverage",
        "service",
        "scenarios",
        "bundles",
        "grids",
        "propose-grids",
        "crossings",
        "stations",
        "joint-units",
        "proposals",
        "compare",
    ),
    "keeping": ("data-quality", "export", "share-a-map", "by-hand", "undo", "backup", "qgis"),
    "running": ("settings", "office", "api", "plans", "jobs"),
}
READ = ("howto", "explanation", "reference")
ALONE = ("tutorial", "glossary", "architecture")
CHINESE = ".zh-CN"
PAGE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Page:
    """A help page: its heading, its body as HTML, and the language in which it is written."""

    title: str
    html: str
    language: str


def path_of(room: str, name: str, language: str) -> tuple[Path, str] | None:
    """Return the file of a page and its language: the reader's where there is one, else English; None without both."""
    if (room and room not in READ) or not PAGE.fullmatch(name) or (not room and name not in ALONE):
        return None
    folder = DOCS / room
    if language == "zh" and (chinese := folder / f"{name}{CHINESE}.md").is_file():
        return chinese, "zh"
    return (folder / f"{name}.md", "en") if (folder / f"{name}.md").is_file() else None


def page(room: str, name: str, language: str) -> Page | None:
    """Return a help page; None where there is none."""
    found = path_of(room, name, language)
    return _page(*found, found[0].stat().st_mtime_ns) if found else None


def title(name: str, language: str) -> str:
    """Return the heading of a how-to page."""
    found = page("howto", name, language)
    assert found is not None, name  # the names above are files of ours
    return found.title


@lru_cache(maxsize=128)
def _page(path: Path, language: str, changed: int) -> Page:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(path.read_text("utf-8"))
    heading = next((tokens[n + 1].content for n, each in enumerate(tokens) if each.type == "heading_open"), path.stem)
    html = reader.renderer.render(list(_made_ours(tokens, language)), reader.options, {})
    return Page(re.sub(r"[`*]", "", heading), html, language)


def _made_ours(tokens: list[Token], language: str) -> Iterator[Token]:
    """Yield the pieces of a page: headings with anchors, links to pages of ours, wide pieces that scroll."""
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(tokens[n + 1].content))
        elif token.type in ("table_open", "fence", "code_block"):
            yield _html('<div class="wide" tabindex="0">')
        elif token.type == "inline" and token.children:
            token.children = list(_linked(token.children if language == "en" else _unbroken(token.children)))
        yield token
        if token.type in ("table_close", "fence", "code_block"):
            yield _html("</div>\n")


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _unbroken(children: list[Token]) -> list[Token]:
    """Return the pieces of a line without breaks of the file's lines, which Chinese would show as blanks."""
    kept = []
    for n, child in enumerate(children):
        before, after = children[n - 1].content[-1:], children[n + 1].content[:1] if n + 1 < len(children) else ""
        if child.type != "softbreak" or (before.isascii() and after.isascii() and before and after):
            kept.append(child)
    return kept


def _linked(children: list[Token]) -> Iterator[Token]:
    """Yield the pieces of a line; a link to a file that is no page of the help becomes plain text."""
    dropped = False
    for child in children:
        if child.type == "link_open":
            address = _address(str(child.attrGet("href")))
            dropped = address is None
            if address is not None:
                child.attrSet("href", address)
        if not (dropped and child.type in ("link_open", "link_close")):
            yield child
        dropped = dropped and child.type != "link_close"


def _address(href: str) -> str | None:
    """Return where a link of a page leads within the help; None where that is a file which the help does not have."""
    if href.startswith(("http://", "https://", "#")):
        return href
    file, _, fragment = href.partition("#")
    if not file.endswith(".md") or "adr/" in file or "deploy/" in file or file.count("../") > 1:
        return None
    bare = file.removesuffix(".md").removesuffix(CHINESE)
    return f"{bare}#{fragment}" if fragment else bare


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as readers of Markdown make it."""
    return re.sub(r"[^\w（） -]", "", heading).lower().replace(" ", "-")
