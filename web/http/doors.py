"""Who is served: decided from the request line, the headers and the peer's address, before a body is read.

Everybody on this computer may read and write without signing in, and so might any page that a reader opens in the same
browser. Three things tell them apart, and a page can forge none of them: the name that it reached us under (`Host`),
where it comes from (`Origin`), and what the browser says of the request (`Sec-Fetch-…`). See docs/adr/0017.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from layers import addresses
from layers.addresses import Host, Origin
from layers.errors import Fault, Forbidden, GridmapError, InvalidParameter
from layers.settings import Settings
from layers.text import Text
from web.methods import READING

SHARED = {"GET", "HEAD"}
# To compute something is not to write: analyses and jobs are for every reader.
COMPUTING = ("/api/processes/", "/api/jobs/")
# What another site may lead to. The rest is data, or makes work: it is asked for by our own pages and by programs.
PAGE = re.compile(r"/(maps/[^/]+|plans(/[^/]+)?|records(/.+)?|history|import|problems/[^/]+)?")
WILDCARDS = {"", "*", "0.0.0.0", "::", "[::]"}
# A request with one of these came through a proxy, whether that is believed or not.
FORWARDING = ("X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_FORWARDED_PORT", "X_FORWARDED_BY",
              "FORWARDED", "X_REAL_IP", "VIA")  # fmt: skip
PREFLIGHT = [
    ("Access-Control-Allow-Methods", ", ".join(sorted(SHARED))),
    ("Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match"),
    ("Access-Control-Max-Age", "600"),
]
EXPOSED = ("Access-Control-Expose-Headers", "Content-Crs, Content-Disposition, ETag, Link, Retry-After")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a request before its body: None where a header is missing.

    Parameters
    ----------
    path : str
        Decoded, without the query.
    peer : str
        The address at the other end of the connection.
    purpose : str or None
        `Sec-Purpose`: a browser says here that nobody has asked for the page yet.
    forwarded : bool
        Whether any header shows that a proxy passed the request on.
    wanted_method : str or None
        Of a preflight: the method that is to follow.
    private_network : bool
        Whether it is the preflight of a page in a wider network that wants into ours.
    """

    method: str
    path: str
    peer: str = "127.0.0.1"
    scheme: str = "http"
    host: str | None = None
    origin: str | None = None
    fetch_site: str | None = None
    fetch_mode: str | None = None
    fetch_dest: str | None = None
    purpose: str | None = None
    forwarded: bool = False
    forwarded_for: str | None = None
    forwarded_proto: str | None = None
    forwarded_host: str | None = None
    wanted_method: str | None = None
    private_network: bool = False


