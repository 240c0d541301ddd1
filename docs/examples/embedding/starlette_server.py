"""The API in Starlette: every request goes to the store, whatever its path."""

from json import JSONDecodeError
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from store import Store

from ixnstate import gws


def application(store: Store) -> Starlette:
    """An application for a store. Who is asking stands in a header here; a real server has sessions."""

    async def api(request: Request) -> JSONResponse:
        try:
            body = await request.json() if request.method == "POST" else None
        except (JSONDecodeError, UnicodeDecodeError):
            body = None  # what is no JSON is refused like any other malformed body
        path = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        user = request.headers.get("x-agent")
        reply = store.handle(gws.Request(request.method, path, body, user, new_id=uuid4().hex[:16]))
        return JSONResponse(reply.body, reply.http_status)

    async def frames(request: Request) -> JSONResponse:
        """Stands for CometD: the messages that wait for an agent."""
        return JSONResponse(store.frames.pop(request.headers.get("x-agent", ""), []))

    everything = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(routes=[Route("/frames", frames), Route("/api/v2/{path:path}", api, methods=everything)])
