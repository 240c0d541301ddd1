"""What a server lists, what it is asked in a crowd, and keys that are not exact.

Laws: after a change each agent's list has what they have, and nothing else;
a group's workbin is the same for each member.
A driver without lists is tested without them, and loses no case. A key that is misspelt is an argument that is missing.
A server with the back door is tested with a dozen agents. The report of a server that deviates everywhere is short.
"""

import attrs
import pytest
from serving import running

import ixnstate as ix
from ixnstate import gws
from ixnstate.testing import CROWDED, WORLD, Ability, Driver, HttpDriver, InProcessDriver, Reply, Scope, conform, suite
from ixnstate.testing.forms import WORKBINS, as_read
from ixnstate.testing.misnamed import misspelt_keys

GROUP = {"workitem", "group-workbin"}


def causes(driver, supports=frozenset({"workitem"}), kinds=("tour",), **options):
    report = conform(driver, supports=supports, kinds=kinds, examples=0, **options)
    return {finding.what for finding in report.findings}, report


@pytest.mark.parametrize(
    ("listed", "cause"),
    [
        (lambda own, center: (), "an interaction is missing in the list of its agent"),
        (lambda own, center: (*own, *own), "an agent lists an interaction twice"),
        (
            lambda own, center: tuple(each.id for each in center.interactions()),
            "an agent lists an interaction that they do not have",
        ),
    ],
)
def test_a_wrong_list_of_an_agent_is_found(listed, cause):
    class Wrong(InProcessDriver):
        def interactions(self, agent):
            return listed(super().interactions(agent), self.center)

    assert causes(Wrong)[0] == {cause}


def test_a_group_s_workbin_is_asked_for_as_each_member_lists_it():
    class Wrong(InProcessDriver):
        def content(self, place, agent=None):
            return () if agent == "a3" else super().content(place)

    assert causes(Wrong, GROUP)[0] == {"an interaction is missing in its workbin"}


def test_a_driver_without_lists_loses_no_case():
    class Without(Driver):
        """As somebody writes it: with the methods that every driver has, and no others."""

        lacks = ()

        def __init__(self):
            self.subject = InProcessDriver()
            self.world = self.subject.world

        def content(self, place):
            return self.subject.content(place)

    for name in ("reset", "create", "offer", "perform", "view", "notifications", "advance"):

        def method(self, *arguments, name=name):
            return getattr(self.subject, name)(*arguments)

        setattr(Without, name, method)
    _, without = causes(Without, GROUP)
    _, report = causes(InProcessDriver, GROUP)
    assert without.ok
    assert without.counts == report.counts


def test_lists_that_turn_out_not_to_be_there_cost_no_case():
    class Without(InProcessDriver):
        def interactions(self, agent):
            raise NotImplementedError

    _, without = causes(Without)
    assert without.counts == causes(InProcessDriver)[1].counts
    assert Ability.INTERACTIONS in {*Ability}


# === keys ===========================================================================================================


RIGHT = [
    ix.AttachUserData(by="a1", interaction="x1", media="workitem", user_data={"a": 1}),
    ix.DeleteUserData(by="a1", interaction="x1", media="workitem", keys=("key",)),
    ix.PlaceInQueue(by="a1", interaction="x1", media="workitem", queue_name="Inbound"),
    ix.Transfer(by="a1", interaction="x1", media="workitem", target_agent="a2"),
    ix.SendMessage(by="a1", interaction="x1", media="chat", text="text"),
]


@pytest.mark.parametrize("command", RIGHT, ids=lambda command: command.operation)
def test_a_misspelt_key_is_an_argument_that_is_missing(command):
    scope = Scope(ix.GWS, WORLD, frozenset({"workitem", "chat"}))
    wrong = [each for _, each in misspelt_keys(command, scope)]
    assert wrong
    body = gws.request(command).body
    for each in wrong:
        written = gws.request(each, strict=False).body
        assert written["operationName"] == command.operation
        assert len(written.keys() - body.keys()) == len(body.keys() - written.keys()) == 1  # one key is another
        assert sorted(map(str, written.values())) == sorted(map(str, body.values()))
        assert as_read(each) == type(command)(by="a1", interaction="x1", media=command.media)
        with pytest.raises(gws.RequestError) as refused:
            gws.parse_request(gws.request(each, strict=False))
        assert refused.value.refusal.status_code == 1


def test_an_adapter_that_cannot_misspell_is_not_taken_to_lack_the_operation():
    class Strict(InProcessDriver):
        def perform(self, command):
            if isinstance(command, ix.Custom):
                raise NotImplementedError("there is no such operation")
            return super().perform(command)

    _, report = causes(Strict, kinds=("spelling", "tour"))
    assert report.ok
    assert report.counts["pass"] == causes(InProcessDriver)[1].counts["pass"]


def test_keys_that_are_not_exact_are_sent_to_a_server():
    with running() as server, HttpDriver(server.api) as driver:
        report = conform(lambda: driver, supports={"workitem"}, kinds=("spelling",), examples=0)
    assert any("for userData" in result.case.id for result in report.results)
    assert report.counts["pass"] == len(report.results)


# === many ===========================================================================================================


def test_crowds_are_sent_to_a_server_with_the_back_door():
    with running() as server, HttpDriver(server.api) as driver:
        assert driver.world == CROWDED
        wanted = ("a dozen agents", "250 times")
        report = conform(
            lambda: driver, supports={"chat"}, kinds=("crowds", "repeats"), examples=0,
            wanted=lambda case: any(each in case.id for each in wanted),
        )  # fmt: skip
    assert report.ok, report.summary()
    assert all(any(each in result.case.id for result in report.results) for each in wanted)
    assert report.counts["pass"] == len(report.results)


def test_a_supervisor_pulls_from_an_agent_s_workbin():
    cases = suite(Scope(ix.GWS, WORLD, frozenset({"workitem", *WORKBINS})))
    pulls = [case.script[case.about] for case in cases if isinstance(case.script[case.about], ix.PullInteraction)]
    assert any(pull.by == "boss" and pull.owner == "a1" for pull in pulls)


def test_the_report_of_a_server_that_deviates_everywhere_is_short():
    class Bad(InProcessDriver):
        """Does little as it should."""

        def perform(self, command):
            reply = super().perform(command)
            if command.operation in ("Transfer", "SetInFocus", "Complete"):
                return Reply(ok=False, status_code=3)
            if command.operation == "DeleteUserData":
                raise KeyError("userData")
            return attrs.evolve(reply, ok=True, status_code=0, reference_id=7)

        def view(self, interaction, agent):
            seen = super().view(interaction, agent)
            data = {key.lower(): str(value) for key, value in (seen.user_data if seen else {}).items()}
            return seen and attrs.evolve(seen, capabilities=("Juggle",), user_data=data)

        def notifications(self):
            return tuple(attrs.evolve(each, state="Unknown") for each in super().notifications()[::-1][1:])

        def content(self, place, agent=None):
            return super().content(place) * 2

    supports = {"workitem", "agent-workbin", "group-workbin"}
    kinds = ("tour", "cells", "strangers", "arguments", "workbins", "values", "spelling")
    _, report = causes(Bad, supports, kinds)
    lines = report.summary().splitlines()
    assert len(report.findings) > 20
    assert len(lines) <= 80
