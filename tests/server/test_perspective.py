from typing import Any

import msgspec
import pytest

from modfilter.hooks.perspective import ATTRIBUTES
from modfilter.policy import Policy
from modfilter.records import Action
from tests.server.conftest import TOKEN, MakeServer, Server

# As Coral sends it (services/perspective/perspective.ts), but for the text.
CORAL = {
    "comment": {"text": "kill them"},
    "doNotStore": True,
    "requestedAttributes": {"TOXICITY": {}},
    "languages": ["en"],
}


def _analyze(server: Server, message: dict[str, Any], key: str = "secret") -> Any:
    return server.client.post(f"/v1alpha1/comments:analyze?key={key}", json=message)


def _scores(answer: Any) -> dict[str, float]:
    return {name: score["summaryScore"]["value"] for name, score in answer.json()["attributeScores"].items()}


def test_corals_request_is_answered_as_it_reads_it(server: Server) -> None:
    answer = _analyze(server, CORAL)
    assert answer.status_code == 200
    assert answer.json()["attributeScores"]["TOXICITY"]["summaryScore"] == {
        "value": 0.9,
        "type": "PROBABILITY",
    }
    assert answer.json()["languages"] == ["en"]
    assert server.logged() == [("daily", "perspective", "hold", "hold")]


def test_all_attributes_are_answered_experimental_names_too(server: Server) -> None:
    server.client.put("/v1/articles/a", json={"title": "Bridge"}, headers=TOKEN)
    wanted = {
        name: {} for name in ATTRIBUTES if name not in ("SPAM", "PROFANITY", "OBSCENE", "IDENTITY_ATTACK")
    }
    message = {
        **CORAL,
        "requestedAttributes": {**wanted, "THREAT_EXPERIMENTAL": {}},
        "context": {"articleId": "a"},
        "clientToken": "t",
    }
    answer = _analyze(server, message)
    scores = _scores(answer)
    assert scores.keys() == {*wanted, "THREAT_EXPERIMENTAL"}
    assert scores["OFF_TOPIC"] == 0.9
    assert scores["THREAT"] == scores["INCITEMENT"] == 0.9
    assert answer.json()["clientToken"] == "t"


def test_what_is_not_scored_is_an_error_never_a_zero(server: Server) -> None:
    for name in ("SEXUALLY_EXPLICIT", "FLIRTATION", "ATTACK_ON_AUTHOR", "NO_SUCH"):
        answer = _analyze(server, {**CORAL, "requestedAttributes": {"TOXICITY": {}, name: {}}})
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert error["code"] == 400
        assert error["status"] == "INVALID_ARGUMENT"
        assert name in error["message"]
    # The stub has no model for spam: the answer must not be 0 either.
    message = {**CORAL, "comment": {"text": "good morning"}, "requestedAttributes": {"SPAM": {}}}
    answer = _analyze(server, message)
    assert answer.status_code == 400
    assert "SPAM could not be scored" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"comment": {"text": " "}}, "COMMENT_EMPTY"),
        ({"requestedAttributes": {}}, "NO_REQUESTED_ATTRIBUTES"),
        ({"requestedAttributes": ["TOXICITY"]}, "NO_REQUESTED_ATTRIBUTES"),
        ({"languages": ["fr"]}, "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"),
        ({"languages": "en"}, "INVALID_REQUEST"),
        ({"comment": "text"}, "INVALID_REQUEST"),
        ({"comment": {"text": 5}}, "INVALID_REQUEST"),
        ({"requestedAttributes": {"TOXICITY": {"scoreThreshold": "high"}}}, "INVALID_REQUEST"),
        ({"requestedAttributes": {"OFF_TOPIC": {}}}, "INVALID_REQUEST"),
    ],
)
def test_mistakes_come_back_in_perspectives_own_shape(
    server: Server, change: dict[str, Any], kind: str
) -> None:
    answer = _analyze(server, {**CORAL, **change})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["errorType"] == kind
    assert server.logged() == []


def test_a_score_under_its_threshold_is_left_out(server: Server) -> None:
    wanted = {"TOXICITY": {"scoreThreshold": 0.95}, "INSULT": {"scoreType": "PROBABILITY"}}
    assert _scores(_analyze(server, {**CORAL, "requestedAttributes": wanted})) == {"INSULT": 0.0}


def test_spans_show_the_deciding_words(server: Server) -> None:
    message = {**CORAL, "comment": {"text": "please kill them"}, "spanAnnotations": True}
    message["requestedAttributes"] = {"INCITEMENT": {}, "INSULT": {}}
    scores = _analyze(server, message).json()["attributeScores"]
    (span,) = scores["INCITEMENT"]["spanScores"]
    assert (span["begin"], span["end"]) == (7, 11)
    (span,) = scores["INSULT"]["spanScores"]
    assert (span["begin"], span["end"]) == (0, 16)


def test_a_context_is_what_the_comment_answers(server: Server) -> None:
    _analyze(server, {**CORAL, "context": {"entries": [{"text": "first"}, {"text": "second"}]}})
    (thread,) = server.bench.threads
    parent = thread.parent(thread.comments[0])
    assert parent is not None
    assert parent.text == "second"


def test_what_would_be_held_on_failure_gets_a_high_score_since_callers_publish_on_errors(
    make_server: MakeServer, default_policy: Policy
) -> None:
    server = make_server()
    server.bench.broken = "no judge had time for it"
    answer = _analyze(server, CORAL)
    assert _scores(answer) == {"TOXICITY": 1.0}
    assert answer.headers["x-modfilter-failure"]
    for other in (
        make_server(msgspec.structs.replace(default_policy, on_failure=Action.PUBLISH)),
        make_server(fails_closed=True),
    ):
        other.bench.broken = "no judge had time for it"
        answer = _analyze(other, CORAL)
        assert answer.status_code == 503
        assert answer.json()["error"]["status"] == "UNAVAILABLE"


def test_in_shadow_mode_no_score_holds_anything_back(make_server: MakeServer) -> None:
    server = make_server(shadow=True)
    assert _scores(_analyze(server, CORAL)) == {"TOXICITY": 0.0}
    assert server.logged() == [("daily", "perspective", "hold", "publish")]


def test_a_human_verdict_is_kept(server: Server) -> None:
    # As Coral sends it when a moderator rejects a comment.
    message = {
        "comment": {"text": "kill them"},
        "context": {"entries": [{"text": '{"url":"https://example.org/a","Coral_comment_id":"7"}'}]},
        "languages": ["en"],
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "communityId": "Coral:https://example.org",
        "clientToken": "comment:7",
    }
    answer = server.client.post("/v1alpha1/comments:suggestscore?key=secret", json=message)
    assert answer.json() == {"clientToken": "comment:7"}
    server.log.writer.close()
    (kept,) = server.log.feedback("daily")
    assert kept.comment_id == "7"
    assert msgspec.json.decode(kept.content)["attributeScores"] == message["attributeScores"]


@pytest.mark.parametrize("scores", [{}, {"TOXICITY": 1}, {"TOXICITY": {"summaryScore": {"value": 2}}}, []])
def test_a_verdict_without_a_score_is_refused(server: Server, scores: object) -> None:
    message = {"comment": {"text": "x"}, "attributeScores": scores}
    answer = server.client.post("/v1alpha1/comments:suggestscore?key=secret", json=message)
    assert answer.status_code == 400
