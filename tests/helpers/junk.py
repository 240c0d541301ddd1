"""Junk for every argument, as Python expressions: what is drawn can be printed, and pasted into the corpus.

`NAMES` is the namespace in which they are evaluated. A choice is made by anything with the method ``randrange`` of
`random.Random`: a generator with a seed, hypothesis, or the bytes of a coverage-guided fuzzer.
"""

import io
import math
from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

import ixnstate as ix
from ixnstate import bayeux, client, export, gws, machines, reports, testing, trace
from ixnstate.commands import OPERATIONS
from ixnstate.trace import partition

DEEP = 100_000


@cache
def deep_list(depth: int = DEEP) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@cache
def deep_dict(depth: int = DEEP) -> dict:
    value: dict = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@cache
def deep_tuple(depth: int = DEEP) -> tuple:
    value: tuple = ()
    for _ in range(depth):
        value = (value,)
    return value


def own_list() -> list:
    value: list = []
    value.append(value)
    return value


def own_dict() -> dict:
    value: dict = {}
    value["a"] = value
    return value


class Recursing:
    """Its repr never ends."""

    def __repr__(self) -> str:
        return repr(self)


class Unprintable:
    """Its repr and its str raise."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class Wordless:
    """Its repr is not a string."""

    def __repr__(self) -> str:
        return 5  # type: ignore[return-value]


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Keyed(dict):
    pass


class Stranger(ix.Command):
    """A command of somebody else's making."""


LEAVES = (
    "None", "True", "False", "0", "1", "-1", "7", "2**63", "10**400", "10**5000", "-10**5000", "0.0", "1.5", "-1.5",
    "1e308", "nan", "inf", "-inf", "1j", "Decimal('NaN')", "Decimal(1)", "Fraction(1, 3)", "Number(3)",
    "''", "'a1'", "'a2'", "'X1'", "'boss'", "'wb'", "'team'", "'Inbound'", "'workitem'", "'chat'", "'email'", "'fax'",
    "'Queued'", "'Invited'", "'Processing'", "'Chatting'", "'Revoked'", "'Completed'", "'agent'", "'Accept'", "'Foo'",
    "'*'", "'x' * 513", "'x' * 1_000_001", "'\\ud800'", "'\\x00'", "'\\x1b[31m'", "'\\u202eevil'", "'a b/c?d#e'",
        "'9' * 5000",
    "Text('a1')", "Text('Accept')", "b''", "b'a1'", "b'\\xff'", "bytearray(b'a1')", "memoryview(b'a1')",
    "[]", "[[]]", "['a1']", "['a1', 'a1']", "[1]", "[None]", "()", "('a1',)", "((),)", "{}", "{'a': 1}", "{1: 2}",
    "{None: None}", "{'': ''}", "{'a': nan}", "{'a': 10**5000}", "{'a': {'b': [1, {'c': None}]}}", "{('a', 1): 2}",
    "set()", "{'a1'}", "frozenset({'a1'})", "frozenset({1})", "range(3)", "range(10**30)", "iter(())", "iter(['a1'])",
    "(x for x in ['a1', 5])", "OrderedDict(a=1)", "MappingProxyType({'a': 1})", "Keyed(a=1)", "object()", "int", "str",
    "type", "len", "(lambda *_: None)", "ix", "...", "NotImplemented", "ValueError('x')", "slice(3)",
    "deep_list()", "deep_dict()", "deep_tuple()", "deep_list(200)", "deep_dict(300)", "own_list()", "own_dict()",
    "[10**5000]", "['x', Recursing()]", "Recursing()", "Unprintable()", "Wordless()", "[Unprintable()]", "Recursing",
    "Stranger()", "Stranger(interaction='X1')", "ix.Command()", "ix.Accept", "ix.Custom", "ix.State.QUEUED",
    "ix.State.REVOKED", "ix.Evidence.SILENT", "ix.GWS", "ix.GWS.media", "ix.GWS.media['chat']", "ix.Profile()",
    "ix.GWS.edges('chat')[0]", "record('workitem')", "record('chat')", "record('email')", "done()", "outcome()",
    "some_center()", "ix.Accept(by='a1')", "ix.Offer(agent='a1')", "ix.Stop()", "ix.WorkbinPlace('wb')",
    "ix.Agent('a1')", "ix.Workbin('wb')", "refusal()", "done().events[0]", "done().events", "message()",
    "gws.Request('GET', '/me/chats')", "gws.Read(of='interactions')", "gws.Upload()", "gws.Target(of='workbin')",
)  # fmt: skip
"""Values of every type; those of the library too, where another one belongs."""

