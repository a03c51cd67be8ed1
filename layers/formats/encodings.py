"""Which encoding a file's text is in: what it says, strict UTF-8, GB18030, and then a question with a preview."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from layers.errors import Fault, InvalidParameter
from layers.text import Text

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# dBASE language drivers that name one code page for sure. 0x03 and 0x57 (Windows "ANSI") are left out: programs
# write them whatever the text really is.
LANGUAGE_DRIVERS = {
    0x4D: "gb18030",
    0x7A: "gb18030",
    0x4F: "big5",
    0x78: "big5",
    0x13: "cp932",
    0x7B: "cp932",
    0x4E: "cp949",
    0x79: "cp949",
    0x65: "cp866",
    0xC8: "cp1250",
    0xC9: "cp1251",
}
# GB18030 holds every character of the narrower Chinese encodings, which files often name instead.
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "hz": "hz"}
CANDIDATES = ("gb18030", "big5", "utf-8", "cp1252", "shift_jis")
PREVIEW_LENGTH = 24
SAMPLE_BYTES = 65536
PLAUSIBLE_SHARE = 0.8
CLEARLY_BETTER = 0.2
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
# GB2312's first level, the 3,755 characters of everyday Chinese, and its punctuation and full-width signs.
EVERYDAY = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1-\xa3][\xa1-\xfe]")
NOT_ASCII = re.compile(rb"[\x20-\x7e]{0,12}[\x80-\xff][\x20-\xff]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoding, where it was learned from (``named``, ``asked``, ``guessed``), and what to tell the user."""

    encoding: str
    source: str
    note: Text | None = None


def lookup(name: str) -> str | None:
    """Return Python's name of an encoding as users and `.cpg` files write it; None if there is none."""
    plain = name.strip().strip("\x00").lower()
    plain = re.sub(r"^(ansi|oem|ldid)[ /_-]*", "", plain)
    plain = {"88591": "iso-8859-1", "big-5": "big5", "utf8": "utf-8", "koi8r": "koi8-r"}.get(plain, plain)
    if plain.isdigit():
        plain = "utf-8" if plain == "65001" else f"cp{plain}"
    try:
        found = codecs.lookup(plain)
    except (LookupError, ValueError):
        return None
    # Codecs such as "zip" or "rot13" are no encodings of text.
    return WIDER.get(found.name, found.name) if found._is_text_encoding else None


def asked(name: str) -> Choice:
    """Return the encoding that the user asked for; InvalidParameter if Python has none of that name."""
    found = lookup(name)
    if found is None:
        where = {"parameter": "encoding", "value": name}
        raise InvalidParameter(Fault(Text("formats.encoding-unknown"), where))
    return Choice(found, "asked")


def guess(chunks: Iterable[bytes], encoding: str | None = None, named: str | None = None) -> Choice:
    """Choose the encoding of a text.

    Parameters
    ----------
    chunks : iterable of bytes
        The whole text in pieces.
    encoding : str, optional
        What the user asked for; it wins.
    named : str, optional
        What the file names (a byte-order mark, `.cpg`, the language driver), already a Python name. A name is only a
        label: where the text reads clearly better in UTF-8 or GB18030, it is read so, and that is said.

    Raises
    ------
    InvalidParameter
        No encoding fits; the fault shows how the candidates would look.
    """
    if encoding is not None:
        return asked(encoding)
    tries = [name for name in (named, "utf-8", "gb18030") if name]
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in tries}
    sample = bytearray()
    for chunk in chunks:
        if len(sample) < SAMPLE_BYTES:
            sample += b"\n".join(NOT_ASCII.findall(chunk))[:SAMPLE_BYTES]
        _drop_failing(decoders, chunk, final=False)
    _drop_failing(decoders, b"", final=True)
    if named and named in decoders:
        better = _better(bytes(sample), named, decoders)
        if better is None:
            return Choice(named, "named")
        shown = (_preview(bytes(sample), each) for each in (named, better))
        said = {"named": named, "encoding": better.upper()} | dict(zip(("garbled", "right"), shown, strict=True))
        return Choice(better, "guessed", Text("formats.encoding-distrusted", **said))
    if not sample:
        return Choice("utf-8", "guessed")
    for name in ("utf-8", "gb18030"):
        if name in decoders and (name == "utf-8" or _plausible_chinese(bytes(sample))):
            key = "formats.encoding-wrong" if named else "formats.encoding-guessed"
            note = Text(key, encoding=name.upper(), **({"named": named} if named else {}))
            return Choice(name, "guessed", None if name == "utf-8" and not named else note)
    raise _unclear(bytes(sample))


