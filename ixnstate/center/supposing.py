"""A contact centre in which one interaction stands otherwise: to be asked what it would decide."""

from collections import ChainMap
from typing import TypeVar

from ixnstate.center.contact import ContactCenter
from ixnstate.model import Interaction

T = TypeVar("T")


def supposing(center: ContactCenter, record: Interaction) -> ContactCenter:
    """A centre that knows what ``center`` knows, but that an interaction stands as ``record``.

    The two share the rest of what they know. So it can be asked, with `ContactCenter.decide`, and must not be told to
    `ContactCenter.apply` anything.
    """
    records = ChainMap({record.id: record}, center.memory.records)
    return _copied(center, memory=_copied(center.memory, records=records))


def _copied(value: T, **others: object) -> T:
    copied = object.__new__(type(value))
    for name in type(value).__slots__:  # type: ignore[attr-defined]
        setattr(copied, name, others.get(name, getattr(value, name)))
    return copied
