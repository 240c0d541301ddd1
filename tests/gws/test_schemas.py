"""The documents for programs in other languages:
they are of their standards, and agree with what is read and written."""

import json
import re
import shutil
import subprocess
from copy import deepcopy

import jsonschema
import pytest
from answers import ASYNCAPI, MESSAGES, OPENAPI, answer_of, part_of
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import ixnstate as ix
from conftest import documented
from ixnstate import gws
from ixnstate.gws.addresses import SCOPES
from ixnstate.gws.pages import IN_WORKBIN, RESOURCES, STATE_CHANGES
from ixnstate.gws.schemas import references

NOTIFICATION = Draft202012Validator(MESSAGES)
ROWS = documented("notifications")


def component(name):
    return part_of(OPENAPI, f"/components/schemas/{name}")


def named(row):
    return row["message"].get("messageType", "InteractionStateMessage").strip()


# === the documents are of their standards ===========================================================================


def test_the_schema_of_messages_is_a_json_schema():
    Draft202012Validator.check_schema(MESSAGES)
    Draft7Validator.check_schema(MESSAGES)


@pytest.mark.parametrize(
    "definition",
    [ix.GWS, ix.GWS.with_profile(api_version="8.5.0"), ix.GWS.with_media("fax", like="workitem")],
    ids=["GWS", "8.5.0", "another medium"],
)
def test_the_requests_are_an_openapi_document(definition):
    OpenAPIV31SpecValidator(gws.openapi(definition=definition)).validate()


