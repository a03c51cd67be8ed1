"""`adopt-outside`: what other programs wrote into the workspace's file becomes a changeset, or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from layers import clock
from layers.catalogue import catalogue
from layers.cli.root import REFUSED, Session, report
from layers.errors import ImportRejected
from layers.text import Text

if TYPE_CHECKING:
    from layers.store.protocol import Store


@click.command("adopt-outside")
@click.argument("layer", required=False, type=click.Choice(catalogue().ids()), metavar="[LAYER")
@click.argument("id", required=False, metavar="[ID]]")
@click.option("--discard", is_flag=True, help="Put back what is on record instead.")
@click.option("--author", metavar="NAME", help="Who answers for the edits; you by default.")
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")
@click.pass_obj
def adopt_outside(
    session: Session, layer: str | None, id: str | None, discard: bool, author: str | None, workspace: str | None
) -> int:
    """Make a changeset of what other programs (QGIS) wrote into the workspace: all of it, of LAYER, or of one feature.

    It is checked as any write; with a fault nothing is changed and every fault is named.
    """
    from layers.usecases import adopting
    from layers.usecases.edits.features import Writer

    store = session.at(workspace).open()
    try:
        if not adopting.edits_of(store, layer, id):
            said = Text("outside.none")
        elif discard:
            said = Text("outside.discarded", count=adopting.discard(store, layer, id))
        else:
            done = adopting.adopt(Writer(store, author or session.author(), session.now()), layer, id)
            revision = None if done.changeset is None else done.changeset.revision
            key = "outside.adopted-nothing" if revision is None else "outside.adopted"
            said = Text(key, count=done.edits, revision=revision)
    except ImportRejected as error:
        report(error, session.language)
        click.echo(Text("outside.refused").say(session.language), err=True)
        return REFUSED
    finally:
        store.close()
    click.echo(said.say(session.language))
    return 0


def outside_texts(store: Store) -> list[Text]:
    """Say what other programs wrote that is not on record, layer by layer, and what to do."""
    texts = []
    for name, counts in store.outside().items():
        since = clock.shown(counts.since)
        numbers = {"added": counts.added, "changed": counts.changed, "removed": counts.removed}
        texts.append(Text("outside.counts", layer=catalogue().layer(name).label, since=since, **numbers))
    return [*texts, Text("outside.what-to-do")] if texts else []
