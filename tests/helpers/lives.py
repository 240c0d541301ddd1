"""Lives of interactions as recordings of what agents ask and are told, and what the judge prints of them."""

import json
import os
import random
import subprocess
import sys
from functools import cache

import attrs
import pytest
from commands import STEPS, forms

import ixnstate as ix
from conftest import MESSAGE_TYPES
from ixnstate.views import documented


def plain(lines):
    return "\n".join(json.dumps(line) for line in lines)


def state(media, state="Processing", agent="a1", **more):
    return {"interaction": "X1", "media": media, "state": state, "agent": agent, **more}


def notice(media, state, agent=None):
    """A message with the capabilities that the first documented list for ``state`` has."""
    names = next((each for each in documented(media, state).values() if each), ())
    beside = {"agent": agent} if agent else {}
    return {**beside, "messageType": MESSAGE_TYPES[media], media: {"id": "X1", "state": state, "capabilities": names}}


WIRE = {
    "target_agent": "userId", "target_queue": "queueName", "queue_name": "queueName", "user_data": "userData",
    "document_id": "documentId", "response_template_id": "responseTemplateId", "content": "email",
}  # fmt: skip


def recorded(command, media):
    """A command as a recorded line; one on a workbin as a request to the path of that workbin."""
    given = {f.name: getattr(command, f.name) for f in attrs.fields(type(command))}
    agent, workbin = given.pop("by", None), given.get("workbin")
    if command.operation.endswith(("Notice", "NoticeToAgents")):
        given["noticeText"] = given.pop("text")
    body = {WIRE.get(name, name): value for name, value in given.items() if value is not None and name != "new_id"}
    line = {"agent": agent, "media": media, "body": {"operationName": command.operation, **body}}
    if not command.operation.startswith(("Add", "Pull")) or workbin is None:
        return {**line, "interaction": "X1"}
    whose = f"users/{given['owner']}" if given["owner"] else "me"
    scope = f"?agentGroup={given['agent_group']}" if given["agent_group"] else ""
    path = f"/api/v2/{whose}/workbins/{workbin}{scope}"
    return {**line, "path": path, "body": {"operationName": command.operation, "id": "X1"}}


def told(notice, media):
    seen = {"id": notice.event.interaction, "state": notice.view.state, "capabilities": notice.view.capabilities}
    return {
        "agent": notice.agent,
        "messageType": MESSAGE_TYPES[media],
        media: {key: value for key, value in seen.items() if value is not None},
    }


def legal_commands(record):
    place = record.workbin
    for name in STEPS:
        for agent in ("a1", "a2", "a3"):
            for form in forms(name, agent, target="a2" if agent == "a1" else "a1"):
                if name in ("PlaceInWorkbin", "GetWorkbinContent") and (form.owner or form.agent_group):
                    continue  # nothing in such a request says so
                command = form
                if name.startswith("Pull") and place:
                    command = type(form)(by=agent, workbin=place.id, agent_group=place.agent_group, owner=place.owner)
                if not isinstance(ix.decide(record, command), ix.Refusal):
                    yield command


def walk(media, seed, shown):
    """A random legal life of an interaction, as a recording of what ``shown`` says."""
    lines = []
    for command, step in life(media, seed):
        kind = "signals" if command.operation in ("Offer", "Revoke", "Stop") else "operations"
        lines += [recorded(command, media)] if kind in shown else []
        lines += [told(each, media) for each in ix.notices(step)] if "messages" in shown else []
    return lines


@cache
def life(media, seed):
    """A random legal life of an interaction: the commands, each with its step."""
    chance = random.Random(seed)
    record, steps = ix.submit(id="X1", media=media, queue="Q").interaction, []
    for _ in range(12):
        commands = list(legal_commands(record))
        if not commands:
            break
        command = chance.choice(commands)
        step = ix.step(record, command)
        steps.append((command, step))
        record = step.interaction
    return tuple(steps)


SHOWN = ["operations and signals", "operations, signals and messages", "operations and messages", "messages"]


def on_a_terminal(*arguments, **environment):
    """What the command prints where standard output and standard error are a terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    environment = plain | {"TERM": "xterm-256color", "COLUMNS": "100"} | environment
    command = [sys.executable, "-m", "ixnstate", "validate", *map(str, arguments)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += (more := os.read(ours, 65536))
            except OSError:
                more = b""
            if not more:
                break
    os.close(ours)
    return process.returncode, shown.decode()