@pytest.fixture(scope="module")
def asyncapi_standard(tmp_path_factory):
    """The JSON Schema of AsyncAPI 3.0.0, which only the npm package ``@asyncapi/specs`` has."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here, and the standard is in no package of the Python index")
    place = tmp_path_factory.mktemp("npm")
    install = [npm, "install", "--no-save", "--silent", "--prefix", str(place), "@asyncapi/specs@6.11.1"]
    if subprocess.run(install, check=False, capture_output=True, timeout=300).returncode:
        pytest.skip("npm could not install @asyncapi/specs")
    schemas = place / "node_modules" / "@asyncapi" / "specs" / "schemas"
    return json.loads((schemas / "3.0.0-without-$id.json").read_text(encoding="utf-8"))


def test_the_topics_are_an_asyncapi_document(asyncapi_standard):
    standard = asyncapi_standard
    check = Draft7Validator(standard)
    check.validate(ASYNCAPI)
    operation = ASYNCAPI["operations"]["receiveChat"]
    with pytest.raises(jsonschema.ValidationError):
        check.validate({**ASYNCAPI, "operations": {"receiveChat": {**operation, "action": "hear"}}})


@pytest.mark.parametrize("document", [MESSAGES, OPENAPI, ASYNCAPI], ids=["messages", "openapi", "asyncapi"])
def test_every_reference_leads_to_something(document):
    for each in references(document):
        found = document
        for name in each.removeprefix("#/").split("/"):
            found = found[name]
        assert found


def test_every_operation_of_the_asyncapi_document_has_messages_of_its_channel():
    for operation in ASYNCAPI["operations"].values():
        name = operation["channel"]["$ref"].removeprefix("#/channels/")
        messages = [each["$ref"].removeprefix(f"#/channels/{name}/messages/") for each in operation["messages"]]
        assert messages == list(ASYNCAPI["channels"][name]["messages"])
    assert len(ASYNCAPI["operations"]) == len(ASYNCAPI["channels"])


def test_every_operation_of_the_openapi_document_has_a_name_of_its_own():
    ids = [
        item[method]["operationId"] for item in OPENAPI["paths"].values() for method in item if method != "parameters"
    ]
    assert len(set(ids)) == len(ids)


# === messages =======================================================================================================


def is_read(message):
    try:
        gws.parse_notification(message)
    except gws.MessageError:
        return False
    return True


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{named(row)} {row['page']}")
def test_documented_messages_validate(row):
    message = row["message"]
    part_of(MESSAGES, f"/$defs/{named(row)}").validate(message)
    NOTIFICATION.validate(message)
    NOTIFICATION.validate({"data": message, "channel": row["topic"]})


@pytest.mark.parametrize("row", [row for row in ROWS if row["topic"]], ids=lambda row: f"{named(row)} {row['page']}")
def test_documented_messages_stand_under_their_topic(row):
    topic = f"/v2{row['topic'].removeprefix('/v2')}"
    channel = next(each for each in ASYNCAPI["channels"].values() if each["address"] == topic)
    assert named(row) in channel["messages"]
    part_of(ASYNCAPI, f"/components/messages/{named(row)}/payload").validate(row["message"])


CONTENT = [row["message"] for row in ROWS if named(row) == "InteractionStateMessage"]


@pytest.mark.parametrize(
    "message",
    [
        [],
        CONTENT,
        [{"data": each, "channel": "/v2/me/interactions"} for each in CONTENT],
        {"data": CONTENT[0]},
        {"messageType": "Unheard"},
        {"messageType": "test_accept "},
        {"messageType": "ChatStateChangeMessage", "chat": {"size": 5, "state": "Odd", "capabilities": ["Fly"]}},
        {"messageType": "ChatStateChangeMessage", "chat": {}, "email": 5},
        {"interaction": {}},
        {"messageType": "TwitterOperationResponse", "success": True},
        {"messageType": "ChatStateChangeMessage", "chat": {"attachments": [{"size": 5}, {"size": "5"}]}},
    ],
    ids=str,
)
def test_messages_that_are_read_validate(message):
    assert is_read(message)
    NOTIFICATION.validate(message)


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {},
        {"data": None},
        {"data": [5]},
        {"data": [[CONTENT[0]]]},
        {"data": {"data": CONTENT[0]}},
        [CONTENT],
        {"messageType": None},
        {"messageType": "ChatStateChangeMessage"},
        {"messageType": "ChatStateChangeMessage", "chat": None},
        {"messageType": "ChatStateChangeMessage", "email": {}},
        {"messageType": "ChatStateChangeMessage", "chat": {"capabilities": [None]}},
        {"messageType": "ChatStateChangeMessage", "chat": {"participants": [None]}},
        {"messageType": "ChatStateChangeMessage", "chat": {"attachments": [{"size": True}]}},
        {"messageType": "MessageLogUpdated", "messages": None},
        {"messageType": "MessageLogUpdated", "messages": [], "chatUri": 5},
        {"messageType": "MessageLogUpdated", "messages": [{"index": True}]},
        {"messageType": "WorkbinStateChangeMessage", "chat": {}},
        {"messageType": "WorkbinSubscriptionStateChangeMessage"},
        {"messageType": "WorkbinStatsMessage", "workbinStats": None},
        {"messageType": "TwitterOperationResponse", "success": 1},
        {"messageTypeName": 5, "interaction": {}},
        {"interaction": None},
        {"interaction": {"email_object": None}},
        {"interaction": {"capabilities": {}}},
    ],
    ids=str,
)
def test_messages_that_are_refused_do_not_validate(message):
    assert not is_read(json.dumps(message))
    assert not NOTIFICATION.is_valid(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(0.5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = sorted({name for schema in MESSAGES["$defs"].values() for name in schema.get("properties", ())} | {"data", "x"})


def places(value, at=()):
    """The place of every member, at every depth."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*at, key)
        yield from places(member, (*at, key))


@st.composite
def mutants(draw):
    """A documented message with a few members replaced, taken away or added; in an envelope, in a list, or neither."""
    message = deepcopy(draw(st.sampled_from(ROWS))["message"])
    for _ in range(draw(st.integers(0, 3))):
        *at, key = draw(st.sampled_from(list(places(message)) or [("x",)]))
        parent = message
        for each in at:
            parent = parent[each]
        change = draw(st.sampled_from(["replace", "take away", "add"]))
        if change == "take away" and key in (parent if isinstance(parent, dict) else range(len(parent))):
            del parent[key]
        elif change == "add" and isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = draw(JSON)
        elif isinstance(parent, dict) or key < len(parent):
            parent[key] = draw(JSON)
    return draw(
        st.sampled_from([message, {"data": message, "channel": "/v2/me/chats"}, [message], [{"data": message}]])
    )


