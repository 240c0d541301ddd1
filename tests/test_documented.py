"""The definition against the tables of facts in tests/documented, which were written from the pages alone."""

import pytest

import ixnstate as ix
from conftest import MEDIA, documented
from ixnstate import gws
from ixnstate.commands import ALIASES
from ixnstate.views import documented as lists_of
from ixnstate.views import last_word

CAPABILITIES = documented("capabilities")
OPERATIONS = documented("operations")
TRANSITIONS = documented("transitions")
HELD = {"Processing", "Chatting", "LeftChat", "Composing"}
NOT_MODELLED = {"SendNotification", "RequestChatHistory", "StartChatConsultation", "CompleteTransfer",
                "CompleteConference", "Follow", "Unfollow", "GetAttachment"}  # fmt: skip


def title(row):
    return " ".join(str(row[key]) for key in ("media", "state", "operation", "from", "when") if row.get(key))


@pytest.mark.parametrize("row", [row for row in CAPABILITIES if row["state"]], ids=title)
def test_every_printed_list_is_known_to_the_judge(row):
    printed = None if row["list"] is None else tuple(row["list"])
    assert printed in lists_of(row["media"], row["state"]).values()


@pytest.mark.parametrize(
    "row", [row for row in CAPABILITIES if row["state"] in HELD and row["generation"] != "other"], ids=title
)
def test_every_printed_list_of_a_generation_is_shown_to_a_holder(row):
    spelling = "tweet" if row["when"] == "tweet spelling" else "twitter"
    generation = "2014" if row["generation"] == "2014" else "8.5.2"
    definition = ix.GWS.with_profile(capabilities=generation, twitter=spelling)
    holders = ["a1", "a2"] if "second agent" in row["when"] else ["a1"]
    record = ix.Interaction("X1", row["media"], row["state"], holders=holders)
    assert ix.capabilities(record, "a1", definition=definition) == tuple(row["list"])


@pytest.mark.parametrize(
    "row", [row for row in CAPABILITIES if row["state"] and row["state"] not in HELD | {"Invited"}], ids=title
)
def test_every_last_word_carries_what_its_page_shows(row):
    operation = row["when"].removeprefix("after ").partition(" ")[0] if row["when"].startswith("after ") else ""
    said = last_word(row["media"], ix.State(row["state"]), operation)
    assert said.capabilities == (None if row["list"] is None else tuple(row["list"]))


@pytest.mark.parametrize("media", MEDIA)
def test_the_invitee_is_shown_accept_and_reject(media):
    record = ix.Interaction("X1", media, "Invited", invited=["a1"])
    assert ix.view(record, "a1") == ix.View(ix.State.INVITED, ("Accept", "Reject"))


@pytest.mark.parametrize("row", OPERATIONS, ids=title)
def test_every_operation_that_a_page_names_exists_for_its_medium(row):
    operation = ALIASES.get(row["operation"], row["operation"])
    if operation in NOT_MODELLED:
        assert operation not in ix.GWS.media[row["media"]].operations
    elif operation == "Create":
        assert ix.GWS.media[row["media"]].creates
    else:
        assert operation in ix.GWS.media[row["media"]].operations


@pytest.mark.parametrize("row", [row for row in OPERATIONS if row["page_seen"]], ids=title)
def test_every_documented_parameter_is_read(row):
    """Each wire parameter fills a field of the command: none of them is surplus."""
    if row["operation"] in NOT_MODELLED:
        return
    values = {"string": "v", "object": {"k": "v"}, "array of strings": ["k"], "boolean": True, "integer": 1}
    for names in (row["required"], *({name: kind} for name, kind in row["optional"].items())):
        body = {"operationName": row["operation"], **{name: values[kind] for name, kind in names.items()}}
        read = gws.read_operation(body, by="a1").command
        assert not isinstance(read, ix.Custom), (names, read)


@pytest.mark.parametrize("row", [row for row in TRANSITIONS if row["from"] and row["operation"]], ids=title)
def test_every_documented_transition_is_an_edge(row):
    media = row["media"]
    edges = [
        edge
        for edge in ix.GWS.edges(media)
        if edge.source == row["from"] and edge.operation == row["operation"]
        and row["told"] in (edge.told, *ix.GWS.targets(media, edge))
        and (row["to"] is None or row["to"] in ix.GWS.targets(media, edge))
    ]  # fmt: skip
    assert edges
    expected = {"documented": {"documented"}, "captured": {"documented", "captured"}}[row["evidence"]]
    assert {edge.evidence for edge in edges} & expected or row["when"].startswith(("with queueName", "another agent"))


def test_create_and_replies_begin_where_the_pages_show():
    for row in TRANSITIONS:
        if row["from"] is None and row["operation"] in ("Create", "Reply"):
            assert ix.GWS.media[row["media"]].creates == row["to"]
