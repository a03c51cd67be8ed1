"""`import`: a file into a layer, or a ledger into several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layers.catalogue import catalogue
from layers.cli.root import DONE, REFUSED, Session, existing, tell_faults
from layers.collecting import seldom
from layers.errors import GridmapError, ImportRejected
from layers.text import Text

if TYPE_CHECKING:
    from layers.errors import Fault
    from layers.usecases.imports.tables import ImportOptions, ImportReport

LEDGER, AUTO = "ledger", "auto"
# What is said of one file and not of several.
OF_ONE = {"sheet": "--sheet", "columns": "--map", "values": "--value", "errors": "--errors", "dry_run": "--dry-run"}


@click.command("import")
@click.argument("layer", metavar="LAYER")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--crs", metavar="CRS", help="EPSG:4549, PROJ, gcj02, bd09, bd09mc, swapped; else what the file says.")
@click.option("--encoding", metavar="E", help="Of CSV and Shapefile; else found out and reported.")
@click.option("--sheet", metavar="S", help="Sheet of a workbook, or layer of a GeoPackage.")
@click.option("--map", "columns", multiple=True, metavar="FIELD=COLUMN", help="Which column a field is in; repeatable.")
@click.option("--value", "values", multiple=True, metavar="FIELD:WORD=CODE", help="What a word means; repeatable.")
@click.option("--as", "told", multiple=True, metavar="FILE=LAYER", help="What one of several files is; repeatable.")
@click.option("--confirm", "confirmed", is_flag=True, help="Write whatever looks absurd: every WHAT of --allow.")
@click.option("--dry-run", is_flag=True, help="Report what would happen; write nothing.")
@click.option("--only-sound", is_flag=True, help="Leave rows with faults out instead of refusing the file.")
@click.option(
    "--allow",
    multiple=True,
    metavar="WHAT",
    help="Write what looks absurd: moved, overwritten, outside, no-buildings, twice, no-contracts, part, dotted;"
    " repeatable.",
)
@click.option("--split-parts", is_flag=True, help="Make each part of a feature of several parts a feature of its own.")
@click.option("--keep-demo", is_flag=True, help="Keep the demo district beside the imported records.")
@click.option("--effective", metavar="DAY", help="From which day it holds (a ledger: from its 截至), or: correction.")
@click.option("--errors", metavar="FILE.xlsx", help="Write the file again with its faults marked.")
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
@click.pass_obj
@seldom()
def import_(
    session: Session, layer: str, files: tuple[str, ...], workspace: str | None, effective: str | None,
    **given: object,  # the options, each of the type that it is declared with
) -> int:
    """Import FILE into LAYER, or the everyday ledger (LAYER = ledger): one changeset or none.

    LAYER = auto finds out what each FILE is; several files are put in order and imported one after the other.

    Features are matched by code: new, changed, same, missing. Formats: geojson, gpkg, zip (Shapefile), csv, xlsx,
    xls, ods, fgb, parquet, kml.
    """
    if layer not in (LEDGER, AUTO) and layer not in catalogue():
        known = Text("imports.no-such-layer", layer=layer, known=[*catalogue().ids(), LEDGER, AUTO])
        raise click.UsageError(known.say(session.language))
    _require_one_file(session, layer, files, given)
    errors, told = given.pop("errors"), _told(session, given.pop("told"))
    if told and layer != AUTO:
        raise click.UsageError("--as: import auto FILE…")
    if errors is not None and not str(errors).lower().endswith(".xlsx"):
        raise click.UsageError("--errors: FILE.xlsx")
    from layers.formats import ABOUT
    from layers.usecases.edits.holding import effective_day  # now that the layer is one: it takes a while to load
    from layers.usecases.imports.ledger import import_ledger
    from layers.usecases.imports.tables import import_file

    day = effective_day(effective, session.today())
    options = replace(_options(given, session.settings.max_upload_mb), effective=day)
    # What an export wrote beside a CSV file says whose it is, and holds no records (`layers.formats.writers.beside`).
    paths = [existing(file) for file in files if file.removesuffix(ABOUT) not in files or not file.endswith(ABOUT)]
    if layer == AUTO or len(paths) > 1:
        return several(session.at(workspace), layer, paths, options, told)
    path = paths[0]
    store = session.at(workspace).open(create=True)
    try:
        if layer == LEDGER:
            done = import_ledger(store, path, options, session.author(), session.now())
        else:
            done = import_file(store, layer, path, options, session.author(), session.now())
    except GridmapError as error:
        if errors is not None and isinstance(error, ImportRejected):
            _give_back(session, list(error.faults), path, Path(str(errors)), options)
        raise
    finally:
        store.close()
    if errors is not None:
        _give_back(session, done.faults, path, Path(str(errors)), options)
    show(done, session.language, dry=options.dry_run)
    if options.only_sound and done.faults:
        tell_faults(done.faults, session.language)
        return REFUSED  # what was held back is not in
    return DONE


def _require_one_file(session: Session, layer: str, files: tuple[str, ...], given: dict[str, object]) -> None:
    """Refuse what can be said of one file only where there are several, or where it is not said what the file is."""
    said = [option for name, option in OF_ONE.items() if given[name]]
    if said and (layer == AUTO or len(files) > 1):
        raise click.UsageError(Text("cli.one-file-only", options=said).say(session.language))


def several(
    session: Session, layer: str, paths: list[Path], options: ImportOptions, told: dict[str, str] | None = None
) -> int:
    """Import files one after the other, each as a changeset of its own; stop at the first that is refused."""
    from layers.usecases.imports.together import in_order

    language, held_back = session.language, False
    store = session.open(create=True)
    try:
        turns = in_order(store, paths, options, session.now(), None if layer == AUTO else layer, told)
        for number, turn in enumerate(turns, start=1):
            said = Text("cli.file-in-turn", number=number, count=len(turns), file=turn.file.name, layer=turn.label())
            click.echo(said.say(language))
            try:
                done = turn.run(options, session.author(), session.now())
            except GridmapError:
                waiting = [each.file.name for each in turns[number:]]
                text = Text("cli.files-stopped", done=number - 1, file=turn.file.name, waiting=waiting or ["—"])
                click.echo(text.say(language), err=True)
                raise
            show(done, language, dry=False)
            if done.faults:
                tell_faults(done.faults, language)
                held_back = True
    finally:
        store.close()
    return REFUSED if held_back else DONE


def _give_back(session: Session, faults: list[Fault], original: Path, target: Path, options: ImportOptions) -> None:
    """Write the file that was imported again with its faults, and say where that could not be done."""
    from layers.formats import write_marked

    for note in write_marked(faults, original, target, session.language, options.read, options.limits):
        click.echo(f"· {note.say(session.language)}", err=True)


def show(done: ImportReport, language: str, dry: bool) -> None:
    """Print an import's report."""
    for note in dict.fromkeys(note.say(language) for note in done.notes):
        click.echo(f"· {note}")
    for layer, counts in done.counts.items():
        label = catalogue().layer(layer).label
        numbers = {kind: count for kind, count in counts.items() if kind != "held"}
        told = Text("cli.counts", layer=label, **numbers)
        if "held" in counts:
            told = Text("cli.counts-held", counts=told, held=counts["held"])
        click.echo(told.say(language))
    if dry:
        click.echo(Text("cli.dry-run").say(language))
    elif done.changeset is not None:
        click.echo(Text("cli.changeset", revision=done.changeset.revision).say(language))


