"""Which languages of FLORES-200 the identifier is measured in, and in which script.

A language counts if the model learnt it, and of it the sentences in a script that it learnt it in.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

import langcodes

CODES = """
ace afr amh ara asm ast awa aym azb aze bak bam ban bel bem ben bho bjn bod bos bug bul cat ceb ces cjk ckb
crh cym dan deu dik dyu dzo ell eng epo est eus ewe fao fas fij fin fon fra ful fur gla gle glg grn guj hat
hau heb hin hne hrv hun hye ibo ilo ind isl ita jav jpn kab kac kam kan kas kat kau kaz kbp kea khm kik kin
kir kmb kmr kon kor lao lav lij lim lin lit lmo ltg ltz lua lug luo lus mag mai mal mar min mkd mlg mlt mni
mon mos mri msa mya nep nld nno nob nso nus nya oci ori orm pag pan pap pol por pus que ron run rus sag san
sat scn shn sin slk slv smo sna snd som sot spa sqi srd srp ssw sun swa swe szl tam taq tat tel tgk tgl tha
tir tpi tsn tso tuk tum tur twi tzm uig ukr umb urd uzb vec vie war wol xho yid yor yue zho zul
""".split()
"""The files of the devtest, dialects merged (ISO 639-3)."""
_SAMPLE, _SHARE = 400, 0.02
"""Training texts that are looked at, and the share of them from which on a script is one of the language's."""
_ONE = dict.fromkeys(("hiragana", "katakana", "cjk", "ideographic"), "cjk")


@cache
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0].lower() if letter.isalpha() else ""
    return _ONE.get(name, name)


def script_of(text: str) -> str:
    """Name the script of most letters of a text as Unicode does; empty where there are none.

    >>> script_of("Harare, ⵣ"), script_of("平和を 2"), script_of("12")
    ('latin', 'cjk', '')
    """
    counts = Counter(filter(None, map(_script, text)))
    return counts.most_common(1)[0][0] if counts else ""


def scripts_of(texts: Sequence[str]) -> list[str]:
    """Name the scripts that a language's training texts are in."""
    sample = texts[:: max(1, len(texts) // _SAMPLE)]
    counts = Counter(map(script_of, sample))
    return sorted(script for script, count in counts.items() if script and count >= _SHARE * len(sample))


def tags() -> set[str]:
    """Give the languages of FLORES as BCP 47 codes."""
    return {langcodes.standardize_tag(code) for code in CODES}
