"""The suite, verdicts, deviations, failures that explain, coverage, the base class under pytest, the command line."""

import json
import subprocess
import sys
from functools import cache

import attrs
import pytest
from click.testing import CliRunner

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.testing import (
    EVERYTHING,
    KINDS,
    WORLD,
    Bench,
    Case,
    Coverage,
    Deviation,
    InProcessDriver,
    NonconformanceError,
    Reply,
    Scope,
    Verdict,
    Wait,
    as_json,
    conform,
    deviations,
    explain,
    judge,
    load,
    program,
    save,
    shortest,
    suite,
)
from ixnstate.testing.bench import play
from ixnstate.testing.coverage import universe
from ixnstate.testing.explaining import recorded
from ixnstate.testing.forms import WORKBINS
from ixnstate.testing.machine import Plan, search

pytest_plugins = ["pytester"]
SMALL = frozenset({"workitem", "agent-workbin"})
ALL = Scope(ix.GWS, WORLD, EVERYTHING)


@cache
def everything():
    """All cases but the pairs."""
    return suite(ALL, KINDS[:-1])


def scope(*supports, definition=ix.GWS):
    return Scope(definition, WORLD, frozenset(supports))


class Rejecting(InProcessDriver):
    """Says that it has rejected, and does not."""

    def perform(self, command):
        return Reply(True, 0) if command.operation == "Reject" else super().perform(command)


# --- suites ---------------------------------------------------------------------------------------------------------


def test_the_suite_takes_every_edge_and_every_illegal_cell_of_all_media():
    coverage = Coverage()
    driver = InProcessDriver()
    for case in suite(ALL, ("tour", "cells")):
        coverage.begin()
        Bench(driver, coverage=coverage).run(case.script)
    missing = coverage.missing(universe(ix.GWS.media))
    assert missing["states"] == missing["edges"] == ()
    creations = [name for name in missing["refused cells"] if "-Create->" not in name]
    assert creations == []


def test_ids_are_unique_can_be_read_and_do_not_change():
    cases = everything()
    ids = [case.id for case in cases]
    assert len(set(ids)) == len(ids)
    assert {"workitem: Invited -Reject-> Queued", "workitem: Queued -Complete-> refused"} <= set(ids)
    assert "chat: LeftChat -Transfer-> refused by a stranger" in "\n".join(ids)
    assert ids == [case.id for case in suite(ALL, KINDS[:-1])]
    assert cases[0].kind == "tour"


@pytest.mark.parametrize("world", [WORLD, attrs.evolve(WORLD, agents=WORLD.agents[:3])])
def test_every_operation_is_somebodys(world):
    """Also where there is no supervisor: a request by nobody cannot be sent."""
    cases = everything() if world is WORLD else suite(Scope(ix.GWS, world, EVERYTHING), KINDS[:-1])
    actions = {id(action): action for case in cases for action in case.script}.values()
    assert [action for action in actions if getattr(action, "by", "") is None] == []


def test_a_key_that_need_not_be_there_is_not_misspelt():
    cases = suite(scope("twitter"), ("spelling",))
    assert not [case for case in cases if "-Save->" in case.id and " for twitter" in case.id]


def test_pairs_are_of_edges_that_follow_each_other():
    ids = [case.id for case in suite(scope("workitem"), ("pairs",))]
    assert "workitem: Reject, then Queued -Offer-> Invited" in ids
    driver = InProcessDriver()
    coverage = Coverage()
    for case in suite(scope("workitem"), ("pairs",)):
        coverage.begin()
        Bench(driver, supports={"workitem"}, coverage=coverage).run(case.script)
    assert "workitem: Invited -Reject-> Queued, workitem: Queued -Offer-> Invited" in coverage.counts["pairs"]


