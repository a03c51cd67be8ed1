"""`scenarios` and `adopt-scenario`: what-if measures, and making them real."""

from __future__ import annotations

import click

from layers.cli.root import REFUSED, Session, report
from layers.errors import Conflict
from layers.text import Text

WORKSPACE = click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")


@click.command("scenarios")
@WORKSPACE
@click.pass_obj
def scenarios_(session: Session, workspace: str | None) -> None:
    """List the scenarios of the workspace, with how many measures of each kind they have."""
    from layers.catalogue import catalogue
    from layers.usecases.scenarios import LAYER, scenarios

    action = catalogue().layer(LAYER).field("action")
    store = session.at(workspace).open()
    try:
        listed = scenarios(store)
    finally:
        store.close()
    for each in listed:
        called = {choice.code: choice.label.say(session.language) for choice in action.values}
        counts = [f"{called.get(code, code)} {count}" for code, count in each.actions.items()]
        click.echo(f"{each.name}  {each.measures}  ({', '.join(counts)})")
    if not listed:
        click.echo(Text("scenarios.none-known").say(session.language))


@click.command("adopt-scenario")
@click.argument("name")
@WORKSPACE
@click.pass_obj
def adopt_scenario_(session: Session, name: str, workspace: str | None) -> int:
    """Make the scenario NAME real from today on: one changeset, or none where any measure would do nothing.

    New roads and stations are added, closed ones end yesterday, and the measures are deleted. `revert` undoes it.
    """
    from layers.usecases.scenarios import adopt_scenario

    store = session.at(workspace).open()
    try:
        done = adopt_scenario(store, name, session.author(), session.now(), session.today())
    except Conflict as error:
        report(error, session.language)
        return REFUSED
    finally:
        store.close()
    counts = {layer: sum(each.values()) for layer, each in done.counts.items()}
    told = Text("scenarios.adopted", name=name, revision=done.revision, roads=counts.get("roads", 0),
                stations=counts.get("stations", 0))  # fmt: skip
    click.echo(told.say(session.language))
    return 0
