"""The docs are true: the reference is what the program says, links lead somewhere, commands run, examples work."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import openpyxl
import pytest

from docs import generate
from docs.examples import make
from layers.analyses.registry import analyses, decode, silent
from layers.catalogue import CATALOG, COMMON, catalogue, load
from layers.cli.analysing import _parameters
from layers.cli.root import root
from layers.errors import GridmapError
from layers.settings import PREFIX, Settings
from layers.store.protocol import Store
from tests import town

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
REFERENCE = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs" / "reference").glob("*.md"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page that are in a language."""
    return [body for found, body in FENCED.findall(path.read_text("utf-8")) if found == language]


def commands(path: Path) -> list[str]:
    """Return every gridmap command line that a page shows, with its arguments only."""
    lines = "\n".join([*blocks(path, "sh"), *blocks(path, "text")]).splitlines()
    lines = [line.removeprefix("$ ").partition(" && ")[2] or line.removeprefix("$ ") for line in lines]
    found = (re.search(r"^(?:gridmap|(?:.*[\s/])?python app\.py)( .*|)$", line) for line in lines)
    return [re.split(r"\s#\s", each[1])[0].strip() for each in found if each]


def test_code_cites_pages_of_the_repository_alone() -> None:
    """A rule that a comment leans on can be read by whoever has the code."""
    tops = ("geo", "layers", "web", "static/js", "data", "docs", "tests")
    files = [path for top in tops for path in (ROOT / top).rglob("*.*") if "node_modules" not in path.parts]
    pages = [name(path) for path in {*PAGES, *files} if path.suffix == ".md"]
    code = [path for path in files if path.suffix in (".py", ".js", ".toml", ".html")]
    cited = re.compile(r"(?<![\w*{./-])(?:[\w-]+/)*[\w.-]+\.md\b")
    strange = {
        (name(path), each)
        for path in code
        for each in cited.findall(path.read_text("utf-8"))
        if not any(f"/{page}".endswith(f"/{each}") for page in pages)
    }
    assert strange == set()
    assert [name(path) for path in code if "DOM" + "AIN" in path.read_text("utf-8")] == []


