"""What the tests share: the fixture threads, a way to run commands, and judges that need no model files."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from modfilter import policy as policies
from modfilter.encoder import Encode, Encoded, Shares
from modfilter.errors import ModfilterError
from modfilter.harms import Harms
from modfilter.pipeline import Judges, Tier, load_judges
from modfilter.policy import Policy
from modfilter.reading import Reading, Side
from modfilter.records import (
    Article,
    Evidence,
    LanguageMix,
    Score,
    Stance,
    StanceLabel,
    Topic,
)
from modfilter.relevance import Relevance

# A busy machine must not turn a slow example into a failed one.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

ROOT = Path(__file__).parent.parent
THREADS = ROOT / "fixtures" / "threads"
SEED_PAGE = ROOT.parent / "shared" / "seeds" / "004_5bd3bd16fb041620.txt"
"""A real page with a real thread; it lies beside the checkout or it does not."""


@pytest.fixture(scope="session")
def judges() -> Judges:
    """The shipped models, loaded once."""
    return load_judges()


@pytest.fixture(scope="session")
def default_policy() -> Policy:
    return policies.load()


def encode_nothing(sides: Sequence[Side]) -> Encoded:
    """Stand in for an encoder where the judges are stubs, too."""
    nothing = np.zeros((len(sides), 4), dtype=np.float32)
    return Encoded(nothing, nothing, nothing, nothing, lambda _row: Shares([], nothing))


@pytest.fixture
def stub_judges() -> Judges:
    """Judges that go by one word each: `kill` incites, `fool` insults, `soko` is Shona."""

    def language(texts: Sequence[str]) -> list[LanguageMix]:
        return [_mix("sn" if "soko" in text else "ka" if "ქ" in text else "en") for text in texts]

    def harms(
        readings: Sequence[Reading], _languages: Sequence[LanguageMix], _encoded: Encoded
    ) -> list[Harms]:
        return [_harms(reading.comment.text) for reading in readings]

    def relevance(
        readings: Sequence[Reading],
        _encoded: Encoded,
        _encode: Encode,
        _parents: Sequence[int | float | None],
        _shelf: Sequence[Article],
    ) -> list[Relevance]:
        return [
            Relevance(None, Topic())
            if reading.article is None
            else Relevance(
                Score(name="relevance", value=0.9 if reading.article.title in reading.comment.text else 0.1),
                Topic(),
            )
            for reading in readings
        ]

    return Judges(
        language=language,
        tiers={"fast": Tier(encode_nothing, harms, relevance)},
        undecided={},
        explain=list,
        unmask=None,
        versions={"language": "0", "relevance": "0", "harms": "0"},
        measured=frozenset({"sn", "en"}),
    )


def _mix(language: str) -> LanguageMix:
    return LanguageMix(main=language, mix={language: 1.0}, confidence=0.9)


def _harms(text: str) -> Harms:
    incites = 0.9 if "kill" in text else 0.01
    stance = Stance.of(
        dict.fromkeys(StanceLabel, 0.0) | {StanceLabel.CALLS_FOR: incites, StanceLabel.NONE: 1 - incites}
    )
    return Harms(
        stance,
        (_score("incitement", stance.incitement, text, "kill"), _score("insult", 0.0, text, "fool")),
    )


def _score(name: str, value: float, text: str, word: str) -> Score:
    if word not in text:
        return Score(name=name, value=value)
    start = text.index(word)
    found = Evidence(score=name, start=start, end=start + len(word), cue="a word of the stub")
    return Score(name=name, value=max(value, 0.9), evidence=(found,))


Run = Callable[..., "Result"]


class Result:
    """What a command printed, and its exit status."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run `modfilter ARGUMENTS` in this process, as the installed command does."""
    from modfilter.cli import main

    def command(*arguments: object, stdin: bytes = b"") -> Result:
        import io

        monkeypatch.setattr(sys, "argv", ["modfilter", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))  # type: ignore[arg-type]
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capfdbinary.readouterr()
        return Result(status, out.decode(), err.decode())

    return command


def message_of(call: Callable[[], object], kind: type[ModfilterError]) -> str:
    """Give the text of the error that a call must raise."""
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)
