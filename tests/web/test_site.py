"""The menu of every page, help, analyses on pages of their own, jobs and scenarios: what the server writes."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import openpyxl
import pytest
from flask.testing import FlaskClient

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.model.feature import Change, Feature
from layers.model.job import Order, Request
from layers.proposals import kinds
from layers.store.protocol import Draft, Store
from layers.usecases.jobs import submit
from tests import town
from web.maps.data import result_words
from web.site import pages

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
PAGES = ("/", "/maps/grids", "/plans", "/import", "/analyses", "/analyses/coverage", "/proposals", "/scenarios",
         "/jobs", "/help", "/help/howto/import", "/api/?f=html", "/api/collections?f=html",
         "/api/collections/buildings/items?f=html", "/api/openapi.html", "/problems/not-found")  # fmt: skip
ASKED = {
    "assign-posts": {"within": f"communities:{town.COMMUNITY}", "targets": "courtyards", "most": "1"},
    "compare-dates": {"from": "2024-01-01"},
    "service-area": {"method": "straight"},
    "service-coverage": {"method": "straight"},
}


def text_of(client: FlaskClient, address: str, language: str = "zh") -> str:
    answer = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}")
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


class TestMenu:
    @pytest.mark.parametrize("address", PAGES)
    @pytest.mark.parametrize(("language", "help"), [("zh", "帮助"), ("en", "Help")])
    def test_every_page_has_it(self, reader: FlaskClient, address: str, language: str, help: str) -> None:
        if address == "/problems/not-found":
            reader.get(f"/?lang={language}")
            text = reader.get(address).get_data(as_text=True)
        else:
            text = text_of(reader, address, language)
        (menu,) = re.findall(r'<details class="site-menu">.*?</details>', text, re.DOTALL)
        assert re.findall(r'data-entry="help"[^>]*>([^<]+)<', menu) == [help]
        assert {"maps", "plans", "import", "records", "analyses", "scenarios", "jobs", "help", "api"} <= set(
            re.findall(r'data-entry="([a-z]+)"', menu)
        )

    @pytest.mark.parametrize(
        ("address", "entry"),
        [("/", "maps"), ("/maps/grids", "maps"), ("/analyses/coverage", "analyses"), ("/help/howto/api", "help"),
         ("/plans", "plans")],
    )  # fmt: skip
    def test_it_says_where_one_is(self, reader: FlaskClient, address: str, entry: str) -> None:
        assert re.findall(r'data-entry="([a-z]+)" aria-current="page"', text_of(reader, address)) == [entry]

    def test_every_entry_leads_to_a_page(self, reader: FlaskClient) -> None:
        for address in re.findall(r'<a href="([^"]+)" data-entry', text_of(reader, "/help")):
            assert "<html" in text_of(reader, address.replace("&amp;", "&"))

    def test_the_public_version_and_a_downloaded_map_do_not_lead_to_what_is_internal(self, reader: FlaskClient) -> None:
        for address in ("/maps/coverage?public=true", "/maps/coverage/download"):
            assert "site-menu" not in text_of(reader, address).replace(".site-menu", "")

    def test_a_refusal_leads_on(self, reader: FlaskClient) -> None:
        refused = reader.get("/maps/nowhere", headers={"Accept": "text/html"})
        assert refused.status_code == 404 and "site-menu" in refused.get_data(as_text=True)

    @pytest.mark.parametrize(("language", "said"), [("zh", "“nowhere”：没有"), ("en", "“nowhere”: there")])
    def test_a_refusal_reads_as_a_sentence(self, reader: FlaskClient, language: str, said: str) -> None:
        refused = reader.get("/maps/nowhere", headers={"Accept": "text/html", "Accept-Language": language})
        assert said in refused.get_data(as_text=True)


class TestHelp:
    def test_every_task_is_told_in_both_languages(self) -> None:
        listed = {name for names in pages.pages_of_help.HOWTO.values() for name in names}
        assert listed == {path.name.split(".")[0] for path in HOWTO.glob("*.md")}
        assert {path.name.split(".")[0] for path in HOWTO.glob("*.zh-CN.md")} == listed

    @pytest.mark.parametrize("path", sorted(HOWTO.glob("*.zh-CN.md")), ids=lambda path: path.name.split(".")[0])
    def test_both_give_the_same_commands(self, path: Path) -> None:
        """What is typed is the same in both, but for remarks; the Chinese pages leave out some of what programs do."""

        def typed(text: str) -> set[str]:
            blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
            lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
            return {" ".join(line.split()) for line in lines if line.startswith("python")}

        english = path.with_name(path.name.replace(".zh-CN", ""))
        assert typed(path.read_text("utf-8")) == typed(english.read_text("utf-8"))

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_link_within_the_help_leads_somewhere(self, reader: FlaskClient, language: str) -> None:
        for name in [name for names in pages.pages_of_help.HOWTO.values() for name in names]:
            text = text_of(reader, f"/help/howto/{name}", language)
            assert '<main id="main" tabindex="-1">' in text  # one in another language says so
            for target in re.findall(r"<main.*?</main>", text, re.DOTALL)[0].split('href="')[1:]:
                address = target.split('"')[0].split("#")[0]
                if address and not address.startswith("http"):
                    assert reader.get(urljoin(f"/help/howto/{name}", address)).status_code == 200, address

    @pytest.mark.parametrize("address", ["/help/howto/nope", "/help/adr/0001-messages-as-data", "/help/..%2fapp",
                                         "/help/images/../../app.py", "/help/howto/..%2f..%2fREADME"])  # fmt: skip
    def test_what_is_no_page_is_not_shown(self, reader: FlaskClient, address: str) -> None:
        assert reader.get(address).status_code == 404


class TestAnalyses:
    @pytest.mark.parametrize("id", list(analyses()))
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_one_has_a_form_without_codes_to_type(self, reader: FlaskClient, id: str, language: str) -> None:
        text = text_of(reader, f"/analyses/{id}", language)
        form = re.search(r'<form class="ask".*?</form>', text, re.DOTALL)[0]
        typed = set(re.findall(r'<input type="text" name="([a-z_]+)"', form))
        titles = {"posts", "without"}  # of posts, which are words and no codes
        titles |= {"candidates", "filter", "cost", "centres", "together", "apart"}  # of any layer: no list has them
        assert typed <= {"as_of", "from", "to", "known_at", "points", "minutes", "links"} | titles
        assert 'value="unknown"' not in form
        if id.startswith("service"):
            assert form.count('type="checkbox" name="kinds"') >= 8

    def test_the_address_fills_the_form(self, reader: FlaskClient) -> None:
        text = text_of(reader, "/analyses/service-coverage?kinds=clinic,police&weight=households&as_of=2025-01-31")
        assert re.findall(r'name="kinds" value="([a-z_]+)" checked', text) == ["clinic", "police"]
        assert 'value="households" selected' in text and 'value="2025-01-31"' in text

    @pytest.mark.parametrize("asked", ["weight=square_feet", "within=communities:gone"])
    def test_a_choice_that_is_none_is_kept_for_the_analysis_to_refuse(self, reader: FlaskClient, asked: str) -> None:
        """The first choice, or the whole workspace, would be answered in its place."""
        text = text_of(reader, f"/analyses/coverage?as_of=2025-01-31&{asked}")
        assert f'<option value="{asked.partition("=")[2]}" selected>' in text

    def test_a_job_fills_the_form_that_asked_for_it(self, client: FlaskClient, service: object) -> None:
        """Run again from its page, the same is asked, and not the whole workspace with the usual wishes."""
        asked = {"as_of": "2025-01-31", "within": f"communities:{town.COMMUNITY}", "households_max": 450,
                 "locked": [], "barriers": ["primary", "rail"], "count": None}  # fmt: skip
        order = Order("propose-grids", asked, ("summary",))
        submit(service.extensions["gridmap"].store.jobs(), Request(order), "j1", dt.datetime(2025, 2, 6, tzinfo=dt.UTC))
        form = text_of(client, "/analyses/propose-grids?job=j1")
        assert f'value="communities:{town.COMMUNITY}" selected' in form and 'value="2025-01-31"' in form
        assert re.findall(r'name="barriers" value="([a-z]+)" checked', form) == ["primary", "rail"]
        assert re.search(r'name="households_max"[^>]*value="450"', form)
        assert 'value="2025-01-31"' not in text_of(client, "/analyses/coverage?job=j1")  # asked something else

    def test_the_page_of_a_result_says_what_was_asked_in_words(self, client: FlaskClient, service: object) -> None:
        inputs = {"as_of": "2025-01-31", "within": f"communities:{town.COMMUNITY}", "households_min": 30,
                  "basis": "strict", "share": 0.5}  # fmt: skip
        order = Order("unmanaged-courtyards", inputs, ("courtyards",), language="zh")
        jobs = service.extensions["gridmap"].store.jobs()
        submit(jobs, Request(order), "j1", dt.datetime(2025, 2, 6, tzinfo=dt.UTC))
        page = text_of(client, "/analyses/unmanaged-courtyards?job=j1&lang=en")
        told = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
        assert told["Basis"] == "Professional" and told["As of"] == "2025-01-31"
        assert told["At least this share of its buildings unmanaged (0-1)"] == "0.5"
        assert "和平社区" in told["Within"] and "Chinese" in told["Language"]
        assert "<dt>" not in text_of(client, "/analyses/unmanaged-courtyards?lang=en")

    def test_what_must_be_chosen_has_nothing_chosen_for_it(self, reader: FlaskClient) -> None:
        choice = re.search(r'<select name="within".*?</select>', text_of(reader, "/analyses/crossings"), re.DOTALL)[0]
        assert " required>" in choice and re.findall(r'<option value=""[^>]*>([^<]+)<', choice) == ["请选择…"]

    def test_its_files_hold_percentages_as_percentages(self, reader: FlaskClient) -> None:
        book = reader.get("/analyses/coverage/export?f=xlsx&as_of=2026-06-30&lang=zh").data
        assert zipfile.is_zipfile(io.BytesIO(book))
        sheet = openpyxl.load_workbook(io.BytesIO(book))["明细"]
        head = [cell.value for cell in sheet[1]]
        share = sheet.cell(2, next(n for n, each in enumerate(head, 1) if str(each).startswith("覆盖率")))
        assert share.number_format == "0.0%" and 0 <= share.value <= 1

    def test_what_cannot_be_asked_is_refused(self, reader: FlaskClient) -> None:
        assert reader.get("/analyses/nope").status_code == 404
        assert reader.get("/analyses/coverage/export?basis=nope").status_code == 400
        assert reader.get("/analyses/coverage?as_of=nonsense").status_code == 200  # its answer says what is wrong

    # What proposals tell is held by their own tests: working one out takes long. To compare two takes two.
    @pytest.mark.parametrize("id", [each for each in analyses() if each not in (*kinds.MODULES, "compare-proposals")])
    def test_no_figure_is_told_by_a_raw_key(self, small_town: Store, id: str) -> None:
        analysis = analyses()[id]
        inputs = decode(analysis, ASKED.get(id, {"as_of": "2026-06-30"}), town.DAY, lax=True)
        outputs = outputs_json(analysis.answer(small_town, inputs, silent))
        said = result_words("zh")
        raw = {
            key
            for output in analysis.outputs
            if output.kind == "object"
            for key in _unsaid(outputs[output.name], {**dict(output.columns)}, said)
        }
        assert raw == set()

    def test_a_way_without_anything_in_it_is_told_in_words(self) -> None:
        said = result_words("zh")
        told = [said[f"code-{of}-{code}"] for of in ("leg", "legs") for code in ("clear", "none")]
        assert told == ["无阻隔", "不可及", "无阻隔", "不可及"]

    def test_what_lies_within_a_row_of_proposed_grids_is_told_in_words(self, small_town: Store) -> None:
        """A band that no grid can keep: the row of the community holds places apart and the smallest band."""
        analysis = analyses()["propose-grids"]
        within = f"communities:{town.COMMUNITY}"
        wishes = {"as_of": "2025-02-06", "within": within, "households_min": "1", "households_max": "2", "seconds": "5"}
        outputs = outputs_json(analysis.answer(small_town, decode(analysis, wishes, town.DAY, lax=True), silent))
        labels = next(dict(each.columns) for each in analysis.outputs if each.name == "summary")
        said = result_words("zh") | {f"label-{name}": "" for name in labels}
        assert outputs["summary"]["communities"]
        assert set(_unsaid(outputs["summary"], labels, said)) == set()


def _unsaid(record: dict, labels: dict, said: dict[str, str], of: str = "") -> Iterator[str]:
    for key, value in record.items():
        if key not in labels and f"code-{of}-{key}" not in said and f"label-{key}" not in said:
            yield f"{of}.{key}"
        if isinstance(value, dict):
            yield from _unsaid(value, labels, said, key)
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict):
                yield from (f"{key}[].{name}" for name in each if f"label-{name}" not in said)


class TestScenarios:
    NAME = "滨江<b>步行桥"

    @pytest.fixture
    def planned(self, service: object) -> Store:
        store = service.extensions["gridmap"].store
        made = Feature(
            "m1", None, {"code": "m1", "scenario": self.NAME, "action": "close_station", "station_code": "S"}
        )
        other = replace(made, id="m2", properties={**made.properties, "code": "m2", "scenario": "other"})
        changes = [Change("scenario-measures", each.id, None, each) for each in (made, other)]
        store.commit(Draft("test", dt.datetime(2025, 2, 6, tzinfo=dt.UTC), "measures", "edit", changes))
        return store

    def test_they_are_listed_with_their_measures(self, planned: Store, client: FlaskClient) -> None:
        text = text_of(client, "/scenarios")
        assert "滨江&lt;b&gt;步行桥" in text and "<b>步行桥" not in text and "关闭站点" in text
        assert text.count("data-adopt") == text.count("data-delete") == 2

    def test_one_is_deleted_as_one_changeset_that_can_be_undone(self, planned: Store, client: FlaskClient) -> None:
        done = client.delete(f"/api/scenarios/{self.NAME}")
        assert (done.status_code, done.json["counts"]) == (
            200,
            {"scenario-measures": {"create": 0, "update": 0, "delete": 1}},
        )
        assert [each["name"] for each in client.get("/api/scenarios").json["scenarios"]] == ["other"]
        assert client.delete(f"/api/scenarios/{self.NAME}").status_code == 404
        assert client.post(f"/api/changesets/{done.json['changeset']}/revert").status_code == 201
        assert len(client.get("/api/scenarios").json["scenarios"]) == 2


class TestSearch:
    @pytest.mark.parametrize("typed", ["hepingshequ", "hpsq", "和平"])
    def test_a_community_is_found_and_how_many_there_are(self, reader: FlaskClient, typed: str) -> None:
        answer = reader.get(f"/maps/coverage/search?q={typed}&as_of=2025-02-06").json
        assert answer["found"][0]["name"] == "和平社区"
        assert {"layer": "communities", "count": 1, "more": False} in answer["counts"]

    def test_a_record_that_no_map_shows_is_told_of(self, reader: FlaskClient) -> None:
        manager = next(
            each
            for name in "物业社司"
            for each in reader.get(f"/maps/coverage/search?q={name}&as_of=2025-02-06").json["found"]
            if each["layer"] == "managers"
        )
        told = reader.get(f"/maps/coverage/found/managers/{manager['id']}?as_of=2025-02-06&lang=zh").json
        assert told["name"] == manager["name"] and {"在管楼栋", "在管户数"} <= {each["label"] for each in told["facts"]}
        assert reader.get("/maps/coverage/found/managers/nobody").status_code == 404
        assert reader.get("/maps/coverage/found/appeals/1").status_code == 404


def test_every_page_says_by_which_clocks_it_shows_moments(client: FlaskClient) -> None:
    for path in PAGES:
        assert 'data-time-zone="UTC+08:00"' in client.get(path).text, path


@pytest.mark.parametrize(("language", "said"), [("zh", "供程序读取的接口描述"), ("en", "Description for programs")])
def test_the_page_of_the_api_speaks_one_language(reader: FlaskClient, language: str, said: str) -> None:
    main = re.findall(r"<h1>.*</main>", text_of(reader, "/api/?f=html", language), re.DOTALL)[0]
    assert said in main and ("grid governance" in main.lower()) == (language == "en")
    assert not re.findall(r">(self|data|processes|service-desc|version-history)<", main)
