"""Recordings of systems of every profile: the tours of the conformance kit,
played against a contact centre over JSON."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

import ixnstate as ix
from ixnstate import gws
from ixnstate.testing import WORLD, Scope, Wait, suite
from ixnstate.testing.bench import EVERYTHING
from ixnstate.testing.model import AtOnce
from ixnstate.values import changed


def recorded(definition: ix.Definition, media: Iterable[str], word: str = "") -> Iterator[dict[str, Any]]:
    """What agents ask of the system, what they are answered and sent, as records.

    It is taken through all edges, and, with a ``word``, through the illegal operations whose case has it.
    """
    media = {*media}
    cases = suite(Scope(definition, WORLD, frozenset(EVERYTHING)), ("tour", "cells") if word else ("tour",))
    center = ix.ContactCenter(WORLD.agents, WORLD.workbins, WORLD.queues, definition=definition)
    wanted = (
        case
        for case in cases
        if case.media in media and case.why_not is None and (case.kind == "tour" or word in case.id)
    )
    told = (line for number, case in enumerate(wanted) for line in _played(case.script, center, f"c{number}-"))
    for seq, line in enumerate(told):
        yield {"seq": seq, **line}


def _played(script, center, prefix) -> Iterator[dict[str, Any]]:
    definition = center.definition
    for action in script:
        if isinstance(action, Wait | AtOnce):
            return
        named = {
            field.name: f"{prefix}{value}"
            for field in attrs.fields(type(action))
            if isinstance(value := getattr(action, field.name), str) and re.fullmatch(r"x\d+", value)
        }
        own = changed(action, **named)
        if getattr(own, "by", None) is None:
            yield from _told(gws.notifications(center.apply(own), definition=definition))
            continue
        try:
            request = gws.request(own, definition=definition)
        except (gws.MessageError, ValueError):
            return
        asked = gws.Request(request.method, request.path, request.body, own.by, getattr(own, "new_id", None))
        reply = gws.handle(center, asked)
        about = {"agent": own.by, "method": request.method, "path": request.path}
        yield {"kind": "request", **about, "body": request.body}
        yield from _told(reply.notifications)
        yield {"kind": "response", **about, "status": reply.http_status, "body": reply.body}


def _told(notifications):
    for sent in notifications:
        yield {"kind": "notification", "agent": sent.agent, "channel": sent.topic, "body": sent.message}
