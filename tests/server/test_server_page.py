"""The page, driven in Chromium: by keyboard, light and dark, narrow and wide; and what stands behind it."""

import json
import shutil
import subprocess
from importlib.resources import files

import httpx2 as httpx
import pytest
from browsers import CHROMIUM, NPM
from serving import running


@pytest.fixture(scope="module")
def found(npm, tmp_path_factory):
    """What a browser finds."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not here")
    pictures = tmp_path_factory.mktemp("pictures")
    with running() as server:
        told = {"base": server.url, "executable": CHROMIUM, "pictures": str(pictures)}
        done = subprocess.run(
            [shutil.which("node"), "page.js", json.dumps(told)],
            cwd=NPM,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_works_by_keyboard_alone(found):
    assert "Invited" in found["invited"]
    assert "SendMessage as" in found["dialog"]
    assert [line for line in found["story"] if "Accept" in line]


def test_what_is_not_legal_is_disabled_and_says_why(found):
    assert found["completeIsDisabled"] == "true"
    assert "can't Complete chat" in found["why"]
    assert "may Accept or Reject" in found["why"]
    assert found["stopIsDisabled"] == "true"


def test_refusals_stand_in_the_feed(found):
    assert "can't Accept chat" in found["refusal"]


def test_nothing_is_wider_than_the_window(found):
    assert found["sizes"] == dict.fromkeys(("wide-light", "wide-dark", "narrow-light", "narrow-dark", "docs"), 0)


def test_nobody_is_shut_out(found):
    """axe-core finds nothing against WCAG 2.1 A and AA: names, roles, contrast in light and in dark."""
    assert len(found["axe"]) == 5
    assert [each for violations in found["axe"].values() for each in violations] == []


def test_it_asks_nobody_else_and_has_no_errors(found):
    assert (found["requests"], found["errors"]) == ([], [])


# --- what stands behind it
# ----------------------------------------------------------------------------------------------


def test_the_files_are_in_the_package():
    names = {each.name for each in files("ixnstate.server").joinpath("static").iterdir()}
    assert {"page.html", "page.css", "page.js", "docs.html", "docs.js"} <= names


def test_a_policy_forbids_every_other_origin():
    with running() as server:
        page = httpx.get(server.url + "/")
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        for name in ("page.js", "page.css", "docs.js"):
            assert httpx.get(f"{server.url}/static/{name}").status_code == 200
        for name in ("../config.py", "%2e%2e/config.py", "nonsense"):
            assert httpx.get(f"{server.url}/static/{name}").status_code == 404


def test_what_happens_comes_as_server_sent_events():
    with running() as server, httpx.stream("GET", f"{server.url}/backdoor/events", timeout=20) as events:
        lines = events.iter_lines()
        assert next(lines) == "retry: 1000"
        server.door("submit", media="chat", queue="Inbound", agent="kristi")
        told = [next(lines) for _ in range(4)]
        assert told[1:3] == ["id: 1", "event: message"]
        assert json.loads(told[3].removeprefix("data: "))["state"] == "Invited"


def test_readers_are_bounded(monkeypatch):
    monkeypatch.setattr("ixnstate.server.feed.MAX_READERS", 1)
    with running() as server, httpx.stream("GET", f"{server.url}/backdoor/events", timeout=20) as events:
        lines = events.iter_lines()  # which ends with the last reference to it
        next(lines)
        assert httpx.get(f"{server.url}/backdoor/events").status_code == 503
