"""What a server is made of, as a TOML file says it: agents with passwords, queues, workbins, seed data, addresses.

`read_config` reports every fault of a file at once, each with its place. `demonstration` is the configuration of
``ixnstate serve`` without a file.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from ixnstate.center import Agent, ContactCenter, Workbin
from ixnstate.center.contact import FEATURES
from ixnstate.center.hands import FOREVER
from ixnstate.decoding import content_of
from ixnstate.definition import Definition
from ixnstate.profile import Profile
from ixnstate.table import GWS
from ixnstate.values import Json, JsonObject, brief, fields_of


class ConfigError(ValueError):
    """Raised for a configuration that cannot be used: ``faults`` has all that is wrong, with the places."""

    def __init__(self, source: str, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{source}: {fault}" for fault in self.faults))


@attrs.frozen(kw_only=True)
class Person:
    """Who signs in as an agent: the password (the agent's id, if none is given), a bearer token, a name."""

    password: str
    token: str | None = None
    first_name: str = ""
    last_name: str = ""


@attrs.frozen(kw_only=True)
class Seed:
    """An interaction that is there from the beginning."""

    media: str
    queue: str
    id: str | None = None
    user_data: Mapping[str, object] = {}
    content: Mapping[str, object] = {}
    media_type: str | None = None
    agent: str | None = None
    """The agent to whom it is offered."""


@attrs.frozen(kw_only=True)
class Config:
    """A server: what it consists of, and how it behaves."""

    agents: tuple[Agent, ...] = ()
    people: Mapping[str, Person] = {}
    workbins: tuple[Workbin, ...] = ()
    queues: tuple[str, ...] | None = None
    """None: every name is a queue."""
    seeds: tuple[Seed, ...] = ()
    definition: Definition = GWS
    features: frozenset[str] = FEATURES
    delivering_timeout: float = 30.0
    handling_timeout: float = 180 * 60.0
    automatic_routing: bool = True
    """Whether what waits is offered to ready agents without being told to."""

    host: str = "127.0.0.1"
    port: int = 8080
    address: str = ""
    """Scheme, host and port of the resources' addresses, if they are not those of the request."""
    state: str = ""
    """The SQLite file that keeps the state; in memory, if empty."""
    csrf: bool = False
    bearer: bool = False
    origins: tuple[str, ...] = ()
    """From which pages a browser may ask, besides those of this machine; ``*`` for all."""
    back_door: bool = True
    log: bool = True
    max_body: int = 8 << 20
    journal: int = 10_000
    """How many requests, replies and messages are kept for the journal."""
    session_timeout: float = 1800.0
    cometd_timeout: float = 30.0
    cometd_max_interval: float = 10.0
    arrivals: float = 0.0
    """Seconds between the interactions that arrive by themselves; 0 for none."""
    arrivals_limit: int = 24

    def center(self) -> ContactCenter:
        """A new contact centre. Raises ValueError for what does not fit together."""
        return ContactCenter(
            self.agents, self.workbins, self.queues, definition=self.definition, features=self.features,
            delivering_timeout=self.delivering_timeout, handling_timeout=self.handling_timeout,
        )  # fmt: skip

    def person(self, agent: str) -> Person:
        """Who signs in as an agent."""
        return self.people.get(agent) or Person(password=agent)


def of_center(center: ContactCenter, **options: Any) -> Config:
    """The configuration of a centre that is there already."""
    return Config(
        agents=tuple(center.agents.values()), workbins=tuple(center.workbins.values()),
        queues=None if center.queues is None else tuple(sorted(center.queues)), definition=center.definition,
        features=center.features, delivering_timeout=center.memory.delivering_timeout,
        handling_timeout=center.memory.handling_timeout, **options,
    )  # fmt: skip


# === reading ========================================================================================================


def read_config(path: str | Path) -> Config:
    """The configuration in a TOML file. Raises ConfigError with every fault, and OSError where there is no file."""
    try:
        said = tomllib.loads(content_of(Path(path)).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"not UTF-8 at byte {error.start + 1}"]) from None
    except RecursionError:
        raise ConfigError(str(path), ["it is nested too deeply"]) from None
    except ValueError as error:  # not TOML, a number of thousands of digits, an endless file
        raise ConfigError(str(path), [str(error)]) from None
    return _Reader(str(path)).read(said)


