"""Phase two: the lines of one agent, in their order.

It is an agent's order that tells which reply answers which request, which number belongs to which interaction, and what
the agent knows to be in workbins (see `correlation`). What comes of it goes with the lines to their interactions
(`Context`), and with `Told` of other kinds where a line settles something about an interaction that it does not name.
"""

from collections.abc import Iterable, Iterator

import attrs

from ixnstate.recording.lines import Unreadable
from ixnstate.recording.records import UNKNOWN, Kind, Missing, Recorded
from ixnstate.trace.exchange import Request
from ixnstate.trace.facts import Answered, Asked, Notified, Placed, Said, lost
from ixnstate.trace.fast.decoding import LOGGED
from ixnstate.trace.partition.correlation import Asking, Correlation
from ixnstate.trace.partition.facts import NEVER, Known
from ixnstate.trace.partition.rows import Row, RowFacts, in_order, is_judged
from ixnstate.trace.partition.settings import JudgeOptions
from ixnstate.trace.partition.told import Told, of_agent, of_interaction
from ixnstate.trace.workbins import Workbins


@attrs.define(eq=False)
class AgentLines:
    """Takes the lines of one agent."""

    settings: JudgeOptions
    known: Known
    agent: str | None
    _correlation: Correlation = attrs.field(init=False)
    _workbins: Workbins = attrs.Factory(Workbins)
    _last: tuple[int, str] | None = None
    _lost: int = 0
    _counts: list[int] = attrs.Factory(lambda: [0, 0])

    def __attrs_post_init__(self) -> None:
        self._correlation = Correlation(self.agent, self.known)

    def take(self, row: Row, reading: RowFacts) -> None:
        """The next line of the agent."""
        correlation = self._correlation
        self._lose(reading.order)
        correlation.order = reading.order
        correlation.has_begun = self.known.begun < reading.order
        says = reading.says
        if says is None:
            return
        if not isinstance(says, Unreadable) or not reading.is_broken or reading.agent is not None:
            record = (reading.seq, reading.text) if reading.seq is not None else None
            if record is not None and record == self._last:
                self._counts[1] += 1
                return
            self._last = record
        if isinstance(says, Notified):
            misplaced = self._workbins.change(says.placed) if says.placed is not None else None
            correlation.message(row, says, misplaced)
        elif isinstance(says, Asked):
            is_anonymous = says.agent is None and self.settings.agent == UNKNOWN and is_judged(says)
            correlation.request(row, says, is_anonymous=is_anonymous)
        elif isinstance(says, Answered):
            correlation.reply(row, says, self.known.last_hole(reading.order))
        elif isinstance(says, Said):
            key = of_interaction(says.interaction)
            correlation.send(key, "line", correlation.context(key), row=row)
        elif isinstance(says, Placed):
            correlation.send(of_agent(self.agent), "line", row=row, more=self._workbins.change(says) or ())
        elif says is LOGGED or (isinstance(says, Recorded) and says.kind is Kind.NOTIFICATION):
            self._counts[0] += 1
        elif isinstance(says, Recorded) and says.kind is Kind.GAP:
            self._gap(row, says)
        elif not isinstance(says, Recorded):
            key = of_agent(self.agent)
            correlation.send(key, "line", correlation.context(key), row=row)

    def _gap(self, row: Row, gap: Recorded) -> None:
        correlation, missing = self._correlation, gap.value["missing"]
        if missing == Missing.REPLY:
            correlation.reply(row, lost(gap), self.known.last_hole(correlation.order))
            return
        key = of_agent(self.agent)
        correlation.send(key, "line", correlation.context(key), row=row)
        if missing == Missing.REQUEST:
            correlation.put(Request(Asking(lost(gap).source, correlation.order, key), self.agent))
        else:
            correlation.gap(missing, self.agent)

    def _lose(self, order: int) -> None:
        """What was lost before that line, and nobody knows of whom."""
        gaps = self.known.lost
        while self._lost < len(gaps) and gaps[self._lost][0] < order:
            if self.agent is not None:
                self._correlation.order, missing = gaps[self._lost]
                self._correlation.gap(missing, None)
            self._lost += 1

    def told(self) -> Iterator[Told]:
        """What there is to be told since the last time."""
        told, self._correlation.out = self._correlation.out, []
        yield from told

    def end(self) -> None:
        """Nothing more comes."""
        self._lose(NEVER)
        self._correlation.end()
        if any(self._counts):
            self._correlation.send(of_agent(self.agent), "count", more=tuple(self._counts))


def by_agent(rows: Iterable[Row], known: Known, settings: JudgeOptions) -> Iterator[Told]:
    """What the interactions are told of the lines of some agents. Raises ValueError for rows that are out of order."""
    reader = settings.reader
    agents: dict[str | None, AgentLines] = {}
    for row in in_order(rows, ("order",), "by agent"):
        reading = reader.read(row)
        lines = agents.get(reading.agent)
        if lines is None:
            lines = agents[reading.agent] = AgentLines(settings, known, reading.agent)
        lines.take(row, reading)
        yield from lines.told()
    for lines in agents.values():
        lines.end()
        yield from lines.told()
