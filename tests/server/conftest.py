"""A server without models: its bench asks the stub judges, or fails in the way a test wants."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from modfilter.pipeline import Judges, assess
from modfilter.policy import Policy
from modfilter.records import Article, Assessment, Thread
from modfilter.server.access import hashed
from modfilter.server.app import create_app
from modfilter.server.bench import UnansweredError
from modfilter.server.config import Config, Moderator, Site, SiteTable
from modfilter.server.desk import Desk
from modfilter.server.metrics import Metrics
from modfilter.server.wire import Hello
from modfilter.store import Articles, DecisionLog

SECRET = "empsec_0123456789abcdef"
TOKEN = {"Authorization": "Bearer secret"}


class StubBench:
    """Judges that sit in this process. `broken`: why none of them can speak."""

    waiting = deaths = 0

    def __init__(self, judges: Judges) -> None:
        self._judges = judges
        self.hello = Hello(1, b'{"harms": {"version": "0"}}', judges.measured)
        self.judges = 1
        self.broken: str | None = None
        self.threads: list[Thread] = []
        self.prepared: list[Article] = []

    async def ask(self, thread: Thread, _seconds: float) -> Sequence[Assessment]:
        if self.broken:
            raise UnansweredError(self.broken, "late")
        self.threads.append(thread)
        return assess([thread], self._judges)

    def prepare(self, article: Article) -> None:
        self.prepared.append(article)


class Server:
    """A server under test, with its parts at hand."""

    def __init__(self, folder: Path, judges: Judges, policy: Policy, **table: Any) -> None:
        self.bench = StubBench(judges)
        self.articles = Articles(folder / "articles.sqlite", keep_days=1)
        self.log = DecisionLog(folder / "decisions.sqlite")
        self.config = Config(body_limit=100_000)
        site = _site("daily", "secret", policy, coral_secrets=(SECRET,), **table)
        other = _site("weekly", "other", policy)
        moderators = [
            Moderator(name="Rudo", tokens=(hashed("rudo's"),), sites=("daily",)),
            Moderator(name="Tendai", tokens=(hashed("tendai's"),), sites=("daily", "weekly")),
        ]
        self.desk = Desk(self.bench, self.articles, self.log, Metrics())  # type: ignore[arg-type]
        self.client = TestClient(
            create_app(self.desk, self.config, [site, other], moderators), raise_server_exceptions=False
        )

    def logged(self) -> list[tuple[str, str, str, str]]:
        """Site, protocol, action and answer of each logged decision."""
        return [
            (each.site, each.protocol, each.decision.action.value, each.answered.value)
            for each in self.log.logged()
        ]


def _site(name: str, token: str, policy: Policy, coral_secrets: tuple[str, ...] = (), **table: Any) -> Site:
    return Site(
        table=SiteTable(name=name, **table),
        policy=policy,
        policy_text=b"name = 'a policy'",
        tokens=(hashed(token),),
        coral_secrets=coral_secrets,
    )


MakeServer = Callable[..., Server]


@pytest.fixture
def make_server(tmp_path: Path, stub_judges: Judges, default_policy: Policy) -> Iterator[MakeServer]:
    made: list[Server] = []

    def make(policy: Policy = default_policy, judges: Judges = stub_judges, **table: Any) -> Server:
        server = Server(tmp_path / str(len(made)), judges, policy, **table)
        made.append(server)
        return server

    yield make
    for server in made:
        server.client.close()
        server.log.close()
        server.articles.close()


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server()
