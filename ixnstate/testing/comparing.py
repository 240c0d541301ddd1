"""What a bench compares after an action: the reply, the messages, what agents are shown, what lies in the workbins."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.testing import drivers, leeway
from ixnstate.testing.details import is_same
from ixnstate.testing.differing import data_differ, outcome, reply_differs
from ixnstate.testing.drivers import Ability, Seen
from ixnstate.testing.hearing import ELSE, Hearing
from ixnstate.testing.model import AtOnce, Expected, is_signal, names_new

CORE = 4
"""The number of agents that are asked for their views after every action; others are asked once they take part."""


class Comparing(Hearing):
    """The comparisons of a bench."""

    # --- the reply --------------------------------------------------------------------------------------------------

    def _compare_reply(self, expected: Expected, reply: drivers.Reply) -> bool:
        """Whether the operation was done or refused as it had to be."""
        wanted = expected.reply
        if is_signal(expected.action) and reply.ok:
            return True  # the platform is not answered: what a signal did is seen in the views
        if wanted.ok is not reply.ok:
            words = outcome(wanted, expected.refusal), outcome(reply, reply.why)
            self._differ(expected, "reply", *words, reply_differs(expected, reply), blocks=True)
            return False
        if reply.status_code is not None and wanted.status_code != reply.status_code:
            codes = "status code", wanted.status_code, reply.status_code
            why = "done" if expected.refusal is None else expected.refusal.code.value
            what = f"status code {reply.status_code} instead of {wanted.status_code} ({why})"
            if reply.status_code in leeway.other_reasons(expected):
                self._note(expected, *codes, "the statusCode of another reason that there is, too")
            else:
                self._differ(expected, *codes, what, where="")
        if wanted.created is not None and reply.created is None:
            what = "the reply does not lead to what was created"
            self._differ(expected, "reply", "the id of what was created", None, what, blocks=True)
        if reply.reference_id is not None:
            if reply.reference_id in self.references:
                aspect = "referenceId of the reply"
                self._differ(
                    expected, aspect, "a new one", reply.reference_id, "a referenceId is given again", where=""
                )
            self.references.add(reply.reference_id)
        return True

    # --- views ------------------------------------------------------------------------------------------------------

    def _agents(self) -> Iterable[str]:
        """Who is asked: the first agents of the world, and whoever has taken part."""
        raise NotImplementedError

    def _compare_views(self, expected: Expected, explained: str | None = None) -> None:
        """Compare what every agent is shown of every interaction but for how the one stands that is ``explained``."""
        agents = tuple(self._agents())
        views = self._of_each("view", [(id, agent) for id in self.ids.values() for agent in agents])
        for number, name in enumerate(self.ids):
            sight, seen = self.model.sight(name), views[number * len(agents) : (number + 1) * len(agents)]
            if (sight is None or not sight.shown) and seen.count(None) == len(agents):
                continue
            for agent, found in zip(agents, seen, strict=True):
                wanted = None if sight is None else sight.shown.get(agent)
                if wanted is found is None or (found is None and agent not in self.scope.world.workers):
                    continue  # nobody says whether somebody without the role of an agent may look at what they have
                if sight is not None and wanted is not None and found is not None and wanted.state == found.state:
                    if name != explained:
                        self._compare_view(expected, sight.record, f"view of {agent} on {name}", wanted, found)
                elif self.stale.get((name, agent)) == (state_of(wanted), state_of(found)):
                    continue
                elif name not in self.astray:
                    self.astray.add(name)
                    if name != explained:
                        aspect = f"view of {agent} on {name}" + (": state" if wanted and found else "")
                        words: tuple[Any, Any] = (wanted, found)
                        if wanted and found:
                            words = wanted.state, found.state
                        what = self._stands_elsewhere(expected, name, wanted, found)
                        self._differ(expected, aspect, *words, what, blocks=True)

    def _stands_elsewhere(self, expected: Expected, name: str, wanted: Seen | None, found: Seen | None) -> str:
        is_own = name in _about(expected, name)
        if expected.refusal is not None:
            return "refused, and yet done" if is_own else "refused, and yet another interaction is changed"
        if not is_own and not isinstance(expected.action, AtOnce) and hasattr(expected.action, "interaction"):
            return "another interaction is changed"
        if wanted is None:
            return f"shown to an agent who has no part in it ({found.state if found else None})"
        return (
            f"not shown to its agent ({wanted.state})" if found is None else f"{found.state} instead of {wanted.state}"
        )

    def _compare_view(self, expected: Expected, record: Interaction, aspect: str, wanted: Seen, found: Seen) -> None:
        self.subject.known.tells_lists |= bool(found.capabilities)
        if wanted.capabilities != found.capabilities:
            where = f"{record.media} {wanted.state}"
            self._compare_list(
                expected, f"{aspect}: capabilities", record, where, wanted.capabilities, found.capabilities
            )
        if found.user_data is not None and not is_same(wanted.user_data, found.user_data):
            self.astray.add(record.id)
            data = dict(wanted.user_data or {}), dict(found.user_data)
            refused = "refused, and yet " if expected.refusal is not None else ""
            is_own = record.id in _about(expected, record.id)
            other = "" if is_own else "another interaction's "
            what = f"{refused}{other}{data_differ(*data)}"
            self._differ(expected, f"{aspect}: user data", *data, what, blocks=True)
        self._compare_details(expected, record, aspect, wanted, found)

    def _compare_details(self, expected: Expected, record: Interaction, aspect: str, wanted: Seen, found: Seen) -> None:
        """What it has shown in that state before it must show; what it never shows it may be unable to tell."""
        tells, shown, truth = self.subject.known.tells, found.details or {}, wanted.details or {}
        for name in {**truth, **ELSE} if shown else truth:
            value = truth.get(name)
            kind = record.media, record.state.value, name
            if name in shown:
                tells.add(kind)
                self.coverage.showed(record.media, name)
                if not self._is_alike(name, value, shown[name]):
                    self._gapes(expected, f"{aspect}: {name}", value, shown[name], f"{name} in views", None)
            elif value and kind in tells:
                self._gapes(expected, f"{aspect}: {name}", value, None, f"{name} in views", None)
            elif value:
                self.coverage.showed(record.media, name, is_hidden=True)
        self._compare_place(expected, record, f"{aspect}: workbin", shown)

    # --- workbins ---------------------------------------------------------------------------------------------------

    def _places(self, expected: Expected) -> Iterable[WorkbinPlace]:
        """The workbins into which something has come; and after what concerns workbins all of them."""
        about = [expected.before, expected.after]
        if not any(record is not None and record.workbin is not None for record in about):
            return self.model.places
        return {**self.model.places, **self.all_places}

    all_places: dict[WorkbinPlace, None]

    def _compare_content(self, expected: Expected) -> None:
        places = tuple(self._places(expected))
        for place, listed in zip(places, self._of_each("content", [(place,) for place in places]), strict=True):
            self._compare_listed(expected, place, listed)

    def _compare_listed(self, expected: Expected, place: WorkbinPlace, listed: Collection[str], *agent: str) -> None:
        """What lies in a workbin; as an agent lists it, if one is given."""
        wanted = self.model.content(place)
        if not listed and not wanted:
            return
        found, is_ordered = [self.names.get(each, each) for each in listed], not isinstance(listed, AbstractSet)
        if tuple(found) != wanted and (is_ordered or sorted(found) != sorted(wanted)):
            by = f", as {agent[0]} lists it" if agent else ""
            aspect = f"content of workbin {place.id} of {place.agent_group or place.owner}{by}"
            self._gapes(expected, aspect, wanted, tuple(found), self._misplaced(wanted, found), None)

    def _compare_lists(self, expected: Expected) -> None:
        """After a change: what each agent whom it concerns has, and a group's workbin as every member lists it."""
        about = [record for record in (expected.before, expected.after) if record is not None]
        moved = len(about) < 2 or _who(about[0]) != _who(about[1])
        if moved and self.can(Ability.INTERACTIONS):
            has = [agent for record in about for agent in (*record.holders, *record.invited)]
            asked = dict.fromkeys([*has, *(each.agent for each in expected.told)])
            for agent in [each for each in asked if each in self.scope.world.workers]:
                self._compare_own(expected, agent)
        if moved and self.can(Ability.CONTENT) and self.subject.lists_by_agent:
            for place in [record.workbin for record in about if record.workbin is not None]:
                for agent in self._members(place):
                    self._compare_listed(expected, place, self._of("content", place, agent), agent)

    def _members(self, place: WorkbinPlace) -> list[str]:
        """The first agents, as far as they are members of the group whose workbin it is."""
        world = self.scope.world
        return [each for each in world.workers if world.group_of(each) == place.agent_group is not None]

    def _compare_own(self, expected: Expected, agent: str) -> None:
        """The list of what an agent has."""
        try:
            listed = self._of("interactions", agent)
        except NotImplementedError:  # what is learned now is no reason to leave a case
            return
        found = sorted(self.names.get(each, each) for each in listed)
        wanted = sorted(self.model.has(agent))
        if found == wanted:
            return
        unsure = {name for name, other in self.stale if other == agent} | self.astray
        if [name for name in found if name not in unsure] != [name for name in wanted if name not in unsure]:
            what = "an interaction is missing in the list of its agent"
            if {*found} - {*wanted}:
                what = "an agent lists an interaction that they do not have"
            elif len(found) > len(wanted):
                what = "an agent lists an interaction twice"
            self._gapes(expected, f"interactions of {agent}", tuple(wanted), tuple(found), what, None)

    def _misplaced(self, wanted: tuple[str, ...], found: list[str]) -> str:
        if len(set(found)) < len(found):
            return "an interaction lies in a workbin twice"
        if surplus := [name for name in found if name not in wanted]:
            record = self.model.center.interaction(surplus[0])
            if record is None or record.workbin is not None:
                return "an interaction lies in a workbin where it is not"
            return f"left in a workbin, though it is {record.state.value}"
        return "an interaction is missing in its workbin" if set(wanted) - set(found) else "the order in a workbin"


def state_of(seen: Seen | None) -> str | None:
    """The state that is shown."""
    return None if seen is None else seen.state


def _who(record: Interaction) -> tuple[object, ...]:
    """In which state it is, and who has it."""
    return record.state, record.holders, record.invited


def _about(expected: Expected, name: str) -> tuple[str | None, ...]:
    """The interactions that an action is about: ``name`` if it names none, as time does."""
    action = expected.action
    return getattr(action, "interaction", name), names_new(action)
