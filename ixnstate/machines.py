"""The lifecycle for those who live in the *transitions* library, and as diagrams. All of it is read off the edges.

`machine` gives a ``transitions.Machine`` for embedders who have model objects of their own. *transitions* itself
interprets what is legal: it keeps the state, finds the transitions of a trigger and tries them in their order. From the
step come only the leaves: whether an argument fits, what a condition means, what becomes of the holders. So the machine
is a second opinion on the state graph, and a test compares it with the step on every cell. It is not the fast way.

`mermaid` and `dot` draw a medium, `svg` renders it. All texts are stable: equal definitions have equal diagrams.
`xstate`, `scxml`, `typescript` and `document` are the lifecycle for other languages; they stand in `ixnstate.export`.
"""

import textwrap
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import attrs

from ixnstate.commands import command, fault_of
from ixnstate.definition import Definition, Derived, Edge, Medium, checked
from ixnstate.effects import EFFECTS, HOLDS
from ixnstate.evolving import replay
from ixnstate.export import document, scxml, typescript, xstate
from ixnstate.model import Interaction
from ixnstate.table import GWS
from ixnstate.values import brief, frozen
from ixnstate.vocabulary import Evidence, State, When, Who

if TYPE_CHECKING:
    from transitions import EventData, Machine

__all__ = ["document", "dot", "machine", "mermaid", "scxml", "svg", "typescript", "xstate"]

# === the machine ====================================================================================================

_KEPT: Mapping[str, object] = {"holders": (), "invited": (), "resume": None, "workbin": None, "attachments": ()}
"""The attributes of a model, besides its state, on which legality depends, and what they are where it has none."""


def machine(media: str, *, definition: Definition = GWS) -> "Machine":
    """The one machine of a medium under a definition, shared by all models. Raises ValueError for an unknown medium.

        >>> class Ticket: ...
        >>> ticket = Ticket()
        >>> tickets = machine("workitem")
        >>> tickets.add_model(ticket, initial="Queued")
        >>> ticket.trigger("Offer", agent="a1"), ticket.trigger("Accept", by="a1")
        (True, True)
        >>> ticket.trigger("Transfer", by="a2", target_queue="Out")  # not the holder
        False
        >>> ticket.state, ticket.holders
        ('Processing', ('a1',))

    The triggers are the operations, their keyword arguments the fields of the commands; the states are strings. A
    trigger that no edge allows in the state raises ``transitions.MachineError``, a name that the medium does not have
    AttributeError. A trigger gives back False, and changes nothing, if its arguments do not fit, if the agent neither
    holds the interaction nor is invited to it as the edge asks, or if no condition holds. ``may_trigger`` tells before.

    Besides ``state`` the machine keeps on the model what legality depends on: ``holders`` and ``invited`` (agents),
    ``resume`` (a state or None), ``workbin`` (a `WorkbinPlace` or None), ``attachments`` (document ids). With its first
    trigger a model gets those that it lacks, empty: give a model that begins in a held state its ``holders``. They are
    up to date when the callbacks for entering a state run. An operation that leaves the state as it is enters nothing.
    User data, content and the child of a reply are the model's own business; a model's ``id`` is looked at only so that
    a child does not get the same one.

    Three things are so in *transitions*. It sets attributes on the model, which therefore cannot be frozen or slotted
    (no record of this library can be one). It takes two models that compare equal for one, and ignores the second. And
    it holds its models: call ``remove_model`` for those that have ended. The machine is shared, so a callback that is
    added to it is there for all of its models. A model's own ``on_enter_...`` and ``on_exit_...`` methods are called
    for that model; models of other classes need not have them.
    """
    checked(definition).medium(media)
    return _MACHINES.of(definition, media)


def _built(definition: Definition, media: str) -> "Machine":
    from transitions import Machine

    class SharedMachine(Machine):
        """A machine whose models may be of several classes, each with the ``on_enter_...`` methods that it has."""

        @staticmethod
        def resolve_callable(func: Any, event_data: "EventData") -> Any:
            """*transitions* notes the names of these methods once for all models, and then demands them of each."""
            if isinstance(func, str) and func in _DYNAMIC and not hasattr(event_data.model, func):
                return _nothing
            return Machine.resolve_callable(func, event_data)

    return SharedMachine(
        model=None,
        states=[{"name": state.value, "final": state.is_final} for state in definition.medium(media).states],
        initial=State.QUEUED.value,
        transitions=[move.transition() for move in _moves(media, definition)],
        auto_transitions=False,
        queued=False,
        send_event=True,
        prepare_event=_complete,
        name=media,
    )


