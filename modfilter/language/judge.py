"""From the words of comments to their `LanguageMix`."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modfilter import text as texts
from modfilter.bundle import Bundle
from modfilter.errors import UsageError
from modfilter.language import spans
from modfilter.language.model import LanguageModel, Words
from modfilter.language.words import prepare
from modfilter.records import UNDETERMINED, LanguageMix, LanguageSpan

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

MIXED_WORDS = 2
"""A second language needs this many words (docs/annotation.md, section 2), and a share of them."""
MIXED_SHARE = 0.1
UNSURE = 0.25
"""Below this probability the text is undetermined: a guess would be wrong more often than right."""
LONG = 20_000
"""Characters of a comment that are looked at, so that a megabyte does not take a second."""
CANDIDATES = 3
"""Languages that a text may hold."""
BONUS = 1.0
"""Nats by which the languages that a site expects are likelier."""
AT_HOME = 0.5
"""Probability of the lexicon's languages, together, from which on it speaks."""
LETTERS = 1.0
"""Weight of what a word sounds like, as a number of times that it was met. Without the lexicon 94 % of the words of
dev's mixed comments are named right and 11 % of single ones are falsely mixed, with it 95 % and 5 %."""


class Confidence(msgspec.Struct, frozen=True):
    """How often a language is right: 1 / (1 + exp(-(slope · log odds + per_word · ln(words) + shift)))."""

    slope: float = 1.0
    per_word: float = 0.0
    shift: float = 0.0


class LanguageJudge:
    """Names the languages of comments. Its answer for one never depends on the others."""

    def __init__(self, model: LanguageModel, confidence: Confidence) -> None:
        self._model = model
        self._confidence = confidence

    @property
    def languages(self) -> Sequence[str]:
        """The languages that can be named, as BCP 47 codes."""
        return self._model.tags

    def __call__(self, comments: Sequence[str]) -> list[LanguageMix]:
        """Judge a batch of texts."""
        import numpy as np

        mixes = [LanguageMix()] * len(comments)
        read = self._read(comments)
        if read is None:
            return mixes
        votes = read.wholes * read.sizes[:, None]
        np.add.at(votes, (read.owners, read.table.likeliest[read.words]), read.table.chances[read.words])
        # The likeliest first: of even votes the first language of the list.
        candidates = np.argsort(-votes, axis=1, kind="stable")[:, :CANDIDATES]
        begin = np.take_along_axis(read.wholes, candidates, axis=1)
        tags = spans.decode(self._words(read, candidates[read.owners]), begin, read.sizes)
        counts = _counted(tags, read.owners, len(begin))
        # Where two are even, the one that the whole text sounds like.
        main = (counts + begin / 2).argmax(axis=1)
        # A word or two of another language do not make a text mixed.
        stays = (counts >= MIXED_WORDS) & (counts >= MIXED_SHARE * read.sizes[:, None])
        stays[np.arange(len(main)), main] = True
        tags = np.where(stays[read.owners, tags], tags, main[read.owners])
        counts = _counted(tags, read.owners, len(begin))
        sure = self._sure((begin * (counts > 0)).sum(axis=1), read.sizes)
        name = self._model.tags
        start, named = 0, tags.tolist()
        for place, those, words, best, chance, n in zip(
            *(array.tolist() for array in (read.asked, candidates, counts, main, sure, read.sizes)),
            strict=True,
        ):
            here = slice(start, start + n)
            start += n
            if chance < UNSURE:
                continue
            shares = sorted(
                ((count / n, name[tag]) for count, tag in zip(words, those, strict=True) if count),
                reverse=True,
            )
            mixes[place] = LanguageMix(
                main=name[those[best]],
                mix={language: round(share, 4) for share, language in shares},
                confidence=chance,
                spans=_joined(comments[place], [name[those[tag]] for tag in named[here]])
                if len(shares) > 1
                else (),
            )
        return mixes

    def main(self, comments: Sequence[str]) -> list[tuple[str, float]]:
        """Name one language of each text, and how sure that is: without spans, at three times the speed."""
        named = [(UNDETERMINED, 0.0)] * len(comments)
        read = self._read(comments)
        if read is not None:
            best = read.wholes.argmax(axis=1)
            sure = self._sure(read.wholes.max(axis=1), read.sizes)
            for place, language, chance in zip(read.asked, best, sure, strict=True):
                if chance >= UNSURE:
                    named[place] = (self._model.tags[language], float(chance))
        return named

    def _read(self, comments: Sequence[str]) -> "_Read | None":
        """Look up the words of texts; None where not one of them has a language."""
        import numpy as np

        found = [texts.word_texts(comment[:LONG]) for comment in comments]
        table, places = self._model.look_up([word for words in found for word in words])
        owners = np.repeat(np.arange(len(found)), [len(words) for words in found])[places >= 0]
        places = places[places >= 0]
        if not len(places):
            return None
        sizes = np.bincount(owners, minlength=len(found))
        asked = np.flatnonzero(sizes)
        sizes = sizes[asked]
        starts = np.cumsum(sizes) - sizes
        wholes = self._model.chances(
            np.add.reduceat(table.sums[places], starts), np.add.reduceat(table.counts[places], starts)
        )
        return _Read(table, places, np.repeat(np.arange(len(sizes)), sizes), sizes, asked, wholes)

    def _sure(self, chances: "NDArray[float64]", words: "NDArray[int64]") -> "NDArray[float64]":
        """Give the probability that the main language is right."""
        import numpy as np

        chances = np.clip(chances, 1e-6, 1 - 1e-6)
        fitted = self._confidence
        odds = fitted.slope * np.log(chances / (1 - chances)) + fitted.per_word * np.log(words) + fitted.shift
        return np.round(1 / (1 + np.exp(-odds)), 4)

    def _words(self, read: "_Read", candidates: "NDArray[int64]") -> "NDArray[float64]":
        """Give the probability of each candidate of each word: (words, CANDIDATES).

        By its letters, and by how often it stood in each of them in labelled comments, where it did.
        """
        import numpy as np

        model, table = self._model, read.table
        states = table.sums[read.words] / table.counts[read.words][:, None]
        logits = np.einsum("wd,wcd->wc", states, model.output[candidates]) + model.bonus[candidates]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        # The lexicon's small words are those of other languages, too: it speaks where a text sounds like its own. Words
        # of other texts hear the whole instead, which tells neighbours apart that share most of their words.
        at_home = (model.home(read.wholes) >= AT_HOME)[read.owners, None]
        met = model.met(table.entries[read.words], candidates) * at_home
        known = (met + LETTERS * shares) / (met.sum(axis=1, keepdims=True) + LETTERS)
        heard = shares * np.take_along_axis(read.wholes[read.owners], candidates, axis=1)
        heard /= heard.sum(axis=1, keepdims=True)
        return np.where(at_home, known, heard)  # type: ignore[no-any-return]


