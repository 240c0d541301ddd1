"""Agents who do what only others may do, answered as done: found at its line by whoever has recorded everything, and
not accused where an agent who was not recorded may be the cause."""

import random
from functools import cache
from itertools import count

import pytest
from days import judged, recorded
from faults_of_days import said
from faults_of_strangers import HOLDING, STRANGERS, plant, without_those_concerned
from realistic import realistic

DAYS = {
    "a small day": lambda seed: recorded(seed, 350, lag=0.4),
    "a realistic day": lambda seed: realistic(seed, 400, 6, replies="with numbers", late=0.02, reply_after=0.04),
}
CLEAN = {name: cache(day) for name, day in DAYS.items()}


@cache
def faulty(name, kind, seed):
    """The first day after a number that has a place for the fault."""
    planted = (plant(name, CLEAN[kind](number), random.Random(number)) for number in count(7 * seed))
    return next(each for each in planted if each is not None)


def found(records):
    report = judged(records)
    assert report.unreadable == ()
    return [(finding.code, finding.place.line) for finding in report.findings]


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("name", STRANGERS)
def test_it_is_one_finding_at_its_line(name, kind):
    records, line = said(faulty(name, kind, 0))
    assert found(records) == [(STRANGERS[name].code, line)]


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("name", [f"{name} by a stranger, who is told" for name in HOLDING])
def test_it_is_not_accused_where_an_agent_who_was_not_recorded_may_be_the_cause(name, kind, alone):
    """The agent may have had it since before the recording, or found it in a workbin:
    those who have it are not seen."""
    planted = faulty(name, kind, 1)
    records = {id(entry): record for entry, record in zip(planted.day, said(planted)[0], strict=True)}
    entries = without_those_concerned(planted, alone=alone)
    assert found([records[id(entry)] for entry in entries]) == []


PATH = "/api/v2/me/workitems/W1"


def shown(agent, state, id="W1", **more):
    message = {"messageType": "WorkitemStateChangeMessage", "workitem": {"id": id, "state": state}, **more}
    return {"agent": agent, "kind": "notification", "partial": True, "body": message}


def asked(agent, operation, path=PATH, **body):
    body = {"operationName": operation, **body}
    return {"agent": agent, "kind": "request", "method": "POST", "path": path, "body": body}


def done(agent, **body):
    return {"agent": agent, "kind": "response", "status": 200, "body": {"statusCode": 0, **body}}


def accepting(agent, id, number):
    """An agent is invited, accepts, and is told so."""
    return [
        shown(agent, "Invited", id), asked(agent, "Accept", f"/api/v2/me/workitems/{id}"),
        done(agent, referenceId=number), shown(agent, "Processing", id, referenceId=number),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "request_", [asked("a2", "SetInFocus"), asked("a2", "Complete"), asked("a2", "Accept"),
                 asked("a2", "UpdateUserData", userData={"a": 1}), asked("a2", "Transfer", targetUri="/users/a3"),
                 asked("a2", "PullWorkitem", "/api/v2/workbins/own", id="W1")],
    ids=lambda request_: request_["body"]["operationName"],
)  # fmt: skip
@pytest.mark.parametrize("is_met_before", [True, False])
def test_the_shortest_scenes(request_, is_met_before):
    met = accepting("a2", "W2", 1) if is_met_before else []
    goes_on = [
        asked("a1", "UpdateUserData", userData={"a": 2}), done("a1", referenceId=4),
        shown("a1", "Processing", referenceId=4),
    ]  # fmt: skip
    lines = [*met, *accepting("a1", "W1", 2), request_, done("a2", referenceId=3), *goes_on]
    lines = [{"seq": number, **line} for number, line in enumerate(lines, 1)]
    assert found(lines) == [("IXN101", len(met) + 5)]


@pytest.mark.parametrize("operation", ["Complete", "SetInFocus", "Accept"])
def test_the_short_forms(operation):
    def state(agent, name):
        return {"agent": agent, "interaction": "W1", "media": "workitem", "state": name}

    def request(agent, name):
        return {"agent": agent, "interaction": "W1", "body": {"operationName": name}}

    held = [state("a1", "Invited"), request("a1", "Accept"), state("a1", "Processing")]
    assert found([*held, request("a2", operation)]) == [("IXN101", 4)]
    assert found([*held, state("a2", "Processing")]) == [("IXN201", 4)]
