"""A driver for an implementation in any language: a process that reads JSON lines and answers each with one.

Every line that it is sent has ``do``: hello, reset, create, offer, perform, view, content, interactions,
notifications, advance; the first is ``hello``. `serve` is the other side, and what it answers is the protocol, which
`docs/stdio.md` describes.
"""

import json
import queue
import subprocess
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from os import PathLike
from time import monotonic
from typing import IO, Self, TextIO, TypeVar

from ixnstate import gws
from ixnstate.commands import Command, Custom, Submit
from ixnstate.export.portable import camel
from ixnstate.model import WorkbinPlace
from ixnstate.testing.drivers import WORLD, Ability, Blocking, Driver, Reply, Seen, TargetError, Told, World
from ixnstate.testing.encoding import action_from_json, action_to_json
from ixnstate.testing.limits import LIMIT, NoAnswerError
from ixnstate.testing.observing import told
from ixnstate.values import Json, brief, each_of, expect, fields_of

T = TypeVar("T")

SIZE = 16 * 2**20
"""The most bytes of one answer."""

START = 30.0
"""Seconds that a program has for its first answer: it may have to be loaded."""

GRACE = 5.0
"""Seconds for which a program is waited for when its input has ended."""

_PIECE = 65_536
_PIECES = 64
"""The number of pieces of an answer that are read ahead."""

PROTOCOL = "see 'A program in any language' in the documentation"


