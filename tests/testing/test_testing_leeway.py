"""What the documents leave open is not a failure, whichever way an implementation does it;
what is next to it is one."""

import attrs
import pytest

import ixnstate as ix
from ixnstate.testing import InProcessDriver, Reply, conform


class Silent(InProcessDriver):
    """Who is told of a change of state is not told of those who take part; but for Accept, where the page says so."""

    KEPT: tuple[str, ...] = ("Accept",)

    def perform(self, command):
        before, self.sent = self.sent, []
        reply = super().perform(command)
        told = {each.agent for each in self.sent if each.kind == "StatusChange"}
        company = ("ParticipantsUpdated", "NewMessages")
        self.sent = before + [
            each
            for each in self.sent
            if each.agent not in told or each.kind not in company or each.text or command.operation in self.KEPT
        ]
        return reply


class Welcoming(Silent):
    """Not even Accept."""

    KEPT = ()


class Talkative(InProcessDriver):
    """Every message carries user data."""

    def notifications(self):
        found = ((each, self.center.interaction(each.interaction or "")) for each in super().notifications())
        return [self.more(each, record) for each, record in found]

    def more(self, told, record):
        return told if record is None or told.state is None else attrs.evolve(told, user_data=record.user_data)


class Lying(Talkative):
    """And they are not the interaction's."""

    def more(self, told, record):
        return told if record is None or told.user_data is not None else attrs.evolve(told, user_data={"of": "another"})


class Forgetting(InProcessDriver):
    """What has ended cannot be found."""

    NUMBER = 6

    def perform(self, command):
        reply = super().perform(command)
        record = self.center.interaction(command.interaction or "")
        is_final = reply.status_code == 2 and record is not None and record.state is ix.State.COMPLETED
        return attrs.evolve(reply, status_code=self.NUMBER) if is_final else reply


class Forbidding(Forgetting):
    """What has ended is forbidden."""

    NUMBER = 3


class Content(InProcessDriver):
    """Whoever unsubscribes is told so, even without a subscription."""

    def notifications(self):
        found = super().notifications()
        return [attrs.evolve(each, kind="Unsubscribed") if each.kind == "RequestFailed" else each for each in found]


class Patient(InProcessDriver):
    """What lies in a workbin may be put into it once more."""

    def perform(self, command):
        reply = super().perform(command)
        again = isinstance(command, ix.AddInteraction) and "in that workbin already" in (reply.why or "")
        return Reply(True, 0) if again else reply


BINS = {"agent-workbin", "group-workbin", "supervisor"}


@pytest.mark.parametrize(
    ("driver", "media"),
    [(Silent, "chat"), (Talkative, "chat"), (Forgetting, "workitem"), (Content, "workitem"), (Patient, "workitem")],
)
def test_what_the_documents_leave_open_is_no_failure(driver, media):
    kinds = ("tour", "cells", "strangers", "workbins", *(["races"] if media == "workitem" else []))
    report = conform(driver, supports={media, *BINS}, kinds=kinds, examples=10)
    assert report.ok, report.summary()[:2000]


@pytest.mark.parametrize("driver", [Welcoming, Lying, Forbidding])
def test_what_they_do_not_leave_open_is_one(driver):
    assert not conform(driver, supports={"chat"}, kinds=("tour", "cells"), examples=0).ok
