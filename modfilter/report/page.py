"""Draws the review page: one HTML file that fetches nothing and runs only its own script."""

import base64
import hashlib
from importlib import resources

import msgspec

from modfilter.errors import UsageError
from modfilter.report.entries import Report


def render(report: Report) -> str:
    """Give the page; raise UsageError where Jinja2 is not installed."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise UsageError("the report needs an extra\nInstall it: pip install 'modfilter[report]'") from error
    style, script = _file("page.css"), _file("page.js")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_file("page.html.j2")).render(
        report=report,
        style=_trusted(style),
        script=_trusted(script),
        data=_trusted(_embedded(report)),
        # The browser runs nothing but these two, whatever a comment may hold.
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'",
    )


def _embedded(report: Report) -> str:
    """Give the entries as JSON that cannot end the element it stands in."""
    text = msgspec.json.encode(report.entries).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _file(name: str) -> str:
    return (resources.files("modfilter.report") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _trusted(text: str) -> object:
    """Mark our own files, and JSON without a single "<", as text that needs no escaping."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - never given a stranger's text as it came
