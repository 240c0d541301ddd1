"""The lifecycle for other languages: a definition as portable data, in formats that others interpret.

`document` is the whole definition as JSON, `xstate` and `scxml` are machines that run elsewhere, `typescript` has the
names and the types. What a format cannot express, it lists itself, under ``limits``.
"""

from ixnstate.export.portable import document, json_schema
from ixnstate.export.scxml import scxml
from ixnstate.export.typescript import client_definition, typescript
from ixnstate.export.wire import types_schema
from ixnstate.export.xstate import implementation, xstate

__all__ = [
    "client_definition",
    "document",
    "implementation",
    "json_schema",
    "scxml",
    "types_schema",
    "typescript",
    "xstate",
]
