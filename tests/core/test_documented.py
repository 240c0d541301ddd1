"""The definition against the tables of facts in tests/documented, which were written from the pages alone."""

import re
from typing import Any

import pytest

import ixnstate as ix
from conftest import MEDIA, documented
from ixnstate import gws
from ixnstate.commands import ALIASES
from ixnstate.commands import OPERATIONS as OF
from ixnstate.views import documented as lists_of
from ixnstate.views import last_word

CAPABILITIES = documented("capabilities")
OPERATIONS = documented("operations")
TRANSITIONS = documented("transitions")
HELD = {"Processing", "Chatting", "LeftChat", "Composing"}
WORKBIN = (ix.AddInteraction, ix.PullInteraction)
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


OF_ALL_MEDIA = {"Offer", "PlaceInQueue", "PlaceInWorkbin"}
"""Operations whose pages are about every medium, as those of workbins are."""
SHOWN_OTHERWISE = {
    ("email", "Invited", "Revoke"),  # the page is about notifications, and names no operation
    ("facebook", "Composing", "Transfer"),  # the page makes no difference between a draft and what came in
    ("facebooksession", "LeftChat", "Complete"), ("smssession", "LeftChat", "Complete"),  # nor between these
}  # fmt: skip
BEYOND = {
    ix.When.GIVER_HOLDS,
    ix.When.FOR_OWNER,
    ix.When.INTO_QUEUE,
    ix.When.OF_ONE_HOLDER,
    ix.When.TO_AGENT_OTHERS_REMAIN,
}
"""Conditions of which no page shows the result."""


@pytest.mark.parametrize("media", MEDIA)
def test_a_change_of_state_is_documented_only_if_a_page_shows_it(media):
    shown = {(row["from"], row["operation"]) for row in TRANSITIONS if row["media"] == media}
    for edge in ix.GWS.media[media].edges:
        if edge.evidence in {ix.Evidence.DOCUMENTED, ix.Evidence.CAPTURED}:
            assert edge.when not in BEYOND, edge
            assert ("transfer", "on acceptance") not in edge.only, edge
        is_change = edge.target is not edge.source or edge.does in {ix.Does.JOIN, ix.Does.DECLINE}
        if edge.evidence is ix.Evidence.DOCUMENTED and is_change:
            in_general = edge.operation in OF_ALL_MEDIA or issubclass(OF[edge.operation], WORKBIN)
            known = (edge.source, edge.operation) in shown or (media, edge.source, edge.operation) in SHOWN_OTHERWISE
            assert in_general or known, edge


def test_create_and_replies_begin_where_the_pages_show():
    for row in TRANSITIONS:
        if row["from"] is None and row["operation"] in ("Create", "Reply"):
            assert ix.GWS.media[row["media"]].creates == row["to"]


# --- where it stands ------------------------------------------------------------------------------------------------

ELSEWHERE = {
    ("Offer", "DeliverInteractiontoAgent", "Events and Models Reference, 2018-03-22"),
    ("Revoke", "InteractionsOnEmailNotifications", "8.5.1"),
    ("PlaceInQueue", "Interactions API Operations", "8.5.0 dialect"),
    ("PlaceInWorkbin", "Interactions API Operations", "8.5.0 dialect"),
}
"""What is documented by a page that is not a reference page of an operation:
these pages print no edition as the others do."""
TITLES = {
    "PullInteractionFromWorkbin": "WorkbinPullInteractionFromWorkbin",
    "PullInteraction from a Group Workbin": "WorkbinPullInteractionFromGW",
}
"""Pages that the definition calls by their title."""


def stands_in(source, row):
    """Whether the row was written from that page, in that edition; where no edition was noted, the page must do.

    An edition with a date is named with it.
    """
    pages, editions = row["page"].split("; "), row["version"].split("; ")
    for page in (TITLES.get(each, each) for each in source.page.split(", ")):
        for edition in (edition for each, edition in zip(pages, editions, strict=True) if each == page):
            if edition == "edition not noted" or any(
                _is_edition(source.version, each) for each in re.split(r", (?=HTCC|GWS)", edition)
            ):
                return True
    return False


