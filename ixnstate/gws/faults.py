"""What is wrong with a message or a request: every fault, with its place in the JSON."""

from ixnstate.values import brief, frozen
from ixnstate.vocabulary import RefusalCode


@frozen
class Fault:
    """One thing that is wrong: where (``data.workitem.capabilities[3]``), what, and in a request the kind of fault."""

    path: str
    problem: str
    code: RefusalCode = RefusalCode.INVALID_PARAMETER

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


class MessageError(ValueError):
    """JSON that is not one of the documented shapes. ``faults`` has every fault; the text lists them all."""

    def __init__(self, *faults: Fault | str) -> None:
        super().__init__(*faults)
        self.faults = tuple(Fault("", each) if isinstance(each, str) else each for each in faults)

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


def expected(path: str, what: str, found: object) -> Fault:
    """The fault of a value that has another JSON type than it must have."""
    return Fault(path, f"expected {what}, found {_json(found)}")


_WORDS = {None: "null", True: "true", False: "false"}


def _json(value: object) -> str:
    """How JSON writes it, where that is short."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return brief(list(value) if isinstance(value, tuple) else value)


def within(path: str, name: str | int) -> str:
    """The place of a member: ``data.email`` in ``data``, ``keys[1]`` in ``keys``."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name
