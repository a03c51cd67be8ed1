"""Which encoding a text is in: what it says of itself, what its bytes allow, and when to ask."""

from __future__ import annotations

import codecs
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.errors import InvalidParameter
from layers.formats import encodings, read_tables
from layers.formats.encodings import LANGUAGE_DRIVERS, SAMPLE_BYTES, asked, guess, lookup, mark

TEXT = "市南区,区划代码"
NAMES = {
    "gb18030": "市南区",
    "big5": "繁體",
    "cp932": "カタカナ",
    "cp949": "한국어",
    "cp866": "русский",
    "cp1250": "čeština",
    "cp1251": "русский",
}


class TestMarks:
    @pytest.mark.parametrize(
        ("start", "encoding"),
        [
            (codecs.BOM_UTF8 + b"a", "utf-8-sig"),
            (codecs.BOM_UTF16_LE + "区".encode("utf-16-le"), "utf-16"),
            (codecs.BOM_UTF16_BE + "区".encode("utf-16-be"), "utf-16"),
            # The mark of UTF-32 begins with that of UTF-16.
            (codecs.BOM_UTF32_LE + "区".encode("utf-32-le"), "utf-32"),
        ],
    )
    def test_a_byte_order_mark_names_its_encoding(self, start: bytes, encoding: str) -> None:
        assert mark(start) == encoding

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_without_a_mark_zero_bytes_betray_on_which_side_a_character_begins(self, encoding: str) -> None:
        assert mark("code,name\n1,a".encode(encoding)) == encoding
        # Of "区a区a区a…" half the characters have a zero byte, which is enough; of "区区区区区a" a sixth, which is not.
        assert mark(("区a" * 50).encode(encoding)) == encoding
        assert mark(("区区区区区a" * 20).encode(encoding)) is None

    def test_at_a_third_of_zero_bytes_it_is_not_said_yet(self) -> None:
        assert mark(("区区a" * 20).encode("utf-16-be")) is None
        assert mark(("区区a" * 20).encode("utf-16-le")) is None

    def test_only_the_first_two_hundred_bytes_are_looked_at(self) -> None:
        assert mark("a".encode("utf-16-be") * 100 + b"ab" * 100) == "utf-16-be"
        assert mark("a".encode("utf-16-le") * 100 + b"\0\0") == "utf-16-le"

    @pytest.mark.parametrize("start", [b"", b"a", b"code,name", b"\0\0\0\0", TEXT.encode(), TEXT.encode("gb18030")])
    def test_a_plain_text_and_mere_zeros_have_none(self, start: bytes) -> None:
        assert mark(start) is None


class TestNames:
    @pytest.mark.parametrize(
        ("name", "encoding"),
        [
            ("UTF-8", "utf-8"),
            ("utf8", "utf-8"),
            ("65001", "utf-8"),
            (" GBK \0", "gb18030"),
            ("936", "gb18030"),
            ("ANSI 936", "gb18030"),
            ("OEM 866", "cp866"),
            ("LDID/936", "gb18030"),
            ("gb2312", "gb18030"),
            ("BIG-5", "big5"),
            ("88591", "iso8859-1"),
            ("koi8r", "koi8-r"),
            ("1251", "cp1251"),
        ],
    )
    def test_as_users_and_cpg_files_write_them(self, name: str, encoding: str) -> None:
        assert lookup(name) == encoding

    @pytest.mark.parametrize("name", ["klingon", "", "rot13", "zip", "99999", "a\0b"])
    def test_what_is_none(self, name: str) -> None:
        assert lookup(name) is None
        with pytest.raises(InvalidParameter):
            asked(name)


