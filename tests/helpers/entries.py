"""Every public entry with what it raises: the table over which junk is drawn.

Each row has sound arguments, as expressions of `junk.NAMES`; the fuzzer puts junk in the place of some of them. What a
row does not name, nothing may raise.
"""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import attrs
from entries_around import AROUND
from entry import AGENTS, COMMANDS, DEFINITION, IDS, MEDIA, STATES, Entry
from entry import constructor as _constructor
from entry import entry as _entry
from junk import USUAL, center, junk, one_of

import ixnstate as ix
from ixnstate import gws
from ixnstate.commands import OPERATIONS

REFUSED = (ix.RefusedError, ValueError)
"""What does not fit is refused; what cannot even be refused (a definition that is none) is a ValueError."""

WORKITEM = "record('workitem')"
RECORDS = (WORKITEM, "record('chat')", "record('email')")
DATA = ("{'key': 'value'}", "None")
PATHS = (
    "'/me/chats/X1'", "'/api/v2/me/workitems/X1'", "'/me/workbins/wb'", "'/users/a1/workbins/wb'", "'/interactions/X1'",
    "'/me/emails'", "'/me/workbins?workbinIds=a,b'", "'/me/openmedia/promotion/X1'",
        "'http://h/api/v2/me/chats/X1/messages'",
)  # fmt: skip
REQUESTS = (
    "gws.Request('POST', '/me/workitems/X1', {'operationName': 'Complete'}, 'a1')",
    "gws.Request('GET', '/me/chats?fields=*', None, 'a1')",
    "gws.Request('POST', '/me/workbins/team?agentGroup=G', {'operationName': 'PullWorkitem', 'id': 'X5'}, 'a1')",
    "gws.Request('POST', '/me/emails', {'operationName': 'Create', 'queueName': 'Out'}, 'a1', 'N3')",
)  # fmt: skip
MESSAGES = ("message()", "message()['data']", "[message()]", "ix.gws.parse_notification(message()).to_bytes()")


class BrokenError(AssertionError):
    """What was let in does not hold together."""


def use(center: ix.ContactCenter) -> None:
    """Do with a contact centre what anybody may do."""
    try:
        saved = center.snapshot()
        again = ix.ContactCenter.restore(saved)
        assert again == center
        assert again.snapshot() == saved
        told = [center.advance(10), center.route(), again.advance(4000)]
        for id in [*center.memory.records]:
            for by in ("a1", "a2", "boss"):
                told += [
                    center.apply(command, id)
                    for command in (
                        ix.Accept(by=by), ix.Reject(by=by), ix.Leave(by=by), ix.PullInteraction(by=by),
                        ix.AddInteraction(by=by, workbin="team", agent_group="G"), ix.Complete(by=by),
                        ix.RequestStats(by=by, workbin="team", agent_group="G"),
                        ix.Transfer(by=by, target_agent="a3"), ix.SetDisposition(by=by, disposition="x"),
                    )
                ]  # fmt: skip
            told += [center.apply(ix.Offer(agent="a3"), id), center.apply(ix.Revoke(), id)]
        for outcome in told:
            for notification in gws.notifications(outcome):
                notification.to_bytes()
        _ = center.waiting("Inbound"), center.content("team", agent_group="G"), center.interactions("a1")
        for path in ("/me/chats?fields=*", "/interactions", "/me/workbins/team?agentGroup=G&subresources=*"):
            gws.handle(center, gws.Request("GET", path, None, "a1"))
        center.advance(20_000)
        center.apply(ix.Stop(), "X1")
        center.forget()
        ix.ContactCenter.restore(center.snapshot())
    except Exception as error:
        raise BrokenError from error


def _edited(saved: Any, path: list, value: Any) -> Any:
    """A snapshot with something else at a place of it; `GONE` for nothing, `TWICE` for the same once more."""
    at = saved
    for step in path[:-1]:
        at = at[step]
    if value == "GONE":
        del at[path[-1]]
    elif value == "TWICE" and isinstance(at, list):
        at.append(at[path[-1]])
    else:
        at[path[-1]] = value
    return saved


def _restored(path: list, value: Any, more: list) -> None:
    saved = _edited(center().snapshot(), path, value)
    for place, another in more:
        with contextlib.suppress(IndexError, KeyError, TypeError):  # no such place any more
            saved = _edited(saved, place, another)
    use(ix.ContactCenter.restore(json.loads(json.dumps(saved)) if _is_json(saved) else saved))


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (RecursionError, TypeError, ValueError):
        return False
    return True


