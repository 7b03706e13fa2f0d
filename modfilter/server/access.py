"""Who may ask, and how often: tokens that are kept as hashes, and a bucket of requests for each."""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from hashlib import sha256

HASHED = "sha256:"


def new_token() -> str:
    """Make a token that nobody can guess: 32 random bytes, so its hash needs no salt."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Give the SHA-256 of a token, in hexadecimal."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class Tokens:
    """The tokens of all sites, or moderators. Each has a bucket that fills at its rate and holds a second of it."""

    def __init__(self, owners: Mapping[str, str], rates: Mapping[str, float]) -> None:
        self._owners = dict(owners)
        self._buckets = {token: Bucket(rates[owner]) for token, owner in self._owners.items()}

    def owner(self, token: str) -> str | None:
        """Give the name of whom a token is of."""
        given = hashed(token)
        found = None
        for known, owner in self._owners.items():  # all of them, each in constant time
            if hmac.compare_digest(known, given):
                found = owner
        return found

    def admit(self, token: str) -> bool:
        """Whether a token, which must be known, may ask once more."""
        return self._buckets[hashed(token)].take()


class Bucket:
    """A token bucket (RFC 2697): so many a second, and a second's worth at once."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._most = max(1.0, rate)
        self._left, self._at = self._most, clock()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
