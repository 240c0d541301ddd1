"""What the wrong implementations of ``strangers`` and ``newcomers`` share: a register, and a base to change."""

from ixnstate.testing import InProcessDriver
from ixnstate.values import changed


def register_in(mutants):
    """A decorator ``mutant(*media)`` that puts driver classes into the register, with the media where they show."""

    def mutant(*media):
        def register(cls):
            mutants[cls.__name__] = cls, media or ("workitem",)
            return cls

        return register

    return mutant


class Base(InProcessDriver):
    """They change commands, messages, and records behind the centre's back."""

    def change(self, id, **changes):
        records = self.center.memory.records
        records[id] = changed(records[id], **changes)

    def record(self, command):
        return self.center.interaction(getattr(command, "interaction", None) or "")
