"""Laws of living with a system that deviates:

- of the prefixes that fit a code the longest decides, and of equal ones that which ignores, as in ruff;
- a baseline knows as many findings of a kind as it has, wherever they stand and whatever they are about; one more is
  new, one less is no matter; what is written is read back; what is wrong in it is named with its place;
- alike findings are one group, with their number, the first and the last; findings of different kinds never are;
- whatever may be an option of a judging command may stand in the settings, with the same outcome; an option on the
  command line counts before it; what is wrong there is named with the file and the key.
"""

import json
from contextlib import chdir
from itertools import product

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate import reports
from ixnstate.cli import cli
from ixnstate.options import KEYS
from ixnstate.recording.lines import Place
from ixnstate.reports.grouping import kind_of
from ixnstate.settings import read_settings

CODES = tuple(reports.CODES)
PREFIXES = sorted({"ALL", *(code[:length] for code in CODES for length in range(1, 7))})


def invoke(*arguments):
    found = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exc_info
    return found


def complete(interaction, agent="a1", times=2):
    """An interaction that is completed so many times: all but one of them are wrong."""
    about = {"interaction": interaction, "media": "workitem", "agent": agent}
    return [{**about, "state": "Processing"}, *[{**about, "body": {"operationName": "Complete"}}] * times]


def shown(interaction, capabilities):
    message = {
        "messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange",
        "workitem": {"id": interaction, "state": "Processing", "capabilities": capabilities},
    }  # fmt: skip
    return [{"agent": "a1", **message}]


def written(path, *parts):
    path.write_text("".join(f"{json.dumps(line)}\n" for part in parts for line in part))
    return path


@pytest.fixture
def day(tmp_path):
    """A recording with five findings of one kind, and one of another."""
    lines = [complete(f"W{number}", f"a{number % 2}") for number in range(5)]
    return written(tmp_path / "day.jsonl", *lines, shown("X1", ["Complete"]))


# === codes ==========================================================================================================


def test_the_longer_prefix_decides():
    for select, ignore, code in product(PREFIXES, PREFIXES, CODES):

        def length(prefix, code=code):
            return 0 if prefix == "ALL" else len(prefix) if code.startswith(prefix) else -1

        assert reports.Selection((select,), (ignore,)).has(code) == (length(select) > length(ignore))
        assert reports.Selection(ignore=(ignore,)).has(code) == (length(ignore) < 0)
    assert all(map(reports.Selection().has, CODES))


@pytest.mark.parametrize("wrong", ["IXN9", "X", "E501", "IXN1011", "*"])
def test_a_prefix_of_nothing_is_refused(wrong, day):
    with pytest.raises(ValueError, match="no code begins with"):
        reports.Selection((wrong,))
    for option in ("--select", "--ignore"):
        found = invoke("validate", day, option, wrong)
        assert found.exit_code == 2
        assert f"'{option}': no code begins with '{wrong}'" in found.output


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ([], 6), (["--ignore", "IXN1"], 1), (["--select", "IXN2"], 1), (["--ignore", "IXN"], 0),
        (["--ignore", "all"], 0),
        (["--select", "ixn1,IXN203", "--ignore", "IXN203"], 5), (["--select", "IXN203", "--ignore", "IXN2"], 1),
        (["--ignore", "IXN101", "--ignore", "IXN203"], 0),
    ],
)  # fmt: skip
def test_findings_are_chosen_by_code(options, left, day):
    found = invoke("validate", day, "--format", "json", *options)
    said = json.loads(found.stdout)
    assert (len(said["findings"]), found.exit_code, said["ok"]) == (left, 1 if left else 0, not left)
    hidden = [hint for hint in said.get("hints", ()) if "not selected" in hint]
    assert hidden == ([f"{6 - left} finding{'' if left == 5 else 's'} not selected"] if left < 6 else [])
    for form in ("text", "html", "sarif", "junit"):
        assert invoke("validate", day, "--format", form, *options).exit_code == found.exit_code


def test_repair_and_shrink_take_the_same_options(day):
    assert "5 edits for 5 findings" in invoke("repair", day, "--select", "IXN1").output
    assert "show IXN203" in invoke("shrink", day, "--ignore", "IXN1").output
    assert "no findings" in invoke("shrink", day, "--ignore", "IXN").output


# === baselines ======================================================================================================


