import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from modfilter.contract import decode
from modfilter.pipeline import Judges, Tier
from modfilter.policy import Policy
from modfilter.records import Action
from modfilter.server import BODY_LIMIT, create_app

AUTHORISED = {"Authorization": "Bearer secret"}


@pytest.fixture
def client(stub_judges: Judges, default_policy: Policy) -> Iterator[TestClient]:
    with TestClient(create_app(stub_judges, default_policy, "secret"), raise_server_exceptions=False) as it:
        yield it


def test_a_comment_gets_its_record_back(client: TestClient) -> None:
    message = {"id": "c1", "text": "kill them", "article": {"id": "a", "title": "Bridge", "body": "B."}}
    answer = client.post("/v1/moderate", json=message, headers=AUTHORISED)
    assert answer.status_code == 200
    decision = decode(answer.content)
    assert decision.action is Action.HOLD
    assert decision.assessment.comment.article_id == "a"


def test_several_comments_get_their_records_in_order(client: TestClient) -> None:
    message = {"comments": [{"id": n, "text": "hi"} for n in range(5)]}
    answer = client.post("/v1/moderate", json=message, headers=AUTHORISED)
    assert [record["id"] for record in answer.json()["records"]] == list("01234")
    assert client.post("/v1/moderate", json={"comments": []}, headers=AUTHORISED).json() == {"records": []}


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic secret"}]
)
def test_without_the_token_nothing_is_judged(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/v1/moderate", json={"id": "1", "text": "hi"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"id": "1"}',
        b'{"id": "1", "text": 5}',
        b'{"id":"1","text":"x","parent_id":"1"}',
        b'{"comments": 3}',
        b'{"comments": [1]}',
        b'{"id":"1","text":"x","article":7}',
        b'{"id":"1","text":"x","article":{"id":"a"}}',
        b'{"comments":[{"id":"1","text":"x"},{"id":"1","text":"y"}]}',
        b"\xff\xfe",
    ],
)
def test_a_bad_message_is_the_callers_mistake_and_says_what_to_send(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/moderate", content=body, headers=AUTHORISED)
    assert answer.status_code == 422
    assert 'Send {"id"' in answer.json()["error"]


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/moderate", content=b" " * (BODY_LIMIT + 1), headers=AUTHORISED)
    assert answer.status_code == 413


def test_health_needs_no_token_and_tells_the_versions(client: TestClient) -> None:
    assert client.get("/healthz").json()["policy"] == "default@2"
    assert client.get("/v1/moderate", headers=AUTHORISED).status_code == 405
    assert "error" in client.get("/nowhere").json()


def test_a_judge_that_fails_is_told_in_the_record(default_policy: Policy) -> None:
    def broken(*_: object) -> list[object]:
        raise RuntimeError("no")

    tier = Tier(broken, broken, broken)  # type: ignore[arg-type]
    judges = Judges(broken, {"fast": tier}, {}, broken, None, {}, frozenset())  # type: ignore[arg-type]
    with TestClient(create_app(judges, default_policy, "secret")) as client:
        answer = client.post("/v1/moderate", json={"id": "1", "text": "hi"}, headers=AUTHORISED)
    record = json.loads(answer.content)
    assert record["action"] == "hold"
    assert "language: RuntimeError" in record["failure"]
