"""Sessions of many agents: the order in which they are told of something is nobody's fault, however many they are.

A recording in several files is one recording, if its numbers go on from file to file.
"""

import json
import random

import pytest
from days import judged

import ixnstate as ix
from ixnstate import gws
from ixnstate.trace import validate


def session(agents):
    """The records of a chat of so many agents, all of whom have been told who takes part."""
    names = [f"a{number}" for number in range(agents)]
    center = ix.ContactCenter(agents=[ix.Agent(name) for name in (*names, "stranger")], queues=["In"])
    center.submit(media="chat", queue="In", id="C1")
    records = told(gws.notifications(center.offer("C1", names[0])))
    about = {"interaction": "C1", "media": "chat"}

    def ask(command):
        request = gws.request(command)
        reply = gws.handle(center, request)
        asked = {"agent": request.user, "kind": "request", "method": request.method, "path": request.path}
        answered = {"agent": request.user, "kind": "response", "status": reply.http_status, "body": reply.body}
        return [asked | {"body": request.body}], told(reply.notifications), [answered]

    def at_once(command):
        records.extend(record for part in ask(command) for record in part)

    at_once(ix.Accept(by=names[0], nickname="N", **about))
    for name in names[1:]:
        at_once(ix.Invite(by=names[0], target_agent=name, **about))
        at_once(ix.Accept(by=name, nickname="N", **about))
    return names, records, ask(ix.Complete(by=names[-1], **about))


def told(notifications):
    return [
        {"agent": each.agent, "kind": "notification", "channel": each.topic, "body": each.message}
        for each in notifications
    ]


def numbered(records):
    """The records, with the request that each reply answers: that of its agent before it."""
    lines, asked = [], {}
    for seq, record in enumerate(records, 1):
        answers = {"answers": asked.pop(record["agent"])} if record["kind"] == "response" else {}
        if record["kind"] == "request":
            asked[record["agent"]] = seq
        lines.append({"seq": seq, **record, **answers})
    return lines


@pytest.mark.parametrize("agents", [2, 3, 7, 8, 20, 60])
def test_all_are_told_of_its_end_in_any_order(agents):
    _, records, (asked, messages, answered) = session(agents)
    assert len(messages) == agents
    for seed in range(3):
        random.Random(seed).shuffle(messages)
        assert judged(numbered([*records, *asked, *messages, *answered])).findings == ()


@pytest.mark.parametrize("agents", [8, 20])
def test_whoever_took_no_part_is_not_told(agents):
    _, records, (asked, messages, answered) = session(agents)
    wrong = {**messages[0], "agent": "stranger", "body": {**messages[0]["body"]}}
    wrong["body"].pop("referenceId", None)
    lines = numbered([*records, *asked, *messages, wrong, *answered])
    (finding,) = judged(lines).findings
    assert (finding.code, finding.place.line) == ("IXN201", lines.index({"seq": len(lines) - 1, **wrong}) + 1)


@pytest.mark.parametrize("at", [1, 9, 17])
def test_a_recording_in_several_files_is_one(at, tmp_path):
    """An operation by somebody who does not have the item is found in the second file as it is in one."""
    _, records, _ = session(4)
    request = gws.request(ix.Leave(by="stranger", interaction="C1", media="chat"))
    asked = {"agent": "stranger", "kind": "request", "method": request.method, "path": request.path}
    done = {"agent": "stranger", "kind": "response", "status": 200, "body": {"statusCode": 0}}
    lines = numbered([*records, {**asked, "body": request.body}, done])
    files = [tmp_path / "whole.jsonl", tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for file, part in zip(files, (lines, lines[:at], lines[at:]), strict=True):
        file.write_text("".join(json.dumps(line) + "\n" for line in part))
    whole, parts = validate(files[0]), validate(files[1], files[2])
    assert [finding.code for finding in whole.findings] == ["IXN101"]
    assert [finding.code for finding in parts.findings] == ["IXN101"]
    assert whole.recorded == parts.recorded != ""
