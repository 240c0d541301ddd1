"""`ixnstate.server` as a process: ``python serving_for_clients.py PORT '{"timeout": 1.0}'``, with options of CometD."""

import json
import sys

from ixnstate.server import Config, application
from ixnstate.server.running import serve
from ixnstate.testing import WORLD

options = {f"cometd_{name}": value for name, value in json.loads(sys.argv[2]).items()}
config = Config(
    agents=WORLD.agents, workbins=WORLD.workbins, queues=WORLD.queues, automatic_routing=False, port=int(sys.argv[1]),
    log=False, **options,
)  # fmt: skip
serve(application(config), say=lambda text: None)
