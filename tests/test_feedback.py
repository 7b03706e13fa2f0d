import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modfilter.learning.reviewed import Joined, Reviewed, join
from modfilter.learning.reviewed import read as read_reviewed
from modfilter.readers.feedback import Heard, Passed, read

from .conftest import Run
from .runs import decision, said, verdict, written


def heard(path: Path, format: str, *rows: Any) -> tuple[list[Heard | Passed], list[str]]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    wrong: list[str] = []
    return [*read(path, format, lambda line, reason, _row: wrong.append(f"{line}: {reason}"))], wrong


def joined(tmp_path: Path, *verdicts: Any, sample: Path | None = None) -> Joined:
    run = tmp_path / "run.jsonl"
    if not run.exists():
        written(
            run,
            [decision(f"h{n}", incitement=0.9) for n in range(4)] + [decision(f"p{n}") for n in range(40)],
        )
    path = said(tmp_path / "verdicts.jsonl", verdicts)
    given = [each for each in read(path, "verdicts", pytest.fail) if isinstance(each, Heard)]
    return join(given, [run], sample)


def of(result: Joined, id: str) -> Reviewed:
    return next(each for each in result.reviewed if each.record.id == id)


def test_the_latest_verdict_of_a_moderator_counts(tmp_path: Path) -> None:
    result = joined(
        tmp_path,
        verdict("h1", "remove", "spam", minute=5),
        verdict("h1", "approve", minute=9),
        verdict("h1", "remove", "insult", minute=7),
    )
    assert [v.verdict for v in of(result, "h1").verdicts] == ["approve"]
    assert result.superseded == 2


def test_a_later_skip_takes_a_verdict_back(tmp_path: Path) -> None:
    result = joined(
        tmp_path, verdict("h1", "remove"), verdict("h1", "skip", minute=1), verdict("h2", "approve")
    )
    assert [each.record.id for each in result.reviewed] == ["h2"]
    assert (result.superseded, result.skipped) == (1, 1)


def test_moderators_who_differ_are_counted_and_a_tie_decides_nothing(tmp_path: Path) -> None:
    result = joined(
        tmp_path,
        verdict("h1", "remove", "spam", "rudo"),
        verdict("h1", "approve", None, "tendai"),
        verdict("h2", "remove", "spam", "rudo"),
        verdict("h2", "approve", None, "tendai"),
        verdict("h2", "remove", "insult", "nomsa", minute=3),
        verdict("h2", "remove", "insult", "vimbai", minute=4),
    )
    assert of(result, "h1").outcome is None
    assert of(result, "h1").label("spam") is None
    assert (of(result, "h2").outcome, of(result, "h2").cause) == ("remove", "insult")
    assert all(each.disputed for each in result.reviewed)


def test_a_removal_speaks_of_its_own_reason_only(tmp_path: Path) -> None:
    result = joined(
        tmp_path,
        verdict("h1", "remove", "insult"),
        verdict("h2", "remove"),
        verdict("p1", "remove"),
        verdict("p2", "approve"),
        verdict("p3", "remove", "off_topic"),
    )
    assert [of(result, "h1").label(score) for score in ("insult", "incitement", "relevance")] == [
        True,
        None,
        None,
    ]
    # Without a reason the moderator agrees with the filter's own, and where it had none with nothing that it scores.
    assert of(result, "h2").label("incitement") is True
    assert of(result, "p1").cause == "other"
    assert [of(result, "p2").label(score) for score in ("insult", "relevance")] == [False, True]
    assert of(result, "p3").label("relevance") is False


def test_verdicts_on_unknown_comments_are_kept_with_their_reason(run: Run, tmp_path: Path) -> None:
    scored = written(tmp_path / "run.jsonl", [decision("h1", incitement=0.9)])
    given = said(tmp_path / "v.jsonl", [verdict("h1", "remove"), verdict("gone", "approve")])
    given.write_text(given.read_text() + '{"id": "h1"}\nnonsense\n')
    out = tmp_path / "reviewed.jsonl"
    result = run("feedback", "import", given, "--scored", scored, "-o", out)
    assert result.status == 0
    assert "2 rows could not be read, 1 verdicts are on no known comment" in result.out
    rejects = [
        json.loads(line) for line in (tmp_path / "reviewed.jsonl.rejects.jsonl").read_text().splitlines()
    ]
    assert [(r["line"], r["reason"].split(":")[0]) for r in rejects] == [
        (3, "v.jsonl"),
        (4, "v.jsonl"),
        (2, "v.jsonl"),
    ]
    assert "no record has the id 'gone'" in rejects[2]["reason"]
    assert [each.record.id for each in read_reviewed([out])] == ["h1"]


