"""The server side of Bayeux, the protocol of CometD, by long polling: without clock, sockets and randomness.

`Server` takes in the bodies of POSTs and says which requests are to be answered with what. Whoever carries it (a
program with sockets and a clock) does five things:

1. Every POST to an address for which ``is_address(path, root)`` holds goes to ``receive``: the body, a name for the
   request (``exchange``: any hashable, such as a future), the time, who is signed in, and the value of the cookie
   `BROWSER_COOKIE`. Anything but a POST is answered with HTTP 405. No more than ``options.max_body`` bytes need be read
   of a body: one byte more is enough for ``receive`` to answer 413.
2. Every `Answer` that any method returns goes to the request that it names: ``answer.status``, ``answer.headers``,
   ``answer.body``. A request that has no answer yet is held: it is simply not answered until one comes.
3. What users are to be told goes to ``publish``, all messages of one request together.
4. ``tick`` is called when ``deadline`` has come. The deadline may change with every call of any method.
5. When the client of a held request goes away, ``abandon`` is called.

All methods belong to one thread, or one event loop. In asyncio that is:

    async def post(body, user, cookies):                 # a POST; `send` writes the answer
        exchange = loop.create_future()
        resolve(server.receive(body, exchange, now=loop.time(), user=user, browser=cookies.get(BROWSER_COOKIE),
                               new_id=partial(secrets.token_hex, 16)))
        try:
            await send(await exchange)
        finally:
            server.abandon(exchange, now=loop.time())    # does nothing once it is answered

    def resolve(answers):
        for answer in answers:
            if not answer.exchange.done():
                answer.exchange.set_result(answer)
        timer.cancel()                                   # and call tick at server.deadline, if it is not None

``docs/bayeux.md`` has this as a whole program. What the protocol leaves to the server is done as the Java server does
it, which Genesys Web Services embeds.
"""

from ixnstate.bayeux.answers import BROWSER_COOKIE, Answer
from ixnstate.bayeux.serving import NewId, Options, Server, is_address

__all__ = ["BROWSER_COOKIE", "Answer", "NewId", "Options", "Server", "is_address"]
