"""The decision log: what was decided, on what grounds, and what was answered. Rows are added and never changed.

A decision's texts lie in a table of their own, which alone may be emptied. What it was made of (article, policy,
models) is kept once under its SHA-256, so that `modfilter log recheck` can decide again and compare.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct

from modfilter.bundle import Bundle
from modfilter.contract import Record, decode, to_record
from modfilter.records import Action, Article, Comment, Decision
from modfilter.store.database import connect
from modfilter.store.verdicts import VERDICTS, Said, Verdicts, insert
from modfilter.store.writer import Writer

_SCHEMA = """
CREATE TABLE ground (hash TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE decision (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, site TEXT NOT NULL, protocol TEXT NOT NULL,
    comment_id TEXT NOT NULL, article_id TEXT, action TEXT NOT NULL, answered TEXT NOT NULL, failure TEXT,
    judged BLOB NOT NULL, policy TEXT NOT NULL, models TEXT NOT NULL, article TEXT
);
CREATE INDEX decision_comment ON decision (site, comment_id);
CREATE INDEX decision_at ON decision (at);
CREATE TRIGGER decision_stays BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions stay'); END;
CREATE TRIGGER decision_as_it_was BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions stay'); END;
CREATE TABLE text (number INTEGER PRIMARY KEY, record BLOB NOT NULL, above BLOB NOT NULL);
CREATE TABLE feedback (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, site TEXT NOT NULL, protocol TEXT NOT NULL,
    comment_id TEXT, content BLOB NOT NULL
);
CREATE INDEX feedback_comment ON feedback (site, comment_id);
CREATE TRIGGER feedback_as_it_was BEFORE UPDATE ON feedback BEGIN SELECT RAISE(ABORT, 'feedback stays'); END
"""

LAYOUT = (_SCHEMA, VERDICTS)
"""The decision log's; verdicts came with the second version."""

REMEMBERED = 1_000
"""Articles, policies and models that are known to be stored, and whose hash is known."""

_LOGGED = (
    "SELECT number, at, site, protocol, record, answered, policy, models, article, above"
    " FROM decision JOIN text USING (number)"
)


class Ground(Struct, frozen=True, dict=True):
    """Something that decisions rest on, kept once."""

    content: bytes

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the content, in hexadecimal."""
        return sha256(self.content).hexdigest()


class Entry(Struct, frozen=True, kw_only=True):
    """A decision as it is logged."""

    site: str
    protocol: str
    decision: Decision
    answered: Action
    """What the caller was told: `publish` in shadow mode, whatever was decided."""
    policy: Ground
    """The policy's TOML."""
    models: Ground
    """Name, version and the SHA-256 of each file of every model, as JSON."""
    article: Article | None = None
    above: tuple[Comment, ...] = ()
    """What the comment answers, as far as it was read."""
    at: datetime


class Logged(Struct, frozen=True, kw_only=True):
    """A decision as it comes back from the log."""

    number: int
    at: datetime
    site: str
    protocol: str
    decision: Decision
    answered: Action
    policy: str
    models: str
    article: Article | None
    above: tuple[Comment, ...]


class Feedback(Struct, frozen=True, kw_only=True):
    """What a person, or a system in a person's name, said of a comment afterwards."""

    site: str
    protocol: str
    comment_id: str | None
    content: bytes
    at: datetime


class DecisionLog:
    """The log of one server. Writing goes through one thread that commits together what came together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = connect(path, LAYOUT)
        self._lock = Lock()
        rows = _Rows()
        self.writer = Writer(connect(path, LAYOUT), rows.write, rows.forget)
        self.verdicts = Verdicts(self._all)

    def append(self, rows: Sequence[Entry | Feedback | Said]) -> Future[None]:
        """Log rows together; the future is done when they are on disk, and fails where they cannot be."""
        return self.writer.append(rows)

    def comment(self, site: str, id: str) -> Comment | None:
        """Find the text of a comment that a site has asked about before."""
        row = self._one(
            "SELECT record FROM decision JOIN text USING (number) WHERE site = ? AND comment_id = ?"
            " ORDER BY number DESC LIMIT 1",
            (site, id),
        )
        return decode(row[0]).assessment.comment if row else None

    def logged(self, after: int = 0, site: str | None = None, since: str = "") -> Iterator[Logged]:
        """Give the decisions whose texts are still there, oldest first."""
        while rows := self._all(
            f"{_LOGGED} WHERE number > ? AND (? IS NULL OR site = ?) AND at >= ? ORDER BY number LIMIT 500",
            (after, site, site, since),
        ):
            after = rows[-1][0]
            yield from map(self._logged, rows)

    def numbers(self) -> list[int]:
        """Give the numbers of the decisions whose texts are still there."""
        return [number for (number,) in self._all("SELECT number FROM text ORDER BY number", ())]

    def some(self, numbers: Sequence[int]) -> Iterator[Logged]:
        """Give some decisions by their numbers, in that order."""
        for number in numbers:
            row = self._one(f"{_LOGGED} WHERE number = ?", (number,))
            if row:
                yield self._logged(row)

    def feedback(self, site: str | None = None) -> Iterator[Feedback]:
        """Give what was said afterwards, oldest first."""
        for at, where, protocol, comment_id, content in self._all(
            "SELECT at, site, protocol, comment_id, content FROM feedback WHERE ? IS NULL OR site = ? ORDER BY number",
            (site, site),
        ):
            yield Feedback(
                site=where,
                protocol=protocol,
                comment_id=comment_id,
                content=content,
                at=datetime.fromisoformat(at),
            )

    def ground(self, hash: str) -> bytes | None:
        """Give the policy, models or article with a hash."""
        row = self._one("SELECT content FROM ground WHERE hash = ?", (hash,))
        return bytes(row[0]) if row else None

    def counts(self) -> dict[str, int]:
        """Count decisions, those that still have their texts, feedback, and moderators' verdicts."""
        names = ("decision", "text", "feedback", "verdict")
        return {name: self._all(f"SELECT count(*) FROM {name}", ())[0][0] for name in names}  # noqa: S608

    def erase(self, older_than_days: float = 0, comment_id: str | None = None) -> int:
        """Erase the texts of decisions older than so many days, or those of one comment; give how many.

        Action, reasons and scores stay; text, author and all else that a reader wrote or is goes.
        """
        before = (datetime.now(UTC) - timedelta(days=older_than_days)).isoformat()
        with self._lock, self._database:
            self._database.execute("PRAGMA secure_delete = ON")
            erased = self._database.execute(
                "DELETE FROM text WHERE number IN"
                " (SELECT number FROM decision WHERE at < ? AND (? IS NULL OR comment_id = ?))",
                (before, comment_id, comment_id),
            ).rowcount
            self._database.execute(
                "DELETE FROM feedback WHERE at < ? AND (? IS NULL OR comment_id = ?)",
                (before, comment_id, comment_id),
            )
        # What was deleted must not live on in the write-ahead log.
        self._one("PRAGMA wal_checkpoint(TRUNCATE)", ())
        return erased

    def close(self) -> None:
        """Write what waits, and close the file."""
        self.writer.close()
        self._database.close()

    def _logged(self, row: tuple[Any, ...]) -> Logged:
        number, at, site, protocol, record, answered, policy, models, article, above = row
        content = self.ground(article) if article else None
        return Logged(
            number=number,
            at=datetime.fromisoformat(at),
            site=site,
            protocol=protocol,
            decision=decode(record),
            answered=Action(answered),
            policy=policy,
            models=models,
            article=msgspec.json.decode(content, type=Article) if content else None,
            above=msgspec.json.decode(above, type=tuple[Comment, ...]),
        )

    def _one(self, query: str, values: Sequence[object]) -> Any:
        with self._lock:
            return self._database.execute(query, values).fetchone()

    def _all(self, query: str, values: Any) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()


def describe_models(bundles: Sequence[Bundle]) -> bytes:
    """Give name, version and the SHA-256 of each file of some models, as JSON: the ground of decisions."""
    return msgspec.json.encode(
        {bundle.name: {"version": bundle.version, "files": bundle.manifest["files"]} for bundle in bundles},
        order="sorted",
    )


class _Rows:
    """Inserts rows, as part of the writer's transaction."""

    def __init__(self) -> None:
        self._stored: set[str] = set()
        """Hashes of grounds that are in the file for sure: nothing ever deletes one."""

    def write(self, database: sqlite3.Connection, rows: Sequence[Entry | Feedback | Said]) -> None:
        """Insert rows, and what they rest on where it is not there yet."""
        for row in rows:
            if isinstance(row, Said):
                insert(database, row)
            elif isinstance(row, Feedback):
                database.execute(
                    "INSERT INTO feedback (at, site, protocol, comment_id, content) VALUES (?, ?, ?, ?, ?)",
                    (row.at.isoformat(), row.site, row.protocol, row.comment_id, row.content),
                )
            else:
                self._decision(database, row)

    def forget(self) -> None:
        """Take nothing for stored: a transaction was rolled back."""
        self._stored.clear()

    def _decision(self, database: sqlite3.Connection, row: Entry) -> None:
        article = _ground_of(row.article) if row.article else None
        for ground in (row.policy, row.models, article):
            if ground and ground.hash not in self._stored:
                database.execute("INSERT OR IGNORE INTO ground VALUES (?, ?)", (ground.hash, ground.content))
                if len(self._stored) > REMEMBERED:
                    self._stored.clear()
                self._stored.add(ground.hash)
        comment = row.decision.assessment.comment
        record = to_record(row.decision)
        number = database.execute(
            "INSERT INTO decision (at, site, protocol, comment_id, article_id, action, answered, failure, judged,"
            " policy, models, article) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.at.isoformat(),
                row.site,
                row.protocol,
                comment.id,
                row.article.id if row.article else comment.article_id,
                row.decision.action.value,
                row.answered.value,
                row.decision.assessment.failed,
                _judged(record),
                row.policy.hash,
                row.models.hash,
                article.hash if article else None,
            ),
        ).lastrowid
        database.execute(
            "INSERT INTO text VALUES (?, ?, ?)",
            (number, msgspec.json.encode(record), msgspec.json.encode(row.above)),
        )


@lru_cache(REMEMBERED)
def _ground_of(article: Article) -> Ground:
    return Ground(msgspec.json.encode(article))


def _judged(record: Record) -> bytes:
    """Give what stays when the text goes: nothing that the reader wrote, or that the article quotes."""
    return msgspec.json.encode(
        {
            "languages": record.languages.mix,
            "scores": record.scores,
            "stance": record.stance.label if record.stance else None,
            "reasons": [reason for reason in record.reasons if reason.when != "failure"],
            "tier": record.tier,
            "hurried": record.hurried,
        }
    )
