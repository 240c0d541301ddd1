"""A contact centre whose lifecycle is exported SCXML, interpreted by *python-statemachine*: a driver for the kit.

The host keeps what the documents say that they do not express: who and what there is, whether arguments are of their
kind, and what agents are shown of a record, which it reads off the exported definition.
"""

from functools import cache

from statemachine.io import load

import ixnstate as ix
from ixnstate import export
from ixnstate.center.scopes import barred, owner_meant, place_of
from ixnstate.commands import AddInteraction, Create, PlaceInWorkbin, PullInteraction, Reply, fault_of, parameters_of
from ixnstate.export.portable import camel
from ixnstate.testing import Ability, Driver, Seen, drivers

DOCUMENT = export.document()


@cache
def loaded(media, start):
    """The class of a document's machines, and what the data model has at first."""
    made = load(export.scxml(media, start=start), format="scxml")
    return made, dict(vars(made().model))


def begun(media, start):
    """A machine: *python-statemachine* (3.2) sets up the data model of the first one of a class, and of no other."""
    made, data = loaded(media, start)
    chart = made()
    for name, value in data.items():
        if not hasattr(chart.model, name):
            setattr(chart.model, name, value)
    return chart


class Item:
    """An interaction: a chart that runs."""

    def __init__(self, id, media, media_type, start=ix.State.QUEUED):
        self.id, self.media, self.media_type = id, media, media_type
        self.chart = begun(media, start)

    @property
    def state(self):
        return next(iter(self.chart.configuration)).id

    def row(self, name):
        values = (getattr(self.chart.model, f"{name}{number}") for number in range(1, 5))
        return [value for value in values if value]

    @property
    def place(self):
        data = self.chart.model
        return (
            ix.WorkbinPlace(data.atWorkbin, data.atAgentGroup or None, None, data.atOwner or None)
            if data.atWorkbin
            else None
        )

    def take(self, command):
        """Whether the event was not refused."""
        data = self.chart.model
        said = {camel(each.name): getattr(command, each.name) for each in parameters_of(type(command))}
        before = data.accepted
        if not self.chart.is_terminated:
            given = {name: value for name, value in said.items() if value is not None}
            self.chart.send(command.operation, **{**given, "interaction": self.id})
        return data.accepted > before


class ScxmlDriver(Driver):
    """Asks the charts."""

    lacks = (Ability.NOTIFICATIONS, Ability.USER_DATA, Ability.TIME, Ability.CONTENT, Ability.CONCURRENCY)
    world = drivers.WORLD

    def reset(self):
        self.items, self.numbers = {}, 0
        self.agents = {each.id: each for each in self.world.agents}
        self.workbins = {each.id: each for each in self.world.workbins}

    def create(self, new):
        self.items[new.new_id] = Item(new.new_id, new.media, new.media_type)
        return new.new_id

    def offer(self, interaction, agent):
        if agent not in self.agents or not self.items[interaction].take(ix.Offer(agent=agent)):
            raise ValueError("refused")

    def perform(self, command):
        created = getattr(command, "new_id", None)
        return drivers.Reply(True, created=created) if self._is_done(command) else drivers.Reply(False)

    def _is_done(self, command):
        item = self.items.get(command.interaction)
        by = self.agents.get(getattr(command, "by", None))
        if isinstance(command, Create):
            return self._begin(command, command.media)
        if isinstance(command, ix.Subscribe | ix.RequestStats | ix.RequestAgentStats):
            raise NotImplementedError
        if item is None or (command.media or item.media) != item.media or (hasattr(command, "by") and by is None):
            return False
        if (command.media_type or item.media_type) != item.media_type:
            return False
        lacking = ix.GWS.media[item.media].lacking(command.operation)
        if isinstance(command, ix.Custom) or fault_of(command, lacking) is not None or not self._knows(command):
            return False
        if isinstance(command, PlaceInWorkbin | PullInteraction | ix.GetWorkbinContent):
            command = self._reached(command, item, by)
        elif by is not None and not by.is_agent:
            return False
        if command is None or (isinstance(command, Reply) and command.new_id in self.items):
            return False
        return item.take(command) and (not isinstance(command, Reply) or self._begin(command, item.media))

    def _begin(self, command, media):
        """A chart that begins as agents create an interaction of the medium."""
        medium = ix.GWS.media.get(media)
        by = self.agents.get(command.by)
        if fault_of(command) or medium is None or medium.creates is None or by is None or not by.is_agent:
            return False
        if command.new_id in self.items or not self._knows(command):
            return False
        item = Item(command.new_id, media, getattr(command, "media_type", None), medium.creates)
        item.chart.model.holder1 = command.by
        self.items[command.new_id] = item
        return True

    def _knows(self, command):
        queues = (getattr(command, name, None) for name in ("queue_name", "target_queue"))
        target = getattr(command, "target_agent", None)
        return all(each in (None, *self.world.queues) for each in queues) and target in (None, *self.agents)

    def _reached(self, command, item, by):
        """The command with the instance that it means; None if there is none, or the agent cannot reach it."""
        place = item.place
        if command.workbin is not None:
            workbin = self.workbins.get(command.workbin)
            owner = None if workbin is None else owner_meant(workbin, command, by, self.agents)
            place = place_of(workbin, owner) if isinstance(owner, str) else None
        if place is None and (command.workbin is not None or not by.is_agent):
            return None
        if isinstance(command, PullInteraction) and item.place not in (None, place):
            return None
        if place is not None and barred(self.workbins[place.id], place.agent_group or place.owner, by):
            return None
        if not isinstance(command, AddInteraction | PlaceInWorkbin) and command.workbin is None:
            return command
        return ix.command(
            command.operation, by=command.by, workbin=place.id, agent_group=place.agent_group, owner=place.owner
        )

    def view(self, interaction, agent):
        item = self.items.get(interaction)
        if item is None:
            return None
        holders, invited = item.row("holder"), item.row("invited")
        to = "HOLDER" if agent in holders else "INVITEE" if agent in invited else None
        medium = DOCUMENT["media"][item.media]
        rows = [row for row in medium["shown"] if (row["state"], row["to"]) == (item.state, to)]
        several = [row for row in rows if row["several"] and len(holders) > 1]
        row = next(iter(several or [row for row in rows if not row["several"]]), None)
        if row is None:
            return None
        return Seen(
            row["shown"] or item.chart.model.resume or medium["active"],
            tuple(medium["lists"][row["capabilities"]]["operations"]),
        )
