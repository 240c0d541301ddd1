"""Files of anything that notifications can be, some of them wrong."""

import json
import random

import ixnstate as ix
from conftest import MEDIA, MESSAGE_TYPES
from ixnstate.recording.lines import Line, Place
from ixnstate.views import documented


def message(chance, interaction, media, state):
    lists = documented(media, state).values() if state in tuple(ix.State) else ()
    names = chance.choice([*lists, ()])
    resource = {"id": interaction, "state": state, "userData": {"ä": "ö"} if chance.random() < 0.1 else {"a": 1}}
    if names is not None:
        resource["capabilities"] = list(names)
    if chance.random() < 0.03:
        resource["capabilities"] = ["Nonsense"]
    if chance.random() < 0.03:
        resource[chance.choice(["receivedDate", "userData", "capabilities", "id"])] = 7
    return {
        "messageType": MESSAGE_TYPES[media],
        "notificationType": chance.choice(["StatusChange", None]),
        media: resource,
    }


def dressed(chance, number, said):
    """A message in one of its forms."""
    form = chance.randrange(4)
    if form == 0:
        return said
    if form == 1:
        return {"data": said, "channel": "/v2/me/chats", "agent": "a1"}
    time = chance.choice([1.7e9 + number, number + 1, None, "2026-01-05T09:00:00Z", "noon", 1.7e12 + number * 1000])
    seq = chance.choice([number, number - 1, None])
    agent = chance.choice(["a1", "a2", None, "", 7])
    return {"seq": seq, "ts": time, "agent": agent, "kind": chance.choice(["notification", "meta"]), "body": said}


def day(seed, size=600):
    """Lines of anything that notifications can be, some of them wrong, with a request now and then."""
    chance = random.Random(seed)
    kinds = [(f"X{n}", MEDIA[n % len(MEDIA)]) for n in range(12)]
    lines = []
    for number in range(size):
        interaction, media = chance.choice(kinds)
        states = [state for state in ix.GWS.media[media].states if state != "Queued"] + ["Revoked", "Waiting"]
        said = message(chance, interaction, media, chance.choice(states)) if chance.random() < 0.98 else {"x": number}
        line = json.dumps(dressed(chance, number, said), ensure_ascii=False)
        lines.append(line)
        if chance.random() < 0.05:
            lines.append(line)
        if chance.random() < 0.02:
            asked = {"agent": "a1", "media": media, "interaction": interaction, "body": {"operationName": "Complete"}}
            lines.append(json.dumps(asked))
    return lines


def write(folder, lines, name="day.jsonl"):
    path = folder / name
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def invitations(seed, size=400):
    """A day on which nothing is wrong but that some invitations end late, or never; and when is not always said."""
    chance = random.Random(seed)
    lives = ["Invited", "Processing", "InWorkbin", "Processing", "Completed"], ["Invited", "Invited", "Revoked"]
    going, time = [[] for _ in range(30)], 0.0
    for number in range(size):
        at = chance.randrange(len(going))
        if not going[at]:
            going[at] = [(f"W{number}", state) for state in chance.choice(lives)]
        name, state = going[at].pop(0)
        time += chance.choice([0.01, 0.3, 0.6])
        ts = chance.choice([time, time, time, round(time), None]) if seed % 2 else time
        yield json.dumps({**shows(state, ts, name), "seq": number if seed % 3 else None})


def line(number, value):
    return Line(Place("-", number), json.dumps(value), value)


def shows(state, ts=None, interaction="W1"):
    names = next((each for each in documented("workitem", state).values() if each), ())
    body = {
        "messageType": "WorkitemStateChangeMessage",
        "workitem": {"id": interaction, "state": state, "capabilities": names},
    }
    return {"seq": 1, "ts": ts, "agent": "a1", "kind": "notification", "body": body}
