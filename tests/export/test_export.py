"""A definition as portable data, and as SCXML.

The document says everything that the definition says, as its schema has it, under every profile and for derived
definitions; equal definitions have equal exports. The formats list what they cannot express. A processor of SCXML that
others wrote takes an exported document through the generated suite: every case of items, and of the other media every
edge and every illegal cell. What is wrong is refused with the names of what would be right.
"""

import json
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import ixnstate as ix
from conftest import MEDIA, documented
from ixnstate import export, gws
from ixnstate.cli import cli
from ixnstate.export.meanings import DOES, PORTABLE_LIMITS, WHEN, WHO
from ixnstate.testing import EVERYTHING, conform

PROFILES = [
    ix.GWS,
    ix.GWS.with_profile(transfer="on acceptance"),
    ix.GWS.with_profile(capabilities="2014"),
    ix.GWS.with_profile(api_version="8.5.0"),
    ix.GWS.with_profile(twitter="tweet"),
    ix.GWS.with_profile(unlisted_workbin_names="refuse"),
    ix.GWS.with_profile(enable_join_on_pull_chat=False),
]
OWN = ix.GWS.with_media("fax", like="workitem").with_edge(
    "fax", ix.Edge(ix.State.PROCESSING, "Shred", ix.State.COMPLETED, does=ix.Does.RELEASE, told=ix.State.COMPLETED)
)
DEFINITIONS = [*PROFILES, OWN]
VALIDATOR = Draft202012Validator(export.json_schema())


def plain(value):
    return json.loads(json.dumps(value))


@pytest.fixture(params=DEFINITIONS, ids=repr)
def definition(request):
    return request.param


# --- the document ---------------------------------------------------------------------------------------------------


def test_a_document_is_as_its_schema_says(definition):
    Draft202012Validator.check_schema(export.json_schema())
    said = plain(export.document(definition=definition))
    assert not list(VALIDATOR.iter_errors(said))
    for media in definition.media:
        one = plain(export.document(media, definition=definition))
        assert VALIDATOR.is_valid(one)
        assert one["media"] == {media: said["media"][media]}


def test_a_document_says_what_the_definition_says(definition):
    said = plain(export.document(definition=definition))
    assert said["fingerprint"] == definition.fingerprint
    assert said["profile"] == {name: getattr(definition.profile, name) for name in said["profile"]}
    assert list(said["media"]) == list(definition.media)
    for media, medium in definition.media.items():
        there = said["media"][media]
        assert [row["name"] for row in there["states"]] == [*medium.states]
        assert [row["name"] for row in there["states"] if row["final"]] == [s for s in medium.states if s.is_final]
        edges = definition.edges(media)
        assert len(there["edges"]) == len(edges)
        for row, edge in zip(there["edges"], edges, strict=True):
            assert (row["source"], row["operation"], row["target"]) == (edge.source, edge.operation, edge.target)
            assert (row["who"], row["when"], row["does"]) == (edge.who.name, edge.when.name, edge.does.name)
            assert (row["told"], row["evidence"]) == (edge.told, edge.evidence)
            assert row["page"] == {"page": edge.page.page, "version": edge.page.version}
            assert row["targets"] == [*definition.targets(media, edge)]
        assert {name: tuple(each["operations"]) for name, each in there["lists"].items()} == {
            each.name: each.operations for each in medium.lists
        }
        off = {name for name in medium.operations if name not in {edge.operation for edge in edges}}
        assert set(there["switchedOff"]) == off
        named = plain(export.xstate(media, definition=definition)["meta"]["parameters"])
        for name in medium.operations:
            lacking = there["lacks"].get(name, ())
            taken = [row for row in said["operations"][name]["parameters"] if row["name"] not in lacking]
            assert taken == named[name]


def test_views_and_last_words_are_read_off_the_rows(definition):
    for record in (each for media in MEDIA for each in records(media, definition)):
        there = plain(export.document(record.media, definition=definition))["media"][record.media]
        for agent in (*record.holders, *record.invited):
            to = "HOLDER" if agent in record.holders else "INVITEE"
            rows = [row for row in there["shown"] if (row["state"], row["to"]) == (record.state, to)]
            rows = [row for row in rows if not row["several"] or len(record.holders) > 1]
            row = max(rows, key=lambda row: row["several"], default=None)
            seen = ix.view(record, agent, definition=definition)
            assert (row is None) == (seen is None)
            if row is not None:
                state = row["shown"] or record.resume or there["active"]
                assert (state, tuple(there["lists"][row["capabilities"]]["operations"])) == (
                    seen.state,
                    seen.capabilities,
                )


