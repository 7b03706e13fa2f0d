import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from modfilter.errors import StoreError
from modfilter.records import Action, Article, Assessment, Comment, Decision, Reason
from modfilter.store import Articles, DecisionLog, Entry
from modfilter.store.articles import DAY
from modfilter.store.decisions import Ground
from tests.conftest import message_of

REASON = Reason(
    rule="incitement", action=Action.HOLD, score="incitement", value=0.9, at_least=0.5, because="So."
)


def _entry(id: str, text: str = "kill them", at: datetime | None = None, site: str = "daily") -> Entry:
    return Entry(
        site=site,
        protocol="native",
        decision=Decision(
            assessment=Assessment(comment=Comment(id=id, text=text, author="Rudo")),
            action=Action.HOLD,
            reasons=(REASON,),
            policy="p@1",
        ),
        answered=Action.HOLD,
        policy=Ground(b"the policy"),
        models=Ground(b"the models"),
        article=Article(id="a", title="Bridge"),
        above=(Comment(id="0", text="what it answers"),),
        at=at or datetime.now(UTC),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log" / "decisions.sqlite"


def test_a_decision_comes_back_with_its_grounds(path: Path) -> None:
    log = DecisionLog(path)
    log.append([_entry("1"), _entry("2")]).result(5)
    first, second = log.logged()
    assert first.decision == _entry("1").decision
    assert first.article == Article(id="a", title="Bridge")
    assert first.above[0].text == "what it answers"
    assert log.ground(first.policy) == b"the policy"
    assert [each.number for each in log.logged(after=first.number)] == [second.number]
    assert [*log.logged(site="other")] == []
    found = log.comment("daily", "2")
    assert found is not None
    assert found.text == "kill them"
    assert log.comment("weekly", "2") is None
    log.close()


def test_decisions_can_neither_be_changed_nor_deleted(path: Path) -> None:
    log = DecisionLog(path)
    log.append([_entry("1")]).result(5)
    log.close()
    database = sqlite3.connect(path)
    for change in ("UPDATE decision SET action = 'publish'", "DELETE FROM decision"):
        with pytest.raises(sqlite3.IntegrityError, match="decisions stay"):
            database.execute(change)
    database.close()


def test_erasing_takes_all_that_a_reader_wrote_and_leaves_the_decision(path: Path) -> None:
    log = DecisionLog(path)
    long_ago = datetime.now(UTC) - timedelta(days=100)
    log.append([_entry("old", "Zvinyangadza zvekare", long_ago), _entry("new", "zvitsva")]).result(5)
    assert log.erase(older_than_days=90) == 1
    assert [each.decision.assessment.comment.id for each in log.logged()] == ["new"]
    assert log.counts() == {"decision": 2, "text": 1, "feedback": 0, "verdict": 0}
    log.close()
    assert b"Zvinyangadza" not in path.read_bytes()
    assert b"zvitsva" in path.read_bytes()


def test_one_comment_can_be_erased(path: Path) -> None:
    log = DecisionLog(path)
    log.append([_entry("1"), _entry("2")]).result(5)
    time.sleep(0.01)
    assert log.erase(comment_id="2") == 1
    assert [each.decision.assessment.comment.id for each in log.logged()] == ["1"]
    log.close()


def test_a_locked_file_delays_the_log_and_loses_nothing(path: Path) -> None:
    log = DecisionLog(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    waiting = [log.append([_entry(str(n))]) for n in range(20)]
    time.sleep(2.5)  # longer than SQLite waits by itself
    assert not any(each.done() for each in waiting)
    assert log.writer.failing is not None
    other.execute("ROLLBACK")
    for each in waiting:
        each.result(10)
    assert log.writer.failing is None
    assert len([*log.logged()]) == 20
    other.close()
    log.close()


def test_a_full_disk_delays_the_log_and_loses_nothing(path: Path) -> None:
    log = DecisionLog(path)
    database = log.writer._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages + 5}")
    waiting = [log.append([_entry(str(n), "x" * 5_000)]) for n in range(20)]
    time.sleep(0.3)
    assert "full" in (log.writer.failing or "")
    database.execute("PRAGMA max_page_count = 100000")
    for each in waiting:
        each.result(10)
    assert _grounded(log) == 20
    log.close()


def test_grounds_are_stored_once_whoever_writes_and_whatever_is_erased(path: Path) -> None:
    first, second = DecisionLog(path), DecisionLog(path)
    stored: list[str] = []
    for log in (first, second):
        log.writer._database.set_trace_callback(stored.append)
    for number in range(3):
        for log in (first, second):
            log.append([_entry(str(number)), _entry(f"{number}, too")]).result(5)
        time.sleep(0.01)
        first.erase(comment_id="0")
    assert len([said for said in stored if "INTO ground" in said]) == 2 * 3
    assert _grounded(first) == _grounded(second) == 10
    for log in (first, second):
        log.close()


def _grounded(log: DecisionLog) -> int:
    """Count the decisions in the log, each with all that it rests on."""
    logged = [*log.logged()]
    for each in logged:
        assert each.article == Article(id="a", title="Bridge")
        assert log.ground(each.policy) == b"the policy"
        assert log.ground(each.models) == b"the models"
    return len(logged)


def test_a_row_that_cannot_be_written_fails_alone(path: Path) -> None:
    log = DecisionLog(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # so that they are written together
    texts = ("kill them", "\ud800", "kill Rudo")
    first, broken, last = [log.append([_entry(text, text)]) for text in texts]
    other.execute("ROLLBACK")
    first.result(5)
    last.result(5)
    assert isinstance(broken.exception(5), UnicodeEncodeError)
    assert [each.decision.assessment.comment.id for each in log.logged()] == ["kill them", "kill Rudo"]
    other.close()
    log.close()


def test_what_stays_of_a_failure_does_not_quote_the_comment(path: Path) -> None:
    log = DecisionLog(path)
    failure = "RuntimeError: Zvinyangadza"
    reason = Reason(rule="on-failure", action=Action.HOLD, when="failure", because=f"Why: {failure}.")
    entry = _entry("1")
    decision = Decision(
        assessment=Assessment(comment=entry.decision.assessment.comment, failure=failure),
        action=Action.HOLD,
        reasons=(reason,),
        policy="p@1",
    )
    log.append([msgspec.structs.replace(entry, decision=decision)]).result(5)
    (logged,) = log.logged()
    assert logged.decision == decision
    time.sleep(0.01)
    log.erase()
    log.close()
    assert b"RuntimeError" in path.read_bytes()
    assert b"Zvinyangadza" not in path.read_bytes()


def test_a_file_that_is_no_database_or_of_another_version_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.sqlite"
    wrong.write_bytes(b"no database at all, but quite long" * 100)
    assert "wrong.sqlite" in message_of(lambda: DecisionLog(wrong), StoreError)
    other = tmp_path / "other.sqlite"
    database = sqlite3.connect(other)
    database.execute("PRAGMA user_version = 99")
    database.close()
    assert "another version" in message_of(lambda: Articles(other, 1), StoreError)
    assert "cannot be opened" in message_of(lambda: Articles(wrong / "x.sqlite", 1), StoreError)


def test_articles_expire(tmp_path: Path) -> None:
    articles = Articles(tmp_path / "articles.sqlite", keep_days=0.5 / DAY)
    articles.put("daily", Article(id="a", title="Bridge", url="https://example.org/a"))
    assert articles.find("daily", "a") is not None
    time.sleep(0.6)
    assert articles.find("daily", "a") is None
    assert articles.find("daily", url="https://example.org/a") is None
    articles.close()


def test_an_article_is_replaced_by_a_newer_one(tmp_path: Path) -> None:
    articles = Articles(tmp_path / "articles.sqlite", keep_days=1)
    for title in ("Bridge", "Bridge closed"):
        articles.put("daily", Article(id="a", title=title))
    found = articles.find("daily", "a")
    assert found is not None
    assert found.title == "Bridge closed"
    articles.close()