def does_not_fit(encoding: str) -> InvalidParameter:
    """Return the refusal for a text that is not in the encoding that was asked for."""
    where = {"parameter": "encoding", "value": encoding}
    return InvalidParameter(Fault(Text("formats.encoding-does-not-fit"), where))


def mark(start: bytes) -> str | None:
    """Return the encoding that a byte-order mark names, or that zero bytes betray; None without either."""
    for signature, name in BYTE_ORDER_MARKS:
        if start.startswith(signature):
            return name
    first, second = start[:200:2], start[1:200:2]
    if second.count(0) * 3 > len(second) and not first.count(0):
        return "utf-16-le"
    return "utf-16-be" if first.count(0) * 3 > len(first) and not second.count(0) else None


def _drop_failing(decoders: dict[str, codecs.IncrementalDecoder], chunk: bytes, final: bool) -> None:
    for name, decoder in list(decoders.items()):
        try:
            decoder.decode(chunk, final)
        except UnicodeDecodeError:
            del decoders[name]


def _better(sample: bytes, named: str, decoders: Mapping[str, object]) -> str | None:
    """Return the encoding in which a text reads clearly better than in the one that it names, or None.

    Nearly any bytes can be read in a code page of single bytes, and much UTF-8 is valid GBK. What is strict UTF-8 with
    Chinese characters, or everyday Chinese in GB18030 and nothing of the kind as named, is that.
    """
    if named in UNICODE or not sample:
        return None
    if "utf-8" in decoders and (_single_bytes(named) or _familiar(sample, "utf-8") >= PLAUSIBLE_SHARE):
        return "utf-8"
    if named == "gb18030" or "gb18030" not in decoders:
        return None
    chinese, as_named = _familiar(sample, "gb18030"), 0.0 if _single_bytes(named) else _familiar(sample, named)
    return "gb18030" if chinese >= max(PLAUSIBLE_SHARE, as_named + CLEARLY_BETTER) else None


def _single_bytes(encoding: str) -> bool:
    """Say whether an encoding has one byte for each character, so that nearly every text is valid in it."""
    every = bytes(range(0x21, 0x7F)) + bytes(range(0xA1, 0xFF))
    return len(every.decode(encoding, "replace")) == len(every)


def _familiar(sample: bytes, encoding: str) -> float:
    """Return the share of a text's characters beyond ASCII that are everyday Chinese, kana or Korean."""
    characters = [each for each in sample.decode(encoding, "ignore") if each > "\x7f"]
    return sum(map(_everyday, characters)) / max(1, len(characters))


def _everyday(character: str) -> bool:
    if "\u3040" <= character <= "\u30ff" or "\uac00" <= character <= "\ud7a3":
        return True
    simplified, traditional = character.encode("gb2312", "ignore"), character.encode("big5", "ignore")
    return bool(EVERYDAY.fullmatch(simplified)) or 0xA4 <= (traditional[0] if traditional else 0) <= 0xC6


def _plausible_chinese(sample: bytes) -> bool:
    """Say whether most characters are among GB2312's 6,763: nearly any bytes are valid GB18030 by accident."""
    characters = [each for each in sample.decode("gb18030", "ignore") if each > "\x7f"]
    common = sum(_in_gb2312(each) for each in characters)
    return not characters or common >= PLAUSIBLE_SHARE * len(characters)


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _unclear(sample: bytes) -> InvalidParameter:
    previews = [f"{name}: {_preview(sample, name)}" for name in CANDIDATES]
    return InvalidParameter(Fault(Text("formats.encoding-unclear", previews=previews), {"parameter": "encoding"}))


def _preview(sample: bytes, encoding: str) -> str:
    """Show how the first text would look in an encoding."""
    return sample.split(b"\n")[0][:80].decode(encoding, "replace")[:PREVIEW_LENGTH]
