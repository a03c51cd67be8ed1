"""Who is served: by the name that was asked, by where a page comes from, and by who sits at this computer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layers.errors import Forbidden, InvalidParameter
from layers.settings import Settings
from web.http.doors import Asked, Doors, asked

DATA, PAGE = "/api/collections/buildings/items", "/maps/coverage"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
NAMES = r"(\[[0-9a-f:.]{2,12}\]|[a-zA-Z0-9_.-]{1,30}|(localhost|127\.0\.0\.1|0)\.?[a-z.]{0,8})(:[0-9]{1,5})?"
PLAIN = Asked("GET", DATA, host="localhost:5000")
OFFICE = Settings(hosts=("gridmap.example", "old.example:8080"), cors_origins=("https://portal.example",))
PROXIED = Settings(public_url="https://office.example/gridmap/", trusted_proxies=("127.0.0.1/32", "10.9.0.0/16"))


def status(doors: Doors, known: Asked) -> int:
    refusal = doors.refusal(known)
    return 200 if refusal is None else refusal.status


def of_a_page(origin: str | None, site: str | None, mode: str = "cors", dest: str = "empty", **more: object) -> Asked:
    """Return what a browser sends for a page."""
    return replace(PLAIN, origin=origin, fetch_site=site, fetch_mode=mode, fetch_dest=dest, **more)


class TestNames:
    @pytest.mark.parametrize(
        "host",
        ["localhost", "LOCALHOST:5000", "localhost.", "map.localhost:80", "127.0.0.1:5000", "127.8.0.1",
         "[::1]:5000", "[0:0::1]", "[::ffff:127.0.0.1]", "gridmap.example", "GridMap.Example.:9", "old.example:8080"],
    )  # fmt: skip
    def test_names_of_this_computer_and_those_of_the_settings_are_served(self, host: str):
        assert status(Doors(OFFICE), replace(PLAIN, host=host)) == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example:5000", "old.example", "old.example:81", "localhost.evil.example",
         "notlocalhost", "gridmap.example.evil.example", "192.168.1.5", "0.0.0.0", "[::]", "[fe80::1]",
         "128.0.0.1", "127.0.0.1.nip.io"],
    )  # fmt: skip
    @pytest.mark.parametrize("method", METHODS)
    def test_others_are_not_for_any_method(self, host: str, method: str):
        assert status(Doors(OFFICE), replace(PLAIN, host=host, method=method)) == 403

    @pytest.mark.parametrize(
        "host",
        [None, "", " ", "localhost, evil.example", "localhost localhost", "localhost:0", "localhost:65536",
         "localhost:", "localhost:5000:1", "a@localhost", "localhost/", "http://localhost", "127.1", "2130706433",
         "0x7f.0.0.1", "127.0.0.01", "[::1", "::1", "[localhost]", "local\x00host",
         "本机", "-.example", "a..b", "a" * 300],
    )  # fmt: skip
    def test_what_is_no_name_or_more_than_one_is_not(self, host: str | None):
        assert status(Doors(OFFICE), replace(PLAIN, host=host)) == 400

    def test_the_address_that_is_listened_on(self):
        assert status(Doors(Settings(), "192.168.1.5"), replace(PLAIN, host="192.168.1.5:5000")) == 200
        assert status(Doors(Settings(), "192.168.1.5"), replace(PLAIN, host="192.168.1.6:5000")) == 403
        assert status(Doors(Settings(), "gridmap-pc"), replace(PLAIN, host="gridmap-pc:5000")) == 200
        assert status(Doors(Settings(), "fe80::1%eth0"), replace(PLAIN, host="[fe80::1]:5000")) == 200
        with pytest.raises(InvalidParameter):
            Doors(Settings(), "no host")

    @pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
    def test_on_every_address_any_literal_one_is_served_and_no_name(self, bound: str):
        doors = Doors(Settings(), bound)
        assert status(doors, replace(PLAIN, host="192.168.1.5:5000")) == 200
        assert status(doors, replace(PLAIN, host="[2001:db8::5]")) == 200
        assert status(doors, replace(PLAIN, host="evil.example")) == 403

    @given(
        host=st.text(max_size=40) | st.from_regex(NAMES, fullmatch=True),
        method=st.sampled_from(METHODS),
        path=st.sampled_from([DATA, PAGE, "/"]),
    )
    @example(host="localhost\t", method="POST", path=DATA)
    @example(host="lócalhost", method="GET", path=PAGE)
    def test_any_host_that_is_not_listed_is_refused(self, host: str, method: str, path: str):
        name = host.lower().partition(":")[0].removesuffix(".")
        ours = name.split(".")[-1] == "localhost" or host.startswith(("127.", "[::1]", "[::ffff:127."))
        refusal = Doors(Settings()).refusal(Asked(method, path, host=host))
        assert ours or isinstance(refusal, Forbidden | InvalidParameter)


class TestPages:
    @pytest.mark.parametrize(
        ("origin", "site"), [(None, None), (None, "none"), (None, "same-origin"), ("http://localhost:5000", None),
                             ("http://LOCALHOST:5000", "same-origin")],
    )  # fmt: skip
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_programs_and_our_own_pages_read_and_write(self, origin: str | None, site: str | None, method: str):
        assert status(Doors(Settings()), replace(PLAIN, method=method, origin=origin, fetch_site=site)) == 200

    @pytest.mark.parametrize(
        "origin",
        ["null", "", "http://localhost", "https://localhost:5000", "http://localhost:5001", "http://127.0.0.1:5000",
         "http://evil.example", "http://localhost:5000, http://evil.example", "file://", "http://localhost:5000/",
         "http://localhost:5000.evil.example", "http://x@localhost:5000", "chrome-extension://abc"],
    )  # fmt: skip
    @pytest.mark.parametrize("method", METHODS)
    def test_another_origin_does_neither(self, origin: str, method: str):
        assert status(Doors(Settings()), replace(PLAIN, method=method, origin=origin)) == 403

    def test_a_port_that_the_scheme_implies_is_the_same(self):
        doors = Doors(Settings())
        assert status(doors, replace(PLAIN, host="localhost:80", origin="http://localhost")) == 200
        assert status(doors, replace(PLAIN, host="localhost", origin="http://localhost:80")) == 200

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "", "odd", "same-origin, cross-site"])
    @pytest.mark.parametrize(
        ("mode", "dest"),
        [("no-cors", "image"), ("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe"), ("navigate", "object"),
         ("websocket", "empty"), ("no-cors", "empty")],
    )  # fmt: skip
    @pytest.mark.parametrize("path", [DATA, PAGE, "/", "/static/js/workbench/main.js", "/metrics", "/health/live"])
    def test_what_another_site_embeds_is_refused(self, site: str, mode: str, dest: str, path: str):
        assert status(Doors(Settings()), of_a_page(None, site, mode, dest, path=path)) == 403

    @pytest.mark.parametrize(
        "path", ["/", PAGE, "//maps/coverage", "/plans", "/plans/p1", "/import", "/problems/conflict"]
    )
    def test_another_site_may_lead_to_a_page(self, path: str):
        link = asked("get", path, "127.0.0.1", "http", {
            "HOST": "localhost:5000", "SEC_FETCH_SITE": "cross-site", "SEC_FETCH_MODE": "navigate",
            "SEC_FETCH_DEST": "document",
        }.get)  # fmt: skip
        assert status(Doors(Settings()), link) == 200
        for site in ("cross-site", "none", None):  # a browser calls what it fetches beforehand nobody's
            assert status(Doors(Settings()), replace(link, purpose="prefetch", fetch_site=site)) == 403
        assert status(Doors(Settings()), replace(link, purpose="prefetch", fetch_site="same-origin")) == 200
        assert status(Doors(Settings()), replace(link, method="POST", origin="https://evil.example")) == 403

    @pytest.mark.parametrize(
        "path",
        [DATA, "/api/", "/maps/coverage/download", "/maps/coverage/export", "/maps/coverage/rows", "/metrics",
         "/api/collections/buildings/export", "/static/css/base.css"],
    )  # fmt: skip
    def test_but_not_to_data_nor_to_work(self, path: str):
        assert status(Doors(Settings()), of_a_page(None, "cross-site", "navigate", "document", path=path)) == 403


class TestOriginsThatMayRead:
    FROM = of_a_page("https://portal.example", "cross-site")

    @pytest.mark.parametrize("method", METHODS)
    def test_they_read_and_never_write(self, method: str):
        reads = method in ("GET", "HEAD", "OPTIONS")
        assert status(Doors(OFFICE), replace(self.FROM, method=method)) == (200 if reads else 403)
        assert status(Doors(Settings()), replace(self.FROM, method=method)) == 403

    def test_the_browser_is_told_so_and_told_of_nobody_else(self):
        told = dict(Doors(OFFICE).headers(self.FROM))
        assert told["Access-Control-Allow-Origin"] == "https://portal.example"
        assert told["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in told
        for other in (PLAIN, of_a_page("https://evil.example", "cross-site"), of_a_page("null", "cross-site"),
                      replace(self.FROM, method="POST")):  # fmt: skip
            told = dict(Doors(OFFICE).headers(other))
            assert told["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "Access-Control-Allow-Origin" not in told

    @pytest.mark.parametrize(("wanted", "allowed"), [("GET", True), ("HEAD", True), ("POST", False), ("DELETE", False)])
    def test_a_preflight(self, wanted: str, allowed: bool):
        preflight = replace(self.FROM, method="OPTIONS", wanted_method=wanted)
        assert Doors(OFFICE).is_preflight(preflight)
        assert status(Doors(OFFICE), preflight) == (200 if allowed else 403)
        assert dict(Doors(OFFICE).headers(preflight))["Access-Control-Allow-Methods"] == "GET, HEAD"

    def test_a_wider_network_gets_no_way_into_ours(self):
        preflight = replace(self.FROM, method="OPTIONS", wanted_method="GET", private_network=True)
        assert status(Doors(OFFICE), preflight) == 403


class TestWriters:
    WRITE = replace(PLAIN, method="POST")

    @pytest.mark.parametrize(
        ("known", "expected"),
        [
            (WRITE, 200),
            (replace(WRITE, peer="::1", host="[::1]:5000"), 200),
            (replace(WRITE, peer="::ffff:127.0.0.1"), 200),
            (replace(WRITE, peer="192.168.1.20"), 403),
            (replace(WRITE, peer="localhost"), 403),
            (replace(WRITE, peer=""), 403),
            # through a proxy that nobody told us of: its headers, or the name that only it can have passed on
            (replace(WRITE, forwarded=True), 403),
            (replace(WRITE, forwarded=True, forwarded_for="127.0.0.1"), 403),
            (replace(WRITE, host="gridmap.example"), 403),
            # to compute is no writing; a path that only begins so is
            (replace(WRITE, peer="192.168.1.20", path="/api/processes/coverage/execution"), 200),
            (replace(WRITE, peer="192.168.1.20", path="/api/jobs/j1", method="DELETE"), 200),
            (replace(WRITE, peer="192.168.1.20", path="/api/jobsite"), 403),
            (replace(WRITE, peer="192.168.1.20", path="/api/../api/jobs"), 403),
        ],
    )
    def test_only_this_computer_writes(self, known: Asked, expected: int):
        assert status(Doors(OFFICE), known) == expected

    def test_the_settings_open_it_to_anyone_but_to_no_strange_page(self):
        doors = Doors(Settings(writers="anyone", hosts=("gridmap.example",)))
        assert status(doors, replace(self.WRITE, host="gridmap.example", peer="10.0.0.7")) == 200
        assert status(doors, replace(self.WRITE, origin="https://evil.example", fetch_site="cross-site")) == 403
        assert status(doors, replace(self.WRITE, host="evil.example", origin="http://evil.example")) == 403

    @pytest.mark.parametrize(
        ("chain", "client", "local"),
        [
            ("192.168.1.20", "192.168.1.20", False),
            ("127.0.0.1", "127.0.0.1", True),
            ("127.0.0.1, 192.168.1.20", "192.168.1.20", False),  # the first is the reader's own word
            ("192.168.1.20, 10.9.0.4", "192.168.1.20", False),
            ("127.0.0.1, 10.9.0.4", "10.9.0.4", False),  # all trusted: what the nearest saw
            ("127.0.0.1, unknown", "127.0.0.1", False),
            ("", "127.0.0.1", False),
            ("192.168.1.20:4711", "192.168.1.20", False),
            ("[2001:db8::1]:4711", "2001:db8::1", False),
        ],
    )
    def test_behind_a_trusted_proxy_the_readers_computer_counts(self, chain: str, client: str, local: bool):
        known = replace(self.WRITE, host="office.example", forwarded=True, forwarded_for=chain)
        visit = Doors(PROXIED).visit(known)
        assert (visit.client, visit.local) == (client, local)
        assert status(Doors(PROXIED), known) == (200 if local else 403)

    def test_anybody_else_who_says_to_be_a_proxy_is_not_believed(self):
        known = replace(self.WRITE, peer="10.0.0.7", forwarded=True, forwarded_for="127.0.0.1")
        assert Doors(PROXIED).visit(known).client == "10.0.0.7"
        assert status(Doors(PROXIED), known) == 403


class TestAddresses:
    def origin(self, settings: Settings, known: Asked) -> tuple[str, str]:
        visit = Doors(settings).visit(known)
        return str(visit.origin), visit.folder

    def test_by_the_name_that_was_asked(self):
        assert self.origin(Settings(), PLAIN) == ("http://localhost:5000", "")
        assert self.origin(Settings(), replace(PLAIN, host="LOCALHOST.:80")) == ("http://localhost", "")

    def test_by_the_public_address_when_asked_under_it(self):
        public = ("https://office.example", "/gridmap")
        assert self.origin(PROXIED, replace(PLAIN, host="office.example")) == public
        assert self.origin(PROXIED, replace(PLAIN, forwarded=True, forwarded_for="10.1.1.1")) == public
        assert self.origin(PROXIED, PLAIN) == ("http://localhost:5000", "")
        assert self.origin(PROXIED, replace(PLAIN, host="office.example:5000")) == ("http://office.example:5000", "")

    def test_by_what_a_trusted_proxy_says(self):
        settings = Settings(trusted_proxies=("127.0.0.1",), hosts=("gridmap.example",))
        said = replace(PLAIN, forwarded=True, forwarded_proto="https", forwarded_host="gridmap.example")
        assert self.origin(settings, said) == ("https://gridmap.example", "")
        assert self.origin(settings, replace(said, peer="10.0.0.7")) == ("http://localhost:5000", "")
        assert status(Doors(settings), replace(said, forwarded_host="evil.example")) == 403
        assert status(Doors(settings), replace(said, forwarded_proto="gopher")) == 400

    def test_own_pages_write_through_a_proxy_that_ends_https(self):
        known = replace(PLAIN, method="POST", host="office.example", origin="https://office.example", forwarded=True,
                        forwarded_for="127.0.0.1", fetch_site="same-origin")  # fmt: skip
        assert status(Doors(PROXIED), known) == 200
        assert status(Doors(PROXIED), replace(known, origin="http://office.example")) == 403