ATTRS = {
    "ix": ("Interaction", "WorkbinPlace", "View", "Notice", "Step", "Refusal", "Custom", "Created", "StateChanged",
           "ParticipantsChanged", "UserDataChanged", "ContentChanged", "MessageSent", "ConsultRequested",
           "TransferFailed", "Answered", "Advanced", "SubscriptionChanged", "AgentChanged", "Forgotten", "Outcome",
           "WorkbinNotice", "SubscriptionNotice", "ContentNotice", "StatsNotice", "Edge", "Medium", "Definition",
           *OPERATIONS),
    "gws": ("Request", "Read", "Upload", "Target", "Server", "Notification"),
}  # fmt: skip
"""Classes whose constructors trust, by where they stand: values of the right class, with junk in their fields."""


def a_workbin_center() -> ix.ContactCenter:
    """A contact centre in which something is in every state that matters."""
    made = ix.ContactCenter(
        agents=[
            ix.Agent("a1", agent_groups={"G"}, place="p1", place_groups={"P"}),
            ix.Agent("a2", agent_groups={"G"}, capacity={"chat": 2}, ready={"chat", "email"}),
            ix.Agent("a3", capacity=3, ready=False),
            ix.Agent("boss", roles={"supervisor"}),
        ],
        workbins=[
            ix.Workbin("wb"), ix.Workbin("team", type="AgentGroup"), ix.Workbin("desk", type="Place"),
            ix.Workbin("room", type="PlaceGroup", name="Room"),
        ],
        queues=["Inbound", "Out"],
    )  # fmt: skip
    for id, media in (("X1", "workitem"), ("X2", "chat"), ("X3", "email"), ("X4", "chat"), ("X5", "workitem")):
        made.submit(id=id, media=media, queue="Inbound", user_data={"key": "value"})
    made.apply(ix.Offer(agent="a1"), "X1")
    made.apply(ix.Accept(by="a1"), "X1")
    made.apply(ix.Offer(agent="a1"), "X2")
    made.apply(ix.Accept(by="a1", nickname="Kim"), "X2")
    made.apply(ix.Consult(by="a1", target_agent="a2"), "X2")
    made.apply(ix.Offer(agent="a2"), "X3")
    made.apply(ix.Subscribe(by="a2", workbin="team", agent_group="G"))
    made.apply(ix.Offer(agent="a1"), "X5")
    made.apply(ix.Accept(by="a1"), "X5")
    made.apply(ix.AddWorkitem(by="a1", workbin="team", agent_group="G"), "X5")
    made.apply(ix.Create(by="a1", media="email", new_id="X6", queue_name="Out"))
    made.submit(id="X7", media="facebook", queue="Out")
    made.apply(ix.Stop(), "X7")
    made.advance(1.5)
    return made


_SAVED = a_workbin_center().snapshot()


def center() -> ix.ContactCenter:
    return ix.ContactCenter.restore(_SAVED)


@cache
def some_center() -> ix.ContactCenter:
    return center()


@cache
def record(media: str) -> ix.Interaction:
    step = ix.submit(id="X1", media=media, queue="Inbound", user_data={"key": "value"})
    step = ix.step(step.interaction, ix.Offer(agent="a1"))
    return ix.step(step.interaction, ix.Accept(by="a1")).interaction


@cache
def done() -> ix.Step:
    return ix.step(record("workitem"), ix.AttachUserData(by="a1", user_data={"more": 1}))


@cache
def refusal() -> ix.Refusal:
    outcome = ix.decide(record("workitem"), ix.Reject(by="a1"))
    assert isinstance(outcome, ix.Refusal)
    return outcome


@cache
def outcome() -> ix.Outcome:
    return center().apply(ix.PullWorkitem(by="a1", workbin="team", agent_group="G"), "X5")


