"""What the documents leave open where an implementation is compared: another list, another order, another reason.

What these allow is noted, and is not a failure.
"""

from collections.abc import Sequence

from ixnstate.commands import Accept, Reject
from ixnstate.definition import Definition
from ixnstate.model import Interaction
from ixnstate.testing.drivers import Told
from ixnstate.testing.model import Expected
from ixnstate.views import documented
from ixnstate.vocabulary import Condition, Evidence, RefusalCode, State

STATE, NO_PERMISSION, NOT_FOUND, INVALID, NOT_SIGNED_IN = 2, 5, 6, 10, 20
"""Status codes (ReturnValues, 8.5.2)."""


def is_documented(definition: Definition, about: Told | Interaction, found: tuple[str, ...] | None) -> bool:
    """Whether a page prints the list for that state, though nothing here shows it; absent is as good as empty."""
    if about.state is None or about.media is None:
        return False
    wanted = about.capabilities if isinstance(about, Told) else ("",)
    if not wanted and not found:
        return True
    printed = {
        each.operations
        for each in definition.medium(about.media).lists
        if each.printed_under is not None and each.printed_under.value == about.state
    }
    return found in printed and found in documented(about.media, about.state, definition=definition).values()


def is_silent(expected: Expected) -> bool:
    """Whether no page says anything: about the edge, or about putting it where it lies already."""
    if expected.edge is not None:
        return expected.edge.evidence is Evidence.SILENT
    return expected.refusal is not None and expected.refusal.failed == Condition.ALREADY_THERE


def other_reasons(expected: Expected) -> tuple[int, ...]:
    """The status codes of the other reasons that there are to refuse it: no page says which comes first."""
    refusal = expected.refusal
    if (
        refusal is not None and refusal.failed == Condition.UNKNOWN_AGENT
    ):  # one who acts, and is not signed in; or is named
        return (STATE, NO_PERMISSION, INVALID, NOT_SIGNED_IN)
    if refusal is None or refusal.record is None:
        return ()
    is_stranger = refusal.agent not in (*refusal.record.holders, *refusal.record.invited)
    match refusal.code:
        case RefusalCode.FINAL:  # what has ended need not be kept
            return (NOT_FOUND, NO_PERMISSION) if is_stranger else (NOT_FOUND,)
        case RefusalCode.ILLEGAL:
            return (NOT_FOUND, NO_PERMISSION) if is_stranger else ()
        case RefusalCode.NOT_HOLDER:  # nobody is invited: then it is not in the state for an answer, either
            answers = isinstance(expected.action, Accept | Reject)
            return (STATE,) if answers and not refusal.record.invited else ()
        case RefusalCode.NOT_FOUND:  # pulled from where it is not: it may lie in another's workbin
            return (STATE, NO_PERMISSION, INVALID)
        case _:
            return ()


def is_welcome(expected: Expected) -> bool:
    """Whether the page shows all messages: of Accept, where a session begins (ChatAccept, 8.5.2)."""
    after = expected.after
    begins = after is not None and len(after.holders) == 1 and after.state is not State.LEFT_CHAT
    return begins and isinstance(expected.action, Accept)


def without_company(told: Sequence[Told]) -> list[Told]:
    """Drop participant updates that accompany a change of state: they carry no news."""
    changes = any(each.kind == "StatusChange" for each in told)
    return [each for each in told if not (changes and _is_company(each))]


def company(told: Sequence[Told]) -> str:
    """The messages that only say who takes part."""
    return ", ".join(each.kind for each in told if _is_company(each)) or "nothing"


def _is_company(told: Told) -> bool:
    return told.kind in ("ParticipantsUpdated", "NewMessages") and not told.text


def is_unsubscribed(told: Sequence[Told]) -> bool:
    """The answer to Unsubscribe: no page says whether one who was not subscribed is told that it failed."""
    return [each.kind for each in told] in (["Unsubscribed"], ["RequestFailed"])
