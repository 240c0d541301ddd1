"""Starts servers quickly, for a test that kills them: everything is imported once, and each server is a fork.

``start`` on standard input is answered with the port and the process id of a new server on the same state.
"""

import asyncio
import os
import sys

import uvicorn

import ixnstate as ix
from ixnstate.server import Config, application
from ixnstate.server.config import Seed
from ixnstate.server.running import PollingServer, bound

AGENTS = ("a1", "a2", "a3")
ITEMS = {"a1": "W1", "a2": "W2", "a3": "W3"}


def config(state):
    return Config(
        agents=tuple(ix.Agent(name) for name in AGENTS), queues=("In",), automatic_routing=False, state=state,
            log=False,
        seeds=(
            *(Seed(media="workitem", queue="In", id=id, agent=agent) for agent, id in ITEMS.items()),
            Seed(media="chat", queue="In", id="C1", agent="a1"),
        ),
    )  # fmt: skip


def serve(state, listener):
    app = application(config(state))
    settings = uvicorn.Config(app, log_level="critical", access_log=False, ws="none")
    asyncio.run(PollingServer(settings, app).serve(sockets=[listener]))


def main():
    state = sys.argv[1]
    for line in sys.stdin:
        assert line == "start\n"
        with bound("127.0.0.1", 0) as listener:
            listener.listen(64)
            pid = os.fork()
            if not pid:
                try:
                    serve(state, listener)
                finally:
                    os._exit(1)
            print(listener.getsockname()[1], pid, flush=True)
        os.waitpid(pid, 0)
        print("dead", flush=True)


if __name__ == "__main__":
    main()
