"""The words: states, evidence, and the closed alphabets in which the definition is written.

Every enum prints as the expression that makes it (``State.PROCESSING``), so that the repr of a value pastes into a
test. The values of two enums never coincide: two StrEnums with one value would be one dict key.
"""

from enum import Enum, StrEnum
from typing import Self

from ixnstate.values import frozen


class _Word(StrEnum):
    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class State(_Word):
    """Where an interaction stands, as the documents spell it. `REVOKED` exists only in notices, never in a record."""

    QUEUED = "Queued"
    INVITED = "Invited"
    PROCESSING = "Processing"
    CHATTING = "Chatting"
    LEFT_CHAT = "LeftChat"
    COMPOSING = "Composing"
    IN_WORKBIN = "InWorkbin"
    COMPLETED = "Completed"
    SENT = "Sent"
    CANCELED = "Canceled"
    REVOKED = "Revoked"

    @property
    def is_final(self) -> bool:
        """Whether nothing leaves it: Completed, Sent, Canceled."""
        return self in FINAL_STATES


FINAL_STATES = frozenset({State.COMPLETED, State.SENT, State.CANCELED})
HELD_STATES = frozenset({State.PROCESSING, State.CHATTING, State.LEFT_CHAT, State.COMPOSING})


class Evidence(_Word):
    """How well an edge or a list is known."""

    DOCUMENTED = "documented"  # a page of the vendor's documentation says so or shows it
    CAPTURED = "captured"  # seen in a recorded session or in public client code that works against a real server
    INFERRED = "inferred"  # follows from a sibling page or from the vendor's event model
    SILENT = "silent"  # no page says anything; what a user would expect


class Family(_Word):
    """The three families of media."""

    ITEMS = "items"
    MAIL = "mail"
    SESSIONS = "sessions"


class Who(_Word):
    """Whose operation an edge is."""

    PLATFORM = "platform"  # the router, a timer, a media server: a signal, by nobody
    HOLDER = "holder"  # an agent who holds the interaction
    INVITEE = "invitee"  # an agent who is invited to it
    ANYONE = "anyone"  # an agent who need not have it


class When(_Word):
    """The condition of an edge: what must be true of the record and of the command's arguments."""

    ALWAYS = "always"
    TO_AGENT = "to an agent"  # target_agent is given
    TO_QUEUE = "to a queue"  # target_queue is given
    INTO_QUEUE = "into a queue"  # queue_name is given
    OTHERS_REMAIN = "others remain"  # other agents hold the session
    TO_AGENT_OTHERS_REMAIN = "to an agent, others remain"
    OF_INVITEE = "of an invitee"  # the agent named is invited
    OF_ONE_HOLDER = "of one of several holders"  # the agent named holds it, and others do
    GIVER_HOLDS = "the giver still holds it"  # an invitation by Transfer, with ownership passing on acceptance
    FOR_OWNER = "into another agent's workbin"  # owner is given: the supervisor's scope
    IN_GROUP = "in a group's workbin"  # agent_group or place_group is given


class Destination(Enum):
    """A state that the record alone knows, where the definition names none."""

    SAME = "the same state"  # a row of the table leads to the state that it starts from
    RESUME = "the state to resume"  # a row leads to the state in which it was put away, or else the medium's active one
    AS_BEFORE = "as before"  # what is resumed later is what would have been resumed before

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class Does(_Word):
    """What an edge does to the record besides its state. The functions are in `ixnstate.effects`."""

    KEEP = "keeps its holders"
    OFFER = "invites the agent"
    HOLD = "the agent holds it"
    JOIN = "the invitee joins"
    DECLINE = "the invitation ends"
    RELEASE = "everybody lets go"
    DROP_OUT = "one agent lets go"
    HAND_OVER = "the giver lets go, the target is invited"
    OFFER_ON = "the target is invited, the giver holds it until then"
    REPLACE = "the target holds it"
    PASS_ON = "the giver leaves, the target is invited to join"
    ASK = "the target is invited to join"
    CONSULT = "the target is invited to join, unseen by the customer"
    CONSULT_QUEUE = "a queue is asked for an agent"
    REMOVE = "the target is out"
    STORE = "goes into the workbin"
    TAKE = "the puller takes it out"
    SET_DATA = "user data set"
    DELETE_DATA = "user data deleted"
    DISPOSE = "disposition set in the user data"
    COMMENT = "comment set"
    SAVE = "content saved"
    SEND = "content sent, everybody lets go"
    ATTACH = "attachment added"
    DETACH = "attachment removed"
    SPAWN = "a child draft appears"
    MESSAGE = "a message in the session"
    NOTHING = "changes nothing"


