"""A medium as an SCXML document that any processor runs, in whatever language its expressions are written.

SCXML leaves the language of expressions to the processor: ECMAScript for most, Python for those in Python. What stands
here is kept to what both read alike: names, strings, ``==`` and ``!=`` with null, ``&&`` and ``||``, and nothing that
is called. Neither language has a test of membership that the other shares, so a list of agents is a row of variables,
``holder1`` to ``holder4``, filled from the front; an empty string is nobody. That bounds how many there can be.

The rest is as in the exported XState machine: a transition for each edge and target, in order, and after an edge that
others follow one without target and content, which is taken where the edge is meant and cannot be done.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import wrap
from xml.sax.saxutils import quoteattr

from ixnstate.commands import OPERATIONS
from ixnstate.definition import AS_BEFORE, Definition, Edge, Medium, checked, known_state
from ixnstate.export.meanings import SCXML_LIMITS
from ixnstate.export.portable import parameters, profile_of
from ixnstate.table import GWS
from ixnstate.vocabulary import Does, State, When, Who

PLACES = 4
"""How many agents can hold it, can be invited, and how many documents can be attached."""

_NAMESPACE = "http://www.w3.org/2005/07/scxml"
_PLACE = {"atWorkbin": "workbin", "atAgentGroup": "agentGroup", "atPlaceGroup": "placeGroup", "atOwner": "owner"}
"""Where it is, with the arguments that name it. Some processors take a name for an argument's before the data model's,
so none is used twice."""
_NOBODY = "''"


def scxml(media: str, *, start: str = State.QUEUED, definition: Definition = GWS) -> str:
    """The medium as an SCXML document that begins in ``start``. Raises ValueError for an unknown medium or state.

    Events are the operations; their data are the arguments, with ``interaction``, the id. The data model has who holds
    it and who is invited, where it is, and ``accepted``: how many events were not refused.
    """
    medium = checked(definition).medium(media)
    if (initial := known_state(start)) not in medium.states:
        raise ValueError(f"no {media} is ever in state {initial}")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        *_comment(medium, definition),
        f'<scxml xmlns="{_NAMESPACE}" version="1.0" name="{media}" initial="{initial}" datamodel="ecmascript">',
        "  <datamodel>",
        '    <data id="accepted" expr="0"/>',
        *(f'    <data id="{name}" expr="{_NOBODY}"/>' for name in _VARIABLES),
        "  </datamodel>",
    ]
    for state in medium.states:
        if state.is_final:
            lines.append(f'  <final id="{state}"/>')
        else:
            lines += [f'  <state id="{state}">', *_transitions(state, medium, definition), "  </state>"]
    return "\n".join([*lines, "</scxml>", ""])


def limits() -> dict[str, str]:
    """What the documents do not express, as they say it themselves."""
    return {what: text.format(agents=PLACES) for what, text in SCXML_LIMITS.items()}


def _comment(medium: Medium, definition: Definition) -> Iterator[str]:
    choices = ", ".join(f"{name}={value}" for name, value in profile_of(definition).items())
    yield f"<!-- {medium.name}: generated from the definitions of the Python library ixnstate; do not edit."
    yield f"     definition {definition.fingerprint}"
    yield from (f"     {line}" for line in wrap(f"profile {choices}", 110))
    yield "     What this document does not express:"
    for what, text in limits().items():
        yield from (f"     {line}" for line in wrap(f"- {what}: {text}", 110))
    yield "-->"


def _transitions(state: State, medium: Medium, definition: Definition) -> Iterator[str]:
    edges = [edge for edge in definition.edges(medium.name) if edge.source is state]
    for number, edge in enumerate(edges):
        given = [*_in_order(edge.operation, medium)]
        meant = [*_WHO[edge.who], *_WHEN[edge.when]]
        for target in definition.targets(medium.name, edge):
            here = [] if edge.target is not None else [_resuming(target, medium)]
            cond = _and([*given, *meant, *here, *_possible(edge)])
            to = "" if target is edge.source else f' target="{target}"'
            yield f'    <transition event="{edge.operation}"{cond}{to}>'
            yield from (f"      {line}" for line in _content(edge))
            yield "    </transition>"
        if any(later.operation == edge.operation for later in edges[number + 1 :]):
            yield f'    <transition event="{edge.operation}"{_and([*given, *meant])}/>'


# === expressions ====================================================================================================


def _row(name: str) -> list[str]:
    return [f"{name}{number}" for number in range(1, PLACES + 1)]


_HOLDERS, _INVITED, _DOCUMENTS = _row("holder"), _row("invited"), _row("document")
_VARIABLES = (*_HOLDERS, *_INVITED, *_DOCUMENTS, *_PLACE, "resume")


def _data(name: str) -> str:
    return f"_event.data.{name}"


def _given(name: str) -> str:
    return f"{_data(name)} != null"


def _among(name: str, *rows: list[str]) -> str:
    return f"({' || '.join(f'{each} == {_data(name)}' for row in rows for each in row)})"


def _not_among(name: str, *rows: list[str]) -> str:
    return f"({' && '.join(f'{each} != {_data(name)}' for row in rows for each in row)})"


def _room(row: list[str]) -> str:
    return f"{row[-1]} == {_NOBODY}"


def _and(terms: Iterable[str]) -> str:
    joined = " && ".join(dict.fromkeys(terms))
    return f" cond={quoteattr(joined)}" if joined else ""


def _in_order(operation: str, medium: Medium) -> Iterator[str]:
    """That what must be given is given; whether it is of its kind no expression of both languages can say."""
    taken = parameters(operation, medium)
    yield from (_given(each["name"]) for each in taken if each["required"])
    if targets := [each["name"] for each in taken if each["target"]]:
        yield f"({' != '.join(f'({_given(name)})' for name in targets)})"


def _resuming(target: State, medium: Medium) -> str:
    if target is medium.active:
        return f"(resume == {_NOBODY} || resume == '{target}')"
    return f"resume == '{target}'"


_WHO: Mapping[Who, list[str]] = {
    Who.PLATFORM: [],
    Who.HOLDER: [_among("by", _HOLDERS)],
    Who.INVITEE: [_among("by", _INVITED)],
    Who.ANYONE: [],
}
_OTHERS = f"{_HOLDERS[1]} != {_NOBODY}"
_WHEN: Mapping[When, list[str]] = {
    When.ALWAYS: [],
    When.TO_AGENT: [_given("targetAgent")],
    When.TO_QUEUE: [_given("targetQueue")],
    When.INTO_QUEUE: [_given("queueName")],
    When.OTHERS_REMAIN: [_OTHERS],
    When.TO_AGENT_OTHERS_REMAIN: [_given("targetAgent"), _OTHERS],
    When.OF_INVITEE: [_given("agent"), _among("agent", _INVITED)],
    When.OF_ONE_HOLDER: [_given("agent"), _among("agent", _HOLDERS), _OTHERS],
    When.GIVER_HOLDS: [f"{_HOLDERS[0]} != {_NOBODY}"],
    When.FOR_OWNER: [_given("owner"), f"{_data('owner')} != {_data('by')}"],
    When.IN_GROUP: [f"({_given('agentGroup')} || {_given('placeGroup')})"],
}


def _either(names: Iterable[str]) -> str:
    return f"({' || '.join(names)})"


_NAMED = _either(map(_data, [*_PLACE.values()][1:]))
_KEPT = _either([*_PLACE][1:])
_TARGET_IS_NEW = _not_among("targetAgent", _HOLDERS, _INVITED)
_ELSEWHERE = _either(f"{name} != {_data(argument)}" for name, argument in _PLACE.items())
_IN_THAT = (
    f"({_data('workbin')} == null || ({_data('workbin')} == atWorkbin"
    f" && ({_NAMED} == null || {_KEPT} == null || {_NAMED} == {_KEPT})))"
)
_POSSIBLE: Mapping[Does, list[str]] = {
    Does.JOIN: [_room(_HOLDERS)],
    Does.HAND_OVER: [_TARGET_IS_NEW],
    Does.OFFER_ON: [_TARGET_IS_NEW],
    Does.REPLACE: [_not_among("targetAgent", _HOLDERS)],
    Does.PASS_ON: [_TARGET_IS_NEW, _room(_INVITED)],
    Does.ASK: [_TARGET_IS_NEW, _room(_INVITED)],
    Does.CONSULT: [_TARGET_IS_NEW, _room(_INVITED)],
    Does.REMOVE: [f"{_data('targetAgent')} != {_data('by')}", _among("targetAgent", _HOLDERS, _INVITED)],
    Does.STORE: [_ELSEWHERE],
    Does.TAKE: [_IN_THAT],
    Does.ATTACH: [_either([_room(_DOCUMENTS), _among("documentId", _DOCUMENTS)])],
    Does.DETACH: [_among("documentId", _DOCUMENTS)],
    Does.SPAWN: [f"{_data('newId')} != {_data('interaction')}"],
}


def _possible(edge: Edge) -> list[str]:
    """That the effect is not refused."""
    if edge.who is Who.PLATFORM and edge.does in (Does.DECLINE, Does.RELEASE) and edge.operation in _OF_AGENTS:
        row = _INVITED if edge.does is Does.DECLINE else _HOLDERS
        return [f"({_data('agent')} == null || {_among('agent', row)})"]
    return _POSSIBLE.get(edge.does, [])


_OF_AGENTS = frozenset(name for name, command in OPERATIONS.items() if hasattr(command, "agent"))

# === what happens ===================================================================================================


def _content(edge: Edge) -> Iterator[str]:
    yield _assign("accepted", "accepted + 1")
    yield from _EFFECTS.get(edge.does, _stays)(edge)


def _assign(name: str, value: str) -> str:
    return f"<assign location={quoteattr(name)} expr={quoteattr(value)}/>"


def _stays(edge: Edge) -> Iterator[str]:
    del edge
    yield from ()


def _move(
    edge: Edge, *, holder: str | None = _NOBODY, invited: str = _NOBODY, place: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The state changes: one agent holds it, nobody, or with None those who did; one is invited, or nobody."""
    for row, first in ((_HOLDERS, holder), (_INVITED, invited)):
        if first is not None:
            yield from (_assign(name, first if name == row[0] else _NOBODY) for name in row)
    yield from (_assign(name, (place or {}).get(name, _NOBODY)) for name in _PLACE)
    if edge.resumes != AS_BEFORE:
        yield _assign("resume", f"'{edge.resumes or ''}'")


