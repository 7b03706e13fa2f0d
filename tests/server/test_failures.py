"""What each protocol answers and the log says where something fails: nothing goes out that the policy would hold."""

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from modfilter.pipeline import Judges
from modfilter.policy import Policy
from modfilter.records import Action
from modfilter.server import metrics
from tests.server.conftest import SECRET, TOKEN, MakeServer, Server
from tests.server.test_akismet import FORM

TEXT = "Rudo lives at 12 Baines Avenue"
BUG = f"RuntimeError: {TEXT}"


def _native(server: Server, text: str, **headers: str) -> Any:
    message = {"id": "c1", "text": text, "article": {"title": "Bridge"}}
    return server.client.post("/v1/moderate", json=message, headers={**TOKEN, **headers})


def _coral(server: Server, text: str, **headers: str) -> Any:
    server.client.put("/v1/articles/a", json={"title": "Bridge"}, headers=TOKEN)
    body = json.dumps({"comment": {"body": text}, "story": {"id": "a"}}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, sha256).hexdigest()
    return server.client.post(
        "/coral/daily", content=body, headers={"X-Coral-Signature": signature, **headers}
    )


def _perspective(server: Server, text: str, **headers: str) -> Any:
    server.client.put("/v1/articles/a", json={"title": "Bridge"}, headers=TOKEN)
    message = {
        "comment": {"text": text},
        "requestedAttributes": {"INCITEMENT": {}},
        "context": {"articleId": "a"},
    }
    return server.client.post("/v1alpha1/comments:analyze?key=secret", json=message, headers=headers)


def _akismet(server: Server, text: str, **headers: str) -> Any:
    server.client.put("/v1/articles/12", json={"title": "Bridge"}, headers=TOKEN)
    return server.client.post("/1.1/comment-check", data={**FORM, "comment_content": text}, headers=headers)


def _openai(server: Server, text: str, **headers: str) -> Any:
    return server.client.post("/v1/moderations", json={"input": text}, headers={**TOKEN, **headers})


Ask = Callable[..., Any]
PROTOCOLS: Mapping[str, tuple[Ask, Callable[[Any], object]]] = {
    "native": (_native, lambda answer: answer["action"]),
    "coral": (_coral, lambda answer: answer.get("status", "publish")),
    "perspective": (
        _perspective,
        lambda answer: answer["attributeScores"]["INCITEMENT"]["summaryScore"]["value"],
    ),
    "akismet": (_akismet, lambda answer: answer),
    "openai": (_openai, lambda answer: answer["results"][0]["flagged"]),
}
"""How each is asked, and what its answer comes down to."""
HOLDS = {"native": "hold", "coral": "SYSTEM_WITHHELD", "perspective": 1.0, "akismet": "error", "openai": True}
PUBLISHES = {"native": "publish", "coral": "publish", "perspective": 503, "akismet": "false", "openai": False}
FAILS_CLOSED = {**HOLDS, "native": 503, "perspective": 503, "openai": 503}
SHADOW = {**PUBLISHES, "perspective": 0.0}

protocols = pytest.mark.parametrize("protocol", PROTOCOLS)


def _says(protocol: str, server: Server, text: str = TEXT, **headers: str) -> object:
    ask, read = PROTOCOLS[protocol]
    answer = ask(server, text, **headers)
    assert answer.status_code in (200, 503)
    if answer.status_code == 503:
        assert answer.headers["retry-after"] == "1"
        return 503
    return read(answer.text if protocol == "akismet" else answer.json())


def _break(server: Server) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(TEXT)

    server.bench.ask = broken  # type: ignore[method-assign, assignment]


