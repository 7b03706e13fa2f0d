from pathlib import Path

import pytest

from modfilter.errors import ModelError
from modfilter.harms.terms import Terms, load_terms
from modfilter.pipeline import Judges, assess
from modfilter.records import Comment, Thread

from .conftest import ROOT, message_of

TABLE = ROOT / "models" / "harms" / "terms.toml"


@pytest.fixture(scope="module")
def terms() -> Terms:
    return load_terms(TABLE)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Makwerekwere aya ngaarohwe", ["makwerekwere", "rova"]),
        ("ava ngavagadziriswe", ["kugadzirisa"]),
        ("nyoka inouraiwa musoro", ["nyoka-musoro"]),
        ("vabulaleni bonke", ["bulala"]),
        ("We know where you sleep", ["know-where-you-live"]),
        ("uyai nepetrol", ["matches"]),
        ("mvura yadzoka here nhasi", []),
        ("Good morning to everyone in Harare", []),
    ],
)
def test_terms_are_found_whole(terms: Terms, text: str, ids: list[str]) -> None:
    assert [term.id for *_, term in terms.within(text, 0, len(text))] == ids


def test_a_term_is_told_beside_the_deciding_words(judges: Judges) -> None:
    comment = Comment(id="1", text="Makwerekwere aya ngaarohwe netsvimbo")
    (known,) = assess([Thread(comments=(comment,))], judges)
    cues = [evidence.cue for score in known.scores for evidence in score.evidence]
    assert any("makwerekwere: foreigners from elsewhere in Africa" in cue for cue in cues)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no table of terms"),
        ('[[term]]\nid = "x"\n', "is no table of terms"),
        (
            '[[term]]\nid = "x"\npattern = "("\nlanguage = "sn"\nkind = "coded"\nmeaning = "m"\n'
            'register = "r"\nbenign = "often"\nnote = "n"\n',
            "the pattern of 'x' cannot be read",
        ),
    ],
)
def test_a_broken_table_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "terms.toml"
    path.write_text(text)
    assert says in message_of(lambda: load_terms(path), ModelError)
