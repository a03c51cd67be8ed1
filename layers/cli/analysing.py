"""`run` an analysis, and `check` the records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from layers.cli.outside import outside_texts
from layers.cli.root import REFUSED, Session
from layers.collecting import seldom
from layers.errors import Fault, InvalidParameter, NotFound
from layers.text import Text

if TYPE_CHECKING:
    from layers.analyses.registry import Analysis

SHOWN = 20


class Bar:
    """A progress bar on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._tty = sys.stderr.isatty()

    def __call__(self, share: float, message: str) -> None:
        if self._tty:
            filled = round(share * 30)
            click.echo(f"\r[{'#' * filled}{'.' * (30 - filled)}] {message:<30}", nl=False, err=True)

    def done(self) -> None:
        if self._tty:
            click.echo("\r" + " " * 70 + "\r", nl=False, err=True)


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("analysis", metavar="ANALYSIS", required=False)
@click.argument("given", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def run_(ctx: click.Context, analysis: str | None, given: tuple[str, ...]) -> None:
    """Run ANALYSIS with --PARAM VALUE …, the same inputs as over HTTP; -o FILE writes the result.

    `-o FILE.json` writes all outputs as one object; geojson, xlsx, csv and gpkg write the first output. Without -o the
    result is printed. `run ANALYSIS --help` lists its inputs.
    """
    from layers.analyses.registry import decode
    from layers.analyses.results import write_outputs
    from layers.usecases.exports.exporting import whose

    session: Session = ctx.obj
    if analysis in (None, "--help", "-h"):
        click.echo(ctx.get_help() + "\n\n" + _listing(session.language))
        return
    chosen = called(analysis)
    if {"--help", "-h"} & set(given):
        click.echo(_inputs(chosen, session.language))
        return
    parameters = _parameters(given)
    target = parameters.pop("o", None) or parameters.pop("output", None)
    session = session.at(parameters.pop("workspace", None) or parameters.pop("w", None))
    inputs = decode(chosen, parameters, session.today(), lax=True)
    store = session.open()
    bar = Bar()
    try:
        with seldom():
            outputs, told = chosen.answer(store, inputs, bar), whose(store)
    finally:
        bar.done()
        store.close()
    if target is None:
        _print(chosen, outputs, session.language)
    else:
        write_outputs(chosen, outputs, Path(target), session.language, told, described=True)
        click.echo(Text("cli.file-written", file=target).say(session.language))


@click.command()
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
@click.option("-o", "--output", metavar="FILE", help="Write the defects: json, geojson, xlsx, csv or gpkg.")
@click.pass_obj
def check(session: Session, workspace: str | None, output: str | None) -> int:
    """Check the workspace: codes, references, positions, arrangements, grid topology."""
    from layers.analyses.registry import decode
    from layers.analyses.results import write_outputs
    from layers.usecases.exports.exporting import whose

    chosen = called("data-quality")
    store = session.at(workspace).open()
    try:
        outputs = chosen.answer(store, decode(chosen, {}, session.today()), Bar())
        outside, told = outside_texts(store), whose(store)
    finally:
        store.close()
    if output is not None:
        write_outputs(chosen, outputs, Path(output), session.language, told, described=True)
    summary: Any = outputs["summary"]  # an object, as `data_quality` declares it
    for row in summary["by_kind"]:
        click.echo(f"{row['count']:>6}  {row['kind']}  ({row['layer']})")
    for text in outside:
        click.echo(text.say(session.language))
    count = Text("cli.checked", count=summary["defects"], date=summary["as_of"].isoformat())
    click.echo(count.say(session.language))
    return REFUSED if summary["defects"] else 0


def called(id: str) -> Analysis:
    """Return an analysis; NotFound with the known ones where there is none."""
    from layers.analyses.registry import analyses

    if id not in analyses():
        raise NotFound(Fault(Text("analyses.no-such-analysis", id=id, known=list(analyses()))))
    return analyses()[id]


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    words = iter(given)
    for word in words:
        if not word.startswith("-"):
            raise InvalidParameter(Fault(Text("cli.bad-parameter", given=word)))
        name, separator, beside = word.lstrip("-").partition("=")
        value = beside if separator else next(words, None)
        if value is None or not name:
            raise InvalidParameter(Fault(Text("cli.bad-parameter", given=word)))
        parameters[name.replace("-", "_")] = value
    return parameters


def _listing(language: str) -> str:
    from layers.analyses.registry import analyses

    return "\n".join(f"  {each.id:<22}{each.description.say(language)}" for each in analyses().values())


def _inputs(analysis: Analysis, language: str) -> str:
    from layers.analyses.registry import default_of

    lines = [f"{analysis.id}: {analysis.description.say(language)}"]
    for each in msgspec.structs.fields(analysis.Inputs):
        default = "" if default_of(each) in (None, "") else f" [{default_of(each)}]"
        name = each.encode_name.replace("_", "-")
        lines.append(f"  --{name:<18}{analysis.labels[each.encode_name].say(language)}{default}")
    lines += ["  -o FILE            json, geojson, xlsx, csv, gpkg"]
    return "\n".join(lines)


def _print(analysis: Analysis, outputs: dict[str, object], language: str) -> None:
    """Print the rows as a table, and the summary as it is."""
    from layers.analyses.encode import outputs_json

    plain = outputs_json(outputs, language)
    for output in analysis.outputs:
        if output.name not in plain:
            continue  # optional, and not asked for
        value: Any = plain[output.name]  # an object, rows or features, as its kind says
        if output.kind == "object":
            click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
            continue
        rows = value if output.kind == "rows" else [feature["properties"] for feature in value["features"]]
        columns = [name for name in output.columns if rows and name in rows[0]]
        click.echo("\t".join(output.columns[name].say(language) for name in columns))
        for row in rows[:SHOWN] if output.kind == "features" else rows:
            click.echo("\t".join(_cell(row[name]) for name in columns))
        if output.kind == "features" and len(rows) > SHOWN:
            click.echo(f"… {len(rows)}")


def _cell(value: object) -> str:
    if value is None:
        return "—"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
