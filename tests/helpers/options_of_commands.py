"""A table of every option and argument of the command line: sound values, and with which statuses a command ends.

`drawn` puts junk in the place of some values, `attempt` runs the command in this process, in a folder full of files
that are wrong in every way, and looks at what is left there. Nothing is listened at and nobody is asked: a server ends
as soon as it has begun.
"""

import io
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import click
from fuzz import FoundError
from junk import FAULTS, one_of, run_of

import ixnstate.__main__ as program
from ixnstate import testing
from ixnstate.cli import cli

EXAMPLES = FAULTS.parent


@attrs.frozen
class Command:
    """What a command takes: for each parameter its sound values; none for a flag."""

    parameters: dict[str, tuple[str, ...]]
    statuses: frozenset[int] = frozenset({0, 1, 2})
    writes: frozenset[str] = frozenset()
    """The parameters that name what is written."""


_FILES = ("day.jsonl", "good.jsonl", "session.har", "ocel.json", "\x1b]0;evil\x07.jsonl")
_OUTPUT = ("new", "old", "folder/new")
_MEDIA = ("chat", "WORKITEM", "email")
_PROFILE = {"profile": ("transfer=on acceptance",)}
_DEFINITION = {"own": ("ixnstate:GWS",), **_PROFILE}
_SIEVE = {"select": ("IXN1", "IXN2,IXN101"), "ignore": ("IXN9",), "baseline": ("baseline.json",)}
_JUDGED = {"files": _FILES, "output": _OUTPUT, **_DEFINITION}
_LOOK_UP = frozenset({0, 2})

COMMANDS = {
    "validate": Command({
        **_JUDGED, **_SIEVE, "form": ("text", "json", "junit", "sarif", "html"), "gaps": ("0", "3"),
        "rules": ("rules.json",), "timeout": ("30", "0.5"), "strict": (), "state": ("state.json", "new-state"),
        "last": (), "jobs": ("1",), "unsorted": (), "separate": (), "recorded": ("everything", "session", "a1,a2"),
        "redact": (), "agent": ("a1",), "thorough": (), "max_findings": ("1", "10"), "max_line": ("1",),
        "max_live": ("1", "100"), "group": (), "write_baseline": (),
    }, writes=frozenset({"output", "state", "baseline"})),
    "coverage": Command({**_JUDGED, "form": ("text", "json", "dot"), "media": _MEDIA, "unseen": ()},
        _LOOK_UP, frozenset({"output"})),
    "repair": Command({**_JUDGED, **_SIEVE}, writes=frozenset({"output"})),
    "shrink": Command({**_JUDGED, **_SIEVE, "code": ("IXN101", "IXN203")}, writes=frozenset({"output"})),
    "ocel": Command({"files": _FILES, "output": _OUTPUT}, _LOOK_UP, frozenset({"output"})),
    "fit": Command({**_JUDGED, "toml": (), "unsorted": (), "agent": ("a1",)}, _LOOK_UP, frozenset({"output"})),
    "record": Command({
        "upstream": ("http://127.0.0.1:9",), "out": ("new", "empty"), "port": ("0",), "judge": (), "own_host": (),
        "insecure": (), **_SIEVE, **_DEFINITION,
    }, writes=frozenset({"out"})),
    "serve": Command({
        "config": ("server.toml",), "host": ("127.0.0.1", "::1"), "port": ("0",), "state": ("new", "empty"),
        "reload": (), "quiet": (),
    }, frozenset({0, 1, 2}), frozenset({"state"})),
    "conform": Command({
        "driver": ("ixnstate.testing:InProcessDriver",), "url": ("http://127.0.0.1:9/api/v2",),
        "user": ("a1:p", "a2:p"), "supervisor": ("boss:p",), "workbin": ("wb",), "group_workbin": ("team",),
        "queue": ("Inbound",), "group": ("G",), "cometd": ("/notifications",), "no_cometd": (),
        "supports": ("workitem",), "only": ("Complete", "tour"), "skip": ("chat", "Transfer"), "examples": ("0", "1"),
        "deviations": ("deviations.toml", "deviations.none.toml"), "report": ("new.html", "new.json"),
        "failure": ("new",), "fail_under": ("1", "99.5"), **_DEFINITION,
    }, writes=frozenset({"report", "failure"})),
    "replay": Command({"file": ("failure.jsonl",), "driver": ("ixnstate.testing:InProcessDriver",), **_DEFINITION}),
    "suite": Command({"supports": ("workitem",), "kinds": ("tour",), "form": ("text", "json"), **_PROFILE}, _LOOK_UP),
    "export": Command({"media": _MEDIA, "form": ("json", "xstate", "scxml", "typescript"), "implementation": (),
        "output": _OUTPUT, **_PROFILE}, _LOOK_UP, frozenset({"output"})),
    "diagram": Command({"media": _MEDIA, "form": ("mermaid", "dot"), **_PROFILE}, frozenset({0, 1, 2})),
    "capabilities": Command({"media": _MEDIA, "state": ("Queued", "processing"), "several": (), "every": (),
        **_PROFILE}, _LOOK_UP),
    "table": Command({"media": _MEDIA, **_PROFILE}, _LOOK_UP),
    "path": Command({"media": _MEDIA, "start": ("Queued",), "goal": ("Completed", "Processing"), **_PROFILE}),
    "explain": Command({"words": ("IXN101", "IXN203"), **_PROFILE}),
    "diff": Command({"left": ("ixnstate:GWS",), "right": ("ixnstate:GWS",)}),
}  # fmt: skip
"""By name. What may stand before the name of a command is `ROOT`."""