def shows_two(message):
    """Whether several members could be the resource: the reader takes the first, and a schema knows no order."""
    if isinstance(message, list):
        return any(map(shows_two, message))
    if not isinstance(message, dict):
        return False
    of_workbin = [key for key in message if key.endswith(IN_WORKBIN)]
    media = STATE_CHANGES.get(str(message.get("messageType")))
    shown = [key for key, named in RESOURCES.items() if key in message and media in (named, "*")]
    objects = [key for key in message if key.endswith("_object")]
    few = max(map(len, (of_workbin, shown, objects))) < 2
    return not few or any(shows_two(message.get(key)) for key in ("data", "interaction"))


@given(mutants())
def test_what_is_read_validates_and_nothing_else(message):
    assume(not shows_two(message))
    assert NOTIFICATION.is_valid(message) == is_read(message)


def test_the_same_draft_7_schema_accepts_them():
    schema = {"definitions": MESSAGES["$defs"], "$ref": "#/definitions/Notification"}
    check = Draft7Validator(json.loads(json.dumps(schema).replace("#/$defs/", "#/definitions/")))
    for row in ROWS:
        check.validate(row["message"])
    assert not check.is_valid({"messageType": "ChatStateChangeMessage", "chat": {"id": 5}})


def test_what_is_written_validates():
    for media in ix.GWS.media:
        step = ix.step(ix.submit(id="X1", media=media, queue="Q").interaction, ix.Offer(agent="a1"))
        for command in (ix.Accept(by="a1"), ix.AttachUserData(by="a1", user_data={"key": [1, None]})):
            step = ix.step(step.interaction, command)
            sent = gws.notifications(step, reference_id=1)
            assert sent
            for each in sent:
                NOTIFICATION.validate(each.frame())
                assert each.topic in {channel["address"] for channel in ASYNCAPI["channels"].values()}


# === requests =======================================================================================================


def template_of(path, paths=OPENAPI["paths"]):
    """The documented path that an address is of; one with fewer parts that vary comes first."""
    path = "/" + path.partition("?")[0].removeprefix("/").removeprefix("api/v2/")
    fits = [each for each in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), path)]
    assert fits, path
    return min(fits, key=lambda each: each.count("{"))


def request_of(row):
    return gws.Request(row["method"], row["path"], row["body"], "a1", "new")


def is_accepted(request):
    try:
        gws.parse_request(request)
    except gws.RequestError:
        return False
    return True


REQUESTS = [row for row in documented("requests") if is_accepted(request_of(row))]
POSTS = [row for row in REQUESTS if isinstance(row["body"], dict)]


def body_of(path):
    template = template_of(path)
    name = OPENAPI["paths"][template]["post"]["requestBody"]["$ref"]
    return part_of(OPENAPI, f"{name.removeprefix('#')}/content/application~1json/schema")


def id_of(row):
    return f"{row['method']} {row['path']} {row['operation']}"


@pytest.mark.parametrize("row", REQUESTS, ids=id_of)
def test_every_documented_address_has_a_path_that_takes_its_query(row):
    item = OPENAPI["paths"][template_of(row["path"])]
    operation = item[row["method"].lower()]
    taken = {each["$ref"].rpartition("/")[2] for each in operation.get("parameters", [])}
    query = {each.partition("=")[0] for each in row["path"].partition("?")[2].split("&") if each}
    assert query <= taken or "filters" in taken


@pytest.mark.parametrize("row", POSTS, ids=id_of)
def test_documented_bodies_validate(row):
    body_of(row["path"]).validate(row["body"])