def _more(chance: Any) -> str:
    return f"[{', '.join(f'({_place(chance)}, {_value(chance)})' for _ in range(chance.randrange(3)))}]"


def _place(chance: Any) -> str:
    """A place in the sample's snapshot."""
    at: Any = center().snapshot()
    path: list = []
    while isinstance(at, dict | list) and at and (not path or chance.randrange(6)):
        step = tuple(at)[chance.randrange(len(at))] if isinstance(at, dict) else chance.randrange(len(at))
        path.append(step)
        at = at[step]
    return repr(path)


def _value(chance: Any) -> str:
    """Something else for a snapshot, of a kind that it has there or elsewhere."""
    at: Any = center().snapshot()
    while isinstance(at, dict | list) and at and chance.randrange(8):
        at = at[tuple(at)[chance.randrange(len(at))]] if isinstance(at, dict) else at[chance.randrange(len(at))]
    some = (
        "'GONE'",
        "'TWICE'",
        "None",
        "0",
        "-1",
        "10**400",
        "nan",
        "''",
        "[]",
        "{}",
        "True",
        "'a1'",
        "'G'",
        "1e14",
        repr(at),
        repr(at),
        repr(at),
        repr(at),
        junk(chance),
    )
    return one_of(some, chance)


def _method(name: str, /, *raises: type[Exception], call: Callable[..., Any] | None = None, **arguments: Any) -> Entry:
    """A method of the contact centre, which is given as ``center``."""
    made = _entry(name, *raises, call=call or getattr(ix.ContactCenter, name.rpartition(".")[2]), **arguments)
    return attrs.evolve(made, of_center=True)


def _command(operation: Any, **given: Any) -> ix.Command:
    return ix.command(operation, **given)  # the name is given by position only


_AGENT = ix.Agent("a1", capacity={"chat": 1})

CORE = [
    _entry("ix.submit", *REFUSED, id="'X9'", media=MEDIA, queue="'Inbound'", user_data=DATA, content=DATA,
           media_type=("None", "'promotion'"), parent_id=("None", "'X1'"), **DEFINITION),
    _entry("ix.create", *REFUSED, command="ix.Create(by='a1', media='email', new_id='N', queue_name='Q')",
        **DEFINITION),
    _entry("ix.decide", ValueError, record=RECORDS, command=COMMANDS, revision=("None", "4"), **DEFINITION),
    _entry("ix.step", *REFUSED, record=RECORDS, command=COMMANDS, revision=("None", "4"), **DEFINITION),
    _entry("ix.evolve", ValueError, record=(WORKITEM, "None"),
        event=("done().events[0]", "ix.submit(id='X1', media='chat', queue='Q').events[0]")),
    _entry("ix.event_to_json", ValueError, event="done().events[0]"),
    _entry("ix.event_from_json", ValueError, written="ix.event_to_json(done().events[0])"),
    _entry("ix.replay", ValueError, events="done().events", start=WORKITEM),
    _entry("ix.view", ValueError, record=RECORDS, agent=AGENTS, **DEFINITION),
    _entry("ix.capabilities", ValueError, record=RECORDS, agent=AGENTS, **DEFINITION),
    _entry("ix.notices", ValueError, step="done()", **DEFINITION),
    _entry("ix.validate", ValueError, media=MEDIA,
        operations=("['Offer', 'Accept', 'Complete']", "[ix.Offer(agent='a'), 5]"),
           start=("None", "'Processing'", *RECORDS), **DEFINITION),
    _entry("ix.reachable", ValueError, media=MEDIA, start=STATES, **DEFINITION),
    _entry("ix.shortest_path", ValueError, media=MEDIA, start=STATES, goal=STATES, **DEFINITION),
    _entry("ix.illegal_cells", ValueError, media=MEDIA, **DEFINITION),
    _entry("ix.tour", ValueError, media="'workitem'", definition="ix.GWS"),
    _entry("ix.command", operation=("'Accept'", "'Foo'"), by=AGENTS, target_agent=AGENTS,
           call=_command),
    _entry("ix.parameters_of", ValueError, command="ix.Accept"),
    _entry("ix.RefusedError", ValueError, refusal="refusal()"),
    _entry("Refusal.why", refusal="refusal()", names=("{}", "{'by': 'agent'}"), call=lambda refusal,
        names: isinstance(refusal, ix.Refusal) and refusal.why(names) and None),
    *[_constructor("ix", getattr(ix, name)) for name in (
        "Interaction", "WorkbinPlace", "View", "Notice", "Step", "Custom", "Created", "StateChanged",
        "ParticipantsChanged", "UserDataChanged", "ContentChanged", "MessageSent", "ConsultRequested", "TransferFailed",
        "Answered", "Advanced", "SubscriptionChanged", "AgentChanged", "Forgotten", "Outcome", "WorkbinNotice",
        "SubscriptionNotice", "ContentNotice", "StatsNotice", "Violation", "Coverage", "Edge", "Shown",
        "Told", "Capabilities", "Source", "Parameter", *OPERATIONS,
    )],
    *[_constructor("ix", getattr(ix, name), ValueError) for name in ("Refusal", "Agent", "Workbin", "Profile",
        "Medium")],
]  # fmt: skip

