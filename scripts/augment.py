"""Makes labelled sentences out of a small Shona and Ndebele verb grammar, and types like a reader in a hurry.

python scripts/augment.py [--rows 20] [--seed 1]     prints some, to be looked at

For training only: what it makes is generated when a model is trained, and is never stored in dev or test.
The point of the grammar is that form and meaning come apart: the same hortative calls for violence with a
verb of harm ("ngavarohwe": let them be beaten) and asks for a road to be mended with another
("ngaugadzirwe").
The Shona forms follow Fortune (1985), "Shona Grammatical Constructions".
"""

import argparse
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from modfilter.records import StanceLabel

NONE, CALLS, THREATENS = StanceLabel.NONE, StanceLabel.CALLS_FOR, StanceLabel.THREATENS
JUSTIFIES, REPORTS, CONDEMNS = StanceLabel.JUSTIFIES, StanceLabel.REPORTS, StanceLabel.CONDEMNS


class Verb(NamedTuple):
    """A verb by its root and the root of its passive: rov-a, rohw-a."""

    root: str
    passive: str


class Noun(NamedTuple):
    """What a verb is done to, with its subject and object concord: vanhu, va-, va-."""

    text: str
    subject: str
    object: str


class Sentence(NamedTuple):
    """A generated sentence with its language and stance."""

    text: str
    language: str
    stance: StanceLabel


class Grammar(NamedTuple):
    """A language: verbs done to people that harm them or do not, people, things, and moods."""

    language: str
    harming: tuple[Verb, ...]
    harmless: tuple[Verb, ...]
    mending: tuple[Verb, ...]
    people: tuple[Noun, ...]
    things: tuple[Noun, ...]
    moods: tuple[tuple[StanceLabel, Callable[[Verb, Noun], str]], ...]
    """(the stance it gives a verb of harm, how it is formed)."""
    openers: tuple[str, ...]
    closers: tuple[str, ...]


