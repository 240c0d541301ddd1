"""What may happen to an interaction, state by state: the clauses of `LIFECYCLE`, for all media at once.

Which operations a medium has, and where each is documented, stands in `ixnstate.sources`; how clauses become edges, in
`ixnstate.building`. Versions are those of the HTCC documentation, unless GWS is named.
"""

from ixnstate.building import Clause, Lifecycle, alike, inferred, silent
from ixnstate.definition import Choices
from ixnstate.sources import MODELS
from ixnstate.vocabulary import Destination, Does, State, When, Who

# How to read it
# ==============
#
# The record and the views. The pages show what one agent sees, and seem to contradict each other: after a Transfer the
# giver is shown Completed, the target Invited. Both are right, for they are two views of one record. The record is the
# interaction as the contact centre knows it: it has one state, and the agents who hold it or are invited to it. Only
# the record moves, and `LIFECYCLE` says how. What an agent sees is read off the record (`ixnstate.table`), and so is
# the last word to an agent who lets go (``told``). Revoked is such a last word, and never the state of a record.
#
# State first. An operation may do different things in different states, or be illegal in most of them, so each state
# says what may happen in it. What stands under no state is illegal there. Completed, Sent and Canceled do not stand
# here at all: nothing leaves them.
#
# All media at once. A medium goes through the states of its family, and has the operations for which it has a page
# (`ixnstate.sources`); a clause of another operation says nothing about it. So Reply, under Processing, holds for mail,
# and not for a work item.
#
# Which clause decides. A clause holds for those whose operation it is (``who``), under its condition (``when``), and
# under the choices of the profile (``only``). Of the clauses for one operation in one state the first that holds
# decides, whatever comes of it: a Transfer to an agent who has the interaction already is refused, and not tried as
# another kind of Transfer. So the narrower case stands before the wider one.
#
# Where it leads. To a state by its name; to SAME, the state in which it is; or to RESUME. An interaction that is put
# away (queued, offered on, put into a workbin) keeps the state in which that happened, and RESUME is that state. If
# nobody has had it yet, or it was put away in the state in which agents usually work on it, RESUME is that usual state.
# It follows that a session that has ended stays so: LeftChat, put away and taken again, is LeftChat.
#
# How well it is known. The page of the operation, of that medium, is the evidence of a clause, unless the clause says
# more than the page; then it gives its own ``ground``. A medium can know one case better or worse than the others; the
# table of media says so (``except_for``).

SAME, RESUME = Destination.SAME, Destination.RESUME

# The giver of a transfer lets go at once, or holds it until the target accepts: then a refused or unanswered
# invitation leaves it in their hands. Nobody says which; the profile chooses.
_AT_ONCE: Choices = (("transfer", "at once"),)
_ON_ACCEPTANCE: Choices = (("transfer", "on acceptance"),)
_GIVER = silent("Transfer, Events and Models Reference")

# The pages of workbins list some of the names; the others are known from the pages of a group's workbin only.
_UNLISTED: Choices = (("unlisted_workbin_names", "accept"),)
_LISTED_ONLY: Choices = (("unlisted_workbin_names", "refuse"),)
_LISTED_ADDS, _LISTED_PULLS = "AddChat AddEmail AddWorkitem", "PullEmail PullWorkitem"
_UNLISTED_ADDS = "AddTweet AddFacebook AddFacebooksession AddOpenmedia"
_UNLISTED_PULLS = "PullTweet PullFacebook PullFacebooksession PullOpenmedia"
_PULL_CHAT: Choices = (("enable_notification_on_pull_chat", True), ("enable_join_on_pull_chat", True))

_MESSAGES = (
    "SendMessage SendToAgents SendStartTypingNotification SendStopTypingNotification"
    " SendStartTypingToAgentsNotification SendStopTypingToAgentsNotification SendUrl SendCustomNotice"
    " SendCustomNoticeToAgents SendNicknameUpdatedNotice"
)

# --- what may happen in several states ---

# The end from outside: the customer or a media server ends it.
_STOP = Clause("Stop", State.COMPLETED, Does.RELEASE, Who.PLATFORM, told=State.REVOKED)
_LOOK = Clause("GetWorkbinContent", SAME, Does.NOTHING, Who.ANYONE)

# A supervisor puts it into an agent's workbin, from anywhere but an open invitation.
_SUPERVISOR = inferred("WorkbinSupAddIntToWorkbin; that it takes the interaction from others is left open", "8.5.2")


def _into_anothers_workbin(operations: str, only: Choices = ()) -> tuple[Clause, ...]:
    return alike(
        operations, State.IN_WORKBIN, Does.STORE, Who.ANYONE, When.FOR_OWNER, State.IN_WORKBIN, only=only,
        ground=_SUPERVISOR,
    )  # fmt: skip


_BY_A_SUPERVISOR = (
    *_into_anothers_workbin(_LISTED_ADDS),
    *_into_anothers_workbin(_UNLISTED_ADDS, _UNLISTED),
)
_BY_A_SUPERVISOR_OF_ANY_MEDIUM = _into_anothers_workbin("AddInteraction")

