"""Programs in other languages, and mirrors: the skeletons of the documentation pass the kit;
the schemas say what is sent."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

import ixnstate as ix
from ixnstate.client import Mirror
from ixnstate.testing import (
    EVERYTHING,
    WORLD,
    DriverError,
    MirrorDriver,
    Scope,
    Seen,
    StdioDriver,
    as_json,
    conform,
    stdio_schema,
    suite,
    suite_schema,
)
from ixnstate.testing.mirror import INTERACTIONS

ROOT = Path(__file__).parents[2]
SKELETONS = ROOT / "docs" / "examples" / "stdio"


def conforms(program):
    with StdioDriver(program) as driver:
        report = conform(lambda: driver, supports={"workitem"}, examples=10)
    assert report.ok, report.summary()
    assert report.counts["pass"] > 150
    with StdioDriver(program) as driver:
        driver.reset()
        one, _ = (driver.create(ix.Submit(media="workitem", queue="Inbound", new_id=name)) for name in ("x", "y"))
        driver.offer(one, "a1")
        assert [tuple(driver.interactions(agent)) for agent in ("a1", "a2")] == [(one,), ()]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_skeleton_in_node_conforms():
    conforms(["node", str(SKELETONS / "skeleton.js")])


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.parametrize("lists", ["[]", "[...items.items.keys()]"])
def test_a_program_that_lists_what_agents_do_not_have_does_not_conform(lists, tmp_path):
    text = (SKELETONS / "skeleton.js").read_text()
    (tmp_path / "wrong.js").write_text(text.replace("items.list(agent)", lists))
    with StdioDriver(["node", str(tmp_path / "wrong.js")]) as driver:
        report = conform(lambda: driver, supports={"workitem"}, examples=0)
    assert not report.ok
    assert "interactions" in report.summary()


@pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed")
def test_the_skeleton_in_go_conforms(tmp_path):
    built = tmp_path / "skeleton"
    environment = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin:/usr/local/go/bin",
        "GOFLAGS": "-mod=mod",
        "GO111MODULE": "off",
    }
    subprocess.run(["go", "build", "-o", str(built), str(SKELETONS / "skeleton.go")], check=True, env=environment)
    conforms([str(built)])


def test_the_suite_is_as_its_schema_says_and_spells_keys_in_one_way():
    Draft202012Validator.check_schema(suite_schema())
    scope = Scope(ix.GWS, WORLD, EVERYTHING)
    said = json.loads(json.dumps(as_json(suite(scope), scope)))
    assert not list(jsonschema_rs.Draft202012Validator(suite_schema()).iter_errors(said))  # it has 50 megabytes
    named = {name for case in said["cases"] for step in case["steps"] for name in step["do"]}
    named |= {
        name for case in said["cases"] for step in case["steps"] for told in step.get("told", ()) for name in told
    }
    assert not [name for name in named if "_" in name]


def test_what_is_asked_and_answered_is_as_the_schema_says(tmp_path):
    schema = stdio_schema()
    Draft202012Validator.check_schema(schema)
    log = tmp_path / "log.jsonl"
    text = (
        "import sys, json, io\nfrom ixnstate.testing import InProcessDriver, serve\n"
        f"log = open({str(log)!r}, 'w')\n"
        "class Out:\n    def write(self, text): log.write(text); sys.stdout.write(text)\n"
        "    def flush(self): log.flush(); sys.stdout.flush()\n"
        "def lines():\n    for line in sys.stdin:\n        log.write(line); yield line\n"
        "serve(InProcessDriver(), lines(), Out())\n"
    )
    with StdioDriver([sys.executable, "-c", text]) as driver:
        kinds = ("tour", "cells", "arguments", "names", "spelling", "values")
        assert conform(lambda: driver, supports={"email", "agent-workbin"}, kinds=kinds, examples=1).ok
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    asked = Draft202012Validator(schema)
    answers = {
        do: Draft202012Validator({"$defs": schema["$defs"], **rule})
        for do, rule in schema["$defs"]["answers"]["properties"].items()
    }
    seen = set()
    for question, answer in zip(lines[::2], lines[1::2], strict=True):
        assert not list(asked.iter_errors(question)), question
        assert not list(answers[question["do"]].iter_errors(answer)), (question, answer)
        seen.add(question["do"])
    assert seen == set(answers)


# --- mirrors --------------------------------------------------------------------------------------------------------


class Adapter:
    """The library's own mirror."""

    def __init__(self, agent):
        self.mirror = Mirror(agent)
        self.take = self.mirror.take

    def view(self, interaction):
        shown = self.mirror.view(interaction)
        return shown and {"state": str(shown.state), "capabilities": shown.capabilities, "userData": shown.user_data}

    def reconnect(self, get):
        self.mirror.listening()
        while readings := self.mirror.start_reading():
            for reading in readings:
                self.mirror.read(reading, get(reading.request.path))


@pytest.mark.parametrize("options", [{}, {"twice": True}, {"losing": 2}, {"losing": 3, "twice": True}])
def test_the_mirror_of_the_library_conforms(options):
    kinds = ("tour", "time") if "losing" in options else ("tour", "workbins", "time", "several")
    supports = {"supports": {"email", "chat", "agent-workbin"}} if "losing" in options else {}
    report = conform(lambda: MirrorDriver(Adapter, **options), kinds=kinds, examples=3, **supports)
    assert report.ok, report.summary()


class Deaf(Adapter):
    """It hears nothing of who takes part."""

    def __init__(self, agent):
        super().__init__(agent)
        self.take: Any = lambda frame: (
            None if frame["data"].get("notificationType") == "ParticipantsUpdated" else self.mirror.take(frame)
        )


class Overwriting(Adapter):
    """Whatever comes during a GET is forgotten for its answer."""

    def reconnect(self, get):
        body = get(INTERACTIONS)
        self.mirror.listening()
        (reading,) = self.mirror.start_reading()
        self.mirror.read(reading, body)


class Stubborn(Adapter):
    """It asks for nothing."""

    def reconnect(self, get):
        pass


def test_a_mirror_that_forgets_a_message_is_found():
    report = conform(lambda: MirrorDriver(Deaf), supports={"chat"}, kinds=("tour",), examples=0)
    assert not report.ok
    assert any("capabilities" in each.name for each in report.findings)


@pytest.mark.parametrize("wrong", [Overwriting, Stubborn])
def test_a_mirror_that_is_wrong_after_a_lost_connection_is_found(wrong):
    report = conform(lambda: MirrorDriver(wrong, losing=2), supports={"workitem"}, kinds=("tour",), examples=0)
    assert not report.ok


def test_a_mirror_that_cannot_reconnect_is_told_so():
    class Without:
        def __init__(self, agent):
            self.take = lambda frame: None
            self.view = lambda interaction: None

    with pytest.raises(DriverError, match=r"must have a method reconnect\(get\)"):
        conform(lambda: MirrorDriver(Without, losing=1), supports={"workitem"}, kinds=("tour",), examples=0)


def test_what_a_mirror_gives_back_must_be_a_view():
    class Odd:
        def __init__(self, agent):
            pass

        def take(self, frame):
            pass

        def view(self, interaction):
            return 5

    with pytest.raises(DriverError, match="view of a mirror gave 5; it must give None, a Seen"):
        conform(lambda: MirrorDriver(Odd), supports={"workitem"}, examples=0)
    assert MirrorDriver(Odd)._seen({"state": "Invited", "capabilities": ["Accept"]}) == Seen("Invited", ("Accept",))