def test_what_is_not_supported_is_not_tested_and_said():
    cases = suite(scope("workitem"))
    assert not any("owner" in repr(case.script) or "workbin=" in repr(case.script) for case in cases)
    left_out = [case for case in cases if case.why_not]
    assert {case.kind for case in left_out} == {"tour"}
    result = judge(left_out[0], lambda definition: Bench(InProcessDriver(), definition), scope("workitem"))
    assert result.verdict is Verdict.NOT_APPLICABLE
    with pytest.raises(ValueError, match="supports has no workitems; there are agent-workbin, chat"):
        conform(InProcessDriver, supports={"workitems"})
    with pytest.raises(ValueError, match="supports names no medium"):
        conform(InProcessDriver, supports={"agent-workbin"})


def test_as_json_every_action_has_its_reply_views_and_messages():
    cases = suite(scope("workitem"), ("tour",))
    said = json.loads(json.dumps(as_json(cases, scope("workitem"))))
    (case,) = [each for each in said["cases"] if each["id"] == "workitem: Invited -Reject-> Queued"]
    rejected = case["steps"][2]
    assert rejected["request"]["path"] == "/api/v2/me/workitems/x1"
    assert rejected["reply"] == {"ok": True, "statusCode": 0}
    assert rejected["views"] == {"a1": None, "a2": None, "a3": None, "boss": None}
    assert [(each["agent"], each["state"]) for each in rejected["told"]] == [("a1", "Completed")]
    assert rejected["source"] == "WorkitemReject (8.5.2, 2016-01-22): documented"
    assert case["steps"][3]["do"]["operation"] == "Offer"  # it is waiting


# --- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choice", [{"transfer": "on acceptance"}, {"capabilities": "2014"}, {"enable_notification_on_pull_chat": False}]
)
def test_another_choice_of_the_profile_is_not_strict(choice):
    media = {"chat", "agent-workbin"}
    other = ix.GWS.with_profile(**choice)
    report = conform(lambda: InProcessDriver(definition=other), supports=media, kinds=("tour",), examples=0)
    assert report.ok
    assert report.counts["non-strict"] > 0
    ((name, value),) = choice.items()
    assert f"as with {name}={value!r}" in report.summary()
    strict = conform(
        lambda: InProcessDriver(definition=other), supports=media, definition=other, kinds=("tour",), examples=5
    )
    assert strict.ok
    assert strict.counts["non-strict"] == 0


def test_a_list_that_a_page_prints_though_nothing_shows_it_is_not_strict():
    class Printed(InProcessDriver):
        def view(self, interaction, agent):
            seen = super().view(interaction, agent)
            six = ix.GWS.medium("email").capabilities("resource-6").operations
            return type(seen)(seen.state, six, seen.user_data) if seen and seen.state == "Processing" else seen

    report = conform(Printed, supports={"email"}, kinds=("tour",), examples=0)
    assert report.ok
    assert report.counts["non-strict"] > 10


def test_where_no_page_says_anything_a_difference_is_information():
    medium = ix.GWS.medium("chat")
    silent = [edge for edge in ix.GWS.edges("chat") if edge.evidence is ix.Evidence.SILENT]
    edges = tuple(edge for edge in medium.edges if edge not in silent)
    other = ix.Definition({**ix.GWS.media, "chat": attrs.evolve(medium, edges=edges)})
    report = conform(lambda: InProcessDriver(definition=other), supports={"chat"}, kinds=("tour",), examples=5)
    assert report.ok
    assert report.counts["info"] == len(silent) == 1


def test_known_deviations(tmp_path):
    file = tmp_path / "deviations.toml"
    assert deviations(file) == ()
    file.write_text('[[deviation]]\ncase = "workitem: *Reject*"\nreason = "nobody rejects here"\n')
    known = deviations(file)
    assert known == (Deviation("workitem: *Reject*", "nobody rejects here"),)
    report = conform(InProcessDriver, supports=SMALL, known=known, examples=0)
    assert report.failures  # a deviation that passes is a failure
    assert all("take it out" in each.why for each in report.failures)
    exact = [Deviation(each.case.id, "known") for each in conform(Rejecting, supports=SMALL, examples=0).failures]
    assert conform(Rejecting, supports=SMALL, known=exact, examples=60).ok
    for wrong in ("deviation = 5", "[[deviation]]\ncase = 'x'\n", "[[deviation]\n"):
        file.write_text(wrong)
        with pytest.raises(ValueError, match=r"deviations.toml|deviation"):
            deviations(file)


