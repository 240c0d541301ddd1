"""What both servers share: interactions in a dict, and the messages that wait for each agent."""

from collections import defaultdict
from itertools import count

import ixnstate as ix
from ixnstate import gws


class Store:
    """One record an interaction, and a queue of CometD frames an agent. A real server has a database and CometD."""

    def __init__(self) -> None:
        self.records: dict[str, ix.Interaction] = {}
        self.frames: defaultdict[str, list[dict]] = defaultdict(list)
        self.numbers = count(1)

    def tell(self, step: ix.Step, reference_id: int | None = None) -> None:
        """Keep what a step made, and send all agents their messages."""
        self.records[step.interaction.id] = step.interaction
        if step.created is not None:
            self.records[step.created.id] = step.created
        for sent in gws.notifications(step, reference_id=reference_id):
            self.frames[sent.agent].append(sent.frame())

    def handle(self, request: gws.Request) -> gws.Reply:
        """Answer a request: refused as a whole, or done as a whole."""
        try:
            asked = gws.parse_request(request)
        except gws.RequestError as error:
            return gws.reply(error.refusal)
        if isinstance(asked, ix.Create):
            step = ix.create(asked)
        elif isinstance(asked, ix.Command) and asked.interaction in self.records:
            outcome = ix.decide(self.records[asked.interaction], asked)
            if isinstance(outcome, ix.Refusal):
                return gws.reply(asked, outcome)
            step = ix.step(self.records[asked.interaction], asked)
        else:
            return gws.reply(asked, ix.Refusal(ix.RefusalCode.NOT_FOUND, None, asked, "unknown interaction"))
        reference_id = next(self.numbers)
        self.tell(step, reference_id)
        return gws.reply(asked, reference_id=reference_id)
