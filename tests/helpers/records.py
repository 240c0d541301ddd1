"""Records of a recording: of requests, replies, notifications and workbins, and small days made of them."""

import json
import random

import ixnstate as ix
from conftest import MESSAGE_TYPES
from ixnstate import gws
from ixnstate.recording.lines import Line, Place
from ixnstate.reports import Tally
from ixnstate.trace import (
    DEFAULT_RULES,
    Rule,
    Where,
    followed,
)
from ixnstate.views import documented

PATH = "/api/v2/me/workitems/W1"


def note(state, agent="a1", *, media="workitem", number=None, ts=None, interaction="W1"):
    names = next((each for each in documented(media, state).values() if each), ())
    told = {} if number is None else {"referenceId": number}
    message = {
        "messageType": MESSAGE_TYPES[media],
        **told,
        media: {"id": interaction, "state": state, "capabilities": names},
    }
    return {"seq": 1, "ts": ts, "agent": agent, "kind": "notification", "body": message}


def ask(operation, agent="a1", seq=1, ts=None, path=PATH, **body):
    return {
        "seq": seq, "ts": ts, "agent": agent, "kind": "request", "method": "POST", "path": path,
        "body": {"operationName": operation, **body},
    }  # fmt: skip


def reply(number=None, agent="a1", code=0, **more):
    body = {"statusCode": code} | ({} if number is None else {"referenceId": number})
    return {"seq": 1, "agent": agent, "kind": "response", "status": 200 if not code else 500, "body": body, **more}


def sent(notification):
    return {
        "seq": 3,
        "agent": notification.agent,
        "kind": "notification",
        "channel": notification.topic,
        "body": notification.message,
    }


WISHES = (
    "Accept",
    "Reject",
    "Complete",
    "Transfer",
    "PlaceInQueue",
    "Leave",
    "SetInFocus",
    "Invite",
    "AddInteraction",
    "PullInteraction",
)


def requested(chance, media, interaction, view):
    """A request of anything, more often of what the agent is shown as allowed, and its path."""
    sensible = [name for name in (view and view.capabilities) or () if name in WISHES]
    operation = chance.choice(sensible if sensible and chance.random() < 0.6 else WISHES)
    body = {"operationName": operation}
    segment = {"email": "emails", "twitter": "twitter", "facebook": "facebook"}.get(media, f"{media}s")
    path = f"/api/v2/me/{segment}/{interaction}"
    if operation == "Accept" and media == "chat":
        body["nickname"] = "Al"
    if operation in ("Transfer", "Invite"):
        body["targetUri"] = f"/users/{chance.choice(('a1', 'a2', 'a3'))}"
    if operation == "PlaceInQueue":
        body["queueName"] = "In"
    if operation in ("AddInteraction", "PullInteraction"):
        path = f"/api/v2/me/workbins/{chance.choice(('own', 'team?agentGroup=G'))}"
        body["id" if operation == "PullInteraction" else "uri"] = interaction
    return path, body


def recorded_day(seed, size=400):
    """Everything that three agents ask of a centre, right or wrong, with its replies and notifications."""
    chance = random.Random(seed)
    agents = [ix.Agent(name, agent_groups=frozenset({"G"})) for name in ("a1", "a2", "a3")]
    workbins = [ix.Workbin("own"), ix.Workbin("team", type="AgentGroup")]
    center, lines, items = ix.ContactCenter(agents=agents, workbins=workbins, queues=["In"]), [], {}
    for number in range(size):
        if chance.random() < 0.1 or not items:
            items[f"X{number}"] = media = chance.choice(("workitem", "chat", "email", "twitter", "facebook"))
            center.submit(media=media, queue="In", id=f"X{number}")
        interaction = chance.choice(list(items))
        if chance.random() < 0.3:
            lines += map(sent, gws.notifications(center.offer(interaction, agent=chance.choice(agents).id)))
            continue
        has_it = [each.id for each in agents if center.view(interaction, each.id)]
        agent = chance.choice(has_it if has_it and chance.random() < 0.8 else agents)
        agent = getattr(agent, "id", agent)
        path, body = requested(chance, items[interaction], interaction, center.view(interaction, agent))
        done = gws.handle(center, gws.Request("POST", path, body, user=agent))
        asked = {
            "seq": 1,
            "agent": agent,
            "kind": "request",
            "method": "POST",
            "path": path,
            "media": items[interaction],
            "body": body,
        }
        answer = {"seq": 2, "agent": agent, "kind": "response", "status": done.http_status, "body": done.body}
        told = [sent(each) for each in done.notifications]
        lines += [asked, answer, *told] if chance.random() < 0.5 else [asked, *told, answer]
    return [{**line, "seq": number} for number, line in enumerate(lines, 1)]


ACTIONS = ("ItemAdded", "ItemRemoved")


def change(action, item="w1", workbin="b1", agent="a1", **more):
    resource = {"id": item, "capabilities": []}
    return {
        "agent": agent,
        "messageType": "WorkbinStateChangeMessage",
        "action": action,
        "id": workbin,
        "workitemStateResourceV2": resource,
        **more,
    }


def subscription(state="Subscribed", workbin="b1", agent="a1"):
    return {
        "agent": agent,
        "messageType": "WorkbinSubscriptionStateChangeMessage",
        "stateResource": state,
        "id": workbin,
    }


RULES = (
    *DEFAULT_RULES,
    Rule("mine", "until", Where(("Invited",)), Where(("Invited",)), Where(("Processing", "Completed"))),
)


def lines_of(values):
    return [Line(Place("day.jsonl", number), json.dumps(value), value) for number, value in enumerate(values, 1)]


def tally_of(judge, lines):
    """The tally of what a judge sees in lines."""
    tally = Tally()
    for seen, _ in followed(judge, lines):
        if seen is not None:
            tally.add(seen)
    return tally
