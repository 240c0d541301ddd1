"""A local Web Services API that real clients can talk to: the extra ``server``.

`application` makes an ASGI application of a configuration or of a contact centre; ``ixnstate serve`` runs it. What is
decided is decided by `ixnstate.gws.handle` and `ixnstate.bayeux`; here are sockets, a clock, passwords and a database.
"""

from ixnstate.server.application import Application, application
from ixnstate.server.config import Config, ConfigError, Person, demonstration, read_config

__all__ = ["Application", "Config", "ConfigError", "Person", "application", "demonstration", "read_config"]
