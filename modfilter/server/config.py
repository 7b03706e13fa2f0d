"""What the server is told: a TOML file, and the environment for what must not stand in a file."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from modfilter import policy as policies
from modfilter.errors import UsageError
from modfilter.policy import Policy
from modfilter.server.access import HASHED, hashed

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_Name = Annotated[str, Meta(pattern="^[A-Za-z0-9._-]+$")]
_Above0 = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class SiteTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `[[site]]`: one comment system, with its own tokens and its own rules."""

    name: _Name
    tokens: tuple[str, ...] = ()
    """`sha256:…`, as `modfilter token` prints them, or `$NAME` for a token in the environment."""
    coral_secrets: tuple[str, ...] = ()
    """Coral's signing secrets; `$NAME` takes one from the environment."""
    policy: str | None = None
    """A policy file, beside this one; without it, the default policy."""
    shadow: bool = False
    """Decide and log, and always answer `publish`."""
    deadline_ms: Annotated[int, Meta(ge=10, le=60_000)] | None = None
    """Milliseconds in which callers want an answer, where neither they nor their protocol say it."""
    requests_per_second: _Above0 = 200
    """For each token."""
    fails_closed: bool = False
    """Callers hold what is answered with an error: then 503 may be sent instead of a decision."""
    unscored: Literal["refuse", "null"] = "refuse"
    """What OpenAI's clients get for categories that are not scored."""
    coral_flags_off_topic: bool = False
    """Flag off-topic comments in Coral as spam: it has no better word."""


class ModeratorTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `[[moderator]]`: somebody who may see and decide what is to be reviewed, and nothing else."""

    name: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """Written beside each verdict."""
    tokens: Annotated[tuple[str, ...], Meta(min_length=1)]
    """As a site's."""
    sites: Annotated[tuple[str, ...], Meta(min_length=1)]
    """The sites whose comments they may see."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8750
    judges: Annotated[int, Meta(ge=1, le=256)] | None = None
    """Processes that read comments; one a core without it."""
    tier: Literal["auto", "fast", "deep"] = "auto"
    models: str | None = None
    data: str = "modfilter-data"
    """Folder of the articles and the decision log."""
    languages: tuple[str, ...] = ()
    waiting: _Count = 200
    """Messages that may wait for a judge; what comes beyond is answered at once, as the policy says for failures."""
    body_limit: _Count = 2 * 1024 * 1024
    """Bytes of a message."""
    read_seconds: _Above0 = 10
    """In which a message must have come."""
    keep_texts_days: _Above0 = 90
    """After which the texts in the decision log are erased; the decisions stay."""
    keep_articles_days: _Above0 = 60
    log_level: Literal["debug", "info", "warning"] = "info"
    site: tuple[SiteTable, ...] = ()
    moderator: tuple[ModeratorTable, ...] = ()

    def __post_init__(self) -> None:
        for kind, tables in (("sites", self.site), ("moderators", self.moderator)):
            names = [table.name for table in tables]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice:
                raise ValueError(f"two {kind} are called {twice!r}")


class Site(Struct, frozen=True, kw_only=True):
    """A site, with its policy and secrets at hand."""

    table: SiteTable
    policy: Policy
    policy_text: bytes
    """The policy's TOML, for the decision log."""
    tokens: tuple[str, ...]
    """SHA-256 of each, in hexadecimal."""
    coral_secrets: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.table.name


class Moderator(Struct, frozen=True, kw_only=True):
    """A moderator, with secrets at hand."""

    name: str
    tokens: tuple[str, ...]
    """SHA-256 of each, in hexadecimal."""
    sites: tuple[str, ...]


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration, the default one without a path; raise UsageError that says which key is wrong.

    MODFILTER_HOST, MODFILTER_PORT, MODFILTER_JUDGES, MODFILTER_TIER and MODFILTER_DATA of the environment win.
    """
    values: dict[str, object] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path}: not TOML: {error}") from error
    for key in ("host", "port", "judges", "tier", "data"):
        given = environment.get(f"MODFILTER_{key.upper()}")
        if given:
            values[key] = int(given) if key in ("port", "judges") and given.isdigit() else given
    try:
        return msgspec.convert(values, Config)
    except (msgspec.ValidationError, ValueError) as error:
        raise UsageError(
            f"{path or 'the environment'}: {error}\nSee docs/server.md for every key."
        ) from error


def sites(
    config: Config, folder: Path, policy: Path | None, environment: Mapping[str, str] = os.environ
) -> list[Site]:
    """Load what each site needs; raise UsageError or PolicyError. `folder`: where policy files are looked for.

    Without a `[[site]]`, there is one called "default", with the token of MODFILTER_TOKEN.
    """
    tables = config.site
    if not tables:
        token = environment.get("MODFILTER_TOKEN", "")
        tables = (SiteTable(name="default", tokens=("$MODFILTER_TOKEN",) if token else ()),)
    return [_site(table, folder, policy, environment) for table in tables]


def moderators(
    config: Config, sites: Sequence[Site], environment: Mapping[str, str] = os.environ
) -> list[Moderator]:
    """Load what each moderator needs; raise UsageError where they shall see a site that is not there."""
    known = {site.name for site in sites}
    for table in config.moderator:
        missing = [name for name in table.sites if name not in known]
        if missing:
            raise UsageError(
                f"moderator {table.name}: there is no site {missing[0]!r}\nThe sites are {', '.join(sorted(known))}."
            )
    return [
        Moderator(
            name=table.name,
            tokens=_hashes(table.tokens, f"moderator {table.name}", environment),
            sites=table.sites,
        )
        for table in config.moderator
    ]


def _site(table: SiteTable, folder: Path, policy: Path | None, environment: Mapping[str, str]) -> Site:
    path = folder / table.policy if table.policy else policy
    rules = policies.load(path)
    whose = f"site {table.name}"
    return Site(
        table=table,
        policy=rules,
        policy_text=policies.read(path).encode(),
        tokens=_hashes(table.tokens, whose, environment),
        coral_secrets=tuple(_secret(secret, whose, environment) for secret in table.coral_secrets),
    )


def _hashes(tokens: Sequence[str], whose: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    found = []
    for token in tokens:
        if token.startswith("$"):
            found.append(hashed(_secret(token, whose, environment)))
        elif token.startswith(HASHED) and len(token) == len(HASHED) + 64:
            found.append(token.removeprefix(HASHED))
        else:
            raise UsageError(
                f"{whose}: a token in the file must be a hash (sha256:…) or the name of an environment"
                " variable ($NAME)\nMake one with `modfilter token`."
            )
    return tuple(found)


def _secret(name: str, whose: str, environment: Mapping[str, str]) -> str:
    if not name.startswith("$"):
        return name
    secret = environment.get(name[1:], "")
    if not secret:
        raise UsageError(f"{whose}: {name[1:]} is not set in the environment")
    return secret
