"""Messages and views as the kit compares them, whether they come from the model or from a server."""

from typing import Any

from ixnstate import gws
from ixnstate.center import Outcome
from ixnstate.definition import Definition
from ixnstate.model import Interaction
from ixnstate.table import GWS
from ixnstate.testing.details import details, details_in
from ixnstate.testing.drivers import Seen, Told
from ixnstate.views import view


def told(agent: str, message: Any) -> Told:
    """What a CometD message (with or without its envelope) tells an agent. Raises ``gws.MessageError``."""
    read = gws.parse_notification(message)
    said = next(iter(read.messages), None)
    kind = read.action or getattr(read, "subscription", None) or read.notification_type or type(read).__name__
    text = None if said is None else said.text or said.url or said.notice_text
    return Told(
        agent, kind, read.interaction_id, read.media, None if read.state is None else str(read.state),
        read.capabilities, read.workbin, text, read.user_data, read.reference_id, details_in(message),
    )  # fmt: skip


def told_by(outcome: Outcome, definition: Definition = GWS) -> tuple[Told, ...]:
    """What an outcome of a contact centre tells the agents."""
    return tuple(told(each.agent, each.message) for each in gws.notifications(outcome, definition=definition))


def seen(record: Interaction, agent: str, definition: Definition = GWS) -> Seen | None:
    """What an agent is shown of a record."""
    shown = view(record, agent, definition=definition)
    if shown is None:
        return None
    return Seen(shown.state.value, shown.capabilities, record.user_data, details(record, definition))