@pytest.mark.parametrize("row", POSTS, ids=id_of)
def test_bodies_with_a_fault_do_not_validate(row):
    check, body = body_of(row["path"]), row["body"]
    for wrong in (
        {**body, "nonsense": 1},
        {**body, "operationName": "Fly"},
        {key: value for key, value in body.items() if key != "operationName"},
        [body],
        *({**body, key: [5]} for key in body if key not in CONTENT_PIECES),
    ):
        assert not is_accepted(gws.Request("POST", row["path"], wrong, "a1", "new"))
        assert not check.is_valid(wrong)


CONTENT_PIECES = gws.requests.CONTENT


@pytest.mark.parametrize("row", POSTS, ids=id_of)
def test_a_body_without_one_of_its_parameters_validates_if_it_is_read(row):
    check, body = body_of(row["path"]), row["body"]
    for left_out in body:
        less = {key: value for key, value in body.items() if key != left_out}
        accepted = is_accepted(gws.Request("POST", row["path"], less, "a1", "new"))
        several = template_of(row["path"]).endswith("/workbins")  # what is legal there depends on the query
        assert check.is_valid(less) == accepted or several


VALUES = {
    "Name": ["name", "", 5], "Address": ["/users/a2", "/queues/q", "a2", "/", 5], "Text": ["text", "", 5],
    "Flag": [True, "true", 1, "yes"], "Size": [0, -1, True], "Names": [["name"], [], [5], "name"],
    "Data": [{"key": 1}, {}, []], "Keys": ["name", {"key": 1}, {}, {"": 1}, 5, ["name"]], "": ["text", 5, [None]],
    "Json": ["text", 5, [None]],
}  # fmt: skip
VALUES["AgentAddress"] = VALUES["Address"]
VALUES["WorkbinType"] = ["Agent", "AgentGroup", "Team", 5]


def kind_of(schema):
    """The kind of value that the schema of a parameter refers to."""
    return next(iter(schema.get("anyOf", [schema]))).get("$ref", "").rpartition("/")[2]


@st.composite
def posts(draw):
    """A documented address with a body of one of its operations: some of its parameters, right and wrong."""
    path = draw(st.sampled_from(POSTS))["path"]
    name = OPENAPI["paths"][template_of(path)]["post"]["requestBody"]["$ref"].rpartition("/")[2]
    content = OPENAPI["components"]["requestBodies"][name]["content"]["application/json"]["schema"]
    operation, body = draw(st.sampled_from(list(content["discriminator"]["mapping"].items())))
    properties = OPENAPI["components"]["schemas"][body.rpartition("/")[2]]["properties"]
    keys = draw(st.lists(st.sampled_from([*properties, "nonsense"]), unique=True, max_size=4))
    kinds = {key: kind_of(properties.get(key, {})) for key in keys}
    said = {
        key: draw(st.sampled_from([*VALUES[kind], *([None] if key in properties else [])]))
        for key, kind in kinds.items()
    }
    return path, {**said, "operationName": operation}


@given(posts())
def test_bodies_that_are_read_validate_and_no_others(post):
    path, body = post
    depends_on_the_query = template_of(path).endswith("/workbins")
    assume(not depends_on_the_query)
    request = gws.Request("POST", path, body, "a1", "new")
    is_right = is_accepted(request)
    if is_right and body["operationName"] == "RequestAgentStats":  # the centre knows the types of workbins
        owner = path.partition("/users/")[2].partition("/")[0] or "a2"
        agents = [ix.Agent("a1", {"agent", "supervisor"}), ix.Agent(owner)]
        is_right = gws.handle(ix.ContactCenter(agents=agents), request).http_status == 200
    assert body_of(path).is_valid(body) == is_right


EXAMPLES = {
    ix.commands.Kind.NAME: "name", ix.commands.Kind.TEXT: "text", ix.commands.Kind.FLAG: True, ix.commands.Kind.SIZE: 5,
    ix.commands.Kind.NAMES: ("name",), ix.commands.Kind.DATA: {"body": "text"},
}  # fmt: skip


