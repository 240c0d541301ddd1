"""Exports as programs of others take them: XState's own interpreter, the TypeScript compiler, generators of types.

XState agrees with the library on every situation of every medium with every command that the kit makes for it: what
is accepted and why not, the record after it, what agents see and are told. A program of fewer than 150 lines that
interprets the exported machines conforms: every case of items passes, and in all media every edge and every illegal
cell. The compiler accepts the types in its strict mode, and nothing in them is unknown; nor in what generators make of
the schemas.
The client says of every view what the library says of its record.
"""

import json
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import attrs
import pytest

import ixnstate as ix
from conftest import MEDIA, SITUATIONS
from ixnstate import export
from ixnstate.export.portable import camel
from ixnstate.graph import illegal_cells
from ixnstate.testing import EVERYTHING, WORLD, Scope, StdioDriver, conform
from ixnstate.testing.encoding import action_to_json
from ixnstate.testing.forms import illegal, mistyped, taking, without

ROOT = Path(__file__).parents[2]
NPM = ROOT / "tests" / "npm_export"
CLIENT = ROOT / "clients" / "typescript"
PROGRAM = ROOT / "docs" / "examples" / "export" / "interpreter.mjs"
STRICT = (
    "--strict",
    "--noUncheckedIndexedAccess",
    "--exactOptionalPropertyTypes",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--skipLibCheck",  # the compiler's own declarations, not what is compiled here
)
DEFINITIONS = {
    "the default": ix.GWS,
    "on acceptance": ix.GWS.with_profile(transfer="on acceptance"),
    "2014, tweet, refused": ix.GWS.with_profile(capabilities="2014", twitter="tweet", unlisted_workbin_names="refuse"),
}


