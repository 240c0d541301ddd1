"""``ixnstate serve``: the application on a socket."""

import asyncio
import errno
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import uvicorn

from ixnstate.server.application import Application
from ixnstate.server.config import Config, read_config

STOP_SECONDS = 5
"""How long requests may take to end when the server is told to stop."""
LOOK_EVERY = 1.0
"""Seconds between two looks at a configuration file that is to be reloaded."""


class Stoppable(Protocol):
    """What is to be told when a server ends, so that it holds no requests any more."""

    def stop(self) -> Any:
        """Hold nothing any more."""


class PollingServer(uvicorn.Server):
    """uvicorn's, which answers held polls before it waits for requests to end."""

    def __init__(self, config: uvicorn.Config, app: Stoppable) -> None:
        super().__init__(config)
        self.app = app

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, and that is all: uvicorn would raise it once more, as if the stop had gone wrong."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self.app.stop()
        await super().shutdown(sockets)


def greeting(config: Config, address: str) -> str:
    """What to open, and a line that works."""
    lines = [f"ixnstate serves the Web Services API v2 at {address}/api/v2"]
    if config.back_door:
        lines.append(f"  look at it:  {address}/")
    first = next((agent.id for agent in config.agents if agent.is_agent), None)
    if first is not None:
        lines.append(f"  try it:      curl -u {first}:{config.person(first).password} {address}/api/v2/me")
    return "\n".join(lines)


def address_of(config: Config, port: int) -> str:
    """Where a browser finds it."""
    host = "localhost" if config.host in ("127.0.0.1", "0.0.0.0", "::1", "::", "") else config.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve(
    app: Application, *, reload: Path | None = None, say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Run until the process is told to stop. Raises OSError if the address cannot be had."""
    config = app.engine.config
    if config.log:
        _log_to_stderr()
    options = uvicorn.Config(
        app, host=config.host, port=config.port, log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS, timeout_keep_alive=75, ws="none", lifespan="on",
    )  # fmt: skip
    with bound(config.host, config.port) as listener:
        address = address_of(config, listener.getsockname()[1])
        app.engine.address = address
        say(greeting(config, address))
        asyncio.run(_run(PollingServer(options, app), app, listener, reload))


def bound(host: str, port: int) -> socket.socket:
    """A socket with that address, for uvicorn to listen at. Raises OSError if it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so named, asyncio sets TCP_NODELAY
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except UnicodeError:
        made.close()
        raise OSError(errno.EADDRNOTAVAIL, "it is not the name of a host") from None
    except OSError:
        made.close()
        raise
    return made


async def _run(server: PollingServer, app: Application, listener: socket.socket, reload: Path | None) -> None:
    watch = asyncio.ensure_future(_reload(app, reload)) if reload is not None else None
    try:
        await server.serve(sockets=[listener])
    finally:
        if watch is not None:
            watch.cancel()


async def _reload(app: Application, path: Path) -> None:
    """Take the configuration anew whenever its file changes. A faulty one is told, and changes nothing."""
    log = logging.getLogger("ixnstate.server")
    seen = path.stat().st_mtime_ns
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            changed = path.stat().st_mtime_ns
            if changed == seen:
                continue
            seen = changed
            app.reconfigure(read_config(path))
            log.warning("%s: taken anew", path)
        except (OSError, ValueError) as error:
            log.warning("%s", error)


def _log_to_stderr() -> None:
    log = logging.getLogger("ixnstate.server")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