class RefusalCode(_Word):
    """Why a command is refused: a closed list. `Refusal.status_code` is the number that the API documents for it."""

    UNKNOWN_OPERATION = "unknown operation"
    ILLEGAL = "illegal in this state"
    NOT_HOLDER = "not the holder"
    MISSING_PARAMETER = "missing parameter"
    INVALID_PARAMETER = "invalid parameter"
    NO_PERMISSION = "no permission"
    FEATURE_DISABLED = "feature disabled"
    NOT_FOUND = "not found"
    FINAL = "final state"
    STALE = "stale revision"


class Condition(_Word):
    """Why a command is refused that is well-formed: a closed list. ``sentence`` says it.

    It is what `Refusal.failed` holds, unless that is a parameter.
    """

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        """A condition by its value, with its sentence."""
        condition = str.__new__(cls, value)
        condition._value_ = value
        condition.sentence = sentence
        return condition

    ALREADY_THERE = "the workbin it is in", "it is in that workbin already"
    TARGET_HAS_IT = "the target has it", "the target has it already"
    TARGET_HAS_IT_NOT = "the target has it not", "the target does not take part in it"
    ANOTHER_INTERACTION = "another interaction", "the command is for another interaction"
    ANOTHER_WORKBIN = "another workbin", "it is in another workbin"
    NOBODY_TO_REVOKE = "nobody to revoke", "that agent neither holds it nor is invited to it"
    NO_SUCH_ATTACHMENT = "attachment", "it has no such attachment"
    ITS_OWN_ID = "new_id is its own", "new_id is the interaction's own id"
    ARGUMENTS = "condition", "the arguments given do not fit this state"
    CREATION = "creation", "an interaction is created by ixnstate.submit or ixnstate.create, not by a step of another"
    NO_CREATION = "no creation", "ixnstate.create takes a Create command"
    # what a contact centre refuses
    FEATURE = "feature", "the contact centre does not have the feature api-multimedia"
    NOT_AN_AGENT = "role agent", "it takes an agent with the role agent"
    NOT_A_SUPERVISOR = "role supervisor", "it takes an agent with the role supervisor or admin"
    NOT_A_MEMBER = "membership", "the workbin is a group's, and the agent is not a member of that group"
    NOT_OWN_WORKBIN = "own workbin", "that workbin is another agent's or another place's"
    UNKNOWN_AGENT = "unknown agent", "there is no such agent"
    UNKNOWN_INTERACTION = "unknown interaction", "there is no such interaction"
    UNKNOWN_WORKBIN = "unknown workbin", "there is no such workbin"
    UNKNOWN_QUEUE = "unknown queue", "there is no such queue"
    NO_PLACE = "no place", "the agent has no place, so there is no such workbin"
    ELSEWHERE = "not in that workbin", "that workbin does not have it"
    GROUPS_WORKBIN = (
        "a group's workbin", "the workbin is a group's: it takes no owner, and the kind of group that it belongs to",
    )  # fmt: skip
    NO_GROUPS_WORKBIN = (
        "no group's workbin", "the workbin is not a group's: it takes neither agent_group nor place_group",
    )  # fmt: skip
    ID_TAKEN = "new_id is taken", "there is an interaction of that id already"
    NOT_KEPT = "not kept", "the contact centre keeps no documents and no logs of sessions"
    WORKBIN_TYPE = "workbin_type", "workbin_type can be Agent, Place, AgentGroup or PlaceGroup"


class NoticeKind(_Word):
    """What a notice is about: the documented notification types, without the medium's prefix."""

    STATUS_CHANGE = "StatusChange"
    PROPERTIES_UPDATED = "PropertiesUpdated"
    PARTICIPANTS_UPDATED = "ParticipantsUpdated"
    SAVED = "Saved"
    ATTACHMENT_ADDED = "AttachmentAdded"
    ATTACHMENT_REMOVED = "AttachmentRemoved"
    MESSAGE = "NewMessages"
    ERROR = "Error"


class SubscriptionState(_Word):
    """How an agent stands to an instance of a workbin, as `SubscriptionNotice` tells it."""

    SUBSCRIBED = "Subscribed"
    UNSUBSCRIBED = "Unsubscribed"
    REQUEST_FAILED = "RequestFailed"


@frozen
class Source:
    """Where a fact was read: the documentation page, and its version or the date of its last edit."""

    page: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.page} ({self.version})" if self.version else self.page
