"""What a contact centre consists of before anything happens: agents and workbins."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import attrs

from ixnstate.commands import is_name
from ixnstate.values import FrozenDict, a_, brief, frozen

ROLES = ("agent", "supervisor", "admin", "apiuser")
"""The values of a person's roles (Roles, 8.5.2, 2016-11). An apiuser is a system account at the level of an admin."""

WORKBIN_TYPES = ("Agent", "Place", "AgentGroup", "PlaceGroup")
"""Who owns the instances of a workbin (WorkbinGetWorkbins, 8.5.2)."""


Member = TypeVar("Member", bound="Agent | Workbin")
_Attribute: TypeAlias = "attrs.Attribute[Any]"


def _names(value: Any) -> object:
    """A set of names, from one name or from several; what is neither stays as it is, to be refused."""
    if isinstance(value, str):
        return frozenset((value,))
    try:
        return frozenset(value)
    except TypeError:
        return value


def _readiness(value: object) -> object:
    if value is False:
        return frozenset()
    return True if value is True else _names(value)


def _are_names(_: object, attribute: "_Attribute", value: object) -> None:
    if value is not True and not (isinstance(value, frozenset) and all(map(is_name, value))):
        raise ValueError(f"{attribute.name} must be names, not {brief(value)}")


def _is_name(_: object, attribute: "_Attribute", value: object) -> None:
    if not is_name(value):
        raise ValueError(f"{attribute.name} must be a string of 1 to 512 characters, not {brief(value)}")


def _is_name_or_none(owner: object, attribute: "_Attribute", value: object) -> None:
    if value is not None:
        _is_name(owner, attribute, value)


def _are_roles(_: object, attribute: "_Attribute", value: object) -> None:
    if not isinstance(value, frozenset) or not value <= {*ROLES}:
        raise ValueError(f"roles are some of {', '.join(ROLES)}, not {brief(value)}")


def _limits(value: object) -> object:
    return FrozenDict(value) if isinstance(value, Mapping) else value


def _are_limits(_: object, attribute: "_Attribute", value: object) -> None:
    limits = value.values() if isinstance(value, FrozenDict) else [value]
    if value is not None and not all(type(each) is int and each >= 0 for each in limits):
        raise ValueError(f"capacity is a whole number, or one for each medium, not {brief(value)}")


def _groups() -> Any:
    return attrs.field(default=frozenset(), converter=_names, validator=_are_names)


@frozen
class Agent:
    """One who works in the contact centre, or watches over it. Raises ValueError that names what does not fit.

    ``ready`` is True for every medium, False for none, or names media: only a ready agent is offered anything by
    ``route``. ``capacity`` limits how many interactions they can have at a time: of any medium, or of each by its
    name; None is no limit. ``place`` is where they sit, ``place_groups`` the groups of that place.
    """

    id: str = attrs.field(validator=_is_name)
    roles: frozenset[str] = attrs.field(default=frozenset({"agent"}), converter=_names, validator=_are_roles)
    agent_groups: frozenset[str] = _groups()
    place: str | None = attrs.field(default=None, validator=_is_name_or_none)
    place_groups: frozenset[str] = _groups()
    ready: frozenset[str] | bool = attrs.field(default=True, converter=_readiness, validator=_are_names)
    capacity: int | Mapping[str, int] | None = attrs.field(
        default=None, converter=_limits, validator=_are_limits, hash=False
    )

    @property
    def is_agent(self) -> bool:
        """Whether they work on interactions: ``/me/...`` (Interactions API Operations, permission Agent)."""
        return "agent" in self.roles

    @property
    def is_admin(self) -> bool:
        """Whether they administer the contact centre."""
        return "admin" in self.roles or "apiuser" in self.roles

    @property
    def is_supervisor(self) -> bool:
        """Whether they reach other agents' workbins: ``/users/{userId}/...``."""
        return "supervisor" in self.roles or self.is_admin

    def is_ready_for(self, media: str) -> bool:
        """Whether they want to be offered interactions of that medium."""
        return self.ready is True or (self.ready is not False and isinstance(media, str) and media in self.ready)

    def has_room(self, media: str, having: Mapping[str, int]) -> bool:
        """Whether they can have one more of that medium; ``having`` is how many they have of each.

        Raises ValueError unless ``having`` has numbers by medium.
        """
        if not isinstance(having, Mapping) or not all(isinstance(each, int) for each in having.values()):
            raise ValueError(f"having must be numbers by medium, not {brief(having)}")
        if self.capacity is None:
            return True
        if isinstance(self.capacity, int):
            return sum(having.values()) < self.capacity
        limit = self.capacity.get(media) if isinstance(media, str) else None
        return limit is None or having.get(media, 0) < limit


@frozen
class Workbin:
    """A workbin: one definition, with an instance for each owner of its type. Raises ValueError for what does not fit.

    ``type`` says who the owners are: each agent, each place, or each group of agents or of places has one of its own.
    """

    id: str = attrs.field(validator=_is_name)
    name: str = attrs.field(default="", kw_only=True)
    type: str = attrs.field(default="Agent", kw_only=True)
    display_name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.type not in WORKBIN_TYPES:
            raise ValueError(f"type is {brief(self.type)}; it can be {', '.join(WORKBIN_TYPES)}")
        for field in ("name", "display_name"):
            if not isinstance(getattr(self, field), str):
                raise ValueError(f"{field} must be a string, not {brief(getattr(self, field))}")


def by_id(kind: type[Member], members: Iterable[object]) -> dict[str, Member]:
    """Members by their ids. Raises ValueError for what is not such a member, and for an id that comes twice."""
    found: dict[str, Member] = {}
    for member in _each_of(members, f"{kind.__name__.lower()}s"):
        if not isinstance(member, kind):
            raise ValueError(f"expected {a_(kind.__name__)}, got {brief(member)}")
        if member.id in found:
            raise ValueError(f"there are two {kind.__name__.lower()}s {brief(member.id)}")
        found[member.id] = member
    return found


def names_of(what: str, names: Iterable[str]) -> frozenset[str]:
    """A set of names. Raises ValueError, with ``what`` they are, for anything else."""
    found = _each_of(names, what)
    for name in found:
        if not is_name(name):
            raise ValueError(f"{what} must be strings of 1 to 512 characters, not {brief(name)}")
    return frozenset(found)


def _each_of(members: object, what: str) -> list[Any]:
    if isinstance(members, str | Mapping | range) or not isinstance(members, Iterable):
        raise ValueError(f"{what} must be given as a list, not as {brief(members)}")
    return list(members)
