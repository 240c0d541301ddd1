"""What the judge of recordings is measured on: full traces of days, and the worst that somebody could write."""

import json
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import attrs

import ixnstate as ix
from benchmarks.days import PLAIN, Day, Habits, write
from ixnstate import gws
from ixnstate.views import documented

WITH_CONFERENCES = Habits(conferences=0.3)


@attrs.frozen
class Recording:
    """A recording with its size, and what writes it."""

    agents: int
    lines: int
    habits: Habits

    def write(self, path: Path, lines: int) -> None:
        write(path, lines, Day(agents=self.agents, habits=self.habits))


RECORDINGS = {
    "plain, 20 agents": Recording(20, 120_000, PLAIN),
    "plain, 2,000 agents": Recording(2000, 200_000, PLAIN),
    "realistic, 200 agents": Recording(200, 500_000, Habits()),
    "realistic, 20 agents, conferences": Recording(20, 120_000, WITH_CONFERENCES),
}
FAULTY = 700
FAULTS = 200
CROWD, IN_FLIGHT = 200, 50


def path_of(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(',', '').replace(' ', '-')}.jsonl"


def cut(path: Path, suffix: str, begin: int, end: int) -> Path:
    """The lines of a file from one on, up to another, as a file beside it."""
    part = path.with_suffix(suffix)
    with path.open("rb") as lines, part.open("wb") as file:
        file.writelines(islice(lines, begin, end))
    return part


def write_faulty(path: Path, lines: int = FAULTY, faults: int = FAULTS) -> None:
    """Workitems whose agent is shown what workitems are not, twice each; in many kinds of stories."""
    items = faults // 2
    path.write_text(
        "".join(
            json.dumps(line) + "\n"
            for number in range(items)
            for line in _faulty(f"{number:08d}", lines // items, (number // 4) % (lines // items - 4))
        )
    )


def _faulty(id: str, lines: int, before: int) -> Iterator[dict[str, Any]]:
    about = {"agent": "a1", "kind": "notification", "channel": "/v2/me/workitems"}
    held = ["Processing"] * (lines - 4)
    for state in ("Invited", *held[:before], "Chatting", *held[before:], "Composing", "Completed"):
        names = next((names for names in documented("workitem", state).values() if names), ())
        resource = {"id": id, "state": state, "capabilities": names}
        yield {**about, "body": {"messageType": "WorkitemStateChangeMessage", "workitem": resource}}


def write_crowd(path: Path, agents: int = CROWD, in_flight: int = IN_FLIGHT) -> None:
    """One chat with so many agents, who then ask for so much at once, and are answered in the opposite order.

    Lists of participants are left out: they would make most of the file.
    """
    with path.open("w") as file:
        for record in _crowd(agents, in_flight):
            if record["kind"] == "notification":
                record["body"].get("chat", {}).pop("participants", None)
            file.write(json.dumps(record) + "\n")


def _crowd(agents: int, in_flight: int) -> Iterator[dict[str, Any]]:
    names = [f"a{number}" for number in range(agents)]
    center = ix.ContactCenter(agents=[ix.Agent(name) for name in names], queues=["In"])
    center.submit(media="chat", queue="In", id="C1")
    about = {"interaction": "C1", "media": "chat"}
    seq = 0

    def numbered(**record: Any) -> dict[str, Any]:
        nonlocal seq
        seq += 1
        return {"seq": seq, **record}

    def told(sent: tuple[gws.Notification, ...]) -> list[dict[str, Any]]:
        kind = {"kind": "notification"}
        return [numbered(agent=each.agent, **kind, channel=each.topic, body=each.message) for each in sent]

    def ask(command: Any) -> tuple[dict[str, Any], Callable[[], list[dict[str, Any]]]]:
        """A request, and what makes its reply and the messages that it causes."""
        request = gws.request(command)
        asked = numbered(
            agent=request.user, kind="request", method=request.method, path=request.path, body=request.body
        )

        def answer() -> list[dict[str, Any]]:
            reply = gws.handle(center, request)
            sent = told(reply.notifications)
            answered = {"status": reply.http_status, "body": reply.body, "answers": asked["seq"]}
            return [*sent, numbered(agent=request.user, kind="response", **answered)]

        return asked, answer

    def at_once(command: Any) -> Iterator[dict[str, Any]]:
        asked, answer = ask(command)
        return chain([asked], answer())

    yield from told(gws.notifications(center.offer("C1", names[0])))
    yield from at_once(ix.Accept(by=names[0], nickname="N", **about))
    for name in names[1:]:
        yield from at_once(ix.Invite(by=names[0], target_agent=name, **about))
        yield from at_once(ix.Accept(by=name, nickname="N", **about))
    wanted: tuple[Callable[[str], Any], ...] = (
        lambda name: ix.Leave(by=name, **about),
        lambda name: ix.UpdateUserData(by=name, user_data={"key": name}, **about),
        lambda name: ix.Transfer(by=name, target_agent=names[0], **about),
        lambda name: ix.SendMessage(by=name, text="hello", **about),
        lambda name: ix.PlaceInQueue(by=name, queue_name="In", **about),
    )
    asked = [ask(wanted[at % len(wanted)](names[1 + at % (agents - 1)])) for at in range(in_flight)]
    yield from (request for request, _ in asked)
    for _, answer in reversed(asked):
        yield from answer()
