"""Trains models/language: a fastText identifier of sentences, phrases and single words.

python scripts/train_language.py --data DIR     (about 15 minutes on one core, reproducible)

Character n-grams of 2-5, quantised (Joulin et al. 2016, "FastText.zip: Compressing text classification models").
Prints how well it names sentences that were kept back. Then run scripts/calibrate_language.py.
"""

import argparse
import csv
import random
import tempfile
from collections import Counter
from pathlib import Path

import fasttext
import langcodes
import numpy as np
from safetensors.numpy import save_file
from sklearn.metrics import f1_score

from data import Data
from encoder_tasks import threads
from modfilter.language.words import prepare, prepare_text
from modfilter.readers.labelled import LabelledComment, read_labelled
from modfilter.text import words
from publish import OWN_CORPUS, OWN_STARTER, publish

FOLDER = Path("models/language")
SEED = 20220407
DIMENSIONS, BUCKETS = 48, 430_000
SENTENCE_SETS = ("ntrex", "nchlt", "bible_nt", "injongo", "masakhapos", "voa_shona", "tatoeba", "udhr")
WORD_SETS = ("frequencywords", "gatitos", "unimorph")
SKIPPED = {
    *("rom", "mey", "shi", "fuc", "hmn", "bbj", "glv"),  # codes for several tongues, or with the Bible alone
    *("pcm", "jam", "kri", "cpe"),  # Pidgins and creoles of English that would eat slang
    *("lzz", "kzj", "max", "cmo", "dtp", "jbo", "vol", "ina", "ido", "ile", "nov", "lfn", "tlh", "tzl"),
    # A lexicon alone, and near to a language with more: they would eat it.
    *(
        "bew",
        "meo",
        "btx",
        "bts",
        "bbc",
        "iba",
        "mad",
        "hrx",
        "wuu",
        "cpf",
        "crs",
        "mfe",
        "trp",
        "rhg",
        "ctg",
    ),
    *(
        "syl",
        "cgg",
        "ktu",
        "apd",
        "ayl",
        "alz",
        "dov",
        "iso",
        "doi",
        "mwr",
        "skr",
        "kaa",
        "lub",
        "ady",
        "bik",
    ),
    *(
        "hil",
        "cbk",
        "nhe",
        "bua",
        "kbd",
        "zap",
        "ava",
        "tcy",
        "brx",
        "awa",
        "mag",
        "bho",
        "mai",
        "hne",
        "san",
    ),
    *(
        "bjn",
        "min",
        "ban",
        "ace",
        "pap",
        "lij",
        "lmo",
        "lim",
        "ltg",
        "fur",
        "vec",
        "scn",
        "szl",
        "crh",
        "run",
    ),
    *(
        "tum",
        "dyu",
        "quc",
        "tet",
        "cha",
        "efi",
        "pag",
        "kas",
        "bal",
        "mak",
        "chk",
        "mah",
        "gom",
        "tpi",
        "zza",
    ),
}
"""Codes that are not learnt; the third line: constructed ones, and those with a thousand lines of Tatoeba at most."""
MERGED = {"dik": "din", "ndc": "sna", "ndc-ZW": "sna", "chm": "mhr"}
"""Dialects: Ndau counts as Shona, as readers and docs/annotation.md have it."""
LEAST = 1_000
"""Lines of running text, or words of a lexicon, without which a language is not learnt."""
# What a Harare thread is written in, and what stands nearest to it: more text than the others.
HOME = {"sna", "eng", "nde", "zul", "nya", "swa", "xho", "ven", "tso", "tsn", "sot", "nso", "kin"}
NDEBELE_TEST_LINES = 400  # the last lines of NTREX Ndebele are kept for testing
SPOKEN = ("sn", "en", "nd", "zu")
"""The languages of the lexicon: of others our comments hold a few words by chance."""
ALONE, LEAST_COUNT = 0.1, 0.3
"""Weight of a word in a comment in one language, and the count from which the lexicon keeps a word."""
KEPT_BACK, KEPT_SHARE = 60, 0.1
"""Sentences of each language that are not learnt from, to watch the training by, and at most so many of all."""


def choose_languages(data: Data) -> dict[str, list[str]]:
    """Give the ISO 639-3 codes of each language with enough text to learn from."""
    sizes: Counter[str] = Counter()
    codes: dict[str, list[str]] = {}
    for name in (*SENTENCE_SETS, "gatitos"):
        for code in data.languages(f"language/{name}"):
            language = MERGED.get(code, code)
            sizes[language] += len(data.lines(f"language/{name}", code))
            if code not in codes.setdefault(language, []):
                codes[language].append(code)
    return {c: codes[c] for c in sorted(sizes) if sizes[c] >= LEAST and not {c, *codes[c]} & SKIPPED}


