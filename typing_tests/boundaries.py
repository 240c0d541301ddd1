"""What a user's checker sees at the boundaries: a contact centre, the documented JSON, recordings, the conformance kit.

Nothing here runs. mypy and pyright, both strict, must agree with every `assert_type`, and reject every line that bears
an ignore: an ignore that is not needed is an error, too.
"""

from pathlib import Path
from typing import assert_type

import ixnstate as ix
from ixnstate import gws, testing, trace


def centre() -> None:
    center = ix.ContactCenter(agents=[ix.Agent("a1")], queues=["Inbound"])
    outcome = center.submit(media="workitem", queue="Inbound", id="w1")
    assert_type(outcome, ix.Outcome)
    assert_type(outcome.refusal, ix.Refusal | None)
    assert_type(center.apply(ix.Accept(by="a1", interaction="w1")), ix.Outcome)
    assert_type(center.interaction("w1"), ix.Interaction | None)
    ix.ContactCenter(agents=["a1"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def documented(center: ix.ContactCenter) -> None:
    request = gws.Request("POST", "/api/v2/me/workitems/w1", {"operationName": "Accept"}, user="a1")
    asked = gws.parse_request(request)
    assert_type(asked, ix.Command | gws.Read | gws.Upload)
    if isinstance(asked, ix.Command):
        assert_type(gws.request(asked), gws.Request)
        assert_type(gws.reply(asked, reference_id=1), gws.Reply)
    answer = gws.handle(center, request)
    assert_type(answer.http_status, int)
    for sent in answer.notifications:
        assert_type(sent, gws.Notification)
        assert_type(sent.agent, str)


def recordings(path: Path) -> None:
    report = trace.validate(path, gaps=1)
    assert_type(report, trace.Report)
    for finding in report.findings:
        assert_type(finding, trace.Finding)
        assert_type(finding.code, str)
        assert_type(finding.place.line, int)
    trace.validate(path, gaps="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class Mine(testing.Driver):
    """A user's driver: what it must give back is seen while it is written."""

    def perform(self, command: ix.Command) -> testing.Reply:
        assert_type(command, ix.Command)
        return testing.Reply(ok=True)


def kit(driver: testing.Driver) -> None:
    report = testing.conform(lambda: driver, supports={"workitem"})
    assert_type(report, testing.Report)
    assert_type(report.findings, list[testing.Finding])
    testing.conform(driver)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
