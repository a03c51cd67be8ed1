"""gridmap: wires settings → store → web, and hands the command line its way to serve."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from layers.settings import Settings

ROOT = Path(__file__).parent
if __package__:  # `gridmap.app`, as installed: the rooms beside this file are not on the path yet
    sys.path.insert(0, str(ROOT))
DEMO = ROOT / "data" / "demo"
LARGEST_BODY = 16 << 20


def create_app(settings: Settings | None = None, *, demo: bool = False, bound: str = "127.0.0.1") -> Flask:
    """Return the service over the workspace that the settings name, which is made where it is missing.

    Parameters
    ----------
    settings : Settings, optional
        From the environment by default.
    demo : bool
        Whether a workspace that was never written to gets the demo district.
    bound : str
        The address or name that the service listens on, which is one of those that it answers to.
    """
    import web
    from layers import clock
    from layers.settings import load_settings
    from layers.store import open_store
    from layers.usecases.leftovers import sweep_leftovers

    settings = load_settings() if settings is None else settings
    clock.use_zone(settings.time_zone)
    sweep_leftovers(settings.workspace, clock.now())
    store = open_store(settings.workspace, create=True, query_seconds=settings.query_seconds or None)
    try:
        if demo and store.revision() == 0:
            from layers.usecases.edits.demo import load_demo

            load_demo(store, DEMO, clock.now())
        app = web.new_app()
        app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
        web.init_app(app, store, settings, clock.today, bound)
    except BaseException:  # nobody else knows of the store yet
        store.close()
        raise
    return app


def serve(settings: Settings, host: str, port: int, demo: bool) -> None:
    """Serve until stopped, and let go of the workspace however that ends; port 0 takes a free one."""
    app = create_app(settings, demo=demo, bound=host)
    with closing(app.extensions["gridmap"].store):
        _serve(app, settings, host, port)


def _serve(app: Flask, settings: Settings, host: str, port: int) -> None:
    import web
    from layers.errors import Fault, InvalidParameter
    from layers.text import Text

    try:
        server = web.create_server(app, host, port)
    except OSError as error:
        raise InvalidParameter(Fault(Text("cli.port-taken", port=port), {"parameter": "port"})) from error
    except ValueError as error:
        raise InvalidParameter(Fault(Text("cli.bad-host"), {"parameter": "host", "value": host})) from error
    questions = web.start_questions(app)
    threading.Thread(target=web.warm, args=(app,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # how services are stopped: jobs go back into the queue
    jobs, lookout, workshop = web.start_jobs(app), web.start_lookout(app), web.start_workshop(app)
    url = f"http://{host}:{server.effective_port}"
    print(Text("cli.serving", workspace=settings.workspace, url=url).say(settings.language), flush=True)
    try:
        server.run()
    finally:
        if questions is not None:  # first, so that no thread of the server waits for an answer any more
            questions.close()
        jobs.close()
        lookout.close()
        server.close()
        workshop.close()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    from layers.cli import run

    return run(serve, arguments)


if __name__ == "__main__":
    sys.exit(main())
