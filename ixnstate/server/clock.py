"""The clock of a running contact centre: it follows the machine's, and can be frozen and moved on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic


class Clock:
    """Seconds since the centre began. It never goes back.

    ``began`` is the moment of second 0, ``now`` where to go on: while a server is down its centre's time stands still.
    ``source`` counts seconds, from wherever; ``moment`` is what the calendar says at ``now``. Tests give their own.
    """

    def __init__(
        self, now: float = 0.0, *, source: Callable[[], float] = monotonic, moment: datetime | None = None
    ) -> None:
        self._source = source
        self._base = now
        self._since: float | None = source()
        self._written = (-1, "")
        self.began = (moment or datetime.now(UTC)) - timedelta(seconds=now)

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self._since is None

    @property
    def now(self) -> float:
        """The time in seconds."""
        return self._base if self._since is None else self._base + self._source() - self._since

    @property
    def written(self) -> str:
        """The time as ISO 8601, to the millisecond."""
        now = int(self.now * 1000)
        if now != self._written[0]:
            self._written = now, self.moment.isoformat(timespec="milliseconds")
        return self._written[1]

    @property
    def moment(self) -> datetime:
        """The time as a date."""
        return self.began + timedelta(seconds=self.now)

    def freeze(self) -> None:
        """Stand still."""
        self._base, self._since = self.now, None

    def go_on(self) -> None:
        """Follow the machine's clock again, from where it stands."""
        if self._since is None:
            self._since = self._source()

    def advance(self, seconds: float) -> None:
        """Be later."""
        self._base += seconds
