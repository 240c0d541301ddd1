"""A saved state that somebody has changed is refused, with what is wrong and where; or it can be gone on with."""

import json
from random import Random

import pytest
from records import RULES, lines_of, recorded_day

from ixnstate import shapes
from ixnstate.trace import Judge, judged, validate
from ixnstate.trace.saved import sealed, write_state

VALUES = (None, True, 0, -1, 1, 7, 10**30, 1.5, "", "a1", "chat", "Queued", "Revoked", [], {}, [[]], [None], {"a": 1})


def saved(seed):
    """The state of a judge in the middle of a day, as a file has it; and the rest of the day."""
    chance = Random(seed)
    lines = lines_of([line for line in recorded_day(seed * 7, 14) if chance.random() > 0.1])
    cut = chance.randrange(len(lines) + 1)
    judge = Judge(rules=RULES)
    for _ in judged(judge, lines[:cut]):
        pass
    return json.loads(json.dumps(judge.save())), lines[cut:]


def places(value, at=()):
    yield at
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, (*at, key))


def forged(state, path, value, chance):
    """The state with something else at a place of it, and with the digest that goes with it."""
    new = json.loads(json.dumps(state))
    parent = new
    for key in path[:-1]:
        parent = parent[key]
    match chance.randrange(6):
        case 0:
            del parent[path[-1]]
        case 1 if isinstance(parent, dict):
            parent["more"] = parent[path[-1]]
        case 2 if isinstance(parent, list):
            parent.append(parent[path[-1]])
        case _:
            parent[path[-1]] = value
    new.pop("digest", None)
    return sealed(new)


@pytest.mark.parametrize("seed", range(15))
def test_a_forged_state_is_refused_by_name_and_place_or_can_be_gone_on_with(seed):
    state, rest = saved(seed)
    chance = Random(seed)
    everywhere = [path for path in places(state) if path and path != ("digest",)]
    for path in chance.sample(everywhere, min(30, len(everywhere))):
        new = forged(state, path, chance.choice([*VALUES, state[path[0]]]), chance)
        judge = Judge(rules=RULES)
        try:
            judge.resume(new)
        except ValueError as error:
            assert str(error), path
            assert judge.save() == Judge(rules=RULES).save(), path
            continue
        for _ in judged(judge, rest):
            pass
        for _ in judge.finish():
            pass


@pytest.mark.parametrize(("path", "value", "said"), [
    (("interactions", "X"), {"belief": 99, "roles": [], "edge": None, "holes": 0},
        "interactions.X.belief: there is no number 99"),
    (("interactions", "X"), 99, "interactions.X: expected an object, found 99"),
    (("beliefs",), [{"requested": True}], "beliefs[0].candidates: is missing"),
    (("has_begun",), "yes", "has_begun: expected true or false, found 'yes'"),
    (("exchanges",), [{"agent": 5}], "exchanges[0].is_answered: is missing"),
    (("waiting", "X"), [None], "waiting.X[0]: expected an object, found None"),
    (("early",), -1, "early: it is negative"),
    (("surplus",), 1, "surplus: is not taken"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(path, value, said):
    state = json.loads(json.dumps(Judge(rules=RULES).save()))
    parent = state
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    del state["digest"]
    with pytest.raises(ValueError, match="the state is damaged: ") as error:
        Judge(rules=RULES).resume(sealed(state))
    assert said in str(error.value)


@pytest.mark.parametrize("agent", ["", "@", "chat", "a1", "@99"])
def test_a_request_of_nobody_is_refused(agent):
    state, _ = saved(6)
    belief = next(each for each in state["beliefs"] if each["pending"])
    belief["pending"][0]["agent"] = agent
    del state["digest"]
    with pytest.raises(ValueError, match=r"the state is damaged: .*(is a role like @0|a role has no agent)"):
        Judge(rules=RULES).resume(sealed(state))


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "5", "{}", '{"version": 5}', '{"version": ' + "9" * 5000 + "}", "\ud800"]
)
def test_a_state_that_is_none_is_refused_and_kept(content, tmp_path):
    file, day = tmp_path / "state.json", tmp_path / "day.jsonl"
    raw = content.encode("utf-8", "surrogatepass")
    file.write_bytes(raw)
    day.write_text("")
    with pytest.raises(ValueError, match="state"):
        validate(day, resume=file)
    assert file.read_bytes() == raw
    assert sorted(each.name for each in tmp_path.iterdir()) == ["day.jsonl", "state.json"]


def test_a_forged_state_file_is_kept(tmp_path):
    file, day = tmp_path / "state.json", tmp_path / "day.jsonl"
    day.write_text("")
    state = json.loads(json.dumps(Judge().save()))
    del state["digest"]
    state["early"] = "soon"
    write_state(file, sealed(state))
    before = file.read_bytes()
    with pytest.raises(ValueError, match="early: expected a whole number, found 'soon'"):
        validate(day, resume=file)
    assert file.read_bytes() == before


def test_a_shape_says_where_a_value_is_unlike_it():
    shape = shapes.Fields({"a": shapes.Listed(int), "b": shapes.Either((type(None), shapes.Row((str, float))))})
    assert shapes.misshapen({"a": (1, 2), "b": None}, shape) is None
    assert shapes.misshapen({"a": [], "b": ["x", 1]}, shape) is None
    assert shapes.misshapen({"a": [1, True], "b": None}, shape) == "a[1]: expected a whole number, found True"
    assert shapes.misshapen({"a": [], "b": ["x"]}, shape) == "b: expected 2 values, found 1"
    assert shapes.misshapen({"a": []}, shape) == "b: is missing"
    assert shapes.misshapen({1: 2}, shapes.Mapped(int), "c") == "c: its names must be strings"
