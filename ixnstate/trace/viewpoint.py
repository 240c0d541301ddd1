"""What the recorder saw: whose requests are recorded, and so who may have acted without a line.

A recording shows everything (a server's, or that of a proxy before it), what some agents did, or one session. It can be
declared. Where it is not, a recording that numbers its records from 1 without a gap, in which several agents ask and
are answered, is taken for one of everything: whatever an agent did has a line then, and an operation by somebody who
does not have the item is a fault. A gap in the numbers says that lines were left out, and that belief ends there: what
happened before it is known all the same. Any other recording shows what those agents did whose requests it has.

For whom requests are recorded, nothing happens without one; that holds for all of the recording, before their first
line, too. What was under way before it began is believed where it first comes up.
"""

from collections.abc import Iterable
from typing import Any, Literal

from ixnstate.recording.lines import Line
from ixnstate.recording.records import UNKNOWN, UNNAMED, Recorded
from ixnstate.trace.unobserved import ANYONE, NOBODY, PLATFORM, Unobserved
from ixnstate.values import brief, changed, each_of

Everything = Literal["everything"]
Session = Literal["session"]
Declared = Everything | Session | Iterable[str]
"""What is recorded: everything, one session, or what these agents do."""


MAX_ASKERS = 100_000
"""Of how many agents is remembered that their requests are recorded; more may act unseen."""


