"""Scripts about values: what an interaction carries comes back as it was given, and can be emptied; and repetition."""

from collections.abc import Iterator, Mapping

from ixnstate.commands import (
    Accept,
    AddAttachment,
    AttachUserData,
    Command,
    DeleteUserData,
    Kind,
    Offer,
    RemoveAttachment,
    Reply,
    Submit,
    UpdateUserData,
    parameters_of,
)
from ixnstate.definition import Edge
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME, Place, Situation
from ixnstate.testing.forms import Scope, births
from ixnstate.testing.model import played
from ixnstate.testing.several import named
from ixnstate.values import Json, JsonObject, changed
from ixnstate.vocabulary import Family

VALUES: Mapping[str, JsonObject] = {
    "nested and several": {
        "deep": {"list": [1, None, {"a": "b"}], "none": {}, "empty": [], "flat": "y"}, "list": ["a", 1],
        "flat": "x", "single": ["a"], "lists": [[1], []],
    },
    "keys that differ in case": {"Name": "1", "name": "2", "NAME": "3"},
    "empty, null, numbers and flags": {
        "empty": "", "null": None, "zero": 0, "number": 12, "text": "12", "negative": -1, "large": 2**31, "yes": True,
        "no": False, "largest": 2**53 - 1, "fraction": 0.125,
    },
    "markup and other alphabets": {
        "markup": "<b a='1'>&amp; \"quoted\"</b>", "accents": "Zoë Müller", "far": "你好 Привет שלום", "wide": "🙂",
        "decomposed": "Zoe\u0308",
    },
    "texts that look like something else": {
        "flag": "true", "null": "null", "number": "007", "exponent": "1e3", "time": "2016-01-22T10:00:00.000Z",
        "json": '{"a": 1}', "percent": "50%",
    },
    "long texts and names of other things": {
        "long": "0123456789" * 50, "constructor": "a", "__proto__": "b", "length": "3", "id": "c", "state": "d",
    },
    "keys that begin alike": {"key": "1", "key2": "2", "key.a": "3", "key a": "4"},
    "long keys that begin alike": {f"{'a key of a form ' * 8}{number}": str(number) for number in (1, 2)},
    "spaces and escapes": {"spaces": "  a  b ", "lines": "a\nb\tc\r\n", "escapes": "\\n /%20+&=?#;,", "a.b c-d": "key"},
}  # fmt: skip
"""User data that are kept as they are."""

TEXTS = ("<b>&amp;\"'</b>\nZoë 你好 🙂", "text", "")
"""Texts of messages and comments; the last empties what was there."""

_FIELDS = ("subject", "body", "subject")
"""Of a draft: what one Save does not say stays as it was."""

MANY = 250
"""The number of requests in one session."""