_CHAT = "CHAT"
_EDGE = ("ix.Edge(ix.State.QUEUED, 'Foo', ix.State.QUEUED, ix.Who.ANYONE)", "ix.GWS.edges('chat')[3]")

DEFINITIONS = [
    _entry("ix.Definition", ValueError, media="ix.GWS.media", profile="ix.Profile()"),
    _entry("ix.GWS.medium", ValueError, name=MEDIA),
    _entry("ix.GWS.edges", ValueError, media=MEDIA),
    _entry("ix.GWS.with_profile", ValueError, api_version="'8.5.0'", transfer="'at once'", twitter="'tweet'"),
    _entry("ix.GWS.with_media", ValueError, name="'fax'", like=MEDIA),
    _entry("ix.GWS.with_edge", ValueError, media="'chat'", edge=_EDGE),
    _entry("ix.GWS.with_capabilities", ValueError, media="'chat'", state="'Chatting'", operations="('Leave',)"),
    _entry("ix.GWS.diff", ValueError, other="ix.GWS.with_profile(twitter='tweet')"),
    _entry("ix.GWS.targets", ValueError, media=MEDIA, edge="ix.GWS.edges('chat')[0]"),
    _entry("ix.GWS.reachable", ValueError, media=MEDIA, start=STATES),
    _entry("ix.GWS.shortest_path", ValueError, media=MEDIA, start=STATES, goals="frozenset({ix.State.COMPLETED})",
        resume=("None", "ix.State.LEFT_CHAT")),
    _entry(f"{_CHAT}.lacking", operation="'Transfer'"),
    _entry(f"{_CHAT}.parameters", operation="'Transfer'"),
    _entry(f"{_CHAT}.capabilities", KeyError, name=f"{_CHAT}.lists[0].name"),
    _entry("Shown.holds_under", ValueError, call=ix.GWS.media["chat"].shown[0].holds_under, profile="ix.Profile()"),
    _entry("Edge.resume_after", call=ix.GWS.edges("chat")[0].resume_after, resume=("None", "ix.State.CHATTING")),
    _entry("Edge.holds_under", ValueError, call=ix.GWS.edges("chat")[0].holds_under, profile="ix.Profile()"),
]  # fmt: skip

_PLACE = {"agent_group": ("None", "'G'"), "place_group": ("None", "'P'"), "owner": ("None", "'a1'")}