def test_what_is_known_is_not_listed_and_one_more_is_new(day, tmp_path):
    baseline = tmp_path / "known.json"
    made = invoke("validate", day, "--baseline", baseline, "--write-baseline")
    assert made.exit_code == 0
    assert "6 findings known" in made.stdout
    assert [entry["count"] for entry in json.loads(baseline.read_text())["findings"]] == [5, 1]

    def left(*parts):
        found = invoke("validate", written(tmp_path / "next.jsonl", *parts), "--baseline", baseline, "--format", "json")
        return len(json.loads(found.stdout)["findings"])

    tomorrow = [complete(f"T{number}", "anna") for number in range(5)]
    assert left(*tomorrow) == 0
    assert left(complete("V1", times=1), *reversed(tomorrow)) == 0
    assert left(*tomorrow[:2]) == 0
    assert left(*tomorrow, complete("T9", "bob")) == 1
    assert left(complete("T1", times=9)) == 3
    assert left(shown("Y1", ["Complete"])) == 0
    assert left(shown("Y1", ["Transfer"])) == 1


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.lists(st.sampled_from(["a", "b", "c"]), max_size=12))
def test_new_are_as_many_of_a_kind_as_go_beyond_the_baseline(known, found):
    def findings(names):
        about = {"a": "shows state Queued", "b": "shows state Sent", "c": "shows nothing"}
        return [_finding(about[name], f"w{number}") for number, name in enumerate(names)]

    report = _report(findings(found))
    baseline = reports.baseline_of(findings(known))
    new = reports.selected(report, baseline=baseline)
    beyond = sum(max(0, found.count(name) - known.count(name)) for name in "abc")
    assert len(new.findings) == beyond
    assert reports.selected(report, baseline=reports.baseline_of(report.findings)).findings == ()


def _finding(what, interaction, code="IXN201"):
    return ix.trace.Finding(code, Place("day.jsonl", 1), "{}", interaction, "a1", what, "because")


def _report(findings):
    return ix.trace.Report(tuple(findings), (), 1, 1, 1)


def test_a_baseline_is_read_as_it_was_written(day, tmp_path):
    report = ix.trace.validate(day)
    baseline = reports.baseline_of(report.findings)
    file = tmp_path / "known.json"
    file.write_text(baseline.to_text())
    assert reports.read_baseline(file) == baseline
    file.write_text(reports.Baseline().to_text())
    assert reports.read_baseline(file) == reports.Baseline()


ENTRY = {"code": "IXN201", "what": "x", "count": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "known.json: "), ("[]", "it is not a baseline"), ("{}", "it is not a baseline"),
        ("[" * 99_999, "known.json: "),
        ('{"findings": []}', "version None, and 1 is read"),
        ('{"version": 2, "findings": []}', "version 2, and 1 is read"),
        (json.dumps({"version": 1, "findings": [1]}), "findings[0]: it must be an object"),
        (json.dumps({"version": 1, "findings": [ENTRY, {**ENTRY, "code": 1}]}),
         "findings[1].code: it must be a string"),
        (json.dumps({"version": 1, "findings": [{**ENTRY, "what": None}]}), "findings[0].what: it must be a string"),
        *[
            (json.dumps({"version": 1, "findings": [{**ENTRY, "count": count}]}),
             "findings[0].count: it must be a whole")
            for count in (0, -1, 1.5, True, "1", None)
        ],
        (json.dumps({"version": 1, "findings": [{**ENTRY, "fingerprint": "0"}]}), "findings[0].fingerprint: it is not"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_baseline_is_named(text, said, day, tmp_path):
    file = tmp_path / "known.json"
    file.write_text(text)
    found = invoke("validate", day, "--baseline", file)
    assert found.exit_code == 2
    assert said in " ".join(found.output.split())


def test_a_baseline_must_be_there_and_is_not_made_of_half(day, tmp_path):
    baseline = tmp_path / "known.json"
    assert "--write-baseline makes it" in invoke("validate", day, "--baseline", baseline).output
    assert "needs the file to write" in invoke("validate", day, "--write-baseline").output
    assert invoke("validate", day, tmp_path / "no", "--baseline", baseline, "--write-baseline").exit_code == 2
    assert not baseline.exists()
    before = day.read_bytes()
    assert "would be written over" in invoke("validate", day, "--baseline", day, "--write-baseline").output
    assert day.read_bytes() == before


# === groups =========================================================================================================


def test_alike_findings_are_shown_once_with_the_first_and_the_last(day):
    text = invoke("validate", day).stdout
    assert text.count("= why:") == 2
    assert (
        f"5 x IXN101: can't Complete workitem * in state Completed\n  first {day}:3 (interaction W0, agent a0)\n"
        in text
    )
    assert f"   last {day}:15 (interaction W4, agent a0)" in text
    assert "6 findings in" in text
    assert invoke("validate", day, "--no-group").stdout.count("= why:") == 6


@given(
    st.lists(
        st.tuples(st.sampled_from(["shows Queued", "shows Sent"]), st.sampled_from(["IXN201", "IXN203"])), max_size=20
    )
)
def test_groups_part_the_findings(drawn):
    findings = [_finding(f"w{number} {what} 7", f"w{number}", code) for number, (what, code) in enumerate(drawn)]
    groups = reports.groups_of(findings)
    assert sum(group.count for group in groups) == len(findings)
    assert sorted(groups, key=lambda group: -group.count) == list(groups)
    for group in groups:
        alike = [finding for finding in findings if kind_of(finding) == group.kind]
        assert (group.count, group.first, group.last) == (len(alike), alike[0], alike[-1])
    assert len(groups) == len({*drawn})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no notification answers request 7 of a1", "no notification answers request 8 of kristi"),
        ("it was added to workbin 6c71-aa", "it was added to workbin team"),
        ("can't Complete chat w1 in state Queued", "can't Complete chat w2 in state Queued"),
    ],
)
def test_ids_and_numbers_make_no_kind(one, other):
    assert kind_of(_finding(one, "w1")) == kind_of(_finding(other, "w2"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the rule 'within 5 s' does not hold", "the rule 'within 6 s' does not hold"),
        ("can't Complete chat w1 in state Queued", "can't Complete email w1 in state Queued"),
        ("can't Complete chat w1 in state Queued", "can't Accept chat w1 in state Queued"),
    ],
)
def test_what_happened_makes_the_kind(one, other):
    assert kind_of(_finding(one, "w1")) != kind_of(_finding(other, "w1"))