def test_verdicts_come_from_standard_input_too(run: Run, tmp_path: Path) -> None:
    scored, out = written(tmp_path / "run.jsonl", [decision("h1")]), tmp_path / "r.jsonl"
    given = said(tmp_path / "v.jsonl", [verdict("h1", "approve")]).read_bytes()
    assert run("feedback", "import", "-", "--scored", scored, "-o", out, stdin=given).status == 0
    assert [each.record.id for each in read_reviewed([out])] == ["h1"]


def test_verdicts_on_another_run_are_an_error(run: Run, tmp_path: Path) -> None:
    scored = written(tmp_path / "run.jsonl", [decision("h1")])
    given = said(tmp_path / "v.jsonl", [verdict("gone", "approve")])
    result = run("feedback", "import", given, "--scored", scored, "-o", tmp_path / "r.jsonl")
    assert result.status == 1
    assert "Check that --scored names the same run" in result.err


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["h0", "h1", "p0", "gone", None]),
            st.sampled_from(["approve", "remove", "skip"]),
            st.sampled_from(["rudo", "tendai"]),
            st.integers(0, 9),
        ),
        max_size=30,
    )
)
def test_every_verdict_is_counted_once(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    path = written(tmp_path_factory.mktemp("run") / "r.jsonl", [decision(id) for id in ("h0", "h1", "p0")])
    given = [
        Heard(id=id, verdict=said_, moderator=who, at=datetime(2026, 1, 1, 0, minute, tzinfo=UTC))
        for id, said_, who, minute in rows
    ]
    result = join(given, [path])
    kept = sum(len(each.verdicts) for each in result.reviewed)
    assert kept + result.superseded + result.skipped + len(result.rejects) == len(given)
    assert len(result.rejects) == sum(id in ("gone", None) for id, *_ in rows)


def test_what_was_drawn_stands_for_its_stratum_and_what_a_score_chose_for_nothing(
    run: Run, tmp_path: Path
) -> None:
    scored = written(
        tmp_path / "run.jsonl",
        [decision(f"p{n}") for n in range(90)] + [decision(f"h{n}", incitement=0.9) for n in range(10)],
    )
    sample = tmp_path / "sample.jsonl"
    assert run("sample", scored, "-n", 24, "-o", sample).status == 0
    ids = [json.loads(line)["id"] for line in sample.read_text().splitlines()]
    published, held = ([id for id in ids if id[0] == kind] for kind in "ph")
    verdicts = [verdict(id, "approve") for id in (*published[:-2], *held)]
    chosen = next(f"p{n}" for n in range(90) if f"p{n}" not in published)
    result = joined(tmp_path, *verdicts, verdict(chosen, "remove", "spam"), sample=sample)
    weights = Counter[str]()
    for each in result.reviewed:
        weights[each.record.id[0]] += each.weight or 0  # type: ignore[assignment]
    # Two that were drawn have no verdict: the others stand for them, too.
    assert {kind: round(n) for kind, n in weights.items()} == {"p": 90, "h": 10}
    assert of(result, chosen).weight is None


def test_a_stratum_that_was_reviewed_whole_needs_no_sample(tmp_path: Path) -> None:
    result = joined(tmp_path, *(verdict(f"h{n}", "remove") for n in range(4)), verdict("p1", "approve"))
    assert [(each.stratum, each.weight) for each in result.reviewed] == [("hold/sn", 1.0)] * 4 + [
        (None, None)
    ]


def test_a_sample_reviewed_whole_is_no_run_reviewed_whole(run: Run, tmp_path: Path) -> None:
    scored = written(tmp_path / "all.jsonl", [decision(f"p{n}") for n in range(90)])
    sample = tmp_path / "run.jsonl"
    assert run("sample", scored, "-n", 9, "-o", sample).status == 0
    ids = [json.loads(line)["id"] for line in sample.read_text().splitlines()]
    result = joined(tmp_path, *(verdict(id, "approve") for id in ids))
    assert [round(each.weight or 0) for each in result.reviewed] == [10] * 9


CORAL = {
    "id": "c1",
    "storyID": "s1",
    "status": "REJECTED",
    "initialStatus": "SYSTEM_WITHHELD",
    "revisions": [
        {
            "body": "<p>Ngavabude</p>",
            "createdAt": {"$date": "2026-03-01T10:00:00Z"},
            "metadata": {
                "externalModeration": [
                    {"name": "modfilter", "result": {"status": "SYSTEM_WITHHELD", "actions": []}}
                ]
            },
        }
    ],
}


def test_coral_tells_a_moderators_status_from_the_pipelines(tmp_path: Path) -> None:
    by_filter = {**CORAL, "id": "c2", "initialStatus": None}
    by_filter["revisions"] = [
        {**CORAL["revisions"][0], "metadata": {"externalModeration": [{"result": {"status": "REJECTED"}}]}}  # type: ignore[dict-item,index]
    ]
    staff = {**CORAL, "id": "c3", "status": "APPROVED", "initialStatus": "APPROVED"}
    waiting = {**CORAL, "id": "c4", "status": "SYSTEM_WITHHELD"}
    found, wrong = heard(
        tmp_path / "c.json", "coral", CORAL, by_filter, staff, waiting, {"status": "APPROVED"}
    )
    assert isinstance(found[0], Heard)
    assert (found[0].id, found[0].verdict, found[0].text, found[0].moderator) == (
        "c1",
        "remove",
        "Ngavabude",
        "coral",
    )
    assert found[0].at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert all(isinstance(each, Passed) for each in found[1:4])
    assert wrong == ["5: neither a comment nor a moderation action of Coral"]


def test_corals_moderation_actions_say_who_and_when(tmp_path: Path) -> None:
    action = {
        "id": "a1",
        "commentID": "c1",
        "commentRevisionID": "r1",
        "status": "REJECTED",
        "moderatorID": "m7",
        "createdAt": {"$date": "2026-03-02T08:00:00.000Z"},
        "rejectionReason": {"code": "IRRELEVANT_CONTENT"},
    }
    found, wrong = heard(tmp_path / "c.json", "coral", action, {**action, "moderatorID": None})
    assert isinstance(found[0], Heard)
    assert (found[0].id, found[0].moderator, found[0].reason) == ("c1", "m7", "off_topic")
    assert isinstance(found[1], Passed)
    assert wrong == []


def test_perspective_messages_name_the_comment_or_bring_its_text(tmp_path: Path) -> None:
    def message(value: float, attribute: str = "TOXICITY", **more: object) -> dict[str, object]:
        return {
            "comment": {"text": "Ngavabude"},
            "attributeScores": {attribute: {"summaryScore": {"value": value}}},
            **more,
        }

    context = {"entries": [{"text": json.dumps({"url": "u", "Coral_comment_id": "c9"})}]}
    found, wrong = heard(
        tmp_path / "p.jsonl",
        "perspective",
        message(1, context=context, communityId="Coral:x"),
        message(0, clientToken="comment:c8"),
        message(1, "IDENTITY_ATTACK_EXPERIMENTAL"),
        {"comment": {"text": "x"}},
        {"attributeScores": {"INSULT": {"summaryScore": {"value": 1}}}},
        {"attributeScores": [1], "context": [], "comment": "x"},
    )
    assert [(h.id, h.verdict, h.reason, h.moderator) for h in found if isinstance(h, Heard)] == [
        ("c9", "remove", None, "Coral:x"),
        ("c8", "approve", None, "perspective"),
        (None, "remove", "identity_attack", "perspective"),
    ]
    assert sum(isinstance(each, Passed) for each in found) == 2
    assert wrong == ["5: neither the id nor the text of a comment"]


def test_akismet_forms_say_ham_or_spam(tmp_path: Path) -> None:
    found, wrong = heard(
        tmp_path / "a.jsonl",
        "akismet",
        {"comment_ID": "31", "comment_content": "Buy now", "reporter": "editor", "submitted": "spam"},
        {"comment_content": "<p>Makadii</p>", "submitted": "ham"},
        {"comment_content": "x", "submitted": "maybe"},
    )
    assert [(h.id, h.text, h.verdict, h.reason, h.moderator) for h in found if isinstance(h, Heard)] == [
        ("31", "Buy now", "remove", "spam", "editor"),
        (None, "Makadii", "approve", None, "akismet"),
    ]
    assert wrong == ['3: "submitted" must be "ham" or "spam"']


def test_a_message_without_an_id_is_joined_by_its_text_where_that_is_one_comments_alone(
    tmp_path: Path,
) -> None:
    run = written(
        tmp_path / "run.jsonl",
        [decision("a", text="Buy  now"), decision("b", text="Amen"), decision("c", text="Amen")],
    )
    at = datetime(2026, 3, 1, tzinfo=UTC)
    given = [
        Heard(id=id, text=text, verdict="remove", moderator="m", at=at, source="f")
        for id, text in ((None, "Buy now"), (None, "Amen"), ("31", "Buy now"), (None, "nobody"), (None, " "))
    ]
    result = join(given, [run])
    assert [each.record.id for each in result.reviewed] == ["a"]
    assert [r.reason for r in result.rejects] == [
        "f: 2 records have this text",
        "f: no record has this text",
        "f: no record has this text",
    ]


KEYS = (
    "id status revisions metadata externalModeration comment text context entries attributeScores TOXICITY"
    " summaryScore value submitted commentID rejectionReason"
).split()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("format", ["verdicts", "coral", "perspective", "akismet"])
@given(row=json_values)
def test_no_message_of_a_stranger_breaks_a_reader(
    tmp_path_factory: pytest.TempPathFactory, format: str, row: object
) -> None:
    path = tmp_path_factory.getbasetemp() / f"{format}.jsonl"
    found, wrong = heard(path, format, row)
    assert len(found) + len(wrong) == 1
