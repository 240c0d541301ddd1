"""The rows of what stands around the core: recordings, reports, exports, clients, Bayeux and the conformance kit."""

import io
import os
import tempfile
from collections.abc import Callable
from contextlib import chdir
from typing import Any

import attrs
from entry import AGENTS, COMMANDS, DEFINITION, STATES, Entry, constructor, entry
from junk import NAMES, one_of, run_of, scope

import ixnstate as ix
from ixnstate import bayeux, client, export, reports, testing, trace
from ixnstate.trace import partition


def listed(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same, gone through to its end: what is lazy raises only then."""
    return lambda **given: [*call(**given)]


def with_first(first: Callable[[], Any], name: str) -> Callable[..., Any]:
    """A method, of a value that is made for each call."""
    return lambda **given: getattr(first(), name)(**given)  # noqa: PLW0108 (it is made anew for each call)


def unless_sound(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but not with a sound definition: that takes up to a second."""
    return lambda definition, *given, **more: (
        None if isinstance(definition, ix.Definition) else call(*given, definition=definition, **more)
    )


def function(sound: str) -> Callable[[Any], str]:
    """A sound function, or what is none: one of others raises what it raises."""
    return lambda chance: sound if chance.randrange(3) else one_of(("5", "None", "'x'", "[]", "{}", "object()"), chance)


def elsewhere(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same in a folder of its own: what is written is gone afterwards, and must be whole or not there."""

    def run(**given: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            try:
                return call(**given)
            except Exception:
                assert os.listdir() == [], "something is half written"  # noqa: PTH208
                raise

    return run


# === recordings =====================================================================================================

_RULE = "{'name': 'x', 'says': 'never', 'then': {'states': ['Queued']}, 'within': 3}"


def _new_stream() -> trace.StreamJudge:
    return trace.StreamJudge(trace.Judge())


_FILES = ("recording('complete-twice')", "recording('capability-missing')", "'nowhere.jsonl'")
_LINES = ("lines('complete-twice')", "lines('capability-missing')", "()", "[line('complete-twice', 2)]")
_FOUND = ("found('complete-twice')", "found('capability-missing')", "()")
_JUDGED = {"gaps": ("None", "0", "3"), "rules": ("trace.DEFAULT_RULES", "()", "[trace.invitation(30)]")}
_FOR_JUDGE = {
    **DEFINITION, **_JUDGED, "like": ("None", "trace.Judge()"), "workbins": ("True", "False"),
    "separate": ("False", "True"), "recorded": ("None", "'everything'", "'session'", "['a1', 'a2']"),
    "agent": ("None", "'a1'"), "explain": ("False", "True"),
}  # fmt: skip


def _read_rule(**given: Any) -> trace.Rule:
    return trace.read_rule({name: value for name, value in given.items() if value is not None})


def _validated(file: Any, **given: Any) -> Any:
    return trace.validate(file, **given)


RECORDED = [
    entry("trace.read_rule", ValueError, value=_RULE),
    entry("trace.read_rule(...)", ValueError, call=_read_rule, name="'x'", says="'never'",
        then=("{}", "{'states': ['Queued']}"),
           after=("None", "{'negated': True}"), end="None", within=("None", "3")),
    entry("trace.invitation", ValueError, seconds="30", grace="5"),
    entry("trace.Rule", ValueError, name="'x'", says="'never'", then="trace.Where()", after="trace.Where()",
        within="None"),
    entry("trace.Judge", ValueError, **_FOR_JUDGE),
    entry("Judge.take", ValueError, call=with_first(trace.Judge, "take"), line="line('complete-twice', 2)"),
    entry("Judge.weigh", ValueError, call=with_first(trace.Judge, "weigh"), recorded="seen().recorded"),
    entry("Judge.finish", call=with_first(trace.Judge, "finish"), is_over=("True", "False")),
    entry("Judge.resume", ValueError, call=with_first(trace.Judge, "resume"), state="trace.Judge().save()"),
    entry("Judge.overdue", ValueError, call=with_first(trace.Judge, "overdue"), now=("1e9", "0")),
    entry("trace.StreamJudge", ValueError, judge="trace.Judge()", delay=("10.0", "0"), longest="1 << 20"),
    entry("StreamJudge.take", ValueError, call=with_first(_new_stream, "take"),
        lines=("[trace.StreamLine(1e9, 'f', 1, '{}')]", "()"), now=("1e9", "0")),
    entry("StreamJudge.resume", ValueError, call=with_first(_new_stream, "resume"),
        state="trace.StreamJudge(trace.Judge()).save()"),
    entry("trace.resumed", ValueError, call=lambda state: trace.resumed(trace.Judge(), state),
        state=("trace.Judge().save()", "None")),
    entry("trace.resumed(...)", ValueError, call=trace.resumed, judge="trace.Judge()", state="None"),
    entry("trace.judged", ValueError, call=listed(trace.judged), judge="trace.Judge()", lines=_LINES),
    entry("trace.followed", ValueError, call=listed(trace.followed), judge="trace.Judge()", lines=_LINES),
    entry("trace.keyed", ValueError, call=listed(trace.keyed), lines=_LINES),
    entry("partition.rows_of", ValueError, call=listed(partition.rows_of), lines=_LINES),
    entry("partition.bucket_of", ValueError, call=partition.bucket_of, key=("'X1'", "None"), buckets=("1", "7")),
    entry("partition.JudgeOptions", ValueError, call=partition.JudgeOptions, **DEFINITION, **_JUDGED),
    entry("partition.judge_in_parts", ValueError, call=partition.judge_in_parts, lines=_LINES,
        settings="partition.JudgeOptions()", parts=("1", "7")),
    entry("trace.in_time", ValueError, call=listed(trace.in_time), lines=_LINES),
    entry("trace.fold_sorted", ValueError, call=listed(trace.fold_sorted),
        batches=("[trace.keyed(lines('complete-twice'))]", "()"), **DEFINITION, **_JUDGED),
    entry("trace.up_to_unreadable", ValueError, call=listed(trace.up_to_unreadable), found=_FOUND),
    entry("trace.open_lines", OSError, ValueError, call=listed(trace.open_lines), file=_FILES, longest="1 << 20"),
    entry("trace.read", OSError, ValueError, call=listed(trace.read), judge="trace.Judge()", file=_FILES,
        crew="None", longest="1 << 20"),
    entry("trace.read_record", ValueError, line="line('complete-twice', 2)"),
    entry("Recorded.number", call=NAMES["seen"]().recorded.number, inside=("None", "3")),
    entry("Recorded.may_answer", call=NAMES["seen"]().recorded.may_answer, seq="3",
        path=("None", "'/me'")),
    entry("trace.repair", ValueError, media="'workitem'", operations="['Offer', 'Complete']", start=STATES,
        definition="ix.GWS"),
    entry("trace.report", ValueError, judges=("trace.Judge()", "[trace.Judge()]"), found=_FOUND, files=("()", "['a']")),
    entry("trace.mended", ValueError, call=listed(trace.mended), found=_FOUND,
        files=("()", "[recording('complete-twice')]"), new_judge=function("trace.Judge"), strict=("False", "True"),
        longest="1 << 20"),
    entry("trace.crew_of", ValueError, jobs="1"),
    entry("trace.validate", OSError, ValueError, call=elsewhere(_validated), file=_FILES, **DEFINITION, **_JUDGED,
        strict=("False", "True"), resume=("None", "'state.json'"), last=("False", "True"), jobs="1",
        unsorted=("False", "True"), separate="False", recorded=_FOR_JUDGE["recorded"], agent=("None", "'a1'"),
        max_findings="10", max_line="1 << 20", max_live="10", explain=("False", "True")),
    entry("trace.write_ocel", ValueError, call=lambda lines: trace.write_ocel(lines, io.StringIO()), lines=_LINES),
    entry("trace.write_ocel(...)", ValueError, call=trace.write_ocel, lines="()", file="io.StringIO()"),
    *[constructor("trace", getattr(trace, name)) for name in (
        "Code", "Edit", "LineEdit", "Recorded", "Repair", "RuleOutcome", "Seen", "Settled", "Unrecorded", "Witness",
        "Finding",
    )],
    constructor("trace", trace.Where, ValueError),
    constructor("trace", trace.Report, ValueError),
]  # fmt: skip

# === reports ========================================================================================================

_REPORT = ("judgement('complete-twice')", "judgement('capability-missing')", "judgement()")
_MISSING = {"missing": ("()", "['nowhere']")}
_FINDINGS = ("judgement('complete-twice').findings", "()")

REPORTS = [
    *[entry(f"reports.{name}", ValueError, report=_REPORT, **_MISSING)
      for name in ("as_data", "as_json", "as_junit", "as_sarif")],
    entry("reports.as_html", ValueError, report=_REPORT, timelines="reports.Timelines()", covered=("()", "[covered()]"),
        drawings="{}", **_MISSING, names=("()", "['day.jsonl']")),
    entry("reports.redacted", ValueError, report=_REPORT, fully=("True", "False")),
    entry("reports.without_secrets", ValueError, found=("judgement('complete-twice').findings[0]",),
        fully=("True", "False")),
    entry("reports.selected", ValueError, report=_REPORT, selection=("reports.Selection()",),
        baseline=("None", "reports.Baseline()")),
    entry("reports.Selection", ValueError, select=("()", "['IXN1']"), ignore=("()", "['IXN1', 'ALL']")),
    entry("Selection.has", call=reports.Selection(("IXN1",)).has, code="'IXN101'"),
    entry("reports.Baseline", ValueError, counts=("()", "{reports.Kind('IXN101', 'x'): 3}")),
    entry("Baseline.to_text", ValueError, call=lambda counts: reports.Baseline(counts).to_text(),
        counts=("()", "{reports.Kind('IXN101', 'x'): 3}")),
    entry("reports.baseline_of", ValueError, findings=_FINDINGS),
    entry("reports.read_baseline", OSError, ValueError, file=_FILES),
    entry("reports.groups_of", ValueError, findings=_FINDINGS),
    entry("reports.kind_of", ValueError, finding="judgement('complete-twice').findings[0]"),
    entry("reports.shrink", ValueError, lines="[*lines('complete-twice')]",
        finding="judgement('complete-twice').findings[0]", **DEFINITION),
    entry("reports.drawings", ValueError, covered=("()", "[covered()]"), **DEFINITION),
    entry("reports.Tally", ValueError, **DEFINITION),
    entry("Tally.add_plain", ValueError, call=with_first(reports.Tally, "add_plain"), plain=("{}", "5")),
    entry("Tally.add", ValueError, call=with_first(reports.Tally, "add"), seen="seen()"),
    entry("Timelines.add", ValueError, call=with_first(reports.Timelines, "add"), seen="seen()"),
    entry("Timelines.point_out", ValueError, call=with_first(reports.Timelines, "point_out"),
        interaction="'X1'", findings="judgement('complete-twice').findings"),
    entry("Coverage.part", KeyError, ValueError, call=lambda kind: NAMES["covered"]().part(kind), kind="'edges'"),
    *[constructor("reports", getattr(reports, name)) for name in ("Code", "Group", "Kind", "Part")],
    constructor("reports", reports.Coverage, ValueError),
]  # fmt: skip

# === exports ========================================================================================================

EXPORTS = [
    entry("export.client_definition", ValueError, call=unless_sound(export.client_definition),
        definition="ix.Profile()"),
    entry("export.document", ValueError, media="'workitem'", **DEFINITION),
    entry("export.scxml", ValueError, media="'workitem'", start=STATES, **DEFINITION),
    entry("export.types_schema", ValueError, call=unless_sound(export.types_schema), media="'workitem'",
        definition="ix.Profile()"),
    entry("export.typescript", ValueError, call=unless_sound(export.typescript), media="'workitem'",
        definition="ix.Profile()"),
    entry("export.xstate", ValueError, media="'workitem'", **DEFINITION),
    entry("machines.svg", ValueError, call=unless_sound(ix.machines.svg), media="'fax'", definition="ix.Profile()"),
]  # fmt: skip


# === clients ========================================================================================================


def _mirrored(name: str) -> Callable[..., Any]:
    """A method of a mirror that knows something; one that has raised must know the same as before."""

    def call(**given: Any) -> Any:
        mirror = NAMES["mirror"]()
        before = _known(mirror)
        try:
            made = getattr(mirror, name)(**given)
        except Exception:
            assert _known(mirror) == before or name == "read", "the mirror has changed"
            raise
        _known(mirror)
        return made

    return call


def _known(mirror: client.Mirror) -> Any:
    """All that can be asked of it."""
    legal = [mirror.legal(each) for each in mirror.views]
    expected = [mirror.expected(each) for each in mirror.views]
    return (
        mirror.views, mirror.workbins, mirror.pending, mirror.is_current, mirror.wants_reading, repr(legal), expected
    )  # fmt: skip


_BODY = ("{'statusCode': 0}", "{'statusCode': 0, 'referenceId': 9}", "'{\"statusCode\": 0}'", "None",
         "{'statusCode': 0, 'interactions': []}", "{'statusCode': 4}")  # fmt: skip
_ARGUMENTS = {
    "target_agent": ("'a2'",), "queue_name": ("'Q'",), "workbin": ("'wb'",), "user_data": ("{'a': 1}",)
}  # fmt: skip


def _asking(name: str) -> Callable[..., Any]:
    """An operation of a mirror, with one of its arguments or none."""
    call = _mirrored(name)

    def ask(operation: Any, interaction: Any, which: Any, value: Any) -> Any:
        more = {which: value} if isinstance(which, str) and which.isidentifier() else {}
        return call(operation=operation, interaction=interaction, **more)

    return ask


_ASKED = {
    "operation": ("'Complete'", "'Transfer'", "'AddInteraction'", "'PullInteraction'", "'Subscribe'", "'Foo'",
                  "'Create'"),
    "interaction": ("'X1'", "'X2'", "'nowhere'"),
    "which": ("'target_agent'", "'queue_name'", "'workbin'", "'user_data'", "'by'", "'media'", "''"),
    "value": ("'a2'", "'Q'"),
}  # fmt: skip

CLIENTS = [
    entry("client.Mirror", ValueError, agent="'a1'", names=("()", "['Ann']"), **DEFINITION),
    entry("Mirror.take", ValueError, call=_mirrored("take"), frame=("message()", "message()['data']", "[message()]",
        "content_message()")),
    entry("Mirror.reply", ValueError, call=_mirrored("reply"), operation=("asked()", "asked(1)"), body=_BODY,
        http_status=("200", "500")),
    entry("Mirror.read", ValueError, call=_mirrored("read"), reading=("reading()", "reading(1)"), body=_BODY,
        http_status=("200", "404", "500")),
    entry("Mirror.give_up", ValueError, call=_mirrored("give_up"), asked=("asked()", "reading()")),
    entry("Mirror.view", call=_mirrored("view"), interaction=("'X1'", "'nowhere'")),
    entry("Mirror.legal", call=_mirrored("legal"), interaction=("'X1'", "'nowhere'")),
    entry("Mirror.expected", call=_mirrored("expected"), interaction=("'X1'", "'nowhere'")),
    entry("Mirror.request", ValueError, call=_asking("request"), **_ASKED),
    entry("Mirror.refusal", ValueError, call=_asking("refusal"), **_ASKED),
    entry("client.Client", ValueError, call=client.Client, base="'http://127.0.0.1:9'", user="'a1'",
        password=("None", "'x'"), headers=("None", "{'x': 'y'}"), cometd="'/notifications'", http="None", **DEFINITION),
    constructor("client", client.Legality),
    *[constructor("client", getattr(client, name)) for name in ("ContentChanged", "Heard", "LogChanged", "Operation",
        "OperationChanged", "Reading", "Shown", "ViewChanged")],
]  # fmt: skip

# === Bayeux =========================================================================================================

_SERVED = {"exchange": ("1", "'x'"), "now": ("1.0", "50")}

BAYEUX = [
    entry("bayeux.Options", ValueError, call=bayeux.Options, **{
        name: repr(each.default) for name, each in attrs.fields_dict(bayeux.Options).items()}),
    entry("bayeux.Server", ValueError, options=("None", "bayeux.Options()")),
    entry("Bayeux.receive", ValueError, call=lambda **given: NAMES["cometd"]().receive(**given),
        body=("handshake()", "connect()", "b'[]'"), user=("'a1'", "None"), browser=("None", "'b' * 20"),
        new_id=function("(lambda: 'c' * 20)"), **_SERVED),
    entry("Bayeux.publish", ValueError, call=lambda **given: NAMES["cometd"]().publish(**given),
        messages=("[('a1', '/v2/me', {'a': 1})]", "()"), now="1.0"),
    entry("Bayeux.tick", ValueError, call=lambda now: NAMES["cometd"]().tick(now=now), now="99.0"),
    entry("Bayeux.abandon", ValueError, call=lambda **given: NAMES["cometd"]().abandon(**given), **_SERVED),
    entry("Bayeux.sign_out", ValueError, call=lambda **given: NAMES["cometd"]().sign_out(**given), user="'a1'",
        now="1.0"),
    entry("Bayeux.stop", ValueError, call=lambda now: NAMES["cometd"]().stop(now=now), now="1.0"),
    entry("bayeux.is_address", path="'/cometd/connect'", root="'/cometd'"),
    constructor("bayeux", bayeux.Answer),
]  # fmt: skip

# === the conformance kit ============================================================================================


def _driven(driver: Callable[[], Any], name: str) -> Callable[..., Any]:
    def call(**given: Any) -> Any:
        made = driver()
        id = made.create(ix.Submit(media="workitem", new_id="x1", queue="Inbound"))
        made.offer(id, "a1")
        return getattr(made, name)(*(id if value == "X1" else value for value in given.values()))

    return call


_TOLD = (testing.TargetError, RuntimeError, ValueError)
"""What is not there, or is refused, a driver says by raising."""


def _driver(where: str, driver: Callable[[], Any]) -> list[Entry]:
    return [
        entry(f"{where}.perform", *_TOLD, call=_driven(driver, "perform"), command=(*COMMANDS,
            "ix.Accept(by='a1', interaction='X1')")),
        entry(f"{where}.create", *_TOLD, call=_driven(driver, "create"),
            new="ix.Submit(media='chat', new_id='x2', queue='Inbound')"),
        entry(f"{where}.offer", *_TOLD, call=_driven(driver, "offer"), interaction="'X1'", agent=AGENTS),
        entry(f"{where}.view", *_TOLD, call=_driven(driver, "view"), interaction="'X1'", agent=AGENTS),
        entry(f"{where}.content", *_TOLD, call=_driven(driver, "content"), place="ix.WorkbinPlace('own-1', owner='a1')",
            agent=("None", "'a1'")),
        entry(f"{where}.interactions", *_TOLD, call=_driven(driver, "interactions"), agent=AGENTS),
        entry(f"{where}.advance", *_TOLD, call=_driven(driver, "advance"), seconds="5"),
    ]  # fmt: skip


_SCRIPT = ("run_of()[0]", "()", "(ix.Submit(new_id='x1', media='workitem', queue='Inbound'), testing.Wait(5))")
_RUN = {"script": _SCRIPT, "difference": ("run_of()[1]",)}


def _conformed(new_driver: Any, **given: Any) -> Any:
    """Only what is refused at once: a run takes minutes."""
    sound = {"examples": 0, "wanted": lambda _: False}
    return testing.conform(new_driver, **{**sound, **given})


def _modelled(name: str) -> Callable[..., Any]:
    return with_first(lambda: testing.Model(scope()), name)


KIT = [
    entry("testing.told", ValueError, agent="'a1'", message=("message()", "message()['data']")),
    entry("testing.World", ValueError, agents=("testing.WORLD.agents", "[ix.Agent('a1')]"),
        workbins="testing.WORLD.workbins", queues="('Inbound', 'Outbound')"),
    entry("World.group_of", call=testing.WORLD.group_of, agent="'a1'"),
    entry("World.of_type", call=testing.WORLD.of_type, type="'Agent'"),
    entry("testing.Seen", ValueError, state="'Queued'", capabilities=("()", "None", "['Accept']"),
        user_data=("None", "{'a': 1}"), details=("None", "{}")),
    entry("testing.Told", ValueError, agent="'a1'", kind="'StatusChange'", capabilities=("None", "()"),
        user_data=("None", "{'a': 1}"), state="'Queued'"),
    constructor("testing", testing.Reply),
    entry("testing.InProcessDriver", ValueError, world=("testing.WORLD", "testing.CROWDED"), **DEFINITION),
    *_driver("InProcessDriver", testing.InProcessDriver),
    entry("testing.MirrorDriver", ValueError, new_mirror=function("Watching"), world="testing.WORLD", **DEFINITION),
    *_driver("MirrorDriver", lambda: testing.MirrorDriver(NAMES["Watching"])),
    entry("testing.FaultyDriver", ValueError, driver="testing.InProcessDriver()", drop=("0", "0.5"), delay="0.5",
        reorder="0", double="1", seed="7"),
    entry("testing.HttpDriver", ValueError, testing.TargetError, base="'http://127.0.0.1:9'",
        world=("None", "testing.WORLD"), platform=function("None")),
    entry("testing.StdioDriver", ValueError, testing.TargetError, program=("['/nowhere/program']",),
        world="testing.WORLD"),
    entry("testing.serve", ValueError, driver="testing.InProcessDriver()",
        lines=("io.StringIO('{\"do\": \"reset\"}\\n')", "io.StringIO('x')"), answers="io.StringIO()"),
    entry("testing.serve(...)", call=lambda text: testing.serve(testing.InProcessDriver(), NAMES["io"].StringIO(
        text if isinstance(text, str) else repr(type(text))), NAMES["io"].StringIO()),
        text=("'{\"do\": \"reset\"}'", "'{\"do\": 5}'", "'[]'", "'{\"do\": \"perform\", \"command\": []}'")),
    entry("testing.Bench", ValueError, testing.DriverError, driver="testing.InProcessDriver()",
        supports=("['workitem']", "testing.EVERYTHING"), faults=("()", "['x']"), **DEFINITION),
    entry("Bench.do", ValueError, testing.NonconformanceError,
        call=lambda action: testing.Bench(testing.InProcessDriver()).do(action),
        action=("ix.Submit(new_id='x1', media='workitem', queue='Inbound')", "testing.Wait(5)")),
    entry("Bench.run", ValueError, testing.NonconformanceError,
        call=lambda script: testing.Bench(testing.InProcessDriver()).run(script), script=_SCRIPT),
    entry("testing.Wait", ValueError, seconds="5"),
    entry("testing.AtOnce", ValueError, lanes=("((ix.Accept(by='a1', interaction='x1'),), (ix.Reject(by='a1', "
        "interaction='x1'),))",)),
    entry("testing.Model", ValueError, scope="scope()"),
    entry("Model.act", ValueError, call=_modelled("act"),
        action=("ix.Submit(new_id='x1', media='workitem', queue='Inbound')", "testing.Wait(5)")),
    entry("Model.decide", ValueError, call=_modelled("decide"), record="record('workitem')", command=COMMANDS),
    entry("Model.record", ValueError, call=_modelled("record"), name="'x1'"),
    entry("Model.adopt", ValueError, call=_modelled("adopt"), record="record('workitem')"),
    entry("Model.forget", ValueError, call=_modelled("forget"), interaction="'x1'"),
    entry("Model.sight", ValueError, call=_modelled("sight"), interaction="'x1'"),
    entry("Model.has", call=_modelled("has"), agent="'a1'"),
    entry("Model.content", ValueError, call=_modelled("content"), place="ix.WorkbinPlace('own-1', owner='a1')"),
    entry("testing.explain", ValueError, **_RUN, driver="'driver'"),
    entry("testing.program", ValueError, script=_SCRIPT, driver="'driver'", past=("()", "['x']")),
    entry("testing.shortest", ValueError, **_RUN, run=function("(lambda script: None)"), tries=("3", "300")),
    entry("testing.save", OSError, ValueError, call=elsewhere(testing.save), path=("Path('run.jsonl')",), **_RUN),
    entry("testing.load", ValueError, lines=("saved_run()", "()")),
    entry("testing.read_lines", OSError, ValueError, path=("Path('nowhere')", "Path(recording('complete-twice'))")),
    entry("testing.looked_past", ValueError, lines=("saved_run()", "()")),
    entry("testing.suite", ValueError, scope="scope()", kinds=("()", "['tour']")),
    entry("testing.as_json", ValueError, cases=("()", "[case()]"), scope="scope()"),
    entry("testing.Scope", ValueError, definition="ix.GWS", world="testing.WORLD", supports="frozenset({'workitem'})",
        lacks=("frozenset()", "frozenset({testing.Ability.TIME})"), without="frozenset()", avoid="frozenset()"),
    entry("Scope.why_not", ValueError, call=lambda command: scope().why_not(command), command=COMMANDS),
    entry("testing.judge", ValueError, case="case()",
        new_bench=function("(lambda definition: testing.Bench(testing.InProcessDriver(), definition))"),
        scope="scope()", known=("()", "[testing.Deviation('x', 'y')]"), faults=("None", "set()")),
    entry("testing.Deviation", ValueError, case="'workitem: *'", reason="'known'"),
    entry("Deviation.covers", ValueError, call=testing.Deviation("workitem: *", "known").covers, case="'workitem: x'"),
    entry("testing.deviations", ValueError, file=("'nowhere.toml'", "recording('complete-twice')")),
    entry("testing.linearize", ValueError, record="record('workitem')",
        history=("[testing.Call(ix.Complete(by='a1'), 1, 2, True)]", "()"), **DEFINITION),
    entry("testing.timeline", ValueError, calls=("[testing.Call(ix.Complete(by='a1'), 1, 2, True)]", "()")),
    entry("testing.Call", ValueError, command="ix.Complete(by='a1')", began="1", ended=("2", "inf"),
        ok=("True", "None")),
    entry("testing.conform", ValueError, testing.TargetError, testing.DriverError, call=_conformed,
        new_driver=function("testing.InProcessDriver"), supports=("['workitem']",), **DEFINITION,
        kinds=("()", "['tour']"), examples="0", steps="2", illegal="0.1", known=("()", "[testing.Deviation('x', 'y')]"),
        seed=("None", "3")),
    entry("testing.made", ValueError, testing.TargetError, call=lambda new_driver: testing.made(new_driver)(),
        new_driver=function("testing.InProcessDriver")),
    entry("testing.Report", ValueError, media=("('workitem',)",)),
    entry("Report.add", ValueError, call=lambda result: testing.Report(("workitem",)).add(result), result="result()"),
    entry("Report.include", ValueError, call=lambda **given: testing.Report(("workitem",)).include(**given),
        media="['chat']", known="{'states': ('chat: Queued',)}"),
    entry("Report.save", OSError, ValueError, call=elsewhere(lambda path: testing.Report(("workitem",),
        found=[run_of()]).save(path)), path="Path('failure.jsonl')"),
    entry("testing.Coverage.from_json", ValueError, saved="testing.Coverage().to_json()"),
    entry("testing.Coverage.merge", ValueError, call=lambda other: testing.Coverage().merge(other),
        other="testing.Coverage()"),
    entry("testing.Coverage.percent", ValueError, call=lambda known: testing.Coverage().percent(known),
        known="{'states': ('chat: Queued',)}"),
    entry("testing.Coverage.missing", ValueError, call=lambda known: testing.Coverage().missing(known),
        known="{'states': ('chat: Queued',)}"),
    *[constructor("testing", getattr(testing, name)) for name in ("Case", "Difference", "Finding", "Linearization",
        "Result")],
    entry("testing.NonconformanceError", ValueError, **_RUN),
]  # fmt: skip

AROUND = [*RECORDED, *REPORTS, *EXPORTS, *CLIENTS, *BAYEUX, *KIT]
