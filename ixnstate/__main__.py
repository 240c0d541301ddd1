"""The command ``ixnstate``, also ``python -m ixnstate``: loads the command line, or says what to install for it."""

import sys


def main() -> None:
    """Run the command line. Exits with 2 if click or rich is missing."""
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
    cli(prog_name="ixnstate")


if __name__ == "__main__":
    main()
