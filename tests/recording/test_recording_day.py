"""The same day as every kind of recorder has it: the same faults are found, however it was recorded."""

import json
import random

import pytest
from days import recorded, resource_of

from ixnstate.recording.times import written
from ixnstate.trace import validate


def day(seed, size=700):
    """A clean day. Each reply says which request it answers, as what pairs them here needs it."""
    lines = [json.loads(json.dumps(entry.record)) for entry in recorded(seed, size)]
    waiting = {}
    for line in lines:
        if line["kind"] == "request":
            waiting.setdefault(line["agent"], []).append(line)
        elif line["kind"] == "response":
            asked = waiting[line["agent"]]
            own = [
                each
                for each in asked
                if line.get("answers", each["seq"]) == each["seq"] and line.get("path", each["path"]) == each["path"]
            ]
            asked.remove(own[0])
            line["answers"] = own[0]["seq"]
    return lines


def write(folder, name, lines):
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def paired(lines):
    """Each request with its reply, and each notification by itself."""
    replies = {line["answers"]: line for line in lines if line["kind"] == "response"}
    for line in lines:
        if line["kind"] == "request":
            yield line, replies.get(line["seq"])
        elif line["kind"] == "notification":
            yield line, None


def exchanged(lines):
    """As a proxy logs it: each exchange when it ended."""
    log = []
    for line, reply in paired(lines):
        if line["kind"] == "request":
            record = {**line, "kind": "exchange"}
            if reply is not None:
                record |= {"ended": reply["ts"], "status": reply["status"], "reply": reply["body"]}
            log.append((reply or line)["ts"])
            log[-1] = (log[-1], record)
        else:
            log.append((line["ts"], line))
    return [record for _, record in sorted(log, key=lambda each: each[0])]


def as_har(lines):
    """One file of all agents' sessions, with polls of two seconds."""
    entries = []
    for line, reply in paired(lines):
        if line["kind"] == "request":
            duration = (reply["ts"] - line["ts"]) * 1000
            content = {} if reply["body"] is None else {"text": json.dumps(reply["body"])}
            request = {
                "method": line["method"],
                "url": f"https://gws{line['path']}",
                "postData": {"text": json.dumps(line["body"])},
            }
            response = {"status": reply["status"], "content": {"size": len(content.get("text", "")), **content}}
            began = line["ts"]
        else:
            duration, began = 2000, line["ts"] - 2
            frame = {"channel": line["channel"], "data": line["body"]}
            request = {"method": "POST", "url": "https://gws/api/v2/notifications/connect"}
            response = {"status": 200, "content": {"text": json.dumps([frame])}}
        entries.append({"startedDateTime": written(began), "time": duration, "request": request, "response": response,
                        "_agent": line["agent"]})  # fmt: skip
    return {"log": {"version": "1.2", "entries": entries}}


def planted(lines, seed):
    """The day with three faults, each in an interaction of its own: a state that no interaction of that medium has."""
    chance = random.Random(seed)
    shown = [
        line
        for line in lines
        if line["kind"] == "notification" and resource_of(line["body"]).get("state") == "Processing"
    ]
    chosen = chance.sample(shown, 3)
    for line in chosen:
        resource_of(line["body"])["state"] = "Chatting"
    return {resource_of(line["body"])["id"] for line in chosen}


@pytest.mark.parametrize("seed", range(3))
def test_a_day_with_three_faults_in_every_form(seed, tmp_path):
    lines = day(seed)
    assert validate(write(tmp_path, "clean.jsonl", lines)).findings == ()
    assert validate(write(tmp_path, "clean-exchanges.jsonl", exchanged(lines))).findings == ()
    clean = tmp_path / "clean.har"
    clean.write_text(json.dumps(as_har(lines), indent=1))
    assert validate(clean).findings == ()

    faulty = planted(lines, seed)
    log = write(tmp_path, "day.jsonl", lines)
    shuffled = random.Random(seed).sample(lines, len(lines))
    session = tmp_path / "day.har"
    session.write_text(json.dumps(as_har(lines)))
    found = {
        "in order": validate(log),
        "shuffled": validate(write(tmp_path, "shuffled.jsonl", shuffled), unsorted=True),
        "exchanges": validate(write(tmp_path, "exchanges.jsonl", exchanged(lines))),
        "HAR": validate(session),
    }
    for form, report in found.items():
        assert {finding.interaction for finding in report.findings} == faulty, form
        assert len(report.findings) == 3, form
        assert not report.unreadable, form