CENTER = [
    _entry("ix.ContactCenter", ValueError, agents=("[ix.Agent('a1')]", "()"), workbins="[ix.Workbin('wb')]",
           queues=("None", "['Q']"), definition="ix.GWS", features=("('api-multimedia',)", "()"),
           delivering_timeout="30", handling_timeout="10_800.0"),
    _method("center.apply", ValueError, command=COMMANDS, interaction=IDS, revision=("None", "3")),
    _method("center.decide", ValueError, command=COMMANDS, interaction=IDS, revision=("None", "3")),
    _method("center.submit", media=MEDIA, queue="'Inbound'", id="'N1'", user_data=DATA, content=DATA,
            media_type="None", parent_id=("None", "'X1'")),
    _method("center.offer", interaction=IDS, agent=AGENTS),
    _method("center.advance", ValueError, seconds=("None", "1", "40"), to=("None", "99")),
    _method("center.route", queue=("None", "'Inbound'")),
    _method("center.set_agent", ValueError, agent="ix.Agent('a2', roles=['agent'])"),
    _method("center.set_ready", ValueError, agent=AGENTS, ready=("True", "False"), media=("None", *MEDIA)),
    _method("center.interaction", id=IDS),
    _method("center.view", id=IDS, agent=AGENTS),
    _method("center.interactions", agent=("None", *AGENTS), media=("None", "'chat'"), state=("None", "'Queued'"),
        queue=("None", "'Inbound'")),
    _method("center.waiting", queue="'Inbound'"),
    _method("center.content", ValueError, workbin=("'team'", "'wb'", "ix.WorkbinPlace('team', agent_group='G')"),
        **_PLACE),
    _method("center.subscribers", ValueError, workbin=("'team'", "'wb'", "ix.WorkbinPlace('team', agent_group='G')"),
        **_PLACE),
    _method("center.ask", ValueError, command=COMMANDS),
    _method("center.forget", ValueError, one=("'X7'", "'X1'"), call=lambda self, one: self.forget(one)),
    _method("center.replay", ValueError,
        events=("[ix.Advanced(5.0)]", "[ix.Forgotten('X7')]", "[ix.Answered('X1', 'Complete', 'a1', 9)]",
            "[ix.Advanced(9.0), 5]", "outcome().events")),
    _entry("ix.ContactCenter.restore", ValueError, saved="center().snapshot()", definition="ix.GWS"),
    _entry("ix.ContactCenter.restore(...)", ValueError, call=_restored, path=_place, value=_value, more=_more),
    *[_method(f"outcome.{name}", ValueError, command=COMMANDS, interaction=IDS,
              call=lambda self, command, interaction, name=name: getattr(self.apply(command, interaction), name))
      for name in ("notices", "status_code", "failures", "reference_ids", "interactions")],
    _entry("Agent.is_ready_for", call=_AGENT.is_ready_for, media=MEDIA),
    _entry("Agent.has_room", ValueError, call=_AGENT.has_room, media=MEDIA, having="{'chat': 1}"),
]  # fmt: skip


def _openapi(definition: Any) -> Any:
    """A sound definition takes seconds, so it is not drawn."""
    return None if isinstance(definition, ix.Definition) else gws.openapi(definition=definition)


WIRE = [
    _entry("gws.read_path", gws.MessageError, ValueError, path=PATHS, **DEFINITION),
    _entry("gws.Request", method="'POST'", path=PATHS, body="{'operationName': 'Accept'}", user=AGENTS, new_id="'N'"),
    _entry("gws.parse_request", ValueError, request=REQUESTS, **DEFINITION),
    _entry("gws.parse_request(...)", gws.RequestError, method=("'POST'", "'GET'"), path=PATHS, user=AGENTS,
        new_id="'N'",
           body=("None", "{'operationName': 'Transfer', 'targetUri': '/users/a2'}", "{'operationName': 'Complete'}"),
           call=lambda **given: gws.parse_request(gws.Request(**given))),
    _entry("gws.request", ValueError, said=tuple(each.replace("by=", "interaction='X1', by=") for each in COMMANDS),
        strict=("True", "False"), **DEFINITION),
    _entry("gws.handle", ValueError, center="center()", request=REQUESTS, server=("None", "gws.Server()")),
    _method("gws.handle(...)", method=("'POST'", "'GET'"), path=PATHS, user=AGENTS, new_id=("None", "'N'"),
           body=("None", "{'operationName': 'Transfer', 'targetUri': '/users/a2'}", "{'operationName': 'Complete'}"),
           call=lambda center, **given: gws.handle(center, gws.Request(**given))),
    _entry("gws.reply", ValueError, said=COMMANDS, refusal=("None", "refusal()"), reference_id=("None", "7"),
           reference_ids="{}", failures="{}", **DEFINITION),
    _entry("gws.parse_reply", gws.MessageError, body=("{'statusCode': 0}", "'{\"statusCode\": 0}'", "None"),
        http_status="200"),
    _entry("gws.notifications", ValueError, told=("done()", "outcome()"), reference_id=("None", "3"),
        server=("None", "gws.Server()"), **DEFINITION),
    _entry("gws.twitter_response", ValueError, agent=AGENTS, reference_id="1", error=("None", "'no'")),
    _entry("gws.openapi", ValueError, call=_openapi, definition=("ix.Profile()", "'GWS'")),
    _entry("gws.topics", ValueError, **DEFINITION),
    _entry("gws.is_answered", ValueError, done="done()", agent=AGENTS, **DEFINITION),
    _entry("gws.parse_notification", ValueError, message=MESSAGES, **DEFINITION),
    _entry("gws.observe", ValueError, message="ix.gws.parse_notification(message())"),
    _entry("gws.is_notification", value=MESSAGES),
    _entry("gws.read_operation", gws.MessageError, ValueError, body="{'operationName': 'Accept'}",
        target=("None", "gws.Target()"), by=AGENTS, new_id="'N'"),
    _entry("gws.spelled", operation="'Accept'"),
    _entry("gws.Server", ValueError, address="'http://h'", now="None"),
    *[_constructor("gws", getattr(gws, name)) for name in ("Read", "Upload", "Target", "Operation", "Fault",
        "Participant", "Attachment", "Resource")],
]  # fmt: skip

