"""The example carrier as a process: ``python bayeux_server.py PORT '{"timeout": 1.0}'``, with Bayeux' options."""

import json
import sys
from pathlib import Path

import uvicorn

import ixnstate as ix
from ixnstate import bayeux
from ixnstate.testing import WORLD

sys.path.append(str(Path(__file__).parents[2] / "docs" / "examples" / "bayeux"))

from carrier import Application

center = ix.ContactCenter(WORLD.agents, WORLD.workbins, WORLD.queues)
server = bayeux.Server(bayeux.Options(**json.loads(sys.argv[2])))
uvicorn.run(Application(center, server), host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", log_level="error")
