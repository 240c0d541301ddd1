"""The documented lifecycle, `GWS`: what agents are shown of an interaction, and the media.

What may happen in each state stands in `ixnstate.lifecycle`; which operations a medium has, and where each is
documented, in `ixnstate.sources`. A medium puts them together: its pages say which clauses of the lifecycle are about
it.
"""

from ixnstate import sources
from ixnstate.building import (
    Ground,
    Pages,
    Stages,
    Variant,
    capabilities,
    captured,
    documented,
    inferred,
    last_word,
    medium,
)
from ixnstate.definition import Capabilities, Choices, Definition, Medium, Shown, Told, named
from ixnstate.lifecycle import LIFECYCLE
from ixnstate.sources import JANUARY_2016, NOVEMBER_2016
from ixnstate.vocabulary import Evidence, Family, Source, State, When, Who

# === what agents are shown ============================================================================================

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

_NONE = Capabilities("none", (), Evidence.DOCUMENTED, Source("WorkitemReject", JANUARY_2016))


def _invited(ground: Ground) -> Capabilities:
    return capabilities("invited", ground, "Accept Reject")


_NEWEST: Choices = (("capabilities", "8.5.2"),)
_OLDER: Choices = (("capabilities", "2014"),)
_AS_TWITTER: Choices = (("twitter", "twitter"),)
_AS_TWEET: Choices = (("twitter", "tweet"),)

_TO_INVITEE = Shown(State.INVITED, Who.INVITEE, "invited", State.INVITED)
_TO_GIVER = Shown(State.INVITED, Who.HOLDER, "none", None)
_COMPOSING = Shown(State.COMPOSING, Who.HOLDER, "composing", State.COMPOSING)
SHOWN_ITEMS = (_TO_INVITEE, _TO_GIVER, Shown(State.PROCESSING, Who.HOLDER, "processing", State.PROCESSING))
SHOWN_MAIL = (*SHOWN_ITEMS, _COMPOSING)
SHOWN_SESSIONS = (
    _TO_INVITEE,
    _TO_GIVER,
    Shown(State.CHATTING, Who.INVITEE, "invited", State.INVITED),
    Shown(State.CHATTING, Who.HOLDER, "chatting-13", State.CHATTING, only=_NEWEST),
    Shown(State.CHATTING, Who.HOLDER, "chatting-16", State.CHATTING, several=True, only=_NEWEST),
    Shown(State.CHATTING, Who.HOLDER, "chatting-7", State.CHATTING, only=_OLDER),
    Shown(State.CHATTING, Who.HOLDER, "chatting-7", State.CHATTING, several=True, only=_OLDER),
    Shown(State.LEFT_CHAT, Who.HOLDER, "left-chat", State.LEFT_CHAT),
)

_IN_A_WORKBIN = last_word(State.IN_WORKBIN, inferred("as WorkbinSupAddIntToWorkbin shows it for a workitem"))
_REVOKED = last_word(State.REVOKED, inferred("as InteractionsOnEmailNotifications shows it for an email", "8.5.1"))
_GIVEN_AWAY = last_word(State.COMPOSING, inferred("as TwitterTransfer", "8.5.2 draft, 2015-03"), "composing")


# === media ============================================================================================================

STAGES = {
    Family.ITEMS: Stages(State.PROCESSING, others=(), new=State.PROCESSING, shown=SHOWN_ITEMS),
    Family.MAIL: Stages(State.PROCESSING, others=(State.COMPOSING,), new=State.COMPOSING, shown=SHOWN_MAIL),
    Family.SESSIONS: Stages(State.CHATTING, others=(State.LEFT_CHAT,), new=None, shown=SHOWN_SESSIONS),
}

# Only a chat says something when it is closed (ChatComplete, 2017-05-19); only sessions have nicknames.
_CLOSING = ("text", "message_type", "treat_as")
_NO_CLOSING = tuple((name, _CLOSING) for name in ("Complete", "Leave", "Transfer", "RemoveParticipantFromConference"))
_NO_NICKNAME = (("Accept", ("nickname",)),)


def _medium(
    name: str,
    family: Family,
    pages: Pages,
    lists: tuple[Capabilities, ...],
    told: tuple[Told, ...],
    *,
    shown: tuple[Shown, ...] | None = None,
    says_when_closed: bool = False,
    except_for: dict[Variant, Ground] | None = None,
) -> Medium:
    return medium(
        name,
        family,
        STAGES[family],
        LIFECYCLE,
        {**sources.SIGNALS, **sources.FOR_EVERY_MEDIUM, **pages},
        (*lists, _NONE),
        told,
        shown=shown,
        lacks=(*(() if says_when_closed else _NO_CLOSING), *(() if family is Family.SESSIONS else _NO_NICKNAME)),
        except_for=except_for,
    )


