"""A server by its address alone: who and what there is, and whether it can be tested at all.

Before the kit runs, one agent must be signed in, one interaction be seen, and one message be heard. What does not work
is said in one sentence.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from ixnstate.center import Agent, Workbin
from ixnstate.commands import Create, Submit
from ixnstate.definition import Definition
from ixnstate.table import GWS
from ixnstate.testing.drivers import WORLD, Ability, Seen, TargetError, World
from ixnstate.testing.forms import WORKBINS
from ixnstate.testing.http import HttpDriver
from ixnstate.values import Json, brief, changed

PATH = "/api/v2"
"""Where the resources of the API begin, if an address names no path."""

SECONDS = 5.0
"""So long a first message is waited for."""

LEAST = 3
"""The number of agents that the cases need."""


def world_of(
    users: Sequence[str], supervisors: Sequence[str], workbins: Sequence[str], group_workbins: Sequence[str],
    queues: Sequence[str], group: str,
) -> World:  # fmt: skip
    """The world that the options name; what they do not name is that of `WORLD`. Raises ValueError for too few."""
    if users and len(users) < LEAST:
        raise ValueError(f"the cases need {LEAST} agents: give --user NAME:PASSWORD {LEAST} times")
    mine = [Agent(_name(each), agent_groups=frozenset({group})) for each in users]
    theirs = [Agent(_name(each), roles=frozenset({"supervisor"})) for each in supervisors]
    given: dict[str, Json] = {}
    if users or supervisors:
        own = mine or [each for each in WORLD.agents if each.is_agent]
        given["agents"] = (*own[:LEAST], *theirs, *own[LEAST:])
    if workbins or group_workbins:
        teams = [Workbin(each, type="AgentGroup") for each in group_workbins]
        given["workbins"] = (*(Workbin(each) for each in workbins), *teams)
    if queues:
        given["queues"] = (*queues, *queues) if len(queues) == 1 else tuple(queues)
    return changed(WORLD, **given) if given else WORLD


def _name(user: str) -> str:
    name = user.partition(":")[0]
    if not name:
        raise ValueError(f"a user is NAME:PASSWORD, not {brief(user)}")
    return name


def signing_in(users: Iterable[str]) -> Callable[[str], Mapping[str, str]]:
    """Basic authentication with these passwords; the name is the password of whoever is not among them."""
    passwords = {each.partition(":")[0]: each.partition(":")[2] for each in users if ":" in each}

    def headers(agent: str) -> dict[str, str]:
        secret = f"{agent}:{passwords.get(agent, agent)}".encode()
        return {"Authorization": "Basic " + b64encode(secret).decode("ascii")}

    return headers


def address(url: str) -> str:
    """The address at which the resources begin. Raises ValueError for what is not an address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{url!r} is not an address; give one such as http://localhost:8080{PATH}")
    return url.rstrip("/") + ("" if parts.path.strip("/") else PATH)


# === can it be tested ===============================================================================================


def reach(
    driver: HttpDriver, supports: Iterable[str], definition: Definition = GWS, *, given: bool = False
) -> tuple[frozenset[str], list[str]]:
    """Look whether a server can be tested: what of ``supports`` it has, and what was seen, in sentences.

    What cannot be begun is left out unless it was ``given``. Raises `TargetError` with one sentence that says what does
    not work.
    """
    agent = driver.world.workers[0]
    _signed_in(driver, agent)
    try:
        driver.reset()
        driver_hears = Ability.NOTIFICATIONS not in driver.lacks
        if driver_hears:
            driver.notifications()
    except Exception as error:
        raise TargetError(f"the server cannot be listened to: {error}") from None
    said = [f"{agent} is signed in"]
    media = [name for name in definition.media if name in set(supports)]
    begun, refused = {}, {}
    for name in media:
        try:
            begun[name] = _begin(driver, name, agent)
        except Exception as error:
            refused[name] = str(error).partition("\n")[0] or type(error).__name__
    if not begun:
        why = "; ".join(f"{name}: {text}" for name, text in refused.items())
        raise TargetError(f"no interaction could be begun, so there is nothing to look at: {why}")
    _seen_and_heard(driver, begun, agent, said)
    workbins = frozenset(supports) & {*WORKBINS}
    if given:
        return frozenset({*media, *workbins}), said
    said += [f"{name} is left out, since none can be begun: {text}" for name, text in refused.items()]
    driver.reset()
    return frozenset({*begun, *workbins}), said


