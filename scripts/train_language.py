"""Trains models/language: a fastText identifier of sentences, phrases and single words.

python scripts/train_language.py --data DIR     (about 5 minutes on one core, reproducible)

Character n-grams of 2-5, 32 dimensions, 200,000 buckets, quantised
(Joulin et al. 2016, "FastText.zip: Compressing text classification models").
"""

import argparse
import csv
import random
import tempfile
from collections import Counter
from pathlib import Path

import fasttext
import langcodes

from data import Data
from modfilter.language.words import prepare_text
from modfilter.readers.labelled import read_labelled
from publish import OWN_STARTER, publish

FOLDER = Path("models/language")
SEED = 20220407
SENTENCE_SETS = ("ntrex", "nchlt", "bible_nt", "injongo", "masakhapos", "voa_shona", "tatoeba", "udhr")
WORD_SETS = ("frequencywords", "gatitos", "unimorph")
# Codes that stand for two tongues, dead or constructed ones, and Pidgins that would eat slang.
SKIPPED = {"rom", "mey", "shi", "fuc", "din", "hmn", "pcm", "bbj", "glv", "dik"}
EXTRA_TATOEBA = {"epo", "lat", "oci"}
# What a Harare thread is written in, and what stands nearest to it: more text than the others.
HOME = {"sna", "eng", "nde", "zul", "nya", "swa", "xho", "ven", "tso", "tsn", "sot", "nso", "kin"}
NDEBELE_TEST_LINES = 400  # the last lines of NTREX Ndebele are kept for testing


def choose_languages(data: Data) -> list[str]:
    """List the ISO 639-3 codes with enough sentences to learn from."""
    found = {
        code
        for name in ("ntrex", "nchlt", "bible_nt", "injongo", "masakhapos", "voa_shona")
        for code in data.languages(f"language/{name}")
    }
    return sorted((found | EXTRA_TATOEBA) - SKIPPED)


def collect(data: Data, code: str, rng: random.Random) -> list[str]:
    """Give the training texts of one language: sentences, spans of 1-6 words, and word lists."""
    home = code in HOME
    sentences: list[str] = []
    for name in SENTENCE_SETS:
        lines = data.lines(f"language/{name}", code)
        if (name, code) == ("ntrex", "nde"):
            lines = lines[:-NDEBELE_TEST_LINES]
        sentences += rng.sample(lines, min(len(lines), 6000 if home else 1500))
    sentences = [line for line in map(prepare_text, sentences) if line]
    sentences = rng.sample(sentences, min(len(sentences), 8000 if home else 3000))
    spans = []
    for _ in range(12000 if home else 4000):
        tokens = rng.choice(sentences).split()
        length = rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 6))
        start = rng.randrange(max(1, len(tokens) - length + 1))
        spans.append(" ".join(tokens[start : start + length]))
    lists: list[str] = []
    for name in WORD_SETS:
        lines = data.lines(f"language/{name}", code)
        lists += [line for line in map(prepare_text, lines[: 6000 if home else 1500]) if line]
    return sentences + spans + lists


def typed_comments(data: Data) -> list[tuple[str, str]]:
    """Give (text, code) of comments as people type them: slang, SMS spelling, no punctuation."""
    typed = [
        (row.text, row.languages[0])
        for row in read_labelled(Path("fixtures/starter/train.jsonl"))
        if row.languages is not None and len(row.languages) == 1
    ]
    with data.path("harm/toxic-spans", "comments.csv").open(encoding="utf-8") as file:
        english = [row["comment_text"] for row in csv.DictReader(file)]
    rng = random.Random(SEED)
    return typed * 3 + [(text, "en") for text in rng.sample(english, 8000)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = Data(parser.parse_args().data)
    rng = random.Random(SEED)
    lines: list[str] = []
    counts: Counter[str] = Counter()
    for code in choose_languages(data):
        tag = langcodes.standardize_tag(code)
        texts = collect(data, code, rng)
        counts[tag] += len(texts)
        lines += [f"__label__{tag} {text}" for text in texts]
    for text, tag in typed_comments(data):
        if prepared := prepare_text(text):
            counts[tag] += 1
            lines.append(f"__label__{tag} {prepared}")
    rng.shuffle(lines)
    print(f"{len(lines):,} texts in {len(counts)} languages")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "train.txt"
        corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
        model = fasttext.train_supervised(
            str(corpus), minn=2, maxn=5, dim=32, bucket=200_000, minCount=20, lr=0.5, epoch=6,
            loss="softmax", thread=1, seed=SEED, verbose=1,
        )  # fmt: skip
        model.quantize(str(corpus), qnorm=True, retrain=False, cutoff=0)
        model.save_model(str(FOLDER / "model.ftz"))
    (FOLDER / "languages.toml").write_text(
        "# The languages that the model can name (BCP 47), with the training texts of each.\n[languages]\n"
        + "".join(f'"{tag}" = {count}\n' for tag, count in sorted(counts.items())),
        encoding="utf-8",
    )
    publish(FOLDER, [*data.provenance(), OWN_STARTER])


if __name__ == "__main__":
    main()
