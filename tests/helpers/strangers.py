"""Wrong implementations of the kinds that people write: `MUTANTS` has them by name, with the media where they show.

They were written before the cases that find them, from a list of kinds: values, repetition, quantity, unknown names,
spelling, fields of messages, order, time, roles, addresses, subscriptions, final states.
"""

import html
from typing import Any

import attrs
from wrong import Base, register_in

import ixnstate as ix
from ixnstate.commands import OPERATIONS
from ixnstate.testing import Reply, Told
from ixnstate.values import changed

State = ix.State
MUTANTS = {}
mutant = register_in(MUTANTS)


# --- values -----------------------------------------------------------------------------------------------------------


class Values(Base):
    """Keeps other user data than it is given."""

    kept: Any

    def perform(self, command):
        data = getattr(command, "user_data", None)
        if isinstance(data, dict):
            command = changed(command, user_data=self.kept(dict(data)))
        return super().perform(command)

    def create(self, new):
        return super().create(changed(new, user_data=self.kept(dict(new.user_data or {}))))

    def each(self, data, change):
        return {key: change(value) for key, value in data.items()}


@mutant()
class NestedKeysAreFlattened(Values):
    def kept(self, data):
        flat = {}
        for key, value in data.items():
            if isinstance(value, dict) and value:
                flat |= {f"{key}.{name}": each for name, each in value.items()}
            else:
                flat[key] = value
        return flat


@mutant()
class ListsAreJoined(Values):
    def kept(self, data):
        return self.each(data, lambda value: ",".join(map(str, value)) if isinstance(value, tuple) else value)


@mutant()
class KeysThatDifferInCaseAreOne(Values):
    def kept(self, data):
        return dict({key.lower(): (key, value) for key, value in data.items()}.values())


@mutant()
class NullsAreDropped(Values):
    def kept(self, data):
        return {key: value for key, value in data.items() if value is not None}


@mutant()
class NumbersBecomeText(Values):
    def kept(self, data):
        return self.each(data, lambda value: str(value) if isinstance(value, int) else value)


@mutant()
class TextsAreEscapedAsHtml(Values):
    def kept(self, data):
        return self.each(data, lambda value: html.escape(value) if isinstance(value, str) else value)


@mutant("email")
class OtherAlphabetsAreLost(Values):
    def kept(self, data):
        return self.each(
            data, lambda value: value.encode("ascii", "replace").decode() if isinstance(value, str) else value
        )


@mutant()
class TextsAreTrimmed(Values):
    def kept(self, data):
        return self.each(data, lambda value: value.strip() if isinstance(value, str) else value)


@mutant("openmedia")
class OnlyTheFirstOfSeveralKeysIsDeleted(Base):
    def perform(self, command):
        if command.operation == "DeleteUserData" and command.keys:
            command = changed(command, keys=command.keys[:1])
        return super().perform(command)


@mutant()
class AValueCannotBeEmptied(Base):
    def perform(self, command):
        record, data = self.record(command), getattr(command, "user_data", None)
        if record is not None and command.operation == "UpdateUserData" and data:
            kept = {
                key: record.user_data[key] for key, value in data.items() if value == "" and key in record.user_data
            }
            command = changed(command, user_data={**data, **kept})
        return super().perform(command)


