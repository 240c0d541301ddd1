"""Commands: an operation with its arguments, and the platform's three signals.

One class an operation, named as the documents name it. One concept has one field, whatever a page spells:
``target_agent`` is the documents' targetUri, targetPath, userUri or userId. ``by`` is the acting agent; signals have
none. Every argument is given by keyword and may be left out: a constructor trusts, and ``decide`` refuses what is
missing or does not fit. What each parameter takes, and whether it must be there, stands once: in the field itself.

A command can also say what it acts on: ``interaction``, ``media``, ``media_type``. A request over HTTP does (its URL
names them), and then ``decide`` refuses it for any other record; who has the record at hand leaves them out.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar, TypeAlias, cast

import attrs

from ixnstate.values import EMPTY, FrozenDict, Json, JsonObject, brief, fields_of, freeze, frozen, keyword_only
from ixnstate.vocabulary import RefusalCode

__all__ = [  # noqa: RUF022 (in the order in which a reader meets them)
    "Command", "Custom", "Parameter", "command", "parameters_of",
    "Offer", "Revoke", "Stop", "Submit", "Create", "Reply", "ReplyAll", "Forward", "Accept", "Reject", "Cancel",
    "Complete", "PlaceInQueue", "Transfer", "Send", "Save", "AttachUserData", "UpdateUserData", "DeleteUserData",
    "SetDisposition", "AddComment", "AddAttachment", "RemoveAttachment", "SetInFocus", "Retweet", "MarkFavorite",
    "RemoveFavorite", "Invite", "Consult", "RemoveParticipantFromConference", "Leave", "LeaveAndComplete",
    "SendMessage", "SendToAgents", "SendStartTypingNotification", "SendStopTypingNotification",
    "SendStartTypingToAgentsNotification", "SendStopTypingToAgentsNotification", "SendUrl", "SendCustomNotice",
    "SendCustomNoticeToAgents", "SendNicknameUpdatedNotice", "ReportResponseTemplateUsage",
    "PlaceInWorkbin", "GetWorkbinContent", "AddInteraction", "AddChat", "AddEmail", "AddWorkitem", "AddTweet",
    "AddFacebook", "AddFacebooksession", "AddOpenmedia", "PullInteraction", "PullChat", "PullEmail", "PullWorkitem",
    "PullTweet", "PullFacebook", "PullFacebooksession", "PullOpenmedia",
    "Subscribe", "Unsubscribe", "RequestStats", "RequestAgentStats", "Follow", "Unfollow",
]  # fmt: skip
"""What is public: `ixnstate` has these names, too."""

MAX_NAME = 512
MAX_TEXT = 1_000_000


class Kind(Enum):
    """What a parameter takes, in the words of a refusal."""

    NAME = f"a string of 1 to {MAX_NAME} characters"
    TEXT = f"a string of at most {MAX_TEXT:,} characters"
    FLAG = "True or False"
    SIZE = "a whole number, 0 or more"
    NAMES = f"a list of 1 or more strings, each of 1 to {MAX_NAME} characters"
    DATA = "a JSON object: string keys, finite numbers, at most 32 levels and 100,000 values"
    NOTHING = "left out: it does not belong to the operation"


def is_name(value: object) -> bool:
    """Whether ``value`` can be an id or a name."""
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME


FITS: Mapping[Kind, Callable[[object], bool]] = {
    Kind.NAME: is_name,
    Kind.TEXT: lambda value: isinstance(value, str) and len(value) <= MAX_TEXT,
    Kind.FLAG: lambda value: value is True or value is False,
    Kind.SIZE: lambda value: type(value) is int and value >= 0,
    Kind.NAMES: lambda value: isinstance(value, tuple) and bool(value) and all(map(is_name, value)),
    Kind.DATA: lambda value: isinstance(value, FrozenDict),
    Kind.NOTHING: lambda value: value == EMPTY,
}


@frozen
class Parameter:
    """One argument of an operation: its name, what it takes, and whether it must be given.

    Of the two parameters that are a target (an agent or a queue; one workbin or several) exactly one must be given.
    """

    name: str
    kind: Kind
    required: bool = False
    is_target: bool = False


def _names(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_CONVERTERS: Mapping[Kind, Callable[[Json], object]] = {Kind.DATA: freeze, Kind.NOTHING: freeze, Kind.NAMES: _names}


def _field(kind: Kind, *, required: bool = False, is_target: bool = False, default: object = None) -> Any:
    return attrs.field(
        default=default,
        converter=_CONVERTERS.get(kind),
        hash=False if kind in (Kind.DATA, Kind.NOTHING) else None,
        metadata={"parameter": (kind, required, is_target)},
    )


def _required(kind: Kind = Kind.NAME) -> Any:
    return _field(kind, required=True)


def _optional(kind: Kind = Kind.NAME) -> Any:
    return _field(kind)


def _target(kind: Kind = Kind.NAME) -> Any:
    return _field(kind, is_target=True)


OPERATIONS: dict[str, "type[Command]"] = {}
"""Every operation by its name: the class of its commands."""


@keyword_only
class Command:
    """What every command is: ``operation`` is the name that requests use.

    ``interaction``, ``media`` and ``media_type`` are what it acts on, where it says so.
    """

    operation: ClassVar[str] = ""
    interaction: str | None = None
    media: str | None = None
    media_type: str | None = None

    def __init_subclass__(cls) -> None:
        if cls.__module__ == __name__ and not cls.__name__.startswith("_") and cls.__name__ != "Custom":
            cls.operation = cls.__name__
            OPERATIONS[cls.__name__] = cls


_PARAMETERS: dict[type[Command], tuple[Parameter, ...]] = {}


def parameters_of(command: type[Command]) -> tuple[Parameter, ...]:
    """The parameters of an operation, ``by`` included, in the order in which they stand in its class.

    Raises ValueError for what is not a class of commands.
    """
    if not isinstance(command, type) or not issubclass(command, Command):
        raise ValueError(f"parameters_of takes a class of commands, not {brief(command)}")
    known = _PARAMETERS.get(command)
    if known is None:
        known = _PARAMETERS[command] = tuple(
            Parameter(field.name, *field.metadata["parameter"])
            for field in fields_of(command)
            if "parameter" in field.metadata
        )
    return known


def fault_of(command: Command, lacking: frozenset[str] = frozenset()) -> tuple[RefusalCode, str] | None:
    """The first parameter that is missing or does not fit, with the code; None if the arguments are in order.

    ``lacking`` are parameters that the operation does not take in this medium.
    """
    targets: dict[str, bool] = {}
    for parameter in parameters_of(type(command)):
        value = getattr(command, parameter.name)
        if value is None:
            if parameter.required:
                return RefusalCode.MISSING_PARAMETER, parameter.name
        elif parameter.name in lacking or not FITS[parameter.kind](value):
            surplus = next(iter(value), None) if parameter.kind is Kind.NOTHING and isinstance(value, dict) else None
            return RefusalCode.INVALID_PARAMETER, surplus or parameter.name
        if parameter.is_target:
            targets[parameter.name] = value is not None
    if targets and not any(targets.values()):
        return RefusalCode.MISSING_PARAMETER, " or ".join(targets)
    if targets and all(targets.values()):
        return RefusalCode.INVALID_PARAMETER, " and ".join(targets)
    return None


class _Checks(dict[tuple[type[Command], frozenset[str]], Callable[[Command], bool]]):
    """`fault_of` for a class and what it lacks, as one flat function that only says whether there is none.

    For the hot path; made when it is first asked for. Most arguments of most commands are names or are left out, so
    these two cases are written out, and only the rest calls. With ``bare``, the function also asks whether the command
    leaves out what it acts on, as most do.
    """

    def __init__(self, *, bare: bool) -> None:
        self._bare = bare

    def __missing__(self, key: tuple[type[Command], frozenset[str]]) -> Callable[[Command], bool]:
        cls, lacking = key
        scope: dict[str, object] = {"cls": cls, "is_nothing": FITS[Kind.NOTHING]}
        lines = ["def in_order(command):"]
        if self._bare:
            lines += ["    if not (command.interaction is command.media is command.media_type is None):"]
            lines += ["        return False"]
        if all(each.name == "by" for each in parameters_of(cls)):  # so nothing else tells a `Custom` from this class
            lines += [
                "    if command.__class__ is not cls and not is_nothing(command.arguments):",
                "        return False",
            ]
        for number, parameter in enumerate(parameters_of(cls)):
            scope[f"fits{number}"] = FITS[parameter.kind]
            lines.append(f"    value = command.{parameter.name}")
            test = f"not fits{number}(value)"
            if parameter.name in lacking:
                test = "True"
            elif parameter.kind is Kind.NAME:
                test = f"(value.__class__ is not str or not 0 < len(value) <= {MAX_NAME}) and {test}"
            elif parameter.kind is Kind.DATA:
                test = f"value.__class__ is not FrozenDict and {test}"
            lines.append(f"    if {test}:" if parameter.required else f"    if value is not None and {test}:")
            lines.append("        return False")
        targets = [f"(command.{each.name} is None)" for each in parameters_of(cls) if each.is_target]
        if targets:
            lines.append(f"    return {' is not '.join(targets)}")
        exec("\n".join([*lines, "    return True"]), scope | {"FrozenDict": FrozenDict}, scope)
        check = self[key] = cast(Callable[[Command], bool], scope["in_order"])
        return check


CHECKS: Mapping[tuple[type[Command], frozenset[str]], Callable[[Command], bool]] = _Checks(bare=False)
"""Whether a command's arguments are in order: ``CHECKS[type(command), lacking](command)``; `fault_of` says more."""
BARE_CHECKS: Mapping[tuple[type[Command], frozenset[str]], Callable[[Command], bool]] = _Checks(bare=True)
"""The same, and whether it leaves out what it acts on."""