def commands(media):
    """A command of each operation that acts on one interaction: with what must be there, and with all that can be."""
    creating = gws.requests.operations_at(gws.Target(media)) if media else ()
    for name in (*gws.requests.operations_at(gws.Target(media, "X1")), *creating):
        cls = ix.commands.OPERATIONS[name]
        lacking = ix.GWS.media[media].lacking(name) if media else ()
        not_said = {*lacking, *SCOPES.values(), "owner", "media", "media_type"}
        not_said |= {"content"} if media in ("workitem", "openmedia") else set()
        takes = [each for each in ix.parameters_of(cls) if each.name not in not_said]
        about = {"media": media, "interaction": None if name in creating else "X1"}
        about |= {"media_type": "promotion"} if media == "openmedia" else {}
        for wanted in (lambda each: each.required, lambda each: not each.is_target):
            given = {each.name: EXAMPLES[each.kind] for each in takes if wanted(each)}
            for target in [each.name for each in takes if each.is_target] or ["interaction"]:
                yield cls(**{target: "name", **about, **given})


@pytest.mark.parametrize("media", [None, *ix.GWS.media])
def test_what_is_asked_for_validates(media):
    for command in commands(media):
        request = gws.request(command)
        body_of(request.path).validate(json.loads(json.dumps(request.body)))


# === replies ========================================================================================================

OLD = gws.openapi(definition=ix.GWS.with_profile(api_version="8.5.0"))
REPLIES = [row for row in documented("replies") if not row.get("superseded") and row["operation"] != "DELETE"]


@pytest.mark.parametrize("row", REPLIES, ids=lambda row: f"{row['path']} {row['operation']} {row['page']}")
def test_documented_replies_validate(row):
    document = OLD if row["api_version"] else OPENAPI
    operation = document["paths"][template_of(row["path"])]["get" if row["operation"] == "GET" else "post"]
    if row["success"] is not None:
        answer_of(document, operation, 200).validate(row["success"])
    if row["failure"] is not None:
        answer_of(document, operation, 400).validate(row["failure"])


@pytest.mark.parametrize("version", ["8.6.0", "8.5.0"])
def test_what_is_answered_validates(version):
    definition = ix.GWS.with_profile(api_version=version)
    document = gws.openapi(definition=definition)
    for row in POSTS:
        command = gws.parse_request(request_of(row), definition=definition)
        operation = document["paths"][template_of(row["path"])]["post"]
        refused = gws.Malformed(ix.RefusalCode.INVALID_PARAMETER, None, command, "", definition)
        for answer in (
            gws.reply(command, reference_id=1, definition=definition),
            gws.reply(command, refused, definition=definition),
        ):
            if answer.body is not None:
                answer_of(document, operation, answer.http_status).validate(answer.body)


def test_links_lead_to_operations_of_the_document():
    operations = {
        item[method]["operationId"]: item["parameters"]
        for item in OPENAPI["paths"].values() for method in ("get", "post") if method in item and "parameters" in item
    }  # fmt: skip
    linked = [
        link
        for response in (
            *OPENAPI["components"]["responses"].values(),
            *(item["get"]["responses"]["200"] for item in OPENAPI["paths"].values() if "get" in item),
        )
        for link in response.get("links", {}).values()
    ]
    assert len(linked) > 20
    for link in linked:
        names = {each["$ref"].rpartition("/")[2] for each in operations[link["operationId"]]}
        assert names == link["parameters"].keys()


# === the files ======================================================================================================


def test_they_are_loaded_only_when_they_are_asked_for():
    from loading import loaded_by

    assert not {"ixnstate.gws.schemas", "ixnstate.gws.endpoints"} & loaded_by("import ixnstate.gws")
    assert "ixnstate.gws.endpoints" in loaded_by("import ixnstate.gws; ixnstate.gws.openapi")
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        gws.nonsense
