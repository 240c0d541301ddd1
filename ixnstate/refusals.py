"""Refusals: why a command is not carried out, and what would be right."""

from collections.abc import Callable, Iterator, Mapping

import attrs

from ixnstate.commands import (
    ALIASES,
    OPERATIONS,
    AddInteraction,
    Command,
    Create,
    Custom,
    PullInteraction,
    Submit,
    is_name,
    parameters_of,
)
from ixnstate.definition import Definition, checked
from ixnstate.media import Edge
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, brief, frozen, short
from ixnstate.views import view
from ixnstate.vocabulary import HELD_STATES, Condition, RefusalCode, State, Who

STATUS_CODES = {
    RefusalCode.MISSING_PARAMETER: 1,
    RefusalCode.INVALID_PARAMETER: 10,
    RefusalCode.ILLEGAL: 2,
    RefusalCode.FINAL: 2,
    RefusalCode.STALE: 2,
    RefusalCode.UNKNOWN_OPERATION: 3,
    RefusalCode.FEATURE_DISABLED: 3,
    RefusalCode.NOT_HOLDER: 5,
    RefusalCode.NO_PERMISSION: 5,
    RefusalCode.NOT_FOUND: 6,
}
"""The documented statusCode of each refusal (ReturnValues, 8.5.2). An invalid parameter is 1 in 8.5.0 and 8.5.1."""

_HOPELESS = (RefusalCode.UNKNOWN_OPERATION, RefusalCode.FEATURE_DISABLED)


