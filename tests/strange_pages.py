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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
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


@dataclass(frozen=True)
class Target:
    """A service that a page is aimed at, and the folder of its temporary files."""

    port: int
    temporary: Path


class _Visit:
    """A stranger's page that somebody has open, and the trick that it is at."""

    def __init__(self, context: object, start: str, target: str, helper: str) -> None:
        self.outcome, self._context, self._trick = Outcome(), context, "the page itself"
        self._given = {"T": target, "R": helper, "FEATURE": json.dumps(FEATURE), **PATHS}
        downloads = self.outcome.downloads
        context.on("page", lambda each: each.on("download", lambda _: downloads.append(self._trick)))
        self._page = context.new_page()
        self._page.goto(start)

    def begin(self, name: str, trick: str) -> None:
        """Set a trick going."""
        self._trick, names = name, f"{{ {', '.join(self._given)} }}"
        going = f"window.tried = (async () => {{ {trick} }})(); window.tried.catch(() => 0);"
        self._page.evaluate(f"({names}) => {{ {going} }}", self._given)

    def end(self) -> None:
        """Wait for what the trick saw, and close what it opened."""
        text = self._page.evaluate("() => window.tried") or ""
        self.outcome.tried += 1
        if any(secret in str(text) for secret in SECRETS):
            self.outcome.seen[self._trick] = str(text)
        for other in self._context.pages:
            if other is not self._page:
                other.close()

    def leave(self) -> None:
        """Look what is left in the browser."""
        self.outcome.cookies = [each for each in self._context.cookies() if each["domain"].lstrip(".") != EVIL]


def attack(
    browser: object, pages: Mapping[str, tuple[str, str]], helper: str,
    turn: Callable[[], None],
    tricks: Mapping[str, str],
) -> dict[str, Outcome]:  # fmt: skip
    """Open a stranger's pages, name → where it begins and the origin it is aimed at, and let each try the tricks.

    All are at the same trick at once: most of a trick is waiting for what does not come.
    """
    with ExitStack() as opened:
        visits = {}
        for name, (start, target) in pages.items():
            context = opened.enter_context(closing(browser.new_context(accept_downloads=True)))
            visits[name] = _Visit(context, start, target, helper)
        turn()
        for name, trick in tricks.items():
            for visit in visits.values():
                visit.begin(name, trick)
            for visit in visits.values():
                visit.end()
        for visit in visits.values():
            visit.leave()
        return {name: visit.outcome for name, visit in visits.items()}


def everything(
    browser: object, targets: Sequence[Target], tricks: Mapping[str, str] = TRICKS
) -> dict[str, Outcome]:
    """Run tricks from three pages, each against a service of this computer that no other page is aimed at.

    The pages are one of another site, one of another port of this computer, and one whose name was given our address.
    """
    names = ("another site", "another port", "rebinding")
    aimed = dict(zip(names, targets, strict=True))
    with redirecting() as page_port, rebinding(page_port, aimed["rebinding"].port) as stranger:

        def turn() -> None:
            stranger.turned = True

        helper = f"http://127.0.0.1:{page_port}"
        rebound = f"http://{EVIL}:{stranger.port}"
        ours = {name: f"http://127.0.0.1:{each.port}" for name, each in aimed.items()}
        pages = {
            "another site": (f"http://{EVIL}:{page_port}/", ours["another site"]),
            "another port": (f"{helper}/", ours["another port"]),
            "rebinding": (f"{rebound}/", rebound),
        }
        before = {name: (state(each), answers(each.port)) for name, each in aimed.items()}
        outcomes = attack(browser, pages, helper, turn, tricks)
        for name, outcome in outcomes.items():
            (was, counted), now, told = before[name], state(aimed[name]), answers(aimed[name].port)
            outcome.changed = [f"{key}: {was[key]} → {now[key]}" for key in was if was[key] != now[key]]
            outcome.answers = {key: number - counted.get(key, 0) for key, number in told.items()}
    return outcomes


def state(target: Target) -> dict[str, object]:
    """Return what a stranger could have changed: revision, jobs, uploads that wait, files in the temporary folder."""
    asked = {"revision": "/api/changesets?limit=1", "jobs": "/api/jobs"}
    found: dict[str, object] = {name: ask(target.port, path).partition('"links"')[0] for name, path in asked.items()}
    found["temporary"] = sorted(each.name for each in target.temporary.glob("gridmap-export-*"))
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
