"""Junk at every entry around the core: recordings, reports, exports, clients, Bayeux, the conformance kit.

The law is that of `test_fuzz.py`: nothing raises what its row of `entries_around.AROUND` does not say.
"""

import pytest
from fuzz import AROUND_NAMES, draw


@pytest.mark.parametrize("name", sorted(AROUND_NAMES))
def test_an_entry_raises_only_what_it_says_and_leaves_nothing_half_done(name):
    draw(name)
