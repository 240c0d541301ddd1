"""Which operations each medium has, and where each of them is documented.

An operation without a page of its own, but named in a capability list that a page prints, is inferred from its sibling.
Versions are those of the HTCC documentation, unless GWS is named.
"""

from ixnstate.building import Pages, captured, documented, inferred

MODELS = "Events and Models Reference, 2018-03-22"
"""The edition of the vendor's event models."""

SIGNALS: Pages = {
    "Offer": documented("DeliverInteractiontoAgent", MODELS),
    "Revoke": inferred("DeliverInteractiontoAgent", MODELS),
    "Stop": inferred("StopProcessing", MODELS),
}
"""What the platform does, with any medium."""

_OPERATIONS_PDF = "Interactions API Operations"
FOR_EVERY_MEDIUM: Pages = {
    "PlaceInQueue": documented(_OPERATIONS_PDF, "8.5.0 dialect"),
    "PlaceInWorkbin": documented(_OPERATIONS_PDF, "8.5.0 dialect"),
    "GetWorkbinContent": inferred(f"{_OPERATIONS_PDF}; in which states, and for whom, is left open", "8.5.0 dialect"),
    "AddInteraction": documented("WorkbinAddInteractionToGW"),
    "PullInteraction": documented("PullInteraction from a Group Workbin", "8.5.2, 2020-08-20"),
}
"""What agents can do with any medium."""

_ADD = documented("WorkbinAddInteractionToWorkbin")
_PULL = documented("PullInteractionFromWorkbin", "8.5.2, 2020-09-17")
_ADD_GROUP = documented("WorkbinAddInteractionToGW")
_PULL_GROUP = documented("PullInteraction from a Group Workbin", "8.5.2, 2020-08-20")

JANUARY_2016 = "8.5.2, 2016-01-22"
WORKITEM: Pages = {
    "Create": documented("WorkitemCreate", JANUARY_2016),
    "Accept": inferred("named in the list of WorkitemResource; as OpenMediaAPIAccept", JANUARY_2016),
    "Reject": documented("WorkitemReject", JANUARY_2016),
    "Transfer": inferred("named in the list of WorkitemMessageType; as OpenMediaAPITransfer", "8.5.2, 2016-03-25"),
    "AttachUserData": documented("WorkitemAttachUserData", JANUARY_2016),
    "UpdateUserData": documented("WorkitemUpdateUserData", JANUARY_2016),
    "DeleteUserData": documented("WorkitemDeleteUserData", JANUARY_2016),
    "SetInFocus": inferred("named in the list of WorkitemMessageType", "8.5.2, 2016-03-25"),
    "Complete": documented("WorkitemComplete", JANUARY_2016),
    "AddWorkitem": _ADD,
    "PullWorkitem": _PULL,
    "Revoke": captured("client code that works against a live system", "2016"),
}

OPENMEDIA: Pages = {
    "Create": documented("OpenMediaAPICreate", JANUARY_2016),
    "Accept": documented("OpenMediaAPIAccept", JANUARY_2016),
    "Reject": documented("OpenMediaAPIReject", JANUARY_2016),
    "Transfer": documented("OpenMediaAPITransfer"),
    "AttachUserData": documented("OpenMediaAPIAttachUD", "GWS 8.6.0, 2024-02-15"),
    "UpdateUserData": documented("OpenMediaAPIUpdateUD", "GWS 8.5.2, 2023-10-31"),
    "DeleteUserData": documented("OpenMediaAPIDeleteUD", JANUARY_2016),
    "SetInFocus": inferred("named in the list of OpenMediaAPIMessageType", "8.5.2, 2016-03-25"),
    "Complete": inferred("named in the list of OpenMediaAPIMessageType; as WorkitemComplete", "8.5.2, 2016-03-25"),
    "AddOpenmedia": _ADD_GROUP,
    "PullOpenmedia": _PULL_GROUP,
}

_EMAIL_LIST = "named in a list captured from a live system"
EMAIL: Pages = {
    "Create": documented("EmailCreate", JANUARY_2016),
    "Accept": captured("EmailAccept; the state from a live system", "2016"),
    "Reject": inferred("EmailReject, whose notification was not seen to its end"),
    "Reply": documented("EmailReply"),
    "ReplyAll": documented("EmailReplyAll"),
    "Forward": inferred("InteractionsOnEmail; as EmailReply", "8.5.0"),
    "Save": documented("EmailSave"),
    "Send": inferred("EmailSend; the state as FacebookSend"),
    "Cancel": documented("EmailCancel", JANUARY_2016),
    "Complete": inferred("EmailComplete, whose notification was not seen to its end; the state from EmailResource"),
    "Transfer": documented("EmailTransfer", "GWS 8.6.0, 2024-02-15"),
    "AttachUserData": documented("EmailAttachUserData", "GWS 8.6.0, 2024-02-15"),
    "UpdateUserData": captured(_EMAIL_LIST, "2016"),
    "DeleteUserData": documented("EmailDeleteUserData", "GWS 8.5.2"),
    "SetDisposition": documented("EmailSetDisposition", "GWS 8.6.0, 2024-02-15"),
    "AddComment": captured(_EMAIL_LIST, "2016"),
    "SetInFocus": captured(_EMAIL_LIST, "2016"),
    "AddAttachment": inferred("EmailMessageType names the notification"),
    "RemoveAttachment": inferred("EmailMessageType names the notification"),
    "AddEmail": _ADD,
    "PullEmail": _PULL,
    "Revoke": documented("InteractionsOnEmailNotifications", "8.5.1"),
}

