"""From the words of comments to their `LanguageMix`."""

import math
import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import chain, compress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modfilter import text as texts
from modfilter.bundle import Bundle
from modfilter.errors import UsageError
from modfilter.language import spans
from modfilter.language.lexicon import Lexicon
from modfilter.language.memory import Words
from modfilter.language.model import LanguageModel
from modfilter.records import UNDETERMINED, LanguageMix, LanguageSpan

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray

MIXED_WORDS = 2
"""A second language needs this many words (docs/annotation.md, section 2), and a share of them."""
MIXED_SHARE = 0.1
UNSURE = 0.25
"""Below this probability the text is undetermined: a guess would be wrong more often than right."""
UNSURE_OF_NAMES, NAMES = 0.75, 3
"""Below this so do up to three words with capital letters, one of them a name or in no labelled comment: "Skhalo" was
Ndebele (0.55). Of train's comments this makes two of names `und`, and none that had the right language."""
LONG = 20_000
"""Characters of a comment that are looked at, so that a megabyte does not take a second."""
CANDIDATES = 3
"""Languages that a text may hold."""
BONUS = 1.0
"""Nats by which the languages that a site expects are likelier."""
WHOLE = 0.1
"""Words of a text for which the language counts that it sounds like as a whole, as a share of all."""
OVERHEARD, USUAL = ("sn", "en"), 10_000
"""Languages with ten times the training texts of the others, as they have on a page, and how many the others have. In
text of several words that are not in the lexicon these are weighed as if they had so many: else phrases of foreign
neighbours are taken for Shona."""
MANY_WORDS = 4
"""From so many words on that holds in full, in fewer by their share."""
AT_HOME = 0.5
"""Probability of the lexicon's languages, together, from which on it speaks."""
LETTERS = 1.0
"""Weight of what a word sounds like, as a number of times that it was met. Without the lexicon 94 % of the words of
dev's mixed comments are named right and 11 % of single ones are falsely mixed, with it 95 % and 5 %."""

_ONLY_TAGS = re.compile(r"(?:[^\w#]*#\w+)+[^\w#]*")
"""Hashtags alone are in no language, whatever their letters say."""


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
        self._model.vote(read.table)
        votes = read.wholes * read.sizes[:, None]
        np.add.at(votes, (read.owners, read.table.likeliest[read.words]), read.table.chances[read.words])
        candidates = _most_voted(votes)
        begin = np.take_along_axis(read.wholes, candidates, axis=1)
        tags = spans.decode(self._words(read, candidates[read.owners]), begin, read.sizes)
        counts = _counted(tags, read.owners, len(begin))
        main, stays = self._choose(counts, begin, read.sizes)
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
            if chance < UNSURE or read.only_names(place, here, comments[place], chance):
                continue
            shares = sorted(
                ((count / n, name[tag]) for count, tag in zip(words, those, strict=True) if count),
                reverse=True,
            )
            mixes[place] = LanguageMix(
                main=name[those[best]],
                mix={language: round(share, 4) for share, language in shares},
                confidence=chance,
                spans=_joined(read.spoken(place, comments[place]), [name[those[tag]] for tag in named[here]])
                if len(shares) > 1
                else (),
            )
        return mixes

    def main(self, comments: Sequence[str]) -> list[tuple[str, float]]:
        """Name one language of each text, and how sure that is: without spans, at twice the speed."""
        named = [(UNDETERMINED, 0.0)] * len(comments)
        read = self._read(comments)
        if read is not None:
            best = read.wholes.argmax(axis=1)
            sure = self._sure(read.wholes.max(axis=1), read.sizes)
            start = 0
            for place, language, chance, n in zip(
                *(array.tolist() for array in (read.asked, best, sure, read.sizes)), strict=True
            ):
                here = slice(start, start + n)
                start += n
                if chance >= UNSURE and not read.only_names(place, here, comments[place], chance):
                    named[place] = (self._model.tags[language], chance)
        return named

    def _read(self, comments: Sequence[str]) -> "_Read | None":
        """Look up the words of texts; None where not one of them has a language."""
        import numpy as np

        found = [
            [] if "#" in comment and _ONLY_TAGS.fullmatch(comment) else texts.word_texts(comment[:LONG])
            for comment in comments
        ]
        table, places = self._model.look_up(list(chain.from_iterable(found)))
        has_language = places >= 0
        bounds = np.cumsum([0, *map(len, found)])
        owners = np.repeat(np.arange(len(found)), np.diff(bounds))[has_language]
        places = places[has_language]
        # Names and sighs alone name no language.
        told = np.bincount(owners[~table.bare[places]], minlength=len(found)) > 0
        places, owners = places[told[owners]], owners[told[owners]]
        if not len(places):
            return None
        sizes = np.bincount(owners, minlength=len(found))
        asked = np.flatnonzero(sizes)
        sizes = sizes[asked]
        starts = np.cumsum(sizes) - sizes
        unmet = np.bincount(owners, table.entries[places] == 0, len(found))[asked] / sizes
        wholes = self._model.chances(
            np.add.reduceat(table.sums[places], starts, dtype=np.float64),
            np.add.reduceat(table.counts[places], starts),
            unmet * np.minimum((sizes - 1) / (MANY_WORDS - 1), 1),
        )
        owners = np.repeat(np.arange(len(sizes)), sizes)
        return _Read(table, places, owners, sizes, asked, wholes, has_language, bounds)

    def _choose(
        self, counts: "NDArray[int64]", begin: "NDArray[float64]", sizes: "NDArray[int64]"
    ) -> tuple["NDArray[int64]", "NDArray[bool_]"]:
        """Give the main one of the candidates of each text (n,), and which of them it holds (n, CANDIDATES)."""
        import numpy as np

        rows = np.arange(len(sizes))
        # Where two are nearly even, the one that the whole text sounds like.
        main = (counts + begin * (0.5 + WHOLE * sizes[:, None])).argmax(axis=1)
        # A word or two of another language do not make a text mixed.
        stays = (counts >= MIXED_WORDS) & (counts >= MIXED_SHARE * sizes[:, None])
        stays[rows, main] = True
        # Words of Zulu are those of Ndebele, too: where the whole sounds like none of what they said, it decides.
        unlike = self._sure((begin * (stays & (counts > 0))).sum(axis=1), sizes) < UNSURE
        main[unlike], stays[unlike] = begin[unlike].argmax(axis=1), False
        stays[rows, main] = True
        return main, stays

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
    has_language: "NDArray[bool_]"
    """Whether a word has a language: of all words of all texts that were given."""
    bounds: "NDArray[int64]"
    """Where the words of each text that was given begin among those, and where the last ones end."""

    def only_names(self, place: int, here: slice, text: str, chance: float) -> bool:
        """Whether the text at `place`, its words `here`, seems to be names alone."""
        if chance >= UNSURE_OF_NAMES or here.stop - here.start > NAMES:
            return False
        words = self.words[here]
        unmet = (self.table.entries[words] == 0) | self.table.bare[words]
        return bool(unmet.any()) and all(word.text[0].isupper() for word in self.spoken(place, text))

    def spoken(self, place: int, text: str) -> list[texts.Word]:
        """Give the words of the text at `place` that have a language."""
        begin, end = self.bounds[place : place + 2]
        return list(compress(texts.words(text[:LONG]), self.has_language[begin:end].tolist()))


