"""How a recording is judged, for all phases alike."""

import pickle
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import attrs

from ixnstate.definition import Definition
from ixnstate.recording.records import UNKNOWN, UNNAMED
from ixnstate.table import GWS
from ixnstate.trace.judge import DEFAULT_RULES, Judge
from ixnstate.trace.knowledge import Knowledge
from ixnstate.trace.partition.facts import Facts, Known
from ixnstate.trace.partition.rows import Row, RowReader
from ixnstate.trace.rules import Rule
from ixnstate.trace.viewpoint import Declared, Viewpoint
from ixnstate.values import changed


@attrs.define(eq=False)
class JudgeOptions:
    """The options of `Judge`, with their meaning there. Raises ValueError for an argument of another type.

    ``agent`` is whose the lines are that name none. `UNNAMED` leaves it to the recording: if no line names an agent, it
    is one agent's, and otherwise nobody knows whose these lines are.
    """

    definition: Definition = GWS
    gaps: int | None = None
    rules: Iterable[Rule] = DEFAULT_RULES
    separate: bool = False
    recorded: Declared | None = None
    agent: str | None = UNNAMED
    explain: bool = False
    judge: Judge = attrs.field(init=False, repr=False)
    """A judge with these options, of whose knowledge those of parts are."""
    knowledge: Knowledge = attrs.field(init=False, repr=False)
    """What is worked out once, and shared by all parts that one process judges."""

    reader: RowReader = attrs.field(init=False, repr=False)
    """Reads rows, and knows whose those are that name no agent."""
    stranger: RowReader = attrs.field(init=False, repr=False)
    """Reads rows, and does not."""
    _naming: "JudgeOptions | None" = attrs.field(init=False, repr=False, default=None)
    """The same, of a recording in which lines name agents."""

    def __attrs_post_init__(self) -> None:
        judge = self.new_judge()
        self.rules, self.judge, self.knowledge = judge.temporal.rules, judge, judge.knowledge
        self.reader = RowReader(self.knowledge.shapes, self.agent)
        self.stranger = RowReader(self.knowledge.shapes, None)

    def new_judge(self, like: Judge | None = None) -> Judge:
        """A judge with these options, and with what another one of them has worked out. Raises ValueError."""
        return Judge(
            self.definition, gaps=self.gaps, rules=self.rules, separate=self.separate, recorded=self.recorded,
            agent=self.agent, explain=self.explain, like=like,
        )  # fmt: skip

    def decided(self, facts: Facts) -> "JudgeOptions":
        """The same, with what they leave to the recording as its facts decide it."""
        if self.agent != UNNAMED or not facts.names_agents:
            return self
        if self._naming is None:
            self._naming = changed(self, agent=UNKNOWN)
        return self._naming

    def viewpoint(self) -> Viewpoint:
        """What is declared of what is recorded. Raises ValueError."""
        return Viewpoint(self.recorded, separate=self.separate, agent=self.agent)

    def facts(self, rows: Iterable[Row]) -> Facts:
        """The facts of rows that follow each other. Raises ValueError where they do not."""
        return Facts.of_rows(rows, self.stranger)

    def known(self, facts: Facts) -> Known:
        """The facts, to be asked."""
        return Known(facts, self.viewpoint())

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self.definition, self.gaps, self.rules, self.separate, self.recorded, self.agent, self.explain)
        return _settings_of, (pickle.dumps(given),)


@lru_cache(maxsize=16)
def _settings_of(given: bytes) -> JudgeOptions:
    """The settings that another process has sent: the same object each time, which has learnt what it was used for."""
    return JudgeOptions(*pickle.loads(given))  # noqa: S301 (what our own processes send)
