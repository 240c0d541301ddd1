"""More wrong implementations, written without looking at those of ``mutants`` and ``strangers``: what a server that
somebody begins to write gets wrong. `MUTANTS` has them by name, with the media where they show.
"""

import copy
import json
import struct
import unicodedata
from typing import Any

import attrs
from wrong import Base, register_in

import ixnstate as ix
from ixnstate.commands import OPERATIONS, parameters_of
from ixnstate.testing import Reply, Told
from ixnstate.values import changed

State = ix.State
DONE = Reply(ok=True, status_code=0)
MUTANTS = {}
mutant = register_in(MUTANTS)


# --- nested and odd user data -----------------------------------------------------------------------------------------


class Keeping(Base):
    """Keeps user data in another form than they came in."""

    def kept(self, data):
        return {key: self.value(value) for key, value in data.items()}

    def value(self, value):
        return value

    def perform(self, command):
        data = getattr(command, "user_data", None)
        if data is not None and hasattr(data, "items"):
            command = changed(command, user_data=self.kept(dict(data)))
        return super().perform(command)

    def create(self, new):
        return super().create(changed(new, user_data=self.kept(dict(new.user_data or {}))))


def deep(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: deep(one[key], value) if key in one else value for key, value in other.items()}}
    return other


@mutant()
class AttachMergesNestedObjects(Base):
    """A new object is merged into the one that is there, and does not replace it."""

    def perform(self, command):
        record = self.record(command)
        if (
            isinstance(command, ix.AttachUserData | ix.UpdateUserData)
            and record
            and isinstance(command.user_data, dict)
        ):
            merged = {key: deep(record.user_data.get(key), value) for key, value in command.user_data.items()}
            command = changed(command, user_data=merged)
        return super().perform(command)


@mutant()
class ListsOfOneAreUnwrapped(Keeping):
    """XML on the way: a list of one element and the element are the same."""

    def value(self, value):
        return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


@mutant()
class TextIsCutAt255(Keeping):
    """VARCHAR(255)."""

    def value(self, value):
        return value[:255] if isinstance(value, str) else value


@mutant()
class NumbersAreSinglePrecision(Keeping):
    """REAL: large integers lose digits."""

    def value(self, value):
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return int(struct.unpack("f", struct.pack("f", value))[0]) if is_number else value


@mutant()
class FractionsAreCut(Keeping):
    """INTEGER."""

    def value(self, value):
        return int(value) if isinstance(value, float) else value


@mutant()
class WordsBecomeFlags(Keeping):
    """YAML: the texts true and false become flags."""

    def value(self, value):
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


@mutant()
class NamesOfObjectMembersAreLost(Keeping):
    """A plain object of JavaScript as a table: what every object has cannot be stored."""

    def kept(self, data):
        return {key: value for key, value in super().kept(data).items() if key not in ("__proto__", "constructor")}


@mutant()
class TextIsComposed(Keeping):
    """Unicode NFC."""

    def value(self, value):
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


@mutant()
class DeleteTakesKeysThatBeginSo(Base):
    """LIKE 'key%'."""

    def perform(self, command):
        record = self.record(command)
        if isinstance(command, ix.DeleteUserData) and record and isinstance(command.keys, tuple):
            keys = [key for key in record.user_data if any(key.startswith(str(each)) for each in command.keys)]
            command = changed(command, keys=tuple(dict.fromkeys((*command.keys, *keys))))
        return super().perform(command)


@mutant()
class DeleteStopsAtAnUnknownKey(Base):
    """An exception in a loop: what comes after the key that is not there stays."""

    def perform(self, command):
        record = self.record(command)
        if isinstance(command, ix.DeleteUserData) and record and isinstance(command.keys, tuple):
            keys = command.keys
            unknown = next((place for place, key in enumerate(keys) if key not in record.user_data), len(keys))
            command = changed(command, keys=keys[: unknown + 1])
        return super().perform(command)


@mutant()
class DataThatLookAlikeAreNotWritten(Base):
    """Nothing is written if the new text of the data is the old one, cases aside."""

    def perform(self, command):
        record = self.record(command)
        data = getattr(command, "user_data", None)
        if isinstance(command, ix.UpdateUserData) and record and isinstance(data, dict):
            new = {
                key: value
                for key, value in data.items()
                if str(record.user_data.get(key)).lower() != str(value).lower()
            }
            command = changed(command, user_data=new)
        return super().perform(command)


