"""A whole server but for HTTP and CometD: every documented request, answered by a contact centre.

`handle` reads the request, lets the centre decide, and gives back the reply with the messages that agents are sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ixnstate.center import Agent, ContactCenter, Workbin
from ixnstate.center.members import WORKBIN_TYPES
from ixnstate.commands import Command, Custom, Follow, GetWorkbinContent
from ixnstate.decoding import copied
from ixnstate.definition import Definition
from ixnstate.gws.addresses import read_path
from ixnstate.gws.desktop import answer, read_desktop_path
from ixnstate.gws.faults import MessageError
from ixnstate.gws.notifying import (
    Server,
    as_message,
    generic,
    in_workbin,
    in_workbin_spelled,
    notifications,
    resource,
    twitter_response,
)
from ixnstate.gws.pages import CREATED, GENERIC_VERSIONS, HTTP_STATUS, METHOD_NOT_ALLOWED, PREFIX, Spelling, spelling_of
from ixnstate.gws.replies import Reply, dialect_of, failure, written
from ixnstate.gws.requests import Read, Request, RequestError, Upload, methods_at, parse_request
from ixnstate.gws.selecting import matches, selected
from ixnstate.model import Interaction, View
from ixnstate.refusals import Refusal
from ixnstate.values import EMPTY, Json, brief
from ixnstate.vocabulary import FINAL_STATES, Condition, RefusalCode

Transcript: TypeAlias = Callable[[str], Iterable[Mapping[str, object]]]
"""The entries of a session's log, by the id of the interaction, in their order."""


def handle(
    center: ContactCenter, request: Request, *, server: Server | None = None, transcript: Transcript | None = None
) -> Reply:
    """Answer a request: its reply, and the messages that it causes.

    ``server`` is what messages say of the server: its address, the time. What a request creates gets
    ``Request.new_id``. A centre keeps no documents and no logs of sessions: with ``transcript`` the
    ``/messages`` of a session are answered; otherwise whoever asks for one is told so. Nothing is raised, but for an
    argument that is not a centre, a request or a server: ValueError.
    """
    server = Server() if server is None else server
    for name, value, kind in (
        ("center", center, ContactCenter),
        ("request", request, Request),
        ("server", server, Server),
    ):
        if not isinstance(value, kind):
            raise ValueError(f"{name} must be a {kind.__name__}, not {brief(value)}")
    desktop = read_desktop_path(request.path)
    if desktop is not None and (desktop.of == "version" or isinstance(request.user, str)):
        return answer(center, desktop, request, server)
    if desktop is not None:
        return _unauthenticated(center)
    if not center.is_on:
        return _refuse(center, request, RefusalCode.NOT_FOUND, Condition.FEATURE)
    if not isinstance(request.user, str):
        return _unauthenticated(center)
    try:
        asked = parse_request(request, definition=center.definition)
    except RequestError as error:
        return _malformed(request, error, center.definition)
    if isinstance(asked, Read):
        return _Reading(center, request, asked, server, transcript).reply()
    if isinstance(asked, Upload):
        return _refuse(center, request, RefusalCode.NOT_FOUND, Condition.NOT_KEPT)
    return _perform(center, asked, server)


def _perform(center: ContactCenter, command: Command, server: Server) -> Reply:
    if getattr(command, "new_id", "") is None:
        return _without_an_id(center, command)
    outcome = center.apply(command)
    answered = written(
        command, outcome.refusal, outcome.reference_id, outcome.reference_ids, outcome.failures, center.definition
    )
    sent = notifications(outcome, server=server, definition=center.definition)
    if isinstance(command, Follow) and outcome.reference_id is not None:
        sent = (*sent, twitter_response(str(command.by), outcome.reference_id))
    created = {} if outcome.created is None else {CREATED: outcome.created.id}
    return Reply(answered.http_status, answered.body, sent, outcome, headers=created)


