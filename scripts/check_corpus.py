"""Checks fixtures/corpus and prints its shares and counts; exits with 1 where something must not be.

python scripts/check_corpus.py

Near-duplicates are pairs with a Jaccard similarity of 0.7 or more between their sets of character 4-grams;
members of one contrast set count as one comment, and texts under 20 characters ("ndizvozvo", "so sad") are
left out: people do say the same short things.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from modfilter.readers.labelled import LabelledComment, read_labelled

CORPUS = Path("fixtures/corpus")
STARTER = Path("fixtures/starter")
SPLITS = ("train", "dev", "test")
HARMS = ("identity_attack", "insult", "obscene", "spam")
INDIRECT = set("sarcasm rhetorical proverb conditional wish coded veiled context-only".split())
SIMILAR = 0.7
SHORT = 20
LONGEST_GRAM_SHARE = 0.005
WITHIN = 0.02
EVASIONS = 300

Rows = dict[str, list[LabelledComment]]


def read() -> Rows:
    """Read every comment by split; the starter comments belong to their own split."""
    rows: Rows = {}
    for split in SPLITS:
        paths = [*sorted((CORPUS / split).glob("[a-z]*.jsonl")), *STARTER.glob(f"{split}.jsonl")]
        rows[split] = [row for path in paths for row in read_labelled(path)]
    return rows


def group_of(row: LabelledComment) -> str:
    """Name the language group of a comment: sn, mixed, en, nd/zu or other."""
    languages = row.languages or ("und",)
    if {"nd", "zu"} & {*languages}:
        return "nd/zu"
    if len(languages) > 1:
        return "mixed"
    return languages[0] if languages[0] in ("sn", "en") else "other"


def faults(rows: Rows, articles: dict[str, dict[str, str]]) -> Iterator[str]:
    """Say what is wrong with single rows."""
    split_of_set: dict[str, str] = {}
    seen: set[str] = set()
    for split, comments in rows.items():
        known = {row.id for row in comments}
        for row in comments:
            where = f"{split} {row.id}"
            if row.id in seen:
                yield f"{where}: the id is used twice"
            seen.add(row.id)
            if row.parent_id and row.parent_id not in known:
                yield f"{where}: parent {row.parent_id} is not in the split"
            if row.set_id and split_of_set.setdefault(row.set_id, split) != split:
                yield f"{where}: set {row.set_id} is in two splits"
            places = [(s, e) for s, e, _ in row.spans or ()] + [*row.evidence]
            if any(not 0 <= s < e <= len(row.text) for s, e in places):
                yield f"{where}: a span lies outside the text"
            if any(a[1] > b[0] for a, b in pairwise(row.spans or ())):
                yield f"{where}: language spans overlap"
            if row.id.startswith("starter"):
                continue
            if articles.get(row.article_id or "", {}).get("split") != split:
                yield f"{where}: article {row.article_id} is not of this split"
            languages = row.languages or ()
            if len(languages) > 1 and {language for *_, language in row.spans or ()} != {*languages}:
                yield f"{where}: spans and languages differ"
            if languages not in (("en",), ("und",)) and not row.gloss:
                yield f"{where}: the gloss is missing"
            if row.incites and not row.evidence and "context-only" not in row.phenomena:
                yield f"{where}: incites without evidence"
            if row.on_topic is None or row.stance is None:
                yield f"{where}: a label is missing"


def evasion_faults(rows: Rows) -> Iterator[str]:
    """Say what is wrong with the evasion set: each row disguises an inciting comment of test."""
    path = CORPUS / "evasion.jsonl"
    originals = {row.id: row for row in rows["test"]}
    disguised = read_labelled(path) if path.exists() else []
    counts = Counter(how for row in disguised for how in row.phenomena)
    print(f"\nevasion set: {len(disguised)} comments; {dict(counts)}")
    for row in disguised:
        original = originals.get((row.set_id or "").removeprefix("evasion-"))
        if original is None or original.stance is not row.stance or not original.incites:
            yield f"evasion {row.id}: its original in test does not incite in the same way"
        elif original.text == row.text:
            yield f"evasion {row.id}: is not disguised"
        if any(not 0 <= start < end <= len(row.text) for start, end in row.evidence):
            yield f"evasion {row.id}: its evidence lies outside the text"
    if len(disguised) < EVASIONS:
        yield f"evasion set: {len(disguised)} comments, of at least {EVASIONS}"


def near_duplicates(rows: Rows) -> Iterator[tuple[str, LabelledComment, str, LabelledComment]]:
    """Give pairs of comments that are nearly the same and not of one set."""
    flat = [(split, row) for split, comments in rows.items() for row in comments if len(row.text) >= SHORT]
    grams = CountVectorizer(analyzer="char_wb", ngram_range=(4, 4), binary=True, dtype=np.int32)
    matrix = grams.fit_transform([row.text for _, row in flat])
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    for start in range(0, len(flat), 500):
        shared = (matrix[start : start + 500] @ matrix.T).tocoo()
        union = sizes[start + shared.row] + sizes[shared.col] - shared.data
        for i, j in zip(*np.stack([shared.row, shared.col])[:, shared.data >= SIMILAR * union], strict=True):
            (split, row), (other_split, other) = flat[start + i], flat[j]
            if start + i < j and (row.set_id is None or row.set_id != other.set_id):
                yield split, row, other_split, other


def commonest_gram(rows: Rows) -> tuple[str, float]:
    """Give the word 5-gram that most comments share (a set counts once), and its share."""
    holders: dict[tuple[str, ...], set[str]] = {}
    comments = [row for split in rows.values() for row in split]
    for row in comments:
        words = row.text.lower().split()
        for start in range(len(words) - 4):
            holders.setdefault(tuple(words[start : start + 5]), set()).add(row.set_id or row.id)
    gram = max(holders, key=lambda gram: len(holders[gram]))
    return " ".join(gram), len(holders[gram]) / len(comments)


def wanted(rows: Rows) -> Iterator[tuple[str, float, float]]:
    """Give (what, how much there is, how much there must be)."""
    comments = [row for split in rows.values() for row in split]
    groups = Counter(group_of(row) for row in comments)
    inciting = [row for row in comments if row.incites]
    labelled = [row for row in inciting if not row.id.startswith("starter")]
    yield "comments", len(comments), 5000
    yield "inciting", len(inciting), 1200
    for harm, least in zip(HARMS, (400, 300, 200, 200), strict=True):
        yield harm, sum(bool(getattr(row, harm)) for row in comments), least
    indirect = sum(bool(INDIRECT & {*row.phenomena}) for row in labelled)
    yield "indirect share of inciting", indirect / max(1, len(labelled)), 1 / 3
    for group, least in (("sn", 0.35), ("mixed", 0.24), ("en", 0.25), ("nd/zu", 0.07)):
        yield f"share {group}", groups[group] / len(comments), least
    for group, least in (("sn", 100), ("mixed", 100), ("en", 100), ("nd/zu", 50)):
        n = sum(bool(row.incites) and group_of(row) == group for row in rows["test"])
        yield f"inciting in test, {group}", n, least
    sets = {split: contrast_sets(rows[split]) for split in SPLITS}
    every = [members for split in SPLITS for members in sets[split]]
    yield "contrast sets", len(every), 600
    yield "contrast sets in dev and test", len(sets["dev"]) + len(sets["test"]), 300
    main = Counter(Counter(map(group_of, members)).most_common(1)[0][0] for members in every)
    yield "contrast sets, Shona or mixed", main["sn"] + main["mixed"], 300
    yield "contrast sets, Ndebele", main["nd/zu"], 60


def contrast_sets(comments: list[LabelledComment]) -> list[list[LabelledComment]]:
    """Gather the members of each contrast set; a set of one is none."""
    sets: dict[str, list[LabelledComment]] = {}
    for row in comments:
        if row.set_id:
            sets.setdefault(row.set_id, []).append(row)
    return [members for members in sets.values() if len(members) > 1]


def digest() -> str:
    """Give the SHA-256 of the test split: its files in order of their names, and their articles."""
    articles = (CORPUS / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [line for line in articles if json.loads(line)["split"] == "test"]
    texts += [path.read_text(encoding="utf-8") for path in sorted((CORPUS / "test").glob("*.jsonl"))]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def print_counts(rows: Rows) -> None:
    """Print counts by split for language, stance, topic, phenomenon and difficulty."""

    def table(title: str, keys_of: dict[str, Counter[str]]) -> None:
        keys = sorted({key for counts in keys_of.values() for key in counts})
        print(f"\n{title:24}" + "".join(f"{split:>8}" for split in SPLITS))
        for key in keys:
            print(f"  {key:22}" + "".join(f"{keys_of[split][key]:8}" for split in SPLITS))

    table("comments", {s: Counter(map(group_of, r)) for s, r in rows.items()})
    table("inciting", {s: Counter(group_of(c) for c in r if c.incites) for s, r in rows.items()})
    table("stance", {s: Counter(c.stance.value for c in r if c.stance) for s, r in rows.items()})
    table("topic", {s: Counter(c.on_topic for c in r if c.on_topic) for s, r in rows.items()})
    table("target", {s: Counter(c.target for c in r if c.target) for s, r in rows.items()})
    table("phenomena", {s: Counter(p for c in r for p in c.phenomena) for s, r in rows.items()})
    table("difficulty", {s: Counter(c.difficulty for c in r if c.difficulty) for s, r in rows.items()})


def main() -> None:
    lines = (CORPUS / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = {article["id"]: article for article in map(json.loads, lines)}
    rows = read()
    problems = [*faults(rows, articles)]
    print_counts(rows)
    languages = Counter(article["language"] for article in articles.values())
    splits = Counter(article["split"] for article in articles.values())
    print(f"\narticles {len(articles)}: {dict(languages)}; {dict(splits)}")
    print()
    for what, found, least in wanted(rows):
        print(f"{what:32} {found:8.3g} of at least {least:.3g}{'' if found >= least else '   TOO FEW'}")
        if found < least:
            problems.append(f"{what}: {found:.3g} is under {least:.3g}")
    total = sum(map(len, rows.values()))
    pairs = [*near_duplicates(rows)]
    across = [(a, b) for split, a, other, b in pairs if split != other]
    problems += [f"near-duplicates across splits: {a.id} {a.text!r} ~ {b.id} {b.text!r}" for a, b in across]
    within = len({row.id for split, a, other, b in pairs if split == other for row in (a, b)})
    print(f"\nnear-duplicates across splits: {len(across)}; comments with one within: {within / total:.2%}")
    if within / total >= WITHIN:
        problems.append(f"near-duplicates within splits: {within / total:.2%}")
    gram, share = commonest_gram(rows)
    print(f"commonest 5-gram {gram!r}: in {share:.2%} of the comments")
    if share > LONGEST_GRAM_SHARE:
        problems.append(f"the 5-gram {gram!r} is in {share:.2%} of the comments")
    problems += evasion_faults(rows)
    pinned = CORPUS / "test.sha256"
    if pinned.exists() and pinned.read_text(encoding="utf-8").strip() != digest():
        problems.append("the test split is not the one that was pinned: see fixtures/corpus/errata.md")
    print("\n".join(["", *problems, f"{len(problems)} problems"]))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
