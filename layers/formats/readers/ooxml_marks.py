"""What a clerk has done to the cells of an XLSX beside writing in them: struck them out, and commented on them.

A sheet is looked through for struck cells only where the workbook has a style or a text that is struck out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO
from xml.etree import ElementTree

from layers.formats.readers.sheets import LONGEST_SHOWN, MOST_COMMENTS, Comment, Undeclared

_OFF = ("0", "false", "off", "none")
_ADDRESS = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")


def struck_styles(styles: Iterable[ElementTree.Element]) -> set[str]:
    """Return the numbers of the cell formats whose font is struck out."""
    fonts: set[str] = set()
    formats: set[str] = set()
    for part in styles:
        if local(part.tag) == "fonts":
            fonts = {str(at) for at, font in enumerate(part) if _struck(font)}
        elif local(part.tag) == "cellXfs":
            formats = {str(at) for at, each in enumerate(part) if each.get("fontId", "0") in fonts}
    return formats


def struck_texts(stream: IO[bytes]) -> set[str]:
    """Return the numbers of the shared texts of which a part is struck out; the stream begins anew for each look."""
    if not _mentions_strike(stream):
        return set()
    stream.seek(0)
    struck, at = set(), 0
    for _, each in ElementTree.iterparse(Undeclared(stream)):
        if local(each.tag) == "si":
            if _partly_struck(each):
                struck.add(str(at))
            at += 1
            each.clear()
    return struck


def cells_of(stream: IO[bytes]) -> Iterator[tuple[int, int, ElementTree.Element]]:
    """Yield (row, column, cell) of the cells of a sheet, each once and in their order."""
    row = column = -1
    for event, each in ElementTree.iterparse(Undeclared(stream), events=("start", "end")):
        tag = local(each.tag)
        if event == "start" and tag == "row":
            stated = each.get("r", "")
            row, column = int(stated) - 1 if stated.isascii() and stated.isdigit() else row + 1, -1
        elif event == "end" and tag == "c":
            row, column = place_of(each.get("r", "")) or (row, column + 1)
            yield row, column, each
        elif event == "end" and tag == "row":
            each.clear()


def struck_cells(stream: IO[bytes], styles: set[str], texts: set[str]) -> Iterator[tuple[int, int]]:
    """Yield (row, column) of the cells of a sheet that hold something and are struck out, wholly or in part."""
    for row, column, each in cells_of(stream):
        held = next((part for part in each if local(part.tag) in ("v", "is")), None)
        if held is not None and (
            each.get("s") in styles
            or (each.get("t") == "s" and (held.text or "").strip() in texts)
            or (local(held.tag) == "is" and _partly_struck(held))
        ):
            yield row, column


def comments(parts: Sequence[ElementTree.Element], ours: str) -> Iterator[Comment]:
    """Yield what a part of comments says of cells, without what our own author wrote."""
    inner = [each for part in parts for each in part.iter()]
    authors = [each.text or "" for each in inner if local(each.tag) == "author"]
    found = 0
    for each in inner:
        if local(each.tag) != "comment" or found >= MOST_COMMENTS:
            continue
        place, number = place_of(each.get("ref", "")), each.get("authorId", "")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        text = "".join(part.text or "" for part in each.iter() if local(part.tag) == "t").strip()
        if place is not None and text and author != ours:
            found += 1
            yield (*place, _without_author(text, author)[:LONGEST_SHOWN])


def place_of(address: str) -> tuple[int, int] | None:
    """Return (row, column) of an address such as B7, from 0; None where it is none."""
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found[2]) < 1:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _without_author(text: str, author: str) -> str:
    """Return a comment without the name that Excel writes above it."""
    rest = text[len(author) :].lstrip() if author and text.startswith(author) else ""
    return rest[1:].lstrip() if rest[:1] in (":", "：") and rest[1:].strip() else text


def _mentions_strike(stream: IO[bytes]) -> bool:
    last = b""
    while block := stream.read(1 << 20):
        if b"strike" in last + block:
            return True
        last = block[-8:]
    return False


def _partly_struck(text: ElementTree.Element) -> bool:
    """Say whether a run of a text that shows something is struck out."""
    return any(
        local(run.tag) == "r"
        and any(local(part.tag) == "rPr" and _struck(part) for part in run)
        and any(local(part.tag) == "t" and (part.text or "").strip() for part in run)
        for run in text
    )


def _struck(font: Iterable[ElementTree.Element]) -> bool:
    return any(local(each.tag) == "strike" and each.get("val", "1").lower() not in _OFF for each in font)


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2]