def _malformed(request: Request, error: RequestError, definition: Definition) -> Reply:
    """The refusal; for a method that the address does not take, with those that it does (RFC 9110, section 15.5.6)."""
    refused = written(error.refusal, None, None, EMPTY, EMPTY, definition)
    try:
        allowed = methods_at(read_path(request.path, definition=definition), request.path, definition)
    except MessageError:
        return refused
    if request.method in allowed:
        return refused
    return Reply(METHOD_NOT_ALLOWED, refused.body, headers={"Allow": ", ".join(allowed)})


def _without_an_id(center: ContactCenter, command: Command) -> Reply:
    """The fault is the server's own: it gives the ids."""
    spoken = dialect_of(command, center.definition)
    return Reply(HTTP_STATUS[4], failure(spoken, 4, "the server has given no new_id to what this request creates"))


def _refuse(center: ContactCenter, request: Request, code: RefusalCode, failed: Condition) -> Reply:
    by = request.user if isinstance(request.user, str) else None
    command = Custom(operation=str(request.method), by=by)
    refusal = Refusal(code, None, command, failed, center.definition)
    return written(command, refusal, None, EMPTY, EMPTY, center.definition)


def _unauthenticated(center: ContactCenter) -> Reply:
    """InterpretingaResponse, 8.5.2; before that version there is no number 20."""
    code = 5 if center.definition.profile.api_version in GENERIC_VERSIONS else 20
    return Reply(HTTP_STATUS[code], {"statusCode": code, "statusMessage": "Access denied: log in first"})


# === reading ========================================================================================================

_NAMES = {"tweet": "twitter"}
"""What the subresources of a group's workbin are called otherwise (WorkbinGetGWContent)."""