_FACEBOOK_LIST = "named in the lists of FacebookAccept and FacebookCreate"
FACEBOOK: Pages = {
    "Create": documented("FacebookCreate", "GWS 8.5.2, 2023-10-31"),
    "Accept": documented("FacebookAccept", "GWS 8.5.2"),
    "Reject": documented("FacebookReject"),
    "Reply": documented("FacebookReply"),
    "Save": inferred("FacebookMessageType names FacebookSaved; as TwitterSave"),
    "Send": documented("FacebookSend"),
    "Cancel": documented("FacebookCancel"),
    "Complete": documented("FacebookComplete"),
    "Transfer": documented("FacebookTransfer"),
    "AttachUserData": inferred(_FACEBOOK_LIST),
    "UpdateUserData": inferred(_FACEBOOK_LIST),
    "DeleteUserData": inferred(_FACEBOOK_LIST),
    "SetDisposition": documented("FacebookSetDisposition"),
    "AddComment": inferred(_FACEBOOK_LIST),
    "SetInFocus": inferred(_FACEBOOK_LIST),
    "AddFacebook": _ADD_GROUP,
    "PullFacebook": _PULL_GROUP,
}

_TWITTER_LIST = "named in the list of TwitterMessageType"
TWITTER: Pages = {
    "Create": documented("TwitterCreate", "8.5.2, 2020-06-24"),
    "Accept": documented("TwitterAccept", "8.5.2, 2020-06"),
    "Reject": inferred("TwitterReject, whose sample is another page's; as FacebookReject", "8.5.2 draft, 2015-03-19"),
    "Reply": documented("TwitterReply"),
    "Save": documented("TwitterSave"),
    "Send": documented("TwitterSend"),
    "Cancel": documented("TwitterCancel", "8.5.2, 2020-06-24"),
    "Complete": documented("TwitterComplete"),
    "Transfer": documented("TwitterTransfer", "8.5.2 draft, 2015-03"),
    "AttachUserData": documented("TwitterAttachUserData", "8.5.2, 2015-03-05"),
    "UpdateUserData": documented("TwitterUpdateUserData", JANUARY_2016),
    "DeleteUserData": inferred(_TWITTER_LIST),
    "SetDisposition": documented("TwitterSetDisposition", "8.5.2, 2020-06"),
    "AddComment": inferred(_TWITTER_LIST),
    "SetInFocus": inferred(_TWITTER_LIST),
    "Retweet": inferred(_TWITTER_LIST),
    "MarkFavorite": inferred(_TWITTER_LIST),
    "RemoveFavorite": inferred(_TWITTER_LIST),
    "AddTweet": _ADD_GROUP,
    "PullTweet": _PULL_GROUP,
}

_CHAT_LIST = "named in the lists of ChatInviteUser and ChatAttachUserData"
CHAT: Pages = {
    "Accept": documented("ChatAccept", "8.5.2, 2014-06-20"),
    "Reject": documented("ChatReject", "GWS 8.5.2, 2023-10-31"),
    "Complete": documented("ChatComplete", "8.5.2, 2017-05-19"),
    "Leave": documented("ChatLeave"),
    "Transfer": documented("ChatSingleStepTransfer", "8.5.2, 2017-05-19"),
    "Invite": documented("ChatInviteUser", "GWS 8.6.0, 2024-02-15"),
    "Consult": documented("ChatConsult", "GWS 8.6.0, 2024-02-15"),
    "RemoveParticipantFromConference": documented("ChatRemoveParticipantFromConference", "GWS 8.6.0"),
    "SendMessage": documented("ChatSend", JANUARY_2016),
    "SendToAgents": documented("ChatSendToAgents", "8.5.2, 2017-05-19"),
    "SendStartTypingNotification": documented("ChatSendStartTypingNotification", "8.5.2 draft, 2016-01-08"),
    "SendStopTypingNotification": documented("ChatSendStopTypingNotification", "8.5.2 draft, 2014-05-28"),
    "SendStartTypingToAgentsNotification": documented("ChatSendStartTypingToAgentsNotification", JANUARY_2016),
    "SendStopTypingToAgentsNotification": inferred(_CHAT_LIST),
    "SendUrl": documented("ChatSendURL", JANUARY_2016),
    "SendCustomNotice": documented("ChatSendCustomNotice", "8.5.2 draft, 2015-11-23"),
    "SendCustomNoticeToAgents": documented("ChatSendCustomNoticeToAgents", JANUARY_2016),
    "SendNicknameUpdatedNotice": documented("ChatSendNicknameUpdatedNotice", "GWS 8.5.2, 2023-10-31"),
    "AttachUserData": documented("ChatAttachUserData", "GWS 8.5.2"),
    "UpdateUserData": documented("ChatUpdateUserData", "GWS 8.6.0, 2024-02-15"),
    "DeleteUserData": documented("ChatDeleteUserData", "GWS 8.5.2, 2023-10-31"),
    "SetDisposition": documented("ChatSetDisposition", JANUARY_2016),
    "SetInFocus": inferred(_CHAT_LIST),
    "AddAttachment": documented("ChatAddAttachment", "8.5.2 draft, 2020-02-06"),
    "RemoveAttachment": documented("ChatRemoveAttachment"),
    "AddChat": _ADD,
    "PullChat": _PULL,
    "Revoke": captured("client code that works against a live system", "2016"),
}

