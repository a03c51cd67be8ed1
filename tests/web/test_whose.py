"""What the workspace is called and up to which day it tells: on every page and in every file."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
from flask.testing import FlaskClient

from layers.errors import Fault, StoreUnusable
from layers.formats import read_table
from layers.store.protocol import Draft, Store
from layers.text import Text
from layers.usecases.workspace import CHECKED, NAME
from tests.web.test_maps import service

CALLED, DAY = "栖霞区<住建>", "2025-02-06"
PAGES = ["/help", "/help/howto/import", "/analyses", "/analyses/coverage", "/scenarios", "/jobs", "/history",
         "/records", "/records/buildings", "/api/?f=html", "/api/collections?f=html",
         "/api/collections/buildings/items?f=html",
         "/problems/conflict", "/nothing-here"]  # fmt: skip


@pytest.fixture
def named(small_town: Store) -> Store:
    now, settings = dt.datetime(2025, 3, 1, tzinfo=dt.UTC), {NAME: CALLED, CHECKED: DAY}
    small_town.commit(Draft("甲", now, "named", "edit", (), settings=settings))
    return small_town


@pytest.fixture
def client(named: Store) -> FlaskClient:
    return service(named).test_client()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_whose_records_it_shows(client: FlaskClient, page: str, lang: str) -> None:
    text = client.get(page, query_string=None if "?" in page else {"lang": lang}, headers={"Accept": "text/html"}).text
    assert "栖霞区&lt;住建&gt;" in text and "栖霞区<住建>" not in text
    assert text.count("<title>") == text.count('class="language"') == 1 and DAY in text


def test_a_page_of_a_refusal_does_not_need_the_workspace(
    client: FlaskClient, named: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise StoreUnusable(Fault(Text("store.damaged")))

    monkeypatch.setattr(named, "setting", damaged)
    answer = client.get("/nothing-here", headers={"Accept": "text/html"})
    assert answer.status_code == 404 and "· gridmap</title>" in answer.text


class TestFiles:
    def get(self, client: FlaskClient, form: str, **more: str) -> bytes:
        answer = client.get("/api/collections/buildings/export", query_string={"f": form, "lang": "zh", **more})
        assert answer.status_code == 200
        return answer.data

    def test_geojson_has_it_beside_the_features(self, client: FlaskClient) -> None:
        whole = json.loads(self.get(client, "geojson", as_of="2025-01-31"))
        assert whole["metadata"] == {"workspace": CALLED, "data_date": DAY, "as_of": "2025-01-31"}

    def test_a_geopackage_in_the_description_of_its_layer(self, client: FlaskClient, tmp_path: Path) -> None:
        (tmp_path / "b.gpkg").write_bytes(self.get(client, "gpkg"))
        with closing(sqlite3.connect(tmp_path / "b.gpkg")) as file:
            said = file.execute("SELECT description FROM gpkg_contents WHERE table_name = 'buildings'").fetchone()
        assert said == (f"工作区：{CALLED} · 台账截至：{DAY}",)

    def test_a_workbook_in_its_summary(self, client: FlaskClient) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(self.get(client, "xlsx")))["汇总"]
        rows = {row[0]: row[1] for row in sheet.values}
        assert (rows["工作区"], rows["台账截至"]) == (CALLED, DAY)

    def test_kml_in_its_description(self, client: FlaskClient) -> None:
        assert (
            "<description>工作区：栖霞区&lt;住建&gt; · 台账截至：2025-02-06</description>"
            in self.get(client, "kml").decode()
        )

    def test_csv_in_the_name_under_which_it_is_saved(self, client: FlaskClient) -> None:
        head = client.get("/api/collections/buildings/export?f=csv&lang=zh").headers["Content-Disposition"]
        plain, _, saved = head.partition("; filename*=UTF-8''")
        assert plain == "attachment; filename=buildings.csv"
        assert unquote(saved) == "栖霞区_住建_-楼栋-2025-02-06.csv"

    @pytest.mark.parametrize("form", ["geojson", "gpkg", "kml", "fgb"])
    def test_what_is_said_of_a_file_is_no_record_of_it(self, client: FlaskClient, tmp_path: Path, form: str) -> None:
        (tmp_path / f"b.{form}").write_bytes(self.get(client, form))
        table = read_table(tmp_path / f"b.{form}")
        assert len(table) == 10 and not {"metadata", "workspace", "description"} & set(table.columns)

    @pytest.mark.parametrize("form", ["xlsx", "geojson"])
    def test_results_of_an_analysis_say_it_too(self, client: FlaskClient, form: str) -> None:
        answer = client.get(f"/analyses/unmanaged-buildings/export?f={form}&lang=zh")
        assert answer.status_code == 200
        if form == "geojson":
            assert answer.get_json(force=True)["metadata"] == {"workspace": CALLED, "data_date": DAY}
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["汇总"]
            assert {row[0]: row[1] for row in sheet.values}["工作区"] == CALLED

    def test_a_workspace_without_a_name_gives_the_file_as_it_was(self, small_town: Store) -> None:
        answer = service(small_town).test_client().get("/api/collections/buildings/export")
        assert "metadata" not in answer.get_json(force=True)
        assert answer.headers["Content-Disposition"] == "attachment; filename=buildings.geojson"
