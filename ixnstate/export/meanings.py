"""What an exported definition says in words: the closed names of conditions and effects, and what it cannot express.

An interpreter in another language is written from these sentences, so each of them says what `ixnstate.stepping` does,
in the field names of the export. *Refused* means that nothing changes.
"""

from collections.abc import Mapping

from ixnstate.values import frozen
from ixnstate.vocabulary import Does, NoticeKind, When, Who

WHO: Mapping[Who, str] = {
    Who.PLATFORM: "A signal of the router, a timer or a media server. It has no `by`.",
    Who.HOLDER: "`by` is one of `holders`.",
    Who.INVITEE: "`by` is one of `invited`.",
    Who.ANYONE: "`by` is any agent. What they must be besides (a supervisor, a member of the group) is the contact"
    " centre's to say.",
}
"""Whose operation an edge is, as a condition."""

WHEN: Mapping[When, str] = {
    When.ALWAYS: "It holds.",
    When.TO_AGENT: "`targetAgent` is given.",
    When.TO_QUEUE: "`targetQueue` is given.",
    When.INTO_QUEUE: "`queueName` is given.",
    When.OTHERS_REMAIN: "`holders` has two agents or more.",
    When.TO_AGENT_OTHERS_REMAIN: "`targetAgent` is given, and `holders` has two agents or more.",
    When.OF_INVITEE: "`agent` is one of `invited`.",
    When.OF_ONE_HOLDER: "`agent` is one of `holders`, which has two agents or more.",
    When.GIVER_HOLDS: "`holders` has an agent.",
    When.FOR_OWNER: "`owner` is given, and is another than `by`.",
    When.IN_GROUP: "`agentGroup` or `placeGroup` is given.",
}
"""When an edge decides: of several edges for one state and operation, the first that is meant does."""


@frozen
class Effect:
    """An effect in words: what becomes of the record, what refuses it, and as which notice agents are told of it."""

    means: str
    refused: str | None = None
    kind: NoticeKind | None = NoticeKind.STATUS_CHANGE


_MOVES = (
    "State as the edge says; `workbin` is none; `consulted` and `nicknames` are kept only if `holders` are the same."
)
_STAYS = "The state stays."
_HAS_IT = "`targetAgent` is one of `holders` or `invited`."

