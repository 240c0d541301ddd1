"""The documented lifecycle, `GWS`, as one literal. Read it as an argument in four parts.

1. *Pages*: which operations a medium has, and where each is documented. An operation without a page of its own, but
   named in a capability list that a page prints, is inferred from its sibling.
2. *Rows*: what the operations do. A row is written once for a family and holds for each of its media that has the
   operation. Of several rows for one state and operation the first whose condition holds decides.
3. *Lists*: the capability lists as printed, in their order; which of them a view shows; and what the last word to an
   agent carries.
4. *Media*: the families put together.

A row has its evidence from the page of the operation, unless what it says goes beyond the page: then it says so itself.
Versions are those of the HTCC documentation, unless GWS is named.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ixnstate.definition import AS_BEFORE, Capabilities, Choices, Definition, Edge, Medium, Shown, Told, named
from ixnstate.vocabulary import Does, Evidence, Family, Source, State, When, Who


class _Ground(NamedTuple):
    evidence: Evidence
    page: Source


def _doc(page: str, version: str = "8.5.2") -> _Ground:
    return _Ground(Evidence.DOCUMENTED, Source(page, version))


def _cap(page: str, version: str) -> _Ground:
    return _Ground(Evidence.CAPTURED, Source(page, version))


def _inf(page: str, version: str = "8.5.2") -> _Ground:
    return _Ground(Evidence.INFERRED, Source(page, version))


def _silent(page: str) -> _Ground:
    return _Ground(Evidence.SILENT, Source(page))


# === 1. Pages =======================================================================================================

_MODELS = "Events and Models Reference, 2018-03-22"
_SIGNALS = {
    "Offer": _doc("DeliverInteractiontoAgent", _MODELS),
    "Revoke": _inf("DeliverInteractiontoAgent", _MODELS),
    "Stop": _inf("StopProcessing", _MODELS),
}
_OPERATIONS_PDF = "Interactions API Operations"
_GENERIC = {
    "PlaceInQueue": _doc(_OPERATIONS_PDF, "8.5.0 dialect"),
    "PlaceInWorkbin": _doc(_OPERATIONS_PDF, "8.5.0 dialect"),
    "GetWorkbinContent": _inf(f"{_OPERATIONS_PDF}; in which states, and for whom, is left open", "8.5.0 dialect"),
    "AddInteraction": _doc("WorkbinAddInteractionToGW"),
    "PullInteraction": _doc("PullInteraction from a Group Workbin", "8.5.2, 2020-08-20"),
}
_ADD = _doc("WorkbinAddInteractionToWorkbin")
_PULL = _doc("PullInteractionFromWorkbin", "8.5.2, 2020-09-17")
_ADD_GROUP = _doc("WorkbinAddInteractionToGW")
_PULL_GROUP = _doc("PullInteraction from a Group Workbin", "8.5.2, 2020-08-20")

_WI = "8.5.2, 2016-01-22"
_WORKITEM = {
    "Create": _doc("WorkitemCreate", _WI),
    "Accept": _inf("named in the list of WorkitemResource; as OpenMediaAPIAccept", _WI),
    "Reject": _doc("WorkitemReject", _WI),
    "Transfer": _inf("named in the list of WorkitemMessageType; as OpenMediaAPITransfer", "8.5.2, 2016-03-25"),
    "AttachUserData": _doc("WorkitemAttachUserData", _WI),
    "UpdateUserData": _doc("WorkitemUpdateUserData", _WI),
    "DeleteUserData": _doc("WorkitemDeleteUserData", _WI),
    "SetInFocus": _inf("named in the list of WorkitemMessageType", "8.5.2, 2016-03-25"),
    "Complete": _doc("WorkitemComplete", _WI),
    "AddWorkitem": _ADD,
    "PullWorkitem": _PULL,
    "Revoke": _cap("client code that works against a live system", "2016"),
}
_OPENMEDIA = {
    "Create": _doc("OpenMediaAPICreate", _WI),
    "Accept": _doc("OpenMediaAPIAccept", _WI),
    "Reject": _doc("OpenMediaAPIReject", _WI),
    "Transfer": _doc("OpenMediaAPITransfer"),
    "AttachUserData": _doc("OpenMediaAPIAttachUD", "GWS 8.6.0, 2024-02-15"),
    "UpdateUserData": _doc("OpenMediaAPIUpdateUD", "GWS 8.5.2, 2023-10-31"),
    "DeleteUserData": _doc("OpenMediaAPIDeleteUD", _WI),
    "SetInFocus": _inf("named in the list of OpenMediaAPIMessageType", "8.5.2, 2016-03-25"),
    "Complete": _inf("named in the list of OpenMediaAPIMessageType; as WorkitemComplete", "8.5.2, 2016-03-25"),
    "AddOpenmedia": _ADD_GROUP,
    "PullOpenmedia": _PULL_GROUP,
}
_EMAIL_LIST = "named in a list captured from a live system"
_EMAIL = {
    "Create": _doc("EmailCreate", _WI),
    "Accept": _cap("EmailAccept; the state from a live system", "2016"),
    "Reject": _inf("EmailReject, whose notification was not seen to its end"),
    "Reply": _doc("EmailReply"),
    "ReplyAll": _doc("EmailReplyAll"),
    "Forward": _inf("InteractionsOnEmail; as EmailReply", "8.5.0"),
    "Save": _doc("EmailSave"),
    "Send": _inf("EmailSend; the state as FacebookSend"),
    "Cancel": _doc("EmailCancel", _WI),
    "Complete": _inf("EmailComplete, whose notification was not seen to its end; the state from EmailResource"),
    "Transfer": _doc("EmailTransfer", "GWS 8.6.0, 2024-02-15"),
    "AttachUserData": _doc("EmailAttachUserData", "GWS 8.6.0, 2024-02-15"),
    "UpdateUserData": _cap(_EMAIL_LIST, "2016"),
    "DeleteUserData": _doc("EmailDeleteUserData", "GWS 8.5.2"),
    "SetDisposition": _doc("EmailSetDisposition", "GWS 8.6.0, 2024-02-15"),
    "AddComment": _cap(_EMAIL_LIST, "2016"),
    "SetInFocus": _cap(_EMAIL_LIST, "2016"),
    "AddAttachment": _inf("EmailMessageType names the notification"),
    "RemoveAttachment": _inf("EmailMessageType names the notification"),
    "AddEmail": _ADD,
    "PullEmail": _PULL,
    "Revoke": _doc("InteractionsOnEmailNotifications", "8.5.1"),
}
_FACEBOOK_LIST = "named in the lists of FacebookAccept and FacebookCreate"
_FACEBOOK = {
    "Create": _doc("FacebookCreate", "GWS 8.5.2, 2023-10-31"),
    "Accept": _doc("FacebookAccept", "GWS 8.5.2"),
    "Reject": _doc("FacebookReject"),
    "Reply": _doc("FacebookReply"),
    "Save": _inf("FacebookMessageType names FacebookSaved; as TwitterSave"),
    "Send": _doc("FacebookSend"),
    "Cancel": _doc("FacebookCancel"),
    "Complete": _doc("FacebookComplete"),
    "Transfer": _doc("FacebookTransfer"),
    "AttachUserData": _inf(_FACEBOOK_LIST),
    "UpdateUserData": _inf(_FACEBOOK_LIST),
    "DeleteUserData": _inf(_FACEBOOK_LIST),
    "SetDisposition": _doc("FacebookSetDisposition"),
    "AddComment": _inf(_FACEBOOK_LIST),
    "SetInFocus": _inf(_FACEBOOK_LIST),
    "AddFacebook": _ADD_GROUP,
    "PullFacebook": _PULL_GROUP,
}
_TWITTER_LIST = "named in the list of TwitterMessageType"
_TWITTER = {
    "Create": _doc("TwitterCreate", "8.5.2, 2020-06-24"),
    "Accept": _doc("TwitterAccept", "8.5.2, 2020-06"),
    "Reject": _inf("TwitterReject, whose sample is another page's; as FacebookReject", "8.5.2 draft, 2015-03-19"),
    "Reply": _doc("TwitterReply"),
    "Save": _doc("TwitterSave"),
    "Send": _doc("TwitterSend"),
    "Cancel": _doc("TwitterCancel", "8.5.2, 2020-06-24"),
    "Complete": _doc("TwitterComplete"),
    "Transfer": _doc("TwitterTransfer", "8.5.2 draft, 2015-03"),
    "AttachUserData": _doc("TwitterAttachUserData", "8.5.2, 2015-03-05"),
    "UpdateUserData": _doc("TwitterUpdateUserData", _WI),
    "DeleteUserData": _inf(_TWITTER_LIST),
    "SetDisposition": _doc("TwitterSetDisposition", "8.5.2, 2020-06"),
    "AddComment": _inf(_TWITTER_LIST),
    "SetInFocus": _inf(_TWITTER_LIST),
    "Retweet": _inf(_TWITTER_LIST),
    "MarkFavorite": _inf(_TWITTER_LIST),
    "RemoveFavorite": _inf(_TWITTER_LIST),
    "AddTweet": _ADD_GROUP,
    "PullTweet": _PULL_GROUP,
}
_CHAT_LIST = "named in the lists of ChatInviteUser and ChatAttachUserData"
_CHAT = {
    "Accept": _doc("ChatAccept", "8.5.2, 2014-06-20"),
    "Reject": _doc("ChatReject", "GWS 8.5.2, 2023-10-31"),
    "Complete": _doc("ChatComplete", "8.5.2, 2017-05-19"),
    "Leave": _doc("ChatLeave"),
    "Transfer": _doc("ChatSingleStepTransfer", "8.5.2, 2017-05-19"),
    "Invite": _doc("ChatInviteUser", "GWS 8.6.0, 2024-02-15"),
    "Consult": _doc("ChatConsult", "GWS 8.6.0, 2024-02-15"),
    "RemoveParticipantFromConference": _doc("ChatRemoveParticipantFromConference", "GWS 8.6.0"),
    "SendMessage": _doc("ChatSend", _WI),
    "SendToAgents": _doc("ChatSendToAgents", "8.5.2, 2017-05-19"),
    "SendStartTypingNotification": _doc("ChatSendStartTypingNotification", "8.5.2 draft, 2016-01-08"),
    "SendStopTypingNotification": _doc("ChatSendStopTypingNotification", "8.5.2 draft, 2014-05-28"),
    "SendStartTypingToAgentsNotification": _doc("ChatSendStartTypingToAgentsNotification", _WI),
    "SendStopTypingToAgentsNotification": _inf(_CHAT_LIST),
    "SendUrl": _doc("ChatSendURL", _WI),
    "SendCustomNotice": _doc("ChatSendCustomNotice", "8.5.2 draft, 2015-11-23"),
    "SendCustomNoticeToAgents": _doc("ChatSendCustomNoticeToAgents", _WI),
    "SendNicknameUpdatedNotice": _doc("ChatSendNicknameUpdatedNotice", "GWS 8.5.2, 2023-10-31"),
    "AttachUserData": _doc("ChatAttachUserData", "GWS 8.5.2"),
    "UpdateUserData": _doc("ChatUpdateUserData", "GWS 8.6.0, 2024-02-15"),
    "DeleteUserData": _doc("ChatDeleteUserData", "GWS 8.5.2, 2023-10-31"),
    "SetDisposition": _doc("ChatSetDisposition", _WI),
    "SetInFocus": _inf(_CHAT_LIST),
    "AddAttachment": _doc("ChatAddAttachment", "8.5.2 draft, 2020-02-06"),
    "RemoveAttachment": _doc("ChatRemoveAttachment"),
    "AddChat": _ADD,
    "PullChat": _PULL,
    "Revoke": _cap("client code that works against a live system", "2016"),
}
_PM_LIST = "named in the list of FacebookPMAccept"
_PM_SIBLING = "no page; the chat engine is the same, as ChatInviteUser and its list"
_FACEBOOKSESSION = {
    "Accept": _doc("FacebookPMAccept", "8.5.2, 2015-10-23"),
    "Reject": _doc("FacebookPMReject", "8.5.2, 2019-01-24"),
    "Complete": _doc("FacebookPMComplete", "8.5.2 draft, 2015-09-29"),
    "Leave": _inf(
        "FacebookPMLeave, whose notification was not seen to its end; as ChatLeave", "8.5.2 draft, 2015-09-29"
    ),
    "Transfer": _doc("FacebookPMTransfer", "8.5.2 draft, 2015-09-29"),
    "Invite": _inf(_PM_SIBLING),
    "Consult": _doc("FacebookPMConsult"),
    "RemoveParticipantFromConference": _doc("FacebookPMRemovePart"),
    "SendMessage": _doc("FacebookPMSendMessage", "8.5.2, 2019-01-24"),
    "SendToAgents": _doc("FacebookPMSendToAgents", "8.5.2, 2019-01-24"),
    "SendStartTypingNotification": _inf(_PM_LIST),
    "SendStopTypingNotification": _inf(_PM_LIST),
    "SendStartTypingToAgentsNotification": _inf(_PM_SIBLING),
    "SendStopTypingToAgentsNotification": _inf(_PM_SIBLING),
    "AttachUserData": _doc("FacebookPMAttachUserData", "8.5.2, 2015-09-29"),
    "UpdateUserData": _doc("FacebookPMUpdateUserData", "8.5.2, 2015-09-29"),
    "DeleteUserData": _doc("FacebookPMDeleteUserData", "8.5.2, 2015-09-29"),
    "SetDisposition": _doc("FacebookPMSetDisposition", "8.5.2, 2019-01-24"),
    "AddComment": _doc("FacebookPMAddComment", "8.5.2, 2019-01-24"),
    "SetInFocus": _inf(_PM_LIST),
    "ReportResponseTemplateUsage": _doc("FacebookPMReportSRUsage", "8.5.2 draft, 2015-09-29"),
    "AddFacebooksession": _ADD_GROUP,
    "PullFacebooksession": _PULL_GROUP,
}
_SMS = "8.5.2, 2016-11-04"
_SMS_LIST = "named in the lists of SMSAttachUserData and SMSInvite"
_SMSSESSION = {
    "Accept": _doc("SMSAccept", _SMS),
    "Reject": _doc("SMSReject", _SMS),
    "Complete": _doc("SMSComplete", _SMS),
    "Leave": _doc("SMSLeave", _SMS),
    "LeaveAndComplete": _inf("named in the list of SMSResources"),
    "Transfer": _inf("named in the list of SMSAccept; as ChatSingleStepTransfer", _SMS),
    "Invite": _doc("SMSInvite", "GWS 8.6.0"),
    "Consult": _doc("SMSConsult", _SMS),
    "RemoveParticipantFromConference": _inf("no page; as ChatRemoveParticipantFromConference"),
    "SendMessage": _doc("SMSSendMessage", _SMS),
    "SendToAgents": _doc("SMSSendToAgents", _SMS),
    "SendUrl": _doc("SMSSendUrl", _SMS),
    "SendStartTypingNotification": _doc("SMSSendStartType", _SMS),
    "SendStopTypingNotification": _doc("SMSSendStopType", _SMS),
    "SendStartTypingToAgentsNotification": _inf(_SMS_LIST),
    "SendStopTypingToAgentsNotification": _inf(_SMS_LIST),
    "SendCustomNotice": _doc("SMSSendCustomNotice", _SMS),
    "SendCustomNoticeToAgents": _doc("SMSSendCustomNoticeToAgents", _SMS),
    "AttachUserData": _doc("SMSAttachUserData", "GWS 8.5.2, 2023-10-31"),
    "UpdateUserData": _doc("SMSUpdateUserData", "GWS 8.5.2"),
    "DeleteUserData": _inf(_SMS_LIST),
    "SetDisposition": _doc("SMSSetDisposition", _SMS),
    "AddComment": _doc("SMSAddComment", _SMS),
    "SetInFocus": _inf(_SMS_LIST),
}

# === 2. Rows ========================================================================================================

_Q, _I, _P, _W = State.QUEUED, State.INVITED, State.PROCESSING, State.IN_WORKBIN
_CH, _L, _CO = State.CHATTING, State.LEFT_CHAT, State.COMPOSING
_HELD = (_P, _CH, _L, _CO)
_LIVE = (_Q, _I, *_HELD, _W)
_RESUME = None

_AT_ONCE: Choices = (("transfer", "at once"),)
_ON_ACCEPTANCE: Choices = (("transfer", "on acceptance"),)
_UNLISTED: Choices = (("unlisted_workbin_names", "accept"),)
_LISTED_ONLY: Choices = (("unlisted_workbin_names", "refuse"),)
_PULL_CHAT: Choices = (("enable_notification_on_pull_chat", True), ("enable_join_on_pull_chat", True))


class _Row(NamedTuple):
    """``to`` is a state, `_RESUME`, or "same" for the state it starts from."""

    sources: tuple[State, ...]
    operation: str
    to: State | str | None
    does: Does
    who: Who = Who.HOLDER
    told: State | None = None
    when: When = When.ALWAYS
    resumes: State | None = None
    only: Choices = ()
    ground: _Ground | None = None


_COMPLETED, _REVOKED = State.COMPLETED, State.REVOKED

# The giver of a transfer lets go at once, or holds it until the target accepts: then a refused or unanswered
# invitation leaves it with the giver. Nobody says which; the profile chooses.
_GIVER = {"when": When.GIVER_HOLDS, "only": _ON_ACCEPTANCE, "ground": _silent("Transfer, Events and Models Reference")}
_HANDLING = _inf("IxnLimits, handling-timeout", "8.5.3")


_COMMON = (
    # delivery: an invitation ends by its agent's answer or by a timeout
    _Row((_Q,), "Offer", _I, Does.OFFER, Who.PLATFORM),
    _Row((_I,), "Accept", _RESUME, Does.HOLD, Who.INVITEE, told=_COMPLETED, **_GIVER),  # type: ignore[arg-type]
    _Row((_I,), "Accept", _RESUME, Does.HOLD, Who.INVITEE),
    _Row((_I,), "Reject", _RESUME, Does.DECLINE, Who.INVITEE, told=_COMPLETED, **_GIVER),  # type: ignore[arg-type]
    _Row((_I,), "Reject", _Q, Does.DECLINE, Who.INVITEE, told=_COMPLETED),
    _Row((_I,), "Revoke", _RESUME, Does.DECLINE, Who.PLATFORM, told=_REVOKED, **_GIVER),  # type: ignore[arg-type]
    _Row((_I,), "Revoke", _Q, Does.DECLINE, Who.PLATFORM, told=_REVOKED),
    # the end from outside, and the timeout of an agent who has gone away
    _Row(_LIVE, "Stop", _COMPLETED, Does.RELEASE, Who.PLATFORM, told=_REVOKED),
    _Row((_CH,), "Revoke", "same", Does.DECLINE, Who.PLATFORM, told=_REVOKED, when=When.OF_INVITEE),
    _Row((_CH,), "Revoke", "same", Does.DROP_OUT, Who.PLATFORM, told=_REVOKED, when=When.OF_ONE_HOLDER,
         ground=_HANDLING),
    _Row(_HELD, "Revoke", _Q, Does.RELEASE, Who.PLATFORM, told=_REVOKED, ground=_HANDLING),
    # giving it up
    _Row(_HELD, "PlaceInQueue", _Q, Does.RELEASE, told=_COMPLETED),
    _Row((_CH,), "Transfer", "same", Does.PASS_ON, told=_COMPLETED, when=When.TO_AGENT_OTHERS_REMAIN,
         ground=_silent("no page says what a transfer out of a conference does")),
    _Row((_CO,), "Transfer", "same", Does.REPLACE, told=_CO, when=When.TO_AGENT),
    _Row((_P, _CH, _L), "Transfer", _I, Does.HAND_OVER, told=_COMPLETED, when=When.TO_AGENT, only=_AT_ONCE),
    _Row((_P, _CH, _L), "Transfer", _I, Does.OFFER_ON, told=_COMPLETED, when=When.TO_AGENT, only=_ON_ACCEPTANCE,
         ground=_inf("Transfer", _MODELS)),
    _Row(_HELD, "Transfer", _Q, Does.RELEASE, told=_COMPLETED, when=When.TO_QUEUE),
    # what changes no state
    _Row(_HELD, "AttachUserData", "same", Does.SET_DATA),
    _Row(_HELD, "UpdateUserData", "same", Does.SET_DATA),
    _Row(_HELD, "DeleteUserData", "same", Does.DELETE_DATA),
    _Row(_HELD, "SetDisposition", "same", Does.DISPOSE),
    _Row(_HELD, "AddComment", "same", Does.COMMENT),
    _Row(_HELD, "SetInFocus", "same", Does.NOTHING),
    _Row(_LIVE, "GetWorkbinContent", "same", Does.NOTHING, Who.ANYONE),
)  # fmt: skip

_ITEMS = (
    _Row((_P,), "Complete", _Q, Does.RELEASE, told=_COMPLETED, when=When.INTO_QUEUE),
    _Row((_P,), "Complete", _COMPLETED, Does.RELEASE, told=_COMPLETED),
)

_MAIL = (
    *_ITEMS,
    _Row((_P,), "Reply", "same", Does.SPAWN),
    _Row((_P,), "ReplyAll", "same", Does.SPAWN),
    _Row((_P,), "Forward", "same", Does.SPAWN),
    _Row((_P,), "Retweet", "same", Does.NOTHING),
    _Row((_P,), "MarkFavorite", "same", Does.NOTHING),
    _Row((_P,), "RemoveFavorite", "same", Does.NOTHING),
    _Row((_CO,), "Save", "same", Does.SAVE),
    _Row((_CO,), "AddAttachment", "same", Does.ATTACH),
    _Row((_CO,), "RemoveAttachment", "same", Does.DETACH),
    _Row((_CO,), "Cancel", State.CANCELED, Does.RELEASE, told=State.CANCELED),
    _Row((_CO,), "Send", State.SENT, Does.SEND, told=State.SENT),
)

_MESSAGES = (
    "SendMessage", "SendToAgents", "SendStartTypingNotification", "SendStopTypingNotification",
    "SendStartTypingToAgentsNotification", "SendStopTypingToAgentsNotification", "SendUrl", "SendCustomNotice",
    "SendCustomNoticeToAgents", "SendNicknameUpdatedNotice",
)  # fmt: skip

# A session that has been ended (its last agent left, or completed it into a queue) is resumed as LeftChat.
_SESSIONS = (
    _Row((_CH, _L), "Complete", _Q, Does.RELEASE, told=_COMPLETED, when=When.INTO_QUEUE, resumes=_L),
    _Row(
        (_CH,),
        "Complete",
        _COMPLETED,
        Does.RELEASE,
        told=_COMPLETED,
        when=When.OTHERS_REMAIN,
        ground=_inf("that it ends the session for the other agents too is left open"),
    ),
    _Row((_CH, _L), "Complete", _COMPLETED, Does.RELEASE, told=_COMPLETED),
    _Row((_CH,), "Leave", "same", Does.DROP_OUT, told=_COMPLETED, when=When.OTHERS_REMAIN),
    _Row((_CH,), "Leave", _L, Does.KEEP),
    _Row((_L,), "Leave", "same", Does.NOTHING, ground=_inf("named in the list of SMSLeave; what it does is left open")),
    _Row((_CH,), "LeaveAndComplete", "same", Does.DROP_OUT, told=_COMPLETED, when=When.OTHERS_REMAIN),
    _Row((_CH, _L), "LeaveAndComplete", _COMPLETED, Does.RELEASE, told=_COMPLETED),
    # more agents: invited while the session goes on
    _Row((_CH,), "Invite", "same", Does.ASK),
    _Row((_CH,), "Consult", "same", Does.CONSULT, when=When.TO_AGENT),
    _Row((_CH,), "Consult", "same", Does.CONSULT_QUEUE, when=When.TO_QUEUE),
    _Row((_CH,), "Accept", "same", Does.JOIN, Who.INVITEE, ground=_inf("Conference", _MODELS)),
    _Row((_CH,), "Reject", "same", Does.DECLINE, Who.INVITEE, told=_COMPLETED, ground=_inf("Conference", _MODELS)),
    _Row((_CH,), "RemoveParticipantFromConference", "same", Does.REMOVE, told=_COMPLETED),
    *(_Row((_CH,), message, "same", Does.MESSAGE) for message in _MESSAGES),
    _Row((_CH,), "AddAttachment", "same", Does.ATTACH),
    _Row((_CH,), "RemoveAttachment", "same", Does.DETACH),
    _Row((_CH, _L), "ReportResponseTemplateUsage", "same", Does.NOTHING),
)

_SUPERVISOR = _inf("WorkbinSupAddIntToWorkbin; that it takes the interaction from others is left open", "8.5.2")
_LISTED_ADDS = ("AddChat", "AddEmail", "AddWorkitem")
_UNLISTED_ADDS = ("AddTweet", "AddFacebook", "AddFacebooksession", "AddOpenmedia")
_LISTED_PULLS = ("PullEmail", "PullWorkitem")
_UNLISTED_PULLS = ("PullTweet", "PullFacebook", "PullFacebooksession", "PullOpenmedia")


def _add(operation: str, only: Choices = ()) -> tuple[_Row, ...]:
    """Into a workbin: by a supervisor from anywhere but an open invitation, by the holder."""
    anywhere = (_Q, *_HELD, _W)
    return (
        _Row(_HELD, operation, _W, Does.STORE, told=_W, only=only),
        _Row(anywhere, operation, _W, Does.STORE, Who.ANYONE, _W, When.FOR_OWNER, only=only, ground=_SUPERVISOR),
    )


_WORKBINS = (
    *(row for name in _LISTED_ADDS for row in _add(name)),
    *(row for name in _UNLISTED_ADDS for row in _add(name, _UNLISTED)),
    *(_Row(_HELD, name, _W, Does.STORE, told=_W, when=When.IN_GROUP, only=_LISTED_ONLY) for name in _UNLISTED_ADDS),
    *(_Row((_W,), name, _RESUME, Does.TAKE, Who.ANYONE) for name in _LISTED_PULLS),
    *(_Row((_W,), name, _RESUME, Does.TAKE, Who.ANYONE, only=_UNLISTED) for name in _UNLISTED_PULLS),
    *(
        _Row((_W,), name, _RESUME, Does.TAKE, Who.ANYONE, when=When.IN_GROUP, only=_LISTED_ONLY)
        for name in _UNLISTED_PULLS
    ),
    _Row((_W,), "PullChat", _RESUME, Does.TAKE, Who.ANYONE, only=_PULL_CHAT),
    *_add("AddInteraction"),
    _Row((_W,), "PullInteraction", _RESUME, Does.TAKE, Who.ANYONE),
    _Row(_HELD, "PlaceInWorkbin", _W, Does.STORE, told=_W),
)


# === 3. Lists =======================================================================================================


def _list(name: str, ground: _Ground, text: str, printed_under: State | None = None) -> Capabilities:
    return Capabilities(name, tuple(text.split()), ground.evidence, ground.page, printed_under)


_ITEM_6 = "Transfer AttachUserData UpdateUserData DeleteUserData SetInFocus Complete"
_IN_9 = "Reply Transfer AddComment AttachUserData UpdateUserData DeleteUserData SetDisposition SetInFocus Complete"
_OUT_9 = "Cancel Send AddComment AttachUserData UpdateUserData DeleteUserData SetDisposition SetInFocus Transfer"
_TWEET_12 = (
    "Reply Retweet Transfer AddComment AttachUserData UpdateUserData DeleteUserData SetDisposition SetInFocus Complete"
    " MarkFavorite RemoveFavorite"
)
_EMAIL_10 = (
    "Reply ReplyAll Transfer AddComment AttachUserData UpdateUserData DeleteUserData SetDisposition SetInFocus Complete"
)
_SESSION_7 = "Transfer Complete Leave InFocus SendMessage SendStartTypingNotification SendStopTypingNotification"
_SESSION_13 = (
    "Transfer Leave Invite Consult SetInFocus SetDisposition AttachUserData DeleteUserData UpdateUserData Complete"
    " SendMessage SendStartTypingNotification SendStopTypingNotification"
)
_SESSION_16 = (
    "Transfer Leave Invite Consult SetInFocus SetDisposition AttachUserData DeleteUserData UpdateUserData SendToAgents"
    " SendStartTypingToAgentsNotification SendStopTypingToAgentsNotification Complete"
    " SendMessage SendStartTypingNotification SendStopTypingNotification"
)
_LEFT_4 = "Transfer Complete Leave InFocus"
_CHAT_15 = (
    "Transfer Leave Invite Consult SetInFocus SetDisposition AttachUserData DeleteUserData UpdateUserData Complete"
    " SendMessage SendUrl SendStartTypingNotification SendStopTypingNotification SendCustomNotice"
)
_SMS_8 = "AttachUserData UpdateUserData DeleteUserData Leave LeaveAndComplete Transfer Invite Consult"
_EMAIL_RESOURCE_6 = "Reply ReplyAll Save Complete Transfer Send"

_NONE = Capabilities("none", (), Evidence.DOCUMENTED, Source("WorkitemReject", _WI))


def _invited(ground: _Ground) -> Capabilities:
    return _list("invited", ground, "Accept Reject")


_NEWEST: Choices = (("capabilities", "8.5.2"),)
_OLDER: Choices = (("capabilities", "2014"),)
_AS_TWITTER: Choices = (("twitter", "twitter"),)
_AS_TWEET: Choices = (("twitter", "tweet"),)

_TO_INVITEE = Shown(_I, Who.INVITEE, "invited", _I)
_TO_GIVER = Shown(_I, Who.HOLDER, "none", _RESUME)
_SHOWN_ITEMS = (_TO_INVITEE, _TO_GIVER, Shown(_P, Who.HOLDER, "processing", _P))
_SHOWN_MAIL = (*_SHOWN_ITEMS, Shown(_CO, Who.HOLDER, "composing", _CO))
_SHOWN_SESSIONS = (
    _TO_INVITEE,
    _TO_GIVER,
    Shown(_CH, Who.INVITEE, "invited", _I),
    Shown(_CH, Who.HOLDER, "chatting-13", _CH, only=_NEWEST),
    Shown(_CH, Who.HOLDER, "chatting-16", _CH, several=True, only=_NEWEST),
    Shown(_CH, Who.HOLDER, "chatting-7", _CH, only=_OLDER),
    Shown(_CH, Who.HOLDER, "chatting-7", _CH, several=True, only=_OLDER),
    Shown(_L, Who.HOLDER, "left-chat", _L),
)


def _told(state: State, ground: _Ground, capabilities: str | None = "none", operation: str | None = None) -> Told:
    return Told(state, capabilities, operation, ground.evidence, ground.page)


_TOLD_WORKBIN = _told(_W, _inf("as WorkbinSupAddIntToWorkbin shows it for a workitem"))
_TOLD_REVOKED = _told(_REVOKED, _inf("as InteractionsOnEmailNotifications shows it for an email", "8.5.1"))
_TOLD_MAIL = (_TOLD_WORKBIN, _told(_CO, _inf("as TwitterTransfer", "8.5.2 draft, 2015-03"), "composing"))


# === 4. Media =======================================================================================================


def _edges(
    pages: Mapping[str, _Ground],
    rows: tuple[_Row, ...],
    active: State,
    grounds: "_Grounds",
) -> Iterator[Edge]:
    pages = {**_SIGNALS, **_GENERIC, **pages}
    states = {_Q, _I, _W, active, _CO} if "Send" in pages else {_Q, _I, _W, active}
    states |= {_L} if "Leave" in pages else set()
    for row in rows:
        if row.operation in pages:
            general = grounds.get((row.operation, row.when)) or row.ground or pages[row.operation]
            for source in row.sources:
                if source in states:
                    ground = grounds.get((row.operation, row.when, source), general)
                    target = source if row.to == "same" else row.to
                    assert target is None or isinstance(target, State)
                    resumes = row.resumes or _resumes(source, target, active)
                    yield Edge(
                        source, row.operation, target, row.who, row.does, row.when, row.told, resumes, row.only, *ground
                    )


_CLOSING = ("text", "message_type", "treat_as")
_NO_CLOSING = tuple((name, _CLOSING) for name in ("Complete", "Leave", "Transfer", "RemoveParticipantFromConference"))
_NO_NICKNAME = (("Accept", ("nickname",)),)


def _lacks(name: str, family: Family) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Only a chat says something when it is closed (ChatComplete, 2017-05-19); only sessions have nicknames."""
    return (*(() if name == "chat" else _NO_CLOSING), *(() if family is Family.SESSIONS else _NO_NICKNAME))


