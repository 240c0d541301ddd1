"""What a finding says: the words, the evidence that the rule rests on, and the cheapest repair."""

from collections.abc import Iterator, Mapping
from typing import Any

from ixnstate.definition import Edge, Medium
from ixnstate.gws import Message, Operation, spelled
from ixnstate.recording.records import Recorded
from ixnstate.recording.times import written
from ixnstate.refusals import Refusal
from ixnstate.trace.exchanges import Asked, Owed
from ixnstate.trace.findings import Finding, Severity, Witness
from ixnstate.trace.rules import Breach, Modality, Moment, Where
from ixnstate.trace.worlds import SUBSCRIBERS, Standing
from ixnstate.values import a_
from ixnstate.vocabulary import Evidence, RefusalCode, Source, State

_RANK = {Evidence.DOCUMENTED: 0, Evidence.CAPTURED: 1, Evidence.INFERRED: 2, Evidence.SILENT: 3}


def finding(
    code: str, recorded: Recorded, interaction: str | None, what: str, why: str, right: str | None = None, **more: Any
) -> Finding:
    """The finding about a line; a rule that is only inferred makes it a warning."""
    evidence = more.get("evidence")
    severity = Severity.WARNING if _RANK.get(evidence, 0) > 1 else Severity.ERROR  # type: ignore[arg-type]
    line = recorded.line
    return Finding(
        code, line.place, line.text, interaction, recorded.agent, what, why, right, severity=severity,
        seq=recorded.seq, ts=None if recorded.time is None else written(recorded.time), **more,
    )  # fmt: skip


def testimony(recorded: Recorded, kind: str, says: str) -> Witness:
    """A line on which a finding about another one rests."""
    ts = None if recorded.time is None else written(recorded.time)
    return Witness(kind, recorded.line.place, says, recorded.agent, ts)


def ground(*known: Edge | None) -> dict[str, Any]:
    """The evidence and the source of the weakest of these edges."""
    weakest = max((edge for edge in known if edge), key=lambda edge: _RANK[edge.evidence], default=None)
    return {"evidence": weakest.evidence, "source": weakest.page} if weakest else {}


# --- requests -------------------------------------------------------------------------------------------------------

_ANSWERS = ("Accept", "Reject")
"""Operations before which an invitation must come; only from a queue is that what was left out."""


def no_request(recorded: Recorded, operation: Operation) -> Finding:
    """An agent requests what only the platform does."""
    what = f"can't {operation.command.operation} by a request"
    return finding(
        "IXN101", recorded, operation.interaction, what, "it is a signal of the platform", "no such request",
        repair="delete this line",
    )  # fmt: skip


def other_media(recorded: Recorded, interaction: str, what: str, known: Standing) -> Finding:
    """A line is about an interaction of another medium."""
    media = a_(known.record.media)
    return finding(
        "IXN102", recorded, interaction, what, f"{interaction} is {media}", f"one for {media}",
        expected=(known.record.media,), repair="delete this line",
    )  # fmt: skip


def refused(
    recorded: Recorded,
    interaction: str | None,
    edge: Edge | None,
    refusal: Refusal,
    accepted: Witness | None = None,
) -> Finding:
    """An operation that is refused. ``edge`` is the step that led to where the interaction stands."""
    names = {**spelled(refusal.operation), "by": "agent"}
    reply = f"a reply that refuses it, with status code {refusal.status_code}" if accepted else None
    repair = None if reply and refusal.code is RefusalCode.FINAL else _repair(refusal, names)
    right = [each for each in (reply, repair, *_instead(refusal)) if each]
    return finding(
        "IXN101", recorded, interaction if refusal.record else None, refusal.what, refusal.why(names),
        "; or ".join(right) or None, refusal=refusal, expected=refusal.allowed,
        repair=_cheapest(refusal, names), accepted=accepted, **ground(edge, _edge(refusal)),
    )  # fmt: skip


