"""Draws the review page: one HTML file that fetches nothing and runs only its own script."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import zip_longest

import msgspec

from modfilter.errors import UsageError
from modfilter.report import charts
from modfilter.report.embed import CHUNK, Live, embedded
from modfilter.report.gather import Report
from modfilter.report.overview import Counts
from modfilter.report.strings import attribute, say, strings
from modfilter.report.visible import visible

SCRIPTS = ("strings.js", "text.js", "list.js", "card.js", "review.js")
"""The page's own script, in the order in which its files build on each other."""
LANGUAGES = 10
"""Languages that have a line of their own."""
_ENDING = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
"""Characters that could end an element of HTML or a line of a script, as JSON may write them."""
LOCAL = "store_local.js"
"""Keeps decisions in the browser. Another file that defines `openStore` may stand in its place."""


SERVER = "store_server.js"
"""Keeps them on the server that gave out the page."""


def render(report: Report, *, store: str = LOCAL, live: Live | None = None) -> str:
    """Give the page, for a file or `live` from a server; raise UsageError where Jinja2 is not installed."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise UsageError("the page needs an extra\nInstall it: pip install 'modfilter[report]'") from error
    style, script = _file("page.css"), _joined((store, *SCRIPTS))
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(visible=lambda text: visible(str(text)), n=lambda n: f"{n:,}")
    environment.globals.update(t=_translated, say=say, charts=charts, known=_known_sentence)
    data, rows, near = embedded(report, live=live)
    return environment.from_string(_file("page.html.j2")).render(
        report=report,
        overview=report.overview,
        listed=len(rows),
        # Most policies reject nothing, and a column of nothing takes room on a phone.
        actions=[action for action, n in report.overview.actions.items() if n or action != "reject"],
        languages=_commonest(report.overview.languages),
        models=", ".join(
            f"{name} {version}" for name, version in sorted(report.overview.tiers.models.items())
        ),
        style=_trusted(style),
        script=_trusted(script),
        data=_trusted(_json(data)),
        chunks=[*zip_longest(_chunks(rows), _chunks(near), fillvalue="")],
        policy=policy(store),
        live=live,
    )


@cache
def policy(store: str = LOCAL) -> str:
    """Give the page's Content-Security-Policy.

    The browser runs nothing but its style and its script, whatever a comment may hold, and sends nothing anywhere but
    to the server that gave out the page, if one did.
    """
    to = "'none'" if store == LOCAL else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{digest(_file('page.css'))}'",
            f"script-src '{digest(_joined((store, *SCRIPTS)))}'",
            f"connect-src {to}",
            "base-uri 'none'",
            f"form-action {to}",
        )
    )


def _translated(name: str, **values: object) -> object:
    """Give a string as an element that the script can put into another language."""
    from markupsafe import Markup

    shown = {key: visible(str(value)) for key, value in values.items()}
    return Markup('<span data-t="{}" data-v="{}">{}</span>').format(
        name, attribute(dict(shown)), say(name, **shown)
    )


def _known_sentence(rule: str, because: str) -> str | None:
    """Give the name of a rule's sentence where it is the default policy's own, of which translations exist."""
    name = f"because.{rule}"
    return name if strings().get(name, {}).get("en") == because else None


def _commonest(languages: dict[str, Counts]) -> dict[str | int, Counts]:
    """Put together what is rare: guesses at 30 languages of a comment each tell a moderator nothing."""
    if len(languages) <= LANGUAGES + 1:
        return dict(languages.items())
    rare = [*languages.values()][LANGUAGES:]
    others = {action: sum(counts[action] for counts in rare) for action in rare[0]}
    shown: dict[str | int, Counts] = {tag: languages[tag] for tag in [*languages][:LANGUAGES]}
    return shown | {len(rare): others}


def _json(data: object) -> str:
    """Give JSON that cannot end the element it stands in."""
    return msgspec.json.encode(data).decode().translate(_ENDING)


def _joined(names: Sequence[str]) -> str:
    return '"use strict";\n' + "\n".join(_file(name) for name in names)


def _chunks(rows: Sequence[object]) -> list[object]:
    """Give lines of JSON in pieces that the script can look up; one piece at least, as the script stands behind it."""
    return [
        _trusted("\n".join(map(_json, rows[start : start + CHUNK])))
        for start in range(0, max(len(rows), 1), CHUNK)
    ]


def _file(name: str) -> str:
    return (resources.files("modfilter.report") / "page_files" / name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """Give the hash by which a policy lets a style or a script in."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _trusted(text: str) -> object:
    """Mark our own files, and JSON without a single "<", as text that needs no escaping."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - never given a stranger's text as it came
