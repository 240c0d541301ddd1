"""What differs between an implementation and the model: how it is told, and which action is to blame for it."""

from collections.abc import Container, Mapping, Sequence
from typing import Any, NoReturn

from ixnstate.commands import Offer
from ixnstate.model import Interaction
from ixnstate.testing import drivers, leeway
from ixnstate.testing.coverage import Coverage
from ixnstate.testing.details import is_alike
from ixnstate.testing.differing import (
    Difference,
    NonconformanceError,
    exception_kind,
    lists_differ,
    named,
    operation_of,
    raised,
)
from ixnstate.testing.drivers import Ability, Blocking, DriverError, Told
from ixnstate.testing.forms import Scope
from ixnstate.testing.model import Action, AtOnce, Expected, Model, is_signal
from ixnstate.vocabulary import RefusalCode

HIDDEN = "leads elsewhere, as what comes after it shows"


class Differing:
    """What a bench knows. Differences that are not looked past are raised; the others are kept in ``met``."""

    subject: Blocking
    scope: Scope
    model: Model
    coverage: Coverage
    faults: Container[str]
    expected: Expected

    def __init__(self) -> None:
        self.done: list[Action] = []
        self.history: list[Expected] = []
        """What had to come of each action that was compared."""
        self.ids: dict[str, str] = {}
        """By the interaction's name in actions, its id in the implementation."""
        self.names: dict[str, str] = {}
        self.met: list[Difference] = []
        self.notes: list[Difference] = []
        self.references: set[int] = set()
        self.astray: set[str] = set()
        """The interactions that do not stand as the model's do, by what was seen after the last action."""
        self.hidden: dict[str, Expected] = {}
        """By interaction that nobody is shown: the action since which that is so."""
        self.stale: dict[tuple[str, str], tuple[str | None, str | None]] = {}
        """By interaction and agent: what they should be shown and are shown since a difference, which was told."""
        self._gaps: set[tuple[str, str, str]] = set()
        """What differs for as long as nothing changes: it is told once."""

    def can(self, ability: Ability) -> bool:
        """Whether the driver can do it."""
        return ability not in self.scope.lacks

    # --- what differs -----------------------------------------------------------------------------------------------

    def _differ(
        self, expected: Expected, aspect: str, wanted: object, found: object, what: str, *, where: str | None = None,
        blocks: bool = False,
    ) -> None:  # fmt: skip
        culprit = self._culprit(expected) if blocks else None
        if culprit is not None:
            aspect, what = f"{operation_of(expected.action)} after it: {aspect}", HIDDEN
            expected = culprit
        elif blocks and expected.refusal is None:
            self.subject.known.broken.add(operation_of(expected.action))
        difference = self._difference(expected, aspect, wanted, found, what, where=where, blocks=blocks)
        if difference.cause not in self.faults:
            raise NonconformanceError(difference, tuple(self.done))
        self.met.append(difference)

    def _difference(
        self, expected: Expected, aspect: str, wanted: object, found: object, what: str, *, where: str | None = None,
        blocks: bool = False,
    ) -> Difference:  # fmt: skip
        place = operation_of(expected.action) if where is None else where
        if where is None and isinstance(expected.action, AtOnce):
            operations = [command.operation for command in expected.action.commands]
            place = next((each for each in operations if f"{each}: {what}" in self.faults), place)
        past = dict.fromkeys(each.cause for each in self.met if each.what != what)
        index = len(self.done) - 1
        return Difference(index, expected, aspect, wanted, found, what, place, blocks=blocks, past=tuple(past))

    def _note(self, expected: Expected, aspect: str, wanted: object, found: object, what: str) -> None:
        place = operation_of(expected.action)
        self.notes.append(Difference(len(self.done) - 1, expected, aspect, wanted, found, what, place, is_open=True))

    def _gapes(
        self, expected: Expected, aspect: str, wanted: object, found: object, what: str, where: str | None
    ) -> None:
        """A difference that stays after every action until something changes: it is told once."""
        gap = aspect, str(wanted), str(found)
        if gap not in self._gaps:
            self._differ(expected, aspect, wanted, found, what, where=where)
            self._gaps.add(gap)

    def _of(self, method: str, *arguments: object) -> Any:
        """Ask the driver. An exception is an answer, too: the implementation does what it should not.

        But a signal of the platform, which nobody is answered, may be refused by one; and so may an unknown name.
        """
        try:
            return self.subject.ask(method, *arguments)
        except (NotImplementedError, DriverError):
            raise
        except Exception as error:
            if method in ("perform", "offer") and self._may_raise(error):
                return drivers.Reply(False, why=str(error))
            self._raised(method, error)

    def _of_each(self, method: str, questions: Sequence[tuple[object, ...]]) -> list[Any]:
        """Ask the driver for several things of one kind."""
        try:
            return self.subject.ask_each(method, questions)
        except (NotImplementedError, DriverError):
            raise
        except Exception as error:
            self._raised(method, error)

    def _may_raise(self, error: Exception) -> bool:
        """Whether an exception is as good as a refusal: of a signal, or where the driver knows no such name either."""
        refusal = self.expected.refusal
        if refusal is None or isinstance(error, OSError):
            return False
        return is_signal(self.expected.action) or refusal.code is RefusalCode.NOT_FOUND

    def _raised(self, method: str, error: Exception) -> NoReturn:
        """An exception where there must be none: after it nobody knows how anything stands."""
        difference = self._difference(
            self.expected, f"{method} of the driver", "an answer", raised(error), exception_kind(error), blocks=True
        )
        raise NonconformanceError(difference, tuple(self.done)) from error

    def _culprit(self, expected: Expected) -> Expected | None:
        """The action before, if nobody could see what came of it until now, and this one is not known to fail."""
        before = self.hidden.get(getattr(expected.action, "interaction", None) or "")
        if before is None or before.before is None:
            return None
        is_telling = expected.refusal is None or isinstance(expected.action, Offer)
        return before if is_telling and operation_of(expected.action) not in self.subject.known.broken else None

    def _is_alike(self, name: str, wanted: object, found: Any) -> bool:
        if name == "parentId":
            found = self.names.get(found, found)
        return bool(wanted == found) or is_alike(name, wanted, found, self.model.center.agents)

    def _compare_list(
        self, expected: Expected, aspect: str, about: Told | Interaction, where: str,
        wanted: tuple[str, ...] | None, found: tuple[str, ...] | None,
    ) -> None:  # fmt: skip
        if not self.can(Ability.CAPABILITIES):
            return
        if found is None and wanted and not self.subject.known.tells_lists:
            if isinstance(about, Interaction):
                self.coverage.showed(about.media, "capabilities", is_hidden=True)
            return
        if (not wanted and not found) or leeway.is_documented(self.scope.definition, about, found):
            what = "a list that another page prints, or none for an empty one"
            self._note(expected, aspect, named(wanted), named(found), what)
        else:
            self._gapes(expected, aspect, named(wanted), named(found), lists_differ(wanted, found), where)

    def _compare_place(self, expected: Expected, record: Interaction, aspect: str, shown: Mapping[str, object]) -> None:
        """Whoever shows in which workbin an interaction lies must not do so when it lies there no more."""
        place = shown.get("workbin")
        if place and record.workbin is None:
            self._gapes(expected, aspect, None, place, "still shown in a workbin that it has left", None)