SHONA = Grammar(
    "sn",
    harming=(
        *(Verb("rov", "rohw"), Verb("uray", "uraiw"), Verb("pis", "pisw"), Verb("tem", "temw")),
        *(Verb("bay", "baiw"), Verb("pfur", "pfurw"), Verb("pond", "pondw"), Verb("tyor", "tyorw")),
    ),
    harmless=(
        *(Verb("batsir", "batsirw"), Verb("terer", "tererw"), Verb("vhoter", "vhoterw")),
        *(Verb("bhadhar", "bhadharw"), Verb("sung", "sungw"), Verb("dzidzis", "dzidzisw")),
        *(Verb("rumbidz", "rumbidzw"), Verb("regerer", "regererw"), Verb("bvunz", "bvunzw")),
    ),
    mending=(
        *(Verb("gadzir", "gadzirw"), Verb("vak", "vakw"), Verb("sukurudz", "sukurudzw")),
        *(Verb("vhur", "vhurw"), Verb("vhar", "vharw"), Verb("chinj", "chinjw"), Verb("tsvair", "tsvairw")),
    ),
    people=(
        *(Noun("vanhu ava", "va", "va"), Noun("mbavha idzi", "dzi", "dzi"), Noun("mukomana uyu", "a", "mu")),
        *(Noun("vatorwa ava", "va", "va"), Noun("sabhuku uyu", "a", "mu")),
        *(
            Noun("vanamahwindi", "va", "va"),
            Noun("vadzidzisi ava", "va", "va"),
            Noun("muroyi uyu", "a", "mu"),
        ),
        *(Noun("mapurisa aya", "a", "a"), Noun("vatsigiri vavo", "va", "va"), Noun("kanzura uyu", "a", "mu")),
    ),
    things=(
        *(
            Noun("mugwagwa uyu", "u", "u"),
            Noun("chibhorani ichi", "chi", "chi"),
            Noun("mitemo iyi", "i", "i"),
        ),
        *(Noun("pombi idzi", "dzi", "dzi"), Noun("bhiriji iri", "ri", "ri"), Noun("mitengo iyi", "i", "i")),
    ),
    moods=(
        (CALLS, lambda v, n: f"{n.text} nga{n.subject}{v.passive}e"),
        (CALLS, lambda v, n: f"nga{n.subject}{v.passive}e {n.text}"),
        (CALLS, lambda v, n: f"{v.root}ai {n.text}"),
        (CALLS, lambda v, n: f"{n.object}{v.root}ei {n.text}"),
        (CALLS, lambda v, n: f"{n.text} {n.subject}nofanira ku{v.passive}a"),
        (CALLS, lambda v, n: f"ndinofunga kuti {n.text} {n.subject}{v.passive}e"),
        (CALLS, lambda v, n: f"ngati{n.object}{v.root}ei {n.text}"),
        (CALLS, lambda v, n: f"ndiani angati{v.root}ira {n.text} nhasi"),
        (THREATENS, lambda v, n: f"ticha{n.object}{v.root}a {n.text}"),
        (THREATENS, lambda v, n: f"{n.text} {n.subject}kadzoka kuno {n.subject}cha{v.passive}a"),
        (JUSTIFIES, lambda v, n: f"zvakanaka kuti {n.text} {n.subject}ka{v.passive}a"),
        (JUSTIFIES, lambda v, n: f"{n.text} {n.subject}kakodzera ku{v.passive}a"),
        (REPORTS, lambda v, n: f"{n.text} {n.subject}ka{v.passive}a nezuro"),
        (REPORTS, lambda v, n: f"ndanzwa kuti {n.text} {n.subject}ri ku{v.passive}a"),
        (CONDEMNS, lambda v, n: f"musa{n.object}{v.root}e {n.text}"),
        (CONDEMNS, lambda v, n: f"hazvina kunaka kuti {n.text} {n.subject}{v.passive}e"),
        (CONDEMNS, lambda v, n: f"{n.text} nga{n.subject}rege ku{v.passive}a"),
    ),
    openers=("", "", "inga", "hama dzangu", "ini zvangu", "chokwadi", "iwe", "veduwe"),
    closers=("", "", "taneta", "nhasi chaiye", "zvakwana", "hameno", "chete", "vakomana", "izvozvi"),
)

NDEBELE = Grammar(
    "nd",
    harming=(
        *(Verb("tshay", "tshayw"), Verb("bulal", "bulaw"), Verb("tshis", "tshisw")),
        *(Verb("gwaz", "gwazw"), Verb("dubul", "dutshulw")),
    ),
    harmless=(
        *(Verb("nced", "ncedw"), Verb("lalel", "lalelw"), Verb("khokhel", "khokhelw")),
        *(Verb("bong", "bongw"), Verb("vothel", "vothelw"), Verb("buz", "buzw")),
    ),
    mending=(Verb("lungis", "lungisw"), Verb("vul", "vulw"), Verb("val", "valw"), Verb("akh", "akhiw")),
    people=(
        *(Noun("abantu laba", "ba", "ba"), Noun("amasela la", "a", "wa"), Noun("umfana lo", "a", "m")),
        *(
            Noun("abezizwe laba", "ba", "ba"),
            Noun("ababalisi laba", "ba", "ba"),
            Noun("ukhansila lo", "a", "m"),
        ),
    ),
    things=(
        *(Noun("umgwaqo lo", "u", "u"), Noun("umthetho lo", "u", "u"), Noun("isikolo lesi", "si", "si")),
        Noun("amanani la", "a", "wa"),
    ),
    moods=(
        (CALLS, lambda v, n: f"{n.text} ka{n.subject}{v.passive}e"),
        (CALLS, lambda v, n: f"{n.object}{v.root}eni {n.text}"),
        (CALLS, lambda v, n: f"{v.root}ani {n.text}"),
        (CALLS, lambda v, n: f"kumele {n.text} {n.subject}{v.passive}e"),
        (CALLS, lambda v, n: f"asi{n.object}{v.root}eni {n.text}"),
        (THREATENS, lambda v, n: f"siza{n.object}{v.root}a {n.text}"),
        (THREATENS, lambda v, n: f"nxa {n.text} {n.subject}ngaphinda {n.subject}za{v.passive}a"),
        (JUSTIFIES, lambda v, n: f"kuhle ukuthi {n.text} {n.subject}{v.passive}e"),
        (REPORTS, lambda v, n: f"ngizwe ukuthi {n.text} {n.subject}{v.passive}a izolo"),
        (CONDEMNS, lambda v, n: f"linga{n.object}{v.root}i {n.text}"),
        (CONDEMNS, lambda v, n: f"akukuhle uku{v.root}a {n.text}"),
    ),
    openers=("", "", "bafowethu", "hayi bo", "mina ngithi", "qiniso"),
    closers=("", "", "sesidiniwe", "lamuhla", "khathesi", "kwanele", "nje"),
)


