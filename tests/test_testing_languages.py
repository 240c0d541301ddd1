"""Programs in other languages, and mirrors: the skeletons of the documentation pass the kit;
the schemas say what is sent."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import ixnstate as ix
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

ROOT = Path(__file__).parents[1]
SKELETONS = ROOT / "docs" / "examples" / "stdio"


def conforms(program):
    with StdioDriver(program) as driver:
        report = conform(lambda: driver, supports={"workitem"}, examples=10)
    assert report.ok, report.summary()
    assert report.counts["pass"] > 150


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_skeleton_in_node_conforms():
    conforms(["node", str(SKELETONS / "skeleton.js")])


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
    assert not list(Draft202012Validator(suite_schema()).iter_errors(said))
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


def adapter(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "examples" / "embedding"))
    import client

    class Adapter:
        def __init__(self, agent):
            self.mirror = client.Mirror(agent, None)
            self.take = self.mirror.take

        def view(self, interaction):
            return self.mirror.views.get(interaction)

    return Adapter


@pytest.mark.parametrize("twice", [False, True])
def test_the_mirror_of_the_documentation_conforms(monkeypatch, twice):
    mirror = adapter(monkeypatch)
    kinds = ("tour", "workbins", "time", "several")
    report = conform(lambda: MirrorDriver(mirror, twice=twice), kinds=kinds, examples=5)
    assert report.ok, report.summary()


def test_a_mirror_that_forgets_a_message_is_found(monkeypatch):
    right = adapter(monkeypatch)

    class Deaf(right):
        def __init__(self, agent):
            super().__init__(agent)
            take = self.mirror.take
            self.take = lambda frame: (
                None if frame["data"].get("notificationType") == "ParticipantsUpdated" else take(frame)
            )

    report = conform(lambda: MirrorDriver(Deaf), supports={"chat"}, kinds=("tour",), examples=0)
    assert not report.ok
    assert any("capabilities" in each.name for each in report.findings)


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
