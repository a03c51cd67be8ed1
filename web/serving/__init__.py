"""The server under the pages: lanes, deadlines and refusals before the body, on top of waitress (ADR 24).

One loop reads and sends for everybody and never waits; what a request asks for is done by the few threads of its lane.
"""

from __future__ import annotations

from web.serving.gate import REFUSAL, Gate
from web.serving.server import Server, create_server

__all__ = ["REFUSAL", "Gate", "Server", "create_server", "parser"]
