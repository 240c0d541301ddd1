"""Twice the input costs at most 2.5 times as much, with the worst inputs that are known.

What is counted is the same in every run: calls of functions (`cProfile`) for time, and what is allocated and kept
(`tracemalloc`) for memory. A clock says nothing on a machine that does something else, too.

Laws: the calls for an input of twice the size are at most 2.5 times as many; where the size is what waits for something
that never comes, and there is a limit, what is kept beyond the limit does not grow at all. A line about a session of
twice as many agents costs at most 2.5 times the calls, too; and no line costs more than so many, whatever it says.
"""

import cProfile
import gc
import json
import random
import tracemalloc

import pytest

import ixnstate as ix
from ixnstate import bayeux, client, gws, trace
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import caches, candidate, cases, exchange, requests, steps, temporal, viewpoint, workbins
from ixnstate.views import listed
from ixnstate.vocabulary import State

MOST = 2.5


def calls(run):
    """How many functions are called, of Python's and in C."""
    profiler = cProfile.Profile()
    profiler.runcall(run)
    return sum(entry.callcount for entry in profiler.getstats())


def kept(run):
    """How many bytes are still there afterwards, held by what ``run`` gives back."""
    gc.collect()
    gc.freeze()  # what other tests have left: to look through it takes most of the time
    tracemalloc.start()
    try:
        held = run()
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
        assert held is not None
        return size
    finally:
        tracemalloc.stop()
        gc.unfreeze()


# === recordings =====================================================================================================


def message(agent, id, state="Invited", number=None, **more):
    names = {"Invited": ["Accept", "Reject"], "Completed": None, "Revoked": None}.get(state, ["Complete"])
    shown = {"state": state, **({"capabilities": names} if names is not None else {}), **more}
    body = {
        "messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange",
        "workitem": {"id": id, **shown}, **({} if number is None else {"referenceId": number}),
    }  # fmt: skip
    return {"agent": agent, "kind": "notification", "body": body}


def request(agent, id, operation="Complete", media="workitems"):
    return {"agent": agent, "kind": "request", "method": "POST", "path": f"/me/{media}/{id}",
            "body": {"operationName": operation}}  # fmt: skip


def reply(agent, number=None):
    body = {"statusCode": 0, **({} if number is None else {"referenceId": number})}
    return {"agent": agent, "kind": "response", "status": 200, "body": body}


def chat(agent, state):
    names = {} if (names := listed("chat", state)) is None else {"capabilities": list(names)}
    body = {"messageType": "ChatStateChangeMessage", "notificationType": "StatusChange",
            "chat": {"id": "c1", "state": state, **names}}  # fmt: skip
    return {"agent": agent, "kind": "notification", "body": body}


def never_ending(size):
    """Interactions that are offered, and then nothing."""
    for number in range(size):
        yield message("a1", f"w{number}")


def about_one(size):
    """Many lines about one interaction."""
    yield message("a1", "w1")
    for number in range(size):
        yield message("a1", "w1", "Processing", userData={"at": number})


def unanswered(size):
    """Requests whose replies never come."""
    yield message("a1", "w1", "Processing")
    for number in range(size):
        yield request("a1", f"w{number}", "AddComment")


def in_flight(size):
    """Many requests about one interaction, all of them in flight at once; then their replies."""
    yield message("a1", "w1", "Processing")
    for _ in range(size):
        yield request("a1", "w1", "AttachUserData")
    for number in range(size):
        yield reply("a1", number + 1)


def in_flight_about_many(size):
    """Requests about as many interactions, all of them in flight at once; their replies come the other way round."""
    for number in range(size):
        yield message("a1", f"w{number}", "Processing")
    for number in range(size):
        yield request("a1", f"w{number}", "AttachUserData")
    for number in reversed(range(size)):
        yield reply("a1", number + 1)


def called_together(size):
    """Requests about one session for as many other agents, all of them in flight at once, and a message after each."""
    yield chat("a1", ix.State.CHATTING)
    for number in range(size):
        asked = request("a1", "c1", ("Invite", "Consult", "Transfer")[number % 3], "chats")
        yield {**asked, "body": {**asked["body"], "targetAgent": f"b{number}"}}
        yield chat("a1", ix.State.CHATTING)


def promised(size):
    """Replies that promise messages, of which none comes."""
    for number in range(size):
        yield message("a1", f"w{number}", "Processing")
        yield request("a1", f"w{number}")
        yield reply("a1", number + 1)


