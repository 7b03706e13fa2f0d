"""Writes synthetic dumps of any size, and the same thread in every format that modfilter reads.

A dump's comments are cut together from those of fixtures/threads by a seeded generator, so that words and spelling are
real and hardly a comment comes twice; `written` shuffles them, and two in five answer another.
"""

import csv
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from modfilter.readers.labelled import read_labelled

THREADS = Path(__file__).parents[2] / "fixtures" / "threads"
Row = dict[str, Any]


def rows_of(count: int, articles: int, seed: int = 1) -> Iterator[Row]:
    """Give comments under `articles` articles, in no order, two in five a reply to another one of its article."""
    rng = random.Random(seed)
    texts = [
        c.text.split() for file in sorted((THREADS / "labels").glob("*.jsonl")) for c in read_labelled(file)
    ]
    order = [*range(count)]
    rng.shuffle(order)
    for number in order:
        first, second = rng.choice(texts), rng.choice(texts)
        text = " ".join(first[: rng.randint(1, len(first))] + second[rng.randint(0, len(second)) :])
        parent = None
        if number >= articles and rng.random() < 0.4:
            parent = str(number % articles + articles * rng.randrange(number // articles))
        yield {"id": str(number), "article_id": str(number % articles), "parent_id": parent, "text": text}


def articles_of(articles: int) -> Iterator[Row]:
    """Give the articles: a fixture's body under a title of its own."""
    lines = (THREADS / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    known = [json.loads(line) for line in lines]
    for number in range(articles):
        article = known[number % len(known)]
        yield {"id": str(number), "title": f"{article['title']} ({number})", "body": article["body"]}


def write_jsonl(path: Path, rows: Iterator[Row] | Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_every_format(folder: Path, article: Row, rows: Sequence[Row]) -> list[Path]:
    """Write one thread as each export would; ids come out as that export has them, in the same order."""
    write_jsonl(folder / "a.jsonl", [article, *rows])
    for name, delimiter in (("b.csv", ","), ("c.tsv", "\t")):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, ["id", "article_id", "parent_id", "text"], delimiter=delimiter)
            table.writeheader()
            table.writerows(rows)
    _parquet(folder / "d.parquet", rows)
    (folder / "e.xml").write_text(_wordpress(article, rows), encoding="utf-8")
    (folder / "f.xml").write_text(_disqus(article, rows), encoding="utf-8")
    reddit = [_reddit(row) for row in rows]
    submission = {
        "id": article["id"],
        "title": article["title"],
        "selftext": article["body"],
        "subreddit": "z",
    }
    write_jsonl(folder / "g.ndjson", [*reddit, submission])
    write_jsonl(folder / "h.jsonl", [*map(_coral, rows), _story(article)])
    return sorted(folder.iterdir())


def _parquet(path: Path, rows: Sequence[Row]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist([*rows]), path)


def _wordpress(article: Row, rows: Sequence[Row]) -> str:
    def comment(row: Row) -> str:
        return (
            f"<wp:comment><wp:comment_id>{row['id']}</wp:comment_id>"
            f"<wp:comment_content><![CDATA[{escape(row['text'])}]]></wp:comment_content>"
            f"<wp:comment_parent>{row['parent_id'] or 0}</wp:comment_parent></wp:comment>"
        )

    return (
        '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">'
        f"<channel><item><title>{escape(article['title'])}</title>"
        f"<content:encoded><![CDATA[{escape(article['body'])}]]></content:encoded>"
        f"<wp:post_id>{article['id']}</wp:post_id>{''.join(map(comment, rows))}</item></channel></rss>"
    )


def _disqus(article: Row, rows: Sequence[Row]) -> str:
    def post(row: Row) -> str:
        parent = f'<parent dsq:id="{row["parent_id"]}"/>' if row["parent_id"] else ""
        message = escape(escape(row["text"]))
        thread = f'<thread dsq:id="{article["id"]}"/>'
        return f'<post dsq:id="{row["id"]}"><message>{message}</message>{thread}{parent}</post>'

    return (
        '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'
        f'<thread dsq:id="{article["id"]}"><title>{escape(article["title"])}</title>'
        f"<message>{escape(escape(article['body']))}</message></thread>{''.join(map(post, rows))}</disqus>"
    )


def _reddit(row: Row) -> Row:
    parent = f"t1_{row['parent_id']}" if row["parent_id"] else f"t3_{row['article_id']}"
    return {
        "id": row["id"],
        "body": escape(row["text"]),
        "link_id": f"t3_{row['article_id']}",
        "parent_id": parent,
    }


def _coral(row: Row) -> Row:
    revisions = [{"id": "r", "body": escape(row["text"])}]
    return {
        "id": row["id"],
        "storyID": row["article_id"],
        "parentID": row["parent_id"],
        "revisions": revisions,
    }


def _story(article: Row) -> Row:
    metadata = {"title": article["title"], "description": article["body"]}
    return {"id": article["id"], "tenantID": "t", "url": "https://a.example", "metadata": metadata}