def _most_voted(votes: "NDArray[float64]") -> "NDArray[int64]":
    """Give the candidates of each text, the likeliest first; of even votes the first language of the list."""
    import numpy as np

    rows, left = np.arange(len(votes)), votes.copy()
    found = np.empty((len(votes), CANDIDATES), dtype=np.int64)
    for candidate in range(CANDIDATES):
        found[:, candidate] = left.argmax(axis=1)
        left[rows, found[:, candidate]] = -1.0
    return found


def _counted(tags: "NDArray[int64]", owners: "NDArray[int64]", texts: int) -> "NDArray[int64]":
    """Count the words of each candidate in each text: (texts, CANDIDATES)."""
    import numpy as np

    return np.bincount(owners * CANDIDATES + tags, minlength=texts * CANDIDATES).reshape(texts, CANDIDATES)


def _joined(words: Sequence[texts.Word], tags: Sequence[str]) -> tuple[LanguageSpan, ...]:
    """Join neighbouring words of one language into spans."""
    runs: list[tuple[int, int, str]] = []
    for word, language in zip(words, tags, strict=True):
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
    lexicon = Lexicon(bundle.path("lexicon.tsv"), bundle.path("names.txt"))
    texts_of = tomllib.loads(bundle.path("languages.toml").read_text(encoding="utf-8"))["languages"]
    corrections = {tag: -math.log(texts_of[tag] / USUAL) for tag in OVERHEARD}
    model = LanguageModel(
        bundle.path("model.ftz"), output, lexicon, corrections, dict.fromkeys(expected, BONUS)
    )
    if unknown := [tag for tag in expected if tag not in model.tags]:
        near = get_close_matches(unknown[0], model.tags, n=3, cutoff=0.0)
        raise UsageError(
            f"{unknown[0]!r} is none of the {len(model.tags)} languages that are known\n"
            f"Write tags such as sn, en, nd (languages.toml of the model lists them); the nearest: {', '.join(near)}."
        )
    confidence = msgspec.json.decode(bundle.path("confidence.json").read_bytes(), type=Confidence)
    return LanguageJudge(model, confidence)
