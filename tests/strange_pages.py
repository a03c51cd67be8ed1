"""Pages of strangers, open in the browser of somebody who runs gridmap: what they can try, and what came of it.

A trick is the body of an asynchronous function in JavaScript. It knows `T`, the origin it is aimed at, `R`, a server of
the stranger's that redirects, the paths in `PATHS`, and the few functions of the page. It answers with what it saw.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

EVIL = "evil.example"
RESOLVED = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"
# What only the records know, and what only something that was loaded can make a trick say.
SECRETS = ("FeatureCollection", "numberMatched", '"properties"', "page-data", "gridmap_requests", "LOADED")

FEATURE = {
    "type": "Feature",
    "properties": {"code": "strange", "name": "strange"},
    "geometry": {"type": "Point", "coordinates": [120.4, 36.2]},
}
PATHS = {
    "READ": "/api/collections/buildings/items?limit=3",
    "ONE": "/api/collections/communities/items/990201001001",
    "WRITE": "/api/collections/stations/items",
    "EXPORT": "/api/collections/buildings/export?f=gpkg",
    "SHEET": "/maps/coverage/export?f=xlsx",
    "FILE": "/maps/coverage/download",
    "IMPORTS": "/api/imports",
    "JOB": "/api/processes/coverage/execution",
    "UNDO": "/api/changesets/1/revert",
    "TILE": "/api/collections/buildings/tiles/WebMercatorQuad/0/0/0",
    "STYLE": "/static/css/base.css",
    "SCRIPT": "/static/js/shared/dom.js",
    "MAP": "/maps/coverage",
}

HERE = Path(__file__).parent
PAGE = (HERE / "strange_page.html").read_text("utf-8")
TRICKS: dict[str, str] = tomllib.loads((HERE / "strange_tricks.toml").read_text("utf-8"))


@dataclass
class Stranger:
    """A stranger's server; once it has turned, the bytes of whoever asks his name go to gridmap: DNS rebinding."""

    port: int
    to: tuple[str, int]
    turned: bool = False


@contextmanager
def redirecting() -> Iterator[int]:
    """Serve the stranger's page at every address, and ``/to?status=…&url=…`` as a redirect; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = parse_qs(urlsplit(self.path).query)
            self.send_response(int(asked["status"][0]) if "url" in asked else 200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if "url" in asked:
                self.send_header("Location", asked["url"][0])
            self.send_header("Content-Length", str(len(PAGE.encode())))
            self.end_headers()
            self.wfile.write(PAGE.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@contextmanager
def rebinding(page_port: int, service_port: int) -> Iterator[Stranger]:
    """Pass bytes on to the stranger's own server, and to gridmap once he has `turned`."""
    listener = socket.create_server(("127.0.0.1", 0))
    stranger = Stranger(listener.getsockname()[1], ("127.0.0.1", page_port))

    def accept() -> None:
        with suppress(OSError):
            while True:
                inner, _ = listener.accept()
                port = service_port if stranger.turned else page_port
                outer = socket.create_connection(("127.0.0.1", port))
                for pair in ((inner, outer), (outer, inner)):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), source:
            while piece := source.recv(1 << 16):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield stranger
    finally:
        listener.close()


@dataclass
class Outcome:
    """What came of the tricks of one page."""

    tried: int = 0
    seen: dict[str, str] = field(default_factory=dict)
    downloads: list[str] = field(default_factory=list)
    cookies: list[dict] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    @property
    def harm(self) -> list[str]:
        """Everything that must not have happened."""
        seen = [f"{name} saw {text[:80]!r}" for name, text in self.seen.items()]
        return [*seen, *self.changed, *(f"downloaded {each}" for each in self.downloads),
                *(f"left {each['name']}" for each in self.cookies)]  # fmt: skip


def attack(browser: object, start: str, target: str, helper: str, turn: Callable[[], None] = lambda: None) -> Outcome:
    """Open a stranger's page at `start` and let it try everything on the origin `target`."""
    outcome = Outcome()
    context = browser.new_context(accept_downloads=True)
    given = {"T": target, "R": helper, "FEATURE": json.dumps(FEATURE), **PATHS}
    names = f"{{ {', '.join(given)} }}"
    try:
        context.on("page", lambda each: each.on("download", lambda _: outcome.downloads.append(name)))
        name = "the page itself"
        page = context.new_page()
        page.goto(start)
        turn()
        for name, trick in TRICKS.items():
            text = page.evaluate(f"async ({names}) => {{ {trick} }}", given) or ""
            outcome.tried += 1
            if any(secret in str(text) for secret in SECRETS):
                outcome.seen[name] = str(text)
            for other in context.pages:
                if other is not page:
                    other.close()
        outcome.cookies = [each for each in context.cookies() if each["domain"].lstrip(".") != EVIL]
    finally:
        context.close()
    return outcome


def everything(browser: object, port: int, temporary: Path) -> dict[str, Outcome]:
    """Run all tricks from three pages against the service on a port of this computer.

    The pages are one of another site, one of another port of this computer, and one whose name was given our address.
    """
    ours, outcomes = f"http://127.0.0.1:{port}", {}
    with redirecting() as page_port, rebinding(page_port, port) as stranger:

        def turn() -> None:
            stranger.turned = True

        helper = f"http://127.0.0.1:{page_port}"
        rebound = f"http://{EVIL}:{stranger.port}"
        pages = {
            "another site": (f"http://{EVIL}:{page_port}/", ours, helper),
            "another port": (f"{helper}/", ours, helper),
            "rebinding": (f"{rebound}/", rebound, helper, turn),
        }
        for name, page in pages.items():
            before, counted = state(port, temporary), answers(port)
            outcome = outcomes[name] = attack(browser, *page)
            after, told = state(port, temporary), answers(port)
            outcome.changed = [f"{key}: {before[key]} → {after[key]}" for key in before if before[key] != after[key]]
            outcome.answers = {key: number - counted.get(key, 0) for key, number in told.items()}
    return outcomes


def state(port: int, temporary: Path) -> dict[str, object]:
    """Return what a stranger could have changed: revision, jobs, uploads that wait, files in the temporary folder."""
    asked = {"revision": "/api/changesets?limit=1", "jobs": "/api/jobs"}
    found: dict[str, object] = {name: ask(port, path).partition('"links"')[0] for name, path in asked.items()}
    found["temporary"] = sorted(each.name for each in temporary.glob("gridmap-export-*"))
    return found


def answers(port: int) -> dict[str, int]:
    """Return class of status → how many answers there were so far."""
    lines = ask(port, "/metrics").splitlines()
    found: dict[str, int] = {}
    for name, number in (line.rsplit(" ", 1) for line in lines if line.startswith("gridmap_requests_total{")):
        status = name.partition('status="')[2][:3]
        found[status] = found.get(status, 0) + int(number)
    return found


def ask(port: int, path: str) -> str:
    """Ask as a program on this computer does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
