"""Realistic clean days in small, and how somebody may have recorded them; a sweep over as many as one likes.

``PYTHONPATH=tests/helpers python -m realistic --days 2000`` judges that many days from every viewpoint, and prints
whatever is found: nothing should be. ``--seed`` is the first one, ``--viewpoint`` the only one.
"""

import argparse
import pickle
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice
from typing import Any, cast

from days import VIEWPOINTS as OF_ANY_DAY
from days import judged

from benchmarks.days import Day, Entry, Habits

AGENTS = (2, 3, 6, 12, 20, 50)
LINES = (300, 400, 500, 600, 700, 1000)


def habits_of(seed: int) -> Habits:
    """Those of a small and busy contact centre: things happen within a minute that else take an hour."""
    chance = random.Random(seed)
    return Habits(
        load=chance.choice((2, 3, 5)), think=chance.choice((2, 4, 8)), reply_after=chance.choice((0.04, 0.2, 0.5)),
        late=chance.choice((0.02, 0.1, 0.3)), delivering_timeout=chance.choice((8, 15, 30)),
        handling_timeout=chance.choice((20, 60, 240)), conferences=chance.choice((0.05, 0.2, 0.4)),
        in_flight=chance.choice((0, 0.1, 0.3)), unanswered=0.08, forgotten=0.03, wanderers=0.06, user_data=2,
        replies=chance.choice(("with numbers", "with numbers", "with paths", "bare")),
    )  # fmt: skip


def realistic(seed: int, size: int | None = None, agents: int | None = None, **habits: Any) -> list[Entry]:
    """The first lines of a day: so many as fit its number of agents, if no ``size`` is given.

    An entry is done if it is answered so. A day is made once. Whoever asks for it has entries of their own, and may
    change them.
    """
    return cast("list[Entry]", pickle.loads(_realistic(seed, size, agents, **habits)))


@cache
def _realistic(seed: int, size: int | None, agents: int | None, **habits: Any) -> bytes:
    import attrs

    at = seed % len(AGENTS)
    day = Day(seed, agents=agents or AGENTS[at], habits=attrs.evolve(habits_of(seed), **habits))
    entries = list(islice(day.entries(), size or LINES[at]))
    done = {entry.cause: entry.done for entry in entries if entry.kind == "response"}
    return pickle.dumps([entry._replace(done=done.get(entry.cause, False)) for entry in entries])


# === who recorded it ================================================================================================


def _own_agent(day: list[Entry], chance: random.Random) -> str:
    return chance.choice(sorted({entry.agent for entry in day}))


def _requests(day: list[Entry], chance: random.Random) -> list[Any]:
    """Requests alone: whether one is refused nobody knows, so only those that are done are recorded."""
    return [entry.record for entry in day if entry.kind == "request" and entry.done]


def _requests_and_replies(day: list[Entry], chance: random.Random) -> list[Any]:
    return [entry.record for entry in day if entry.kind in ("request", "response")]


def _one_session(day: list[Entry], chance: random.Random) -> list[Any]:
    """What a browser records, without the name of who was signed in."""
    agent = _own_agent(day, chance)
    records = [entry.record for entry in day if entry.agent == agent]
    return [{key: value for key, value in record.items() if key != "agent"} for record in records]


def _without_beginning(day: list[Entry], chance: random.Random) -> list[Any]:
    return [entry.record for entry in day[chance.randrange(len(day) // 2) :]]


def _session_of_one(day: list[Entry], chance: random.Random) -> list[Any]:
    """From one handshake of an agent on."""
    agent = _own_agent(day, chance)
    own = [entry.record for entry in day if entry.agent == agent]
    begins = [at for at, record in enumerate(own) if record.get("channel") == "/meta/handshake"]
    return own[chance.choice(begins or [0]) :]


UNREADABLE: Mapping[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], ...]] = {
    "request": (
        lambda record: {**record, "body": {**record["body"], "operationName": 5}},
        lambda record: {**record, "body": "{\"operationName\": \"Acc"},
        lambda record: {key: value for key, value in record.items() if key != "body"},
        lambda record: {**record, "seq": "one"},
    ),
    "response": (
        lambda record: {**record, "body": "{\"statusCode\": 0, \"refere"},
        lambda record: {**record, "body": {"statusCode": "none"}},
        lambda record: {**record, "status": "OK"},
    ),
    "notification": (
        lambda record: {**record, "body": "{\"messageType\": \"Work"},
        lambda record: {**record, "kind": "notice"},
    ),
}  # fmt: skip
"""Ways in which a line cannot be read."""


def _with_unreadable_lines(day: list[Entry], chance: random.Random) -> list[Any]:
    records = [entry.record for entry in day]
    for at in chance.sample(range(len(records)), len(records) // 40):
        if records[at]["kind"] in UNREADABLE and records[at].get("method") != "GET":
            records[at] = chance.choice(UNREADABLE[records[at]["kind"]])(records[at])
    return records


VIEWPOINTS: Mapping[str, Callable[[list[Entry], random.Random], list[Any]]] = {
    **OF_ANY_DAY, "requests": _requests, "requests and replies": _requests_and_replies, "one session": _one_session,
    "without beginning": _without_beginning, "from a handshake on": _session_of_one,
    "with unreadable lines": _with_unreadable_lines,
}  # fmt: skip
"""How somebody may have recorded a day."""

WITHOUT_MESSAGES = ("requests", "requests and replies")


# === the sweep
# =========================================================================================================


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--viewpoint", choices=VIEWPOINTS)
    given = parser.parse_args()
    accused: Counter[str] = Counter()
    for seed in range(given.seed, given.seed + given.days):
        day = realistic(seed)
        for viewpoint in [given.viewpoint] if given.viewpoint else VIEWPOINTS:
            began = time.perf_counter()
            values = VIEWPOINTS[viewpoint](day, random.Random(seed))
            findings = judged(values).findings
            accused[viewpoint] += bool(findings)
            if findings:
                finding = findings[0]
                print(
                    f"{seed} {viewpoint}: {len(findings)}; {finding.place.line} {finding.code} {finding.what}",
                    flush=True,
                )
            if (seconds := time.perf_counter() - began) > 5:
                print(f"{seed} {viewpoint}: {seconds:.0f} s", flush=True)
    print(f"{given.days} days:", *(f"{name} {number}," for name, number in accused.items()))


if __name__ == "__main__":
    main()
