"""Why nothing fits: each finding about a state or an operation lists what was believed, and what rules it out.

Laws: explaining changes nothing but ``candidates``; for every planted fault of these codes there is at least one
candidate; no sentence names a role; a finding lists at most twenty.
"""

import json
import random
from itertools import count

import attrs
import pytest
from click.testing import CliRunner
from days import judged, recorded
from faults_of_days import FAULTS, plant, said

from ixnstate.cli import cli
from ixnstate.trace.alternatives import MAX_ALTERNATIVES


def faulty(name):
    """A day with the fault, as a full recording."""
    days = (plant(name, recorded(seed, 250, lag=0.4), random.Random(seed)) for seed in count())
    return said(next(day for day in days if day), "full")[0]


def without(finding):
    return attrs.evolve(finding, candidates=())


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_explained_and_nothing_else_changes(name):
    records = faulty(name)
    plain, explained = judged(records), judged(records, explain=True)
    assert [*map(without, explained.findings)] == [*plain.findings]
    assert all(finding.candidates == () for finding in plain.findings)
    for finding in explained.findings:
        assert len(finding.candidates) <= MAX_ALTERNATIVES
        assert all(story and reason and "@" not in story + reason for story, reason in finding.candidates)
        is_of_state = finding.code == "IXN201" and finding.why.startswith("the ")  # others hold whatever is believed
        is_of_request = finding.code == "IXN101" and finding.refusal is not None and finding.refusal.record is not None
        assert finding.candidates or not (is_of_state or is_of_request), finding


BEGUN = {"interaction": "w1", "media": "workitem", "state": "Processing", "agent": "a1"}


def shows(state, agent="a1", **more):
    workitem = {"id": "w1", "state": state, "capabilities": [], **more}
    body = {"messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange", "workitem": workitem}
    return {"kind": "notification", "agent": agent, "body": body}


def candidates(*values):
    (finding,) = judged(values, explain=True, recorded="everything").findings
    return finding.candidates


def test_what_an_agent_is_still_to_be_shown_rules_out_what_comes_later():
    complete = {"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}
    assert candidates(BEGUN, complete, shows("Invited", capabilities=["Accept", "Reject"])) == (
        (
            "the workitem is in state Completed, a1 still to be shown Completed",
            "the next state that a1 is shown is Completed, and messages to an agent keep their order",
        ),
    )


def test_who_has_it_rules_out_what_others_do():
    request = {"seq": 1, "kind": "request", "agent": "a2", "interaction": "w1", "body": {"operationName": "Complete"}}
    reply = {"seq": 2, "kind": "response", "agent": "a2", "answers": 1, "body": {"statusCode": 0, "referenceId": 7}}
    ((story, reason),) = candidates(BEGUN, request, reply)
    assert story.startswith("the workitem is in state Processing, with a1")
    assert reason == "agent a2 does not hold it; a1 does"


def test_the_command_says_it_where_it_is_asked_for(tmp_path):
    path = tmp_path / "day.jsonl"
    complete = {"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}
    path.write_text("\n".join(map(json.dumps, (BEGUN, complete, complete))))
    asked = CliRunner().invoke(cli, ["validate", "--explain", str(path)])
    assert "= ruled out: the workitem is in state Completed" in asked.output
    assert "ruled out" not in CliRunner().invoke(cli, ["validate", str(path)]).output
    asked = CliRunner().invoke(cli, ["validate", "--explain", "--format", "json", str(path)])
    (finding,) = json.loads(asked.output)["findings"]
    assert finding["candidates"][0]["reason"] == "nothing leaves this state"
    page = CliRunner().invoke(cli, ["validate", "--format", "html", str(path)]).output
    assert "nothing leaves this state" in page
    assert '"candidates"' in page
