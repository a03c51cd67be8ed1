"""Print what the command line makes of every case at the desk: ``python -m tests.desk.cases_table FOLDER [CASE…]``.

FOLDER holds a folder for each case, and the communities and buildings of the office that each is imported into.
For each file: its exit code, SAME where its records equal those of the plain ledger, and the first words printed.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import app
from layers.store import open_store
from layers.store.protocol import Query

LEDGERS = (".xlsx", ".xls")
COMPARED = ("courtyards", "managers", "arrangements", "managed-areas")
OFFICE = ("communities", "buildings")
# Which layer a file is of, where its folder's name does not tell: ledgers begin with L, F, M or W.
LAYER_OF = {
    "L06d-联系电话/pub.csv": "managers",
    "F06-foreign-grids-repaired/kg.geojson": "grids",
    "F06-foreign-grids-repaired/kc.geojson": "communities",
    "F01-next-months-ledger/c.geojson": "communities",
    "F03-nobody-any-more/c.geojson": "communities",
    "T19-title-row/x.csv": "stations",
}
TOLD = {"C12-unknown-engineering": ["--crs", "EPSG:4549"]}


def _call(arguments: list[str]) -> tuple[int, list[str]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = app.main(arguments)
    return code, [line.strip() for line in out.getvalue().splitlines() if line.strip()]


def _facts(workspace: Path) -> dict[str, list[tuple]]:
    """Return what every record says but for what the workspace made up: ids, times, sources, codes."""
    with closing(open_store(workspace)) as store:
        facts = {}
        for layer in COMPARED:
            rows = store.page(layer, Query(), limit=100_000).features
            left_out = (
                "code",
                "source",
                "remark",
                "courtyard_codes",
                "managed_area",
                "manager",
                "survey_date",
                "updated_at",
            )
            facts[layer] = sorted(
                repr(sorted((k, str(v)) for k, v in each.properties.items() if k not in left_out and v is not None))
                for each in rows
            )
    return facts


def _layer_of(case: Path, file: Path) -> str:
    named = LAYER_OF.get(f"{case.name}/{file.name}")
    if named:
        return named
    return "ledger" if case.name[0] in "LFMW" and file.suffix in LEDGERS else "buildings"


def _tell(case: Path, office: Path, plain: dict[str, list[tuple]] | None) -> None:
    files = sorted(
        each
        for each in case.iterdir()
        if each.suffix in (*LEDGERS, ".csv", ".geojson", ".json", ".kml", ".gpkg", ".zip")
    )
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "w.gpkg"
        own = case.name.startswith(("F01", "F03", "F06"))
        if not own:
            shutil.copy(office, workspace)
        os.environ["GRIDMAP_WORKSPACE"] = str(workspace)
        for file in sorted(
            files, key=lambda each: (each.suffix in LEDGERS, _layer_of(case, each) != "communities", each.name)
        ):
            layer = _layer_of(case, file)
            told = ["--keep-demo", *TOLD.get(case.name, [])] + (["--only-sound"] if "only-sound" in case.name else [])
            code, lines = _call(["import", layer, str(file), *told])
            same = ""
            if plain is not None and layer == "ledger" and code == 0:
                facts = _facts(workspace)
                off = [name for name in COMPARED if facts[name] != plain[name]]
                same = " SAME" if not off else f" differs in {', '.join(off)}"
            print(f"## {case.name}/{file.name} → {layer}: exit {code}{same}")
            for line in lines[:14]:
                print("   ", line[:260])


def main(folder: Path, only: list[str]) -> None:
    """Print what becomes of the cases of a folder."""
    os.environ.setdefault("GRIDMAP_LANGUAGE", "en")
    with tempfile.TemporaryDirectory() as made:
        office, plain_office = Path(made) / "office.gpkg", Path(made) / "plain.gpkg"
        os.environ["GRIDMAP_WORKSPACE"] = str(office)
        for layer in OFFICE:
            _call(["import", layer, str(folder / f"{layer}.geojson")])
        plain = None
        if (folder / "L00-baseline").exists():
            shutil.copy(office, plain_office)
            os.environ["GRIDMAP_WORKSPACE"] = str(plain_office)
            _call(["import", "ledger", str(folder / "L00-baseline" / "ledger.xlsx")])
            plain = _facts(plain_office)
        for case in sorted(each for each in folder.iterdir() if each.is_dir()):
            if not only or any(case.name.startswith(each) for each in only):
                _tell(case, office, plain)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