MACHINES = [
    _entry("machines.machine", ValueError, media=MEDIA, **DEFINITION),
    _entry("machines.mermaid", ValueError, media="'workitem'", **DEFINITION),
    _entry("machines.dot", ValueError, media="'workitem'", taken=("None", "()"), seen="()", **DEFINITION),
    _entry("machines.document", ValueError, media=MEDIA, **DEFINITION),
    _entry("machines.xstate", ValueError, media=MEDIA, **DEFINITION),
    _entry("machines.scxml", ValueError, media="'workitem'", start=STATES, **DEFINITION),
    _entry("machines.typescript", ValueError, media="'workitem'", **DEFINITION),
]  # fmt: skip

EVENTS = (*ix.events.EVENTS, ix.Answered, ix.Advanced, ix.SubscriptionChanged, ix.AgentChanged, ix.Forgotten)


def _within(
    name: str, cls: type, call: Callable[..., Any], *raises: type[Exception], of_center: bool = False, **more: Any
) -> Entry:
    """An entry that is given a value of ``cls``, with each field of that as an argument."""
    fields = {each.name: (USUAL.get(each.name, "None"), "None") for each in attrs.fields(cls) if each.init}
    row = _entry(f"{name}({cls.__name__})", *raises, call=call, **more)
    return attrs.evolve(row, arguments={**row.arguments, **fields}, of_center=of_center)


def _replayed(cls: type) -> Callable[..., Any]:
    def call(center: ix.ContactCenter, **given: Any) -> None:
        center.replay([ix.Advanced(2.0), cls(**given)])
        copy = ix.ContactCenter.restore(center.snapshot())
        use(copy)

    return call


WITHIN = [
    *[_within("ix.evolve", cls, lambda at, cls=cls, **given: ix.evolve(at, cls(**given)), ValueError,
        at=RECORDS) for cls in ix.events.EVENTS],
    *[_within("ix.notices", cls, lambda at, cls=cls, **given: ix.notices(ix.Step(at, at, (cls(**given),))), ValueError,
        at=RECORDS) for cls in ix.events.EVENTS],
    *[_within("ix.decide", cls, lambda at, cls=cls, **given: ix.decide(at, cls(**given)),
        at=RECORDS) for cls in OPERATIONS.values()],
    *[_within("center.apply", cls, lambda center, at, cls=cls, **given: center.apply(cls(**given), at), of_center=True,
        at=IDS) for cls in OPERATIONS.values()],
    *[_within("center.replay", cls, _replayed(cls), ValueError, of_center=True) for cls in EVENTS],
    *[_within("gws.request", cls, lambda strict, cls=cls, **given: gws.request(cls(**given), strict=strict),
        ValueError, strict=("True", "False"))
      for cls in (*OPERATIONS.values(), gws.Read, gws.Upload)],
    *[_within("gws.reply", cls, lambda cls=cls,
        **given: gws.reply(cls(**given), reference_id=7)) for cls in (*OPERATIONS.values(), gws.Read)],
    _within("ix.decide", ix.Interaction, lambda command, fits=False,
        **given: ix.decide(ix.Interaction(**given), command), command=COMMANDS),
    _within("ix.view", ix.Interaction, lambda **given: ix.view(ix.Interaction(**given), "a1"), ValueError),
    _within("ix.validate", ix.Interaction,
        lambda **given: ix.validate("workitem", ["Complete"], start=ix.Interaction(**given)), ValueError),
    _within("gws.notifications", ix.Notice,
        lambda **given: gws.notifications(ix.Outcome(interaction=given["interaction"], answers=(ix.Notice(**given),))),
            ValueError),
]  # fmt: skip

ENTRIES = {each.name: each for each in (*CORE, *DEFINITIONS, *CENTER, *WIRE, *MACHINES, *WITHIN, *AROUND)}