class ManyFaults(InProcessDriver):
    """Five faults at once, of which each but the first lies behind another."""

    def notifications(self):
        return tuple(
            attrs.evolve(each, reference_id=None) for each in super().notifications() for _ in self.times(each)
        )

    def times(self, told):
        return range({"Invited": 2, "Processing": 0}.get(told.state or "", 1))

    def view(self, interaction, agent):
        seen = super().view(interaction, agent)
        return seen and attrs.evolve(seen, capabilities=seen.capabilities[::-1])

    def perform(self, command):
        reply = super().perform(command)
        if command.operation == "SetInFocus" and reply.ok:
            return Reply(False, 2)
        return attrs.evolve(reply, status_code=4) if reply.status_code == 3 else reply


def test_one_fault_does_not_hide_the_others():
    report = conform(ManyFaults, supports={"workitem"}, examples=20)
    assert {each.name for each in report.findings} >= {
        "Offer: a message too many: StatusChange Invited",
        "Accept: a message is missing: StatusChange Processing",
        "capabilities are in another order",
        "SetInFocus: legal operations are refused with 2",
        "status code 4 instead of 3 (unknown operation)",
    } - {"capabilities are in another order"}
    assert any("capabilities are in another order" in each.name for each in report.findings)
    assert not any("Complete" in each.name for each in report.findings)
    for finding in report.findings:
        bench = Bench(ManyFaults(), supports={"workitem"}, faults=finding.difference.past)
        assert play(bench, finding.script).cause == finding.difference.cause


class ForgetsOwners(InProcessDriver):
    """Refuses Complete of an agent who does not hold it, and carries it out all the same."""

    def perform(self, command):
        record = self.center.interaction(command.interaction or "")
        if command.operation == "Complete" and record is not None and record.holders:
            super().perform(attrs.evolve(command, by=record.holders[0]))
            return Reply(command.by in record.holders, 0 if command.by in record.holders else 5)
        return super().perform(command)

    def content(self, place):
        """What has ended is left in every workbin of one agent."""
        ended = [each.id for each in self.center.interactions(state="Completed") if place.owner == "a1"]
        return (*super().content(place), *ended)


def test_after_a_difference_it_goes_on_from_what_is_shown():
    """Refused, and yet done; and what has ended lies in a workbin: two findings, each in its own case."""
    report = conform(ForgetsOwners, supports=SMALL, examples=0)
    found = {each.name: each for each in report.findings}
    assert found["Complete: refused, and yet done"].cases >= 1
    left = [each for name, each in found.items() if "left in a workbin, though it is Completed" in name]
    assert len(left) == 1
    assert left[0].where == ("Stop",)


def test_a_failing_way_blames_the_step_that_failed():
    class NoAccept(InProcessDriver):
        def perform(self, command):
            return Reply(False, 4) if command.operation == "Accept" else super().perform(command)

    report = conform(NoAccept, supports={"chat"}, examples=0)
    behind = [each for each in report.failures if not each.is_reached]
    assert behind
    assert all("-Accept->" in each.difference.rule for each in behind)
    assert report.findings[0].name == "Accept: legal operations are refused with 4"
    assert report.findings[0].cases > 0.9 * len(report.failures)
    assert len(report.summary().splitlines()) < 50


def test_one_cause_is_one_finding_with_its_shortest_run():
    class Permissive(InProcessDriver):
        def perform(self, command):
            reply = super().perform(command)
            return Reply(True, 0) if reply.status_code == 5 else reply

    report = conform(Permissive, supports={"workitem", "email"}, examples=0)
    names = [each.name for each in report.findings]
    assert names[0] == "refused operations are done (by an agent who may not)"
    finding = report.findings[0]
    assert finding.cases > 20
    assert finding.media == ("email", "workitem")
    assert set(finding.where) >= {"Complete", "Transfer", "AttachUserData"}
    assert len(finding.script) == min(len(each.case.script) for each in report.failures)
    assert "28 cases" in finding.headline or f"{finding.cases} cases" in finding.headline