class Viewpoint:
    """What is recorded, as far as it has been declared or seen."""

    def __init__(self, declared: Declared | None = None, *, separate: bool = False, agent: str | None = None) -> None:
        self.declared: str | frozenset[str] | None
        if declared is None or isinstance(declared, str):
            self.declared = declared
        else:
            self.declared = frozenset(each_of("recorded", declared, str))
        if isinstance(self.declared, str) and self.declared not in ("everything", "session"):
            raise ValueError(f"recorded: everything, session, or names of agents, not {brief(declared)}")
        self.separate = separate
        self.agent = agent
        """Whose the lines are that name no agent; `UNKNOWN` if nobody knows."""
        self.askers: dict[str | None, None] = {}
        """Whose requests have been seen."""
        self.epoch = 0
        """How often what is known of the viewpoint has changed."""
        self.is_whole = True
        """Whether all records so far are numbered, from 1 on, without a gap; numbers may go on from file to file."""
        self.is_cut = False
        """Whether the first record has a number, and it is not 1: unknown requests may be in flight then."""
        self.is_piece = False
        """The same, and the numbers go on without a gap: everything is recorded, but from the middle of a day on.

        Where numbers are left out, it may be what concerns one agent, from their first line on.
        """
        self.file: str | None = None
        self.seq = 0
        self.last: int | None = None
        """The number of the last record."""
        self.text: str | bytes = ""
        """The last record, as it was written."""

    @property
    def is_everything(self) -> bool:
        """Whether whatever agents do has a line."""
        if self.declared is not None:
            return self.declared == "everything"
        return self.is_whole and self.asking > 1 and not self.separate

    @property
    def is_going_on(self) -> bool:
        """Whether the numbers of records have gone on without a gap so far, from whatever number on."""
        return self.is_whole or self.is_piece

    @property
    def asking(self) -> int:
        """Of how many agents requests have been seen."""
        return len(self.askers)

    def __str__(self) -> str:
        """What is recorded, in words; "" where there are notifications alone."""
        if self.declared is not None:
            named = (
                self.declared if isinstance(self.declared, str) else f"the agents {', '.join(sorted(self.declared))}"
            )
            return f"{named} (declared)"
        if self.is_everything:
            return "everything (its records are numbered from 1 without a gap)"
        if self.asking == 1:
            return "what one agent asks for"
        return f"what {self.asking} agents ask for" if self.asking else ""

    def asks(self, agent: str | None) -> bool:
        """Whether the requests of an agent are recorded."""
        if isinstance(self.declared, frozenset):
            return agent in self.declared or agent in self.askers
        return agent in self.askers or self.declared is not None

    def unrecorded(self, askers: frozenset[str], *, requested: bool) -> Unobserved:
        """Who may have acted unseen on an interaction, of whose roles these ask."""
        if self.is_everything:
            return PLATFORM
        if self.asking or self.declared is not None:
            return Unobserved(askers, several=self.asking > 1 or isinstance(self.declared, frozenset), begun=True)
        return NOBODY if requested and not self.separate else ANYONE

    @property
    def last_record(self) -> tuple[int | None, str]:
        """The number of the last record, and its text: the same once more says nothing."""
        text = self.text
        return self.last, text if isinstance(text, str) else text.decode("utf-8", "replace").rstrip("\r\n")

    def resume(
        self,
        askers: Iterable[str | None],
        record: tuple[Any, str],
        file: str | None,
        seq: int,
        *,
        is_whole: bool,
        is_cut: bool,
        is_anonymous: bool,
        is_piece: bool,
    ) -> None:
        """Go on where another run has ended."""
        if is_anonymous and self.agent == UNNAMED:
            self.agent = UNKNOWN
        self.askers.update(dict.fromkeys(askers))
        self.last, self.text = record
        self.file, self.seq, self.is_whole, self.is_cut, self.is_piece = file, seq, is_whole, is_cut, is_piece
        self.epoch += 1

    @property
    def is_anonymous(self) -> bool:
        """Whether lines without an agent are somebody's of whom nothing more is known."""
        return self.agent == UNKNOWN

    @property
    def default_agent(self) -> str | None:
        """The agent of lines that name none."""
        return None if self.agent == UNKNOWN else self.agent

    @property
    def names_agent(self) -> bool:
        """Whether lines are some agent's who do not say so."""
        return self.agent is not None and self.agent != UNKNOWN

    # --- as lines come ----------------------------------------------------------------------------------------------

    def ask(self, agent: str | None) -> None:
        """A request of the agent has been seen."""
        if agent not in self.askers and len(self.askers) < MAX_ASKERS:
            before = self.is_everything
            self.askers[agent] = None
            self.epoch += not (before and self.is_everything)

    def named(self, recorded: Recorded) -> Recorded:
        """What a line says, with the agent whose it is.

        A recording in which no line names an agent is one agent's. From the first line on that names one, nobody knows
        whose the others are.
        """
        if self.agent in (None, UNKNOWN):
            return recorded
        if recorded.agent is None:
            line = recorded.line
            named = Line(line.place, line.text, {**recorded.value, "agent": self.agent}, line.column)
            return changed(recorded, line=named, agent=self.agent)
        if self.agent == UNNAMED:
            self.agent = UNKNOWN
        return recorded

    def pass_record(self, recorded: Recorded) -> bool:
        """A record has come, and is remembered; whether it is the one before it, once more."""
        seq = recorded.seq if recorded.is_explicit else None
        is_double = seq is not None and (seq, recorded.line.text) == self.last_record
        self.last, self.text = seq, recorded.line.text if seq is not None else ""
        return is_double

    def pass_line(self, value: Any, file: str, *, is_other: bool = False) -> None:
        """A line has come. Where records are missing before it, or are not numbered, not everything is recorded.

        A line that ``is_other`` is about no interaction: it may have a number of its own.
        """
        if self.is_going_on:
            seq = value.get("seq") if isinstance(value, dict) else None
            if not (is_other and seq.__class__ is int and seq <= self.seq and file == (self.file or file)):
                self.pass_seq(seq, file)

    def pass_seq(self, seq: object, file: str) -> None:
        """The same for the number of a record."""
        self.file = file
        if seq.__class__ is int and seq == self.seq + 1:
            self.seq += 1
        elif self.is_whole:
            before = self.is_everything
            self.is_cut = self.seq == 0 and seq.__class__ is int
            if self.is_cut and isinstance(seq, int) and seq > 1:
                self.is_piece, self.seq = True, seq
            self.is_whole = False
            self.epoch += before
        else:
            self.is_piece = False
