"""Settings of the command line: the tables of ``ixnstate.toml``, or of ``[tool.ixnstate]`` in ``pyproject.toml``.

The file is looked for in the current directory only: it names Python objects that are imported, so one that happens to
lie in a folder above must not be taken.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from ixnstate.decoding import content_of
from ixnstate.values import EMPTY, Json, JsonObject, brief, frozen

SECTION = "tool.ixnstate"
NAMES = ("ixnstate.toml", "pyproject.toml")
"""Where settings stand; the first file that has any counts."""


@frozen
class Settings:
    """The tables of a file."""

    file: Path | None = None
    section: str = ""
    """Under which name they stand in the file; "" where they are the whole of it."""
    values: JsonObject = EMPTY

    def where(self, key: str = "") -> str:
        """How a table or a key is called in errors: the file, and its name there."""
        name = ".".join(part for part in (self.section, key) if part)
        return f"{self.file}: [{name}]" if name else str(self.file)

    def table(self, name: str) -> JsonObject:
        """A table in it; empty if it is not there. Raises ValueError for anything else under the name."""
        return _table(self.values.get(name, {}), self.where(name))


def read_settings(file: Path | None = None, *, folder: Path = Path()) -> Settings:
    """The settings in ``file``; without one, in the first of `NAMES` in ``folder`` that has any.

    In a ``pyproject.toml`` they are the table ``tool.ixnstate``; any other file may have that, or be it. Raises
    ValueError that names the file and says what is wrong: it cannot be read, is not TOML, or has no table there.
    """
    if file is not None:
        if not file.exists():
            raise ValueError(f"{file}: there is no such file")
        return _read(file)
    for name in NAMES:
        path = folder / name
        if path.exists() and (settings := _read(path)).values:
            return settings
    return Settings()


def _read(file: Path) -> Settings:
    try:
        values = tomllib.loads(content_of(file).decode())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None
    if file.name == "pyproject.toml" or "tool" in values:
        tools = _table(values.get("tool", {}), f"{file}: [tool]")
        return Settings(file, SECTION, _table(tools.get("ixnstate", {}), f"{file}: [{SECTION}]"))
    return Settings(file, "", values)


def _table(value: Json, where: str) -> JsonObject:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} must be a table, not {brief(value)}")
    return value