@mutant("email", "chat")
class ACommentCannotBeCleared(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "AddComment" and record is not None and command.comment == "":
            command = changed(command, comment=record.content.get("comment", ""))
        return super().perform(command)


@mutant("facebook")
class TrueBecomesOne(Values):
    def kept(self, data):
        return self.each(data, lambda value: int(value) if isinstance(value, bool) else value)


# --- repetition -------------------------------------------------------------------------------------------------------


class Counting(Base):
    counted: Any

    def reset(self):
        super().reset()
        self.count = 0
        self.times = {}

    def perform(self, command):
        self.count += 1
        key = command.operation, command.interaction
        self.times[key] = self.times.get(key, 0) + 1
        return self.counted(command, self.times[key])


@mutant("email")
class TheSecondDispositionIsIgnored(Counting):
    def counted(self, command, times):
        if command.operation == "SetDisposition" and times > 1:
            command = ix.UpdateUserData(by=command.by, interaction=command.interaction, user_data={})
        return super(Counting, self).perform(command)


@mutant()
class TheThirdChangeOfUserDataIsLost(Counting):
    def counted(self, command, times):
        if command.operation == "AttachUserData" and times == 3:
            command = changed(command, user_data={})
        return super(Counting, self).perform(command)


@mutant()
class ReferenceIdsStartAgainAfterAHundred(Counting):
    def counted(self, command, times):
        reply = super(Counting, self).perform(command)
        return attrs.evolve(reply, reference_id=reply.reference_id and (reply.reference_id - 1) % 100 + 1)

    def notifications(self):
        wrap = lambda number: number and (number - 1) % 100 + 1  # noqa: E731
        return tuple(attrs.evolve(each, reference_id=wrap(each.reference_id)) for each in super().notifications())


@mutant("chat", "workitem")
class NobodyIsToldAnythingAfterTwoHundredRequests(Counting):
    def counted(self, command, times):
        return super(Counting, self).perform(command)

    def notifications(self):
        found = super().notifications()
        return found if self.count < 200 else ()


@mutant("email")
class TheSecondSaveIsRefused(Counting):
    def counted(self, command, times):
        return Reply(False, 4) if command.operation == "Save" and times > 1 else super(Counting, self).perform(command)


# --- quantity ---------------------------------------------------------------------------------------------------------


@mutant()
class AWorkbinShowsTen(Base):
    def content(self, place):
        return super().content(place)[:10]


@mutant("chat")
class ASessionHasFiveAgentsAtMost(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "Accept" and record is not None and len(record.holders) >= 5:
            return Reply(False, 2)
        return super().perform(command)


@mutant("chat")
class ParticipantsAreEightAtMost(Base):
    def view(self, interaction, agent):
        seen = super().view(interaction, agent)
        listed = (seen.details or {}).get("participants") if seen else None
        return attrs.evolve(seen, details={**seen.details, "participants": listed[:8]}) if listed else seen


@mutant("workitem", "email")
class AnotherMediumOfTheSameAgentIsChangedToo(Base):
    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation == "UpdateUserData":
            for other in self.center.interactions(command.by):
                if other.media != command.media:
                    self.change(other.id, user_data=other.user_data.merged(command.user_data))
        return reply


# --- unknown names ----------------------------------------------------------------------------------------------------


@mutant()
class AnUnknownQueueIsAsGoodAsAny(Base):
    def perform(self, command):
        if getattr(command, "queue_name", None) is not None and command.queue_name not in self.world.queues:
            command = changed(command, queue_name="Inbound")
        return super().perform(command)


@mutant()
class ATransferToNobodyReleasesIt(Base):
    def perform(self, command):
        reply, record = super().perform(command), self.record(command)
        if not reply.ok and command.operation == "Transfer" and reply.status_code == 6 and record.holders:
            self.change(record.id, holders=(), state=State.QUEUED)
        return reply


@mutant()
class AnUnknownWorkbinKeepsUserDataOfTheRequest(Base):
    def perform(self, command):
        reply, record = super().perform(command), self.record(command)
        if not reply.ok and command.operation == "AddWorkitem" and record is not None and record.holders:
            self.change(record.id, user_data=record.user_data.merged({"WorkbinId": str(command.workbin)}))
        return reply


@mutant("chat")
class AnUnknownInteractionIsNoFault(Base):
    def perform(self, command):
        is_unknown = command.interaction is not None and self.record(command) is None
        return Reply(True, 0) if is_unknown else super().perform(command)


@mutant("email")
class AnUnknownDocumentIsAnswered(Base):
    def perform(self, command):
        reply = super().perform(command)
        return Reply(True, 0) if command.operation == "RemoveAttachment" and not reply.ok else reply


@mutant()
class AnUnknownAgentIsAnInternalError(Base):
    def perform(self, command):
        reply = super().perform(command)
        is_unknown = getattr(command, "target_agent", None) not in (None, *(each.id for each in self.world.agents))
        return Reply(False, 4) if is_unknown and not reply.ok else reply


# --- spelling ---------------------------------------------------------------------------------------------------------


@mutant()
class NamesOfOperationsIgnoreCase(Base):
    def perform(self, command):
        kinds: dict[str, Any] = {name.lower(): kind for name, kind in OPERATIONS.items()}
        kind = kinds.get(command.operation.lower())
        if kind is not None and kind.operation != command.operation:
            command = kind(by=command.by, interaction=command.interaction)
        return super().perform(command)


# --- fields of messages -----------------------------------------------------------------------------------------------


class Telling(Base):
    """Tells others than the acting agent something else."""

    others: Any

    def perform(self, command):
        before, self.sent = self.sent, []
        reply = super().perform(command)
        told = [each if each.agent == command.by else self.others(each, reply) for each in self.sent]
        self.sent = [*before, *told]
        return reply


@mutant("chat")
class TheReferenceIdIsToldToEverybody(Telling):
    def others(self, told, reply):
        return attrs.evolve(told, reference_id=reply.reference_id)


@mutant("chat")
class OthersAreToldTheListOfOneAgent(Telling):
    def others(self, told, reply):
        names = told.capabilities
        return attrs.evolve(told, capabilities=names[:13]) if names and len(names) == 16 else told


@mutant("chat")
class OthersAreNotToldOfTheNewcomer(Telling):
    def others(self, told, reply):
        listed = (told.details or {}).get("participants")
        return attrs.evolve(told, details={**told.details, "participants": listed[:1]}) if listed else told


@mutant("openmedia")
class MessagesAreOfAnotherType(Base):
    def notifications(self):
        found = super().notifications()
        return tuple(
            attrs.evolve(each, details={**each.details, "mediaType": "openmedia"})
            if each.details and "mediaType" in each.details
            else each
            for each in found
        )


@mutant()
class ItemRemovedComesFirstAfterAPull(Base):
    def notifications(self):
        found = super().notifications()
        return tuple(sorted(found, key=lambda each: each.kind != "ItemRemoved"))


@mutant()
class ItemsAreAddedToTheFirstWorkbin(Base):
    def notifications(self):
        return tuple(
            attrs.evolve(each, workbin="own-1") if each.kind == "ItemAdded" and each.workbin == "own-2" else each
            for each in super().notifications()
        )


@mutant("chat")
class MessagesOfAnotherInteraction(Telling):
    def others(self, told, reply):
        return attrs.evolve(told, media="email") if told.media else told


@mutant()
class TheWorkbinIsShownWhenItHasLeftIt(Base):
    def reset(self):
        super().reset()
        self.last = {}

    def view(self, interaction, agent):
        seen, record = super().view(interaction, agent), self.center.interaction(interaction)
        return seen and attrs.evolve(seen, details={**(seen.details or {}), "workbin": self.last.get(record.id)})

    def perform(self, command):
        reply, record = super().perform(command), self.record(command)
        if record is not None and record.workbin is not None:
            self.last[record.id] = record.workbin.id
        return reply


# --- time -------------------------------------------------------------------------------------------------------------


@mutant()
class LookingRestartsTheTime(Base):
    def view(self, interaction, agent):
        record = self.center.interaction(interaction)
        if record is not None and agent in record.holders:
            self.center.memory.expect(record, agent)
        return super().view(interaction, agent)


class Restarting(Base):
    restarted: Any

    def perform(self, command):
        reply, record = super().perform(command), self.record(command)
        if reply.ok and record is not None:
            for agent in self.restarted(command, record):
                self.center.memory.expect(record, agent)
        return reply


@mutant("chat")
class WhatOthersSayRestartsTheTime(Restarting):
    def restarted(self, command, record):
        return record.holders if command.operation == "SendMessage" else ()


@mutant("chat")
class ASecondInvitationRestartsTheFirst(Restarting):
    def restarted(self, command, record):
        return record.invited if command.operation in ("Invite", "Consult") else ()


@mutant("chat")
class ARejectedInvitationRestartsTheHoldersTime(Restarting):
    def restarted(self, command, record):
        return record.holders if command.operation == "Reject" else ()


@mutant("chat")
class AllAgentsHaveOneTime(Restarting):
    def restarted(self, command, record):
        return record.holders if command.by in record.holders else ()


@mutant()
class ARefusedRequestDoesNotRestartTheTimeButReadingTheWorkbinDoes(Base):
    def content(self, place):
        for record in self.center.interactions():
            for agent in record.holders:
                self.center.memory.expect(record, agent)
        return super().content(place)


@mutant()
class TheUserDataKeyOfTheTimeoutIsIgnored(Base):
    def create(self, new):
        id = super().create(changed(new, user_data={}))
        self.change(id, user_data=new.user_data or {})
        return id

    def advance(self, seconds):
        kept = {each.id: each.user_data for each in self.center.interactions()}
        super().advance(seconds)
        for id, data in kept.items():
            self.change(id, user_data=data)

    def perform(self, command):
        before = self.record(command)
        if before is not None and "handling-timeout" in before.user_data:
            self.change(before.id, user_data={k: v for k, v in before.user_data.items() if k != "handling-timeout"})
            reply, after = super().perform(command), self.record(command)
            self.change(
                after.id, user_data={**after.user_data, "handling-timeout": before.user_data["handling-timeout"]}
            )
            return reply
        return super().perform(command)


# --- roles ------------------------------------------------------------------------------------------------------------


@mutant()
class ASupervisorMayCompleteAnything(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "Complete" and command.by == "boss" and record is not None and record.holders:
            command = changed(command, by=record.holders[0])
        return super().perform(command)


@mutant()
class ASupervisorPullsFromAGroup(Base):
    def perform(self, command):
        if command.operation.startswith("Pull") and command.by == "boss" and command.agent_group:
            command = changed(command, by="a1")
        return super().perform(command)


@mutant()
class EveryGroupsWorkbinIsOpenToAll(Base):
    def perform(self, command):
        if command.operation.startswith("Pull") and command.by == "b1" and command.agent_group:
            command = changed(command, by="a1")
        return super().perform(command)


@mutant("email")
class ASupervisorWritesUserDataOfOthers(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "UpdateUserData" and command.by == "boss" and record is not None and record.holders:
            command = changed(command, by=record.holders[0])
        return super().perform(command)


@mutant()
class ASupervisorRejectsForTheInvitee(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "Reject" and command.by == "boss" and record is not None and record.invited:
            command = changed(command, by=record.invited[0])
        return super().perform(command)


# --- addresses --------------------------------------------------------------------------------------------------------


@mutant()
class AnotherMediumsPullDoes(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "PullChat" and record is not None:
            command = ix.PullWorkitem(
                by=command.by, interaction=command.interaction, workbin=command.workbin, agent_group=command.agent_group
            )
        return super().perform(command)


@mutant("email")
class TheAddressSaysNothingOfTheMedium(Base):
    def perform(self, command):
        record = self.record(command)
        if record is not None and command.media not in (None, record.media):
            command = changed(command, media=None, media_type=None)
        return super().perform(command)


@mutant()
class NobodyNeedsToSignIn(Base):
    def perform(self, command):
        record, known = self.record(command), {each.id for each in self.world.agents}
        if getattr(command, "by", None) not in (None, *known) and record is not None and record.holders:
            command = changed(command, by=record.holders[0])
        return super().perform(command)


# --- subscriptions ----------------------------------------------------------------------------------------------------


def _end_other_subscriptions(center, command):
    """End those of the agent to other workbins than the one that they name."""
    for place in center.memory.subscriptions(command.by or ""):
        if place.id != command.workbin:
            about = {"workbin": place.id, "agent_group": place.agent_group}
            center.apply(ix.Unsubscribe(by=command.by, **about))


@mutant()
class ASecondSubscriptionReplacesTheFirst(Base):
    def perform(self, command):
        if command.operation == "Subscribe":
            _end_other_subscriptions(self.center, command)
        return super().perform(command)


@mutant()
class UnsubscribeEndsAllSubscriptions(Base):
    def perform(self, command):
        if command.operation == "Unsubscribe":
            _end_other_subscriptions(self.center, command)
        return super().perform(command)


@mutant()
class TheLastWhoUnsubscribesEndsItForAll(Base):
    def perform(self, command):
        reply = super().perform(command)
        if command.operation == "Unsubscribe" and reply.ok and command.agent_group:
            for other in self.world.workers:
                about = {"workbin": command.workbin, "agent_group": command.agent_group}
                self.center.apply(ix.Unsubscribe(by=other, **about))
        return reply


# --- final states, and what goes on after them ------------------------------------------------------------------------


@mutant("email")
class WhatWasSentCanBeSentAgain(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "Send" and record is not None and record.state is State.SENT:
            return Reply(True, 0)
        return super().perform(command)


@mutant()
class CompletedInteractionsTakeUserData(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "UpdateUserData" and record is not None and record.state is State.COMPLETED:
            self.change(record.id, user_data=record.user_data.merged(command.user_data or {}))
            return Reply(True, 0)
        return super().perform(command)


@mutant("twitter")
class ACanceledDraftIsStillSaved(Base):
    def perform(self, command):
        record = self.record(command)
        if command.operation == "Save" and record is not None and record.state is State.CANCELED:
            return Reply(True, 0)
        return super().perform(command)


@mutant("chat")
class TheSecondChatOfAnAgentHasNoParticipants(Base):
    def view(self, interaction, agent):
        seen = super().view(interaction, agent)
        held = [each.id for each in self.center.interactions(agent)]
        if seen is None or len(held) < 2 or held[0] == interaction:
            return seen
        return attrs.evolve(seen, details={**(seen.details or {}), "participants": []})


@mutant()
class RejectedItemsGoToTheOtherQueue(Base):
    """Reject ends nothing, but the item is never offered again: where it goes next is another question."""

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and command.operation == "Reject":
            self.rejected = {*getattr(self, "rejected", ()), command.interaction}
        return reply

    def offer(self, interaction, agent):
        if interaction not in getattr(self, "rejected", ()):
            super().offer(interaction, agent)

    def reset(self):
        super().reset()
        self.rejected = set()


@mutant("chat")
class AMessageIsToldInAnotherSession(Base):
    """A message in one session is told to the agents of all sessions."""

    def perform(self, command):
        before, self.sent = self.sent, []
        reply = super().perform(command)
        extra = []
        if reply.ok and command.operation == "SendMessage":
            spoken = [each for each in self.sent if isinstance(each, Told)][:1]
            for record in self.center.interactions(media="chat"):
                if record.id != command.interaction:
                    extra += [
                        attrs.evolve(each, agent=agent, interaction=record.id)
                        for each in spoken
                        for agent in record.holders
                    ]
        self.sent = [*before, *self.sent, *extra]
        return reply