DOES: Mapping[Does, Effect] = {
    Does.KEEP: Effect(f"{_MOVES} `holders` stay, nobody is invited."),
    Does.OFFER: Effect(f"{_MOVES} Nobody holds it; `agent` alone is invited."),
    Does.HOLD: Effect(
        f"{_MOVES} `by` alone holds it, nobody is invited. In a session, `nickname` is kept for `by` if it is given."
    ),
    Does.JOIN: Effect(
        f"{_STAYS} `by` is no longer invited and is the last of `holders`; `nickname` is kept for `by` if it is given.",
        kind=NoticeKind.PARTICIPANTS_UPDATED,
    ),
    Does.DECLINE: Effect(
        "The invitation of `by` (of a signal: of `agent`) ends. Where the edge stays in its state, that agent is"
        f" removed. Else: {_MOVES} `holders` stay, nobody is invited; if there are holders, the first of them is told"
        " Error.",
        "An agent is named who is not one of `invited`.",
    ),
    Does.RELEASE: Effect(
        f"{_MOVES} Nobody holds it, nobody is invited. `queue` is `queueName` or `targetQueue`, if one is given.",
        "`agent` is given, and is not one of `holders`.",
    ),
    Does.DROP_OUT: Effect(
        f"{_STAYS} `by` (of a signal: `agent`) is removed.",
        kind=NoticeKind.PARTICIPANTS_UPDATED,
    ),
    Does.HAND_OVER: Effect(f"{_MOVES} Nobody holds it; `targetAgent` alone is invited.", _HAS_IT),
    Does.OFFER_ON: Effect(f"{_MOVES} `holders` stay; `targetAgent` alone is invited.", _HAS_IT),
    Does.REPLACE: Effect(
        f"{_MOVES} `targetAgent` alone holds it, nobody is invited.", "`targetAgent` is one of `holders`."
    ),
    Does.PASS_ON: Effect(
        f"{_STAYS} `by` is removed, `targetAgent` is the last of `invited`.",
        _HAS_IT,
        NoticeKind.PARTICIPANTS_UPDATED,
    ),
    Does.ASK: Effect(
        f"{_STAYS} `targetAgent` is the last of `invited`.",
        _HAS_IT,
        NoticeKind.PARTICIPANTS_UPDATED,
    ),
    Does.CONSULT: Effect(
        f"{_STAYS} `targetAgent` is the last of `invited` and of `consulted`.",
        _HAS_IT,
        NoticeKind.PARTICIPANTS_UPDATED,
    ),
    Does.CONSULT_QUEUE: Effect("Nothing in the record changes; `targetQueue` is asked for an agent.", kind=None),
    Does.REMOVE: Effect(
        f"{_STAYS} `targetAgent` is removed.",
        "`targetAgent` is `by`, or is neither one of `holders` nor of `invited`.",
        NoticeKind.PARTICIPANTS_UPDATED,
    ),
    Does.STORE: Effect(
        f"{_MOVES} Nobody holds it, nobody is invited. `workbin` is the instance that `workbin`, `agentGroup`,"
        " `placeGroup` and `owner` name.",
        "It is in that very instance.",
    ),
    Does.TAKE: Effect(
        "As HOLD.",
        "`workbin` is given and is not where it is, or names another group or owner than the one it is kept for.",
    ),
    Does.SET_DATA: Effect("The keys of `userData` are set in the user data.", kind=NoticeKind.PROPERTIES_UPDATED),
    Does.DELETE_DATA: Effect("`keys` are deleted from the user data.", kind=NoticeKind.PROPERTIES_UPDATED),
    Does.DISPOSE: Effect(
        "`disposition` is set in the user data, under `dispositionKey` or else DispositionCode.",
        kind=NoticeKind.PROPERTIES_UPDATED,
    ),
    Does.COMMENT: Effect("`comment` of the content is `comment`.", kind=NoticeKind.PROPERTIES_UPDATED),
    Does.SAVE: Effect("The keys of `content` are set in the content.", kind=NoticeKind.SAVED),
    Does.SEND: Effect(
        f"The keys of `content`, if it is given, are set in the content. {_MOVES} Nobody holds it, nobody is invited."
        " `queue` is `queueName`."
    ),
    Does.ATTACH: Effect(
        "`attachments` of the content loses those whose `id` is `documentId`, and gains one with that `id` and with"
        " `name`, `mime` and `size` where they are given.",
        kind=NoticeKind.ATTACHMENT_ADDED,
    ),
    Does.DETACH: Effect(
        "`attachments` of the content loses those whose `id` is `documentId`.",
        "There is none with that `id`.",
        NoticeKind.ATTACHMENT_REMOVED,
    ),
    Does.SPAWN: Effect(
        "Nothing in the record changes. A child of the same medium appears under `newId`, in the state that agents"
        " create (`creates`), held by `by`, who is told of it; with `queueName`, `userData` and `content`.",
        "`newId` is the interaction's own id.",
    ),
    Does.MESSAGE: Effect(
        "Nothing in the record changes; `text` or `url` is said in the session.",
        kind=NoticeKind.MESSAGE,
    ),
    Does.NOTHING: Effect("Nothing changes, nobody is told.", kind=None),
}
"""What an edge does, once it decides and its effect is not refused."""

