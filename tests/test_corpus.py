"""The corpus keeps its own rules; scripts/check_corpus.py prints the counts behind them."""

import json
import subprocess
import sys

from modfilter.readers.labelled import read_labelled

from .conftest import ROOT

CORPUS = ROOT / "fixtures" / "corpus"


def test_the_corpus_passes_its_checker() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/check_corpus.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_every_settled_difference_has_its_reason_and_stands_in_the_labels() -> None:
    rows = {
        row.id: row
        for path in [*CORPUS.glob("*/[a-z][0-9]*.jsonl"), *(ROOT / "fixtures" / "starter").glob("*.jsonl")]
        for row in read_labelled(path)
    }
    settled = (CORPUS / "reading" / "settled.jsonl").read_text(encoding="utf-8").splitlines()
    last = {(row["id"], row["label"]): row for row in map(json.loads, settled)}
    for (name, label), row in last.items():
        value = getattr(rows[name], label)
        found = value.value if label == "stance" else " ".join(value) if label == "languages" else value
        assert row["reason"].strip()
        assert found == row["settled"], (name, label)
