"""What a user's checker sees of one interaction: records, commands, steps, refusals, notices, definitions.

Nothing here runs. mypy and pyright, both strict, must agree with every `assert_type`, and reject every line that bears
an ignore: an ignore that is not needed is an error, too.
"""

from collections.abc import Iterable
from typing import assert_never, assert_type

import ixnstate as ix


def steps(record: ix.Interaction, command: ix.Command) -> None:
    step = ix.submit(id="w1", media="workitem", queue="Inbound")
    assert_type(step, ix.Step)
    assert_type(step.interaction, ix.Interaction)
    assert_type(step.before, ix.Interaction | None)
    assert_type(step.created, ix.Interaction | None)
    assert_type(ix.step(record, command), ix.Step)
    assert_type(ix.step(record, ix.Transfer(by="a1", target_agent="a2")), ix.Step)
    assert_type(ix.view(record, "a1"), ix.View | None)
    assert_type(record.state, ix.State)
    assert_type(record.holders, tuple[str, ...])


def refusals(record: ix.Interaction) -> str:
    outcome = ix.decide(record, ix.Complete(by="a1"))
    if isinstance(outcome, ix.Refusal):
        assert_type(outcome.code, ix.RefusalCode)
        assert_type(outcome.path, tuple[str, ...] | None)
        assert_type(outcome.allowed, tuple[str, ...])
        return outcome.why()
    after = record
    for event in outcome:
        after = ix.evolve(after, event)
    assert_type(after, ix.Interaction)
    return after.state


def notices(step: ix.Step) -> Iterable[str]:
    for notice in ix.notices(step):
        assert_type(notice, ix.Notice)
        assert_type(notice.agent, str)
        yield notice.view.state


def commands() -> None:
    assert_type(ix.Accept(by="a1"), ix.Accept)
    assert_type(ix.command("Accept", by="a1"), ix.Command)
    ix.Transfer(by="a1", target="a2")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ix.Accept("a1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ix.Accept(by=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def frozen(record: ix.Interaction, command: ix.Accept) -> None:
    record.state = ix.State.QUEUED  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    command.by = "a2"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def evidence(edge: ix.Edge) -> str:
    match edge.evidence:
        case ix.Evidence.DOCUMENTED | ix.Evidence.CAPTURED:
            return "known"
        case ix.Evidence.INFERRED | ix.Evidence.SILENT:
            return "assumed"
    assert_never(edge.evidence)


def definitions() -> None:
    talk = ix.GWS.with_media("talk", like="chat").with_profile(transfer="on acceptance")
    assert_type(talk, ix.Definition)
    assert_type(talk.edges("talk"), tuple[ix.Edge, ...])
    assert_type(ix.validate("talk", ["Offer"], definition=talk), ix.Verdict)
    assert_type(ix.shortest_path("chat", "Queued", "Chatting"), tuple[str, ...] | None)
