"""`plans`, `plan-from` and `plan-refresh`: which grid plans there are, drafts made of grids edited elsewhere, and
drafts whose cells are made anew after buildings or streets have changed."""

from __future__ import annotations

from typing import Any

import click

from layers.cli.root import Session, existing
from layers.text import Text

WORKSPACE = click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file.")


@click.command()
@click.option("--community", metavar="CODE", help="Only those of this community.")
@WORKSPACE
@click.pass_obj
def plans(session: Session, community: str | None, workspace: str | None) -> None:
    """List the grid plans: their state, revision, community and name."""
    from layers.usecases.plans.lifecycle import shown_state
    from layers.usecases.plans.looking import every_plan

    store = session.at(workspace).open()
    try:
        found = every_plan(store, {"community_code": community} if community else {})
    finally:
        store.close()
    for plan in found:
        state = shown_state(plan, session.today())
        name = plan.properties.get("name") or ""
        click.echo(f"{plan.id:<28}{state:<11}{plan.version:>5}  {name}")
    if not found:
        click.echo(Text("plans.none").say(session.language))


@click.command("plan-from")
@click.argument("file", metavar="FILE")
@click.option("--community", metavar="CODE", required=True, help="The community that the grids divide.")
@click.option("--grid-system", type=click.Choice(["service", "unit"]), default="service", show_default=True)
@click.option("--crs", metavar="CRS", help="EPSG:4549, a PROJ string, gcj02 or bd09; else what the file says.")
@click.option("--name", help="What the plan is called.")
@click.option("--repair", is_flag=True, help="Repair gaps and overlaps at once.")
@WORKSPACE
@click.pass_obj
def plan_from(
    session: Session,
    file: str,
    community: str,
    workspace: str | None,
    **given: Any,  # the options, each of the type that it is declared with
) -> None:
    """Make a draft of the grids in FILE, edited elsewhere: compared with the active grids, its defects listed.

    Every building that changes its grid is named, by the repair or against the active grids.
    """
    from layers.usecases.plans import operations as ops
    from layers.usecases.plans.checking import findings
    from layers.usecases.plans.comparing import compared, since_on_record
    from layers.usecases.plans.editing import edit
    from layers.usecases.plans.files import grids_in
    from layers.usecases.plans.opening import Request, open_plan
    from layers.usecases.plans.writing import Writer

    grids, notes = grids_in(existing(file), given["crs"])
    writer = Writer(session.author(), session.now())
    store = session.at(workspace).open()
    try:
        request = Request(community, str(given["grid_system"]), given["name"], grids=grids)
        state, _ = open_plan(store, request, writer, session.today())
        lines = [f"· {note.say(session.language)}" for note in notes]
        lines += [f"  {each.text.say(session.language)}" for each in findings(state)]
        counts = {kind: len(keys) for kind, keys in compared(store, state).items()}
        lines.append(Text("plans.compared", **counts).say(session.language))
        if given["repair"] and state.get("needs_repair"):
            done = edit(store, state.id, ops.Repair(), state.revision, writer)
            lines += [f"· {each.say(session.language)}" for each in done.report]
            state = done.state
        if not state.get("needs_repair"):
            lines += [f"· {each.say(session.language)}" for each in since_on_record(store, state)]
        left = len(findings(state))
    finally:
        store.close()
    for line in lines:
        click.echo(line)
    click.echo(Text("plans.opened", plan=state.id, defects=left).say(session.language))


@click.command("plan-refresh")
@click.argument("plan", metavar="PLAN")
@click.option("--dry-run", is_flag=True, help="Only say what has changed.")
@WORKSPACE
@click.pass_obj
def plan_refresh(session: Session, plan: str, dry_run: bool, workspace: str | None) -> None:
    """Make the cells of draft PLAN anew where buildings, streets or the boundary have changed since they were made."""
    from layers.usecases.plans import operations as ops
    from layers.usecases.plans.drifting import drift
    from layers.usecases.plans.editing import edit
    from layers.usecases.plans.state import plans_of
    from layers.usecases.plans.writing import Writer

    store = session.at(workspace).open()
    try:
        state = plans_of(store).current(plan)
        changed = drift(store, state, session.today())
        lines = changed.texts or [Text("refresh.current")]
        if changed and not dry_run:
            done = edit(store, plan, ops.Refresh(), state.revision, Writer(session.author(), session.now()))
            lines = list(done.report)
            for code, *grids in done.moved:
                left, came = (each or "—" for each in grids)
                lines.append(Text("refresh.moved", building=code, left=left, came=came))
    finally:
        store.close()
    for line in lines:
        click.echo(line.say(session.language))
