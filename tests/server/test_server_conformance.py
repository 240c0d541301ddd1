"""The conformance kit against the server at its socket, with no code but its address."""

import json
import subprocess
import sys
from typing import Any

import httpx2 as httpx
import pytest
from serving import running

import ixnstate as ix
from ixnstate.testing import HttpDriver, conform


@pytest.mark.parametrize(
    "supports",
    [{"workitem", "agent-workbin", "group-workbin"}, {"email"}],
    ids=lambda supports: "-".join(sorted(supports)),
)
def test_the_server_conforms(supports, tmp_path):
    with running() as server:
        with HttpDriver(server.api) as driver:
            assert not driver.lacks
            report = conform(lambda: driver, supports=supports, kinds=("tour", "races"), examples=3, steps=10, seed=1)
        journal = tmp_path / "journal.jsonl"
        journal.write_bytes(httpx.get(f"{server.url}/backdoor/journal").content)
    assert report.ok, report.summary()
    judged = ix.trace.validate(journal)
    assert judged.ok, (judged.findings, journal.read_text())


def test_the_kit_notices_that_messages_are_dropped():
    with running() as server, HttpDriver(server.api, patience=0.2) as driver:
        driver.reset()
        platform: Any = driver.platform

        def faulty(action):
            done = platform(action)
            if action is None:
                platform.post("faults", {"message": "drop", "count": None, "channel": "/v2/me/workitems"})
            return done

        driver.platform = faulty
        report = conform(lambda: driver, supports={"workitem"}, kinds=("tour",), examples=0)
    assert not report.ok


def test_a_journal_of_the_demonstration_is_found_legal_by_the_command(tmp_path):
    with running(arrivals=0.01, arrivals_limit=30, delivering_timeout=0.2) as server:
        for _ in range(6):
            for agent in ("kristi", "john"):
                for uri in server.get("/me/interactions", user=agent).json()["uris"]:
                    path = uri.partition("/api/v2")[2]
                    server.post(
                        path.replace("/interactions", "/me/interactions"), {"operationName": "Accept"}, user=agent
                    )
                    server.post(
                        path.replace("/interactions", "/me/interactions"), {"operationName": "Complete"}, user=agent
                    )
        journal = tmp_path / "day.jsonl"
        journal.write_bytes(httpx.get(f"{server.url}/backdoor/journal").content)
    judged = subprocess.run(
        [sys.executable, "-m", "ixnstate", "validate", str(journal), "--format", "json"], capture_output=True,
         text=True, check=False
    )  # fmt: skip
    found = json.loads(judged.stdout)
    assert judged.returncode == 0, found
