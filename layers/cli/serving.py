"""`serve`."""

from __future__ import annotations

import click

from layers.cli.root import Session


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, metavar="P", type=click.IntRange(0, 65535), help="Port.")
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
@click.option("--no-demo", is_flag=True, help="Leave a new workspace empty.")
@click.pass_obj
def serve(session: Session, host: str, port: int, workspace: str | None, no_demo: bool) -> None:
    """Serve the workspace; on first start it is made, with the demo district."""
    session.serve(session.at(workspace).settings, host, port, not no_demo)