class TestGuess:
    def test_what_is_asked_for_wins_and_then_what_the_file_names(self) -> None:
        assert guess([TEXT.encode()], "gbk", "big5").encoding == "gb18030"
        assert (guess(["繁體".encode("big5")], None, "big5").source) == "named"

    def test_utf_8_needs_no_note(self) -> None:
        found = guess([TEXT.encode()])
        assert (found.encoding, found.source, found.note) == ("utf-8", "guessed", None)

    def test_gb18030_is_said_because_nearly_any_bytes_would_be_valid(self) -> None:
        found = guess([TEXT.encode("gb18030")])
        assert (found.encoding, found.note.key) == ("gb18030", "formats.encoding-guessed")

    def test_a_name_that_does_not_fit_is_told_even_for_utf_8(self) -> None:
        found = guess([TEXT.encode()], named="ascii")
        assert (found.encoding, found.note.key) == ("utf-8", "formats.encoding-wrong")

    @pytest.mark.parametrize(("text", "really", "named"), [
        ("清河花园\n东岭小区", "utf-8", "gb18030"), ("清河花园", "utf-8", "cp1252"),
        ("清河花园", "gb18030", "iso8859-1"), ("清河花园", "gb18030", "big5"),
        ("清河花园", "gb18030", "cp437"), ("清河花园", "gb18030", "cp932"),
    ])  # fmt: skip
    def test_a_name_in_which_the_text_reads_clearly_worse_is_distrusted(self, text, really, named) -> None:
        found = guess([text.encode(really)], named=named)
        assert (found.encoding, found.source) == (really, "guessed")
        assert found.note.key == "formats.encoding-distrusted"
        assert found.note.params["right"].startswith("清河花园")

    @pytest.mark.parametrize(("text", "named"), [
        ("繁體中文的道路名稱", "big5"), ("Москва, улица Ленина", "cp1251"), ("МОСКВА", "cp866"),
        ("Fête née Öß", "cp1252"), ("東京都渋谷区の道路", "cp932"), ("서울특별시", "cp949"),
        ("清河花园", "gb18030"), ("Škoda", "cp1250"),
    ])  # fmt: skip
    def test_a_name_that_fits_is_believed(self, text, named) -> None:
        assert guess([text.encode(named)], named=named) == encodings.Choice(named, "named")

    def test_a_text_of_ascii_alone_is_utf_8(self) -> None:
        assert guess([b"code,name\n1,a"]).encoding == "utf-8"
        assert guess([]).encoding == "utf-8"

    def test_a_character_cut_between_two_pieces_is_one_character(self) -> None:
        data = TEXT.encode()
        assert guess([data[:1], data[1:]]).encoding == "utf-8"

    def test_a_character_cut_off_at_the_end_decides_against_an_encoding(self) -> None:
        with pytest.raises(InvalidParameter):
            guess(["Peçeña".encode("latin-1"), "国".encode()[:2]])

    def test_rare_characters_make_gb18030_unlikely_from_a_fifth_on(self) -> None:
        # 镕 and 堃 are in GBK, not in GB2312. Four common ones of five are enough.
        assert guess(["市南区人堃".encode("gb18030")]).encoding == "gb18030"
        with pytest.raises(InvalidParameter):
            guess(["市南区堃".encode("gb18030")])

    def test_a_name_is_distrusted_where_four_characters_of_five_are_everyday_chinese(self) -> None:
        assert guess(["市南区人堃".encode("gb18030")], named="iso8859-1").encoding == "gb18030"
        assert guess(["市南区堃".encode("gb18030")], named="iso8859-1").encoding == "iso8859-1"

    def test_the_question_shows_how_each_candidate_would_look(self) -> None:
        with pytest.raises(InvalidParameter) as refused:
            guess(["繁體國語".encode("big5")])
        fault = refused.value.faults[0]
        assert "big5: 繁體國語" in fault.text.say("en") and "gb18030: " in fault.text.say("en")
        assert fault.where == {"parameter": "encoding"}

    def test_the_sample_is_filled_from_the_first_pieces_that_are_not_ascii(self) -> None:
        ascii_first = [b"a" * SAMPLE_BYTES, TEXT.encode("gb18030")]
        assert guess(ascii_first).encoding == "gb18030"


@pytest.mark.parametrize("driver", sorted(LANGUAGE_DRIVERS))
def test_the_language_driver_of_a_dbf_names_its_code_page(tmp_path: Path, driver: int) -> None:
    """Byte 29 of a table says how its text is written; without a .cpg it is the only one that does."""
    encoding = LANGUAGE_DRIVERS[driver]
    path = tmp_path / "a.shp"
    gpd.GeoDataFrame({"name": ["x" * 16]}, geometry=[shapely.Point(120, 36)], crs=4326).to_file(path)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    at = table.index(b"x" * 16)
    table[at : at + 16] = NAMES[encoding].encode(encoding).ljust(16)
    table[29] = driver
    path.with_suffix(".dbf").write_bytes(table)
    (read,) = read_tables(path)
    assert read.columns["name"] == [NAMES[encoding]]
    assert read.choices["encoding_source"] == "named"


def test_the_code_pages_are_those_of_the_format() -> None:
    """As the dBASE and FoxPro manuals list them: a wrong one would read names as other names."""
    assert {f"{driver:02X}": name for driver, name in LANGUAGE_DRIVERS.items()} == {
        "4D": "gb18030",
        "7A": "gb18030",
        "4F": "big5",
        "78": "big5",
        "13": "cp932",
        "7B": "cp932",
        "4E": "cp949",
        "79": "cp949",
        "65": "cp866",
        "C8": "cp1250",
        "C9": "cp1251",
    }


@pytest.mark.parametrize(
    ("character", "everyday"),
    [("戶", True), ("滬", True), ("籲", True), ("乂", False), ("あ", True), ("ー", True), ("가", True), ("힣", True)],
)
def test_everyday_is_what_the_first_levels_of_both_scripts_hold_with_kana_and_korean(
    character: str, everyday: bool
) -> None:
    assert encodings._everyday(character) == everyday