@mutant("email")
class ReplyForgetsItsUserData(Base):
    """Only Create stores what comes with it."""

    def perform(self, command):
        if isinstance(command, ix.Reply):
            command = changed(command, user_data={})
        return super().perform(command)


# --- drafts, attachments ----------------------------------------------------------------------------------------------


@mutant("email")
class SaveReplacesTheWholeDraft(Base):
    """Fields that are not given are emptied."""

    def perform(self, command):
        record = self.record(command)
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.Save) and record is not None:
            now = self.record(command)
            fields = {
                key: value
                for key, value in now.content.items()
                if key in command.content or key in ("attachments", "comment")
            }
            self.change(now.id, content=fields)
        return reply


@mutant("email")
class RemoveAttachmentRemovesAll(Base):
    """DELETE without WHERE."""

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.RemoveAttachment):
            record = self.record(command)
            self.change(record.id, content={k: v for k, v in record.content.items() if k != "attachments"})
        return reply


@mutant("email")
class ADraftLosesItsFieldsInAWorkbin(Base):
    """What was saved does not come back with PullInteraction."""

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.PullInteraction):
            self.change(command.interaction, content={})
        return reply


# --- messages of others -----------------------------------------------------------------------------------------------


class Saying(Base):
    """Changes what is said in a session."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        self.sent[before:] = [self.said(each, outcome) for each in self.sent[before:]]

    def said(self, told, outcome):
        return told


@mutant("chat")
class TheThirdAgentDoesNotHearTheSecond(Base):
    """Messages go to the one who speaks and to the first agent of the session."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        record = outcome.interaction
        if record is not None and len(record.holders) > 2:
            hear = {record.holders[0], *(e.by for e in outcome.events if getattr(e, "by", None))}
            self.sent[before:] = [
                each for each in self.sent[before:] if each.kind != "NewMessages" or each.agent in hear or not each.text
            ]


@mutant("chat")
class ANewcomerIsToldOfThoseWhoLeftBefore(Base):
    """Participants are never removed from the list that others are told."""

    def reset(self):
        super().reset()
        self.ever = {}

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        record = outcome.interaction
        if record is None:
            return
        ever = self.ever.setdefault(record.id, {})
        for at, each in enumerate(self.sent[before:], before):
            listed = (each.details or {}).get("participants")
            if isinstance(listed, list | tuple) and listed:
                ever.update({one.get("participantId"): one for one in listed})
                details = {**each.details, "participants": list(ever.values())}
                self.sent[at] = attrs.evolve(each, details=details)


@mutant("chat")
class WhoHearsItIsSaidToHaveSaidIt(Saying):
    """The sender of a message is the agent to whom it is sent."""

    def said(self, told, outcome):
        if told.kind == "NewMessages" and told.text and told.details and "from" in told.details:
            sender = {**told.details["from"], "participantId": told.agent, "nickname": told.agent}
            return attrs.evolve(told, details={**told.details, "from": sender})
        return told


@mutant("chat")
class WhatAgentsSayAmongThemselvesIsForAll(Saying):
    """The visibility of a message is always All."""

    def said(self, told, outcome):
        if told.kind == "NewMessages" and told.details and "visibility" in told.details:
            return attrs.evolve(told, details={**told.details, "visibility": "All"})
        return told


@mutant("chat")
class EverythingIsText(Saying):
    """The type of a message is always Text."""

    def said(self, told, outcome):
        if told.kind == "NewMessages" and told.details and "type" in told.details:
            return attrs.evolve(told, details={**told.details, "type": "Text"})
        return told


@mutant("chat")
class SetDispositionIgnoresItsKey(Base):
    """It is always kept under the same key."""

    def perform(self, command):
        if isinstance(command, ix.SetDisposition):
            command = changed(command, disposition_key=None)
        return super().perform(command)


# --- lists ------------------------------------------------------------------------------------------------------------


@mutant()
class TheListOfAnAgentHasNoInvitations(Base):
    """GET /me/interactions has only what the agent holds."""

    def interactions(self, agent):
        held = (self.center.interaction(each) for each in super().interactions(agent))
        return tuple(each.id for each in held if agent in each.holders)


