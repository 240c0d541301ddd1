"""The way in: a server by its address, the README's sample, what is not there, and targets that fail."""

import asyncio
import contextlib
import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from urllib.error import URLError

import attrs
import pytest
from click.testing import CliRunner

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.testing import (
    WORLD,
    Ability,
    Bench,
    DriverError,
    HttpDriver,
    InProcessDriver,
    InteractionConformance,
    NonconformanceError,
    Reply,
    StdioDriver,
    TargetError,
    command,
    conform,
    limits,
    reaching,
    suite,
)
from ixnstate.testing.backdoor import BackDoor, BackDoorError
from ixnstate.testing.stdio import serve

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
SMALL = {"workitem", "agent-workbin"}


@pytest.fixture
def server(monkeypatch):
    """The example server of the documentation, over a socket."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "examples" / "embedding"))
    from http_server import Server

    made = Server(lambda: ix.ContactCenter(WORLD.agents, WORLD.workbins, WORLD.queues))
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def invoke(*arguments):
    return CliRunner().invoke(cli, ["conform", *map(str, arguments)])


# --- the README's sample --------------------------------------------------------------------------------------------


def test_the_sample_of_the_readme_runs_as_printed(server, pytester):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (sample,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "HttpDriver" in block]
    pytester.makepyfile(sample.replace("http://localhost:8080/api/v2", server.base))
    result = pytester.runpytest_subprocess(
        "-p", "no:ixnstate", "-p", "ixnstate.testing.plugin", "-k", "workitem and Reject"
    )
    assert result.ret == 0, result.stdout.str()[-3000:]
    assert result.parseoutcomes()["passed"] > 10
    assert "failed" not in result.parseoutcomes()


# --- by its address -------------------------------------------------------------------------------------------------


def test_a_server_is_tested_by_its_address_alone(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = invoke("--url", server.base, "--supports", "workitem", "--only", "tour", "--examples", 0)
    assert found.exit_code == 0, found.output
    assert "a1 is signed in" in found.output
    assert "a1 is told StatusChange" in found.output
    again = invoke("--url", server.base, "--only", "Complete", "--skip", "races", "--skip", "cells", "--examples", 0)
    assert again.exit_code == 0, again.output  # though there is much from before
    assert "chat is left out, since none can be begun" in again.output


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("", ["--user", "x:y"], "the cases need 3 agents: give --user NAME:PASSWORD 3 times"),
        ("", ["--user", "x:1", "--user", "y:2", "--user", "z:3"], "x is not signed in"),
        ("/nothing", [], "the server cannot be listened to"),
        ("", ["--cometd", "/elsewhere"], "the server cannot be listened to"),
        ("", ["--supports", "chat"], "agents cannot create it, and there is no back door"),
        ("", ["--only", "Rejct"], "did you mean Reject?"),
        ("", ["--examples", "-5"], "-5 is not in the range x>=0"),
        ("", ["--fail-under", "nan"], "Invalid value for '--fail-under'"),
    ],
)
def test_what_does_not_work_is_said_in_one_sentence(server, path, options, said):
    found = invoke("--url", server.base + path, *options)
    assert found.exit_code == 2, found.output
    assert said in found.output
    assert "Traceback" not in found.output


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "http://127.0.0.1:1/api/v2",
            "cannot be reached: GET http://127.0.0.1:1/api/v2/me: [Errno 111] Connection refused",
        ),
        ("localhost:8080", "is not an address; give one such as http://localhost:8080/api/v2"),
    ],
)
def test_a_server_that_is_not_there_is_named(url, said):
    found = invoke("--url", url)
    assert found.exit_code == 2
    assert said in found.output


SHOWN = (200, b'{"workitem": {"state": "Invited"}}')


class Answering(HttpDriver):
    """Asks a server that answers every request with the same; with a platform, and with messages, if they are given."""

    def __init__(self, *answer, base="http://server/api/v2", **options):
        given = {"platform": lambda action: action and "n1", **options}
        super().__init__(base, send=lambda *_: self.answer(*answer), **given)

    def answer(self, status, body=b"{}"):
        if isinstance(status, Exception):
            raise status
        return status, body


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((OSError("no route"),), r"http://server/api/v2 cannot be reached: no route"),
        ((OSError(),), r"http://server/api/v2 cannot be reached: OSError"),
        ((URLError(OSError("no route")),), r"http://server/api/v2 cannot be reached: no route"),
        ((401,), r"a1 is not signed in: GET /me/interactions answers with HTTP status 401"),
        ((302,), r"/me/interactions is redirected \(HTTP status 302\): give the address behind it"),
        ((200, b"<html>"), r"answers with HTTP status 200 and b'<html>', and not with JSON$"),
        ((200, b"[" * 100_000), r"and not with JSON$"),
        ((200, b"[]"), r"answers with HTTP status 200 and b'\[\]', and not with JSON$"),
        ((200, b'{"statusCode": 20}'), r"a1 is not signed in: GET /me/interactions says {'statusCode': 20}"),
        ((200, b'{"statusCode": 0}'), r"workitem n1 was begun, and a1 is not shown it"),
    ],
)
def test_a_server_that_cannot_be_tested_is_told_why_in_one_sentence(answer, said):
    with pytest.raises(TargetError, match=said) as raised:
        reaching.reach(Answering(*answer), ["workitem"])
    assert "\n" not in str(raised.value)


def test_an_address_that_is_not_that_of_the_resources_is_suspected():
    with pytest.raises(TargetError, match=r"; the API begins at an address that ends with /api/v2$"):
        reaching.reach(Answering(404, b"<html>", base="http://server/api"), ["workitem"])


@pytest.mark.parametrize(
    ("options", "answer", "said"),
    [
        ({"platform": None}, b"{}", "no interaction could be begun.*: workitem: after Create, GET /me/interactions"),
        ({"platform": None}, b'{"statusCode": 4, "statusMessage": "no"}', "workitem: Create is refused with 4 .no."),
        ({"platform": None}, b'{"status": "error"}', "look at: workitem: Create is refused$"),
        ({"platform": lambda action: action and 1 / 0}, b"{}", "workitem: division by zero"),
        ({"cometd": lambda: 1 / 0}, SHOWN[1], "the server cannot be listened to: division by zero"),
        ({"cometd": list}, SHOWN[1], "a1 was told nothing of workitem n1 within 0.05 s; give --cometd with the path"),
    ],
)
def test_what_cannot_be_begun_seen_or_heard_is_told(options, answer, said, monkeypatch):
    monkeypatch.setattr(reaching, "SECONDS", 0.05)
    with pytest.raises(TargetError, match=said):
        reaching.reach(Answering(200, answer, **options), ["workitem"])


def test_without_messages_it_is_enough_that_an_interaction_is_shown():
    supports, said = reaching.reach(Answering(*SHOWN, cometd=False), ["workitem", "agent-workbin"])
    assert supports == {"workitem", "agent-workbin"}
    assert said == ["a1 is signed in", "a1 is shown workitem n1: Invited", "no messages are listened to"]


@pytest.mark.parametrize(
    ("given", "world"),
    [
        ({}, WORLD),
        (
            {"users": ["x:1", "y:2", "z"], "group": "H"},
            {"agents": [*(ix.Agent(name, agent_groups={"H"}) for name in "xyz")]},
        ),
        (
            {"supervisors": ["s:1"]},
            {"agents": [*WORLD.agents[:3], ix.Agent("s", roles={"supervisor"})]},
        ),
        (
            {"workbins": ["mine"], "group_workbins": ["ours"]},
            {"workbins": [ix.Workbin("mine"), ix.Workbin("ours", type="AgentGroup")]},
        ),
        ({"queues": ["Q"]}, {"queues": ["Q", "Q"]}),
        ({"queues": ["Q", "R", "S"]}, {"queues": ["Q", "R", "S"]}),
    ],
)
def test_options_name_who_and_what_there_is(given, world):
    nothing = {"users": (), "supervisors": (), "workbins": (), "group_workbins": (), "queues": (), "group": "G"}
    expected = attrs.evolve(WORLD, **{key: tuple(value) for key, value in world.items()}) if world != WORLD else WORLD
    assert reaching.world_of(**{**nothing, **given}) == expected


def test_a_user_without_a_name_is_refused():
    with pytest.raises(ValueError, match="a user is NAME:PASSWORD, not ':secret'"):
        reaching.world_of(["a:1", "b:2", ":secret"], [], [], [], [], "G")


FOUND = b'{"ixnstate": "back door", "version": 1}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, FOUND),
        (200, FOUND.replace(b"1", b"2")),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"<html>"),
        (200, b"[" * 100_000),
        (OSError(), b""),
    ],
)
def test_what_does_not_say_that_it_is_the_back_door_is_none(status, body):
    assert Answering(status, body, platform=None).platform is None
    assert isinstance(Answering(200, FOUND, platform=None).platform, BackDoor)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b'{"error": "no queue"}', "no queue"),
        (500, b"[]", "submit: HTTP status 500"),
        (500, b"<html>", "submit: HTTP status 500"),
        (500, b"[" * 100_000, "submit: HTTP status 500"),
        (200, b"[]", "submit: the answer does not say the id of the new interaction"),
    ],
)
def test_a_back_door_that_fails_is_told_in_one_sentence(status, body, why):
    door = BackDoor("http://server/backdoor", WORLD, ix.GWS, {}, lambda *_: (status, body))
    with pytest.raises(BackDoorError, match=f"^{why}$"):
        door(ix.Submit(new_id="x1", media="workitem", queue="Inbound"))


def test_the_back_door_does_no_request_of_an_agent():
    with pytest.raises(BackDoorError, match="the back door does not do Accept"):
        BackDoor("http://server/backdoor", WORLD, ix.GWS, {}, lambda *_: (200, b"{}"))(ix.Accept(by="a1"))


def test_options_may_stand_in_pyproject(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pyproject.toml"
    file.write_text(
        f'[tool.ixnstate.conform]\nurl = "{server.base}"\nsupports = ["workitem"]\nexamples = 0\nonly = "tour"\n'
    )
    assert invoke().exit_code == 0
    assert "1 pass" in invoke("--only", "*Processing -Reject-> refused").output
    for wrong, said in {
        "nothing = 1": "has 'nothing'; there are driver, url",
        "examples = 'x'": "examples cannot be 'x'",
        "x = [": "cannot be read",
    }.items():
        file.write_text(f"[tool.ixnstate.conform]\n{wrong}\n")
        assert said in invoke().output
        assert invoke().exit_code == 2
    file.unlink()
    assert "name a driver, such as my.module:Driver, or give the address" in invoke().output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("examples = -5", "--examples is a number of runs, 0 or more, not -5"),
        ("fail-under = 101", "--fail-under is a percentage from 0 to 100, not 101"),
        ("supports = 5", "supports cannot be 5"),
        ("no-cometd = 'yes'", "no-cometd cannot be 'yes'"),
        ("report = 5", "report cannot be 5"),
        ("url = 'http://localhost:1'\nno-cometd = true", "http://localhost:1/api/v2 cannot be reached"),
        ("driver = 'nowhere:Driver'", "nowhere"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(line, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    driver = "" if line.startswith(("driver", "url")) else "driver = 'ixnstate.testing:InProcessDriver'\n"
    (tmp_path / "pyproject.toml").write_text(f"[tool.ixnstate.conform]\n{driver}{line}\n")
    found = invoke()
    assert found.exit_code == 2, found.output
    assert said in found.output


def test_a_report_that_cannot_be_written_is_told_with_its_file(tmp_path):
    report = conform(InProcessDriver, supports={"workitem"}, kinds=("tour",), examples=0, wanted=lambda case: False)
    with pytest.raises(TargetError, match=f"the report {tmp_path} cannot be written: Is a directory"):
        command.write(report, tmp_path)


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"only": ["Reject"]}, lambda case: "Reject" in case.id),
        ({"only": ["tour"], "skip": ["Completed"]}, lambda case: case.kind == "tour"),
        ({"skip": ["cells", "*again*"]}, lambda case: case.kind != "cells" and "again" not in case.id),
        ({"only": ["workitem"]}, lambda case: True),
    ],
)
def test_cases_are_chosen_by_words(options, fits):
    cases = suite(InteractionConformance.scope(), ("tour", "cells", "again"))
    wanted = command.chosen(options.get("only", ()), options.get("skip", ()))
    there = [case for case in cases if case.media == "workitem" and wanted(case)]
    assert there
    assert all(map(fits, there))


def test_an_own_definition_may_be_claimed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_definition.py").write_text(
        "import ixnstate as ix\nfrom ixnstate.testing import InProcessDriver\n"
        "OWN = ix.GWS.with_profile(transfer='on acceptance')\n"
        "class Mine(InProcessDriver):\n    def __init__(self): super().__init__(definition=OWN)\n"
    )
    arguments = ["own_definition:Mine", "--supports", "workitem", "--only", "tour", "--examples", 0]
    assert "non-strict" in invoke(*arguments).output
    assert "non-strict" not in invoke(*arguments, "--definition", "own_definition:OWN").output


# --- what is not there ----------------------------------------------------------------------------------------------


def lacking(*names, **methods):
    return type("Lacking", (InProcessDriver,), {"lacks": frozenset(names), **methods})


@pytest.mark.parametrize("name", ["SetInFocus", "Create", "Transfer", "time", "capabilities", "second offer", "queue"])
def test_what_is_declared_to_be_missing_is_not_applicable(name):
    report = conform(lacking(name), supports={"workitem", "agent-workbin"}, examples=10)
    if name == "queue":  # the reference keeps what is new in its queue, whatever it declares
        return
    assert report.ok, report.summary()
    assert report.counts["pass"] > 50
    reasons = [line for line in report.summary().splitlines() if line.startswith("not tested")]
    assert name == "capabilities" or reasons
    assert len(reasons) == len(set(reasons)) <= 5


def test_a_missing_operation_is_seen_and_the_kit_goes_another_way():
    class NoCreate(InProcessDriver):
        def perform(self, command):
            if command.operation in ("Create", "SetInFocus"):
                raise NotImplementedError(command.operation)
            return super().perform(command)

    whole = conform(InProcessDriver, supports=SMALL, examples=0)
    report = conform(NoCreate, supports=SMALL, examples=10)
    assert report.ok, report.summary()
    assert report.counts["pass"] > 0.85 * whole.counts["pass"]


def test_a_create_that_fails_is_avoided_on_the_way_to_others():
    class BadCreate(InProcessDriver):
        def perform(self, command):
            return Reply(False, 3) if command.operation == "Create" else super().perform(command)

    report = conform(BadCreate, supports=SMALL, examples=0)
    assert len(report.failures) < 12
    assert [each.name for each in report.findings if each.difference.blocks] == [
        "Create: legal operations are refused with 3"
    ]


def test_an_unknown_name_in_lacks_is_refused():
    with pytest.raises(Exception, match="lacks has Juggling; there are submit, offer"):
        conform(lacking("Juggling"), supports=SMALL, examples=0)


class BornInvited(InProcessDriver):
    """Whatever is submitted is at once offered to the first agent."""

    def create(self, new):
        id = super().create(new)
        super().offer(id, "a1")
        return id

    def offer(self, interaction, agent):
        raise NotImplementedError


def test_items_that_are_born_invited_are_tested_from_there():
    report = conform(BornInvited, supports={"workitem"}, examples=10)
    assert report.ok, report.summary()
    done = {each.case.id for each in report.results if each.verdict == "pass"}
    assert {"workitem: Invited -Accept-> Processing", "workitem: Processing -Complete-> Completed"} <= done
    wrong = type("Wrong", (BornInvited,), {
        "perform": lambda self, command: Reply(True, 0)
        if command.operation == "Accept"
        else InProcessDriver.perform(self, command)
    })  # fmt: skip
    assert not conform(wrong, supports={"workitem"}, examples=0).ok


def test_whoever_is_invited_first_must_be_the_first_of_the_world():
    class Second(InProcessDriver):
        def create(self, new):
            id = super().create(new)
            super().offer(id, "a2")
            return id

    with pytest.raises(DriverError, match="is Invited at once, to a2, and the first agent of the world is a1: name a2"):
        conform(Second, supports={"workitem"}, examples=0)


def test_an_implementation_that_shows_no_capabilities_is_not_accused():
    class Silent(InProcessDriver):
        def view(self, interaction, agent):
            seen = super().view(interaction, agent)
            return seen and attrs.evolve(seen, capabilities=None)

        def notifications(self):
            return tuple(attrs.evolve(each, capabilities=None) for each in super().notifications())

    report = conform(Silent, supports={"workitem"}, examples=5)
    assert report.ok, report.summary()
    assert "workitem: capabilities" in report.summary()


def test_a_list_that_is_not_shown_reads_so():
    class Forgets(InProcessDriver):
        def view(self, interaction, agent):
            seen = super().view(interaction, agent)
            return seen and attrs.evolve(seen, capabilities=None if seen.state == "Processing" else seen.capabilities)

    report = conform(Forgets, supports={"workitem"}, kinds=("tour",), examples=0)
    assert "(no list shown) instead of [Transfer" in report.findings[0].name
    assert "found (no list shown)" in str(report.findings[0].difference)


# --- targets that fail ----------------------------------------------------------------------------------------------

HELLO = "import sys, json\nsys.stdin.readline()\nprint('{}', flush=True)\n"


def program(text):
    return [sys.executable, "-c", text]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "print('server started', flush=True); input()",
            "answers hello with a line that is not JSON: 'server started'",
        ),
        ("print('[1]', flush=True); input()", "answers hello with [1], and not with an object"),
        ("import time; time.sleep(60)", "gave no answer to hello within 0.5 s"),
        ("raise SystemExit(7)", "has ended, with status 7, when it was to hello"),
        ("import sys\nwhile True: sys.stdout.write('x' * 1000000)", "bytes without an end"),
        ("print('{\"lacks\": 5}', flush=True); input()", "has 5 as 'lacks'"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\n'); sys.stdout.flush(); input()", "not JSON"),
        ("print('[' * 100000, flush=True); input()", "not JSON"),
    ],
)
def test_a_program_that_does_not_speak_the_protocol_is_named(text, said):
    began = time.monotonic()
    with pytest.raises((TargetError, TimeoutError), match=re.escape(said)):
        StdioDriver(program(text), **({"limit": 0.5, "start": 0.5} if "sleep" in text else {}))
    assert time.monotonic() - began < 30


def test_a_program_that_is_missing_is_named():
    with pytest.raises(TargetError, match=r"the program no-such-program cannot be started: No such file"):
        StdioDriver(["no-such-program"])


ANSWERING = HELLO + "for line in sys.stdin:\n    said = json.loads(line)['do']\n    print({}, flush=True)\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("'{}'", "the program's answer to create has no 'id'; it must be a string"),
        ("json.dumps({'id': 7} if said == 'create' else {})", "has 7 as 'id'; it must be a string"),
        ("json.dumps({'error': 'no'} if said == 'create' else {})", "the program cannot create: no"),
    ],
)
def test_an_answer_with_a_field_missing_or_wrong_names_the_field(answer, said):
    with StdioDriver(program(ANSWERING.replace("{}, flush", f"{answer}, flush"))) as driver:
        driver.lacks = {*driver.lacks, Ability.NOTIFICATIONS}
        with pytest.raises(NonconformanceError, match=re.escape(said)):
            Bench(driver).do(ix.Submit(new_id="x1", media="workitem", queue="Inbound"))


def test_a_program_that_hangs_is_started_again_for_the_next_case():
    text = (
        "import sys, time\nfrom ixnstate.testing import InProcessDriver, serve\n"
        "class Hangs(InProcessDriver):\n    def perform(self, command):\n"
        "        if command.operation == 'Reject': time.sleep(60)\n        return super().perform(command)\n"
        "serve(Hangs(), sys.stdin, sys.stdout)\n"
    )
    with StdioDriver(program(text), limit=4.0) as driver:
        report = conform(lambda: driver, supports={"workitem"}, kinds=("tour",), examples=0)
    assert [each.where for each in report.findings] == [("Reject",)]
    assert "no answer to perform within 4 s" in str(report.findings[0].difference)
    assert report.counts["pass"] == 16


class Hanging(InProcessDriver):
    limit = 0.3
    hung = 0

    def perform(self, command):
        if command.operation == "Complete":
            type(self).hung += 1
            time.sleep(60)
        return super().perform(command)


def test_an_operation_that_hangs_costs_its_time_once_and_once_more_at_the_end():
    Hanging.hung = 0
    began = time.monotonic()
    report = conform(Hanging, supports={"workitem"}, kinds=("tour", "cells", "arguments"), examples=0)
    assert Hanging.hung == 2
    assert time.monotonic() - began < 50
    assert report.findings[0].where == ("Complete",)
    assert report.findings[0].cases >= 5
    assert "no answer" in report.findings[0].name


def test_what_hung_by_chance_is_judged_anew():
    class Once(InProcessDriver):
        limit = 0.3
        hung = False

        def perform(self, command):
            if command.operation == "Complete" and not self.hung:
                self.hung = True
                time.sleep(60)
            return super().perform(command)

    report = conform(Once, supports={"workitem"}, kinds=("tour", "cells"), examples=0)
    assert report.ok, report.summary()


def test_an_implementation_that_goes_away_ends_the_run_with_what_was_found():
    class Leaves(InProcessDriver):
        cases = 0

        def reset(self):
            self.cases += 1
            if self.cases > 9:
                raise ConnectionRefusedError(111, "Connection refused")
            super().reset()

    report = conform(Leaves, supports={"workitem"}, examples=10)
    assert not report.ok
    assert report.stopped.startswith("after 8 cases the implementation is not there: ConnectionRefusedError")
    assert "STOPPED: after 8 cases" in report.summary()


def test_a_reset_that_fails_now_and_then_is_a_failure_and_the_run_goes_on():
    class Shaky(InProcessDriver):
        cases = 0

        def reset(self):
            self.cases += 1
            if self.cases % 10 == 5:
                raise RuntimeError("not now")
            super().reset()

    report = conform(Shaky, supports={"workitem"}, kinds=("tour",), examples=0)
    assert report.stopped is None
    assert [each.name for each in report.findings] == ["reset: no answer: RuntimeError: not now"]
    assert "test_testing_door.py, line" in report.summary()


def test_who_interrupts_it_gets_what_was_found(tmp_path):
    class Interrupted(InProcessDriver):
        cases = 0

        def reset(self):
            self.cases += 1
            if self.cases > 30:
                raise KeyboardInterrupt
            super().reset()

        def perform(self, command):
            return Reply(True, 0) if command.operation == "Reject" else super().perform(command)

    err, out = io.StringIO(), io.StringIO()
    options = command.ConformOptions(supports=("workitem",), failure=tmp_path / "f.jsonl", report=tmp_path / "r.json")
    assert command.run(options, Interrupted, out, err) == 1
    assert "STOPPED: it was interrupted" in out.getvalue()
    assert "found: Reject: " in err.getvalue()
    assert (tmp_path / "f.jsonl").exists()
    assert json.loads((tmp_path / "r.json").read_text())["stopped"] == "it was interrupted"


def test_progress_is_shown_on_a_terminal():
    err = io.StringIO()
    err.isatty = lambda: True
    watch = command._Watching(command.ConformOptions(), err)
    report = conform(InProcessDriver, supports={"workitem"}, kinds=("tour",), examples=0, watch=watch)
    watch.end()
    assert report.ok
    assert "of 33 cases, 0 findings" in err.getvalue()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing_here:Driver", "No module named 'nothing_here'"),
        ("json:Nothing", "has no attribute 'Nothing'"),
        ("broken_one:Driver", "the module cannot be imported: ZeroDivisionError"),
        ("raising_one:Driver", "Driver() makes no driver: KeyError: 'address' (raising_one.py, line 3)"),
        ("odd_one:Driver", "Half has no method notifications"),
    ],
)
def test_a_driver_that_cannot_be_made_is_named(name, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken_one.py").write_text("1 / 0\n")
    (tmp_path / "raising_one.py").write_text(
        "class Driver:\n    def __init__(self):\n        raise KeyError('address')\n"
    )
    (tmp_path / "odd_one.py").write_text("class Half:\n    def reset(self): pass\nDriver = Half\n")
    found = invoke(name)
    assert found.exit_code == 2
    assert said in found.output
    assert "cannot be written" not in found.output
    replayed = CliRunner().invoke(cli, ["replay", str(tmp_path / "odd_one.py"), "--driver", name])
    assert replayed.exit_code == 2


CHAT = {"messageType": "ChatStateChangeMessage", "notificationType": "StatusChange"}


class AnsweringProgram(StdioDriver):
    """A program that answers every request with the same."""

    def __init__(self, **answer):
        self.answer = answer

    def _ask(self, do, **said):
        return self.answer


@pytest.mark.parametrize(
    ("ask", "answer", "said"),
    [
        ("view", {}, "answer to view has no 'view'"),
        ("view", {"view": 5}, "has 5 as 'view'; it must be an object, or null"),
        ("view", {"view": {}}, "has no 'state'; it must be a string"),
        ("view", {"view": {"state": "Invited", "capabilities": [5]}}, "it must be a list of strings"),
        ("notifications", {}, "has no 'notifications'; it must be a list"),
        ("notifications", {"notifications": [5]}, "a notification has an agent, a string; this is 5"),
        ("notifications", {"notifications": [{"agent": 5}]}, "a notification has an agent, a string"),
        ("notifications", {"notifications": [{"agent": "a1", "message": CHAT}]}, "is not a documented message"),
        ("notifications", {"notifications": [{"agent": "a1", "more": 1}]}, "has more; there are agent, "),
        ("notifications", {"notifications": [{"agent": "a1"}]}, "a notification has a kind, a string"),
        (
            "notifications",
            {"notifications": [{"agent": "a1", "kind": "StatusChange", "capabilities": 5}]},
            "has 5 as 'capabilities'",
        ),
    ],
)
def test_an_answer_of_a_program_that_does_not_fit_is_named(ask, answer, said):
    arguments = ("x1", "a1") if ask == "view" else ()
    with pytest.raises(TargetError, match=re.escape(said)):
        getattr(AnsweringProgram(**answer), ask)(*arguments)


def test_a_program_may_tell_messages_as_they_come_or_taken_apart():
    chat = {"id": "x1", "state": "Invited", "capabilities": ["Accept"]}
    whole = AnsweringProgram(notifications=[{"agent": "a1", "message": {**CHAT, "chat": chat}}]).notifications()
    apart = [{"agent": "a1", "kind": "StatusChange", "capabilities": ["Accept"], "interaction": "x1"}]
    (one,), (other,) = whole, AnsweringProgram(notifications=apart).notifications()
    assert (one.agent, one.kind, one.capabilities, one.interaction) == (
        (other.agent, other.kind, other.capabilities, other.interaction)
    )


def test_a_program_says_what_it_cannot_do():
    class Unable(InProcessDriver):
        def advance(self, seconds):
            raise NotImplementedError

    answers = io.StringIO()
    serve(Unable(), ['{"do": "advance", "seconds": 1}\n', "{\n"], answers)
    first, second = map(json.loads, answers.getvalue().splitlines())
    assert first == {"notImplemented": True}
    assert second["error"].startswith("JSONDecodeError: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("x" * 2_000_000, "more than 1,000,000 characters"),
        ("[1]\n", "line 1 is not a JSON object"),
        ('{"action": []}\n', "line 1 is of no saved run"),
        ('{"action": {"operation": "Wait", "seconds": 1e999}}\n', "line 1 is of no saved run"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_junk_in_a_saved_run_is_refused(text, said, tmp_path):
    file = tmp_path / "failure.jsonl"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = CliRunner().invoke(cli, ["replay", str(file), "--driver", "ixnstate.testing:InProcessDriver"])
    assert found.exit_code == 2, found.output
    assert said in found.output


def test_junk_in_deviations_is_refused(tmp_path):
    file = tmp_path / "deviations.toml"
    for text, said in {
        "x = " + "[" * 50_000: "deeply",
        "[[deviation]": "deviations.toml",
        "\udcff": "deviations.toml",
    }.items():
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        found = invoke("ixnstate.testing:InProcessDriver", "--deviations", file)
        assert found.exit_code == 2
        assert said in found.output, found.output


def test_two_sessions_in_one_process_have_the_same_verdict(pytester):
    pytester.makepyfile(
        "import pytest\nfrom ixnstate.testing import InProcessDriver, InteractionConformance\n"
        "class TestMine(InteractionConformance):\n    supports = {'workitem'}\n    kinds = ('tour',)\n"
        "    examples = 1\n"
        "    @pytest.fixture\n    def driver(self): return InProcessDriver()\n"
    )
    options = "-p", "no:ixnstate", "-p", "ixnstate.testing.plugin", "-k", "Reject", "--ixnstate-fail-under=60"
    results = [pytester.runpytest_inprocess(*options) for _ in range(2)]
    assert [each.ret for each in results] == [1, 1]
    said = [[line for line in each.outlines if "covered" in line] for each in results]
    assert said[0] == said[1]


def test_addresses_are_completed():
    assert reaching.address("http://localhost:8080") == "http://localhost:8080/api/v2"
    assert reaching.address("http://localhost:8080/own/") == "http://localhost:8080/own"


# --- time limits ----------------------------------------------------------------------------------------------------


def test_a_process_that_has_tested_ends_as_any_other_and_leaves_no_alarm_behind():
    code = (
        "import signal, time\nfrom ixnstate.testing import InProcessDriver, conform\n"
        "assert conform(InProcessDriver, supports={'workitem'}, kinds=('tour',), examples=0).ok\n"
        "print(signal.getitimer(signal.ITIMER_REAL)[0] > 0)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended


def test_the_alarm_of_somebody_else_is_left_alone():
    def ring(*_):
        raise AssertionError("not mine")

    limits._alarm.switch_off()
    before = signal.signal(signal.SIGALRM, ring)
    try:
        with pytest.raises(limits.NoAnswerError, match=r"view gave no answer within 0.2 s"):
            limits.within(0.2, "view", time.sleep, 5)
        assert signal.getsignal(signal.SIGALRM) is ring
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_question_in_another_thread_has_its_limit_too():
    found = []

    def ask():
        try:
            limits.within(0.2, "view", time.sleep, 5)
        except limits.NoAnswerError as error:
            found.append(str(error))
        with contextlib.suppress(ZeroDivisionError):
            limits.within(5, "view", lambda: 1 / 0)
        found.append(limits.within(5, "view", lambda: "seen"))

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert found == ["view gave no answer within 0.2 s", "seen"]


def test_a_driver_that_catches_everything_is_interrupted_all_the_same():
    def stubborn():
        until = time.monotonic() + 5
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                time.sleep(1)

    began = time.monotonic()
    with pytest.raises(limits.NoAnswerError):
        limits.within(0.2, "perform", stubborn)
    assert time.monotonic() - began < 3


def test_a_coroutine_that_hangs_is_interrupted_and_the_run_goes_on():
    class Asynchronous(InProcessDriver):
        limit = 0.3

        async def perform(self, command):
            if command.operation == "Complete":
                await asyncio.sleep(60)
            return super().perform(command)

    report = conform(Asynchronous, supports={"workitem"}, kinds=("tour",), examples=0)
    assert {each.where for each in report.findings} == {("Complete",)}
    assert report.findings[0].what == "no answer in time"


@pytest.mark.parametrize("option", ["--report", "--failure"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_tested(tmp_path, option):
    for file, why in ((tmp_path / "no" / "r.json", "No such file or directory"), (tmp_path, "Is a directory")):
        found = CliRunner().invoke(cli, ["conform", "--url", "http://localhost:1", option, str(file)])
        assert (found.exit_code, found.output.splitlines()[-1]) == (
            2,
            f"Error: {option} {file} cannot be written: {why}",
        )