def test_a_choice_that_does_not_fit_everything_is_no_excuse():
    """Code 1 for what is invalid is that of 8.5.1, where much else is otherwise, too."""

    class OneCode(InProcessDriver):
        def perform(self, command):
            reply = super().perform(command)
            return attrs.evolve(reply, status_code=1) if reply.status_code == 10 and self.fits(command) else reply

        def fits(self, command):
            return command.operation == "AttachUserData"

    report = conform(OneCode, supports={"workitem"}, kinds=("tour", "arguments"), examples=0)
    assert report.counts["non-strict"] == 0
    assert [each.name for each in report.findings] == ["status code 1 instead of 10 (invalid parameter)"]
    everywhere = type("Everywhere", (OneCode,), {"fits": lambda self, command: True})
    report = conform(everywhere, supports={"workitem"}, kinds=("tour", "arguments"), examples=0)
    assert report.counts["non-strict"] == 0  # 8.5.1 has other messages, too


# --- failures that explain ------------------------------------------------------------------------------------------


def failing(driver=Rejecting):
    report = conform(driver, supports=SMALL, kinds=("tour",), examples=0)
    assert report.first is not None
    return report.first


def test_a_failure_is_a_program_that_can_be_pasted():
    script, difference = failing()
    text = explain(script, difference)
    assert "source:   WorkitemReject (8.5.2, 2016-01-22): documented" in text
    assert "expected: nothing" in text
    with pytest.raises(NonconformanceError) as raised:
        exec(program(script), {"driver": Rejecting()})
    assert raised.value.difference.rule == "workitem: Invited -Reject-> Queued"
    exec(program(script), {"driver": InProcessDriver()})


def test_the_shortest_run_leaves_out_what_it_does_not_need():
    bench = Bench(Rejecting())
    for name in ("x1", "x2", "x3"):
        bench.do(ix.Submit(new_id=name, media="workitem", queue="Inbound"))
        bench.do(Wait(5))
        bench.do(ix.Offer(interaction=name, agent="a1"))
    bench.do(ix.Accept(interaction="x1", by="a1"))
    with pytest.raises(NonconformanceError) as raised:
        bench.do(ix.Reject(interaction="x3", by="a1"))
    script, difference = shortest(
        raised.value.script, raised.value.difference, lambda each: play(Bench(Rejecting()), each)
    )
    assert [type(each).__name__ for each in script] == ["Submit", "Offer", "Reject"]
    assert difference.index == 2


def test_a_saved_run_is_read_again_and_judged():
    from pathlib import Path
    from tempfile import TemporaryDirectory

    script, difference = failing()
    with TemporaryDirectory() as folder:
        path = Path(folder, "failure.jsonl")
        save(path, script, difference)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert load(lines) == script
        report = ix.trace.validate(path)
        assert report.ok, report
        assert report.operations == 2
    for case in everything():
        assert load(json.loads(json.dumps(line)) for line in recorded(case.script)) == case.script


def test_a_line_that_is_no_action_is_refused():
    with pytest.raises(ValueError, match="an action has an operation, not 5"):
        load([{"action": {"operation": 5}}])


# --- coverage -------------------------------------------------------------------------------------------------------


def test_coverage_is_merged_and_carried():
    one, other = Coverage(), Coverage()
    for coverage, end in ((one, "Complete"), (other, "PlaceInQueue")):
        bench = Bench(InProcessDriver(), coverage=coverage)
        bench.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound"))
        bench.do(ix.Offer(interaction="x1", agent="a1"))
        bench.do(ix.Accept(interaction="x1", by="a1"))
        bench.do(
            ix.command(end, interaction="x1", by="a1", **({"queue_name": "Inbound"} if end == "PlaceInQueue" else {}))
        )
        bench.do(ix.Accept(interaction="x1", by="a1"))
    both = Coverage.from_json(json.loads(json.dumps(one.to_json()))).merge(other)
    assert both.counts["edges"]["workitem: Queued -Offer-> Invited"] == 2
    assert set(both.counts["refused cells"]) == {
        "workitem: Completed -Accept-> refused", "workitem: Queued -Accept-> refused",
    }  # fmt: skip
    known = sum(map(len, universe(["workitem"]).values()))
    met = 4 + 4 + 2
    assert both.percent(universe(["workitem"])) == pytest.approx(100 * met / known)


