import json

import msgspec
import pytest

from modfilter.contract import decode
from modfilter.pipeline import Judges, Tier
from modfilter.policy import Policy
from modfilter.records import Action
from tests.server.conftest import TOKEN, MakeServer, Server


def test_a_comment_gets_its_record_back(server: Server) -> None:
    message = {"id": "c1", "text": "kill them", "article": {"id": "a", "title": "Bridge", "body": "B."}}
    answer = server.client.post("/v1/moderate", json=message, headers=TOKEN)
    assert answer.status_code == 200
    decision = decode(answer.content)
    assert decision.action is Action.HOLD
    assert decision.assessment.comment.article_id == "a"
    assert decision.assessment.comment.site == "daily"
    assert server.logged() == [("daily", "native", "hold", "hold")]


def test_several_comments_get_their_records_in_order_however_many(server: Server) -> None:
    message = {"comments": [{"id": n, "text": "hi", "parent_id": n - 1 if n else None} for n in range(50)]}
    answer = server.client.post("/v1/moderate", json=message, headers=TOKEN)
    assert [record["id"] for record in answer.json()["records"]] == [str(n) for n in range(50)]
    assert len(server.bench.threads) > 1  # a long list does not go to one judge as a whole
    for thread in server.bench.threads[1:]:
        assert thread.parent(thread.comments[0]) is not None
    assert server.client.post("/v1/moderate", json={"comments": []}, headers=TOKEN).json() == {"records": []}


def test_an_article_that_was_put_is_found_by_its_id_and_by_its_address(server: Server) -> None:
    article = {"title": "Bridge", "body": "It fell.", "url": "https://example.org/bridge/"}
    assert server.client.put("/v1/articles/a%2F1", json=article, headers=TOKEN).status_code == 204
    assert [each.id for each in server.bench.prepared] == ["a/1"]
    answer = server.client.post(
        "/v1/moderate", json={"id": "1", "text": "the Bridge", "article_id": "a/1"}, headers=TOKEN
    )
    assert answer.json()["scores"]["relevance"] == 0.9
    assert server.articles.find("daily", url="http://EXAMPLE.org/bridge?utm=1") is not None
    assert server.articles.find("weekly", "a/1") is None  # another site's


@pytest.mark.parametrize("article", [{}, {"title": " "}, {"title": [5]}, []])
def test_an_article_without_words_is_refused(server: Server, article: object) -> None:
    answer = server.client.put("/v1/articles/a", json=article, headers=TOKEN)
    assert answer.status_code == 422
    assert "article" in answer.json()["error"] or "JSON object" in answer.json()["error"]


def test_what_a_comment_answers_is_found_in_the_message_in_memory_or_in_the_log(server: Server) -> None:
    post = server.client.post
    post("/v1/moderate", json={"id": "1", "text": "first"}, headers=TOKEN)
    post("/v1/moderate", json={"id": "2", "text": "second", "parent_id": "1"}, headers=TOKEN)
    server.desk._recent.clear()
    post("/v1/moderate", json={"id": "3", "text": "third", "parent_id": "2"}, headers=TOKEN)
    above = [{"id": "x", "text": "brought along"}]
    post("/v1/moderate", json={"id": "4", "text": "4", "parent_id": "x", "above": above}, headers=TOKEN)
    seen = [sorted(comment.text for comment in thread.above) for thread in server.bench.threads]
    assert seen == [[], ["first"], ["first", "second"], ["brought along"]]
    post(
        "/v1/moderate",
        json={"id": "5", "text": "5", "parent_id": "1"},
        headers={"Authorization": "Bearer other"},
    )
    assert server.bench.threads[-1].above == ()  # another site's


BAD = [
    b"",
    b"{",
    b"[]",
    b"[" * 100_000,
    b'{"id": "1"}',
    b'{"id": "1", "text": 5}',
    b'{"id":"1","text":"x","parent_id":"1"}',
    b'{"id":"1","text":"x","above":[{"id":"1","text":"y"}]}',
    b'{"id":"1","text":"x","above":{}}',
    b'{"id":"1","text":"x","deadline_ms":0}',
    b'{"id":"1","text":"x","deadline_ms":true}',
    b'{"comments": 3}',
    b'{"comments": [1]}',
    b'{"comments": [{"id":"1","text":"x","article_id":"a"},{"id":"2","text":"x","article_id":"b"}]}',
    b'{"id":"1","text":"x","article":7}',
    b'{"id":"1","text":"x","article":{"id":"a"}}',
    b'{"comments":[{"id":"1","text":"x"},{"id":"1","text":"y"}]}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", BAD)
def test_a_bad_message_is_the_callers_mistake_and_says_what_to_send(server: Server, body: bytes) -> None:
    answer = server.client.post("/v1/moderate", content=body, headers=TOKEN)
    assert answer.status_code == 422
    assert 'Send {"id"' in answer.json()["error"]
    assert server.logged() == []


def test_a_failure_is_told_in_the_record_and_the_policy_decides(
    make_server: MakeServer, default_policy: Policy
) -> None:
    message = {"id": "1", "text": "hi"}
    for action in ("hold", "publish", "reject"):
        policy = msgspec.structs.replace(default_policy, on_failure=Action(action))
        server = make_server(policy)
        server.bench.broken = "no judge had time for it"
        record = server.client.post("/v1/moderate", json=message, headers=TOKEN).json()
        assert record["action"] == action
        assert "no judge had time" in record["failure"]
        assert server.logged() == [("daily", "native", action, action)]


def test_a_caller_that_fails_closed_is_told_to_come_again(make_server: MakeServer) -> None:
    server = make_server(fails_closed=True)
    server.bench.broken = "no judge had time for it"
    answer = server.client.post("/v1/moderate", json={"id": "1", "text": "hi"}, headers=TOKEN)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_a_judge_that_fails_is_told_in_the_record(make_server: MakeServer) -> None:
    def broken(*_: object) -> list[object]:
        raise RuntimeError("no")

    tier = Tier(broken, broken, broken)  # type: ignore[arg-type]
    judges = Judges(broken, {"fast": tier}, {}, broken, None, {}, frozenset())  # type: ignore[arg-type]
    server = make_server(judges=judges)
    record = json.loads(
        server.client.post("/v1/moderate", json={"id": "1", "text": "hi"}, headers=TOKEN).content
    )
    assert record["action"] == "hold"
    assert "language: RuntimeError" in record["failure"]


def test_in_shadow_mode_everything_is_decided_logged_and_published(make_server: MakeServer) -> None:
    server = make_server(shadow=True)
    record = server.client.post("/v1/moderate", json={"id": "1", "text": "kill them"}, headers=TOKEN).json()
    assert record["action"] == "publish"
    assert record["reasons"] == []
    assert record["scores"]["incitement"] >= 0.9
    assert server.logged() == [("daily", "native", "hold", "publish")]


def test_health_and_counts_need_no_token_and_tell_no_text(server: Server) -> None:
    server.client.post("/v1/moderate", json={"id": "1", "text": "kill Rudo"}, headers=TOKEN)
    assert server.client.get("/healthz").json()["status"] == "ok"
    assert server.client.get("/readyz").json() == {"ready": True}
    counts = server.client.get("/metrics").text
    line = (
        'modfilter_decisions_total{action="hold",protocol="native",site="daily",tier="fast",told="hold"} 1.0'
    )
    assert line in counts
    assert "Rudo" not in counts
    server.bench.judges = 0
    assert server.client.get("/readyz").status_code == 503
    assert server.client.get("/v1/moderate", headers=TOKEN).status_code == 405
    assert "error" in server.client.get("/nowhere").json()