ROOT = Command({"config": ("settings.toml",)})

# === junk ===========================================================================================================

WORDS = (
    "", " ", "-", "--", "-1", "0", "1", "7", "nan", "inf", "-inf", "1e400", "1.5", "1_000", "9" * 25, "9" * 5000,
    "x" * 300, "x" * 5000, "\x1b[31mred", "\x1b]0;evil\x07", "\x9b31m", "\udcff", "\u202eevil", "a\nb", "\r", "\t",
    ".", "..", "/", "~", "%s", "{0}", "[bold]x[/bold]", "[/]", ":", "a:b", "a:b:c", "::", "=", "a=", "=b", "a=b=c",
    "ixnstate:GWS", "ixnstate:State", "ixnstate:", ":GWS", "json:loads", "nowhere:X", "broken:X", "exiting:X",
    "ixnstate.testing:InProcessDriver", "raising:Driver", "transfer=on acceptance", "transfer=never", "chat", "Queued",
    "IXN101", "IXN", "ixn1,", ",", ",,", "everything", "session", "a1", "text", "json", "http://", "http://[",
    "http://127.0.0.1:99999", "http://127.0.0.1:9", "ftp://127.0.0.1", "http://a b", "http://\u202e/", "http://u:p@[::1",
    "127.0.0.1", "256.1.1.1", "a..b", "Ω.example", "::1", "[::1]", "/dev/null", "/dev/full", "/proc/self/mem",
    "/nowhere/at/all", "--help", "-o", "--format=json", "--config=x", "-ofolder", "*", "Complete",
)  # fmt: skip
"""What no option wants; what another option wants; what a terminal obeys."""

NESTED = "[" * 20_000 + "]" * 20_000
NUMBER = "9" * 5000
DAY = (FAULTS / "complete-twice.jsonl").read_bytes()