@frozen
class Refusal:
    """A command that is not carried out: a value; nothing has changed.

    It stores the code, the record and the command. ``failed`` is the `Condition` that does not hold, or the parameter
    at fault: ``"a or b"`` if one of two is missing, ``"a and b"`` if only one can be given, ``"record.a"`` for a field
    of the record. All else is computed when it is asked for. ``str()`` is one sentence that helps. Raises ValueError
    for a code, a command, a ``failed`` or a definition that is none; the record can be anything, which is then what is
    refused.
    """

    code: RefusalCode
    record: Interaction | None
    command: Command
    failed: str | None = None
    definition: Definition = attrs.field(default=GWS, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        checked(self.definition)
        for field, kind in (("code", RefusalCode), ("command", Command), ("failed", str | None)):
            if not isinstance(value := getattr(self, field), kind):
                raise ValueError(f"a refusal's {field} cannot be {brief(value)}")

    def __reduce__(self) -> tuple[type["Refusal"], tuple[object, ...]]:
        own = () if self.definition is GWS else (self.definition,)
        return Refusal, (self.code, self.record, self.command, self.failed, *own)

    @property
    def operation(self) -> str:
        """The operation that was refused."""
        name = self.command.operation
        return name if isinstance(name, str) else brief(name)

    @property
    def agent(self) -> str | None:
        """The acting agent; None for a signal."""
        return getattr(self.command, "by", None)

    @property
    def state(self) -> State | None:
        """The state in which the interaction is; None if there is no interaction."""
        return getattr(self.record, "state", None)

    @property
    def status_code(self) -> int:
        """The number that the API documents for it."""
        if self.code is RefusalCode.INVALID_PARAMETER and self.definition.profile.api_version in ("8.5.0", "8.5.1"):
            return 1
        return STATUS_CODES[self.code]

    @property
    def allowed(self) -> tuple[str, ...]:
        """What is advertised to that agent now, in documented order."""
        if self.record is None or self._is_unsound():
            return ()
        agent = self.agent if isinstance(self.agent, str) else ""
        seen = view(self.record, agent, definition=self.definition)
        return (seen.capabilities or ()) if seen else ()

    @property
    def path(self) -> tuple[str, ...] | None:
        """The operations to perform before it: ("Accept",). () means legal with other arguments.

        None means that there is no way.
        """
        if self.record is None:
            return () if self.code in (RefusalCode.MISSING_PARAMETER, RefusalCode.INVALID_PARAMETER) else None
        edges = self._way()
        return None if edges is None else tuple(edge.operation for edge in edges)

    def _way(self) -> tuple[Edge, ...] | None:
        """The fewest edges to a state in which the operation is legal; None if there are none."""
        record = self.record
        if record is None or self._is_unsound() or self.code in _HOPELESS:
            return None
        return _edges_to(self.operation, record.media, record.state, record.resume, self.definition)

    @property
    def operands(self) -> dict[str, object]:
        """What the failed condition compared: the values of the record and of the command that were looked at."""
        return {name: value for name, value in self._operands() if value is not None}

    def _operands(self) -> list[tuple[str, object]]:
        if self.code is RefusalCode.NOT_HOLDER and self.record is not None:
            return [("by", self.agent), ("holders", self.record.holders), ("invited", self.record.invited)]
        if self.code is RefusalCode.STALE and self.record is not None:
            return [("revision", self.record.revision)]
        if self.code in (RefusalCode.MISSING_PARAMETER, RefusalCode.INVALID_PARAMETER):
            owner, _, name = (self.failed or "").rpartition(".")
            return [(self.failed or "", getattr(self.record if owner else self.command, name, None))]
        return [("state", self.state)]

    def __str__(self) -> str:
        return f"{self.what}; {self.why()}"

    @property
    def what(self) -> str:
        """What could not be done: the first half of the sentence."""
        return f"can't {short(self.operation)} {self._of_what()}"

    def why(self, names: Mapping[str, str] = EMPTY) -> str:
        """Why not, and what would be right: the second half. ``names`` are other names for the parameters."""
        match self.code:
            case RefusalCode.UNKNOWN_OPERATION:
                return self._why_unknown()
            case RefusalCode.MISSING_PARAMETER:
                return f"{self._named(names)} is missing"
            case RefusalCode.INVALID_PARAMETER:
                return self._why_invalid(names)
            case RefusalCode.FINAL:
                return "nothing leaves this state"
            case RefusalCode.STALE:
                revision = self.record.revision if self.record else None
                return f"it has changed since: its revision is {revision} now"
            case RefusalCode.FEATURE_DISABLED:
                return f"it is switched off: {self._switch()}"
            case RefusalCode.NOT_HOLDER:
                return self._why_not_holder()
            case RefusalCode.ILLEGAL | RefusalCode.NO_PERMISSION | RefusalCode.NOT_FOUND:
                return self._why_illegal()

    @property
    def is_surplus(self) -> bool:
        """Whether it is a parameter too many: one that the operation does not take, or not in this medium."""
        if isinstance(self.command, Custom):
            return isinstance(self.command.arguments, FrozenDict) and self.failed in self.command.arguments
        if self.code is not RefusalCode.INVALID_PARAMETER or self.record is None or self._is_unsound():
            return False
        return self.failed in self.definition.media[self.record.media].lacking(self.operation)

    @property
    def _condition(self) -> Condition | None:
        return _CONDITIONS.get(self.failed)

    def _named(self, names: Mapping[str, str]) -> str:
        own = {"new_id": "id"} if isinstance(self.command, Submit) else EMPTY
        return " or ".join(names.get(each) or own.get(each, each) for each in (self.failed or "").split(" or "))

    def _of_what(self) -> str:
        record = self.record
        if record is None:
            return self._of_no_record()
        if not isinstance(record, Interaction):
            return f"{brief(record)}, which is not an interaction"
        media = record.media_type if isinstance(record.media_type, str) else record.media
        return f"{short(media)} {short(record.id)} in state {short(record.state)}"

    def _of_no_record(self) -> str:
        """A contact centre refuses commands for what it does not have, and those that are about a workbin."""
        if isinstance(self.command, Create | Submit):
            return "a new interaction"
        for what in ("interaction", "workbin"):
            if (name := getattr(self.command, what, None)) is not None:
                return f"{what} {short(name)}"
        return "in the contact centre"

    def _is_unsound(self) -> bool:
        return self.record is not None and misfit(self.record, self.definition) is not None

    def _switch(self) -> str:
        edges = self.definition.media[self.record.media].edges if self.record else ()
        return ", ".join(name for edge in edges if edge.operation == self.operation for name, _ in edge.only)

    def _why_unknown(self) -> str:
        if self.command == Custom(operation=self.operation) and self.operation in OPERATIONS:
            return f"a name is not a command; build one: ixnstate.{self.operation}(...)"
        if isinstance(self.command, Create):
            return f"no agent can create {short(self.command.media)}"
        medium = None if self._is_unsound() or self.record is None else self.definition.media[self.record.media]
        what = "there is no such operation"
        if medium is not None and self.operation in OPERATIONS:
            what = f"{medium.name} has no such operation"
        near = _nearest(self.operation, medium.operations if medium else tuple(OPERATIONS))
        return f"{what}; did you mean {near}?" if near else what

    def _why_invalid(self, names: Mapping[str, str]) -> str:
        record, failed = self.record, self.failed or ""
        if not isinstance(record, Interaction | None):
            return "build one with ixnstate.Interaction or ixnstate.submit"
        if record is not None and failed.startswith("record."):
            return self._why_unsound(record, failed.removeprefix("record."))
        if self.is_surplus:
            medium = self.definition.media[record.media] if record is not None else None
            known = medium.parameters(self.operation) if medium else parameters_of(OPERATIONS[self.operation])
            takes = ", ".join(names.get(each.name, each.name) for each in known if each.name != "by")
            surplus = failed if isinstance(self.command, Custom) else self._named(names)
            return f"it takes no {surplus}" + (f"; it takes {takes}" if takes else "")
        if failed == Condition.ANOTHER_WORKBIN and record is not None and record.workbin is not None:
            place = record.workbin
            whose = place.agent_group or place.place_group or place.owner
            return f"it is in workbin {short(place.id)}" + (f" of {short(whose)}" if whose else "")
        if " and " in failed:
            one, other = (names.get(each, each) for each in failed.split(" and "))
            return f"it takes either {one} or {other}, not both"
        if (condition := self._condition) is not None:
            return condition.sentence
        media = self.command.media
        if failed == "media" and is_name(media):
            return f"unknown media {short(media)}; known are {', '.join(self.definition.media)}"
        kind = next(
            (each.kind.value for each in parameters_of(type(self.command)) if each.name == failed), "something else"
        )
        return f"{self._named(names)} must be {kind}, not {brief(getattr(self.command, failed, None))}"

    def _why_unsound(self, record: Interaction, field: str) -> str:
        if field == "media":
            known = ", ".join(self.definition.media)
            return f"the record is unsound: unknown media {brief(record.media)}; known are {known}"
        if field == "state" and isinstance(record.state, State):
            return f"the record is unsound: {short(record.media)} is never in that state"
        return f"the record is unsound: its {field} is {brief(getattr(record, field))}"

    def _why_not_holder(self) -> str:
        assert self.record is not None
        record = self.record
        agent = f"agent {short(self.agent)}"
        here = (edge for edge in self.definition.edges(record.media) if edge.source is record.state)
        if any(edge.who is Who.INVITEE and edge.operation == self.operation for edge in here):
            return f"{agent} is not invited to it; {_those(record.invited, 'is', 'are')}"
        hint = f"; {agent} may {_either(self.allowed)}" if self.allowed else ""
        return f"{agent} does not hold it; {_those(record.holders, 'does', 'do')}{hint}"

    def _why_illegal(self) -> str:
        if (condition := self._condition) is not None:
            return self._why_there_already() or condition.sentence
        if self.agent is None:
            return self._platform()
        if isinstance(self.command, PullInteraction) and self.record is not None and self.record.holders:
            return f"it is in no workbin; {_those(self.record.holders, 'holds', 'hold')} it"
        if self.allowed:
            return f"agent {short(self.agent)} may {_either(self.allowed)}"
        return f"agent {short(self.agent)} can do nothing with it now{self._after()}"

    def _why_there_already(self) -> str | None:
        """Why an Add is refused for what lies in a workbin; None if something else is wrong."""
        command, record = self.command, self.record
        if not isinstance(command, AddInteraction) or record is None or record.state is not State.IN_WORKBIN:
            return None
        place = record.workbin
        if place is None:
            return "it lies in a workbin already"
        if command.workbin in (None, place.id):
            return f"it lies in workbin {short(place.id)} already"
        return f"it lies in workbin {short(place.id)}: it must be pulled before it can go into {short(command.workbin)}"

    def _platform(self) -> str:
        record = self.record
        edges = self.definition.edges(record.media) if record else ()
        signals = dict.fromkeys(
            edge.operation for edge in edges if edge.source is self.state and edge.who is Who.PLATFORM
        )
        return f"the platform may {_either(tuple(signals))} it" if signals else "it is not the platform's turn"

    def _after(self) -> str:
        edges = self._way()
        if edges is None:
            return f"; no way leads to a state in which {self.operation} is legal"
        return f"; {self.operation} is legal after {_all(tuple(self._performed(edges)))}"

    def _performed(self, edges: tuple[Edge, ...]) -> Iterator[str]:
        """Each operation with who performs it. Whoever must be invited on the way is the refused agent."""
        assert self.record is not None
        agent = short(self.agent)
        holder, invitee = (next(iter(agents), agent) for agents in (self.record.holders, self.record.invited))
        for edge in edges:
            agents = {Who.PLATFORM: "the platform", Who.HOLDER: holder, Who.INVITEE: invitee, Who.ANYONE: agent}
            yield f"{agents[edge.who]}'s {edge.operation}"
            if edge.who in (Who.INVITEE, Who.ANYONE):  # an Accept or a Pull
                holder = agents[edge.who]
            invitee = agent


_CONDITIONS: Mapping[str | None, Condition] = {condition.value: condition for condition in Condition}
_WORKBIN = (AddInteraction, PullInteraction)


def _nearest(operation: str, known: tuple[str, ...]) -> str | None:
    """The operation among ``known`` that was meant: the medium's own Add or Pull, or one that is spelled alike."""
    from difflib import get_close_matches

    for prefix in ("Add", "Pull"):
        if operation.startswith(prefix) and operation in OPERATIONS:
            workbin = (each for each in known if issubclass(OPERATIONS.get(each, Command), _WORKBIN))
            return next((each for each in workbin if each.startswith(prefix)), None)
    aliases = [alias for alias, name in ALIASES.items() if name in known]
    return next(iter(get_close_matches(operation, [*known, *aliases])), None)


class RefusedError(Exception):
    """Raised by `step`, `submit` and `create` for what `decide` would refuse; ``refusal`` says why."""

    def __init__(self, refusal: Refusal) -> None:
        if not isinstance(refusal, Refusal):
            raise ValueError(f"a RefusedError takes a Refusal, not {brief(refusal)}")
        super().__init__(refusal)
        self.refusal = refusal

    def __str__(self) -> str:
        return str(self.refusal)

    def __reduce__(self) -> tuple[type["RefusedError"], tuple[Refusal]]:
        return type(self), (self.refusal,)


def path_to(
    operation: str, media: str, state: State, resume: State | None = None, *, definition: Definition = GWS
) -> tuple[str, ...] | None:
    """The operations after which ``operation`` is legal: () if it is legal in ``state``, None if there is no way."""
    edges = _edges_to(operation, media, state, resume, definition)
    return None if edges is None else tuple(edge.operation for edge in edges)


def _edges_to(
    operation: str, media: str, state: State, resume: State | None, definition: Definition
) -> tuple[Edge, ...] | None:
    goals = frozenset(edge.source for edge in definition.edges(media) if edge.operation == operation)
    return definition.shortest_path(media, state, goals, resume=resume)


def misfit(record: object, definition: Definition = GWS) -> str | None:
    """The first field of a record that does not fit; None if it is sound. What is not a record at all is "record"."""
    if not isinstance(record, Interaction):
        return "record"
    for field, fits in _SOUND.items():
        if not fits(getattr(record, field), definition):
            return field
    if record.state not in definition.media[record.media].states:
        return "state"
    if len({*record.holders, *record.invited}) < len(record.holders) + len(record.invited):
        return "holders"
    if len(record.holders) > 1 and record.state is not State.CHATTING:
        return "holders"
    return "invited" if record.invited and record.state not in (State.INVITED, State.CHATTING) else None


def _name(value: object, _: Definition) -> bool:
    return is_name(value)


def _name_or_none(value: object, _: Definition) -> bool:
    return value is None or is_name(value)


def _names(value: object, _: Definition) -> bool:
    return isinstance(value, tuple) and all(map(is_name, value))


def _json(value: object, _: Definition) -> bool:
    return isinstance(value, FrozenDict)


_SOUND: Mapping[str, Callable[[object, Definition], bool]] = {
    "id": _name,
    "media": lambda value, definition: isinstance(value, str) and value in definition.media,
    "state": lambda value, _: isinstance(value, State) and value is not State.REVOKED,
    "holders": _names,
    "invited": _names,
    "consulted": _names,
    "queue": _name_or_none,
    "workbin": lambda value, _: value is None or isinstance(value, WorkbinPlace),
    "resume": lambda value, _: value is None or (isinstance(value, State) and value in HELD_STATES),
    "user_data": _json,
    "content": _json,
    "nicknames": _json,
    "media_type": _name_or_none,
    "parent_id": _name_or_none,
    "revision": lambda value, _: type(value) is int,
}


def _either(names: tuple[str, ...]) -> str:
    return _listed(names, "or")


def _all(names: tuple[str, ...]) -> str:
    return _listed(names, "and")


def _listed(names: tuple[str, ...], word: str) -> str:
    return f" {word} ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def _those(agents: tuple[str, ...], one: str, several: str) -> str:
    """The agents with their verb: "a1 does", "a1 and a2 do", "nobody does"."""
    return f"{_all(agents) or 'nobody'} {several if len(agents) > 1 else one}"
