"""The configuration: what a TOML file says, what is wrong with one, and what the command does with it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import attrs
import httpx2 as httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from serving import basic, running

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.server import Config, ConfigError, application, demonstration, read_config
from ixnstate.server.config import SERVER_SETTINGS, parse_config
from ixnstate.server.running import address_of, greeting

WHOLE = """
[server]
host = "127.0.0.1"
port = 9000
csrf = true
bearer = true
origins = ["https://desktop.example"]
cometd_timeout = 20

[center]
queues = ["Inbound", "Outbound"]
delivering_timeout = 15
automatic_routing = false
[center.profile]
api_version = "8.5.2"
transfer = "on acceptance"

[[agents]]
id = "kristi"
password = "secret"
token = "T1"
first_name = "Kristi"
last_name = "Sippola"
roles = ["agent", "supervisor"]
agent_groups = ["Service"]
place = "Desk 1"
ready = ["chat", "email"]
capacity = { chat = 3, email = 5 }

[[agents]]
id = "john"
ready = true

[[workbins]]
id = "drafts"
name = "Drafts"

[[workbins]]
id = "team"
type = "AgentGroup"

[[interactions]]
media = "email"
queue = "Inbound"
id = "E1"
agent = "kristi"
user_data = { Subject = "Hello" }
content = { subject = "Hello", from = "customer@example.com" }
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "centre.toml"

    def write(text):
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


def test_everything_can_be_configured(file):
    config = read_config(file(WHOLE))
    kristi, john = config.agents
    assert kristi == ix.Agent(
        "kristi", roles={"agent", "supervisor"}, agent_groups={"Service"}, place="Desk 1", ready={"chat", "email"},
            capacity={"chat": 3, "email": 5}
    )  # fmt: skip
    assert john.ready is True
    assert (config.person("kristi").password, config.person("kristi").token) == ("secret", "T1")
    assert config.person("john").password == "john"
    assert (config.port, config.csrf, config.bearer, config.origins) == (9000, True, True, ("https://desktop.example",))
    assert config.definition.profile.api_version == "8.5.2"
    assert (config.delivering_timeout, config.cometd_timeout, config.automatic_routing) == (15, 20, False)
    with running(attrs.evolve(config, port=0)) as server:
        assert (
            httpx.get(server.api + "/me", headers={"Authorization": "Bearer T1"}).json()["user"]["lastName"]
            == "Sippola"
        )
        shown = httpx.get(server.api + "/me/emails/E1", headers=basic("kristi", "secret")).json()["email"]
        assert (shown["state"], shown["subject"], shown["userData"]) == ("Invited", "Hello", {"Subject": "Hello"})


