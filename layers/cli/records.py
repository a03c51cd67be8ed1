"""`history`, `revert`, `backup`, `restore` and `doctor`: looking after the records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from layers import VERSION, clock
from layers.catalogue import catalogue
from layers.cli.outside import outside_texts
from layers.cli.root import DONE, REFUSED, Session
from layers.errors import Fault, GridmapError, NotFound
from layers.store import damage_faults, rescued
from layers.store import restore as restore_workspace
from layers.text import Text

if TYPE_CHECKING:
    from layers.store.protocol import Changeset

WORKSPACE = click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
LIBRARIES = ("geopandas", "shapely", "pyproj", "pyogrio", "pandas", "numpy", "numba", "flask", "folium", "sqlalchemy")


@click.command()
@click.argument("layer", required=False, type=click.Choice(catalogue().ids()), metavar="[LAYER")
@click.argument("id", required=False, metavar="[ID]]")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many changesets.")
@WORKSPACE
@click.pass_obj
def history(session: Session, layer: str | None, id: str | None, limit: int, workspace: str | None) -> None:
    """Show the latest changesets, those that touched LAYER, or what happened to one feature."""
    store = session.at(workspace).open()
    try:
        if layer is not None and id is not None:
            found = store.feature_history(layer, id)
            if not found:
                raise NotFound(Fault(Text("cli.no-such-feature", layer=layer, id=id)))
            lines = [f"{_line(changeset, session.language)}  {change.op}" for changeset, change in found]
        else:
            # A layer's changesets may lie far back, so all are looked through.
            every = store.changesets(limit=limit if layer is None else max(store.revision(), 1))
            lines = [_line(each, session.language) for each in every if layer is None or layer in each.counts][:limit]
    finally:
        store.close()
    for line in lines or [Text("cli.no-changes").say(session.language)]:
        click.echo(line)


@click.command("name")
@click.argument("name", required=False)
@WORKSPACE
@click.pass_obj
def name_(session: Session, name: str | None, workspace: str | None) -> None:
    """Say what the workspace is called and up to which day its ledgers tell, or call it NAME; '' takes that away."""
    from layers.usecases.workspace import data_day, name_of, rename

    store = session.at(workspace).open()
    try:
        if name is not None:
            rename(store, name, session.author(), session.now())
        told = Text("cli.workspace-name", name=name_of(store) or "—", day=data_day(store) or "—")
    finally:
        store.close()
    click.echo(told.say(session.language))


@click.command()
@click.argument("changeset", type=click.IntRange(1))
@WORKSPACE
@click.pass_obj
def revert(session: Session, changeset: int, workspace: str | None) -> None:
    """Undo CHANGESET by its inverse; refused when later ones changed the same features."""
    from layers.usecases.plans.reverting import revert as revert_changeset

    store = session.at(workspace).open()
    try:
        done = revert_changeset(store, changeset, session.author(), session.now())
    finally:
        store.close()
    click.echo(Text("cli.reverted", revision=changeset, by=done.revision).say(session.language))


@click.command()
@click.argument("file", metavar="FILE")
@WORKSPACE
@click.pass_obj
def backup(session: Session, file: str, workspace: str | None) -> None:
    """Write a consistent copy of the workspace to the new FILE, while others work on it."""
    store = session.at(workspace).open()
    try:
        store.backup(Path(file))
    finally:
        store.close()
    click.echo(Text("cli.backed-up", file=file).say(session.language))


@click.command()
@click.argument("file", metavar="FILE")
@WORKSPACE
@click.pass_obj
def restore(session: Session, file: str, workspace: str | None) -> None:
    """Make the workspace from the backup FILE; an existing workspace is never overwritten: move it away first."""
    target = session.at(workspace).settings.workspace
    restore_workspace(Path(file), Path(target))
    click.echo(Text("cli.restored", workspace=target, file=file).say(session.language))


@click.command()
@WORKSPACE
@click.pass_obj
def doctor(session: Session, workspace: str | None) -> int:
    """Say what runs here, whether the workspace is sound, and what other programs did to it."""
    import importlib.metadata  # here, since `--help` would wait for it longer than for everything else
    import platform
    import sqlite3

    session = session.at(workspace)
    facts: dict[str, str | int] = {
        "gridmap": VERSION,
        "Python": f"{platform.python_version()} ({platform.platform()})",
        "SQLite": sqlite3.sqlite_version,
        **{name: importlib.metadata.version(name) for name in LIBRARIES},
        "workspace": session.settings.workspace,
    }
    copies = [Text("cli.rescued", file=each.name).say(session.language) for each in rescued(session.settings.workspace)]
    try:
        store = session.open()
    except GridmapError:
        click.echo("\n".join(copies), nl=bool(copies))
        raise
    try:
        facts["revision"] = store.revision()
        facts["metric CRS"] = store.setting("metric_crs") or "—"
        damaged = store.look()
        facts |= {layer.id: "—" if layer.id in damaged else store.count(layer.id) for layer in catalogue()}
        warnings = [text.say(session.language) for text in outside_texts(store)]
        warnings += [fault.say(session.language) for fault in damage_faults(damaged)] + copies
    finally:
        store.close()
    for name, value in facts.items():
        click.echo(f"{name:<16}{value}")
    for warning in warnings:
        click.echo(warning)
    return REFUSED if warnings else DONE


def _line(changeset: Changeset, language: str) -> str:
    counts = "; ".join(
        f"{layer} " + " ".join(f"{sign}{counts[op]}" for op, sign in SIGNS.items() if counts.get(op))
        for layer, counts in changeset.counts.items()
    )
    day = "" if changeset.effective is None else Text("cli.holds-from", day=changeset.effective).say(language)
    undone = f"  (reverted by {changeset.reverted_by})" if changeset.reverted_by else ""
    time = clock.shown(changeset.time)
    return f"{changeset.revision:>5}  {time}  {changeset.author}  {changeset.message}  [{counts}]{day}{undone}"


SIGNS = {"create": "+", "update": "~", "delete": "-"}
