"""Disguises words as readers do who want to slip past a filter; for training only.

python scripts/evade.py "text" [--seed 1]     prints some disguises, to be looked at
"""

import argparse
import random
import re

_LOOK_ALIKES = {"a": "аα", "e": "еε", "o": "оο0", "i": "іı", "p": "р", "c": "с", "x": "х", "y": "у", "u": "υ"}
_DIGITS = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7"}
_SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("oo", "u"), ("ee", "i"), ("ch", "tj"), ("sh", "x"), ("w", "u"), ("ai", "ay"),
    ("you", "yu"), ("th", "d"), ("s", "z"), ("c", "k"), ("tsv", "sv"), ("rov", "lov"), ("r", "l"), ("h", ""),
)  # fmt: skip
_EMOJI = (
    (r"kill\w*|uray\w*|uraw\w*|urai\w*|bulal\w*|bulaw\w*", "💀☠🔪"),
    (r"burn\w*|\w*pis[aew]\w*|tshis\w*", "🔥"),
    (r"shoot\w*|shot|\w*pfur\w*|dubul\w*", "🔫"),
    (r"beat\w*|\w*roh?w[ae]\w*|\w*rov[aei]\w*|tshay\w*", "👊🥊"),
    (r"stab\w*|\w*bay[aei]\w*|gwaz\w*|cut\w*|\w*tem[aew]\w*", "🔪🗡"),
    (r"bomb\w*|bhomba\w*", "💣"),
)


def evade(text: str, rng: random.Random) -> str:
    """Disguise one or two of the longer words of a text, in one way."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if sum(map(str.isalpha, word)) > 3]
    if not long:
        return text
    how = rng.choice(
        (_look_alike, _digits, _spaced, _zero_width, _doubled, _masked, _masked, _sound, _picture)
    )
    for place in rng.sample(long, min(rng.choice((1, 1, 2, 3)), len(long))):
        words[place] = how(words[place], rng)
    return " ".join(words)


def _swapped(word: str, rng: random.Random, table: dict[str, str], share: float) -> str:
    return "".join(
        rng.choice(table[letter]) if letter in table and rng.random() < share else letter for letter in word
    )


def _look_alike(word: str, rng: random.Random) -> str:
    return _swapped(word, rng, _LOOK_ALIKES, 0.6)


def _digits(word: str, rng: random.Random) -> str:
    return _swapped(word, rng, _DIGITS, 0.7)


def _spaced(word: str, rng: random.Random) -> str:
    return rng.choice((" ", ".", "-", "_", "*")).join(word)


def _zero_width(word: str, rng: random.Random) -> str:
    return rng.choice(("\u200b", "\u200c", "\u0336", "\u00ad", "\u2060")).join(word)


def _doubled(word: str, rng: random.Random) -> str:
    return "".join(letter * rng.choice((1, 2, 2, 3)) for letter in word)


def _masked(word: str, rng: random.Random) -> str:
    letters = list(word)
    inner = [i for i in range(1, len(word)) if word[i].isalpha()]
    sign = rng.choice("*#**_@%")
    vowels = [i for i in inner if word[i].lower() in "aeiou"] or inner
    for place in rng.sample(vowels, min(rng.choice((1, 1, 2)), len(vowels))):
        letters[place] = sign
    return "".join(letters)


def _sound(word: str, rng: random.Random) -> str:
    for written, heard in rng.sample(_SOUNDS, 4):
        word = word.replace(written, heard)
    return word


def _picture(word: str, rng: random.Random) -> str:
    for pattern, pictures in _EMOJI:
        if re.fullmatch(pattern, word.lower()):
            return rng.choice(pictures)
    return word


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    for _ in range(10):
        print(evade(options.text, rng))


if __name__ == "__main__":
    main()
