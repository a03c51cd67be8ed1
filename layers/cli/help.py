"""What the command line says of itself in the reader's language: its help, and what click refuses.

English stands where a command is declared, as click has it; `help.zh.toml` has the Chinese of each text.
"""

from __future__ import annotations

import copy
import inspect
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import click

from layers.text import Text

CHINESE = Path(__file__).parent / "help.zh.toml"
USAGE = "用法："
WIDEST = 34  # columns of the first of two columns; what is longer has a line of its own
# What click says of an option beside its help.
BESIDE = ((re.compile(r"\[default: "), "[默认："), (re.compile(r"\brequired\]"), "必填]"))
# What click says of a command line that it cannot read, and our message for it.
REFUSALS = (
    (r"No such option:? ?'?(?P<name>-[^' .]+)'?\.?.*", "cli.no-option"),
    (r"Option '?(?P<name>-[^' ]+)'? requires (?:an argument|\d+ arguments)\.", "cli.needs-value"),
    (r"Option '?(?P<name>-[^' ]+)'? does not take a value\.", "cli.takes-no-value"),
    (r"Missing \w+ (?P<what>'.+?')\..*", "cli.missing"),
    (r"Got unexpected extra arguments? \((?P<given>.*)\)", "cli.too-many"),
    (r"Invalid value(?: for (?P<what>.+?))?: (?P<why>.*)", "cli.not-understood"),
    (r"'?(?P<value>.*?)'? is not one of (?P<known>.*)\.", "cli.not-one-of"),
    (r"'?(?P<value>.*?)'? is not a valid \w+(?: range)?\.", "cli.not-a-number"),
    (r"(?P<value>.*) is not in the range (?P<range>.*)\.", "cli.out-of-range"),
)


class ChineseFormatter(click.HelpFormatter):
    """Help in Chinese: its headings, and lines broken by columns, of which a character may take two."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        super().write_usage(prog, args, USAGE)

    def write_heading(self, heading: str) -> None:
        """Write a heading of click's."""
        self.write(f"{'':>{self.current_indent}}{chinese(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        indent = " " * self.current_indent
        paragraphs = text.split("\n\n")
        for n, each in enumerate(paragraphs):
            self.write("\n" if n else "")
            for line in broken(each, self.width - self.current_indent - 2):
                self.write(f"{indent}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = WIDEST, col_spacing: int = 2) -> None:
        """Write two columns: options or commands, and what they mean."""
        rows = list(rows)
        first = min(max(columns(name) for name, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for name, said in rows:
            lines = list(broken(_beside(chinese(said)), max(self.width - self.current_indent - first - 2, 20))) or [""]
            short = columns(name) <= first - col_spacing
            self.write(f"{indent}{name}" + (" " * (first - columns(name)) + lines.pop(0) if short else "") + "\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")


class ChineseContext(click.Context):
    """A context whose help is in Chinese."""

    formatter_class = ChineseFormatter


def in_language(command: click.Command, language: str) -> click.Command:
    """Return a command whose help is in a language: itself in English, else a copy."""
    if language == "en":
        return command
    said = copy.copy(command)
    said.context_class = ChineseContext
    said.help = chinese(command.help or "")
    said.short_help = said.help.split("\n")[0].split("。")[0]
    said.params = [_parameter(each) for each in command.params]
    return said


def chinese(text: str) -> str:
    """Return a text of click's or ours in Chinese, paragraph by paragraph; what `help.zh.toml` has not stays."""
    known = _known()
    return "\n\n".join(_translated(each, known) for each in _paragraphs(text))


def refusal(error: click.ClickException, language: str) -> str:
    """Return what click refuses, in a language."""
    said = error.format_message()
    return said if language == "en" else _refused(said, getattr(error, "possibilities", None) or ())


def broken(text: str, width: int) -> Iterator[str]:
    """Break a text into lines of so many columns, between words and beside Chinese characters.

    A mark that ends a clause begins no line: it may stand two columns beyond.
    """
    line = ""
    for piece in re.findall(r"\s+|[\u2e80-\uffef]|[^\s\u2e80-\uffef]+", text.strip()):
        closing = piece in "，。；：、）”》！？"
        if line and not closing and columns(line) + columns(piece) > width:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line:
        yield line.rstrip()


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return tomllib.loads(CHINESE.read_text("utf-8"))


def _paragraphs(text: str) -> list[str]:
    return [" ".join(each.split()) for each in inspect.cleandoc(text).split("\n\n")]


def _translated(text: str, known: dict[str, str]) -> str:
    """Return a text in Chinese, though click put values in brackets after it."""
    plain, bracket, beside = text.partition("  [")
    if text in known or not bracket:
        return known.get(text, text)
    return f"{known.get(plain, plain)} [{beside}"


def _beside(text: str) -> str:
    for pattern, word in BESIDE:
        text = pattern.sub(word, text)
    return text


def _parameter(given: click.Parameter) -> click.Parameter:
    if not isinstance(given, click.Option) or not given.help:
        return given
    said = copy.copy(given)
    said.help = chinese(given.help)
    return said


def _refused(said: str, possibilities: Iterable[str]) -> str:
    """Return a message of click's in Chinese; one that is not known stays as it is."""
    for pattern, key in REFUSALS:
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found:
            given = {name: value or "" for name, value in found.groupdict().items()}
            if "why" in given:
                given["why"] = _refused(given["why"], ())
            known = Text("cli.did-you-mean", known=sorted(possibilities)).say("zh") if possibilities else ""
            return Text(key, **given).say("zh") + known
    return said