def test_a_report_has_everything_and_no_markup_of_others():
    report = conform(Rejecting, supports=SMALL, kinds=("tour",), examples=20)
    assert not report.ok
    said = json.loads(json.dumps(report.to_json()))
    assert said["counts"]["fail"] == len([each for each in said["results"] if each["verdict"] == "fail"])
    page = report.html()
    assert "does not conform" in page
    assert "-Reject-&gt;" in page
    nothing = conform(InProcessDriver, supports=SMALL, kinds=("cells",), examples=0)
    assert "never run: workitem: Processing -Transfer-> Queued (to a queue)" in nothing.summary()
    assert "more" in nothing.summary().splitlines()[-1]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_the_share_of_illegal_operations_is_that_which_is_asked_for(share):
    counted = []

    class Counting(InProcessDriver):
        def perform(self, command):
            reply = super().perform(command)
            counted.append(reply.ok)
            return reply

    there = scope("workitem", "email", "chat", *WORKBINS)
    plan = Plan(there, illegal=share)
    assert search(lambda: Bench(Counting(), supports=there.supports), plan, examples=30, seed=5) is None
    refused = counted.count(False) / len(counted)
    assert refused == pytest.approx(share, abs=0.12)
    assert (refused == 0) is (share == 0)


@pytest.mark.parametrize("share", [1, -0.1, 7])
def test_not_everything_can_be_illegal(share):
    with pytest.raises(ValueError, match="the share of illegal operations is 0 or more, and less than 1"):
        Plan(scope("workitem"), illegal=share)


# --- pytest ---------------------------------------------------------------------------------------------------------

MINE = """
import pytest
from ixnstate.testing import InProcessDriver, InteractionConformance, Reply

class Wrong(InProcessDriver):
    def perform(self, command):
        return Reply(True, 0) if command.operation == "Reject" else super().perform(command)

class TestMine(InteractionConformance):
    supports = {"workitem", "agent-workbin"}
    examples = 20

    @pytest.fixture
    def driver(self):
        return InProcessDriver()
"""

WRONG = MINE.replace("return InProcessDriver()", "return Wrong()")
PLUGINS = ["-p", "no:ixnstate", "-p", "ixnstate.testing.plugin", "-p", "no:schemathesis"]
"""Ours by its name; and not the one that takes longer to load than our tests take."""


@pytest.fixture
def run(pytester):
    def run(text, *options):
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess(*PLUGINS, *options)

    return run


def test_the_reference_conforms_under_pytest(run, pytester):
    result = run(MINE, "--ixnstate-report=report.html", "--ixnstate-coverage=coverage.json", "-q")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*not applicable; covered * % of states, edges and refused cells that can be reached"])
    assert "conforms" in (pytester.path / "report.html").read_text()
    saved = json.loads((pytester.path / "coverage.json").read_text())
    assert "workitem: Invited -Reject-> Queued" in saved["edges"]


def test_too_little_coverage_fails(run):
    result = run(MINE, "-k", "test_case and Reject", "--ixnstate-fail-under=95")
    result.stdout.fnmatch_lines(["that is less than 95 %"])
    assert result.ret == 1