# What an agent can do with whatever they hold: give it up, change its data, put it into a workbin.
_HANDLING = inferred("IxnLimits, handling-timeout", "8.5.3")
_HANDLING_TIMEOUT = Clause("Revoke", State.QUEUED, Does.RELEASE, Who.PLATFORM, told=State.REVOKED, ground=_HANDLING)
_PLACE_IN_QUEUE = Clause("PlaceInQueue", State.QUEUED, Does.RELEASE, told=State.COMPLETED)
_TRANSFER_TO_QUEUE = Clause("Transfer", State.QUEUED, Does.RELEASE, when=When.TO_QUEUE, told=State.COMPLETED)
_TRANSFER = (
    Clause("Transfer", State.INVITED, Does.HAND_OVER, when=When.TO_AGENT, told=State.COMPLETED, only=_AT_ONCE),
    Clause(
        "Transfer", State.INVITED, Does.OFFER_ON, when=When.TO_AGENT, told=State.COMPLETED, only=_ON_ACCEPTANCE,
        ground=inferred("Transfer", MODELS),
    ),
    _TRANSFER_TO_QUEUE,
)  # fmt: skip
_DATA = (
    Clause("AttachUserData", SAME, Does.SET_DATA),
    Clause("UpdateUserData", SAME, Does.SET_DATA),
    Clause("DeleteUserData", SAME, Does.DELETE_DATA),
    Clause("SetDisposition", SAME, Does.DISPOSE),
    Clause("AddComment", SAME, Does.COMMENT),
    Clause("SetInFocus", SAME, Does.NOTHING),
)
_INTO_A_WORKBIN = (
    *alike(_LISTED_ADDS, State.IN_WORKBIN, Does.STORE, told=State.IN_WORKBIN),
    *alike(_UNLISTED_ADDS, State.IN_WORKBIN, Does.STORE, told=State.IN_WORKBIN, only=_UNLISTED),
    *_BY_A_SUPERVISOR,
    *alike(_UNLISTED_ADDS, State.IN_WORKBIN, Does.STORE, when=When.IN_GROUP, told=State.IN_WORKBIN, only=_LISTED_ONLY),
    Clause("AddInteraction", State.IN_WORKBIN, Does.STORE, told=State.IN_WORKBIN),
    *_BY_A_SUPERVISOR_OF_ANY_MEDIUM,
    Clause("PlaceInWorkbin", State.IN_WORKBIN, Does.STORE, told=State.IN_WORKBIN),
)

# --- state by state ---

