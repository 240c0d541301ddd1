"""The mirror in TypeScript obeys the law of the one in Python, by the same schedules; a browser's buttons follow it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest
from mirror_schedules import schedules
from serving import running

import ixnstate as ix
from ixnstate.server import Config

PACKAGE = Path(__file__).parents[2] / "clients" / "typescript"


def built():
    """The package, compiled."""
    if not (PACKAGE / "node_modules" / "typescript").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PACKAGE, check=True, capture_output=True)
    subprocess.run(["npm", "run", "build"], cwd=PACKAGE, check=True, capture_output=True)


def test_node_plays_the_schedules(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    file = tmp_path / "schedules.json"
    file.write_text(schedules(), encoding="utf-8")
    built()
    played = subprocess.run(
        ["node", "--test", "test/mirror.test.js"], cwd=PACKAGE, capture_output=True, text=True, check=False,
        env={**os.environ, "SCHEDULES": str(file)},
    )  # fmt: skip
    assert played.returncode == 0, played.stdout[-4000:]
    assert "# pass 3" in played.stdout or "pass 3" in played.stdout, sys.version


NPM = Path(__file__).parents[1] / "npm"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "client" / "desktop.js"


@pytest.mark.parametrize("csrf", [False, True], ids=["without tokens", "with tokens"])
def test_in_a_browser_buttons_are_enabled_while_they_may_be_pressed(csrf):
    if CHROMIUM is None or shutil.which("npm") is None:
        pytest.skip("chromium and npm are not both here")
    if not (NPM / "node_modules" / "cometd").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NPM, check=True, capture_output=True)
    built()
    modules = {path.name: str(path) for path in (PACKAGE / "dist").glob("*.js")} | {"desktop.js": str(EXAMPLE)}
    config = Config(agents=[ix.Agent("kristi")], queues=["In"], automatic_routing=False, csrf=csrf)
    with running(config) as server:
        server.door("submit", media="workitem", queue="In", id="w1", agent="kristi")
        options = {"base": server.url, "user": "kristi", "executable": CHROMIUM, "modules": modules}
        page = subprocess.Popen(
            ["node", "desktop_page.js", json.dumps(options)], cwd=NPM, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        patience = Timer(120, page.kill)  # then its output ends, and what is looked for is not found
        patience.start()
        lines = map(json.loads, iter(page.stdout.readline, ""))

        def seen(wanted):
            return next(rows for rows in lines if [(row["id"], row["enabled"]) for row in rows] == wanted)

        def press(id, name):
            page.stdin.write(f"{id} {name}\n")
            page.stdin.flush()

        (row,) = seen([("w1", ["Accept", "Reject"])])
        assert row["titles"] == ["can't Complete workitem w1 in state Invited; agent kristi may Accept or Reject"]
        press("w1", "Accept")
        (row,) = seen([("w1", ["Complete"])])
        assert row["text"] == "workitem w1: Processing"
        server.door("submit", media="chat", queue="In", id="c1", agent="kristi")
        seen([("w1", ["Complete"]), ("c1", ["Accept", "Reject"])])
        press("w1", "Complete")
        seen([("c1", ["Accept", "Reject"])])
        press("c1", "Accept")
        seen([("c1", ["Complete"])])
        page.stdin.close()
        assert page.wait(30) == 0
        patience.cancel()
        page.stdout.close()
