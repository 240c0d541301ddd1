"""Operations that overlap, made by the kit: a racy implementation is caught, one with a lock never accused."""

import asyncio
from time import sleep

import pytest

import ixnstate as ix
from ixnstate import stepping
from ixnstate.testing import (
    EVERYTHING,
    WORLD,
    Ability,
    AtOnce,
    Bench,
    InProcessDriver,
    NonconformanceError,
    Reply,
    Scope,
    Verdict,
    as_json,
    conform,
    judge,
    load,
    program,
    save,
    suite,
)
from ixnstate.values import changed

ALL = Scope(ix.GWS, WORLD, EVERYTHING)
PAUSE = 0.02

SUBMIT = ix.Submit(new_id="x1", media="workitem", queue="Inbound", user_data={})
OFFER = ix.Offer(interaction="x1", media="workitem", agent="a1")
ACCEPT = ix.Accept(interaction="x1", media="workitem", by="a1")
SHELVE = ix.AddWorkitem(interaction="x1", media="workitem", by="a1", workbin="team-1", agent_group="G")
PULL = tuple(
    ix.PullWorkitem(interaction="x1", media="workitem", by=by, workbin="team-1", agent_group="G") for by in ("a1", "a2")
)


class ChecksThenActs(InProcessDriver):
    """Looks whether an operation is legal, and a little later says that it is done."""

    def perform(self, command):
        if isinstance(self.center.decide(command), ix.Refusal):
            return super().perform(command)
        sleep(PAUSE)
        return changed(super().perform(command), ok=True, status_code=0)


class WritesBack(InProcessDriver):
    """Reads a record, and a little later writes back what it has made of it: the last one wins."""

    def perform(self, command):
        before = self.center.interaction(command.interaction)
        events = self.center.decide(command)
        sleep(PAUSE * 3 if command.operation == "Reject" else PAUSE)
        with self.lock:
            if self.center.interaction(command.interaction) is before or isinstance(events, ix.Refusal):
                return super().perform(command)
            self.center.memory.records[command.interaction] = stepping.replay(events, start=before)
            return Reply(True, 0)


def races(media, driver, like=""):
    """The verdicts of the races of a medium, by case."""
    scope = Scope(ix.GWS, WORLD, frozenset({media, "agent-workbin", "group-workbin"}))
    cases = [each for each in suite(scope, ("races",)) if like in each.id]
    return {each.id: judge(each, lambda definition: Bench(driver, definition), scope) for each in cases}


def test_the_reference_is_never_accused():
    driver = InProcessDriver()
    for case in suite(ALL, ("races",)):
        found = judge(case, lambda definition: Bench(driver, definition), ALL)
        assert found.verdict is Verdict.PASS, found.why


def test_every_pair_that_the_documents_make_likely_is_raced():
    ids = {case.id for case in suite(ALL, ("races",))}
    assert {
        "workitem: Invited: Accept by a1 and Revoke at once",
        "workitem: Invited: Reject by a1 and Stop at once",
        "workitem: InWorkbin: PullWorkitem by a1 and PullWorkitem by a2 at once",
        "workitem: Processing: Transfer by a1 and Complete by a1 at once",
        "email: Composing: Cancel by a1 and Send by a1 at once",
        "workitem: Processing: AttachUserData by a1 and AttachUserData by a1 at once",
        "chat: Chatting: Complete by a1 and Leave by a1 at once",
    } - ids == set()


def test_who_checks_and_then_acts_is_caught_in_every_race_that_one_must_lose():
    found = races("workitem", ChecksThenActs())
    said = as_json([case for case in suite(ALL, ("races",)) if case.id in found], ALL)["cases"]
    lost = [
        each["id"]
        for each in said
        if each["id"].count(" by ") == 2 and all(False in order["ok"] for order in each["steps"][-1]["outcomes"])
    ]
    assert len(lost) > 8
    assert [id for id in lost if found[id].verdict is not Verdict.FAIL] == []


@pytest.mark.parametrize(
    "case",
    [
        "workitem: Processing: AttachUserData by a1 and AttachUserData by a1 at once",
        "workitem: Invited: Reject by a1 and Stop at once",
    ],
)
def test_a_lost_update_is_caught_by_what_is_shown_after_it(case):
    found = races("workitem", WritesBack(), case)[case]
    assert found.verdict is Verdict.FAIL
    assert "shown" in found.why.splitlines()[-1]


def test_the_witness_is_a_timeline_of_the_two_operations():
    bench = Bench(ChecksThenActs())
    bench.run([SUBMIT, OFFER, ACCEPT, SHELVE])
    with pytest.raises(NonconformanceError) as failed:
        bench.do(AtOnce(((PULL[0],), (PULL[1],))))
    said = str(failed.value)
    assert "a1: PullWorkitem: done" in said
    assert "a2: PullWorkitem: done" in said
    assert failed.value.difference.rule == "workitem: InWorkbin: PullWorkitem by a1 and PullWorkitem by a2 at once"


