"""Reports: the formats hold to their standards, every code is described, coverage counts what happened."""

import io
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from lives import recorded

import ixnstate as ix
from conftest import MEDIA
from ixnstate import reports, trace
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.reading import read_stream
from ixnstate.reports.reading import fingerprint, pointed
from ixnstate.reports.shrinking import written
from ixnstate.stepping import applicable
from ixnstate.trace import Finding, Report

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FAULTS = sorted((EXAMPLES / "faults").glob("*.jsonl"))
LEGAL = sorted(EXAMPLES.glob("*.jsonl"))


def read(*values):
    raw = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    return list(read_stream(io.BytesIO(raw), "-"))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """The report of every faulty example, and of a file with a line that cannot be read."""
    junk = tmp_path_factory.mktemp("junk") / "junk & <more>.jsonl"
    junk.write_bytes(b'{"agent" "a1"}\n\x00\xff\n')
    report = trace.validate(*FAULTS, junk)
    assert len(report.findings) >= len(FAULTS) - 1
    assert len(report.unreadable) == 2
    return report


LEGAL_REPORT = trace.validate(*LEGAL)
EMPTY = Report((), (), 0, 0, 0)

# === codes ==========================================================================================================


def test_every_code_of_the_judge_is_described():
    sources = Path(trace.__file__).parent.glob("*.py")
    used = {code for path in sources if path.stem != "codes" for code in re.findall(r"IXN\d+", path.read_text())}
    assert used == set(reports.CODES) == set(trace.CODES)


@pytest.mark.parametrize("code", [each for each in reports.CODES.values() if each.example], ids=lambda each: each.code)
def test_the_example_of_a_code_shows_it(code, tmp_path):
    path = tmp_path / "example.jsonl"
    path.write_text("\n".join(code.example))
    (finding,) = trace.validate(path).findings
    assert (finding.code, finding.place.line) == (code.code, code.fault or len(code.example))


@pytest.mark.parametrize("code", reports.CODES.values(), ids=lambda each: each.code)
def test_a_description_is_whole_sentences(code):
    for text in (code.meaning, code.remedy):
        assert text[0].isupper()
        assert text.endswith(".")


# === where the fault stands =========================================================================================


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_finding_points_at_a_value(path):
    (finding,) = trace.validate(path).findings
    if path.stem in ("item-removed-without-pull", "notification-of-another-medium"):
        assert pointed(finding) is None  # the whole message is at fault
        return
    start, end = pointed(finding)
    value = json.loads(finding.text[start:end])
    body = json.loads(finding.text).get("body", {})
    if finding.code == "IXN101":
        assert value in body.values()
    elif finding.code == "IXN203":
        assert isinstance(value, list)


def test_an_unreadable_line_points_at_its_column():
    (found,) = read_stream(io.BytesIO(b'{"agent" "a1"}'), "-")
    assert isinstance(found, Unreadable)
    start, _ = pointed(found)
    assert found.text[start:].startswith('"a1"')


# === JSON ===========================================================================================================

SCHEMA = reports.json_schema()


def test_the_schema_of_json_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_json_is_as_its_schema_says(faulty):
    validator = Draft202012Validator(SCHEMA)
    for report in (faulty, LEGAL_REPORT, EMPTY):
        assert [error.message for error in validator.iter_errors(json.loads(reports.as_json(report)))] == []


def test_the_schema_knows_every_key(faulty):
    data = reports.as_data(faulty)
    assert data.keys() <= SCHEMA["properties"].keys()
    for finding in data["findings"]:
        assert finding.keys() <= SCHEMA["$defs"]["finding"]["properties"].keys()
    assert {field.name for field in attrs.fields(Finding)} <= {
        *SCHEMA["$defs"]["finding"]["properties"],
        "place",
        "text",
    }


def test_a_file_that_is_missing_is_not_ok():
    assert json.loads(reports.as_json(EMPTY, missing=["x"]))["ok"] is False


# === JUnit ==========================================================================================================


