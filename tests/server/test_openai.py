from typing import Any

import msgspec
import pytest

from modfilter.hooks.openai import UNSCORED
from modfilter.policy import Policy
from modfilter.records import Action
from tests.server.conftest import TOKEN, MakeServer, Server


@pytest.fixture
def willing(make_server: MakeServer) -> Server:
    """A site that knows that some categories are not scored."""
    return make_server(unscored="null")


def _ask(server: Server, asked: object) -> Any:
    message = {"model": "omni-moderation-latest", "input": asked}
    return server.client.post("/v1/moderations", json=message, headers=TOKEN)


def test_categories_that_are_not_scored_are_refused_unless_the_site_takes_null(server: Server) -> None:
    answer = _ask(server, "kill them")
    assert answer.status_code == 400
    assert "sexual/minors" in answer.json()["error"]["message"]
    assert 'unscored = "null"' in answer.json()["error"]["message"]
    assert server.bench.threads == []


def test_a_call_to_violence_is_flagged_and_unscored_categories_are_null(willing: Server) -> None:
    answer = _ask(willing, "kill them").json()
    (result,) = answer["results"]
    assert result["flagged"] is True
    assert result["categories"]["harassment/threatening"] is True
    assert result["category_scores"]["harassment/threatening"] == 0.9
    for name in UNSCORED:
        assert result["categories"][name] is None
        assert result["category_scores"][name] is None
        assert result["category_applied_input_types"][name] == []
    assert result["categories"].keys() == result["category_scores"].keys()
    assert len(result["categories"]) == 13  # OpenAI's list
    assert willing.logged() == [("daily", "openai", "hold", "hold")]


def test_several_inputs_have_several_results(willing: Server) -> None:
    results = _ask(willing, ["hello", "kill them", "you fool"]).json()["results"]
    assert [result["flagged"] for result in results] == [False, True, False]
    parts = [{"type": "text", "text": "please"}, {"type": "text", "text": "kill them"}]
    (result,) = _ask(willing, parts).json()["results"]
    assert result["flagged"]


@pytest.mark.parametrize(
    "asked",
    [None, [], 5, [5], [{"type": "text"}], [{"type": "image_url", "image_url": {"url": "x"}}], ["x"] * 1_001],
)
def test_what_cannot_be_read_is_an_error_in_openais_shape(willing: Server, asked: object) -> None:
    answer = _ask(willing, asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"]


def test_on_failure_the_policy_decides(make_server: MakeServer, default_policy: Policy) -> None:
    held = make_server(unscored="null")
    held.bench.broken = "late"
    assert _ask(held, "hello").json()["results"][0]["flagged"] is True
    published = make_server(
        msgspec.structs.replace(default_policy, on_failure=Action.PUBLISH), unscored="null"
    )
    published.bench.broken = "late"
    (result,) = _ask(published, "hello").json()["results"]
    assert result["flagged"] is False
    assert result["category_scores"]["hate"] is None
    closed = make_server(unscored="null", fails_closed=True)
    closed.bench.broken = "late"
    assert _ask(closed, "hello").status_code == 503
    shadow = make_server(unscored="null", shadow=True)
    assert _ask(shadow, ["kill", "kill"]).json()["results"][1]["flagged"] is False