def new_queues(size):
    """Each interaction in a queue, and in a workbin, that has not come before."""
    for number in range(size):
        yield {"agent": "a1", "interaction": f"w{number}", "media": "workitem",
               "body": {"operationName": "PlaceInQueue", "queueName": f"queue {number}"}}  # fmt: skip
        body = {"messageType": "WorkbinStateChangeMessage", "action": "ItemAdded", "id": f"b{number}",
                "workitemStateResourceV2": {"id": f"w{number}"}}  # fmt: skip
        yield {"agent": "a1", "kind": "notification", "body": body}


def new_agents(size):
    """Each line of another agent."""
    for number in range(size):
        yield message(f"a{number}", "w1")


def new_askers(size):
    """Each request of another agent."""
    yield message("a1", "w1", "Processing")
    for number in range(size):
        yield request(f"a{number}", "w1", "AddComment")


def wrong(size):
    """Each line wrong in another way."""
    for number in range(size):
        yield message("a1", f"w{number}", f"State{number}")
        yield request("a1", f"w{number}", f"Operation{number}")


def alike_keys(size):
    """Names whose hashes collide in their low bits, so that tables have to probe."""
    found = number = 0
    while found < size:
        number += 1
        if hash(f"w{number}") & 0xF == 0:
            found += 1
            yield message("a1", f"w{number}")


def judge_of(values, **options):
    judge = trace.Judge(agent="a1", **options)
    for number, value in enumerate(values, 1):
        judge.take(Line(Place("-", number), json.dumps(value), value))
    judge.finish(is_over=False)
    return judge


