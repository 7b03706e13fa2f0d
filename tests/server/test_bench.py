"""The bench and its judges, without models and without processes: judges sit in threads here."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modfilter.encoder import Encoded, Shares
from modfilter.harms import Harms
from modfilter.pipeline import Judges, Tier
from modfilter.reading import Reading, Side
from modfilter.records import Article, Comment, LanguageMix, Score, Stance, StanceLabel, Thread
from modfilter.server.bench import Bench, UnansweredError
from modfilter.server.judging import Judge
from modfilter.store.blobs import Blobs
from modfilter.store.vectors import Vectors
from tests.conftest import encode_nothing

ARTICLE = Article(id="a", title="Bridge", body="It fell. Nobody was hurt.")


class Benched(Bench):
    """A bench whose judges are threads; `judges`: what each new one knows, or None for one that hangs up at once."""

    def __init__(
        self, judges: list[Judges | None], most_waiting: int = 100, vectors: Vectors | None = None
    ) -> None:
        super().__init__([], most_waiting)
        self.waiting_judges, self.vectors = judges, vectors
        self.threads: list[threading.Thread] = []

    async def _keep(self, path: str) -> None:
        for judges in self.waiting_judges:
            self.threads.append(threading.Thread(target=self._sit, args=(path, judges), daemon=True))
            self.threads[-1].start()
        await asyncio.sleep(3_600)

    def _sit(self, path: str, judges: Judges | None) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            if judges is not None:
                with contextlib.suppress(SystemExit):
                    Judge(judges, connection, self.vectors).sit(b"{}")


def _run(bench: Callable[[], Benched], ask: Callable[[Benched], Awaitable[object]]) -> object:
    async def go() -> object:
        async with bench() as it:
            answer = await ask(it)
        for thread in it.threads:
            await asyncio.to_thread(thread.join, 5)
            assert not thread.is_alive()  # judges end with the server
        return answer

    return asyncio.run(go())


def _thread(*texts: str, article: Article | None = None) -> Thread:
    return Thread(
        article=article, comments=tuple(Comment(id=str(n), text=text) for n, text in enumerate(texts))
    )


def two_tiers(judges: Judges, seconds: float = 0.0, breaks: bool = False) -> Judges:
    """A fast tier that is never sure (0.5), and a deep one that says 0.9 and takes its time."""

    def says(value: float, seconds: float) -> Tier:
        def harms(
            readings: Sequence[Reading], _mixes: Sequence[LanguageMix], _encoded: Encoded
        ) -> list[Harms]:
            time.sleep(seconds)
            chances = dict.fromkeys(StanceLabel, 0.0)
            chances |= {StanceLabel.CALLS_FOR: value, StanceLabel.NONE: round(1 - value, 4)}
            return [Harms(Stance.of(chances), (Score(name="incitement", value=value),))] * len(readings)

        return Tier(encode_nothing, harms, judges.tiers["fast"].relevance)

    def broken(_texts: Sequence[str]) -> list[LanguageMix]:
        raise RuntimeError("no")

    return replace(
        judges,
        tiers={"fast": says(0.5, 0), "deep": says(0.9, seconds)},
        undecided={"incitement": (0.2, 0.8)},
        language=broken if breaks else judges.language,
    )


def test_the_deep_tier_has_the_last_word_where_there_is_time(stub_judges: Judges) -> None:
    async def ask(bench: Benched) -> object:
        return await bench.ask(
            _thread("one comment of words", "another comment of words", article=ARTICLE), 5
        )

    answers = _run(lambda: Benched([two_tiers(stub_judges)]), ask)
    assert [(a.tier, a.hurried, a.value("incitement")) for a in answers] == [("deep", False, 0.9)] * 2  # type: ignore[attr-defined]


def test_what_the_deep_tier_has_no_time_for_is_the_fast_tiers(stub_judges: Judges) -> None:
    async def ask(bench: Benched) -> object:
        begun = time.monotonic()
        first = await bench.ask(_thread("one comment of words"), 0.2)
        assert time.monotonic() - begun < 1
        # By now the judge knows how long the deep tier takes, and does not even begin.
        await asyncio.sleep(1)
        begun = time.monotonic()
        second = await bench.ask(_thread("one comment of words"), 0.06)
        assert time.monotonic() - begun < 0.5
        return [*first, *second]

    answers = _run(lambda: Benched([two_tiers(stub_judges, seconds=1.0)]), ask)
    assert [(a.tier, a.hurried) for a in answers] == [("fast", True)] * 2  # type: ignore[attr-defined]


def test_a_message_that_no_judge_reads_in_time_is_unanswered(stub_judges: Judges) -> None:
    slow = replace(stub_judges, language=lambda texts: [time.sleep(0.5) or LanguageMix() for _ in texts])  # type: ignore[func-returns-value]

    async def ask(bench: Benched) -> object:
        with pytest.raises(UnansweredError, match="no judge had time") as caught:
            await bench.ask(_thread("hello"), 0.1)
        assert bench.waiting == 0
        return caught.value.kind

    assert _run(lambda: Benched([slow]), ask) == "late"


def test_beyond_what_may_wait_a_message_is_refused_at_once(stub_judges: Judges) -> None:
    slow = replace(stub_judges, language=lambda texts: [time.sleep(0.3) or LanguageMix() for _ in texts])  # type: ignore[func-returns-value]

    async def ask(bench: Benched) -> object:
        first = asyncio.create_task(bench.ask(_thread("first"), 5))
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        with pytest.raises(UnansweredError, match="waiting already"):
            await bench.ask(_thread("second"), 5)
        assert time.monotonic() - begun < 0.25
        return len(await first)

    assert _run(lambda: Benched([slow], most_waiting=1), ask) == 1


def test_a_judge_that_dies_gives_its_work_to_another(stub_judges: Judges) -> None:
    async def ask(bench: Benched) -> object:
        while bench.judges < 2:
            await asyncio.sleep(0.01)
        tasks = [asyncio.create_task(bench.ask(_thread(f"kill {n}"), 5)) for n in range(10)]
        await asyncio.sleep(0)
        bench._seats[0].transport.abort()
        answers = [await task for task in tasks]
        assert bench.deaths == 1
        return [each.value("incitement") for (each,) in answers]

    assert _run(lambda: Benched([stub_judges, stub_judges]), ask) == [0.9] * 10


def test_a_message_that_kills_two_judges_is_told_so(stub_judges: Judges) -> None:
    def kills(texts: Sequence[str]) -> list[LanguageMix]:
        if texts == ["deadly"]:
            raise SystemExit  # as a crash would: no answer, and the connection is closed
        return stub_judges.language(texts)

    deadly = replace(stub_judges, language=kills)

    async def ask(bench: Benched) -> object:
        while bench.judges < 3:
            await asyncio.sleep(0.01)
        with pytest.raises(UnansweredError, match="its judge died, 2 times"):
            await bench.ask(_thread("deadly"), 5)
        return len(await bench.ask(_thread("harmless"), 5))

    assert _run(lambda: Benched([deadly, deadly, deadly]), ask) == 1


def test_a_message_that_breaks_a_judge_fails_alone(stub_judges: Judges) -> None:
    def unmask(_word: str) -> str:
        raise ValueError("no")

    broken = replace(stub_judges, unmask=unmask)  # type: ignore[arg-type]

    async def ask(bench: Benched) -> object:
        tasks = [asyncio.create_task(bench.ask(_thread(text), 5)) for text in ("k*ll", "hello", "peace")]
        return [(await task)[0].failure for task in tasks]

    failures = _run(lambda: Benched([broken]), ask)
    assert isinstance(failures, list)
    assert "ValueError" in failures[0]
    assert failures[1:] == [None, None]


def test_an_article_is_told_once_and_read_between_other_things(stub_judges: Judges, tmp_path: Path) -> None:
    asked: list[str] = []

    def encode(sides: Sequence[Side]) -> Encoded:
        asked.extend(side.text for side in sides)
        vectors = np.ones((len(sides), 4), dtype=np.float32)
        return Encoded(vectors, vectors, vectors, vectors, lambda _row: Shares([], vectors))

    async def ask(bench: Benched) -> object:
        bench.prepare(ARTICLE)
        for number in range(3):
            await bench.ask(_thread(f"comment {number} of some words", article=ARTICLE), 5)
        await asyncio.sleep(0.2)
        return asked

    # SQLite's connection must be used where it was made: in the judge's thread.
    class Lazily:
        def __init__(self) -> None:
            self.made: Vectors | None = None

        def __call__(self, sides: Sequence[Side]) -> Encoded:
            self.made = self.made or Vectors(Blobs(tmp_path / "v.sqlite", 100), encode, "1")
            return self.made(sides)

    lazily = Lazily()
    found = _run(lambda: Benched([two_tiers(stub_judges)], vectors=lazily), ask)  # type: ignore[arg-type]
    assert found == ["Bridge", "It fell.", "Nobody was hurt."]  # each once
    kept = Vectors(Blobs(tmp_path / "v.sqlite", 100), encode, "1")
    assert kept([Side("It fell."), Side("Bridge")]).vectors.shape == (2, 4)
    assert len(asked) == 3
    other = Vectors(Blobs(tmp_path / "v.sqlite", 100), encode, "2")
    other([Side("Bridge")])
    assert len(asked) == 4  # another encoder's vectors are other ones
