"""Bodies that the server takes in before the application sees them: a full disk is a 507 here as well.

waitress keeps what does not fit into memory in a temporary file, in its loop: an error there closed the connection
without a word.
"""

from __future__ import annotations

import logging

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from layers import disks

log = logging.getLogger("gridmap")


class NoRoom(Error):
    """The refusal that waitress sends by itself."""

    code, reason = 507, "Insufficient Storage"


class Parser(HTTPRequestParser):
    """A parser that refuses a body for which there is no room, and lets the file of it go."""

    def received(self, data: bytes) -> int:
        """Take in a piece; return how much of it was used."""
        try:
            return super().received(data)
        except OSError as error:
            full = disks.refusal(error)
            if full is None:
                raise
            log.warning("a body found no room: %s", str(error))
            self.close()
            self.error = NoRoom(full.say("zh") + "\n" + full.say("en"))
            self.completed = True
            return len(data)


class Channel(HTTPChannel):
    """A connection that uses it."""

    parser_class = Parser
