"""Trains models/language: a fastText identifier of sentences, phrases and single words.

python scripts/train_language.py --data DIR     (about 15 minutes on one core, reproducible)

Character n-grams of 2-5, quantised (Joulin et al. 2016, "FastText.zip: Compressing text classification models").
Prints how well it names sentences that were kept back. Then run scripts/calibrate_language.py.
"""

import argparse
import json
import random
import tempfile
from collections import Counter
from pathlib import Path

import fasttext
import langcodes
import numpy as np
from safetensors.numpy import save_file
from sklearn.metrics import f1_score

import flores
from data import Data
from encoder_tasks import threads
from language_comments import RARE, lexicon, typed_comments
from language_names import NDEBELE_TEST_LINES, dictionary, names, running_text
from modfilter.language.words import prepare_text
from modfilter.readers.labelled import read_labelled
from other_scripts import TABLES, rewritten
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
    *"""
    bew meo btx bts bbc iba mad hrx wuu cpf crs mfe trp rhg ctg syl cgg ktu apd ayl alz dov iso doi mwr
    skr kaa lub ady bik hil cbk nhe bua kbd zap ava tcy brx awa mag bho mai hne san bjn min ban ace pap
    lij lmo lim ltg fur vec scn szl crh run tum dyu quc tet cha efi pag kas bal mak chk mah gom tpi zza
    """.split(),
}
"""Codes that are not learnt; the third line: constructed ones, and those with a thousand lines of Tatoeba at most."""
MERGED = {"dik": "din", "ndc": "sna", "ndc-ZW": "sna", "chm": "mhr"}
"""Dialects: Ndau counts as Shona, as readers and docs/annotation.md have it."""
LEAST = 1_000
"""Lines of running text, or words of a lexicon, without which a language is not learnt."""
# What a Harare thread is written in, and what stands nearest to it: more text than the others.
HOME = {"sna", "eng", "nde", "zul", "nya", "swa", "xho", "ven", "tso", "tsn", "sot", "nso", "kin"}
# Further Bantu languages, whose phrases are the ones taken for Shona.
NEAR = {"lug", "lin", "bem", "kik", "kon", "ssw", "nbl"}
KEPT_BACK, KEPT_AT_HOME, KEPT_SHARE = 60, 300, 0.1
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
    home, near = language in HOME, language in HOME | NEAR
    sentences: list[str] = []
    lists: list[str] = []
    for code in codes:
        for name in SENTENCE_SETS:
            lines = data.lines(f"language/{name}", code)
            if (name, code) == ("ntrex", "nde"):
                lines = lines[:-NDEBELE_TEST_LINES]
            sentences += rng.sample(lines, min(len(lines), 6000 if near else 2000))
        for name in WORD_SETS:
            lines = data.lines(f"language/{name}", code)
            lists += [line for line in map(prepare_text, lines[: 6000 if near else 3500]) if line]
    lists += [line for line in map(prepare_text, rewritten(language, lists)) if line]
    sentences = [line for line in map(prepare_text, sentences) if line]
    rng.shuffle(sentences)
    kept = min(KEPT_AT_HOME if home else KEPT_BACK, int(len(sentences) * KEPT_SHARE))
    kept_back, sentences = sentences[:kept], sentences[kept:][: 12000 if home else 6000]
    # Where a lexicon is most of what there is, its words are strung together: no sentences, but their letters.
    while lists and len(sentences) < (5000 if language in TABLES else 2500):
        sentences.append(" ".join(rng.choices(lists, k=rng.randint(3, 10))))
    spans = []
    for _ in range(14000 if home else 9000 if near else 5000):
        tokens = rng.choice(sentences).split()
        length = rng.choice((1, 1, 1, 2, 2, 3, 4, 4, 5, 6))
        start = rng.randrange(max(1, len(tokens) - length + 1))
        spans.append(" ".join(tokens[start : start + length]))
    return sentences + spans + lists, kept_back


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = Data(parser.parse_args().data)
    rng = random.Random(SEED)
    lines: list[str] = []
    counts: Counter[str] = Counter()
    kept_back: list[tuple[str, str]] = []
    scripts: dict[str, list[str]] = {}
    flores_tags = flores.tags()
    for language, codes in choose_languages(data).items():
        tag = langcodes.standardize_tag(language)
        texts, back = collect(data, language, codes, rng)
        counts[tag] += len(texts)
        if tag in flores_tags:
            scripts[tag] = flores.scripts_of(texts)
        lines += [f"__label__{tag} {text}" for text in texts]
        kept_back += [(tag, text) for text in back]
    rows = threads("train") + read_labelled(Path("fixtures/starter/train.jsonl"))
    (FOLDER / "lexicon.tsv").write_text(lexicon(rows), encoding="utf-8")
    (FOLDER / "names.txt").write_text(
        "\n".join(names(running_text(rows, data), dictionary(data))) + "\n", encoding="utf-8"
    )
    for text, tag in typed_comments(rows, data, rng):
        if (prepared := prepare_text(text)) and tag in counts:
            times = 2 if tag in RARE else 1
            counts[tag] += times
            lines += [f"__label__{tag} {prepared}"] * times
    rng.shuffle(lines)
    print(f"{len(lines):,} texts in {len(counts)} languages", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "train.txt"
        corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
        model = fasttext.train_supervised(
            str(corpus), minn=2, maxn=5, dim=DIMENSIONS, bucket=BUCKETS, minCount=30, lr=0.5, epoch=8,
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
        + "".join(f'"{tag}" = {count}\n' for tag, count in sorted(counts.items()))
        + "\n# Those of them that FLORES-200 has, with the scripts of their training texts. It is measured on\n"
        "# sentences in these: how a language looks in another script is nowhere to be learnt.\n[flores200]\n"
        + "".join(f'"{tag}" = {json.dumps(found)}\n' for tag, found in sorted(scripts.items())),
        encoding="utf-8",
    )
    publish(FOLDER, [*data.provenance(), OWN_STARTER, OWN_CORPUS])


if __name__ == "__main__":
    main()
