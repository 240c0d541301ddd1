"""What several tests need: every situation of every medium, and hypothesis' settings."""

import json
import os
from pathlib import Path

import pytest
from browsers import npm  # noqa: F401 (a fixture)
from hypothesis import settings
from spark_session import spark  # noqa: F401 (another one)

import ixnstate as ix

settings.register_profile("here", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

MEDIA = tuple(ix.GWS.media)
MESSAGE_TYPES = {media: f"{media.capitalize()}StateChangeMessage" for media in MEDIA} | {
    "smssession": "SMSsessionStateChangeMessage"
}
DOCUMENTED = Path(__file__).parent / "documented"


def documented(name: str) -> list[dict]:
    """The rows of a table of facts: see tests/documented/README.md."""
    return json.loads((DOCUMENTED / f"{name}.json").read_text())


def situations(media: str) -> list[ix.Interaction]:
    """A record of every state of a medium, with one holder, several, an invitee, and each state to resume."""
    medium = ix.GWS.media[media]
    held = {"queue": "Inbound", "user_data": {"key": "value", "nested": {"list": [1, None]}}}
    found = []
    resumable = [None, *(s for s in (ix.State.LEFT_CHAT, ix.State.COMPOSING) if s in medium.states)]
    for state in medium.states:
        if state in (ix.State.PROCESSING, ix.State.CHATTING, ix.State.LEFT_CHAT, ix.State.COMPOSING):
            found.append(ix.Interaction("X1", media, state, holders=["a1"], **held))
        elif state is ix.State.INVITED:
            found += [ix.Interaction("X1", media, state, invited=["a1"], resume=each, **held) for each in resumable]
        elif state is ix.State.IN_WORKBIN:
            place = ix.WorkbinPlace("wb")
            found += [ix.Interaction("X1", media, state, workbin=place, resume=each, **held) for each in resumable]
        else:
            found += [
                ix.Interaction("X1", media, state, resume=each, **held)
                for each in (resumable if state is ix.State.QUEUED else [None])
            ]
    if ix.State.CHATTING in medium.states:
        found.append(ix.Interaction("X1", media, ix.State.CHATTING, holders=["a1", "a2"], consulted=["a2"], **held))
        found.append(ix.Interaction("X1", media, ix.State.CHATTING, holders=["a1"], invited=["a2"], **held))
    return found


SITUATIONS = [record for media in MEDIA for record in situations(media)]


def name_of(record: ix.Interaction) -> str:
    more = [f"{len(record.holders)} holders"] if len(record.holders) > 1 else []
    more += ["and an invitee"] if record.holders and record.invited else []
    more += [f"resumes {record.resume}"] if record.resume else []
    return " ".join([record.media, record.state, *more])


@pytest.fixture(params=SITUATIONS, ids=name_of)
def record(request: pytest.FixtureRequest) -> ix.Interaction:
    return request.param
