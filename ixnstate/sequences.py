"""Judging a sequence of operations of one interaction.

A bare name has no arguments, so what it does depends on the record only through what `space.plain` keeps: there are a
few dozen such records a medium, and each name leads from one to another or is refused. Those transitions are worked out
with `decide` when they are first met, and kept with the definition; judging a name is then one dict lookup.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias, TypeGuard, cast, overload

from ixnstate.commands import Command, Create, Custom, Submit
from ixnstate.definition import Definition, Derived, Edge, checked, known_state
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal, RefusedError, misfit
from ixnstate.space import AGENTS, begin, by_name, follow, plain, standing
from ixnstate.stepping import decide
from ixnstate.table import GWS
from ixnstate.values import a_, brief, frozen
from ixnstate.vocabulary import State

Operation: TypeAlias = str | Command

SEQUENCE = "sequence"
"""The id of the interaction that a sequence of names is about: it has no other, so what is worked out can be kept."""


@frozen
class Violation:
    """One operation that is not legal where it stands: its index in the sequence, and why it is refused."""

    index: int
    refusal: Refusal

    def __str__(self) -> str:
        return f"{self.index}: {self.refusal}"


@frozen
class Coverage:
    """Which part of a medium's lifecycle a sequence went through."""

    edges: frozenset[Edge]
    states: frozenset[State]
    all_edges: int
    all_states: int

    def __str__(self) -> str:
        return f"{len(self.edges)} of {self.all_edges} edges, {len(self.states)} of {self.all_states} states"


class Violations(Sequence[Violation]):
    """Every violation of a sequence, in order. The count is exact; each one is worked out when it is looked at."""

    __slots__ = ("_definition", "_indexes", "_operations", "_records", "_refusals")

    def __init__(self, operations: Sequence[Operation], definition: Definition) -> None:
        self._operations = operations
        self._definition = definition
        self._indexes = array("Q")
        self._records: list[Interaction] = []
        self._refusals: dict[tuple[int, str], Refusal] = {}

    def _add(self, index: int, record: Interaction) -> None:
        self._indexes.append(index)
        self._records.append(record)

    def __len__(self) -> int:
        return len(self._indexes)

    @overload
    def __getitem__(self, position: int) -> Violation: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Violation, ...]: ...
    def __getitem__(self, position: int | slice) -> Violation | tuple[Violation, ...]:
        if isinstance(position, slice):
            return tuple(self[each] for each in range(*position.indices(len(self))))
        index, record = self._indexes[position], self._records[position]
        operation = self._operations[index]
        if not isinstance(operation, str):
            return Violation(index, self._refusal(operation, record))
        key = (id(record), operation)
        if key not in self._refusals:
            self._refusals[key] = self._refusal(operation, record)
        return Violation(index, self._refusals[key])

    def _refusal(self, operation: Operation, record: Interaction) -> Refusal:
        if isinstance(operation, Create | Submit) and (born := _refused_birth(operation, self._definition)):
            return born
        refusal = decide(record, _command(operation, record, self._definition), definition=self._definition)
        assert isinstance(refusal, Refusal)
        return refusal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self._indexes))

    def __repr__(self) -> str:
        return f"<{len(self)} violations>"


@frozen
class Verdict:
    """What became of a sequence: every violation, the state at its end, and what was covered."""

    violations: Violations
    final_state: State
    coverage: Coverage

    @property
    def ok(self) -> bool:
        """Whether every operation was legal."""
        return not self.violations

    def __str__(self) -> str:
        where = f"ends in {self.final_state}; covers {self.coverage}"
        if self.ok:
            return f"legal; {where}"
        count = len(self.violations)
        return f"{count} violation{'s' * (count > 1)}; {where}; the first at {self.violations[0]}"


def validate(
    media: str,
    operations: Iterable[str | Command],
    *,
    start: str | Interaction | None = None,
    definition: Definition = GWS,
) -> Verdict:
    """Judge a sequence of operations, given as names or as commands, from a new interaction or from ``start``.

    A name alone means: by the agent whose turn it is, with arguments that fit; Transfer to an agent, Complete to the
    end. A refused operation changes nothing, and judging goes on. ``start`` is a state, in which agent-1 holds it or is
    invited to it, or a record. A sequence may also begin with Create or Submit, and where it is given as commands,
    another interaction may begin so after the first has ended (as in a `tour`). One pass; a name costs a dict lookup.
    Raises ValueError for an unknown medium or state, a ``start`` that is not a sound record of the medium, or
    operations that are not a sequence.
    """
    if isinstance(operations, str | bytes) or not isinstance(operations, Iterable):
        raise ValueError(f"operations must be a list of names or commands, not {brief(operations)}")
    checked(definition).medium(media)
    try:
        listed = tuple(operations)
    except OverflowError:
        raise ValueError(f"operations must be a list of names or commands, not {brief(operations)}") from None
    record = _start(media, listed, start, definition)
    return _Run(listed, record, definition).judge(record, skip=int(_is_birth(listed, start, media, definition)))


def starting_in(media: str, state: str, *, agent: str = AGENTS[0], definition: Definition = GWS) -> Interaction:
    """An interaction that stands in ``state``, with ``agent`` as its holder or invitee. Raises ValueError."""
    wanted = known_state(state)
    if wanted not in definition.medium(media).states:
        known = ", ".join(definition.medium(media).states)
        raise ValueError(f"{a_(media)} is never {wanted}; its states are {known}")
    return standing(SEQUENCE, media, wanted, agent, WorkbinPlace("workbin-1"))


