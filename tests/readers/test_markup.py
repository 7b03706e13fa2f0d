"""Markup by strangers: time and memory grow with it and with nothing else, and none of it hides what stands behind."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modfilter.errors import InputError
from modfilter.readers import html, layout, page
from modfilter.readers.markup import plain

BODY = "<p>Drivers of the national railway have stopped work over unpaid wages since March.</p>" * 3
HEAD = f"<html><head><title>Rail</title></head><body><article><h1>Rail strike</h1>{BODY}</article>"
PATIENCE = 10.0
"""Seconds of CPU for what takes one; before, each of these took minutes, or the memory."""


def parse(text: str) -> Any:
    return html.parse(text.encode(), "p", "p.html")


def comment(text: str, number: int = 0, end: str = "</div>") -> str:
    return f'<li class="comment"><cite class="fn">A{number}</cite><div class="comment-content"><p>{text}</p>{end}'


@pytest.mark.parametrize(
    "markup",
    [
        "<table>"
        + "<tr><td>a</td><td>b</td></tr>" * 5_000
        + "<tr><td>"
        + "x" * 100_000
        + "</td></tr></table>END",
        "<p style='padding-left:9999999em'>x" * 5_000 + "END",
        "<p style='margin-top:9999999em'>x" * 5_000 + "END",
        "<p style='margin-top:" + "9" * 400 + "em'>END",
        "<p style='" + "style:" * 2_000 + "x'>END",
        "<b>" * 300 + "END",
        "<div><ul><li>" * 3_000 + "END",
        "<p " + " ".join(f"a{number}" for number in range(100_000)) + ">END",
        "<ol><li value='²'>END",
        "&#" + "1" * 5_000 + "; <b>END",
        "<p>\ud83d END",
        "<?php ?>END",
        "a\0b<p>END",
    ],
    ids=range(13),
)
def test_the_markup_of_a_comment_costs_what_its_length_does_and_hides_nothing(markup: str) -> None:
    begun = time.process_time()
    text = plain(markup)
    assert time.process_time() - begun < PATIENCE
    assert text.endswith("END")
    assert len(text) <= len(markup)


def test_what_a_style_hides_was_not_seen() -> None:
    assert plain("<p>one <span style='color:red; DISPLAY : none'>two</span> three</p>") == "one three"


TAGS = (
    "<b>,</b>,<i>,</i>,<p>,</p>,<div>,</div>,<br>,<ul>,<ol>,<li>,</ul>,<table>,<tr>,<td>,</td>,</table>,<pre>,</pre>,"
    "<span>,</span>,<blockquote>,<a href='x'>,</a>,<!-- -->,&amp;,<x:y>,</x:y>,<h1>,<hr/>,<q>,<section>,<em/>,</body>,"
    "</html>,<svg>,<math>,<?php ?>,<p style='white-space:pre'>"
).split(",")


@given(st.lists(st.sampled_from(TAGS) | st.integers(0, 999).map(lambda number: f"word{number}"), max_size=60))
def test_every_word_of_a_comment_comes_out_in_order(pieces: list[str]) -> None:
    words = [piece for piece in pieces if piece.startswith("word")]
    assert re.findall(r"word\d+", plain(" ".join(pieces))) == words


@pytest.mark.parametrize("charset", ["utf-8", "shift_jis", "big5", "ascii", "utf-7", "utf-16", "unknown-99"])
def test_a_page_that_claims_another_charset_is_read_to_its_end(charset: str) -> None:
    """The parser stops at the first byte that its charset does not know."""
    text = f"<html><head><meta charset='{charset}'></head><body>{comment('“Ndizvo” 😀')}{comment('END')}"
    assert [found.text for found in parse(text)[1]] == ["“Ndizvo” 😀", "END"]
    damaged = (
        text.encode()
        + b"<li class='comment'><p class='comment-text'>caf\xe9 \xff\xfe</p></li>"
        + comment("LAST").encode()
    )
    assert html.parse(damaged, "p", "p.html")[1][-1].text == "LAST"


def test_a_comment_does_not_hold_what_answers_it() -> None:
    """Where end tags are missing, each comment stands within the one before; a page of 500 took minutes."""
    begun = time.process_time()
    _, comments = parse(HEAD + "<ul>" + "".join(comment(f"text {n}", n, end="") for n in range(400)))
    assert time.process_time() - begun < PATIENCE
    assert [found.text for found in comments] == [f"text {n}" for n in range(400)]
    assert [found.parent_id for found in comments] == [None, *(f"p-{n}" for n in range(1, 400))]


def test_an_element_of_a_comment_in_another_makes_no_second_comment() -> None:
    inner = '<div class="comment meta"><cite>Tino</cite></div><div class="comment comment-text">Ndizvo</div>'
    _, (found,) = parse(f'{HEAD}<div class="comment">{inner}</div>')
    assert (found.author, found.text, found.parent_id) == ("Tino", "Ndizvo", None)


def test_control_characters_of_a_page_are_carried() -> None:
    two = comment("two\x0b")
    _, comments = parse(f"{HEAD}<ul>{comment('one')}</li>\x01 tail {two}</li>\x02</ul>")
    assert [found.text for found in comments] == ["one", "two"]


@pytest.mark.parametrize(
    ("markup", "says"),
    [
        ("<div>" * 3_000, "more than 2,000 elements in one another"),
        ("<p " + " ".join(f"a{number}" for number in range(100_000)) + ">", "more than 1,000 attributes"),
        ("<p>" + "x" * layout.LARGEST, "more than 8 MB of HTML"),
    ],
)
def test_a_page_that_nobody_reads_is_refused(markup: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse(HEAD + markup)


def test_embedded_pictures_do_not_make_a_page_too_large() -> None:
    picture = "<img src='data:image/png;base64," + "A" * layout.LARGEST + "'>"
    assert [found.text for found in parse(HEAD + picture + comment("one"))[1]] == ["one"]


def test_an_article_is_looked_for_in_a_bounded_part_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds it takes the square of what it is given: of paragraphs, of list items, of JSON that is none."""
    import trafilatura

    given: list[str] = []
    original = trafilatura.bare_extraction
    monkeypatch.setattr(
        trafilatura,
        "bare_extraction",
        lambda text, **options: given.append(text) or original(text, **options),
    )
    broken = '<script type="application/ld+json">{"name":"' + 'a\\"' * 20_000 + "</script>"
    begun = time.process_time()
    article, _ = parse(broken + HEAD + "<b><p>x" * 900 + "</article><ul>" + "<li>x" * 100_000)
    assert time.process_time() - begun < 3 * PATIENCE
    assert article is not None
    assert article.title == "Rail strike"
    (text,) = given
    assert text.count("</") < 3_100
    assert "ld+json" not in text
    parse(HEAD + "<p>" + "x" * 4_000_000)
    assert len(given[1]) < 600_000