_QUEUE_SILENT = inferred("the parameter is documented; what the agent is shown then is not")
_TO_QUEUE = {
    Variant("Complete", When.INTO_QUEUE): _QUEUE_SILENT,
    Variant("Transfer", When.TO_QUEUE): inferred("the target is documented; what the agent is shown then is not"),
}
_TO_AGENT_UNSEEN = {
    **_TO_QUEUE,
    Variant("Transfer", When.TO_AGENT): inferred("as OpenMediaAPITransfer; this medium's page shows no notification"),
}

_MEDIA = (
    _medium(
        "chat",
        Family.SESSIONS,
        sources.CHAT,
        (
            _invited(captured("a live system", "2016-03")),
            capabilities("chatting-7", documented("ChatAccept", "8.5.2, 2014-06-20"), _SESSION_7),
            capabilities("chatting-13", documented("ChatAttachUserData", "GWS 8.5.2"), _SESSION_13),
            capabilities("chatting-16", documented("ChatInviteUser", "GWS 8.6.0, 2024-02-15"), _SESSION_16),
            capabilities(
                "chatting-15",
                documented("ChatAddAttachment", "8.5.2 draft, 2020-02-06"),
                _CHAT_15,
                printed_under=State.CHATTING,
            ),
            capabilities("left-chat", inferred("ChatLeave names the state; the list as SMSLeave"), _LEFT_4),
        ),
        (
            last_word(State.COMPLETED, documented("ChatReject, ChatComplete, ChatLeave"), None),
            last_word(State.IN_WORKBIN, documented("WorkbinAddInteractionToGW")),
            _REVOKED,
        ),
        says_when_closed=True,
        except_for=_TO_AGENT_UNSEEN,
    ),
    _medium(
        "email",
        Family.MAIL,
        sources.EMAIL,
        (
            _invited(documented("InteractionsOnEmailNotifications", "8.5.1")),
            capabilities("processing", captured("a live system", "2016"), _EMAIL_10),
            capabilities("composing", documented("EmailCreate", JANUARY_2016), _OUT_9),
            capabilities("resource-6", documented("EmailResource"), _EMAIL_RESOURCE_6, printed_under=State.PROCESSING),
        ),
        (
            last_word(State.COMPLETED, inferred("as FacebookComplete; the email samples were not seen to their end")),
            last_word(State.CANCELED, documented("EmailCancel", JANUARY_2016)),
            last_word(State.SENT, inferred("as FacebookSend")),
            last_word(State.REVOKED, documented("InteractionsOnEmailNotifications", "8.5.1")),
            _IN_A_WORKBIN,
            _GIVEN_AWAY,
        ),
        except_for=_TO_AGENT_UNSEEN,
    ),
    _medium(
        "workitem",
        Family.ITEMS,
        sources.WORKITEM,
        (
            _invited(documented("WorkitemResource", JANUARY_2016)),
            capabilities("processing", documented("WorkitemCreate", JANUARY_2016), _ITEM_6),
        ),
        (
            last_word(State.COMPLETED, documented("WorkitemReject", JANUARY_2016)),
            last_word(State.IN_WORKBIN, documented("WorkbinSupAddIntToWorkbin", "GWS 8.6.0, 2024-02-15")),
            _REVOKED,
        ),
        except_for={Variant("Complete", When.INTO_QUEUE): _QUEUE_SILENT},
    ),
    _medium(
        "openmedia",
        Family.ITEMS,
        sources.OPENMEDIA,
        (
            _invited(inferred("OpenMediaAPIResource, whose capability lines were not seen; as WorkitemResource")),
            capabilities("processing", documented("OpenMediaAPIAccept", JANUARY_2016), _ITEM_6),
        ),
        (last_word(State.COMPLETED, documented("OpenMediaAPIReject", JANUARY_2016)), _IN_A_WORKBIN, _REVOKED),
        except_for=_TO_QUEUE,
    ),
    _medium(
        "facebook",
        Family.MAIL,
        sources.FACEBOOK,
        (
            _invited(inferred("no page; as WorkitemResource")),
            capabilities("processing", documented("FacebookAccept", "GWS 8.5.2"), _IN_9),
            capabilities("composing", documented("FacebookCreate", "GWS 8.5.2, 2023-10-31"), _OUT_9),
        ),
        (
            last_word(State.COMPLETED, documented("FacebookComplete")),
            last_word(State.CANCELED, documented("FacebookCancel")),
            last_word(State.SENT, documented("FacebookSend")),
            _REVOKED,
            _IN_A_WORKBIN,
            _GIVEN_AWAY,
        ),
        except_for={
            Variant("Complete", When.INTO_QUEUE): _QUEUE_SILENT,
            Variant("Transfer", When.TO_AGENT, State.COMPOSING): inferred("as TwitterTransfer", "8.5.2 draft, 2015-03"),
        },
    ),
    _medium(
        "facebooksession",
        Family.SESSIONS,
        sources.FACEBOOKSESSION,
        (
            _invited(inferred("no page; as a captured chat")),
            capabilities("chatting-7", documented("FacebookPMAccept", "8.5.2, 2015-10-23"), _SESSION_7),
            capabilities("chatting-13", inferred("as ChatAttachUserData"), _SESSION_13),
            capabilities("chatting-16", inferred("as ChatInviteUser"), _SESSION_16),
            capabilities("left-chat", inferred("as SMSLeave"), _LEFT_4),
        ),
        (
            last_word(State.COMPLETED, documented("FacebookPMComplete", "8.5.2 draft, 2015-09-29"), "none", "Complete"),
            last_word(State.COMPLETED, documented("FacebookPMReject", "8.5.2, 2019-01-24"), None),
            _IN_A_WORKBIN,
            _REVOKED,
        ),
        except_for=_TO_AGENT_UNSEEN,
    ),
    _medium(
        "twitter",
        Family.MAIL,
        sources.TWITTER,
        (
            _invited(inferred("TwitterResource names the state; the list as WorkitemResource", "8.5.2, 2020-06-24")),
            capabilities("processing", documented("TwitterAccept", "8.5.2, 2020-06"), _IN_9),
            capabilities("processing-12", documented("TwitterMessageType"), _TWEET_12),
            capabilities("composing", documented("TwitterCreate", "8.5.2, 2020-06-24"), _OUT_9),
        ),
        (
            last_word(State.COMPLETED, documented("TwitterComplete")),
            last_word(State.CANCELED, documented("TwitterCancel", "8.5.2, 2020-06-24")),
            last_word(State.SENT, documented("TwitterSend")),
            _REVOKED,
            _IN_A_WORKBIN,
            last_word(State.COMPOSING, documented("TwitterTransfer", "8.5.2 draft, 2015-03"), "composing"),
        ),
        shown=(
            _TO_INVITEE,
            _TO_GIVER,
            Shown(State.PROCESSING, Who.HOLDER, "processing", State.PROCESSING, only=_AS_TWITTER),
            Shown(State.PROCESSING, Who.HOLDER, "processing-12", State.PROCESSING, only=_AS_TWEET),
            _COMPOSING,
        ),
        except_for={
            **_TO_QUEUE,
            Variant("Transfer", When.TO_AGENT, State.PROCESSING): inferred(
                "as FacebookTransfer; the page is about a draft"
            ),
        },
    ),
    _medium(
        "smssession",
        Family.SESSIONS,
        sources.SMSSESSION,
        (
            _invited(inferred("no page; as a captured chat")),
            capabilities("chatting-7", documented("SMSAccept", NOVEMBER_2016), _SESSION_7),
            capabilities("chatting-13", documented("SMSAttachUserData", "GWS 8.5.2, 2023-10-31"), _SESSION_13),
            capabilities("chatting-16", documented("SMSInvite", "GWS 8.6.0"), _SESSION_16),
            capabilities("resource-8", documented("SMSResources"), _SMS_8, printed_under=State.CHATTING),
            capabilities("left-chat", documented("SMSLeave", NOVEMBER_2016), _LEFT_4),
        ),
        (
            last_word(State.COMPLETED, documented("SMSReject, SMSComplete, SMSLeave", NOVEMBER_2016), None),
            _IN_A_WORKBIN,
            _REVOKED,
        ),
        except_for=_TO_AGENT_UNSEEN,
    ),
)

GWS = named("GWS", Definition({each.name: each for each in _MEDIA}))
"""The lifecycle of the eight media as the documents have it, under the default profile."""