# --- the platform's signals -----------------------------------------------------------------------------------------


@keyword_only
class Offer(Command):
    """The router offers a queued interaction to an agent."""

    agent: str | None = _required()


@keyword_only
class Revoke(Command):
    """A timeout takes an invitation, or an interaction that its agent has left alone, back to its queue.

    ``agent`` names whose, where several have it; without it, everybody's.
    """

    agent: str | None = _optional()


@keyword_only
class Stop(Command):
    """The customer or a media server ends the interaction."""


# --- creation -------------------------------------------------------------------------------------------------------


@keyword_only
class Submit(Command):
    """A media server submits an interaction to a queue: the command behind `ixnstate.submit`."""

    new_id: str | None = _required()
    media: str | None = _required()
    queue: str | None = _required()
    media_type: str | None = _optional()
    parent_id: str | None = _optional()
    user_data: JsonObject | None = _optional(Kind.DATA)
    content: JsonObject | None = _optional(Kind.DATA)


@keyword_only
class _ByAgent(Command):
    by: str | None = _required()


@keyword_only
class Create(_ByAgent):
    """An agent creates an outbound draft or a work item, and holds it."""

    media: str | None = _required()
    new_id: str | None = _required()
    queue_name: str | None = _required()
    media_type: str | None = _optional()
    parent_id: str | None = _optional()
    user_data: JsonObject | None = _optional(Kind.DATA)
    content: JsonObject | None = _optional(Kind.DATA)


