"""Sample interactions: what customers write, so that a page has something to show."""

from collections.abc import Iterator
from itertools import count, cycle

from ixnstate.values import Json, JsonObject
from ixnstate.vocabulary import Family

_CUSTOMERS = cycle(
    (("Ada", "Okafor"), ("Bruno", "Costa"), ("Chiara", "Rossi"), ("Dmitri", "Petrov"), ("Emma", "Lindqvist"))
)
_SUBJECTS = cycle((
    "Where is my order?", "The invoice is wrong", "How do I change my address?", "My account is locked",
    "Please call me back", "A question about delivery", "I want to return an item",
))  # fmt: skip
_NUMBERS = count(1)
_MAIL = {"email", "facebook", "twitter"}


def sample(media: str) -> dict[str, Json]:
    """The user data and the content of a new interaction, as the back door takes them."""
    first, last = next(_CUSTOMERS)
    subject = next(_SUBJECTS)
    number = next(_NUMBERS)
    data = {
        "FirstName": first, "LastName": last, "Subject": subject, "CustomerId": f"C{number:05}",
        "EmailAddress": f"{first}.{last}@example.com".lower(),
    }  # fmt: skip
    made: dict[str, Json] = {"userData": data}
    if media in _MAIL:
        made["content"] = {"subject": subject, "from": data["EmailAddress"]}
    return made


def in_turn(media: JsonObject) -> Iterator[str]:
    """The media, one after the other, for ever; sessions first."""
    order = sorted(media, key=lambda name: media[name].family is not Family.SESSIONS)
    return cycle(order)