def _start(
    media: str, operations: Sequence[Operation], start: str | Interaction | None, definition: Definition
) -> Interaction:
    if isinstance(start, Interaction):
        if (unfit := misfit(start, definition)) is not None:
            raise ValueError(f"start is unsound: its {unfit} is {brief(getattr(start, unfit, start))}")
        if start.media != media:
            raise ValueError(f"start is {a_(start.media)}, not {a_(media)}")
        return start
    if start is not None and not isinstance(start, str):
        raise ValueError(f"start must be a state or an Interaction, not {brief(start)}")
    if _is_birth(operations, start, media, definition):
        first = operations[0]
        example = Create(by=AGENTS[0], media=media, new_id="sequence", queue_name="queue")
        return begin(first if isinstance(first, Create | Submit) else example, definition=definition)
    return starting_in(media, start or State.QUEUED, definition=definition)


def _is_birth(operations: Sequence[Operation], start: object, media: str, definition: Definition) -> bool:
    """Whether the sequence begins with the creation of the interaction; a faulty one is judged like the rest."""
    first = operations[0] if operations and start is None else None
    if first == "Create":
        return definition.media[media].creates is not None
    return isinstance(first, Create | Submit) and first.media == media and _refused_birth(first, definition) is None


def _refused_birth(command: Create | Submit, definition: Definition) -> Refusal | None:
    try:
        begin(command, definition=definition)
    except RefusedError as error:
        return error.refusal
    return None


def _command(operation: object, record: Interaction, definition: Definition) -> Command:
    if isinstance(operation, str):
        return by_name(operation, record, definition=definition)
    return operation if isinstance(operation, Command) else Custom(operation=cast(str, operation))


class _Run:
    __slots__ = ("_definition", "_edges", "_known", "_operations", "_rows", "_violations")

    def __init__(self, operations: Sequence[Operation], record: Interaction, definition: Definition) -> None:
        self._operations = operations
        self._definition = definition
        self._violations = Violations(operations, definition)
        self._edges: set[Edge] = set()
        self._rows: dict[Interaction, _Row] = {}
        self._known: dict[tuple[Interaction, str], tuple[Edge, Interaction]] = {}
        if record.id == SEQUENCE:
            self._known = TRANSITIONS.kept(definition)

    def judge(self, record: Interaction, skip: int) -> Verdict:
        numbered = enumerate(self._operations)
        states = {record.state}
        if skip:
            next(numbered)
        record, first = self._judge_names(record, numbered)
        if first is not None:
            record = self._judge_commands(record, first, numbered, states)
        medium, edges = self._definition.media[record.media], self._definition.edges(record.media)
        states |= {row.record.state for row in self._rows.values()}
        coverage = Coverage(frozenset(self._edges), frozenset(states), len(edges), len(medium.states))
        return Verdict(self._violations, record.state, coverage)

    def _judge_names(
        self, record: Interaction, numbered: Iterator[tuple[int, Operation]]
    ) -> tuple[Interaction, int | None]:
        """The record at the end and None, or the record at the first operation that is not a name, and its index."""
        add = self._violations._add
        row = self.row(plain(record))
        index = -1
        try:
            for index, operation in numbered:
                following = row[operation]
                if following is None:
                    add(index, row.record)
                else:
                    row = following
        except (_NoNameError, TypeError):  # TypeError: it cannot even be looked up
            return record if row.record == plain(record) else row.record, index
        return row.record, None

    def _judge_commands(
        self, record: Interaction, first: int, numbered: Iterator[tuple[int, Operation]], states: set[State]
    ) -> Interaction:
        for index, operation in chain([(first, self._operations[first])], numbered):
            if record.state.is_final and self._begins_another(operation, record):
                record = begin(operation, definition=self._definition)
            else:
                command = _command(operation, record, self._definition)
                arc = follow(record, command, definition=self._definition)
                if arc is None:
                    self._violations._add(index, record)
                    continue
                self._edges.add(arc.edge)
                record = arc.target
            states.add(record.state)
        return record

    def _begins_another(self, operation: Operation, record: Interaction) -> TypeGuard[Create | Submit]:
        if not isinstance(operation, Create | Submit) or operation.media != record.media:
            return False
        return _refused_birth(operation, self._definition) is None

    def row(self, record: Interaction) -> "_Row":
        """Where names lead from ``record``, which must be plain."""
        row = self._rows.get(record)
        if row is None:
            row = self._rows[record] = _Row(self, record)
        return row

    def follow(self, record: Interaction, operation: str) -> "_Row | None":
        """The row after ``operation``, and its edge noted as covered; None if it is refused."""
        found = self._known.get((record, operation))
        if found is None:
            found = _transition(record, operation, self._definition)
            if found is None:
                return None
            self._known[record, operation] = found
        self._edges.add(found[0])
        return self.row(found[1])


TRANSITIONS: Derived[tuple[Interaction, str], tuple[Edge, Interaction]] = Derived(
    lambda definition, key: _transition(*key, definition)  # type: ignore[arg-type, return-value]
)
"""Where the names that were met lead, from the few records that sequences of names can have."""


def _transition(record: Interaction, operation: str, definition: Definition) -> tuple[Edge, Interaction] | None:
    arc = follow(record, by_name(operation, record, definition=definition), definition=definition)
    return None if arc is None else (arc.edge, plain(arc.target))


class _NoNameError(Exception):
    """The operation is not a string: from here on records are needed."""


class _Row(dict[Operation, "_Row | None"]):
    """Where each name leads from one record; None where it is refused. Filled when a name is first met in this run."""

    __slots__ = ("_run", "record")

    def __init__(self, run: _Run, record: Interaction) -> None:
        self._run = run
        self.record = record

    def __missing__(self, operation: object) -> "_Row | None":
        if not isinstance(operation, str):
            raise _NoNameError
        row = self[operation] = self._run.follow(self.record, operation)
        return row