def test_junit_counts_what_it_has(faulty):
    for report, missing in ((faulty, ()), (faulty, ("lost.jsonl",)), (EMPTY, ("lost.jsonl",)), (LEGAL_REPORT, ())):
        root = ElementTree.fromstring(reports.as_junit(report, missing=missing))
        assert root.tag == "testsuites"
        for element in (root, *root.iter("testsuite")):
            cases = list(element.iter("testcase"))
            for key, tag in (("failures", "failure"), ("errors", "error")):
                assert int(element.get(key)) == len(list(element.iter(tag)))
            assert int(element.get("tests")) == len(cases) > 0
            assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
        assert len(list(root.iter("failure"))) == len(report.findings)
        assert len(list(root.iter("error"))) == len(report.unreadable) + len(missing)


def test_names_in_junit_stay_when_lines_move():
    moved = Report((attrs.evolve(trace.validate(FAULTS[0]).findings[0], place=Place("f", 99)),), (), 0, 0, 0)
    again = Report((attrs.evolve(moved.findings[0], place=Place("f", 7)),), (), 0, 0, 0)
    names = [
        [case.get("name") for case in ElementTree.fromstring(reports.as_junit(report)).iter("testcase")]
        for report in (moved, again)
    ]
    assert names[0] == names[1]


# === SARIF ==========================================================================================================


