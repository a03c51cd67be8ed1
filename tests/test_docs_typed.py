"""What two how-to pages print is typed as it stands, in order, at the demo district.

Commands are typed at the command line, by curl and in Python.
The Chinese page prints the same, so that one of the two is typed.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import DEMO
from layers.cli.root import Session, root
from layers.settings import Settings
from layers.store import open_store
from layers.usecases.edits.demo import load_demo
from tests import town
from tests.live import serving
from tests.test_docs import FENCED, ROOT

HOWTO = ROOT / "docs" / "howto"
HERE = "http://127.0.0.1:5000/api/"
TYPED = ("sh", "python")
Typed = list[tuple[str, str]]


def typed(page: str) -> Typed:
    """Return what a page prints to be typed: language and text, each command of a block by itself."""
    found: Typed = []
    for language, body in FENCED.findall((HOWTO / page).read_text("utf-8")):
        if language == "python":
            found.append((language, body))
        elif language == "sh":
            found += [("sh", line) for line in body.replace("\\\n", " ").splitlines() if line.strip()]
    return found


@pytest.mark.parametrize("page", ["api", "scenarios"])
def test_both_languages_print_the_same(page: str) -> None:
    english, chinese = sorted(HOWTO.glob(f"{page}.*md"))
    assert typed(english.name) == typed(chinese.name) != []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("typed") / "gridmap.gpkg"
    store = open_store(workspace)
    load_demo(store, DEMO, town.NOON)
    store.close()
    return workspace


@pytest.fixture
def type_it(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Type a command in the house, on a copy of the demo district; what it writes lands elsewhere."""
    shutil.copy(demo, tmp_path / "w.gpkg")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> str:
        _, _, arguments = line.partition("python app.py ")
        given = ["-w", str(tmp_path / "w.gpkg"), "--lang", "en", *shlex.split(arguments)]
        done = CliRunner().invoke(root, given, obj=Session(Settings(), lambda *_: None))
        assert done.exit_code == 0, (line, done.output, done.exception)
        return done.output

    return run


def test_scenarios(type_it: Callable[[str], str], tmp_path: Path) -> None:
    said = {line: type_it(line) for _, line in typed("scenarios.md")}
    begins = {line.partition("python app.py ")[2].split(" --")[0]: output for line, output in said.items()}
    assert "2 new" in begins["import scenario-measures docs/examples/measures.geojson"]
    assert "滨江步行桥" in begins["scenarios"]
    (compared,) = [output for line, output in said.items() if "service-coverage --scenario" in line]
    assert re.search(r'"newly_covered": [1-9]', compared)
    assert "`revert 3` undoes it" in begins["adopt-scenario 滨江步行桥"]
    asked = json.loads((tmp_path / "reach.json").read_text("utf-8"))
    assert asked["areas"]["features"] and "summary" in json.loads((tmp_path / "coverage.json").read_text("utf-8"))


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("ogrinfo")), reason="curl or ogrinfo is not installed")
def test_programs(type_it: Callable[[str], str], tmp_path: Path) -> None:
    pytest.importorskip("owslib")
    seen: list[dict] = []
    with serving(tmp_path / "w.gpkg") as live:
        for language, text in typed("api.md"):
            here = text.replace(HERE, live.url)
            if language == "python":
                exec(compile(here, "api.md", "exec"), {})
            elif "python app.py" in here:
                type_it(here)
            else:
                done = subprocess.run(shlex.split(here), capture_output=True, text=True, cwd=tmp_path, timeout=60)
                assert done.returncode == 0, (text, done.stderr)
                assert "/problems/" not in done.stdout, (text, done.stdout)
                seen += [json.loads(done.stdout)] if done.stdout.startswith("{") else []
        past = [change.after for _, change in live.store.feature_history("managers", "M001")]
    assert [each and each.properties["name"] for each in past] == [None, "诚信物业集团", "诚信物业有限公司", "诚信物业"]
    assert (tmp_path / "big.xlsx").exists() and (tmp_path / "big.gpkg").read_bytes().startswith(b"SQLite")
