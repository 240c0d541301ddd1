"""Commands for the tests: every operation, with arguments that fit and in each of its forms."""

from functools import cache
from typing import Any

import ixnstate as ix
from ixnstate.commands import OPERATIONS

EXAMPLES = {
    "new_id": "X2", "media": "email", "queue": "Inbound", "queue_name": "Inbound", "agent": "a3", "workbin": "wb",
    "keys": ["key"], "user_data": {"key": "new", "more": 1}, "content": {"subject": "Hello"}, "text": "Hello",
    "url": "http://example.com", "comment": "good", "disposition": "resolved", "document_id": "d1",
    "response_template_id": "t1", "twitter_user_id": "u1",
}  # fmt: skip
STEPS = tuple(name for name in OPERATIONS if name not in ("Submit", "Create"))


@cache
def forms(operation: str, by: str | None, target: str = "a3") -> tuple[Any, ...]:
    """Commands with what they need, and with each choice of target, queue and scope that it has."""
    parameters = {parameter.name: parameter for parameter in ix.parameters_of(OPERATIONS[operation])}
    needed: dict[str, Any] = {
        name: EXAMPLES.get(name, target) for name, each in parameters.items() if each.required and name != "by"
    }
    if "by" in parameters:
        needed["by"] = by
    variants: list[dict[str, Any]] = [{}]
    if "workbins" in parameters:
        variants = [{"workbin": "wb"}, {"workbins": ["wb", "wb2"]}]
    elif "target_queue" in parameters:
        variants = [{"target_agent": target}, {"target_queue": "Out"}]
    elif "target_agent" in parameters:
        variants = [{"target_agent": target}, {"target_agent": "a2"}]
    elif operation == "Complete":
        variants = [{}, {"queue_name": "Post"}]
    elif "agent_group" in parameters:
        variants = [{}, {"owner": "a9"}, {"agent_group": "G"}]
    elif operation == "Revoke":
        variants = [{}, {"agent": "a1"}, {"agent": "a2"}]
    return tuple(OPERATIONS[operation](**{**needed, **each}) for each in variants)


def by_everyone() -> list[Any]:
    """Every form of every operation, by each of the agents that the situations know, and by a stranger."""
    return [form for name in STEPS for by in ("a1", "a2", "stranger") for form in forms(name, by)]
