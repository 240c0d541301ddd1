"""``ixnstate record``: the options."""

from pathlib import Path

import click

from ixnstate.definition import Definition
from ixnstate.options import Configured, UnableError, with_definition, with_sieve
from ixnstate.reports.reading import clean
from ixnstate.reports.selecting import Sieve


@click.command("record", short_help="Record what passes between clients and a server.", cls=Configured)
@click.option("--upstream", required=True, metavar="URL", help="The server: http://host:port")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="The recording, as JSON Lines. It must not be there yet.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8081, show_default=True, help="The port; 0 for any that is free."
)
@click.option("--judge", is_flag=True, help="Judge meanwhile, and say what is found.")
@click.option("--own-host", is_flag=True, help="Give the server its own name as Host, and not that of the proxy.")
@click.option("--insecure", is_flag=True, help="Take an https server whose certificate nobody knows.")
@with_sieve
@with_definition
@click.pass_context
def record_command(
    context: click.Context,
    upstream: str,
    out: Path,
    port: int,
    judge: bool,
    own_host: bool,
    insecure: bool,
    sieve: Sieve,
    baseline: Path | None,
    definition: Definition,
) -> None:
    """Record what passes between clients and a server, by a proxy on this machine.

    Clients are given the address of the proxy in place of the server's. Everything passes as it is, long polls and
    cookies included. Recorded are requests, replies and messages of the API, without headers. Exit status: 0; 1 with
    --judge, if there are findings; 2 if it cannot begin.
    """
    try:
        from ixnstate.proxy import command
    except ImportError as error:
        raise UnableError(f"this needs the extra: pip install 'ixnstate[server]' ({error})") from None
    watching = command.watching_of(judge, out, definition, sieve)
    try:
        command.run(
            upstream, out, port=port, keeps_host=not own_host, verify=not insecure, watching=watching, say=click.echo
        )
    except ValueError as error:
        raise click.BadParameter(clean(str(error)), param_hint="--upstream") from None
    except FileExistsError as error:
        raise click.BadParameter(clean(f"{out}: {error.strerror}"), param_hint="--out") from None
    except OSError as error:
        raise click.UsageError(clean(f"{error.filename or f'127.0.0.1:{port}'}: {error.strerror or error}")) from None
    if watching is not None and watching.end():
        context.exit(1)
