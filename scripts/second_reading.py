"""The second reading of the corpus: sheets without labels, agreement (Cohen's kappa), settled differences.

python scripts/second_reading.py sheet a03 ...        prints articles and threads without any label
python scripts/second_reading.py check FILE.jsonl     checks a reader's answers
python scripts/second_reading.py differences          lists rows where the two readings differ, as JSON Lines
python scripts/second_reading.py settle FILE.jsonl    records settled differences and corrects the labels
python scripts/second_reading.py kappa                prints agreement by label and language

A reader answers one line a comment: {"id", "langs", "topic", "stance", "target", "harms"}, as in a draft
(scripts/unmark_corpus.py). Answers lie in fixtures/corpus/reading/second.jsonl; settled differences, with the
first label, the second and the reason, in fixtures/corpus/reading/settled.jsonl.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sklearn.metrics import cohen_kappa_score

from modfilter.readers.labelled import LabelledComment, read_labelled
from modfilter.records import StanceLabel
from unmark_corpus import HARMS, encoded, unmark

CORPUS = Path("fixtures/corpus")
STARTER = Path("fixtures/starter")
READING = CORPUS / "reading"
LABELS = ("languages", "on_topic", "stance", "incites", "target", *HARMS)
STARTER_LABELS = ("languages", "stance", "incites", "identity_attack", "insult")


def files() -> list[Path]:
    """List every file of labelled comments that can be read again."""
    return [*sorted(CORPUS.glob("*/[a-z][0-9]*.jsonl")), *sorted(STARTER.glob("*.jsonl"))]


def corpus() -> Iterator[tuple[Path, LabelledComment]]:
    """Give every comment with the file it lies in."""
    for path in files():
        for row in read_labelled(path):
            yield path, row


def labels_of(row: LabelledComment) -> dict[str, Any]:
    """Give the labels that are read twice."""
    stance = row.stance.value if row.stance else None
    return {
        "languages": " ".join(row.languages or ()),
        "on_topic": row.on_topic,
        "stance": stance,
        "incites": row.incites,
        "target": row.target,
        **{harm: getattr(row, harm) for harm in HARMS},
    }


def labels_of_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """Give a reader's labels in the same form; raise ValueError for one that does not exist."""
    stance = StanceLabel(answer["stance"])
    harms = answer.get("harms", "").split()
    if unknown := set(harms) - set(HARMS):
        raise ValueError(f"unknown harms {sorted(unknown)}")
    if answer.get("topic", "no") not in ("article", "thread", "generic", "no"):
        raise ValueError(f"unknown topic {answer['topic']!r}")
    return {
        "languages": " ".join(answer["langs"].split()),
        "on_topic": answer.get("topic"),
        "stance": stance.value,
        "incites": stance.incites,
        "target": answer.get("target", "none"),
        **{harm: int(harm in harms) for harm in HARMS},
    }


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines; none where the file does not exist."""
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def sheet(names: list[str]) -> None:
    """Print articles and their comments without labels."""
    articles = {row["id"]: row for row in read_lines(CORPUS / "articles.jsonl")}
    for path in files():
        if path.stem not in names:
            continue
        if article := articles.get(path.stem):
            print(f"=== {article['id']}: {article['title']}\n\n{article['body']}\n")
        for row in read_labelled(path):
            answers = f" (answers {row.parent_id})" if row.parent_id else ""
            print(json.dumps(f"{row.id}{answers} {row.author or ''}: {row.text}", ensure_ascii=False)[1:-1])


def check(path: Path) -> None:
    """Say what is wrong with a reader's answers."""
    known = {row.id for _, row in corpus()}
    problems = []
    seen: set[str] = set()
    for number, answer in enumerate(read_lines(path), start=1):
        try:
            labels_of_answer(answer)
            if answer["id"] not in known or answer["id"] in seen:
                raise ValueError(f"id {answer['id']!r} is unknown or given twice")
            seen.add(answer["id"])
        except (KeyError, ValueError) as error:
            problems.append(f"{path}:{number}: {error!r}")
    started = {name.rsplit("-", 1)[0] for name in seen}
    missing = sorted(name for name in known - seen if name.rsplit("-", 1)[0] in started)
    if missing and not path.stem.startswith("starter"):
        problems.append(f"not answered: {' '.join(missing)}")
    print("\n".join(problems) or f"{len(seen)} answers, all well-formed")
    sys.exit(bool(problems))


