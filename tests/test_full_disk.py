"""A full disk is a refusal with words, through every door and in every format, and nothing half is left."""

from __future__ import annotations

import datetime as dt
import errno
import gc
import http.client
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow
import pyogrio.errors
import pytest
from flask import Flask
from flask.testing import FlaskClient
from xlsxwriter.exceptions import FileCreateError

from app import DEMO, create_app
from layers import cli, disks
from layers.errors import StorageFull
from layers.jobs import worker
from layers.settings import Settings
from layers.store import open_store
from layers.usecases.edits.demo import load_demo
from layers.usecases.exports import exporting
from tests.full_disk import Disk
from tests.live import answering
from tests.suite import quickly
from tests.town import NOON
from tests.web.test_api import refused
from tests.web.test_jobs import hand_in

ROOT = Path(__file__).parent.parent
FORMATS = tuple(exporting.ENDINGS)
PLAIN = exporting.ExportOptions(language="en")
LIMIT_BYTES = 48 << 10
HEAD = b"code,name,lng,lat\n"


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the demo district, whose buildings need 100 kB to 1.3 MB as a file."""
    path = tmp_path_factory.mktemp("district") / "district.gpkg"
    store = open_store(path)
    load_demo(store, DEMO, dt.datetime(2025, 2, 6, tzinfo=dt.UTC))
    store.close()
    return path


@pytest.fixture
def service(district: Path, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings(workspace=str(shutil.copy(district, tmp_path / "w.gpkg")), language="en"))
    yield app
    app.extensions["gridmap"].store.close()


@pytest.fixture
def client(service: Flask) -> FlaskClient:
    return service.test_client()


def run(*arguments: str) -> int:
    return cli.run(lambda *_: pytest.fail("nothing is to be served"), ["--lang", "en", *arguments])


def one_line(complaint: str) -> bool:
    return complaint.startswith("gridmap: Storage full: ") and complaint.count("\n") == 1 and "full" in complaint


def buildings(rows: int) -> bytes:
    return HEAD + b"".join(b"b%07d,%s,120.%07d,36\n" % (number, b"x" * 80, number) for number in range(rows))


def hand_file_in(client: FlaskClient, content: bytes, name: str) -> object:
    head = f'--end\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + b"\r\n--end--\r\n"  # not made by the client, which would need room as well
    return client.post("/api/imports?lang=en", data=body, content_type="multipart/form-data; boundary=end")


@pytest.mark.parametrize("form", FORMATS)
class TestExports:
    def test_over_http(self, client: FlaskClient, full_temporary: Disk, form: str) -> None:
        url = f"/api/collections/buildings/export?f={form}"
        told = refused(client.get(url), 507, "storage-full")
        assert "full" in told["detail"]
        assert full_temporary.left() == []
        full_temporary.resize(16 << 10)
        whole = client.get(url)
        assert (whole.status_code, len(whole.data) > 50_000) == (200, True)

    def test_of_the_rows_of_a_map(self, client: FlaskClient, full_temporary: Disk, form: str) -> None:
        full_temporary.fill()
        refused(client.get(f"/maps/coverage/export?f={form}", headers={"Accept": "application/json"}),
                507, "storage-full")  # fmt: skip
        assert full_temporary.left() == []

    def test_on_the_command_line(
        self,
        district: Path,
        disk: Callable,
        capfd: pytest.CaptureFixture,
        form: str,
    ) -> None:
        small = disk(64)
        target = small.path / f"buildings{exporting.ENDINGS[form]}"
        target.write_bytes(b"the old file")
        assert run("export", "buildings", str(target), "-w", str(district)) == cli.root.USAGE
        assert one_line(capfd.readouterr().err)
        assert small.left() == [target]
        assert target.read_bytes() == b"the old file"

    @pytest.mark.parametrize("share", quickly([0.5, 0.9, 0.95, 1.0, 1.05], 2))
    def test_a_file_is_whole_or_absent(
        self,
        district: Path,
        tmp_path: Path,
        disk: Callable,
        form: str,
        share: float,
    ) -> None:
        """GDAL called a GeoPackage without its spatial index a success, and a Shapefile that was cut."""
        store = open_store(district)
        whole = tmp_path / f"whole{exporting.ENDINGS[form]}"
        exporting.export_layer(store, "buildings", whole, PLAIN)
        small = disk(int(whole.stat().st_size * share) // 1024)
        target = small.path / whole.name
        try:
            exporting.export_layer(store, "buildings", target, PLAIN)
            assert target.stat().st_size == whole.stat().st_size
        except StorageFull:
            assert small.left() == []
        finally:
            store.close()


@pytest.mark.skipif(os.name == "nt", reason="the limit is POSIX")
def test_where_files_may_grow_no_further(district: Path, tmp_path: Path) -> None:
    """Runs everywhere: a limit of the process fails the same calls as a disk that is full."""
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT_BYTES}, {LIMIT_BYTES})); import app;"
        "codes = {app.main(['--lang', 'en', 'export', 'buildings', each, '-w', sys.argv[1]]) for each in sys.argv[2:]};"
        "sys.exit(codes.pop() if len(codes) == 1 else 99)"
    )
    targets = [str(tmp_path / f"buildings{ending}") for ending in exporting.ENDINGS.values()]
    command = [sys.executable, "-c", code, str(district), *targets]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == cli.root.USAGE, done.stderr
    lines = done.stderr.splitlines(keepends=True)
    assert len(lines) == len(targets), done.stderr
    assert all(one_line(each) for each in lines), done.stderr
    assert list(tmp_path.iterdir()) == []


class TestImports:
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_body_that_does_not_fit(self, client: FlaskClient, full_temporary: Disk) -> None:
        refused(hand_file_in(client, buildings(8_000), "a.csv"), 507, "storage-full")
        gc.collect()  # the form's parser leaves its file, which has no name, to be closed by nobody
        assert full_temporary.left() == []

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_body_for_which_the_server_itself_has_no_room(self, service: Flask, full_temporary: Disk) -> None:
        """Before, the connection was closed without a word."""
        with answering(service) as address:
            at = urlsplit(address)
            connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
            body = buildings(10_000)
            connection.request("POST", "/api/imports", body, {"Content-Type": "multipart/form-data; boundary=end"})
            answer = connection.getresponse()
            assert answer.status == 507
            assert "full" in answer.read().decode()
            connection.close()
        gc.collect()  # waitress leaves its file, which has no name, to be closed by nobody
        assert full_temporary.left() == []

    def test_a_copy_for_the_reading_process_that_does_not_fit(
        self, client: FlaskClient, service: Flask, full_temporary: Disk
    ) -> None:
        refused(hand_file_in(client, buildings(2_000), "a.csv"), 507, "storage-full")
        assert full_temporary.left() == []
        assert list(Path(service.extensions["gridmap"].store.url + ".uploads").iterdir()) == []

    def test_what_is_unpacked_does_not_fit(self, client: FlaskClient, full_temporary: Disk) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", HEAD + b"b,x,120,36\n" * 10_000)
        assert len(packed.getvalue()) < 32_000
        refused(hand_file_in(client, packed.getvalue(), "a.zip"), 507, "storage-full")
        assert full_temporary.left() == []

    def test_on_the_command_line(
        self, district: Path, tmp_path: Path, full_temporary: Disk, capfd: pytest.CaptureFixture
    ) -> None:
        table = tmp_path / "a.csv"
        table.write_bytes(buildings(2_000))
        assert run("import", "buildings", str(table), "-w", str(district)) == cli.root.USAGE
        assert one_line(capfd.readouterr().err)
        assert full_temporary.left() == []

    def test_an_upload_that_cannot_be_kept(self, district: Path, disk: Callable) -> None:
        small = disk(district.stat().st_size // 1024 + 300)
        app = create_app(Settings(workspace=str(shutil.copy(district, small.path / "w.gpkg")), language="en"))
        try:
            before = small.left()
            refused(hand_file_in(app.test_client(), buildings(4_000), "a.csv"), 507, "storage-full")
            assert small.left() == before
            assert app.test_client().get("/api/collections/buildings/items?limit=1").status_code == 200
        finally:
            app.extensions["gridmap"].store.close()

    def test_a_report_that_does_not_fit(self, client: FlaskClient, full_temporary: Disk) -> None:
        full_temporary.resize(1 << 10)
        upload = hand_file_in(client, HEAD + b"b1,x,400,36\n", "a.csv").json["id"]
        full_temporary.fill()
        refused(client.get(f"/api/imports/{upload}/report"), 507, "storage-full")
        assert full_temporary.left() == []


def test_a_backup_that_does_not_fit(
    district: Path,
    disk: Callable,
    capfd: pytest.CaptureFixture,
) -> None:
    small = disk(256)
    assert run("backup", str(small.path / "copy.gpkg"), "-w", str(district)) == cli.root.USAGE
    assert one_line(capfd.readouterr().err)
    assert small.left() == []
    small.fill()
    assert run("backup", str(small.path / "copy.gpkg"), "-w", str(district)) == cli.root.USAGE
    assert one_line(capfd.readouterr().err)


def test_the_result_of_an_analysis_that_does_not_fit(
    district: Path,
    disk: Callable,
    capfd: pytest.CaptureFixture,
) -> None:
    small = disk(64)
    small.fill()
    for ending in ("json", "geojson", "xlsx", "csv", "gpkg"):
        target = str(small.path / f"result.{ending}")
        assert run("run", "unmanaged-buildings", "--as-of", "2025-02-06", "-o", target, "-w", str(district)) == 2
        assert one_line(capfd.readouterr().err)
        assert small.left() == []


def test_a_job_that_finds_the_disk_full(client: FlaskClient, service: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(worker, "compute", full)
    job, store = hand_in(client).json["jobID"], service.extensions["gridmap"].store
    store.jobs().claim("A", NOON, NOON + dt.timedelta(seconds=30))
    assert worker.run(store, job, "A", lambda: NOON) == worker.ENDED
    refused(client.get(f"/api/jobs/{job}/results"), 507, "storage-full")


def sqlite_full() -> sqlite3.Error:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        try:
            connection.execute("CREATE TABLE t AS SELECT zeroblob(10000)")
        except sqlite3.Error as error:
            return error
    raise AssertionError("a page held ten thousand bytes")


def caused(error: Exception, by: Exception) -> Exception:
    error.__context__ = by
    return error


class TestWhatMeansThatADiskIsFull:
    @pytest.mark.parametrize(
        "error",
        [
            OSError(errno.ENOSPC, "No space left on device"),
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            OSError(errno.EFBIG, "File too large"),
            sqlite_full(),
            pyogrio.errors.FeatureError("Could not add feature: database or disk is full"),
            pyogrio.errors.DataSourceError("write failed: No space left on device"),
            pyarrow.ArrowException("[Errno 28] Error writing bytes to file. No space left on device"),
            caused(FileCreateError("x"), OSError(errno.ENOSPC, "No space left on device")),
            caused(ValueError("x"), sqlite_full()),
        ],
        ids=repr,
    )
    def test_it_does(self, error: Exception) -> None:
        assert disks.is_full(error)
        assert disks.refusal(error).status == 507

    @pytest.mark.parametrize(
        "error",
        [
            OSError(errno.EACCES, "Permission denied"),
            ValueError("somebody's text: no space left on device"),
            sqlite3.OperationalError("no such table: disk is full of them"),
            pyogrio.errors.DataSourceError("not recognized"),
        ],
        ids=repr,
    )
    def test_it_does_not(self, error: Exception) -> None:
        if isinstance(error, sqlite3.Error):
            error.sqlite_errorname = "SQLITE_ERROR"
        assert not disks.is_full(error)
        assert disks.refusal(error) is None


def test_any_view_that_finds_the_disk_full_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    told = refused(client.get("/api/collections/buildings/export"), 507, "storage-full")
    assert "TMPDIR" in told["detail"]
