"""Listening: waitress's loop, with our channels, our lanes, and a look at every connection once a second."""

from __future__ import annotations

import select
import sys
import time
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from web.serving.channel import Channel
from web.serving.collecting import Collecting
from web.serving.deadlines import Deadlines
from web.serving.lanes import Lanes

if TYPE_CHECKING:
    from flask import Flask

    from web.serving.gate import Gate
    from web.serving.parser import Admission, Parser

# select(), which is all that Windows has, takes 512 sockets
MOST_CONNECTIONS = 1000 if hasattr(select, "poll") else 400
ROOM_LEFT = 0.8
MOST_HEADER_BYTES = 1 << 16
# How long a thread that computes may keep the interpreter from one that wants it; Python's own is 5 ms.
# A small page wants it anew after every row that SQLite gives.
SWITCH_SECONDS = 0.001
# No thread waits for a reader: what she has not read yet lies in a file. Nothing that we answer is larger.
NEVER_BYTES = 1 << 40


class Listener(TcpWSGIServer):
    """One listening socket."""

    channel_class = Channel

    def __init__(self, app: Flask, gate: Gate, deadlines: Deadlines, **named: object) -> None:  # waitress's own
        self.gate, self.deadlines = gate, deadlines
        super().__init__(app, **named)

    def admitted(self, channel: Channel, request: Parser) -> Admission:
        """Ask the gate about a request whose headers are there."""
        coming = sum(
            each.request is not None and each is not channel and each.request.headers_finished and each.request.large
            for each in self.active_channels.values()
        )
        return self.gate.admission(request, channel.addr[0], coming)

    def maintenance(self, now: float) -> None:
        """Look at every connection; when room gets scarce those go first that have asked for nothing longest."""
        now = time.monotonic()
        channels = list(self.active_channels.values())
        late = [each for each in channels if each.late(now, self.deadlines)]
        excess = len(channels) - int(ROOM_LEFT * self.adj.connection_limit)
        if excess > 0:
            half_open = sorted((each for each in channels if each.half_open), key=lambda each: each.quiet_since)
            late += half_open[:excess]
        if late:  # not here: the loop is just collecting whom to wait for
            self.trigger.pull_trigger(lambda: _close(late))


def _close(channels: list[Channel]) -> None:
    for channel in channels:
        channel.handle_close()


class Server:
    """Everything that listens, and the lanes behind it.

    Parameters
    ----------
    listeners : list
        One for each address that the host's name has.
    """

    def __init__(self, listeners: list[Listener], lanes: Lanes, sockets: dict[int, object]) -> None:
        self.listeners, self.lanes, self._sockets = listeners, lanes, sockets
        self.effective_port: int = int(listeners[0].effective_port)

    def run(self) -> None:
        """Serve until `stop`, or until the process is told to end."""
        adj, collecting = self.listeners[0].adj, Collecting(self.lanes.idle)
        collecting.open()
        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            wasyncore.loop(adj.asyncore_loop_timeout, use_poll=adj.asyncore_use_poll, map=self._sockets)
        except (SystemExit, KeyboardInterrupt):
            self.close()
        finally:
            sys.setswitchinterval(usual)
            collecting.close()

    def stop(self) -> None:
        """End `run`, from any thread: the loop closes its own sockets, as it may be waiting for them."""
        self.lanes.shutdown()
        try:
            self.listeners[0].trigger.pull_trigger(self._close_sockets)
        except OSError:
            if self._sockets:
                raise
            # another thread woke the loop first, and it has closed everything, this trigger too

    def close(self) -> None:
        """Let go of everything once the loop has ended."""
        self.lanes.shutdown()
        self._close_sockets()

    def _close_sockets(self) -> None:
        for listener in self.listeners:
            _close(list(listener.active_channels.values()))  # with the files that their answers lie in
        wasyncore.close_all(self._sockets, ignore_all=True)


def create_server(app: Flask, gate: Gate, host: str, port: int, deadlines: Deadlines | None = None) -> Server:
    """Listen on a host and port (0 takes a free one) for an application.

    Raises
    ------
    OSError
        The port is taken.
    ValueError
        There is no such host.
    """
    adj = Adjustments(
        host=host,
        port=port,
        ident="gridmap",
        connection_limit=MOST_CONNECTIONS,
        cleanup_interval=1,
        max_request_header_size=MOST_HEADER_BYTES,
        max_request_body_size=gate.most_bytes + 1,
        outbuf_high_watermark=NEVER_BYTES,
        asyncore_use_poll=True,
        channel_request_lookahead=1,
        clear_untrusted_proxy_headers=False,
        log_socket_errors=False,
    )
    sockets: dict[int, object] = {}
    lanes = Lanes()
    try:
        listeners = [
            Listener(app, gate, deadlines or Deadlines(), map=sockets, dispatcher=lanes, adj=adj, sockinfo=info)
            for info in adj.listen
        ]
    except BaseException:
        lanes.shutdown()
        wasyncore.close_all(sockets, ignore_all=True)
        raise
    return Server(listeners, lanes, sockets)
