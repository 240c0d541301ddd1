"""``python -m ixnstate.testing``: the reference as a program that speaks JSON lines, for `StdioDriver`."""

import sys

from ixnstate.testing import InProcessDriver, serve

if __name__ == "__main__":
    serve(InProcessDriver(), sys.stdin, sys.stdout)