def _resumes(source: State, target: State | None, active: State) -> State | Literal["as before"] | None:
    """What is put away resumes the state it was put away in, and keeps that until somebody has it again."""
    if target not in (_Q, _I, _W) or source is active:
        return None
    return source if source in _HELD else AS_BEFORE


def _medium(
    name: str,
    family: Family,
    pages: Mapping[str, _Ground],
    lists: tuple[Capabilities, ...],
    told: tuple[Told, ...],
    *,
    shown: tuple[Shown, ...] | None = None,
    grounds: "_Grounds | None" = None,
) -> Medium:
    rows, views = {
        Family.ITEMS: (_ITEMS, _SHOWN_ITEMS),
        Family.MAIL: (_MAIL, _SHOWN_MAIL),
        Family.SESSIONS: (_SESSIONS, _SHOWN_SESSIONS),
    }[family]
    active = _CH if family is Family.SESSIONS else _P
    creation = pages.get("Create")
    return Medium(
        name=name,
        family=family,
        active=active,
        edges=tuple(_edges(pages, (*_COMMON, *rows, *_WORKBINS), active, grounds or {})),
        lists=(*lists, _NONE),
        shown=shown or views,
        told=told,
        creates=(_CO if family is Family.MAIL else _P) if creation else None,
        creation=creation.page if creation else None,
        lacks=_lacks(name, family),
    )


