"""The web page, in a browser: it opens from a file, shows what was found, and stays quick with many interactions."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ixnstate import reports, trace
from ixnstate.cli import cli
from ixnstate.recording.lines import Line, Place

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
FILES = [*sorted(EXAMPLES.glob("*.jsonl")), *sorted((EXAMPLES / "faults").glob("*.jsonl"))]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MANY = 10_000


@pytest.fixture(scope="module")
def browser():
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("no Chromium is here; name one in CHROMIUM")
    return found


def looked_at(browser, page, folder, script):
    """What ``script`` returns, run in the page when it has loaded; and what the browser complained about."""
    asking = f"""<script>
      const complaints = [];
      document.addEventListener("securitypolicyviolation", (event) => complaints.push(event.violatedDirective));
      const answer = (() => {{ {script} }})();
      document.body.append(Object.assign(document.createElement("pre"), {{id: "answer", textContent:
      JSON.stringify([answer, complaints])}}));
    </script></body>"""
    path = folder / "page.html"
    before, _, after = page.rpartition("</body>")
    path.write_text(f"{before}{asking}{after}", encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,1000"]
    command = [browser, *flags, f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    answer = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    assert answer, done.stderr[-2000:]
    said, complaints = json.loads(html.unescape(answer[1]))
    assert complaints == []
    return said


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    result = CliRunner().invoke(cli, ["validate", "--format", "html", "-o", str(path), *map(str, FILES)])
    assert result.exit_code == 1, result.output
    return path.read_text(encoding="utf-8")


def test_the_page_names_no_address(page):
    shown = page.replace("http://www.w3.org/", "")
    assert not re.search(r"(?:src|href|url)\s*[=(]|@import|https?://|fetch\(|XMLHttp|WebSocket", without_data(shown))


def without_data(page):
    return re.sub(r'id="data">.*?</script>', "", page, flags=re.DOTALL)


def test_it_shows_the_summary(browser, page, tmp_path):
    report = trace.validate(*FILES)
    verdict, codes, media = looked_at(browser, page, tmp_path, """
        return [at("verdict").textContent, [...document.querySelectorAll("#codes dt")].map((each) => each.textContent),
                [...document.querySelectorAll("#tabs button")].map((each) => each.textContent)];
    """)  # fmt: skip
    assert verdict == f"{len(report.findings)} findings"
    found = {each.code for each in report.findings}
    assert {text.split()[0] for text in codes} == found
    assert {"workitem", "chat", "email"} <= set(media)


def test_every_finding_stands_in_a_story(browser, page, tmp_path):
    report = trace.validate(*FILES)
    shown = looked_at(browser, page, tmp_path, """
        at("faulty").click();
        return matching.map((number) => {
          select(number);
          return [at("story").querySelector("h3").textContent,
                  [...at("story").querySelectorAll(".finding > strong")].map((each) => each.textContent),
                  at("story").querySelectorAll(".entry").length];
        });
    """)  # fmt: skip
    for name, codes, entries in shown:
        mine = [each.code for each in report.findings if (each.interaction or "(no interaction)") == name]
        assert sorted(codes) == sorted(mine)
        assert entries >= 1 or name == "(no interaction)"
    assert sum(len(codes) for _, codes, _ in shown) == len(report.findings)


def test_the_list_can_be_searched(browser, page, tmp_path):
    by_id, by_code, nothing = looked_at(browser, page, tmp_path, """
        const search = (text) => {
          at("search").value = text; at("search").dispatchEvent(new Event("input"));
          return [...document.querySelectorAll(".row .name")].map((each) => each.textContent);
        };
        return [search("0002DaAVKJ0V0095"), search("ixn203"), search("no such thing")];
    """)  # fmt: skip
    assert by_id == ["0002DaAVKJ0V0095"]
    assert 0 < len(by_code) < 6
    assert nothing == []


def test_coverage_has_a_diagram_for_each_medium(browser, page, tmp_path):
    if '<template id="diagram-' not in page:
        pytest.skip("graphviz-pure is not installed")
    shown = looked_at(browser, page, tmp_path, """
        return [...document.querySelectorAll("#tabs button")].map((tab) => {
          tab.click();
          return [tab.textContent, at("coverage").querySelectorAll("svg").length,
          at("coverage").querySelectorAll("tr").length];
        });
    """)  # fmt: skip
    assert [drawings for _, drawings, _ in shown] == [1] * len(shown)
    assert {rows for _, _, rows in shown} == {7}


def test_a_recording_cannot_put_markup_into_the_page(browser, tmp_path):
    nasty = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    values = [
        {"interaction": nasty, "media": "workitem", "state": "Processing", "agent": nasty},
        {"agent": nasty, "interaction": nasty, "body": {"operationName": nasty}},
    ]
    shown = told(values, tmp_path)
    title, name = looked_at(
        browser, shown, tmp_path, "return [document.title, at('story').querySelector('h3').textContent]"
    )
    assert (title, name) == ("ixnstate report", nasty)


def told(values, folder):
    """The page about these recorded values."""
    lines = [Line(Place("day.jsonl", number), json.dumps(value), value) for number, value in enumerate(values, 1)]
    tally, timelines, judge = reports.Tally(), reports.Timelines(), trace.Judge()
    found = []
    for seen, wrong in trace.followed(judge, lines):
        if seen:
            tally.add(seen)
            timelines.add(seen)
        found += wrong
    return reports.as_html(trace.report(judge, [*found, *judge.finish()]), timelines, tally.coverage())


def a_day():
    """Many interactions, interleaved; in every tenth something is wrong."""
    names = [f"{number:05}DaAVKJ0V" for number in range(MANY)]
    for name in names:
        yield {
            "agent": f"agent-{name[:2]}",
            "interaction": name,
            "media": "workitem",
            "body": {"operationName": "Offer"},
        }
    for operation in ("Accept", "SetInFocus", "Complete"):
        for number, name in enumerate(names):
            if operation != "Accept" or number % 10:
                yield {"agent": f"agent-{name[:2]}", "interaction": name, "body": {"operationName": operation}}


def test_it_stays_quick_with_many_interactions(browser, tmp_path):
    page = told(list(a_day()), tmp_path)
    assert len(page) < 10_000_000
    loaded, rows, scrolled, searched, last, found = looked_at(browser, page, tmp_path, """
        const time = (action) => { const start = performance.now(); action(); document.body.offsetHeight; return
        performance.now() - start; };
        at("faulty").click();
        const loaded = performance.now(), rows = document.querySelectorAll(".row").length;
        const scrolled = time(() => { at("list").scrollTop = 1e9; draw(); });
        const last = [...document.querySelectorAll(".row .name")].pop().textContent;
        const searched = time(() => { at("search").value = "09990daa"; choose(); });
        return [loaded, rows, scrolled, searched, last, at("story").querySelectorAll(".finding").length];
    """)  # fmt: skip
    assert rows < 60
    assert last == f"{MANY - 1:05}DaAVKJ0V"
    assert found == 2
    print(f"loaded {loaded:.0f} ms, scrolled {scrolled:.0f} ms, searched {searched:.0f} ms", file=sys.stderr)
    assert max(scrolled, searched) < 1_000
    assert loaded < 20_000