@pytest.fixture(scope="module")
def sarif_standard(tmp_path_factory):
    """The JSON Schema of SARIF 2.1.0, which the npm package ``@microsoft/jest-sarif`` has."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here, and the standard is in no package of the Python index")
    place = tmp_path_factory.mktemp("npm")
    pack = [npm, "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"]
    if subprocess.run(pack, check=False, capture_output=True, timeout=300, cwd=place).returncode:
        pytest.skip("npm could not fetch @microsoft/jest-sarif")
    (packed,) = place.glob("*.tgz")
    with tarfile.open(packed) as files:
        return json.load(files.extractfile("package/lib/schemas/sarif-2.1.0-rtm.5.json"))


def test_sarif_is_as_its_standard_says(faulty, sarif_standard):
    validator = Draft4Validator(sarif_standard)
    for report, missing in ((faulty, ()), (LEGAL_REPORT, ()), (EMPTY, ("lost",))):
        log = json.loads(reports.as_sarif(report, missing=missing))
        assert log["$schema"].rpartition("/")[2] == sarif_standard["id"].rpartition("/")[2]
        assert [error.message for error in validator.iter_errors(log)] == []


def sarif(report):
    (run,) = json.loads(reports.as_sarif(report))["runs"]
    return run


def test_sarif_has_every_finding_with_its_rule(faulty):
    run = sarif(faulty)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(reports.CODES)
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == [each.code for each in faulty.findings]
    places = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in run["results"]]
    assert places == [each.place.line for each in faulty.findings]
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == len(faulty.unreadable)


def test_fingerprints_come_from_code_interaction_and_operation(faulty):
    for finding in faulty.findings:
        moved = attrs.evolve(finding, place=Place("elsewhere.jsonl", 99), text="", agent="somebody")
        assert fingerprint(moved) == fingerprint(finding)
        for change in ({"code": "IXN999"}, {"interaction": "another"}):
            assert fingerprint(attrs.evolve(finding, **change)) != fingerprint(finding)


def test_two_findings_of_one_fingerprint_are_told_apart():
    (finding,) = trace.validate(EXAMPLES / "faults" / "complete-twice.jsonl").findings
    twice = Report((finding, attrs.evolve(finding, place=Place("f", 9))), (), 0, 0, 0)
    marks = [each["partialFingerprints"]["interactionOperation/v1"] for each in sarif(twice)["results"]]
    assert [mark.rpartition(":")[2] for mark in marks] == ["1", "2"]
    assert len({mark.rpartition(":")[0] for mark in marks}) == 1


def test_an_unknown_code_has_a_rule_all_the_same():
    (finding,) = trace.validate(EXAMPLES / "faults" / "complete-twice.jsonl").findings
    run = sarif(Report((attrs.evolve(finding, code="IXN999"),), (), 0, 0, 0))
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "IXN999"


# === anything =======================================================================================================

TEXT = st.text(st.characters(), max_size=30)
FINDING = st.builds(
    Finding, st.sampled_from([*reports.CODES, "IXN999"]), st.builds(Place, TEXT, st.integers(1, 9)), TEXT,
    st.none() | TEXT, st.none() | TEXT, TEXT, TEXT, st.none() | TEXT,
)  # fmt: skip
ANY = st.builds(
    lambda found, unread: Report(tuple(found), tuple(unread), 1, 2, 3),
    st.lists(FINDING, max_size=3),
    st.lists(st.builds(Unreadable, st.builds(Place, TEXT, st.integers(1, 9)), TEXT, TEXT), max_size=2),
)


@given(ANY)
@example(Report((), (Unreadable(Place("\ud800", 1), "", ""), Unreadable(Place("/\udbff\udcff", 1), "", "")), 1, 2, 3))
def test_every_format_holds_any_text(report):
    json.loads(reports.as_json(report))
    json.loads(reports.as_sarif(report))
    ElementTree.fromstring(reports.as_junit(report).encode("utf-8"))
    page = reports.as_html(report, reports.Timelines())
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert len(json.loads(data)["findings"]) == len(report.findings)


# === coverage =======================================================================================================


def lives(media):
    """The tour of a medium as recorded lines, with the edge that each takes; each life has an id of its own."""
    lines, record, number = [], None, 0

    def add(line, edge):
        lines.append((json.loads(json.dumps(line).replace('"X1"', f'"X{number}"')), edge))

    for command in ix.tour(media):
        if command.operation in ("Submit", "Create"):
            number += 1
            record = attrs.evolve(ix.graph.begin(command), id="X1")
            add({"interaction": "X1", "media": media, "state": record.state, "agent": (*record.holders, None)[0]}, None)
        else:
            edge = applicable(record, command)
            record = ix.step(record, command).interaction
            add(recorded(command, media), edge)
    return lines


def covered(*lines):
    tally = reports.Tally()
    for seen, _ in trace.followed(trace.Judge(), lines):
        if seen:
            tally.add(seen)
    return {each.media: each for each in tally.coverage()}


@pytest.mark.parametrize("media", MEDIA)
def test_a_tour_covers_its_medium(media):
    lines = lives(media)
    judge = trace.Judge()
    refused = {each.place.line for line in read(*(line for line, _ in lines)) for each in judge.take(line)}
    edges = [edge for number, (_, edge) in enumerate(lines, 1) if edge and number not in refused]
    found = covered(*read(*(line for line, _ in lines)))[media]
    assert set(found.part("edges").seen) == set(edges)
    assert len(edges) > 0.9 * len(ix.GWS.edges(media))
    assert found.part("illegal cells asked").seen == ()


def test_a_request_that_is_refused_took_no_edge():
    begun = {"interaction": "w1", "media": "workitem", "state": "Processing", "agent": "a1"}
    ask = {"seq": 1, "kind": "request", "agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}
    answer = {"seq": 2, "kind": "response", "agent": "a1", "body": {"statusCode": 0, "referenceId": 7}}
    done = covered(*read(begun, ask, answer))["workitem"]
    assert [edge.operation for edge in done.part("edges").seen] == ["Complete"]
    refused = covered(*read(begun, ask, answer | {"body": {"statusCode": 5, "statusMessage": "no"}}))["workitem"]
    assert (refused.part("edges").seen, refused.arrows) == ((), frozenset())
    assert refused.part("states").seen == ("Processing",)
    again = covered(*read(begun, ask, answer | {"body": {"statusCode": 5, "statusMessage": "no"}}, ask, answer))[
        "workitem"
    ]
    assert [edge.operation for edge in again.part("edges").seen] == ["Complete"]
    assert again.part("illegal cells asked").seen == ()


def test_what_was_asked_and_refused():
    state = {"interaction": "w1", "media": "workitem", "state": "Completed"}
    ask = {"seq": 1, "kind": "request", "agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}
    no = {"seq": 2, "kind": "response", "agent": "a1", "body": {"statusCode": 2, "statusMessage": "no"}}
    asked = covered(*read(state, ask))["workitem"]
    assert asked.part("illegal cells asked").seen == (("Completed", "Complete"),)
    assert asked.part("illegal cells refused").seen == ()
    refused = covered(*read(state, ask, no))["workitem"]
    assert refused.part("illegal cells refused").seen == (("Completed", "Complete"),)
    done = covered(*read(state, ask, no | {"body": {"statusCode": 0}}))["workitem"]
    assert done.part("illegal cells refused").seen == ()


def message(state, capabilities=()):
    item = {"id": "w1", "state": state, "capabilities": list(capabilities)}
    return {"messageType": "WorkitemStateChangeMessage", "workitem": item}


def test_a_step_that_could_be_any_of_several_does_not_count():
    found = covered(*read(message("Processing"), message("InWorkbin")))["workitem"]
    assert found.part("edges").seen == ()
    assert found.part("states").seen == ("Processing", "InWorkbin")


def test_a_step_that_can_only_be_one_counts():
    found = covered(*read(message("Invited", ["Accept", "Reject"]), message("Processing")))["workitem"]
    assert [edge.operation for edge in found.part("edges").seen] == ["Accept"]
    assert (
        found.part("capability lists").seen == (("Invited", "invited"),)
        or len(found.part("capability lists").seen) == 1
    )


def seen(*lines):
    """What each line shows: its kind, the name, the state after it and the operation of its edge."""
    found = [each for each, _ in trace.followed(trace.Judge(), lines)]
    return [each and (each.kind, each.name, each.state, each.edge.operation if each.edge else None) for each in found]


def test_what_lines_show():
    create = {
        "agent": "a1",
        "interaction": "w1",
        "media": "workitem",
        "body": {"operationName": "Create", "queueName": "Q"},
    }
    workbin = {"messageType": "WorkbinStateChangeMessage", "workitemStateResourceV2": {"id": "w1"}}
    found = seen(*read(
        create,
        {"agent": "a1", "interaction": "w1", "body": {"operationName": "AddWorkitem"}},
        {**workbin, "action": "ItemRemoved"},
        {**workbin, "action": "ItemAdded"},
        {"agent": "a1", "body": {"operationName": "PullWorkitem", "id": "w2"}},
        {"interaction": "w3", "media": "workitem", "state": "InWorkbin", "workbin": "wb"},
        {"agent": "a1", "body": {"operationName": "PullWorkitem", "id": "w3"}},
    ))  # fmt: skip
    assert found == [
        ("request", "Create", "Processing", None),
        ("request", "AddWorkitem", "InWorkbin", "AddWorkitem"),
        ("notification", "ItemRemoved", "Processing", None),
        ("notification", "ItemAdded", "InWorkbin", None),
        ("request", "PullWorkitem", "Queued", None),
        ("state", "InWorkbin", "InWorkbin", None),
        ("request", "PullWorkitem", "Processing", "PullWorkitem"),
    ]


def test_who_is_not_named_is_taken_for_the_one_who_acts():
    begun = {"interaction": "w1", "media": "workitem", "state": "Processing"}
    by = [{"agent": agent, "interaction": "w1", "body": {"operationName": "SetInFocus"}} for agent in ("a1", "a2")]
    assert [each[3] for each in seen(*read(begun, *by))] == [None, "SetInFocus", None]


def test_lines_that_show_nothing():
    assert (
        seen(
            Unreadable(Place("-", 1), "", ""),
            *read(
                7,
                {"interaction": "w1", "state": "Processing"},
                {"interaction": "w1", "media": "workitem", "state": "Waiting"},
                {"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}},
                {"agent": "a1", "path": "/api/v2/me/workbins/wb", "body": {"operationName": "Subscribe"}},
                {"agent": "a1", "interaction": "c1", "media": "chat", "body": {"operationName": "Create"}},
                {"messageType": "DeviceStateChangeMessage", "devices": []},
                {"seq": 1, "kind": "response", "agent": "a9", "body": {"statusCode": 0}},
                {"seq": 1, "kind": "meta", "channel": "/meta/connect"},
            ),
        )
        == [None] * 10
    )


def test_a_request_for_another_medium_shows_nothing():
    begun = {"interaction": "w1", "media": "workitem", "state": "Processing"}
    other = {"agent": "a1", "interaction": "w1", "media": "chat", "body": {"operationName": "Complete"}}
    assert seen(*read(begun, other))[1] is None


def test_replies_belong_to_their_requests():
    begun = [{"interaction": name, "media": "workitem", "state": "Processing", "agent": "a1"} for name in ("w1", "w2")]
    asks = [
        {"seq": n, "kind": "request", "agent": "a1", "method": "POST", "path": f"/api/v2/me/workitems/w{n}",
         "body": {"operationName": "Complete"}}
        for n in (1, 2)
    ]  # fmt: skip
    reply = {"seq": 3, "kind": "response", "agent": "a1", "body": {"statusCode": 0, "referenceId": 7}}
    for names in ({"path": "/api/v2/me/workitems/w2"}, {"answers": 2}):
        lines = read(*begun, *asks, {**reply, **names}, reply)
        found = [each for each, _ in trace.followed(trace.Judge(), lines)]
        assert [each.interaction for each in found if each.kind == "reply"] == ["w2", "w1"]


def test_without_graphviz_there_are_no_drawings(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert reports.drawings(covered(*read(message("Processing"))).values()) == {}


def test_pairs_are_of_one_interaction():
    names = ("Offer", "Accept", "Complete")
    begin = [{"agent": None if name == "Offer" else "a1", "body": {"operationName": name}} for name in names]
    lines = [{**line, "interaction": f"w{n}", "media": "workitem"} for line in begin for n in (1, 2)]
    lines[0]["agent"] = lines[1]["agent"] = "a1"
    found = covered(*read(*lines))["workitem"]
    assert [(one.operation, other.operation) for one, other in found.part("pairs of edges").seen] == [
        ("Offer", "Accept"), ("Accept", "Complete"),
    ]  # fmt: skip


@pytest.mark.parametrize("media", MEDIA)
def test_the_diagram_paints_what_was_taken(media):
    edges = ix.GWS.edges(media)
    every = {(edge, target) for edge in edges for target in ix.GWS.targets(media, edge)}
    nothing = ix.machines.dot(media, taken=())
    assert "#1a7f37" not in nothing
    all_of_it = ix.machines.dot(media, taken=every)
    assert "#c4cad4" not in all_of_it
    one = next(edge for edge in edges if edge.operation == "Offer")
    painted = ix.machines.dot(media, taken={(one, one.target)})
    assert re.search(r"Queued -> Invited .* Offer .*#1a7f37", painted)
    assert painted.count("penwidth") == 1


@given(st.lists(st.sampled_from([json.loads(line) for path in FAULTS for line in path.read_text().splitlines()])))
def test_whatever_the_lines_the_follower_answers(lines):
    covered(*(Line(Place("-", number), "", line) for number, line in enumerate(lines, 1)))


# === shrinking ======================================================================================================


@pytest.mark.parametrize("indent", [None, 2])
def test_a_line_is_written_so_that_it_reads_the_same(indent):
    values = [{"interaction": "w1", "media": "workitem", "state": "Processing", "agent": "a  \u00e9"}, {"x": [1]}]
    lines = list(read_stream(io.BytesIO(json.dumps(values, indent=indent).encode()), "-"))
    again = list(read_stream(io.BytesIO("\n".join(map(written, lines)).encode()), "-"))
    assert [line.value for line in again] == values


def test_what_is_left_is_minimal():
    noise = [{"interaction": f"n{n}", "media": "email", "state": "Processing", "agent": "a9"} for n in range(200)]
    more = [{"agent": "a1", "interaction": "w1", "body": {"operationName": "SetInFocus"}}] * 20
    done = {"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}
    begun = {"interaction": "w1", "media": "workitem", "state": "Processing", "agent": "a1"}
    lines = read(*noise[:100], begun, *more, done, *noise[100:], done)
    judge = trace.Judge()
    (finding,) = [*trace.judged(judge, lines), *judge.finish()]
    few = reports.shrink(lines, finding)
    assert [line.value for line in few] == [begun, done, done]


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_shrunk_example_has_its_finding_and_nothing_to_spare(path):
    lines = tuple(trace.open_lines(path))
    (finding,) = trace.validate(path).findings
    few = reports.shrink(lines, finding)

    def says(some):
        judge = trace.Judge()
        return [
            (each.code, each.what, each.why)
            for each in [*trace.judged(judge, some), *judge.finish()]
            if isinstance(each, Finding)
        ]

    wanted = (finding.code, finding.what, finding.why)
    assert wanted in says(few)
    for at in range(len(few)):
        assert wanted not in says(few[:at] + few[at + 1 :])
