"""The same walk with other state-machine libraries, each as its documentation shows it, on a live machine.

All of them guard the same operations by the same rule, and append one frozen record of 12 fields an operation, in the
one callback that the operation has. What does not change the state (UpdateUserData) is an internal transition where the
library has such a thing. The log is emptied after every ten operations, so that the garbage collector has no growing
list to go through.
"""

from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from benchmarks.floor import Record
from benchmarks.timing import Run
from benchmarks.walk import USER_DATA, WALK


class Case:
    """A workitem that changes: who has it, its user data, and a log of the records that it was."""

    def __init__(self) -> None:
        self.holders: tuple[str, ...] = ()
        self.invited: tuple[str, ...] = ()
        self.user_data = USER_DATA
        self.revision = 0
        self.log: list[Record] = []

    def holds(self, command: Any) -> bool:
        return command.by in self.holders

    def is_invited(self, command: Any) -> bool:
        return command.by in self.invited

    def offer(self, command: Any) -> None:
        self._append("Invited", (), (command.agent,))

    def hold(self, command: Any) -> None:
        self._append("Processing", (command.by,), ())

    def store(self, command: Any) -> None:
        self._append("InWorkbin", (), (), command.workbin)

    def merge(self, command: Any) -> None:
        self.user_data = self.user_data | command.user_data
        self._append("Processing", self.holders, ())

    def hand_over(self, command: Any) -> None:
        self._append("Invited", (), (command.target_agent,))

    def release(self, command: Any) -> None:
        self._append("Queued", (), ())

    def _append(
        self, state: str, holders: tuple[str, ...], invited: tuple[str, ...], workbin: str | None = None
    ) -> None:
        self.holders, self.invited = holders, invited
        self.revision += 1
        self.log.append(
            Record(
                "02F0ASAK8EAFA00W", "workitem", state, holders, invited, "Inbound", workbin, self.user_data, {}, None,
                None, self.revision,
            )
        )  # fmt: skip


STATES = ("Queued", "Invited", "Processing", "InWorkbin")
TABLE = (
    ("Offer", "Queued", "Invited", None, "offer"),
    ("Accept", "Invited", "Processing", "is_invited", "hold"),
    ("AddWorkitem", "Processing", "InWorkbin", "holds", "store"),
    ("PullWorkitem", "InWorkbin", "Processing", None, "hold"),
    ("UpdateUserData", "Processing", None, "holds", "merge"),
    ("Transfer", "Processing", "Invited", "holds", "hand_over"),
    ("PlaceInQueue", "Processing", "Queued", "holds", "release"),
)
"""Operation, source, target (None: it stays), guard, and what happens: the methods of `Case`."""

Trigger = tuple[Callable[[Any], object], Any]
"""What is called in one step of the walk, and with what."""


def by_transitions(case: Case) -> Iterable[Trigger]:
    from transitions import Machine

    rows: list[dict[str, Any]] = [
        {"trigger": operation, "source": source, "dest": target, "conditions": guard or [], "after": happens}
        for operation, source, target, guard, happens in TABLE
    ]
    Machine(case, states=list(STATES), transitions=rows, initial="Queued", auto_transitions=False)
    return [(getattr(case, command.operation), command) for command in WALK]


class Operations(Protocol):
    """The inputs, as Automat wants them."""

    def Offer(self, command: Any) -> None: ...  # noqa: N802
    def Accept(self, command: Any) -> None: ...  # noqa: N802
    def AddWorkitem(self, command: Any) -> None: ...  # noqa: N802
    def PullWorkitem(self, command: Any) -> None: ...  # noqa: N802
    def UpdateUserData(self, command: Any) -> None: ...  # noqa: N802
    def Transfer(self, command: Any) -> None: ...  # noqa: N802
    def PlaceInQueue(self, command: Any) -> None: ...  # noqa: N802


def by_automat(case: Case) -> Iterable[Trigger]:
    """Automat has no guards: what an input does, its output decides."""
    from automat import TypeMachineBuilder

    builder = TypeMachineBuilder(Operations, Case)
    states = {name: builder.state(name) for name in STATES}
    for operation, source, target, guard, happens in TABLE:
        edge = states[source].upon(getattr(Operations, operation)).to(states[target or source])
        edge(_output(getattr(Case, guard) if guard else None, getattr(Case, happens)))
    machine = builder.build()(case)
    return [(getattr(machine, command.operation), command) for command in WALK]


def _output(guard: Callable[..., bool] | None, happens: Callable[..., None]) -> Callable[..., None]:
    def output(operations: Operations, case: Case, command: Any) -> None:
        if guard is None or guard(case, command):
            happens(case, command)

    return output


def by_python_statemachine(case: Case) -> Iterable[Trigger]:
    from statemachine import State, StateChart

    class Workitem(StateChart):
        queued = State(initial=True)
        invited = State()
        processing = State()
        in_workbin = State()

        Offer = queued.to(invited, on="offer")
        Accept = invited.to(processing, cond="is_invited", on="hold")
        AddWorkitem = processing.to(in_workbin, cond="holds", on="store")
        PullWorkitem = in_workbin.to(processing, on="hold")
        UpdateUserData = processing.to.itself(internal=True, cond="holds", on="merge")
        Transfer = processing.to(invited, cond="holds", on="hand_over")
        PlaceInQueue = processing.to(queued, cond="holds", on="release")

    machine = Workitem(case)
    return [(getattr(machine, command.operation), command) for command in WALK]


def by_xstate_statemachine(case: Case) -> Iterable[Trigger]:
    from xstate_statemachine import Event, MachineLogic, SyncInterpreter, create_machine

    states: dict[str, Any] = {name: {"on": {}} for name in STATES}
    for operation, source, target, guard, happens in TABLE:
        named = {"target": target, "guard": guard, "actions": [happens]}
        states[source]["on"][operation] = {key: value for key, value in named.items() if value is not None}
    logic = MachineLogic(
        guards={name: _xstate_guard(getattr(case, name)) for name in ("holds", "is_invited")},
        actions={row[-1]: _xstate_action(getattr(case, row[-1])) for row in TABLE},
    )
    machine = SyncInterpreter(create_machine({"id": "workitem", "initial": "Queued", "states": states}, logic=logic))
    machine.start()
    return [(machine.send, Event(command.operation, {"command": command})) for command in WALK]


def _xstate_guard(guard: Callable[[Any], bool]) -> Callable[..., bool]:
    return lambda context, event: guard(event.payload["command"])


def _xstate_action(action: Callable[[Any], None]) -> Callable[..., None]:
    def run(interpreter: Any, context: Any, event: Any, definition: Any) -> None:
        action(event.payload["command"])

    return run


PEERS: dict[str, Callable[[Case], Iterable[Trigger]]] = {
    "transitions": by_transitions,
    "automat": by_automat,
    "python-statemachine": by_python_statemachine,
    "xstate-statemachine": by_xstate_statemachine,
}
"""By the name of the distribution."""


def installed() -> dict[str, str]:
    """The peers that are installed, with their versions."""
    found = {}
    for name in PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def walking(name: str, operations: int) -> Run:
    """Walk with a peer."""
    case = Case()
    triggers = list(PEERS[name](case))

    def run() -> int:
        for _ in range(operations // len(WALK)):
            case.log.clear()
            for trigger, argument in triggers:
                trigger(argument)
            assert len(case.log) == len(WALK), f"{name} did not carry out every operation"
        return operations

    return run