_MACHINES = Derived(_built)
_DYNAMIC = frozenset(f"{when}_{state.value}" for when in ("on_enter", "on_exit") for state in State)


def _nothing(*_: object, **__: object) -> None:
    """What a model does that has no such method."""


def _complete(event: "EventData") -> None:
    for name, value in _KEPT.items():
        if getattr(event.model, name, None) is None:
            setattr(event.model, name, value)


def _moves(media: str, definition: Definition) -> "Iterator[_Move]":
    earlier: dict[tuple[State, str], tuple[Edge, ...]] = defaultdict(tuple)
    for edge in definition.edges(media):
        for target in definition.targets(media, edge):
            yield _Move(media, definition, edge, target, earlier[edge.source, edge.operation])
        earlier[edge.source, edge.operation] += (edge,)


@frozen
class _Move:
    """One edge to one of its targets, as a transition. An edge that resumes has several; ``resume`` says which it is.

    The conditions are tried in their order; the first, whether the arguments are in order, lets the others rely on it.
    Of several edges the first that is meant decides, even where it then cannot be carried out: a transfer to somebody
    who is there already is refused, and no transfer of another kind. *transitions* would try the next one, hence
    ``unless``.
    """

    media: str
    definition: Definition = attrs.field(repr=False)
    edge: Edge
    target: State
    earlier: tuple[Edge, ...] = attrs.field(repr=False)

    def transition(self) -> dict[str, Any]:
        edge = self.edge
        return {
            "trigger": edge.operation,
            "source": edge.source.value,
            "dest": None if self.target is edge.source else self.target.value,
            "conditions": [self.is_in_order, self.is_meant, self.can_be_done],
            "unless": self.is_meant_earlier,
            "before": self.carry_out,
        }

    def is_in_order(self, event: "EventData") -> bool:
        lacking = self.definition.media[self.media].lacking(self.edge.operation)
        return fault_of(_command(event), lacking) is None

    def is_meant(self, event: "EventData") -> bool:
        record = self._record(event)
        leads_to = self.edge.target or record.resume or self.definition.media[self.media].active
        return leads_to == self.target and _decides(self.edge, record, _command(event))

    def is_meant_earlier(self, event: "EventData") -> bool:
        return any(_decides(edge, self._record(event), _command(event)) for edge in self.earlier)

    def can_be_done(self, event: "EventData") -> bool:
        return isinstance(self._outcome(event), tuple)

    def carry_out(self, event: "EventData") -> None:
        model: Any = event.model
        after = replay(self._outcome(event), start=self._record(event))
        model.holders, model.invited = after.holders, after.invited
        model.resume, model.workbin = after.resume, after.workbin
        model.attachments = tuple(each["id"] for each in after.content["attachments"])

    def _outcome(self, event: "EventData") -> Any:
        return EFFECTS[self.edge.does](self._record(event), _command(event), self.edge, self.definition)

    def _record(self, event: "EventData") -> Interaction:
        model: Any = event.model
        return Interaction(
            id=str(getattr(model, "id", "")),
            media=self.media,
            state=self.edge.source,
            holders=model.holders,
            invited=model.invited,
            workbin=model.workbin,
            resume=model.resume,
            content={"attachments": [{"id": each} for each in model.attachments]},
        )


def _command(event: "EventData") -> Any:
    assert event.event is not None
    return command(event.event.name, **event.kwargs)


def _decides(edge: Edge, record: Interaction, given: Any) -> bool:
    match edge.who:
        case Who.HOLDER:
            is_his = given.by in record.holders
        case Who.INVITEE:
            is_his = given.by in record.invited
        case Who.ANYONE:
            is_his = given.by is not None
        case Who.PLATFORM:
            is_his = True
    return is_his and HOLDS[edge.when](record, given)


# === diagrams =======================================================================================================
#
# Both draw alike: one arrow for what leads from one state to another, an operation a line. What leaves the state as it
# is stands inside the state (a session has thirty such operations; as a loop they would bury the rest).

_MARKS = {Evidence.INFERRED: "?", Evidence.SILENT: "??"}
_LINES = dict.fromkeys(Evidence, "dashed") | {Evidence.DOCUMENTED: "solid", Evidence.SILENT: "dotted"}