class TestReference:
    def test_it_is_what_the_program_says(self) -> None:
        """Run `python -m docs.generate` and commit what it writes; what was measured is written by hand."""
        written = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}
        measured = written.pop("reliability.md")
        for name in ("proposals.md", "performance.md"):  # written by benches
            written.pop(name)
        assert written == generate.pages()
        for script in (ROOT / "tests" / "load").glob("*.py"):
            if "def main(" in script.read_text("utf-8"):
                assert f"python -m tests.load.{script.stem}" in measured

    def test_nothing_is_undocumented(self) -> None:
        expected = {f"`{PREFIX}{field.upper()}`" for field in Settings.__dataclass_fields__}
        expected |= {f"## {command}" for command in root.commands}
        expected |= {f"`{each}`" for command in root.commands.values() for parameter in command.params
                     if isinstance(parameter, click.Option) for each in parameter.opts}  # fmt: skip
        expected |= {f"## {layer.id} · {layer.label.zh}" for layer in catalogue()}
        expected |= {f"| `{field.name}` | {field.label.zh} · " for layer in catalogue() for field in layer.fields}
        expected |= {f"## {each} · " for each in analyses()}
        expected |= {
            f"`{each}`" for analysis in analyses().values() for each in analysis.Inputs.__struct_encode_fields__
        }
        expected |= {f"## {each.slug}\n" for each in GridmapError.__subclasses__()}
        assert [each for each in sorted(expected) if each not in REFERENCE] == []

    def test_every_defect_that_is_looked_for_is_explained(self) -> None:
        source = (ROOT / "layers" / "analyses" / "data_quality.py").read_text("utf-8")
        kinds = set(re.findall(r'_found\(\s*"([a-z-]+)"', source)) | set(re.findall(r'columns\["([a-z-]+)"\]', source))
        page = (ROOT / "docs" / "howto" / "data-quality.md").read_text("utf-8")
        assert len(kinds) >= 10
        assert [kind for kind in sorted(kinds) if f"`{kind}`" not in page] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    text = FENCED.sub("", path.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as Markdown readers make them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w（） -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", [path for path in PAGES if commands(path)], ids=name)
def test_command_lines_are_understood(path: Path) -> None:
    for line in commands(path):
        if "LAYER" in line or "…" in line:
            continue
        arguments = shlex.split(line)
        with root.make_context("gridmap", list(arguments), obj=None) as context:
            rest = [*context._protected_args, *context.args]
        if not rest:
            continue
        chosen, *rest = rest
        assert chosen in root.commands, line
        if (
            chosen == "import"
        ):  # whose layers are checked when it runs; the example layers of CONTRIBUTING are not there
            assert rest[0] in (*catalogue().ids(), "ledger", "auto", "parks"), line
        with root.commands[chosen].make_context(chosen, rest, parent=context) as given:
            if chosen == "run" and given.params["analysis"] in analyses():
                parameters = _parameters(given.params["given"])
                parameters.pop("o", None)
                decode(analyses()[given.params["analysis"]], parameters, town.DAY, lax=True)


def test_the_readme_and_the_checks_run_the_same_command() -> None:
    line = 'pip install -e ".[test]" && python -m pytest'
    for page in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md"):
        assert any(line == each.strip() for each in blocks(ROOT / page, "sh")), page
    assert re.search(
        r'pip install (-q )?-e "\.\[test\]" && python -m pytest', (ROOT / ".ci" / "run").read_text("utf-8")
    )


@pytest.fixture(scope="module", params=["tutorial.md", "tutorial.zh-CN.md"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Type the commands of a tutorial that need no file of the reader's; return command → what it says."""
    from click.testing import CliRunner

    from app import DEMO
    from layers.cli.root import Session
    from layers.store import open_store
    from layers.usecases.edits.demo import load_demo

    workspace = tmp_path_factory.mktemp("tutorial") / "gridmap.gpkg"
    store = open_store(workspace)
    load_demo(store, DEMO, town.NOON)
    store.close()
    said = {}
    for line in commands(ROOT / "docs" / request.param):
        arguments = shlex.split(line)
        if not arguments or "-o" in arguments:
            continue
        language = () if "--lang" in arguments else ("--lang", "zh")
        arguments = [str(ROOT / each) if each.startswith("docs/") else each for each in arguments]
        done = CliRunner().invoke(root, ["-w", str(workspace), *language, *arguments], obj=Session(Settings(), None))
        assert done.exit_code == 0, (line, done.output, done.exception)
        said[line.replace("--lang en ", "")] = done.output
    (shown,) = blocks(ROOT / "docs" / request.param, "text")
    return {**said, "shown": shown}


def test_the_example_files_are_what_their_maker_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `python -m docs.examples.make` and commit what it writes."""
    committed = make.HERE
    monkeypatch.setattr(make, "HERE", tmp_path)
    make.main()
    for file in ("communities.geojson", "buildings.geojson", "stations.csv"):
        assert (tmp_path / file).read_text("utf-8") == (committed / file).read_text("utf-8")
    books = [openpyxl.load_workbook(folder / "ledger.xlsx").active for folder in (tmp_path, committed)]
    assert list(books[0].values) == list(books[1].values)


class TestTutorial:
    """Both tutorials, their own-files part, as a reader would type it."""

    def test_the_dry_run_is_as_shown(self, said: dict[str, str]) -> None:
        assert said["import communities docs/examples/communities.geojson --dry-run"] == said["shown"]

    def test_eight_buildings_are_unmanaged_and_twelve_strictly(self, said: dict[str, str]) -> None:
        broad = said["run unmanaged-buildings --as-of 2025-02-06"]
        strict = said["run unmanaged-buildings --as-of 2025-02-06 --basis strict"]
        assert ('"buildings": 8,' in broad, '"households": 208,' in broad) == (True, True)
        assert '"buildings": 12,' in strict

    def test_coverage(self, said: dict[str, str]) -> None:
        lines = said["run coverage --as-of 2025-02-06"]
        for figure in ('"managed": 15,', '"known": 23,', '"coverage": 0.6521', '"lower": 0.625,', '"upper": 0.6666'):
            assert figure in lines

    def test_the_last_import_is_undone(self, said: dict[str, str]) -> None:
        assert "6" in said["revert 5"]


@pytest.mark.parametrize("page", ["tutorial.md", "tutorial.zh-CN.md"])
def test_the_figures_of_the_demo_district(page: str, demo: Store) -> None:
    """After a change of the demo district the tutorial's figures and pictures are made anew."""
    chosen = analyses()["unmanaged-buildings"]
    summary = chosen.run(demo, decode(chosen, {"as_of": "2026-06-30"}, town.DAY, lax=True), silent)["summary"]
    text = (ROOT / "docs" / page).read_text("utf-8").replace(",", "")
    for figure in (summary["buildings"], summary["households"], summary["known"], summary["unknown"]):
        assert re.search(rf"\b{figure}\b", text, re.ASCII), figure


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace with the demo district."""
    from app import DEMO
    from layers.store import open_store
    from layers.usecases.edits.demo import load_demo

    store = open_store(tmp_path_factory.mktemp("demo") / "gridmap.gpkg")
    load_demo(store, DEMO, town.NOON)
    yield store
    store.close()


class TestContributing:
    """The walked-through examples of a layer, an analysis and a format; `test_recipes` follows the others."""

    PAGE = ROOT / "CONTRIBUTING.md"

    @pytest.fixture
    def modules(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ModuleType]:
        """The page's first Python blocks as modules."""
        first = blocks(self.PAGE, "python")[:3]
        names = [f"contributing_{place}" for place, _ in enumerate(first)]
        for each, body in zip(names, first, strict=True):
            (tmp_path / f"{each}.py").write_text(body, "utf-8")
            monkeypatch.delitem(sys.modules, each, raising=False)
        monkeypatch.syspath_prepend(str(tmp_path))
        return [importlib.import_module(each) for each in names]

    def test_add_a_layer(self, tmp_path: Path) -> None:
        for file in CATALOG.glob("*.toml"):
            (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
        (tmp_path / "parks.toml").write_text(blocks(self.PAGE, "toml")[0], "utf-8")
        parks = load(tmp_path).layer("parks")
        assert (parks.label.zh, parks.field("area_m2").unit) == ("公园绿地", "㎡")
        assert (tmp_path / COMMON).exists() and parks.field("valid_from").type == "date"

    def test_add_an_analysis(self, modules: list[ModuleType], small_town: Store) -> None:
        analysis = modules[0].ANALYSIS
        outputs = analysis.run(small_town, decode(analysis, {"as_of": "2026-12-01"}, town.DAY, lax=True), silent)
        assert list(outputs["rows"]["code"]) == ["RA"]
        assert list(outputs["rows"]["days_left"]) == [30]

    def test_add_a_format(self, modules: list[ModuleType], small_town: Store, tmp_path: Path) -> None:
        from layers.formats.export import prepare
        from layers.formats.writing import WriteOptions

        frame = small_town.read("buildings").drop(columns="version")
        export = prepare(catalogue().layer("buildings"), frame, WriteOptions())
        target = tmp_path / "buildings.geojsonl"
        assert modules[1].write(export, target, WriteOptions()) == []
        assert len(target.read_text("utf-8").splitlines()) == 10
        assert callable(modules[2].read)