def _remove(row: list[str], who: str) -> Iterator[str]:
    """Those behind move up."""
    for number, name in enumerate(row):
        cond = quoteattr(f"{name} == {who}")
        yield f"<if cond={cond}>" if number == 0 else f"<elseif cond={cond}/>"
        behind = [*row[number + 1 :], _NOBODY]
        yield from (f"  {_assign(one, other)}" for one, other in zip(row[number:], behind, strict=True))
    yield "</if>"


def _add(row: list[str], who: str) -> Iterator[str]:
    for number, name in enumerate(row):
        cond = quoteattr(f"{name} == {_NOBODY}")
        yield f"<if cond={cond}>" if number == 0 else f"<elseif cond={cond}/>"
        yield f"  {_assign(name, who)}"
    yield "</if>"


def _leaves(who: str) -> Iterator[str]:
    yield from _remove(_HOLDERS, who)
    yield from _remove(_INVITED, who)


def _acting(edge: Edge) -> str:
    return _data("agent" if edge.who is Who.PLATFORM else "by")


def _decline(edge: Edge) -> Iterator[str]:
    if edge.target is edge.source:
        return _leaves(_acting(edge))
    return _move(edge, holder=None)


def _join(edge: Edge) -> Iterator[str]:
    yield from _remove(_INVITED, _data("by"))
    yield from _add(_HOLDERS, _data("by"))