def _edge(refusal: Refusal) -> Edge | None:
    """The best known edge of the operation, of those that could have been meant."""
    record, definition = refusal.record, refusal.definition
    if record is None or record.media not in definition.media:
        return None
    edges = [each for each in definition.edges(record.media) if each.operation == refusal.operation]
    here = [each for each in edges if each.source is record.state]
    return min(here or edges, key=lambda each: _RANK[each.evidence], default=None)


def _repair(refusal: Refusal, names: Mapping[str, str]) -> str | None:
    """What would make the same operation legal."""
    if refusal.code is RefusalCode.FINAL:
        return "nothing: it has ended"
    same = _same(refusal, names)
    if same or refusal.code is RefusalCode.NOT_HOLDER:
        return same
    path = _before(refusal)
    return f"first {', then '.join(path)}" if path else None


def _same(refusal: Refusal, names: Mapping[str, str]) -> str | None:
    """The same operation, with other arguments or by another agent."""
    failed = " or ".join(names.get(each, each) for each in (refusal.failed or "").split(" or "))
    if refusal.code is RefusalCode.MISSING_PARAMETER:
        return f"the same with {failed}"
    if refusal.is_surplus:
        return f"the same without {failed}"
    if refusal.code is RefusalCode.NOT_HOLDER and refusal.record is not None:
        who = refusal.record.invited if refusal.operation in _ANSWERS else refusal.record.holders
        return f"the same by {' or '.join(who)}" if who else None
    return None


def _before(refusal: Refusal) -> tuple[str, ...]:
    """The operations that are missing before it; () if that is not what is wrong."""
    path = refusal.path or ()
    if refusal.operation in _ANSWERS and path[:1] != ("Offer",):
        return ()
    return path


AGAIN = "replace this line by the same operation"
"""How a repair begins where the line needs nothing but an agent or a parameter."""


def _cheapest(refusal: Refusal, names: Mapping[str, str]) -> str:
    """One edit that makes the line legal: one that keeps the operation, or else without it."""
    same, before = _same(refusal, names), _before(refusal)
    if same:
        return same.replace("the same", AGAIN, 1)
    if len(before) == 1:
        return f"insert {before[0]} before this line"
    return "delete this line"


def _instead(refusal: Refusal) -> Iterator[str]:
    if refusal.allowed and refusal.code in (RefusalCode.ILLEGAL, RefusalCode.UNKNOWN_OPERATION, RefusalCode.NOT_HOLDER):
        yield f"one of {', '.join(refusal.allowed)}"


# --- replies --------------------------------------------------------------------------------------------------------

RULES = {"evidence": Evidence.DOCUMENTED}
ERRORS = Source("ReturnValues", "8.5.1")


def nothing_came(asked: Asked, reply: Recorded | None) -> Finding:
    """A request without its reply, or a reply without its message."""
    return no_reply(asked) if reply is None else no_notification(asked, reply)


def no_notification(asked: Asked, reply: Recorded) -> Finding:
    """A reply whose message has not come."""
    operation = asked.command.operation if asked.command else "the request"
    return finding(
        "IXN111", reply, asked.interaction, f"no notification answers {operation}",
        "the reply says that it was done, and later messages have come to the agent",
        "a notification with the referenceId of the reply", repair="insert the notification after this line",
        source=Source("WorkitemMessageType", "8.5.2"), **RULES,
    )  # fmt: skip


def no_reply(asked: Asked) -> Finding:
    """A request that nobody has answered."""
    operation = asked.command.operation if asked.command else "the request"
    return finding(
        "IXN114", asked.recorded, asked.interaction, f"no reply answers {operation}",
        "later requests of the agent have been answered", "a reply, done or refused",
        repair="insert its reply after this line", source=ERRORS, **RULES,
    )  # fmt: skip


SHOWS = {"ItemAdded": "says that it was added to a workbin", "ItemRemoved": "says that it was removed from its workbin"}