@cache
def message() -> dict:
    return gws.notifications(ix.step(record("chat"), ix.Leave(by="a1")))[0].frame()


# === recordings, and what is found in them ==========================================================================

FAULTS = Path(__file__).parents[2] / "docs" / "examples" / "faults"


def recording(name: str) -> str:
    return str(FAULTS / f"{name}.jsonl")


def lines(name: str) -> Iterator[trace.Line]:
    return iter(_lines(name))


@cache
def _lines(name: str) -> tuple[trace.Line, ...]:
    return tuple(trace.open_lines(recording(name)))


def line(name: str, number: int) -> trace.Line:
    return _lines(name)[number - 1]


@cache
def judgement(name: str = "") -> trace.Report:
    return trace.validate(recording(name)) if name else trace.validate()


def found(name: str) -> tuple[trace.Finding, ...]:
    return judgement(name).findings


@cache
def seen() -> trace.Seen:
    shown = (each for each, _ in trace.followed(trace.Judge(), lines("complete-twice")))
    return next(each for each in shown if each is not None)


@cache
def covered() -> reports.Coverage:
    tally = reports.Tally()
    tally.add(seen())
    return next(iter(tally.coverage()))


# === clients ========================================================================================================


def mirror() -> client.Mirror:
    """One that knows an interaction, has asked for two operations, and is reading."""
    made = client.Mirror("a1")
    made.listening()
    made.start_reading()
    made.take(message())
    made.take({**ITEM, "messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange"})
    made.request("Complete", "X2")
    made.request("Subscribe", None, workbin="wb")
    return made


ITEM = {"workitem": {"id": "X2", "state": "Processing", "capabilities": ["Complete"], "userData": {"a": 1}}}


def asked(number: int = 0) -> client.Operation:
    return mirror().pending[number]


@cache
def reading(number: int = 0) -> client.Reading:
    """The answer to it is waited for; with another number, one that is not."""
    made = client.Mirror("a1")
    made.listening()
    first = made.start_reading()[0]
    return first if not number else attrs.evolve(first, number=99)


def content_message() -> dict:
    return {
        "messageType": "WorkbinStateChangeMessage", "action": "ItemAdded", "id": "wb",
        "workitemStateResourceV2": {"id": "X2"},
    }  # fmt: skip


# === Bayeux =========================================================================================================


def cometd() -> bayeux.Server:
    """With one session, that polls."""
    made = bayeux.Server()
    made.receive(handshake(), 0, now=0.0, user="a1", browser=None, new_id=lambda: "c" * 20)
    made.receive(connect(), "held", now=0.5, user="a1", browser="c" * 20, new_id=lambda: "d" * 20)
    return made


def handshake() -> bytes:
    return b'[{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]'


def connect() -> bytes:
    return b'[{"channel": "/meta/connect", "clientId": "%s", "connectionType": "long-polling"}]' % (b"c" * 20)


# === the conformance kit ============================================================================================


@cache
def scope() -> testing.Scope:
    return testing.Scope(ix.GWS, testing.WORLD, frozenset({"workitem"}))


class Watching(client.Mirror):
    """A client as the kit looks at it."""

    def view(self, interaction: str) -> Any:
        shown = super().view(interaction)
        return None if shown is None else shown.view


class Refusing(testing.InProcessDriver):
    """An implementation that accepts nothing."""

    def perform(self, command: ix.Command, /) -> testing.Reply:
        return testing.Reply(False, 9)


@cache
def run_of() -> tuple[Any, testing.Difference]:
    """A run that has failed, and in what."""
    script = (
        ix.Submit(new_id="x1", media="workitem", queue="Inbound"), ix.Offer(interaction="x1", agent="a1"),
        ix.Accept(interaction="x1", by="a1"),
    )  # fmt: skip
    try:
        testing.Bench(Refusing(), supports=["workitem"]).run(script)
    except testing.NonconformanceError as error:
        return script, error.difference
    raise AssertionError("it has not failed")


@cache
def case() -> testing.Case:
    return testing.suite(scope(), ["tour"])[0]


@cache
def result() -> testing.Result:
    return testing.judge(case(), lambda definition: testing.Bench(Refusing(), definition), scope())


