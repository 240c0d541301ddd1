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

from ixnstate.commands import Create, is_name
from ixnstate.definition import Definition, Edge, known_state
from ixnstate.gws import MessageError, Notification, Operation, is_notification, parse_notification, read_operation
from ixnstate.lines import Line, Place, Unreadable, read_file, read_stream
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.noticing import notices
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import create, decide, step
from ixnstate.table import GWS
from ixnstate.values import brief, changed, frozen
from ixnstate.views import documented, view
from ixnstate.vocabulary import HELD_STATES, State, Who

SOMEBODY = "(somebody)"
"""Stands for the agent whom a recording does not name, until one acts as the holder or invitee would."""


UNNAMED = "(unnamed)"
"""Stands for the id of what a recorded Create or Reply brings into being: the request does not name it."""


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


class _Known:
    """What is known of one interaction: its record, the states that its last step told, whether requests are seen."""

    __slots__ = ("record", "requested", "told")

    def __init__(self, record: Interaction) -> None:
        self.record = record
        self.told: frozenset[State] = frozenset()
        self.requested = False

    def stand(self, record: Interaction, told: Iterable[State] = ()) -> None:
        """It stands like this now, and that is what agents were told of the way there."""
        self.record = record
        self.told = frozenset(told)


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
                raise ValueError(f"a {media} is never {state}")
        except ValueError as error:
            raise MessageError(f"{error}") from None
        place = None
        if _optional(value, "workbin") is not None:
            scope = (_optional(value, key) for key in ("agentGroup", "placeGroup", "owner"))
            place = WorkbinPlace(_required(value, "workbin"), *scope)
        record = standing(interaction, media, state, _optional(value, "agent"), place)
        self._known[interaction] = _Known(changed(record, queue=_optional(value, "queue")))

    def _media(self, value: Mapping[str, Any], interaction: str | None, read: str | None = None) -> str | None:
        media = read or _optional(value, "media")
        if media is not None:
            return self._definition.medium(media).name
        known = self._known.get(interaction or "")
        return known.record.media if known else None

    # --- operations -------------------------------------------------------------------------------------------------

    def _judge_operation(self, line: Line, value: Mapping[str, Any]) -> Iterator[Finding]:
        agent = _optional(value, "agent")
        self.operations += 1
        method = value.get("method", "POST")
        if method == "GET":
            return
        new_id = _optional(value, "interaction") or UNNAMED
        operation = read_operation(value["body"], path=_optional(value, "path"), by=agent, new_id=new_id)
        interaction = operation.interaction or _optional(value, "interaction")
        try:
            media = self._media(value, interaction, operation.media) or _fitting_media(operation, self._definition)
        except ValueError as error:
            raise MessageError(f"media: {error}") from None
        if isinstance(operation.command, Create):
            yield from self._judge_creation(line, operation.command, media)
            return
        if not is_name(interaction):
            raise MessageError("interaction: is missing; name it, or the path that does")
        assert interaction is not None
        if media is None:
            raise MessageError("media: is missing, and the interaction is not known yet")
        known = self._known.setdefault(interaction, _Known(Interaction(id=interaction, media=media)))
        if media != known.record.media:
            yield Finding(
                "IXN102", line.place, line.text, interaction, agent,
                f"a request for {_a(media)}", f"{interaction} is {_a(known.record.media)}",
            )  # fmt: skip
        yield from self._carry_out(line, known, operation, agent)

    def _carry_out(self, line: Line, known: _Known, operation: Operation, agent: str | None) -> Iterator[Finding]:
        command = _with_workbin(operation.command)
        record = _recognised(known.record, agent) if agent else known.record
        known.requested = True
        outcome = decide(record, command, definition=self._definition)
        if isinstance(outcome, Refusal):
            yield _refused(line, record, agent, outcome)
            return
        done = step(record, command, definition=self._definition)
        known.stand(done.interaction, self._told(done))
        if done.created is not None and done.created.id not in (UNNAMED, record.id):
            self._known[done.created.id] = _Known(done.created)

    def _told(self, done: Step) -> set[State]:
        return {notice.view.state for notice in notices(done, definition=self._definition)}

    def _judge_creation(self, line: Line, command: Create, media: str | None) -> Iterator[Finding]:
        command = changed(command, media=command.media or media)
        try:
            done = create(command, definition=self._definition)
        except RefusedError as error:
            yield _refused(line, None, command.by, error.refusal)
            return
        if done.interaction.id != UNNAMED:
            known = self._known[done.interaction.id] = _Known(done.interaction)
            known.stand(done.interaction, self._told(done))
            known.requested = True

    # --- notifications ----------------------------------------------------------------------------------------------

    def _judge_notification(self, line: Line, notification: Notification, agent: str | None) -> Iterator[Finding]:
        self.notifications += 1
        interaction, media = notification.interaction_id, notification.media
        if interaction is None or media is None or media not in self._definition.media:
            return
        state = State.IN_WORKBIN if notification.action == "ItemAdded" else notification.state
        known = self._known.get(interaction)
        if known is None:
            shown = state or self._definition.media[media].active
            self._known[interaction] = _Known(standing(interaction, media, shown, agent))
        elif media != known.record.media:
            yield Finding(
                "IXN102", line.place, line.text, interaction, agent,
                f"a notification of {_a(media)}", f"{interaction} is {_a(known.record.media)}",
            )  # fmt: skip
        elif notification.action == "ItemRemoved":
            yield from self._judge_removal(line, known, agent)
        elif state is not None and not self._explains(known, state, agent):
            yield self._differs(line, known, state, agent)
            known.stand(standing(interaction, media, state, agent), (state,))
        if notification.state is not None:
            yield from self._judge_capabilities(line, notification, media, notification.state, agent)

    def _judge_removal(self, line: Line, known: _Known, agent: str | None) -> Iterator[Finding]:
        record = known.record
        if record.state is not State.IN_WORKBIN:
            return
        out = standing(record.id, record.media, record.resume or self._definition.media[record.media].active, agent)
        if known.requested or known.told == {State.IN_WORKBIN}:
            yield Finding(
                "IXN201", line.place, line.text, record.id, agent,
                "a notification says that it was removed from its workbin", "nobody has pulled it",
                "a Pull before it",
            )  # fmt: skip
        known.stand(out)

    def _explains(self, known: _Known, state: State, agent: str | None) -> bool:
        """Whether ``state`` can be shown to somebody now; a step that was not recorded is taken on the way."""
        record = known.record
        seen = (view(record, each, definition=self._definition) for each in (*record.holders, *record.invited))
        if state in known.told or any(each is not None and each.state is state for each in seen):
            return True
        for edge in self._unrecorded(known):
            leads = edge.target or record.resume or self._definition.media[record.media].active
            if state in (leads, edge.told):
                known.stand(standing(record.id, record.media, leads, agent if state is leads else None), (state,))
                return True
        return False

    def _unrecorded(self, known: _Known) -> list[Edge]:
        """What may have happened without a request in the recording, the likeliest first."""
        record = known.record
        here = [edge for edge in self._definition.edges(record.media) if edge.source is record.state]
        signals = [edge for edge in here if edge.who is Who.PLATFORM]
        return signals if known.requested else [*signals, *(edge for edge in here if edge.who is not Who.PLATFORM)]

    def _differs(self, line: Line, known: _Known, state: State, agent: str | None) -> Finding:
        record = known.record
        shown = [each for each in (record.state, *sorted(known.told)) if each is not State.QUEUED]
        right = f"state {' or '.join(dict.fromkeys(shown))}" if shown else "no notification, or an invitation"
        return Finding(
            "IXN201", line.place, line.text, record.id, agent,
            f"a notification shows state {state}", f"the {record.media} is in state {record.state}", right,
        )  # fmt: skip

    def _judge_capabilities(
        self, line: Line, notification: Notification, media: str, state: State, agent: str | None
    ) -> Iterator[Finding]:
        lists = documented(media, state, definition=self._definition)
        shown = notification.capabilities
        if shown in lists.values() or (not shown and any(not each for each in lists.values())):
            return
        expected = next((each for each in lists.values() if each and set(each) == set(shown or ())), None)
        best = expected or max(lists.values(), key=lambda each: len(set(each or ()) & set(shown or ())), default=())
        yield Finding(
            "IXN203", line.place, line.text, notification.interaction_id, agent,
            f"a notification shows {_listed(shown)} in state {state}",
            "the order differs from the documented one" if expected else _difference(shown or (), best or ()),
            _listed(best or ()),
        )  # fmt: skip


