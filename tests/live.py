"""A service that answers on a port, for programs that are not ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import waitress
from flask import Flask
from waitress import wasyncore

from app import create_app
from layers.settings import Settings
from layers.store.protocol import Store
from web.receiving import Channel


@dataclass(frozen=True)
class Live:
    """Where a service answers, and its store."""

    url: str
    store: Store


@contextmanager
def answering(app: Flask) -> Iterator[str]:
    """Let an application answer on a free port until the end of the block; gives its address."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    server.channel_class = Channel
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()
        # The loop closes its own sockets: closed from here they would be gone while it waits for them.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
        thread.join(timeout=10)


@contextmanager
def serving(workspace: Path, **settings: object) -> Iterator[Live]:
    """Serve a workspace on a free port until the end of the block."""
    app = create_app(Settings(workspace=str(workspace), language="en", **settings))
    store = app.extensions["gridmap"].store
    try:
        with answering(app) as address:
            yield Live(f"{address}/api/", store)
    finally:
        store.close()
