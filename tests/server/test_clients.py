"""The clients that sites use today, with only their address changed, against a running server."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Running, running

CALL, PEACE = "Ava ngavarohwe vese kusvika vaenda", "Makorokoto kuna vese vakashanda nesimba"
PLUGIN = Path(__file__).parents[2] / "docs" / "integrations" / "wordpress" / "modfilter.php"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    # Tests are not about speed: a busy machine must not answer for want of time.
    with running(tmp_path_factory.mktemp("clients"), 'tier = "auto"') as it:
        it.moderate(PEACE, deadline_ms=30_000)
        yield it


def test_openais_client(server: Running) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(api_key="secret", base_url=f"http://127.0.0.1:{server.port}/v1", max_retries=0)
    answer = client.moderations.create(model="omni-moderation-latest", input=[CALL, PEACE])
    call, peace = answer.results
    assert (call.flagged, peace.flagged) == (True, False)
    assert call.categories.harassment_threatening is True
    assert call.category_scores.harassment_threatening > 0.5
    assert call.category_scores.sexual_minors is None
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").moderations.create(input=CALL)
    with pytest.raises(openai.BadRequestError, match="images are not read"):
        client.moderations.create(
            input=[{"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}]
        )
    client.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_googles_client_for_perspective(server: Running) -> None:
    discovery = pytest.importorskip("googleapiclient.discovery")
    from googleapiclient.errors import HttpError

    http = pytest.importorskip("httplib2").Http()
    # As Perspective's documentation has it, with another address.
    client = discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="secret",
        discoveryServiceUrl=f"http://127.0.0.1:{server.port}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
        http=http,
    )
    wanted = {"comment": {"text": CALL}, "requestedAttributes": {"THREAT": {}, "TOXICITY": {}}}
    scores = client.comments().analyze(body=wanted).execute()["attributeScores"]
    assert scores["THREAT"]["summaryScore"]["value"] > 0.5
    assert scores["TOXICITY"]["summaryScore"]["value"] > 0.5
    with pytest.raises(HttpError, match="FLIRTATION is not scored"):
        client.comments().analyze(body={**wanted, "requestedAttributes": {"FLIRTATION": {}}}).execute()
    suggested = {
        **wanted,
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
        "clientToken": "c7",
    }
    assert client.comments().suggestscore(body=suggested).execute() == {"clientToken": "c7"}
    http.close()


def test_an_akismet_client(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    akismet = pytest.importorskip("akismet")
    import httpx
    from akismet import _common

    monkeypatch.setattr(_common, "_API_URL", f"http://127.0.0.1:{server.port}")
    with httpx.Client(timeout=20) as http:
        config = akismet.Config(key="secret", url="https://example.org")
        client = akismet.SyncClient.validated_client(config=config, http_client=http)
        peace = {"user_ip": "192.0.2.1", "comment_content": PEACE}
        assert client.comment_check(**peace) is akismet.CheckResponse.HAM
        assert client.comment_check(**peace, comment_author="viagra-test-123") is akismet.CheckResponse.SPAM
        # A call to violence is not spam, and must not be buried as such: the client says that it was told neither.
        with pytest.raises(akismet.ProtocolError):
            client.comment_check(user_ip="192.0.2.1", comment_content=CALL)
        assert client.submit_ham(**peace)
        assert client.submit_spam(**peace)
        wrong = akismet.Config(key="wrong", url="https://example.org")
        with pytest.raises(akismet.APIKeyError):
            akismet.SyncClient.validated_client(config=wrong, http_client=http)


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
class TestWordPressPlugin:
    """The plugin file under php, with the few functions of WordPress that it calls."""

    STUBS = Path(__file__).parent / "messages" / "wordpress_stubs.php"

    def _approved(self, address: str, text: str, approved: str = "1", token: str = "secret") -> Any:
        done = subprocess.run(
            ["php", str(self.STUBS), str(PLUGIN), address, token, base64.b64encode(text.encode()).decode(), approved],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def test_it_publishes_holds_and_sends_what_is_needed(self, server: Running) -> None:
        address = f"http://127.0.0.1:{server.port}"
        assert self._approved(address, PEACE)["approved"] == 1
        held = self._approved(address, CALL)
        assert held["approved"] == 0
        assert held["sent"]["article"]["title"] == "Border closed"
        assert held["sent"]["above"][0]["text"] == "Handei kuborder"
        assert held["sent"]["text"] == CALL

    def test_what_wordpress_has_decided_already_stays(self, server: Running) -> None:
        address = f"http://127.0.0.1:{server.port}"
        assert self._approved(address, PEACE, approved="spam")["approved"] == "spam"

    def test_without_an_answer_a_comment_waits_for_a_person(self, server: Running) -> None:
        assert self._approved("http://127.0.0.1:9", PEACE)["approved"] == 0
        assert self._approved(f"http://127.0.0.1:{server.port}", PEACE, token="wrong")["approved"] == 0