def standing(
    interaction: str, media: str, state: State, agent: str | None = None, place: WorkbinPlace | None = None
) -> Interaction:
    """The record of an interaction that is seen in ``state``, in the hands of ``agent`` or of `SOMEBODY`."""
    who = (agent or SOMEBODY,)
    return Interaction(
        id=interaction,
        media=media,
        state=State.QUEUED if state is State.REVOKED else state,
        holders=who if state in HELD_STATES else (),
        invited=who if state is State.INVITED else (),
        workbin=place if state is State.IN_WORKBIN else None,
    )


def _recognised(record: Interaction, agent: str) -> Interaction:
    """The record with ``agent`` in the place of `SOMEBODY`."""

    def named(agents: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(agent if each == SOMEBODY else each for each in agents)

    if SOMEBODY not in record.holders and SOMEBODY not in record.invited:
        return record
    return changed(record, holders=named(record.holders), invited=named(record.invited))


def _with_workbin(command: Any) -> Any:
    """The command with a workbin that needs no name: a recorded operation without its path does not tell which."""
    return changed(command, workbin="(not recorded)") if getattr(command, "workbin", "") is None else command


def _fitting_media(operation: Operation, definition: Definition) -> str | None:
    """The only medium that has the operation: PullEmail is for emails."""
    name = operation.command.operation
    fitting = [medium.name for medium in definition.media.values() if name in medium.operations]
    return fitting[0] if len(fitting) == 1 else None


def _refused(line: Line, record: Interaction | None, agent: str | None, refusal: Refusal) -> Finding:
    what, _, why = str(refusal).partition("; ")
    path = refusal.path
    right = None
    if path:
        right = f"first {', then '.join(path)}"
    elif path == ():
        right = "the same with other arguments, or by another agent"
    if refusal.allowed:
        right = f"{right}; or one of {', '.join(refusal.allowed)}" if right else f"one of {', '.join(refusal.allowed)}"
    interaction = record.id if record else None
    return Finding("IXN101", line.place, line.text, interaction, agent, what, why, right, refusal)


def _difference(shown: tuple[str, ...], documented: tuple[str, ...]) -> str:
    surplus = [each for each in shown if each not in documented]
    missing = [each for each in documented if each not in shown]
    parts = [f"no page shows {', '.join(surplus)}"] if surplus else []
    parts += [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts) or "a name stands twice"


def _listed(names: tuple[str, ...] | None) -> str:
    return "no capabilities" if not names else f"[{', '.join(names)}]"


def _a(media: str) -> str:
    return f"an {media}" if media[:1] in "aeiou" else f"a {media}"


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