@mutant()
class WhatHasEndedStaysInTheList(Base):
    """GET /me/interactions has whatever the agent had."""

    def reset(self):
        super().reset()
        self.had = {}

    def interactions(self, agent):
        had = self.had.setdefault(agent, {})
        had.update(dict.fromkeys(super().interactions(agent)))
        return tuple(had)


@mutant()
class EverybodyListsEverything(Base):
    """GET /me/interactions is GET /interactions."""

    def interactions(self, agent):
        return tuple(each.id for each in self.center.interactions() if each.holders or each.invited)


@mutant()
class OnlyWhoPutItThereListsIt(Base):
    """A group's workbin is listed to the agent who put it there, to others it is empty."""

    def reset(self):
        super().reset()
        self.by = {}

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.AddInteraction | ix.PlaceInWorkbin):
            self.by[command.interaction] = command.by
        return reply

    def content(self, place, agent=None):
        found = super().content(place)
        return found if agent is None else tuple(each for each in found if self.by.get(each) == agent)


# --- timers -----------------------------------------------------------------------------------------------------------


@mutant()
class LookingAtAnInvitationBeginsItAnew(Base):
    """A GET by the invited agent."""

    def view(self, interaction, agent):
        record = self.center.interaction(interaction)
        if record is not None and agent in record.invited:
            self.seen = {**getattr(self, "seen", {}), interaction: self.center.now}
        return super().view(interaction, agent)

    def advance(self, seconds):
        hands = self.center.memory.hands
        for place, entry in enumerate(hands.invitations):
            since = getattr(self, "seen", {}).get(entry[2])
            if since is not None and hands.table[entry[3]].get(entry[2]) is entry:
                late = (since + self.center.memory.delivering_timeout, *entry[1:])
                hands.invitations[place] = hands.table[entry[3]][entry[2]] = late
        super().advance(seconds)


@mutant()
class AShortTimeoutIsInSeconds(Base):
    """handling-timeout is in minutes."""

    def create(self, new):
        data = dict(new.user_data or {})
        if "handling-timeout" in data:
            self.short = True
        return super().create(new)

    def reset(self):
        super().reset()
        self.short = False

    def advance(self, seconds):
        super().advance(seconds * 60 if self.short else seconds)


@mutant()
class ATimeoutOfWorkCompletesIt(Base):
    """Work that is left alone ends."""

    def advance(self, seconds):
        before = {each.id: each for each in self.center.interactions()}
        super().advance(seconds)
        for id, record in before.items():
            now = self.center.interaction(id)
            if record.holders and now is not None and now.state is State.QUEUED:
                self.change(id, state=State.COMPLETED)


# --- roles ------------------------------------------------------------------------------------------------------------


@mutant()
class ASupervisorCannotPull(Base):
    """Only the owner takes something out of an agent's workbin."""

    def perform(self, command):
        if isinstance(command, ix.PullInteraction) and command.owner is not None and command.owner != command.by:
            return Reply(ok=False, status_code=5)
        return super().perform(command)


@mutant()
class ASupervisorPullsForTheOwner(Base):
    """What a supervisor pulls goes to whose workbin it was."""

    def perform(self, command):
        owner = getattr(command, "owner", None)
        if isinstance(command, ix.PullInteraction) and owner is not None:
            return super().perform(changed(command, by=owner, owner=None))
        return super().perform(command)


@mutant()
class WhoeverAsksMaySubscribe(Base):
    """Nobody looks whether the agent is a member of the group."""

    def perform(self, command):
        reply = super().perform(command)
        return DONE if isinstance(command, ix.Subscribe) and reply.status_code == 5 else reply


@mutant()
class GroupsShareAWorkbin(Base):
    """A group's workbin is found by its id alone: another group's member takes out what is not theirs."""

    def perform(self, command):
        record = self.record(command)
        if (
            isinstance(command, ix.PullInteraction)
            and command.agent_group == "H"
            and command.by == "b1"
            and record is not None
            and record.workbin is not None
            and record.workbin.id == command.workbin
            and record.workbin.agent_group
        ):
            self.change(record.id, workbin=attrs.evolve(record.workbin, agent_group="H"))
            content = self.center.memory.instances[record.workbin.id, "G"].content
            self.center.memory.instance(self.center.interaction(record.id).workbin).content[record.id] = content.pop(
                record.id
            )
        return super().perform(command)