def refused_yet_done(reply: Recorded, asked: Asked, word: str) -> Finding:
    """A reply refuses what notifications have shown to be done: a state, or that an item came or went."""
    operation = asked.command.operation if asked.command else "the request"
    said = SHOWS.get(word, f"shows state {word}")
    return finding(
        "IXN112", reply, asked.interaction, f"{operation} is refused, yet a notification {said}",
        "a request that is refused changes nothing", "a reply that says that it was done, or no such notification",
        repair="replace this line by a reply that says that it was done", source=ERRORS, **RULES,
    )  # fmt: skip


def no_cause(recorded: Recorded, interaction: str, number: int | None) -> Finding:
    """A notification that answers no request."""
    return finding(
        "IXN113", recorded, interaction, f"a notification answers request {number}",
        "no reply has given that referenceId to a request about this interaction",
        "no referenceId, or that of a request", repair="delete its referenceId",
        source=Source("WorkitemMessageType", "8.5.2"), **RULES,
    )  # fmt: skip


# --- notifications --------------------------------------------------------------------------------------------------


def never_shown(recorded: Recorded, interaction: str, media: str, state: str, shown: list[State]) -> Finding:
    """A state that agents are never shown."""
    return finding(
        "IXN201", recorded, interaction, f"a notification shows state {state}",
        f"agents are never shown {a_(media)} in that state", f"one of {', '.join(shown)}",
        expected=tuple(shown), repair="delete this line",
    )  # fmt: skip


def not_pulled(recorded: Recorded, interaction: str) -> Finding:
    """It was removed from a workbin in which it lies."""
    return finding(
        "IXN201", recorded, interaction, "a notification says that it was removed from its workbin",
        "nobody has pulled it", "a Pull before it", expected=("ItemAdded",), repair="insert a Pull before this line",
    )  # fmt: skip


_WORKBINS = {"evidence": Evidence.DOCUMENTED, "source": Source("WorkbinsMessageType", "8.5.2")}


def in_workbin_already(recorded: Recorded, interaction: str, workbin: str) -> Finding:
    """It was added to the workbin in which it lies."""
    return finding(
        "IXN401", recorded, interaction, f"a notification says that it was added to workbin {workbin}",
        "it lies there already: the agent was told so, and not that it was removed", "an ItemRemoved before it",
        expected=("ItemRemoved",), repair="delete this line", **_WORKBINS,
    )  # fmt: skip


def in_another_workbin(recorded: Recorded, interaction: str, workbin: str) -> Finding:
    """It was added to a workbin, and lies in another one."""
    more = {**_WORKBINS, "evidence": Evidence.INFERRED}
    return finding(
        "IXN401", recorded, interaction, "a notification says that it was added to a workbin",
        f"it lies in workbin {workbin}: the agent was told so, and not that it was removed",
        "an ItemRemoved before it", expected=("ItemRemoved",), repair="insert an ItemRemoved before this line", **more,
    )  # fmt: skip


def not_in_workbin(recorded: Recorded, interaction: str, workbin: str) -> Finding:
    """It was removed from a workbin that it has left."""
    return finding(
        "IXN402", recorded, interaction, f"a notification says that it was removed from workbin {workbin}",
        "it has left it already: the agent was told so, and not that it was added again", "an ItemAdded before it",
        expected=("ItemAdded",), repair="delete this line", **_WORKBINS,
    )  # fmt: skip


def differs(
    recorded: Recorded, interaction: str, known: Standing, state: State, way: tuple[str, ...] | None
) -> Finding:
    """A state in which it cannot be. ``way`` are the operations that would lead there."""
    media, now = known.record.media, known.record.state
    told = sorted({each for name, states in known.worlds[0].words if name != SUBSCRIBERS for each in states} - {""})
    right = tuple(dict.fromkeys(each for each in (now, *told) if each not in (State.QUEUED, state)))
    repair = f"insert {way[0]} before this line" if way and len(way) == 1 else "delete this line"
    others = known.record.holders or known.record.invited
    by = f", with {' and '.join(others)}" if state is now and recorded.agent not in (None, *others) and others else ""
    return finding(
        "IXN201", recorded, interaction, f"a notification shows state {state}", f"the {media} is in state {now}{by}",
        f"state {' or '.join(right)}" if right else "no notification, or an invitation",
        expected=right, repair=repair, **ground(known.edge),
    )  # fmt: skip