# === settings =======================================================================================================


@pytest.fixture
def folder(day, tmp_path):
    with chdir(tmp_path):
        yield tmp_path


FORMS = {
    "ixnstate.toml": "{}",
    "pyproject.toml": "[tool.ixnstate]\n{}",
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("setting", "options"),
    [
        ('ignore = ["IXN1"]', ["--ignore", "IXN1"]), ('select = "IXN203"', ["--select", "IXN203"]),
        ('baseline = "known.json"', ["--baseline", "known.json"]),
        ('definition = "own:MINE"', ["--definition", "own:MINE"]),
        ("gaps = 0", ["--gaps", 0]), ("timeout = 1.5", ["--timeout", 1.5]),
        ('rules = "rules.json"', ["--rules", "rules.json"]),
        ("unsorted = true", ["--unsorted"]), ("separate = true", ["--separate"]), ("redact = true", ["--redact"]),
        ("redact = false", ["--no-redact"]), ("max-findings = 2", ["--max-findings", 2]),
        ("max-line = 1", ["--max-line", 1]),
        ('agent = "kim"', ["--agent", "kim"]), ("group = false", ["--no-group"]), ("jobs = 1", ["--jobs", 1]),
    ],
)  # fmt: skip
def test_what_may_be_an_option_may_stand_in_the_settings(name, setting, options, folder):
    (folder / "known.json").write_text(reports.baseline_of(ix.trace.validate("day.jsonl").findings[:2]).to_text())
    (folder / "rules.json").write_text("[]")
    (folder / "own.py").write_text("import ixnstate as ix\nMINE = ix.GWS.with_profile(twitter='tweet')\n")
    given = invoke("validate", "day.jsonl", *options)
    (folder / name).write_text(FORMS[name].format(setting))
    assert (invoke("validate", "day.jsonl").output, given.exit_code) == (
        given.output,
        invoke("validate", "day.jsonl").exit_code,
    )


def test_every_key_of_the_settings_is_an_option_of_validate():
    mine = {option.removeprefix("--") for parameter in cli.commands["validate"].params for option in parameter.opts}
    assert {*KEYS} <= mine


@pytest.mark.parametrize("command", ["validate", "coverage", "repair", "shrink", "fit", "record", "conform", "replay"])
def test_every_command_that_judges_takes_a_definition_and_the_settings(command, folder):
    mine = {option for parameter in cli.commands[command].params for option in parameter.opts}
    assert {"--definition", "--profile"} <= mine
    (folder / "ixnstate.toml").write_text("nothing = 1")
    arguments = {
        "record": ["--upstream", "http://x", "--out", "x"],
        "replay": ["day.jsonl", "--driver", "x:y"],
        "conform": [],
    }
    found = invoke(command, *arguments.get(command, ["day.jsonl"]))
    assert found.exit_code == 2
    assert "ixnstate.toml has 'nothing'; there are select, ignore, baseline" in found.output