def test_an_agent_of_a_file_is_not_ready_unless_it_says_so(file):
    assert read_config(file('[[agents]]\nid = "a"')).agents[0].ready == frozenset()


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[server", ["Expected ']'"]),
        ("[sever]\n", ["sever: there is no such table; there are server, center, agents, workbins, interactions"]),
        ("[server]\nport = '80'\ncsrf = 1\n",
         ["server.port: expected a port from 0 to 65535, found '80'", "server.csrf: expected true or false, found 1"]),
        ("[server]\nprot = 80\n", ["server.prot: there is no such setting; there are host, port"]),
        ("server = 5\n", ["server: expected a table, found 5"]),
        ("agents = 5\n", ["agents: expected tables [[agents]], found 5"]),
        ("[[agents]]\nname = 'x'\n", ["agents[0].name: there is no such setting", "agents[0].id: is missing"]),
        ("[[agents]]\nid = 'a'\nroles = ['boss']\n",
         ["agents[0]: roles are some of agent, supervisor, admin, apiuser"]),
        (f"[server]\narrivals = {10**400}\n", ["server.arrivals: expected a number of seconds, 0 or more"]),
        (f"[center]\nhandling_timeout = {10**400}\n", ["center.handling_timeout: expected a number of seconds"]),
        ("[server]\nsession_timeout = nan\n", ["server.session_timeout: expected a number of seconds"]),
        ("[[agents]]\nid = 'a'\ncapacity = -1\n", ["agents[0].capacity: expected a whole number"]),
        ("[[agents]]\nid = 'a'\n[[agents]]\nid = 'a'\n", ["there are two agents 'a'"]),
        ("[[workbins]]\nid = 'w'\ntype = 'Team'\n", ["workbins[0]: type is 'Team'; it can be Agent, Place"]),
        ("[center]\nqueues = 'In'\n", ["center.queues: expected a list of names, found 'In'"]),
        ("[center]\ndelivering_timeout = 0\n",
         ["center.delivering_timeout: expected a number of seconds, more than 0, found 0"]),
        ("[center]\ndelivering_timeout = inf\n", ["center.delivering_timeout: expected a number of seconds"]),
        ("[center.profile]\nversion = '8'\n",
         ["center.profile.version: there is no such choice; there are api_version"]),
        ("[center.profile]\napi_version = '1'\n", ["center.profile: "]),
        ("[[interactions]]\nmedia = 'fax'\nqueue = 'In'\n", ["interactions[0].media: unknown 'fax'; known are chat"]),
        ("[[interactions]]\nid = 'x'\n", ["interactions[0].media: is missing", "interactions[0].queue: is missing"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_told_with_its_place(file, text, faults):
    path = file(text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert len(caught.value.faults) == len(faults), caught.value.faults
    for found, expected in zip(caught.value.faults, faults, strict=True):
        assert expected in found
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 1"):
        read_config(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["chat", "agent",
        "Agent"]),
    lambda inner: st.lists(inner,
        max_size=2) | st.dictionaries(st.sampled_from(["id", "media", "queue", "ready", "roles", "capacity", "profile",
            "host"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["server", "center", "agents", "workbins", "interactions", "x"]), VALUES, max_size=4
    )
)
def test_whatever_is_said_is_taken_or_refused(said):
    try:
        assert isinstance(parse_config(said), Config)
    except ConfigError as error:
        assert error.faults


def test_the_demonstration_has_what_a_newcomer_looks_for():
    config = demonstration()
    center = config.center()
    assert len([agent for agent in center.agents.values() if agent.is_agent]) == 2
    assert any(agent.is_supervisor for agent in center.agents.values())
    assert center.queues
    assert {workbin.type for workbin in center.workbins.values()} == {"Agent", "AgentGroup"}
    assert config.arrivals > 0


def test_interactions_of_every_medium_arrive_by_themselves():
    with running(arrivals=0.02, arrivals_limit=8, log=False) as server:
        until = time.monotonic() + 20
        while len({each.media for each in server.app.engine.center.interactions()}) < len(ix.GWS.media):
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.2)
        assert len(server.app.engine.center.interactions()) == 8, "and no more than there may be"


def test_the_settings_of_the_server_are_fields():
    assert set(SERVER_SETTINGS) <= {field.name for field in attrs.fields(Config)}


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://localhost:80"), ("::1", "http://localhost:80"), ("0.0.0.0", "http://localhost:80"),
     ("cc.example", "http://cc.example:80"), ("fe80::1", "http://[fe80::1]:80")],
)  # fmt: skip
def test_the_greeting_says_what_to_open(host, address):
    config = demonstration(host=host)
    assert address_of(config, 80) == address
    said = greeting(config, address)
    assert f"{address}/\n" in said
    assert f"curl -u kristi:kristi {address}/api/v2/me" in said


# --- the command
# --------------------------------------------------------------------------------------------------------


class Served:
    """``ixnstate serve`` in a process of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ixnstate", "serve", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self.url = self.process.stdout.readline().split()[-1].removesuffix("/api/v2")
        self.greeting = self.process.stdout.readline() + self.process.stdout.readline()

    def __enter__(self):
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=20)
        return self.process.returncode, err

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def test_the_command_prints_a_line_that_works():
    with Served() as served:
        line = served.greeting.split("curl ")[1].split()
        name, password = line[1].split(":")
        until = time.monotonic() + 20
        while True:
            try:
                answered = httpx.get(line[2], auth=(name, password))
                break
            except httpx.TransportError:
                assert time.monotonic() < until
        assert answered.json()["user"]["id"] == name
        code, err = served.stop()
        assert code == 0
        assert '"path": "/api/v2/me", "status": 200' in err


def test_held_polls_are_answered_when_the_server_is_told_to_stop():
    with (
        Served("--quiet") as served,
        httpx.Client(base_url=f"{served.url}/api/v2", auth=("kristi", "kristi"), timeout=40) as client,
    ):
        time.sleep(0.5)
        shaken = client.post(
            "/notifications",
            json=[{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}],
        ).json()[0]
        connect = {"channel": "/meta/connect", "clientId": shaken["clientId"], "connectionType": "long-polling"}
        client.post("/notifications", json=[connect])
        from threading import Timer

        began = time.monotonic()
        Timer(0.4, served.process.send_signal, [signal.SIGTERM]).start()
        assert client.post("/notifications", json=[connect]).json()[0]["successful"]
        assert 0.3 < time.monotonic() - began < 10
        assert served.process.wait(20) == 0


def test_the_state_is_kept_in_a_file(tmp_path, file):
    path = file('[center]\nqueues = ["In"]\n[[agents]]\nid = "a"\n')
    state = tmp_path / "state.sqlite"
    for expected in (1, 2):
        with Served(path, "--state", state, "--quiet") as served:
            time.sleep(0.5)
            answered = httpx.post(f"{served.url}/backdoor/submit", json={"media": "chat", "queue": "In"})
            assert answered.status_code == 200
            shown = httpx.get(f"{served.url}/backdoor/state").json()
            assert shown["queues"][0]["count"] == expected
            assert served.stop()[0] == 0


def test_a_changed_configuration_is_taken_anew(file):
    text = '[center]\nqueues = ["In"]\n[[agents]]\nid = "a"\npassword = "{}"\n{}'
    path = file(text.format("one", ""))
    with Served(path, "--reload", "--quiet") as served:
        time.sleep(0.5)
        me = f"{served.url}/api/v2/me"
        httpx.post(f"{served.url}/backdoor/submit", json={"media": "chat", "queue": "In", "agent": "a"})
        path.write_text("[server\n")
        time.sleep(1.5)
        assert httpx.get(me, auth=("a", "one")).status_code == 200
        path.write_text(text.format("two", '[[agents]]\nid = "b"\n'))
        until = time.monotonic() + 10
        while httpx.get(me, auth=("b", "b")).status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert [httpx.get(me, auth=("a", password)).status_code for password in ("one", "two")] == [401, 200]
        shown = httpx.get(f"{served.url}/backdoor/state").json()
        assert [len(each["interactions"]) for each in shown["agents"]] == [1, 0]
        path.write_text('[center]\nqueues = ["In"]\n[[agents]]\nid = "b"\n')
        time.sleep(1.5)
        assert httpx.get(me, auth=("a", "two")).status_code == 200, "an agent who has something cannot go"
        assert served.stop()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["--reload"], "--reload needs a CONFIG"),
        (["--port", "99999"], "99999 is not in the range"),
        (["--host", "203.0.113.1"], "203.0.113.1:8080"),
    ],
)
def test_what_is_wrong_with_the_command_is_told(arguments, said):
    result = CliRunner().invoke(cli, ["serve", *arguments])
    assert result.exit_code == 2
    assert said in result.output


def test_a_state_that_is_none_is_told(tmp_path):
    path = tmp_path / "state"
    path.write_text("nothing of the kind " * 100)
    result = CliRunner().invoke(cli, ["serve", "--state", str(path)])
    assert result.exit_code == 2
    assert "is not a SQLite database" in result.output


# --- figures and logs
# -----------------------------------------------------------------------------------------------------


def test_figures_are_those_of_prometheus():
    from prometheus_client.parser import text_string_to_metric_families

    with running(automatic_routing=False) as server:
        id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
        server.post(f"/me/workitems/{id}", {"operationName": "Accept"})
        server.post(f"/me/workitems/{id}", {"operationName": "Accept"})
        server.post(f"/me/workitems/{id}", {"operationName": "An operation of somebody's own"})
        text = httpx.get(f"{server.url}/metrics").text
        samples = {
            (s.name, *sorted(s.labels.values())): s.value
            for family in text_string_to_metric_families(text)
            for s in family.samples
        }
        assert samples["ixnstate_operations_total", "Accept", "true"] == 1
        assert samples["ixnstate_operations_total", "Accept", "false"] == 1
        assert samples["ixnstate_operations_total", "false", "other"] == 1
        assert samples["ixnstate_interactions", "Processing"] == 1
        assert samples["ixnstate_messages_total", "/v2/me/workitems"] == 2
        assert samples["ixnstate_http_requests_total", "200", "POST", "api"] == 1
        assert samples["ixnstate_cometd", "held"] == 0
        assert httpx.get(f"{server.url}/health").json() == {"status": "ok"}


def test_an_application_needs_no_server_to_be_made():
    app = application(port=1)
    assert app.engine.config.port == 1
    app.engine.close()


def test_the_docker_file_runs_the_command():
    text = (Path(__file__).parents[2] / "Dockerfile").read_text()
    assert "ixnstate" in text
    assert '"serve"' in text
