"""Interactions in SQLite, for several threads or processes: whoever writes must have decided on what is there now."""

import json
import sqlite3
from pathlib import Path

import attrs

import ixnstate as ix

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS interactions (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL)"
)


def written(record: ix.Interaction) -> str:
    """A record as JSON: what its constructor takes."""
    return json.dumps(attrs.asdict(record, filter=lambda field, _: field.init))


def read(text: str) -> ix.Interaction:
    """The record that was written."""
    fields = json.loads(text)
    place = fields.pop("workbin")
    return ix.Interaction(**fields, workbin=place and ix.WorkbinPlace(**place))


class SqliteStore:
    """One connection a thread. Every write is a compare-and-set on the record's revision."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.connection.execute(SCHEMA)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def get(self, id: str) -> ix.Interaction | None:
        """The record as it is now."""
        row = self.connection.execute("SELECT record FROM interactions WHERE id = ?", (id,)).fetchone()
        return read(row[0]) if row else None

    def add(self, record: ix.Interaction) -> None:
        """A new interaction."""
        row = (record.id, record.revision, written(record))
        self.connection.execute("INSERT INTO interactions VALUES (?, ?, ?)", row)

    def perform(self, id: str, command: ix.Command) -> ix.Step | ix.Refusal:
        """Carry out a command, or refuse it. If somebody was faster, decide again on what they have left."""
        while (record := self.get(id)) is not None:
            outcome = ix.decide(record, command)
            if isinstance(outcome, ix.Refusal):
                return outcome
            step = ix.step(record, command)
            if self._replace(record, step):
                return step
        return ix.Refusal(ix.RefusalCode.NOT_FOUND, None, command, "unknown interaction")

    def _replace(self, before: ix.Interaction, step: ix.Step) -> bool:
        """Write what the step made, unless the record has changed since it was read."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            after = step.interaction
            done = self.connection.execute(
                "UPDATE interactions SET revision = ?, record = ? WHERE id = ? AND revision = ?",
                (after.revision, written(after), before.id, before.revision),
            ).rowcount
            if done and step.created is not None:
                self.add(step.created)
        except sqlite3.Error:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return bool(done)
