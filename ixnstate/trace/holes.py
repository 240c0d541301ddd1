"""Lines that could not be read, and what they excuse: what follows from one of them is nobody's fault.

What an unreadable line said is unknown: a request that did something, a reply with a number, a message. So each of them
excuses, once, what one line can bring about: that an interaction is otherwise than it was believed to be, that a
message answers no request that is known, that a message or a reply does not come. It is counted as undetermined. What
comes up only afterwards is not excused, and a second contradiction of the same interaction is a finding again.
"""

import attrs


@attrs.define
class Holes:
    """How many lines could not be read, and how often each of the codes has been excused."""

    count: int = 0
    excused: dict[str, int] = attrs.Factory(dict)

    def excuse(self, code: str) -> bool:
        """Whether one more finding with that code may follow from an unreadable line; it is so no more then."""
        if self.excused.get(code, 0) >= self.count:
            return False
        self.excused[code] = self.excused.get(code, 0) + 1
        return True