def test_a_failure_names_the_rule_and_is_kept(run, pytester):
    result = run(WRONG, "--junitxml=junit.xml")
    result.stdout.fnmatch_lines([
        "*workitem: Invited -Reject-> Queued*", "  source:   WorkitemReject (8.5.2, 2016-01-22): documented",
        "FAIL Reject: shown to an agent who has no part in it (Invited) (* cases; workitem; in Invited)",
        "kept in failure.jsonl: workitem: Invited -Reject-> Queued: *",
    ])  # fmt: skip
    assert result.ret == 1
    kept = sorted(pytester.path.glob("failure*.jsonl"))
    broken = [line for line in result.outlines if line.startswith("FAIL ")]
    assert [each.name for each in kept] == [
        *(f"failure-{number}.jsonl" for number in range(2, len(broken) + 1)), "failure.jsonl",
    ]  # fmt: skip
    runs = {load(json.loads(line) for line in each.read_text().splitlines()) for each in kept}
    assert len(runs) == len(kept) == 4
    for script in runs:
        assert play(Bench(Rejecting()), script).index == len(script) - 1
    assert 'name="verdict" value="fail"' in (pytester.path / "junit.xml").read_text()


def test_known_deviations_are_expected_failures(run, pytester):
    ids = [each.case.id for each in conform(Rejecting, supports=SMALL, examples=0).failures]
    pytester.makefile(".toml", deviations="\n".join(f'[[deviation]]\ncase = "{id}"\nreason = "known"' for id in ids))
    result = run(WRONG)
    assert result.ret == 0
    assert result.parseoutcomes()["xfailed"] == len(ids)


def test_a_driver_that_is_missing_or_does_not_fit_is_named(run):
    result = run(MINE[: MINE.index("    @pytest.fixture")], "-k", "test_machine")
    result.stdout.fnmatch_lines(["*write a fixture `driver` in your class*"])
    lacking = MINE.replace("return InProcessDriver()", "d = InProcessDriver(); d.lacks = ['time']; return d")
    outcomes = run(lacking, "-k", "test_case and pass").parseoutcomes()
    assert outcomes.keys() == {"skipped", "deselected"}
    wrong = lacking.replace("examples = 20", "examples = 20; lacks = ['offer']")
    run(wrong, "-k", "test_machine").stdout.fnmatch_lines(
        ["*TestMine has lacks = {'offer'}, and its driver has {'time'}: write `lacks = {'time'}` in TestMine, or *"]
    )


