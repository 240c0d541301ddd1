"""The state of a contact centre in SQLite: an append-only log of events, and a snapshot now and then.

One call of `append` is one transaction, and the server answers a request only after it. SQLite's write-ahead log makes
each transaction whole: a process that is killed at any moment has lost nothing that was answered. (A machine that loses
its power may lose the last moments: the log is written to the operating system, and not forced onto the disk.)
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from weakref import finalize

from ixnstate.center import CenterEvent, ContactCenter, Forgotten, event_from_json, event_to_json
from ixnstate.decoding import decode, encode
from ixnstate.definition import Definition
from ixnstate.values import Json, JsonObject

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, events BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot (
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, centre BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS transcript (
    interaction TEXT NOT NULL, at INTEGER NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (interaction, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
VERSION = "1"
SNAPSHOT_EVERY = 5_000
"""After so many rows of the log the centre is saved as a whole, so that the next start is quick."""

Entry: TypeAlias = tuple[str, int, JsonObject]
"""What was said in a session: the interaction, a number that orders the entries, the entry."""


class StoreError(RuntimeError):
    """Raised for a file that is not a state of this version."""


class Store:
    """One file, one process. Without a path it keeps everything in memory.

    A file that another process has is waited for ``patience`` seconds: it may be about to end. Raises `StoreError`.
    """

    def __init__(self, path: str | Path = "", *, patience: float = 5.0) -> None:
        self.path = str(path)
        try:
            self._db = sqlite3.connect(
                self.path or ":memory:", isolation_level=None, check_same_thread=False, timeout=patience
            )
        except (sqlite3.Error, ValueError) as error:  # no such folder; a null character
            raise StoreError(f"{self.path}: {error}") from None
        finalize(self, self._db.close)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA wal_autocheckpoint = 8000")  # pages: a checkpoint waits for the disk
            self._db.executescript(SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('version', ?)", (VERSION,))
            (version,) = self._db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
            (self.number,) = self._db.execute("SELECT coalesce(max(number), 0) FROM log").fetchone()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise StoreError(f"{self.path}: {_why(error)}") from error
        if version != VERSION:
            self._db.close()
            raise StoreError(f"{self.path}: is a state of version {version}, and this reads version {VERSION}")
        self._saved = self._db.execute("SELECT number FROM snapshot").fetchone()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been kept yet."""
        return self._saved is None

    @property
    def is_due(self) -> bool:
        """Whether a snapshot should be taken."""
        return self._saved is None or self.number - self._saved[0] >= SNAPSHOT_EVERY

    def load(self, definition: Definition) -> ContactCenter:
        """The centre as it was after the last transaction. Raises StoreError."""
        row = self._db.execute("SELECT number, centre FROM snapshot").fetchone()
        if row is None:
            raise StoreError(f"{self.path or 'the store'}: nothing has been kept yet")
        try:
            center = ContactCenter.restore(decode(row[1]), definition=definition)
            for (events,) in self._db.execute("SELECT events FROM log WHERE number > ? ORDER BY number", (row[0],)):
                center.replay(map(event_from_json, decode(events)))
        except ValueError as error:
            raise StoreError(f"{self.path}: {error}") from error
        return center

    def append(self, events: Sequence[CenterEvent], entries: Iterable[Entry] = ()) -> None:
        """Keep what a request made: all of it or nothing. Raises sqlite3.Error."""
        row = ("INSERT INTO log VALUES (?, ?)", (self.number + 1, encode([event_to_json(event) for event in events])))
        said = [(interaction, at, encode(entry)) for interaction, at, entry in entries]
        gone = [event.interaction for event in events if isinstance(event, Forgotten)]
        if said or gone:
            drop = "DELETE FROM transcript WHERE interaction = ?"
            self._transact([row, *((drop, (interaction,)) for interaction in gone)], said)
        else:  # one statement is one transaction
            self._db.execute(*row)
        self.number += 1

    def _transact(
        self, statements: Iterable[tuple[str, tuple[Any, ...]]], said: Iterable[tuple[Any, ...]] = ()
    ) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in statements:
                self._db.execute(statement, values)
            self._db.executemany("INSERT OR REPLACE INTO transcript VALUES (?, ?, ?)", said)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def save(self, center: ContactCenter) -> None:
        """Keep the centre as a whole. The log goes on; in memory only what comes after is kept."""
        snapshot = ("INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?)", (self.number, encode(center.snapshot())))
        forget = ("DELETE FROM log WHERE number <= ?", (self.number,))
        self._transact([snapshot] if self.path else [snapshot, forget])
        self._saved = (self.number,)

    def reset(self, center: ContactCenter) -> None:
        """Forget everything, and begin with this centre. Raises sqlite3.Error."""
        self._transact([
            ("DELETE FROM log", ()), ("DELETE FROM transcript", ()),
            ("INSERT OR REPLACE INTO snapshot VALUES (1, 0, ?)", (encode(center.snapshot()),)),
        ])  # fmt: skip
        self.number, self._saved = 0, (0,)

    def transcript(self, interaction: str) -> list[dict[str, Json]]:
        """What was said in a session, in its order."""
        rows = self._db.execute("SELECT entry FROM transcript WHERE interaction = ? ORDER BY at", (interaction,))
        return [decode(entry) for (entry,) in rows]

    def meta(self, name: str, value: str | None = None) -> str | None:
        """A value that is kept beside the state: read, or written first."""
        if value is not None:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _why(error: sqlite3.DatabaseError) -> str:
    said = str(error)
    if "locked" in said:
        return "is in use by another server"
    return "is not a SQLite database" if "not a database" in said else said
