"""Wrong implementations, each wrong in one way: what the conformance kit must find. `MUTANTS` has them by name.

Some follow a definition that is bent in one place; some are a driver that says or does one thing otherwise.
"""

from collections import Counter

import attrs

import ixnstate as ix
from ixnstate.testing import InProcessDriver, Reply
from ixnstate.values import changed

State, Who, Does = ix.State, ix.Who, ix.Does
MUTANTS = {}


def mutant(media="workitem"):
    """Register a driver class as the mutant of its name; ``media`` is where it shows."""

    def register(cls):
        MUTANTS[cls.__name__] = cls, media
        return cls

    return register


def bent(name, media, which, **changes):
    """A mutant whose definition has other values for the edges that ``which`` is true of; None takes them out."""
    medium = ix.GWS.medium(media)
    found = [edge for edge in medium.edges if which(edge)]
    assert found, name
    edges = tuple((changed(edge, **changes) if changes else None) if edge in found else edge for edge in medium.edges)
    _define(name, media, changed(medium, edges=tuple(edge for edge in edges if edge is not None)))


def shown(name, media, which, change):
    """A mutant that shows another capability list."""
    medium = ix.GWS.medium(media)
    lists = tuple(
        changed(each, operations=change(each.operations)) if each.name == which else each for each in medium.lists
    )
    assert lists != medium.lists, name
    _define(name, media, changed(medium, lists=lists))


def _define(name, media, medium):
    definition = ix.Definition({**ix.GWS.media, media: medium}, ix.GWS.profile)

    class Bent(InProcessDriver):
        def __init__(self):
            super().__init__(definition=definition)

    Bent.__name__ = name
    MUTANTS[name] = Bent, media


def edge(operation, *sources, who=None, when=None):
    return lambda each: (
        each.operation == operation
        and (not sources or each.source in sources)
        and who in (None, each.who)
        and when in (None, each.when)
    )


# --- wrong target state, wrong owner, forgotten guard ----------------------------------------------------------------

bent("RejectCompletes", "workitem", edge("Reject"), target=State.COMPLETED)
bent("RevokeCompletes", "email", edge("Revoke", State.INVITED), target=State.COMPLETED)
bent("CompleteRequeues", "workitem", edge("Complete", when=ix.When.ALWAYS), target=State.QUEUED)
bent("CompleteIntoQueueEnds", "workitem", edge("Complete", when=ix.When.INTO_QUEUE), target=State.COMPLETED)
bent(
    "LeaveCompletes",
    "chat",
    edge("Leave", State.CHATTING, when=ix.When.ALWAYS),
    target=State.COMPLETED,
    does=Does.RELEASE,
)
bent("TransferKeepsTheGiver", "openmedia", edge("Transfer", when=ix.When.TO_AGENT), does=Does.OFFER_ON)
bent(
    "TransferHandsOverAtOnce",
    "workitem",
    edge("Transfer", when=ix.When.TO_AGENT),
    does=Does.REPLACE,
    target=State.PROCESSING,
)
bent(
    "DraftTransferInvites",
    "email",
    edge("Transfer", State.COMPOSING, when=ix.When.TO_AGENT),
    does=Does.HAND_OVER,
    target=State.INVITED,
)
bent("SendCancels", "email", edge("Send"), target=State.CANCELED, told=State.CANCELED)
bent("CancelSends", "twitter", edge("Cancel"), target=State.SENT, told=State.SENT)
bent("DraftForgetsThatItIsOne", "email", lambda each: each.resumes is State.COMPOSING, resumes=None)
bent("LeftChatIsResumedAsChat", "chat", lambda each: each.resumes is State.LEFT_CHAT, resumes=None)
bent("AnybodyCompletes", "workitem", edge("Complete"), who=Who.ANYONE)
bent("AnybodyAccepts", "chat", edge("Accept", State.INVITED), who=Who.ANYONE)
bent("AnybodyRejects", "workitem", edge("Reject", State.INVITED), who=Who.ANYONE, does=Does.RELEASE)
bent("AnybodyWritesUserData", "workitem", edge("UpdateUserData"), who=Who.ANYONE)
bent("CompleteWhileInvited", "workitem", lambda each: False or each.operation == "Reject", operation="Complete")
bent("NoReply", "facebook", edge("Reply"))
bent("NoPlaceInQueue", "workitem", edge("PlaceInQueue"))
bent("LastWordOfRejectIsRevoked", "workitem", edge("Reject"), told=State.REVOKED)
bent("NoLastWordOfComplete", "email", edge("Complete"), told=None)
bent("ConsultIsSeenAsLeave", "chat", edge("Consult", when=ix.When.TO_AGENT), does=Does.PASS_ON)
bent("InviteDoesNothing", "chat", edge("Invite"), does=Does.NOTHING)
bent(
    "CompleteLeavesTheOthers",
    "chat",
    edge("Complete", when=ix.When.OTHERS_REMAIN),
    target=State.CHATTING,
    does=Does.DROP_OUT,
)

