import json
from collections import Counter
from pathlib import Path

import pytest

from modfilter.errors import UsageError
from modfilter.learning.sample import draw, sampled
from modfilter.readers.scored import decisions
from modfilter.records import Decision

from .conftest import Run, message_of
from .runs import decision, written


def run_of(path: Path) -> Path:
    rows: list[Decision] = [decision(f"p{n}", incitement=0.1) for n in range(300)]
    rows += [decision(f"e{n}", "en", incitement=0.1) for n in range(100)]
    rows += [decision(f"h{n}", incitement=0.9) for n in range(20)]
    return written(path, [*rows, decision("rare", "en", incitement=0.9), decision("pt", "pt")])


def test_a_sample_stands_for_its_run_by_action_and_language(tmp_path: Path) -> None:
    drawn = draw(run_of(tmp_path / "run.jsonl"), 60, 1)
    assert len(drawn) == 60
    weights: Counter[str] = Counter()
    for each in drawn:
        how = sampled(each)
        assert how is not None
        assert how.stratum == f"{each.action.value}/{each.assessment.languages.main}".replace("pt", "other")
        weights[how.stratum] += 1 / how.probability  # type: ignore[assignment]
    assert {stratum: round(n) for stratum, n in weights.items()} == {
        "publish/sn": 300,
        "publish/en": 100,
        "hold/sn": 20,
        "hold/en": 1,
        "flag/other": 1,
    }


def test_a_seed_draws_the_same_comments_and_another_seed_others(tmp_path: Path) -> None:
    path = run_of(tmp_path / "run.jsonl")
    assert draw(path, 60, 1) == draw(path, 60, 1)
    assert draw(path, 60, 1) != draw(path, 60, 2)


def test_every_comment_is_drawn_as_often_as_its_probability_says(tmp_path: Path) -> None:
    path = run_of(tmp_path / "run.jsonl")
    draws = [draw(path, 60, seed) for seed in range(100)]
    how = next(h for each in draws[0] for h in [sampled(each)] if h and h.stratum == "publish/sn")
    counts = Counter(each.assessment.comment.id for drawn in draws for each in drawn)
    first, last = (sum(counts[f"p{n}"] for n in part) / 15_000 for part in (range(150), range(150, 300)))
    # 15,000 chances each: the standard error of a share of 0.1 is 0.003.
    assert first == pytest.approx(how.probability, abs=0.01)
    assert last == pytest.approx(how.probability, abs=0.01)


def test_a_sample_that_cannot_reach_every_stratum_is_refused(tmp_path: Path) -> None:
    message = message_of(lambda: draw(run_of(tmp_path / "run.jsonl"), 5, 1), UsageError)
    assert "5 comments are too few" in message
    assert "Give -n 8 or more" in message


def test_no_sample_is_drawn_of_a_sample(run: Run, tmp_path: Path) -> None:
    path, out = run_of(tmp_path / "run.jsonl"), tmp_path / "sample.jsonl"
    Path(f"{path}.articles.jsonl").write_text('{"id": "a", "title": "A"}\n')
    result = run("sample", path, "-n", 60, "-o", out)
    assert result.status == 0
    assert "publish/sn" in result.out
    assert len([*decisions(out)]) == 60
    assert Path(f"{out}.articles.jsonl").exists()
    assert json.loads(out.read_text().splitlines()[0])["extra"]["sampled"]["stratum"] == "publish/sn"
    again = run("sample", out, "-n", 20, "-o", tmp_path / "second.jsonl")
    assert again.status == 2
    assert "is a sample itself" in again.err


def test_the_review_page_opens_a_sample(run: Run, tmp_path: Path) -> None:
    path, out = run_of(tmp_path / "run.jsonl"), tmp_path / "sample.jsonl"
    assert run("sample", path, "-n", 60, "-o", out).status == 0
    assert run("report", out, "-o", tmp_path / "r.html").status == 0


def test_a_run_smaller_than_the_sample_is_drawn_whole(tmp_path: Path) -> None:
    path = written(tmp_path / "run.jsonl", [decision(f"c{n}") for n in range(7)])
    assert [each.assessment.comment.id for each in draw(path, 200, 1)] == [f"c{n}" for n in range(7)]


def test_a_drawn_reply_brings_the_beginning_of_what_it_answers(tmp_path: Path) -> None:
    rows = [decision("p", text="kill them " * 90), *(decision(f"r{n}", parent="p") for n in range(9))]
    drawn = draw(written(tmp_path / "run.jsonl", rows), 4, 3)
    replies = [each.assessment.comment for each in drawn if each.assessment.comment.parent_id]
    assert replies
    assert all(comment.extra["answers"] == ("kill them " * 90)[:400] for comment in replies)
