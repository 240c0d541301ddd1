"""Judging without the second pass, which takes nearly all the time where much is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ixnstate.trace.repair.search import Aligner


@contextmanager
def without_exact_repairs() -> Iterator[None]:
    """A finding keeps the repair of its line alone. As a decorator: while the test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Aligner, "align", lambda *_: None)
        yield