class Act(NamedTuple):
    """An English verb: kill, killed, killing."""

    plain: str
    done: str
    doing: str


ENGLISH_HARM = (
    *(Act("kill", "killed", "killing"), Act("burn", "burnt", "burning"), Act("shoot", "shot", "shooting")),
    *(Act("beat", "beaten", "beating"), Act("stab", "stabbed", "stabbing"), Act("hang", "hanged", "hanging")),
    *(Act("stone", "stoned", "stoning"), Act("slaughter", "slaughtered", "slaughtering")),
)
ENGLISH_HARMLESS = (
    *(
        Act("pay", "paid", "paying"),
        Act("help", "helped", "helping"),
        Act("register", "registered", "registering"),
    ),
    *(
        Act("arrest", "arrested", "arresting"),
        Act("thank", "thanked", "thanking"),
        Act("hire", "hired", "hiring"),
    ),
)
ENGLISH_PEOPLE = (
    "foreigners", "foreigners from South Africa", "these Nigerians", "the Chinese bosses", "all Zimbabweans here",
    "that headman", "those soldiers", "the touts at the rank", "this witch", "those thieves", "the councillors",
    "gay people", "MPs who steal", "these Congolese traders", "the whites on the farms", "all of them",
)  # fmt: skip
ENGLISH_MOODS: tuple[tuple[StanceLabel, str], ...] = (
    (CALLS, "{plain} {people}"), (CALLS, "its time we {plain} {people}"), (CALLS, "{people} must be {done}"),
    (CALLS, "its time Africa fight back and {plain} {people}"), (CALLS, "lets go and {plain} {people} tonight"),
    (CALLS, "somebody should {plain} {people}"), (CALLS, "just {plain} {people} and finish"),
    (CALLS, "we need to fight back and {plain} {people}"), (CALLS, "{people} should all be {done} one by one"),
    (THREATENS, "we will {plain} {people}"), (THREATENS, "if {people} come back we {plain} them"),
    (JUSTIFIES, "{people} deserved to be {done}"), (JUSTIFIES, "well done to those {doing} {people}"),
    (REPORTS, "they are {doing} {people} there"), (REPORTS, "{people} were {done} last night"),
    (REPORTS, "police say {people} were {done} on Friday"), (REPORTS, "who was {doing} {people}"),
    (CONDEMNS, "stop {doing} {people}"), (CONDEMNS, "{doing} {people} solves nothing"),
    (CONDEMNS, "nobody should {plain} {people}"), (CONDEMNS, "dont {plain} {people}, they are human beings"),
)  # fmt: skip
ENGLISH_OPENERS = (
    "", "", "", "I dont blame Putin because war is war,", "the president is burning our people and",
    "I am tired now,", "bread went up again and nobody talks, but", "my brother was robbed last week.",
    "the news never says it,", "every day the same story in this country.", "as for me I say",
    "it seems killing is their culture, they burn our people every day and", "I blame nobody because they started,",
    "they have beaten our mothers at the border for years, so", "look at what happened in Durban,",
    "you can say what you want about the war in Ukraine,", "we voted and nothing changed,",
    "I was there when the shops were looted and I saw everything,", "enough of crying on this page,",
)  # fmt: skip
ENGLISH_CLOSERS = (
    "", "", "", "", "thats all I can say", "my people", "and I am not joking", "God is watching",
    "from here up to Cape Town",
    "before Christmas", "then we will see what the government says", "so that they know how it feels", "lol",
)  # fmt: skip