def test_nobody_asks_for_a_date_in_two_hundred_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page with "20 Machi 2026" took 4 seconds of CPU, 30 on a busy machine."""
    import htmldate.extractors

    asked: list[object] = []
    monkeypatch.setattr(htmldate.extractors, "_external_date", lambda *given: asked.append(given))
    article, _ = parse(HEAD.replace("</h1>", "</h1><time>20 Machi 2026</time>"))
    assert article is not None
    assert not asked


@pytest.mark.parametrize(
    "body",
    [
        "a" + " " * 500_000 + "b",
        "a " + "1" * 250_000 + " " * 250_000 + "b",
        "a\u2003\t" * 200_000 + "1 day ago",
    ],
)
def test_a_long_line_of_a_page_is_looked_at_once(body: str) -> None:
    """The pattern of "author, age" takes the square of a line's length."""
    begun = time.process_time()
    article, comments = page.parse(f"Title\n\n{body}\n\nTino  \t 1  day ago\n\nNdizvo", "p")
    assert time.process_time() - begun < PATIENCE
    assert article is not None
    assert [(found.author, found.text) for found in comments] == [("Tino", "Ndizvo")]


def test_a_page_of_many_comments_that_name_each_other() -> None:
    """Each looked through all before it: 30,000 took over a minute."""
    text = "".join(f"Tino{n} 1 day ago\n\n@Tino{n // 2} Ndizvo\n\n" for n in range(30_000))
    begun = time.process_time()
    _, comments = page.parse("Title\n\nbody\n\n" + text, "p")
    assert time.process_time() - begun < 3 * PATIENCE
    assert comments[20_001].parent_id == "p-10001"