class StdioDriver(Driver):
    """Starts ``program`` and speaks to it. Use it in a ``with`` statement, or call ``close``.

    What it lacks it says in its answer to ``hello``, for which it has ``start`` seconds. It is asked for one thing at a
    time, and has ``limit`` seconds for each answer. A program that does not answer in time, or answers with something
    else, is ended, and started again for the next case. Raises `TargetError` if it cannot be started, and if its first
    answer is not one.
    """

    def __init__(
        self, program: Sequence[str], *, world: World = WORLD, limit: float = LIMIT, start: float = START
    ) -> None:
        expect("world", world, World)
        self.world = world
        self.program = [str(each) for each in each_of("program", program, str, PathLike)]
        if not self.program:
            raise ValueError("program must be a command with its arguments; it is empty")
        self.answer_within = limit
        self.start_within = max(start, limit)
        self.limit = limit + self.start_within + GRACE
        self._process: subprocess.Popen[bytes] | None = None
        try:
            lacking = _list(self._ask("hello").get("lacks") or (), "lacks", "hello")
        except BaseException:
            self._end()
            raise
        self.lacks: Collection[Ability | str] = {*lacking, Ability.CONCURRENCY}

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The program, which is started if it does not run."""
        if self._process is None:
            try:
                self._process = subprocess.Popen(self.program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                raise TargetError(f"the program {self._name} cannot be started: {why}") from None
            assert self._process.stdout is not None
            self._answers = _Answers(self._process.stdout)
        return self._process

    @property
    def _name(self) -> str:
        return " ".join(self.program)[:200] or "''"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process: its input ends; if it does not end then, it is killed."""
        if self._process is not None:
            with suppress(OSError):  # it has ended already, with a request unread
                assert self._process.stdin is not None
                self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
            self._end()

    def _end(self) -> int | None:
        """End the program at once; it is started again when it is needed. Gives back its status if it had ended."""
        process, self._process = self._process, None
        if process is None:
            return None
        status = process.poll()
        process.kill()
        process.wait(GRACE)
        self._answers.close()
        with suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        return status

    def _ask(self, do: str, **said: object) -> Mapping[str, object]:
        is_new = self._process is None
        process = self.process
        if is_new and do != "hello":
            self._ask("hello")
        assert process.stdin is not None
        with suppress(OSError):  # then there is no answer
            process.stdin.write(json.dumps({"do": do, **said}).encode() + b"\n")
            process.stdin.flush()
        line = self._line(do)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            self._end()
            shown = brief(line[:200].decode("utf-8", "replace").strip())
            raise TargetError(
                f"the program answers {do} with a line that is not JSON: {shown} (its standard output is for answers "
                f"alone, one line each; write a log to standard error; {PROTOCOL})"
            ) from None
        if not isinstance(answer, dict):
            self._end()
            raise TargetError(f"the program answers {do} with {brief(answer)}, and not with an object; {PROTOCOL}")
        if answer.get("notImplemented"):
            raise NotImplementedError(f"the program has no {do}")
        if "error" in answer:
            raise RuntimeError(f"the program cannot {do}: {answer['error']}")
        return answer

    def _line(self, do: str) -> bytes:
        seconds = self.start_within if do == "hello" else self.answer_within
        try:
            line = self._answers.line(seconds)
        except TimeoutError:
            self._end()
            raise NoAnswerError(f"the program gave no answer to {do} within {seconds:g} s") from None
        except ValueError:
            self._end()
            raise TargetError(f"the program's answer to {do} has more than {SIZE:,} bytes without an end") from None
        if not line:
            with suppress(subprocess.TimeoutExpired):  # it has closed its output, and goes on
                self.process.wait(1.0)
            status = self._end()
            raise TargetError(f"the program {self._name} has ended, with status {status}, when it was to {do}")
        return line

    def reset(self) -> None:
        """``{"do": "reset"}``."""
        self._ask("reset")

    def create(self, new: Submit, /) -> str:
        """``{"do": "create", "new": {...}}``: answered with ``id``."""
        answer = self._ask("create", new=action_to_json(new))
        return _field(answer, "id", str, "a string", "create")

    def offer(self, interaction: str, agent: str, /) -> None:
        """``{"do": "offer", "interaction": ..., "agent": ...}``."""
        self._ask("offer", interaction=interaction, agent=agent)

    def perform(self, command: Command, /) -> Reply:
        """``{"do": "perform", "command": {...}, "request": {...}}``: answered with ``ok``, ``statusCode`` and so on."""
        said = self._ask("perform", command=action_to_json(command), request=_request(command))
        ok = _field(said, "ok", bool, "true or false", "perform")
        numbers = [_optional(said, name, int, "a whole number", "perform") for name in ("statusCode", "referenceId")]
        texts = [_optional(said, name, str, "a string", "perform") for name in ("created", "why")]
        return Reply(ok, numbers[0], numbers[1], texts[0], texts[1])

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """``{"do": "view", "interaction": ..., "agent": ...}``: answered with ``view``, which may be null."""
        answer = self._ask("view", interaction=interaction, agent=agent)
        if "view" not in answer:
            raise TargetError(f"the program's answer to view has no 'view'; {PROTOCOL}")
        said = _optional(answer, "view", dict, "an object, or null", "view")
        if said is None:
            return None
        state = _field(said, "state", str, "a string", "view")
        names = said.get("capabilities")
        data, details = (_optional(said, name, dict, "an object", "view") for name in ("userData", "details"))
        return Seen(state, None if names is None else _list(names, "capabilities", "view"), data, details)

    def content(self, place: WorkbinPlace, agent: str | None = None, /) -> tuple[str, ...]:
        """``{"do": "content", "workbin": ..., "agentGroup": ..., "owner": ...}``: answered with ``content``."""
        named = {"workbin": place.id, "agentGroup": place.agent_group, "owner": place.owner, "agent": agent}
        answer = self._ask("content", **{key: value for key, value in named.items() if value})
        return _list(_field(answer, "content", list, "a list", "content"), "content", "content")

    def interactions(self, agent: str, /) -> tuple[str, ...]:
        """``{"do": "interactions", "agent": ...}``: answered with ``interactions``."""
        answer = self._ask("interactions", agent=agent)
        return _list(_field(answer, "interactions", list, "a list", "interactions"), "interactions", "interactions")

    def notifications(self) -> tuple[Told, ...]:
        """``{"do": "notifications"}``: answered with ``notifications``.

        Each has an ``agent``, and a CometD ``message`` or the fields of a `Told`.
        """
        answer = self._ask("notifications")
        return tuple(_told(each) for each in _field(answer, "notifications", list, "a list", "notifications"))

    def advance(self, seconds: float, /) -> None:
        """``{"do": "advance", "seconds": ...}``."""
        self._ask("advance", seconds=seconds)


