from datetime import UTC, date, datetime

import pytest

from modfilter.errors import InputError
from modfilter.readers import Intake, page, read, read_article, read_articles
from modfilter.readers.labelled import read_labelled
from modfilter.readers.mentions import Authors
from modfilter.records import Article, Comment

from ..conftest import SEED_PAGE, THREADS

HEAD = "Title of it\n\nA body of words.\n\n"


def comments_of(text: str) -> list[Comment]:
    return page.parse(text, "p")[1]


@pytest.mark.parametrize(
    "name", ["chirundu-market.txt", "kombi-strike.jsonl", "sudan-students.csv", "sakubva-match.html"]
)
def test_every_fixture_reads_as_it_is_labelled(name: str) -> None:
    path = THREADS / name
    articles = read_articles(THREADS / "articles.jsonl")
    kept: dict[str, Article] = {}
    intake = Intake(
        {} if path.suffix in (".txt", ".html") else articles, keep=lambda a: kept.update({a.id: a})
    )
    read_comments = [
        comment
        for window in read(str(path), intake)
        for thread in window.threads
        for comment in thread.comments
    ]
    labelled = read_labelled(THREADS / "labels" / f"{path.stem}.jsonl")
    assert [c.text for c in read_comments] == [c.text for c in labelled]
    assert [c.author for c in read_comments] == [c.author for c in labelled]
    assert [c.id for c in read_comments] == [c.id for c in labelled]
    # A reply on a plain page is only known where it names whom it answers.
    known = [(a.parent_id, b.parent_id) for a, b in zip(read_comments, labelled, strict=True)]
    assert all(found == true for found, true in known if found or path.suffix != ".txt")
    assert kept[path.stem].title == articles[path.stem].title
    assert kept[path.stem].body == articles[path.stem].body
    assert not intake.rejected


@pytest.mark.skipif(not SEED_PAGE.exists(), reason="the real page lies beside the checkout only")
def test_the_real_page_reads_whole() -> None:
    ((thread,),) = [window.threads for window in read(str(SEED_PAGE), Intake({}))]
    assert thread.article is not None
    assert thread.article.title.startswith("Russia Admits ‘Significant Losses")
    assert thread.article.body.startswith("Russia has admitted")
    assert thread.article.body.endswith("staged by Ukrainians.")
    assert len(thread.comments) == 16
    assert [c.author for c in thread.comments[4:10]] == [
        *("Da Truth", "🤨🤨", "JC Form IV", "Da Truth", "Chawabvunza", "..")
    ]
    replies = [c for c in thread.comments if c.parent_id]
    assert [c.id[-2:] for c in replies] == ["14"]
    parent = thread.parent(replies[0])
    assert parent is not None
    assert parent.author == "Jah🇿🇼Tsvarie-07"
    assert "Leave a comment" not in thread.comments[-1].text


def test_names_may_be_dots_emoji_or_masked() -> None:
    found = comments_of(
        HEAD + ".. 1 month ago\n\none\n\n🤨🤨 2 days ago\n\ntwo\n\nr****off an hour ago\n\nthree\n"
    )
    assert [(c.author, c.extra["age"], c.text) for c in found] == [
        ("..", "1 month ago", "one"),
        ("🤨🤨", "2 days ago", "two"),
        ("r****off", "an hour ago", "three"),
    ]


def test_a_sentence_about_the_past_is_no_author() -> None:
    (comment,) = comments_of(
        HEAD + "Tino 1 day ago\n\nsee\n\nHe died 2 years ago\n\nMugabe died 5 years ago\n"
    )
    assert comment.text == "see\n\nHe died 2 years ago\n\nMugabe died 5 years ago"


def test_author_and_age_may_stand_on_lines_of_their_own() -> None:
    found = comments_of(HEAD + "Mai Tino\n3 weeks ago\nmhoro\n\nJah\njust now\nehe\n")
    assert [(c.author, c.text) for c in found] == [("Mai Tino", "mhoro"), ("Jah", "ehe")]


def test_furniture_is_dropped_but_a_comment_of_one_such_word_stays() -> None:
    found = comments_of(
        HEAD + "A 1 day ago\n\nfine\n\nReply\n\nB 1 day ago\n\nReport\n\nLeave a comment\n\nSpam"
    )
    assert [c.text for c in found] == ["fine", "Report"]


