"""A row of the table of entries, and the sound arguments that several of them have."""

import inspect
from collections.abc import Callable
from typing import Any

import attrs
from junk import NAMES

import ixnstate as ix


@attrs.frozen
class Entry:
    name: str
    call: Callable[..., Any]
    arguments: dict[str, Any]
    """For each a tuple of sound expressions, or what draws one."""
    raises: tuple[type[Exception], ...] = ()
    of_center: bool = False
    """Whether its first argument is a contact centre, which must be as before unless it was done."""


COMMANDS = (
    "ix.Complete(by='a1')", "ix.Transfer(by='a1', target_agent='a2')", "ix.Leave(by='a1')", "ix.Stop()",
    "ix.AttachUserData(by='a1', user_data={'a': 1})", "ix.Send(by='a1', queue_name='Out')", "ix.Accept(by='a2')",
    "ix.AddInteraction(by='a1', workbin='wb')", "ix.Reply(by='a1', new_id='X9', queue_name='Out')",
    "ix.Custom(operation='Foo', by='a1')", "ix.Invite(by='a1', target_agent='a2')",
    "ix.GetWorkbinContent(by='a1', workbin='wb')", "ix.RequestStats(by='a1', workbin='team', agent_group='G')",
    "ix.Subscribe(by='a1', workbins=['wb', 'nowhere'])", "ix.Submit(new_id='N1', media='chat', queue='Inbound')",
    "ix.Create(by='a1', media='email', new_id='N2', queue_name='Out')", "ix.Follow(by='a1', twitter_user_id='u')",
    "ix.RequestAgentStats(by='a1')", "ix.SetDisposition(by='a1', disposition='ok')", "ix.Offer(agent='a2')",
    "ix.PullInteraction(by='a1')", "ix.AddAttachment(by='a1', document_id='d')", "ix.Revoke(agent='a1')",
)  # fmt: skip
IDS = ("'X1'", "'X2'", "'X3'", "'X4'", "'X5'", "'X6'", "'X7'", "'nowhere'", "None")
AGENTS = ("'a1'", "'a2'", "'a3'", "'boss'", "'stranger'")
MEDIA = tuple(map(repr, ix.GWS.media))
STATES = tuple(repr(state.value) for state in ix.State)
DEFINITION = {"definition": ("ix.GWS", "ix.GWS.with_profile(transfer='on acceptance')")}


def entry(name: str, /, *raises: type[Exception], call: Callable[..., Any] | None = None, **arguments: Any) -> Entry:
    function = call or eval(name, NAMES)
    return Entry(
        name, function, {key: (each,) if isinstance(each, str) else each for key, each in arguments.items()}, raises
    )


def constructor(where: str, cls: type, *raises: type[Exception]) -> Entry:
    """A constructor: each of its fields."""
    fields = [name for name, each in inspect.signature(cls).parameters.items() if each.kind not in (2, 4)]
    sound = ("'X1'", "'workitem'", "'a1'", "None", "()", "ix.State.QUEUED", "{}", "True")
    return entry(f"{where}.{cls.__name__}", *raises, call=cls, **dict.fromkeys(fields, sound))
