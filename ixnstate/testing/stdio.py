"""A driver for an implementation in any language: a process that reads JSON lines and answers each with one.

Every line that it is sent has ``do``: reset, create, offer, perform, view, content, notifications, advance; the first
is ``hello``. `serve` is the other side, and what it answers is the protocol.
"""

import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TextIO

from ixnstate import gws
from ixnstate.commands import Command, Submit
from ixnstate.model import WorkbinPlace
from ixnstate.testing.drivers import WORLD, Ability, Blocking, Driver, Reply, Seen, Told, World
from ixnstate.testing.observing import told
from ixnstate.testing.suites import action_from_json, action_to_json
from ixnstate.values import fields_of


class StdioDriver(Driver):
    """Starts ``program`` and speaks to it. Use it in a ``with`` statement, or call ``close``.

    What it lacks it says in its answer to ``hello``. It is asked for one thing at a time.
    """

    def __init__(self, program: Sequence[str], *, world: World = WORLD) -> None:
        self.world = world
        self.process = subprocess.Popen(  # noqa: S603 (the user's program)
            list(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        lacking = {Ability(each) for each in self._ask("hello").get("lacks", ())}
        self.lacks: Collection[Ability] = {*lacking, Ability.CONCURRENCY}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process: its input ends."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # it has ended already, with a request unread
                    stream.close()
        self.process.wait(10)

    def _ask(self, do: str, **said: Any) -> Mapping[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):  # then there is no answer
            self.process.stdin.write(json.dumps({"do": do, **said}) + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise EOFError(f"the program has ended, with status {self.process.wait(10)}, when it was to {do}")
        answer: Mapping[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"the program cannot {do}: {answer['error']}")
        return answer

    def reset(self) -> None:
        """``{"do": "reset"}``."""
        self._ask("reset")

    def create(self, new: Submit, /) -> str:
        """``{"do": "create", "new": {...}}``: answered with ``id``."""
        return str(self._ask("create", new=action_to_json(new))["id"])

    def offer(self, interaction: str, agent: str, /) -> None:
        """``{"do": "offer", "interaction": ..., "agent": ...}``."""
        self._ask("offer", interaction=interaction, agent=agent)

    def perform(self, command: Command, /) -> Reply:
        """``{"do": "perform", "command": {...}, "request": {...}}``: answered with ``ok``, ``statusCode`` and so on."""
        said = self._ask("perform", command=action_to_json(command), request=_request(command))
        return Reply(
            said["ok"], said.get("statusCode"), said.get("referenceId"), said.get("created"), said.get("why")
        )  # fmt: skip

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """``{"do": "view", "interaction": ..., "agent": ...}``: answered with ``view``, which may be null."""
        said = self._ask("view", interaction=interaction, agent=agent)["view"]
        if said is None:
            return None
        names = said.get("capabilities")
        return Seen(said["state"], None if names is None else tuple(names), said.get("userData"), said.get("details"))

    def content(self, place: WorkbinPlace, /) -> tuple[str, ...]:
        """``{"do": "content", "workbin": ..., "agentGroup": ..., "owner": ...}``: answered with ``content``."""
        named = {"workbin": place.id, "agentGroup": place.agent_group, "owner": place.owner}
        return tuple(self._ask("content", **{key: value for key, value in named.items() if value})["content"])

    def notifications(self) -> tuple[Told, ...]:
        """``{"do": "notifications"}``: answered with ``notifications``.

        Each has an ``agent``, and a CometD ``message`` or the fields of a `Told`.
        """
        return tuple(_told(each) for each in self._ask("notifications")["notifications"])

    def advance(self, seconds: float, /) -> None:
        """``{"do": "advance", "seconds": ...}``."""
        self._ask("advance", seconds=seconds)


def _request(command: Command) -> dict[str, Any] | None:
    """The documented request, if there is one for it."""
    try:
        asked = gws.request(command)
    except (gws.MessageError, ValueError):
        return None
    return {"method": asked.method, "path": asked.path, "body": asked.body, "user": asked.user}


# === the other side =================================================================================================


def serve(driver: Driver, lines: TextIO, answers: TextIO) -> None:
    """Answer each line by asking ``driver``: an example of the program, and a way to test one in Python."""
    subject = Blocking(driver)
    for line in lines:
        said = json.loads(line)
        try:
            answer = _answer(subject, said)
        except Exception as error:  # whatever it is, the other side must know
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(subject: Blocking, said: dict[str, Any]) -> dict[str, Any]:
    match said:
        case {"do": "hello"}:
            return {"lacks": [each.value for each in subject.lacks]}
        case {"do": "reset"}:
            subject.ask("reset")
        case {"do": "create", "new": new}:
            return {"id": subject.ask("create", action_from_json(new))}
        case {"do": "offer", "interaction": interaction, "agent": agent}:
            subject.ask("offer", interaction, agent)
        case {"do": "perform", "command": asked}:
            reply: Reply = subject.ask("perform", action_from_json(asked))
            return {"ok": reply.ok, "statusCode": reply.status_code, "referenceId": reply.reference_id,
                    "created": reply.created, "why": reply.why}  # fmt: skip
        case {"do": "view", "interaction": interaction, "agent": agent}:
            seen: Seen | None = subject.ask("view", interaction, agent)
            shown = seen and {
                "state": seen.state, "capabilities": seen.capabilities, "userData": seen.user_data,
                "details": seen.details,
            }  # fmt: skip
            return {"view": shown}
        case {"do": "content", "workbin": workbin}:
            place = WorkbinPlace(workbin, agent_group=said.get("agentGroup"), owner=said.get("owner"))
            return {"content": list(subject.ask("content", place))}
        case {"do": "notifications"}:
            return {"notifications": [_plain(each) for each in subject.ask("notifications")]}
        case {"do": "advance", "seconds": seconds}:
            subject.ask("advance", seconds)
        case _:
            raise ValueError(f"there is nothing to do for {said}")
    return {}


def _plain(sent: Told) -> dict[str, Any]:
    """The fields of a message that say something."""
    named = {field.name: getattr(sent, field.name) for field in fields_of(Told)}
    return {name: value for name, value in named.items() if value is not None}


def _told(said: Mapping[str, Any]) -> Told:
    """A message as CometD brings it, or taken apart already."""
    if "message" in said:
        return told(said["agent"], said["message"])
    names = said.get("capabilities")
    return Told(**{**said, "capabilities": None if names is None else tuple(names)})