@mutant()
class OneMayTransferToOneself(Base):
    """It changes nothing, and is said to be done."""

    def perform(self, command):
        if isinstance(command, ix.Transfer) and command.target_agent == command.by and command.target_queue is None:
            record = self.record(command)
            if record is not None and command.by in record.holders:
                return DONE
        return super().perform(command)


@mutant("chat")
class OneMayInviteWhoIsThere(Base):
    """Inviting an agent who is in the session already is done, without effect."""

    def perform(self, command):
        record = self.record(command)
        if isinstance(command, ix.Invite) and record and {command.by, command.target_agent} <= set(record.holders):
            return DONE
        return super().perform(command)


# --- workbins and subscriptions ---------------------------------------------------------------------------------------


@mutant()
class WhatComesBackTakesItsOldPlace(Base):
    """The order in a workbin is that of the first arrival."""

    def reset(self):
        super().reset()
        self.first = []

    def perform(self, command):
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.AddInteraction | ix.PlaceInWorkbin):
            self.first.append(command.interaction)
        return reply

    def content(self, place, agent=None):
        return tuple(sorted(super().content(place), key=self.first.index))


@mutant()
class UnsubscribingOnceIsNotEnough(Base):
    """Subscriptions are counted."""

    def reset(self):
        super().reset()
        self.counts = {}

    def perform(self, command):
        if isinstance(command, ix.Subscribe):
            key = command.by, command.workbin, command.agent_group
            reply = None
            if isinstance(command, ix.Unsubscribe):
                self.counts[key] = max(self.counts.get(key, 0) - 1, 0)
                if self.counts[key]:
                    reply = super().perform(command)
                    again = ix.Subscribe(by=command.by, workbin=command.workbin, agent_group=command.agent_group)
                    super().perform(again)
                    self.sent.pop()
            else:
                self.counts[key] = self.counts.get(key, 0) + 1
            return reply or super().perform(command)
        return super().perform(command)


@mutant()
class OfSeveralWorkbinsOnlyTheFirstIsSubscribedTo(Base):
    """The list is not gone through."""

    def perform(self, command):
        if isinstance(command, ix.Subscribe) and command.workbins:
            command = changed(command, workbins=(), workbin=command.workbins[0])
        return super().perform(command)


@mutant()
class SubscribingToAnUnknownWorkbinIsDone(Base):
    """Nobody looks whether it is there."""

    def perform(self, command):
        reply = super().perform(command)
        return DONE if isinstance(command, ix.Subscribe) and reply.status_code == 6 else reply