def test_of_a_longer_race_the_witness_has_only_what_is_needed():
    bench = Bench(ChecksThenActs())
    bench.run([SUBMIT, OFFER, ACCEPT, SHELVE])
    refused = ix.Accept(interaction="x1", media="workitem", by="a3")
    with pytest.raises(NonconformanceError) as failed:
        bench.do(AtOnce(((refused, refused), (PULL[0],), (PULL[1],), (refused,))))
    assert "a3" not in failed.value.difference.found


def test_a_race_is_a_program_and_a_file(tmp_path):
    script = (SUBMIT, OFFER, AtOnce(((ACCEPT,), (ix.Revoke(interaction="x1", media="workitem"),))))
    path = tmp_path / "failure.jsonl"
    save(path, script)
    import json

    assert load(json.loads(line) for line in path.read_text().splitlines()) == script
    exec(program(script), {"driver": InProcessDriver()})


def test_for_other_languages_a_race_has_the_outcomes_of_its_orders():
    scope = Scope(ix.GWS, WORLD, frozenset({"workitem"}))
    said = as_json(suite(scope, ("races",)), scope)["cases"]
    (race,) = [each for each in said if each["id"] == "workitem: Invited: Accept by a1 and Reject by a1 at once"]
    outcomes = race["steps"][-1]["outcomes"]
    assert [each["ok"] for each in outcomes] == [[True, False], [True, False]]
    assert [each["views"]["a1"] is None for each in outcomes] == [False, True]


# --- drivers of other kinds -----------------------------------------------------------------------------------------


class Tasks(InProcessDriver):
    """The same fault in coroutines."""

    def __init__(self, pause):
        super().__init__()
        self.pause = pause

    async def perform(self, command):
        decided = self.center.decide(command)
        if self.pause and not isinstance(decided, ix.Refusal):
            await asyncio.sleep(self.pause)
            return changed(super().perform(command), ok=True, status_code=0)
        await asyncio.sleep(0)
        return super().perform(command)


def test_coroutines_overlap_in_one_event_loop():
    sound = conform(lambda: Tasks(0), supports={"workitem"}, kinds=("races",), examples=0)
    assert sound.ok, sound.summary()
    racy = conform(lambda: Tasks(PAUSE), supports={"workitem"}, kinds=("races",), examples=0)
    assert any("Accept by a1 and Reject by a1" in each.case.id for each in racy.failures)


class LosesReplies(InProcessDriver):
    """Does what it is asked, or not; and the connection breaks."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def perform(self, command):
        self.asked += 1
        if self.asked % 3 == 0:
            raise TimeoutError
        reply = super().perform(command)
        if self.asked % 5 == 0:
            raise TimeoutError
        return reply


def test_a_call_without_an_answer_may_have_been_done_or_not():
    driver = LosesReplies()
    scope = Scope(ix.GWS, WORLD, frozenset({"workitem"}))
    for case in suite(scope, ("races",)):
        *way, race = case.script
        driver.asked = -len(way)
        bench = Bench(driver, supports={"workitem"})
        try:
            for action in way:
                bench.do(action)
        except NonconformanceError:
            continue
        bench.do(race)


def test_what_a_driver_raises_in_a_race_is_a_difference():
    class Broken(InProcessDriver):
        def perform(self, command):
            raise ZeroDivisionError("oops")

    bench = Bench(Broken())
    bench.run([SUBMIT, OFFER])
    with pytest.raises(NonconformanceError, match="perform of the driver: expected an answer, found ZeroDivisionError"):
        bench.do(AtOnce(((ACCEPT,), (ix.Reject(interaction="x1", media="workitem", by="a1"),))))


def test_a_driver_that_cannot_says_so():
    class Alone(InProcessDriver):
        lacks = (Ability.CONCURRENCY,)

    report = conform(Alone, supports={"workitem"}, kinds=("races",), examples=0)
    assert report.counts["not applicable"] == len(report.results) == 1
    assert "the driver lacks 'concurrency'" in report.summary()


def test_what_differs_already_one_after_the_other_is_no_race():
    class Rejecting(InProcessDriver):
        def perform(self, command):
            return Reply(True, 0) if command.operation == "Reject" else super().perform(command)

    found = races("workitem", Rejecting(), "Accept by a1 and Reject")[
        "workitem: Invited: Accept by a1 and Reject by a1 at once"
    ]
    assert found.difference.rule == "workitem: Processing -Reject-> refused"
    assert not any(isinstance(each, AtOnce) for each in found.case.script)
