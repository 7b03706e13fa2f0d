"""The comments to review as a CSV table, for those who work in a spreadsheet."""

import codecs
import csv
from collections.abc import Iterator
from typing import BinaryIO

from modfilter.records import SCORES
from modfilter.report.entries import Entry
from modfilter.report.gather import Report
from modfilter.sinks.files import no_formula

COLUMNS = (
    "urgency", "id", "action", "because", "rules", "article", "author", "created_at", "text", "deciding_words",
    "languages", "stance", *SCORES, "replies", "reach", "copies", "answers_to", "nearest_sentence", "article_id",
    "site", "section",
)  # fmt: skip


def write_table(report: Report, stream: BinaryIO) -> None:
    """Write a row for each comment, the most urgent first."""
    # A byte order mark tells Excel that this is UTF-8; without one it turns "é" into "Ã©".
    stream.write(codecs.BOM_UTF8)
    rows = csv.writer(codecs.getwriter("utf-8")(stream))
    rows.writerow(COLUMNS)
    for place, entry in enumerate(report.entries, start=1):
        rows.writerow([no_formula(cell) for cell in (place, *_cells(entry))])


def _cells(entry: Entry) -> Iterator[object]:
    yield entry.id
    yield entry.action
    yield " ".join(why.because for why in entry.whys)
    yield " ".join(why.rule for why in entry.whys)
    yield entry.article
    yield entry.author
    yield entry.when.isoformat() if entry.when else entry.age
    yield entry.text
    yield " | ".join(entry.text[mark.start : mark.end] for mark in entry.marks)
    yield " ".join(f"{tag}:{share:.2f}" for tag, share in entry.languages)
    yield entry.stance
    yield from (entry.scores.get(name) for name in SCORES)
    yield entry.around.replies
    yield entry.reach
    yield entry.copies
    yield entry.around.parent.text if entry.around.parent else None
    yield entry.nearest
    yield entry.article_id
    yield entry.site
    yield entry.section
