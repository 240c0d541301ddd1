"""The command ``ixnstate``, also ``python -m ixnstate``: loads the command line, or says what to install for it."""

import os
import sys


def main() -> None:
    """Run the command line. Exits with 2 if click or rich is missing, or the output cannot be written."""
    try:
        import click  # noqa: F401
        import rich  # noqa: F401
    except ImportError as error:
        print(f"the command line needs {error.name}: pip install 'ixnstate[cli]'", file=sys.stderr)
        raise SystemExit(2) from None
    from ixnstate.cli import cli

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        cli(prog_name="ixnstate")
    except OSError as error:
        print(f"ixnstate: the output cannot be written: {error.strerror or error}", file=sys.stderr)
        os._exit(2)  # what is still buffered cannot be written either


if __name__ == "__main__":
    main()