shown("CapabilitiesInAnotherOrder", "workitem", "processing", lambda names: (*names[1:], names[0]))
shown("CapabilityMissing", "email", "composing", lambda names: names[1:])
shown("CapabilityTooMany", "chat", "left-chat", lambda names: (*names, "SendMessage"))
shown("CapabilitiesOfSeveralAreThoseOfOne", "chat", "chatting-16", lambda names: names[:13])
shown("InviteeSeesEverything", "workitem", "invited", lambda names: (*names, "Complete"))


# --- what it says -----------------------------------------------------------------------------------------------------


@mutant()
class ForgetsToTellTheLastWord(InProcessDriver):
    def notifications(self):
        return tuple(each for each in super().notifications() if each.state != "Completed")


@mutant()
class TellsTwice(InProcessDriver):
    def notifications(self):
        return tuple(each for one in super().notifications() for each in (one, one)[: 1 + (one.state == "Invited")])


@mutant()
class TellsEverybodyOfWorkbinsAlways(InProcessDriver):
    def notifications(self):
        found = super().notifications()
        stored = [each for each in found if each.state == "InWorkbin"]
        return (*found, *(attrs.evolve(each, agent="a3", kind="ItemAdded") for each in stored))


@mutant()
class TellsNobodyOfWorkbins(InProcessDriver):
    def notifications(self):
        return tuple(each for each in super().notifications() if each.kind not in ("ItemAdded", "ItemRemoved"))


@mutant("chat")
class TellsInTheWrongOrder(InProcessDriver):
    def notifications(self):
        return super().notifications()[::-1]


@mutant()
class TellsTheWrongAgent(InProcessDriver):
    def notifications(self):
        return tuple(
            attrs.evolve(each, agent="a3") if each.kind == "PropertiesUpdated" else each
            for each in super().notifications()
        )


@mutant()
class AnotherReferenceId(InProcessDriver):
    def notifications(self):
        return tuple(
            attrs.evolve(each, reference_id=each.reference_id + 1) if each.reference_id else each
            for each in super().notifications()
        )


@mutant("email")
class NotificationsWithoutUserData(InProcessDriver):
    def notifications(self):
        return tuple(attrs.evolve(each, user_data={}) if each.user_data else each for each in super().notifications())


