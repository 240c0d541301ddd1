"""Which cases are wanted: words that name an operation, a state, a medium, a kind of case, or a pattern of ids."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from ixnstate.commands import OPERATIONS
from ixnstate.table import GWS
from ixnstate.testing.suites import KINDS, Case
from ixnstate.vocabulary import State

_STATES = tuple(state.value for state in State)


def chosen(only: Iterable[str], skip: Iterable[str]) -> Callable[[Case], bool]:
    """Whether a case is wanted. Raises ValueError for a word that names nothing."""
    wanted, unwanted = [_test(each) for each in only], [_test(each) for each in skip]

    def is_wanted(case: Case) -> bool:
        return (not wanted or any(test(case) for test in wanted)) and not any(test(case) for test in unwanted)

    return is_wanted


def _test(word: str) -> Callable[[Case], bool]:
    if word in KINDS:
        return lambda case: case.kind == word
    if word in GWS.media:
        return lambda case: case.media == word
    if word in _STATES:
        return lambda case: f": {word} -" in case.id or case.id.partition("-> ")[2].startswith(word)
    if word in OPERATIONS:
        return lambda case: f"-{word}->" in case.id or f": {word}" in case.id or f" {word} by " in case.id
    if any(sign in word for sign in "*?["):
        return lambda case: fnmatchcase(case.id, word)
    known = (*KINDS, *OPERATIONS, *_STATES, *GWS.media)
    near = get_close_matches(word, known, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(
        f"{word!r} is not an operation, state, medium or kind of case, nor a pattern such as '*Reject*'{hint}"
    )
