"""The web page about many interactions: how long it takes to make, how large it is, how quick in a browser.

``python -m benchmarks.reports`` prints the figures; those of the browser only where there is a Chromium.
"""

import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from ixnstate import reports, trace
from ixnstate.recording.lines import Line, Place

INTERACTIONS = 10_000
ROUNDS = 4
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

LOOK = """<script>
  const time = (action) => { const start = performance.now(); action(); document.body.offsetHeight;
    return performance.now() - start; };
  const loaded = performance.now();
  const told = [loaded, time(() => { at("list").scrollTop = 1e9; draw(); }), time(() => select(matching.length - 1)),
    time(() => { at("search").value = "09990"; choose(); }), document.getElementsByTagName("*").length];
  document.body.append(Object.assign(document.createElement("pre"), {id: "told", textContent: JSON.stringify(told)}));
</script></body>"""


def day() -> Iterator[Line]:
    """20 lines an interaction, interleaved: offered, accepted, worked on, put away and pulled again, completed."""
    begin, middle = ("Offer", "Accept"), ("SetInFocus", "AddWorkitem", "PullWorkitem", "SetInFocus")
    names = [f"{number:05}DaAVKJ0V" for number in range(INTERACTIONS)]
    number = 0
    for operation in (*begin, *middle * ROUNDS, "Complete", "Complete"):
        for name in names:
            number += 1
            body = {"operationName": operation}
            value = {"agent": f"a{name[:2]}", "media": "workitem", "interaction": name, "body": body}
            yield Line(Place("day.jsonl", number), json.dumps(value), value)


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that it takes, and what it gives."""
    start = perf_counter()
    given = action()
    return perf_counter() - start, given


def look(page: str) -> list[float] | None:
    """Milliseconds until the page is loaded, to scroll to its end, to open a story, to search; and its elements."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.html")
        path.write_text(LOOK.join(page.rsplit("</body>", 1)), encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--dump-dom"]
        shown = subprocess.run([browser, *flags, path.as_uri()], capture_output=True, text=True, check=True).stdout
    told = re.search(r'<pre id="told">(.*?)</pre>', shown)
    return json.loads(html.unescape(told[1])) if told else None


def main() -> None:
    """Measure, and print."""
    lines = list(day())
    judge, tally, timelines = trace.Judge(), reports.Tally(), reports.Timelines()
    judging, found = timed(lambda: [*trace.judged(judge, lines), *judge.finish()])
    following, seen = timed(lambda: [each for each, _ in trace.followed(trace.Judge(), lines)])
    counting, _ = timed(lambda: [(tally.add(each), timelines.add(each)) for each in seen])
    report = trace.report(judge, found)
    for name, render in (("JSON", reports.as_json), ("JUnit", reports.as_junit), ("SARIF", reports.as_sarif)):
        took, text = timed(lambda render=render: render(report))
        print(f"{name} of {len(report.findings):,} findings: {took:.2f} s, {len(text) / 1e6:.1f} MB")
    drawing, drawings = timed(lambda: reports.drawings(tally.coverage()))
    making, page = timed(lambda: reports.as_html(report, timelines, tally.coverage(), drawings))
    print(f"{INTERACTIONS:,} interactions, {len(lines):,} lines")
    each = len(lines) / 1e6
    print(
        f"a line: judged {judging / each:.1f} us, followed {following / each:.1f} us, counted {counting / each:.1f} us"
    )
    print(f"the page: {making:.2f} s, and {drawing:.2f} s to draw its diagram; {len(page) / 1e6:.1f} MB")
    if told := look(page):
        loaded, scrolled, opened, searched, elements = told
        print(
            f"in the browser: loaded {loaded:.0f} ms, scrolled to its end {scrolled:.0f} ms, a story {opened:.0f} ms,"
        )
        print(f"a search {searched:.0f} ms; {elements:,.0f} elements")


if __name__ == "__main__":
    main()
