"""An agent desktop in a terminal: ``python desktop.py http://localhost:8080/api/v2 kristi kristi``."""

import asyncio
import sys

from rich.console import Console
from rich.table import Table

from ixnstate.client import Client, Mirror, ViewChanged

console = Console()


def desktop(mirror: Mirror) -> Table:
    """What the agent has, and for each interaction the buttons that may be pressed now."""
    table = Table("interaction", "medium", "state", "user data", "may be pressed", title=mirror.agent)
    for id, shown in mirror.views.items():
        table.add_row(id, shown.media, shown.state, str(shown.user_data or ""), " ".join(mirror.legal(id).accepted))
    return table


async def show(client: Client) -> None:
    """Draw the desktop whenever what is shown has changed."""
    console.print(desktop(client.mirror))
    async for change in client.changes():
        if isinstance(change, ViewChanged):
            console.print(desktop(client.mirror))


async def main(base: str, user: str, password: str) -> None:
    """Read lines such as ``Accept 1234`` or ``SendMessage 1234 text=Hello``, until there are no more."""
    async with Client(base, user, password) as client:
        await client.until_current()
        shows = asyncio.create_task(show(client))
        while line := await asyncio.to_thread(sys.stdin.readline):
            match line.split():
                case [operation, interaction, *given]:
                    arguments = dict(each.split("=", 1) for each in given if "=" in each)
                    done = await client.perform(operation, interaction, **arguments)
                    console.print(f"{operation} {interaction}: {done.progress}", done.why or "")
                case _:
                    console.print("an operation and an interaction, please")
        shows.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
