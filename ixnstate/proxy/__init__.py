"""A reverse proxy that records what passes through it, for `ixnstate validate`. Needs the extra ``server``."""

from ixnstate.proxy.passing import Proxy
from ixnstate.proxy.transcript import Transcript

__all__ = ["Proxy", "Transcript"]
