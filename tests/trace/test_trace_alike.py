"""Stories that are alike are aligned once, and each is repaired as if it were alone.

Laws: the repairs of many interactions with the same faults are those of each of them in a recording of its own, in
which they have other ids; the search runs once for each kind of story; what differs in more than the id, the time and
the numbers of requests is not alike.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ixnstate.trace import validate
from ixnstate.trace.repair.search import _Search

PROCESSING = ["Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"]
KINDS: dict[str, list[tuple[str, str]]] = {
    "accept is missing": [("Invited", "a1"), ("Processing", "a1")],
    "a wrong state": [("Invited", "a1"), ("Chatting", "a1"), ("Processing", "a1"), ("Completed", "a1")],
    "of another agent": [("Invited", "a2"), ("Chatting", "a2"), ("Processing", "a2"), ("Completed", "a2")],
    "another wrong state": [("Invited", "a1"), ("Processing", "a1"), ("Composing", "a1"), ("Completed", "a1")],
}


def lines(kind: str, id: str, number: int, *, requests: bool) -> Iterator[dict[str, Any]]:
    """The lines about one interaction; with the request that should have been made before, by a path with its id."""
    for state, agent in KINDS[kind]:
        shown = {"Invited": ["Accept", "Reject"], "Processing": PROCESSING}.get(state, [])
        message = {"messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange"}
        about = {"id": id, "uri": f"http://host/api/v2/me/workitems/{id}", "state": state, "capabilities": shown}
        yield {"kind": "notification", "agent": agent, "ts": 100.0 * number, "body": {**message, "workitem": about}}
        if requests and state == "Invited":
            path = f"/api/v2/me/workitems/{id}"
            asked = {"kind": "request", "method": "POST", "path": path, "body": {"operationName": "Transfer"}}
            yield {**asked, "agent": agent, "ts": 100.0 * number}
            yield {"kind": "response", "agent": agent, "path": path, "status": 200, "body": {"statusCode": 0}}


def repairs(path: Path, recording: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """By interaction its findings, with the edits that mend them, without its id and its lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in recording))
    told: dict[str, list[str]] = {}
    for finding in validate(path).findings:
        edits = [(edit.change, edit.new) for edit in finding.edits]
        id = str(finding.interaction)
        told.setdefault(id, []).append(json.dumps([finding.code, edits]).replace(id, "ID"))
    return told


@pytest.mark.parametrize("requests", [False, True])
def test_each_is_repaired_as_if_it_were_alone(requests: bool, tmp_path: Path) -> None:
    kinds = [*KINDS] * 3
    every = [
        line for number, kind in enumerate(kinds) for line in lines(kind, f"X{number:03d}Y", number, requests=requests)
    ]
    together = repairs(tmp_path / "all", every)
    alone = {
        kind: repairs(tmp_path / "alone", lines(kind, "ANOTHER7", 5, requests=requests)).get("ANOTHER7")
        for kind in KINDS
    }
    assert sum(map(bool, alone.values())) >= 3
    assert {number: together.get(f"X{number:03d}Y") for number in range(len(kinds))} == {
        number: alone[kind] for number, kind in enumerate(kinds)
    }


@pytest.mark.parametrize("alike", [True, False])
def test_the_search_runs_once_for_each_kind(alike: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    run = _Search.run
    monkeypatch.setattr(_Search, "run", lambda search: searched.append(search) or run(search))
    faulty = [kind for kind in KINDS if kind != "accept is missing"]
    every = [
        line
        for number in range(40)
        for line in lines(faulty[number % len(faulty)], f"X{number:03d}Y", number, requests=False)
    ]
    if not alike:
        for number, line in enumerate(every):
            line["agent"] = f"{line['agent']} {number // 4}"
    path = tmp_path / "all"
    path.write_text("".join(json.dumps(line) + "\n" for line in every))
    found = {finding.interaction for finding in validate(path).findings}
    assert len(found) == 40
    assert len(searched) == (len(faulty) if alike else 40)


def test_a_search_that_was_too_long_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has worked out may make the next one shorter."""
    searched = []

    def run(search: _Search) -> None:
        searched.append(search)

    monkeypatch.setattr(_Search, "run", run)
    every = [line for number in range(5) for line in lines("a wrong state", f"X{number}Y", number, requests=False)]
    path = tmp_path / "all"
    path.write_text("".join(json.dumps(line) + "\n" for line in every))
    assert {finding.edits for finding in validate(path).findings} == {()}
    assert len(searched) == 5