def mermaid(media: str, *, definition: Definition = GWS) -> str:
    """The medium as a mermaid ``stateDiagram-v2``. Raises ValueError for an unknown medium.

    Operations stand at the arrows; those that leave the state as it is stand inside it. In brackets: when, if the
    operation leads elsewhere too, or that it leads there because the interaction resumes that state. A mark behind an
    operation says how it is known: ? inferred, ?? silent.
    """
    medium = checked(definition).medium(media)
    arrows = _arrows(media, definition)
    lines = []
    for state in medium.states:
        if inside := _folded(arrows.get((state, state), {})):
            lines += [f"{state}: {line}" for line in (state, *inside)]
    lines += [f"[*] --> {state}: {name}" for name, state in _beginnings(medium)]
    for (source, target), taken in arrows.items():
        if source is not target:
            lines.append(f"{source} --> {target}: {'<br/>'.join(_marked(taken))}")
    lines += [f"{state} --> [*]" for state in medium.states if state.is_final]
    return "\n    ".join([f"---\ntitle: {media} (? is inferred, ?? silent)\n---\nstateDiagram-v2", *lines]) + "\n"


Taken = Collection[tuple[Edge, State]]
"""Edges that were taken, each with the state that it led to."""


def dot(media: str, *, definition: Definition = GWS, taken: Taken | None = None, seen: Collection[State] = ()) -> str:
    """The medium in Graphviz's DOT language: as `mermaid`, and how it is known is seen from the lines.

    Solid is documented, dashed captured or inferred (?), dotted silent (??). Arrows of the platform alone are grey,
    final states have a double border. With ``taken``, what was taken is green, with the states that were ``seen``, and
    everything else is pale. Raises ValueError for an unknown medium, and for what are not edges and states.
    """
    medium = checked(definition).medium(media)
    for edge, state in _pairs(taken):
        if not isinstance(edge, Edge) or not isinstance(state, State):
            raise ValueError(f"taken has pairs of an edge and a state, not {brief(taken)}")
    if not isinstance(seen, Collection) or not all(isinstance(state, str) for state in seen):
        raise ValueError(f"seen has states, not {brief(seen)}")
    arrows = _arrows(media, definition)
    paint = _Inked() if taken is None else _Painted(taken, seen, media, definition)
    lines = [*_STYLE]
    for state in medium.states:
        border = ", peripheries=2" if state.is_final else ""
        lines.append(_box(state, paint.parts(state, state, arrows.get((state, state), {})), paint.box(state) + border))
    lines += [f'start -> {state} [label=" {name} "]' for name, state in _beginnings(medium)]
    for (source, target), names in arrows.items():
        for line, alike in _alike(names) if source is not target else ():
            for colours, some in paint.parts(source, target, alike):
                label = "".join(f" {escape(name)} \\l" for name in _marked(some))
                lines.append(f'{source} -> {target} [label="{label}", style={line}{colours}]')
    return "\n  ".join([f'digraph "{media}" {{', *lines]) + "\n}\n"


def _pairs(taken: object) -> Iterable[tuple[object, object]]:
    """What was taken, two by two; what is not a pair does not fit."""
    if taken is None:
        return ()
    if not isinstance(taken, Collection) or isinstance(taken, range):
        return ((None, None),)
    return [pair if isinstance(pair, tuple) and len(pair) == 2 else (None, None) for pair in taken]


def _alike(names: Mapping[str, Edge]) -> Iterator[tuple[str, Mapping[str, Edge]]]:
    """The operations between two states, by the line that says how well they are known."""
    for line in dict.fromkeys(_LINES.values()):
        if alike := {name: edge for name, edge in names.items() if _LINES[edge.evidence] == line}:
            yield line, alike


class _Inked:
    """The colours of a diagram that only says what is legal."""

    def box(self, state: State) -> str:
        """The colours of a state."""
        del state
        return ""

    def parts(
        self, source: State, target: State, names: Mapping[str, Edge]
    ) -> Iterator[tuple[str, Mapping[str, Edge]]]:
        """The operations between two states, in groups of one colour."""
        is_grey = source is not target and all(edge.who is Who.PLATFORM for edge in names.values())
        yield (_GREY if is_grey else ""), names


class _Painted(_Inked):
    """The colours of a diagram that says what was taken."""

    def __init__(self, taken: Taken, seen: Collection[State], media: str, definition: Definition) -> None:
        self._names = {(edge.source, target, _name(edge, target, media, definition)) for edge, target in taken}
        self._states = {*seen, *(state for edge, target in taken for state in (edge.source, target))}

    def box(self, state: State) -> str:
        return _GREEN_BOX if state in self._states else _PALE_BOX

    def parts(
        self, source: State, target: State, names: Mapping[str, Edge]
    ) -> Iterator[tuple[str, Mapping[str, Edge]]]:
        for colours, wanted in ((_GREEN, True), (_PALE, False)):
            some = {name: edge for name, edge in names.items() if ((source, target, name) in self._names) is wanted}
            if some:
                yield colours, some


