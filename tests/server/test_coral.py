import hmac
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from modfilter.hooks import coral
from modfilter.policy import Policy, parse
from modfilter.records import Action, Reason
from tests.server.conftest import SECRET, MakeServer, Server

MESSAGE = Path(__file__).parent / "messages" / "coral.json"
"""The "New comment on a story" of Coral's own documentation, as Coral prints it (two spaces)."""
SIGNED = "sha256=ce928e3e76e3cff77b2edaa4c72ddcd82c4988e007f6d1370df97d4d03405ec4"


def _message(text: str, **more: Any) -> bytes:
    message = json.loads(MESSAGE.read_bytes())
    message["comment"]["body"] = text
    message.update(more)
    return json.dumps(message, indent=2, ensure_ascii=False).encode()


def _sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Coral-Signature": "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()}


def _ask(server: Server, body: bytes, headers: dict[str, str] | None = None) -> Any:
    answer = server.client.post(
        "/coral/daily", content=body, headers=_sign(body) if headers is None else headers
    )
    assert answer.status_code == 200  # Coral publishes on anything else
    return answer.json()


def test_the_known_message_has_the_known_signature() -> None:
    body = MESSAGE.read_bytes()
    assert len(body) == 461
    assert coral.is_signed(body, SIGNED, [SECRET])
    assert coral.is_signed(body, f"sha256=00,{SIGNED}", ["empsec_old", SECRET])  # after a rotation
    assert not coral.is_signed(body + b" ", SIGNED, [SECRET])
    assert not coral.is_signed(body, SIGNED, ["empsec_other"])
    assert not coral.is_signed(body, None, [SECRET])
    assert not coral.is_signed(body, SIGNED.removeprefix("sha256="), [SECRET])


def test_a_harmless_comment_gets_no_opinion_so_that_premoderation_still_happens(server: Server) -> None:
    assert _ask(server, MESSAGE.read_bytes()) == {}
    assert server.logged() == [("daily", "coral", "publish", "publish")]


def test_a_call_to_violence_is_withheld_for_a_person(server: Server) -> None:
    assert _ask(server, _message("<p>kill &amp; burn</p>")) == {
        "status": "SYSTEM_WITHHELD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }
    (logged,) = server.log.logged()
    assert logged.decision.assessment.comment.text == "kill & burn"


def test_a_flag_has_no_status_which_would_end_corals_own_pipeline(server: Server) -> None:
    assert _ask(server, _message("you fool")) == {
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]
    }


def test_off_topic_is_flagged_as_spam_only_where_the_site_wants_it(make_server: MakeServer) -> None:
    for wanted, said in (
        (False, {}),
        (True, {"actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_SPAM"}]}),
    ):
        server = make_server(coral_flags_off_topic=wanted)
        story = json.loads(MESSAGE.read_bytes())["story"]["id"]
        server.client.put(
            f"/v1/articles/{story}", json={"title": "Bridge"}, headers={"Authorization": "Bearer secret"}
        )
        assert _ask(server, _message("Manchester United")) == said


REJECTS = """
name = "strict"
version = 1
[[rule]]
name = "off-topic"
score = "relevance"
below = 0.5
action = "reject"
because = "Is not about the article."
[[rule]]
name = "incitement"
score = "incitement"
at_least = 0.5
action = "reject"
because = "Calls for violence."
"""


def test_a_rejection_tells_the_author_why_in_corals_words(make_server: MakeServer) -> None:
    server = make_server(parse(REJECTS, "test"))
    said = _ask(server, _message("kill"))
    assert said["status"] == "REJECTED"
    assert said["moderationAction"] == {
        "status": "REJECTED",
        "rejectionReason": {
            "code": "ILLEGAL_CONTENT",
            "legalGrounds": "Incitement to violence",
            "detailedExplanation": "Calls for violence.",
        },
    }
    story = json.loads(MESSAGE.read_bytes())["story"]
    server.client.put(
        "/v1/articles/other-id",
        json={"title": "Bridge", "url": story["url"]},
        headers={"Authorization": "Bearer secret"},
    )
    said = _ask(server, _message("Manchester United"))
    assert said["moderationAction"]["rejectionReason"]["code"] == "IRRELEVANT_CONTENT"


def test_the_author_of_a_rejected_comment_does_not_read_what_broke() -> None:
    reason = Reason(
        rule="on-failure",
        action=Action.REJECT,
        when="failure",
        because="Could not be judged: harms: ValueError: shape.",
    )
    assert b"ValueError" not in coral.write_answer(Action.REJECT, [reason])


def test_every_score_has_a_rejection_code_that_coral_knows() -> None:
    known = set(
        "OFFENSIVE ABUSIVE SPAM BANNED_WORD AD ILLEGAL_CONTENT HARASSMENT_BULLYING MISINFORMATION HATE_SPEECH"
        " IRRELEVANT_CONTENT OTHER".split()
    )
    for score in ("relevance", "incitement", "identity_attack", "insult", "obscene", "spam"):
        reason = Reason(rule="r", action=Action.REJECT, score=score, value=0.9, at_least=0.5, because="So.")
        said = json.loads(coral.write_answer(Action.REJECT, [reason]))
        assert said["moderationAction"]["rejectionReason"]["code"] in known - {"OTHER"}
    assert json.loads(coral.write_answer(Action.REJECT, []))["moderationAction"]["rejectionReason"] == {
        "code": "OTHER"
    }


def test_a_repeated_message_is_answered_as_before_and_decided_once(server: Server) -> None:
    body = _message("kill them")
    assert _ask(server, body) == _ask(server, body)
    assert len(server.logged()) == 1


def test_an_answer_made_in_need_is_not_repeated(server: Server) -> None:
    body = _message("good morning")
    server.bench.broken = "no judge had time for it"
    assert _ask(server, body)["status"] == "SYSTEM_WITHHELD"
    server.bench.broken = None
    assert _ask(server, body) == {}


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Coral-Signature": "sha256=00"}, {"X-Coral-Signature": SIGNED}, {"X-Coral-Signature": ""}],
)
def test_what_is_not_signed_by_coral_is_withheld_and_not_judged(
    server: Server, headers: dict[str, str]
) -> None:
    assert _ask(server, _message("good morning"), headers)["status"] == "SYSTEM_WITHHELD"
    assert server.bench.threads == []
    assert server.logged() == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"{", b'{"comment": {"body": 5}}', b'{"comment": {"body": "x"}, "story": []}']
)
def test_what_cannot_be_read_is_withheld(server: Server, body: bytes) -> None:
    assert _ask(server, body)["status"] == "SYSTEM_WITHHELD"


def test_on_failure_the_policy_decides_and_shadow_mode_publishes(
    make_server: MakeServer, default_policy: Policy
) -> None:
    publishes = make_server(msgspec.structs.replace(default_policy, on_failure=Action.PUBLISH))
    shadow = make_server(shadow=True)
    for server in (publishes, shadow):
        server.bench.broken = "late"
        assert _ask(server, _message("good morning")) == {}
        assert _ask(server, b"{") == {}
        assert _ask(server, b" " * (server.config.body_limit + 1)) == {}
    assert _ask(shadow, _message("kill")) == {}


def test_a_mistake_of_ours_publishes_nothing(server: Server) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    server.desk.decide = broken  # type: ignore[method-assign, assignment]
    assert _ask(server, _message("good morning"))["status"] == "SYSTEM_WITHHELD"


def test_a_site_without_secrets_has_no_coral_endpoint(server: Server) -> None:
    assert server.client.post("/coral/weekly", content=b"{}").status_code == 404
    assert server.client.post("/coral/nobody", content=b"{}").status_code == 404
