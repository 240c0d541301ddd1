"""What a finding says: the words, the evidence that the rule rests on, and the cheapest repair."""

from collections.abc import Mapping

from ixnstate.definition import Edge, Medium
from ixnstate.judging.candidate import SUBSCRIBERS, Candidate
from ixnstate.judging.facts import Notified, Said, answered, message_of
from ixnstate.judging.facts import Source as Line
from ixnstate.judging.requests import Due, Request
from ixnstate.recording.records import Kind, Recorded
from ixnstate.trace.findings import Finding, Witness
from ixnstate.trace.wording import ERRORS, RULES, SHOWS, difference, finding, ground, listed, testimony
from ixnstate.values import a_
from ixnstate.vocabulary import Source, State

# --- requests -------------------------------------------------------------------------------------------------------


def no_request(request: Request) -> Finding:
    """An agent requests what only the platform does."""
    return finding(
        "IXN101", request.source.recorded, request.interaction, f"can't {request.operation} by a request",
        "it is a signal of the platform", "no such request", repair="delete this line", accepted=accepted(request),
    )  # fmt: skip


def accepted(request: Request) -> Witness | None:
    """What accepted a request that must be refused, if that was recorded: its reply, or a message that shows it."""
    return None if request.accepted is None else witness(request.accepted.recorded)


def witness(recorded: Recorded) -> Witness:
    """A line on which a finding about another one rests."""
    match recorded.kind:
        case Kind.RESPONSE:
            reply = answered(recorded)
            number = "" if reply is None or reply.number is None else f" (referenceId {reply.number})"
            return testimony(recorded, "reply", f"{'done' if reply and reply.ok else 'refused'}{number}")
        case Kind.NOTIFICATION:
            message = message_of(recorded)
            return testimony(recorded, "notification", f"state {message.state}" if message.state else "of a workbin")
    body = recorded.body
    return testimony(recorded, "request", str(body.get("operationName")) if isinstance(body, Mapping) else "")


def other_media(recorded: Recorded, interaction: str, what: str, known: str) -> Finding:
    """A line is about an interaction of another medium."""
    media = a_(known)
    return finding(
        "IXN102", recorded, interaction, what, f"{interaction} is {media}", f"one for {media}",
        expected=(known,), repair="delete this line",
    )  # fmt: skip


# --- replies --------------------------------------------------------------------------------------------------------


def no_notification(request: Request, reply: Line) -> Finding:
    """A reply whose message has not come."""
    return finding(
        "IXN111", reply.recorded, request.interaction, f"no notification answers {_operation(request)}",
        "the reply says that it was done, and later messages have come to the agent",
        "a notification with the referenceId of the reply", repair="insert the notification after this line",
        source=Source("WorkitemMessageType", "8.5.2"), cause=witness(request.source.recorded), **RULES,
    )  # fmt: skip


def no_reply(request: Request) -> Finding:
    """A request that nobody has answered."""
    return finding(
        "IXN114", request.source.recorded, request.interaction, f"no reply answers {_operation(request)}",
        "later requests of the agent have been answered", "a reply, done or refused",
        repair="insert its reply after this line", source=ERRORS, **RULES,
    )  # fmt: skip


def refused_yet_done(line: Line, request: Request, word: str) -> Finding:
    """A reply refuses what notifications have shown to be done: a state, or that an item came or went."""
    shown, later = SHOWS.get(word, f"shows state {word}"), request.accepted
    return finding(
        "IXN112", line.recorded, request.interaction, f"{_operation(request)} is refused, yet a notification {shown}",
        "a request that is refused changes nothing", "a reply that says that it was done, or no such notification",
        repair="replace this line by a reply that says that it was done", source=ERRORS,
        cause=witness(request.source.recorded), shown=later and witness(later.recorded), **RULES,
    )  # fmt: skip


def _operation(request: Request) -> str:
    return request.operation or "the request"


