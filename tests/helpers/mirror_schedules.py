"""Writes the schedules that the mirrors of both languages play: ``python tests/helpers/mirror_schedules.py FILE``.

Each has the steps that a client was told, what a server shows at the end, and whether the mirror must be right without
asking. They are drawn from fixed seeds, so the file is always the same.
"""

import json
import sys
from pathlib import Path
from random import Random

from schedules import CLIENT, Schedule

import ixnstate as ix
from ixnstate import gws
from ixnstate.client import Mirror

FAMILIES = (("workitem", "openmedia"), ("email", "facebook", "twitter"), ("chat", "facebooksession", "smssession"))
SEEDS = 40
"""Schedules of each family, orderly and not."""


def place_of(reading):
    place = reading.workbin
    return None if place is None else [place.id, place.agent_group]


def drawn(seed, media, *, is_orderly):
    random = Random(seed)
    here = Schedule(lambda options: options[random.randrange(len(options))], Mirror(CLIENT), media)
    places = {}
    steps = []
    here.told = Told(here, steps, places)
    here.run(Schedule.ORDERLY if is_orderly else Schedule.ANY, random.randint(10, 50))
    here.settle()
    views = {id: [str(each.state), each.capabilities] for id, each in here.shown().items()}
    held = {id: each.user_data for id, each in here.shown().items() if CLIENT in here.center.interaction(id).holders}
    return {
        "orderly": is_orderly, "steps": steps, "views": views, "held": held,
        "interactions": answered(here, "/api/v2/me/interactions?fields=*"),
        "workbins": {
            "workbin-1": answered(here, "/api/v2/me/workbins/workbin-1?subresources=*"),
            "team": answered(here, "/api/v2/me/workbins/team?agentGroup=group&subresources=*"),
        },
    }  # fmt: skip


def answered(here, path):
    return gws.handle(here.center, gws.Request("GET", path, user=CLIENT)).body


class Told(list):
    """Takes what a schedule tells, and writes it as plain JSON."""

    def __init__(self, here, steps, places):
        super().__init__()
        self.here, self.steps, self.places = here, steps, places

    def append(self, told):
        match told:
            case ("request", number, operation, interaction, arguments):
                more = {"workbins": [arguments["workbin"]]} if operation.endswith("ubscribe") else {}
                self.steps.append({"ask": number, "operation": operation, "interaction": interaction, **more})
            case ("reply", number, body, status):
                self.steps.append({"reply": number, "body": body, "status": status})
            case ("give up", number):
                self.steps.append({"giveUp": number})
            case ("take", frame):
                self.steps.append({"take": frame})
            case ("lost" | "listening",):
                self.steps.append({told[0]: True})
            case ("start reading", numbers):
                for reading, _ in self.here.mirror._readings.values():
                    self.places[reading.number] = place_of(reading)
                self.steps.append({"startReading": [self.places[number] for number in numbers]})
            case ("read", number, body, status):
                self.steps.append({"read": self.places[number], "body": body, "status": status})


def schedules():
    """All of them, as JSON text."""
    drawings = [
        drawn(1000 * number + seed, media, is_orderly=is_orderly)
        for number, media in enumerate(FAMILIES)
        for is_orderly in (True, False)
        for seed in range(SEEDS)
    ]
    return "[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in drawings) + "\n]\n"


if __name__ == "__main__":
    assert ix.GWS.profile == ix.Profile()
    Path(sys.argv[1]).write_text(schedules(), encoding="utf-8")