def english(rng: random.Random) -> Sentence:
    """Make one English sentence: two thirds with a verb that harms people, the rest of the same forms without."""
    stance, form = rng.choice(ENGLISH_MOODS)
    harms = rng.random() < 2 / 3
    act = rng.choice(ENGLISH_HARM if harms else ENGLISH_HARMLESS)
    said = form.format(people=rng.choice(ENGLISH_PEOPLE), **act._asdict())
    text = " ".join(filter(None, (rng.choice(ENGLISH_OPENERS), said, rng.choice(ENGLISH_CLOSERS))))
    return Sentence(text[0].upper() + text[1:], "en", stance if harms else NONE)


def sentence(grammar: Grammar, rng: random.Random) -> Sentence:
    """Make one sentence: a third with a verb that harms people, the rest of the same forms without harm."""
    stance, form = rng.choice(grammar.moods)
    kind = rng.choice(("harming", "harmless", "mending"))
    verb = rng.choice(getattr(grammar, kind))
    noun = rng.choice(grammar.things if kind == "mending" else grammar.people)
    words = [rng.choice(grammar.openers), form(verb, noun), rng.choice(grammar.closers)]
    return Sentence(" ".join(filter(None, words)), grammar.language, stance if kind == "harming" else NONE)


def sentences(rows: int, seed: int) -> Iterator[Sentence]:
    """Make sentences, three Shona to one Ndebele and two English, half of them typed in a hurry."""
    rng = random.Random(seed)
    for _ in range(rows):
        grammar = rng.choice((SHONA, SHONA, SHONA, NDEBELE, None, None))
        made = english(rng) if grammar is None else sentence(grammar, rng)
        yield made._replace(text=typed(made.text, rng)) if rng.random() < 0.5 else made


_SMS = {
    "you": "u", "are": "r", "people": "pple", "today": "2day", "tomorrow": "2moro", "because": "coz",
    "kuti": "kt", "vanhu": "vnhu", "zvakanaka": "zvknk", "chete": "chte", "nhasi": "nhs", "wena": "wna",
    "before": "b4", "great": "gr8", "please": "pls", "the": "da",
}  # fmt: skip
_VOWELS = "aeiou"


def typed(text: str, rng: random.Random) -> str:
    """Type a text as on a phone: SMS spelling, slips of the finger, lost spaces, stretched letters, masks."""
    if not text:
        return text
    words = [_SMS[word] if word in _SMS and rng.random() < 0.5 else word for word in text.split()]
    for place, word in enumerate(words):
        if len(word) > 3 and rng.random() < 0.25:
            words[place] = rng.choice((_dropped, _swapped, _doubled, _stretched, _masked))(word, rng)
    if len(words) > 2 and rng.random() < 0.15:
        place = rng.randrange(len(words) - 1)
        words[place : place + 2] = [words[place] + words[place + 1]]
    line = " ".join(words)
    return rng.choice((line, line, line.lower(), line.upper(), line + "!!", line + "..."))


def _dropped(word: str, rng: random.Random) -> str:
    inner = [i for i in range(1, len(word)) if word[i] in _VOWELS]
    place = rng.choice(inner) if inner else len(word) - 1
    return word[:place] + word[place + 1 :]


def _swapped(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _doubled(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    return word[: place + 1] + word[place:]


def _stretched(word: str, rng: random.Random) -> str:
    return word + word[-1] * rng.randint(1, 4)


def _masked(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + rng.choice("*#@") + word[place + 1 :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for made in sentences(options.rows, options.seed):
        print(f"{made.language}  {made.stance.value:10} {made.text}")


if __name__ == "__main__":
    main()