def _is_edition(version, edition):
    product = "GWS" if version.startswith("GWS ") else "HTCC"
    said, noted = (re.findall(r"\d{4}-\d\d(?:-\d\d)?", each) for each in (version, edition))
    return (
        (product in edition or version in edition)
        and bool(said) == bool(noted)
        and all(date in edition for date in said)
    )


@pytest.mark.parametrize("media", MEDIA)
def test_what_is_documented_stands_on_the_page_that_is_named(media):
    medium = ix.GWS.media[media]
    for edge in medium.edges:
        if edge.evidence is ix.Evidence.DOCUMENTED and (edge.operation, *_named(edge.page)) not in ELSEWHERE:
            rows = [row for row in OPERATIONS if row["media"] == media
                    and ALIASES.get(row["operation"], row["operation"]) == edge.operation]  # fmt: skip
            assert any(stands_in(edge.page, row) for row in rows), edge
    if medium.creation:
        rows = [row for row in OPERATIONS if (row["media"], row["operation"]) == (media, "Create")]
        assert any(stands_in(medium.creation, row) for row in rows)


def _named(source):
    return source.page, source.version


@pytest.mark.parametrize("media", MEDIA)
def test_a_documented_list_is_printed_on_the_page_that_is_named(media):
    medium = ix.GWS.media[media]
    rows = [row for row in CAPABILITIES if row["media"] == media]
    for each in (each for each in medium.lists if each.evidence is ix.Evidence.DOCUMENTED and each.operations):
        printed = [row for row in rows if row["list"] == [*each.operations]]
        assert any(stands_in(each.page, row) for row in printed), each
    for told in (each for each in medium.told if each.evidence is ix.Evidence.DOCUMENTED):
        said = [row for row in rows if row["state"] == told.state]
        assert any(stands_in(told.page, row) for row in said) or told.page.page == "WorkbinAddInteractionToGW", told


OTHER_PAGES = {"StopProcessing", "IxnLimits", "DeliverInteractiontoAgent", "Transfer", "Conference"}
"""Pages of the Events and Models Reference, and of the options."""
OTHER_NAMES = {"PullInteraction", "PullInteractionFromWorkbin", "FacebookSaved"}
"""Words of titles, and a message."""
PAGES = {page for row in (*CAPABILITIES, *OPERATIONS, *TRANSITIONS) for page in row["page"].split("; ")}


@pytest.mark.parametrize("media", MEDIA)
def test_what_is_inferred_says_from_which_page_or_that_there_is_none(media):
    medium = ix.GWS.media[media]
    rows: tuple[Any, ...] = (*medium.edges, *medium.lists, *medium.told)
    for each in rows:
        words = re.findall(r"\w+", each.page.page)
        names = {word for word in words if re.fullmatch(r"[A-Z]+[a-z]+\w*[A-Z]\w*", word)}
        assert names <= PAGES | OTHER_PAGES | OTHER_NAMES, each
        if each.evidence is ix.Evidence.INFERRED:
            has_none = re.search(r"\b(no page|left open|is documented)\b", each.page.page)
            assert has_none or {*words} & (PAGES | OTHER_PAGES), each


@pytest.mark.parametrize("media", MEDIA)
def test_a_source_is_a_page_and_an_edition(media):
    """What was seen in a live system says so; every edition has the form in which the pages print theirs."""
    edition = re.compile(
        r"|2016(-03)?|(GWS )?8\.[56]\.\d( draft| dialect)?(, \d{4}-\d\d(-\d\d)?)?"
        r"|Events and Models Reference, 2018-03-22"
    )
    medium = ix.GWS.media[media]
    rows: tuple[Any, ...] = (*medium.edges, *medium.lists, *medium.told)
    for each in rows:
        assert edition.fullmatch(each.page.version), each
        assert (each.evidence is ix.Evidence.CAPTURED) <= ("live system" in each.page.page), each
