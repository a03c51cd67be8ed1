"""Addresses have one spelling, and the settings that hold them are read whole or refused whole."""

from __future__ import annotations

import pytest

from layers import addresses
from layers.errors import InvalidParameter
from layers.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("text", "one"),
    [("GridMap.Example.", "gridmap.example"), ("localhost:5000", "localhost:5000"), ("[0:0::1]:80", "[::1]:80"),
     ("[::ffff:10.0.0.1]", "10.0.0.1"), ("my_pc-2", "my_pc-2")],
)  # fmt: skip
def test_a_host_in_its_one_spelling(text: str, one: str):
    assert str(addresses.host(text)) == one


@pytest.mark.parametrize("text", ["null", "*", "localhost", "ftp://a", "https://", "https://a/", "https://a?b", "//a"])
def test_what_is_no_origin(text: str):
    with pytest.raises(ValueError):
        addresses.origin(text)


def test_an_origin_leaves_out_the_port_that_its_scheme_implies():
    assert str(addresses.origin("HTTPS://A.example:443")) == "https://a.example"
    assert str(addresses.origin("http://a.example:443")) == "http://a.example:443"


def test_settings_that_are_addresses():
    settings = load_settings({
        "GRIDMAP_HOSTS": " GridMap.example , 10.0.0.5:5000,规划.example,",
        "GRIDMAP_PUBLIC_URL": "https://Office.example:443/gridmap",
        "GRIDMAP_CORS_ORIGINS": "https://portal.example:443",
        "GRIDMAP_TRUSTED_PROXIES": "127.0.0.1, 10.1.2.3/16",
    })  # fmt: skip
    assert settings.hosts == ("gridmap.example", "10.0.0.5:5000", "xn--wbrs17k.example")
    assert settings.public_url == "https://office.example/gridmap/"
    assert settings.cors_origins == ("https://portal.example",)
    assert settings.trusted_proxies == ("127.0.0.1/32", "10.1.0.0/16")
    assert load_settings({}) == Settings()


def test_all_faults_are_told_at_once_each_with_what_is_meant():
    with pytest.raises(InvalidParameter) as refused:
        load_settings({
            "GRIDMAP_HOSTS": "http://a.example, fine.example, b/c, a b",
            "GRIDMAP_PUBLIC_URL": "office.example",
            "GRIDMAP_CORS_ORIGINS": "*, null, https://a.example/path",
            "GRIDMAP_TRUSTED_PROXIES": "proxy.example",
        })  # fmt: skip
    said = [(each.where["parameter"], each.where["value"]) for each in refused.value.faults]
    assert said == [
        ("GRIDMAP_CORS_ORIGINS", "*"),
        ("GRIDMAP_CORS_ORIGINS", "null"),
        ("GRIDMAP_CORS_ORIGINS", "https://a.example/path"),
        ("GRIDMAP_HOSTS", "http://a.example"),
        ("GRIDMAP_HOSTS", "b/c"),
        ("GRIDMAP_HOSTS", "a b"),
        ("GRIDMAP_PUBLIC_URL", "office.example"),
        ("GRIDMAP_TRUSTED_PROXIES", "proxy.example"),
    ]
    assert "https://portal.example" in refused.value.say("en")


@pytest.mark.parametrize("url", ["https://a/?b", "https://a/#b", "https://u:p@a/", "https://a/b/../c", "https://a/b c"])
def test_a_public_address_has_nothing_odd_in_it(url: str):
    with pytest.raises(InvalidParameter):
        load_settings({"GRIDMAP_PUBLIC_URL": url})
