"""One connection: it gives up on clients that do not send or do not read, and says so where somebody listens."""

from __future__ import annotations

import socket
import time
from functools import partial
from typing import TYPE_CHECKING

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from layers.errors import RequestTimeout
from layers.text import Text
from web.serving.deadlines import Deadlines, Flow
from web.serving.gate import REFUSAL
from web.serving.parser import Parser

if TYPE_CHECKING:
    from web.serving.server import Listener

DISCARDED_AT_ONCE = 1 << 16


class Task(WSGITask):
    """An answer by the application; a refusal too, so that every refusal looks the same."""

    def get_environment(self) -> dict[str, object]:
        """Return the WSGI environment, with the refusal where there is one."""
        environ = super().get_environment()
        if self.request.refusal is not None:
            environ[REFUSAL] = self.request.refusal
        return environ

    def execute(self) -> None:
        """Answer; a connection on which more is still to come cannot be used again."""
        if not self.request.whole:
            self.set_close_on_finish()
        super().execute()

    def finish(self) -> None:
        """End the answer; to a HEAD there is no body that could have an end."""
        if self.request.command == "HEAD":
            self.chunked_response = False
        super().finish()


class Channel(HTTPChannel):
    """A connection with deadlines; see waitress for who calls what from which thread."""

    task_class = Task
    draining_since: float | None = None
    close_when_flushed: bool

    def __init__(self, server: Listener, *args: object, **named: object) -> None:  # waitress's own
        self.sent_bytes, self.coming, self.going = 0, Flow(), Flow()
        self.opened = self.quiet_since = time.monotonic()
        self._cut_short = False
        super().__init__(server, *args, **named)
        self.parser_class = self._parser

    def _parser(self, adj: object) -> Parser:
        return Parser(adj, partial(self.server.admitted, self), time.monotonic())

    @property
    def half_open(self) -> bool:
        """Whether it holds a place without having asked for anything."""
        return not self.requests and not self.total_outbufs_len

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the client takes, and count it."""
        sent = super().send(data, do_close=do_close)
        self.sent_bytes += sent
        return sent

    def service(self) -> None:
        """Answer the oldest request, in a thread of its lane."""
        self._cut_short = self._cut_short or bool(self.requests and not self.requests[0].whole)
        super().service()
        self.quiet_since = time.monotonic()

    def late(self, now: float, limits: Deadlines) -> bool:
        """Say whether the connection is to be closed; a request that does not come to its end is answered first.

        Asked by the loop once a second. Waitress's `will_close` would not do: it is looked at when the socket can be
        written to, which it never can while its client does not read.
        """
        if not self.total_outbufs_len:
            self.going.stop()
        if self.draining_since is not None:
            return now - self.draining_since > limits.drain_seconds
        if self.total_outbufs_len:
            return self.going.stalls(now, self.sent_bytes, limits)
        if self.requests:
            return False
        if self.request is not None:
            self._look_at_request(self.request, now, limits)
            return False
        if self.sent_bytes:
            return now - self.quiet_since > limits.idle_seconds
        return now - self.opened > limits.first_byte_seconds

    def _look_at_request(self, request: Parser, now: float, limits: Deadlines) -> None:
        if not request.headers_finished:
            if now - request.begun > limits.header_seconds:
                self._give_up(request)
        elif self.coming.stalls(now, request.body_bytes_received, limits):
            self._give_up(request)

    def _give_up(self, request: Parser) -> None:
        """Answer a request that does not come to its end."""
        with self.requests_lock:
            request.refuse(RequestTimeout(Text("web.sent-too-slowly")))
            self.request = None
            self._cut_short = True
            self.requests.append(request)
            self.server.add_task(self)

    def received(self, data: bytes) -> bool:
        """Take bytes in; a new request begins a new window, and what follows one that was cut short is nothing."""
        if self._cut_short:
            return False
        before = self.request
        told = super().received(data)
        if self.request is not before:
            self.coming.stop()
        with self.requests_lock:
            self._cut_short = any(not each.whole for each in self.requests)
        return told

    def readable(self) -> bool:
        """Say whether the loop shall read."""
        return self.draining_since is not None or super().readable()

    def writable(self) -> bool:
        """Say whether the loop shall write, or close."""
        return self.will_close if self.draining_since is not None else super().writable()

    def handle_read(self) -> None:
        """Read; what comes after a refusal is thrown away."""
        if self.draining_since is None:
            super().handle_read()
            return
        try:
            self.recv(DISCARDED_AT_ONCE)  # at the end of the stream it closes by itself
        except OSError:
            self.handle_close()

    def handle_close(self) -> None:
        """Close, and let go of what was on its way in and out."""
        request, self.request = self.request, None
        if request is not None:
            request.close()
        super().handle_close()

    def handle_write(self) -> None:
        """Write; a client that still sends a body gets to read why it was refused before the connection is cut."""
        if not (self._cut_short and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close or self.socket is None:  # the client may be gone, and the channel with it
            self.handle_close()
        elif not self.total_outbufs_len:
            self.close_when_flushed = False
            self.draining_since = time.monotonic()
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.handle_close()