RESUMES = (
    "`target` null: the interaction goes to the state that it resumes, `resume`, or else to the medium's `active` one."
    " `resumes` is what an edge that changes the state sets `resume` to: a state, null for the active one, AS_BEFORE"
    " for what it was."
)
VIEWS = (
    "What one agent sees: a row of `shown` for the state of the record and for what they are (HOLDER before INVITEE)."
    " A row with `several` is for a holder beside others, and is preferred then. `shown` null: they see the state that"
    " would be resumed. Whoever is neither sees nothing."
)
NOTICES = (
    "Who takes part before or after a change of state or of participants, and sees another state after it than before,"
    " is told StatusChange with what they see; so is `by` of a change of state in any case. Who sees it no longer is"
    " told a last word: Revoked if they were invited only and did not act, or else the edge's `told`, if it has one. It"
    " carries the list of the row of `told` for that state and operation, or for that state and any. Other effects are"
    " told to all holders, with the effect's `kind`; ParticipantsUpdated to those who held it before, too. `by` of a"
    " HOLD or a TAKE in a session is told ParticipantsUpdated besides. Whoever is told ParticipantsUpdated of an"
    " operation in `logged`, and sees Chatting, is told NewMessages, too, which has neither state nor capabilities."
    " `notificationTypes` has what each kind is called in the medium's messages."
)
ARGUMENTS = (
    "An operation is refused unless its required parameters are given, each argument is of its kind, and exactly one of"
    " those parameters is given that are a target. Null is what is left out. It takes no other parameter."
)
ORDER = (
    "Of the edges of one state and operation, the first that is meant decides: `who` and `when` hold. If its effect is"
    " refused then, so is the operation."
)

PORTABLE_LIMITS: Mapping[str, str] = {
    "agents": "Who there is, their roles, groups and readiness: whether an agent may act for an owner or a group is the"
    " contact centre's to say.",
    "workbins": "Which workbins and queues there are, what lies in them and in which order.",
    "subscribers": "Who has subscribed to a workbin, and what they are told: ItemAdded, ItemRemoved, Subscribed.",
    "time": "When an invitation or an agent's work times out. A timeout is a Revoke that the platform sends.",
    "routing": "To whom a queued interaction is offered.",
    "several interactions": "What is about more than one: ids that are taken, the content of a list, statistics.",
    "reference ids": "Numbers of requests, and the order of replies and messages.",
    "wire": "How requests and messages are spelled: see the format typescript, JSON Schema and OpenAPI.",
}
"""What a definition does not say at all, so that no format can."""

XSTATE_LIMITS: Mapping[str, str] = {
    **PORTABLE_LIMITS,
    "several agents' views": "A state of the machine is the record's. What each agent sees is worked out from its"
    " context and the state's `meta.shown`: `view` of the implementation does it.",
    "messages": "An actor sends none. Who is told what of an event is worked out by `notices` of the implementation.",
    "children": "The draft that a Reply brings into being is another machine's: start one in the state of"
    " `meta.creates`.",
    "refusals": "A refused event changes nothing and raises nothing: ask `snapshot.can(event)` before, or `refusal` of"
    " the implementation, which says why.",
}

SCXML_LIMITS: Mapping[str, str] = {
    **PORTABLE_LIMITS,
    "views": "A state is the record's. What each agent sees, and which list, stands in the format json (`shown`).",
    "messages": "None are sent. Who is told what stands in the format json (`meanings.notices`).",
    "children": "The draft that a Reply brings into being is another document's.",
    "kinds of arguments": "Whether an argument is there is looked at; whether it is of its kind, and whether there are"
    " others that the operation does not take, is the host's to check.",
    "values": "User data, content, nicknames, who is consulted and the queue are the host's to keep.",
    "many agents": "At most {agents} agents hold a session, {agents} are invited and {agents} documents are attached at"
    " a time; what would go beyond is refused.",
    "refusals": "A refused event changes nothing. The data model's `accepted` counts those that were not refused.",
    "beginnings": "A document begins with nobody, in Queued unless another state is asked for. The host puts the agent"
    " who has created a draft into `holder1`.",
}
