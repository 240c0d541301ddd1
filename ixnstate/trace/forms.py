"""The form of a command: as much of it as decides what it does.

Commands of one form do the same to an interaction, so each form is worked out once.
"""

from collections.abc import Mapping
from typing import Any

from ixnstate.commands import OPERATIONS, Command, Kind, parameters_of
from ixnstate.definition import Definition
from ixnstate.trace.candidate import only_by
from ixnstate.values import FrozenDict, changed

_ONLY_SHOWN = frozenset({
    "nickname", "queue_name", "target_queue", "queue", "disposition", "disposition_key", "message_type", "treat_as",
    "mime", "name", "response_template_id", "response_type", "parent_id", "media_type", "document_id",
})  # fmt: skip
"""Names of which only whether they are given decides anything. (Which document an attachment is decides whether it can
be removed; in recordings of requests and replies that is not judged, since documents are uploaded by other means.)"""

_ANY: Mapping[Kind, Any] = {
    Kind.NAME: "given", Kind.TEXT: "given", Kind.NAMES: ("given",), Kind.DATA: FrozenDict(given=True), Kind.FLAG: True,
    Kind.SIZE: 1,
}  # fmt: skip


def deciding(command: Command) -> Command:
    """The command with one and the same value for whatever it is given that decides nothing."""
    given = {
        parameter.name: _ANY[parameter.kind]
        for parameter in parameters_of(type(command))
        if parameter.kind in _ANY
        and (parameter.kind is not Kind.NAME or parameter.name in _ONLY_SHOWN)
        and getattr(command, parameter.name) is not None
    }
    return changed(command, **given) if given else command


class Forms:
    """The operations under a definition that do the same."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._canonical: dict[tuple[str, type[Command]], type[Command]] = {}

    def canonical(self, command: Command, media: str) -> Command:
        """The command of the first operation of the medium that does the same: which of them it was is seen nowhere.

        Two operations do the same if they take the same, and their edges differ in nothing but the page that describes
        them.
        """
        kind = type(command)
        known = self._canonical.get((media, kind))
        if known is None:
            does = self._does(media)
            own = does.get(kind.__name__)
            alike = (OPERATIONS[name] for name, edges in does.items() if edges == own and name in OPERATIONS)
            known = next((each for each in alike if parameters_of(each) == parameters_of(kind)), kind)
            self._canonical[media, kind] = known
        if known is kind:
            return command
        return known(**{each.name: getattr(command, each.name) for each in parameters_of(kind)})

    def _does(self, media: str) -> dict[str, frozenset[object]]:
        """The edges of each operation, without the page that describes them."""
        does: dict[str, set[object]] = {}
        for edge in self._definition.edges(media):
            does.setdefault(edge.operation, set()).add(only_by(edge))
        return {operation: frozenset(edges) for operation, edges in does.items()}