def test_an_article_without_comments_is_a_thread_of_none() -> None:
    (article, comments) = page.parse(HEAD, "p")
    assert article == Article(id="p", title="Title of it", body="A body of words.")
    assert comments == []


@pytest.mark.parametrize(
    ("text", "earlier", "found"),
    [
        ("@Jah, no", ["Jah🇿🇼Tsvarie-07"], 0),
        ("@jah no", ["Jah", "povo", "JAH"], 2),
        ("@Da Truth, true", ["Da Truth", "Da Silva"], 0),
        ("@Da true", ["Da Truth", "Da Silva"], None),
        ("@nobody here", ["Jah"], None),
        ("I agree with @povo", ["povo", "Jah"], 0),
        ("write to me@jah.com", ["Jah.com"], None),
        ("no mention", ["Jah"], None),
        ("@ Jah", ["Jah"], None),
    ],
)
def test_a_mention_links_only_where_it_is_plain(text: str, earlier: list[str], found: int | None) -> None:
    authors = Authors()
    for author in earlier:
        authors.add(author)
    assert authors.answered(text) == found


def test_ages_become_times_only_when_the_day_of_saving_is_known() -> None:
    (comment,) = comments_of(HEAD + "A 1 month ago\n\nx\n")
    assert comment.created_at is None
    assert page.dated(comment, date(2022, 5, 8)).created_at == datetime(2022, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "time"),
    [
        ("just now", datetime(2024, 3, 31)),
        ("Yesterday", datetime(2024, 3, 30)),
        ("an hour ago", datetime(2024, 3, 30, 23)),
        ("2  mins ago", datetime(2024, 3, 30, 23, 58)),
        ("3w ago", datetime(2024, 3, 10)),
        ("1 month ago", datetime(2024, 2, 29)),
        ("4 mo ago", datetime(2023, 11, 30)),
        ("a year ago", datetime(2023, 3, 31)),
        ("3 years ago", datetime(2021, 3, 31)),
        ("2024 years ago", None),
        ("99999999999999 years ago", None),
        ("999999999 days ago", None),
        ("March 3, 2024 at 5:01 pm", datetime(2024, 3, 3, 17, 1)),
        ("soon " * 30, None),
    ],
)
def test_an_age_is_counted_back(age: str, time: datetime | None) -> None:
    comment = Comment(id="1", text="x", extra={"age": age})
    assert page.dated(comment, date(2024, 3, 31)).created_at == (time and time.replace(tzinfo=UTC))


def test_the_ages_of_a_long_page_are_not_each_parsed_as_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of 5,000 comments took 7 s for their ages."""
    import dateparser

    monkeypatch.setattr(dateparser, "parse", lambda *_, **__: pytest.fail("a relative age needs no parser"))
    for number in range(1_000):
        page.dated(Comment(id="1", text="x", extra={"age": f"{number + 1} days ago"}), date(2024, 3, 31))


def test_html_without_comment_markup_is_read_by_its_text(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "page.html"
    path.write_text(
        "<html><head><title>Rail strike</title></head><body><article><h1>Rail strike</h1>"
        + "<p>Drivers of the national railway have stopped work over unpaid wages since March.</p>" * 3
        + "</article><div><p>Tino 2 days ago</p><p>Ngavabhadharwe &lt;b&gt;</p></div></body></html>",
        encoding="utf-8",
    )
    ((thread,),) = [window.threads for window in read(str(path), Intake({}))]
    assert thread.article is not None
    assert thread.article.title == "Rail strike"
    assert [(c.author, c.text) for c in thread.comments] == [("Tino", "Ngavabhadharwe <b>")]


@pytest.mark.parametrize("rows", [["date 2026-03-01 "], ["\u3000"], ["date 2026-03-01 ", "\u3000", ""]])
def test_a_page_of_a_date_or_of_space_alone_has_no_article(rows: list[str]) -> None:
    assert page.article_of(rows, "p") is None


def test_an_article_is_read_from_a_page_or_from_json(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.json").write_text('{"title": "T", "body": "B"}')
    (tmp_path / "a.txt").write_text("T\n\nB\n")
    (tmp_path / "list.json").write_text("{broken")
    assert read_article(tmp_path / "a.json") == Article(id="a", title="T", body="B")
    assert read_article(tmp_path / "a.txt") == Article(id="a", title="T", body="B")
    with pytest.raises(InputError, match="An article is"):
        read_article(tmp_path / "list.json")