def saved_run() -> list:
    return [{"kind": "meta", "action": {"wait": 5}}, {"kind": "meta", "past": ["x"]}]


NAMES: dict[str, Any] = {
    **globals(), "CHAT": ix.GWS.media["chat"], "ix": ix, "gws": gws, "trace": trace, "machines": machines,
    "bayeux": bayeux, "client": client, "export": export, "reports": reports, "testing": testing, "io": io,
    "partition": partition,
    "Path": Path, "nan": math.nan, "inf": math.inf,
    "Decimal": Decimal, "Fraction": Fraction, "OrderedDict": OrderedDict, "MappingProxyType": MappingProxyType,
}  # fmt: skip

compiled = lru_cache(10_000)(lambda text: compile(text, "<junk>", "eval"))


def value_of(expression: str) -> Any:
    return eval(compiled(expression), NAMES)


def one_of(choices: Any, chance: Any) -> Any:
    return choices[chance.randrange(len(choices))]


def junk(chance: Any, depth: int = 2) -> str:
    """An expression for something: mostly a leaf, otherwise a container or a value of ours with junk in it."""
    kind = chance.randrange(10) if depth else 0
    if kind == 9:
        return f"[{', '.join(junk(chance, depth - 1) for _ in range(1 + chance.randrange(2)))}]"
    if kind == 8:
        return f"{{{one_of(_KEYS, chance)}: {junk(chance, depth - 1)}}}"
    if kind == 7:
        return of_ours(chance, depth - 1)
    return one_of(LEAVES, chance)


_KEYS = ("'id'", "'key'", "'a1'", "'operationName'", "'data'", "'messageType'", "'X1'", "'state'", "1", "''")


def of_ours(chance: Any, depth: int) -> str:
    """A value of one of our classes with something wrong in it."""
    where, name = one_of(_OURS, chance)
    fields = _FIELDS[where, name]
    given = {
        field: USUAL[field] if field in USUAL and chance.randrange(4) else one_of(_ORDINARY, chance)
        for field, needed in fields.items()
        if needed
    }
    for _ in range(1 + chance.randrange(2)):
        if fields:
            given[one_of(tuple(fields), chance)] = junk(chance, depth)
    return f"{where}.{name}({', '.join(f'{field}={text}' for field, text in given.items())})"


USUAL = {
    "id": "'X1'", "interaction": "'X1'", "media": "'workitem'", "state": "ix.State.PROCESSING", "holders": "('a1',)",
    "invited": "()", "consulted": "()", "operation": "'Complete'", "by": "'a1'", "agent": "'a1'", "told": "None",
    "queue": "'Inbound'", "workbin": "None", "resume": "None", "user_data": "{'a': 1}", "content": "{'a': 1}",
    "deleted": "()", "nicknames": "{}", "kind": "ix.NoticeKind.STATUS_CHANGE", "text": "'hello'", "url": "None",
    "giver": "'a1'", "reference_id": "9", "view": "ix.View(ix.State.PROCESSING)", "before": "record('workitem')",
    "events": "done().events", "event": "done().events[0]", "code": "ix.RefusalCode.ILLEGAL", "new_id": "'X1'",
    "command": "ix.Accept(by='a1')", "record": "record('workitem')", "definition": "ix.GWS",
        "source": "ix.State.QUEUED",
    "target": "ix.State.QUEUED", "method": "'POST'", "path": "'/me/workitems/X1'", "of": "'interaction'",
}  # fmt: skip
_ORDINARY = ("'X1'", "'a1'", "'workitem'", "'Queued'", "None", "()", "ix.State.QUEUED", "{}")
_OURS = tuple((where, name) for where, names in ATTRS.items() for name in names)


def _fields_of(cls: type) -> dict[str, bool]:
    if cls is ix.Interaction:
        names = [each.name for each in attrs.fields(cls) if each.name != "fits"]
        return {name: name in ("id", "media") for name in names}
    return {each.name: each.default is attrs.NOTHING for each in attrs.fields(cls) if each.init}


_FIELDS = {(where, name): _fields_of(getattr(NAMES[where], name)) for where, name in _OURS}
