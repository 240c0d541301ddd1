"""A client of aiocometd, as a program: what it hears as lines of JSON; when its standard input ends, it disconnects."""

import asyncio
import json
import sys

import aiohttp
from aiocometd_ng import Client
from aiocometd_ng.exceptions import AiocometdException
from aiocometd_ng.extensions import AuthExtension


def report(**line):
    print(json.dumps(line), flush=True)


class Basic(AuthExtension):
    """Says who it is in every request."""

    def __init__(self, user):
        self.authorization = aiohttp.BasicAuth(user, user).encode()

    async def outgoing(self, payload, headers):
        headers["Authorization"] = self.authorization

    async def incoming(self, payload, headers=None):
        """Say when it has shaken hands anew."""
        for message in payload:
            if message.get("channel") == "/meta/handshake" and message.get("successful"):
                report(shaken=message["clientId"])
            if message.get("channel") == "/meta/connect" and len(payload) > 1:
                report(connected_with=len(payload))

    async def authenticate(self):
        """It has only this."""


async def hear(tab, options):
    """Listen for ever."""
    url = options["base"] + "/notifications"
    async with Client(url, auth=Basic(options["user"]), connection_timeout=0) as client:
        for topic in options["topics"]:
            await client.subscribe(topic)
        report(tab=tab, ready=True)
        while True:
            try:
                message = await client.receive()
            except AiocometdException as error:
                report(tab=tab, unsuccessful="receive", error=repr(error))
                raise
            report(tab=tab, message=message["data"])


async def main():
    options = json.loads(sys.argv[1])
    tabs = [asyncio.create_task(hear(tab, options)) for tab in range(1, options["tabs"] + 1)]
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.wait([over, *tabs], return_when=asyncio.FIRST_COMPLETED)
    for task in tabs:
        task.cancel()
    await asyncio.gather(*tabs, return_exceptions=True)
    report(left=True)


asyncio.run(main())