@protocols
@pytest.mark.parametrize(
    ("on_failure", "table", "said"),
    [
        ("hold", {}, HOLDS),
        ("publish", {}, PUBLISHES),
        ("hold", {"fails_closed": True}, FAILS_CLOSED),
        ("hold", {"shadow": True, "fails_closed": True}, SHADOW),
    ],
    ids=["held", "published", "fails closed", "shadow"],
)
def test_a_mistake_of_ours_is_decided_by_the_policy_and_logged(
    make_server: MakeServer,
    default_policy: Policy,
    caplog: pytest.LogCaptureFixture,
    protocol: str,
    on_failure: str,
    table: dict[str, Any],
    said: Mapping[str, object],
) -> None:
    policy = msgspec.structs.replace(default_policy, on_failure=Action(on_failure))
    server = make_server(policy, unscored="null", **table)
    _break(server)
    with caplog.at_level(logging.INFO, logger="modfilter.server"):
        assert _says(protocol, server) == said[protocol]
    (logged,) = server.log.logged()
    assert logged.protocol == protocol
    assert logged.decision.assessment.failure == BUG
    assert logged.decision.action.value == on_failure
    assert logged.answered.value == ("publish" if table.get("shadow") else on_failure)
    lines = [
        metrics._Lines().format(record) for record in caplog.records if record.name == "modfilter.server"
    ]
    (bug,) = [json.loads(line) for line in lines if '"bug"' in line]
    assert bug["error"] == "RuntimeError"
    assert any("desk.py" in place for place in bug["where"])
    assert "test_failures.py" in bug["where"][-1]
    assert not any("Baines" in line for line in lines)
    assert 'modfilter_unanswered_total{why="bug"} 1.0' in server.client.get("/metrics").text


@protocols
def test_where_one_judge_fails_alone_what_the_policy_holds_is_not_published(
    make_server: MakeServer, stub_judges: Judges, protocol: str
) -> None:
    def broken(*_: object) -> list[Any]:
        raise RuntimeError(TEXT)

    server = make_server(judges=replace(stub_judges, explain=broken), unscored="null")
    assert _says(protocol, server) == HOLDS[protocol]
    (logged,) = server.log.logged()
    assert logged.decision.assessment.stance is not None
    assert logged.decision.assessment.failure == f"evidence: {BUG}"


@protocols
def test_a_deadline_that_is_no_number_is_not_heeded(make_server: MakeServer, protocol: str) -> None:
    server = make_server(unscored="null")
    for deadline in ("1" + 5_000 * "0", "000050000999", "-5", "soon", "²"):
        asked = _says(protocol, server, "kill Rudo", **{"X-Modfilter-Deadline-Ms": deadline.encode()})
        assert asked == {**HOLDS, "perspective": 0.9}[protocol]


def test_one_text_that_fails_hides_no_others_result(
    make_server: MakeServer, default_policy: Policy, stub_judges: Judges
) -> None:
    def harms(readings: Any, *others: Any) -> Any:
        if any(reading.comment.text == TEXT for reading in readings):
            raise RuntimeError(TEXT)
        return stub_judges.tiers["fast"].harms(readings, *others)

    tier = replace(stub_judges.tiers["fast"], harms=harms)
    server = make_server(
        msgspec.structs.replace(default_policy, on_failure=Action.PUBLISH),
        replace(stub_judges, tiers={"fast": tier}),
        unscored="null",
    )
    failed, against = _openai(server, [TEXT, "kill Rudo"]).json()["results"]
    assert failed["flagged"] is False
    assert set(failed["category_scores"].values()) == {None}
    assert against["flagged"] is True


def test_what_is_held_is_answered_high_though_another_attribute_cannot_be_scored(server: Server) -> None:
    message = {
        "comment": {"text": "kill Rudo"},
        "requestedAttributes": {"INCITEMENT": {}, "OFF_TOPIC": {}},
        "context": {"articleId": "nobody's"},
    }
    path = "/v1alpha1/comments:analyze?key=secret"
    answer = server.client.post(path, json=message)
    assert answer.json()["attributeScores"]["INCITEMENT"]["summaryScore"]["value"] == 1.0
    assert answer.headers["x-modfilter-failure"]
    message["comment"] = {"text": "good morning"}
    assert server.client.post(path, json=message).status_code == 400


def test_ids_that_a_caller_chose_badly_are_read(server: Server) -> None:
    message = {
        "comment": {"text": "kill Rudo"},
        "requestedAttributes": {"INCITEMENT": {}},
        "context": {"entries": [{"text": "first"}, {"text": "second"}]},
        "clientToken": "comment:above-1",
    }
    answer = server.client.post("/v1alpha1/comments:analyze?key=secret", json=message)
    assert answer.json()["attributeScores"]["INCITEMENT"]["summaryScore"]["value"] == 0.9
    form = {**FORM, "comment_ID": "5", "comment_parent": "5"}
    assert server.client.post("/1.1/comment-check", data=form).text == "false"


def test_a_mistake_in_reading_corals_message_publishes_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: bytes) -> None:
        raise RuntimeError(TEXT)

    monkeypatch.setattr("modfilter.hooks.coral.read_message", broken)
    assert _says("coral", server) == HOLDS["coral"]