class _Answers:
    """The lines that a program writes. They are read in a thread, which waits where nobody asks for them."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pieces: queue.Queue[bytes] = queue.Queue(_PIECES)
        self._rest = b""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True, name="ixnstate: answers of a program")
        self._thread.start()

    def close(self) -> None:
        """Read no more: the program has ended."""
        self._is_over.set()
        self._thread.join(GRACE)
        self._stream.close()

    def _read(self) -> None:
        piece = b"?"
        while piece:
            try:
                piece = self._stream.read1(_PIECE)  # type: ignore[attr-defined]
            except (OSError, ValueError):
                piece = b""
            self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        while not self._is_over.is_set():
            with suppress(queue.Full):
                self._pieces.put(piece, timeout=0.1)
                return

    def line(self, seconds: float) -> bytes:
        """The next line, b"" at the end. Raises TimeoutError, and ValueError for one that is too long."""
        until = monotonic() + seconds
        parts, size = [self._rest], len(self._rest)
        while b"\n" not in parts[-1]:
            try:
                piece = self._pieces.get(timeout=max(0.0, until - monotonic()))
            except queue.Empty:
                raise TimeoutError from None
            if not piece:
                self._keep(b"")
                self._rest = b""
                return b"".join(parts)
            size += len(piece)
            if size > SIZE:
                raise ValueError("too long")
            parts.append(piece)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        return line + b"\n"


def _field(answer: Mapping[str, object], name: str, kind: type[T], what: str, do: str) -> T:
    """A field of an answer. Raises `TargetError` that names it if it is not there, or something else."""
    value = answer.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        found = f"has {brief(value)} as {name!r}" if name in answer else f"has no {name!r}"
        raise TargetError(f"the program's answer to {do} {found}; it must be {what}; {PROTOCOL}")
    return value


def _optional(answer: Mapping[str, object], name: str, kind: type[T], what: str, do: str) -> T | None:
    return None if answer.get(name) is None else _field(answer, name, kind, what, do)


def _list(value: object, name: str, do: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise TargetError(f"the program's answer to {do} has {brief(value)} as {name!r}; it must be a list of strings")
    return tuple(value)


def _request(command: Command) -> dict[str, object] | None:
    """The documented request, if there is one for it."""
    try:
        asked = gws.request(command, strict=not isinstance(command, Custom))
    except (gws.MessageError, ValueError):
        return None
    return {"method": asked.method, "path": asked.path, "body": asked.body, "user": asked.user}


def _told(said: object) -> Told:
    """A message as CometD brings it, or taken apart already."""
    if not isinstance(said, dict) or not isinstance(said.get("agent"), str):
        raise TargetError(f"a notification has an agent, a string; this is {brief(said)}; {PROTOCOL}")
    if "message" in said:
        try:
            return told(said["agent"], said["message"])
        except gws.MessageError as error:
            raise TargetError(f"a notification to {said['agent']} is not a documented message: {error}") from None
    given = {_FIELDS.get(name, name): value for name, value in said.items()}
    if unknown := sorted(given.keys() - _TOLD):
        raise TargetError(f"a notification has {', '.join(unknown)}; there are {', '.join(_FIELDS)}; {PROTOCOL}")
    if not isinstance(given.get("kind"), str):
        raise TargetError(f"a notification has a kind, a string; this is {brief(said)}; {PROTOCOL}")
    names = given.get("capabilities")
    return Told(**{**given, "capabilities": None if names is None else _list(names, "capabilities", "notifications")})


_TOLD = tuple(field.name for field in fields_of(Told))


_FIELDS: Mapping[str, str] = {camel(name): name for name in _TOLD}
"""The fields of a `Told` as the protocol spells them."""


# === the other side =================================================================================================


def serve(driver: Driver, lines: TextIO, answers: TextIO) -> None:
    """Answer each line by asking ``driver``: an example of the program, and a way to test one in Python."""
    if not hasattr(answers, "write"):
        raise ValueError(f"answers must be open for writing text, not {brief(answers)}")
    subject = Blocking(driver)
    for line in each_of("lines", lines, str):
        try:
            answer = _answer(subject, json.loads(line))
        except NotImplementedError:
            answer = {"notImplemented": True}
        except Exception as error:  # whatever it is, the other side must know
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(subject: Blocking, said: Json) -> dict[str, object]:
    match said:
        case {"do": "hello"}:
            return {"lacks": [str(each) for each in (*subject.lacks, *subject.without)]}
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
            by = (said["agent"],) if "agent" in said and subject.lists_by_agent else ()
            return {"content": list(subject.ask("content", place, *by))}
        case {"do": "interactions", "agent": agent}:
            return {"interactions": list(subject.ask("interactions", agent))}
        case {"do": "notifications"}:
            return {"notifications": [_plain(each) for each in subject.ask("notifications")]}
        case {"do": "advance", "seconds": seconds}:
            subject.ask("advance", seconds)
        case _:
            raise ValueError(f"there is nothing to do for {said}")
    return {}


def _plain(sent: Told) -> dict[str, object]:
    """The fields of a message that say something."""
    named = {spelled: getattr(sent, name) for spelled, name in _FIELDS.items()}
    return {name: value for name, value in named.items() if value is not None}