def _pass_on(edge: Edge) -> Iterator[str]:
    yield from _leaves(_data("by"))
    yield from _add(_INVITED, _data("targetAgent"))


def _attach(edge: Edge) -> Iterator[str]:
    yield from _remove(_DOCUMENTS, _data("documentId"))
    yield from _add(_DOCUMENTS, _data("documentId"))


_EFFECTS: Mapping[Does, Callable[[Edge], Iterator[str]]] = {
    Does.KEEP: lambda edge: _move(edge, holder=None),
    Does.OFFER: lambda edge: _move(edge, invited=_data("agent")),
    Does.HOLD: lambda edge: _move(edge, holder=_data("by")),
    Does.JOIN: _join,
    Does.DECLINE: _decline,
    Does.RELEASE: _move,
    Does.DROP_OUT: lambda edge: _leaves(_acting(edge)),
    Does.HAND_OVER: lambda edge: _move(edge, invited=_data("targetAgent")),
    Does.OFFER_ON: lambda edge: _move(edge, holder=None, invited=_data("targetAgent")),
    Does.REPLACE: lambda edge: _move(edge, holder=_data("targetAgent")),
    Does.PASS_ON: _pass_on,
    Does.ASK: lambda edge: _add(_INVITED, _data("targetAgent")),
    Does.CONSULT: lambda edge: _add(_INVITED, _data("targetAgent")),
    Does.REMOVE: lambda edge: _leaves(_data("targetAgent")),
    Does.STORE: lambda edge: _move(edge, place={name: _data(argument) for name, argument in _PLACE.items()}),
    Does.TAKE: lambda edge: _move(edge, holder=_data("by")),
    Does.SEND: _move,
    Does.ATTACH: _attach,
    Does.DETACH: lambda edge: _remove(_DOCUMENTS, _data("documentId")),
}
"""What of an effect the data model keeps; the other effects change nothing in it."""
