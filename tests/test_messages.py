"""Every message in both languages, every key that the code uses defined, every defined key used."""

from __future__ import annotations

import re
import string
from pathlib import Path

import numpy as np

from layers import errors
from layers.analyses.registry import analyses
from layers.proposals.kinds import kinds
from layers.text import LANGUAGES, MESSAGES, Text, words

ROOT = Path(__file__).parent.parent
SOURCES = [ROOT / "app.py", *(path for room in ("layers", "web") for path in (ROOT / room).rglob("*.py"))]
SOURCES += [
    path for folder in ("web", "static/js") for path in (ROOT / folder).rglob("*") if path.suffix in (".html", ".js")
]
EXAMPLES = {"经度,纬度", "岗位@社区编码", "数据导入", "岗位", "未打包楼栋", "行政村"}  # quoted, and no wish
CODE = "\n".join(path.read_text("utf-8") for path in SOURCES)


def test_a_message_says_the_same_in_both_languages() -> None:
    halves = [key for key, message in words().items() if set(message) != set(LANGUAGES)]
    assert halves == []
    unlike = [key for key, message in words().items()
              if set(_placeholders(message["zh"])) != set(_placeholders(message["en"]))]  # fmt: skip
    assert unlike == []
    assert len(words()) > 1_000


def _placeholders(template: str) -> list[str]:
    """Return what a sentence shows; English alone has words that follow a number (`{n:one|more}`)."""
    return [name for _, name, form, _ in string.Formatter().parse(template) if name and "|" not in (form or "")]


def test_every_key_that_the_code_uses_is_defined() -> None:
    used = set(re.findall(r"""Text\(\s*["']([a-z]+\.[a-z0-9-]+)["']""", CODE))
    assert used - set(words()) == set()
    assert len(used) > 50


def test_every_defined_message_is_used() -> None:
    """A key is used whole, or is made from a beginning such as f"analyses.reason-{code}"."""
    beginnings = tuple(set(re.findall(r"""f["']([a-z]+\.[a-z0-9-]*)\{""", CODE)))
    unused = [
        key for key in words() if f'"{key}"' not in CODE and f"'{key}'" not in CODE and not key.startswith(beginnings)
    ]
    assert unused == []


def test_every_kind_of_refusal_has_a_title() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.GridmapError)]
    assert len(kinds) >= 14
    for kind in kinds:
        assert kind().title("zh") != kind().title("en")


def test_values_are_said_in_the_same_language() -> None:
    inner = Text("where.row", value=3)
    assert Text("where.value", value=[inner, "x"]).say("en") == "value row 3, x"
    assert Text("where.value", value=[inner, "x"]).say("zh") == "值“第 3 行、x”"


def test_messages_stand_in_one_file_a_room() -> None:
    for path in MESSAGES.glob("*.toml"):
        rooms = set(re.findall(r'^\["([a-z]+)\.', path.read_text("utf-8"), flags=re.MULTILINE))
        assert rooms <= {path.stem, "where"}, path.name


def test_what_is_one_of_its_kind_is_said_in_the_singular() -> None:
    said = [Text("site.js-more-rows", shown=1, n=count).say("en") for count in (0, 1, "1", 2)]
    assert [each.split(" shown")[0] for each in said] == [
        "The first 1 of 0 rows are", "The first 1 of 1 row is", "The first 1 of 1 row is", "The first 1 of 2 rows are",
    ]  # fmt: skip


COUNTED = (
    "areas arrangements bundles buildings candidates cells centres characters columns communities courtyards edges "
    "edits entries features files grids households jobs pairs parts people pieces places points records roads rows "
    "sheets shapes stations targets units villages vertices"
)  # fmt: skip
NO_COUNTS = {"{row} numbers"}


def test_whatever_is_counted_has_a_singular() -> None:
    """“1 buildings” is what a user sees of a template that does not count."""
    plural = "|".join(COUNTED.split())
    wrong = [
        (key, found)
        for key, message in words().items()
        for found in re.findall(rf"\{{(?!row|sheet)\w+(?::,)?\}} (?:{plural})\b", message["en"])
        if found not in NO_COUNTS
    ]
    assert wrong == []


def test_thousands_are_marked_in_both_languages_and_words_stand_as_they_are() -> None:
    given = {"courtyards": ["甲院"], "high": 1200}
    one, many, unknown = (Text("proposals.binds-courtyard", households=each, **given) for each in (1, 12_345, "?"))
    assert many.say("zh") == "小区 甲院 共 12,345 户且不得切开，超过每网格上限 1,200 户"
    assert "have 12,345 households and" in many.say("en") and "have 1 household and" in one.say("en")
    assert "have ? households" in unknown.say("en")
    numpy = Text("proposals.binds-courtyard", households=np.int64(1000), **given)
    assert numpy.say("zh").startswith("小区 甲院 共 1,000 户")


def test_what_a_proposal_answers_names_its_wishes_as_the_form_does() -> None:
    """“每格最多户数” and not `households_max`: who asked by the form never saw the name that a program writes."""
    names = {name for each in analyses().values() if each.id in kinds() for name in each.Inputs.__struct_fields__}
    rooms = ("bundles.", "crossings.", "posts.", "proposals.")
    raw = [
        (key, name)
        for key, message in words().items()
        if key.startswith(rooms)
        for language, template in message.items()
        for name in names
        if ("_" in name or language == "zh")
        and re.search(rf"(?<![\w-]){name}(?![\w-])", re.sub(r"\{.*?\}", "", template), re.ASCII)
    ]
    assert "households_max" in names and raw == []
    forms = [key for key in words() if key.startswith("proposing.") and re.search(r"(name|choice)-", key)]
    for language in LANGUAGES:
        labels = [words()[key][language] for key in forms]
        labels += [label.say(language) for id in kinds() for label in analyses()[id].labels.values()]
        said = " ".join(message[language] for key, message in words().items() if key.startswith(rooms))
        quoted = {each for each in re.findall("“(.+?)”", said) if "{" not in each} - EXAMPLES
        assert {each for each in quoted if not any(label.startswith(each) for label in labels)} == set()
