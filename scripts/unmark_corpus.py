"""Turns drafts of labelled threads, with marks in the text, into rows of fixtures/corpus with offsets.

python scripts/unmark_corpus.py DRAFT.jsonl ...                  (only checks)
python scripts/unmark_corpus.py DRAFT.jsonl ... --split train    (and stores)

A draft's first line is its article: {"id", "title", "body", "language", "topic"}; each other line a comment:
{"id": "c07", "re": "c03", "by": "Mai Tino", "text": "Ava <en>foreigners</en> <v>ngavarohwe</v>",
 "langs": "sn en", "topic": "no", "stance": "calls_for", "target": "group", "harms": "identity_attack insult",
 "gloss": "These foreigners should be beaten", "tags": "hortative", "diff": "easy", "set": "s1"}
Only id, by, text, langs, topic and stance are always needed. docs/annotation.md says what the labels mean.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from modfilter.readers.labelled import LabelledComment
from modfilter.records import StanceLabel

HARMS = ("identity_attack", "insult", "obscene", "spam")
KEYS = set("id re by text langs topic stance target harms gloss tags diff set".split())
PHENOMENA = set(
    "negation quotation sarcasm rhetorical proverb figurative sport conditional wish coded dehumanising"
    " veiled context-only hortative imperative obligation passive causative ideophone question lawful"
    " self-defence war religious property deportation mob-justice state-violence self-harm masked typo-heavy"
    " sms code-mixed-verb dialect emoji one-word meta".split()
)
LANGUAGES = set("sn en nd zu ny sw pt fr und".split())
MARK = re.compile(r"<(/?)(en|sn|nd|zu|ny|sw|pt|fr|und|v)>")


def unmark(marked: str, main: str) -> tuple[str, list[tuple[int, int, str]], list[tuple[int, int]]]:
    """Take the marks out; give the text, its language spans (in order, whole text) and its evidence."""
    text = ""
    position = 0
    open_marks: dict[str, int] = {}
    parts: list[tuple[int, int, str]] = []
    evidence: list[tuple[int, int]] = []
    for match in MARK.finditer(marked):
        text += marked[position : match.start()]
        position = match.end()
        closing, name = match.groups()
        if not closing:
            if name in open_marks or (name != "v" and open_marks.keys() - {"v"}):
                raise ValueError(f"<{name}> is opened inside another")
            open_marks[name] = len(text)
        else:
            if name not in open_marks:
                raise ValueError(f"</{name}> closes nothing")
            start = open_marks.pop(name)
            if start == len(text):
                raise ValueError(f"<{name}></{name}> is empty")
            if name == "v":
                evidence.append((start, len(text)))
            else:
                parts.append((start, len(text), name))
    text += marked[position:]
    if open_marks:
        raise ValueError(f"<{next(iter(open_marks))}> is not closed")
    spans: list[tuple[int, int, str]] = []
    cursor = 0
    for start, end, language in [*parts, (len(text), len(text), "")]:
        between = text[cursor:start]
        if any(letter.isalpha() for letter in between):
            left = cursor + len(between) - len(between.lstrip())
            spans.append((left, cursor + len(between.rstrip()), main))
        if language:
            spans.append((start, end, language))
        cursor = end
    return text, spans, evidence


def compile_row(row: dict[str, Any], article: str, earlier: set[str]) -> LabelledComment:
    """Check one draft comment and give it in its stored form; raise ValueError for what is wrong."""
    if unknown := row.keys() - KEYS:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    languages = row["langs"].split()
    if unknown := set(languages) - LANGUAGES:
        raise ValueError(f"unknown languages {sorted(unknown)}")
    text, spans, evidence = unmark(row["text"], languages[0])
    if not text.strip():
        raise ValueError("no text")
    marked = {span[2] for span in spans}
    if len(languages) > 1 and marked != set(languages):
        raise ValueError(f"langs say {languages}, the marks {sorted(marked)}")
    if len(languages) == 1 and marked - set(languages):
        spans = []  # a word or two of another language do not make a comment mixed
    stance = StanceLabel(row["stance"])
    tags = row.get("tags", "").split()
    if unknown := set(tags) - PHENOMENA:
        raise ValueError(f"unknown tags {sorted(unknown)}")
    harms = row.get("harms", "").split()
    if unknown := set(harms) - set(HARMS):
        raise ValueError(f"unknown harms {sorted(unknown)}")
    if stance.incites and not evidence and "context-only" not in tags:
        raise ValueError("an inciting comment needs <v>evidence</v> (or the tag context-only)")
    if evidence and not stance.incites:
        raise ValueError("only an inciting comment has <v>evidence</v>")
    if languages not in (["en"], ["und"]) and not row.get("gloss"):
        raise ValueError("a gloss is missing")
    parent = row.get("re")
    if parent is not None and parent not in earlier:
        raise ValueError(f"re: {parent!r} is no earlier comment")
    stored = {
        "id": f"{article}-{row['id']}",
        "article_id": article,
        "parent_id": f"{article}-{parent}" if parent else None,
        "author": row["by"],
        "text": text,
        "languages": languages,
        "spans": spans if len(languages) > 1 else None,
        "gloss": row.get("gloss"),
        "on_topic": row["topic"],
        "stance": stance,
        "target": row.get("target", "none"),
        **{harm: int(harm in harms) for harm in HARMS},
        "evidence": evidence,
        "set_id": f"{article}-{row['set']}" if row.get("set") else None,
        "phenomena": tags,
        "difficulty": row.get("diff", "medium"),
    }
    return msgspec.convert(stored, LabelledComment)


def compile_draft(path: Path) -> tuple[dict[str, str], list[LabelledComment]]:
    """Read one draft; exit with every line that is wrong."""
    lines = path.read_text(encoding="utf-8").splitlines()
    article = json.loads(lines[0])
    rows: list[LabelledComment] = []
    earlier: set[str] = set()
    problems = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append(compile_row(row, article["id"], earlier))
            if row["id"] in earlier:
                raise ValueError(f"id {row['id']!r} is used twice")
            earlier.add(row["id"])
        except (ValueError, KeyError, msgspec.ValidationError) as error:
            problems.append(f"{path}:{number}: {type(error).__name__}: {error}")
    if problems:
        sys.exit("\n".join(problems))
    return article, rows


def store(article: dict[str, str], rows: list[LabelledComment], split: str, out: Path) -> None:
    """Write a thread into its split's folder, and its article into articles.jsonl."""
    (out / split).mkdir(parents=True, exist_ok=True)
    (out / split / f"{article['id']}.jsonl").write_bytes(b"".join(encoded(row) for row in rows))
    path = out / "articles.jsonl"
    known = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )
    known = [other for other in known if other["id"] != article["id"]] + [{**article, "split": split}]
    lines = [
        json.dumps(each, ensure_ascii=False) + "\n" for each in sorted(known, key=lambda each: each["id"])
    ]
    path.write_text("".join(lines), encoding="utf-8")


def encoded(row: LabelledComment) -> bytes:
    """Give a stored row as a line; keys without a value are left out."""
    values = {key: value for key, value in msgspec.to_builtins(row).items() if value not in (None, [], ())}
    return msgspec.json.encode(values) + b"\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("drafts", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="the default: only check")
    parser.add_argument("--split", choices=("train", "dev", "test"), help="store the threads in this split")
    parser.add_argument("--out", type=Path, default=Path("fixtures/corpus"))
    options = parser.parse_args()
    for path in options.drafts:
        article, rows = compile_draft(path)
        inciting = sum(bool(row.incites) for row in rows)
        words = len(article["body"].split())
        print(f"{path.name}: {len(rows)} comments, {inciting} inciting, article of {words} words")
        if options.split:
            store(article, rows, options.split, options.out)


if __name__ == "__main__":
    main()