def _signed_in(driver: HttpDriver, agent: str) -> None:
    path = "/me/interactions"
    try:
        driver._send("GET", "/me", agent)  # the session begins where clients begin it, so its cookie is for everything
        status, body = driver._send("GET", path, agent)
    except Exception as error:
        raise TargetError(f"{driver.base} cannot be reached: {_reason(error)}") from None
    if status in (401, 403):
        raise TargetError(
            f"{agent} is not signed in: GET {path} answers with HTTP status {status}; give --user NAME:PASSWORD"
        )
    if 300 <= status < 400:
        raise TargetError(f"GET {driver.base}{path} is redirected (HTTP status {status}): give the address behind it")
    try:
        answer = json.loads(body)
    except (RecursionError, ValueError):
        answer = None
    if not isinstance(answer, dict):
        where = f"; the API begins at an address that ends with {PATH}" if not driver.base.endswith(PATH) else ""
        raise TargetError(
            f"GET {driver.base}{path} answers with HTTP status {status} and {brief(body)}, and not with JSON{where}"
        )
    if answer.get("statusCode") == 20:
        raise TargetError(f"{agent} is not signed in: GET {path} says {answer}; give --user NAME:PASSWORD")


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", None)
    return str(inner if isinstance(inner, BaseException) else error) or type(error).__name__


def _begin(driver: HttpDriver, media: str, agent: str) -> str:
    """An interaction that the agent has or is invited to: its id. Raises what the driver raises."""
    kind = "promotion" if media == "openmedia" else None
    queue = driver.world.queues[0]
    if Ability.SUBMIT not in driver.lacks:
        id = driver.create(Submit(new_id="x1", media=media, queue=queue, media_type=kind))
        driver.offer(id, agent)
        return id
    if driver.definition.medium(media).creates is None:
        raise TargetError("agents cannot create it, and there is no back door to submit it")
    reply = driver.perform(Create(new_id="x1", media=media, media_type=kind, by=agent, queue_name=queue))
    if not reply.ok:
        code = f" with {reply.status_code}" if reply.status_code is not None else ""
        raise TargetError(f"Create is refused{code}" + (f" ({reply.why})" if reply.why else ""))
    if reply.created is None:
        raise TargetError("after Create, GET /me/interactions shows nothing new")
    return reply.created


def _seen_and_heard(driver: HttpDriver, begun: Mapping[str, str], agent: str, said: list[str]) -> None:
    media, id = next(iter(begun.items()))
    try:
        seen: Seen | None = driver.view(id, agent)
    except Exception as error:
        raise TargetError(f"{media} {id} cannot be looked at: {error}") from None
    if seen is None:
        raise TargetError(f"{media} {id} was begun, and {agent} is not shown it: its GET shows no such interaction")
    said.append(f"{agent} is shown {media} {id}: {seen.state}")
    if Ability.NOTIFICATIONS in driver.lacks:
        said.append("no messages are listened to")
        return
    until = monotonic() + SECONDS
    heard: list[Any] = []
    while not heard and monotonic() < until:
        try:
            heard += [each for each in driver.notifications() if each.interaction == id]
        except Exception as error:
            raise TargetError(f"the server cannot be listened to: {error}") from None
        sleep(0.02)
    if not heard:
        raise TargetError(
            f"{agent} was told nothing of {media} {id} within {SECONDS:g} s; give --cometd with the path of CometD "
            f"after {driver.base}, or --no-cometd to test without messages"
        )
    said.append(f"{heard[0].agent} is told {heard[0].kind}")