FILES: dict[str, bytes] = {
    "day.jsonl": DAY, "good.jsonl": (EXAMPLES / "001-pull-from-workbin.jsonl").read_bytes(),
    "session.har": (EXAMPLES / "session.har").read_bytes(), "empty": b"", "old": b"what was there\n",
    "blank.jsonl": b"\n" * 5000, "binary": bytes(range(256)), "nested.json": NESTED.encode(),
    "objects.json": b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "nested.toml": f"a = {NESTED}".encode(),
    "number.json": NUMBER.encode(), "number.toml": f"a = {NUMBER}".encode(), "five.json": b"5", "list.json": b"[5]",
    "object.json": b"{}", "half.json": b'{"a": [1, ', "nan.json": b'[{"a": NaN, "b": -Infinity, "c": 1e999}]',
    "lone.jsonl": b'{"agent": "\\ud800", "kind": "\\u001b]0;evil\\u0007", "interaction": "\\u202e", "body": {}}\n',
    "\x1b]0;evil\x07.jsonl": DAY, "evil.jsonl": DAY.replace(b"a1", b"\\u001b]0;evil\\u0007\\u202e"),
    "cut.jsonl": DAY[: len(DAY) // 2], "crlf.jsonl": b"\xef\xbb\xbf" + DAY.replace(b"\n", b"\r\n"),
    "short.gz": b"\x1f\x8b\x08\x00", "short.zst": b"\x28\xb5\x2f\xfd\x00", "short.parquet": b"PAR1PAR1",
    "rules.json": b"[]", "odd-rules.json": b'[{"name": "a", "says": "never", "then": {}, "within": 1e400}]',
    "deviations.toml": b'"workitem: *" = "known"\n', "odd-deviations.toml": b"[deviation]\ncase = 5\n",
    "settings.toml": b"gaps = 2\n[conform]\nexamples = 0\n", "odd-settings.toml": b'gaps = "x"\nconform = 5\n',
    "null-settings.toml": b'baseline = "a\\u0000b"\nrules = "\\u0000"\nagent = "\\u001b]0;evil\\u0007"\n',
    "null-conform.toml": b'[conform]\nreport = "a\\u0000"\ndeviations = "b\\u0000"\ndriver = "\\u0000"\n',
    "null-url.toml": b'[conform]\nurl = "\\u0000"\n',
    "wide-settings.toml": f"gaps = {'9' * 30}\nmax-line = {'9' * 30}\nmax-findings = {'9' * 30}\n".encode(),
    "odd-conform.toml": b'[conform]\nexamples = 1e9\nfail-under = nan\nuser = [5]\n[profile]\ntransfer = [1]\n',
    "server.toml": b'queues = ["Inbound"]\n[[agents]]\nid = "a1"\n', "odd-server.toml": b'agents = 5\nport = "x"\n',
    "null-server.toml": b'host = "\\u0000"\nstate = "\\u0000"\n[[agents]]\nid = "\\u001b]0;evil\\u0007"\n',
    "broken.py": b"raise RuntimeError('\\x1b]0;evil\\x07')\n", "exiting.py": b"raise SystemExit(7)\n",
    "raising.py": b"class Driver:\n    def __init__(self):\n        raise KeyError('\\x1b]0;evil\\x07')\n",
    "folder/inside": b"inside\n", "elsewhere/victim": b"untouched\n",
}  # fmt: skip
"""What lies in the folder; `folder_of` adds what the command line itself writes, and links."""

LINKS = {
    "link.jsonl": "day.jsonl", "loop": "loop", "dangling": "nowhere", "outside": "elsewhere/victim",
    "up": "folder/../day.jsonl",
}  # fmt: skip
NAMES = (
    *FILES, *LINKS, "folder", "folder/", "nowhere", "nowhere/x", "folder/nowhere", "day.jsonl/x", "ocel.json",
    "state.json", "baseline.json", "failure.jsonl", "./day.jsonl", "x" * 255, "x" * 250,
)  # fmt: skip

_LONG = ("9" * 25, "9" * 5000, "7", "1_000")
UNDRAWN = {
    # as many runs, or processes, as somebody asks for: that is no fault
    "examples": _LONG, "jobs": _LONG,
    # a recording that never ends is read for ever, and standard input is empty
    "files": ("-", "/dev/full", "/proc/self/mem"),
}  # fmt: skip
"""Junk that a parameter is not given."""

SIZES = {"conform": 0.1, "suite": 0.2, "fit": 0.4}
"""By what a command's share of the draws is multiplied: these are dear."""


def drawn(name: str, chance: Any) -> list[str]:
    """The arguments of a call: sound ones, with junk in the place of one or two."""
    command = COMMANDS[name]
    parameters = {each.name: each for each in cli.commands[name].params}
    needed = [key for key, each in parameters.items() if each.required or key in _ALWAYS.get(name, ())]
    others = [key for key in parameters if key not in needed]
    chosen = dict.fromkeys([*needed, *(one_of(others, chance) for _ in range(chance.randrange(4)) if others)])
    given = {key: one_of(command.parameters[key] or ("",), chance) for key in chosen}
    for _ in range(1 + chance.randrange(2)):
        key = one_of(tuple(parameters), chance)
        text = one_of(WORDS if chance.randrange(3) == 0 else NAMES, chance)
        if text not in UNDRAWN.get(key, ()):
            given[key] = text
    root = []
    if chance.randrange(6) == 0:
        root = ["--config", one_of((*NAMES, *ROOT.parameters["config"]), chance)]
    options = [word for key, text in given.items() for word in _spelled(parameters[key], text, chance)]
    arguments = [text for key, text in given.items() if isinstance(parameters[key], click.Argument)]
    more = [one_of(NAMES, chance)] if name in ("validate", "ocel", "fit") and chance.randrange(5) == 0 else []
    return [*root, name, *options, *(["--"] if chance.randrange(2) else []), *arguments, *more]


_ALWAYS = {"conform": ("driver", "supports", "only", "examples"), "suite": ("supports", "kinds")}
"""What keeps a call short."""


def _spelled(parameter: click.Parameter, text: str, chance: Any) -> list[str]:
    if isinstance(parameter, click.Argument):
        return []
    assert isinstance(parameter, click.Option)
    if parameter.is_flag:
        return [one_of((*parameter.opts, *parameter.secondary_opts), chance)]
    option = one_of(parameter.opts, chance)
    return [f"{option}={text}"] if option.startswith("--") and chance.randrange(2) else [option, text]


# === a folder =======================================================================================================


def folder_of(folder: Path) -> Path:
    """A folder of files of every kind, for commands to read."""
    (folder / "folder").mkdir()
    (folder / "elsewhere").mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    for name, target in LINKS.items():
        (folder / name).symlink_to(target)
    for arguments in (
        ["ocel", "day.jsonl", "-o", "ocel.json"], ["validate", "good.jsonl", "--resume", "state.json"],
        ["validate", "day.jsonl", "--baseline", "baseline.json", "--write-baseline"],
    ):  # fmt: skip
        assert run(folder, arguments).status in (0, 1)
    testing.save(folder / "failure.jsonl", *run_of())
    return folder


def tree_of(folder: Path) -> dict[str, bytes | str]:
    """The content of every file, and where every link leads, by its name."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and "__pycache__" not in path.parts
    }


def restore(folder: Path, tree: dict[str, bytes | str]) -> None:
    """Make the folder what it was."""
    now = tree_of(folder)
    for name in now.keys() - tree.keys():
        (folder / name).unlink()
    for name, content in tree.items():
        if now.get(name) != content:
            (folder / name).unlink(missing_ok=True)
            if isinstance(content, str):
                (folder / name).symlink_to(content)
            else:
                (folder / name).write_bytes(content)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink() and path.name not in ("folder", "elsewhere"):
            shutil.rmtree(path)


# === running ========================================================================================================


@attrs.frozen
class Run:
    status: int
    out: str
    err: str


class Buffered(io.TextIOWrapper):
    """Standard output or error of a program."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]


async def _ended(*_: Any, **__: Any) -> None:
    """A server that has begun, and been told to stop."""


def _unresolved(self: socket.socket, address: Any) -> None:
    """Bind to an address in figures; of a name say at once that nobody knows it."""
    host = address[0]
    host.encode("idna")
    if re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]+|localhost|", host) is None:
        raise socket.gaierror(-2, "Name or service not known")
    _bind(self, address)


