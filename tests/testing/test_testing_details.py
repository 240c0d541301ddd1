"""What is compared besides states and capabilities: each of these wrong implementations differs in one such thing."""

import pytest

import ixnstate as ix
from ixnstate.testing import WORLD, InProcessDriver, Seen, conform
from ixnstate.testing.details import details, details_in, is_alike
from ixnstate.values import changed


def driver(**methods):
    return type("Bent", (InProcessDriver,), methods)


def views(bend):
    def view(self, interaction, agent):
        seen = InProcessDriver.view(self, interaction, agent)
        return seen and changed(seen, details=bend(dict(seen.details)))

    return driver(view=view)


def messages(bend, **fields):
    def notifications(self):
        found = InProcessDriver.notifications(self)
        return tuple(changed(each, details=each.details and bend(dict(each.details)), **fields) for each in found)

    return driver(notifications=notifications)


def without(name):
    return lambda details: {key: value for key, value in details.items() if key != name}


def other(name, change):
    return lambda details: {**details, name: change(details[name])} if details.get(name) else details


def first(listed):
    return listed[:1]


def renamed(participants):
    return [{**each, "nickname": "Agent"} for each in participants]


def lost(name):
    """Loses what it had as soon as there are user data to change."""

    class Loses(InProcessDriver):
        def perform(self, command):
            reply = super().perform(command)
            record = self.center.interaction(command.interaction)
            if reply.ok and command.operation == "AttachUserData" and record.content.get(name):
                left = {key: value for key, value in record.content.items() if key != name}
                self.center.memory.records[record.id] = changed(record, content=left)
            return reply

    return Loses


WRONG = {
    "who takes part": ("chat", views(other("participants", first)), "participants"),
    "nickname": ("smssession", views(other("participants", renamed)), "participants"),
    "no attachments": ("email", views(other("attachments", lambda listed: [])), "attachments"),
    "subject": ("email", views(other("subject", str.upper)), "subject"),
    "body": ("facebook", views(other("body", lambda body: body + "!")), "body"),
    "addressee": ("email", views(other("to", lambda to: ["nobody@example.com"])), "to"),
    "comment": ("email", views(other("comment", str.upper)), "comment"),
    "assigned": ("email", views(other("assignedTo", lambda agent: "a3")), "assignedTo"),
    "parent": ("email", views(other("parentId", lambda parent: "x9")), "parentId"),
    "type": ("openmedia", views(other("mediaType", str.upper)), "mediaType"),
    "nickname told": ("chat", messages(other("participants", renamed)), "participants told"),
    "subject told": ("email", messages(other("subject", str.upper)), "subject told"),
    "lost subject": ("email", lost("subject"), "subject"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_detail_is_found(name):
    media, wrong, aspect = WRONG[name]
    report = conform(wrong, supports={media}, kinds=("tour", "forms"), examples=100 if name == "lost subject" else 0)
    assert not report.ok
    found = {each.difference.aspect for each in report.failures} | {each.aspect for _, each in report.found}
    assert any(aspect in each for each in found), found


def test_a_driver_that_shows_no_details_is_not_accused_and_the_report_says_so():
    class Bare(InProcessDriver):
        def view(self, interaction, agent):
            seen = super().view(interaction, agent)
            return seen and Seen(seen.state, seen.capabilities, seen.user_data)

        def notifications(self):
            return tuple(changed(each, details=None, reference_id=None) for each in super().notifications())

    report = conform(Bare, supports={"chat", "email"}, kinds=("tour",), examples=0)
    assert report.ok, report.summary()
    said = next(line for line in report.summary().splitlines() if line.startswith("not compared"))
    assert "chat: participants" in said
    assert "email: subject" in said
    assert "not compared" not in conform(InProcessDriver, supports={"chat"}, kinds=("tour",), examples=0).summary()


def test_a_message_that_does_not_say_which_request_it_answers_is_found():
    class Forgets(InProcessDriver):
        def notifications(self):
            return tuple(
                changed(each, reference_id=None) if each.state == "Completed" else each
                for each in super().notifications()
            )

    report = conform(Forgets, supports={"workitem"}, kinds=("tour",), examples=0)
    assert {each.difference.aspect for each in report.failures} == {"referenceId told to a1"}


def test_an_item_in_one_workbin_too_many_is_found():
    class Copies(InProcessDriver):
        def content(self, place):
            found = super().content(place)
            return self.content_of("own-1") if place.id == "own-2" and place.owner == "a2" else found

        def content_of(self, id):
            return tuple(each.id for each in self.center.content(ix.WorkbinPlace(id, owner="a1")))

    report = conform(Copies, supports={"workitem", "agent-workbin"}, kinds=("tour",), examples=0)
    assert any(each.difference.aspect == "content of workbin own-2 of a2" for each in report.failures)


def test_what_a_record_shows_is_what_the_pages_of_its_medium_print():
    chat = ix.Interaction("x1", "chat", "Chatting", holders=["a1"], nicknames={"a1": "Ann"}, content={"comment": "c"})
    assert details(chat) == {
        "comment": "c",
        "participants": [{"nickname": "Ann", "type": "Agent", "participantId": "a1"}],
    }
    item = ix.Interaction("x1", "openmedia", "Processing", holders=["a1"], media_type="promotion")
    assert details(item) == {"mediaType": "promotion"}


def test_the_details_of_a_message_are_its_resource():
    message = {"messageType": "EmailStateChangeMessage", "email": {"id": "1", "subject": "s"}}
    assert details_in(message) == details_in({"data": message, "channel": "/v2/me/emails"}) == message["email"]
    assert details_in({"messageType": "MessageLogUpdated", "messages": []}) is None
    assert details_in(["no message"]) is None


@pytest.mark.parametrize(
    ("name", "wanted", "found", "alike"),
    [
        ("to", ("a@b",), "a@b", True),
        ("to", ("a@b",), ["a@c"], False),
        ("attachments", ({"id": "d1"},), [{"id": "d1", "size": "7"}], True),
        ("attachments", ({"id": "d1"},), [], False),
        ("assignedTo", "a1", "http://server/api/v2/users/a1", True),
        ("participants", [{"participantId": "a1"}], [{"participantId": "77", "type": "Agent", "nickname": "A"}], True),
        ("participants", [{"participantId": "a1"}], [{"participantId": "77", "type": "Customer"}], False),
        ("participants", [{"participantId": "a1"}], [{"participantId": "a2"}], False),
        ("participants", [], None, True),
        ("subject", "s", "t", False),
    ],
)
def test_values_are_alike_as_far_as_the_documents_fix_them(name, wanted, found, alike):
    assert is_alike(name, wanted, found, [each.id for each in WORLD.agents]) is alike
