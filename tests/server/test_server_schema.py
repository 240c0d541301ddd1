"""Schemathesis against the server: every request that the OpenAPI document describes, and many that it does not.

Where a medium has several spellings of its address, one of them is asked for; with the variable ``SCHEMATHESIS`` set to
``all`` each of them. ``SCHEMATHESIS_SEED`` is another seed than the usual one.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import running

import ixnstate as ix
from ixnstate import gws
from ixnstate.server import Config
from ixnstate.server.config import Seed

SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
MEDIA = "chats|emails|workitems|openmedia/[^/]*|facebook|facebooksessions|twitter|smssessions"
PARTS = (
    "diagnostics/version|me|features|users|queues|workbins|interactions"
    f"|me/(devices|channels|workbins|interactions|{MEDIA})"
)
USUAL = f"^/({PARTS})(/[^/]*(/attachments.*|/messages|/workbins.*)?)?$"
COMMAND = shutil.which("schemathesis", path=Path(sys.executable).parent)


def config():
    media = list(ix.GWS.media)
    groups = {"agent_groups": frozenset({"G"}), "place_groups": frozenset({"PG"})}
    agent = ix.Agent("a1", roles=frozenset({"agent", "supervisor"}), place="P", **groups)
    seeds = [Seed(media=name, queue="In", id=f"{name}-{n}", agent="a1") for name in media for n in range(2)]
    workbins = (ix.Workbin("wb", name="Drafts"), ix.Workbin("team", type="AgentGroup"))
    return Config(agents=(agent, ix.Agent("a2", **groups)), workbins=workbins, seeds=tuple(seeds))


@pytest.mark.skipif(COMMAND is None, reason="schemathesis is not here")
@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_the_server_does_what_its_schema_says(tmp_path, phase):
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(gws.openapi()))
    chosen = [] if os.environ.get("SCHEMATHESIS") == "all" else ["--include-path-regex", USUAL]
    examples = {"coverage": [], "fuzzing": ["--max-examples", "6"]}[phase]
    with running(config()) as server:
        done = subprocess.run(
            [
                COMMAND, "run", str(document), "--url", server.api, "--auth", "a1:a1", "--phases", phase, "--seed",
                    SEED, "--checks", "all",
                "--continue-on-failure", "--no-color", *chosen, *examples,
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900, env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[:8_000] + done.stdout[-3_000:] + done.stderr[-2_000:]
