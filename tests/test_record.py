"""Laws of ``ixnstate record``, the recording proxy:

- whatever passes, passes as it is: status, headers, cookies, bytes, held polls;
- what is recorded of the conformance kit against the example server is what the server's own journal has, agent by
  agent, and is legal;
- each request stands under who is signed in, however that is shown; no credential is in the file.
"""

import json
from collections import defaultdict

import httpx2 as httpx
import pytest
from recording_proxy import recording
from serving import running

import ixnstate as ix
from ixnstate.testing import HttpDriver, conform


def story(records, kinds):
    """What each agent asked and was answered, or was sent, without numbers and times."""
    told = defaultdict(list)
    for record in records:
        if record["kind"] in kinds:
            told[record["agent"]].append({k: v for k, v in record.items() if k not in ("seq", "ts", "answers")})
    return dict(told)


@pytest.mark.parametrize(
    "supports",
    [{"workitem", "agent-workbin", "group-workbin"}, {"chat"}],
    ids=lambda supports: "-".join(sorted(supports)),
)
def test_a_recording_of_the_kit_is_the_servers_own_journal_and_legal(supports, tmp_path):
    with running() as server, recording(server.url) as proxy:
        with HttpDriver(proxy.api) as driver:
            report = conform(lambda: driver, supports=supports, kinds=("tour",), examples=2, steps=10, seed=1)
        journal = [json.loads(line) for line in httpx.get(f"{server.url}/backdoor/journal").text.splitlines()]
    assert report.ok, report.summary()
    assert len(journal) > 100
    for kinds in (("request", "response"), ("notification",)):
        theirs, ours = story(journal, kinds), story(proxy.records, kinds)
        assert ours.keys() == theirs.keys()
        for agent in theirs:
            assert ours[agent] == theirs[agent]
    file = tmp_path / "day.jsonl"
    file.write_text(proxy.text)
    judged = ix.trace.validate(file)
    assert judged.ok, judged.findings
    assert judged.operations > 50