def _told(session: Session, given: object) -> dict[str, str]:
    """Return file → layer; a file's name may hold an equals sign, a layer's does not."""
    told = {}
    for pair in given if isinstance(given, tuple) else ():
        file, equals, layer = pair.rpartition("=")
        if not equals or not file:
            raise click.UsageError(f"--as {pair}: FILE=LAYER")
        if layer != LEDGER and layer not in catalogue():
            known = Text("imports.no-such-layer", layer=layer, known=[*catalogue().ids(), LEDGER])
            raise click.UsageError(known.say(session.language))
        told[Path(file).name] = layer
    return told


def _values(given: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Return field → word → meaning; a word may hold a colon or an equals sign, a field and a meaning do not."""
    values: dict[str, dict[str, str]] = {}
    for pair in given:
        field, colon, rest = pair.partition(":")
        word, equals, meaning = rest.rpartition("=")
        if not colon or not equals or not field:
            raise click.UsageError(f"--value {pair}: FIELD:WORD=CODE")
        values.setdefault(field, {})[word] = meaning
    return values


def _options(given: Mapping[str, Any], max_upload_mb: int) -> ImportOptions:
    from layers.formats import Limits
    from layers.formats.table import ReadOptions
    from layers.usecases.imports.tables import ImportOptions

    columns = {}
    for pair in given["columns"]:
        name, separator, column = pair.partition("=")
        if not separator or not name:
            raise click.UsageError(f"--map {pair}: FIELD=COLUMN")
        columns[name] = column
    return ImportOptions(
        crs=given["crs"],
        columns=columns,
        values=_values(given["values"]),
        confirmed=given["confirmed"],
        split_parts=given["split_parts"],
        read=ReadOptions(encoding=given["encoding"], sheet=given["sheet"], layer=given["sheet"]),
        limits=Limits(file_bytes=max_upload_mb << 20),
        dry_run=given["dry_run"],
        only_sound=given["only_sound"],
        keep_demo=given["keep_demo"],
        allow=_allowed(given["allow"]),
    )


def _allowed(words: tuple[str, ...]) -> tuple[str, ...]:
    from layers.usecases.imports.doubts import KINDS

    unknown = [each for each in words if each not in KINDS]
    if unknown:
        raise click.UsageError(f"--allow {unknown[0]}: {', '.join(KINDS)}")
    return words