def no_cause(line: Line, interaction: str, number: int) -> Finding:
    """A notification that answers no request."""
    return finding(
        "IXN113", line.recorded, interaction, f"a notification answers request {number}",
        "no reply has given that referenceId to a request about this interaction",
        "no referenceId, or that of a request", repair="delete its referenceId",
        source=Source("WorkitemMessageType", "8.5.2"), **RULES,
    )  # fmt: skip


# --- notifications --------------------------------------------------------------------------------------------------


def never_shown(line: Notified, shown: list[State]) -> Finding:
    """A state that agents are never shown."""
    media, state = line.shape.media, line.shape.shown
    return finding(
        "IXN201", line.source.recorded, line.interaction, f"a notification shows state {state}",
        f"agents are never shown {a_(media)} in that state", f"one of {', '.join(shown)}",
        expected=tuple(shown), repair="delete this line",
    )  # fmt: skip


def not_pulled(line: Notified) -> Finding:
    """It was removed from a workbin in which it lies."""
    return finding(
        "IXN201", line.source.recorded, line.interaction, "a notification says that it was removed from its workbin",
        "nobody has pulled it", "a Pull before it", expected=("ItemAdded",), repair="insert a Pull before this line",
    )  # fmt: skip


def differs(
    line: Notified, believed: Candidate, edge: Edge | None, state: State, way: tuple[str, ...] | None
) -> Finding:
    """A state in which it cannot be. ``way`` are the operations that would lead there."""
    record = believed.record
    told = sorted({each for name, queue in believed.outboxes if name != SUBSCRIBERS for each in queue} - {""})
    right = tuple(dict.fromkeys(each for each in (record.state, *told) if each not in (State.QUEUED, state)))
    repair = f"insert {way[0]} before this line" if way and len(way) == 1 else "delete this line"
    others = record.holders or record.invited
    is_theirs = state is record.state and line.agent not in (None, *others) and others
    by = f", with {' and '.join(others)}" if is_theirs else ""
    instead = f"no notification to {line.agent}" if is_theirs else "no notification, or an invitation"
    return finding(
        "IXN201", line.source.recorded, line.interaction, f"a notification shows state {state}",
        f"the {record.media} is in state {record.state}{by}",
        f"state {' or '.join(right)}" if right else instead,
        expected=right, repair=repair, **ground(edge or believed.edge),
    )  # fmt: skip


def two_hold(line: Said, state: State, holders: tuple[str, ...]) -> Finding:
    """An agent is said to have what another one has."""
    return finding(
        "IXN201", line.source.recorded, line.interaction, f"it is said to be in state {state}, with {line.agent}",
        f"{' and '.join(holders)} {'have' if len(holders) > 1 else 'has'} it",
        "the same after that agent has let go of it", repair="delete this line",
    )  # fmt: skip


def to_another(line: Notified, due: Due, edge: Edge | None) -> Finding:
    """A message that answers another agent's request."""
    asker = due.request.agent
    return finding(
        "IXN201", line.source.recorded, line.interaction, f"a notification answers request {due.number} of {asker}",
        f"it was delivered to {line.agent}", f"deliver it to {asker}",
        repair=f"replace this line by the same to {asker}", cause=witness(due.request.source.recorded), **ground(edge),
    )  # fmt: skip


def capabilities(
    line: Notified,
    shown: tuple[str, ...] | None,
    medium: Medium,
    state: State,
    lists: Mapping[str, tuple[str, ...] | None],
) -> Finding:
    """Capabilities that no page prints for the state."""
    same = next((name for name, each in lists.items() if each and sorted(each) == sorted(shown or ())), None)
    name = same or max(lists, key=lambda name: len(set(lists[name] or ()) & set(shown or ())), default="")
    best = lists.get(name) or ()
    known = next((each for each in medium.lists if each.name == name), None)
    ground = {"evidence": known.evidence, "source": known.page} if known else {}
    return finding(
        "IXN203", line.source.recorded, line.interaction,
        f"a notification shows {listed(shown)} in state {state}",
        "the order differs from the documented one" if same else difference(shown or (), best),
        listed(best), expected=best, repair=f"replace its capabilities by {listed(best)}", **ground,
    )  # fmt: skip


# --- rules over time ------------------------------------------------------------------------------------------------