# fmt: off
LIFECYCLE: Lifecycle = {
    State.QUEUED: (
        Clause("Offer", State.INVITED, Does.OFFER, Who.PLATFORM),
        _STOP,
        _LOOK,
        *_BY_A_SUPERVISOR,
        *_BY_A_SUPERVISOR_OF_ANY_MEDIUM,
    ),
    # An invitation ends by its agent's answer, or by a timeout.
    State.INVITED: (
        Clause(
            "Accept", RESUME, Does.HOLD, Who.INVITEE, When.GIVER_HOLDS, State.COMPLETED, only=_ON_ACCEPTANCE,
            ground=_GIVER,
        ),
        Clause("Accept", RESUME, Does.HOLD, Who.INVITEE),
        Clause(
            "Reject", RESUME, Does.DECLINE, Who.INVITEE, When.GIVER_HOLDS, State.COMPLETED, only=_ON_ACCEPTANCE,
            ground=_GIVER,
        ),
        Clause("Reject", State.QUEUED, Does.DECLINE, Who.INVITEE, told=State.COMPLETED),
        Clause(
            "Revoke", RESUME, Does.DECLINE, Who.PLATFORM, When.GIVER_HOLDS, State.REVOKED, only=_ON_ACCEPTANCE,
            ground=_GIVER,
        ),
        Clause("Revoke", State.QUEUED, Does.DECLINE, Who.PLATFORM, told=State.REVOKED),
        _STOP,
        _LOOK,
    ),
    # An agent works on an item, or on a mail that has come in.
    State.PROCESSING: (
        _STOP,
        _HANDLING_TIMEOUT,
        _PLACE_IN_QUEUE,
        *_TRANSFER,
        *_DATA,
        _LOOK,
        Clause("Complete", State.QUEUED, Does.RELEASE, when=When.INTO_QUEUE, told=State.COMPLETED),
        Clause("Complete", State.COMPLETED, Does.RELEASE, told=State.COMPLETED),
        Clause("Reply", SAME, Does.SPAWN),
        Clause("ReplyAll", SAME, Does.SPAWN),
        Clause("Forward", SAME, Does.SPAWN),
        Clause("Retweet", SAME, Does.NOTHING),
        Clause("MarkFavorite", SAME, Does.NOTHING),
        Clause("RemoveFavorite", SAME, Does.NOTHING),
        *_INTO_A_WORKBIN,
    ),
    # One agent or several are in a session with the customer. More are invited while it goes on.
    State.CHATTING: (
        _STOP,
        Clause("Revoke", SAME, Does.DECLINE, Who.PLATFORM, When.OF_INVITEE, State.REVOKED),
        Clause("Revoke", SAME, Does.DROP_OUT, Who.PLATFORM, When.OF_ONE_HOLDER, State.REVOKED, ground=_HANDLING),
        _HANDLING_TIMEOUT,
        _PLACE_IN_QUEUE,
        Clause(
            "Transfer", SAME, Does.PASS_ON, when=When.TO_AGENT_OTHERS_REMAIN, told=State.COMPLETED,
            ground=silent("no page says what a transfer out of a conference does"),
        ),
        *_TRANSFER,
        *_DATA,
        _LOOK,
        # whoever takes it out of the queue finds the session ended
        Clause(
            "Complete", State.QUEUED, Does.RELEASE, when=When.INTO_QUEUE, told=State.COMPLETED, resumes=State.LEFT_CHAT,
        ),
        Clause(
            "Complete", State.COMPLETED, Does.RELEASE, when=When.OTHERS_REMAIN, told=State.COMPLETED,
            ground=inferred("that it ends the session for the other agents too is left open"),
        ),
        Clause("Complete", State.COMPLETED, Does.RELEASE, told=State.COMPLETED),
        Clause("Leave", SAME, Does.DROP_OUT, when=When.OTHERS_REMAIN, told=State.COMPLETED),
        Clause("Leave", State.LEFT_CHAT, Does.KEEP),
        Clause("LeaveAndComplete", SAME, Does.DROP_OUT, when=When.OTHERS_REMAIN, told=State.COMPLETED),
        Clause("LeaveAndComplete", State.COMPLETED, Does.RELEASE, told=State.COMPLETED),
        Clause("Invite", SAME, Does.ASK),
        Clause("Consult", SAME, Does.CONSULT, when=When.TO_AGENT),
        Clause("Consult", SAME, Does.CONSULT_QUEUE, when=When.TO_QUEUE),
        Clause("Accept", SAME, Does.JOIN, Who.INVITEE, ground=inferred("Conference", MODELS)),
        Clause("Reject", SAME, Does.DECLINE, Who.INVITEE, told=State.COMPLETED, ground=inferred("Conference", MODELS)),
        Clause("RemoveParticipantFromConference", SAME, Does.REMOVE, told=State.COMPLETED),
        *alike(_MESSAGES, SAME, Does.MESSAGE),
        Clause("AddAttachment", SAME, Does.ATTACH),
        Clause("RemoveAttachment", SAME, Does.DETACH),
        Clause("ReportResponseTemplateUsage", SAME, Does.NOTHING),
        *_INTO_A_WORKBIN,
    ),
    # The session has ended; its last agent still has the interaction.
    State.LEFT_CHAT: (
        _STOP,
        _HANDLING_TIMEOUT,
        _PLACE_IN_QUEUE,
        *_TRANSFER,
        *_DATA,
        _LOOK,
        Clause("Complete", State.QUEUED, Does.RELEASE, when=When.INTO_QUEUE, told=State.COMPLETED),
        Clause("Complete", State.COMPLETED, Does.RELEASE, told=State.COMPLETED),
        Clause(
            "Leave", SAME, Does.NOTHING, ground=inferred("named in the list of SMSLeave; what it does is left open"),
        ),
        Clause("LeaveAndComplete", State.COMPLETED, Does.RELEASE, told=State.COMPLETED),
        Clause("ReportResponseTemplateUsage", SAME, Does.NOTHING),
        *_INTO_A_WORKBIN,
    ),
    # An agent writes a draft: a mail that has not been sent. A transfer gives it to the target without asking.
    State.COMPOSING: (
        _STOP,
        _HANDLING_TIMEOUT,
        _PLACE_IN_QUEUE,
        Clause("Transfer", SAME, Does.REPLACE, when=When.TO_AGENT, told=State.COMPOSING),
        _TRANSFER_TO_QUEUE,
        *_DATA,
        _LOOK,
        Clause("Save", SAME, Does.SAVE),
        Clause("AddAttachment", SAME, Does.ATTACH),
        Clause("RemoveAttachment", SAME, Does.DETACH),
        Clause("Cancel", State.CANCELED, Does.RELEASE, told=State.CANCELED),
        Clause("Send", State.SENT, Does.SEND, told=State.SENT),
        *_INTO_A_WORKBIN,
    ),
    State.IN_WORKBIN: (
        _STOP,
        _LOOK,
        *_BY_A_SUPERVISOR,
        *alike(_LISTED_PULLS, RESUME, Does.TAKE, Who.ANYONE),
        *alike(_UNLISTED_PULLS, RESUME, Does.TAKE, Who.ANYONE, only=_UNLISTED),
        *alike(_UNLISTED_PULLS, RESUME, Does.TAKE, Who.ANYONE, When.IN_GROUP, only=_LISTED_ONLY),
        Clause("PullChat", RESUME, Does.TAKE, Who.ANYONE, only=_PULL_CHAT),
        *_BY_A_SUPERVISOR_OF_ANY_MEDIUM,
        Clause("PullInteraction", RESUME, Does.TAKE, Who.ANYONE),
    ),
}
# fmt: on