def pairs() -> Iterator[tuple[LabelledComment, str, Any, Any]]:
    """Give (comment, label, first, second) for every label read twice; the first before any settling."""
    settled = {(row["id"], row["label"]): row["first"] for row in read_lines(READING / "settled.jsonl")}
    answers = {row["id"]: row for row in read_lines(READING / "second.jsonl")}
    for path, row in corpus():
        if answer := answers.get(row.id):
            now, second = labels_of(row), labels_of_answer(answer)
            for label in STARTER_LABELS if path.parent == STARTER else LABELS:
                first = settled.get((row.id, label), now[label])
                if label == "incites" and (row.id, "stance") in settled:
                    first = StanceLabel(settled[row.id, "stance"]).incites
                yield row, label, first, second[label]


def differences() -> None:
    """List what is still to be settled."""
    done = {(row["id"], row["label"]) for row in read_lines(READING / "settled.jsonl")}
    for row, label, first, second in pairs():
        if first != second and label != "incites" and (row.id, label) not in done:
            entry = {"id": row.id, "text": row.text, "label": label, "first": first, "second": second}
            print(json.dumps(entry, ensure_ascii=False))


def settle(path: Path) -> None:
    """Record settled differences (with "settled" and "reason" added to each); correct the labels.

    A comment that turns out to be mixed brings its text with language marks ("marked"), one that turns
    out to incite the words that decide it ("evidence").
    """
    rows = read_lines(path)
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        changes.setdefault(row["id"], []).append(row)
    known = {row.id for _, row in corpus()}
    if unknown := changes.keys() - known:
        sys.exit(f"unknown comments: {sorted(unknown)}")
    corrected = {
        file: [_corrected(row, changes.get(row.id, [])) for row in read_labelled(file)] for file in files()
    }
    for file, stored in corrected.items():
        if any(row.id in changes for row in stored):
            file.write_bytes(b"".join(encoded(row) for row in stored))
    with (READING / "settled.jsonl").open("a", encoding="utf-8") as file_out:
        for row in rows:
            keys = ("id", "label", "first", "second", "settled", "reason")
            file_out.write(json.dumps({key: row[key] for key in keys}, ensure_ascii=False) + "\n")
    print(f"{len(rows)} differences settled in {len(changes)} comments")


def _corrected(row: LabelledComment, changes: list[dict[str, Any]]) -> LabelledComment:
    """Apply what was settled of one comment; raise ValueError where spans or evidence are then missing."""
    values = msgspec.to_builtins(row)
    for change in changes:
        value = change["settled"]
        values[change["label"]] = value.split() if change["label"] == "languages" else value
        if marked := change.get("marked"):
            text, values["spans"], _ = unmark(marked, value.split()[0])
            if text != row.text:
                raise ValueError(f"{row.id}: the marked text is not the comment's own: {text!r}")
        if words := change.get("evidence"):
            start = row.text.index(words)
            values["evidence"] = [(start, start + len(words))]
    if len(values["languages"] or ()) < 2:
        values["spans"] = None
    incites = values["stance"] is not None and StanceLabel(values["stance"]).incites
    if not incites:
        values["evidence"] = []
    elif changes and not values["evidence"] and "context-only" not in values["phenomena"] and row.article_id:
        raise ValueError(f"{row.id}: incites, but no words are given as evidence")
    return msgspec.convert(values, LabelledComment)


def kappa() -> None:
    """Print Cohen's kappa (Cohen 1960) and raw agreement of every label, by language."""
    found: dict[str, dict[str, list[tuple[Any, Any]]]] = {}
    for row, label, first, second in pairs():
        languages = row.languages or ()
        group = "mixed" if len(languages) > 1 else languages[0]
        for name in ("all", group if group in ("sn", "en", "nd", "mixed") else "other"):
            found.setdefault(label, {}).setdefault(name, []).append((str(first), str(second)))
    groups = ["all", "sn", "mixed", "en", "nd", "other"]
    print(f"{'label':16}" + "".join(f"{group:>18}" for group in groups))
    for label, by_group in found.items():
        cells = []
        for group in groups:
            both = by_group.get(group, [])
            if not both:
                cells.append("")
                continue
            first, second = zip(*both, strict=True)
            same = sum(a == b for a, b in both) / len(both)
            # Within one language its own label hardly varies, and kappa says nothing.
            tells = len({*first, *second}) > 1 and (label != "languages" or group == "all")
            value = f"{cohen_kappa_score(first, second):.2f}" if tells else "–"
            cells.append(f"{value} {same:4.0%} /{len(both)}")
        print(f"{label:16}" + "".join(f"{cell:>18}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=("sheet", "check", "differences", "settle", "kappa"))
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    if options.command == "sheet":
        sheet(options.arguments)
    elif options.command in ("check", "settle"):
        {"check": check, "settle": settle}[options.command](Path(options.arguments[0]))
    else:
        {"differences": differences, "kappa": kappa}[options.command]()


if __name__ == "__main__":
    main()
