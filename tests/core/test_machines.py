"""The machine of the transitions library against the step, cell by cell; and the diagrams against the edges.

*transitions* interprets the state graph by itself, so every cell is decided twice: by the step, and by the machine.
"""

import doctest
import re
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import attrs
import pytest
from transitions import MachineError

import ixnstate as ix
from conftest import MEDIA
from ixnstate import machines
from ixnstate.commands import OPERATIONS
from ixnstate.space import AGENTS, begin, by_name, exemplary, plain
from ixnstate.stepping import applicable
from ixnstate.vocabulary import HELD_STATES

ONE, TWO, THREE = AGENTS
STEPS = [name for name in OPERATIONS if name not in ("Create", "Submit")]
PROFILES = [
    {"transfer": "at once"},
    {"transfer": "on acceptance"},
    {"unlisted_workbin_names": "refuse", "enable_join_on_pull_chat": False},
]
KEPT = ("holders", "invited", "resume", "workbin")


class Model:
    """A model as embedders have them: mutable, compared by identity. A machine gives it its attributes."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: object) -> None: ...


# --- the machine against the step -----------------------------------------------------------------------------------


def records(media, definition):
    """Every state, with each state to resume, one or two holders, an invitee, a giver who still holds it."""
    medium = definition.media[media]
    resumes = [None, *(state for state in (ix.State.LEFT_CHAT, ix.State.COMPOSING) if state in medium.states)]
    for state in medium.states:
        away = state in (ix.State.QUEUED, ix.State.INVITED, ix.State.IN_WORKBIN)
        conferences = [(ONE,), (ONE, TWO)] if state is ix.State.CHATTING else [(ONE,)]
        holders = conferences if state in HELD_STATES else [(), (ONE,)] if state is ix.State.INVITED else [()]
        talking = state is ix.State.CHATTING
        invited = [(THREE,)] if state is ix.State.INVITED else [(), (THREE,)] if talking else [()]
        workbin = ix.WorkbinPlace("workbin-1") if state is ix.State.IN_WORKBIN else None
        attached = {"attachments": [{"id": "document_id"}]} if state in HELD_STATES else {}
        for has, asked, resume in product(holders, invited, resumes if away else [None]):
            yield ix.Interaction("X1", media, state, has, asked, workbin=workbin, resume=resume, content=attached)


def commands(record, definition):
    """Every operation of the library and of the definition, in the forms that its edges ask for, by every agent."""
    edges = definition.edges(record.media)
    found = {}
    for name in dict.fromkeys((*STEPS, *definition.media[record.media].operations)):
        forms = [by_name(name, record, definition=definition)]
        forms += [exemplary(record, edge, definition=definition) for edge in edges if edge.operation == name]
        if getattr(forms[0], "target_agent", None):
            forms += [attrs.evolve(forms[0], target_agent=agent) for agent in (*record.holders, *record.invited)]
        for form in forms:
            found |= dict.fromkeys(attrs.evolve(form, by=by) for by in AGENTS) if hasattr(form, "by") else {form: None}
    return list(found)


def arguments(command):
    names = {each.name for each in ix.parameters_of(type(command))} - {"operation", "arguments"}
    return {name: getattr(command, name) for name in names}


def put(machine, model, record):
    """Give the model what the record has."""
    machine.set_state(record.state.value, model)
    for name in KEPT:
        setattr(model, name, getattr(record, name))
    model.attachments = tuple(each["id"] for each in record.content.get("attachments", ()))
    model.id = record.id


def shape(thing):
    """What the machine keeps of an interaction."""
    attached = thing.attachments if isinstance(thing, Model) else thing.content.get("attachments", ())
    ids = tuple(each if isinstance(each, str) else each["id"] for each in attached)
    return {"state": str(thing.state), "attachments": ids} | {name: getattr(thing, name) for name in KEPT}


def trigger(model, command):
    """What the machine says: True, False, or the exception."""
    try:
        return model.trigger(command.operation, **arguments(command))
    except (MachineError, AttributeError) as error:
        return error


def disagreement(machine, model, record, command, definition):
    """What the two say differently about a command, or None."""
    put(machine, model, record)
    events = ix.decide(record, command, definition=definition)
    legal = not isinstance(events, ix.Refusal)
    after = shape(ix.replay(events, start=record)) if legal else shape(record)
    may = model.may_trigger(command.operation, **arguments(command))
    said = trigger(model, command)
    if (said is True, may, shape(model)) != (legal, legal, after):
        return f"{command} from {record}: {said}, may {may}, {shape(model)}; the step: {events}"
    here = {edge.operation for edge in definition.edges(record.media) if edge.source is record.state}
    if isinstance(said, MachineError) != (command.operation in machine.events.keys() - here):
        return f"{command} from {record}: {said!r}"
    return None


def disagreements(media, mine, others):
    """Every disagreement of the machine of one definition with the step of another."""
    machine, model = machines.machine(media, definition=mine), Model()
    machine.add_model(model)
    try:
        for record in records(media, others):
            for command in commands(record, others):
                if found := disagreement(machine, model, record, command, others):
                    yield found
    finally:
        machine.remove_model(model)


@pytest.mark.parametrize("choices", PROFILES, ids=str)
@pytest.mark.parametrize("media", MEDIA)
def test_the_machine_and_the_step_agree_on_every_cell(media, choices):
    definition = ix.GWS.with_profile(**choices)
    assert next(disagreements(media, definition, definition), None) is None


def test_every_operation_is_tried_in_every_state_and_every_edge_is_taken():
    """What the test above tries reaches every edge, and so every condition that there is."""
    met = set()
    for choices, media in product(PROFILES, MEDIA):
        definition = ix.GWS.with_profile(**choices)
        tried = [(record, command) for record in records(media, definition) for command in commands(record, definition)]
        states = definition.media[media].states
        assert {(record.state, command.operation) for record, command in tried} == set(product(states, STEPS))
        taken = {
            applicable(record, command, definition=definition)
            for record, command in tried
            if not isinstance(ix.decide(record, command, definition=definition), ix.Refusal)
        }
        assert taken == set(definition.edges(media))
        met |= {edge.when for edge in taken}
    assert met == set(ix.When)


def without(edges, edge):
    return tuple(each for each in edges if each is not edge)


def moved_up(edges, edge):
    return (edge, *without(edges, edge))


def altered(**changes):
    return lambda edges, edge: tuple(attrs.evolve(each, **changes) if each is edge else each for each in edges)


@pytest.mark.parametrize(
    ("media", "source", "operation", "when", "wrong"),
    [
        ("workitem", "Invited", "Accept", "always", without),
        ("workitem", "Processing", "Complete", "always", moved_up),
        ("workitem", "Processing", "Complete", "into a queue", altered(target=ix.State.INVITED)),
        ("workitem", "InWorkbin", "PullWorkitem", "always", altered(who=ix.Who.HOLDER)),
        ("workitem", "Processing", "SetInFocus", "always", altered(who=ix.Who.ANYONE)),
        ("email", "Composing", "PlaceInQueue", "always", altered(resumes=None)),
        ("email", "InWorkbin", "PullEmail", "always", altered(target=ix.State.PROCESSING)),
        ("chat", "Chatting", "Leave", "others remain", without),
        ("chat", "Chatting", "Leave", "always", altered(does=ix.Does.RELEASE)),
        ("chat", "Chatting", "Transfer", "to an agent, others remain", altered(when=ix.When.TO_AGENT)),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_a_wrong_machine_is_found(media, source, operation, when, wrong):
    medium = ix.GWS.media[media]
    edge = next(e for e in medium.edges if (e.source, e.operation, e.when) == (source, operation, when))
    mutant = ix.Definition({**ix.GWS.media, media: attrs.evolve(medium, edges=wrong(medium.edges, edge))})
    assert next(disagreements(media, mutant, ix.GWS), None)


@pytest.mark.parametrize("choices", PROFILES, ids=str)
@pytest.mark.parametrize("media", MEDIA)
def test_a_model_goes_along_with_the_record_on_a_tour(media, choices):
    definition = ix.GWS.with_profile(**choices)
    machine = machines.machine(media, definition=definition)
    for command in ix.tour(media, definition=definition):
        if isinstance(command, ix.Create | ix.Submit):
            record, model = begin(command, definition=definition), Model()
            machine.add_model(model, initial=record.state.value)
            put(machine, model, record)
        else:
            record = ix.step(record, command, definition=definition).interaction
            assert trigger(model, command) is True, command
            assert shape(model) == shape(plain(record)), command


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("Complete", {}),
        ("Complete", {"by": None}),
        ("Complete", {"by": 5}),
        ("Complete", {"by": ONE, "queue_name": ["queue"]}),
        ("Complete", {"by": ONE, "colour": "red"}),
        ("Transfer", {"by": ONE}),
        ("Transfer", {"by": ONE, "target_agent": TWO, "target_queue": "queue"}),
        ("Transfer", {"by": ONE, "target_agent": ONE}),
        ("UpdateUserData", {"by": ONE, "user_data": {"key": object}}),
    ],
    ids=str,
)
def test_arguments_that_do_not_fit_change_nothing(operation, given):
    record = ix.Interaction("X1", "workitem", ix.State.PROCESSING, holders=[ONE])
    machine, model = machines.machine("workitem"), Model()
    machine.add_model(model)
    put(machine, model, record)
    assert isinstance(ix.decide(record, ix.command(operation, **given)), ix.Refusal)
    assert model.trigger(operation, **given) is False
    assert shape(model) == shape(record)


def test_a_child_needs_an_id_of_its_own():
    machine, model = machines.machine("email"), Model()
    machine.add_model(model, initial="Processing")
    model.id, model.holders = "X1", (ONE,)
    assert model.Reply(by=ONE, new_id="X1", queue_name="queue") is False
    assert model.Reply(by=ONE, new_id="X2", queue_name="queue")


def test_an_operation_of_ones_own():
    park = ix.Edge(ix.State.PROCESSING, "Park", ix.State.IN_WORKBIN, does=ix.Does.RELEASE)
    read = ix.Edge(ix.State.QUEUED, "Look", ix.State.QUEUED, who=ix.Who.ANYONE, does=ix.Does.NOTHING)
    definition = ix.GWS.with_media("fax", like="workitem").with_edge("fax", park).with_edge("fax", read)
    assert next(disagreements("fax", definition, definition), None) is None
    machine, model = machines.machine("fax", definition=definition), Model()
    machine.add_model(model)
    assert model.Look(by=ONE) is True
    assert model.Look() is False
    assert model.Offer(agent=ONE)
    assert model.Accept(by=ONE)
    assert model.Park(by=TWO) is False
    assert model.Park(by=ONE)
    assert (model.state, model.holders) == ("InWorkbin", ())
    assert "Park" in machines.mermaid("fax", definition=definition)


# --- as embedders use it --------------------------------------------------------------------------------------------


def test_there_is_one_machine_for_all_models():
    assert machines.machine("chat") is machines.machine("chat")
    assert machines.machine("chat") is not machines.machine("smssession")
    assert machines.machine("chat") is not machines.machine("chat", definition=ix.GWS.with_profile())


def test_the_example_in_the_docstring():
    result = doctest.testmod(machines)
    assert result.attempted
    assert not result.failed


def test_a_model_gets_what_it_lacks_and_keeps_what_it_has():
    machine, bare, full = machines.machine("workitem"), Model(), Model()
    full.holders, full.invited = [ONE], None
    machine.add_model(bare)
    machine.add_model(full, initial="Processing")
    assert bare.state == "Queued"
    assert bare.Offer(agent=ONE)
    assert (bare.invited, bare.holders, bare.resume, bare.workbin) == ((ONE,), (), None, None)
    assert full.Transfer(by=ONE, target_agent=TWO)
    assert (full.state, full.holders, full.invited) == ("Invited", (), (TWO,))


def test_what_is_illegal_raises_as_transitions_does():
    machine, model = machines.machine("workitem"), Model()
    machine.add_model(model)
    with pytest.raises(MachineError, match="workitem: Can't trigger event Complete from state Queued"):
        model.trigger("Complete", by=ONE)
    with pytest.raises(AttributeError, match="SendMessage"):
        model.trigger("SendMessage", by=ONE, text="Hello")
    with pytest.raises(ValueError, match="unknown media 'telex'; known are chat"):
        machines.machine("telex")


def test_callbacks_of_the_model_see_who_has_it_and_only_changes_of_state_enter():
    class Watching(Model):
        seen: tuple[Any, ...] = ()

        def on_enter_Processing(self):  # noqa: N802
            raise NotImplementedError

    definition = ix.GWS.with_profile()

    def enter(model, event):
        model.seen = (*model.seen, model.holders)

    setattr(Watching, "on_enter_Processing", enter)  # noqa: B010 (by another signature)
    machine, model = machines.machine("workitem", definition=definition), Watching()
    machine.add_model(model)
    assert model.Offer(agent=ONE)
    assert model.Accept(by=ONE)
    assert model.SetInFocus(by=ONE)
    assert model.seen == ((ONE,),)


def test_callbacks_of_one_class_of_models_are_not_demanded_of_another():
    class Entering(Model):
        seen: tuple[Any, ...] = ()

        def on_enter_Invited(self, event):  # noqa: N802
            self.seen += ("enter", event.kwargs["agent"])

    class Leaving(Model):
        seen: tuple[Any, ...] = ()

        def on_exit_Queued(self, event):  # noqa: N802
            self.seen += ("exit", event.kwargs["agent"])

    machine = machines.machine("workitem", definition=ix.GWS.with_profile())
    models = Entering(), Leaving(), Model()
    for model in models:
        machine.add_model(model, initial="Queued")
    assert all(model.Offer(agent=ONE) for model in models)
    assert [model.state for model in models] == ["Invited"] * 3
    assert (models[0].seen, models[1].seen) == (("enter", ONE), ("exit", ONE))
    machine.on_enter_Processing("missing")  # a callback that somebody has named is demanded as ever
    with pytest.raises(AttributeError, match="missing"):
        models[2].Accept(by=ONE)


def test_importing_it_does_not_load_transitions():
    script = "import sys, ixnstate.machines as m; m.mermaid('chat'); print('transitions' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output == "False\n"


# --- diagrams -------------------------------------------------------------------------------------------------------

MARKS = {"": {"documented", "captured"}, "?": {"inferred"}, "??": {"silent"}}
STYLES = {"solid": {"documented"}, "dashed": {"captured", "inferred"}, "dotted": {"silent"}}


def split(names):
    """Operations with the evidence that their marks mean: ``Transfer (to an agent)?`` -> Transfer, {inferred}."""
    for name in names:
        operation, _, mark = re.fullmatch(r"(\w+)( \([\w', ]+\))?(\?{0,2})", name).groups()
        yield operation, frozenset(MARKS[mark])


def inside_of(lines):
    return re.split(r", (?![^(]*\))", " ".join(lines))


def drawn_in_mermaid(text):
    """The arrows of a diagram: source, target, operation, what it may be known by.

    Fails on a line that is not valid.
    """
    head, _, body = text.partition("\nstateDiagram-v2\n")
    assert re.fullmatch(r"---\ntitle: \w+ \(\? is inferred, \?\? silent\)\n---", head)
    inside, arrows, ends = {}, set(), {"starts": set(), "final": set()}
    for line in body.splitlines():
        if match := re.fullmatch(r"    (\w+): (.+)", line):
            inside.setdefault(match[1], []).append(match[2])
        elif match := re.fullmatch(r"    \[\*\] --> (\w+): (Submit|Create)", line):
            ends["starts"].add(match[1])
        elif match := re.fullmatch(r"    (\w+) --> \[\*\]", line):
            ends["final"].add(match[1])
        else:
            match = re.fullmatch(r"    (\w+) --> (\w+): ([^:;#]+)", line)
            assert match, line
            names = match[3].split("<br/>")
            arrows |= {(match[1], match[2], operation, known) for operation, known in split(names)}
    for state, (title, *lines) in inside.items():
        assert title == state
        arrows |= {(state, state, operation, known) for operation, known in split(inside_of(lines))}
    return arrows, ends


def drawn_in_dot(text):
    """The same of DOT; evidence is what the line means, and it must fit the mark."""
    first, *body, last = text.splitlines()
    assert re.fullmatch(r'digraph "\w+" \{', first)
    assert last == "}"
    arrows, ends = set(), {"starts": set(), "final": set()}
    for line in body:
        if match := re.fullmatch(r"  (\w+) \[label=<<b>\1</b>(.*)>(, peripheries=2)?\]", line):
            if match[3]:
                ends["final"].add(match[1])
            names = inside_of(re.findall(r'<br/><font point-size="10">([^<]*)</font>', match[2])) if match[2] else []
            names = [name.replace("&#x27;", "'") for name in names]
            arrows |= {(match[1], match[1], operation, known) for operation, known in split(names)}
        elif match := re.fullmatch(r'  start -> (\w+) \[label=" (Submit|Create) "\]', line):
            ends["starts"].add(match[1])
        elif match := re.fullmatch(r'  (\w+) -> (\w+) \[label="([^"]+)", style=(\w+)(, color="#\w+", .*)?\]', line):
            names = [name.strip() for name in match[3].split("\\l")[:-1]]
            assert all(known & STYLES[match[4]] for _, known in split(names)), line
            platform = all(operation in {"Offer", "Revoke", "Stop"} for operation, _ in split(names))
            assert bool(match[5]) == platform, line
            arrows |= {(match[1], match[2], operation, known) for operation, known in split(names)}
        else:
            assert re.fullmatch(r"  (graph|node|edge|start) \[.*\]", line), line
    return arrows, ends


@pytest.mark.parametrize("draw", [drawn_in_mermaid, drawn_in_dot])
@pytest.mark.parametrize("choices", PROFILES, ids=str)
@pytest.mark.parametrize("media", MEDIA)
def test_a_diagram_shows_every_edge_and_nothing_else(media, choices, draw):
    definition = ix.GWS.with_profile(**choices)
    medium = definition.media[media]
    text = {drawn_in_mermaid: machines.mermaid, drawn_in_dot: machines.dot}[draw](media, definition=definition)
    arrows, ends = draw(text)
    edges = [(edge, target) for edge in definition.edges(media) for target in definition.targets(media, edge)]
    assert {arrow[:3] for arrow in arrows} == {(edge.source, target, edge.operation) for edge, target in edges}
    for edge, target in edges:
        cell = (edge.source, target, edge.operation)
        shown = [known for *drawn, known in arrows if tuple(drawn) == cell]
        cases = [each.evidence for each, to in edges if (each.source, to, each.operation) == cell]
        assert any(min(cases, key=list(ix.Evidence).index) in known for known in shown), cell
        assert all(known.intersection(cases) for known in shown), cell
    assert ends["starts"] == {ix.State.QUEUED, medium.creates or ix.State.QUEUED}
    assert ends["final"] == {state for state in medium.states if state.is_final}


def test_what_leads_elsewhere_too_says_when():
    on_acceptance = ix.GWS.with_profile(transfer="on acceptance")
    text = machines.mermaid("email")
    assert "Invited --> Composing: Accept (resumes)\n" in text
    assert "Invited --> Processing: Accept\n" in text
    assert "Transfer (to a queue)?" in text
    assert "Complete (into a queue)?" in text
    assert "Transfer (to an agent, others remain)??" in machines.mermaid("chat")
    assert "Reject (the giver still holds it)??" in machines.mermaid("chat", definition=on_acceptance)


@pytest.mark.parametrize("draw", [machines.mermaid, machines.dot])
def test_diagrams_are_stable(draw):
    assert draw("chat", definition=ix.GWS.with_profile()) == draw("chat")
    script = f"import ixnstate as ix; print(ix.machines.{draw.__name__}('chat'), end='')"
    for seed in ("1", "2"):
        run = [sys.executable, "-c", script]
        other = subprocess.run(run, capture_output=True, encoding="utf-8", check=True, env={"PYTHONHASHSEED": seed})
        assert other.stdout == draw("chat")


@pytest.mark.parametrize("draw", [machines.mermaid, machines.dot, machines.svg])
def test_a_diagram_of_unknown_media(draw):
    with pytest.raises(ValueError, match="unknown media 'telex'; known are chat"):
        draw("telex")


def test_rendering_says_which_extra_it_needs(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ImportError, match=r"^rendering needs graphviz-pure: pip install 'ixnstate\[diagrams\]'$"):
        machines.svg("chat")


@pytest.mark.parametrize("media", MEDIA)
def test_rendering(media):
    if not (Path(sys.executable).with_name("graphviz-pure").exists() or shutil.which("graphviz-pure")):
        pytest.skip("graphviz-pure is not installed")
    texts = [each.text for each in ElementTree.fromstring(machines.svg(media)).iter("{http://www.w3.org/2000/svg}text")]
    assert {*ix.GWS.media[media].states, "Submit"} <= {text.strip() for text in texts}