def records(media, definition):
    yield from (ix.Interaction("X", media, state, holders=["a1"]) for state in definition.media[media].states[2:7])
    yield ix.Interaction("X", media, "Invited", holders=["a1"], invited=["a2"], resume=None)
    if "Chatting" in definition.media[media].states:
        yield ix.Interaction("X", media, "Chatting", holders=["a1", "a2"], invited=["a3"])


def test_equal_definitions_have_equal_exports_and_others_have_others():
    texts = [json.dumps(export.document(definition=each)) for each in DEFINITIONS]
    assert len({*texts}) == len(texts)
    again = ix.Definition(dict(ix.GWS.media))
    assert json.dumps(export.document(definition=again)) == texts[0]
    assert export.typescript(definition=again) == export.typescript()
    assert export.scxml("chat", definition=again) == export.scxml("chat")


def test_every_name_has_a_meaning():
    assert [*WHO] == [*ix.Who]
    assert {*WHEN} == {*ix.When}
    assert {*DOES} == {*ix.Does}


def test_every_format_lists_what_it_cannot_express():
    for said in (export.document()["limits"], export.xstate("chat")["meta"]["limits"]):
        assert said.keys() >= PORTABLE_LIMITS.keys()
    text = export.scxml("chat")
    assert all(f"- {what}: " in text for what in PORTABLE_LIMITS)
    assert "- many agents: At most 4" in text


# --- SCXML ----------------------------------------------------------------------------------------------------------


def test_an_scxml_document_has_the_states_and_an_event_for_each_operation(definition):
    at = "{http://www.w3.org/2005/07/scxml}"
    for media, medium in definition.media.items():
        root = ElementTree.fromstring(export.scxml(media, definition=definition))
        assert root.get("initial") == "Queued"
        states = {each.get("id"): each for each in root if each.tag in (f"{at}state", f"{at}final")}
        assert [*states] == [*medium.states]
        for edge in definition.edges(media):
            names = [each.get("event") for each in states[edge.source].findall(f"{at}transition")]
            assert edge.operation in names
        targets = {each.get("target") for each in root.iter(f"{at}transition")}
        assert targets - {None} <= {*medium.states}


def test_items_conform_as_a_processor_of_scxml_interprets_them():
    pytest.importorskip("statemachine.io")
    from scxml_driver import ScxmlDriver

    report = conform(ScxmlDriver, supports={*EVERYTHING} - {*MEDIA} | {"workitem", "openmedia"}, examples=0)
    assert report.ok, report.summary()
    assert report.counts["pass"] > 800
    lacking = [each.case.why_not for each in report.results if each.verdict.value == "not applicable"]
    assert {*lacking} <= {"the driver lacks 'time'", "the driver lacks 'concurrency'"}


@pytest.mark.parametrize("media", [each for each in MEDIA if each not in ("workitem", "openmedia")])
def test_other_media_conform_as_a_processor_of_scxml_interprets_them(media):
    pytest.importorskip("statemachine.io")
    from scxml_driver import ScxmlDriver

    kinds = ("tour", "cells")
    report = conform(ScxmlDriver, supports={*EVERYTHING} - {*MEDIA} | {media}, kinds=kinds, examples=0)
    assert report.ok, report.summary()
    assert report.counts["not applicable"] == 0


# --- what goes over the wire ----------------------------------------------------------------------------------------


def test_the_closed_types_are_a_schema_of_closed_objects():
    schema = export.types_schema()
    Draft202012Validator.check_schema(schema)

    def objects(value):
        if isinstance(value, dict):
            if value.get("type") == "object" or ("properties" in value and "$defs" not in value):
                yield value
            value = [*value.values()]
        for each in value if isinstance(value, list) else ():
            yield from objects(each)

    assert all("additionalProperties" in each for each in objects(schema["$defs"]))


def fitting(name):
    return jsonschema_rs.Draft202012Validator({**export.types_schema(), "anyOf": [{"$ref": f"#/$defs/{name}"}]})


