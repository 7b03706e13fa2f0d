import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modfilter import policy as policies
from modfilter.bundle import Bundle, shipped_models
from modfilter.contract import decode
from modfilter.pipeline import Judges, assess
from modfilter.records import Article, Comment, Thread
from modfilter.server.access import HASHED, hashed
from modfilter.store import DecisionLog, Entry
from modfilter.store.decisions import Ground, describe_models
from tests.conftest import Run

ARTICLE = Article(id="a", title="Border closed", body="The border was closed. Police said so.")


@pytest.fixture
def data(tmp_path: Path, judges: Judges) -> Path:
    """A server's folder with three decisions, one of them made without a judge."""
    rules = policies.load()
    models = Ground(describe_models([Bundle(shipped_models() / name) for name in judges.versions]))
    log = DecisionLog(tmp_path / "decisions.sqlite")
    above = (Comment(id="0", text="Handei tinovarova kuborder", article_id="a"),)
    comments = [
        Comment(id="1", text="yes tonight", parent_id="0"),
        Comment(id="2", text="why was the border closed?"),
    ]
    rows = []
    for comment in comments:
        (known,) = assess([Thread(article=ARTICLE, comments=(comment,), above=above)], judges)
        rows.append((policies.decide(known, rules, judges.measured), above))
    failed = decode(
        json.dumps({**json.loads(_record(rows[1][0])), "id": "3", "failure": "server: late"}).encode()
    )
    for decision, parents in [*rows, (failed, ())]:
        entry = Entry(
            site="daily",
            protocol="native",
            decision=decision,
            answered=decision.action,
            policy=Ground(policies.read().encode()),
            models=models,
            article=ARTICLE,
            above=parents,
            at=datetime.now(UTC),
        )
        log.append([entry]).result(5)
    log.close()
    return tmp_path


def _record(decision: object) -> bytes:
    from modfilter.contract import encode

    return encode(decision)  # type: ignore[arg-type]


def test_decisions_come_out_the_same_when_they_are_made_again(run: Run, data: Path) -> None:
    result = run("log", "recheck", data)
    assert result.status == 0, result.out
    assert "2 the same, 0 not, 1 had no judge, 0 were of other models" in result.out


def test_records_are_exported_with_their_articles(run: Run, data: Path) -> None:
    out = data / "out.jsonl"
    assert "3 decisions" in run("log", "export", data, "-o", out).out
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["1", "2", "3"]
    (article,) = Path(f"{out}.articles.jsonl").read_text().splitlines()
    assert json.loads(article)["title"] == "Border closed"
    run("log", "export", data, "-o", out, "--site", "other")
    assert out.read_text() == ""


def test_texts_are_erased_and_counted(run: Run, data: Path) -> None:
    assert run("log", "erase", data).status == 2  # erase what?
    assert "1 texts erased" in run("log", "erase", data, "--comment", "2").out
    counts = run("log", "counts", data).out
    assert "decision  3" in counts
    assert "text      2" in counts


def test_a_folder_that_is_no_servers_is_told(run: Run, tmp_path: Path) -> None:
    result = run("log", "counts", tmp_path / "nowhere")
    assert result.status == 1
    assert "does not exist" in result.err


def test_a_token_and_its_hash(run: Run) -> None:
    token, made = (line.split()[1] for line in run("token").out.splitlines())
    assert made == f"{HASHED}{hashed(token)}"