@mutant()
class RefusesWithOneNumber(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return reply if reply.ok else Reply(False, 2)


@mutant()
class RefusesNothing(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return reply if reply.ok else Reply(True, 0)


@mutant()
class IgnoresMissingArguments(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return Reply(True, 0) if reply.status_code == 1 else reply


@mutant()
class UnknownOperationIsIllegal(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return Reply(False, 2) if reply.status_code == 3 else reply


# --- what it does -----------------------------------------------------------------------------------------------------


class Meddling(InProcessDriver):
    """Changes a record behind the centre's back."""

    def change(self, id, **changes):
        records = self.center.memory.records
        records[id] = changed(records[id], **changes)


@mutant()
class LosesUserDataInTransfer(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation == "Transfer":
            self.change(command.interaction, user_data={})
        return reply


@mutant()
class LosesUserDataInAWorkbin(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation.startswith("Pull"):
            self.change(command.interaction, user_data={})
        return reply


@mutant()
class UpdateReplacesUserData(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation == "UpdateUserData":
            self.change(command.interaction, user_data=command.user_data)
        return reply


@mutant()
class DeletesNoUserData(Meddling):
    def perform(self, command):
        before = self.center.interaction(command.interaction)
        reply = super().perform(command)
        if reply.ok and command.operation == "DeleteUserData":
            self.change(command.interaction, user_data=before.user_data)
        return reply


@mutant()
class SharesUserData(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation == "AttachUserData":
            for record in self.center.interactions():
                self.change(record.id, user_data=record.user_data.merged(command.user_data))
        return reply


@mutant()
class RefusesButChanges(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        record = self.center.interaction(command.interaction or "")
        if not reply.ok and record is not None and record.holders:
            self.change(record.id, user_data=record.user_data.merged({"refused": command.operation}))
        return reply


@mutant()
class RefusedRejectTakesItAway(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        record = self.center.interaction(command.interaction or "")
        if not reply.ok and command.operation == "Reject" and record is not None and record.holders:
            self.change(record.id, holders=(), state=State.QUEUED)
        return reply


@mutant()
class LeakyFinalState(Meddling):
    def perform(self, command):
        record = self.center.interaction(command.interaction or "")
        if record is not None and record.state is State.COMPLETED and command.operation == "PlaceInQueue":
            return Reply(True, 0)
        return super().perform(command)


@mutant()
class WorkbinTwice(InProcessDriver):
    def content(self, place):
        found = super().content(place)
        return (*found, *found) if len(found) > 1 or place.agent_group else found


@mutant()
class WorkbinNewestFirst(InProcessDriver):
    def content(self, place):
        return super().content(place)[::-1]


@mutant()
class WorkbinKeepsWhatWasPulled(InProcessDriver):
    def reset(self):
        super().reset()
        self.kept = {}

    def content(self, place):
        known = self.kept.setdefault(place, [])
        known += [each for each in super().content(place) if each not in known]
        return tuple(known)


@mutant()
class OneWorkbinForAll(InProcessDriver):
    def content(self, place):
        return tuple(each.id for each in self.center.interactions() if each.workbin and each.workbin.id == place.id)


@mutant()
class TimeoutIgnored(InProcessDriver):
    def advance(self, seconds):
        pass


@mutant()
class InvitationsLastAMinute(InProcessDriver):
    def new_center(self):
        world = self.world
        return ix.ContactCenter(world.agents, world.workbins, world.queues, delivering_timeout=60)


@mutant()
class HandlingTimeoutIgnored(InProcessDriver):
    def new_center(self):
        world = self.world
        return ix.ContactCenter(world.agents, world.workbins, world.queues, handling_timeout=1e9)


@mutant()
class StoppedButStillSeen(InProcessDriver):
    def reset(self):
        super().reset()
        self.last = {}

    def view(self, interaction, agent):
        found = super().view(interaction, agent)
        record = self.center.interaction(interaction)
        if found is not None:
            self.last[interaction, agent] = found
        return self.last.get((interaction, agent)) if record.state is State.COMPLETED else found


@mutant()
class ShowsToEverybody(InProcessDriver):
    def view(self, interaction, agent):
        record = self.center.interaction(interaction)
        holder = record.holders[0] if record.holders else agent
        return super().view(interaction, holder)


@mutant("email")
class ReplyHasTheParentsId(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return attrs.evolve(reply, created=command.interaction) if command.operation == "Reply" and reply.ok else reply


@mutant("email")
class ReplyIsLost(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return attrs.evolve(reply, created=None)


@mutant()
class OfferToTwo(Meddling):
    def offer(self, interaction, agent):
        super().offer(interaction, agent)
        self.change(interaction, invited=(agent, "a3" if agent != "a3" else "a2"))


@mutant()
class DoneTwice(InProcessDriver):
    """A request that is repeated is answered as before: Complete of what has been completed."""

    def perform(self, command):
        record = self.center.interaction(command.interaction or "")
        if record is not None and record.state is State.COMPLETED and command.operation == "Complete":
            return Reply(True, 0)
        return super().perform(command)


# --- what it remembers ------------------------------------------------------------------------------------------------


class Remembering(Meddling):
    """Counts what has been done of each operation to each interaction."""

    def reset(self):
        super().reset()
        self.times = Counter()

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok:
            self.times[command.interaction, command.operation] += 1
        return reply


@mutant()
class TheSecondRejectEndsIt(Remembering):
    def perform(self, command):
        reply = super().perform(command)
        if command.operation == "Reject" and self.times[command.interaction, "Reject"] == 2:
            self.change(command.interaction, state=State.COMPLETED)
        return reply


@mutant()
class TheThirdTransferLosesUserData(Remembering):
    def perform(self, command):
        reply = super().perform(command)
        if command.operation == "Transfer" and self.times[command.interaction, "Transfer"] == 3:
            self.change(command.interaction, user_data={})
        return reply


@mutant()
class TheGiverSeesItAgain(Remembering):
    """Who has transferred an interaction is shown it when the other has accepted."""

    def reset(self):
        super().reset()
        self.givers = {}

    def perform(self, command):
        if command.operation == "Transfer":
            self.givers[command.interaction] = command.by
        return super().perform(command)

    def view(self, interaction, agent):
        record = self.center.interaction(interaction)
        is_giver = record.state is State.PROCESSING and self.givers.get(interaction) == agent
        return super().view(interaction, record.holders[0] if is_giver else agent)


@mutant()
class TheSecondInteractionHasAnotherOrder(InProcessDriver):
    def view(self, interaction, agent):
        seen = super().view(interaction, agent)
        is_second = [each.id for each in self.center.interactions()].index(interaction) == 1
        return attrs.evolve(seen, capabilities=seen.capabilities[::-1]) if seen and is_second else seen


@mutant()
class TiredAfterTwentyRequests(InProcessDriver):
    def perform(self, command):
        self.center_requests = getattr(self, "center_requests", 0) + 1
        return Reply(False, 4) if self.center_requests > 20 else super().perform(command)

    def reset(self):
        super().reset()
        self.center_requests = 0


@mutant()
class WorkAloneLastsFromTheAcceptance(InProcessDriver):
    """What an agent does with an interaction does not begin its time anew."""

    def reset(self):
        super().reset()
        self.now, self.since = 0.0, {}

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation in ("Create", "Accept", "PullWorkitem", "PullInteraction"):
            self.since[reply.created or command.interaction] = self.now
        return reply

    def advance(self, seconds):
        self.now += seconds
        for id, since in list(self.since.items()):
            record = self.center.interaction(id)
            if self.now - since >= 10_800 and record.holders:
                self.told(self.center.apply(ix.Revoke(agent=record.holders[0]), id))
        super().advance(seconds)


@mutant()
class ASecondInvitationIsShorter(InProcessDriver):
    """One that follows another is over after twenty seconds."""

    def reset(self):
        super().reset()
        self.offers = {}

    def offer(self, interaction, agent):
        self.offers[interaction] = self.offers.get(interaction, 0) + 1
        super().offer(interaction, agent)

    def advance(self, seconds):
        if seconds >= 20:
            super().advance(20)
            for id, count in self.offers.items():
                if count > 1 and self.center.interaction(id).invited:
                    self.told(self.center.apply(ix.Revoke(interaction=id)))
            seconds -= 20
        super().advance(seconds)


# --- workbins and those who watch them --------------------------------------------------------------------------------


@mutant()
class WhatLeavesAWorkbinIsNotTold(InProcessDriver):
    def notifications(self):
        return tuple(each for each in super().notifications() if each.kind != "ItemRemoved")


@mutant()
class OnlyTheFirstSubscriberIsTold(InProcessDriver):
    def notifications(self):
        found = super().notifications()
        first = {each.interaction: each.agent for each in reversed(found) if each.kind == "ItemAdded"}
        return tuple(each for each in found if each.kind != "ItemAdded" or first[each.interaction] == each.agent)


@mutant()
class WhoHasUnsubscribedIsStillTold(InProcessDriver):
    def perform(self, command):
        if command.operation != "Unsubscribe":
            return super().perform(command)
        reply = super().perform(command)
        self.center.apply(ix.Subscribe(by=command.by, workbin=command.workbin, agent_group=command.agent_group))
        return reply


@mutant()
class GroupsWorkbinsLoseUserData(Meddling):
    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and getattr(command, "agent_group", None) and command.operation.startswith("Pull"):
            self.change(command.interaction, user_data={})
        return reply


@mutant()
class PullsOutOfEveryWorkbin(InProcessDriver):
    """It does not matter which workbin of the group's is named."""

    def perform(self, command):
        record = self.center.interaction(command.interaction or "")
        if command.operation.startswith("Pull") and command.agent_group and record and record.workbin:
            command = changed(command, workbin=record.workbin.id)
        return super().perform(command)


@mutant()
class AWorkbinHoldsTwo(InProcessDriver):
    def content(self, place):
        return super().content(place)[-2:]


# --- what it is told, and whom it asks --------------------------------------------------------------------------------


@mutant()
class EmptyValuesAreLeftOut(InProcessDriver):
    def perform(self, command):
        data = getattr(command, "user_data", None)
        if data and command.operation == "AttachUserData":
            command = changed(command, user_data={key: value for key, value in data.items() if value != ""})
        return super().perform(command)


@mutant()
class NestedValuesAreText(InProcessDriver):
    def perform(self, command):
        data = getattr(command, "user_data", None)
        if data and command.operation == "AttachUserData":
            said = {key: str(value) if isinstance(value, dict) else value for key, value in data.items()}
            command = changed(command, user_data=said)
        return super().perform(command)


@mutant("email")
class DispositionIsLost(InProcessDriver):
    def perform(self, command):
        if command.operation == "SetDisposition" and command.disposition:
            command = ix.UpdateUserData(by=command.by, interaction=command.interaction, user_data={})
        return super().perform(command)


@mutant("chat")
class AHolderAcceptsForTheInvitee(InProcessDriver):
    def perform(self, command):
        record = self.center.interaction(command.interaction or "")
        if command.operation == "Accept" and record and record.invited and command.by in record.holders:
            command = changed(command, by=record.invited[0])
        return super().perform(command)


@mutant("chat")
class OnlyWhoSpeaksIsTold(InProcessDriver):
    def perform(self, command):
        before, self.sent = self.sent, []
        reply = super().perform(command)
        spoken = command.operation == "SendMessage"
        self.sent = [*before, *(each for each in self.sent if not spoken or each.agent == command.by)]
        return reply


@mutant("chat")
class AnotherInvitationEndsTheFirst(Meddling):
    def perform(self, command):
        record = self.center.interaction(command.interaction or "")
        if command.operation == "Invite" and record is not None and record.invited and command.by in record.holders:
            self.change(record.id, invited=())
        return super().perform(command)


@mutant()
class AReferenceIdIsGivenTwice(InProcessDriver):
    def perform(self, command):
        reply = super().perform(command)
        return attrs.evolve(reply, reference_id=(reply.reference_id + 1) // 2) if reply.reference_id else reply

    def notifications(self):
        return tuple(attrs.evolve(each, reference_id=None) for each in super().notifications())


@mutant("chat")
class WhoWasRemovedMayGoOn(InProcessDriver):
    """An agent who was removed from a chat is answered as if they still took part in it."""

    def reset(self):
        super().reset()
        self.removed = set()

    def perform(self, command):
        if command.operation == "SendMessage" and (command.interaction, command.by) in self.removed:
            return Reply(True, 0)
        reply = super().perform(command)
        if command.operation == "RemoveParticipantFromConference" and reply.ok:
            self.removed.add((command.interaction, command.target_agent))
        return reply
