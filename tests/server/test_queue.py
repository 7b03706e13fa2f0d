"""The moderators' queue, asked as browsers ask: who is let in, what they see, what is written down."""

import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from modfilter import verdicts
from modfilter.errors import UsageError
from modfilter.readers.scored import decisions
from modfilter.server import config as settings
from modfilter.server.access import hashed
from modfilter.server.sessions import SECONDS, Sessions
from modfilter.store import DecisionLog
from modfilter.store.decisions import _SCHEMA
from tests.conftest import Run, message_of
from tests.server.conftest import TOKEN, MakeServer, Server

HERE = "http://127.0.0.1:8750"
OWN = {"Origin": HERE}
HELD = "kill them all"


def browser(server: Server, token: str | None = None, base: str = HERE) -> TestClient:
    """Give a browser of its own, logged in with a token."""
    client = TestClient(server.client.app, base_url=base, raise_server_exceptions=False)
    if token:
        answer = client.post("/queue/login", data={"token": token}, headers={"Origin": base})
        assert answer.status_code == 200, answer.text
    return client


def moderate(server: Server, id: str, text: str = HELD, token: str = "secret", **more: Any) -> str:
    message = {"id": id, "text": text, **more}
    answer = server.client.post(
        "/v1/moderate", json=message, headers={**TOKEN, "Authorization": f"Bearer {token}"}
    )
    return str(answer.json()["action"])


def say(client: TestClient, id: str, verdict: str | None, *, headers: Any = OWN, **more: Any) -> Any:
    said = {"site": "daily", "seen": 1_000, "moderator": "Rudo", "id": id, "verdict": verdict, **more}
    return client.post("/queue/verdicts", json=said, headers=headers)


def data_of(page: str) -> Any:
    return json.loads(page.partition('id="data">')[2].partition("</script>")[0])


def ids(client: TestClient, address: str = "/queue") -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return sorted(data_of(answer.text)["columns"]["id"])


