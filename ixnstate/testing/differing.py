"""Differences between an implementation and the model, and what to call them.

A difference has a `cause`: what differs, and where (the operation, or the medium and state of a list). Differences of
one cause are one finding, whatever rule shows them; a bench can be told to look past a cause and to go on after it.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from sysconfig import get_paths
from traceback import extract_tb
from typing import Any, TypeAlias

import attrs

from ixnstate.refusals import Refusal
from ixnstate.testing import drivers
from ixnstate.testing.drivers import Seen, Told
from ixnstate.testing.model import Action, AtOnce, Expected
from ixnstate.values import Json, expect, frozen
from ixnstate.vocabulary import RefusalCode

Script: TypeAlias = tuple[Action, ...]


@frozen
class Difference:
    """One thing in which an implementation differs from the model: in which respect, and what was expected."""

    index: int
    """The place of the action in the script."""
    expected_of: Expected
    aspect: str
    """What was compared: ``notifications to a1``, ``view of a1 on x1: state``."""
    expected: Any
    found: Any
    what: str = ""
    """What differs, in words that do not depend on the rule: ``refused operations are done (final)``."""
    where: str = ""
    """The operation, or the medium and state of a list."""
    is_open: bool = False
    """Whether the documents leave it open."""
    blocks: bool = False
    """Whether the implementation is now in another state than the model was."""
    past: tuple[str, ...] = attrs.field(default=(), eq=False)
    """The causes that have been looked past before it."""

    @property
    def rule(self) -> str:
        """The rule that does not hold: ``workitem: Invited -Reject-> Queued``."""
        return self.expected_of.rule

    @property
    def cause(self) -> str:
        """The name by which a bench looks past it."""
        return f"{self.where}: {self.what}" if self.where else self.what

    @property
    def media(self) -> str:
        """The medium of the interaction, or ``workbin`` or ``time``."""
        return self.rule.partition(":")[0]

    @property
    def state(self) -> str | None:
        """The state in which the interaction was before the action."""
        before = self.expected_of.before
        return None if before is None else before.state.value

    def __str__(self) -> str:
        return f"{self.rule}: {self.aspect}: expected {said(self.expected)}, found {said(self.found)}"


class NonconformanceError(AssertionError):
    """Raised where an implementation differs from the model. ``difference`` says how, ``script`` what was done."""

    def __init__(self, difference: Difference, script: Script) -> None:
        expect("difference", difference, Difference)
        super().__init__(str(difference))
        self.difference = difference
        self.script = script


class Everything:
    """A container of every name: a bench that is given this looks past every cause."""

    def __contains__(self, _: object) -> bool:
        return True


def operation_of(action: Action) -> str:
    """The operation of an action: ``Accept``; ``time`` where time passes."""
    if isinstance(action, AtOnce):
        return " and ".join(sorted({command.operation for command in action.commands})) + " at once"
    return getattr(action, "operation", "time")


# === in words =======================================================================================================


def said(value: Any) -> str:
    """A value as a sentence shows it."""
    if isinstance(value, Told):
        of = f" of {value.interaction}" if value.interaction else ""
        return f"{value.kind}{of}" + (f": {value.state}" if value.state else "")
    if isinstance(value, Seen):
        return f"{value.state} {named(value.capabilities)}"
    if value is None or value == ():
        return "nothing"
    return str(value)


def named(capabilities: tuple[str, ...] | None) -> str:
    """A list of capabilities: ``no list shown`` is not ``[]``, an empty list."""
    return "(no list shown)" if capabilities is None else f"[{', '.join(capabilities)}]"


def outcome(reply: drivers.Reply, why: Refusal | str | None) -> str:
    """A reply as a sentence shows it."""
    if reply.ok:
        return "done"
    return f"refused with {reply.status_code}" + (f" ({why})" if why else "")


def reply_differs(expected: Expected, found: drivers.Reply) -> str:
    """What differs where an operation is done that must be refused, or the other way round."""
    if expected.refusal is not None:
        return f"refused operations are done ({_REASONS[expected.refusal.code]})"
    code = "" if found.status_code is None else f" with {found.status_code}"
    return f"legal operations are refused{code}"


_REASONS = {
    RefusalCode.UNKNOWN_OPERATION: "unknown ones",
    RefusalCode.FEATURE_DISABLED: "switched off",
    RefusalCode.ILLEGAL: "in a state where they are illegal",
    RefusalCode.FINAL: "in a state where they are illegal",
    RefusalCode.STALE: "stale ones",
    RefusalCode.NOT_HOLDER: "by an agent who may not",
    RefusalCode.NO_PERMISSION: "by an agent who may not",
    RefusalCode.MISSING_PARAMETER: "with an argument missing or wrong",
    RefusalCode.INVALID_PARAMETER: "with an argument missing or wrong",
    RefusalCode.NOT_FOUND: "of what does not exist",
}


def lists_differ(wanted: tuple[str, ...] | None, found: tuple[str, ...] | None) -> str:
    """What differs between two lists of capabilities."""
    if wanted is None or found is None:
        return f"capabilities: {named(found)} instead of {named(wanted)}"
    lacking, surplus = [each for each in wanted if each not in found], [each for each in found if each not in wanted]
    parts = [*([f"lack {', '.join(lacking)}"] if lacking else []), *([f"show {', '.join(surplus)}"] if surplus else [])]
    return f"capabilities {' and '.join(parts) or 'are in another order'}"


def data_differ(wanted: dict[str, Json], found: dict[str, Json]) -> str:
    """What differs between two mappings of user data."""
    if set(wanted) - set(found):
        return "user data lack keys" if not set(found) - set(wanted) else "user data have other keys"
    return "user data have keys too many" if set(found) - set(wanted) else "user data have other values"


def message(told: Told | None) -> str:
    """The kind of a message: ``StatusChange Completed``."""
    return "nothing" if told is None else told.kind + (f" {told.state}" if told.state else "")


# === exceptions =====================================================================================================

_PATHS = get_paths()
_NOT_THE_USERS = (*{_PATHS["stdlib"], _PATHS["purelib"], _PATHS["platlib"]}, str(Path(__file__).parents[1]))


def raised(error: BaseException) -> str:
    """An exception, with the place in the user's own file where it came from, if it came from there."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_NOT_THE_USERS)]
    if own or frames:
        frame = (own or frames)[-1]
        text += f" ({Path(frame.filename).name}, line {frame.lineno})"
    return text


def exception_kind(error: BaseException) -> str:
    """An exception without what varies in its text: numbers and names in quotes."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "...", str(error).partition("\n")[0])
    text = re.sub(r"\d+(\.\d+)?", "N", text)[:80]
    return f"no answer: {type(error).__name__}" + (f": {text}" if text else "")


class Known:
    """The causes that are known: a container. What is known in many operations is known in all."""

    def __init__(self, causes: Iterable[str] = ()) -> None:
        self._places: dict[str, set[str]] = {}
        for cause in causes:
            self.add(cause)

    def add(self, cause: str) -> None:
        """One more."""
        where, _, what = cause.partition(": ")
        self._places.setdefault(what, set()).add(where)

    def __contains__(self, cause: object) -> bool:
        where, _, what = str(cause).partition(": ")
        places = self._places.get(what, ())
        return where in places or len(places) > MANY


MANY = 3
"""What differs in the same way in more than so many operations (or lists) is one cause."""
