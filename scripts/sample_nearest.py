"""Draws on-topic comments of test for a second reader, who picks the sentence of the article that each is nearest to.

python scripts/sample_nearest.py > sheet.txt

The reader's picks go to fixtures/corpus/reading/nearest.jsonl: {"id", "sentence"} a line, sentences counted from 0.
"""

import random
from pathlib import Path

from encoder_tasks import threads
from modfilter.readers import read_articles
from modfilter.text import sentences

SAMPLE, SEED = 100, 9


def main() -> None:
    articles = read_articles(Path("fixtures/corpus/articles.jsonl"))
    rows = threads("test")
    text_of = {row.id: row.text for row in rows}
    chosen = random.Random(SEED).sample([row for row in rows if row.on_topic == "article"], SAMPLE)
    for row in sorted(chosen, key=lambda row: row.id):
        article = articles[row.article_id or ""]
        print(f"== {row.id} under: {article.title}")
        for number, (start, end) in enumerate(sentences(article.body)):
            print(f"   [{number}] {article.body[start:end]}")
        if row.parent_id:
            print(f"   answers: {text_of[row.parent_id]}")
        print(f"   comment: {row.text}")
        if row.gloss:
            print(f"   in English: {row.gloss}")


if __name__ == "__main__":
    main()
