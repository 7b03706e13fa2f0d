"""What readers do to slip past a filter, and what must not be taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modfilter.text import Unmasker, fold

UNMASK = Unmasker(["kill", "stone", "him", "fuck", "hure", "uraya", "murove"])


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("they should k i l l him", "they should kill him"),
        ("k.u.p.i.w.a chepfu", "kupiwa chepfu"),
        ("st*ne h#m now", "stone him now"),
        ("f*ck off", "fuck off"),
        ("kіll thеm", "kill them"),  # Cyrillic і and е
        ("k1ll th3m @nd burn", "kill them and burn"),
        ("kkiillll tthheemm", "kil them"),
        ("vaurayeeeee", "vaurayee"),
        ("urayaaaa vose", "uraya vose"),
        ("ng4v4r0hw3 ava", "ngavarohwe ava"),
        ("murov3 uyo", "murove uyo"),
        ("ki11 them", "kill them"),
        ("🔪 them all", " knife  them all"),
        ("k\u200bi\u200bl\u200bl", "kill"),
        ("ngava\u0336r\u0336o\u0336h\u0336we", "ngavarohwe"),
        ("ｋｉｌｌ 𝐭𝐡𝐞𝐦", "kill them"),
        ("🅺🅸🅻🅻", "kill"),
    ],
)
def test_a_disguise_is_undone(typed: str, plain: str) -> None:
    assert fold(typed, UNMASK).text == plain


@pytest.mark.parametrize(
    "text",
    [
        "Привет, мир",
        "10kg at 5pm, 2day gr8 b4",
        "Form4 ku3 covid19 4x4, 1st of 2023 for $5 or US$1",
        "vakamu-beata, ndi-registered",
        "see http://a0b.c1d/k1ll or write to t1no@mail.com, @T1no",
        "wait...what",
        "😂😂😂 ndafa",
        "ქართული ენა",
        "አማርኛ",
        "naïve café",
        "8/10",
        "",
        "   ",
    ],
)
def test_honest_text_stays_as_it_is(text: str) -> None:
    folded = fold(text, UNMASK)
    assert folded.text == text
    assert folded.places is None


def test_a_masked_word_that_no_word_fits_stays_masked() -> None:
    assert fold("zz*qz them", UNMASK).text == "zz*qz them"


def test_places_lead_back_to_the_readers_own_text() -> None:
    typed = "please k i l l th\u200bem"
    folded = fold(typed, UNMASK)
    start = folded.text.index("kill them")
    a, b = folded.original(start, start + len("kill them"))
    assert typed[a:b] == "k i l l th\u200bem"


@given(st.text(max_size=200))
def test_every_place_lies_in_the_text_and_in_order(text: str) -> None:
    folded = fold(text, UNMASK)
    if folded.places is not None:
        assert len(folded.places) == len(folded.text)
        assert list(folded.places) == sorted(folded.places)
        assert all(0 <= place < len(text) for place in folded.places)


@given(st.text(max_size=100))
def test_folding_twice_is_folding_once_or_shorter(text: str) -> None:
    once = fold(text).text
    assert len(fold(once).text) <= len(once)
