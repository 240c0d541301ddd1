"""Why nothing fits: what was believed of an interaction before a line, and what of the line rules each of it out.

A finding says what is wrong in the likeliest case. Here stands the rest of the argument, for whoever doubts it: the
line contradicts the belief because it contradicts each candidate. A message shows an agent a state: in a candidate it
is ruled out if another one is the next that the agent is to be shown, and no step that may go unseen leads to it. A
request that was done is ruled out in a candidate that refuses it.
"""

from collections.abc import Callable, Iterable

from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.trace.candidate import ADDED, REMOVED, SUBSCRIBERS, Candidate
from ixnstate.trace.unobserved import Unobserved
from ixnstate.vocabulary import State

Alternatives = tuple[tuple[str, str], ...]
"""For each candidate what it says, and what rules it out."""

MAX_ALTERNATIVES = 20
"""How many candidates a finding lists: the likeliest."""


def of_message(
    candidates: Iterable[Candidate],
    agent: str | None,
    word: str,
    unrecorded: Unobserved,
    seen: Callable[[Interaction], str | None],
) -> Alternatives:
    """Why a message that shows an agent ``word`` fits none of these. ``seen`` says which state of a record they see."""
    return _each(candidates, lambda each: _not_shown(each, agent, word, unrecorded, seen(each.record)))


def of_request(candidates: Iterable[Candidate], refusal: Callable[[Candidate], Refusal | None]) -> Alternatives:
    """Why a request that was done is legal in none of these; ``refusal`` is that of one."""
    return _each(candidates, lambda candidate: _refused(refusal(candidate)))


def of_refusal(candidates: Iterable[Candidate], number: int) -> Alternatives:
    """Why a request, whose number this is in each of these, cannot have been refused."""
    why = "the request has been carried out in it, as messages have shown"
    return _each((each for each in candidates if number in each.done), lambda _: why)


def _each(candidates: Iterable[Candidate], why: Callable[[Candidate], str]) -> Alternatives:
    found = dict[str, str]()
    for candidate in candidates:
        found.setdefault(story(candidate), why(candidate))
        if len(found) == MAX_ALTERNATIVES:
            break
    return tuple(found.items())


def story(candidate: Candidate) -> str:
    """What a candidate, in which agents have names, says of the interaction."""
    record = candidate.record
    place = f" {record.workbin.id}" if record.workbin is not None and record.state is State.IN_WORKBIN else ""
    having = [f"with {' and '.join(record.holders)}"] if record.holders else []
    invited = [f"{' and '.join(record.invited)} invited"] if record.invited else []
    told = [f"{agent} still to be shown {', then '.join(waiting)}" for agent, waiting in _waiting(candidate)]
    return ", ".join([f"the {record.media} is in state {record.state}{place}", *having, *invited, *told])


def _waiting(candidate: Candidate) -> Iterable[tuple[str, tuple[str, ...]]]:
    return ((agent, queue[1:]) for agent, queue in candidate.outboxes if agent != SUBSCRIBERS and queue[1:])


def _not_shown(candidate: Candidate, agent: str | None, word: str, unrecorded: Unobserved, seen: str | None) -> str:
    waiting = dict(_waiting(candidate))
    if word in (ADDED, REMOVED):
        event = "put it into a workbin" if word == ADDED else "taken it out of a workbin"
        return f"nothing has {event}, and no step that may go unseen does: {_who(unrecorded)}"
    if agent is not None and agent in waiting:
        return f"the next state that {agent} is shown is {waiting[agent][0]}, and messages to an agent keep their order"
    having = f"{agent} does not have it" if seen is None else f"{agent} is shown state {seen}"
    now = f"it is in state {candidate.record.state}" if agent is None else having
    return f"{now}, and no step that may go unseen leads to {word}: {_who(unrecorded)}"


def _who(unrecorded: Unobserved) -> str:
    if unrecorded.others:
        return "the platform and agents who are not recorded may take one"
    return "the platform alone may take one" if unrecorded.begun else "every step is recorded"


def _refused(refusal: Refusal | None) -> str:
    return "nobody knows what it does" if refusal is None else refusal.why({"by": "agent"})