_Grounds = Mapping[tuple[str, When] | tuple[str, When, State], _Ground]
"""Where one case of an operation, or that case in one state, is known otherwise than its page says in general."""

_QUEUE_SILENT = _inf("the parameter is documented; what the agent is shown then is not")
_TO_QUEUE: _Grounds = {
    ("Complete", When.INTO_QUEUE): _QUEUE_SILENT,
    ("Transfer", When.TO_QUEUE): _inf("the target is documented; what the agent is shown then is not"),
}
_TO_AGENT_UNSEEN: _Grounds = {
    **_TO_QUEUE,
    ("Transfer", When.TO_AGENT): _inf("as OpenMediaAPITransfer; this medium's page shows no notification"),
}

WORKITEM = _medium(
    "workitem",
    Family.ITEMS,
    _WORKITEM,
    (
        _invited(_doc("WorkitemResource", _WI)),
        _list("processing", _doc("WorkitemCreate", _WI), _ITEM_6),
    ),
    (
        _told(_COMPLETED, _doc("WorkitemReject", _WI)),
        _told(_W, _doc("WorkbinSupAddIntToWorkbin", "GWS 8.6.0, 2024-02-15")),
        _TOLD_REVOKED,
    ),
    grounds={("Complete", When.INTO_QUEUE): _QUEUE_SILENT},
)
OPENMEDIA = _medium(
    "openmedia",
    Family.ITEMS,
    _OPENMEDIA,
    (
        _invited(_inf("OpenMediaAPIResource, whose capability lines were not seen; as WorkitemResource")),
        _list("processing", _doc("OpenMediaAPIAccept", _WI), _ITEM_6),
    ),
    (_told(_COMPLETED, _doc("OpenMediaAPIReject", _WI)), _TOLD_WORKBIN, _TOLD_REVOKED),
    grounds=_TO_QUEUE,
)
EMAIL = _medium(
    "email",
    Family.MAIL,
    _EMAIL,
    (
        _invited(_doc("InteractionsOnEmailNotifications", "8.5.1")),
        _list("processing", _cap("a live system", "2016"), _EMAIL_10),
        _list("composing", _doc("EmailCreate", _WI), _OUT_9),
        _list("resource-6", _doc("EmailResource"), _EMAIL_RESOURCE_6, printed_under=_P),
    ),
    (
        _told(_COMPLETED, _inf("as FacebookComplete; the email samples were not seen to their end")),
        _told(State.CANCELED, _doc("EmailCancel", _WI)),
        _told(State.SENT, _inf("as FacebookSend")),
        _told(_REVOKED, _doc("InteractionsOnEmailNotifications", "8.5.1")),
        *_TOLD_MAIL,
    ),
    grounds=_TO_AGENT_UNSEEN,
)
FACEBOOK = _medium(
    "facebook",
    Family.MAIL,
    _FACEBOOK,
    (
        _invited(_inf("no page; as WorkitemResource")),
        _list("processing", _doc("FacebookAccept", "GWS 8.5.2"), _IN_9),
        _list("composing", _doc("FacebookCreate", "GWS 8.5.2, 2023-10-31"), _OUT_9),
    ),
    (
        _told(_COMPLETED, _doc("FacebookComplete")),
        _told(State.CANCELED, _doc("FacebookCancel")),
        _told(State.SENT, _doc("FacebookSend")),
        _TOLD_REVOKED,
        *_TOLD_MAIL,
    ),
    grounds={
        ("Complete", When.INTO_QUEUE): _QUEUE_SILENT,
        ("Transfer", When.TO_AGENT, _CO): _inf("as TwitterTransfer", "8.5.2 draft, 2015-03"),
    },
)
TWITTER = _medium(
    "twitter",
    Family.MAIL,
    _TWITTER,
    (
        _invited(_inf("TwitterResource names the state; the list as WorkitemResource", "8.5.2, 2020-06-24")),
        _list("processing", _doc("TwitterAccept", "8.5.2, 2020-06"), _IN_9),
        _list("processing-12", _doc("TwitterMessageType"), _TWEET_12),
        _list("composing", _doc("TwitterCreate", "8.5.2, 2020-06-24"), _OUT_9),
    ),
    (
        _told(_COMPLETED, _doc("TwitterComplete")),
        _told(State.CANCELED, _doc("TwitterCancel", "8.5.2, 2020-06-24")),
        _told(State.SENT, _doc("TwitterSend")),
        _TOLD_REVOKED,
        _TOLD_WORKBIN,
        _told(_CO, _doc("TwitterTransfer", "8.5.2 draft, 2015-03"), "composing"),
    ),
    shown=(
        _TO_INVITEE,
        _TO_GIVER,
        Shown(_P, Who.HOLDER, "processing", _P, only=_AS_TWITTER),
        Shown(_P, Who.HOLDER, "processing-12", _P, only=_AS_TWEET),
        Shown(_CO, Who.HOLDER, "composing", _CO),
    ),
    grounds={**_TO_QUEUE, ("Transfer", When.TO_AGENT, _P): _inf("as FacebookTransfer; the page is about a draft")},
)
CHAT = _medium(
    "chat",
    Family.SESSIONS,
    _CHAT,
    (
        _invited(_cap("a live system", "2016-03")),
        _list("chatting-7", _doc("ChatAccept", "8.5.2, 2014-06-20"), _SESSION_7),
        _list("chatting-13", _doc("ChatAttachUserData", "GWS 8.5.2"), _SESSION_13),
        _list("chatting-16", _doc("ChatInviteUser", "GWS 8.6.0, 2024-02-15"), _SESSION_16),
        _list("chatting-15", _doc("ChatAddAttachment", "8.5.2 draft, 2020-02-06"), _CHAT_15, printed_under=_CH),
        _list("left-chat", _inf("ChatLeave names the state; the list as SMSLeave"), _LEFT_4),
    ),
    (
        _told(_COMPLETED, _doc("ChatReject, ChatComplete, ChatLeave"), None),
        _told(_W, _doc("WorkbinAddInteractionToGW")),
        _TOLD_REVOKED,
    ),
    grounds=_TO_AGENT_UNSEEN,
)
FACEBOOKSESSION = _medium(
    "facebooksession",
    Family.SESSIONS,
    _FACEBOOKSESSION,
    (
        _invited(_inf("no page; as a captured chat")),
        _list("chatting-7", _doc("FacebookPMAccept", "8.5.2, 2015-10-23"), _SESSION_7),
        _list("chatting-13", _inf("as ChatAttachUserData"), _SESSION_13),
        _list("chatting-16", _inf("as ChatInviteUser"), _SESSION_16),
        _list("left-chat", _inf("as SMSLeave"), _LEFT_4),
    ),
    (
        _told(_COMPLETED, _doc("FacebookPMComplete", "8.5.2 draft, 2015-09-29"), "none", "Complete"),
        _told(_COMPLETED, _doc("FacebookPMReject", "8.5.2, 2019-01-24"), None),
        _TOLD_WORKBIN,
        _TOLD_REVOKED,
    ),
    grounds=_TO_AGENT_UNSEEN,
)
SMSSESSION = _medium(
    "smssession",
    Family.SESSIONS,
    _SMSSESSION,
    (
        _invited(_inf("no page; as a captured chat")),
        _list("chatting-7", _doc("SMSAccept", _SMS), _SESSION_7),
        _list("chatting-13", _doc("SMSAttachUserData", "GWS 8.5.2, 2023-10-31"), _SESSION_13),
        _list("chatting-16", _doc("SMSInvite", "GWS 8.6.0"), _SESSION_16),
        _list("resource-8", _doc("SMSResources"), _SMS_8, printed_under=_CH),
        _list("left-chat", _doc("SMSLeave", _SMS), _LEFT_4),
    ),
    (_told(_COMPLETED, _doc("SMSReject, SMSComplete, SMSLeave", _SMS), None), _TOLD_WORKBIN, _TOLD_REVOKED),
    grounds=_TO_AGENT_UNSEEN,
)

_MEDIA = (CHAT, EMAIL, WORKITEM, OPENMEDIA, FACEBOOK, FACEBOOKSESSION, TWITTER, SMSSESSION)
GWS = named("GWS", Definition({medium.name: medium for medium in _MEDIA}))
"""The lifecycle of the eight media as the documents have it, under the default profile."""
