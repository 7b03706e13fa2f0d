"""langdetect behind the judge's own shape: selectable, and not in the default path.

It knows no Shona and no Ndebele (every Shona sentence comes out as Swahili, Somali or Indonesian),
reads 400 texts a second, and is random unless seeded.
"""

from collections.abc import Sequence

from modfilter.records import LanguageMix

_SEED = 0


def langdetect(comments: Sequence[str]) -> list[LanguageMix]:
    """Name the one language that langdetect takes each text for."""
    from langdetect import DetectorFactory, detect_langs
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = _SEED
    mixes = []
    for comment in comments:
        try:
            best = detect_langs(comment)[0]
        except LangDetectException:  # a text without letters
            mixes.append(LanguageMix())
            continue
        tag = {"zh-cn": "zh", "zh-tw": "zh"}.get(best.lang, best.lang)
        mixes.append(LanguageMix(main=tag, mix={tag: 1.0}, confidence=min(1.0, round(best.prob, 4))))
    return mixes
