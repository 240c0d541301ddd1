"""What the phases tell each other: lines, with what the order of their agent says about them."""

from typing import Any, NamedTuple

from ixnstate.trace.partition.rows import Row

MANY = 2
"""As far as requests in flight are counted: it matters whether there is one, and whether there are more."""


class Context(NamedTuple):
    """What the exchange of an agent is like before a line, as far as it bears on the interaction of the line."""

    asked: int = 0
    notified: int = 0
    first: int | None = None
    last: int = 0
    given: int = 0
    others: int = 0
    """How many requests about something else are in flight, counted up to `MANY`."""
    creating: int = 0
    """How many replies without a number may have their message about any new interaction."""
    arrived: str | None = None
    """Which interaction the first message with the number of the line was about."""
    is_answered: bool = False
    """Whether a reply has said that the request with that number was done."""
    about: str | None = None
    """Which interaction that one was about."""
    is_guessed: bool = False
    """Whether the reply might be another request's."""
    is_guessing: bool = False
    """Whether any reply with a number might be."""
    is_elsewhere: bool = False
    """Whether a message that answers nothing stands for one that another interaction waits for."""
    number: int | None = None
    """That of the line."""
    unrecorded: tuple[int | None, ...] = ()
    """The numbers of requests that were not recorded, and were done: that one, those of messages that wait to be
    explained, and None where a reply did not show it."""
    unnumbered: int = 0
    """Of how many interactions replies without a number are remembered."""
    is_past: bool = False
    """Whether the number is so old that it may have been forgotten: of a message that it was answered, of a reply that
    the message has come."""


class Told(NamedTuple):
    """What the third phase is told of one interaction, sorted by `SORTED`."""

    key: str
    """"i" and the interaction; or "a" and the agent, for what is about no interaction."""
    order: int
    step: int
    """The place among what one line tells."""
    kind: str
    """"line", or what a line elsewhere settles: see `interactions`."""
    agent: str | None
    row: Row | None
    context: Context
    request: int | None = None
    """The order of the request of which it tells."""
    more: tuple[Any, ...] = ()


SORTED = ("key", "order", "step", "agent")
"""By what the rows are sorted."""


def sort_key(told: Told) -> tuple[str, int, int, str]:
    """The same, as a key of Python's."""
    return told.key, told.order, told.step, told.agent or ""


def of_interaction(interaction: str) -> str:
    """The key of an interaction."""
    return f"i{interaction}"


def of_agent(agent: str | None) -> str:
    """The key of what an agent does that is about no interaction."""
    return "a" if agent is None else f"a{agent}"
