"""Judging recordings, beside the bare decode of the same fields of the same file.

``python -m benchmarks.traces`` writes the recordings, runs each contestant in a process of its own, several times, in
turns, and prints the medians: first of a day of notifications, then of full traces (requests, replies, notifications).
``--lines`` says how many notifications (1,000,000), ``--rounds`` how often, ``--only`` which of the two; ``--quick``
takes a twentieth of everything, once, to see that it runs.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks import full
from benchmarks.messages import USER_DATA
from ixnstate.recording.compressed import BUFFER
from ixnstate.trace import repair, validate
from ixnstate.trace.fast import columns

HELD = ("Processing", ("Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"))
LIFE = (("Invited", ("Accept", "Reject")), *[HELD] * 3, ("InWorkbin", ()), *[HELD] * 4, ("Completed", ()))
LIVE = 100_000
FAULTS = 500


def write(path: Path, lines: int, live: int = LIVE) -> None:
    """A day: so many interactions live at once and interleaved, each with ten notifications of 60 keys, 50 agents."""
    chance = random.Random(1)
    going: list[list[int]] = []
    began = 0
    with path.open("w") as file:
        for number in range(lines):
            if len(going) < min(live, lines // len(LIFE)):
                going.append([began, 0])
                began += 1
                at = len(going) - 1
            else:
                at = chance.randrange(len(going))
            interaction, step = going[at]
            file.write(_line(number, interaction, step))
            going[at] = [interaction, step + 1]
            if step + 1 == len(LIFE):
                going[at], began = [began, 0], began + 1


def write_faults(path: Path, lines: int) -> None:
    """The evening of that day: some interactions are shown in a state that workitems do not have."""
    shown = (_line(lines + number, lines // 20 + number, 0) for number in range(FAULTS))
    path.write_text("".join(line.replace("Invited", "Chatting") for line in shown))


def _line(number: int, interaction: int, step: int) -> str:
    state, capabilities = LIFE[step]
    kind = "PropertiesUpdated" if step and LIFE[step - 1] == LIFE[step] else "StatusChange"
    message = {
        "messageType": "WorkitemStateChangeMessage",
        "notificationType": kind,
        "workitem": {
            "id": f"{interaction:016X}", "state": state, "capabilities": capabilities, "userData": USER_DATA,
            "receivedDate": "2014-04-16 21:03:21.000-0700",
        },
    }  # fmt: skip
    record = {"seq": number, "ts": 1_700_000_000 + number / 1e5, "agent": f"agent{interaction % 50}"}
    return json.dumps({**record, "kind": "notification", "body": message}) + "\n"


# --- contestants ----------------------------------------------------------------------------------------------------


def bare(path: str, *, user_data: bool, buffer: int = -1) -> None:
    """The lines of the file, decoded into the fields that judging needs, and nothing else."""
    import msgspec

    kind = dict[str, object] if user_data else msgspec.defstruct("Nothing", [])
    resource_ = msgspec.defstruct(
        "Resource",
        [("id", str), ("state", str), ("capabilities", tuple[str, ...]), ("userData", kind), ("receivedDate", str)],
    )
    message = msgspec.defstruct("Message", [("messageType", str), ("notificationType", str), ("workitem", resource_)])
    line = msgspec.defstruct("Line", [("seq", int), ("ts", float), ("agent", str), ("kind", str), ("body", message)])
    decode = msgspec.json.Decoder(line).decode
    with Path(path).open("rb", buffer) as file:
        for raw in file:
            decode(raw)


def judge(path: str, jobs: int = 1) -> None:
    """The whole judgement."""
    seen = validate(path, jobs=jobs)
    assert seen.ok, seen.findings[:3]


def judge_decoded(path: str) -> float:
    """The whole judgement, and how long it takes without reading and decoding."""
    seconds, of_file = 0.0, columns.of_file

    def timed(*given: Any) -> Iterator[columns.Batch]:
        nonlocal seconds
        for batch in of_file(*given):
            start = perf_counter()
            yield batch
            seconds += perf_counter() - start

    columns.of_file = timed
    judge(path)
    return seconds


def judge_two(path: str) -> None:
    """Two judgements at once that share nothing: what two processes can gain on this machine."""
    command = [sys.executable, "-m", "benchmarks.traces", "--run", "judge", path]
    going = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait() for each in going] == [0, 0]


def mend(path: str) -> None:
    """The judgement of the day and its evening, and of each finding the repair of its whole interaction."""
    seen = validate(path, Path(path).with_name("evening.jsonl"))
    assert seen.findings
    assert all(each.edits for each in seen.findings)


def repairs(_: str) -> None:
    """A million operations with a fault in every hundred, aligned."""
    names = ["Offer", "Accept", "AddWorkitem", "PullWorkitem", "Transfer", "Accept", "PlaceInQueue"] * 15
    names[50] = "Reject"
    repair("workitem", names * 10_000)


CONTESTANTS = {
    "bare": lambda path: bare(path, user_data=False),
    "bare with user data": lambda path: bare(path, user_data=True),
    "bare, read in large pieces": lambda path: bare(path, user_data=False, buffer=BUFFER),
    "judge": judge,
    "judge, of what is decoded": judge_decoded,
    "judge, --jobs 2": lambda path: judge(path, 2),
    "two judges at once": judge_two,
    "judge, with repairs": mend,
    "repair": repairs,
}


def run(name: str, path: str) -> None:
    """One contestant in this process: seconds, and the peak of its memory in MB."""
    start = perf_counter()
    seconds = CONTESTANTS[name](path)
    print(seconds or perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def timed(module: str, contestants: Iterable[str], path: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """The seconds and the memory of each, in each round."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, samples in taken.items():
            command = [sys.executable, "-m", module, "--run", name, str(path)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            samples.append((float(said[0]), float(said[1])))
    return taken


def notifications(lines: int, rounds: int) -> None:
    """A day of notifications."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.jsonl"
        write(path, lines)
        write_faults(path.with_name("evening.jsonl"), lines)
        taken = timed("benchmarks.traces", CONTESTANTS, path, rounds)
        for name, samples in taken.items():
            seconds, memory = (median(each[at] for each in samples) for at in (0, 1))
            print(f"{name:26} {seconds:6.2f} s  {memory:5.0f} MB", end="")
            for base in ("bare", "bare with user data", "judge"):
                ratio = median(one[0] / other[0] for one, other in zip(samples, taken[base], strict=True))
                print(f"  {ratio:5.2f} x {base}", end="")
            print()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("notifications", "full"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--run", nargs=2, metavar=("CONTESTANT", "FILE"))
    given = parser.parse_args()
    if given.run:
        run(*given.run)
        return
    fewer, rounds = (20, 1) if given.quick else (1, given.rounds)
    if given.only != "full":
        notifications(given.lines // fewer, rounds)
    if given.only != "notifications":
        full.main(rounds, fewer)


if __name__ == "__main__":
    main()
