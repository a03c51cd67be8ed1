"""`import-osm`: roads, buildings and stations from OpenStreetMap data."""

from __future__ import annotations

from typing import Any

import click

from layers.cli.importing import show
from layers.cli.root import Session, existing


@click.command("import-osm")
@click.argument("file", metavar="FILE.osm.pbf")
@click.option("--bbox", metavar="W,S,E,N", help="Only what touches this box; degrees.")
@click.option("--dry-run", is_flag=True, help="Report what would happen; write nothing.")
@click.option("--keep-demo", is_flag=True, help="Keep the demo district beside the imported records.")
@click.option("--effective", metavar="DAY", help="From which day it holds, or: correction, which is the default.")
@click.option(
    "--joins",
    type=click.Choice(["nodes", "lines"]),
    default="nodes",
    help="Where roads are joined: at shared nodes, as OpenStreetMap has it, or wherever lines of one level meet.",
)
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
@click.pass_obj
def import_osm_(
    session: Session, file: str, bbox: str | None, effective: str | None, workspace: str | None,
    **given: Any,  # the options, each of the type that it is declared with
) -> None:
    """Import roads, buildings and stations from OpenStreetMap data: one changeset or none, no network needed.

    Roads are cut into edges where they meet; bridges and tunnels stay apart. What was left out is reported with the
    reason. FILE is .osm.pbf or .osm (XML); the data are © OpenStreetMap contributors, ODbL.
    """
    from layers.usecases.edits.holding import effective_day
    from layers.usecases.imports.osm import OsmOptions, import_osm, parse_bbox

    day = effective_day(effective, session.today())
    options = OsmOptions(None if bbox is None else parse_bbox(bbox), effective=day, **given)
    path = existing(file)
    store = session.at(workspace).open(create=True)
    try:
        done = import_osm(store, path, options, session.author(), session.now())
    finally:
        store.close()
    show(done, session.language, dry=options.dry_run)
