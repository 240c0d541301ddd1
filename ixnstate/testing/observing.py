"""Messages and views as the kit compares them, whether they come from the model or from a server."""

from collections.abc import Mapping

from ixnstate import gws
from ixnstate.center import Outcome
from ixnstate.definition import Definition
from ixnstate.gws.reading import read
from ixnstate.model import Interaction
from ixnstate.table import GWS
from ixnstate.testing.details import Details, details, details_in
from ixnstate.testing.drivers import Seen, Told
from ixnstate.values import Json, frozen
from ixnstate.views import view


def told(agent: str, message: Json) -> Told:
    """What a CometD message (with or without its envelope) tells an agent. Raises ``gws.MessageError``."""
    return _told(agent, message, gws.parse_notification(message))


def _told(agent: str, message: Json, found: gws.AnyMessage) -> Told:
    said = next(iter(found.messages), None)
    kind = found.action or getattr(found, "subscription", None) or found.notification_type or type(found).__name__
    text = None if said is None else said.text or said.url or said.notice_text
    state = found.state
    return Told(
        agent, kind, found.interaction_id, found.media, None if state is None else str(state),
        found.capabilities, found.workbin, text, found.user_data, found.reference_id, details_in(message),
    )  # fmt: skip


def told_by(outcome: Outcome, definition: Definition = GWS) -> tuple[Told, ...]:
    """What an outcome of a contact centre tells the agents."""
    written = [(each.agent, each.message) for each in gws.notifications(outcome, definition=definition)]
    return tuple([_told(agent, message, read(message)) for agent, message in written])


@frozen
class Sight:
    """A record as agents see it: what each who has it or is invited to it is shown, and the details among that."""

    record: Interaction
    details: Details
    shown: Mapping[str, Seen]


def sight(record: Interaction, definition: Definition = GWS) -> Sight:
    """How a record is seen."""
    views = {agent: view(record, agent, definition=definition) for agent in (*record.holders, *record.invited)}
    besides = details(record, definition)
    shown = {
        agent: Seen(each.state.value, each.capabilities, record.user_data, besides)
        for agent, each in views.items()
        if each is not None
    }
    return Sight(record, besides, shown)


class Sights:
    """How each interaction is seen, for as long as its record stays as it is: agents ask more often than it changes."""

    def __init__(self) -> None:
        self._kept: dict[str, Sight] = {}

    def of(self, record: Interaction, definition: Definition = GWS) -> Sight:
        """How a record is seen."""
        kept = self._kept.get(record.id)
        if kept is None or kept.record is not record:
            kept = self._kept[record.id] = sight(record, definition)
        return kept
