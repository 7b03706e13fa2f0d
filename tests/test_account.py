import json
from pathlib import Path

import msgspec
import pytest

from modfilter.learning.account import HELD, MISSED, PUBLISHED, Account, account
from modfilter.learning.account_text import html, markdown
from modfilter.learning.reviewed import Reviewed
from modfilter.records import Action, Decision

from .conftest import Run
from .runs import decision, written
from .test_learning import reviewed
from .test_report import Elements

RUN: list[Decision] = [
    *(decision(f"p{i}", "sn" if i % 2 else "en", day=i % 3, incitement=0.1) for i in range(80)),
    *(decision(f"f{i}", day=1, insult=0.8) for i in range(10)),
    *(decision(f"h{i}", day=4, incitement=0.9, insult=0.9) for i in range(10)),
]
REVIEWED: list[Reviewed] = [
    *(reviewed(each, removed=i == 0, weight=2.0) for i, each in enumerate(RUN[:80:2])),
    *(reviewed(each, removed=i < 7) for i, each in enumerate(d for d in RUN if d.action is Action.HOLD)),
]


def of(found: Account, kind: str, language: str = "all") -> float | None:
    assert found.review is not None
    rates = [e.rate.value for e in found.review.errors if (e.kind, e.language) == (kind, language)]
    return rates[0] if rates else None


def test_an_account_counts_decisions_and_their_first_strictest_reason() -> None:
    found = account("run", RUN, None)
    assert found.actions == {"publish": 80, "flag": 10, "hold": 10, "reject": 0}
    assert found.by_language["sn"] == {"publish": 40, "flag": 10, "hold": 10, "reject": 0}
    assert found.reasons == {"insult": {"flag": 10}, "incitement": {"hold": 10}}
    assert (str(found.first), str(found.last)) == ("2026-03-02", "2026-03-06")
    assert found.policies == {"default@2": 100}


def test_without_verdicts_it_says_what_it_cannot_say() -> None:
    found = account("run", RUN, None)
    assert found.review is None
    assert found.automated == 1.0
    assert "How often the filter was wrong" in found.cannot_say[0]
    assert "How often the filter was wrong" in markdown(found)


def test_error_rates_stand_for_the_run_and_not_for_what_was_looked_at() -> None:
    found = account("run", RUN, REVIEWED)
    assert of(found, HELD) == 0.3
    assert of(found, PUBLISHED) == 1 / 40
    assert of(found, MISSED) == pytest.approx(2 / 9)  # 1 drawn comment that stands for 2, beside 7 held ones
    assert of(found, PUBLISHED, "en") == 1 / 40
    assert of(found, HELD, "sn") is None  # ten comments are too few for a rate of their own
    assert found.automated == 0.5


def test_reversals_are_what_moderators_undid() -> None:
    found = account("run", RUN, REVIEWED)
    assert found.review is not None
    rows = {(r.action, r.language): (r.confirmed, r.reversed, r.disputed) for r in found.review.reversals}
    assert rows["hold", "all"] == (7, 3, 0)
    assert rows["publish", "all"] == (39, 1, 0)
    assert ("flag", "all") not in rows


def test_verdicts_on_what_the_filter_chose_tell_nothing_of_misses() -> None:
    chosen = [msgspec.structs.replace(each, weight=None, stratum=None) for each in REVIEWED]
    found = account("run", RUN, chosen)
    assert found.review is not None
    assert found.review.errors == ()
    assert [reason.split(":")[0] for reason in found.cannot_say] == [
        "What was missed",
        "How often a comment was held wrongly",
        "Whether the moderators were right",
    ]


def test_reviewed_comments_of_another_run_are_left_out_and_counted() -> None:
    stranger = reviewed(decision("gone", incitement=0.9), removed=False)
    found = account("run", RUN, [*REVIEWED, stranger])
    assert found.review is not None
    assert found.review.elsewhere == 1
    assert of(found, HELD) == 0.3
    assert "1 reviewed comments are not of this run" in markdown(found)


def test_both_texts_escape_what_comes_from_the_dump() -> None:
    hostile = decision("x", "sn", incitement=0.9)
    name = "<script>alert(1)</script>|`x`"
    assert "script" not in {tag for tag, _ in Elements(html(account(name, [hostile], None))).found}
    assert "\\<script\\>alert(1)\\</script\\>\\|\\`x\\`" in markdown(account(name, [hostile], None))


def test_the_command_writes_each_format(run: Run, tmp_path: Path) -> None:
    scored, path = written(tmp_path / "run.jsonl", RUN), tmp_path / "reviewed.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in REVIEWED))
    printed = run("report", "--transparency", scored, "--reviewed", path)
    assert printed.status == 0
    assert "| hold | all | 7 | 3 | 0 |" in printed.out
    for suffix in ("md", "json", "html"):
        out = tmp_path / f"account.{suffix}"
        assert run("report", "--transparency", scored, "--reviewed", path, "-o", out).status == 0
    told = json.loads((tmp_path / "account.json").read_text())
    assert told["actions"]["hold"] == 10
    assert told["review"]["errors"][0]["rate"]["n"] == 10
    assert (tmp_path / "account.md").read_text().rstrip() == printed.out.rstrip()
    wrong = run("report", "--transparency", scored, "-o", tmp_path / "account.pdf")
    assert wrong.status == 2
    assert "cannot tell the format" in wrong.err
    assert run("report", scored, "--reviewed", path, "-o", tmp_path / "r.html").status == 2


def test_an_empty_run_is_accounted_for() -> None:
    found = account("nothing", [], None)
    assert found.comments == 0
    assert "0 comments" in markdown(found)