@mutant()
class ASubscriptionIsToAllInstances(Base):
    """A subscription to one's own workbin is one to that of every agent."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        new = self.sent[before:]
        if any(each.kind in ("ItemAdded", "ItemRemoved") for each in new) or outcome.interaction is None:
            return
        record = outcome.interaction
        place = record.workbin
        if place is not None and place.owner is not None:
            for agent in self.world.workers:
                key = place.id, agent
                if agent != place.owner and agent in self.center.memory.subscribers.get(key, ()):
                    said = record.id, record.media, record.state.value
                    self.sent.append(Told(agent, "ItemAdded", *said, workbin=place.id))


# --- spelling ---------------------------------------------------------------------------------------------------------


@mutant()
class SpacesAroundANameDoNotMatter(Base):
    """strip()."""

    def perform(self, command):
        name = command.operation.strip()
        if isinstance(command, ix.Custom) and name != command.operation and name in OPERATIONS:
            known: Any = OPERATIONS[name]
            return super().perform(known(by=command.by, interaction=command.interaction, media=command.media))
        return super().perform(command)


@mutant()
class KeysInAnyCase(Base):
    """json.NewDecoder of Go: userdata is as good as userData."""

    def perform(self, command):
        if isinstance(command, ix.Custom) and command.operation in OPERATIONS and command.arguments:
            right = {"userdata": "user_data", "keys": "keys", "queuename": "queue_name"}
            given = {right[key.lower()]: value for key, value in command.arguments.items() if key.lower() in right}
            known = OPERATIONS[command.operation]
            names = {each.name for each in parameters_of(known)}
            if given and given.keys() <= names:
                about = {name: getattr(command, name) for name in ("by", "interaction", "media", "media_type")}
                return super().perform(known(**about, **given))
        return super().perform(command)


# --- final states, several --------------------------------------------------------------------------------------------


@mutant()
class AnAgentHasTenAtMost(Base):
    """LIMIT 10: what comes after it is not shown."""

    def view(self, interaction, agent):
        mine = [each.id for each in self.center.interactions() if agent in each.holders]
        return None if interaction in mine[10:] else super().view(interaction, agent)


@mutant()
class TheFiftiethRequestIsRefused(Base):
    """A pool that is not given back."""

    def reset(self):
        super().reset()
        self.count = 0

    def perform(self, command):
        self.count += 1
        return Reply(ok=False, status_code=1) if self.count == 50 else super().perform(command)


@mutant("workitem", "email")
class CompletingOneCompletesThoseOfTheSameNumber(Base):
    """Ids are compared by their digits: the two media have their own counters."""

    def perform(self, command):
        reply = super().perform(command)
        record = self.record(command)
        if reply.ok and isinstance(command, ix.Complete) and record is not None:
            for other in list(self.center.interactions()):
                if other.media != record.media and set(other.holders) & {command.by}:
                    self.change(other.id, state=State.COMPLETED, holders=())
        return reply


@mutant("email")
class WhatWasSentCanStillBeCanceled(Base):
    """Sent is not seen as an end."""

    def perform(self, command):
        record = self.record(command)
        if isinstance(command, ix.Cancel) and record is not None and record.state is State.SENT:
            return DONE
        return super().perform(command)


@mutant()
class UserDataAreTextOnTheWay(Keeping):
    """json.dumps of what is nested deeper than one level."""

    def value(self, value):
        if hasattr(value, "items"):
            return {key: json.dumps(each) if hasattr(each, "items") else each for key, each in value.items()}
        return value


# --- a second dozen, written when the first was found -----------------------------------------------------------------


@mutant()
class ContentIsSortedById(Base):
    """ORDER BY id."""

    def content(self, place, agent=None):
        return tuple(sorted(super().content(place)))


@mutant("chat")
class NewsComesBeforeWhoIsThere(Base):
    """Whoever is in a session hears that somebody joined before they are told who takes part."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        self.sent[before:] = sorted(self.sent[before:], key=lambda told: told.kind != "NewMessages")


@mutant("chat")
class AFormerNicknameIsKept(Base):
    """The nickname of an agent is kept from the session before."""

    def reset(self):
        super().reset()
        self.names = {}

    def perform(self, command):
        if isinstance(command, ix.Accept):
            if command.nickname is not None:
                self.names[command.by] = command.nickname
            elif command.by in self.names:
                command = changed(command, nickname=self.names[command.by])
        return super().perform(command)


@mutant()
class TimeIsCountedFromTheLastTick(Base):
    """A timer is checked against the time that has passed since it was last checked."""

    def advance(self, seconds):
        if seconds >= 30:
            super().advance(seconds)
        else:
            outcome = self.center.advance(0)
            self.told(outcome)


@mutant("chat")
class APulledSessionIsAliveAgain(Base):
    """A session from which the customer has gone is Chatting when it comes out of a workbin."""

    def perform(self, command):
        reply = super().perform(command)
        record = self.record(command)
        if reply.ok and isinstance(command, ix.PullInteraction) and record.state is State.LEFT_CHAT:
            self.change(record.id, state=State.CHATTING)
        return reply


@mutant("chat")
class OnlyTheFirstHearsThatTheCustomerLeft(Base):
    """Stop tells the first agent of a session."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        new = self.sent[before:]
        if len(new) > 1 and all(each.state == State.REVOKED for each in new):
            self.sent[before:] = new[:1]


@mutant("chat")
class OnlyWhoChangesUserDataIsTold(Base):
    """The other agents of a session are not told of new user data."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        by = {getattr(each, "by", None) for each in outcome.events} - {None}
        self.sent[before:] = [
            each for each in self.sent[before:] if each.kind != "PropertiesUpdated" or each.agent in by
        ]


@mutant()
class MessagesHaveOnlyWhatChanged(Base):
    """PropertiesUpdated carries the new keys alone."""

    def perform(self, command):
        before = len(self.sent)
        reply = super().perform(command)
        data = getattr(command, "user_data", None)
        if reply.ok and isinstance(command, ix.AttachUserData) and data:
            self.sent[before:] = [
                attrs.evolve(each, user_data=dict(data)) if each.user_data is not None else each
                for each in self.sent[before:]
            ]
        return reply