class _Read(NamedTuple):
    """The words of texts that have a language, one text after the other."""

    table: Words
    words: "NDArray[int64]"
    """The place of each word in the table."""
    owners: "NDArray[int64]"
    """The row of the text that each word is of."""
    sizes: "NDArray[int64]"
    """Words of each text, none of them 0."""
    asked: "NDArray[int64]"
    """The place of each text among those that were given."""
    wholes: "NDArray[float64]"
    """(texts, languages): what each text as a whole sounds like."""


def _counted(tags: "NDArray[int64]", owners: "NDArray[int64]", texts: int) -> "NDArray[int64]":
    """Count the words of each candidate in each text: (texts, CANDIDATES)."""
    import numpy as np

    return np.bincount(owners * CANDIDATES + tags, minlength=texts * CANDIDATES).reshape(texts, CANDIDATES)


def _joined(comment: str, tags: Sequence[str]) -> tuple[LanguageSpan, ...]:
    """Join neighbouring words of one language into spans."""
    spoken = [word for word in texts.words(comment[:LONG]) if prepare(word.text)]
    runs: list[tuple[int, int, str]] = []
    for word, language in zip(spoken, tags, strict=True):
        if runs and runs[-1][2] == language:
            runs[-1] = (runs[-1][0], word.end, language)
        else:
            runs.append((word.start, word.end, language))
    return tuple(LanguageSpan(start=s, end=e, language=language) for s, e, language in runs)


def load(folder: Path, expected: Sequence[str] = ()) -> LanguageJudge:
    """Load the model in `folder`; raise ModelError where it is not what was tested.

    A text of few words is rather taken for one of the `expected` languages; raise UsageError for an unknown one.
    """
    from safetensors.numpy import load_file

    bundle = Bundle(folder)
    output = load_file(bundle.path("output.safetensors"))["output"]
    lexicon = _lexicon(bundle.path("lexicon.tsv"))
    model = LanguageModel(bundle.path("model.ftz"), output, lexicon, dict.fromkeys(expected, BONUS))
    if unknown := [tag for tag in expected if tag not in model.tags]:
        near = get_close_matches(unknown[0], model.tags, n=3, cutoff=0.0)
        raise UsageError(
            f"{unknown[0]!r} is none of the {len(model.tags)} languages that are known\n"
            f"Write tags such as sn, en, nd (languages.toml of the model lists them); the nearest: {', '.join(near)}."
        )
    confidence = msgspec.json.decode(bundle.path("confidence.json").read_bytes(), type=Confidence)
    return LanguageJudge(model, confidence)


def _lexicon(path: Path) -> dict[str, dict[str, float]]:
    """Read lines of a word, then language and count again and again."""
    lexicon = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *told = line.split("\t")
        lexicon[word] = {tag: float(count) for tag, count in zip(told[::2], told[1::2], strict=True)}
    return lexicon