@pytest.fixture(scope="session")
def npm():
    """The packages, installed."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    if not (NPM / "node_modules" / "xstate").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NPM, check=True, capture_output=True)
    return NPM / "node_modules"


def furnished(folder, npm):
    """The folder, in which the packages are found."""
    (folder / "node_modules").symlink_to(npm)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


@pytest.fixture
def room(npm, tmp_path):
    return furnished(tmp_path, npm)


def run(room, program, *words):
    done = subprocess.run(
        ["node", f"node_modules/{program}", *words], cwd=room, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answered(room, program, asked):
    """What a program answers to lines of JSON."""
    lines = "\n".join(map(json.dumps, asked))
    done = subprocess.run(["node", *program], cwd=room, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def compile_(room, *files, options=()):
    run(room, "typescript/bin/tsc", *STRICT, *options, *files)


@pytest.fixture(scope="module")
def implementation(npm, tmp_path_factory):
    """The implementation of the machines, compiled: it is the same for every definition."""
    room = furnished(tmp_path_factory.mktemp("implementation"), npm)
    (room / "implementation.ts").write_text(export.implementation())
    compile_(room, "implementation.ts")
    return room / "implementation.js"


def interpreted(room, implementation, definition=ix.GWS):
    """The exported machines and their compiled implementation, as files."""
    machines = {media: export.xstate(media, definition=definition) for media in definition.media}
    (room / "machines.json").write_text(json.dumps(machines))
    shutil.copy(implementation, room)


# --- XState ---------------------------------------------------------------------------------------------------------


def commands(record, definition):
    """Every form of every edge, with each argument missing and mistyped; every illegal cell; all by several agents."""
    scope = Scope(definition, WORLD, EVERYTHING)
    for edge in definition.edges(record.media):
        if edge.source is record.state:
            for form in taking(record, edge, scope):
                yield form
                yield from (wrong for _, wrong in chain(without(form), mistyped(form)))
                yield from by_others(form)
    for state, operation in illegal_cells(record.media, definition=definition):
        if state is record.state and (wrong := illegal(record, operation, scope)) is not None:
            yield wrong


def by_others(form):
    """The same by each agent, and with each agent as its target."""
    if hasattr(form, "by"):
        said = fields(form)
        targets = ("a1", "a2", "a3") if said.get("target_agent") else (None,)
        for agent in ("a1", "a2", "a3"):
            for target in targets:
                aimed = {"target_agent": target} if target else {}
                yield ix.command(form.operation, **{**said, **aimed, "by": agent})


def as_context(record):
    place = record.workbin
    return {
        "id": record.id, "queue": record.queue, "holders": [*record.holders], "invited": [*record.invited],
        "consulted": [*record.consulted], "nicknames": dict(record.nicknames), "resume": record.resume,
        "workbin": place and {camel(field.name): getattr(place, field.name) for field in attrs.fields(type(place))},
        "userData": record.user_data, "content": record.content,
    }  # fmt: skip


def plain(value):
    return json.loads(json.dumps(value))


def told(step, definition):
    types = ix.gws.notifying.notification_types(step.interaction.media, definition=definition)
    logged = ix.gws.notifying.logged(step.interaction.media, definition=definition)
    for each in ix.notices(step, definition=definition):
        if isinstance(each.event, ix.Created):
            continue
        said = {"agent": each.agent, "kind": types[each.kind]}
        if each.kind is ix.NoticeKind.MESSAGE:
            yield said
            continue
        yield {**said, "state": each.view.state, "capabilities": each.view.capabilities}
        joins = each.kind is ix.NoticeKind.PARTICIPANTS_UPDATED and each.view.state is ix.State.CHATTING
        if joins and each.event.operation in logged:
            yield {"agent": each.agent, "kind": "NewMessages"}


def expected(record, command, definition):
    decided = ix.decide(record, command, definition=definition)
    after, notices = record, []
    if not isinstance(decided, ix.Refusal):
        step = ix.step(record, command, definition=definition)
        after, notices = step.interaction, [*told(step, definition)]
    seen = {agent: ix.view(after, agent, definition=definition) for agent in (*after.holders, *after.invited)}
    views = {agent: each and {"state": each.state, "capabilities": each.capabilities} for agent, each in seen.items()}
    return plain({
        "can": not isinstance(decided, ix.Refusal),
        "refusal": decided.code.name if isinstance(decided, ix.Refusal) else None,
        "value": after.state,
        "context": as_context(after),
        "views": views,
        "told": notices,
    })  # fmt: skip


@pytest.mark.parametrize("name", DEFINITIONS)
def test_xstate_agrees_with_the_library_on_every_situation(room, implementation, name):
    definition = DEFINITIONS[name]
    interpreted(room, implementation, definition)
    shutil.copy(NPM / "walk.mjs", room)
    asked, wanted = [], []
    for record in SITUATIONS:
        for command in commands(record, definition):
            said = {
                key: value for key, value in action_to_json(command).items() if key not in ("interaction", "operation")
            }
            event = {**said, **said.pop("arguments", {}), "type": command.operation}
            if ix.command(command.operation) == command and command.operation not in ix.commands.OPERATIONS:
                continue
            asked.append({"media": record.media, "value": record.state, "context": as_context(record), "event": event})
            wanted.append(expected(record, ix.command(command.operation, **fields(command)), definition))
    names, *answers = answered(room, ["walk.mjs", "machines.json", "./implementation.js"], asked)
    assert {*names["when"]} == {each.name for each in ix.When}
    assert {*names["does"]} == {each.name for each in ix.Does}
    assert len(answers) == len(asked) > 5_000
    assert sum(each["can"] for each in wanted) > 1_000
    wrong = [(one, found, want) for one, found, want in zip(asked, answers, wanted, strict=True) if found != want]
    assert not wrong, f"{len(wrong)}: {json.dumps(wrong[0], indent=1)}"


def fields(command):
    names = [each.name for each in ix.parameters_of(type(command))]
    return {name: getattr(command, name) for name in names if name != "operation"}


def conforms(room, implementation, media, **more):
    interpreted(room, implementation)
    shutil.copy(PROGRAM, room)
    supports = {*EVERYTHING} - {*MEDIA} | {*media}
    with StdioDriver(["node", str(room / PROGRAM.name), str(room / "machines.json")]) as driver:
        report = conform(lambda: driver, supports=supports, **more)
    assert report.ok, report.summary()
    assert not report.counts["non-strict"], report.summary()
    return report


def test_every_case_of_items_passes_as_xstate_interprets_them(room, implementation):
    assert len(PROGRAM.read_text().splitlines()) < 150
    report = conforms(room, implementation, ("workitem", "openmedia"), examples=10)
    assert report.counts["pass"] > 780
    lacking = {each.case.why_not for each in report.results if each.verdict.value == "not applicable"}
    unable = ("the driver lacks 'time'", "the driver lacks 'concurrency'", "not supported, or the driver cannot do it")
    assert {each for each in lacking if each} <= {*unable}


@pytest.mark.parametrize("media", [each for each in MEDIA if each not in ("workitem", "openmedia")])
def test_every_situation_of_the_other_media_passes_as_xstate_interprets_them(room, implementation, media):
    report = conforms(room, implementation, (media,), kinds=("tour", "cells", "strangers", "arguments"), examples=0)
    assert report.counts["pass"] > 150


# --- types ----------------------------------------------------------------------------------------------------------

UNKNOWN = "[k: string]: unknown"


@pytest.mark.parametrize("media", [None, "chat", "workitem"])
def test_the_compiler_accepts_the_types_in_its_strict_mode(room, media):
    (room / "types.ts").write_text(export.typescript(media))
    (room / "use.ts").write_text(USE if media is None else "export {};\n")
    compile_(room, "types.ts", "use.ts", options=("--noEmit",))
    assert "unknown" not in export.typescript(media)
    assert ": any;" not in export.typescript(media)


USE = """
import type { Message, Request, Reply, State, Operations, TransferChatRequest } from "./types.js";
const request: Request = { operationName: "Complete" };
const transfer: TransferChatRequest = { operationName: "Transfer", targetUri: "users/a2" };
// @ts-expect-error: a target is missing
const lacking: TransferChatRequest = { operationName: "Transfer" };
// @ts-expect-error: there is no such operation
const wrong: Request = { operationName: "Juggle" };
// @ts-expect-error: a workitem is never in focus of a chat
const operation: Operations["workitem"] = "Leave";
const reply: Reply = { statusCode: 0, referenceId: 17 };
function stateOf(message: Message): State | null | undefined {
  return "messageType" in message && message.messageType === "ChatStateChangeMessage" ? message.chat.state : null;
}
export { request, transfer, lacking, wrong, operation, reply, stateOf };
"""


@pytest.mark.parametrize("schema", ["types", "export"])
def test_json_schema_to_typescript_makes_nothing_unknown_of_the_schemas(room, schema):
    made = run(
        room, "json-schema-to-typescript/dist/src/cli.js", str(ROOT / "docs" / "schemas" / f"{schema}.schema.json")
    )
    assert UNKNOWN not in made
    (room / "made.ts").write_text(made)
    compile_(room, "made.ts", options=("--noEmit",))


def test_openapi_typescript_makes_nothing_unknown_of_requests_and_messages(room):
    made = run(room, "openapi-typescript/bin/cli.js", str(ROOT / "docs" / "schemas" / "openapi.json"))
    schemas = made[made.index("    schemas: {") : made.index("    responses: {", made.index("    schemas: {"))]
    told_out = [line for line in schemas.splitlines() if "unknown" in line and "@enum" not in line]
    assert [line.split(":")[0].strip() for line in told_out] == ["Json"]  # an array within an array
    assert UNKNOWN not in made
    (room / "made.ts").write_text(made)
    compile_(room, "made.ts", options=("--noEmit",))


# --- the client -----------------------------------------------------------------------------------------------------

ASK = """
import { createInterface } from "node:readline";
import { capabilities, explainRefusal, legal } from "./dist/index.js";
for await (const line of createInterface({ input: process.stdin })) {
  const { view, operation, args } = JSON.parse(line);
  const [open, refusal] = [explainRefusal(view, operation), explainRefusal(view, operation, args)];
  const list = capabilities(view.media, view.state, { several: (view.others ?? []).length > 0 });
  console.log(JSON.stringify({ legal: legal(view), open, refusal, list }));
}
"""


@pytest.fixture(scope="module")
def client(npm, tmp_path_factory):
    """The client, built."""
    room = furnished(tmp_path_factory.mktemp("client"), npm)
    shutil.copytree(CLIENT / "src", room / "src")
    shutil.copy(CLIENT / "tsconfig.json", room)
    run(room, "typescript/bin/tsc")
    (room / "ask.mjs").write_text(ASK)
    return room


def test_the_client_has_no_dependencies():
    package = json.loads((CLIENT / "package.json").read_text())
    assert not {"dependencies", "peerDependencies"} & package.keys()
    assert package["type"] == "module"
    assert package["private"] is True


def seen_by(record, agent):
    """What a client knows whose view tells everything: the participants and the attachments, too."""
    seen = ix.view(record, agent)
    others = lambda agents: [each for each in agents if each != agent]  # noqa: E731
    return {
        "media": record.media, "id": record.id, "agent": agent, "state": seen.state, "capabilities": seen.capabilities,
        "others": others(record.holders), "invited": others(record.invited), "resume": record.resume,
        "attachments": [each["id"] for each in record.content.get("attachments", ())],
    }  # fmt: skip


def test_the_client_says_of_a_view_what_the_library_says_of_the_record(client):
    asked, wanted = [], []
    for record in SITUATIONS:
        for agent in (*record.holders, *record.invited):
            accepted = set()
            tried = []
            for command in commands(record, ix.GWS):
                if getattr(command, "by", None) != agent or command.operation not in ix.commands.OPERATIONS:
                    continue
                decided = ix.decide(record, ix.command(command.operation, **fields(command)))
                refusal = decided if isinstance(decided, ix.Refusal) else None
                tried.append((command, refusal))
                if refusal is None and getattr(command, "owner", None) in (None, agent):
                    accepted.add(command.operation)
            for command, refusal in tried:
                said = action_to_json(command)
                args = {key: value for key, value in said.items() if key not in ("operation", "interaction", "media")}
                asked.append({"view": seen_by(record, agent), "operation": command.operation, "args": args})
                wanted.append((record, accepted, command, refusal))
    answers = answered(client, ["ask.mjs"], plain(asked))
    assert len(answers) == len(asked) > 2_000
    for (record, accepted, command, refusal), one, found in zip(wanted, asked, answers, strict=True):
        about = record, command, one, found
        assert {*found["legal"]} == accepted, about
        assert (found["refusal"] is None) == (refusal is None), about
        assert (found["open"] is None) == (command.operation in accepted), about
        if refusal is not None:
            said = found["refusal"]
            assert (said["code"], said["statusCode"]) == (refusal.code.name, refusal.status_code), about
            assert said["path"] == (None if refusal.path is None else [*refusal.path]), about
            assert said["allowed"] == [*refusal.allowed], about
            assert said["text"].startswith(f"can't {command.operation} {record.media} {record.id} in state "), about


def test_the_client_has_the_lists_of_the_library(client):
    cells = [(media, state, several) for media in MEDIA for state in ix.State for several in (False, True)]
    asked = [
        {
            "view": {"media": media, "state": state, "others": ["a2"] if several else []},
            "operation": "Accept",
            "args": {},
        }
        for media, state, several in cells
    ]
    for (media, state, several), found in zip(cells, answered(client, ["ask.mjs"], asked), strict=True):
        names = ix.views.listed(media, state, several=several)
        assert found["list"] == (None if names is None else [*names])