def asked(method: str, path: str, peer: str, scheme: str, header: Callable[[str], str | None]) -> Asked:
    """Gather what `Doors` wants to know.

    Parameters
    ----------
    header : callable
        Gives a header's value by its name as CGI spells it, ``SEC_FETCH_SITE``; None where it is missing.
    """
    return Asked(
        method=method.upper(),
        path="/" + path.lstrip("/"),
        peer=peer,
        scheme=scheme,
        host=header("HOST"),
        origin=header("ORIGIN"),
        fetch_site=header("SEC_FETCH_SITE"),
        fetch_mode=header("SEC_FETCH_MODE"),
        fetch_dest=header("SEC_FETCH_DEST"),
        purpose=header("SEC_PURPOSE"),
        forwarded=any(header(name) is not None for name in FORWARDING),
        forwarded_for=header("X_FORWARDED_FOR"),
        forwarded_proto=header("X_FORWARDED_PROTO"),
        forwarded_host=header("X_FORWARDED_HOST"),
        wanted_method=header("ACCESS_CONTROL_REQUEST_METHOD"),
        private_network=header("ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") is not None
        or header("ACCESS_CONTROL_REQUEST_LOCAL_NETWORK") is not None,
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks and under which address, as far as it is believed.

    Parameters
    ----------
    client : str
        The address of the reader's computer, or the peer's where no proxy is trusted.
    local : bool
        Whether the reader sits at this computer.
    origin : Origin
        The origin that the service has for this reader.
    folder : str
        Where in that origin the service begins: empty, or such as ``/gridmap``.
    """

    client: str
    local: bool
    origin: Origin
    folder: str = ""

    @property
    def authority(self) -> str:
        """The host, with a port that the scheme does not imply."""
        return str(self.origin).partition("://")[2]


class Doors:
    """Which requests are let in.

    Parameters
    ----------
    settings : Settings
        `writers`, `hosts`, `public_url`, `cors_origins` and `trusted_proxies` of them.
    bound : str
        The address or name that the service listens on.
    """

    def __init__(self, settings: Settings, bound: str = "127.0.0.1") -> None:
        self._anyone = settings.writers == "anyone"
        self._public = addresses.public_address(settings.public_url) if settings.public_url else None
        self._wildcard = bound in WILDCARDS
        self._hosts = {addresses.host(each) for each in settings.hosts}
        if not self._wildcard:
            self._hosts.add(_bound(bound))
        self._shared = {addresses.origin(each) for each in settings.cors_origins}
        self._proxies = [addresses.network(each) for each in settings.trusted_proxies]

    def refusal(self, asked: Asked) -> GridmapError | None:
        """Return why a request is not served, None where it is."""
        try:
            visit = self.visit(asked)
        except InvalidParameter as error:
            return error
        host = self._host(asked)
        if not self._known(host):
            return Forbidden(Fault(Text("web.unknown-host"), {"parameter": "Host", "value": str(host)[:80]}))
        if self._strange(asked, visit):
            value = asked.origin or asked.fetch_site or ""
            return Forbidden(Fault(Text("web.other-site"), {"value": value[:80]}))
        if not (self.writes(visit) or asked.method in READING or f"{asked.path}/".startswith(COMPUTING)):
            return Forbidden(Fault(Text("web.other-computer"), {"value": visit.client}))
        return None

    def writes(self, visit: Visit) -> bool:
        """Say whether whoever asks may change records."""
        return self._anyone or visit.local

    def visit(self, asked: Asked) -> Visit:
        """Return who asks and under which address.

        Raises
        ------
        InvalidParameter
            The host is missing, said twice or none at all, or a trusted proxy names an unknown scheme.
        """
        host, scheme = self._host(asked), asked.scheme
        forwarded = asked.forwarded and self._trusted(addresses.address(asked.peer))
        if forwarded and asked.forwarded_proto is not None:
            scheme = _last(asked.forwarded_proto).lower()
            if scheme not in addresses.PORTS:
                where = {"parameter": "X-Forwarded-Proto", "value": asked.forwarded_proto[:80]}
                raise InvalidParameter(Fault(Text("web.forwarded-proto"), where))
        client = self._client(asked) if forwarded else addresses.address(asked.peer)
        # A name of this computer in front of a proxy that nobody told us of would still not make its readers local.
        here = host.loopback or (host.address is not None and host.address.is_unspecified)
        local = client is not None and client.is_loopback and (forwarded or (here and not asked.forwarded))
        shown = str(client) if client is not None else asked.peer
        public = self._public
        if public is not None and (forwarded or _same(host, public.origin)):
            return Visit(shown, local, public.origin, public.folder)
        return Visit(shown, local, addresses.at(scheme, host))

    def is_preflight(self, asked: Asked) -> bool:
        """Say whether a browser asks beforehand for a page of an origin that may read."""
        return asked.method == "OPTIONS" and asked.wanted_method is not None and self._named(asked)

    def headers(self, asked: Asked) -> list[tuple[str, str]]:
        """Return the headers that tell a browser which pages may see the answer."""
        named = self._named(asked) and asked.method in READING
        found = [
            ("Cross-Origin-Resource-Policy", "cross-origin" if named else "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ]
        if named:
            found += [("Access-Control-Allow-Origin", asked.origin or ""), EXPOSED]
            found += PREFLIGHT if self.is_preflight(asked) else []
        return found

    @property
    def varies(self) -> bool:
        """Whether answers differ by origin, which caches must know."""
        return bool(self._shared)

    def _host(self, asked: Asked) -> Host:
        """Return the host that the reader asked; InvalidParameter where it is missing, said twice, or none."""
        said = asked.host
        if asked.forwarded_host is not None and self._trusted(addresses.address(asked.peer)):
            said = _last(asked.forwarded_host)
        try:
            return addresses.host(said or "")
        except ValueError:
            where = {"parameter": "Host", "value": (said or "")[:80]}
            raise InvalidParameter(Fault(Text("web.odd-host"), where)) from None

    def _known(self, host: Host) -> bool:
        """Say whether this is a name of ours. A literal address cannot be given to us by somebody's name server."""
        if host.loopback or {host, Host(host.name)} & self._hosts:
            return True
        if self._public is not None and _same(host, self._public.origin):
            return True
        return self._wildcard and host.address is not None

    def _strange(self, asked: Asked, visit: Visit) -> bool:
        """Say whether a page that is not ours sent this, other than by leading a reader to a page."""
        if asked.private_network:
            return True
        if asked.origin is not None and _origin(asked.origin) != visit.origin:
            wanted = asked.wanted_method or "GET"
            return not (self._named(asked) and asked.method in READING and wanted in SHARED)
        # What is fetched beforehand is called nobody's (`none`), also when another site's page asked for it.
        if asked.purpose is not None:
            return asked.fetch_site != "same-origin"
        return asked.fetch_site not in (None, "none", "same-origin") and not _leads(asked)

    def _named(self, asked: Asked) -> bool:
        return asked.origin is not None and _origin(asked.origin) in self._shared

    def _trusted(self, peer: addresses.Address | None) -> bool:
        return peer is not None and any(peer in network for network in self._proxies)

    def _client(self, asked: Asked) -> addresses.Address | None:
        """Return the last address that is no trusted proxy's; of a chain of them, the one that the nearest saw.

        What stands before it was written by somebody whom nobody trusts.
        """
        chain = [addresses.address(each.strip()) for each in (asked.forwarded_for or "").split(",")]
        return next((each for each in reversed(chain) if not self._trusted(each)), chain[-1])


def _bound(text: str) -> Host:
    address = text.partition("%")[0]
    try:
        return addresses.host(f"[{address}]" if ":" in address else address)
    except ValueError:
        raise InvalidParameter(Fault(Text("cli.bad-host"), {"parameter": "host", "value": text})) from None


def _origin(text: str) -> Origin | None:
    """Return an origin; None for ``null`` and whatever else is none, which is nobody's."""
    try:
        return addresses.origin(text)
    except ValueError:
        return None


def _leads(asked: Asked) -> bool:
    """Say whether a reader follows a link to a page, in a tab of its own."""
    into_a_tab = (asked.method, asked.fetch_mode, asked.fetch_dest) == ("GET", "navigate", "document")
    return into_a_tab and PAGE.fullmatch(asked.path) is not None


def _same(host: Host, origin: Origin) -> bool:
    """Say whether a host is that of an origin; proxies often leave the port out."""
    return host.name == origin.name and host.port in (None, origin.port)


def _last(text: str) -> str:
    """Return what the nearest proxy said."""
    return text.rpartition(",")[2].strip()
