"""The command itself: its options, its exit codes, and how a refusal is put into words."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from layers import VERSION, clock, disks
from layers.cli.help import in_language, refusal
from layers.errors import Fault, GridmapError, ImportRejected, TopologyDefects, once
from layers.settings import Settings, load_settings
from layers.store import open_store
from layers.text import Text

if TYPE_CHECKING:
    from layers.store.protocol import Store

DONE, REFUSED, USAGE = 0, 1, 2
REFUSALS = (ImportRejected, TopologyDefects)
SHOWN_FAULTS = 50
LANGUAGE = "gridmap.language"
if TYPE_CHECKING:
    _OfDays = click.ParamType[dt.date]
else:
    _OfDays = click.ParamType  # which older versions let nobody say the type of
# Where each command is, in the order in which a newcomer meets them.
COMMANDS = {
    "serve": "layers.cli.serving:serve",
    "import": "layers.cli.importing:import_",
    "import-osm": "layers.cli.osm:import_osm_",
    "export": "layers.cli.exporting:export",
    "adopt-outside": "layers.cli.outside:adopt_outside",
    "run": "layers.cli.analysing:run_",
    "check": "layers.cli.analysing:check",
    "scenarios": "layers.cli.scenarios:scenarios_",
    "adopt-scenario": "layers.cli.scenarios:adopt_scenario_",
    "plans": "layers.cli.plans:plans",
    "plan-from": "layers.cli.plans:plan_from",
    "plan-refresh": "layers.cli.plans:plan_refresh",
    "name": "layers.cli.records:name_",
    "history": "layers.cli.records:history",
    "revert": "layers.cli.records:revert",
    "backup": "layers.cli.records:backup",
    "restore": "layers.cli.records:restore",
    "doctor": "layers.cli.records:doctor",
}


class Day(_OfDays):
    """A day as every request writes it, `layers.model.values.read_day`."""

    name = "date"

    def convert(
        self,
        value: object,  # what was written, or a default
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dt.date:
        if isinstance(value, dt.date):
            return value
        from layers.model.values import read_day  # brings what reads geometry, which `--help` does not need

        try:
            return read_day(str(value))
        except ValueError:
            session = ctx.find_object(Session) if ctx else None
            language = session.language if session else "en"
            return self.fail(Text("cli.not-a-day", value=value).say(language), param, ctx)


@dataclass
class Session:
    """What every command has at hand.

    Parameters
    ----------
    serve : callable
        Starts the service; given by the application, since this room knows nothing of Flask.
    """

    settings: Settings
    serve: Callable[[Settings, str, int, bool], None]

    def at(self, workspace: str | None) -> Session:
        """Return this session at another workspace, or itself where none is named."""
        return self if workspace is None else replace(self, settings=replace(self.settings, workspace=workspace))

    def open(self, create: bool = False) -> Store:
        """Open the workspace; `create` makes it where it is missing."""
        return open_store(self.settings.workspace, create=create)

    @property
    def language(self) -> str:
        return self.settings.language

    @staticmethod
    def now() -> dt.datetime:
        return clock.now()

    @staticmethod
    def today() -> dt.date:
        return clock.today()

    @staticmethod
    def author() -> str:
        return getpass.getuser()


class LateCommands(Mapping[str, click.Command]):
    """Commands by name; the module of one is imported when it is asked for, so that nobody waits for the others."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = self._places[name].partition(":")
        return getattr(import_module(module), attribute)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Commands(click.Group):
    """The group of commands, in our order and not the alphabet's, which say what they do in the reader's language."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        return found and in_language(found, _language(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = get_close_matches(args[0], self.commands) or self.list_commands(ctx)
            text = Text("cli.no-such-command", name=args[0], known=known)
            raise click.UsageError(text.say(_language(ctx)), ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        said = in_language(self, _language(ctx))
        ctx.formatter_class = said.context_class.formatter_class
        return click.Command.get_help(said, ctx)


def _language(ctx: click.Context) -> str:
    """Return the language of whoever asks, also where the settings are not read yet, or cannot be."""
    said = ctx.find_root().meta
    if LANGUAGE not in said:
        try:
            said[LANGUAGE] = ctx.find_root().params.get("lang") or load_settings().language
        except GridmapError:  # the command itself says what is wrong with them
            said[LANGUAGE] = Settings().language
    return str(said[LANGUAGE])


@click.group(
    cls=Commands,
    commands=LateCommands(COMMANDS),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--workspace", "-w", metavar="W", help="The workspace: a .gpkg file (GRIDMAP_WORKSPACE).")
@click.option("--lang", type=click.Choice(["zh", "en"]), is_eager=True, help="Language of messages (GRIDMAP_LANGUAGE).")
@click.version_option(VERSION, prog_name="gridmap")
@click.pass_context
def root(ctx: click.Context, workspace: str | None, lang: str | None) -> None:
    """gridmap: who manages what in a district, and what nobody manages.

    Without a command it serves the workspace on http://127.0.0.1:5000, with an invented demo district on first start.
    """
    ctx.obj.settings = load_settings(workspace=workspace, language=lang)
    clock.use_zone(ctx.obj.settings.time_zone)
    if ctx.invoked_subcommand is None:
        ctx.invoke(root.commands["serve"])


def run(serve: Callable[[Settings, str, int, bool], None], arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):  # a Windows console may not be UTF-8
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    session = Session(Settings(), serve)
    try:
        return root.main(arguments, prog_name="gridmap", standalone_mode=False, obj=session) or DONE
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        click.echo(Text("cli.aborted").say(session.language), err=True)
        return REFUSED
    except click.ClickException as error:
        ctx = error.ctx if isinstance(error, click.UsageError) else None
        language = _language(ctx) if ctx else session.language
        click.echo(f"gridmap: {refusal(error, language)}", err=True)
        return USAGE
    except GridmapError as error:
        report(error, session.language)
        return REFUSED if isinstance(error, REFUSALS) else USAGE
    except Exception as error:
        full = disks.refusal(error)
        if full is None:
            raise
        report(full, session.language)
        return USAGE


def report(error: GridmapError, language: str) -> None:
    """Print what is wrong: one line for one fault, a list for many."""
    lines = error.say(language).splitlines()
    if len(lines) == 1:
        click.echo(f"gridmap: {error.title(language)}: {lines[0]}", err=True)
        return
    click.echo(f"gridmap: {error.title(language)} ({len(lines)})", err=True)
    _list(lines)


def tell_faults(faults: Sequence[Fault], language: str) -> None:
    """Print the faults of what was held back."""
    _list([each.say(language) for each in once(faults)])


def _list(lines: list[str]) -> None:
    for line in lines[:SHOWN_FAULTS]:
        click.echo(f"  {line}", err=True)
    if len(lines) > SHOWN_FAULTS:
        click.echo(f"  … +{len(lines) - SHOWN_FAULTS}", err=True)


def existing(path: str) -> Path:
    """Return a path that is a file; a usage error otherwise."""
    found = Path(path)
    if not found.is_file():
        session = click.get_current_context().find_object(Session)
        raise click.UsageError(Text("cli.no-file", path=path).say(session.language if session else "en"))
    return found
