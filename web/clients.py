"""Who asks: the one place that says from which computer a request came."""

from __future__ import annotations

import ipaddress

from flask import request

from layers.model.job import Client

# A socket of this computer's own has no address.
THIS_COMPUTER = "127.0.0.1"


def client() -> Client:
    """Return who sent the request that is being answered."""
    return client_at(request.remote_addr)


def client_at(address: str | None) -> Client:
    """Return who is at an address, an IPv4 address always in its own form."""
    try:
        found = ipaddress.ip_address((address or THIS_COMPUTER).partition("%")[0])
    except ValueError:  # not over a network: a name that the server gave
        return Client(address, here=address == "localhost")
    found = getattr(found, "ipv4_mapped", None) or found
    return Client(str(found), found.is_loopback)
