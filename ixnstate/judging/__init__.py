"""The judge of recordings, rebuilt: full traces, looked up. It stands beside `ixnstate.trace` until it replaces it.

`Judge` takes one line after the other, `read` a whole file. What it finds are the findings of `ixnstate.trace`; it also
finds operations by agents who do not have the interaction, and takes a small part of the time. It does not judge sorted
rows yet, and the command line does not use it.
"""

from ixnstate.judging.fast.reading import read
from ixnstate.judging.judge import DEFAULT_RULES, Judge
from ixnstate.judging.viewpoint import Declared

__all__ = ["DEFAULT_RULES", "Declared", "Judge", "read"]
