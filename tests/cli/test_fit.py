"""Laws of ``ixnstate fit``:

- of a system of any profile it finds each choice that the recording can tell, and leaves the others open;
- what is left under the profile that it finds is no more than under any profile that differs in one field;
- the TOML that it writes is the settings with which that profile is judged; nothing is read that is not there;
- what can be read once only is refused at once.
"""

import json
import os
import tomllib

import pytest
from click.testing import CliRunner
from systems import recorded

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.fitting import FIELDS, alternatives, fit

TELLING = {
    ("api_version", "8.5.0"): ("workitem",), ("api_version", "8.5.1"): ("workitem",),
    ("transfer", "on acceptance"): ("workitem",),
    ("capabilities", "2014"): ("chat",), ("capabilities", "8.5.2"): ("chat",), ("twitter", "tweet"): ("twitter",),
    ("twitter", "twitter"): ("twitter",), ("unlisted_workbin_names", "refuse"): ("facebook",),
    ("unlisted_workbin_names", "accept"): ("facebook",), ("enable_notification_on_pull_chat", False): ("chat",),
    ("enable_notification_on_pull_chat", True): ("chat",), ("enable_join_on_pull_chat", True): ("chat",),
}  # fmt: skip
"""Choices, and the media of a recording that tells them."""
REFUSED = {"unlisted_workbin_names": "AddFacebook", "enable_notification_on_pull_chat": "PullChat"}
"""Fields that are told by requests that are refused, and by which."""


def written(path, lines):
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@pytest.mark.parametrize(("choice", "media"), TELLING.items(), ids=lambda each: "-".join(map(str, each)))
def test_a_choice_that_the_recording_tells_is_found(choice, media, tmp_path):
    name, value = choice
    system = ix.GWS.with_profile(**{name: value})
    file = written(tmp_path / "day.jsonl", recorded(system, media, REFUSED.get(name, "")))
    begin = ix.GWS.with_profile(**{name: next(other for other in FIELDS[name] if other != value)})
    field = next(field for field in fit(file, definition=begin).fields if field.name == name)
    assert (field.value, field.open) == (value, ())
    for other in field.choices[1:]:
        assert other.score > field.choices[0].score
        assert str(file) in other.against


def test_the_two_newest_versions_speak_alike(tmp_path):
    file = written(tmp_path / "day.jsonl", recorded(ix.GWS.with_profile(api_version="8.5.2"), ["workitem"]))
    (field, *_) = fit(file).fields
    assert (field.name, field.value, set(field.open)) == ("api_version", "8.6.0", {"8.6.0", "8.5.2"})


def test_what_the_recording_does_not_tell_is_open_and_stays_as_it_was(tmp_path):
    lines = [
        {"interaction": "w1", "media": "workitem", "state": "Processing", "agent": "a1"},
        {"agent": "a1", "media": "workitem", "interaction": "w1", "body": {"operationName": "Complete"}},
    ]
    file = written(tmp_path / "day.jsonl", lines)
    for _, begin in alternatives(ix.GWS):
        fitted = fit(file, definition=begin)
        assert fitted.profile == begin.profile
        assert {field.name: set(field.open) for field in fitted.fields} == {
            name: set(choices) for name, choices in FIELDS.items()
        }


def test_no_profile_nearby_has_fewer_findings(tmp_path):
    system = ix.GWS.with_profile(transfer="on acceptance", capabilities="2014")
    file = written(tmp_path / "day.jsonl", recorded(system, ["workitem"]))
    fitted = fit(file)
    best = ix.GWS.with_profile(**{name: getattr(fitted.profile, name) for name in FIELDS})
    left = len(ix.trace.validate(file, definition=best).findings)
    assert fitted.findings == left
    for _, other in alternatives(best):
        assert len(ix.trace.validate(file, definition=other).findings) >= left


def test_choices_that_make_no_difference_are_not_judged(tmp_path):
    file = written(tmp_path / "day.jsonl", recorded(ix.GWS, ["workitem"]))
    assert fit(file).passes <= 3  # as it is, the other transfer, messages without numbers


# === the command ====================================================================================================


def invoke(*arguments):
    found = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exc_info
    return found


@pytest.fixture(scope="module")
def tweets(tmp_path_factory):
    path = tmp_path_factory.mktemp("fit") / "day.jsonl"
    return written(path, recorded(ix.GWS.with_profile(twitter="tweet"), ["twitter"]))


def test_the_profile_is_printed_with_what_decided_it(tweets):
    said = invoke("fit", tweets).stdout
    assert "twitter = tweet\n  not twitter: " in said
    assert f"; {tweets}:" in said
    assert "transfer: open; at once and on acceptance fit equally well" in said
    assert "0 findings left under this profile; judged " in said


def test_the_toml_is_the_settings(tweets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert invoke("fit", tweets, "--toml", "-o", "ixnstate.toml").exit_code == 0
    said = (tmp_path / "ixnstate.toml").read_text()
    assert tomllib.loads(said)["tool"]["ixnstate"]["profile"]["twitter"] == "tweet"
    assert '# transfer = "at once"  # open: "at once" or "on acceptance"' in said
    (tmp_path / "pyproject.toml").write_text(said)
    assert invoke("fit", tweets).stdout.startswith("api_version")
    assert invoke("validate", tweets).exit_code == 0
    (tmp_path / "ixnstate.toml").unlink()
    assert invoke("validate", tweets).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "standard input can be read once only"), (["no.jsonl"], "no.jsonl: No such file"),
        (["empty.jsonl"], "nothing to judge"), (["day.jsonl", "-o", "day.jsonl"], "would be written over"),
        (["day.jsonl", "--profile", "transfer=x"], "transfer is 'x'"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_said(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "day.jsonl").write_text('{"interaction": "w1", "media": "workitem", "state": "Processing"}\n')
    found = invoke("fit", *arguments)
    assert (found.exit_code, said in found.output) == (2, True), found.output


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the machine has no named pipes")
def test_a_named_pipe_is_refused_at_once_and_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ended = CliRunner().invoke(cli, ["fit", str(pipe)])
    assert ended.exit_code == 2
    assert "pipe can be read once only" in " ".join(ended.stderr.split())