_STYLE = (
    'graph [fontname="Helvetica", nodesep=0.4, ranksep=0.6]',
    'node [fontname="Helvetica", fontsize=13, shape=box, style="rounded,filled", fillcolor="#f4f6fa", color="#44546a"]',
    'edge [fontname="Helvetica", fontsize=10, color="#44546a", arrowsize=0.8]',
    'start [label="", shape=circle, width=0.2, style=filled, fillcolor="#44546a"]',
)
_GREY = ', color="#a0a8b5", fontcolor="#6b778c"'
_GREEN = ', color="#1a7f37", fontcolor="#116329", penwidth=2'
_PALE = ', color="#c4cad4", fontcolor="#9aa3b2"'
_GREEN_BOX = ', fillcolor="#dafbe1", color="#1a7f37"'
_PALE_BOX = ', fillcolor="#fafbfc", color="#c4cad4", fontcolor="#6b778c"'


def _box(state: State, inside: Iterable[tuple[str, Mapping[str, Edge]]], style: str) -> str:
    lines = "".join(
        f'<br/><font point-size="10"{_font(colours)}>{escape(line)}</font>'
        for colours, names in inside
        for line in _folded(names)
    )
    return f"{state} [label=<<b>{state}</b>{lines}>{style}]"


def _font(colours: str) -> str:
    """The colour of a text in a label, out of the colours of an arrow."""
    colour = colours.partition('fontcolor="')[2].partition('"')[0]
    return f' color="{colour}"' if colour else ""


def svg(media: str, *, definition: Definition = GWS, taken: Taken | None = None, seen: Collection[State] = ()) -> str:
    """What `dot` draws, rendered. Raises ImportError if graphviz-pure (the extra ``diagrams``) is not installed."""
    import os
    import shutil
    import subprocess
    import sysconfig

    places = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)))
    program = shutil.which("graphviz-pure", path=places)
    if program is None:
        raise ImportError("rendering needs graphviz-pure: pip install 'ixnstate[diagrams]'")
    text = dot(media, definition=definition, taken=taken, seen=seen)
    command_line = [program, "-Tsvg"]
    return subprocess.run(command_line, input=text, capture_output=True, encoding="utf-8", check=True).stdout  # noqa: S603


# --- what both draw -------------------------------------------------------------------------------------------------

_Arrows = dict[tuple[State, State], dict[str, Edge]]
"""For each pair of states the operations that lead from one to the other; of several edges the best known."""


def _arrows(media: str, definition: Definition) -> _Arrows:
    arrows: _Arrows = {}
    for edge in sorted(definition.edges(media), key=lambda edge: list(State).index(edge.source)):
        for target in definition.targets(media, edge):
            taken = arrows.setdefault((edge.source, target), {})
            name = _name(edge, target, media, definition)
            taken[name] = min(taken.get(name, edge), edge, key=lambda each: list(Evidence).index(each.evidence))
    return arrows


def _name(edge: Edge, target: State, media: str, definition: Definition) -> str:
    """The operation; in brackets when, if it leads elsewhere too, and that it resumes a state other than the usual."""
    alike = (each for each in definition.edges(media) if each.source is edge.source)
    elsewhere = any(each.target is not edge.target for each in alike if each.operation == edge.operation)
    when = [edge.when.value] if elsewhere and edge.when is not When.ALWAYS else []
    if edge.target is None and target is not definition.media[media].active:
        when.append("resumes")
    return f"{edge.operation} ({', '.join(when)})" if when else edge.operation


def _beginnings(medium: Medium) -> list[tuple[str, State]]:
    return [("Submit", State.QUEUED)] + ([("Create", medium.creates)] if medium.creates else [])


def _marked(taken: Mapping[str, Edge]) -> list[str]:
    return [f"{name}{_MARKS.get(edge.evidence, '')}" for name, edge in taken.items()]


def _folded(names: Mapping[str, Edge]) -> list[str]:
    """What leaves a state as it is, in lines; no name is broken in two."""
    text = ", ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in _marked(names))
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in textwrap.wrap(text, 50, break_long_words=False)]
