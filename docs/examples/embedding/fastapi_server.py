"""The API in FastAPI, with the models of its own documentation left to the schemas that the library ships."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import Body, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from store import Store

from ixnstate import gws


def application(store: Store) -> FastAPI:
    """An application for a store. Who is asking stands in a header here; a real server has sessions."""
    app = FastAPI(title="Interactions")

    @app.post("/api/v2/{path:path}")
    def operation(
        request: Request, body: Annotated[Any, Body()] = None, x_agent: Annotated[str | None, Header()] = None
    ) -> JSONResponse:
        path = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        reply = store.handle(gws.Request("POST", path, body, x_agent, new_id=uuid4().hex[:16]))
        return JSONResponse(reply.body, reply.http_status)

    @app.get("/frames")
    def frames(x_agent: Annotated[str, Header()]) -> list[dict[str, Any]]:
        """Stands for CometD: the messages that wait for an agent."""
        return store.frames.pop(x_agent, [])

    return app
