"""How a contact centre works on a day: how many, how fast, how often, and what agents do with what they have."""

from functools import cache
from itertools import accumulate
from typing import Literal

import attrs

import ixnstate as ix

SESSIONS = ("chat", "facebooksession", "smssession")

Weights = tuple[tuple[str, ...], tuple[float, ...]]


@attrs.frozen
class Habits:
    """How a contact centre works. Times are in seconds, and each is the usual one; shares are of 1."""

    media: tuple[str, ...] = ("workitem", "openmedia", "email", "facebook", "twitter", "chat", "chat", *SESSIONS)
    load: float = 3.0
    """Live interactions for each agent."""
    think: float = 12.0
    """Between two operations on an interaction."""
    reply_after: float = 0.04
    late: float = 0.02
    """How late messages are; some are twenty times as late."""
    delivering_timeout: float = 30.0
    handling_timeout: float = 240.0
    conferences: float = 0.08
    """Of the operations in a session, those that bring in another agent."""
    in_flight: float = 0.12
    """Operations that are followed by another one at once, without waiting for the reply."""
    rejected: float = 0.03
    unanswered: float = 0.03
    forgotten: float = 0.006
    """Of the operations, those after which the agent does nothing more until the timeout."""
    wanderers: float = 0.04
    """Interactions that are handed on and on."""
    incidents: bool = True
    """Whether customers hang up, supervisors, refused requests and new sessions of agents come into it."""
    replies: Literal["with numbers", "with paths", "bare"] = "with numbers"
    """Whether a reply names the request that it answers. Else those to an agent come in the order of requests."""
    user_data: int = 20
    """How many keys an interaction has."""
    operations: tuple[tuple[str, float], ...] = ()
    """Operations with their weights, instead of the usual ones."""


PLAIN = Habits(
    media=("workitem", "openmedia", "email", "facebook", "chat", "smssession"), reply_after=0, late=0, conferences=0,
    in_flight=0, rejected=0.01, unanswered=0, forgotten=0, wanderers=0, incidents=False,
    operations=(("UpdateUserData", 40), ("SetInFocus", 12), ("Store", 12), ("Complete", 25), ("SendMessage", 20)),
)  # fmt: skip
"""Offer, Accept, some operations, Complete; a workbin now and then. Each reply and its messages follow the request."""

USUAL = {
    "UpdateUserData": 26, "AttachUserData": 8, "DeleteUserData": 3, "SetInFocus": 10, "SetDisposition": 6,
    "AddComment": 5, "Transfer": 7, "Complete": 14, "PlaceInQueue": 2, "Store": 14, "AddAttachment": 2,
    "RemoveAttachment": 1, "Reply": 9, "ReplyAll": 3, "Retweet": 2, "MarkFavorite": 2, "RemoveFavorite": 1,
}  # fmt: skip
DRAFT = {
    "Save": 26, "UpdateUserData": 6, "AddComment": 5, "SetDisposition": 5, "SetInFocus": 4, "AddAttachment": 4,
    "RemoveAttachment": 2, "Transfer": 5, "Store": 5, "Send": 22, "Cancel": 5,
}  # fmt: skip
SESSION = {
    "SendMessage": 60, "SendStartTypingNotification": 8, "SendStopTypingNotification": 7, "SendToAgents": 3,
    "SendUrl": 3, "SendCustomNotice": 1, "SendNicknameUpdatedNotice": 1, "UpdateUserData": 14, "AttachUserData": 4,
    "DeleteUserData": 2, "SetInFocus": 6, "SetDisposition": 3, "AddComment": 2, "AddAttachment": 1,
    "ReportResponseTemplateUsage": 1,
    "Transfer": 3, "Leave": 5, "LeaveAndComplete": 2, "Complete": 8, "Store": 1.5, "PlaceInQueue": 0.5,
}  # fmt: skip
LEFT = {"Complete": 12, "Transfer": 2, "Leave": 1}
COMPANY = {
    "SendToAgents": 10,
    "SendStartTypingToAgentsNotification": 3,
    "RemoveParticipantFromConference": 4,
    "Leave": 12,
}
"""What is done besides in a session with other agents."""


@cache
def weights_of(media: str, state: str, in_company: bool, habits: Habits) -> Weights:
    """What an agent may want to do, with cumulative weights."""
    known = ix.GWS.media[media].operations
    if habits.operations:
        chosen = dict(habits.operations)
    else:
        chosen = {"Composing": DRAFT, "Chatting": SESSION, "LeftChat": LEFT}.get(state, USUAL).copy()
        if state == "Chatting":
            share = habits.conferences * sum(chosen.values())
            chosen |= {"Invite": share * 0.6, "Consult": share * 0.4}
            chosen |= COMPANY if in_company else {}
    chosen = {name: weight for name, weight in chosen.items() if weight and (name in known or name == "Store")}
    return tuple(chosen), tuple(accumulate(chosen.values()))


def type_of(media: str) -> str | None:
    return "promotion" if media == "openmedia" else None
