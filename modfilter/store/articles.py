"""The articles that sites have pushed, found again by their id or their address. Nothing is fetched."""

import time
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from modfilter.records import Article
from modfilter.store.database import connect

DAY = 86_400
_SCHEMA = """
CREATE TABLE article (
    site TEXT NOT NULL, id TEXT NOT NULL, address TEXT, title TEXT NOT NULL, body TEXT NOT NULL, url TEXT,
    pushed REAL NOT NULL,
    PRIMARY KEY (site, id)
) WITHOUT ROWID;
CREATE INDEX article_address ON article (site, address);
CREATE INDEX article_pushed ON article (pushed)
"""

_BY_ID = "SELECT id, title, body, url FROM article WHERE site = ? AND id = ? AND pushed >= ?"
_BY_ADDRESS = (
    "SELECT id, title, body, url FROM article WHERE site = ? AND address = ? AND pushed >= ?"
    " ORDER BY pushed DESC LIMIT 1"
)


class Articles:
    """A site's articles. Safe to call from several threads; raises sqlite3.Error where the file cannot be used."""

    def __init__(self, path: Path, keep_days: float) -> None:
        self._database = connect(path, (_SCHEMA,))
        self._lock = Lock()
        self._keep = keep_days * DAY

    def put(self, site: str, article: Article) -> None:
        """Keep an article, in place of an earlier one with its id, and forget those that have expired."""
        now = time.time()
        row = (site, article.id, address(article.url), article.title, article.body, article.url, now)
        with self._lock, self._database:
            self._database.execute("INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._database.execute("DELETE FROM article WHERE pushed < ?", (now - self._keep,))

    def find(self, site: str, id: str | None = None, url: str | None = None) -> Article | None:
        """Find an article of a site by its id, or else by its address."""
        for query, key in ((_BY_ID, id), (_BY_ADDRESS, address(url))):
            if key is not None:
                with self._lock:
                    row = self._database.execute(query, (site, key, time.time() - self._keep)).fetchone()
                if row:
                    return Article(id=row[0], title=row[1], body=row[2], url=row[3])
        return None

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def address(url: str | None) -> str | None:
    """Give what makes an article's address its own: host and path, whatever the scheme, query or last slash.

    >>> address("https://Example.org/news/1/?ref=home#comments")
    'example.org/news/1'
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[" is no address
        return None
    path = f"{parts.netloc.lower()}{parts.path}".rstrip("/")
    return path or None