_bind = socket.socket.bind


@contextmanager
def _alone() -> Iterator[None]:
    """Without a server that goes on, and without an end of this process."""

    def leave(status: int) -> None:
        raise SystemExit(status)

    before = sys.path[:], set(sys.modules)
    with (
        mock.patch("uvicorn.Server.serve", _ended), mock.patch("os._exit", leave),
        mock.patch.object(socket.socket, "bind", _unresolved),
    ):  # fmt: skip
        try:
            yield
        finally:
            sys.path[:] = before[0]
            for name in {"broken", "exiting", "raising"} & set(sys.modules):
                del sys.modules[name]


def run(folder: Path, arguments: list[str]) -> Run:
    """Run the command line in this process. Raises whatever it lets through."""
    out, err = Buffered(), Buffered()
    stdin = io.TextIOWrapper(io.BytesIO())
    with (
        chdir(folder), _alone(), mock.patch.object(sys, "argv", ["ixnstate", *arguments]),
        mock.patch.object(sys, "stdout", out), mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "stdin", stdin),
    ):  # fmt: skip
        try:
            program.main()
            status: Any = 0
        except SystemExit as end:
            status = end.code
    return Run(status or 0, out.text(), err.text())


OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, but for the end of a line and a tab."""


def attempt(folder: Path, tree: dict[str, bytes | str], arguments: list[str]) -> None:
    """Run a command, and look at how it ended and what it left. Raises `FoundError`; the folder is as before."""
    said = f"options: {arguments!r}"
    try:
        done = run(folder, arguments)
    except Exception as error:
        restore(folder, tree)
        raise FoundError(f"{said}\n  {type(error).__name__}: {error}"[:2000]) from error
    now = tree_of(folder)
    try:
        _look(said, arguments, done, tree, now, folder)
    finally:
        restore(folder, tree)


def _look(said: str, arguments: list[str], done: Run, tree: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    name = next((each for each in arguments if each in COMMANDS), "")
    command = COMMANDS.get(name, ROOT)

    def must(holds: object, words: str) -> None:
        if not holds:
            raise FoundError(f"{said}\n  {words}"[:3000])

    must(done.status in command.statuses, f"status {done.status}: {done.err[-500:]}")
    must("Traceback" not in done.err + done.out, f"a traceback: {done.err[-1500:]}")
    told = done.err.strip() or (name == "validate" and done.out.strip())
    must(done.status != 2 or told, "status 2 without a word")
    must("the output cannot be written" not in done.err, f"standard output is blamed: {done.err[-500:]}")
    written = {done.out, done.err}
    outputs = _outputs(arguments, name, folder)
    for path in {key for key in tree.keys() | now.keys() if tree.get(key) != now.get(key)}:
        is_named = any(
            path == each or path.startswith((f"{each}-", each.removesuffix(".jsonl") + "-")) for each in outputs
        )
        must(is_named, f"{path} has changed, and is no output: {outputs}")
        must(path in now, f"{path} is no longer there")
        must("Usage: " not in done.err, f"a usage error has changed {path}: {done.err[-300:]}")
        must(path not in _inputs(arguments, name, folder), f"{path} is an input, and has changed")
        if name != "serve":
            written.add(now[path].decode("utf-8", "replace") if isinstance(now[path], bytes) else now[path])
    for text in written:
        at = OBEYED.search(text)
        must(at is None, f"a terminal would obey {text[max(0, at.start() - 80) : at.end() + 40]!r}" if at else "")


def _given(arguments: list[str], name: str) -> dict[str, list[str]]:
    """What each parameter is given, as click reads it; nothing where it does not."""
    words = arguments[arguments.index(name) + 1 :]
    parser = cli.commands[name].make_parser(click.Context(cli.commands[name]))
    try:
        given, _, _ = parser.parse_args(list(words))
    except click.ClickException:
        return {}
    return {key: [*map(str, each)] if isinstance(each, list | tuple) else [str(each)] for key, each in given.items()}


def _outputs(arguments: list[str], name: str, folder: Path) -> set[str]:
    if not name:
        return set()
    given = _given(arguments, name)
    names = {text for key in COMMANDS[name].writes for text in given.get(key, ())}
    if name == "conform":
        names.add("failure.jsonl")
    return {_relative(text, folder) for text in names}


def _inputs(arguments: list[str], name: str, folder: Path) -> set[str]:
    given = _given(arguments, name)
    names = [*given.get("files", ()), *given.get("rules", ()), *given.get("file", ()), *given.get("deviations", ())]
    return {_relative(text, folder) for text in names}


def _relative(text: str, folder: Path) -> str:
    try:
        return os.path.relpath((folder / text).resolve(), folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return text


def corpus() -> list[list[str]]:
    """Every find, as arguments."""
    file = Path(__file__).parents[1] / "options_corpus.txt"
    return [json.loads(each) for each in file.read_text().splitlines() if each and not each.startswith("#")]
