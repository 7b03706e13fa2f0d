"""The strings of the page, in each language of its interface."""

import json
import tomllib
from functools import cache
from importlib import resources

LANGUAGES = ("en", "sn")
"""The languages of the interface, the first of which every string has."""


@cache
def strings() -> dict[str, dict[str, str]]:
    """Give every string by its name ("card.why") and language."""
    text = (resources.files("modfilter.report") / "strings.toml").read_text(encoding="utf-8")
    return {
        f"{part}.{name}": languages
        for part, names in tomllib.loads(text).items()
        for name, languages in names.items()
    }


def say(name: str, **values: object) -> str:
    """Give a string in English, filled in.

    >>> say("card.replies", n=3)
    'answers: 3'
    """
    text = strings()[name]["en"]
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def by_language() -> dict[str, dict[str, str]]:
    """Give every string as the page's script needs it: by language and name."""
    return {tag: {name: texts[tag] for name, texts in strings().items()} for tag in LANGUAGES}


def attribute(values: dict[str, object]) -> str:
    """Give what is filled in, for the script that fills in again when the language is changed."""
    return json.dumps(values, ensure_ascii=False, default=str)
