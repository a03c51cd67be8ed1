"""Addresses as browsers, proxies and administrators write them. Nothing is looked up: names are compared as text."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PORTS = {"http": 80, "https": 443}
LONGEST_NAME, LONGEST = 253, 260
HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::(?P<port>[0-9]{1,5}))?")
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
LABEL = re.compile(r"[^./:\[\]@\s\x00-\x1f]*[^\x00-\x7f][^./:\[\]@\s]*")
FOLDER = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class Host:
    """A name or a literal address in one spelling, and a port where one was said."""

    name: str
    port: int | None = None

    @property
    def address(self) -> Address | None:
        """The literal address; None for a name."""
        return _literal(self.name.strip("[]"))

    @property
    def loopback(self) -> bool:
        """Whether only this very computer can be meant: browsers never ask a name server for these names."""
        address = self.address
        if address is not None:
            return address.is_loopback
        return self.name == "localhost" or self.name.endswith(".localhost")

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what browsers tell pages apart by."""

    scheme: str
    name: str
    port: int

    def __str__(self) -> str:
        """Write it as the header does: a port that the scheme implies is left out."""
        return f"{self.scheme}://{self.name}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """The address that readers know: an origin, and the folder in it that a proxy gives to gridmap."""

    origin: Origin
    folder: str = ""


def host(text: str) -> Host:
    """Read ``name[:port]``; ValueError where it is none, or has more than one meaning.

    Capitals and a dot at the end mean nothing. What looks like a number is an IPv4 address in its one usual spelling:
    ``127.1`` and ``0x7f000001`` are addresses to some programs and names to others.
    """
    if len(text) > LONGEST:
        raise ValueError(text[:LONGEST])
    return _host(text)


@lru_cache(maxsize=256)  # a browser says the same in every request
def _host(text: str) -> Host:
    parts = HOST.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    port = None if parts["port"] is None else int(parts["port"])
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(text)
    return Host(_name(parts["name"]), port)


def origin(text: str) -> Origin:
    """Read ``scheme://name[:port]`` and nothing after it; ValueError for anything else, ``null`` included."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in PORTS:
        raise ValueError(text)
    return at(scheme.lower(), host(rest))


def at(scheme: str, host: Host) -> Origin:
    """Return the origin of a host under a scheme."""
    return Origin(scheme, host.name, host.port or PORTS[scheme])


def public_address(text: str) -> PublicAddress:
    """Read ``https://name[:port][/folder]``; ValueError where there is a query, a fragment or an odd folder."""
    parts = urlsplit(text)
    folder = parts.path.rstrip("/")
    if parts.query or parts.fragment or not FOLDER.fullmatch(folder) or {".", ".."} & set(folder.split("/")):
        raise ValueError(text)
    return PublicAddress(origin(f"{parts.scheme}://{parts.netloc}"), folder)


def in_ascii(text: str) -> str:
    """Return an address with its names as browsers send them, ``xn--…``; ValueError where a name has no such form."""
    return LABEL.sub(lambda label: label[0].encode("idna").decode("ascii"), text)


def network(text: str) -> Network:
    """Read an address or a network such as ``10.0.0.0/8``; ValueError where it is none."""
    return ipaddress.ip_network(text, strict=False)


def address(text: str) -> Address | None:
    """Read the address of a client; None where it is none. A port beside it, as some proxies write, is left out."""
    return _address(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=256)
def _address(text: str) -> Address | None:
    found = _literal(text.partition("%")[0])
    if found is None:
        try:
            found = host(text).address
        except ValueError:
            return None
    return found


def _name(text: str) -> str:
    """Return a name or an address in its one spelling."""
    if text.startswith("["):
        found = _literal(text[1:-1])
        if found is None:
            raise ValueError(text)
        return f"[{found}]" if found.version == 6 else str(found)
    name = text.lower().removesuffix(".")
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise ValueError(text)
    if NUMBER.fullmatch(name.rpartition(".")[2]):
        return str(ipaddress.IPv4Address(name))
    return name


@lru_cache(maxsize=256)
def _literal(text: str) -> Address | None:
    """Return a literal address; an IPv4 address in the clothes of IPv6 is the IPv4 address."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
