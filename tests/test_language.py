"""What the language judge says, and that it says the same whatever else is asked of it."""

import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modfilter import language
from modfilter.bundle import shipped_models
from modfilter.errors import UsageError
from modfilter.language import langdetect
from modfilter.pipeline import Judges

FOLDER = shipped_models() / "language"


def test_spans_cover_the_words_of_a_mixed_comment(judges: Judges) -> None:
    text = "Hama yangu, vanotambura ndivo vanogara mumukuku, all foreigners in the suburbs have no problems"
    (mix,) = judges.language([text])
    assert [(span.language, text[span.start : span.end]) for span in mix.spans] == [
        ("sn", "Hama yangu, vanotambura ndivo vanogara mumukuku"),
        ("en", "all foreigners in the suburbs have no problems"),
    ]
    assert mix.main == "en"
    assert mix.is_mixed


def test_the_identifier_knows_at_least_150_languages() -> None:
    languages = tomllib.loads((FOLDER / "languages.toml").read_text())["languages"]
    assert len(languages) >= 150
    assert {"sn", "nd", "en", "zu", "ny", "ve", "ts", "tn", "st", "sw", "rw", "bem"} <= languages.keys()


def test_flores_is_measured_in_scripts_that_were_learnt() -> None:
    listed = tomllib.loads((FOLDER / "languages.toml").read_text())
    assert listed["flores200"].keys() <= listed["languages"].keys()
    assert listed["flores200"]["sn"] == ["latin"]
    assert {"latin", "tifinagh"} == {*listed["flores200"]["tzm"]}
    assert all(listed["flores200"].values())


def test_identifying_prints_nothing_and_may_be_done_from_threads(capfd: pytest.CaptureFixture[str]) -> None:
    texts = [f"Ndinoda kuenda kumba nhasi {chr(97 + n % 26)}{n} and then we go" for n in range(300)]
    alone = language.load(FOLDER)(texts)
    fresh = language.load(FOLDER)
    with ThreadPoolExecutor(4) as pool:
        asked = [texts, texts[::-1], texts, texts[::-1]] * 2
        for number, answer in enumerate(pool.map(fresh, asked)):
            assert answer == (alone[::-1] if number % 2 else alone)
    assert capfd.readouterr() == ("", "")


WORDS = (
    "ndinoda kuenda Vanhu vanhu the people maforeigners vakamu-beata ngiyabonga amanzi lol 😂 война 今天 ᚠᚢᚦ don't 2019"
    " Chelsea chelsea CHELSEA nxa zvakaoooma ⴰⵣⵓⵍ"
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS.split()), max_size=9).map(" ".join), min_size=1, max_size=12))
def test_a_text_has_the_same_answer_alone_or_among_others(texts: list[str]) -> None:
    judge = language.load(FOLDER)
    together = judge(texts)
    assert together == [judge([text])[0] for text in texts]
    assert together == language.load(FOLDER)(texts[::-1])[::-1]


@pytest.mark.parametrize(
    "text",
    [
        *("ᚠᚢᚦᚨᚱᚲ ᚺᚾᛁᛃ", "𐌰𐌽𐌳 𐌱𐌹", "kkkkk", "LOL 😂", "https://a.co/x 2024", "nxaaa", "Amen"),
        *("Kikikikiki 😂", "hmm yaa", "Haibo", "eeeish", "nxa 😤", "Mugabe 🙌", "Chelsea Zimbabwe Trump"),
        *("Skhalo 🔥", "#NembudziyaDecides", "🔥 #Warriors #AFCON2026"),
    ],
)
def test_what_has_no_language_that_we_know_is_undetermined(judges: Judges, text: str) -> None:
    assert judges.language([text])[0].main == "und"


def test_a_name_says_nothing_alone_and_little_among_words(judges: Judges) -> None:
    answers = judges.language(
        ["Tasangana naMugabe Mugabe Chelsea nezuro masikati", "warriors", "nxa bafika ekhaya"]
    )
    assert answers[0].main == "sn"
    assert answers[1].main != "und"  # in small letters it may be any word
    assert answers[2].main == "nd"


@pytest.mark.parametrize(("text", "tag"), [("ⴰⵣⵓⵍ ⴼⴻⵍⵍⴰⵡⴻⵏ ⴰⵢⵜⵎⴰ", "tzm"), ("ᱡᱚᱦᱟᱨ ᱟᱢ ᱪᱮᱫ ᱞᱮᱠᱟ", "sat")])
def test_scripts_of_one_language_are_known(judges: Judges, text: str, tag: str) -> None:
    assert judges.language([text])[0].main == tag


def test_more_words_than_are_remembered_change_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"Ndinoda kuenda kumba {chr(97 + n % 26)}ta{chr(97 + n // 26)}o" for n in range(200)]
    fresh = language.load(FOLDER)(texts)
    monkeypatch.setattr("modfilter.language.memory.CAPACITY", 64)
    monkeypatch.setattr("modfilter.language.model.CAPACITY", 64)
    judge = language.load(FOLDER)
    assert [judge([text])[0] for text in texts] == fresh
    assert judge(texts) == fresh
    assert len(judge._model._words.place_of) <= 300


def test_expected_languages_help_short_text_and_do_not_force_long_text() -> None:
    plain, expecting = language.load(FOLDER), language.load(FOLDER, ("sn", "en", "nd"))
    russian = "Когда закончится эта война, никто не знает"
    assert expecting([russian])[0].main == "ru"
    chewa = "Anthu ambiri akufuna kupita kumsika kukagula chimanga lero m'mawa"
    assert expecting([chewa])[0].main == "ny"
    words = [word for word in "amai baba mari doro basa sando gore hondo nyika mvura".split() if word]
    helped = sum(mix.main == "sn" for mix in expecting(words)), sum(mix.main == "sn" for mix in plain(words))
    assert helped[0] >= helped[1]
    assert sum(mix.confidence for mix in expecting(words)) > sum(mix.confidence for mix in plain(words))


def test_an_unknown_expected_language_is_named() -> None:
    with pytest.raises(UsageError, match="'shona' is none of the"):
        language.load(FOLDER, ("shona",))


def test_langdetect_is_seeded() -> None:
    texts = ["The quick brown fox", "Le renard brun", "Ndinoda kuenda kumba"] * 3
    assert langdetect(texts) == langdetect(texts)
