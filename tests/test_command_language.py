"""The command line speaks the reader's language: its help, and what it refuses before a command runs."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterator

import click
import pytest

from layers.cli.help import CHINESE, broken, columns
from layers.cli.root import COMMANDS, root
from tests.conftest import Command

BY_CLICK = {"Options", "Commands", "Positional arguments", "Show this message and exit."}
REFUSED = [
    ("impotr x", "没有命令 impotr；可用的有：import", "There is no command impotr; there are: import"),
    ("import", "缺少 'LAYER'", "Missing argument 'LAYER'."),
    ("plan-from x.geojson", "缺少 '--community'", "Missing option '--community'."),
    ("import roads x --layer y", "没有选项 --layer", "No such option"),
    ("check --outpu x", "没有选项 --outpu；是否应为：--output？", "No such option"),
    ("check a b", "多余的参数：a b", "Got unexpected extra arguments (a b)"),
    ("serve --port", "选项 --port 后面缺少值", "Option '--port' requires an argument."),
    ("serve --port x", "'--port'：x 不是数", "'x' is not a valid integer"),
    ("serve --port 70000", "'--port'：70000 超出范围 0<=x<=65535", "70000 is not in the range"),
    ("export houses x.csv", "houses 不在可选之列：'districts', 'streets'", "'houses' is not one of 'districts'"),
    ("export buildings x.csv --as-of soon", "'--as-of'：soon 不是日期", "soon"),
    ("import-osm nowhere.osm", "没有文件 nowhere.osm", "there is no file nowhere.osm"),
]


def english_texts(command: click.Command) -> Iterator[str]:
    """Yield what a command says in English, paragraph by paragraph."""
    for each in (command.help, *(each.help for each in command.params if isinstance(each, click.Option))):
        for paragraph in inspect.cleandoc(each or "").split("\n\n"):
            if paragraph:
                yield " ".join(paragraph.split())


def test_every_text_of_help_has_its_chinese_and_nothing_else_has() -> None:
    commands = [root, *(root.commands[name] for name in COMMANDS)]
    said = {text for each in commands for text in english_texts(each)} | BY_CLICK
    assert set(tomllib.loads(CHINESE.read_text("utf-8"))) == said


@pytest.mark.parametrize("asked", ["", *COMMANDS])
def test_help_is_chinese_or_english_throughout(cli: Command, asked: str) -> None:
    code, chinese, _ = cli("--lang", "zh", *asked.split(), "--help")
    assert code == 0 and "用法：gridmap" in chinese
    for english in ("Usage", "Options", "Show this", "default:", "required", "Commands"):
        assert english not in chinese
    assert asked == "run" or max(map(columns, chinese.splitlines())) <= 80
    code, english, _ = cli("--lang", "en", *asked.split(), "--help")
    assert code == 0 and english.startswith("Usage: gridmap")
    assert asked == "run" or english.isascii() or set(english) - set(map(chr, range(128))) <= set("…©截至“”")


@pytest.mark.parametrize(("line", "chinese", "english"), REFUSED)
def test_a_command_line_that_is_not_understood(cli: Command, line: str, chinese: str, english: str) -> None:
    for language, expected in (("zh", chinese), ("en", english)):
        code, out, said = cli("--lang", language, *line.split())
        assert (code, out) == (2, "")
        assert said.startswith("gridmap: ") and said.count("\n") == 1
        assert expected in said


@pytest.mark.parametrize(("line", "expected"), [("--bogus", "没有选项 --bogus"), ("impotr", "没有命令 impotr")])
def test_settings_that_cannot_be_read_hide_no_other_mistake(
    cli: Command, monkeypatch: pytest.MonkeyPatch, line: str, expected: str
) -> None:
    monkeypatch.setenv("GRIDMAP_LANGUAGE", "xx")
    code, _, said = cli(line)
    assert code == 2 and said.count("\n") == 1 and expected in said
    assert cli("--help")[0] == 0
    code, _, said = cli("history")
    assert code == 2 and "GRIDMAP_LANGUAGE" in said


def test_lines_are_broken_by_columns_between_words_and_beside_characters() -> None:
    text = "楼栋 buildings 与网格，按编码比对：新增、变更。"
    lines = list(broken(text, 16))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= 16 + 2 for line in lines)  # a mark that ends a clause may stand beyond
    assert not any(line[0] in "，：、。" for line in lines)