SOME_KINDS = f'{WRONG}    kinds = ("tour", "cells", "strangers")\n'


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The outcomes of the cases in one process, and what they cover."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "test_alone.py").write_text(SOME_KINDS)
    command = [sys.executable, "-m", "pytest", *PLUGINS, "-k", "test_case", "--ixnstate-coverage=alone.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    outcomes = pytest.RunResult.parse_summary_nouns(done.stdout.splitlines())
    return outcomes, json.loads((folder / "alone.json").read_text())


@pytest.mark.parametrize("least", [50, 101])
def test_a_session_of_several_processes_has_one_report(run, pytester, least, alone):
    """Two workers of pytest-xdist: one report, one coverage, and each different failure kept once."""
    options = ["--ixnstate-report=report.json", "--ixnstate-coverage=all.json", f"--ixnstate-fail-under={least}"]
    result = run(SOME_KINDS, "-n", "2", *options, "-k", "test_case")
    result.stdout.fnmatch_lines(["2 workers*", "*fail*; covered * %*", "kept in failure.jsonl: *Reject*"])
    assert (f"that is less than {least} %" in result.outlines) is (least > 100)
    said = json.loads((pytester.path / "report.json").read_text())
    outcomes, single = alone
    assert outcomes == {**result.parseoutcomes(), "deselected": 1}
    assert said["counts"]["fail"] == outcomes["failed"] == 9
    together = json.loads((pytester.path / "all.json").read_text())
    assert {kind: together[kind] for kind in ("states", "edges")} == {
        kind: single[kind] for kind in ("states", "edges")
    }
    assert len(list(pytester.path.glob("failure*.jsonl"))) == 3


def test_workers_of_xdist_are_put_together():
    from types import SimpleNamespace

    from ixnstate.testing import plugin
    from ixnstate.testing.base import REPORT

    packed = plugin._packed(conform(Rejecting, supports=SMALL, kinds=("tour",), examples=0))
    config = SimpleNamespace(stash=pytest.Stash())
    for _ in range(2):
        plugin.pytest_testnodedown(
            SimpleNamespace(workeroutput={"ixnstate": json.loads(json.dumps(packed))}, config=config)
        )
    both = config.stash[REPORT]
    assert both.coverage.counts["edges"]["workitem: Queued -Stop-> Completed"] == 2
    assert len(both.failures) == 2 * len(conform(Rejecting, supports=SMALL, kinds=("tour",), examples=0).failures)


# --- the command line -----------------------------------------------------------------------------------------------


def invoke(*arguments):
    return CliRunner().invoke(cli, arguments)


def test_conform_replay_and_suite_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_here.py").write_text(
        "from ixnstate.testing import InProcessDriver, Reply\n"
        "class Wrong(InProcessDriver):\n"
        "    def perform(self, command):\n"
        "        return Reply(True, 0) if command.operation == 'Reject' else super().perform(command)\n"
    )
    found = invoke("conform", "mine_here:Wrong", "--supports", "workitem", "--examples", "10", "--report", "r.json")
    assert found.exit_code == 1, found.output
    assert "FAIL Reject: shown to an agent who has no part in it (Invited)" in found.output
    assert json.loads((tmp_path / "r.json").read_text())["ok"] is False
    (tmp_path / "other.jsonl").write_text('{"messageType": "Nothing"}\n')
    (tmp_path / "wrong.jsonl").write_text('{"action": {}}\n{"action": {"operation": "Wait", "seconds": "x"}}\n')
    for file, said in {
        "other.jsonl": "no line has an action",
        "wrong.jsonl": "line 1 is of no saved run: an action has an operation, not None",
        "r.json": "r.json: ",
    }.items():
        refused = invoke("replay", file, "--driver", "mine_here:Wrong")
        assert refused.exit_code == 2
        assert said in refused.output
    for asked in (["suite", "--supports", "fax"], ["conform", "mine_here:Wrong", "--supports", "fax"]):
        assert "supports has no fax; there are" in invoke(*asked).output
        assert invoke(*asked).exit_code == 2
    assert "a failing run is kept in failure-2.jsonl" in found.output
    for file in tmp_path.glob("failure*.jsonl"):
        assert invoke("replay", str(file), "--driver", "mine_here:Wrong").exit_code == 1
        assert invoke("replay", str(file), "--driver", "ixnstate.testing:InProcessDriver").exit_code == 0
        assert invoke("validate", str(file)).exit_code != 2
    again = invoke("replay", "failure.jsonl", "--driver", "mine_here:Wrong")
    assert again.exit_code == 1
    assert "bench.do(ix.Reject(interaction='x1', media='workitem', by='a1'))" in again.output
    right = invoke("replay", "failure.jsonl", "--driver", "ixnstate.testing:InProcessDriver")
    assert (right.exit_code, right.output) == (0, "3 actions, no difference\n")
    assert (
        invoke("conform", "ixnstate.testing:InProcessDriver", "--supports", "workitem", "--examples", "5").exit_code
        == 0
    )
    assert invoke("conform", "nothing:Here").exit_code == 2
    assert "supports has no fax" in invoke("conform", "mine_here:Wrong", "--supports", "fax").output
    names = invoke("suite", "--supports", "workitem", "--kind", "tour").output.splitlines()
    assert "workitem: Invited -Reject-> Queued" in names
    said = json.loads(invoke("suite", "--supports", "workitem", "--kind", "tour", "--format", "json").output)
    assert len(said["cases"]) == len([name for name in names if "orkbin" not in name])
    assert "unknown kind tours" in invoke("suite", "--kind", "tours").output


def test_importing_the_library_loads_neither_and_what_is_missing_is_named():
    code = (
        "import sys, ixnstate, ixnstate.testing.plugin; assert 'hypothesis' not in sys.modules\n"
        "sys.modules['hypothesis'] = None\n"
        "try: from ixnstate.testing import conform\n"
        "except ImportError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    expected = "ixnstate.testing.conform needs hypothesis, which comes with an extra: pip install 'ixnstate[testing]'"
    assert said.strip() == expected


def test_a_case_prints_as_its_id():
    assert str(Case("workitem: x", "tour", "workitem", ())) == "workitem: x"
