"""Lists the words that a masked one may be ("k*ll"), for models/harms/words.json.

python scripts/list_masked_words.py

Swear words first, then the deciding words of the inciting comments of train, then its other words, each by frequency.
"""

import json
from collections import Counter
from pathlib import Path

import encoder_tasks as tasks
from modfilter.text import words

LEAST = 3
SWEAR_WORDS = (
    "fuck fucking fucked fucker motherfucker shit bullshit bitch bitches cunt dick pussy asshole ass arse bastard"
    " whore slut nigger faggot fag retard hure mahure mboro beche mhata machende magaro svira kusvira kusvirwa"
    " matako duzvi madhodhi gudo imbwa mapenzi nyoro nyini msunu umsunu msathanyoko golo ingquza isifebe izifebe"
    " umthondo amasende"
).split()


def main() -> None:
    rows = tasks.threads("train") + tasks.read_labelled(tasks.STARTER / "train.jsonl")
    deciding: Counter[str] = Counter()
    common: Counter[str] = Counter()
    for row in rows:
        common.update(word.text.lower() for word in words(row.text))
        for start, end in row.evidence:
            deciding.update(word.text.lower() for word in words(row.text[start:end]))
    listed = [
        *SWEAR_WORDS,
        *(word for word, n in deciding.most_common() if n >= 2),
        *(word for word, n in common.most_common() if n >= LEAST),
    ]
    plain = [word for word in dict.fromkeys(listed) if len(word) >= 3 and word.isalpha()]
    path = Path("models/harms/words.json")
    path.write_text(json.dumps({"words": plain}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{path}: {len(plain):,} words")


if __name__ == "__main__":
    main()