@mutant()
class ASupervisorAddsToTheirOwn(Base):
    """What a supervisor puts into an agent's workbin is put into the supervisor's."""

    def perform(self, command):
        if isinstance(command, ix.AddInteraction | ix.PlaceInWorkbin) and command.owner is not None:
            reply = super().perform(command)
            record = self.record(command)
            if reply.ok and record.workbin is not None:
                place = record.workbin
                self.center.memory.instances[place.id, place.owner].content.pop(record.id)
                own = attrs.evolve(place, owner=command.by)
                self.change(record.id, workbin=own)
                self.center.memory.instance(own).content[record.id] = 0.0
            return reply
        return super().perform(command)


@mutant()
class MembersAreToldThoughTheyHaveNotSubscribed(Base):
    """Every member of a group is told what comes into its workbins, if anybody is."""

    def told(self, outcome):
        before = len(self.sent)
        super().told(outcome)
        new = self.sent[before:]
        for each in new:
            if each.kind == "ItemAdded" and each.workbin in self.world.of_type("AgentGroup"):
                others = {*self.world.workers} - {one.agent for one in new if one.kind == each.kind}
                self.sent += [attrs.evolve(each, agent=agent, reference_id=None) for agent in sorted(others)]
                return


@mutant("email")
class ADraftIsAssignedToItsFirstAgent(Base):
    """assignedTo stays as it was when the draft was transferred."""

    def reset(self):
        super().reset()
        self.first = {}

    def view(self, interaction, agent):
        seen = super().view(interaction, agent)
        if seen is None or not seen.details or "assignedTo" not in seen.details:
            return seen
        first = self.first.setdefault(interaction, seen.details["assignedTo"])
        return attrs.evolve(seen, details={**seen.details, "assignedTo": first})


@mutant()
class KeysAreCutAtAColumnsWidth(Base):
    """User data lie in a table, whose column of keys is 64 characters wide."""

    def perform(self, command):
        data = getattr(command, "user_data", None)
        if isinstance(data, dict):
            command = changed(command, user_data={str(key)[:64]: value for key, value in data.items()})
        return super().perform(command)


@mutant()
class LookingAtItIsNoWork(Base):
    """SetInFocus does not begin the agent's time anew."""

    def perform(self, command):
        hands = copy.deepcopy(self.center.memory.hands)
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.SetInFocus):
            self.center.memory.hands = hands
        return reply


@mutant("chat")
class OnlyWordsAreWork(Base):
    """In a session the notice that somebody types does not begin the agent's time anew."""

    def perform(self, command):
        hands = copy.deepcopy(self.center.memory.hands)
        reply = super().perform(command)
        if reply.ok and isinstance(command, ix.SendStartTypingNotification):
            self.center.memory.hands = hands
        return reply


@mutant()
class LateAnswersAreTaken(Base):
    """An invitation that has run out can still be accepted, as long as nobody else was invited."""

    def reset(self):
        super().reset()
        self.late = {}

    def advance(self, seconds):
        invited = {id: record.invited for id, record in self.center.memory.records.items() if record.invited}
        super().advance(seconds)
        self.late |= {id: agents for id, agents in invited.items() if not self.center.interaction(id).invited}

    def perform(self, command):
        reply, record = super().perform(command), self.record(command)
        is_late = isinstance(command, ix.Accept) and command.by in self.late.get(command.interaction, ())
        if reply.ok or not is_late or record.state is not State.QUEUED:
            return reply
        self.change(command.interaction, state=State.PROCESSING, holders=(command.by,))
        return DONE


@mutant()
class WorkIsFinishedThoughItWasTaken(Base):
    """Who had it last may complete it, though it went back to its queue when their time was over."""

    def reset(self):
        super().reset()
        self.last = {}

    def advance(self, seconds):
        self.last |= {id: record.holders for id, record in self.center.memory.records.items() if record.holders}
        super().advance(seconds)

    def perform(self, command):
        reply, record = super().perform(command), self.record(command)
        is_mine = isinstance(command, ix.Complete) and command.by in self.last.get(command.interaction, ())
        if reply.ok or not is_mine or record.state is not State.QUEUED or command.queue_name is not None:
            return reply
        self.change(command.interaction, state=State.COMPLETED)
        return DONE