def parse_config(said: Mapping[str, object], source: str = "configuration") -> Config:
    """The configuration that is given as the plain data of a TOML file. Raises ConfigError with every fault."""
    return _Reader(source).read(said)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 512


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_name, value))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < FOREVER


def _is_time_or_none(value: object) -> bool:
    return _is_time(value) or (value == 0 and not isinstance(value, bool))


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_port(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 16


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _are_names_or_flag(value: object) -> bool:
    return _is_flag(value) or _are_names(value)


def _is_capacity(value: object) -> bool:
    return _is_count(value) or (isinstance(value, dict) and all(map(_is_count, value.values())))


_Check = tuple[Callable[[object], bool], str]
_TEXT: _Check = (_is_text, "a string")
_NAME: _Check = (_is_name, "a string of 1 to 512 characters")
_FLAG: _Check = (_is_flag, "true or false")
_NAMES: _Check = (_are_names, "a list of names")
_SECONDS: _Check = (_is_time, "a number of seconds, more than 0")
_COUNT: _Check = (_is_count, "a whole number, 0 or more")
_TABLE: _Check = (_is_table, "a table")

_SERVER: Mapping[str, _Check] = {
    "host": _NAME, "port": (_is_port, "a port from 0 to 65535"), "address": _TEXT, "state": _TEXT, "csrf": _FLAG,
    "bearer": _FLAG, "origins": _NAMES, "back_door": _FLAG, "log": _FLAG, "max_body": _COUNT, "journal": _COUNT,
    "session_timeout": _SECONDS, "cometd_timeout": _SECONDS, "cometd_max_interval": _SECONDS,
    "arrivals": (_is_time_or_none, "a number of seconds, 0 or more"), "arrivals_limit": _COUNT,
}  # fmt: skip
SERVER_SETTINGS = tuple(_SERVER)
"""The fields of `Config` that say how the server behaves, and not what the centre consists of."""
_CENTER: Mapping[str, _Check] = {
    "queues": _NAMES, "features": _NAMES, "delivering_timeout": _SECONDS, "handling_timeout": _SECONDS,
    "automatic_routing": _FLAG, "profile": _TABLE,
}  # fmt: skip
_AGENT: Mapping[str, _Check] = {
    "id": _NAME, "password": _NAME, "token": _NAME, "first_name": _TEXT, "last_name": _TEXT, "roles": _NAMES,
    "agent_groups": _NAMES, "place": _NAME, "place_groups": _NAMES,
    "ready": (_are_names_or_flag, "true, false or a list of media"),
    "capacity": (_is_capacity, "a whole number, or one for each medium"),
}  # fmt: skip
_WORKBIN: Mapping[str, _Check] = {"id": _NAME, "name": _TEXT, "type": _NAME, "display_name": _TEXT}
_SEED: Mapping[str, _Check] = {
    "media": _NAME, "queue": _NAME, "id": _NAME, "user_data": _TABLE, "content": _TABLE, "media_type": _NAME,
    "agent": _NAME,
}  # fmt: skip
_PERSON = ("password", "token", "first_name", "last_name")
_LISTS = {"agents": _AGENT, "workbins": _WORKBIN, "interactions": _SEED}


class _Reader:
    def __init__(self, source: str) -> None:
        self.source, self.faults = source, list[str]()

    def read(self, said: Mapping[str, object]) -> Config:
        for name in said:
            if name not in ("server", "center", *_LISTS):
                self.faults.append(f"{name}: there is no such table; there are server, center, {', '.join(_LISTS)}")
        server = self._table(said.get("server", {}), "server", _SERVER)
        center = self._table(said.get("center", {}), "center", _CENTER)
        lists = {name: self._list(said.get(name, []), name, checks) for name, checks in _LISTS.items()}
        agents = [self._agent(at, each) for at, each in enumerate(lists["agents"])]
        workbins = [self._made(Workbin, f"workbins[{at}]", each) for at, each in enumerate(lists["workbins"])]
        definition = self._definition(center.pop("profile", {}))
        seeds = [self._seed(at, each, definition) for at, each in enumerate(lists["interactions"])]
        self._stop_at_faults()
        if isinstance(center.get("queues"), list):
            center["queues"] = tuple(center["queues"])
        if "features" in center:
            center["features"] = frozenset(center["features"])
        if "origins" in server:
            server["origins"] = tuple(server["origins"])
        people = {
            each["id"]: Person(**{"password": each["id"], **{key: each[key] for key in _PERSON if key in each}})
            for each in lists["agents"]
        }
        config = Config(
            agents=tuple(agents), people=people, workbins=tuple(workbins), seeds=tuple(seeds), definition=definition,
            **center, **server,
        )  # fmt: skip
        try:
            config.center()
        except ValueError as error:
            self.faults.append(str(error))
        self._stop_at_faults()
        return config

    def _stop_at_faults(self) -> None:
        if self.faults:
            raise ConfigError(self.source, self.faults)

    def _table(self, said: object, where: str, checks: Mapping[str, _Check]) -> dict[str, Json]:
        if not isinstance(said, dict):
            self.faults.append(f"{where}: expected a table, found {brief(said)}")
            return {}
        for name, value in said.items():
            if name not in checks:
                self.faults.append(f"{where}.{name}: there is no such setting; there are {', '.join(checks)}")
            elif not checks[name][0](value):
                self.faults.append(f"{where}.{name}: expected {checks[name][1]}, found {brief(value)}")
        return dict(said)

    def _list(self, said: Json, where: str, checks: Mapping[str, _Check]) -> list[dict[str, Json]]:
        if not isinstance(said, list):
            self.faults.append(f"{where}: expected tables [[{where}]], found {brief(said)}")
            return []
        return [self._table(each, f"{where}[{at}]", checks) for at, each in enumerate(said)]

    def _agent(self, at: int, said: JsonObject) -> Any:
        own = {"ready": False} | {key: value for key, value in said.items() if key not in _PERSON}
        return self._made(Agent, f"agents[{at}]", own)

    def _made(self, kind: Any, where: str, said: JsonObject) -> Any:
        if "id" not in said:
            self.faults.append(f"{where}.id: is missing")
            return None
        try:
            return kind(**said)
        except (TypeError, ValueError) as error:
            if not self.faults:  # what has been found before says it better
                self.faults.append(f"{where}: {error}")
            return None

    def _definition(self, said: object) -> Definition:
        if not isinstance(said, dict) or not said:
            return GWS
        known = [field.name for field in fields_of(Profile)]
        for name in said:
            if name not in known:
                self.faults.append(f"center.profile.{name}: there is no such choice; there are {', '.join(known)}")
                return GWS
        try:
            return GWS.with_profile(**said)
        except (TypeError, ValueError) as error:
            self.faults.append(f"center.profile: {error}")
            return GWS

    def _seed(self, at: int, said: JsonObject, definition: Definition) -> Any:
        missing = [name for name in ("media", "queue") if name not in said]
        self.faults += [f"interactions[{at}].{name}: is missing" for name in missing]
        if not missing and said["media"] not in definition.media:
            known = ", ".join(definition.media)
            self.faults.append(f"interactions[{at}].media: unknown {brief(said['media'])}; known are {known}")
        return None if self.faults else Seed(**said)


def demonstration(**options: Any) -> Config:
    """Two agents and a supervisor, queues, workbins, and interactions of every medium that arrive by themselves."""
    people = {
        "kristi": Person(password="kristi", token="kristi-token", first_name="Kristi", last_name="Sippola"),  # noqa: S106
        "john": Person(password="john", token="john-token", first_name="John", last_name="Smith"),  # noqa: S106
        "paula": Person(password="paula", token="paula-token", first_name="Paula", last_name="Moreau"),  # noqa: S106
    }
    agents = (
        Agent("kristi", agent_groups=frozenset({"Service"}), place="Desk 1", capacity=4),
        Agent("john", agent_groups=frozenset({"Service"}), place="Desk 2", capacity=4),
        Agent("paula", roles=frozenset({"supervisor"}), agent_groups=frozenset({"Service"}), place="Desk 3"),
    )
    workbins = (
        Workbin("6c715fa9-de16-4d23-b07c-cbcb1caf3e07", name="Drafts"),
        Workbin("b1f6a4b0-7c55-4f4e-8f0a-3d5c5d1c2a11", name="Service team", type="AgentGroup"),
    )
    queues = ("Inbound", "Outbound", "Escalation")
    return Config(**{
        "agents": agents, "people": people, "workbins": workbins, "queues": queues, "arrivals": 12.0, **options,
    })  # fmt: skip
