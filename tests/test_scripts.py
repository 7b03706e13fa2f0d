"""The scripts that make training data and check the corpus, where a mistake would go unseen into a model."""

import random
import sys

import pytest

from modfilter.records import StanceLabel

from .conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import augment
import flores
import language_names
import naming
import other_scripts
from unmark_corpus import compile_row, unmark


def test_the_grammar_builds_the_forms_of_a_verb() -> None:
    verb, people = augment.Verb("rov", "rohw"), augment.Noun("vanhu ava", "va", "va")
    made = {form(verb, people) for _, form in augment.SHONA.moods}
    assert {"vanhu ava ngavarohwe", "varovei vanhu ava", "musavarove vanhu ava"} <= made
    assert {"tichavarova vanhu ava", "vanhu ava vakarohwa nezuro", "ngativarovei vanhu ava"} <= made


def test_only_verbs_of_harm_incite() -> None:
    harming = {v.root for g in (augment.SHONA, augment.NDEBELE) for v in g.harming}
    harming |= {v.passive for g in (augment.SHONA, augment.NDEBELE) for v in g.harming}
    rng = random.Random(1)
    for _ in range(500):
        made = augment.sentence(augment.SHONA, rng)
        assert made.stance is StanceLabel.NONE or any(root in made.text for root in harming)


def test_augmentation_is_seeded_and_typing_keeps_a_text_a_text() -> None:
    assert [*augment.sentences(50, 3)] == [*augment.sentences(50, 3)]
    rng = random.Random(2)
    for text in ("", "a", "vanhu ava ngavarohwe", "you and the people today"):
        for _ in range(50):
            assert bool(augment.typed(text, rng).strip()) == bool(text)


def test_sentences_that_name_a_group_are_harmless_unless_they_attack_or_call() -> None:
    made = [*naming.named(600, 1)]
    assert made == [*naming.named(600, 1)]
    kind = [each for each in made if not each.identity_attack]
    assert 0.5 < len(kind) / len(made) < 0.7
    assert all(each.stance is StanceLabel.NONE for each in kind)
    assert not any(
        word in each.text.lower() for each in kind for word in ("kill", "uray", "bulal", "thieves")
    )


def test_marks_become_offsets() -> None:
    text, spans, evidence = unmark("Ava <en>foreigners</en> <v>ngavarohwe</v> chete", "sn")
    assert text == "Ava foreigners ngavarohwe chete"
    assert [(text[s:e], language) for s, e, language in spans] == [
        ("Ava", "sn"),
        ("foreigners", "en"),
        ("ngavarohwe chete", "sn"),
    ]
    assert [text[s:e] for s, e in evidence] == ["ngavarohwe"]


@pytest.mark.parametrize(
    ("marked", "says"),
    [("<en>a", "not closed"), ("a</en>", "closes nothing"), ("<en></en>", "empty"), ("<en><sn>a", "inside")],
)
def test_broken_marks_are_named(marked: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        unmark(marked, "sn")


def test_a_draft_row_that_breaks_the_guide_is_refused() -> None:
    row = {
        "id": "c1",
        "by": "A",
        "text": "Ngavarohwe",
        "langs": "sn",
        "topic": "no",
        "stance": "calls_for",
        "gloss": "g",
    }
    with pytest.raises(ValueError, match="evidence"):
        compile_row(row, "a1", set())
    marked = compile_row({**row, "text": "<v>Ngavarohwe</v>"}, "a1", set())
    assert marked.evidence == ((0, 10),)
    with pytest.raises(ValueError, match="gloss"):
        compile_row({**row, "text": "<v>Ngavarohwe</v>", "gloss": ""}, "a1", set())
    with pytest.raises(ValueError, match="no earlier comment"):
        compile_row({**row, "text": "<v>Ngavarohwe</v>", "re": "c0"}, "a1", set())


def test_a_name_has_a_capital_letter_in_several_languages_and_is_in_no_dictionary() -> None:
    texts = [
        ("sna", "takaona naye Mugabe ipapo Muvhuro"),
        ("eng", "and then Mugabe left on Monday. Where was it"),
        ("comments nd", "sibone uMugabe lo Mugabe ngo Monday"),
        ("fra", "alors Monday et puis Where est il"),
        ("rus", "тогда Мугабе ушел"),
    ]
    assert language_names.names(texts) == ["monday", "mugabe"]
    assert language_names.names(texts, frozenset({"monday"})) == ["mugabe"]
    assert language_names.names([*texts, ("eng", "he was mugabe to us")]) == ["monday"]


@pytest.mark.parametrize(("code", "script"), [("mni", "bengali"), ("sat", "ol"), ("tzm", "tifinagh")])
def test_word_lists_are_rewritten_letter_by_letter(code: str, script: str) -> None:
    text = "ꯊꯥꯗꯣꯛꯄ ꯍꯨꯟ" if code == "mni" else "thora gan azul fell"
    (written,) = other_scripts.rewritten(code, [text])
    assert {flores.script_of(word) for word in written.split()} == {script}
    assert other_scripts.rewritten("sna", [text]) == []
