import gzip
import logging

import pytest

from modfilter.server.access import Bucket, new_token
from tests.server.conftest import TOKEN, MakeServer, Server

MESSAGE = {"id": "1", "text": "kill them all"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic secret"},
        {"Authorization": "Bearer "},
        {"Authorization": "secret"},
        {"Authorization": "Bearer \xff\xfe"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/moderate", "/v1/moderations"])
def test_without_a_token_nothing_is_judged(server: Server, headers: dict[str, str], path: str) -> None:
    raw = {key: value.encode("latin-1") for key, value in headers.items()}
    answer = server.client.post(path, json=MESSAGE, headers=raw)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert server.bench.threads == []
    assert server.logged() == []


def test_a_wrong_key_is_told_in_each_protocols_own_way(server: Server) -> None:
    post = server.client.post
    analyze = post("/v1alpha1/comments:analyze?key=wrong", json={"comment": {"text": "x"}})
    assert analyze.status_code == 400
    assert "API key not valid" in analyze.json()["error"]["message"]
    assert post("/1.1/comment-check", data={"api_key": "wrong", "blog": "b"}).text == "invalid"
    assert post("/1.1/verify-key", data={"api_key": "wrong", "blog": "b"}).text == "invalid"
    assert post("/1.1/verify-key", data={"api_key": "secret", "blog": "b"}).text == "valid"
    assert server.bench.threads == []


def test_a_sites_token_opens_nothing_of_another_site(server: Server) -> None:
    article = {"title": "Bridge", "body": "It fell."}
    server.client.put("/v1/articles/a", json=article, headers=TOKEN)
    answer = server.client.post(
        "/v1/moderate",
        json={"id": "1", "text": "Bridge", "article_id": "a", "site": "daily"},
        headers={"Authorization": "Bearer other"},
    )
    assert answer.json()["scores"]["relevance"] is None
    assert [row[0] for row in server.logged()] == ["weekly"]  # whatever the message says of its site


def test_a_body_over_the_limit_is_refused(server: Server) -> None:
    limit = server.config.body_limit
    answer = server.client.post("/v1/moderate", content=b" " * (limit + 1), headers=TOKEN)
    assert answer.status_code == 413


def test_a_packed_body_is_refused(server: Server) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    answer = server.client.post("/v1/moderate", content=bomb, headers={**TOKEN, "Content-Encoding": "gzip"})
    assert answer.status_code == 415


def test_a_token_that_asks_too_often_is_told_so(make_server: MakeServer) -> None:
    server = make_server(requests_per_second=3)
    answers = [server.client.post("/v1/moderate", json=MESSAGE, headers=TOKEN) for _ in range(6)]
    assert [answer.status_code for answer in answers].count(429) >= 2
    assert answers[-1].headers["retry-after"] == "1"
    # Akismet's callers hold what is neither true nor false; Perspective's get Google's error.
    held = server.client.post(
        "/1.1/comment-check", data={"api_key": "secret", "blog": "b", "comment_content": "x"}
    )
    assert held.text == "error"
    assert server.client.post("/v1alpha1/comments:analyze?key=secret", json={}).status_code == 429


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    bucket = Bucket(2, lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] = 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]


def test_tokens_cannot_be_guessed() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 40


def test_a_mistake_of_ours_tells_the_caller_nothing(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("kill Rudo at 12 Baines Avenue")

    server.desk.decide = broken  # type: ignore[method-assign, assignment]
    with caplog.at_level(logging.ERROR, logger="modfilter.server"):
        answer = server.client.post("/v1/moderate", json=MESSAGE, headers=TOKEN)
    assert answer.status_code == 503
    assert "Rudo" not in answer.text
    assert "Traceback" not in answer.text
    assert caplog.records