@keyword_only
class Reply(_ByAgent):
    """Answer it: a child draft appears under ``new_id``, held by the same agent."""

    new_id: str | None = _required()
    queue_name: str | None = _required()
    user_data: JsonObject | None = _optional(Kind.DATA)
    content: JsonObject | None = _optional(Kind.DATA)


class ReplyAll(Reply):
    """Answer everybody who got it."""

    __slots__ = ()


class Forward(Reply):
    """Send it on to somebody else (pages of 8.5.0 only)."""

    __slots__ = ()


# --- invitation, work, end ------------------------------------------------------------------------------------------


@keyword_only
class Accept(_ByAgent):
    """Take the interaction one is invited to. ``save_lar`` stores the agent for last-agent routing."""

    nickname: str | None = _optional()
    save_lar: bool | None = _optional(Kind.FLAG)


class Reject(_ByAgent):
    """Decline the invitation: it goes to somebody else."""

    __slots__ = ()


class Cancel(_ByAgent):
    """Discard an outbound draft."""

    __slots__ = ()


@keyword_only
class _Closing(_ByAgent):
    """What a session's closing operations may say to the customer."""

    text: str | None = _optional(Kind.TEXT)
    message_type: str | None = _optional()
    treat_as: str | None = _optional()


@keyword_only
class Complete(_Closing):
    """Finish the work; with ``queue_name`` the interaction goes into that queue instead of ending."""

    queue_name: str | None = _optional()
    save_lar: bool | None = _optional(Kind.FLAG)


