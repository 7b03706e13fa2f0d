from pathlib import Path

import pytest

from modfilter.errors import UsageError
from modfilter.server.access import hashed
from modfilter.server.config import Config, load, sites
from tests.conftest import message_of


def test_without_a_file_there_is_one_site_with_the_token_of_the_environment() -> None:
    config = load(None, {"MODFILTER_PORT": "9000", "MODFILTER_TIER": "fast", "MODFILTER_DATA": "/srv/data"})
    assert (config.host, config.port, config.tier, config.data) == ("127.0.0.1", 9000, "fast", "/srv/data")
    (site,) = sites(config, Path(), None, {"MODFILTER_TOKEN": "secret"})
    assert (site.name, site.tokens) == ("default", (hashed("secret"),))
    (closed,) = sites(config, Path(), None, {})
    assert closed.tokens == ()


def test_a_site_has_its_own_policy_tokens_and_secrets(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('name = "own"\nversion = 7\n')
    (tmp_path / "server.toml").write_text(
        f'[[site]]\nname = "daily"\ntokens = ["sha256:{hashed("a")}", "$B"]\n'
        'coral_secrets = ["plain", "$C"]\npolicy = "own.toml"\n[[site]]\nname = "weekly"\n'
    )
    config = load(tmp_path / "server.toml", {})
    daily, weekly = sites(config, tmp_path, None, {"B": "b", "C": "c"})
    assert daily.tokens == (hashed("a"), hashed("b"))
    assert daily.coral_secrets == ("plain", "c")
    assert daily.policy.title == "own@7"
    assert daily.policy_text == b'name = "own"\nversion = 7\n'
    assert weekly.policy.name == "default"


@pytest.mark.parametrize(
    ("environment", "wrong"),
    [
        ({"MODFILTER_PORT": "high"}, "port"),
        ({"MODFILTER_PORT": "70000"}, "65535"),
        ({"MODFILTER_TIER": "x"}, "tier"),
        ({"MODFILTER_JUDGES": "0"}, "judges"),
    ],
)
def test_a_wrong_environment_is_told(environment: dict[str, str], wrong: str) -> None:
    assert wrong in message_of(lambda: load(None, environment), UsageError)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in message_of(lambda: load(tmp_path / "nowhere.toml", {}), UsageError)
    assert Config().port == 8750
