"""`export`: a layer into a file for other tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from layers.catalogue import catalogue
from layers.cli.root import Day, Session
from layers.text import Text


@click.command("export")
@click.argument("layer", metavar="LAYER", type=click.Choice(catalogue().ids()))
@click.argument("file", metavar="FILE")
@click.option("--crs", metavar="CRS", help="Such as EPSG:4549; longitude and latitude by default.")
@click.option("--profile", type=click.Choice(["rfc7946", "legacy"]), default="rfc7946", show_default=True,
              help="Of GeoJSON; legacy allows another CRS.")  # fmt: skip
@click.option("--as-of", type=Day(), metavar="DATE", help="Only what is valid on this day.")
@click.option("--known-at", metavar="WHEN", help="As it was known then: the number of a changeset, or a time.")
@click.option("--where", metavar="CQL2", help="Only what this holds for, such as \"households > 100\"; CQL2 text.")
@click.option("--public", is_flag=True, help="Suppress small cells and leave out what is not public.")
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
@click.pass_obj
def export(
    session: Session, layer: str, file: str, workspace: str | None, known_at: str | None,
    **given: Any,  # the options, each of the type that it is declared with
) -> None:
    """Export LAYER to FILE; its ending chooses the format.

    Formats: geojson, gpkg, zip (Shapefile), csv, xlsx, fgb, parquet, kml.
    """
    from layers.filters import parse_filter
    from layers.formats import ABOUT
    from layers.usecases.exports.exporting import ExportOptions, export_layer
    from layers.usecases.knowing import revision_known

    where = given["where"]
    session = session.at(workspace)
    options = ExportOptions(
        crs=given["crs"],
        profile=given["profile"],
        as_of=given["as_of"],
        where=None if where is None else parse_filter(where, "cql2-text", catalogue().layer(layer)),
        public=given["public"],
        small_cell=session.settings.small_cell,
        language=session.language,
        described=True,
    )
    store = session.open()
    try:
        if known_at:
            options = replace(options, known_at=revision_known(store, known_at))
        count = export_layer(store, layer, Path(file), options)
    finally:
        store.close()
    click.echo(Text("cli.written", count=count, file=file).say(session.language))
    if (about := Path(f"{file}{ABOUT}")).exists() and file.lower().endswith(".csv"):
        click.echo(Text("cli.written-beside", file=about.name).say(session.language))
