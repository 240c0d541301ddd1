"""The OpenAPI document, and what checks an answer against it."""

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from ixnstate import gws

MESSAGES, OPENAPI, ASYNCAPI = gws.json_schema(), gws.openapi(), gws.asyncapi()


def part_of(document, pointer):
    """What checks against a schema within a document."""
    registry = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": f"urn:document#{pointer}"}, registry=registry)


def answer_of(document, operation, status):
    """What checks the body of an answer."""
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return part_of({**document, "here": response["content"]["application/json"]["schema"]}, "/here")