@keyword_only
class PlaceInQueue(_ByAgent):
    """Give it up to a queue."""

    queue_name: str | None = _required()


@keyword_only
class Transfer(_Closing):
    """Give it to an agent or to a queue (the documents' heading is also SingleStepTransfer)."""

    target_agent: str | None = _target()
    target_queue: str | None = _target()


@keyword_only
class Send(_ByAgent):
    """Send the draft, with ``content`` over what was saved."""

    queue_name: str | None = _required()
    content: JsonObject | None = _optional(Kind.DATA)
    save_lar: bool | None = _optional(Kind.FLAG)


@keyword_only
class Save(_ByAgent):
    """Save the draft's content."""

    content: JsonObject | None = _required(Kind.DATA)


# --- data -----------------------------------------------------------------------------------------------------------


@keyword_only
class AttachUserData(_ByAgent):
    """Add these keys to the user data."""

    user_data: JsonObject | None = _required(Kind.DATA)


class UpdateUserData(AttachUserData):
    """Overwrite these keys of the user data."""

    __slots__ = ()


@keyword_only
class DeleteUserData(_ByAgent):
    """Delete these keys of the user data; a key that is not there is no fault."""

    keys: tuple[str, ...] | None = _required(Kind.NAMES)


@keyword_only
class SetDisposition(_ByAgent):
    """Set the disposition code, under ``disposition_key`` in the user data."""

    disposition: str | None = _required()
    disposition_key: str | None = _optional()


@keyword_only
class AddComment(_ByAgent):
    """Set the agent's comment."""

    comment: str | None = _required(Kind.TEXT)


@keyword_only
class AddAttachment(_ByAgent):
    """Attach an uploaded document."""

    document_id: str | None = _required()
    name: str | None = _optional()
    mime: str | None = _optional()
    size: int | None = _optional(Kind.SIZE)


@keyword_only
class RemoveAttachment(_ByAgent):
    """Take an attached document off again."""

    document_id: str | None = _required()


class SetInFocus(_ByAgent):
    """Tell that this is what the agent looks at now (older lists call it InFocus)."""

    __slots__ = ()


class Retweet(_ByAgent):
    """Retweet it."""

    __slots__ = ()


class MarkFavorite(_ByAgent):
    """Mark it as a favorite."""

    __slots__ = ()


class RemoveFavorite(_ByAgent):
    """Take the favorite mark off."""

    __slots__ = ()


# --- sessions -------------------------------------------------------------------------------------------------------


@keyword_only
class Invite(_ByAgent):
    """Invite another agent into the session, seen by the customer."""

    target_agent: str | None = _required()


@keyword_only
class Consult(_ByAgent):
    """Invite another agent into the session, unseen by the customer; or ask a queue for one."""

    target_agent: str | None = _target()
    target_queue: str | None = _target()