_PM_LIST = "named in the list of FacebookPMAccept"
_PM_SIBLING = "no page; the chat engine is the same, as ChatInviteUser and its list"
FACEBOOKSESSION: Pages = {
    "Accept": documented("FacebookPMAccept", "8.5.2, 2015-10-23"),
    "Reject": documented("FacebookPMReject", "8.5.2, 2019-01-24"),
    "Complete": documented("FacebookPMComplete", "8.5.2 draft, 2015-09-29"),
    "Leave": inferred(
        "FacebookPMLeave, whose notification was not seen to its end; as ChatLeave", "8.5.2 draft, 2015-09-29"
    ),
    "Transfer": documented("FacebookPMTransfer", "8.5.2 draft, 2015-09-29"),
    "Invite": inferred(_PM_SIBLING),
    "Consult": documented("FacebookPMConsult"),
    "RemoveParticipantFromConference": documented("FacebookPMRemovePart"),
    "SendMessage": documented("FacebookPMSendMessage", "8.5.2, 2019-01-24"),
    "SendToAgents": documented("FacebookPMSendToAgents", "8.5.2, 2019-01-24"),
    "SendStartTypingNotification": inferred(_PM_LIST),
    "SendStopTypingNotification": inferred(_PM_LIST),
    "SendStartTypingToAgentsNotification": inferred(_PM_SIBLING),
    "SendStopTypingToAgentsNotification": inferred(_PM_SIBLING),
    "AttachUserData": documented("FacebookPMAttachUserData", "8.5.2, 2015-09-29"),
    "UpdateUserData": documented("FacebookPMUpdateUserData", "8.5.2, 2015-09-29"),
    "DeleteUserData": documented("FacebookPMDeleteUserData", "8.5.2, 2015-09-29"),
    "SetDisposition": documented("FacebookPMSetDisposition", "8.5.2, 2019-01-24"),
    "AddComment": documented("FacebookPMAddComment", "8.5.2, 2019-01-24"),
    "SetInFocus": inferred(_PM_LIST),
    "ReportResponseTemplateUsage": documented("FacebookPMReportSRUsage", "8.5.2 draft, 2015-09-29"),
    "AddFacebooksession": _ADD_GROUP,
    "PullFacebooksession": _PULL_GROUP,
}

NOVEMBER_2016 = "8.5.2, 2016-11-04"
_SMS_LIST = "named in the lists of SMSAttachUserData and SMSInvite"
SMSSESSION: Pages = {
    "Accept": documented("SMSAccept", NOVEMBER_2016),
    "Reject": documented("SMSReject", NOVEMBER_2016),
    "Complete": documented("SMSComplete", NOVEMBER_2016),
    "Leave": documented("SMSLeave", NOVEMBER_2016),
    "LeaveAndComplete": inferred("named in the list of SMSResources"),
    "Transfer": inferred("named in the list of SMSAccept; as ChatSingleStepTransfer", NOVEMBER_2016),
    "Invite": documented("SMSInvite", "GWS 8.6.0"),
    "Consult": documented("SMSConsult", NOVEMBER_2016),
    "RemoveParticipantFromConference": inferred("no page; as ChatRemoveParticipantFromConference"),
    "SendMessage": documented("SMSSendMessage", NOVEMBER_2016),
    "SendToAgents": documented("SMSSendToAgents", NOVEMBER_2016),
    "SendUrl": documented("SMSSendUrl", NOVEMBER_2016),
    "SendStartTypingNotification": documented("SMSSendStartType", NOVEMBER_2016),
    "SendStopTypingNotification": documented("SMSSendStopType", NOVEMBER_2016),
    "SendStartTypingToAgentsNotification": inferred(_SMS_LIST),
    "SendStopTypingToAgentsNotification": inferred(_SMS_LIST),
    "SendCustomNotice": documented("SMSSendCustomNotice", NOVEMBER_2016),
    "SendCustomNoticeToAgents": documented("SMSSendCustomNoticeToAgents", NOVEMBER_2016),
    "AttachUserData": documented("SMSAttachUserData", "GWS 8.5.2, 2023-10-31"),
    "UpdateUserData": documented("SMSUpdateUserData", "GWS 8.5.2"),
    "DeleteUserData": inferred(_SMS_LIST),
    "SetDisposition": documented("SMSSetDisposition", NOVEMBER_2016),
    "AddComment": documented("SMSAddComment", NOVEMBER_2016),
    "SetInFocus": inferred(_SMS_LIST),
}