def to_another(recorded: Recorded, interaction: str, owed: Owed, known: Standing) -> Finding:
    """A message that answers another agent's request."""
    asker = owed.reply.agent
    return finding(
        "IXN201", recorded, interaction, f"a notification answers request {owed.number} of {asker}",
        f"it has come to {recorded.agent}", f"the same to {asker}",
        repair=f"replace this line by the same to {asker}", **ground(known.edge),
    )  # fmt: skip


def capabilities(
    recorded: Recorded,
    notification: Message,
    medium: Medium,
    state: State,
    lists: Mapping[str, tuple[str, ...] | None],
) -> Finding:
    """Capabilities that no page prints for the state."""
    shown = notification.capabilities
    same = next((name for name, each in lists.items() if each and sorted(each) == sorted(shown or ())), None)
    name = same or max(lists, key=lambda name: len(set(lists[name] or ()) & set(shown or ())), default="")
    best = lists.get(name) or ()
    known = next((each for each in medium.lists if each.name == name), None)
    ground = {"evidence": known.evidence, "source": known.page} if known else {}
    return finding(
        "IXN203", recorded, notification.interaction_id,
        f"a notification shows {listed(shown)} in state {state}",
        "the order differs from the documented one" if same else difference(shown or (), best),
        listed(best), expected=best, repair=f"replace its capabilities by {listed(best)}", **ground,
    )  # fmt: skip


def difference(shown: tuple[str, ...], documented: tuple[str, ...]) -> str:
    """How a list of capabilities differs from the documented one, in words."""
    surplus = [each for each in shown if each not in documented]
    missing = [each for each in documented if each not in shown]
    parts = [f"no page shows {', '.join(surplus)}"] if surplus else []
    parts += [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts) or "a name stands twice"


def listed(names: tuple[str, ...] | None) -> str:
    """A list of capabilities in words."""
    return "no capabilities" if not names else f"[{', '.join(names)}]"


# --- rules over time ------------------------------------------------------------------------------------------------


def breach(found: Breach) -> Finding:
    """A rule over time that does not hold. It is found where it began: there it can be repaired."""
    rule, since = found.rule, found.since
    at = found.seen if found.seen is not None and rule.says is Modality.UNTIL else since
    limit = f" within {rule.within:g} seconds" if rule.within is not None else ""
    if found.seen is None or rule.says is Modality.EVENTUALLY:
        why = f"it has not come to {_moments(rule.then if rule.says is Modality.EVENTUALLY else rule.end)}{limit}"
    else:
        why = f"it is in state {at.state}" + (f", after {at.operation}" if at.operation else "")
    is_built_in = rule.code == "IXN301"
    return Finding(
        rule.code, at.place, at.text, at.interaction, at.agent, f"the rule {rule.name!r} does not hold", why,
        f"{rule.says} {_moments(rule.then)}{limit}",
        severity=Severity.WARNING if is_built_in else Severity.ERROR,
        evidence=Evidence.DOCUMENTED if is_built_in else None,
        source=Source("IxnLimits", "8.5.3") if is_built_in else None, seq=at.seq,
        ts=None if at.time is None else written(at.time),
        cause=_moment(since) if at is not since else None,
        shown=_moment(found.seen) if found.seen not in (None, at) else None,
    )  # fmt: skip


def _moment(moment: Moment | None) -> Witness | None:
    if moment is None:
        return None
    kind, says = ("notification", f"state {moment.shown}") if moment.shown else ("request", moment.operation or "")
    ts = None if moment.time is None else written(moment.time)
    return Witness(kind, moment.place, says, moment.agent, ts)


def _moments(where: Where) -> str:
    named = [*where.states, *where.operations, *where.media, *where.agents]
    return f"{'anything but ' if where.negated else ''}{' or '.join(named) or 'anything'}"
