"""Parquet files as records, one a row: the columns are the keys of a record. It takes the extra ``duckdb``."""

import json
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Any

MAGIC = b"PAR1"
"""How such a file begins."""

_ROWS = 1000
"""How many rows are fetched at once."""

_LIMITS: dict[str, Any] = {"memory_limit": "1GB", "threads": 1, "autoinstall_known_extensions": False}

_WHOLE = ("seq", "answers", "referenceId", "status")
"""Columns of whole numbers, which other programs write as numbers with a point where one is missing."""


def rows(file: Path) -> Iterator[str]:
    """Each row as the text of a JSON object. Raises ValueError for what cannot be read, and without DuckDB."""
    try:
        import duckdb
    except ImportError:
        raise ValueError("pip install 'ixnstate[duckdb]' to read Parquet") from None
    try:
        with duckdb.connect(config=_LIMITS) as database:
            database.execute("SELECT to_json(r) FROM read_parquet(?) r", [escape(str(file))])
            while some := database.fetchmany(_ROWS):
                yield from (text for (text,) in some)
    except duckdb.Error as error:
        raise ValueError(f"the Parquet file cannot be read: {error}") from None


def record(row: dict[str, Any]) -> dict[str, Any]:
    """The record that a row holds. A column without a value is a key that is absent; so it is within a struct.

    ``body`` and ``data`` may also be the text of JSON, and then stand as they are. Raises ValueError for other text.
    """
    found = {key: _bare(value) for key, value in row.items() if value is not None}
    for key in ("body", "data"):
        if isinstance(row.get(key), str):
            found[key] = json.loads(row[key])
    for key in _WHOLE:
        if isinstance(found.get(key), float) and found[key].is_integer():
            found[key] = int(found[key])
    return found


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if each is not None}
    return [_bare(each) for each in value] if isinstance(value, list) else value