def test_a_profile_may_stand_in_the_settings_and_the_command_line_counts_before_it(folder):
    lines = [
        {"interaction": "b1", "media": "chat", "state": "InWorkbin"},
        {"agent": "a1", "interaction": "b1", "media": "chat", "body": {"operationName": "PullChat", "workbin": "W"}},
    ]
    written(folder / "pull.jsonl", lines)
    assert invoke("validate", "pull.jsonl").exit_code == 0
    (folder / "ixnstate.toml").write_text("[profile]\nenable_join_on_pull_chat = false\n")
    assert invoke("validate", "pull.jsonl").exit_code == 1
    assert invoke("validate", "pull.jsonl", "--profile", "enable_join_on_pull_chat=true").exit_code == 0
    assert invoke("--config", _empty(folder), "validate", "pull.jsonl").exit_code == 0


def _empty(folder):
    (folder / "empty.toml").write_text("")
    return folder / "empty.toml"


def test_a_definition_of_ones_own_judges(folder):
    (folder / "own_one.py").write_text(
        "import ixnstate as ix\nMINE = ix.GWS.with_media('fax', like='workitem')\nNONE = 5\n"
    )
    lines = [{"interaction": "f1", "media": "fax", "state": "Processing", "agent": "a1"}]
    written(
        folder / "fax.jsonl",
        lines,
        [{"agent": "a1", "media": "fax", "interaction": "f1", "body": {"operationName": "Complete"}}],
    )
    assert invoke("validate", "fax.jsonl").exit_code == 2
    for command in ("validate", "repair", "fit"):
        assert invoke(command, "fax.jsonl", "--definition", "own_one:MINE").exit_code == 0
    covered = invoke("coverage", "fax.jsonl", "--definition", "own_one:MINE", "--media", "fax", "--format", "json")
    assert json.loads(covered.stdout)["fax"]["edges"]["seen"] == 1
    for wrong, said in {
        "own_one:NONE": "is not a definition, but an int",
        "own_one:X": "has no attribute",
        "x": "name it as",
    }.items():
        found = invoke("validate", "fax.jsonl", "--definition", wrong)
        assert (found.exit_code, said in found.output) == (2, True), found.output


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("gaps = -1", "gaps: -1 is not in the range x>=0"), ('gaps = "2"', "gaps: it must be a whole number, not '2'"),
        ("gaps = true", "gaps: it must be a whole number"), ("timeout = 0", "timeout: 0.0 is not in the range"),
        ("unsorted = 1", "unsorted: it must be true or false, not 1"),
        ("agent = 5", "agent: it must be a string, not 5"),
        ("select = [1]", "select: it must be a list of codes"),
        ("profile = 3", "profile: it must be a table of choices"),
        ('rules = "no.json"', "rules: File"), ('ignore = ["IXN9"]', "no code begins with 'IXN9'"),
        ("[profile]\ntransfer = 'never'" , "transfer is 'never'; it can be 'at once', 'on acceptance'"),
        ("verbose = true", "has 'verbose'; there are select"), ("select = [", "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_settings_is_named(name, setting, said, folder):
    text = FORMS[name].format(setting)
    (folder / name).write_text(
        text.replace("[profile]", "[tool.ixnstate.profile]") if name == "pyproject.toml" else text
    )
    found = invoke("validate", "day.jsonl")
    assert found.exit_code == 2
    assert said in " ".join(found.output.split())
    assert invoke("explain", "IXN101").exit_code == 0


def test_the_nearer_file_counts_and_a_pyproject_of_others_does_not(folder):
    (folder / "pyproject.toml").write_text('[tool.other]\nx = 1\n[project]\nname = "x"\n')
    assert read_settings().file is None
    (folder / "pyproject.toml").write_text('[tool.ixnstate]\nignore = "IXN"\n')
    assert invoke("validate", "day.jsonl").exit_code == 0
    (folder / "ixnstate.toml").write_text("[tool.ixnstate]\nignore = []\n")
    assert invoke("validate", "day.jsonl").exit_code == 1
    (folder / "ixnstate.toml").write_text("tool = 1\n")
    assert "[tool] must be a table" in invoke("validate", "day.jsonl").output


def test_the_kit_reads_the_same_file(folder):
    (folder / "ixnstate.toml").write_text("[conform]\nnothing = 1\n")
    found = invoke("conform")
    assert found.exit_code == 2
    assert "ixnstate.toml: [conform] has 'nothing'; there are driver, url" in found.output