@keyword_only
class RemoveParticipantFromConference(_Closing):
    """Take another agent out of the session."""

    target_agent: str | None = _required()


class Leave(_Closing):
    """Leave the session; the last agent who leaves ends it, and still holds the interaction."""

    __slots__ = ()


class LeaveAndComplete(_ByAgent):
    """Leave the session and finish the work."""

    __slots__ = ()


@keyword_only
class SendMessage(_ByAgent):
    """Say something that everybody sees."""

    text: str | None = _required(Kind.TEXT)
    message_type: str | None = _optional()
    treat_as: str | None = _optional()


class SendToAgents(SendMessage):
    """Say something that only agents see."""

    __slots__ = ()


class SendStartTypingNotification(_ByAgent):
    """Show everybody that one has started to type."""

    __slots__ = ()


class SendStopTypingNotification(_ByAgent):
    """Show everybody that one has stopped typing."""

    __slots__ = ()


class SendStartTypingToAgentsNotification(_ByAgent):
    """Show the agents that one has started to type."""

    __slots__ = ()


class SendStopTypingToAgentsNotification(_ByAgent):
    """Show the agents that one has stopped typing."""

    __slots__ = ()


@keyword_only
class SendUrl(_ByAgent):
    """Push a web address to the customer."""

    url: str | None = _required(Kind.TEXT)


@keyword_only
class SendCustomNotice(_ByAgent):
    """Send a notice that applications understand, to everybody."""

    text: str | None = _required(Kind.TEXT)


class SendCustomNoticeToAgents(SendCustomNotice):
    """Send a notice that applications understand, to the agents only."""

    __slots__ = ()


class SendNicknameUpdatedNotice(SendCustomNotice):
    """Tell that one's nickname has changed."""

    __slots__ = ()


@keyword_only
class ReportResponseTemplateUsage(_ByAgent):
    """Report that a prepared response was used."""

    response_template_id: str | None = _required()
    response_type: str | None = _optional()


# --- workbins -------------------------------------------------------------------------------------------------------


@keyword_only
class _WorkbinScope(_ByAgent):
    """Which instance of a workbin: one's own, a group's, or (a supervisor's scope) the ``owner``'s."""

    agent_group: str | None = _optional()
    place_group: str | None = _optional()
    owner: str | None = _optional()


@keyword_only
class PlaceInWorkbin(_WorkbinScope):
    """Put it into a workbin: the generic operation of the interaction."""

    workbin: str | None = _required()


@keyword_only
class GetWorkbinContent(_WorkbinScope):
    """Ask for the content of a workbin: a read."""

    workbin: str | None = _required()


@keyword_only
class AddInteraction(PlaceInWorkbin):
    """Put it into a workbin: the operation of the workbin, for any medium."""

    save_lar: bool | None = _optional(Kind.FLAG)


class AddChat(AddInteraction):
    """Put a chat into a workbin."""

    __slots__ = ()


class AddEmail(AddInteraction):
    """Put an email into a workbin."""

    __slots__ = ()


class AddWorkitem(AddInteraction):
    """Put a workitem into a workbin."""

    __slots__ = ()


class AddTweet(AddInteraction):
    """Put a tweet into a workbin."""

    __slots__ = ()


class AddFacebook(AddInteraction):
    """Put a Facebook interaction into a workbin."""

    __slots__ = ()


class AddFacebooksession(AddInteraction):
    """Put a Facebook private-messaging session into a workbin."""

    __slots__ = ()


class AddOpenmedia(AddInteraction):
    """Put an open-media interaction into a workbin."""

    __slots__ = ()


@keyword_only
class PullInteraction(_WorkbinScope):
    """Take it out of its workbin and hold it, for any medium. Where ``workbin`` is given it must be that one."""

    workbin: str | None = _optional()


@keyword_only
class PullChat(PullInteraction):
    """Take a chat out of its workbin, under ``nickname``; needs both pull-chat options of the profile."""

    nickname: str | None = _optional()


class PullEmail(PullInteraction):
    """Take an email out of its workbin."""

    __slots__ = ()


