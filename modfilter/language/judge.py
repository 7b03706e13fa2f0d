"""From words and guesses to the `LanguageMix` of a comment."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from modfilter import text as texts
from modfilter.bundle import Bundle
from modfilter.language import spans
from modfilter.language.model import Guess, LanguageModel
from modfilter.language.words import prepare_words
from modfilter.records import LanguageMix, LanguageSpan

MIXED_WORDS = 2
"""A second language needs this many words (docs/annotation.md, section 2), and a share of them."""
MIXED_SHARE = 0.1
UNSURE = 0.25
"""Below this probability the text is undetermined: a guess would be wrong more often than right."""
LONG = 20_000
"""Characters of a comment that are looked at, so that a megabyte does not take a second."""


class LanguageJudge:
    """Names the languages of comments. Its answer for one never depends on the others."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def __call__(self, comments: Sequence[str]) -> list[LanguageMix]:
        """Judge a batch of texts."""
        words = [texts.words(comment[:LONG]) for comment in comments]
        wholes = self._model.texts([prepare_words(found) for found in words])
        # One call for the words of the whole batch: twice the speed of a call a comment.
        guesses = iter(self._model.words([word.text for found in words for word in found]))
        return [
            _mix(found, [next(guesses) for _ in found], whole)
            for found, whole in zip(words, wholes, strict=True)
        ]


def _mix(words: Sequence[texts.Word], guesses: Sequence[Guess], whole: Guess) -> LanguageMix:
    """Put together what the words and the whole text were taken for."""
    spoken = [(word, guess) for word, guess in zip(words, guesses, strict=True) if guess]
    if not spoken:
        return LanguageMix()
    each = [guess for _, guess in spoken]
    tags = spans.tag(each, spans.candidates(whole, each), whole)
    main = _most_common(tags, whole)
    tags = _without_strays(tags, main)
    counts = Counter(tags)
    confidence = min(1.0, round(sum(whole.get(language, 0.0) for language in counts), 4))
    if confidence < UNSURE:
        return LanguageMix()
    return LanguageMix(
        main=main,
        mix={language: round(n / len(tags), 4) for language, n in counts.most_common()},
        confidence=confidence,
        spans=_join([word for word, _ in spoken], tags) if len(counts) > 1 else (),
    )


def _most_common(tags: Sequence[str], whole: Guess) -> str:
    """Name the language of most words; where two are even, the one that the whole text sounds like."""
    counts = Counter(tags)
    return max(counts, key=lambda language: (counts[language], whole.get(language, 0.0)))


def _without_strays(tags: Sequence[str], main: str) -> list[str]:
    """Give words of a language too rare to make a text mixed to the main one."""
    counts = Counter(tags)
    kept = {
        language for language, n in counts.items() if n >= MIXED_WORDS and n / len(tags) >= MIXED_SHARE
    } | {main}
    return [tag if tag in kept else main for tag in tags]


def _join(words: Sequence[texts.Word], tags: Sequence[str]) -> tuple[LanguageSpan, ...]:
    """Join neighbouring words of one language into spans."""
    runs: list[tuple[int, int, str]] = []
    for word, language in zip(words, tags, strict=True):
        if runs and runs[-1][2] == language:
            runs[-1] = (runs[-1][0], word.end, language)
        else:
            runs.append((word.start, word.end, language))
    return tuple(LanguageSpan(start=s, end=e, language=language) for s, e, language in runs)


def load(folder: Path) -> LanguageJudge:
    """Load the model in `folder`; raise ModelError where it is not what was tested."""
    return LanguageJudge(LanguageModel(Bundle(folder).path("model.ftz")))
