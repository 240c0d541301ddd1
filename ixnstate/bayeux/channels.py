"""Names of channels, and which subscriptions a channel fits."""

import re
from functools import lru_cache

META = "/meta/"
HANDSHAKE, CONNECT, DISCONNECT = "/meta/handshake", "/meta/connect", "/meta/disconnect"
SUBSCRIBE, UNSUBSCRIBE = "/meta/subscribe", "/meta/unsubscribe"
META_CHANNELS = frozenset({HANDSHAKE, CONNECT, DISCONNECT, SUBSCRIBE, UNSUBSCRIBE})

MAX_LENGTH = 256
"""Characters of the longest channel name that is accepted."""

_CHANNEL = re.compile(r"(?:/[^/*\s\x00-\x1f\x7f]+)+")
_SUBSCRIPTION = re.compile(rf"(?:{_CHANNEL.pattern})?/\*\*?|{_CHANNEL.pattern}")


def is_channel(name: str) -> bool:
    """Whether a message can be published on a channel of this name: ``/a/b``, without wildcards."""
    return len(name) <= MAX_LENGTH and _CHANNEL.fullmatch(name) is not None


def is_subscription(name: str) -> bool:
    """Whether a client can subscribe to this name: a channel, or one that ends in ``/*`` or ``/**``."""
    return len(name) <= MAX_LENGTH and _SUBSCRIPTION.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def subscriptions_to(channel: str) -> frozenset[str]:
    """Every subscription that this channel fits: itself, ``/*`` in place of its last segment, ``/**`` above it."""
    segments = channel.split("/")
    above = ["/".join(segments[:depth]) for depth in range(1, len(segments))]
    return frozenset({channel, f"{above[-1]}/*", *(f"{parent}/**" for parent in above)})