class PullWorkitem(PullInteraction):
    """Take a workitem out of its workbin."""

    __slots__ = ()


class PullTweet(PullInteraction):
    """Take a tweet out of its workbin."""

    __slots__ = ()


class PullFacebook(PullInteraction):
    """Take a Facebook interaction out of its workbin."""

    __slots__ = ()


class PullFacebooksession(PullInteraction):
    """Take a Facebook private-messaging session out of its workbin."""

    __slots__ = ()


class PullOpenmedia(PullInteraction):
    """Take an open-media interaction out of its workbin."""

    __slots__ = ()


@keyword_only
class Subscribe(_WorkbinScope):
    """Be told what comes into a workbin and what leaves it; ``workbins`` names several at once."""

    workbin: str | None = _target()
    workbins: tuple[str, ...] | None = _target(Kind.NAMES)


class Unsubscribe(Subscribe):
    """Be told no longer."""

    __slots__ = ()


@keyword_only
class RequestStats(_WorkbinScope):
    """Ask how many interactions a workbin has, and since when."""

    workbin: str | None = _required()


@keyword_only
class RequestAgentStats(_ByAgent):
    """Ask how many interactions each workbin of an owner has: one's own, or those of ``workbin_owner``."""

    workbin_type: str | None = _optional()
    workbin_owner: str | None = _optional()
    owner: str | None = _optional()


# --- accounts -------------------------------------------------------------------------------------------------------


@keyword_only
class Follow(_ByAgent):
    """Follow a Twitter user from an ``account`` of the contact centre."""

    twitter_user_id: str | None = _required()
    account: str | None = _optional()


class Unfollow(Follow):
    """Follow a Twitter user no longer."""

    __slots__ = ()


# --- by name --------------------------------------------------------------------------------------------------------


@keyword_only
class Custom(Command):
    """An operation by its name: one that a derived definition adds, or one that does not exist.

    ``arguments`` are what came with it. Where the operation is known, they are what does not belong to it.
    """

    operation: str = _required()  # type: ignore[misc]
    by: str | None = _optional()
    arguments: JsonObject = _field(Kind.NOTHING, default=EMPTY)


ALIASES: Mapping[str, str] = {
    "StopProcessing": "Complete",
    "CancelReply": "Cancel",
    "SingleStepTransfer": "Transfer",
    "InFocus": "SetInFocus",
    "AddInteractionToWorkbin": "AddInteraction",
    "SubscribeWorkbinEvents": "Subscribe",
    "UnsubscribeWorkbinEvents": "Unsubscribe",
}
"""Other names of an operation: those of the 8.5.0 and 8.5.1 pages, and the name that older capability lists use."""

ByAgent: TypeAlias = _ByAgent
"""Any command of an agent, for annotations: a class without an underscore would be an operation."""
WorkbinScope: TypeAlias = _WorkbinScope
"""Any command that says whose instance of a workbin it means."""

ABOUT: tuple[str, ...] = ("interaction", "media", "media_type")
"""What any command can say of the record it acts on; no parameter of its operation."""


def command(operation: str, /, **arguments: Json) -> Command:
    """The command for an operation's name or alias: `command("Accept", by="a1") == Accept(by="a1")`.

    Total: what is unknown, or has an argument that the operation does not take, becomes a `Custom` that ``decide``
    refuses.
    """
    name = ALIASES.get(operation, operation) if isinstance(operation, str) else operation
    known = OPERATIONS.get(name) if isinstance(name, str) else None
    if known is not None:
        surplus = arguments.keys() - {parameter.name for parameter in parameters_of(known)} - {*ABOUT}
        if not surplus:
            return known(**arguments)
        arguments = {key: arguments[key] for key in ("by", *ABOUT, *sorted(surplus)) if key in arguments}
    said = {key: arguments.pop(key) for key in ("by", *ABOUT) if key in arguments}
    return Custom(operation=name, arguments=arguments, **said)