RECORDINGS = {
    each.__name__: each
    for each in (
        never_ending, about_one, unanswered, in_flight, in_flight_about_many, called_together, promised, new_queues,
        new_agents, new_askers, wrong, alike_keys,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDINGS)
def test_twice_the_lines_cost_twice_the_calls(name):
    size = 60
    small, large = (list(RECORDINGS[name](number)) for number in (size, 2 * size))
    judge_of(small)  # what is worked out once is known now, and is not counted
    assert calls(lambda: judge_of(large)) <= MOST * calls(lambda: judge_of(small))


# --- one session with many agents: what is dear is a line, and there are few --------------------------------------


def crowd(size):
    """Agents who come to a session one after another, by notifications alone."""
    for number in range(size):
        yield chat(f"a{number}", ix.State.INVITED)
        yield chat(f"a{number}", ix.State.CHATTING)


def crowd_in_flight(size):
    """The same, and each has asked for another agent: all of it is in flight."""
    yield from crowd(size)
    for number in range(size):
        asked = request(f"a{number}", "c1", ("Invite", "Consult", "Transfer")[number % 3], "chats")
        yield {**asked, "body": {**asked["body"], "targetAgent": f"b{number}"}}


def wrong_in_a_crowd(size):
    """The same as the first, and one of them is shown what cannot be."""
    yield from crowd(size)
    yield chat("a0", ix.State.PROCESSING)


CROWDS = {each.__name__: each for each in (crowd, crowd_in_flight, wrong_in_a_crowd)}


def test_what_a_message_means_is_not_searched_for_without_end(monkeypatch):
    """A line that would take too much work is undetermined, and no finding; agents who come to a session do not."""
    assert trace.report(judge_of(crowd(40))).undetermined == 0
    monkeypatch.setattr(steps, "MAX_TRIED", 20)
    report = trace.report(judge_of(crowd(40)))
    assert report.findings == ()
    assert report.undetermined > 0


def test_what_would_take_too_much_work_is_so_for_the_next_interaction_too(tmp_path, monkeypatch):
    """A file is judged with what its first chat has taught, and says of the second one what the judge says."""
    monkeypatch.setattr(steps, "MAX_TRIED", 20)
    file = tmp_path / "crowds.jsonl"
    lines = [json.dumps(value) for value in (request("b1", "w1", "Complete", "workitems"), *crowd(40))]
    file.write_text("\n".join([*lines, *(line.replace('"c1"', '"c2"') for line in lines)]))
    judge = trace.Judge(agent="(unknown)")
    for line in trace.open_lines(file):
        judge.take(line)
    judge.finish()
    report = trace.validate(file)
    assert report.findings == ()
    assert report.undetermined == judge.undetermined > 0


def calls_of_the_last(values):
    """What the last two lines cost: the other lines are judged without counting."""
    lines = [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(values, 1)]
    judge = trace.Judge(agent="a1")
    for line in lines[:-2]:
        judge.take(line)
    return calls(lambda: [judge.take(line) for line in lines[-2:]])


@pytest.mark.parametrize("name", CROWDS)
def test_a_line_about_twice_as_many_agents_costs_twice_the_calls(name):
    size = 8
    small, large = (list(CROWDS[name](number)) for number in (size, 2 * size))
    calls_of_the_last(small)  # what is worked out once is known now, and is not counted
    assert calls_of_the_last(large) <= MOST * calls_of_the_last(small)


CALLS_OF_A_LINE = 150_000
"""So many calls take some 40 ms."""


def junk(seed, size):
    """Lines about one session of many agents that fit nothing: messages, requests, and replies that name nothing."""
    chance = random.Random(seed)
    agents = [f"a{number}" for number in range(chance.choice((8, 30, 100)))]
    states = [State.INVITED, State.CHATTING, State.REVOKED, State.COMPLETED, State.LEFT_CHAT][: chance.choice((2, 5))]
    operations = ["Invite", "Consult", "Transfer", "Complete", "Leave", "PlaceInQueue", "Accept", "AttachUserData"]
    asking = []
    for number in range(size):
        kind, agent = chance.choices("mqr", (3, 3, 2))[0], chance.choice(agents)
        if kind == "q":
            asking.append(agent)
            asked = request(agent, "c1", chance.choice(operations), "chats")
            yield {**asked, "body": {**asked["body"], "targetAgent": chance.choice(agents)}}
        elif kind == "r" and asking:
            yield reply(asking.pop(chance.randrange(len(asking))), number if chance.random() < 0.5 else None)
        else:
            yield chat(agent, chance.choice(states))


@pytest.mark.parametrize("seed", range(4))
def test_no_line_costs_more_than_so_many_calls_whatever_it_says(seed):
    judge = trace.Judge(agent="a1")
    for number, value in enumerate(junk(seed, 100), 1):
        line = Line(Place("-", number), json.dumps(value), value)
        assert calls(lambda line=line: judge.take(line)) <= CALLS_OF_A_LINE


LIMITS = {
    candidate: ("MAX_BEHIND",), cases: ("MAX_ENDED", "MAX_LOST", "MAX_CALLED"), workbins: ("MAX_ITEMS", "MAX_PLACES"),
    temporal: ("MAX_TOUCHES",),
    requests: ("MAX_AGENTS", "MAX_OPEN", "MAX_NUMBERS", "MAX_UNNUMBERED", "MAX_UNCAUSED"),
    exchange: ("MAX_NUMBERS",), viewpoint: ("MAX_ASKERS",), caches: ("MAX_KEPT",), steps: ("MAX_STEPS",),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDINGS)
def test_beyond_the_limits_nothing_more_is_kept(name, monkeypatch):
    limit = 50
    for module, constants in LIMITS.items():
        for constant in constants:
            monkeypatch.setattr(module, constant, limit)
    small, large = (list(RECORDINGS[name](number)) for number in (8 * limit, 16 * limit))
    judge_of(small, max_live=limit)
    first, second = (kept(lambda values=values: judge_of(values, max_live=limit)) for values in (small, large))
    assert second <= 1.1 * first


# === the rest =======================================================================================================


def busy_center(size):
    center = ix.ContactCenter([ix.Agent("a1"), ix.Agent("a2")], [ix.Workbin("wb")], ["Inbound"])
    for number in range(size):
        center.submit(id=f"w{number}", media="workitem", queue="Inbound")
        center.apply(ix.Offer(agent="a1"), f"w{number}")
    return center


def accept_all(size):
    center = busy_center(size)
    for number in range(size):
        center.apply(ix.Accept(by="a1"), f"w{number}")
    center.advance(1)
    return center.snapshot()


def mirrored(size):
    """Messages about as many interactions, and as many operations that are never answered."""
    mirror = client.Mirror("a1")
    for number in range(size):
        mirror.take(message("a1", f"w{number}")["body"])
        mirror.request("Accept", f"w{number}")
    return mirror.pending


def polled(size):
    """Sessions of one user, to each of which everything is sent."""
    server, ids = bayeux.Server(), iter(range(10 * size))
    body = b'[{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]'
    for number in range(size):
        server.receive(body, number, now=0.0, user=f"a{number}", browser=None, new_id=lambda: f"id{next(ids):018}")
    for number in range(size):
        server.publish([(f"a{number}", "/v2/me", {"at": number})], now=1.0)
    return server.tick(now=50.0)


def parsed(size):
    data = {f"key {number}": "x" for number in range(size)}
    return gws.parse_notification(message("a1", "w1", "Processing", userData=data)["body"]).to_bytes()


def sequence(size):
    return ix.validate("workitem", ["Offer", "Accept", "Complete", "Foo"] * size)


REST = {each.__name__: each for each in (accept_all, mirrored, polled, parsed, sequence)}


@pytest.mark.parametrize("name", REST)
def test_twice_as_much_costs_twice_the_calls(name):
    size = 50
    REST[name](2 * size)
    assert calls(lambda: REST[name](2 * size)) <= MOST * calls(lambda: REST[name](size))