OF_CALLS = {
    "CompleteConference", "CompleteTransfer", "RequestChatHistory", "SendNotification", "StartChatConsultation",
}  # fmt: skip
"""Operations of voice, and of older pages that the library does not read."""
SLIPS = {"Unubscribe", "Forward", "SendUrl"}
"""A misspelling; a Forward without its draft; a SendUrl with what belongs to SendMessage."""


def test_documented_requests_have_a_type():
    fits = fitting("Request")
    bodies = [row["body"] for row in documented("requests") if row["method"] == "POST" and row["operation"] is not None]
    named = [body for body in bodies if isinstance(body, dict) and "operationName" in body]
    assert len(named) > 250
    assert {body["operationName"] for body in named if not fits.is_valid(body)} <= OF_CALLS | SLIPS


def test_documented_messages_have_a_type():
    fits = fitting("Notification")
    assert not [row["message"] for row in documented("notifications") if not fits.is_valid(row["message"])]


def test_what_the_library_writes_has_a_type():
    message, request = fitting("Message"), fitting("Request")
    for media in MEDIA:
        center = ix.ContactCenter([ix.Agent("a1"), ix.Agent("a2")], queues=["Inbound"])
        center.submit(media=media, queue="Inbound", id="X", media_type="promotion" if media == "openmedia" else None)
        for command in (ix.Offer(agent="a1"), ix.Accept(by="a1"), ix.Complete(by="a1")):
            outcome = center.apply(command, interaction="X")
            for each in gws.notifications(outcome):
                assert message.is_valid(plain(each.message)), each.message
        about: dict[str, Any] = {"by": "a1", "interaction": "X", "media": media}
        about |= {"media_type": "promotion"} if media == "openmedia" else {}
        commands: tuple[ix.Command, ...] = (
            ix.Accept(**about),
            ix.Transfer(target_agent="a2", **about),
            ix.SetInFocus(**about),
        )
        for asked in commands:
            assert request.is_valid(plain(gws.request(asked).body))


# --- the command, and what is wrong ---------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(cli, ["export", *words])


def test_the_command_prints_what_the_functions_give(tmp_path):
    assert json.loads(run().output) == plain(export.document())
    profile = ("--profile", "transfer=on acceptance")
    other = ix.GWS.with_profile(transfer="on acceptance")
    assert json.loads(run("chat", *profile).output) == plain(export.document("chat", definition=other))
    assert json.loads(run("chat", "--format", "xstate").output) == plain(export.xstate("chat"))
    assert json.loads(run("--format", "xstate").output) == {media: plain(export.xstate(media)) for media in MEDIA}
    assert run("chat", "--format", "scxml").output == export.scxml("chat")
    assert run("--format", "typescript").output == export.typescript()
    assert run("email", "--format", "typescript").output == export.typescript("email")
    assert run("--format", "xstate", "--implementation").output == export.implementation()
    file = tmp_path / "chat.scxml"
    assert run("chat", "--format", "scxml", "-o", str(file)).output == ""
    assert file.read_text() == export.scxml("chat")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fax"], "there is no medium fax; did you mean"),
        (["--format", "scxml"], "a document of SCXML is of one medium: chat, email"),
        (["--format", "json", "--implementation"], "--implementation is for --format xstate"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (["--profile", "transfer=never"], "it can be 'at once', 'on acceptance'"),
    ],
)
def test_a_wrong_command_is_told_what_would_be_right(words, said):
    result = run(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split()) or "there are" in result.output


@pytest.mark.parametrize("function", [export.document, export.xstate, export.scxml, export.typescript])
def test_what_is_wrong_is_named(function):
    with pytest.raises(ValueError, match="unknown media 'fax'; known are chat, email"):
        function("fax")
    with pytest.raises(ValueError, match="an ixnstate.Definition, not 5"):
        function("chat", definition=5)
    with pytest.raises(ValueError, match="no workitem is ever in state Sent"):
        export.scxml("workitem", start="Sent")


def test_machines_has_the_exports_too():
    assert ix.machines.xstate is export.xstate
    assert ix.machines.scxml is export.scxml
    assert ix.machines.typescript is export.typescript
    assert ix.machines.document is export.document
    assert ix.export is export