def collect(data: Data, language: str, codes: list[str], rng: random.Random) -> tuple[list[str], list[str]]:
    """Give a language's training texts: sentences, spans of 1-6 words, word lists; and sentences kept back."""
    home = language in HOME
    sentences: list[str] = []
    lists: list[str] = []
    for code in codes:
        for name in SENTENCE_SETS:
            lines = data.lines(f"language/{name}", code)
            if (name, code) == ("ntrex", "nde"):
                lines = lines[:-NDEBELE_TEST_LINES]
            sentences += rng.sample(lines, min(len(lines), 6000 if home else 2000))
        for name in WORD_SETS:
            lines = data.lines(f"language/{name}", code)
            lists += [line for line in map(prepare_text, lines[: 6000 if home else 3500]) if line]
    sentences = [line for line in map(prepare_text, sentences) if line]
    rng.shuffle(sentences)
    kept = min(KEPT_BACK, int(len(sentences) * KEPT_SHARE))
    kept_back, sentences = sentences[:kept], sentences[kept:][: 8000 if home else 4000]
    # Where a lexicon is most of what there is, its words are strung together: no sentences, but their letters.
    while lists and len(sentences) < 2500:
        sentences.append(" ".join(rng.choices(lists, k=rng.randint(3, 10))))
    spans = []
    for _ in range(12000 if home else 4000):
        tokens = rng.choice(sentences).split()
        length = rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 6))
        start = rng.randrange(max(1, len(tokens) - length + 1))
        spans.append(" ".join(tokens[start : start + length]))
    return sentences + spans + lists, kept_back


def typed_comments(rows: list[LabelledComment], data: Data, rng: random.Random) -> list[tuple[str, str]]:
    """Give (text, tag) of comments as people type them, whole, and of runs of 1-4 words in one language."""
    typed: list[tuple[str, str]] = []
    for row in rows:
        languages = row.languages or ()
        if len(languages) == 1 and languages[0] != "und":
            typed.append((row.text, languages[0]))
            runs = [(row.text, languages[0])]
        else:
            runs = [(row.text[start:end], language) for start, end, language in row.spans or ()]
            typed += runs
        for text, language in runs:
            tokens = text.split()
            for _ in range(min(3, 1 + len(tokens) // 8)):
                length = rng.choice((1, 1, 2, 2, 3, 4))
                start = rng.randrange(max(1, len(tokens) - length + 1))
                typed.append((" ".join(tokens[start : start + length]), language))
    with data.path("harm/toxic-spans", "comments.csv").open(encoding="utf-8") as file:
        english = [row["comment_text"] for row in csv.DictReader(file)]
    return typed + [(text, "en") for text in rng.sample(english, 8000)]


def lexicon(rows: list[LabelledComment]) -> str:
    """Count in which language each word of our comments stands: a line a word, then language and count.

    A mixed comment says it word by word; in a comment in one language the odd word of another counts with that one,
    so it weighs less.
    """
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        languages = row.languages or ()
        spans = row.spans or (((0, len(row.text), languages[0]),) if len(languages) == 1 else ())
        weight = 1.0 if row.spans else ALONE
        for word in words(row.text):
            language = next((tag for start, end, tag in spans if start <= word.start < end), "und")
            if language in SPOKEN and (known := prepare(word.text)):
                counts.setdefault(known, Counter())[language] += weight
    lines = []
    for word, found in sorted(counts.items()):
        if sum(found.values()) >= LEAST_COUNT and not {" ", "\t"} & {*word}:
            told = "\t".join(f"{tag}\t{count:g}" for tag, count in sorted(found.items()))
            lines.append(f"{word}\t{told}\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = Data(parser.parse_args().data)
    rng = random.Random(SEED)
    lines: list[str] = []
    counts: Counter[str] = Counter()
    kept_back: list[tuple[str, str]] = []
    for language, codes in choose_languages(data).items():
        tag = langcodes.standardize_tag(language)
        texts, back = collect(data, language, codes, rng)
        counts[tag] += len(texts)
        lines += [f"__label__{tag} {text}" for text in texts]
        kept_back += [(tag, text) for text in back]
    rows = threads("train") + read_labelled(Path("fixtures/starter/train.jsonl"))
    (FOLDER / "lexicon.tsv").write_text(lexicon(rows), encoding="utf-8")
    for text, tag in typed_comments(rows, data, rng):
        if (prepared := prepare_text(text)) and tag in counts:
            counts[tag] += 1
            lines.append(f"__label__{tag} {prepared}")
    rng.shuffle(lines)
    print(f"{len(lines):,} texts in {len(counts)} languages", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "train.txt"
        corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
        model = fasttext.train_supervised(
            str(corpus), minn=2, maxn=5, dim=DIMENSIONS, bucket=BUCKETS, minCount=30, lr=0.5, epoch=5,
            loss="softmax", thread=1, seed=SEED, verbose=1,
        )  # fmt: skip
        # The judge adds up words' vectors itself and needs the last matrix, which a quantised file does not give.
        output = np.asarray(model.get_output_matrix(), dtype=np.float32)
        model.quantize(str(corpus), qnorm=True, retrain=False, cutoff=0)
        model.save_model(str(FOLDER / "model.ftz"))
    save_file({"output": output}, FOLDER / "output.safetensors")
    said = [
        labels[0].removeprefix("__label__") for labels in model.predict([text for _, text in kept_back])[0]
    ]
    tags = sorted({tag for tag, _ in kept_back})
    f1 = f1_score([tag for tag, _ in kept_back], said, average=None, labels=tags)
    weakest = sorted(zip(f1, tags, strict=True))[:25]
    told = ", ".join(f"{tag} {value:.2f}" for value, tag in weakest)
    print(f"kept back: {len(tags)} languages, macro F1 {np.mean(f1):.4f}; weakest {told}")
    (FOLDER / "languages.toml").write_text(
        "# The languages that the model can name (BCP 47), with the training texts of each.\n[languages]\n"
        + "".join(f'"{tag}" = {count}\n' for tag, count in sorted(counts.items())),
        encoding="utf-8",
    )
    publish(FOLDER, [*data.provenance(), OWN_STARTER, OWN_CORPUS])


if __name__ == "__main__":
    main()