def heard(client: TestClient, **asked: Any) -> Any:
    answer = client.get("/queue/verdicts", params={"site": "daily", "seen": 1_000, "after": 0, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(server: Server) -> list[tuple[Any, ...]]:
    return server.log._all(
        "SELECT site, comment_id, decision, moderator, verdict, reason FROM verdict ORDER BY number", ()
    )


# ── who is let in ─────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_is_not_logged_in_sees_a_form_and_no_comment(server: Server) -> None:
    moderate(server, "c1")
    stranger = browser(server)
    page = stranger.get("/queue")
    assert 'name="token"' in page.text
    assert HELD not in page.text
    assert stranger.get("/queue/verdicts?site=daily").status_code == 401
    assert say(stranger, "c1", "approve").status_code == 401
    assert rows(server) == []


@pytest.mark.parametrize("token", ["wrong", "", "secret", hashed("rudo's"), "rudo's\0"])
def test_only_a_moderators_token_logs_in(server: Server, token: str) -> None:
    client = browser(server)
    answer = client.post("/queue/login", data={"token": token}, headers=OWN)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert 'name="token"' in client.get("/queue").text


def test_a_moderators_token_opens_nothing_else(server: Server) -> None:
    answer = server.client.post(
        "/v1/moderate", json={"id": "1", "text": "x"}, headers={"Authorization": "Bearer rudo's"}
    )
    assert answer.status_code == 401


def test_guessing_tokens_is_slowed_down(server: Server) -> None:
    client = browser(server)
    statuses = [
        client.post("/queue/login", data={"token": f"{n}"}, headers=OWN).status_code for n in range(12)
    ]
    assert statuses.count(429) >= 3


@pytest.mark.parametrize(
    ("base", "secure"), [(HERE, False), ("https://queue.example", True), ("http://queue.example", True)]
)
def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_goes_encrypted_or_not_at_all(
    server: Server, base: str, secure: bool
) -> None:
    client = browser(server, base=base)
    answer = client.post(
        "/queue/login", data={"token": "rudo's"}, headers={"Origin": base}, follow_redirects=False
    )
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/queue"} <= {part.strip() for part in cookie.split(";")}
    assert ("secure" in cookie.split("; ")) is secure
    assert "rudo" not in cookie


def test_a_browser_that_keeps_no_cookie_is_told_why_it_sees_the_form_again(server: Server) -> None:
    answer = browser(server, base="http://queue.example").post(
        "/queue/login", data={"token": "rudo's"}, headers={"Origin": "http://queue.example"}
    )
    assert "over HTTPS" in answer.text


def test_logging_out_ends_the_session_for_every_copy_of_the_cookie(server: Server) -> None:
    client = browser(server, "rudo's")
    copy = browser(server)
    copy.cookies = client.cookies
    assert heard(copy)["moderator"] == "Rudo"
    assert client.post("/queue/logout", headers=OWN).status_code == 200
    assert copy.get("/queue/verdicts?site=daily").status_code == 401


def test_a_session_ends_after_a_working_day() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    moderator = settings.Moderator(name="Rudo", tokens=(), sites=("daily",))
    id = sessions.begin(moderator)

    class Asked:
        cookies = {"modfilter_queue": id}  # noqa: RUF012

    assert sessions.of(Asked()) is not None  # type: ignore[arg-type]
    now[0] = SECONDS + 1
    assert sessions.of(Asked()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_page_makes_a_browser_send_is_refused(server: Server, headers: dict[str, str]) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    assert say(client, "c1", "approve", headers=headers).status_code == 403
    assert client.post("/queue/logout", headers=headers).status_code == 403
    assert client.post("/queue/login", data={"token": "tendai's"}, headers=headers).status_code == 403
    assert rows(server) == []
    assert heard(client)["moderator"] == "Rudo"


def test_a_form_of_another_page_could_not_send_a_verdict(server: Server) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    said = json.dumps(
        {"site": "daily", "seen": 9, "moderator": "Rudo", "id": "c1", "verdict": "approve", "reason": None}
    )
    answer = client.post("/queue/verdicts", content=said, headers={**OWN, "Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_behind_a_proxy_that_changes_the_host_the_browsers_own_word_counts(server: Server) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    headers = {"Origin": "https://queue.example", "Sec-Fetch-Site": "same-origin"}
    assert say(client, "c1", "approve", headers=headers).status_code == 200


# ── what they see ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_queue_lists_what_is_held_and_what_shadow_mode_let_through(make_server: MakeServer) -> None:
    server = make_server(shadow=True)
    assert moderate(server, "c1") == "publish"
    moderate(server, "c2", "Good morning")
    client = browser(server, "rudo's")
    page = client.get("/queue")
    data = data_of(page.text)
    assert data["columns"]["id"] == ["c1"]
    assert data["live"]["site"] == "daily"
    assert "<bdi>daily, 20" in page.text


def test_comments_of_another_site_are_neither_shown_nor_decided(server: Server) -> None:
    moderate(server, "ours")
    moderate(server, "theirs", token="other")
    rudo, tendai = browser(server, "rudo's"), browser(server, "tendai's")
    assert ids(rudo) == ["ours"]
    assert ids(tendai, "/queue?site=weekly") == ["theirs"]
    assert rudo.get("/queue?site=weekly").status_code == 404
    assert rudo.get("/queue/verdicts?site=weekly").status_code == 404
    assert say(rudo, "theirs", "approve", site="weekly").status_code == 404
    assert say(rudo, "theirs", "approve").status_code == 404
    assert say(tendai, "theirs", "approve", site="weekly", moderator="Tendai").status_code == 200
    assert [row[:2] for row in rows(server)] == [("weekly", "theirs")]
    assert heard(rudo)["sites"] == ["daily"]
    assert heard(tendai)["sites"] == ["daily", "weekly"]


def test_a_comment_shows_what_it_answers_even_if_that_was_only_sent_with_it(server: Server) -> None:
    moderate(server, "c1", parent_id="p", above=[{"id": "p", "text": "Where are they?", "author": "Mai"}])
    page = browser(server, "rudo's").get("/queue").text
    near = page.partition('id="near-0">')[2].partition("</script>")[0]
    assert json.loads(near) == ["p", "Mai", "Where are they?"]


def test_a_comment_that_was_changed_counts_as_it_is_now(server: Server) -> None:
    client = browser(server, "rudo's")
    moderate(server, "c1")
    moderate(server, "c2")
    assert say(client, "c2", "remove", reason="insult").status_code == 200
    moderate(server, "c1", "Good morning")
    moderate(server, "c2", "kill them both")
    assert ids(client) == ["c2"]
    # What was said of the old text does not stand for the new one; a page of before still shows it.
    assert heard(client)["verdicts"] == []
    assert [each["id"] for each in heard(client, seen=2)["verdicts"]] == ["c2"]


def test_a_comment_that_came_without_a_time_is_as_old_as_its_decision(server: Server) -> None:
    moderate(server, "c1")
    moderate(server, "c2", created_at="2026-03-02T12:00:00Z")
    columns = data_of(browser(server, "rudo's").get("/queue").text)["columns"]
    when = dict(zip(columns["id"], columns["when"], strict=True))
    assert abs(when["c1"] - time.time()) < 60
    assert when["c2"] == datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


def test_texts_that_were_erased_are_gone_from_the_queue(server: Server) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    assert ids(client) == ["c1"]
    server.log.erase()
    assert ids(client, "/queue?days=3") == []


def test_the_page_is_drawn_again_as_soon_as_something_new_is_to_be_reviewed(server: Server) -> None:
    client = browser(server, "rudo's")
    moderate(server, "c1")
    assert ids(client) == ["c1"]
    seen = data_of(client.get("/queue").text)["live"]["seen"]
    moderate(server, "calm", "Good morning")
    assert heard(client, seen=seen)["waiting"] == 0
    moderate(server, "c2")
    assert heard(client, seen=seen)["waiting"] == 1
    assert ids(client) == ["c1", "c2"]


@pytest.mark.parametrize(
    "asked", ["days=0", "days=-1", "days=nan", "days=inf", "days=1e9", "days=x", "days=91"]
)
def test_days_that_make_no_sense_are_refused(server: Server, asked: str) -> None:
    answer = browser(server, "rudo's").get(f"/queue?{asked}")
    assert answer.status_code == 422
    assert "days" in answer.json()["error"]


def test_what_strangers_wrote_stays_text_and_only_the_pages_own_script_may_run(server: Server) -> None:
    hostile = "kill them </script><script>alert(1)</script><img src=x onerror=alert(2)>"
    moderate(server, hostile, hostile, author=hostile, article={"id": hostile, "title": hostile})
    answer = browser(server, "rudo's").get("/queue")
    assert ids(browser(server, "rudo's")) == [hostile]
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    allowed = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert allowed["default-src"] == allowed["base-uri"] == allowed["frame-ancestors"] == "'none'"
    assert allowed["script-src"].startswith("'sha256-")
    assert allowed["connect-src"] == allowed["form-action"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in browser(server).get("/queue").headers["content-security-policy"]


# ── what they say ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_verdict_is_stored_with_who_and_why_before_the_answer(server: Server) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    answer = say(client, "c1", "remove", reason="incitement")
    assert {key: answer.json()[key] for key in ("id", "verdict", "reason", "moderator")} == {
        "id": "c1",
        "verdict": "remove",
        "reason": "incitement",
        "moderator": "Rudo",
    }
    assert rows(server) == [("daily", "c1", 1, "Rudo", "remove", "incitement")]


def test_of_two_moderators_both_verdicts_are_stored_and_the_later_holds(server: Server) -> None:
    moderate(server, "c1")
    rudo, tendai = browser(server, "rudo's"), browser(server, "tendai's")
    say(rudo, "c1", "approve")
    known = heard(tendai)
    assert [(each["verdict"], each["moderator"]) for each in known["verdicts"]] == [("approve", "Rudo")]
    say(tendai, "c1", "remove", reason="insult", moderator="Tendai")
    (news,) = heard(rudo, after=known["number"])["verdicts"]
    assert (news["verdict"], news["reason"], news["moderator"]) == ("remove", "insult", "Tendai")
    assert heard(rudo, after=news["number"])["verdicts"] == []
    assert [row[3:5] for row in rows(server)] == [("Rudo", "approve"), ("Tendai", "remove")]


def test_taking_back_is_a_row_too_and_lets_the_others_word_hold_again(server: Server) -> None:
    moderate(server, "c1")
    rudo, tendai = browser(server, "rudo's"), browser(server, "tendai's")
    say(rudo, "c1", "approve")
    say(tendai, "c1", "remove", reason="insult", moderator="Tendai")
    back = say(tendai, "c1", None, moderator="Tendai").json()
    assert (back["verdict"], back["moderator"], back["number"]) == ("approve", "Rudo", 3)
    assert say(rudo, "c1", None).json()["verdict"] is None
    (news,) = heard(tendai, after=3)["verdicts"]
    assert news["verdict"] is None
    assert [row[4] for row in rows(server)] == ["approve", "remove", None, None]


def test_nobody_speaks_in_anothers_name(server: Server) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    assert say(client, "c1", "approve", moderator="Tendai").status_code == 409
    assert rows(server) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "delete"},
        {"verdict": "remove", "reason": "ugly"},
        {"verdict": "approve", "reason": "spam"},
        {"at": "2020-01-01T00:00:00Z"},
        {"id": 7},
        {"seen": "all"},
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused(server: Server, wrong: dict[str, Any]) -> None:
    moderate(server, "c1")
    client = browser(server, "rudo's")
    assert say(client, **{"id": "c1", "verdict": "approve", **wrong}).status_code == 422
    assert say(client, "never seen", "approve").status_code == 404
    assert rows(server) == []


def test_while_nothing_can_be_written_the_moderator_is_told_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modfilter.server.queue.WRITE_SECONDS", 0.2)
    moderate(server, "c1")
    client = browser(server, "rudo's")
    other = sqlite3.connect(server.log.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = say(client, "c1", "approve")
    assert answer.status_code == 503
    assert "not on disk" in answer.json()["error"]
    other.execute("ROLLBACK")
    other.close()


def test_verdicts_can_neither_be_changed_nor_deleted(server: Server) -> None:
    moderate(server, "c1")
    say(browser(server, "rudo's"), "c1", "approve")
    database = sqlite3.connect(server.log.path)
    for change in ("UPDATE verdict SET verdict = 'remove'", "DELETE FROM verdict"):
        with pytest.raises(sqlite3.IntegrityError, match="verdicts stay"):
            database.execute(change)
    database.close()


def test_verdicts_go_from_the_server_into_learning(server: Server, run: Run, tmp_path: Path) -> None:
    for id in ("c1", "c2", "c3"):
        moderate(server, id)
    rudo, tendai = browser(server, "rudo's"), browser(server, "tendai's")
    say(rudo, "c1", "remove", reason="incitement")
    say(rudo, "c2", "approve")
    say(tendai, "c3", "approve", moderator="Tendai")
    say(tendai, "c3", None, moderator="Tendai")
    folder = server.log.path.parent
    said, scored, reviewed = (tmp_path / f"{name}.jsonl" for name in ("verdicts", "scored", "reviewed"))
    assert run("log", "verdicts", folder, "-o", said).status == 0
    lines = [verdicts.decode(line) for line in said.read_bytes().splitlines()]
    assert [(v.id, v.verdict, v.reason, v.moderator) for v in lines] == [
        ("c1", "remove", "incitement", "Rudo"),
        ("c2", "approve", None, "Rudo"),
        ("c3", "approve", None, "Tendai"),
        ("c3", "skip", None, "Tendai"),
    ]
    assert run("log", "export", folder, "-o", scored).status == 0
    assert len([*decisions(scored)]) == 3
    assert run("feedback", "import", said, "--scored", scored, "-o", reviewed).status == 0
    found = [json.loads(line) for line in reviewed.read_text().splitlines()]
    assert {each["record"]["id"]: each["verdicts"][-1]["verdict"] for each in found} == {
        "c1": "remove",
        "c2": "approve",
    }
    assert run("log", "verdicts", folder, "--site", "weekly", "-o", said).status == 0
    assert said.read_bytes() == b""


# ── what it is told ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_of_before_there_were_moderators_is_carried_on(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    old = sqlite3.connect(path)
    old.executescript(f"{_SCHEMA}; PRAGMA user_version = 1")
    old.execute("INSERT INTO feedback VALUES (1, '2026-01-01', 'daily', 'akismet', 'c1', 'ham')")
    old.commit()
    old.close()
    for _ in range(2):
        log = DecisionLog(path)
        assert log.counts() == {"decision": 0, "text": 0, "feedback": 1, "verdict": 0}
        log.close()


def test_a_moderator_needs_a_hashed_token_and_sites_that_are_there(tmp_path: Path) -> None:
    def loaded(moderator: str) -> list[settings.Moderator]:
        path = tmp_path / "server.toml"
        path.write_text(f'[[site]]\nname = "daily"\n{moderator}')
        config = settings.load(path, {})
        return settings.moderators(config, settings.sites(config, tmp_path, None, {}), {"RUDO": "rudo's"})

    table = '[[moderator]]\nname = "Rudo"\n'
    (rudo,) = loaded(f'{table}tokens = ["$RUDO"]\nsites = ["daily"]')
    assert rudo == settings.Moderator(name="Rudo", tokens=(hashed("rudo's"),), sites=("daily",))
    wrong = {
        'tokens = ["$RUDO"]\nsites = ["weekly"]': "no site 'weekly'",
        'tokens = ["rudo"]\nsites = ["daily"]': "moderator Rudo: a token in the file must be a hash",
        'tokens = ["$GONE"]\nsites = ["daily"]': "moderator Rudo: GONE is not set",
        'tokens = ["$RUDO"]': "sites",
        f'tokens = ["$RUDO"]\nsites = ["daily"]\n{table}tokens = ["$RUDO"]\nsites = ["daily"]': "two moderators",
    }
    for keys, said in wrong.items():
        assert said in message_of(lambda keys=keys: loaded(table + keys), UsageError)


def test_without_moderators_there_is_no_queue(server: Server) -> None:
    from modfilter.server.app import create_app
    from modfilter.server.desk import Desk
    from modfilter.server.metrics import Metrics

    desk = Desk(server.bench, server.articles, server.log, Metrics())  # type: ignore[arg-type]
    assert TestClient(create_app(desk, server.config, [])).get("/queue").status_code == 404
