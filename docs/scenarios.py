"""The founding pages, played against a contact centre: what is asked, what is answered, what everybody is sent.

`generate.py` writes the transcripts into docs/scenarios/. A line that begins with ``#`` says what happens, ``>`` is a
request, ``<`` its reply, ``*`` a message with its agent and topic.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ixnstate as ix
from ixnstate import gws

DRAFTS, TEAM, PLACES = (
    "3434543fafwe987", "6c715fa9-de16-4d23-b07c-cbcb1caf3e07", "5d487e69-a393-4228-a06f-6a4015ab1b54",
)  # fmt: skip
BOSS, AGENT = "boss", "00025aA4V4DR00P5"


class Arrival(NamedTuple):
    """A media server submits an interaction."""

    id: str
    media: str
    user_data: dict[str, Any]
    content: dict[str, Any]


class Offered(NamedTuple):
    """The router offers it to an agent."""

    id: str
    agent: str


class Passing(NamedTuple):
    """So many seconds pass."""

    seconds: float


class Asked(NamedTuple):
    """An agent asks."""

    agent: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    new_id: str | None = None


Event = Arrival | Offered | Passing | Asked


class Scenario(NamedTuple):
    """What is played: a title, the page, and what happens."""

    title: str
    page: str
    events: tuple[Event, ...]
    definition: ix.Definition = ix.GWS


def accepted(id: str, media: str, agent: str, **arguments: Any) -> tuple[Event, ...]:
    """An interaction in the hands of an agent."""
    path = f"/api/v2/me/{gws.request(ix.Accept(by=agent, interaction=id, media=media)).path.split('/')[4]}/{id}"
    return Offered(id, agent), Asked(agent, "POST", path, {"operationName": "Accept", **arguments})


def asks(agent: str, path: str, operation: str, **arguments: Any) -> Asked:
    """An operation, posted."""
    return Asked(agent, "POST", path, {"operationName": operation, **arguments})


CHAT = Arrival(
    "0001BaBFVPR20035", "chat",
    {"ChatServerPort": "7160", "PegAG?:2>1": 1, "RRequestedSkills": None, "Subject": "TestChatCustomer"},
    {
        "receivedDate": "2016-04-08 15:05:57.000+0300",
        "participants": [{"nickname": "Customer", "type": "Customer", "participantId": "007355E6EDFA0107"}],
    },
)  # fmt: skip
ITEM = Arrival(
    "02F0ASAK8EAFA00W", "workitem", {"RTargetAgentSelected": AGENT, "ServiceObjective": 0, "RRequestedSkills": None},
    {"receivedDate": "2014-04-16 21:03:21.000-0700"},
)  # fmt: skip
EMAIL = Arrival("00009a8T8Y130123", "email", {"FromAddress": "customer@example.com"}, {"subject": "Question"})
SESSION = Arrival(
    "0002DaAVKJ0V0095", "facebooksession", {"DISP_KEY": "resolved", "UserData2": 123456789},
    {
        "receivedDate": "2015-09-02 15:39:22.000+0300", "comment": "Iamcrazyaboutmytest",
        "suggestedQueueUris": ["http://localhost:8080/api/v2/queues/41cc5016-2d18-4a91-93ec-b43748948608"],
        "participants": [
            {"nickname": "Customer", "type": "Customer", "id": "007355E6EDFA0107", "visibility": "All",
             "participantId": "007355E6EDFA0107"},
        ],
    },
)  # fmt: skip

_GROUP = f"/api/v2/me/workbins/{TEAM}?agentGroup=MyAgentGroup"
_PLACE = f"/api/v2/me/workbins/{PLACES}?placeGroup=MyPlaceGroup"
_OWN = f"/api/v2/workbins/{DRAFTS}"
_THEIRS = f"/api/v2/users/{AGENT}/workbins/{DRAFTS}"
_GENERIC = f"/me/interactions/{EMAIL.id}"

_REPLY = {"operationName": "Reply", "queueUri": "/queues/Outbound", "body": "Hi"}

SCENARIOS = {
    "000-pull-from-group-workbin": Scenario(
        "Pulling from a group's workbin", "PullInteraction from a Group Workbin (8.5.2, 2020-08-20)",
        (
            asks("a2", _GROUP, "Subscribe"), CHAT, *accepted(CHAT.id, "chat", "a1", nickname="Al"),
            asks("a1", _GROUP, "AddChat", id=CHAT.id), asks("a2", _GROUP, "PullEmail", id=CHAT.id),
            asks("a2", _GROUP, "PullChat", id=CHAT.id, nickname="agent-nickname"),
            asks("a1", _GROUP, "PullChat", id=CHAT.id), asks("a1", _PLACE, "Subscribe"),
            asks("a2", _PLACE, "AddChat", id=CHAT.id), asks("a1", _PLACE, "AddChat", id=CHAT.id),
            asks("a2", _GROUP, "AddInteraction", id=CHAT.id), asks("a1", _GROUP, "PullInteraction", id=CHAT.id),
            asks("a1", _PLACE, "AddChat", id=CHAT.id), asks("a1", _PLACE, "PullChat", id=CHAT.id),
        ),
    ),
    "001-pull-from-workbin": Scenario(
        "Pulling from one's own workbin", "PullInteractionFromWorkbin (8.5.2, 2020-09-17)",
        (
            asks(AGENT, _OWN, "Subscribe"), ITEM, *accepted(ITEM.id, "workitem", AGENT),
            asks(AGENT, _OWN, "AddWorkitem", uri=f".../{ITEM.id}"), Asked(AGENT, "GET", f"{_OWN}?subresources=*"),
            asks(AGENT, _OWN, "PullWorkitem", id=ITEM.id), asks(AGENT, _OWN, "PullWorkitem", id=ITEM.id),
        ),
    ),
    "002-supervisor-add-to-workbin": Scenario(
        "A supervisor adds to an agent's workbin", "WorkbinSupAddIntToWorkbin (GWS 8.6.0, 2024-02-15)",
        (
            asks(AGENT, _OWN, "Subscribe"), asks(BOSS, _THEIRS, "Subscribe"), ITEM,
            *accepted(ITEM.id, "workitem", "a1"), asks("a1", _THEIRS, "AddWorkitem", uri=f".../{ITEM.id}"),
            asks(BOSS, _THEIRS, "AddWorkitem", uri=f".../{ITEM.id}"),
            asks(BOSS, _THEIRS, "AddWorkitem", uri=f".../{ITEM.id}"),
            asks(AGENT, _OWN, "PullWorkitem", id=ITEM.id),
        ),
    ),
    "003-interactions-operations": Scenario(
        "The address that all media share", "Interactions API Operations",
        (
            EMAIL, Offered(EMAIL.id, "a1"), Asked("a1", "GET", "/me/interactions"),
            Asked("a1", "GET", "/me/interactions?fields=*"), asks("a1", _GENERIC, "Reject"), Offered(EMAIL.id, "a2"),
            Passing(30), Offered(EMAIL.id, "a1"), asks("a1", _GENERIC, "Accept"),
            asks("a1", _GENERIC, "AttachUserData", userData={"field1": "value1"}),
            asks("a1", _GENERIC, "UpdateUserData", userData={"field1": 2}),
            asks("a1", _GENERIC, "DeleteUserData", userData={"field1": "value1"}),
            Asked("a1", "POST", _GENERIC, _REPLY, "D1"),
            asks("a1", "/me/interactions/D1", "Cancel"), asks("a1", _GENERIC, "Cancel"),
            asks("a1", _GENERIC, "PlaceInWorkbin", workbin=DRAFTS),
            asks("a1", _GENERIC, "GetWorkbinContent", workbin=DRAFTS), asks("a1", _OWN, "PullEmail", id=EMAIL.id),
            asks("a1", _GENERIC, "PlaceInQueue", queueName="Outbound"), asks("a1", _GENERIC, "Complete"),
            Offered(EMAIL.id, "a1"), asks("a1", _GENERIC, "Accept"), asks("a1", _GENERIC, "Transfer", userId="a2"),
            asks("a2", _GENERIC, "Accept"), asks("a2", _GENERIC, "Complete"),
            Asked("a1", "PUT", f"/interactions/{EMAIL.id}", {}), Asked("root", "GET", "/interactions"),
        ),
        ix.GWS.with_profile(api_version="8.5.0"),
    ),
    "004-facebooksession-complete": Scenario(
        "Completing a Facebook session", "FacebookPMComplete (8.5.2 draft, 2015-09-29)",
        (
            SESSION, *accepted(SESSION.id, "facebooksession", "a1", nickname="Al"),
            asks("a1", f"api/v2/me/facebooksession/{SESSION.id}", "Complete", queueName="PostProcessingQueue"),
            Offered(SESSION.id, "a1"), asks("a1", f"api/v2/me/facebooksessions/{SESSION.id}", "Accept", nickname="Al"),
            asks("a1", f"api/v2/me/facebooksession/{SESSION.id}", "Complete"),
        ),
        ix.GWS.with_profile(capabilities="2014"),
    ),
}  # fmt: skip


def center(definition: ix.Definition) -> ix.ContactCenter:
    """The contact centre of all scenarios."""
    group = {"agent_groups": {"MyAgentGroup"}, "place_groups": {"MyPlaceGroup"}}
    return ix.ContactCenter(
        agents=[
            ix.Agent("a1", place="Place1", **group), ix.Agent("a2", agent_groups={"MyAgentGroup"}, place="Place2"),
            ix.Agent(AGENT), ix.Agent(BOSS, roles={"supervisor"}), ix.Agent("root", roles={"admin"}),
        ],
        workbins=[
            ix.Workbin(DRAFTS, name="Drafts"), ix.Workbin(TEAM, name="Team", type="AgentGroup"),
            ix.Workbin(PLACES, name="Places", type="PlaceGroup"),
        ],
        definition=definition,
    )  # fmt: skip


def transcript(scenario: Scenario) -> Iterator[str]:
    """The lines of a scenario, played now."""
    played = center(scenario.definition)
    server = gws.Server()
    for event in scenario.events:
        match event:
            case Arrival(id, media, user_data, content):
                yield f"# {id} arrives: {media}"
                outcome = played.submit(media=media, queue="Inbound", id=id, user_data=user_data, content=content)
                sent = gws.notifications(outcome, server=server, definition=scenario.definition)
            case Offered(id, agent):
                yield f"# {id} is offered to {agent}"
                outcome = played.offer(id, agent)
                sent = gws.notifications(outcome, server=server, definition=scenario.definition)
            case Passing(seconds):
                yield f"# {seconds:g} seconds pass"
                outcome = played.advance(seconds=seconds)
                sent = gws.notifications(outcome, server=server, definition=scenario.definition)
            case Asked(agent, method, path, body, new_id):
                yield f"> {agent} {method} {path}" + (f" {_json(body)}" if body is not None else "")
                reply = gws.handle(played, gws.Request(method, path, body, agent, new_id), server=server)
                yield f"< {reply.http_status} {_json(reply.body)}"
                sent = reply.notifications
        yield from (f"* {each.agent} {each.topic} {_json(each.message)}" for each in sent)
        yield ""


def _json(value: object) -> str:
    return json.dumps(value)


def pages(folder: Path) -> dict[Path, str]:
    """The generated pages: a transcript for each scenario."""
    found = {}
    for name, scenario in SCENARIOS.items():
        text = "\n".join(transcript(scenario)).rstrip()
        head = f"# {scenario.title}\n\n{scenario.page}, played against an `ix.ContactCenter` by `gws.handle`."
        found[folder / f"{name}.md"] = f"{head}\n\n```text\n{text}\n```\n"
    return found
