"""What ``ixnstate serve`` does with its options."""

from pathlib import Path
from typing import Any

import click

from ixnstate.options import UnableError
from ixnstate.server.application import application
from ixnstate.server.config import ConfigError
from ixnstate.server.running import serve
from ixnstate.server.store import StoreError


def run(config: Path | None, *, host: str | None, port: int | None, state: str | None, reload: bool, log: bool) -> None:
    """Serve until told to stop. Raises click's exceptions for what is wrong with the configuration or the address."""
    if reload and config is None:
        raise click.UsageError("--reload needs a CONFIG to take anew")
    given: dict[str, Any] = {"host": host, "port": port, "state": state}
    options = {name: value for name, value in given.items() if value is not None} | ({} if log else {"log": False})
    try:
        app = application(config, **options)
    except (ConfigError, StoreError) as error:
        raise UnableError(str(error)) from None
    except OSError as error:
        raise UnableError(f"{config}: {error.strerror}") from None
    settings = app.engine.config
    try:
        serve(app, reload=config if reload else None, say=click.echo)
    except OSError as error:
        app.engine.store.close()
        why = f"{error.strerror}; --port 0 takes any port that is free"
        raise UnableError(f"{settings.host}:{settings.port}: {why}") from None
