"""The command ``ixnstate``, also ``python -m ixnstate``: loads the command line, or says what to install for it."""

import os
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from click import ClickException


def main() -> None:
    """Run the command line. Exits with 2 if click or rich is missing, or the output cannot be written."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (as long as the program runs)
    if sys.stdout is None:
        print("ixnstate: the output cannot be written: standard output is closed", file=sys.stderr)
        raise SystemExit(2)
    try:
        import click
        import rich  # noqa: F401
    except ImportError as error:
        print(f"the command line needs {error.name}: pip install 'ixnstate[cli]'", file=sys.stderr)
        raise SystemExit(2) from None
    from ixnstate.cli import cli

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        status = cli.main(prog_name="ixnstate", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _show(error)
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        print("ixnstate: interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    except OSError as error:
        print(f"ixnstate: the output cannot be written: {error.strerror or error}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(2)  # what is still buffered cannot be written either
    raise SystemExit(status if isinstance(status, int) else 0)


def _show(error: "ClickException") -> None:
    """Say what is wrong, without what a terminal would obey: it quotes arguments, files and what modules raise."""
    from ixnstate.reports.reading import clean

    said = StringIO()
    error.show(said)
    for line in said.getvalue().split("\n")[:-1]:
        print(clean(line), file=sys.stderr)


if __name__ == "__main__":
    main()