def values(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """The scripts of a medium about values, each with what it is about."""
    for birth in births(media, NAME, scope):
        for kind, data in VALUES.items():
            script: Script = (changed(birth, user_data=data),)
            shown = Offer(agent=scope.world.workers[0], interaction=NAME, media=media)
            yield (*script, shown) if isinstance(birth, Submit) else script, f", born with {kind}"
    place = _place_for(AttachUserData, places)
    if place is not None:
        yield from _of_user_data(place)
    yield from _texts(places, scope)
    yield from _attachments(places)
    if scope.definition.medium(media).family is Family.SESSIONS:
        yield from _nicknames(places)


def _place_for(kind: type[Command], places: Mapping[Situation, Place]) -> Place | None:
    """The nearest place in which one agent holds it, and can do that."""
    return next(
        (
            place
            for place in places.values()
            if len(place.record.holders) == 1 and any(type(arc.command) is kind for arc in place.arcs)
        ),
        None,
    )


def _of_user_data(place: Place) -> Iterator[tuple[Script, str]]:
    """Written, written over, emptied and deleted."""
    record = place.record
    about: dict[str, Json] = {
        "by": record.holders[0], "interaction": NAME, "media": record.media, "media_type": record.media_type,
    }  # fmt: skip
    for kind, data in VALUES.items():
        attach, update = AttachUserData(user_data=data, **about), UpdateUserData(user_data=data, **about)
        yield (*place.way, attach), f" of {kind}"
        yield (*place.way, update), f" of {kind}"
        first, *others = data
        yield (*place.way, attach, DeleteUserData(keys=(first,), **about)), f", one of {kind}"
        if others:
            yield (*place.way, attach, DeleteUserData(keys=tuple(data), **about)), f", all of {kind}"
    full = AttachUserData(user_data={"a": {"b": "c"}, "d": "e"}, **about)
    empty: JsonObject = {"an empty text": "", "null": None, "an empty object": {}, "a number": 0}
    for name, value in empty.items():
        yield (*place.way, full, UpdateUserData(user_data={"a": value, "d": value}, **about)), f", set to {name}"
        yield (*place.way, full, AttachUserData(user_data={"d": value}, **about)), f", set to {name}"
    yield (*place.way, DeleteUserData(keys=("KEY", "absent"), **about)), " of keys that are not there"
    yield (*place.way, full, AttachUserData(user_data={"a": {"x": "y"}}, **about)), ", an object in place of another"
    yield (*place.way, full, DeleteUserData(keys=("absent", "d"), **about)), ", of which one is not there"
    yield (*place.way, full, DeleteUserData(keys=("b",), **about)), " of a key within another"


def _texts(places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """What is said, or written down, in one place: other texts, one after the other."""
    seen: set[str] = set()
    for place in places.values():
        for arc in place.arcs if place.record.holders else ():
            texts = [each.name for each in parameters_of(type(arc.command)) if each.kind is Kind.TEXT and each.required]
            if texts and arc.target == _here(places, place) and arc.edge.operation not in seen:
                seen.add(arc.edge.operation)
                written = tuple(changed(arc.command, **{texts[0]: text}) for text in TEXTS)
                yield from _while_legal((*place.way,), written, scope, ", other texts")


def _attachments(places: Mapping[Situation, Place]) -> Iterator[tuple[Script, str]]:
    """Two attachments, of which one is removed."""
    for place in places.values():
        arcs = {type(arc.command): arc.command for arc in place.arcs}
        first, removed = arcs.get(AddAttachment), arcs.get(RemoveAttachment)
        if first is not None and removed is not None:
            added = changed(first, document_id="d2")
            for name in ("d1", "d2"):
                yield (*place.way, added, changed(removed, document_id=name)), f", {name} of two"
            return


def _nicknames(places: Mapping[Situation, Place]) -> Iterator[tuple[Script, str]]:
    """A nickname in one session, and none in the next."""
    for place in places.values():
        for arc in place.arcs:
            if type(arc.command) is Accept and not place.record.holders:
                without = named((*place.way, arc.command), "x2")
                yield (*place.way, changed(arc.command, nickname="Ann"), *without), ", after one with a nickname"
                return


def _here(places: Mapping[Situation, Place], place: Place) -> Situation | None:
    return next((here for here, each in places.items() if each is place), None)


# === repetition =====================================================================================================


def repeated(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """What changes no state three times in a row, with other arguments; and hundreds of requests."""
    seen: set[Edge] = set()
    for here, place in places.items():
        for arc in place.arcs:
            if arc.edge not in seen and arc.target == here:
                seen.add(arc.edge)
                commands = tuple(_varied(arc.command, number) for number in range(3))
                yield from _while_legal(place.way, commands, scope, ", three times with other arguments")
    place_there = _place_for(UpdateUserData, places)
    if place_there is not None and media == scope.media[0]:
        record = place_there.record
        update = UpdateUserData(
            by=record.holders[0], interaction=NAME, media=media, media_type=record.media_type, user_data={}
        )
        many = tuple(changed(update, user_data={"count": number}) for number in range(MANY))
        yield (*place_there.way, *many), f", {MANY} times"


def _varied(command: Command, number: int) -> Command:
    """The same command with other arguments, where it has such as can be chosen freely."""
    given: dict[str, Json] = {}
    for each in parameters_of(type(command)):
        value = getattr(command, each.name)
        if each.name == "user_data":
            given[each.name] = {f"key {number % 2}": f"value {number}"}
        elif each.name == "content" and isinstance(value, Mapping):
            given[each.name] = {_FIELDS[number]: f"value {number}"}
        elif each.name == "document_id":
            given[each.name] = f"d{number + 1}"
        elif each.name in ("text", "comment", "disposition"):
            given[each.name] = f"value {number}"
        elif each.name == "new_id" and isinstance(command, Reply):
            given[each.name] = f"{NAME}+{number}"
        elif each.name == "keys":
            given[each.name] = (("key", "number", "absent")[number],)
    return changed(command, **given)


def _while_legal(way: Script, commands: Script, scope: Scope, more: str) -> Iterator[tuple[Script, str]]:
    """The way and these commands, as far as they are legal one after the other; nothing if the second is not."""
    model, script = played(way, scope), way
    for command in commands:
        if not model.act(command, telling=False).reply.ok:
            break
        script = (*script, command)
    if len(script) > len(way) + 1:
        yield script, more