class _Reading:
    """One GET, answered."""

    def __init__(
        self, center: "ContactCenter", request: Request, asked: Read, server: Server, transcript: Transcript | None
    ) -> None:
        self.center, self.request, self.asked, self.server = center, request, asked, server
        self.transcript = transcript
        self.definition = center.definition
        self.root = f"{server.address}{PREFIX}"

    def reply(self) -> Reply:
        """The reply, or why not."""
        agent = self.center.agents.get(str(self.asked.by))
        if agent is None:
            return self._refused(RefusalCode.NOT_FOUND, Condition.UNKNOWN_AGENT)
        if not self._may(agent):
            return self._refused(RefusalCode.NO_PERMISSION, Condition.NOT_AN_AGENT)
        of = {
            "interactions": self._interactions, "interaction": self._interaction, "attachments": self._attachments,
            "workbins": self._workbins, "workbin": self._workbin, "messages": self._messages,
        }  # fmt: skip
        body = of[self.asked.of]() if self.asked.of in of else None
        if isinstance(body, Refusal):
            return written(self.asked, body, None, EMPTY, EMPTY, self.definition)
        return self._refused(RefusalCode.NOT_FOUND, Condition.NOT_KEPT) if body is None else Reply(200, copied(body))

    def _may(self, agent: Agent) -> bool:
        """``/interactions`` is for administrators, too (Interactions API Operations), ``/users`` for supervisors."""
        if self.asked.of in ("workbins", "workbin"):
            return agent.is_agent or agent.is_supervisor
        return agent.is_agent or (agent.is_admin and self.asked.of == "interactions" and not self.asked.mine)

    def _refused(self, code: RefusalCode, failed: Condition) -> Reply:
        return _refuse(self.center, self.request, code, failed)

    # --- interactions -----------------------------------------------------------------------------------------------

    def _interactions(self) -> dict[str, object]:
        asked = self.asked
        records = self.center.interactions(asked.by if asked.mine else None, media=asked.media)
        shown = [
            (record, self._shown(record))
            for record in records
            if record.state not in FINAL_STATES and self._is_asked_for(record)
        ]
        chosen = [(record, fields) for record, fields in shown if matches(fields, asked.filters)]
        if asked.fields is None:
            return {"statusCode": 0, "uris": [self._address(record) for record, _ in chosen]}
        items = [(record, selected(fields, asked.fields)) for record, fields in chosen]
        if asked.media is None:
            return {"statusCode": 0, "interactions": [as_message(*item, self.definition) for item in items]}
        return {"statusCode": 0, self._spelling(asked.media).path: [fields for _, fields in items]}

    def _is_asked_for(self, record: Interaction) -> bool:
        """The pages open ``/interactions`` to every agent; elsewhere one sees one's own, and an administrator all."""
        asked = self.asked
        is_of = asked.media in (None, record.media) and asked.media_type in (None, record.media_type)
        is_open = (asked.media is None and not asked.mine) or (not asked.mine and self._is_admin())
        return is_of and (is_open or self.center.view(record.id, str(asked.by)) is not None)

    def _is_admin(self) -> bool:
        agent = self.center.agents.get(str(self.asked.by))
        return agent is not None and agent.is_admin

    def _interaction(self) -> dict[str, object] | Refusal:
        record = self._found()
        if isinstance(record, Refusal):
            return record
        name = "interaction" if self.asked.media is None else self._spelling(record.media).key
        return {"statusCode": 0, name: selected(self._shown(record), self.asked.fields)}

    def _attachments(self) -> dict[str, object] | Refusal:
        record = self._found()
        if isinstance(record, Refusal):
            return record
        return {"statusCode": 0, "attachments": record.content.get("attachments") or ()}

    def _messages(self) -> dict[str, object] | Refusal | None:
        """What was said in a session; ``startIndex`` counts from 0, as for paging of lists (ChatResources)."""
        record = self._found()
        if isinstance(record, Refusal):
            return record
        if self.transcript is None:
            return None
        first = self.asked.start_index or 0
        last = None if self.asked.count is None else first + self.asked.count
        entries = [dict(entry) for entry in self.transcript(record.id)][first:last]
        return {"statusCode": 0, "messages": [selected(entry, self.asked.fields) for entry in entries]}

    def _found(self) -> Interaction | Refusal:
        """The interaction that is asked for; under ``/me`` it must be one that the agent sees."""
        asked = self.asked
        record = self.center.interaction(str(asked.interaction))
        if record is None or not self._is_asked_for(record):
            missing = Custom(operation="GET", by=asked.by, interaction=asked.interaction)
            return Refusal(RefusalCode.NOT_FOUND, None, missing, "unknown interaction", self.definition)
        return record

    def _shown(self, record: Interaction) -> dict[str, object]:
        """As the agent sees it; without capabilities if they neither hold it nor are invited to it."""
        seen = self.center.view(record.id, str(self.asked.by)) or View(record.state, ())
        if self.asked.media is None and self.definition.profile.api_version in GENERIC_VERSIONS:
            return generic(record, seen, self.definition)
        return resource(record, seen, server=self.server, definition=self.definition)

    def _address(self, record: Interaction) -> str:
        """On the address that all media share, an interaction's is one of those (Interactions API Operations)."""
        if self.asked.media is None:
            return f"{self.root}/interactions/{record.id}"
        address: str = resource(record, View(record.state, ()), server=self.server, definition=self.definition)["uri"]
        return address

    def _spelling(self, media: str) -> Spelling:
        return spelling_of(self.definition.medium(media), tweet=self.definition.profile.twitter == "tweet")

    # --- workbins ---------------------------------------------------------------------------------------------------

    def _workbins(self) -> dict[str, object] | Refusal:
        """All, or one's own: types Agent and Place (WorkbinGetWorkbins); or those of a group or an agent."""
        asked = self.asked
        barred = self._barred()
        if barred is not None:
            return barred
        types: tuple[str, ...] = WORKBIN_TYPES
        if asked.agent_group is not None or asked.place_group is not None:
            types = ("AgentGroup",) if asked.agent_group is not None else ("PlaceGroup",)
        elif asked.mine or asked.owner is not None:
            types = ("Agent", "Place")
        known = [
            each for each in self.center.workbins.values()
            if each.type in types and (asked.workbins is None or each.id in asked.workbins)
        ]  # fmt: skip
        old = self.definition.profile.api_version in GENERIC_VERSIONS
        described = [_old_workbin(each) if old else self._described(each, "name") for each in known]
        chosen = [item for item in described if matches(item, asked.filters)]
        if old:
            return {"status": 0, "workbins": [selected(item, asked.fields) for item in chosen]}
        if asked.fields is None:
            return {"statusCode": 0, "uris": [item["uri"] for item in chosen]}
        return {"statusCode": 0, "workbins": [selected(item, asked.fields) for item in chosen]}

    def _barred(self) -> Refusal | None:
        """Why an agent may not ask for the workbins of a group or of another agent."""
        asked, agent = self.asked, self.center.agents[str(self.asked.by)]
        command = Custom(operation="GET", by=asked.by)
        if asked.owner is not None and not agent.is_supervisor:
            return Refusal(RefusalCode.NO_PERMISSION, None, command, "role supervisor", self.definition)
        if asked.owner is not None and asked.owner not in self.center.agents:
            return Refusal(RefusalCode.NOT_FOUND, None, command, "unknown agent", self.definition)
        groups = ((asked.agent_group, agent.agent_groups), (asked.place_group, agent.place_groups))
        if any(group is not None and group not in members for group, members in groups):
            return Refusal(RefusalCode.NO_PERMISSION, None, command, "membership", self.definition)
        return None

    def _workbin(self) -> dict[str, object] | Refusal:
        """What it is called can be asked by everybody; whose it is, or what it has, only by who may reach it."""
        asked = self.asked
        workbin = self.center.workbins.get(str(asked.workbin))
        if workbin is None:
            missing = Custom(operation="GET", by=asked.by)
            return Refusal(RefusalCode.NOT_FOUND, None, missing, "unknown workbin", self.definition)
        described = self._described(workbin, "workbinName")
        with_content = asked.subresources is not None or asked.media is not None
        if with_content or not (asked.owner is asked.agent_group is asked.place_group is None):
            content = self._content()
            if isinstance(content, Refusal):
                return content
            described |= self._subresources(content) if with_content else {}
        code = "status" if self.definition.profile.api_version in GENERIC_VERSIONS else "statusCode"
        return {code: 0, "workbin": selected(described, asked.fields)}

    def _content(self) -> Iterable[Interaction] | Refusal:
        """The content of the instance, if the agent may see it: the same that GetWorkbinContent tells."""
        asked = self.asked
        scope = {"agent_group": asked.agent_group, "place_group": asked.place_group, "owner": asked.owner}
        notice = self.center.ask(GetWorkbinContent(by=asked.by, workbin=asked.workbin, **scope))
        return notice if isinstance(notice, Refusal) else getattr(notice, "interactions", ())

    def _subresources(self, content: Iterable[Interaction]) -> dict[str, object]:
        wanted = {_NAMES.get(name, name) for name in self.asked.subresources or ("*",)}
        found: dict[str, Json] = {}
        for record in content:
            by_name = "*" in wanted or record.media in wanted
            if by_name and self.asked.media in (None, record.media):
                spelling = in_workbin_spelled(self.definition, record.media)
                found.setdefault(spelling.path, []).append(in_workbin(record, spelling))
        return found

    def _described(self, workbin: Workbin, name_key: str) -> dict[str, object]:
        name = workbin.name or workbin.id
        return {
            name_key: name, "id": workbin.id, "displayName": workbin.display_name or name,
            "uri": f"{self.root}{self._whose()}/workbins/{workbin.id}", "type": workbin.type,
        }  # fmt: skip

    def _whose(self) -> str:
        """By user and medium the address has the user (WorkbinGetWorkbinsSubUser)."""
        return f"/{self.asked.owner}" if self.asked.owner is not None and self.asked.media is not None else ""


def _old_workbin(workbin: Workbin) -> dict[str, object]:
    """A workbin as the pages of 8.5.0 and 8.5.1 show it (Workbins)."""
    name = workbin.name or workbin.id
    view = f"{name}/PrivateView"
    return {"workbinId": workbin.id, "active": 1, "workbinName": name, "viewName": view, "workbinType": 1}
