"""Judging recorded lines: operations and notifications, many interactions interleaved.

`Judge` takes one line after the other and says what in it is not legal; it keeps one record an interaction. `validate`
reads files. A line is one of three:

* an operation: ``{"agent", "media", "interaction", "body": {"operationName": ...}}``, or the recorded request with
  ``"method"`` and ``"path"``;
* a notification, as the API sends it;
* a state: ``{"interaction", "media", "state", "agent"}``, which says where an interaction stands.

What the platform does (offers, timeouts, a customer who leaves) is no request, so a recording may show it by its
notifications alone; the judge takes such a step silently, and any step of an interaction of which no request was
recorded. After a finding it goes on from what was reported.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from ixnstate.commands import AddInteraction, Command, Create, is_name
from ixnstate.definition import AS_BEFORE, Definition, known_state
from ixnstate.graph import plain, standing
from ixnstate.gws import (
    Message,
    MessageError,
    Operation,
    Target,
    is_notification,
    parse_notification,
    read_operation,
    read_path,
    spelled,
)
from ixnstate.lines import Line, Place, Unreadable, read_file, read_stream
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.noticing import notices
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import create, step
from ixnstate.table import GWS
from ixnstate.values import FrozenDict, a_, brief, changed, frozen
from ixnstate.views import documented, view
from ixnstate.vocabulary import HELD_STATES, Does, RefusalCode, State, Who

SOMEBODY = "(somebody)"
"""Stands for the agent whom a recording does not name, until one acts as the holder or invitee would."""


SOME_WORKBIN = "(some workbin)"
"""Stands for the workbin of an Add whose path was not recorded; afterwards nobody knows in which one it is."""

UNNAMED = "(unnamed)"
"""Stands for the id of what a recorded Create or Reply brings into being: the request does not name it."""


ABOUT_NO_INTERACTION = frozenset({
    "Subscribe", "Unsubscribe", "RequestStats", "RequestAgentStats", "StartContactCenterSession",
    "EndContactCenterSession", "Ready", "NotReady", "Follow", "Unfollow",
})  # fmt: skip
"""Documented operations on workbins, agents and accounts: a recording may have them; they are passed over."""


SIGNALS = ("Offer", "Revoke", "Stop", "Submit")
"""What the platform does: a line may say so in the short form, but no agent can request it."""


@frozen
class Finding:
    """Something in a recording that is not legal: where, what happened, why it is wrong, what would have been right.

    ``code`` is stable: IXN101 an operation that is refused, IXN102 a request for another medium, IXN201 a state that
    cannot be, IXN203 capabilities that no page shows. ``refusal`` is there for IXN101.
    """

    code: str
    place: Place
    text: str
    interaction: str | None
    agent: str | None
    what: str
    why: str
    right: str | None = None
    refusal: Refusal | None = None


@frozen
class Report:
    """What judging files found: the findings and the unreadable lines, in order, and how much was read."""

    findings: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    operations: int
    notifications: int
    interactions: int

    @property
    def ok(self) -> bool:
        """Whether everything could be read, and was legal."""
        return not self.findings and not self.unreadable


def validate(*files: str | Path, definition: Definition = GWS) -> Report:
    """Judge recorded files, together and in this order; "-" is standard input. Raises OSError for a missing file."""
    judge = Judge(definition)
    found = [each for line in chain.from_iterable(map(open_lines, files)) for each in judge.take(line)]
    return Report(
        tuple(each for each in found if isinstance(each, Finding)),
        tuple(each for each in found if isinstance(each, Unreadable)),
        judge.operations,
        judge.notifications,
        judge.interactions,
    )


def open_lines(file: str | Path) -> Iterator[Line | Unreadable]:
    """The lines of a file, or of standard input for "-". Raises OSError."""
    return read_stream(sys.stdin.buffer, "-") if str(file) == "-" else read_file(Path(file))


_World = tuple[Interaction, frozenset[State]]
"""One way in which an interaction may stand: its record, and the states that the step which led there tells agents."""


class _Known:
    """What is known of one interaction: every world that the recording leaves possible, the likeliest first.

    A recording that shows an agent letting go with Completed does not say whether it ended or went on to somebody else:
    both are kept until something tells them apart. ``requested`` says whether the recording has requests of it, and not
    notifications alone.
    """

    __slots__ = ("requested", "worlds")

    def __init__(self, worlds: Iterable[_World], *, requested: bool = False) -> None:
        self.requested = requested
        self.stand(worlds)

    def stand(self, worlds: Iterable[_World]) -> None:
        """It may stand like any of these now."""
        self.worlds = list({(plain(record), told): (record, told) for record, told in worlds}.values())

    @property
    def record(self) -> Interaction:
        """The likeliest record."""
        return self.worlds[0][0]

    @property
    def told(self) -> frozenset[State]:
        """What the likeliest last step told."""
        return self.worlds[0][1]


class Judge:
    """Judges line after line. ``operations``, ``notifications`` and ``interactions`` count what it has seen."""

    def __init__(self, definition: Definition = GWS) -> None:
        self._definition = definition
        self._known: dict[str, _Known] = {}
        self.operations = 0
        self.notifications = 0

    @property
    def interactions(self) -> int:
        """How many interactions it knows."""
        return len(self._known)

    def take(self, line: Line | Unreadable) -> Iterator[Finding | Unreadable]:
        """What is wrong with one line, as it comes; the record that it is about moves on."""
        if isinstance(line, Unreadable):
            yield line
            return
        try:
            yield from self._judge(line)
        except MessageError as error:
            yield Unreadable(line.place, line.text, str(error))

    def _judge(self, line: Line) -> Iterator[Finding]:
        value = line.value
        if not isinstance(value, Mapping):
            raise MessageError(f"a line must be an object, not {brief(value)}")
        if value.get("kind") in ("response", "meta"):
            return
        if is_notification(value):
            yield from self._judge_notification(line, parse_notification(value), _optional(value, "agent"))
        elif "body" in value:
            yield from self._judge_operation(line, value)
        elif "state" in value and "interaction" in value:
            self._believe(value)
        elif value.get("method") != "GET":
            raise MessageError(
                "a line must have a body with an operationName, a messageType, or an interaction and its state; "
                f"this has {', '.join(map(str, value)) or 'nothing'}"[:300]
            )

    # --- where an interaction stands --------------------------------------------------------------------------------

    def _believe(self, value: Mapping[str, Any]) -> None:
        interaction = _required(value, "interaction")
        try:
            state = known_state(_required(value, "state"))
            media = self._media(value, interaction)
            if media is None:
                raise MessageError("media: is missing, and the interaction is not known yet")
            if state is not State.REVOKED and state not in self._definition.media[media].states:
                raise ValueError(f"{a_(media)} is never {state}")
        except ValueError as error:
            raise MessageError(f"{error}") from None
        scope = _workbin(value)
        place = WorkbinPlace(*(scope.get(field) for field in _WORKBIN_KEYS)) if "workbin" in scope else None  # type: ignore[arg-type]
        self._known[interaction] = _Known(self._standing(interaction, media, state, _optional(value, "agent"), place))

    def _standing(
        self, interaction: str, media: str, state: State, agent: str | None, place: WorkbinPlace | None = None
    ) -> list[_World]:
        """How an interaction that is seen in ``state`` may stand; out of a workbin it may come as a draft, or ended."""
        seen = standing(interaction, media, state, agent or SOMEBODY, place)
        resumed: dict[Any, None] = {None: None}
        if seen.state is State.IN_WORKBIN:
            resumed |= dict.fromkeys(edge.resumes for edge in self._definition.edges(media))
        return [(changed(seen, resume=each), frozenset({state})) for each in resumed if each != AS_BEFORE]

    def _media(self, value: Mapping[str, Any], interaction: str | None, read: str | None = None) -> str | None:
        media = _agreed("media", read, _optional(value, "media"))
        if media is not None:
            return self._definition.medium(media).name
        known = self._known.get(interaction or "")
        return known.record.media if known else None

    # --- operations -------------------------------------------------------------------------------------------------

    def _judge_operation(self, line: Line, value: Mapping[str, Any]) -> Iterator[Finding]:
        agent = _optional(value, "agent")
        target = _target(value)
        if value.get("method") == "GET" or target is None:
            return
        if value.get("method", "POST") != "POST":
            raise MessageError(f"method: operations are posted, not {brief(value['method'])}")
        operation = read_operation(value["body"], target, by=agent, new_id=UNNAMED)
        if "path" in value and operation.command.operation in SIGNALS:
            what = f"can't {operation.command.operation} by a request"
            why = "it is a signal of the platform"
            yield Finding("IXN101", line.place, line.text, operation.interaction, agent, what, why, "no such request")
            return
        self.operations += 1
        interaction = (
            _required({"interaction": operation.interaction}, "interaction") if operation.interaction else None
        )
        interaction = _agreed("interaction", interaction, _optional(value, "interaction"))
        try:
            media = self._media(value, interaction, operation.media) or _fitting_media(operation, self._definition)
        except ValueError as error:
            raise MessageError(f"media: {error}") from None
        if operation.command.operation == "Create":
            yield from self._judge_creation(line, operation.command, media, interaction)
            return
        if interaction is None:
            raise MessageError("interaction: is missing; name it, or the path that does")
        if media is None:
            raise MessageError("media: is missing, and the interaction is not known yet")
        if interaction not in self._known:
            self._known[interaction] = _Known([(Interaction(id=interaction, media=media), frozenset())])
        known = self._known[interaction]
        if media != known.record.media:
            yield _other_media(line, interaction, agent, f"a request for {a_(media)}", known)
            return
        known.requested = True
        if _without_path(operation.command):
            yield from self._carry_out(line, known, changed(operation.command, workbin=SOME_WORKBIN), agent)
            known.stand([(changed(record, workbin=None), told) for record, told in known.worlds])
        else:
            yield from self._carry_out(line, known, operation.command, agent)

    def _carry_out(self, line: Line, known: _Known, command: Command, agent: str | None) -> Iterator[Finding]:
        outcomes = [self._step(record, command, agent) for record, _ in known.worlds]
        steps = [outcome for outcome in outcomes if isinstance(outcome, Step)]
        if steps:
            known.stand([(done.interaction, self._told(done)) for done in steps])
        elif isinstance(outcomes[0], Refusal):
            yield _refused(line, known.record, agent, outcomes[0])

    def _step(self, record: Interaction, command: Command, agent: str | None) -> Step | Refusal:
        """The command carried out; whoever acts as the holder would is taken for `SOMEBODY` who holds it."""
        try:
            return step(record, command, definition=self._definition)
        except RefusedError as error:
            named = _recognised(record, agent)
            if error.refusal.code is RefusalCode.NOT_HOLDER and named is not record:
                return self._step(named, command, None)
            return error.refusal

    def _told(self, done: Step) -> frozenset[State]:
        return frozenset({notice.view.state for notice in notices(done, definition=self._definition)})

    def _judge_creation(
        self, line: Line, command: Command, media: str | None, interaction: str | None
    ) -> Iterator[Finding]:
        if isinstance(command, Create):
            command = changed(command, media=command.media or media, new_id=interaction or UNNAMED)
        try:
            done = create(command, definition=self._definition)  # type: ignore[arg-type]
        except RefusedError as error:
            yield _refused(line, None, error.refusal.agent, error.refusal)
            return
        if interaction is not None:
            self._known[interaction] = _Known([(done.interaction, self._told(done))], requested=True)

    # --- notifications ----------------------------------------------------------------------------------------------

    def _judge_notification(self, line: Line, notification: Message, agent: str | None) -> Iterator[Finding]:
        self.notifications += 1
        interaction, media = notification.interaction_id, notification.media
        if interaction is None or media is None or media not in self._definition.media or not notification.resource:
            return
        shown = State.IN_WORKBIN if notification.action == "ItemAdded" else notification.state
        if shown is not None and shown not in self._shown(media):
            why = f"agents are never shown {a_(media)} in that state"
            yield self._differs(line, interaction, shown, agent, why, f"one of {', '.join(self._shown(media))}")
            return
        state = None if shown is None else State(shown)
        known = self._known.get(interaction)
        if known is None:
            seen = state or self._definition.media[media].active
            self._known[interaction] = _Known(self._standing(interaction, media, seen, agent))
        elif media != known.record.media:
            yield _other_media(line, interaction, agent, f"a notification of {a_(media)}", known)
            return
        elif notification.action == "ItemRemoved":
            yield from self._judge_removal(line, known, agent)
        elif state is not None and not self._explains(known, state, agent):
            right = dict.fromkeys(each for each in (known.record.state, *sorted(known.told)) if each != State.QUEUED)
            yield self._differs(
                line, interaction, state, agent, f"the {media} is in state {known.record.state}",
                f"state {' or '.join(right)}" if right else "no notification, or an invitation",
            )  # fmt: skip
            known.stand(self._standing(interaction, media, state, agent))
        if state is not None and notification.action is None:
            yield from self._judge_capabilities(line, notification, media, state, agent)

    def _shown(self, media: str) -> list[State]:
        """The states that notifications of a medium can show."""
        states = self._definition.media[media].states
        return [state for state in State if state is State.REVOKED or (state in states and state is not State.QUEUED)]

    def _judge_removal(self, line: Line, known: _Known, agent: str | None) -> Iterator[Finding]:
        outside = [world for world in known.worlds if world[0].state is not State.IN_WORKBIN]
        if outside:
            known.stand(outside)
            return
        record = known.record
        if known.requested:
            yield Finding(
                "IXN201", line.place, line.text, record.id, agent,
                "a notification says that it was removed from its workbin", "nobody has pulled it", "a Pull before it",
            )  # fmt: skip
        active = self._definition.media[record.media].active
        known.stand(
            (standing(record.id, record.media, each.resume or active, agent or SOMEBODY), frozenset())
            for each, _ in known.worlds
        )

    def _explains(self, known: _Known, state: State, agent: str | None) -> bool:
        """Whether ``state`` can be shown to somebody now; a step that was not recorded is taken on the way."""
        seen = [(record, told) for record, told in known.worlds if state in told or state in self._views(record)]
        shown = any(state in self._views(record) for record, _ in seen)
        if seen and (known.requested or shown):
            known.stand(seen)
            return True
        moved = [world for record, _ in known.worlds for world in self._unrecorded(known, record, state, agent)]
        moved.sort(key=lambda world: world[0].state.is_final and state is State.REVOKED)
        if seen or moved:
            known.stand([*seen, *moved])
        return bool(seen or moved)

    def _views(self, record: Interaction) -> set[State]:
        views = (view(record, agent, definition=self._definition) for agent in (*record.holders, *record.invited))
        return {seen.state for seen in views if seen is not None}

    def _unrecorded(self, known: _Known, record: Interaction, state: State, agent: str | None) -> Iterator[_World]:
        """Where a step leads that shows ``state`` and whose request the recording need not have."""
        medium = self._definition.media[record.media]
        for edge in self._definition.edges(record.media):
            if edge.source is record.state and (edge.who is Who.PLATFORM or not known.requested):
                leads = edge.target or record.resume or medium.active
                asks = edge.does in (Does.ASK, Does.CONSULT, Does.PASS_ON)
                seen = leads in HELD_STATES or leads is State.INVITED
                if state in (leads if seen else edge.told, edge.told, State.INVITED if asks else None):
                    after = standing(record.id, record.media, leads, (agent if state is leads else None) or SOMEBODY)
                    after = record if leads is record.state else after
                    invited = (agent or SOMEBODY,) if asks else after.invited if after is not record else ()
                    pending = {State.REVOKED} if record.holders and record.invited else set()
                    resume = edge.resume_after(record.resume)
                    yield (
                        changed(after, invited=invited, resume=resume),
                        frozenset({state, edge.told or state} | pending),
                    )

    def _differs(self, line: Line, interaction: str, state: str, agent: str | None, why: str, right: str) -> Finding:
        what = f"a notification shows state {state}"
        return Finding("IXN201", line.place, line.text, interaction, agent, what, why, right)

    def _judge_capabilities(
        self, line: Line, notification: Message, media: str, state: State, agent: str | None
    ) -> Iterator[Finding]:
        lists = documented(media, state, definition=self._definition)
        shown = notification.capabilities
        if shown in lists.values() or (not shown and any(not each for each in lists.values())):
            return
        expected = next((each for each in lists.values() if each and sorted(each) == sorted(shown or ())), None)
        best = expected or max(lists.values(), key=lambda each: len(set(each or ()) & set(shown or ())), default=())
        yield Finding(
            "IXN203", line.place, line.text, notification.interaction_id, agent,
            f"a notification shows {_listed(shown)} in state {state}",
            "the order differs from the documented one" if expected else _difference(shown or (), best or ()),
            _listed(best or ()),
        )  # fmt: skip


_WORKBIN_KEYS = {"workbin": "workbin", "agent_group": "agentGroup", "place_group": "placeGroup", "owner": "owner"}


def _workbin(value: Mapping[str, Any]) -> dict[str, str]:
    """The workbin instance that a line names beside its body, as the arguments of a command."""
    named = {field: _optional(value, key) for field, key in _WORKBIN_KEYS.items()}
    return {field: name for field, name in named.items() if name is not None}


def _target(value: Mapping[str, Any]) -> Target | None:
    """What an operation line names, by its path or by keys beside its body; None for a request about no interaction."""
    body, path = value["body"], value.get("path")
    operation = body.get("operationName") if isinstance(body, Mapping) else None
    if isinstance(operation, str) and operation in ABOUT_NO_INTERACTION:
        return None
    if path is None:
        return Target(workbin=FrozenDict(_workbin(value)))
    if not isinstance(path, str):
        raise MessageError(f"path: must be a string, not {brief(path)}")
    return read_path(path)


def _recognised(record: Interaction, agent: str | None) -> Interaction:
    """The record with ``agent`` in the place of `SOMEBODY`."""
    if agent is None or (SOMEBODY not in record.holders and SOMEBODY not in record.invited):
        return record
    named = {SOMEBODY: agent}
    return changed(
        record,
        holders=tuple(named.get(each, each) for each in record.holders),
        invited=tuple(named.get(each, each) for each in record.invited),
    )


def _other_media(line: Line, interaction: str, agent: str | None, what: str, known: _Known) -> Finding:
    media = a_(known.record.media)
    return Finding(
        "IXN102", line.place, line.text, interaction, agent, what, f"{interaction} is {media}", f"one for {media}"
    )


def _without_path(command: Command) -> bool:
    """Whether it adds to a workbin whose name was not recorded, since it stands in the path."""
    return isinstance(command, AddInteraction) and command.workbin is None


def _fitting_media(operation: Operation, definition: Definition) -> str | None:
    """The only medium that has the operation: PullEmail is for emails."""
    name = operation.command.operation
    fitting = [medium.name for medium in definition.media.values() if name in medium.operations]
    return fitting[0] if len(fitting) == 1 else None


_ANSWERS = ("Accept", "Reject")
"""Operations before which an invitation must come; only from a queue is that what was left out."""


def _refused(line: Line, record: Interaction | None, agent: str | None, refusal: Refusal) -> Finding:
    names = {**spelled(refusal.operation), "by": "agent"}
    right = [each for each in (_repair(refusal, names), *_instead(refusal)) if each]
    return Finding(
        "IXN101", line.place, line.text, record.id if record else None, agent, refusal.what, refusal.why(names),
        "; or ".join(right) or None, refusal,
    )  # fmt: skip


def _repair(refusal: Refusal, names: Mapping[str, str]) -> str | None:
    """What would make the same operation legal."""
    failed = " or ".join(names.get(each, each) for each in (refusal.failed or "").split(" or "))
    if refusal.code is RefusalCode.FINAL:
        return "nothing: it has ended"
    if refusal.code is RefusalCode.MISSING_PARAMETER:
        return f"the same with {failed}"
    if refusal.is_surplus:
        return f"the same without {failed}"
    if refusal.code is RefusalCode.NOT_HOLDER and refusal.record is not None:
        who = refusal.record.invited if refusal.operation in _ANSWERS else refusal.record.holders
        return f"the same by {' or '.join(who)}" if who else None
    path = refusal.path
    if not path or (refusal.operation in _ANSWERS and path[0] != "Offer"):
        return None
    return f"first {', then '.join(path)}"


def _instead(refusal: Refusal) -> Iterator[str]:
    if refusal.allowed and refusal.code in (RefusalCode.ILLEGAL, RefusalCode.UNKNOWN_OPERATION, RefusalCode.NOT_HOLDER):
        yield f"one of {', '.join(refusal.allowed)}"


def _difference(shown: tuple[str, ...], documented: tuple[str, ...]) -> str:
    surplus = [each for each in shown if each not in documented]
    missing = [each for each in documented if each not in shown]
    parts = [f"no page shows {', '.join(surplus)}"] if surplus else []
    parts += [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts) or "a name stands twice"


def _listed(names: tuple[str, ...] | None) -> str:
    return "no capabilities" if not names else f"[{', '.join(names)}]"


def _agreed(key: str, one: str | None, other: str | None) -> str | None:
    """What the path or the body names, and the line beside it: the same, or only one of them."""
    if one is not None and other is not None and one != other:
        raise MessageError(f"{key}: the line says {brief(other)}, its path or body {brief(one)}")
    return one or other


def _required(value: Mapping[str, Any], key: str) -> str:
    text = _optional(value, key)
    if text is None:
        raise MessageError(f"{key}: is missing")
    return text


def _optional(value: Mapping[str, Any], key: str) -> str | None:
    found = value.get(key)
    if found is None or is_name(found):
        return found
    raise MessageError(f"{key}: must be a string of 1 to 512 characters, not {brief(found)}")
